"""What a cell of our workbooks can be, and how columns of the form become columns of a page."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.declare import Column, Day, Money, Phone
from pipeline.declare.kinds import Number as NumberKind
from pipeline.model import Number
from pipeline.publish.masking import masked_number

COUNT = "#,##0;-#,##0;—"
SHARE = "0.0%"
DATE = "yyyy-mm-dd"


_NARROW = re.compile("[\x00-\u2000]+")


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a page. Neighbours of one `band` stand under a common heading."""

    heading: str
    width: float = 10
    number: str = "General"  # Excel's number format
    align: str = "left"
    band: str = ""
    shrinks: bool = False  # long texts get smaller instead of wrapping
    unit: str = ""
    hidden: bool = False  # the program reads it again; people need not see it

    @property
    def wraps(self) -> bool:
        """Whether long texts take several lines."""
        return self.number in ("General", "@") and not self.shrinks


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula and its result, which readers that do not calculate show."""

    text: str
    value: Number | float | str


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that jumps to `target` when clicked, inside the workbook or in one beside it."""

    target: str
    shown: str | Number | Formula


def outside(file: str, target: str) -> str:
    """Give the address of a cell of another workbook's page, from its target there; the file lies in the same folder."""
    return f"external:{file}#{target.removeprefix('internal:')}"


Cell = str | int | float | Decimal | dt.date | Formula | Link | None


def number_format(col: Column) -> str:
    """Give the number format of a column's kind; zero is shown as a dash, by format."""
    if not issubclass(col.kind, NumberKind):
        return col.kind.excel_format
    decimals = "." + "0" * min(col.places, 2) + "#" * max(col.places - 2, 0) if issubclass(col.kind, Money) else ""
    return f"#,##0{decimals};-#,##0{decimals};—"


def field_of(col: Column) -> Field:
    """Give the page's column for a column of the form."""
    return Field(col.heading, max(col.width, 8), number_format(col), col.kind.align, unit=col.unit)


def figure_field(col: Column, band: str) -> Field:
    """Give a narrow column for an indicator, its unit on a line of its own."""
    heading = f"{col.title}\n（{col.unit}）" if col.unit else str(col.title)
    return Field(heading, 10, number_format(col), col.kind.align, band, unit=col.unit)


def column_cells(col: Column, values: Sequence[Any]) -> list[Cell]:
    """Give the cells for typed values: null is blank, telephone numbers are masked."""
    if issubclass(col.kind, Day):
        return [None if value is None else value.date() for value in values]
    if issubclass(col.kind, Phone):
        return [None if value is None else masked_number(str(value)) for value in values]
    return list(values)


def long_texts(cells: Sequence[Cell], width: float) -> Iterator[tuple[int, int]]:
    """Give those of many cells that take several lines: their places, from 0, and how many lines."""
    room = _room(width)
    for place, cell in enumerate(cells):
        if isinstance(cell, str) and (2 * len(cell) > room or "\n" in cell) and (lines := lines_of(cell, width)) > 1:
            yield place, lines


def lines_of(text: str, width: float) -> int:
    """Estimate the lines that a text takes in a cell so many characters wide; a Chinese character is two wide."""
    room = _room(width)
    if 2 * len(text) <= room and "\n" not in text:  # most texts are short
        return 1
    return sum(1 + int((len(line) + len(_NARROW.sub("", line))) * 0.95 // room) for line in text.split("\n"))


def _room(width: float) -> float:
    return max(1.0, width - 1.2)


def short_day(day: dt.date) -> str:
    """Write a day whose year is plain."""
    return f"{day.month}月{day.day}日"


def chinese_day(day: dt.date) -> str:
    """Write a day as documents do."""
    return f"{day.year}年{day.month}月{day.day}日"
