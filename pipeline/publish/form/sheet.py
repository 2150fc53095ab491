"""One tab of the form, as it is written, and each sheet on it; `geometry` says where everything stands."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from pipeline.declare import Column, Day, Serial, Severity, Sheet, YesNo
from pipeline.declare.kinds import show
from pipeline.model import Team
from pipeline.naming import TAGS, tag_rows
from pipeline.publish.excel.quickbook import QuickBook
from pipeline.publish.excel.quickcells import WIDEST_NUMBER
from pipeline.publish.excel.quicksheet import QuickSheet
from pipeline.publish.form.blank import blank, redden_tab
from pipeline.publish.form.columns import column
from pipeline.publish.form.geometry import LAST_ROW, Block, Tab, depth, first_record, is_below
from pipeline.publish.form.printed import beside, cell_look, guard_rows
from pipeline.publish.form.stationery import Stationery
from pipeline.publish.form.styles import FONT, LINE_HEIGHT, Look, Styles, line_count
from pipeline.words import Words

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
class Filled:
    """What stands in one sheet of a return. marks: (row, field) -> Mark, rows from 0. names: of rows."""

    rows: Sequence[Mapping[str, Any]]
    marks: Mapping[tuple[int, str], Mark]
    names: Sequence[str] = ()
    sums: Mapping[str, float] = field(default_factory=dict)


def write_tab(
    book: QuickBook, styles: Styles, stationery: Stationery, team: Team, drawn: Tab, filled: Mapping[str, Filled]
) -> None:
    """Add a tab to the workbook. filled: by sheet key."""
    tab = book.preprinted(drawn.name, blank(stationery, styles, drawn))
    _write_head(tab, styles, stationery, team, drawn)
    severities: set[Severity] = set()
    for block in drawn.blocks:
        here = filled[block.sheet.key()]
        SheetWriter(tab, styles, stationery, drawn, block, here.rows, here.marks, here.names, here.sums).write()
        severities |= {mark.severity for mark in here.marks.values()}
    if severities:
        tab.set_tab_color("#C00000" if Severity.ERROR in severities else "#BF8F00")


def _write_head(tab: QuickSheet, styles: Styles, stationery: Stationery, team: Team, drawn: Tab) -> None:
    """Write the title, who reports on which form, and a line of instruction."""
    form, words, sheet = stationery.campaign.form, stationery.campaign.words, drawn.blocks[0].sheet
    name = drawn.name if drawn.is_shared else sheet.title()
    is_cover = sheet.options().role == "cover"
    said = {"sheet": name, "team": team.name, "period": stationery.period.title}
    title = form.title if is_cover else words("{sheet}（{team}，{period}）", **said)
    tab.write_string(0, 0, title, styles("title"))
    tab.set_row(0, 30 * line_count(title, sum(drawn.widths) / 1.5))
    note = "" if drawn.is_shared and sheet.options().begins else sheet.options().note
    sender = words("填报单位：{team}　表号：{number}", team=team.whole_name(words), number=form.number)
    beside(tab, 1, drawn, (sender, note), styles)


@dataclass(frozen=True)
class SheetWriter:
    """Writes what stands in one sheet of a return where that is printed; see `Filled`."""

    tab: QuickSheet
    styles: Styles
    stationery: Stationery
    drawn: Tab
    block: Block
    rows: Sequence[Mapping[str, Any]]
    marks: Mapping[tuple[int, str], Mark]
    names: Sequence[str]
    sums: Mapping[str, float]

    def write(self) -> None:
        """Fill in the sheet, and note at cells why they are marked."""
        if not self.sheet.is_card():
            self._fill_table(self.tab)
        elif is_below(self.sheet):
            self._fill_answers(self.tab)
        else:
            self._fill_card(self.tab)
        for (index, name), mark in self.marks.items():
            _note(self.tab, *self.block.place(index, name), mark, self.sheet.wording())

    @property
    def sheet(self) -> type[Sheet]:
        """The sheet that is written."""
        return self.block.sheet

    @property
    def _fixed(self) -> frozenset[str]:
        return self.stationery.fixed[self.sheet.key()]

    # Tables.

    def _fill_table(self, tab: QuickSheet) -> None:
        columns, first, ruled = self.sheet.columns(), self.block.first, self.block.ruled
        if self.block.last > LAST_ROW and not self.drawn.is_shared:
            tab.validations.clear()
            guard_rows(tab, self.stationery, self.block)
            tab.cond_formats.clear()
            redden_tab(tab, self.styles, self.stationery, self.drawn)
        heights: dict[int, float] = {}  # by row, of those that hold long text; the others grow as people type
        for c, (name, col) in enumerate(columns.items()):
            values = self._values(name, col)
            self._write_column(tab, c, name, col, values, self._below(col, values, ruled))
            _heighten(col.width, values, heights)
        if self.sheet.options().total_row:
            self._write_total(tab, first, self.block.last)
        if ends := self.sheet.options().ends:
            tab.write_string(first + ruled, 0, ends, self.styles("line"))
        if self.names:
            self._write_tags(tab, first, len(self.drawn.widths))
        tab.dress_rows(
            first, ruled, self.styles("below"), heights
        )  # whole: nothing in a row that is moved may be locked

    def _values(self, name: str, col: Column) -> Sequence[Any]:
        """Give what stands in a column, as Excel has it."""
        values = column(self.rows, name)
        if issubclass(col.kind, Serial):
            return values if any(value is not None for value in values) else range(1, len(values) + 1)
        if issubclass(col.kind, Day):
            values = list(map(_known_excel_day if {*map(type, values)} == {dt.datetime} else _excel_day, values))
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
        first, look = self.block.first, "given" if name in self._fixed else "input"
        marked = {index: mark.severity for (index, of), mark in self.marks.items() if of == name and index >= 0}
        styles = {index: self.styles(severity, col) for index, severity in marked.items()}

        def write(index: int, value: Any) -> None:
            self._write_cell(tab, first + index, c, value, marked.get(index, look), col)

        tab.put_column(first, c, values, self.styles(look, col), write, styles)
        tab.put_column(first + len(values), c, below, self.styles(look, col), write)

    def _write_tags(self, tab: QuickSheet, first: int, c: int) -> None:
        """Write the names of the rows beside them: hidden, next to the tab's last column, so that sorting takes them along."""
        free, telling = self.styles("below"), self.sheet.telling()
        tab.set_column(c, c, None, free, {"hidden": True})
        header = self.block.top + depth(self.sheet) - 1
        tab.write_string(header, c, self.sheet.wording()(TAGS), self.styles("header"))
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
        for r, (name, col) in enumerate(self.sheet.columns().items(), self.block.top + 1):
            for index in range(len(self.sheet.options().records or {})):
                mark = self.marks.get((index, name))
                look: Look = "given" if name in self._fixed else mark.severity if mark else "input"
                value = col.shown(self.rows[index].get(name)) if index < len(self.rows) else None
                self._write_cell(tab, r, start + index, value, look, col, **more)

    def _fill_answers(self, tab: QuickSheet) -> None:
        """Fill in the one record of a card; where an answer is long, its row grows."""
        row, more = self.rows[0] if self.rows else {}, cell_look(self.sheet)
        for name, (asked, left, right) in self.block.questions.items():
            col, mark, r = self.sheet.columns()[name], self.marks.get((0, name)), self.block.top + asked + 1
            look: Look = "given" if name in self._fixed else mark.severity if mark else "input"
            value = col.shown(row.get(name))
            self._write_cell(tab, r, left, value, look, col, **more)
            for c in range(left + 1, right + 1):
                tab.write_blank(r, c, None, self.styles(look, col, **more))
            heights: dict[int, float] = {}
            _heighten(sum(self.drawn.widths[left : right + 1]), [value], heights)
            if heights and heights[0] * 4 / 3 > tab.row_sizes[r][0]:  # that is in pixels
                tab.set_row(r, heights[0])

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


