"""Pages that a total opens into: each team's declared figure with its file, sheet and cell, and the ledgers' rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.declare import Column, Sheet
from pipeline.declare.kinds import Number
from pipeline.model import Stack, Standing
from pipeline.night import Night
from pipeline.publish.cells import Cell, Field, Link, column_cells, field_of, number_format
from pipeline.publish.masking import visible
from pipeline.publish.sheetwriter import Book, Page

ORIGIN = "来源"
TEAM_COLUMNS = 2
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
    stack, teams = night.stacks[sheet.key()], counted_indices(night)
    kept = np.flatnonzero(np.isin(stack.submission, list(teams)))
    frame, indices = stack.frame.iloc[kept], stack.submission[kept].tolist()
    standings = [teams[index] for index in indices]
    files = {index: visible(night.submissions[index].file) for index in teams}
    page.freeze(2)
    first, behind = page.row + 1, page.row + 1 + len(kept)
    sums: list[Cell] = [
        page.added(column, first, behind, col.kind.total(frame[name])) if issubclass(col.kind, Number) else None
        for column, (name, col) in enumerate(sheet.columns().items(), TEAM_COLUMNS)
    ]
    page.line(["合　计", f"{len(set(indices))} 个{page.book.unit}，{len(kept):,} 行", *sums, None, None, None], "total")
    page.columns(
        [
            [standing.team.code for standing in standings],
            [standing.team.name for standing in standings],
            *(column_cells(col, frame[name]) for name, col in sheet.columns().items()),
            [files[index] for index in indices],
            *_origins(stack, kept.tolist()),
        ]
    )
    page.filtered()
    page.close()
    starts: dict[str, str] = {}
    for row, standing in enumerate(standings, first):
        starts.setdefault(standing.team.code, page.target(row))
    return starts


def _origins(stack: Stack, kept: Sequence[int]) -> tuple[list[Cell], list[Cell]]:
    """Give the sender's sheet and Excel row of each of these rows of the stack."""
    places = [stack.where(index) for index in kept]
    return [table.name for table, _ in places], [table.lines[line] + 1 for table, line in places]


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
    table, line = night.stacks[col.sheet.key()].where(row)
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
    """Find the declared figures that count, in the register's order: submission -> standing, index in the stack."""
    stack, teams = night.stacks[night.campaign.form.declared.key()], counted_indices(night)
    wanted = [True] * len(stack.frame)
    if "record" in stack.frame:
        wanted = (stack.frame["record"] == night.campaign.form.total_record).tolist()
    found = {submission: row for row, submission in enumerate(stack.submission.tolist()) if wanted[row]}
    index_of = {standing.team.code: index for index, standing in teams.items()}
    indices = (index_of.get(standing.team.code, -1) for standing in night.standings)
    return {index: (teams[index], found[index]) for index in indices if index in found}
