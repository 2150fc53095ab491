"""Pages that a total opens into: each team's declared figure with its file, sheet and cell, and the ledgers' rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.checked import Declared
from pipeline.declare import Column, Sheet
from pipeline.declare.kinds import Number
from pipeline.model import Number as NumberValue
from pipeline.model import Standing, Submission, a1
from pipeline.night import Night
from pipeline.publish.excel.cells import Cell, Field, Link, column_cells, field_of, number_format
from pipeline.publish.excel.sheetwriter import Book, Page
from pipeline.publish.masking import visible

ORIGIN = "来源"
TEAM_COLUMNS, ORIGIN_COLUMNS = 2, 3
MOST_ROWS = 60_000  # of all ledgers, or of the figures: more are not read by anyone, and must not all be in memory
_Counted = Sequence[tuple[Submission, Standing]]
_FILE = (Field("文件", 34, band=ORIGIN, shrinks=True), Field("工作表", 14, band=ORIGIN))


def _team(book: Book) -> tuple[Field, Field]:
    return Field("编码", 9), Field(book.unit, 30)


def _counted(night: Night) -> _Counted:
    """Give the returns whose figures are in the totals, in the order of the submissions, with whose they are."""
    counted = {standing.counted.sha256: standing for standing in night.standings if standing.counted is not None}
    return [(sent, counted[sent.sha256]) for sent in night.submissions if sent.sha256 in counted]


# -- ledgers


def ledger_page(book: Book, sheet: type[Sheet]) -> Page:
    """Add the page of a ledger: team, the form's own columns, and where each row came from."""
    own = [field_of(col) for col in sheet.columns().values()]
    fields = (*_team(book), *own, *_FILE, Field("行", 7, "0", "center", ORIGIN))
    return book.page(sheet.title(), f"{sheet.title()}明细", fields, about="计入汇总的全部明细行，每行注明来源")


def fill_ledgers(pages: Mapping[type[Sheet], Page], night: Night) -> dict[str, dict[str, str]]:
    """Write every row of the counted returns; gives the address of each team's first row, by sheet key and team code.

    Where the ledgers have more rows than people page through, or a sheet holds, each team has one line with its sums.
    """
    counted = _counted(night)
    lines = [night.checked[sent.sha256].lines for sent, _ in counted]
    count = sum(each[sheet.key()].count for each in lines for sheet in pages if sheet.key() in each)
    fill = _fill_with_sums if count > MOST_ROWS else _fill_with_rows
    return {sheet.key(): fill(page, night, sheet, counted) for sheet, page in pages.items()}


def _fill_with_rows(page: Page, night: Night, sheet: type[Sheet], counted: _Counted) -> dict[str, str]:
    """Write every row."""
    columns, counts = _rows_of(night, sheet, counted)
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
    for code, rows in counts.items():
        starts[code] = page.target(row)
        row += rows
    return starts


def _fill_with_sums(page: Page, night: Night, sheet: type[Sheet], counted: _Counted) -> dict[str, str]:
    """Write one line per team: the sums of its rows. Fetches none of them."""
    mine = [(sent, of, night.checked[sent.sha256].lines.get(sheet.key())) for sent, of in counted]
    having = [(sent, of, lines) for sent, of, lines in mine if lines is not None and lines.count]
    count = sum(lines.count for _, _, lines in having)
    page.freeze(2)
    first, behind = page.row + 1, page.row + 1 + len(having)
    totals = {name: sum(lines.sums[name] for _, _, lines in having) for name in sheet.indicators()}
    sums: list[Cell] = [
        page.added(column, first, behind, totals[name]) if name in totals else None
        for column, name in enumerate(sheet.columns(), TEAM_COLUMNS)
    ]
    page.line(["合　计", f"{len(having)} 个{page.book.unit}，{count:,} 行", *sums, None, None, None], "total")
    rows = [
        [of.team.code, of.team.name, *map(lines.sums.get, sheet.columns()), visible(sent.file), lines.name, how_many]
        for sent, of, lines in having
        for how_many in (f"共 {lines.count}",)
    ]
    page.rows(rows)
    starts = {of.team.code: page.target(row) for row, (_, of, _) in enumerate(having, first)}
    page.filtered()
    page.close((f"明细有 {count:,} 行，这里每个{page.book.unit}只列一行合计；逐行的内容见所列文件（存于 archive）。",))
    return starts


