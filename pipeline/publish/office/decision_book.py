"""The workbook in which the office decides: what waits for a decision, a row each, to be filled in and put into the inbox."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from pipeline.declare import ERROR
from pipeline.disk import sha256_of
from pipeline.memory import DECISIONS as TITLES
from pipeline.model import Finding, Standing, Status, Unplaced
from pipeline.night import Night
from pipeline.publish.excel.cells import DATE, Cell, Field
from pipeline.publish.excel.sheetwriter import Book, Page
from pipeline.publish.masking import masked, visible
from pipeline.publish.office.templates import PAGE_FILE
from pipeline.publish.phrases.remarks import why_uncounted
from pipeline.rawbook import DECISIONS, META_SHEET
from pipeline.wishes import ABOUT, BY, DAY, KEY, PAGE, PERIOD, REASON, SHEET, TEAM, WHAT, keyed, mark

PLACEABLE = ("I01", "I02", "I03", "I04", "I10")  # why a file waits that may be placed by a decision
NOTES = (
    f"在“{WHAT}”栏选择，填写“{BY}”和“{REASON}”，保存后放入收件文件夹 inbox，下次运行时登记、生效。没有填的行不作处理。",
    f"延期的填“{DAY}”，须在截止日当天或以前运行；归给单位的填“{TEAM}”，文件中没有写明报告期的再填“{PERIOD}”。",
    "豁免只对现在所填的数有效，该单位改报以后要重新决定。没有采纳的，在下次的校验报告中说明原因。",
)
Row = tuple[tuple[str, ...], list[Cell], str]
"""What may be decided, the cells that say what it is about, and its key."""


def write_decision_book(night: Night, path: Path) -> None:
    """Write what may be decided: errors that may be waived, files that wait, teams that are missing. The night's page lies
    beside it already: by its hash it is known again as ours."""
    with Book(path, night, f"{night.campaign.settings.title}处理决定") as book:
        code, about = ABOUT
        fields = (
            Field(code, 9), Field(book.unit, 24), Field(about, 56), Field(WHAT, 10, align="center"),
            Field(TEAM, 13, "@"), Field(PERIOD, 10, "@"), Field(DAY, 12, DATE, "center"), Field(BY, 10), Field(REASON, 34),
            Field(KEY, 10, shrinks=True, hidden=True),
        )  # fmt: skip
        page = book.page(SHEET, SHEET, fields)
        _fill(page, list(_rows(night)))
        page.close(NOTES if page.lines else ("没有需要决定的事项。",))
        meta = book.workbook.add_worksheet(META_SHEET)
        for row, pair in enumerate((DECISIONS, (PAGE, sha256_of(path.with_name(PAGE_FILE))))):
            meta.write_row(row, 0, pair)
        meta.hide()


def _fill(page: Page, rows: list[Row]) -> None:
    column = [field.heading for field in page.fields].index(WHAT)
    for choices, alike in groupby(rows, key=lambda row: row[0]):
        first = page.row
        page.rows([[*cells, *[None] * 6, key] for _, cells, key in alike])
        shown = {"validate": "list", "source": list(choices)}
        page.sheet.data_validation(first, column, page.row - 1, column, shown)


def _rows(night: Night) -> Iterator[Row]:
    names = {t.code: t.name for t in night.campaign.teams}
    for found in waivable(night):
        key = keyed("error", found.period, found.team, found.key, mark(found.value))
        yield _titles("waive"), [found.team, names[found.team], _said(found.message)], key
    for waiting in placeable(night):
        yield _titles("place"), [None, None, _waits(waiting)], keyed("file", waiting.sha256)
    for standing in night.standings:
        if standing.status is Status.MISSING and (choices := _of_missing(night, standing)):
            cells: list[Cell] = [standing.team.code, standing.team.name, why_uncounted(standing)]
            yield choices, cells, keyed("team", night.period.key, standing.team.code)


def waivable(night: Night) -> list[Finding]:
    """Give the errors that the office may let pass."""
    codes = {rule.code for rule in night.campaign.form.rules if rule.waivable}
    return [f for f in night.findings if f.rule in codes and f.severity is ERROR and f.state.is_open]


def placeable(night: Night) -> list[Unplaced]:
    """Give the files of which the office may say whose they are."""
    return [waiting for waiting in night.unplaced if waiting.sha256 and waiting.rule in PLACEABLE]


def _of_missing(night: Night, standing: Standing) -> tuple[str, ...]:
    """Say what may be decided of a missing team: what is not over may be put off; who has more time is not let off beside."""
    is_in_time = night.as_of <= (standing.due or night.period.due)
    return _titles(*["extend"] * is_in_time, *["excuse"] * (standing.due is None))


def _titles(*kinds: str) -> tuple[str, ...]:
    return tuple(TITLES[kind] for kind in kinds)


def _waits(waiting: Unplaced) -> str:
    return _said(f"{waiting.file}：{waiting.reason}")


def _said(text: str) -> str:
    return visible(masked(text))
