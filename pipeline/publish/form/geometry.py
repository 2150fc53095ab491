"""Where everything stands on a tab of the form. Rows and columns count from 0.

Every tab: row 0 title, row 1 who reports on which form, then its sheets below each other, nearly always one. A sheet: the
text that it begins with, if it has one; its header, of as many rows as its columns' paths are long. A table: then its rows of
column numbers and of instructions, if it has any; then its row of sums, above the records so that no added row falls outside
the sum; then the records, and the mark that ends it. A card: fields run down; titles in column 0, units (if any field has
one) in column 1, then one column per record. With answers below, it has no header: questions stand beside each other as far as
there is room, each above its answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import NamedTuple

from pipeline.declare import Form, Sheet
from pipeline.declare.kinds import folded
from pipeline.publish.form.styles import text_width

HEADER = 2
LAST_ROW = 1003  # formats and drop-downs reach down to here, or well below the records
SPARE_ROWS = 5  # ruled and blank below the records of a form that has any
APART = 2  # blank rows between two sheets of a tab
NARROWEST, FURTHER = 80.0, 16.0  # of a tab on which answers stand below, and of a column that is only there for them


class Heading(NamedTuple):
    """A cell of a header: rows and columns from the header's first cell, the last ones inside, and what is printed there."""

    top: int
    left: int
    bottom: int
    right: int
    text: str


class Question(NamedTuple):
    """Where a question stands: its row from the card's first, the answer in the next; its first and last column."""

    row: int
    left: int
    right: int


@dataclass(frozen=True)
class Block:
    """Where a sheet stands on its tab.

    top: the first row of its header. ruled: how many rows of a table are ready for records. is_last: nothing stands below it.
    widths: of the tab's columns, in characters.
    """

    sheet: type[Sheet]
    top: int
    ruled: int
    is_last: bool
    widths: Sequence[float]

    def place(self, row_index: int, field: str) -> tuple[int, int]:
        """Give the row and column of a field of one row of the sheet."""
        if is_below(self.sheet):
            row, left, _ = self.questions[field]
            return self.top + row + 1, left
        across = list(self.sheet.columns()).index(field)
        if self.sheet.is_card():
            return self.top + 1 + across, first_record(self.sheet) + row_index
        return self.first + row_index, across

    @cached_property
    def first(self) -> int:
        """Row of a table's first record."""
        return self.first_heading + self.sheet.options().heading_rows + (1 if self.sheet.options().total_row else 0)

    @property
    def first_heading(self) -> int:
        """Row below a table's header: of its column numbers or its instructions, if it has any."""
        return self.top + depth(self.sheet)

    @property
    def behind(self) -> int:
        """The row behind everything that is printed."""
        if is_below(self.sheet):
            return self.top + max(row for row, _, _ in self.questions.values()) + 2
        if self.sheet.is_card():
            return self.top + 1 + len(self.sheet.columns())
        return self.first + self.ruled + bool(self.sheet.options().ends)

    @property
    def last(self) -> int:
        """The row down to which records are guarded and added up: the first one behind them, if a sheet stands below."""
        behind = self.first + self.ruled
        return max(LAST_ROW, behind + 200) if self.is_last else behind

    @cached_property
    def questions(self) -> dict[str, Question]:
        """Give the place of each question, by field: as wide as it or its answer needs, the last of a line to the edge."""
        lines: list[dict[str, tuple[int, int]]] = [{}]
        left, end = 0, len(self.widths) - 1
        for name, col in self.sheet.columns().items():
            need = max(text_width(col.heading) + 3, col.width)
            right = self._reach(left, need)
            if right > end and lines[-1]:
                lines.append({})
                left, right = 0, self._reach(0, need)
            lines[-1][name] = left, right
            left = right + 1
        return {
            name: Question(2 * row, left, end if name == [*line][-1] else right)
            for row, line in enumerate(lines)
            for name, (left, right) in line.items()
        }

    def _reach(self, left: int, need: float) -> int:
        """Give the last of the columns that together are so wide; one behind all of them if there is no such."""
        right = left
        while right < len(self.widths) and sum(self.widths[left : right + 1]) < need:
            right += 1
        return right


