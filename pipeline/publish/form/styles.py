"""What a form looks like: cells, one Format per look and kind of column for a workbook, and the printed page."""

from __future__ import annotations

import math
import unicodedata
from functools import lru_cache
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipeline.declare import Column, Severity, Text
from pipeline.declare.kinds import Kind
from pipeline.words import Words

Look = str | Severity
LINE_HEIGHT = 15  # points
FONT = "宋体"  # or what a language has in its place
_BASE: dict[str, Any] = {"font_size": 11, "valign": "vcenter"}
_BOX: dict[str, Any] = {"border": 1, "border_color": "#7F7F7F"}
_LOOKS: dict[Look, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16, "align": "center", "text_wrap": True},
    "line": {"text_wrap": False},
    "line_right": {"align": "right"},
    "lines": {"text_wrap": True},
    "section": _BOX | {"bold": True, "bg_color": "#DDEBF7"},
    "header": _BOX | {"bold": True, "align": "center", "text_wrap": True, "bg_color": "#DDEBF7"},
    "label": _BOX | {"bg_color": "#F2F2F2", "text_wrap": True},
    "label_center": _BOX | {"bg_color": "#F2F2F2", "align": "center"},
    "total": _BOX | {"bold": True, "bg_color": "#F2F2F2"},
    "given": _BOX | {"bg_color": "#EDEDED", "text_wrap": True},
    "input": _BOX | {"bg_color": "#FFFDE7", "locked": False},
    "below": {"locked": False},  # cells under the ruled rows: ready to be filled, not coloured
    "text": _BOX | {"text_wrap": True},
    "text_center": _BOX | {"align": "center", "text_wrap": True},
    "link": _BOX | {"font_color": "#0563C1", "underline": 1, "text_wrap": True},
    "state": _BOX | {"bold": True, "font_size": 14, "align": "center"},
    # what a form shows by itself while it is filled in
    "live_missing": {"bg_color": "#FCE4D6"},
    "live_wrong": {"bg_color": "#FFC7CE", "font_color": "#9C0006", "bold": True},
    "live_asked": {"bg_color": "#FFEB9C", "font_color": "#7F6000"},
    "live_fine": {"bg_color": "#C6EFCE", "font_color": "#006100"},
    # wrong cells also differ by border and type, so that they are found on a grey print
    Severity.NOTE: _BOX | {"bg_color": "#E2EFDA", "locked": False},
    Severity.ERROR: {"border": 2, "border_color": "#C00000", "bg_color": "#F4B6B6", "bold": True, "locked": False},
    Severity.QUERY: {"border": 8, "border_color": "#BF8F00", "bg_color": "#FFE699", "italic": True, "locked": False},
}

LIVE = ("live_missing", "live_wrong", "live_asked", "live_fine")


class Styles:
    """Formats of one workbook by look; the column gives the number format and the alignment. words: what is printed there."""

    def __init__(self, book: Workbook, words: Words, ready: Styles | None = None) -> None:
        """Make formats for a workbook. ready: those that it has from the beginning."""
        self._book, self.words = book, words
        self._base = {"font_name": words.of(FONT)} | _BASE
        self._made: dict[tuple[Any, ...], Format] = ready._made.copy() if ready else {}

    def __call__(self, look: Look, col: Column | None = None, **more: Any) -> Format:
        kind = col.kind if col else None
        name = (look, kind, *more.items())
        if name not in self._made:
            self._made[name] = self._book.add_format(self._base | _LOOKS[look] | _of_kind(kind) | more)
        return self._made[name]


def _of_kind(kind: type[Kind] | None) -> dict[str, Any]:
    if kind is None:
        return {}
    is_text, is_figure = issubclass(kind, Text), kind.align == "right"
    return {"num_format": kind.excel_format, "align": kind.align, "text_wrap": is_text, "indent": int(is_figure)}


class _Widths(dict[str, int]):
    """Widths of the characters met so far."""

    def __missing__(self, character: str) -> int:
        self[character] = width = 2 if unicodedata.east_asian_width(character) in "WFA" else 1
        return width


_widths = _Widths()


@lru_cache(maxsize=5_000)  # instructions and titles come again in every form
def text_width(text: str) -> int:
    """Width of a text in half-width characters, the unit of column widths."""
    return sum(map(_widths.__getitem__, text))


@lru_cache(maxsize=5_000)
def line_count(text: str, width: float) -> int:
    """How many lines a text takes in a cell of that width; a little is lost at each line's end."""
    return sum(max(1, math.ceil(text_width(line) / max(1.0, width - 2))) for line in text.split("\n"))


def page(tab: Worksheet, words: Words, *, header: tuple[int, int] | None = None, landscape: bool = False) -> None:
    """Set up a printed page: A4, as wide as the paper, header rows on every page, numbered."""
    tab.set_paper(9)
    if landscape:
        tab.set_landscape()
    tab.fit_to_pages(1, 0)
    tab.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    tab.center_horizontally()
    if header is not None:
        tab.repeat_rows(*header)
    tab.set_footer(words.of("&C第 &P 页，共 &N 页"))
