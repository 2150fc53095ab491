"""One sheet of the form, as it is written; `form_geometry` says where everything stands on it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name

from pipeline.declare import Column, Day, Serial, Severity, Sheet
from pipeline.declare.kinds import show
from pipeline.model import Team, a1
from pipeline.naming import TAGS, tag_rows
from pipeline.publish.form_geometry import HEADER, LAST_ROW, first_record, first_row, place
from pipeline.publish.form_styles import LINE_HEIGHT, Look, Styles, line_count, page, text_width
from pipeline.publish.quickbook import QuickBook, QuickSheet
from pipeline.publish.quickcells import WIDEST_NUMBER
from pipeline.publish.stationery import Stationery

SPARE_ROWS = 5  # ruled and blank below the records of a form that has any
LONGEST_TEXT = 32_767  # Excel's limit, per cell
HIGHEST_ROW = 409  # points, Excel's limit
NOTE_WIDTH = 40.0  # of a cell's note, in half-width characters
PLAIN_NUMBER = re.compile(r"[0-9]{1,9}")
LANDSCAPE_FROM = 92.0  # total width in characters
EXCEL_DAYS = dt.date(1900, 3, 1), dt.date(9999, 12, 31)  # earlier days are off by one in some readers
EXCEL_DAY_0 = dt.date(1899, 12, 30).toordinal()
_ALLOWED = {
    "insert_rows": True, "delete_rows": True, "format_cells": True, "format_rows": True, "format_columns": True,
    "sort": True, "autofilter": True,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mark:
    """Why a cell is marked: the worst severity found there, and what the cell's note says."""

    severity: Severity
    messages: tuple[str, ...]


