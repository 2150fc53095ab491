"""The repair slip (退改单), first sheet of a correction workbook: one page that says what to mend, and where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial

from xlsxwriter.format import Format

from pipeline.campaign import Campaign
from pipeline.declare import Severity
from pipeline.model import Finding, Period, Standing, Submission
from pipeline.publish.excel.quickbook import QuickBook
from pipeline.publish.excel.quicksheet import QuickSheet
from pipeline.publish.form.styles import LINE_HEIGHT, Look, Styles, line_count, page
from pipeline.publish.masking import visible
from pipeline.rawbook import SLIP_SHEET
from pipeline.words import Words

NEW, STILL_WRONG, FIXED = "新增", "仍未改", "已改"
WHOLE_FILE = "整个文件"
CODED = "{says}〔{rule}〕"
LACKS = "原文件中的宏和指向其他文件的链接没有保留。"
LISTED = 3  # so many cells with the same fault in one column have a line each; more share one
NAMED_CELLS = 8  # so many further cells are named on a shared line
HEADS = ("序号", "位置", "栏目", "问题和改法", "性质", "状态")
WIDTHS = (6.0, 18.0, 14.0, 50.0, 6.0, 8.0)
HEADER = 6  # row, from 0: below the title and five lines of introduction


@dataclass(frozen=True, slots=True)
class Repair:
    """One line of the slip. link: to the cell in this workbook, or empty. others: further places of the fault."""

    finding: Finding
    place: str
    link: str
    state: str
    others: tuple[str, ...] = ()

    def where(self, words: Words) -> str:
        """The place, and with how many others it shares the line."""
        return (
            words("{place} 等 {count} 处", place=self.place, count=len(self.others) + 1) if self.others else self.place
        )

    def message(self, words: Words) -> str:
        """What is wrong, what to do, and in which other cells."""
        text = words(CODED, says=visible(self.finding.says), rule=self.finding.rule)
        cells = [place.rpartition(" ")[2] for place in self.others if " " in place]
        if not cells:
            return text
        named = words.listed(cells[:NAMED_CELLS]) + (words(" 等") if len(cells) > NAMED_CELLS else "")
        return f"{text}\n{words('同类的还有：{cells}', cells=named)}"


def noted(finding: Finding, words: Words) -> str:
    """Word a finding for the note at its cell."""
    nature, says = words(finding.severity.title), words(CODED, says=visible(finding.says), rule=finding.rule)
    return words("{nature}：{says}", nature=nature, says=says)


def grouped(repairs: Sequence[Repair]) -> list[Repair]:
    """Let repairs of one rule in one column share a line if there are many, at the place of the first.

    Those without a cell of their own have a line each: nothing but the words tells them apart.
    """
    groups: dict[tuple[str, ...], list[Repair]] = {}
    for each in repairs:
        groups.setdefault((each.finding.rule, each.finding.sheet_key, each.finding.field, each.state), []).append(each)
    lines: list[Repair] = []
    for each in repairs:
        group = groups[(each.finding.rule, each.finding.sheet_key, each.finding.field, each.state)]
        if len(group) <= LISTED or each.finding.line is None:
            lines.append(each)
        elif each is group[0]:
            lines.append(replace(each, others=tuple(other.place for other in group[1:])))
    return lines


class Way(Enum):
    """How a correction goes out: in the official form, as a marked copy of what came, or in the form as we draw it."""

    FORM = (
        "本文件就是你单位报来的报表，请直接在上面改：粗框红底、字体加粗的格有错误，须改正；"
        "虚框黄底、斜体的格需要核实，{explain}。点“位置”可直达该格，格上有批注。"
    )
    COPY = (
        "本文件就是你单位报来的文件，请直接在上面改：粗框红底的格有错误，须改正；"
        "虚框黄底的格需要核实，{explain}。点“位置”可直达该格，格上有批注。"
    )
    DRAWN = (
        "你单位报来的文件不能加标记，其中的数字已照录在后面的表中，请在这些表上改：粗框红底、字体加粗的格有错误，须改正；"
        "虚框黄底、斜体的格需要核实，{explain}。点“位置”可直达该格，格上有批注。"
    )


@dataclass(frozen=True, slots=True)
class Slip:
    """What the slip says about one team's latest return. checked_on: when the last of what it says was found. back_by: the day
    by which it is to come again.

    left_behind: whether the workbook lacks macros or links to other files that the sender's has.
    """

    campaign: Campaign
    period: Period
    standing: Standing
    latest: Submission
    checked_on: dt.date
    back_by: dt.date
    repairs: Sequence[Repair]
    way: Way = Way.FORM
    left_behind: bool = False

    def write(self, book: QuickBook, styles: Styles) -> None:
        """Add the slip to the workbook."""
        words, title = styles.words, styles.words(SLIP_SHEET)
        tab = book.preprinted(title, partial(arrange, styles=styles))
        said = {"sheet": title, "team": self.standing.team.name, "period": self.period.title}
        tab.write_string(0, 0, words("{sheet}（{team}，{period}）", **said), styles("title"))
        for row, text in enumerate(self._introduction(), 1):
            tab.write_string(row, 0, text, styles("lines"))
            tab.set_row(row, 4 + LINE_HEIGHT * line_count(text, sum(WIDTHS)))
        for number, repair in enumerate(self.repairs, 1):
            self._write_line(tab, HEADER + number, number, repair, styles)

    def _introduction(self) -> list[str]:
        """Say whose return this is about, how much there is to do, and how it is done."""
        standing, settings, words = self.standing, self.campaign.settings, self.campaign.words
        team, file = standing.team, visible(self.latest.file.rpartition("/")[2])
        fixed = sum(len(repair.others) + 1 for repair in self.repairs if repair.state == FIXED)
        answers = self.campaign.form.in_role("explanations")
        sheet = answers.title() if answers else ""
        explain = words("请改正，或在《{sheet}》中写明情况" if sheet else "请改正或向办公室说明情况", sheet=sheet)
        lacks = words(LACKS) if self.left_behind else ""
        contact = words("　联系：{contact}", contact=settings.contact) if settings.contact else ""
        days = {"arrived": words.day(self.latest.arrived), "checked": words.day(self.checked_on)}
        counts = {"errors": standing.errors, "queries": standing.queries, "fixed": fixed}
        said = {"office": settings.office, "day": words.day(self.back_by)}
        back = words("改好后保存，于{day}前把本文件报回{office}，本页不必填写。", **said)
        return [
            words("报送单位：{team}　报告期：{period}", team=team.whole_name(words), period=self.period.title),
            words("收到文件：{file}（{arrived}收到）　校验日期：{checked}", file=file, **days),
            words("须改正 {errors} 处，待核实 {queries} 处，上次以来已改 {fixed} 处。", **counts),
            words(self.way.value, explain=explain),
            lacks + back + contact,
        ]

    def _write_line(self, tab: QuickSheet, row: int, number: int, repair: Repair, styles: Styles) -> None:
        words, finding = styles.words, repair.finding
        message, where = repair.message(words), repair.where(words)
        title = f"“{finding.column}”" if finding.column else ""  # quoted, so that no reader takes it for a header
        text, centred = styles("text"), styles("text_center")
        nature = _nature(styles, "text_center" if repair.state == FIXED else finding.severity)
        values = (number, where, title, message, words(finding.severity.title), words(repair.state))
        tab.put_row(row, values, (centred, text, text, text, nature, centred), tab.write)
        if repair.link:
            tab.write_url(row, 1, repair.link, styles("link"), where)
        lines = max(line_count(where, WIDTHS[1]), line_count(title, WIDTHS[2]), line_count(message, WIDTHS[3]))
        tab.set_row(row, 6 + LINE_HEIGHT * lines)


def arrange(tab: QuickSheet, *, styles: Styles) -> None:
    """Print the empty slip."""
    last = len(HEADS) - 1
    for column, width in enumerate(WIDTHS):
        tab.set_column(column, column, width)
    tab.merge_range(0, 0, 0, last, "", styles("title"))
    tab.set_row(0, 36)
    for row in range(1, HEADER):
        tab.merge_range(row, 0, row, last, "", styles("lines"))
    for column, head in enumerate(HEADS):
        tab.write_string(HEADER, column, styles.words(head), styles("header"))
    tab.set_row(HEADER, 24)
    page(tab, styles.words, header=(HEADER, HEADER))
    tab.freeze_panes(HEADER + 1, 0)
    tab.hide_gridlines(2)
    tab.protect("", {"format_columns": True, "format_rows": True})


def make_formats(styles: Styles) -> None:
    """Make the formats of the lines of a slip."""
    for look in ("text_center", "link", "text"):
        styles(look)
    for look in ("text_center", *Severity):
        _nature(styles, look)


def _nature(styles: Styles, look: Look) -> Format:
    return styles(look, align="center", locked=True)
