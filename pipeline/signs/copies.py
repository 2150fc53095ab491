"""Numbers that stand in the same order in two places, though the rows say otherwise: dates or words were changed.

Rows that say the same in every column are asked of the teams themselves (U02, U03), and are none of these.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from pipeline.declare.kinds import show
from pipeline.night import Night
from pipeline.signs.ground import Ledger
from pipeline.signs.told import Copied
from pipeline.tallied import numbers_in

BLOCK = 5  # rows on end: fewer may well be alike
BY_CHANCE = 0.05  # pairs of runs in one ledger of all teams together that may be expected to be the same by chance
LONGEST = 100  # rows on end: where only that many would say something, nothing is compared
CODES = 1 << 16
AT_ONCE, ROWS_AT_ONCE = 500, 250_000  # returns whose runs are hashed, and rows whose hashes are counted, at a time
SHARE = 1 << 28  # hashes that are looked at together: equal runs have the same
ODD = np.uint32(0x9E3779B1)  # spreads the hashes of rows, so that their order matters
WORD = 8  # bytes of a row's hash


@dataclass(frozen=True)
class Run:
    """Rows on end of one ledger, numbered on from team to team, whose numbers are those of as many rows further up."""

    here: int
    there: int
    length: int
    chance: float


@dataclass(frozen=True)
class Runs:
    """The numbers of one ledger of all teams. starts: how many rows stand before each team's, and behind the last."""

    ledger: Ledger
    starts: Any  # numpy array of int64

    @classmethod
    def of(cls, ledger: Ledger) -> Runs:
        """Number the rows on from one team to the next."""
        return cls(ledger, np.cumsum([0, *(len(each) for each in ledger.numbers)]))

    @cached_property
    def codes(self) -> Any:
        """Give the hash of each row's numbers, 0 for a row without: numpy array of uint16."""
        return np.frombuffer(b"".join(self.ledger.numbers), dtype="uint16")

    @cached_property
    def often(self) -> Any:
        """Give how often each hash occurs: numpy array of int."""
        often = np.zeros(CODES, dtype="int64")
        for first in range(0, len(self.codes), ROWS_AT_ONCE):
            often += np.bincount(self.codes[first : first + ROWS_AT_ONCE], minlength=CODES)
        often[0] = 0
        return often

    @property
    def count(self) -> int:
        """How many rows have numbers."""
        return int(self.often.sum())

    @cached_property
    def least(self) -> int:
        """Give how many rows on end must be the same, so that hardly any run would be by chance; 0: none is long enough.

        Two rows are the same with the chance that two drawn from all would be; of all pairs of places, so many runs of a length
        are expected to be the same.
        """
        if self.count < 2 * BLOCK:
            return 0
        alike = float(((self.often / self.count) ** 2).sum())
        if alike >= 1:
            return 0
        wanted = max(BLOCK, math.ceil(math.log(self.count**2 / 2 / BY_CHANCE) / -math.log(alike)))
        return wanted if wanted <= LONGEST else 0

    def repeated(self) -> Iterator[Run]:
        """Give the runs that stand further up as well, and would hardly do so by chance."""
        length = self.least
        if not length:
            return
        here, there = self._pairs(length)
        order = np.lexsort((here, here - there))
        here, there = here[order], there[order]
        breaks = np.flatnonzero((np.diff(here) != 1) | (np.diff(there) != 1)) + 1
        for places in np.split(np.arange(len(here)), breaks) if len(here) else ():
            run = self._judged(int(here[places[0]]), int(there[places[0]]), len(places) + length - 1)
            if run.chance <= BY_CHANCE and self._differs(run):
                yield run

    def _pairs(self, length: int) -> tuple[Any, Any]:
        """Give the rows with which runs of a length begin that stand further up, and where each stands first."""
        hashed = np.zeros(len(self.codes), dtype="uint32")
        for first in range(0, len(self.ledger.lines), AT_ONCE):
            ends = self.starts[first : first + AT_ONCE + 1]
            hashed[ends[0] : ends[-1]] = _hashed(self.codes[ends[0] : ends[-1]], ends - ends[0], length)
        pairs = []
        for low in range(0, 1 << 32, SHARE):
            at = np.flatnonzero((hashed >= np.uint32(max(low, 1))) & (hashed <= np.uint32(low + SHARE - 1)))
            ordered = np.sort(hashed[at])  # most runs are like no other: which are is found out before where they stand
            at = at[np.isin(hashed[at], ordered[1:][ordered[1:] == ordered[:-1]])]
            _, firsts, which = np.unique(hashed[at], return_index=True, return_inverse=True)
            heads = at[firsts[which]]
            pairs.append(np.stack([at, heads])[:, at != heads])
        here, there = np.concatenate(pairs, axis=1)
        is_same = np.ones(len(here), dtype=bool)
        for offset in range(length):
            is_same &= self.codes[here + offset] == self.codes[there + offset]
        return here[is_same], there[is_same]

    def owner(self, row: int) -> int:
        """Give the position of the team that a row belongs to."""
        return int(np.searchsorted(self.starts, row, "right")) - 1

    def _judged(self, here: int, there: int, length: int) -> Run:
        """Tell how many such runs would be expected by chance.

        Each row has the chance that its numbers have among all rows, or among the others of either team if they are more
        frequent there. A row that only says what the row above it says adds nothing.
        """
        if self.owner(here) == self.owner(there) and here - there < length:
            return Run(here, there, length, 1.0)  # it overlaps itself: it goes round and round
        codes = self.codes[here : here + length]
        likely = self.often[codes] / self.count
        for row in (here, there):
            team = self.owner(row)
            own = self.codes[self.starts[team] : self.starts[team + 1]]
            others = (own[:, None] == codes[None, :]).sum(axis=0) - 1
            likely = np.maximum(likely, others / len(own))
        is_new = np.concatenate([[True], codes[1:] != codes[:-1]])
        said = 2 * math.log(self.count) - math.log(2) + float(np.log(likely[is_new]).sum())
        return Run(here, there, length, math.exp(min(said, 0.0)))

    def _differs(self, run: Run) -> bool:
        """Whether enough rows say something else: if not, the teams are asked about them already."""
        mine, other = (np.frombuffer(self._words(row, run.length), dtype="uint64") for row in (run.here, run.there))
        return int((mine != other).sum()) >= BLOCK

    def _words(self, row: int, length: int) -> bytes:
        team = self.owner(row)
        first = row - int(self.starts[team])
        return self.ledger.lines[team].words[WORD * first : WORD * (first + length)]


