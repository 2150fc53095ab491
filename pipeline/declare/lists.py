"""Listed: what may stand in a column, as a file of the campaign lists it: for everybody, by sender, or by another cell."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from pipeline.declare.kind import folded
from pipeline.words import Words

FEW, SHORT = 12, 60  # values, and characters of them all, that a message names one by one


class Entry(NamedTuple):
    """A value of a list. team: the code of the only team that may use it, "" for all; other: what must stand in the other
    cell, "" for anything; line: of the file, from 1."""

    value: str
    team: str = ""
    other: str = ""
    line: int = 0


class Listed:
    """A list of values. by: the field of the other cell that it depends on, "" if it depends on none."""

    def __init__(self, entries: Sequence[Entry], by: str = "") -> None:
        self.entries, self.by = tuple(entries), by

    @cached_property
    def values(self) -> tuple[str, ...]:
        """All values, for whomever."""
        return tuple(dict.fromkeys(entry.value for entry in self.entries))

    def has(self, value: str) -> bool:
        """Whether it is a value, for whomever."""
        return value in self._values

    @cached_property
    def _values(self) -> frozenset[str]:
        return frozenset(self.values)

    @cached_property
    def is_of_team(self) -> bool:
        """Whether it depends on the sender."""
        return any(entry.team for entry in self.entries)

    def allowed(self, team: str, other: str | None = None) -> list[str]:
        """Give what a team may say where that choice stands in the other cell; None: there stands none, or nobody's."""
        mine = [self._placed[code] for code in {"", team} if code in self._placed]
        found = [
            each
            for by_other in mine
            for key in (by_other if other is None else {"", folded(other)})
            for each in by_other.get(key, ())
        ]
        return list(dict.fromkeys(value for _, value in sorted(found)))

    @cached_property
    def _placed(self) -> dict[str, dict[str, list[tuple[int, str]]]]:
        """Place in the list and value of each entry, by team, and by what must stand in the other cell, folded."""
        found: dict[str, dict[str, list[tuple[int, str]]]] = {}
        for place, entry in enumerate(self.entries):
            found.setdefault(entry.team, {}).setdefault(folded(entry.other), []).append((place, entry.value))
        return found


def one_of(values: Sequence[str], words: Words) -> str:
    """Name values one by one where they are few and short; "" where they are not."""
    said = words.listed(values)
    return said if len(values) <= FEW and len(said) <= SHORT else ""
