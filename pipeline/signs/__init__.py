"""Signs of invented figures, for those who inspect: questions with their evidence, and never findings of a team.

Read from what is kept of the returns that count. Nothing of it holds a return or reaches a team.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from pipeline.night import Night
from pipeline.signs.chance import standing_out
from pipeline.signs.copies import BLOCK, Runs, evidence
from pipeline.signs.days import CROWD, FULLER, OFF_AT_LEAST, crowded_clues, off_clues
from pipeline.signs.figures import DIGITS_AT_LEAST, ROUND_AT_LEAST, digit_clues, round_clues
from pipeline.signs.ground import Ledger, ledgers_of
from pipeline.signs.told import Clue, Copied, Digits, Part, Sign
from pipeline.signs.usual import LARGER, TEAMS

__all__ = [
    "BLOCK", "CROWD", "DIGITS_AT_LEAST", "FULLER", "LARGER", "MOST", "OFF_AT_LEAST", "ROUND_AT_LEAST", "TEAMS",
    "Clue", "Copied", "Digits", "Part", "Sign", "Signs", "signs_of",
]  # fmt: skip

RATE = 0.05  # share of the clues to one sign that may be expected to be there by chance
MOST = 20  # clues listed to one sign: more than anybody follows up before the next night


@dataclass(frozen=True)
class Signs:
    """All that was looked for. teams: whose returns were looked at. digits … copies: one sign each."""

    teams: int
    digits: Sign
    rounds: Sign
    copies: Sign
    crowds: Sign
    off: Sign

    @property
    def count(self) -> int:
        """How many clues there are, listed or not."""
        return sum(
            len(each.clues) + each.more for each in (self.digits, self.rounds, self.copies, self.crowds, self.off)
        )


def signs_of(night: Night) -> Signs:
    """Look for signs in the returns that count."""
    ledgers = ledgers_of(night)
    numbers = [column for ledger in ledgers for column in ledger.figures]
    days = [column for ledger in ledgers for column in ledger.days]
    return Signs(
        teams=sum(standing.counted is not None for standing in night.standings),
        digits=_sign("digits", [each for column in numbers for each in digit_clues(column)]),
        rounds=_sign("rounds", [each for column in numbers for each in round_clues(column)]),
        copies=_copies(night, ledgers),
        crowds=_sign("crowds", [each for column in days for each in crowded_clues(column)]),
        off=_sign("off", [each for column in days for each in off_clues(column)]),
    )


def _sign(key: str, compared: Sequence[tuple[float, Digits | None]] | Sequence[tuple[float, Part | None]]) -> Sign:
    """Keep the clues that stand out among all comparisons, one for a column of a team, the strongest first."""
    stands = standing_out(np.array([chance for chance, _ in compared]), RATE)
    found = [clue for (_, clue), does in zip(compared, stands.tolist(), strict=True) if does and clue is not None]
    found.sort(key=lambda clue: clue.chance)
    once = {(c.place.standing.team.code, c.place.sheet, c.place.column): c for c in reversed(found)}
    clues = [clue for clue in found if clue is once[clue.place.standing.team.code, clue.place.sheet, clue.place.column]]
    return Sign(key, len(compared), clues[:MOST], max(len(clues) - MOST, 0))


def _copies(night: Night, ledgers: Iterable[Ledger]) -> Sign:
    """Keep the runs of numbers that stand in two places, the least likely first; rows are fetched of those listed."""
    all_runs = [runs for ledger in ledgers if (runs := Runs.of(ledger)).least]
    found = [(run.chance, number, run) for number, runs in enumerate(all_runs) for run in runs.repeated()]
    found.sort(key=lambda each: (each[0], each[1], each[2].here))
    told = (clue for _, number, run in found if (clue := evidence(night, all_runs[number], run)) is not None)
    clues = list(islice(told, MOST))
    more = max(len(found) - MOST, 0) if len(clues) == MOST else 0
    return Sign("copies", sum(runs.count for runs in all_runs), clues, more)
