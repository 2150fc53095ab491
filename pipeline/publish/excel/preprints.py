"""What is the same in many workbooks, made once: sheets with all that is printed on them, and their texts and styles.

A workbook that is begun with such a stock has the texts first and the styles under the same numbers, so that a sheet's cells
can be copied as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from pipeline.publish.excel.quicksheet import QuickSheet

Arrange = Callable[[Any], None]
"""Puts on a new sheet, in xlsxwriter's words, what is printed on it."""


class Preprint:
    """A sheet on which stands what is printed on it. A copy may have more cells, columns, notes, guards and merged cells.

    texts: how many of its cells hold a text. parts: what was written for a copy, and is the same for the next, by what it is.
    """

    def __init__(self, sheet: QuickSheet, texts: int) -> None:
        self.texts = texts
        self.parts: dict[tuple[Any, ...], str] = {}
        self._state = vars(sheet).copy()
        self._collections = [name for name, value in self._state.items() if isinstance(value, dict | list)]

    def copy(self) -> QuickSheet:
        """Give a sheet that can be written on further."""
        sheet = QuickSheet.__new__(QuickSheet)
        state = sheet.__dict__
        state.update(self._state, preprint=self)
        for name in self._collections:
            state[name] = copied = self._state[name].copy()
            if type(copied) is defaultdict:  # cells by row and column
                copied.update((row, cells.copy()) for row, cells in self._state[name].items())
        return sheet


class Stock:
    """Preprinted sheets by title, and the texts and formats of every workbook that is begun with them."""

    def __init__(self, book: Workbook, sheets: Mapping[str, Arrange]) -> None:
        """Print the sheets. book: one that is not written, with the formats of all cells that may be filled in."""
        self.sheets: dict[str, Preprint] = {}
        for title, arrange in sheets.items():
            before, sheet = book.str_table.count, book.add_worksheet(title)
            arrange(sheet)
            self.sheets[title] = Preprint(sheet, book.str_table.count - before)
        self.texts: dict[str, int] = book.str_table.string_table
        self.formats: list[Format] = book.formats
        self._link_format = book.default_url_format  # has a number only where it is used
        for style in self.formats:
            if style is not self._link_format and style.dxf_index is None:
                style._get_xf_index()
        self.numbers: dict[str, int] = book.xf_format_indices
        self.conditional: dict[str, int] = book.dxf_format_indices  # numbers of the formats that depend on a condition
        self.parts: dict[tuple[Any, ...], tuple[str, str]] = {}  # name and content, by what they depend on
        self.text_elements = ""  # of the texts, once they have been written

    def begin(self, book: Workbook) -> None:
        """Give a new workbook the texts and the formats."""
        table = book.str_table
        table.string_table, table.unique_count = self.texts.copy(), len(self.texts)
        book.formats, book.xf_format_indices = self.formats.copy(), self.numbers.copy()
        book.dxf_format_indices = self.conditional.copy()
        book.default_url_format = self._link_format