def _note(tab: QuickSheet, row: int, column: int, mark: Mark, words: Words) -> None:
    text = "\n".join(mark.messages)[:LONGEST_TEXT]
    lines = line_count(text, NOTE_WIDTH)
    font = {"font_name": words(FONT), "font_size": 10}
    look = {"x_scale": 2.2, "height": 24 + LINE_HEIGHT * 4 // 3 * min(lines, 20), **font}
    tab.write_comment(row, column, text, look)


def _heighten(width: float, values: Sequence[Any], heights: dict[int, float]) -> None:
    """Make room for the long texts of a column, by row."""
    room = (width - 2) / 2  # characters that fit on a line, whatever they are
    if {*map(type, values)} == {str} and max(map(len, values)) <= room:
        return
    for index in [index for index, value in enumerate(values) if type(value) is str and len(value) > room]:
        if (lines := line_count(values[index], width)) > 1:
            heights[index] = max(heights.get(index, 0), min(HIGHEST_ROW, LINE_HEIGHT * lines))


def _excel_day(value: Any) -> Any:
    """Give a day as Excel counts days, and anything else as it is."""
    if type(value) is dt.datetime and value.time() == dt.time() and _is_excel_day(value):
        return value.toordinal() - EXCEL_DAY_0
    return value


_known_excel_day = lru_cache(maxsize=10_000)(_excel_day)  # of nothing but moments, as 1 equals True


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
