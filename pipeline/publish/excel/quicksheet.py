"""xlsxwriter's worksheet with a shorter way to write tables of plain values: the same cells in half the time.

xlsxwriter checks each cell that it is given, keeps it, and asks again what it is when it writes it down. Here a column is
turned at once into how its cells will end, and a row of such columns is written down in one step. Whatever is not plain
takes xlsxwriter's own way. What is used of its inside is held by bounds on its version, and by tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from io import StringIO
from itertools import pairwise
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import (
    CellBlankTuple,
    CellDatetimeTuple,
    CellNumberTuple,
    CellStringTuple,
    RowInfo,
    Worksheet,
)

from pipeline.publish.excel.quickcells import (
    BLANK,
    LONGEST_PLAIN,
    MIXED,
    TEXT,
    WIDEST_NUMBER,
    Plain,
    column_letters,
    ending,
    looks_of,
    mixed_ends,
    row_look,
)
from pipeline.publish.excel.quickparts import Guard

_column = attrgetter("column")


def _kept(name: str, *known_by: str) -> Callable[[QuickSheet], None]:
    """Write a part of a copy of a preprinted sheet as on the first copy for which the attributes `known_by` were the same."""
    usual = getattr(Worksheet, name)

    def write(self: QuickSheet) -> None:
        if self.preprint is None:
            usual(self)
            return
        parts, key = self.preprint.parts, (name, *(getattr(self, attribute) for attribute in known_by))
        if key not in parts:
            out, self.fh = self.fh, StringIO()
            usual(self)
            out, self.fh = self.fh, out
            parts[key] = out.getvalue()
        self.fh.write(parts[key])

    return write


class QuickSheet(Worksheet):  # type: ignore[misc]  # xlsxwriter ships no types
    """A worksheet that takes whole columns of plain values beside xlsxwriter's own cells; of a workbook made in memory."""

    fh: Any

    def __init__(self) -> None:
        super().__init__()
        self._plain: list[Plain] = []
        self.preprint: Any = None  # of which it is a copy
        self.is_as_printed = False

    def put_row(
        self,
        row: int,
        values: Sequence[Any],
        styles: Sequence[Format],
        otherwise: Callable[[int, int, Any, Format], object],
    ) -> None:
        """Write values beside each other from the first column on; what is not plain goes to `otherwise`."""
        self._check_dimensions(row, 0)
        self._check_dimensions(row, len(values) - 1)
        cells, shared = self.table[row], self.str_table._get_shared_string_index
        for column, (value, style) in enumerate(zip(values, styles, strict=True)):
            kind = type(value)
            if kind is str and len(value) < LONGEST_PLAIN:
                cells[column] = CellStringTuple(shared(value), style)
            elif value is None:
                cells[column] = CellBlankTuple(style)
            elif (kind is int or kind is float) and -WIDEST_NUMBER < value < WIDEST_NUMBER:
                cells[column] = CellNumberTuple(value, style)
            else:
                otherwise(row, column, value, style)

    def put_column(
        self,
        first: int,
        column: int,
        values: Sequence[Any],
        style: Format,
        otherwise: Callable[[int, Any], object],
        styles: Mapping[int, Format] = MappingProxyType({}),
    ) -> None:
        """Write values below each other from row `first` on: short texts, numbers, and None for a blank cell.

        What is none of these goes to `otherwise`, with its place from 0. styles: by place, of cells with one of their own.
        """
        if not values:
            return
        behind = first + len(values)
        if self._check_dimensions(first, column) or self._check_dimensions(behind - 1, column):
            for place, value in enumerate(values):
                otherwise(place, value)  # beyond what a sheet can hold: xlsxwriter leaves that out
            return
        fills, end = values, ending(values)
        if end == BLANK:
            fills = ()
        elif end == TEXT:
            fills = self._shared(values)
        elif end == MIXED:
            fills = mixed_ends(values, self.str_table._get_shared_string_index, otherwise)
        self._plain.append(Plain(first, behind, column, style, styles, end, fills))

    def _shared(self, texts: Sequence[str]) -> list[int]:
        """Give the indices of texts in the table of texts."""
        table = self.str_table
        known = table.string_table
        indices = [known.setdefault(text, len(known)) for text in texts]
        table.count, table.unique_count = table.count + len(texts), len(known)
        return indices

    def put_texts(self, first: int, column: int, texts: Sequence[str], style: Format) -> None:
        """Write texts below each other, however long; an empty one is a text too."""
        self.put_column(
            first, column, texts, style, lambda at, text: self.write_string(first + at, column, text, style)
        )

    def dress_rows(self, first: int, count: int, style: Format, heights: Mapping[int, float]) -> None:
        """Give rows a format, which their further cells have. heights: in points, by place from 0, where not as usual."""
        if count < 1:
            return
        self._check_dimensions(first, self.dim_colmin or 0)
        self._check_dimensions(first + count - 1, self.dim_colmin or 0)
        usual = RowInfo(self.default_row_height, style)
        others = {height: RowInfo(int(height * 4 / 3 + 0.5), style) for height in {*heights.values()}}  # in pixels
        self._dress(range(first, first + count), usual)
        for place, height in heights.items():
            if place < count:
                self._dress([first + place], others[height])

    def _dress(self, rows: Iterable[int], info: RowInfo) -> None:
        size = [info.height, info.hidden]
        self.row_info.update(dict.fromkeys(rows, info))
        self.row_sizes.update(dict.fromkeys(rows, size))

    def forget(self) -> None:
        """Let go of the cells, which have been written."""
        self.table.clear()
        self._plain.clear()

    def guard(self, top: int, left: int, bottom: int, right: int, guard: Guard) -> None:
        """Let a guard stand at these cells."""
        self.validations.append((xl_range(top, left, bottom, right), guard))

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        """Take off what a formula is typed with; none of ours has a function that Excel 2007 lacks, which has to be marked."""
        return formula.removeprefix("{").removeprefix("=").removesuffix("}")

    # What xlsxwriter calls when the workbook is closed.

    _write_worksheet = _kept("_write_worksheet")
    _write_sheet_views = _kept("_write_sheet_views", "selected")
    _write_sheet_format_pr = _kept("_write_sheet_format_pr")
    _write_cols = _kept("_write_cols", "_columns")
    _write_sheet_protection = _kept("_write_sheet_protection")
    _write_print_options = _kept("_write_print_options")
    _write_page_margins = _kept("_write_page_margins")
    _write_page_setup = _kept("_write_page_setup")
    _write_header_footer = _kept("_write_header_footer")
    _write_ignored_errors = _kept("_write_ignored_errors")
    _write_conditional_formats = _kept("_write_conditional_formats", "_conditions")

    @property
    def _columns(self) -> tuple[int, ...]:
        return tuple(self.col_info)

    @property
    def _conditions(self) -> tuple[str, ...]:
        return tuple(self.cond_formats)

    def _write_rows(self) -> None:
        """Write runs of rows in one step that consist of the same plain columns, and the others cell by cell."""
        self._calculate_spans()
        mixed = {row for row, cells in self.table.items() if cells}
        for plain in self._plain:
            if plain.end == MIXED and None in plain.fills:
                mixed.update(plain.first + place for place, end in enumerate(plain.fills) if end is None)
        edges = {self.dim_rowmin, self.dim_rowmax + 1}
        edges.update(edge for plain in self._plain for edge in (plain.first, plain.behind))
        edges.update(edge for row in mixed for edge in (row, row + 1))
        ahead = sorted(self._plain, key=lambda plain: (-plain.first, -plain.column))
        across: list[Plain] = []
        for first, behind in pairwise(sorted(edges)):
            across = [plain for plain in across if first < plain.behind]
            while ahead and ahead[-1].first <= first:
                across.append(ahead.pop())
            across.sort(key=_column)
            if across and first not in mixed:
                self._write_plain(first, behind, across)
            else:
                for row in range(first, behind):
                    self._write_mixed(row, across)

    def _write_plain(self, first: int, behind: int, across: Sequence[Plain]) -> None:
        rows, numbers = range(first, behind), range(first + 1, behind + 1)
        pattern, fills = '<row r="%d"%s', list[Iterable[Any]]([numbers, self._looks(rows)])
        self._number_styles(rows, across)
        for plain in across:
            cell, more = plain.cells(rows)
            pattern += cell
            fills += more
        self.fh.write("".join(map(f"{pattern}</row>".__mod__, zip(*fills, strict=True))))

    def _number_styles(self, rows: range, across: Sequence[Plain]) -> None:
        """Let styles have their numbers in the order in which xlsxwriter comes across them."""
        own = {plain.first + place for plain in across for place in plain.styles if plain.first + place in rows}
        for row in sorted({rows.start, *own, *(row + 1 for row in own if row + 1 in rows)}):
            for plain in across:
                plain.style_at(row)._get_xf_index()

    def _write_mixed(self, row: int, across: Sequence[Plain]) -> None:
        cells, plain = self.table.get(row) or {}, {each.column: each for each in across} if across else {}
        if not cells and not plain:
            if row in self.row_info or row in self.comments:
                self._write_empty_row(row, self.row_spans.get(row // 16), self.row_info.get(row))
            return
        self.fh.write(f'<row r="{row + 1}"{self._look(self.row_spans.get(row // 16), self.row_info.get(row))}')
        for column in sorted({*cells, *plain}):
            if column in cells:
                self._write_cell(row, column, cells[column])
            elif None not in (each := plain[column]).fills[row - each.first : row - each.first + 1]:
                pattern, fills = each.cells(range(row, row + 1))
                self.fh.write(pattern % tuple(fill for (fill,) in fills))
        self.fh.write("</row>")

    def _looks(self, rows: Iterable[int]) -> list[str]:
        """Give what follows the number in the tags that start rows."""
        looks: list[str] = []
        made: dict[tuple[str | None, int], str] = {}
        for row in rows:
            spans, info = self.row_spans.get(row // 16), self.row_info.get(row)
            alike = spans, id(info)
            if alike not in made:
                made[alike] = self._look(spans, info)
            looks.append(made[alike])
        return looks

    def _look(self, spans: str | None, info: RowInfo | None) -> str:
        return row_look(spans, self.default_row_height, self.original_row_height, *looks_of(info))

    def _calculate_spans(self) -> None:
        """Find the first and last column in use among each sixteen rows, as Excel notes them."""
        used: dict[int, set[int]] = {}
        reaches: dict[tuple[int, int], set[int]] = {}
        for plain in self._plain:
            reaches.setdefault((plain.first // 16, (plain.behind - 1) // 16 + 1), set()).add(plain.column)
        for (first, behind), columns in reaches.items():
            for block in range(first, behind):
                used.setdefault(block, set()).update((min(columns), max(columns)))
        for filled in (self.table, self.comments):
            for row, cells in filled.items():
                used.setdefault(row // 16, set()).update(cells)
        self.row_spans = {block: f"{min(each) + 1}:{max(each) + 1}" for block, each in used.items() if each}

    def _write_data_validation(self, options: Any) -> None:
        if isinstance(options, tuple):
            cells, guard = options
            self.fh.write(guard.written(cells))
        else:
            super()._write_data_validation(options)

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        if cell.format is None:
            super()._write_cell(row, col, cell)
            return
        kind = type(cell)
        start = f'<c r="{column_letters(col)}{row + 1}" s="{cell.format.xf_index or cell.format._get_xf_index()}"'
        if kind is CellStringTuple and not self.constant_memory:
            self.fh.write(f'{start} t="s"><v>{cell.string}</v></c>')
        elif kind is CellNumberTuple or kind is CellDatetimeTuple:
            self.fh.write(f"{start}><v>{cell.number:.16G}</v></c>")
        elif kind is CellBlankTuple:
            self.fh.write(f"{start}/>")
        else:
            super()._write_cell(row, col, cell)
