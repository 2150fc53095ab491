"""What all kinds of column share, and how a raw cell is read as text.

A kind is the annotation of a column in a `Sheet`. Parsing happens cell by cell, before Pandera sees anything: what is
certain is read as meant, what is not becomes null and a fault. Kinds are pure: whoever only reads loads no pandas, and
`schema` makes Pandera columns of them where frames are checked.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.declare.columns import Column
    from pipeline.declare.measures import Measure

Raw = str | float | int | bool | dt.datetime | dt.date | dt.time | dt.timedelta | None

INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
WIDE = {0x3000: " "} | {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width -> plain
LONGEST_TITLE = 60  # characters of a text that is worth remembering folded
ZERO_OF_YEARS = "〇"  # 二〇一一: a number in Unicode's eyes, a word in the reader's


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one cell says: a typed value (null: blank or unreadable), the code of a fault, and a note of what was assumed."""

    value: Any = None
    fault: str | None = None
    expected: str = ""
    note: str | None = None


BLANK = Parsed()


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound written on a column: the name of one of Pandera's checks, its words, and the code of our rule."""

    check: str
    words: Mapping[str, Any]
    code: str


@dataclass(frozen=True, slots=True)
class Example:
    """What becomes of one cell in a column of a kind: the value it is read as, perhaps with a note, or the fault it has."""

    typed: Raw
    value: Any = None
    fault: str = ""
    is_noted: bool = False
    remark: str = ""


def plainly(typed: Raw, value: Any, remark: str = "") -> Example:
    """Expect a value without a word."""
    return Example(typed, value, remark=remark)


def noted(typed: Raw, value: Any, remark: str = "") -> Example:
    """Expect a value, and a note of how it was read."""
    return Example(typed, value, is_noted=True, remark=remark)


def refused(typed: Raw, fault: str, remark: str = "") -> Example:
    """Expect a fault."""
    return Example(typed, fault=fault, remark=remark)


def read_as(value: object, column: Column) -> str:
    """Say how a figure or a day was read."""
    return column.words("读作 {value}", value=value)


def tidy(text: str) -> str:
    """Drop invisible characters and outer white space of every width; inner line breaks stay."""
    if text.isprintable():  # nearly every text: then the only white space in it is the plain one
        return text.strip()
    return text.translate(INVISIBLE).replace("\u00a0", " ").replace("\u202f", " ").strip().strip("\u3000").strip()


def narrow(text: str) -> str:
    """Write full-width letters, digits, marks and spaces plainly, and leave all else as typed: how a value is read.

    Width is layout. Whatever else NFKC folds is not: it would make 52 of 5², and 211 of 21①.
    """
    return text if text.isascii() else text.translate(WIDE)


def has_odd_digits(text: str) -> bool:
    """Whether some digit is none of 0 to 9 in any width: ² ① ½ Ⅳ ㈤, or another script's. Chinese numerals are words."""
    return not text.isascii() and any(
        unicodedata.category(mark)[0] == "N" and not mark.isascii() and mark != ZERO_OF_YEARS for mark in narrow(text)
    )


def folded(text: str) -> str:
    """Fold width, case and look-alikes, to match headers, names and choices only; never store the result."""
    return _folded(text) if len(text) <= LONGEST_TITLE else _folded.__wrapped__(text)


@lru_cache(maxsize=10_000)  # headings mostly, which all returns of a form have in common
def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text.translate(INVISIBLE)).split()).casefold()


class Kind:
    """What all cells of one kind of column share. No kind is ever instantiated: it is a name for what its methods do."""

    label: ClassVar[str]
    excel_format: ClassVar[str] = "General"
    align: ClassVar[str] = "left"
    numeric: ClassVar[bool] = False
    dtype: ClassVar[str]
    cases: ClassVar[tuple[Example, ...]] = ()  # what is accepted and what is not: tested, and printed in the manual

    if TYPE_CHECKING:  # what `Visits.persons` offers to a type checker; at run time it is a ColumnRef

        def sum(self, **where: str) -> Measure: ...

    @classmethod
    def parse_cell(cls, raw: Raw, column: Column) -> Parsed:
        """Read one cell as meant, or say which fault it has. Blank text is a blank cell."""
        raise NotImplementedError

    @classmethod
    def bounds(cls, column: Column) -> list[Bound]:
        """Give the bounds written on the column."""
        return []

    @classmethod
    def validation(cls, column: Column, span: tuple[dt.date, dt.date]) -> dict[str, Any] | None:
        """Give xlsxwriter's data validation for cells of this column, or None."""
        return None

    @classmethod
    def expectation(cls, column: Column) -> str:
        """Say in plain words what belongs into the cell."""
        return column.words(cls.label)

    @classmethod
    def series(cls, values: Sequence[Any]) -> pd.Series[Any]:
        """Make a typed column with a fresh integer index out of parsed values."""
        import pandas as pd

        return pd.Series(values, dtype=cls.dtype)


def show(raw: Raw) -> str:
    """Show a raw cell as the text that a reader of the sheet would call it."""
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, float):
        if raw.is_integer() and abs(raw) < 1e15:
            return str(int(raw))
        return f"{Decimal(repr(raw)):f}" if abs(raw) < 1 else repr(raw)  # a small one without an exponent
    if isinstance(raw, dt.datetime) and raw.time() == dt.time():
        return raw.date().isoformat()
    return "" if raw is None else str(raw)