@dataclass(frozen=True)
class Tab:
    """A tab of the form: its name, the sheets on it from the top, the widths of its columns in characters."""

    name: str
    blocks: Sequence[Block]
    widths: Sequence[float]

    @property
    def is_shared(self) -> bool:
        """Whether several sheets stand on it."""
        return len(self.blocks) > 1


def tabs(form: Form, counts: Mapping[str, int]) -> list[Tab]:
    """Lay the form out. counts: how many records each table has, by sheet key; one that has none is ruled as a blank one."""
    return [
        _tab(sheets, tuple([counts.get(sheet.key(), 0) for sheet in sheets])) for sheets in _sharing(tuple(form.tabs))
    ]


@cache
def _sharing(every: tuple[type[Sheet], ...]) -> list[tuple[type[Sheet], ...]]:
    """Sort sheets by their tabs; on each, those that begin with no text of their own come first."""
    sharing: dict[str, list[type[Sheet]]] = {}
    for sheet in every:
        sharing.setdefault(folded(sheet.tab()), []).append(sheet)
    return [tuple(sorted(each, key=lambda sheet: bool(sheet.options().begins))) for each in sharing.values()]


@lru_cache(maxsize=1_000)
def _tab(sheets: tuple[type[Sheet], ...], counts: tuple[int, ...]) -> Tab:
    wide, blocks, row = _widths(sheets), list[Block](), HEADER
    for sheet, count in zip(sheets, counts, strict=True):
        top = row + bool(sheet.options().begins)
        blocks.append(Block(sheet, top, ruled_rows(sheet, count), sheet is sheets[-1], wide))
        if not blocks[-1].is_last:
            row = blocks[-1].behind + APART
    return Tab(sheets[0].tab(), blocks, wide)


def _widths(sheets: tuple[type[Sheet], ...]) -> Sequence[float]:
    """Give the widths of the columns that sheets share: each as wide as the widest asks."""
    asked = [_own_widths(sheet) for sheet in sheets]
    wide = [max(each[c] for each in asked if c < len(each)) for c in range(max(map(len, asked)))]
    if any(map(is_below, sheets)):
        while sum(wide) < NARROWEST:
            wide.append(FURTHER)
    return wide


def _own_widths(sheet: type[Sheet]) -> list[float]:
    if is_below(sheet):
        return []
    if not sheet.is_card():
        return [col.width for col in sheet.columns().values()]
    start, records = first_record(sheet), len(sheet.options().records or {})
    return [26.0, 10.0][:start] + [max(18.0, 44.0 / records)] * records


def place(sheet: type[Sheet], row_index: int, field: str) -> tuple[int, int]:
    """Give the row and column of a field of one row of a sheet that has a tab of its own."""
    return _tab((sheet,), (0,)).blocks[0].place(row_index, field)


def is_below(sheet: type[Sheet]) -> bool:
    """Whether a card's answers stand below its questions."""
    return sheet.options().answers == "below"


@cache
def depth(sheet: type[Sheet]) -> int:
    """How many rows a table's header has."""
    return 1 + max(len(col.under) for col in sheet.columns().values())


def header_cells(sheet: type[Sheet]) -> Iterator[list[Heading]]:
    """Give the cells of a table's header that begin at each of its columns: what stands over several, once for all of them."""
    deep, columns = depth(sheet), list(sheet.columns().values())
    for c, col in enumerate(columns):
        cells = []
        for row, text in enumerate(col.under):
            path = col.under[: row + 1]
            if not c or columns[c - 1].under[: row + 1] != path:
                behind = (other for other in range(c, len(columns)) if columns[other].under[: row + 1] != path)
                cells.append(Heading(row, c, row, next(behind, len(columns)) - 1, text))
        yield [*cells, Heading(len(col.under), c, deep - 1, c, col.lowest_heading)]


def ruled_rows(sheet: type[Sheet], count: int) -> int:
    """How many rows are ruled for so many records: a blank form's own, or some to spare, but no more than there may be."""
    most = sheet.options().at_most
    ruled = count + SPARE_ROWS if count else sheet.options().rows
    return ruled if most is None else max(count, min(ruled, most))


@cache
def first_record(sheet: type[Sheet]) -> int:
    """Column of a card's first record."""
    return 2 if any(col.unit for col in sheet.columns().values()) else 1
