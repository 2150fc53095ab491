"""What a workbook of decisions asks for: a row that somebody filled in is a wish, found by what its columns are called."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.declare.kinds import show, tidy
from pipeline.memory import DECISIONS
from pipeline.rawbook import META_SHEET, RawBook

WORKBOOK, SHEET = "处理决定.xlsx", "处理决定"
WHAT, TEAM, PERIOD, DAY, BY, REASON, KEY = "决定", "归给（编码）", "报告期", "延期到", "决定人", "原因", "事项号"
PAGE = "page"  # beside it on the hidden sheet: the hash of the night's page, which nobody has but the office
ABOUT = ("编码", "情况")  # columns that say what a row is about
FILLED = (WHAT, TEAM, PERIOD, DAY, BY, REASON)
KINDS = {
    DECISIONS[what]: what for what in ("waive", "place", "extend", "excuse")
}  # what may be decided here, by its title


@dataclass(frozen=True, slots=True)
class Wish:
    """One row that is filled in. row: Excel's, from 1. key: what it is about, see `keyed`; about: the same in words. said: what
    stands in its cells, by title, as text; day: the raw cell."""

    row: int
    key: Sequence[str]
    about: str
    said: Mapping[str, str]
    day: Any


def keyed(*parts: str) -> str:
    """Write what a row is about: `error`, period, team, key of the finding and `mark` of its value; `file` and a hash; `team`,
    period and code."""
    return " ".join(parts)


def mark(value: str) -> str:
    """Give a short mark of a value, to tell whether it is still the same."""
    return hashlib.sha256(value.encode()).hexdigest()[:8]


def comes_from(book: RawBook) -> str:
    """Give the hash of the night's page beside which a workbook says that it was put out; "" if it says none."""
    rows = [row for sheet in book.sheets if sheet.name == META_SHEET for row in sheet.rows]
    return next((show(row[1]) for row in rows if len(row) > 1 and row[0] == PAGE), "")


def wishes(book: RawBook) -> Iterator[Wish]:
    """Give the rows that are filled in, in order. A sheet without the header has none."""
    for sheet in book.sheets if book.is_of_decisions else ():
        if sheet.name != META_SHEET:
            yield from _on(sheet.rows)


def _on(rows: Sequence[Sequence[Any]]) -> Iterator[Wish]:
    places: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        texts = [tidy(show(cell)) for cell in row]
        if not places:
            if {WHAT, BY, REASON} <= set(texts):
                places = {title: texts.index(title) for title in (*ABOUT, *FILLED, KEY) if title in texts}
            continue
        said = {title: texts[at] for title, at in places.items()}
        if any(said.get(title) for title in FILLED):
            about = "，".join(said[title] for title in ABOUT if said.get(title))
            day = row[places[DAY]] if DAY in places else ""
            yield Wish(number, said.get(KEY, "").split(), about, said, day)