def _rows_of(night: Night, sheet: type[Sheet], counted: _Counted) -> tuple[list[list[Any]], dict[str, int]]:
    """Give the rows of the counted returns, column by column, and how many each team has: those that have any."""
    names = list(sheet.columns())
    columns: list[list[Any]] = [[] for _ in range(TEAM_COLUMNS + len(names) + ORIGIN_COLUMNS)]
    counts: dict[str, int] = {}
    for submission, standing in counted:
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

    starts: ledger's key -> team code -> address of the team's first row there. Of too many figures, each team has one line that
    says where they stand, below the totals.
    """
    page.freeze(4)
    rows, blocks = _declared_rows(night), {}
    indicators = night.campaign.form.declared.indicators()
    is_listed = len(rows) * len(indicators) <= MOST_ROWS
    for name, col in indicators.items():
        formats = dict.fromkeys((4, 9, 10), number_format(col))
        head = _total_line(page, night, name, col, len(rows) if is_listed else 0)
        blocks[name] = page.target(page.line(head, "total", formats=formats))
        if is_listed:
            page.rows([_source(night, place, col, starts) for place in rows], formats=formats, level=1)
    if not is_listed:
        page.rows([_all_of(place, list(indicators)) for place in rows])
    page.filtered()
    listed = f"每一行是一个{page.book.unit}计入汇总的一个数，以及它在报送文件中的位置。"
    many = f"{page.book.unit}太多，这里每个{page.book.unit}只列一行，注明各数在报送文件中的位置；各数见“分{page.book.unit}”表。"
    page.close((listed if is_listed else many, f"点击台账数，可转到该{page.book.unit}的台账明细。")[: 1 + is_listed])
    return blocks


def _total_line(page: Page, night: Night, name: str, col: Column, count: int) -> list[Cell]:
    """Give the line of a total, which adds up so many lines below it."""
    total, ledger = night.consolidation.totals[name], night.consolidation.ledger.get(name)
    first, behind = page.row + 1, page.row + 1 + count
    sums: list[Cell] = [None, None]
    if ledger is not None:
        amount = sum(ledger.values())
        sums = [_added(page, 9, first, behind, amount), _added(page, 10, first, behind, total.value - amount)]
    value = _added(page, 4, first, behind, total.value)
    reported = f"{total.reported} 个{page.book.unit}"
    equal = col.equals.title if col.equals else None
    return [total.title, total.unit, "合　计", reported, value, None, None, None, equal, *sums]


def _added(page: Page, column: int, first: int, behind: int, value: NumberValue) -> Cell:
    return page.added(column, first, behind, value) if behind > first or not value else value


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a team's declared figures stand, and whose they are."""

    sent: Submission
    standing: Standing
    declared: Declared

    @property
    def file(self) -> tuple[str, str]:
        """The file and the sheet."""
        return visible(self.sent.file), self.declared.sheet

    def cell(self, name: str) -> str:
        """Give the address of a figure; empty if the sender's sheet lacks it."""
        position = self.declared.positions.get(name)
        return a1(*position) if position else ""


def _source(night: Night, place: _Place, col: Column, starts: Mapping[str, Mapping[str, str]]) -> list[Cell]:
    """Give the line of one team's figure: the figure, its cell in the sender's file, and the ledger's sum beside it."""
    code, name = place.standing.team.code, col.field
    value = night.consolidation.by_team[code].get(name)
    ledger = night.consolidation.ledger.get(name, {}).get(code)
    start = starts.get(col.equals.sheet.key(), {}).get(code) if col.equals else None
    return [
        str(col.title), col.unit, code, place.standing.team.name, value,
        *place.file, place.cell(name),
        None,
        Link(start, ledger) if start is not None and ledger is not None else ledger,
        value - ledger if value is not None and ledger is not None else None,
    ]  # fmt: skip


def _all_of(place: _Place, names: Sequence[str]) -> list[Cell]:
    """Give the line that says between which cells all of a team's figures stand, wherever the sender has each."""
    team, positions = place.standing.team, place.declared.positions
    found = [positions[name] for name in names if name in positions]
    rows, columns = [row for row, _ in found] or [0], [column for _, column in found] or [0]
    where = f"{a1(min(rows), min(columns))} 至 {a1(max(rows), max(columns))}" if found else None
    return ["全部指标", None, team.code, team.name, None, *place.file, where, None, None, None]


def _declared_rows(night: Night) -> list[_Place]:
    """Find the declared figures that count, in the register's order."""
    found = []
    for standing in night.standings:
        sent = standing.counted
        declared = night.checked[sent.sha256].declared if sent is not None and sent.sha256 in night.checked else None
        if sent is not None and declared is not None:
            found.append(_Place(sent, standing, declared))
    return found
