"""What signs are looked for in: the ledgers of the returns that count, as they were tallied; no row of theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.checked import Lines
from pipeline.declare import Sheet
from pipeline.model import Standing
from pipeline.night import Night
from pipeline.signs.told import Place
from pipeline.tallied import OF_DAYS, OF_NUMBERS, days_in, numbers_in, width_of


@dataclass(frozen=True)
class Ledger:
    """One ledger of all teams whose returns count and have it, in the register's order.

    tallies: numpy array, a row for each, of what was tallied of the columns. numbers: of each, the hashes of its rows' numbers.
    """

    sheet: type[Sheet]
    standings: Sequence[Standing]
    lines: Sequence[Lines]
    tallies: Any
    numbers: Sequence[memoryview]

    @property
    def figures(self) -> Iterator[Column]:
        """Give its columns of numbers."""
        for number, name in enumerate(numbers_in(self.sheet)):
            first = number * OF_NUMBERS
            yield Column(self, name, self.tallies[:, first : first + OF_NUMBERS])

    @property
    def days(self) -> Iterator[Column]:
        """Give its columns of days."""
        before = len(numbers_in(self.sheet)) * OF_NUMBERS
        for number, name in enumerate(days_in(self.sheet)):
            first = before + number * OF_DAYS
            yield Column(self, name, self.tallies[:, first : first + OF_DAYS])

    def place(self, team: int, column: str = "") -> Place:
        """Name the ledger of a team, by its position, and a column."""
        return Place(self.standings[team], self.lines[team].name or self.sheet.title(), column)


@dataclass(frozen=True)
class Column:
    """One column of a ledger. tallies: numpy array, a row for each team, laid out as `tallied` says."""

    ledger: Ledger
    name: str
    tallies: Any

    def place(self, team: int) -> Place:
        """Name the column of a team, by its position."""
        return self.ledger.place(team, str(self.ledger.sheet.columns()[self.name].title))


def ledgers_of(night: Night) -> list[Ledger]:
    """Give the ledgers of the form that are tallied."""
    counted = [
        (s, night.checked[s.counted.sha256]) for s in night.standings if s.counted and s.counted.sha256 in night.checked
    ]
    ledgers = []
    for sheet in night.campaign.form.ledgers:
        width = width_of(sheet)
        kept = [(s, lines) for s, each in counted if (lines := each.lines.get(sheet.key())) and lines.tallies]
        if width and kept:
            told = [memoryview(lines.tallies).cast("H") for _, lines in kept]
            tallies = np.array([each[:width] for each in told], dtype="uint16").reshape(-1, width)
            numbers = [each[width:] for each in told]
            ledgers.append(Ledger(sheet, [s for s, _ in kept], [lines for _, lines in kept], tallies, numbers))
    return ledgers
