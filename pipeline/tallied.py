"""What is tallied of a ledger, so that signs can be looked for without its rows: which columns, and how it is laid out.

Tallies are numbers of two bytes: of each column of numbers `OF_NUMBERS`, then of each column of days `OF_DAYS`, then of each
record a hash of its numbers, 0 if it has none; these are not there where no column of numbers is tallied. What is too large for
two bytes is the largest that they hold.
"""

from __future__ import annotations

from pipeline.declare import Day, Sheet
from pipeline.declare.kinds import YearMonth

OF_NUMBERS = 11  # how many whole numbers end in 0 … 9, counted from LEAST on; how far their middle half spreads
OF_DAYS = (
    6  # how many days, how many of them days off; the fullest: counted from 1970, how many rows, Excel's first and last
)
LEAST = 8  # so that 10 stands in the middle of 8 to 12, and every further round number in the middle of five as well


def numbers_in(sheet: type[Sheet]) -> list[str]:
    """Give the columns of numbers that are tallied: all but those that number or name the rows."""
    key = sheet.options().key
    return [name for name, col in sheet.indicators().items() if name != key and not col.is_unique]


def days_in(sheet: type[Sheet]) -> list[str]:
    """Give the columns of days that are tallied: those of what has happened, which are bounded; what is planned is not."""
    return [
        name
        for name, col in sheet.columns().items()
        if issubclass(col.kind, Day)
        and not issubclass(col.kind, YearMonth)
        and (col.within is not None or col.le is not None or col.lt is not None)
    ]


def width_of(sheet: type[Sheet]) -> int:
    """How many numbers are tallied of the columns of a ledger, before those of its records."""
    return OF_NUMBERS * len(numbers_in(sheet)) + OF_DAYS * len(days_in(sheet))
