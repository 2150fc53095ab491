"""Where the cells of a sheet stand, as formulas name them: a cell of one record, all cells of a field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell

from pipeline.publish.form.geometry import Block, Tab, first_record, is_below

FURTHER = 5_000  # rows below the last that is guarded, in which records might stand
Area = tuple[int, int, int, int]
"""First row, first column, last row, last column."""


@dataclass(frozen=True)
class Places:
    """The places of a sheet. behind: the first row of what stands below it on its tab, 0 if nothing does."""

    block: Block
    tab: str
    behind: int = 0

    @cached_property
    def sheet_name(self) -> str:
        """The tab as other tabs name it."""
        return f"{quote_sheetname(self.tab)}!"

    @property
    def is_table(self) -> bool:
        """Whether records are rows."""
        return not self.block.sheet.is_card()

    def area(self, field: str, record: int | None = None) -> Area:
        """Give the cells of a field: of all records, or of a card's one record."""
        row, column = self.block.place(record or 0, field)
        if self.is_table:
            return row, column, self.block.last, column
        if record is not None or is_below(self.block.sheet):
            return row, column, row, column
        return row, column, row, first_record(self.block.sheet) + len(self.block.sheet.options().records or {}) - 1

    def cell(self, field: str, record: int | None = None) -> str:
        """Name the first of these cells, so that a formula for it is one for each of them."""
        row, column, _, _ = self.area(field, record)
        return str(xl_rowcol_to_cell(row, column, row_abs=not self.is_table, col_abs=self.is_table))

    def whole(self, field: str, record: int | None = None) -> str:
        """Name all of them on their tab."""
        return absolute(self.area(field, record))

    def every(self, field: str, record: int | None = None) -> str:
        """Name all of them from another tab."""
        return self.sheet_name + self.whole(field, record)

    def far(self, field: str, record: int | None = None) -> str:
        """Name them from another tab, of a table down to the last row in which anything stands."""
        return f"col_{self.block.sheet.key()}_{field}" if self.is_table else self.every(field, record)

    @property
    def rows(self) -> str:
        """Name the number of rows down to the last in which anything stands, one at least."""
        return f"rows_{self.block.sheet.key()}"

    def named(self) -> Iterator[tuple[str, str]]:
        """Give the names by which the columns of a table go, with what they stand for."""
        for field in self.fields if self.is_table else ():
            cells = self.every(field)
            yield self.far(field), f"=INDEX({cells},1):INDEX({cells},{self.rows})"

    def below(self, field: str) -> str:
        """Name the cells of a column below a record."""
        row, column, last, _ = self.area(field)
        return f"{xl_rowcol_to_cell(row + 1, column, col_abs=True)}:{xl_rowcol_to_cell(last + 1, column, True, True)}"

    # What tells whether a table is where it was when the form went out.

    @property
    def fields(self) -> Sequence[str]:
        """The fields of a table, from the left."""
        return list(self.block.sheet.columns())

    @property
    def all(self) -> str:
        """Name all cells of a table from another tab."""
        return self.sheet_name + absolute((self.block.first, 0, self.block.last, len(self.fields) - 1))

    @property
    def above(self) -> str:
        """Name the cell above a table's first record."""
        return self.sheet_name + str(xl_rowcol_to_cell(self.block.first - 1, 0, True, True))

    @property
    def beneath(self) -> str:
        """Name the cells below a table, up to what stands there."""
        last = self.behind - 1 if self.behind else self.block.last + FURTHER
        return self.sheet_name + absolute(
            (self.block.last + 1, 0, max(last, self.block.last + 1), len(self.fields) - 1)
        )


def absolute(area: Area) -> str:
    """Name an area of cells; one cell as one."""
    first, last = xl_rowcol_to_cell(*area[:2], True, True), xl_rowcol_to_cell(*area[2:], True, True)
    return str(first) if first == last else f"{first}:{last}"


def places_of(drawn: Sequence[Tab]) -> dict[str, Places]:
    """Give the places of each sheet, by key."""
    places = {}
    for tab in drawn:
        for block, below in zip(tab.blocks, [*tab.blocks[1:], None], strict=True):
            behind = below.top - bool(below.sheet.options().begins) if below else 0
            places[block.sheet.key()] = Places(block, tab.name, behind)
    return places
