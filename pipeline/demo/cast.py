"""Who plays which part on the first night. The same seed gives the same cast: the second day knows what to mend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from pipeline.demo.shares import dice
from pipeline.model import Period, Team


class Part(StrEnum):
    """What a team does on the first night. The values say it in the list of what was planted."""

    RIGHT = "a right return"
    MISSING = "no return"
    FAULTY = "mistakes"
    ODD = "oddities that are certain"
    QUERIED = "something to ask about"
    NIL = "a nil return, too early"
    TWICE = "two versions"
    FOREIGN = "another form, from nobody"
    STRANGER = "a code that is not on the register"
    CORRUPT = "half a file"


DISTRICT = 187  # teams of a district in which the parts are as frequent as below
FREQUENCY: Mapping[Part, int] = {
    Part.MISSING: 12, Part.TWICE: 1, Part.CORRUPT: 1, Part.FOREIGN: 1, Part.STRANGER: 1, Part.NIL: 1, Part.QUERIED: 3,
    Part.ODD: 5, Part.FAULTY: 30,
}  # fmt: skip
LATE = 9
SENDS_NOTHING_READABLE = frozenset((Part.MISSING, Part.FOREIGN, Part.STRANGER, Part.CORRUPT))


@dataclass(frozen=True)
class Cast:
    """The parts by team code, in the register's order, and who is late."""

    parts: Mapping[str, Part]
    late: frozenset[str]

    def of(self, part: Part) -> list[str]:
        """Codes of the teams that play a part."""
        return [code for code, each in self.parts.items() if each is part]


def cast(teams: Sequence[Team], period: Period, seed: int) -> Cast:
    """Give out the parts; in a smaller district each of the frequent ones is proportionally rarer."""
    order = [team.code for team in teams]
    dice(seed, period.key, "parts").shuffle(order)
    waiting = iter(order)
    given = {
        code: part
        for part, count in FREQUENCY.items()
        for code in islice(waiting, max(1, round(count * len(teams) / DISTRICT)))
    }
    parts = {team.code: given.get(team.code, Part.RIGHT) for team in teams}
    sending = [code for code in order if parts[code] in (Part.RIGHT, Part.FAULTY, Part.ODD)]
    late_count = min(len(sending), max(1, round(LATE * len(teams) / DISTRICT)))
    return Cast(parts, frozenset(dice(seed, period.key, "late").sample(sending, late_count)))


def chosen(register: Sequence[Team], teams: int | None) -> list[Team]:
    """Give so many teams of a register, spread over it; None: all."""
    count = len(register) if teams is None else max(0, min(teams, len(register)))
    return [register[number * len(register) // count] for number in range(count)]
