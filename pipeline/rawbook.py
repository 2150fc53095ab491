"""What a file holds before anyone has asked what it means: sheets of raw cells, or the reason why there are none."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.words import in_any

META_SHEET = "_meta"  # hidden: what a workbook of ours says of itself
LISTS_SHEET = "_lists"  # hidden: what its drop-downs show
NOTES_SHEET, SLIP_SHEET = "填表说明", "退改单"  # what else a workbook of ours may have beside the sheets of its form
CHECK_SHEET = "自检"  # on which it checks itself: much of it is formulas, and it is not even opened
SLIPS, CHECKS = in_any(SLIP_SHEET), in_any(CHECK_SHEET)
OUR_SHEETS = in_any(NOTES_SHEET) | CHECKS | SLIPS  # nobody fills them in, in whatever language they were sent out
DECISIONS = ("workbook", "decisions")  # the first row of the hidden sheet of a workbook in which the office decides
CHECKED = ("workbook", "checked")  # and of one in which it says what was found on the spot
MOST_ANSWERS = 30_000  # rows of such a one that are read
TITLE_ROWS = 3  # rows of a sheet that may say whose it is, above its header

Address = tuple[int, int]
"""Row and column of a cell, both 0-based."""

Range = tuple[int, int, int, int]
"""First row, first column, last row, last column; 0-based, both ends inclusive."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file could not be read: a built-in code of the F group, and the words that fill its `{found}`."""

    code: str
    found: str = ""


@dataclass(frozen=True, slots=True)
class RawSheet:
    """One worksheet, from A1 on.

    `rows` is rectangular; blank rows and columns at its end are cut off; an empty cell is "". Values are as stored:
    text is not stripped, numbers from .xlsx are floats, midnight datetimes are dates. `errors` names the cells whose
    formula failed ("#REF!") or has no result yet (""); each lies inside `rows` and is "" there. `hidden_rows` are those
    inside `rows`; filtered rows are hidden rows.
    """

    name: str
    visible: bool = True
    rows: list[list[Any]] = field(default_factory=list)
    errors: dict[Address, str] = field(default_factory=dict)
    hidden_rows: tuple[int, ...] = ()
    merged: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True)
class RawBook:
    """One file. `sheets` is () only with a `refusal`; `sha256` is "" only when the file could not be opened."""

    sha256: str
    kind: str
    sheets: tuple[RawSheet, ...] = ()
    properties: dict[str, str] = field(default_factory=dict)
    saved_at: str = ""
    refusal: Refusal | None = None

    def head(self) -> RawBook:
        """Leave out what nobody looks for a team or a period in: all rows of its sheets but the first; of the office's own
        workbooks nothing."""
        most = MOST_ANSWERS if self.is_of_office else TITLE_ROWS
        sheets = (
            each if each.name == META_SHEET else RawSheet(each.name, each.visible, each.rows[:most])
            for each in self.sheets
        )
        return replace(self, sheets=tuple(sheets))

    @property
    def is_of_office(self) -> bool:
        """Whether the office decides in it, or says what it found on the spot: so it says of itself, whatever it is called."""
        return self._states(DECISIONS, CHECKED)

    @property
    def is_of_spot_check(self) -> bool:
        """Whether the office says in it what it found on the spot."""
        return self._states(CHECKED)

    def _states(self, *kinds: tuple[str, str]) -> bool:
        hidden = (each.rows[0] for each in self.sheets if each.name == META_SHEET and each.rows)
        return any(tuple(row[:2]) in kinds for row in hidden)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost. An honest return stays a hundred times below each of these."""

    seconds: float = 60
    memory_mb: int = 1024
    file_mb: int = 100
    unzipped_mb: int = 400
    members: int = 5_000
    cells: int = 5_000_000


class Refused(Exception):
    """Raised anywhere while a file is being read, to end the reading of that file with a `Refusal`."""

    def __init__(self, code: str, found: str = "") -> None:
        super().__init__(code, found)
        self.refusal = Refusal(code, found)


@dataclass(frozen=True, slots=True)
class SheetNotes:
    """What calamine does not tell of a sheet, found by looking at the file itself. Fields as in `RawSheet`."""

    errors: dict[Address, str] = field(default_factory=dict)
    hidden_rows: tuple[int, ...] = ()
    merged: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True)
class BookNotes:
    """What calamine does not tell of a workbook; `sheets` by name."""

    sheets: dict[str, SheetNotes] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    saved_at: str = ""


ERROR_WORDS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
"""How the binary formats number the errors that a cell may show."""


def a1(row: int, column: int) -> str:
    """Write a 0-based address as a clerk reads it: (2, 1) is B3."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def check_extent(last_row: int, last_column: int, limits: Limits) -> None:
    """Raise Refused (F05) if the grid up to the furthest value (0-based) is too large: calamine builds all of it."""
    if (last_row + 1) * (last_column + 1) > limits.cells:
        raise Refused("F05", f"内容一直延伸到 {a1(last_row, last_column)} 单元格")
