"""Pages that a total opens into: each team's declared figure with its file, sheet and cell, and the ledgers' rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.declare import Column, Sheet
from pipeline.declare.kinds import Number
from pipeline.model import Standing
from pipeline.night import Night
from pipeline.publish.cells import Cell, Field, Link, column_cells, field_of, number_format
from pipeline.publish.masking import visible
from pipeline.publish.sheetwriter import Book, Page

ORIGIN = "来源"
TEAM_COLUMNS, ORIGIN_COLUMNS = 2, 3
_FILE = (Field("文件", 34, band=ORIGIN, shrinks=True), Field("工作表", 14, band=ORIGIN))


def _team(book: Book) -> tuple[Field, Field]:
    return Field("编码", 9), Field(book.unit, 30)


def counted_indices(night: Night) -> dict[int, Standing]:
    """Give the standing of each submission whose figures are in the totals, by its index."""
    counted = {standing.counted.sha256: standing for standing in night.standings if standing.counted is not None}
    return {
        index: counted[submission.sha256]
        for index, submission in enumerate(night.submissions)
        if submission.sha256 in counted
    }


# -- ledgers


def ledger_page(book: Book, sheet: type[Sheet]) -> Page:
    """Add the page of a ledger: team, the form's own columns, and where each row came from."""
    own = [field_of(col) for col in sheet.columns().values()]
    fields = (*_team(book), *own, *_FILE, Field("行", 7, "0", "center", ORIGIN))
    return book.page(sheet.title(), f"{sheet.title()}明细", fields, about="计入汇总的全部明细行，每行注明来源")


def fill_ledger(page: Page, night: Night, sheet: type[Sheet]) -> dict[str, str]:
    """Write every row of the counted returns; gives the address of each team's first row, by team code."""
    columns, counts = _rows_of(night, sheet)
    page.freeze(2)
    first, behind = page.row + 1, page.row + 1 + sum(counts.values())
    sums: list[Cell] = [
        page.added(column, first, behind, col.kind.added(columns[column])) if issubclass(col.kind, Number) else None
        for column, col in enumerate(sheet.columns().values(), TEAM_COLUMNS)
    ]
    page.line(["合　计", f"{len(counts)} 个{page.book.unit}，{behind - first:,} 行", *sums, None, None, None], "total")
    own = [column_cells(col, columns[c]) for c, col in enumerate(sheet.columns().values(), TEAM_COLUMNS)]
    page.columns([*columns[:TEAM_COLUMNS], *own, *columns[TEAM_COLUMNS + len(own) :]])
    page.filtered()
    page.close()
    starts: dict[str, str] = {}
    row = first
    for code, count in counts.items():
        starts[code] = page.target(row)
        row += count
    return starts


def _rows_of(night: Night, sheet: type[Sheet]) -> tuple[list[list[Any]], dict[str, int]]:
    """Give the rows of the counted returns, column by column, and how many each team has: those that have any."""
    names = list(sheet.columns())
    columns: list[list[Any]] = [[] for _ in range(TEAM_COLUMNS + len(names) + ORIGIN_COLUMNS)]
    counts: dict[str, int] = {}
    for index, standing in counted_indices(night).items():
        submission = night.submissions[index]
        records = night.records(submission).get(sheet.key())
        if records is None or not (count := len(records.table.lines)):
            continue
        table, team = records.table, standing.team
        counts[team.code] = count
        blank = [None] * count
        own = [table.typed.get(name) or blank for name in names]
        file = visible(submission.file)
        origin = ([file] * count, [table.name] * count, [line + 1 for line in table.lines])
        for column, part in zip(columns, ([team.code] * count, [team.name] * count, *own, *origin), strict=True):
            column += part
    return columns, counts


# -- declared figures


def sources_page(book: Book) -> Page:
    """Add the page of every figure that went into a total."""
    ledger = "台账"
    fields = (
        Field("指标", 18), Field("计量单位", 9, align="center"), *_team(book), Field("计入数", 13, align="right"), *_FILE,
        Field("单元格", 9, align="center", band=ORIGIN), Field("应等于", 40, band=ledger),
        Field("台账数", 13, align="right", band=ledger), Field("差额", 10, align="right", band=ledger),
    )  # fmt: skip
    about = f"每项合计由哪些{book.unit}、哪个文件、哪个单元格的数相加而来"
    return book.page("数据来源", "各项合计的数据来源", fields, about=about)


def fill_sources(page: Page, night: Night, starts: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Write each indicator's total and, below it, each counted team's figure; gives the address of each total.

    starts: ledger's key -> team code -> address of the team's first row there.
    """
    page.freeze(4)
    rows, blocks = _declared_rows(night), {}
    for name, col in night.campaign.form.declared.indicators().items():
        total, ledger = night.consolidation.totals[name], night.consolidation.ledger.get(name)
        first, behind = page.row + 1, page.row + 1 + len(rows)
        sums: list[Cell] = [None, None]
        if ledger is not None:
            amount = sum(ledger.values())
            sums = [page.added(9, first, behind, amount), page.added(10, first, behind, total.value - amount)]
        equal = col.equals.title if col.equals else None
        value = page.added(4, first, behind, total.value)
        formats = dict.fromkeys((4, 9, 10), number_format(col))
        head = [
            total.title,
            total.unit,
            "合　计",
            f"{total.reported} 个{page.book.unit}",
            value,
            None,
            None,
            None,
            equal,
            *sums,
        ]
        blocks[name] = page.target(page.line(head, "total", formats=formats))
        for index, (standing, row) in rows.items():
            page.line(_source(night, index, standing, row, col, starts), formats=formats, level=1)
    page.filtered()
    page.close(
        (
            f"每一行是一个{page.book.unit}计入汇总的一个数，以及它在报送文件中的位置。",
            "点击台账数，可转到该队的台账明细。",
        )
    )
    return blocks


def _source(
    night: Night, index: int, standing: Standing, row: int, col: Column, starts: Mapping[str, Mapping[str, str]]
) -> list[Cell]:
    """Give the line of one team's figure: the figure, its cell in the sender's file, and the ledger's sum beside it."""
    code, name = standing.team.code, col.field
    table, line = night.records(night.submissions[index])[col.sheet.key()].table, row
    value = night.consolidation.by_team[code].get(name)
    ledger = night.consolidation.ledger.get(name, {}).get(code)
    start = starts.get(col.equals.sheet.key(), {}).get(code) if col.equals else None
    return [
        str(col.title), col.unit, code, standing.team.name, value,
        visible(night.submissions[index].file), table.name, table.cell(line, name),
        None,
        Link(start, ledger) if start is not None and ledger is not None else ledger,
        value - ledger if value is not None and ledger is not None else None,
    ]  # fmt: skip


def _declared_rows(night: Night) -> dict[int, tuple[Standing, int]]:
    """Find the declared figures that count, in the register's order: submission -> standing, record in its table."""
    teams, record = counted_indices(night), night.campaign.form.total_record
    index_of = {standing.team.code: index for index, standing in teams.items()}
    found = {}
    for standing in night.standings:
        if (index := index_of.get(standing.team.code)) is not None:
            records = night.records(night.submissions[index]).get(night.campaign.form.declared.key())
            if records is not None and record in records.table.records:
                found[index] = teams[index], list(records.table.records).index(record)
    return found
