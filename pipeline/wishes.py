"""What the office's own workbooks ask for: a row that somebody filled in is a wish, found by what its columns are called.

There are two: that in which it decides, and that in which it says what was found on the spot.
"""

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
SPOT_WORKBOOK, SPOT_SHEET = "抽查名单.xlsx", "抽查名单"
PLACE, SAYS = "位置", "填报内容"  # columns that say which row it is, and what it says
RESULT, CHECKER, CHECKED_ON, NOTE = "核实结果", "核实人", "核实日期", "核实情况"
KINDS = {
    DECISIONS[what]: what for what in ("waive", "place", "extend", "excuse")
}  # what may be decided here, by its title


@dataclass(frozen=True, slots=True)
class Wish:
    """One row that is filled in. row: Excel's, from 1. key: what it is about, see `keyed`; about: the same in words. said: what
    stands in its cells, by title, as text; day: the raw cell of the day that it names, if it names one."""

    row: int
    key: Sequence[str]
    about: str
    said: Mapping[str, str]
    day: Any


def keyed(*parts: str) -> str:
    """Write what a row is about: `error`, period, team, key of the finding and `mark` of its value; `file` and a hash; `team`,
    period and code; `row`, period, team, sheet key, `mark` of the row, and the hash of the return."""
    return " ".join(parts)


def mark(value: str) -> str:
    """Give a short mark of a value, to tell whether it is still the same."""
    return hashlib.sha256(value.encode()).hexdigest()[:8]


def comes_from(book: RawBook) -> str:
    """Give the hash of the night's page beside which a workbook says that it was put out; "" if it says none."""
    rows = [row for sheet in book.sheets if sheet.name == META_SHEET for row in sheet.rows]
    return next((show(row[1]) for row in rows if len(row) > 1 and row[0] == PAGE), "")


@dataclass(frozen=True, slots=True)
class _Columns:
    """What a workbook's columns are called. head: those by which its header is known. about: those that say in short what a row
    is about. filled: those that people fill in. day: that of a day."""

    head: frozenset[str]
    about: Sequence[str]
    filled: Sequence[str]
    day: str
    more: Sequence[str] = (KEY,)


_COLUMNS = (
    _Columns(frozenset((WHAT, BY, REASON)), ABOUT, FILLED, DAY),
    _Columns(
        frozenset((RESULT, CHECKER)), (ABOUT[0], PLACE), (RESULT, CHECKER, CHECKED_ON, NOTE), CHECKED_ON, (SAYS, KEY)
    ),
)


def wishes(book: RawBook) -> Iterator[Wish]:
    """Give the rows that are filled in, in order. A sheet without a header has none."""
    for sheet in book.sheets if book.is_of_office else ():
        if sheet.name != META_SHEET:
            yield from _on(sheet.rows, _COLUMNS[book.is_of_spot_check])


def _on(rows: Sequence[Sequence[Any]], columns: _Columns) -> Iterator[Wish]:
    places: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        texts = [tidy(show(cell)) for cell in row]
        if not places:
            if columns.head <= set(texts):
                known = (*columns.about, *columns.filled, *columns.more)
                places = {title: texts.index(title) for title in known if title in texts}
            continue
        said = {title: texts[at] for title, at in places.items()}
        if any(said.get(title) for title in columns.filled):
            about = "，".join(said[title] for title in columns.about if said.get(title))
            day = row[places[columns.day]] if columns.day in places else ""
            yield Wish(number, said.get(KEY, "").split(), about, said, day)
