"""How cells of our pages look, by what they are, and what of them a sheet keeps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from xlsxwriter.worksheet import Worksheet

from pipeline.publish.excel.cells import Cell, Formula, Link

Formats = Mapping[int, str] | None  # number formats other than a column's, by column
Tone = Literal["plain", "muted", "subtotal", "total", "head", "link"]
HEAD, TOTAL, SUBTOTAL = "#D9E1EA", "#E4E4E4", "#F2F2F2"  # each prints as its own grey
TONES: dict[Tone, dict[str, Any]] = {
    "plain": {},
    "muted": {"font_color": "#767676", "italic": True},
    "subtotal": {"bold": True, "bg_color": SUBTOTAL},
    "total": {"bold": True, "bg_color": TOTAL},
    "head": {
        "bold": True, "bg_color": HEAD, "align": "center", "indent": 0, "text_wrap": True, "shrink": False,
        "num_format": "General",
    },
    "link": {"font_color": "#1F4E79", "underline": 1},
}  # fmt: skip
_KEPT_AS_IS = (str, int, float, type(None), Formula, Link)
_SERIAL_DAY_0 = dt.date(1899, 12, 30)


def stored_column(cells: Sequence[Cell]) -> Sequence[Cell]:
    """Do so with many cells, which are mostly kept as they are."""
    is_plain = all(kind in _KEPT_AS_IS for kind in set(map(type, cells)))
    return cells if is_plain and "" not in cells else list(map(stored, cells))


def stored(cell: Cell) -> Cell:
    """Give a day and an exact number as a sheet keeps them, and nothing for an empty text."""
    if isinstance(cell, dt.date):
        return (cell - _SERIAL_DAY_0).days
    if isinstance(cell, Decimal):
        return float(cell)
    return None if cell == "" else cell


def shade(cell: Cell, tone: Tone) -> Tone:
    """Give the tone of a cell in a line of some tone: a link looks like one."""
    return "link" if isinstance(cell, Link) and tone == "plain" else tone


def shape_rows(sheet: Worksheet, rows: Sequence[int], height: float, level: int) -> None:
    """Give rows a height in points, and a depth in the outline; a sheet keeps what it knows of them once for all."""
    if sheet.set_row(rows[0], height, None, {"level": level}) == 0:  # and not beyond what it can hold
        sheet.row_info.update(dict.fromkeys(rows, sheet.row_info[rows[0]]))
        sheet.row_sizes.update(dict.fromkeys(rows, sheet.row_sizes[rows[0]]))
