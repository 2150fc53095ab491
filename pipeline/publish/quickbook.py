"""xlsxwriter's workbook with a shorter way to write tables of plain values: the same bytes, in a third of the time.

xlsxwriter checks each cell that it is given, keeps it, and asks again what it is when it writes it down. Here a column is
turned at once into how its cells will end, and a row of such columns is written down in one step. Whatever is not plain
takes xlsxwriter's own way. What is used of its inside is held by an upper bound on its version, and by tests.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import (
    CellBlankTuple,
    CellDatetimeTuple,
    CellNumberTuple,
    CellStringTuple,
    RowInfo,
    Worksheet,
)

from pipeline.publish.quickparts import QuickPackager

LONGEST_PLAIN = 16_000  # characters that fit into a cell, however many units each of them takes
WIDEST_NUMBER = 10**15  # Excel keeps 15 digits
column_letters = cache(xl_col_to_name)
Ends = Sequence[str | None]
"""Of each cell what follows its address and its style; None where it is not plain."""


@dataclass
class _Band:
    """Columns of plain cells, all from the same row down to the same row."""

    first: int
    count: int
    columns: list[int] = field(default_factory=list)
    styles: list[Format] = field(default_factory=list)
    ends: list[Ends] = field(default_factory=list)  # by column

    def add(self, column: int, style: Format, ends: Ends) -> None:
        """Add a column on the right."""
        self.columns.append(column)
        self.styles.append(style)
        self.ends.append(ends)

    @cached_property
    def rows(self) -> list[tuple[str | None, ...]]:
        """The ends of the cells by row."""
        return list(zip(*self.ends, strict=True))

    @cached_property
    def pattern(self) -> str:
        """A row without its number, and without the ends of its cells. Styles get their numbers when this is asked for."""
        return "".join(
            f'<c r="{column_letters(column)}{{0}}" s="{style._get_xf_index()}"{{{place}}}'
            for place, (column, style) in enumerate(zip(self.columns, self.styles, strict=True), 1)
        )


class QuickSheet(Worksheet):  # type: ignore[misc]  # xlsxwriter ships no types
    """A worksheet that takes whole columns of plain values beside xlsxwriter's own cells."""

    def __init__(self) -> None:
        super().__init__()
        self._bands: list[_Band] = []  # from left to right
        self._dressed: Any = None  # what the rows of `dress_rows` have in common

    def put_column(
        self,
        first: int,
        column: int,
        values: Sequence[Any],
        style: Format,
        otherwise: Callable[[int, Any], object],
        apart: Collection[int] = (),
    ) -> None:
        """Write values below each other from row `first` on: short texts, numbers, and None for a blank cell.

        What is none of these, or stands at one of the places `apart`, goes to `otherwise`, with its place from 0. Columns are
        put from left to right.
        """
        if not values:
            return
        self._check_dimensions(first, column)
        self._check_dimensions(first + len(values) - 1, column)
        ends: list[str | None] = []
        shared = self.str_table._get_shared_string_index
        for place, value in enumerate(values):
            kind = type(value)
            if place in apart:
                ends.append(None)
                otherwise(place, value)
            elif kind is str and 0 < len(value) < LONGEST_PLAIN:
                ends.append(f' t="s"><v>{shared(value)}</v></c>')
            elif value is None:
                ends.append("/>")
            elif (kind is int or kind is float) and -WIDEST_NUMBER < value < WIDEST_NUMBER:
                ends.append(f"><v>{value:.16G}</v></c>")
            else:
                ends.append(None)
                otherwise(place, value)
        band = self._bands[-1] if self._bands else None
        if band is None or (band.first, band.count) != (first, len(values)):
            self._bands.append(band := _Band(first, len(values)))
        band.add(column, style, ends)

    def dress_rows(self, first: int, count: int, style: Format) -> None:
        """Give rows of the usual height a format, which their further cells have."""
        if count < 1:
            return
        self._check_dimensions(first, self.dim_colmin or 0)
        self._check_dimensions(first + count - 1, self.dim_colmin or 0)
        self._dressed = RowInfo(height=self.default_row_height, row_format=style)
        for row in range(first, first + count):
            self.row_info[row] = self._dressed
            self.row_sizes[row] = [self.default_row_height, False]

    # What xlsxwriter calls when the workbook is closed.

    def _write_rows(self) -> None:
        self._calculate_spans()
        for row in range(self.dim_rowmin, self.dim_rowmax + 1):
            cells, info, span = self.table.get(row), self.row_info.get(row), self.row_spans.get(row // 16)
            bands = [band for band in self._bands if band.first <= row < band.first + band.count]
            if cells or bands:
                self._write_row(row, span, info)
                self._write_cells(row, cells or {}, bands)
                self.fh.write("</row>")
            elif info is not None or row in self.comments:
                self._write_empty_row(row, span, info)

    def _calculate_spans(self) -> None:
        """Find the first and last column in use among each sixteen rows, as Excel notes them."""
        used: dict[int, set[int]] = {}
        for band in self._bands:
            for block in range(band.first // 16, (band.first + band.count - 1) // 16 + 1):
                used.setdefault(block, set()).update(band.columns)
        for filled in (self.table, self.comments):
            for row, cells in filled.items():
                used.setdefault(row // 16, set()).update(cells)
        self.row_spans = {block: f"{min(each) + 1}:{max(each) + 1}" for block, each in used.items() if each}

    def _write_row(self, row: int, spans: str | None, row_info: Any = None, empty_row: bool = False) -> None:
        is_usual = spans and not empty_row and self.default_row_height == self.original_row_height
        if is_usual and row_info is None:
            self.fh.write(f'<row r="{row + 1}" spans="{spans}">')
        elif is_usual and row_info is self._dressed and (style := row_info.row_format._get_xf_index()):
            self.fh.write(f'<row r="{row + 1}" spans="{spans}" s="{style}" customFormat="1">')
        else:
            super()._write_row(row, spans, row_info, empty_row)

    def _write_cells(self, row: int, cells: Mapping[int, Any], bands: Sequence[_Band]) -> None:
        ends = [band.rows[row - band.first] for band in bands]
        if not cells and not any(None in each for each in ends):
            self.fh.write("".join(band.pattern.format(row + 1, *each) for band, each in zip(bands, ends, strict=True)))
            return
        plain = {
            column: (style, end)
            for band, each in zip(bands, ends, strict=True)
            for column, style, end in zip(band.columns, band.styles, each, strict=True)
            if end is not None
        }
        for column in sorted({*cells, *plain}):
            if column in cells:
                self._write_cell(row, column, cells[column])
            else:
                style, end = plain[column]
                self.fh.write(f'<c r="{column_letters(column)}{row + 1}" s="{style._get_xf_index()}"{end}')

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        if cell.format is None:
            super()._write_cell(row, col, cell)
            return
        kind = type(cell)
        start = f'<c r="{column_letters(col)}{row + 1}" s="{cell.format._get_xf_index()}"'
        if kind is CellStringTuple and not self.constant_memory:
            self.fh.write(f'{start} t="s"><v>{cell.string}</v></c>')
        elif kind is CellNumberTuple or kind is CellDatetimeTuple:
            self.fh.write(f"{start}><v>{cell.number:.16G}</v></c>")
        elif kind is CellBlankTuple:
            self.fh.write(f"{start}/>")
        else:
            super()._write_cell(row, col, cell)


class QuickBook(Workbook):  # type: ignore[misc]
    """A workbook of such worksheets."""

    worksheet_class = QuickSheet

    def _get_packager(self) -> QuickPackager:
        return QuickPackager()
