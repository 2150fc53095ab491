"""A bulletin as it was issued, and what has become since of what it named. Plain values; nothing here touches the disk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.model import FindingState, Number, Period

MISSING, LATE, HELD, QUERIED = "未报", "迟报", "退改", "待核实"
FAULTS = (MISSING, LATE, HELD, QUERIED)
"""What a bulletin names teams for, in the order in which it does."""


@dataclass(frozen=True, slots=True)
class Rates:
    """How many teams had to report, did, did in time; how many returns were accepted, and how many count."""

    expected: int
    received: int
    on_time: int
    accepted: int
    counted: int


@dataclass(frozen=True, slots=True)
class Named:
    """A team, by its code, that an issue named. what: for which of FAULTS. findings: keys of those that it was named for."""

    team: str
    name: str
    what: str
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Issue:
    """A bulletin as it was issued, or a revision of one.

    revision: 0 for the issue itself, then 1, 2 …. period: key. night: number of the night that it tells of, and night_as_of
    that night's day. on: the day of issue. folder: in `published/`, "/" between parts. files: hashes by name. values:
    indicator -> the total and how many teams it adds up. figures: team code -> indicator -> value, of those that counted.
    """

    number: int
    revision: int
    document_number: str
    period: str
    night: int
    night_as_of: dt.date
    on: dt.date
    by: str
    reason: str
    folder: str
    files: Mapping[str, str]
    values: Mapping[str, tuple[Number, int]]
    figures: Mapping[str, Mapping[str, Number]]
    rates: Rates
    named: Sequence[Named]

    @property
    def title(self) -> str:
        """What it is called: 第1期, 第1期更正2."""
        return title_of(self.number, self.revision)

    @property
    def signed(self) -> str:
        """Who issued it, and when."""
        return f"{self.by}于 {self.on}"


def title_of(number: int, revision: int = 0) -> str:
    """Say what an issue is called."""
    return f"第{number}期" + (f"更正{revision}" if revision else "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of findings: how many of them are mended, explained, let pass by a person, or still open."""

    closed: int = 0
    explained: int = 0
    waived: int = 0
    open: int = 0

    @property
    def named(self) -> int:
        """How many there were."""
        return self.closed + self.explained + self.waived + self.open

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.closed + other.closed, self.explained + other.explained, self.waived + other.waived,
            self.open + other.open,
        )  # fmt: skip


@dataclass(frozen=True)
class Since:
    """An issue, and what became of what it named. period: its own. states: of findings, by key. reported, excused: codes of
    teams whose return has come by now, and of those that need not report any more.
    """

    issue: Issue
    period: Period
    states: Mapping[str, FindingState] = field(default_factory=dict)
    reported: frozenset[str] = frozenset()
    excused: frozenset[str] = frozenset()

    def outcome(self, named: Named) -> Outcome:
        """Give what became of the findings that a team was named for. One that nothing is known of counts as open."""
        states = [self.states.get(key, FindingState.OPEN) for key in named.findings]
        return Outcome(
            states.count(FindingState.CLOSED), states.count(FindingState.EXPLAINED), states.count(FindingState.WAIVED),
            sum(state.is_open for state in states),
        )  # fmt: skip

    def of(self, what: str) -> list[Named]:
        """Give the teams that were named for a fault."""
        return [each for each in self.issue.named if each.what == what]

    def is_open(self, named: Named) -> bool:
        """Whether a team has still to do what it was named for. Having been late cannot be put right."""
        if named.what == MISSING:
            return named.team not in self.reported | self.excused
        return self.outcome(named).open > 0

    @property
    def findings(self) -> Outcome:
        """What became of all findings that teams were named for."""
        return sum((self.outcome(each) for each in self.issue.named), Outcome())
