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
from pipeline.model import Team
from pipeline.naming import TAGS, tag_rows
from pipeline.publish.form_blank import blank, cell_look, guard_rows, widths
from pipeline.publish.form_geometry import HEADER, LAST_ROW, first_record, first_row, place
from pipeline.publish.form_styles import LINE_HEIGHT, Look, Styles, line_count, text_width
from pipeline.publish.quickbook import QuickBook
from pipeline.publish.quickcells import WIDEST_NUMBER
from pipeline.publish.quicksheet import QuickSheet
from pipeline.publish.stationery import Stationery

SPARE_ROWS = 5  # ruled and blank below the records of a form that has any
LONGEST_TEXT = 32_767  # Excel's limit, per cell
HIGHEST_ROW = 409  # points, Excel's limit
NOTE_WIDTH = 40.0  # of a cell's note, in half-width characters
PLAIN_NUMBER = re.compile(r"[0-9]{1,9}")
EXCEL_DAYS = dt.date(1900, 3, 1), dt.date(9999, 12, 31)  # earlier days are off by one in some readers
EXCEL_DAY_0 = dt.date(1899, 12, 30).toordinal()


@dataclass(frozen=True, slots=True)
class Mark:
    """Why a cell is marked: the worst severity found there, and what the cell's note says."""

    severity: Severity
    messages: tuple[str, ...]


@dataclass(frozen=True)
class SheetWriter:
    """Writes one sheet. marks: (row, field) -> Mark, rows from 0. names: of rows."""

    book: QuickBook
    styles: Styles
    stationery: Stationery
    team: Team
    sheet: type[Sheet]
    rows: Sequence[Mapping[str, Any]]
    marks: Mapping[tuple[int, str], Mark]
    names: Sequence[str] = ()
    sums: Mapping[str, float] = field(default_factory=dict)

    def write(self) -> None:
        """Add the sheet to the workbook."""
        tab = self.book.preprinted(self.sheet.title(), blank(self.stationery, self.styles, self.sheet))
        self._write_head(tab)
        if self.sheet.is_card():
            self._fill_card(tab)
        else:
            self._fill_table(tab)
        for (index, name), mark in self.marks.items():
            _note(tab, *place(self.sheet, index, name), mark)
        severities = {mark.severity for mark in self.marks.values()}
        if severities:
            tab.set_tab_color("#C00000" if Severity.ERROR in severities else "#BF8F00")

    @property
    def _fixed(self) -> frozenset[str]:
        return self.stationery.fixed[self.sheet.key()]

    # Head: title, who reports on which form, a line of instruction.

    def _write_head(self, tab: QuickSheet) -> None:
        form, wide = self.stationery.campaign.form, widths(self.sheet)
        is_cover, last = self.sheet.options().role == "cover", len(wide) - 1
        title = form.title if is_cover else f"{self.sheet.title()}（{self.team.name}，{self.stationery.period.title}）"
        tab.write_string(0, 0, title, self.styles("title"))
        tab.set_row(0, 30 * line_count(title, sum(wide) / 1.5))
        left = f"填报单位：{self.team.name}（{self.team.code}）　表号：{form.number}"
        right = self.sheet.options().note
        if right and text_width(left) + text_width(right) >= sum(wide) - 2:
            _across(tab, 1, last, f"{left}\n{right}", self.styles("lines"))
            tab.set_row(1, 34)
            return
        texts, styles = [left, *[None] * last], [self.styles("line")] * (last + 1)
        if right:
            texts[last], styles[last] = right, self.styles("line_right")
        tab.put_row(1, texts, styles, tab.write)

    # Tables.

    def _fill_table(self, tab: QuickSheet) -> None:
        columns, first = self.sheet.columns(), first_row(self.sheet)
        ruled = len(self.rows) + SPARE_ROWS if self.rows else self.sheet.options().rows
        last = max(LAST_ROW, first + ruled + 200)
        if last > LAST_ROW:
            guard_rows(tab, self.stationery, self.sheet, last)
        heights: dict[int, float] = {}  # by row, of those that hold long text; the others grow as people type
        for c, (name, col) in enumerate(columns.items()):
            values = self._values(name, col, ruled - len(self.rows))
            self._write_column(tab, c, name, col, values)
            _heighten(col.width, values, heights)
        if self.sheet.options().total_row:
            self._write_total(tab, first, last)
        if self.names:
            self._write_tags(tab, first, len(columns))
        tab.dress_rows(
            first, ruled, self.styles("below"), heights
        )  # whole: nothing in a row that is moved may be locked

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

    def _write_column(self, tab: QuickSheet, c: int, name: str, col: Column, values: Sequence[Any]) -> None:
        first, count = first_row(self.sheet), len(self.rows)
        look: Look = "given" if name in self._fixed else "input"
        marked = {index: mark.severity for (index, of), mark in self.marks.items() if of == name and index >= 0}
        styles = {index: self.styles(severity, col) for index, severity in marked.items()}

        def write(index: int, value: Any) -> None:
            self._write_cell(tab, first + index, c, value, marked.get(index, look), col)

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
            if c and name in self.sums:
                tab.write_number(first - 1, c, self.sums[name], self.styles(Severity.ERROR, col))
            elif c and col.kind.numeric:
                letter = xl_col_to_name(c)
                sums = f"=SUBTOTAL(9,INDEX({letter}:{letter},ROW()+1):{letter}{last + 1})"
                total = _sum(row.get(name) for row in self.rows)
                tab.write_formula(first - 1, c, sums, self.styles("total", col), total)

    # Cards.

    def _fill_card(self, tab: QuickSheet) -> None:
        start, more = first_record(self.sheet), cell_look(self.sheet)
        for r, (name, col) in enumerate(self.sheet.columns().items(), HEADER + 1):
            for index in range(len(self.sheet.options().records or {})):
                mark = self.marks.get((index, name))
                look: Look = "given" if name in self._fixed else mark.severity if mark else "input"
                value = self.rows[index].get(name) if index < len(self.rows) else None
                self._write_cell(tab, r, start + index, value, look, col, **more)

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
            if not issubclass(col.kind, Day):
                more["num_format"] = Day.excel_format
            tab.write_datetime(r, c, value, self.styles(look, col, **more))
        else:
            tab.write_string(r, c, show(value)[:LONGEST_TEXT], style)


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
