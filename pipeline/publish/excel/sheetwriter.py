"""The grid that our workbooks are drawn on: titled, ruled pages with links, notes and a foot, ready to print on A4."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range, xl_rowcol_to_cell

from pipeline.model import Number
from pipeline.night import Night
from pipeline.publish.excel.cells import COUNT, Cell, Field, Formula, Link, chinese_day, lines_of, long_texts
from pipeline.publish.excel.inks import TONES, Formats, Tone, shade, shape_rows, stored, stored_column
from pipeline.publish.excel.quickbook import QuickBook

Spanned = tuple[Cell, int, int]  # a cell that reaches from a first to a last column
A4, LANDSCAPE_FROM = 9, 96  # paper code; characters across from which a page is turned
LINE, AIR = 13.5, 2.5  # points that a line of text takes, and those round it
TALLEST, LONGEST = 409, 32767  # points of a row; characters of a cell, beyond which the library leaves a text out
TOP, FEW = 5, 8  # row of the header, below title, period and unit; rows alike, below which they are written one by one
SIGNATURES = "单位负责人：{gap}审核：{gap}制表：{gap}电话：{gap}报出日期：{day}"


class Book:
    """A workbook being written; the same night gives the same bytes. is_numbered: its pages bear form numbers."""

    def __init__(self, path: Path, night: Night, title: str, *, is_numbered: bool = False) -> None:
        self.night, self.is_numbered = night, is_numbered
        self.workbook = QuickBook(
            str(path),
            {
                "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_format_properties": {"font_name": "宋体", "font_size": 10},
            },
        )  # fmt: skip
        settings = night.campaign.settings
        self.workbook.set_properties(
            {
                "title": title, "subject": f"{settings.title} {night.period.title}", "author": settings.office,
                "company": settings.office, "created": dt.datetime.combine(night.as_of, dt.time()),
            }
        )  # fmt: skip
        self.unit = settings.unit  # what those who report are called
        self.pages: list[Page] = []
        self._ruled: dict[tuple[Field, Tone], Format] = {}
        self._free: dict[tuple[tuple[str, Any], ...], Format] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.workbook.close()
        else:
            self.workbook.fileclosed = 1  # a half-written workbook is never saved, not even by the destructor

    def page(self, name: str, title: str, fields: Sequence[Field], *, about: str = "") -> Page:
        """Add a page behind the others; `name` is made fit for a tab. about: what the contents say of it."""
        page = Page(self, self._tab(name), title, fields, about)
        self.pages.append(page)
        return page

    def _tab(self, name: str) -> str:
        allowed = "".join(" " if character in "[]:*?/\\'" else character for character in name)[:31]
        taken = {page.name.casefold() for page in self.pages}
        candidates = (allowed, *(f"{allowed[:27]}({number})" for number in range(2, 100)))
        return next(candidate for candidate in candidates if candidate.casefold() not in taken)

    def ruled(self, field: Field, tone: Tone) -> Format:
        """Give the format of a cell of that column in that tone."""
        if (field, tone) not in self._ruled:
            look = {
                "border": 1, "border_color": "#808080", "valign": "vcenter", "align": field.align,
                "indent": int(field.align == "left"), "text_wrap": field.wraps, "shrink": field.shrinks,
                "num_format": field.number,
            }  # fmt: skip
            self._ruled[field, tone] = self.workbook.add_format(look | TONES[tone])
        return self._ruled[field, tone]

    def free(self, **look: Any) -> Format:
        """Give the format of a cell outside the table."""
        key = tuple(sorted(look.items()))
        if key not in self._free:
            self._free[key] = self.workbook.add_format({"valign": "vcenter"} | look)
        return self._free[key]


class Page:
    """One worksheet, written from top to bottom. Rows and columns count from 0; `row` is the next to be written.

    first: the first row below the header. lines: rows written that are no sums, for the contents.
    """

    def __init__(self, book: Book, name: str, title: str, fields: Sequence[Field], about: str) -> None:
        self.book, self.name, self.fields, self.about = book, name, tuple(fields), about
        self.sheet = book.workbook.add_worksheet(name)
        self.last, self.lines, self.is_one_table = len(fields) - 1, 0, True
        self._inks = cache(lambda tone: [book.ruled(field, tone) for field in fields])  # formats of a row
        self._open(title)
        self.row = self.first = self._head()
        self._print()

    def _open(self, title: str) -> None:
        night, sheet, number = self.book.night, self.sheet, len(self.book.pages) + 1
        settings = night.campaign.settings
        small, right = self.book.free(font_size=9), self.book.free(font_size=9, align="right")
        sheet.set_default_row(LINE + AIR)
        for column, field in enumerate(self.fields):
            sheet.set_column(column, column, field.width, None, {"hidden": field.hidden})
        edge = max(column for column, field in enumerate(self.fields) if not field.hidden)
        if number > 1:
            back = self.book.free(font_size=9, **TONES["link"])
            sheet.write_url(0, 0, self.book.pages[0].target(0), back, f"返回{self.book.pages[0].name}")
        if self.book.is_numbered:
            sheet.write_string(0, edge, f"表　　号：{night.campaign.form.number}-{number:02d}", right)
        sheet.write_string(1, edge, f"制表机关：{settings.office}", right)
        sheet.set_row(2, 28)
        self.spread(2, title, self.book.free(font_name="黑体", font_size=16, align="center"))
        self.spread(3, f"{night.period.title}（截至 {chinese_day(night.as_of)}）", self.book.free(align="center"))
        sheet.write_string(4, 0, f"填报单位：{settings.office_short or settings.office}", small)
        if units := {field.unit for field in self.fields if field.unit}:
            sheet.write_string(4, edge, f"单位：{units.pop() if len(units) == 1 else '见各栏'}", right)

    def _head(self) -> int:
        """Write the header, two rows where columns are banded; gives the first row below it."""
        banded = any(field.band for field in self.fields)
        for column, field in enumerate(self.fields):
            ink = self.book.ruled(field, "head")
            if banded and not field.band:
                self.sheet.merge_range(TOP, column, TOP + 1, column, field.heading, ink)
            else:
                self.sheet.write_string(TOP + banded, column, field.heading, ink)
        self._heighten([TOP + banded], max(lines_of(field.heading, field.width) for field in self.fields))
        for band, places in groupby(range(len(self.fields)), key=lambda place: self.fields[place].band):
            columns = list(places)
            if band:
                self.spread(TOP, band, self.book.ruled(self.fields[columns[0]], "head"), columns[0], columns[-1])
        return TOP + banded + 1

    def _print(self) -> None:
        sheet = self.sheet
        sheet.set_paper(A4)
        if sum(field.width for field in self.fields) > LANDSCAPE_FROM:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.center_horizontally()
        sheet.set_footer("&C&9第 &P 页，共 &N 页")
        sheet.hide_gridlines(2)
        self.freeze(0)

    def freeze(self, columns: int) -> None:
        """Keep the header and that many columns in sight."""
        self.sheet.freeze_panes(self.first, columns)

    def target(self, row: int, column: int = 0) -> str:
        """Give the address of a cell of this page for a Link."""
        return f"internal:{self.address(row, column)}"

    def address(self, row: int, column: int) -> str:
        """Give the address of a cell of this page for a formula of another one."""
        return f"'{self.name}'!{xl_rowcol_to_cell(row, column)}"

    def added(self, column: int, first: int, behind: int, value: Number) -> Formula:
        """Give the cell that adds up rows first to behind - 1 of a column; subtotals among them are not added twice."""
        text = f"=SUBTOTAL(9,{xl_range(first, column, behind - 1, column)})" if behind > first else "=0"
        return Formula(text, value)

    def spread(self, row: int, text: str, ink: Format, first: int = 0, last: int | None = None) -> None:
        """Write a text across columns, by default over the whole page."""
        if (last := self.last if last is None else last) > first:
            self.sheet.merge_range(row, first, row, last, "", ink)
        self.sheet.write_string(row, first, text, ink)

    def put(self, row: int, column: int, cell: Cell, ink: Format) -> None:
        """Write one cell; a text is only ever a text."""
        if isinstance(cell, str):
            self.sheet.write_string(row, column, cell if len(cell) <= LONGEST else cell[: LONGEST - 1] + "…", ink)
        elif cell is None:
            self.sheet.write_blank(row, column, None, ink)
        elif isinstance(cell, Formula):
            value = float(cell.value) if isinstance(cell.value, Decimal) else cell.value
            self.sheet.write_formula(row, column, cell.text, ink, value)
        elif isinstance(cell, Link):
            self.sheet.write_url(row, column, cell.target, ink, cell.shown if isinstance(cell.shown, str) else "→")
            if not isinstance(cell.shown, str):  # a number or a formula in the cell leaves its link in place
                self.put(row, column, cell.shown, ink)
        else:
            self.sheet.write_number(row, column, stored(cell), ink)

    def line(self, cells: Iterable[Cell], tone: Tone = "plain", *, formats: Formats = None, level: int = 0) -> int:
        """Write the next row of the table; gives its position.

        formats: number formats other than the field's, by column. level: depth in the outline, 0 for none.
        """
        row, deep, inks, other = list(cells), 1, list(self._inks(tone)), formats or {}
        for column, (cell, field) in enumerate(zip(row, self.fields, strict=True)):
            if isinstance(cell, str) and field.wraps:
                deep = max(deep, lines_of(cell, field.width))
            if column in other or isinstance(cell, Link):
                field = replace(field, number=other.get(column, field.number))
                inks[column] = self.book.ruled(field, shade(cell, tone))
        self.sheet.put_row(self.row, [None if cell == "" else cell for cell in row], inks, self.put)
        self._heighten([self.row], deep, level)
        self.row, self.lines = self.row + 1, self.lines + (tone not in ("total", "subtotal"))
        return self.row - 1

    def rows(
        self, rows: Sequence[Sequence[Cell]], tone: Tone = "plain", *, formats: Formats = None, level: int = 0
    ) -> int:
        """Write many rows at once, which all look alike; gives the position of the first. Otherwise as `line`."""
        if len(rows) < FEW:
            for row in rows:
                self.line(row, tone, formats=formats, level=level)
            return self.row - len(rows)
        return self.columns(zip(*rows, strict=True), tone, formats=formats, level=level)

    def columns(
        self, columns: Iterable[Sequence[Cell]], tone: Tone = "plain", *, formats: Formats = None, level: int = 0
    ) -> int:
        """Do the same with rows that are given column by column."""
        first, deep, length = self.row, dict[int, int](), 0
        for column, (cells, field) in enumerate(zip(columns, self.fields, strict=True)):
            look = replace(field, number=(formats or {}).get(column, field.number))
            length = len(cells)
            ink, apart = self.book.ruled(look, tone), self._apart(column, look, tone)
            self.sheet.put_column(first, column, stored_column(cells), ink, apart)
            for place, lines in long_texts(cells, field.width) if field.wraps else ():
                deep[first + place] = max(deep.get(first + place, 1), lines)
        shaped = range(first, first + length) if level else deep
        for lines in {deep.get(row, 1) for row in shaped}:
            self._heighten([row for row in shaped if deep.get(row, 1) == lines], lines, level)
        self.row, self.lines = first + length, self.lines + length
        return first

    def _apart(self, column: int, field: Field, tone: Tone) -> Callable[[int, Cell], None]:
        """Give what writes those of many cells that are not plain, by their place below the next row."""
        first = self.row
        return lambda place, cell: self.put(first + place, column, cell, self.book.ruled(field, shade(cell, tone)))

    def block(self, heading: str, *headings: Spanned) -> None:
        """Start another table below; such a page cannot repeat one header in print."""
        self.is_one_table = False
        self.spread(self.row + 1, heading, self.book.free(font_name="黑体", font_size=11))
        self.row += 2
        self.spanned(*headings, tone="head")

    def spanned(self, *cells: Spanned, tone: Tone = "plain") -> None:
        """Write the next row out of cells that each reach from a first to a last column."""
        deep = 1
        for cell, first, last in cells:
            field, is_number = self.fields[first], isinstance(cell, int | Decimal)
            align = "right" if is_number else "center" if field.align == "center" and first == last else "left"
            field = replace(field, number=COUNT if isinstance(cell, int) else "General", align=align, shrinks=False)
            if isinstance(cell, str):
                deep = max(deep, lines_of(cell, sum(each.width for each in self.fields[first : last + 1])))
            ink = self.book.ruled(field, shade(cell, tone))
            if last > first:
                self.sheet.merge_range(self.row, first, self.row, last, "", ink)
            self.put(self.row, first, cell, ink)
        self._heighten([self.row], deep)
        self.row, self.lines = self.row + 1, self.lines + (tone != "head")

    def _heighten(self, rows: Sequence[int], lines: int, level: int = 0) -> None:
        """Give rows the height their wrapped texts need: not every program does so by itself."""
        if lines > 1 or level:
            shape_rows(self.sheet, rows, min(TALLEST, LINE * lines + AIR * min(2, lines)), level)

    def filtered(self) -> None:
        """Let the table so far be filtered by its header."""
        self.sheet.autofilter(self.first - 1, 0, max(self.first, self.row - 1), self.last)

    def close(self, notes: Sequence[str] = ()) -> None:
        """Write the notes and the line of signatures below everything; one table repeats its header on every sheet."""
        across = sum(field.width for field in self.fields)
        for number, note in enumerate(notes):
            text = f"{'　　　' if number else '说明：'}{note}"
            self.spread(self.row, text, self.book.free(font_size=9, text_wrap=True))
            self._heighten([self.row], lines_of(text, across))
            self.row += 1
        self.row += 2
        signed = SIGNATURES.format(gap="　" * max(2, int(across / 14)), day=chinese_day(self.book.night.as_of))
        self.spread(self.row - 1, signed, self.book.free(font_size=9))
        if self.is_one_table:
            self.sheet.repeat_rows(TOP, self.first - 1)
        if self.fields[-1].shrinks:  # LibreOffice would make the page as wide as such texts are before they shrink
            self.sheet.print_area(0, 0, self.row, self.last)
