"""One sheet of the form, as it is written; `geometry` says where everything stands on it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name

from pipeline.declare import Column, Day, Serial, Severity, Sheet, YesNo
from pipeline.declare.kinds import show
from pipeline.model import Team
from pipeline.naming import TAGS, tag_rows
from pipeline.publish.excel.quickbook import QuickBook
from pipeline.publish.excel.quickcells import WIDEST_NUMBER
from pipeline.publish.excel.quicksheet import QuickSheet
from pipeline.publish.form.blank import blank, cell_look, guard_rows, widths
from pipeline.publish.form.columns import column
from pipeline.publish.form.geometry import HEADER, LAST_ROW, first_record, first_row, place, ruled_rows
from pipeline.publish.form.stationery import Stationery
from pipeline.publish.form.styles import FONT, LINE_HEIGHT, Look, Styles, line_count, text_width
from pipeline.words import Words

SPARE_ROWS = 5  # ruled and blank below the records of a form that has any
LONGEST_TEXT = 32_767  # Excel's limit, per cell
HIGHEST_ROW = 409  # points, Excel's limit
NOTE_WIDTH = 40.0  # of a cell's note, in half-width characters
PLAIN_NUMBER, HIGHEST_SERIAL = re.compile(r"[0-9]{1,9}"), 10**9  # one that is not so high
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
            _note(tab, *place(self.sheet, index, name), mark, self.sheet.wording())
        severities = {mark.severity for mark in self.marks.values()}
        if severities:
            tab.set_tab_color("#C00000" if Severity.ERROR in severities else "#BF8F00")

    @property
    def _fixed(self) -> frozenset[str]:
        return self.stationery.fixed[self.sheet.key()]

    # Head: title, who reports on which form, a line of instruction.

    def _write_head(self, tab: QuickSheet) -> None:
        form, words, wide = self.stationery.campaign.form, self.stationery.campaign.words, widths(self.sheet)
        is_cover, last = self.sheet.options().role == "cover", len(wide) - 1
        said = {"sheet": self.sheet.title(), "team": self.team.name, "period": self.stationery.period.title}
        title = form.title if is_cover else words("{sheet}（{team}，{period}）", **said)
        tab.write_string(0, 0, title, self.styles("title"))
        tab.set_row(0, 30 * line_count(title, sum(wide) / 1.5))
        left = words("填报单位：{team}　表号：{number}", team=self.team.whole_name(words), number=form.number)
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
        ruled = ruled_rows(self.sheet, len(self.rows), SPARE_ROWS)
        last = max(LAST_ROW, first + ruled + 200)
        if last > LAST_ROW:
            guard_rows(tab, self.stationery, self.sheet, last)
        heights: dict[int, float] = {}  # by row, of those that hold long text; the others grow as people type
        for c, (name, col) in enumerate(columns.items()):
            values = self._values(name, col)
            self._write_column(tab, c, name, col, values, self._below(col, values, ruled))
            _heighten(col.width, values, heights)
        if self.sheet.options().total_row:
            self._write_total(tab, first, last)
        if ends := self.sheet.options().ends:
            tab.write_string(first + ruled, 0, ends, self.styles("line"))
        if self.names:
            self._write_tags(tab, first, len(columns))
        tab.dress_rows(
            first, ruled, self.styles("below"), heights
        )  # whole: nothing in a row that is moved may be locked

    def _values(self, name: str, col: Column) -> Sequence[Any]:
        """Give what stands in a column, as Excel has it."""
        values = column(self.rows, name)
        if issubclass(col.kind, Serial):
            return values if any(value is not None for value in values) else range(1, len(values) + 1)
        if issubclass(col.kind, Day):
            values = list(map(_excel_day, values))
        if issubclass(col.kind, YesNo):
            values = list(map(col.shown, values))
        return [None if value == "" else value for value in values] if "" in values else values

    def _below(self, col: Column, values: Sequence[Any], ruled: int) -> Sequence[Any]:
        """Give what stands below that, down to the last ruled row: serial numbers count on from the highest."""
        if not issubclass(col.kind, Serial):
            return [None] * (ruled - len(values))
        highest = max([len(values), *map(_serial, values)])
        return range(highest + 1, highest + 1 + ruled - len(values))

    def _write_column(
        self, tab: QuickSheet, c: int, name: str, col: Column, values: Sequence[Any], below: Sequence[Any]
    ) -> None:
        first, look = first_row(self.sheet), "given" if name in self._fixed else "input"
        marked = {index: mark.severity for (index, of), mark in self.marks.items() if of == name and index >= 0}
        styles = {index: self.styles(severity, col) for index, severity in marked.items()}

        def write(index: int, value: Any) -> None:
            self._write_cell(tab, first + index, c, value, marked.get(index, look), col)

        tab.put_column(first, c, values, self.styles(look, col), write, styles)
        tab.put_column(first + len(values), c, below, self.styles(look, col), write)

    def _write_tags(self, tab: QuickSheet, first: int, c: int) -> None:
        """Write the names of the rows beside them: hidden, and next to the last column, so that sorting takes them along."""
        free, telling = self.styles("below"), self.sheet.telling()
        tab.set_column(c, c, None, free, {"hidden": True})
        tab.write_string(HEADER, c, self.sheet.wording()(TAGS), self.styles("header"))
        tab.put_texts(first, c, tag_rows(self.names, [column(self.rows, field) for field in telling]), free)

    def _write_total(self, tab: QuickSheet, first: int, last: int) -> None:
        """Write the row of sums. INDEX, not an address, starts a sum: a row inserted just below must not escape it."""
        for c, (name, col) in enumerate(self.sheet.columns().items()):
            if c and name in self.sums:
                tab.write_number(first - 1, c, self.sums[name], self.styles(Severity.ERROR, col))
            elif c and col.kind.numeric:
                letter = xl_col_to_name(c)
                sums = f"=SUBTOTAL(9,INDEX({letter}:{letter},ROW()+1):{letter}{last + 1})"
                total = _sum(column(self.rows, name))
                tab.write_formula(first - 1, c, sums, self.styles("total", col), total)

    # Cards.

    def _fill_card(self, tab: QuickSheet) -> None:
        start, more = first_record(self.sheet), cell_look(self.sheet)
        for r, (name, col) in enumerate(self.sheet.columns().items(), HEADER + 1):
            for index in range(len(self.sheet.options().records or {})):
                mark = self.marks.get((index, name))
                look: Look = "given" if name in self._fixed else mark.severity if mark else "input"
                value = col.shown(self.rows[index].get(name)) if index < len(self.rows) else None
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


def _note(tab: QuickSheet, row: int, column: int, mark: Mark, words: Words) -> None:
    text = "\n".join(mark.messages)[:LONGEST_TEXT]
    lines = line_count(text, NOTE_WIDTH)
    font = {"font_name": words(FONT), "font_size": 10}
    look = {"x_scale": 2.2, "height": 24 + LINE_HEIGHT * 4 // 3 * min(lines, 20), **font}
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


def _serial(value: Any) -> int:
    """Give the number that a serial number is, 0 for whatever else stands in its place."""
    if type(value) is int:
        return value if 0 <= value < HIGHEST_SERIAL else 0
    return int(said) if value is not None and PLAIN_NUMBER.fullmatch(said := show(value)) else 0


def _is_excel_day(value: dt.date) -> bool:
    day = value.date() if isinstance(value, dt.datetime) else value
    return EXCEL_DAYS[0] <= day <= EXCEL_DAYS[1] and getattr(value, "tzinfo", None) is None


def _sum(values: Sequence[Any]) -> float:
    """Add up what Excel adds up, numbers only, without the noise of binary fractions."""
    if {*map(type, values)} == {int} and max(map(abs, values)) < WIDEST_NUMBER:
        return float(sum(values))
    whole, broken = 0, Decimal(0)
    for value in values:
        if type(value) is int and -WIDEST_NUMBER < value < WIDEST_NUMBER:
            whole += value
        elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < WIDEST_NUMBER:
            broken += Decimal(repr(value))
    return float(whole + broken)
