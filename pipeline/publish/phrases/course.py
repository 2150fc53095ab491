"""How the period went: night by night for the district, return by return for each team."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.memory import Assessed, Decision, Verdict
from pipeline.model import Status, Submission
from pipeline.night import Night
from pipeline.publish.phrases.tallies import Coverage, still_open

SUPERSEDED = "没有审核：同一次又收到后一份"


@dataclass(frozen=True, slots=True)
class Point:
    """One night of the period: of how many teams a return had come by then, and how many of these were accepted and held."""

    on: dt.date
    received: int
    accepted: int
    held: int


def points(night: Night) -> list[Point]:
    """Give the nights of the period in order, tonight last. Only teams that are on the register tonight are counted."""
    reporting = {standing.team.code for standing in night.standings}
    verdicts: dict[str, str] = {}
    told, place = [], 0
    for day in night.course.days:
        while place < len(night.course.assessed) and night.course.assessed[place].on <= day:
            each = night.course.assessed[place]
            if each.team in reporting:
                verdicts[each.team] = each.verdict.status
            place += 1
        by = Counter(verdicts.values())
        told.append(Point(day, len(verdicts), by[Status.ACCEPTED.value], by[Status.HELD.value]))
    now = night.returns()
    received = Coverage.of(night.standings).received
    return [*told, Point(night.as_of, received, now["accepted"], now["held"])]


@dataclass(frozen=True, slots=True)
class Version:
    """One return of a team with what came of it. status: None if it was never assessed, since a later one came with it.

    closed, still, new: findings that somebody had to act on, beside the team's return before. counts: its figures are in the
    totals tonight.
    """

    sent: Submission
    number: int
    status: Status | None
    errors: int
    queries: int
    closed: int
    still: int
    new: int
    counts: bool

    @property
    def result(self) -> str:
        """Say in a few words what came of it."""
        if self.status is None:
            return SUPERSEDED
        wrong = [f"{count} 处{word}" for count, word in ((self.errors, "错误"), (self.queries, "核实")) if count]
        return "，".join([self.status.title, *wrong])

    @property
    def change(self) -> str:
        """Say what it mended of the return before; "" of a team's first."""
        counts = ((self.closed, "已销号"), (self.still, "仍未改"), (self.new, "新发现"))
        return "，".join(f"{word} {count}" for count, word in counts if count) if self.number > 1 else ""


def versions(night: Night) -> Mapping[str, Sequence[Version]]:
    """Give what each team sent for the period, by its code, in the order in which it came."""
    sent: dict[str, list[Submission]] = {}
    for each in night.versions:
        sent.setdefault(each.team, []).append(each)
    last = {(each.team, each.verdict.sha256): each.verdict for each in night.course.assessed}
    first: dict[tuple[str, str], tuple[dt.date, Verdict]] = {}
    for told in night.course.assessed:
        first.setdefault((told.team, told.verdict.sha256), (told.on, told.verdict))
    return _Telling(night, last, first).told(sent)


@dataclass(frozen=True, slots=True)
class _Telling:
    """What is known of verdicts on nights before, by team and hash: the last one, and the first with its day."""

    night: Night
    last: Mapping[tuple[str, str], Verdict]
    first: Mapping[tuple[str, str], tuple[dt.date, Verdict]]

    def told(self, sent: Mapping[str, Sequence[Submission]]) -> dict[str, list[Version]]:
        """Give what came of each return, by team code."""
        closed = Counter(finding.team for finding in self.night.closed)
        told = {}
        for standing in self.night.standings:
            code, mine = standing.team.code, list[Version]()
            for number, each in enumerate(sent.get(code, ()), 1):
                counts = standing.counted is not None and standing.counted.sha256 == each.sha256
                status: Status | None = standing.status
                if standing.latest is not None and each.sha256 == standing.latest.sha256:
                    found = [
                        f for f in self.night.of_team(code) if f.first_seen is None or f.first_seen >= each.arrived
                    ]
                    new = still_open(found)
                    wrong = (standing.errors, standing.queries)
                    moved = (closed[code], max(0, sum(wrong) - new), new)
                else:
                    wrong, status, moved = self._before(code, each.sha256)
                mine.append(Version(each, number, status, *wrong, *moved, counts))
            told[code] = mine
        return told

    def _before(self, team: str, sha256: str) -> tuple[tuple[int, int], Status | None, tuple[int, int, int]]:
        """Give errors and queries, status, and what moved, of a return that is not the team's latest."""
        verdict, known = self.last.get((team, sha256)), self.first.get((team, sha256))
        if verdict is None or known is None:
            return (0, 0), None, (0, 0, 0)
        day, at_first = known
        new, closed = self.night.course.moved.get((team, day), (0, 0))
        still = max(0, at_first.errors + at_first.queries - new)
        return (verdict.errors, verdict.queries), Status(verdict.status), (closed, still, new)


def decided_by_team(night: Night) -> Mapping[str, Sequence[Decision]]:
    """Give the decisions about each team, by its code, in order."""
    by_team: dict[str, list[Decision]] = {}
    for each in night.decisions:
        by_team.setdefault(each.team, []).append(each)
    return by_team


def asked_before(night: Night) -> Mapping[str, int]:
    """Count, by team code, the nights before on which a team had to be called: nothing of it had come, or it had to mend or to
    explain something."""
    days = night.course.days
    told: dict[str, list[Assessed]] = {}
    for each in night.course.assessed:
        told.setdefault(each.team, []).append(each)
    counts = {}
    for standing in night.standings:
        mine, count, since = told.get(standing.team.code, []), 0, 0
        calls = True
        for each in mine:
            place = bisect_left(days, each.on)
            count += (place - since) * calls
            since, calls = place, each.verdict.status == Status.HELD.value or each.verdict.queries > 0
        counts[standing.team.code] = count + (len(days) - since) * calls
    return counts


def rising(points: Sequence[Point]) -> Iterator[tuple[str, str, Sequence[int]]]:
    """Give the lines that are drawn of the nights: a word for programs, its title, and a value per night."""
    yield "received", "已报", [each.received for each in points]
    yield "accepted", Status.ACCEPTED.title, [each.accepted for each in points]
    yield "held", Status.HELD.title, [each.held for each in points]
