"""What is remembered before a night: nouns that the ledger gives and the stages read. Nothing here touches the disk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pipeline.model import Finding, Number, Submission

OFFICE = ""  # whose a file is that is nobody's return: the office's own, in which it decides

Figures = Mapping[str, Mapping[str, Number]]
"""A return's declared figures: record -> indicator -> value. What could not be read is absent."""


def reads_otherwise(then: Figures, now: Figures) -> bool:
    """Whether figures are not what they were; an indicator that is new since is no difference."""
    return then != now and any(
        now.get(record, {}).get(name) != value for record, said in then.items() for name, value in said.items()
    )


@dataclass(frozen=True, slots=True)
class Receipt:
    """A file received, once however often its bytes came. team and period are None until it is known whose it is; OFFICE for a
    workbook in which the office decides.

    arrived: the day of the last time; None if the night that received it was annulled. number, received_at: of the last
    time. left_as: the name under which it could not be taken out of the inbox, "" if it could. night: its number, and
    taken_in: its as-of day, where that was asked for.
    """

    sha256: str
    file: str
    path: str
    arrived: dt.date | None
    saved_at: str
    content: str = ""
    team: str | None = None
    period: str | None = None
    number: int = 0
    received_at: str = ""
    first_arrived: dt.date | None = None
    times: int = 1
    left_as: str = ""
    night: int | None = None
    taken_in: dt.date | None = None

    def submission(self) -> Submission:
        """The same as a submission. Only for a receipt that is identified and has its day."""
        assert self.team is not None and self.period is not None and self.arrived is not None
        return Submission(
            self.sha256, self.file, self.path, self.team, self.period, self.arrived, self.saved_at, self.content,
            self.number, self.received_at, self.first_arrived, self.times, self.taken_in,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Followed:
    """A finding as the ledger knows it; its state changed last on `changed_on`."""

    finding: Finding
    changed_on: dt.date


@dataclass(frozen=True, slots=True)
class Accepted:
    """A return that counts until another is accepted or a person decides otherwise, with its figures as read then."""

    sha256: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a team's latest return stood when it was last assessed."""

    sha256: str
    status: str
    errors: int
    queries: int


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A person's decision that a return does not count."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided. number: of its event in the log. what: withdraw, waive, extend, excuse, place or revoke.

    on: the day on which it was recorded. team: code. sha256: the return or file that it is about, "" if none. rule: whose
    findings are waived; findings: their key, the value for which each is waived, its place in words. until: the day that is
    due now. revokes, revoked_by: number of the decision that this one takes back, or that takes this one back; 0: none.
    """

    number: int
    what: str
    on: dt.date
    by: str
    reason: str
    period: str
    team: str
    sha256: str = ""
    file: str = ""
    rule: str = ""
    findings: tuple[tuple[str, str, str], ...] = ()
    until: dt.date | None = None
    revokes: int = 0
    revoked_by: int = 0

    @property
    def title(self) -> str:
        """The word people read."""
        return DECISIONS[self.what]


DECISIONS = {
    "withdraw": "不予采用", "waive": "豁免", "extend": "延期", "excuse": "免报", "place": "归给单位", "revoke": "撤销决定",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Declined:
    """A row of a workbook of decisions that could not be accepted. row: Excel's, from 1; 0: the whole workbook."""

    file: str
    row: int
    says: str


@dataclass(frozen=True, slots=True)
class Assessed:
    """Where a return stood when a night recorded it. on: that night's as-of day."""

    on: dt.date
    team: str
    verdict: Verdict


@dataclass(frozen=True)
class Course:
    """How a period went on the nights before a day, annulled ones aside. days: of these nights, in order. assessed: in order.

    moved: (team, day) -> how many findings that somebody has to act on were new on it, and how many were closed.
    """

    days: Sequence[dt.date] = ()
    assessed: Sequence[Assessed] = ()
    moved: Mapping[tuple[str, dt.date], tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Memory:
    """What is remembered of one period, and of others where it matters.

    followed: findings by key. accepted, verdicts: by team code. withdrawn: by hash. answers: (team, key of a query, words)
    -> the value that they are about. previous: figures that count for the period before, by team code; None if there is
    no period before. contents: (team, digest of what a return says, key of a period) of everything ever received. decisions:
    all of the period, in order.
    """

    followed: Mapping[str, Followed] = field(default_factory=dict)
    accepted: Mapping[str, Accepted] = field(default_factory=dict)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    withdrawn: Mapping[str, Withdrawal] = field(default_factory=dict)
    answers: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    previous: Mapping[str, Figures] | None = None
    contents: frozenset[tuple[str, str, str]] = frozenset()
    decisions: Sequence[Decision] = ()

    @cached_property
    def waived(self) -> frozenset[tuple[str, str, str]]:
        """Team, key and value of what the office lets pass: for another value it does not hold."""
        return frozenset((each.team, key, value) for each in self._standing("waive") for key, value, _ in each.findings)

    @cached_property
    def due(self) -> Mapping[str, dt.date]:
        """The day by which a team must report, by code, of those whose day is a later one than the period's."""
        return {each.team: each.until for each in self._standing("extend") if each.until is not None}

    @cached_property
    def excused(self) -> frozenset[str]:
        """Codes of the teams that need not report."""
        return frozenset(each.team for each in self._standing("excuse"))

    def _standing(self, what: str) -> list[Decision]:
        return [each for each in self.decisions if each.what == what and not each.revoked_by]
