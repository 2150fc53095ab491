"""Which kind of column a printed column is: by what Excel demands of its cells, by format, unit, title, samples."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.adopt.blocks import Entry
from pipeline.adopt.look import Demand, Tab
from pipeline.adopt.words import OPTIONAL, is_counted, is_money, is_placeholder, kind_of_title
from pipeline.declare import (
    Choice,
    Code,
    Count,
    Day,
    Money,
    Percent,
    Quantity,
    Serial,
    Sheet,
    Text,
    YearMonth,
    YesNo,
    column,
)
from pipeline.declare.columns import YES_NO
from pipeline.declare.days import SERIAL_DAY_0
from pipeline.declare.kinds import Kind, Number, folded
from pipeline.layout.rows import SUM_WORDS

NO_CLUE = "没有线索，作文字"
MOST_SAMPLES = 200
MOST_PLACES = 6
LARGEST = 10**12  # a bound that is larger says nothing
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')


@dataclass(frozen=True)
class Guess:
    """A kind, the words of its column beside title and unit, and from what both were guessed."""

    kind: type[Kind]
    why: str
    words: Mapping[str, Any] = field(default_factory=dict)


def guess(tab: Tab, entry: Entry) -> Guess:
    """Guess the kind of a column and the words that go with it."""
    samples = list(_samples(tab, entry))
    found = _guessed(tab, entry, samples)
    words = dict(found.words)
    if OPTIONAL.search(folded(entry.title)) or _has_gaps(tab, entry, samples):
        words["required"] = False
    found = Guess(found.kind, found.why, words)
    return found if not samples or _holds(found, entry, samples) else _as_sampled(entry, samples, words)


def _guessed(tab: Tab, entry: Entry, samples: Sequence[Any]) -> Guess:
    title, shape = kind_of_title(entry.title), _format(tab, entry)
    demand = next((each for at in entry.cells if (each := tab.demand(*at)) is not None), None)
    if title is Serial and (samples or demand is None):
        return Guess(Serial, "标题")
    if demand is not None and (found := _of_demand(demand, entry, title, shape)):
        return found
    if shape and (found := _of_format(shape, entry, title)):
        return found
    if entry.unit and not (title and issubclass(title, Percent)):
        return Guess(_figure(entry, title), f"计量单位“{entry.unit}”", _at_least_nothing(samples))
    if title is not None:
        return Guess(title, "标题", _at_least_nothing(samples) if issubclass(title, Number) else {})
    return _of_samples(samples) if samples else Guess(Text, NO_CLUE)


# By what Excel demands of a cell.


def _of_demand(demand: Demand, entry: Entry, title: type[Kind] | None, shape: str) -> Guess | None:
    if demand.sort == "list":
        choices = tuple(dict.fromkeys(each for each in demand.choices if not is_placeholder(each)))
        if not choices:
            return None
        if {folded(each) for each in choices} <= {"是", "否"} | set(YES_NO):
            return (
                Guess(YesNo, "下拉列表")
                if set(choices) <= {"是", "否"}
                else Guess(Choice, "下拉列表", {"choices": choices})
            )
        where = f"“{demand.source[0]}”中的列表" if demand.source else "下拉列表"
        return Guess(Choice, where, {"choices": tuple(_told_apart(choices))})
    if demand.sort in ("whole", "decimal"):
        numbers = {"ge": _number(demand.low), "le": _number(demand.high)}
        bounds = {word: number for word, number in numbers.items() if number is not None}
        if demand.sort == "whole":
            return Guess(Count, "数据有效性（整数）", bounds)
        if "%" in shape:
            return Guess(Percent, "数据有效性（小数）和百分数格式", bounds)
        return Guess(_measure(entry, title), "数据有效性（小数）", bounds | _places(shape))
    if demand.sort == "date":
        days = {"ge": _day(demand.low), "le": _day(demand.high)}
        return Guess(_dated(shape, title), "数据有效性（日期）", {word: day for word, day in days.items() if day})
    if demand.sort == "textLength" and (longest := _number(demand.high)):
        named = title is not None and issubclass(title, Text)
        length = {"max_length": int(longest)} if not named or title in (Text, Code) else {}
        return Guess(title if named and title else Text, "数据有效性（文本长度）", length)
    return None


def _told_apart(choices: Sequence[str]) -> Iterator[str]:
    seen: set[str] = set()
    for each in choices:
        if folded(each) not in seen:
            seen.add(folded(each))
            yield each


def _number(text: str) -> float | int | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return None if abs(number) >= LARGEST else int(number) if number.is_integer() else number


def _day(text: str) -> str:
    """Read the bound of a day, as Excel keeps it or as DATE(…) says it; "" if it is none that stands by itself."""
    if found := re.fullmatch(r"DATE\((\d{4}),\s*(\d{1,2}),\s*(\d{1,2})\)", text):
        return dt.date(*map(int, found.groups())).isoformat()
    number = _number(text)
    return (SERIAL_DAY_0 + dt.timedelta(int(number))).isoformat() if number and 60 < number < 100_000 else ""


# By how Excel shows a cell.


def _format(tab: Tab, entry: Entry) -> str:
    shape = next((tab.formats[at] for at in entry.cells if at in tab.formats), "")
    return _LITERAL.sub("", shape).split(";")[0]


def _of_format(shape: str, entry: Entry, title: type[Kind] | None) -> Guess | None:
    if "%" in shape:
        return Guess(Percent, "百分数格式")
    if re.search(r"[yY]", shape) or (re.search(r"[dD]", shape) and re.search(r"[mM]", shape)):
        return Guess(_dated(shape, title), "日期格式")
    if shape == "@":
        return (
            Guess(title, "文本格式和标题") if title is not None and issubclass(title, Text) else Guess(Text, "文本格式")
        )
    if re.fullmatch(r"[#,]*0", shape) and (title is None or not issubclass(title, Text)):
        return Guess(Count, "整数格式", {"ge": 0}) if not is_money(entry.unit) else Guess(Money, "计量单位", {"ge": 0})
    if re.fullmatch(r"[#,]*0\.[0#]+", shape):
        return Guess(_measure(entry, title), "小数格式", {"ge": 0} | _places(shape))
    return None


def _places(shape: str) -> dict[str, int]:
    found = re.search(r"\.([0#]+)", shape)
    places = min(len(found[1]), MOST_PLACES) if found else 2
    return {"places": places} if places != 2 else {}


def _dated(shape: str, title: type[Kind] | None) -> type[Kind]:
    shows_month = re.search(r"[yY]", shape) and not re.search(r"[dD]", shape)
    return YearMonth if shows_month or (not shape and title is YearMonth) else Day


# By its unit, and by what stands in it.


def _measure(entry: Entry, title: type[Kind] | None) -> type[Kind]:
    return Money if title is Money or is_money(entry.unit) else Quantity


def _figure(entry: Entry, title: type[Kind] | None) -> type[Kind]:
    return Count if is_counted(entry.unit) else _measure(entry, title)


def _samples(tab: Tab, entry: Entry) -> Iterator[Any]:
    for at in entry.cells[:MOST_SAMPLES]:
        value = tab.cell(*at)
        if value is not None and not is_placeholder(value) and folded(str(value)) not in SUM_WORDS:
            yield value


def _at_least_nothing(samples: Sequence[Any]) -> dict[str, Any]:
    numbers = [value for value in samples if isinstance(value, int | float)]
    return {"ge": 0} if all(value >= 0 for value in numbers) else {}


def _has_gaps(tab: Tab, entry: Entry, samples: Sequence[Any]) -> bool:
    """Whether a table that has records has cells without any in this column. A row of one cell alone may be none."""
    records = [r for r, _ in entry.cells if sum(_says(tab, r, c) for c in tab.filled(r)) > 1]
    return len(records) > 1 and bool(samples) and any(not _says(tab, r, entry.place[1]) for r in records)


def _says(tab: Tab, r: int, c: int) -> bool:
    value = tab.cell(r, c)
    return value is not None and not is_placeholder(value)


def _of_samples(samples: Sequence[Any]) -> Guess:
    why = "已填的内容"
    if all(isinstance(value, dt.date) for value in samples):
        return Guess(Day, why)
    numbers = [value for value in samples if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) == len(samples):
        places = max(len(repr(float(value)).partition(".")[2].rstrip("0")) for value in numbers)
        bounds = _at_least_nothing(samples)
        if places == 0:
            return Guess(Count, why, bounds)
        return Guess(Quantity, why, bounds | ({"places": min(places, MOST_PLACES)} if places != 2 else {}))
    if all(isinstance(value, bool) or (isinstance(value, str) and value in ("是", "否")) for value in samples):
        return Guess(YesNo, why)
    longest = max(len(str(value)) for value in samples)
    return Guess(Text, why, {"max_length": -(-longest // 100) * 200} if longest > 150 else {})


def _holds(found: Guess, entry: Entry, samples: Sequence[Any]) -> bool:
    """Whether what stands in the column already could be read as the kind that was guessed."""
    col = column(entry.title, unit=entry.unit, **found.words)
    col.bind(Sheet, "", found.kind)
    if any(found.kind.parse_cell(value, col).fault for value in samples):
        return False
    return not issubclass(found.kind, Text) or max(len(str(value)) for value in samples) <= col.max_length


def _as_sampled(entry: Entry, samples: Sequence[Any], words: Mapping[str, Any]) -> Guess:
    """Guess anew from what stands in the column, where it contradicts everything else."""
    kept = {"required": False} if "required" in words else {}
    found = _of_samples(samples)
    found = Guess(found.kind, found.why, {**found.words, **kept})
    if _holds(found, entry, samples):
        return found
    longest = max(len(str(value)) for value in samples)
    return Guess(Text, "已填的内容", {"max_length": max(200, -(-longest // 100) * 200), **kept})