@dataclass(frozen=True)
class SheetWriter:
    """Writes one sheet. fixed: fields that the office fills. marks: (row, field) -> Mark, rows from 0. names: of rows."""

    book: QuickBook
    styles: Styles
    stationery: Stationery
    team: Team
    sheet: type[Sheet]
    rows: Sequence[Mapping[str, Any]]
    marks: Mapping[tuple[int, str], Mark]
    fixed: frozenset[str]
    names: Sequence[str] = ()
    sums: Mapping[str, float] = field(default_factory=dict)

    def write(self) -> None:
        """Add the sheet to the workbook."""
        tab = self.book.add_worksheet(self.sheet.title())
        widths = self._write_card(tab) if self.sheet.is_card() else self._write_table(tab)
        self._write_head(tab, widths)
        for (index, name), mark in self.marks.items():
            _note(tab, *place(self.sheet, index, name), mark)
        tab.ignore_errors({"number_stored_as_text": f"A1:{a1(LAST_ROW, len(widths))}"})
        severities = {mark.severity for mark in self.marks.values()}
        if severities:
            tab.set_tab_color("#C00000" if Severity.ERROR in severities else "#BF8F00")
        page(tab, header=(0, HEADER), landscape=sum(widths) > LANDSCAPE_FROM)
        tab.protect("", _ALLOWED)

    # Head: title, who reports on which form, a line of instruction.

    def _write_head(self, tab: QuickSheet, widths: Sequence[float]) -> None:
        form, last = self.stationery.campaign.form, len(widths) - 1
        is_cover = self.sheet.options().role == "cover"
        title = form.title if is_cover else f"{self.sheet.title()}（{self.team.name}，{self.stationery.period.title}）"
        _across(tab, 0, last, title, self.styles("title"))
        tab.set_row(0, 30 * line_count(title, sum(widths) / 1.5))
        left = f"填报单位：{self.team.name}（{self.team.code}）　表号：{form.number}"
        right = self.sheet.options().note
        if text_width(left) + text_width(right) < sum(widths) - 2 or not right:
            for column in range(last + 1):
                tab.write_blank(1, column, None, self.styles("line"))
            tab.write_string(1, 0, left, self.styles("line"))
            if right:
                tab.write_string(1, last, right, self.styles("line_right"))
        else:
            _across(tab, 1, last, f"{left}\n{right}", self.styles("lines"))
            tab.set_row(1, 34)

    # Tables.

    def _write_table(self, tab: QuickSheet) -> list[float]:
        columns, first = self.sheet.columns(), first_row(self.sheet)
        ruled = len(self.rows) + SPARE_ROWS if self.rows else self.sheet.options().rows
        last = max(LAST_ROW, first + ruled + 200)
        heights: dict[int, float] = {}  # by row, of those that hold long text; the others grow as people type
        for c, (name, col) in enumerate(columns.items()):
            look = "given" if name in self.fixed else "input"
            tab.set_column(c, c, col.width, self.styles("below", col, locked=look == "given"))
            tab.write_string(HEADER, c, col.heading, self.styles("header"))
            values = self._values(name, col, ruled - len(self.rows))
            self._write_column(tab, c, name, col, look, values)
            _heighten(col.width, values, heights)
            if look == "input":
                self._guard(tab, col, first, c, last, c)
        if self.sheet.options().total_row:
            self._write_total(tab, first, last)
        if self.names:
            self._write_tags(tab, first, len(columns))
        free = self.styles("below")  # rows can be deleted and sorted only if nothing in them is locked
        tab.dress_rows(first, ruled, free, heights)
        tab.set_row(HEADER, 33)
        tab.freeze_panes(first, 0)
        return [col.width for col in columns.values()]

    def _values(self, name: str, col: Column, spare: int) -> list[Any]:
        """Give what stands in a column, as Excel has it, down to the last ruled row."""
        if issubclass(col.kind, Serial):
            return self._numbered(name, spare)
        values = [row.get(name) for row in self.rows]
        if issubclass(col.kind, Day):
            values = [_excel_day(value) for value in values]
        if "" in values:
            values = [None if value == "" else value for value in values]
        return values + [None] * spare

    def _write_column(self, tab: QuickSheet, c: int, name: str, col: Column, look: Look, values: Sequence[Any]) -> None:
        first = first_row(self.sheet)
        marked = {index: mark.severity for (index, of), mark in self.marks.items() if of == name}

        def write(index: int, value: Any) -> None:
            self._write_cell(tab, first + index, c, value, marked.get(index, look), col)

        styles = {index: self.styles(severity, col) for index, severity in marked.items() if index >= 0}
        count = len(self.rows)
        tab.put_column(first, c, values[:count], self.styles(look, col), write, styles)
        tab.put_column(first + count, c, values[count:], self.styles(look, col), write)

    def _numbered(self, name: str, spare: int) -> list[Any]:
        """Give serial numbers: the sender's if there are any, as one of ours among them may be one of those; and on below."""
        given = [value for row in self.rows if (value := row.get(name)) is not None]
        values = [row.get(name) if given else number for number, row in enumerate(self.rows, 1)]
        highest = max([len(self.rows), *(int(value) for value in map(show, given) if PLAIN_NUMBER.fullmatch(value))])
        return values + [highest + number for number in range(1, spare + 1)]

    def _write_tags(self, tab: QuickSheet, first: int, c: int) -> None:
        """Write the names of the rows beside them: hidden, and next to the last column, so that sorting takes them along."""
        free, telling = self.styles("below"), self.sheet.telling()
        tab.set_column(c, c, None, free, {"hidden": True})
        tab.write_string(HEADER, c, TAGS, self.styles("header"))
        tab.put_texts(
            first, c, tag_rows(self.names, [[row.get(field) for row in self.rows] for field in telling]), free
        )

    def _write_total(self, tab: QuickSheet, first: int, last: int) -> None:
        """Write the row of sums. INDEX, not an address, starts a sum: a row inserted just below must not escape it."""
        for c, (name, col) in enumerate(self.sheet.columns().items()):
            if c == 0:
                tab.write_string(first - 1, c, self.sheet.options().total_row, self.styles("total", align="center"))
            elif name in self.sums:
                tab.write_number(first - 1, c, self.sums[name], self.styles(Severity.ERROR, col))
            elif col.kind.numeric:
                letter = xl_col_to_name(c)
                sums = f"=SUBTOTAL(9,INDEX({letter}:{letter},ROW()+1):{letter}{last + 1})"
                total = _sum(row.get(name) for row in self.rows)
                tab.write_formula(first - 1, c, sums, self.styles("total", col), total)
            else:
                tab.write_blank(first - 1, c, None, self.styles("total", col))

    # Cards.

    def _write_card(self, tab: QuickSheet) -> list[float]:
        options, start = self.sheet.options(), first_record(self.sheet)
        records = list((options.records or {}).values())
        heads = [options.field_header, options.unit_header][:start] + records
        widths = [26.0, 10.0][:start] + [max(18.0, 44.0 / len(records))] * len(records)
        for c, (head, width) in enumerate(zip(heads, widths, strict=True)):
            tab.set_column(c, c, width)
            tab.write_string(HEADER, c, head, self.styles("header"))
        for r, (name, col) in enumerate(self.sheet.columns().items(), HEADER + 1):
            title = str(col.title)
            tab.write_string(r, 0, title, self.styles("label", indent=3 if title.startswith("其中") else 1))
            if start == 2:
                tab.write_string(r, 1, col.unit, self.styles("label_center"))
            self._write_field(tab, r, name, col, len(records))
            tab.set_row(r, 24)
        tab.set_row(HEADER, 27)
        tab.freeze_panes(HEADER + 1, 0)
        tab.hide_gridlines(2)
        return widths

    def _write_field(self, tab: QuickSheet, r: int, name: str, col: Column, record_count: int) -> None:
        start = first_record(self.sheet)
        more = {"align": "left", "indent": 1} if record_count == 1 else {}
        for index in range(record_count):
            mark = self.marks.get((index, name))
            look: Look = "given" if name in self.fixed else mark.severity if mark else "input"
            value = self.rows[index].get(name) if index < len(self.rows) else None
            self._write_cell(tab, r, start + index, value, look, col, **more)
        if name not in self.fixed:
            self._guard(tab, col, r, start, r, start + record_count - 1)

    # Cells.

    def _write_cell(self, tab: QuickSheet, r: int, c: int, value: Any, look: Look, col: Column, **more: Any) -> None:
        """Write a raw value as what it is; what Excel has no type for, as text."""
        style = self.styles(look, col, **more)
        if value is None or value == "":
            tab.write_blank(r, c, None, style)
        elif isinstance(value, str):
            tab.write_string(r, c, value[:LONGEST_TEXT], style)
        elif isinstance(value, bool):
            tab.write_boolean(r, c, value, style)
        elif isinstance(value, int | float) and abs(value) < WIDEST_NUMBER:
            tab.write_number(r, c, value, style)
        elif isinstance(value, dt.date) and _is_excel_day(value):
            more["num_format"] = Day.excel_format
            tab.write_datetime(r, c, value, self.styles(look, col, **more))
        else:
            tab.write_string(r, c, show(value)[:LONGEST_TEXT], style)

    def _guard(self, tab: QuickSheet, col: Column, top: int, left: int, bottom: int, right: int) -> None:
        if guard := self.stationery.guard(col):
            tab.guard(top, left, bottom, right, guard)


