"""Pieces of formulas that Excel 2007, WPS and LibreOffice know alike.

Each works on one cell and, in an array formula, on each cell of a range: so what turns a cell red and what counts the red cells
is the same text about other cells. AND and OR would make one truth of a whole range, and an array constant may not stand in a
conditional format; neither is used.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

NEVER, ALWAYS = "FALSE", "TRUE"
ODD_SPACES = " \u00a0\u202f\u3000\u200b\u200c\u200d\u2060\ufeff\u00ad"  # what is dropped at the edges of a text
DIGITS = "0123456789０１２３４５６７８９"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LONGEST_TEXT = 255  # that may stand in a formula
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def quoted(text: str) -> str:
    """Write a text as it stands in a formula."""
    return '"' + text.replace('"', '""') + '"'


def day(value: dt.date) -> str:
    """Write a day, whatever day a workbook counts from."""
    return f"DATE({value.year},{value.month},{value.day})"


def both(*truths: str) -> str:
    """Say that all of these hold."""
    said = [truth for truth in truths if truth != ALWAYS]
    if NEVER in said:
        return NEVER
    return "*".join(f"({truth})" for truth in said) if len(said) > 1 else said[0] if said else ALWAYS


def either(*truths: str) -> str:
    """Say that one of these holds."""
    said = [truth for truth in truths if truth != NEVER]
    if ALWAYS in said:
        return ALWAYS
    return f"({'+'.join(f'({truth})' for truth in said)}>0)" if len(said) > 1 else said[0] if said else NEVER


def unless(truth: str) -> str:
    """Say that this does not hold."""
    return {NEVER: ALWAYS, ALWAYS: NEVER}.get(truth) or f"NOT({truth})"


def where(condition: str, then: str, otherwise: str = NEVER) -> str:
    """Ask one thing where a condition holds, another where not."""
    if condition in (ALWAYS, NEVER):
        return then if condition == ALWAYS else otherwise
    return NEVER if then == otherwise == NEVER else f"IF({condition},{then},{otherwise})"


def edges(cell: str) -> str:
    """Give the text of a cell without control characters and outer spaces."""
    return f"TRIM(CLEAN({cell}))"


def filled(cell: str) -> str:
    """Say that a cell says something for certain: a text begins with more than a space or what cannot be seen."""
    return f"IF(ISTEXT({cell}),{begins_otherwise(cell, ODD_SPACES)},NOT(ISBLANK({cell})))"


def blank(cell: str, words: Iterable[str] = ()) -> str:
    """Say that a cell is blank for certain, or that one of the words stands there that mean the same."""
    return either(
        f"IF(ISTEXT({cell}),LEN({edges(cell)})=0,ISBLANK({cell}))", *(f"{cell}={quoted(word)}" for word in words)
    )


def begins_otherwise(cell: str, characters: str) -> str:
    """Say that the text of a cell begins with none of these characters; a blank one does not."""
    return f"ISERROR(FIND(LEFT({edges(cell)}),{quoted(characters)}))"


def ends_otherwise(cell: str, characters: str) -> str:
    """Say the same of its end."""
    return f"ISERROR(FIND(RIGHT({edges(cell)}),{quoted(characters)}))"


def has(cell: str, part: str) -> str:
    """Say that a text stands somewhere in a cell."""
    return f"ISNUMBER(FIND({quoted(part)},{cell}))"


def is_ordinary(cell: str) -> str:
    """Say that a cell has a text that is read exactly as it stands there."""
    odd = "\u00a0\u202f\u3000\u200b\u200c\u200d\u2060\ufeff\u00ad"
    return both(f"ISTEXT({cell})", f"EXACT({cell},{edges(cell)})", *(unless(has(cell, each)) for each in odd))


def wide(text: str) -> str:
    """Write a text in full-width characters."""
    return text.translate(_WIDE)


def pattern(text: str, between: str = "") -> str:
    """Give the pattern for SEARCH and COUNTIF that a text matches. between: what may stand between its characters."""
    return between.join(f"~{character}" if character in "~*?" else character for character in text)
