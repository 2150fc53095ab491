"""The page that sets published totals beside what they are now: as published, now, why, and team by team."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.issued import Issue
from pipeline.night import Night
from pipeline.publish.excel.cells import COUNT, Cell, Field, number_format, short_day
from pipeline.publish.excel.sheetwriter import Book, Page
from pipeline.publish.masking import visible
from pipeline.publish.phrases.revised import ADDED, DROPPED, REVISED, Revision, revisions

NAME = "更正"


def write_revised(night: Night, issue: Issue, path: Path) -> None:
    """Write a workbook of that page alone."""
    with Book(path, night, f"{night.campaign.settings.title}更正对照表") as book:
        fill_revised(revised_page(book, issue), night, issue)


def revised_page(book: Book, issue: Issue) -> Page:
    """Add the page."""
    then, why = f"已公布（{issue.title}）", "增减的来由"
    fields = (
        Field("指标", 22), Field("计量单位", 10, align="center"), Field("合计", 13, align="right", band=then),
        Field("计入", 8, COUNT, "right", then), Field("合计", 13, align="right", band="现在"),
        Field("计入", 8, COUNT, "right", "现在"), Field("增减", 12, align="right"),
        Field(REVISED, 12, align="right", band=why), Field(ADDED, 12, align="right", band=why),
        Field(DROPPED, 12, align="right", band=why), Field("说明", 44),
    )  # fmt: skip
    about = f"{issue.title}通报公布的合计现在是多少，为什么"
    return book.page(NAME, f"已公布数字更正对照表（{issue.title}）", fields, about=about)


def fill_revised(page: Page, night: Night, issue: Issue) -> None:
    """Write the totals that are not what was published, and below them each team that changed one."""
    found, unit = revisions(issue, night), page.book.unit
    columns = night.campaign.form.declared.indicators()
    for each in found:
        figure = number_format(columns[each.indicator])
        sums: list[Cell] = [each.of(kind)[1] for kind in (REVISED, ADDED, DROPPED)]
        page.line(
            [
                each.title, each.unit, each.then, each.teams_then, each.now, each.teams_now, each.now - each.then, *sums,
                each.why(unit),
            ],
            formats=dict.fromkeys((2, 4), figure) | dict.fromkeys((6, 7, 8, 9), f"+{figure}"),
        )  # fmt: skip
    if not found:
        page.spanned(("各项合计与公布时相同。", 0, page.last))
    else:
        _list_teams(page, found)
    page.close(
        (
            f"“已公布”是{issue.title}通报（{short_day(issue.on)}印发）所载的数。“{REVISED}”是印发时已计入、后来改报的{unit}，"
            f"“{ADDED}”是印发时没有计入、现在计入的{unit}，“{DROPPED}”相反；三项相加等于增减。",
            f"新计入的{unit}，各项数见汇总表的“分{unit}”。",
        )
    )


def _list_teams(page: Page, found: Sequence[Revision]) -> None:
    """Name each team and figure that was revised or is counted no more; of a team that is newly counted, all are new."""
    spans = ((0, 0), (1, 3), (4, 5), (6, 6), (7, 7), (8, 9), (10, 10))
    heads = ("指标", page.book.unit, "来由", "已公布", "现在", "增减", "说明")
    page.block(f"逐个{page.book.unit}", *((text, *span) for text, span in zip(heads, spans, strict=True)))
    rows: list[tuple[Cell, ...]] = []
    added = {each.team: each for revision in found for each in revision.teams if each.kind == ADDED}
    for revision in found:
        for each in revision.teams:
            if each.kind != ADDED:
                figures = (each.then, each.now, each.change)
                rows.append((revision.title, visible(each.name), each.kind, *figures, visible(each.why)))
    rows += [("全部指标", visible(each.name), ADDED, None, None, None, each.why) for each in added.values()]
    for row in rows:
        page.spanned(*((cell, *span) for cell, span in zip(row, spans, strict=True)))