def _across(tab: QuickSheet, row: int, last: int, text: str, style: Format) -> None:
    if last:
        tab.merge_range(row, 0, row, last, "", style)
    tab.write_string(row, 0, text, style)


def _note(tab: QuickSheet, row: int, column: int, mark: Mark) -> None:
    text = "\n".join(mark.messages)[:LONGEST_TEXT]
    lines = line_count(text, NOTE_WIDTH)
    look = {"x_scale": 2.2, "height": 24 + LINE_HEIGHT * 4 // 3 * min(lines, 20), "font_name": "宋体", "font_size": 10}
    tab.write_comment(row, column, text, look)


def _heighten(width: float, values: Sequence[Any], heights: dict[int, float]) -> None:
    """Make room for the long texts of a column, by row."""
    room = (width - 2) / 2  # characters that fit on a line, whatever they are
    for index in [index for index, value in enumerate(values) if type(value) is str and len(value) > room]:
        if (lines := line_count(values[index], width)) > 1:
            heights[index] = max(heights.get(index, 0), min(HIGHEST_ROW, LINE_HEIGHT * lines))


def _excel_day(value: Any) -> Any:
    """Give a day as Excel counts days, and anything else as it is."""
    if type(value) is dt.datetime and value.time() == dt.time() and _is_excel_day(value):
        return value.toordinal() - EXCEL_DAY_0
    return value


def _is_excel_day(value: dt.date) -> bool:
    day = value.date() if isinstance(value, dt.datetime) else value
    return EXCEL_DAYS[0] <= day <= EXCEL_DAYS[1] and getattr(value, "tzinfo", None) is None


def _sum(values: Iterable[Any]) -> float:
    """Add up what Excel adds up, numbers only, without the noise of binary fractions."""
    whole, broken = 0, Decimal(0)
    for value in values:
        if type(value) is int and -WIDEST_NUMBER < value < WIDEST_NUMBER:
            whole += value
        elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < WIDEST_NUMBER:
            broken += Decimal(repr(value))
    return float(whole + broken)
