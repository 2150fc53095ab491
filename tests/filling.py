"""Forms filled in as a person does who looks for titles on the page: not with our layout code."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from filling_times import Place, Row, Rows, calling
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from openpyxl.cell import Cell
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from ready_rows import end, headings, is_sum, left_over

from pipeline.batch import Origin, parse_returns
from pipeline.campaign import Campaign
from pipeline.declare import Column, Form, Sheet
from pipeline.examine import examine
from pipeline.frames import ParsedReturn
from pipeline.identify import identify
from pipeline.memory import Figures
from pipeline.model import Finding, Period, Submission, Team

Spot = tuple[str, str]
"""Name of a tab, and the A1 address of a cell on it."""
INPUT = "FFFFFDE7"  # the colour of cells that are there to be filled in


@dataclass
class Filled:
    """A filled workbook. cells: (sheet key, record, field) -> its cell. sums: (sheet key, field) -> cell of a printed sum.

    merged: cells of which several rows have one. tops: sheet key -> the first cell of a table's first record.
    """

    book: Workbook
    cells: dict[tuple[str, int, str], Spot] = field(default_factory=dict)
    sums: dict[tuple[str, str], Spot] = field(default_factory=dict)
    merged: set[Spot] = field(default_factory=set)
    tops: dict[str, Spot] = field(default_factory=dict)

    def put(self, spot: Spot, value: Any) -> None:
        """Write one cell."""
        self.book[spot[0]][spot[1]] = value

    def is_free(self, spot: Spot) -> bool:
        """Whether nothing stands in a cell."""
        return self.book[spot[0]][spot[1]].value is None


class NotFoundError(AssertionError):
    """A person does not find on the page where something belongs."""


def fill(
    book: Workbook,
    form: Form,
    rows: Rows,
    only: Collection[Place] | None = None,
    draw: Any = None,
    language: str = "zh",
) -> Filled:
    """Fill a blank in, at the places where titles stand on its pages. only: those cells, and the sums.

    draw: leaves in rows below the records what may stand there before anyone has filled them in.
    """
    filled = Filled(book)
    for sheet in form.tabs:
        page, key = book[sheet.title()] if sheet.title() in book.sheetnames else book[sheet.tab()], sheet.key()
        part, said = Page(page, sheet, form), rows[sheet.key()]
        beyond = [{} for number in range(len(said), 1 + max((n for of, n, _ in only or () if of == key), default=-1))]
        for number, row in enumerate([*said, *beyond]):
            for name, col in sheet.columns().items():
                cell, value, place = part.cell(number, name), row.get(name), (key, number, name)
                if row:
                    filled.cells[place] = page.title, cell.coordinate
                if value is not None if only is None else place in only:
                    _write(cell, calling(col, value, language))
        for name, cell in part.sums():
            filled.sums[key, name] = page.title, cell.coordinate
            cell.value = total_of(said, name)
        if not sheet.is_card():
            filled.tops[key] = page.title, part.cell(0, next(iter(sheet.columns()))).coordinate
            for number in range(len(said), len(said) + (draw(st.integers(0, 2)) if draw else 0)):
                part.leave(draw, number, language)
    return filled


def total_of(rows: Sequence[Row], name: str) -> float:
    return float(sum(Decimal(repr(row[name])) for row in rows if row[name] is not None))


def _write(cell: Cell, value: Any) -> None:
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # also what begins with =
        cell.number_format = "@"
    elif isinstance(value, dt.datetime):
        cell.number_format = "yyyy-mm-dd"


class Page:
    """One sheet of the form on its page, as a person sees it."""

    def __init__(self, page: Worksheet, sheet: type[Sheet], form: Form) -> None:
        self.page, self.sheet = page, sheet
        self.covered = {
            (r, c): (each.min_row, each.min_col)
            for each in page.merged_cells.ranges
            for r in range(each.min_row, each.max_row + 1)
            for c in range(each.min_col, each.max_col + 1)
        }
        self.top, self.end = self._part(form)
        self.titles = self._titles()
        if missing := [name for name in sheet.columns() if name not in self.titles]:
            raise NotFoundError(f"{sheet.title()}: {[sheet.columns()[name].heading for name in missing]}")

    def text(self, r: int, c: int) -> str:
        """Give what stands in a cell, or in the merged one that it belongs to."""
        value = self.page.cell(*self.covered.get((r, c), (r, c))).value
        return value.strip() if isinstance(value, str) else ""

    def _part(self, form: Form) -> tuple[int, int]:
        """From which row to which the sheet reaches on a tab that it shares."""
        heads = [
            each.options().begins for each in form.tabs if each.tab() == self.sheet.tab() and each.options().begins
        ]
        if self.page.title == self.sheet.title() != self.sheet.tab() or not heads:
            return 3, self.page.max_row
        at = {
            head: r
            for head in heads
            for r in range(1, self.page.max_row + 1)
            if self.text(r, 1).split("\n")[0] == head.strip()
        }
        top = at[self.sheet.options().begins] + 1 if self.sheet.options().begins else 3
        return top, min((r - 1 for r in at.values() if r >= top), default=self.page.max_row)

    def _titles(self) -> dict[str, tuple[int, int]]:
        """Find each title: where most of the titles stand, in one row or, on a card, in one column."""
        found: list[tuple[str, int, int]] = []
        for r in range(self.top, self.end + 1):
            for c in range(1, self.page.max_column + 1):
                if self.page.cell(r, c).value is not None or (r, c) in self.covered:
                    said = [col for col in self.sheet.columns().values() if self._is_title(r, c, col)]
                    deep = max((len(col.under) for col in said), default=0)  # under a heading it is not the one without
                    found += [(col.field, r, c) for col in said if len(col.under) == deep]
        if self.sheet.is_card() and self._is_below():
            return {name: (r, c) for name, r, c in reversed(found)}
        line = 2 if self.sheet.is_card() else 1
        most = Counter(
            {at: len({each[0] for each in found if each[line] == at}) for at in {each[line] for each in found}}
        )
        best = min((at for at in most if most[at] == max(most.values())), default=0)
        return {name: (r, c) for name, r, c in reversed(found) if (r, c)[line - 1] == best}

    def _is_title(self, r: int, c: int, col: Column) -> bool:
        text = self.text(r, c)
        if (
            not self.sheet.is_card()
            and (r + 1, c) in self.covered
            and self.covered[r + 1, c] == self.covered.get((r, c))
        ):
            return False  # its lowest row is looked at
        units = ("", f"（{col.unit}）", f" ({col.unit})") if col.unit else ("",)
        if text in {(col.title + unit).strip() for unit in units}:
            return True
        if not col.under or text not in {col.lowest.strip() + unit for unit in units}:
            return False
        above = [self.text(up, c) for up in range(r - 1, max(r - 6, 0), -1)]
        return [each for n, each in enumerate(above) if each and each not in above[:n]][: len(col.under)] == [
            each.strip() for each in reversed(col.under)
        ]

    def _is_below(self) -> bool:
        heads = {*(self.sheet.options().records or {}).values()}
        rows = [{self.text(r, c) for c in range(1, self.page.max_column + 1)} for r in range(self.top, self.end + 1)]
        return self.sheet.options().answers == "below" and not any(
            heads | {self.sheet.card_heads()[0]} <= row for row in rows
        )

    @property
    def _total_row(self) -> int:
        """The row of sums under the header, 0 if there is none."""
        word, head = self.sheet.options().total_row, max(r for r, _ in self.titles.values())
        if not word:
            return 0
        return next(r for r in range(head + 1, self.page.max_row + 1) if self.text(r, 1) == word.strip())

    def cell(self, record: int, name: str) -> Cell:
        """Give the cell into which a value belongs."""
        r, c = self.titles[name]
        if not self.sheet.is_card():
            options, head = self.sheet.options(), max(row for row, _ in self.titles.values())
            top = self._total_row or head + options.numbered + options.instructions
            return self.page.cell(top + 1 + record, c)
        if self._is_below():
            bottom = max(
                row for row, column in [(r, c), *(at for at, first in self.covered.items() if first == (r, c))]
            )
            return self.page.cell(bottom + 1, c)
        head = [*(self.sheet.options().records or {}).values()][record]
        first = min(row for row, _ in self.titles.values())
        columns = [at for at in range(c + 1, self.page.max_column + 1) if self.text(first - 1, at) == head.strip()]
        return self.page.cell(r, columns[0])

    def leave(self, draw: Any, record: int, language: str) -> None:
        """Leave in a row that is framed for a record what nobody has typed."""
        cells = {name: self.cell(record, name) for name in self.sheet.columns()}
        if all(cell.fill.fgColor.rgb == INPUT for cell in cells.values()):
            for name, value in (left_over(draw, self.sheet, language) or {}).items():
                if value is not None:
                    _write(cells[name], value)

    def sums(self) -> Iterator[tuple[str, Cell]]:
        """Give the cells of the row of sums."""
        if not self.sheet.is_card() and self.sheet.options().total_row:
            for name, (_, c) in self.titles.items():
                if self.sheet.columns()[name].kind.numeric and c > 1:
                    yield name, self.page.cell(self._total_row, c)


# ------------------------------------------------------------------------------------- forms that somebody else drew


def drawn(draw: Any, form: Form, rows: Rows, team: Team, period: Period, language: str = "zh") -> Filled:
    """Draw the form as it is declared, with headers of several rows, shared tabs and answers below, and fill it in."""
    filled = Filled(Workbook())
    assert filled.book.active is not None
    filled.book.remove(filled.book.active)
    for sheet in form.tabs:
        if sheet.tab() not in filled.book.sheetnames:
            page = filled.book.create_sheet(sheet.tab())
            page["A1"] = f"{sheet.tab()}（{team.name}，{period.title}）"
        page = filled.book[sheet.tab()]
        r = page.max_row + 1 + draw(st.integers(0, 2))
        if begins := sheet.options().begins:
            page.cell(r, 1, begins)
            r += 1
        _draw(draw, _Pen(page, filled, sheet, rows[sheet.key()], draw, draw(st.integers(0, 2)), language), r)
    return filled


@dataclass
class _Pen:
    page: Worksheet
    filled: Filled
    sheet: type[Sheet]
    rows: Sequence[Row]
    draw: Any
    left: int = 0  # blank columns beside it
    language: str = "zh"

    def write(self, r: int, c: int, text: str | None) -> None:
        """Print a text in a column of the sheet, from 1."""
        self.page.cell(r, self.left + c, text)

    def line(self, r: int, cells: Iterable[Any]) -> None:
        """Write a row of the sheet."""
        for c, value in enumerate(cells, 1):
            if value is not None:
                _write(self.page.cell(r, self.left + c), value)

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        """Merge cells of the sheet."""
        self.page.merge_cells(
            start_row=top, start_column=self.left + left, end_row=bottom, end_column=self.left + right
        )

    def put(self, r: int, c: int, number: int, name: str) -> None:
        value = self.rows[number][name]
        cell = self.page.cell(r, self.left + c)
        self.filled.cells[self.sheet.key(), number, name] = self.page.title, cell.coordinate
        blanks = self.sheet.columns()[name].blanks
        if value is None and blanks and self.draw(st.booleans()):
            value = blanks[0]
        if value is not None:
            _write(cell, calling(self.sheet.columns()[name], value, self.language))


def _draw(draw: Any, pen: _Pen, r: int) -> None:
    sheet, options = pen.sheet, pen.sheet.options()
    if not sheet.is_card():
        _draw_table(draw, pen, r)
    elif options.answers == "below":
        for number, (name, col) in enumerate(sheet.columns().items()):
            at = r + 3 * (number // 2), 1 + 3 * (number % 2)
            pen.write(*at, _title(draw, col))
            pen.put(at[0] + 1, at[1], 0, name)
    else:
        records = [*(options.records or {}).values()]
        has_units = any(col.unit for col in sheet.columns().values())
        heads = [*sheet.card_heads()[: 1 + has_units], *records]
        for c, head in enumerate(heads, 1):
            pen.write(r, c, head)
        for line, (name, col) in enumerate(sheet.columns().items(), r + 1):
            pen.write(line, 1, _title(draw, col))
            if has_units:
                pen.write(line, 2, col.unit or None)
            for number in range(len(records)):
                pen.put(line, len(heads) - len(records) + 1 + number, number, name)


def _title(draw: Any, col: Column) -> str:
    """Give the title as somebody prints it: with its unit or without, in brackets of either width, or another word for it."""
    title = str(col.title) if col.sheet.is_card() else col.lowest
    aliases = [alias for alias in col.aliases if not col.unit or not alias.endswith(("）", ")", "］"))]
    ways = [title, title, *([f"{title}（{col.unit}）", f"{title} ({col.unit})"] if col.unit else [])]
    return str(draw(st.sampled_from([*ways, *([] if col.under else aliases)])))


def _draw_table(draw: Any, pen: _Pen, r: int) -> None:
    columns = pen.sheet.columns()
    deep = max(len(col.under) for col in columns.values())
    paths = [[*col.under, *[None] * (deep - len(col.under)), _title(draw, col)] for col in columns.values()]
    low = {col.lowest for col in columns.values() if col.under}
    is_alone = any(  # what says the same without a heading nobody can tell from it
        not col.under and {path[-1], col.lowest} & low for path, col in zip(paths, columns.values(), strict=True)
    )
    is_merged = draw(st.booleans()) or is_alone
    for c, path in enumerate(paths, 1):
        if is_merged and not any(path[:-1]) and deep:
            pen.write(r, c, path[-1])
            pen.merge(r, c, r + deep, c)
            continue
        for level, text in enumerate(path):
            if text is not None and not _goes_on(paths, c - 1, level):
                pen.write(r + level, c, text)
    for level in range(deep if is_merged else 0):
        for c, path in enumerate(paths, 1):
            behind = next((n for n in range(c, len(paths)) if not _goes_on(paths, n, level)), len(paths))
            if path[level] is not None and not _goes_on(paths, c - 1, level) and behind > c:
                pen.merge(r + level, c, r + level, behind)
    r += deep + 1
    for cells in headings(draw, pen.sheet, pen.rows):
        pen.line(r, cells)
        r += 1
    if pen.sheet.options().total_row:
        _draw_sums(pen, r)
        r += 1
    pen.filled.tops[pen.sheet.key()] = pen.page.title, pen.page.cell(r, pen.left + 1).coordinate
    is_filled_down = any(col.fill_down for col in columns.values())
    top = r
    for number in range(len(pen.rows)):
        if not is_filled_down:
            r = _leave(draw, pen, r)
        for c, name in enumerate(columns, 1):
            pen.put(r, c, number, name)
        r += 1
    for c, (name, col) in enumerate(columns.items(), 1):
        if col.fill_down and col.kind.__name__ != "Serial" and draw(st.booleans()):
            _merge_down(pen, top, c, name)
    for _ in range(draw(st.integers(0, 2))):
        r = _leave(draw, pen, r)
    for n, cells in enumerate(end(draw, pen.sheet), draw(st.integers(0, 1))):
        pen.line(r + n, cells)
        if cells and is_sum(str(cells[0])) and cells[0] == pen.sheet.options().ends:
            _draw_sums(pen, r + n)


def _leave(draw: Any, pen: _Pen, r: int) -> int:
    """Leave a row as it is before anyone has filled it in, if the form has such rows; give the next one."""
    row = left_over(draw, pen.sheet, pen.language) if draw(st.integers(0, 3)) == 0 else None
    pen.line(r, row.values() if row else ())
    return r + bool(row)


def _merge_down(pen: _Pen, r: int, c: int, name: str) -> None:
    """Merge the cells of rows on end that say the same in a column."""
    start = 0
    for value, on_end in groupby(row[name] for row in pen.rows):
        count = len([*on_end])
        if count > 1 and value is not None:
            pen.merge(r + start, c, r + start + count - 1, c)
            cells = [pen.filled.cells[pen.sheet.key(), start + n, name] for n in range(count)]
            pen.filled.merged |= {*cells}
        start += count


def _goes_on(paths: Sequence[Sequence[str | None]], at: int, level: int) -> bool:
    """Whether the heading at a level of a column is that of the column before."""
    deep = len(paths[at]) - 1
    return at > 0 and level < deep and paths[at - 1][: level + 1] == paths[at][: level + 1]


def _draw_sums(pen: _Pen, r: int) -> None:
    pen.write(r, 1, pen.sheet.options().total_row or pen.sheet.options().ends)
    for c, (name, col) in enumerate(pen.sheet.columns().items(), 1):
        if c > 1 and col.kind.numeric:
            cell = pen.page.cell(r, pen.left + c, total_of(pen.rows, name))
            pen.filled.sums[pen.sheet.key(), name] = pen.page.title, cell.coordinate


# ---------------------------------------------------------------------------------------------------- reading back


def read_back(
    path: Path, campaign: Campaign, team: Team, period: Period, previous: Figures | None = None
) -> tuple[ParsedReturn, list[Finding]]:
    """Read, parse, identify and check one file as a night does. previous: the team's figures of the period before."""
    (parsed,) = parse_returns([path], Origin.of(campaign.root, is_cached=False))
    identity = identify(parsed.head, parsed.tables, path.name, campaign.in_period(parsed.form))
    assert (identity.team, identity.period) == (team, period), identity.reason
    submission = Submission(parsed.sha256, path.name, path.name, team.code, period.key, period.due, "", parsed.content)
    before = {team.code: previous} if previous is not None else None
    (checked,) = examine([(submission, parsed)], campaign.in_period(period.key), period, before)
    return parsed, list(checked.findings)


def said(parsed: ParsedReturn, form: Form) -> Rows:
    """Give what a return was read as, questions aside."""
    tables = {table.key: table for table in parsed.tables}
    return {
        sheet.key(): [
            {name: tables[sheet.key()].typed[name][line] for name in sheet.columns()}
            for line in range(len(tables[sheet.key()].lines))
        ]
        for sheet in form.tabs
        if sheet.options().role != "explanations"
    } | {sheet.key(): [] for sheet in form.tabs if sheet.options().role == "explanations"}


def bounded(examples: int) -> settings:
    """Try the same examples every time, however long each takes on a busy machine."""
    return settings(
        max_examples=examples, derandomize=True, deadline=None, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for one example."""
    root = Path(tempfile.mkdtemp())
    try:
        yield root
    finally:
        shutil.rmtree(root)
