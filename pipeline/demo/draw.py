"""One ordinary value for one cell, from its column's kind, bounds and examples."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from pipeline.campaign import Campaign
from pipeline.declare import (
    Choice,
    Code,
    Column,
    Count,
    Day,
    Email,
    Money,
    Name,
    Percent,
    Phone,
    Serial,
    Sheet,
    YesNo,
)
from pipeline.declare.columns import RECEIVED
from pipeline.demo import people
from pipeline.demo.shares import DemoError, small_number
from pipeline.model import Period

PLAIN_TEXT = "情况正常"
DIGIT = r"\d"
LATEST_UNBOUNDED = 45  # days behind the row's last day, where a day has no bound of its own


@dataclass(frozen=True, slots=True)
class References:
    """What columns with `in_column` may hold: the values that the return has there."""

    rows: Mapping[str, list[dict[str, Any]]]

    def values(self, col: Column) -> list[Any]:
        """Give the values of the column that `col` refers to, in order."""
        assert col.in_column is not None
        return [row[str(col.in_column)] for row in self.rows.get(col.in_column.owner.key(), [])]


@dataclass
class Drawer:
    """Draws the cells of one team's sheet. `taken` remembers what must not come twice."""

    sheet: type[Sheet]
    rng: Random
    campaign: Campaign
    period: Period
    team_number: int
    references: References
    team: str = ""  # its code
    taken: dict[str, set[Any]] = field(default_factory=dict)

    def draw(self, name: str, row: Mapping[str, Any], index: int, again: bool = False) -> Any:
        """Draw a cell; None is blank. again: an earlier value did not do, so a rare one will do as well."""
        col = self.sheet.columns()[name]
        if issubclass(col.kind, Serial):
            return str(index + 1)
        if not col.is_required and self.rng.random() < self._blank_share(col, again):
            return None
        if issubclass(col.kind, Count) and name == self.sheet.options().key:
            return index + 1
        if col.is_unique and not (issubclass(col.kind, Phone) and not col.pattern):
            return self._unique(col, row, index)
        return self._value(col, row, index, again)

    def _blank_share(self, col: Column, again: bool) -> float:
        if again or issubclass(col.kind, Day):
            return 0.5
        return 0.3 if col.examples else 0.9

    def _unique(self, col: Column, row: Mapping[str, Any], index: int) -> Any:
        taken = self.taken.setdefault(col.field, set())
        if col.listed is not None:
            taken.discard(row.get(col.field))
            free = [value for value in self._free(col, row) if value not in taken]
            taken.add(chosen := self.rng.choice(free) if free else None)
            return chosen
        if issubclass(col.kind, Code):
            return self._numbered(col, index + 1)
        if col.in_column is not None:
            value = next((each for each in self.references.values(col) if each not in taken), None)
        else:
            drawn = (self._value(col, row, index, again=True) for _ in range(200))
            value = next((each for each in drawn if each not in taken), None)
            value = f"{self._value(col, row, index, again=True)}{index + 1}" if value is None else value
        taken.add(value)
        return value

    def _numbered(self, col: Column, number: int) -> str:
        """Count the example's last digits up (W01, W02 …); without an example, fill the pattern's digits."""
        if not col.examples:
            return patterned(col, number)
        before, digits, behind = re.fullmatch(r"(.*?)(\d*)(\D*)", str(col.examples[0]), re.DOTALL).groups()  # type: ignore[union-attr]
        return f"{before}{number:0{len(digits)}d}{behind}"

    def _value(self, col: Column, row: Mapping[str, Any], index: int, again: bool) -> Any:
        if col.in_column is not None:
            listed = self.references.values(col)
            return (listed[0] if self.sheet.is_card() else self.rng.choice(listed)) if listed else None
        if issubclass(col.kind, Phone) and not col.pattern:
            return people.phone(self.team_number, people.CLERK if self.sheet.is_card() else index)
        if issubclass(col.kind, Choice):
            return self._choice(col, row, index, again)
        if issubclass(col.kind, Day):
            return self._day(col, row)
        if issubclass(col.kind, Count):
            return self._count(col)
        if issubclass(col.kind, Money):
            low, high = small_number(col)
            return round(self.rng.uniform(low, high), min(1, col.places))
        if issubclass(col.kind, Percent):
            least, most = (
                (0.0 if col.least is None else float(col.least)),
                (1.0 if col.most is None else float(col.most)),
            )
            return min(max(round(self.rng.uniform(least, most), 3), least), most)
        if col.examples:
            return self.rng.choice(col.examples)
        if issubclass(col.kind, Email):
            return f"user{self.team_number}.{index}@example.com"
        if issubclass(col.kind, Name):
            return people.person(self.rng)
        if col.pattern:
            return patterned(col, self.team_number * people.PHONES_PER_TEAM + index, people.person(self.rng))
        return PLAIN_TEXT

    def _count(self, col: Column) -> int:
        low, high = small_number(col)
        return min(high, int(self.rng.triangular(low, high + 1, low)))

    def allowed(self, col: Column, row: Mapping[str, Any]) -> list[str]:
        """Give what the list of a column has for the team, beside what else the row says."""
        assert col.listed is not None
        return col.listed.allowed(self.team, row.get(col.listed.by) if col.listed.by else None)

    def _free(self, col: Column, row: Mapping[str, Any]) -> list[str]:
        return [value for value in self.allowed(col, row) if (col.field, value) not in self.reserved]

    def listed_anew(self, row: dict[str, Any], fixed: Container[str], index: int) -> None:
        """Draw again, in a row that is drawn, what a list does not have beside what else the row says."""
        columns = [col for name, col in self.sheet.columns().items() if col.listed is not None and name not in fixed]
        for _ in columns:  # one may depend on the next
            for col in columns:
                if row[col.field] is not None and row[col.field] not in self.allowed(col, row):
                    row[col.field] = self.draw(col.field, row, index, again=True)

    def _choice(self, col: Column, row: Mapping[str, Any], index: int, again: bool) -> str | None:
        if col.role == "nil":
            return col.choices[-1]
        if issubclass(col.kind, YesNo):
            return col.choices[0] if self.rng.random() < (0.5 if again else 0.985) else col.choices[-1]
        if col.listed is not None:
            return self.rng.choice(self._free(col, row) or [None])
        choices = [choice for choice in col.choices if (col.field, choice) not in self.reserved]
        return choices[0] if index == 0 and not again else self.rng.choice(choices)

    @property
    def reserved(self) -> set[tuple[str, str]]:
        """Choices whose rows are counted, and so are never drawn."""
        measures = [col.equals for col in self.campaign.form.declared.indicators().values() if col.equals is not None]
        return {choice for measure in measures if measure.sheet is self.sheet for choice in measure.where.items()}

    def _day(self, col: Column, row: Mapping[str, Any]) -> dt.date:
        """Draw a day not before the row's earlier ones: most forms ask in the order in which things happen."""
        first, last = col.span(*self.campaign.span(self.period))
        columns = list(self.sheet.columns().values())
        before = [other.field for other in columns[: columns.index(col)] if is_bounded(other)]
        earlier = [row[name] for name in before if isinstance(row.get(name), dt.date)]
        if not is_bounded(col):
            first = max(earlier, default=self.period.ends - dt.timedelta(LATEST_UNBOUNDED))
            last = first + dt.timedelta(LATEST_UNBOUNDED)
            if not earlier:
                first, last = self.period.ends - dt.timedelta(2), self.period.ends
        else:
            if first <= self.campaign.settings.starts and self.period.ends <= last:
                first, last = self.campaign.settings.starts, self.period.ends
            first = min(max([first, *earlier]), last)
        if col.le == RECEIVED:
            last = min(last, self.period.ends)
            first = min(first, last)
        return first + dt.timedelta(round((last - first).days * self.rng.betavariate(1.2, 1.8)))


def is_bounded(col: Column) -> bool:
    """Tell whether a column's days have a first and a last one of their own."""
    return issubclass(col.kind, Day) and bool(col.within or col.ge or col.le not in (None, RECEIVED))


def patterned(col: Column, number: int, name: str = "") -> str:
    """Write a text of the column's pattern: a name if one fits, else the literal characters and a number in the digits.

    Raises DemoError if that is not enough, so that the column needs an example.
    """
    if name and re.fullmatch(col.pattern, name):
        return name
    pieces: list[str] = []
    for piece, least in re.findall(r"(\\.|\[[^\]]+\]|.)(?:\{(\d+)(?:,\d*)?\})?", col.pattern):
        pieces += [piece] * int(least or 1)
    digits = iter(f"{number:0{sum(piece == DIGIT for piece in pieces)}d}")
    text = "".join(next(digits) if piece == DIGIT else piece.strip("[\\")[0] for piece in pieces)
    if col.pattern and not re.fullmatch(col.pattern, text):
        raise DemoError(f"“{col.sheet.title()}”的“{col.title}”不知道怎样举例。请在该栏写上 examples=[…]。")
    return text or str(number)
