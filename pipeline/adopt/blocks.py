"""What the parts of a tab are that somebody fills in, as printed: blocks with their entries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pipeline.adopt.look import Tab
from pipeline.adopt.words import split_unit
from pipeline.rawbook import Address

Sort = Literal["table", "beside", "below"]
LONGEST_TITLE = 120  # characters of a header or a question
QUESTION = re.compile(r"[?？]$|^[(（]?\d{1,2}[)）.、．]")
NUMBERED = re.compile(r"^[（(]?[一二三四五六七八九十]{1,3}[)）]?[、.．]?|^表\s?\d|^附[件表]|^第.{1,3}部分")


@dataclass(frozen=True)
class Entry:
    """One column of a table or one field of a card, as printed. cells: where its values stand, for those that are there."""

    place: Address
    title: str
    under: tuple[str, ...] = ()
    unit: str = ""
    cells: tuple[Address, ...] = ()


@dataclass(frozen=True)
class Block:
    """One part of a tab that somebody fills in. heading: the text above it, if any; behind: the row below it.

    records: of a card, the headers of its values. heads: what stands over its titles and over its units. total: the label of
    a table's row of sums. aside: titles in its rows that no card can hold, since they stand in another column.
    """

    tab: Tab
    sort: Sort
    top: int
    first: int
    behind: int
    entries: tuple[Entry, ...]
    heading: str = ""
    records: tuple[str, ...] = ()
    heads: tuple[str, str] = ("", "")
    total: str = ""
    total_row: int = -1
    aside: tuple[str, ...] = ()


def entry(place: Address, text: str, under: tuple[str, ...] = (), cells: tuple[Address, ...] = ()) -> Entry:
    title, unit = split_unit(text)
    return Entry(place, title, under, unit, cells)