def _hashed(codes: Any, starts: Any, length: int) -> Any:
    """Hash the run that begins with each row; 0 where none does, for want of rows or of numbers in one of them."""
    hashed, last = np.zeros(len(codes), dtype="uint32"), max(len(codes) - length + 1, 0)
    if not last:
        return hashed
    team = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    is_run = team[:last] == team[length - 1 :]
    for offset in range(length):
        here = codes[offset : last + offset]
        is_run &= here > 0
        hashed[:last] = (hashed[:last] ^ here) * ODD
        hashed[:last] ^= hashed[:last] >> np.uint32(15)
    hashed[:last] = np.where(is_run, np.maximum(hashed[:last], np.uint32(1)), np.uint32(0))
    return hashed


def evidence(night: Night, runs: Runs, run: Run) -> Copied | None:
    """Fetch the rows of a run; None if its numbers only go up or down, as in rows that are put in order."""
    here, rows, values = _fetched(night, runs, run.here, run.length)
    there, there_rows, other = _fetched(night, runs, run.there, run.length)
    if values != other or all(_is_ordered(column) for column in zip(*values, strict=True)):
        return None
    sheet = runs.ledger.sheet
    titles = [str(sheet.columns()[name].title) for name in numbers_in(sheet)]
    shown = [["" if value is None else show(value) for value in row] for row in values]
    return Copied(runs.ledger.place(here), rows, runs.ledger.place(there), there_rows, titles, shown, run.chance)


def _fetched(night: Night, runs: Runs, row: int, length: int) -> tuple[int, tuple[int, int], list[tuple[Any, ...]]]:
    """Give the team's position, the first and the last row as Excel counts them, and the numbers of each row."""
    team = runs.owner(row)
    counted = runs.ledger.standings[team].counted
    assert counted is not None
    table = night.records(counted)[runs.ledger.sheet.key()].table
    lines = range(row - int(runs.starts[team]), row - int(runs.starts[team]) + length)
    blank = [None] * len(table.lines)
    columns = [table.typed.get(name) or blank for name in numbers_in(runs.ledger.sheet)]
    values = [tuple(column[line] for column in columns) for line in lines]
    return team, (table.lines[lines[0]] + 1, table.lines[lines[-1]] + 1), values


def _is_ordered(values: Sequence[Any]) -> bool:
    """Whether numbers never go down, or never up."""
    known = [value for value in values if value is not None]
    return all(one <= two for one, two in pairwise(known)) or all(one >= two for one, two in pairwise(known))
