"""The night: everything that one run found out about a period, as publishers read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pipeline.campaign import Campaign
from pipeline.checked import CheckedReturn
from pipeline.declare.catalogue import LOST
from pipeline.frames import ParsedReturn, Records, records_of
from pipeline.issued import Issue, Since
from pipeline.memory import Course, Decision, Declined, Receipt
from pipeline.model import (
    Consolidation,
    Finding,
    Number,
    Period,
    Standing,
    Status,
    Submission,
    Unplaced,
)
from pipeline.on_site import Verification


@dataclass(frozen=True)
class GivenOut:
    """The district's totals as an earlier night gave them out. values: indicator -> value and how many teams it adds up."""

    period: Period
    as_of: dt.date
    values: Mapping[str, tuple[Number, int]]


@dataclass(frozen=True)
class Before:
    """How a period stands that began before the night's and that nights were run for, as far as returns of it go.

    lacking: codes of the teams that had to report and of which nothing counts. excused: of those that were let off.
    """

    period: Period
    lacking: frozenset[str]
    excused: frozenset[str]


@dataclass(frozen=True)
class Night:
    """Everything a night found out; what publishers read, and all they may read.

    findings: of each team's latest return, in file order, with states. closed: findings of earlier nights that are closed
    now. unplaced: files nobody could be found for; left: files still in the inbox; repeated: files received before.
    parsed, checked: what each of `submissions` says and what it comes to, by hash; rows are fetched when they are asked for.
    last_night: of the same period, if there was one. last_period: what was given
    out last for the period before, if anything was. last_issue: of the bulletins that tell of an earlier night the last;
    issued: of those about the same period.
    """

    campaign: Campaign
    period: Period
    as_of: dt.date
    submissions: Sequence[Submission]
    standings: Sequence[Standing]
    findings: Sequence[Finding]
    closed: Sequence[Finding]
    unplaced: Sequence[Unplaced]
    left: Sequence[Unplaced]
    repeated: Sequence[Unplaced]
    parsed: Mapping[str, ParsedReturn]
    checked: Mapping[str, CheckedReturn]
    consolidation: Consolidation
    seconds: Mapping[str, float] = field(default_factory=dict)
    last_night: GivenOut | None = None
    last_period: GivenOut | None = None
    last_issue: Since | None = None
    issued: Issue | None = None
    is_new: bool = True  # whether publishing it changed anything
    notices: Sequence[str] = ()  # sentences that the office must read before it uses the figures
    unevaluated: Mapping[str, str] = field(default_factory=dict)  # code -> why, of rules that failed by themselves
    received: Sequence[Receipt] = ()  # what came, in order
    decisions: Sequence[Decision] = ()  # about the period, in order
    declined: Sequence[Declined] = ()  # what could not be decided of what workbooks asked on this day
    versions: Sequence[Submission] = ()  # everything received for the period, in order
    course: Course = field(default_factory=Course)  # how the period went on the nights before
    before: Sequence[Before] = ()  # periods that began earlier and were collected, in order
    verifications: Sequence[Verification] = ()  # what was found on the spot about returns of the period, in order

    @property
    def folder(self) -> str:
        """Name of the night's place in the outbox. Of the periods of one day, the one collected then has the plain date."""
        day = self.as_of.isoformat()
        return day if self.campaign.period(None, self.as_of) == self.period else f"{day}_{self.period.key}"

    @property
    def damaged(self) -> list[Finding]:
        """Findings about archived files that are missing or damaged; nothing of them is counted."""
        return [finding for finding in self.findings if finding.rule == LOST]

    def records(self, submission: Submission) -> dict[str, Records]:
        """Give the records of each sheet of a return, by sheet key."""
        return records_of(self.parsed[submission.sha256], self.campaign.form)

    def of_team(self, code: str) -> Sequence[Finding]:
        """Findings of one team's latest return."""
        return self._by_team.get(code, [])

    @cached_property
    def _by_team(self) -> dict[str, list[Finding]]:
        by_team: dict[str, list[Finding]] = {}
        for finding in self.findings:
            by_team.setdefault(finding.team, []).append(finding)
        return by_team

    def returns(self) -> dict[str, int]:
        """Count the register by status and property, as `run.json` says it."""
        by = {status: sum(s.status is status for s in self.standings) for status in Status}
        return {
            "accepted": by[Status.ACCEPTED],
            "queried": sum(s.is_queried for s in self.standings),
            "held": by[Status.HELD],
            "missing": by[Status.MISSING],
            "late": sum(s.is_late for s in self.standings),
            "nil": sum(s.is_nil for s in self.standings),
            "excused": by[Status.EXCUSED],
        }
