"""What is wrong with what stands in one cell of a column, as far as Excel can know it: formulas, by kind of column.

The night reads what is certain as meant (`１２`, `12人`, `2011.3.8`), and Excel cannot. So a formula says what is wrong for
certain, and nothing of what might be read. Two things can be asked of a column:

    faulty(col, span)(cell)     the night finds something at this cell, if anything stands there
    sound(col, span)(cell)      what stands there is what the night reads: others may reckon with it
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from itertools import chain

from pipeline.declare import Choice, Code, Column, Count, Day, Email, Name, Percent, Phone, Serial, Text, YearMonth
from pipeline.declare.kinds import Number
from pipeline.declare.texts import ENCLOSING
from pipeline.publish.form.formulas import (
    DIGITS,
    LETTERS,
    LONGEST_TEXT,
    NEVER,
    ODD_SPACES,
    begins_otherwise,
    blank,
    both,
    day,
    either,
    ends_otherwise,
    filled,
    has,
    is_ordinary,
    pattern,
    quoted,
    unless,
    where,
    wide,
)

Span = tuple[dt.date, dt.date]
TOLERANCE = "0.00000001"  # ten times what the night leaves to binary fractions
SIGNS = "+-＋－￥¥＄$￡£€"  # that a number may begin with
NOT_IN_A_NAME = "、，,；;/／23456789"  # several persons in one cell, or how many
EARLIEST, LATEST = (
    10_000,
    100_000,
)  # days of Excel that are the same day typed as a number: as long as they have five digits
LARGEST = {"整数": "1E+15", "金额": "1E+11", "数量": "1E+11"}
_HEAD = re.compile(r"(?:([A-Za-z0-9\u4e00-\u9fff])|\\d|\[0-9\])(?![?*{|])")
_TAIL = re.compile(r"(?:\\d|\[0-9\])(?:\{[1-9]\d*(?:,\d*)?\}|\+)?$")


def faulty(col: Column, span: Span, cell: str) -> str:
    """Say that the night finds fault with what stands in a cell. span: of a day, its first and its last."""
    if col.is_computed or issubclass(col.kind, Serial):
        return NEVER
    wrong = _faulty(col, span, cell)
    return both(*(f"{cell}<>{quoted(word)}" for word in col.blanks), wrong) if col.blanks else wrong


def _faulty(col: Column, span: Span, cell: str) -> str:
    kind = col.kind
    if issubclass(kind, Number | Percent):
        is_other = f"NOT(ISBLANK({cell}))"  # an error, or a truth
        return where(
            f"ISNUMBER({cell})", _number(col, cell), where(f"ISTEXT({cell})", _number_text(col, cell), is_other)
        )
    if issubclass(kind, Day):
        is_other = f"NOT(ISBLANK({cell}))"
        return where(f"ISNUMBER({cell})", _day(col, span, cell), where(f"ISTEXT({cell})", _day_text(cell), is_other))
    if issubclass(kind, Choice):
        is_other = _listed(col, cell) if col.listed else _no_choice(col, cell)
        return either(f"ISERROR({cell})", where(filled(cell), is_other))
    return either(
        f"ISERROR({cell})",
        where(f"ISTEXT({cell})", _text(col, cell), where(f"ISNUMBER({cell})", _number_as_text(col, cell))),
    )


def sound(col: Column, span: Span, cell: str) -> str:
    """Say that a value stands in a cell, and that it is read as it is; NEVER if that cannot be told of the column."""
    if issubclass(col.kind, Number | Percent):
        return both(f"ISNUMBER({cell})", unless(_number(col, cell)))
    if issubclass(col.kind, Day):
        return both(
            f"ISNUMBER({cell})", where(f"ISNUMBER({cell})", both(f"{cell}=INT({cell})", unless(_day(col, span, cell))))
        )
    if issubclass(col.kind, Choice) and col.listed is None:
        return either(*(f"{cell}={quoted(choice)}" for choice in col.printed))
    if col.kind is not Text or col.pattern or col.max_words:
        return NEVER
    is_right = both(is_ordinary(cell), f"LEN({cell})<={col.max_length}")
    return both(is_right, *(f"{cell}<>{quoted(word)}" for word in col.blanks))


def settled(col: Column, span: Span, cell: str) -> str:
    """Say that it is certain whether a cell has a value, and that it can be read; NEVER if that cannot be told."""
    if issubclass(col.kind, Name):
        is_one = [unless(has(cell, each)) for each in ODD_SPACES[:4]]
        readable = both(f"ISTEXT({cell})", filled(cell), *is_one, unless(_text(col, cell)))
    elif col.kind is Text and not (col.pattern or col.max_words):
        readable = both(f"ISTEXT({cell})", filled(cell), unless(_text(col, cell)))
    else:
        readable = sound(col, span, cell)
    return NEVER if readable == NEVER else either(blank(cell, col.blanks), readable)


# Numbers.


def _number(col: Column, cell: str) -> str:
    """Say of a number that it is out of bounds or has too many decimals."""
    if issubclass(col.kind, Percent):
        value, inexact = cell, NEVER
    else:
        places = 0 if issubclass(col.kind, Count) else col.places
        value = f"ROUND({cell},{places})"
        inexact = f"ABS({cell}-{value})>{TOLERANCE}+ABS({cell})*1E-14"
    largest = LARGEST.get(col.kind.label)
    return either(
        *(f"{value}<{_plain(col.ge)}" for _ in [0] if col.ge is not None),
        *(f"{value}<={_plain(col.gt)}" for _ in [0] if col.gt is not None),
        *(f"{value}>{_plain(col.le)}" for _ in [0] if col.le is not None),
        *(f"{value}>={_plain(col.lt)}" for _ in [0] if col.lt is not None),
        *(f"ABS({value})>={largest}" for _ in [0] if largest and col.le is None and col.lt is None),
        inexact,
    )


def _plain(number: object) -> str:
    return repr(number).upper()


def _number_text(col: Column, cell: str) -> str:
    """Say of a text that it is no number: it begins or ends as none can."""
    ends = DIGITS + ODD_SPACES + ("%％" if issubclass(col.kind, Percent) else "")
    no_end = ends_otherwise(cell, ends)
    if col.unit:
        length = len(col.unit)
        is_unit = f"RIGHT(TRIM({cell}),{length})={quoted(col.unit)}"
        last = col.unit[-1]
        no_end = both(unless(is_unit), ends_otherwise(cell, ends + (last + wide(last) if last.isascii() else "")))
    return either(begins_otherwise(cell, DIGITS + SIGNS + ODD_SPACES), no_end)


# Days.


def _day(col: Column, span: Span, cell: str) -> str:
    """Say of a number that it is no day of the span, however it is formatted: 20110308 may yet be read."""
    first, behind = span[0], span[1] + dt.timedelta(1)
    if issubclass(col.kind, YearMonth):  # any day of a month stands for its first
        behind = (span[1].replace(day=1) + dt.timedelta(32)).replace(day=1)
    return both(f"{cell}<{LATEST}", either(f"{cell}<{day(first)}", f"{cell}>={day(behind)}", f"{cell}<{EARLIEST}"))


def _day_text(cell: str) -> str:
    """Say of a text that it is no day: it begins or ends as none can, whatever the language."""
    letters = LETTERS + LETTERS.lower()
    ends = DIGITS + letters + wide(letters) + ODD_SPACES
    return either(begins_otherwise(cell, ends), ends_otherwise(cell, ends + "日号月份"))


# Texts.


def _no_choice(col: Column, cell: str) -> str:
    """Say that no choice can be meant: none of their names is in the cell, whatever stands between its characters."""
    names = {*col.printed, *col.choices, *col.synonyms}
    names |= {each for name in names if name.isascii() for each in (wide(name.upper()), wide(name.lower()))}
    shortest: list[str] = []
    for name in sorted(names, key=lambda name: (len(name), name)):
        if not any(_is_within(other, name) for other in shortest):
            shortest.append(name)
    return both(*(f"ISERROR(SEARCH({quoted(pattern(name, '*'))},{cell}))" for name in shortest))


def _is_within(part: str, text: str) -> bool:
    """Whether the characters of a part are in a text in their order: then that is found where the text is."""
    characters = iter(text.casefold())
    return all(character in characters for character in part.casefold())


def _listed(col: Column, cell: str) -> str:
    """Say that nothing of the list can be meant: nothing there begins so, for whomever it is."""
    assert col.listed is not None
    names = (*col.listed.values, *col.synonyms)
    return where(f"ISTEXT({cell})", _begins_with_none(cell, (name[0] for name in names if name), ENCLOSING))


def _begins_with_none(cell: str, firsts: Iterable[str], more: str = "") -> str:
    plain = dict.fromkeys(chain.from_iterable((each, each.upper(), each.lower()) for each in firsts))
    known = "".join(dict.fromkeys([*plain, *map(wide, plain), *more, *ODD_SPACES]))
    return begins_otherwise(cell, known) if len(quoted(known)) <= LONGEST_TEXT else NEVER


def _text(col: Column, cell: str) -> str:
    """Say what is wrong with a text that names no choice."""
    kind = col.kind
    if issubclass(kind, Name):
        return either(both(f"LEN(TRIM({cell}))=1", filled(cell)), *(has(cell, each) for each in NOT_IN_A_NAME))
    if issubclass(kind, Phone):
        return _phone(col, cell)
    if issubclass(kind, Email):
        return both(filled(cell), unless(has(cell, "@")), unless(has(cell, "＠")))
    too_long = f"LEN(TRIM({cell}))>{col.max_length}" if not col.max_words else NEVER
    return either(too_long, _no_code(col, cell))


def _no_code(col: Column, cell: str) -> str:
    """Say that a text does not begin or end as the pattern wants."""
    if "|" in col.pattern or not issubclass(col.kind, Code):
        return NEVER
    said = []
    if head := _HEAD.match(col.pattern):
        firsts = head[1] + wide(head[1]) if head[1] else DIGITS
        said.append(begins_otherwise(cell, firsts + ODD_SPACES))
    if _TAIL.search(col.pattern):
        said.append(ends_otherwise(cell, DIGITS + ODD_SPACES))
    return either(*said)


def _phone(col: Column, cell: str) -> str:
    if col.pattern:
        return NEVER
    plain = f'SUBSTITUTE(SUBSTITUTE({cell}," ",""),"　","")'
    is_short = f'LEN({plain})<10+(LEFT({plain})="1")'
    return either(
        both(filled(cell), is_short),
        begins_otherwise(cell, "01０１" + ODD_SPACES),
        ends_otherwise(cell, DIGITS + ODD_SPACES),
    )


def _number_as_text(col: Column, cell: str) -> str:
    """Say what is wrong with a number where a text is wanted."""
    if issubclass(col.kind, Name):
        return "TRUE"
    if issubclass(col.kind, Phone) and not col.pattern:
        return f'LEN({cell})<10+(LEFT({cell})="1")'
    return NEVER
