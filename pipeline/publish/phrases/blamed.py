"""Whom a bulletin names for what: the teams that did not report, were late, sent errors, or owe an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.declare import Severity
from pipeline.issued import HELD, LATE, MISSING, QUERIED, Named
from pipeline.model import Finding, Standing, Status
from pipeline.night import Night

_SEVERITIES = {HELD: (Severity.ERROR, Severity.QUERY), QUERIED: (Severity.QUERY,)}


def blamed(night: Night) -> dict[str, list[Standing]]:
    """Give the teams by what they are named for. One may stand in more than one list; the excused stand in none."""
    due = [s for s in night.standings if s.status is not Status.EXCUSED]
    return {
        MISSING: [s for s in due if s.latest is None and not has_time(night, s)],
        LATE: [s for s in due if s.is_late],
        HELD: [s for s in due if s.status is Status.HELD],
        QUERIED: [s for s in due if s.is_queried],
    }


def has_time(night: Night, standing: Standing) -> bool:
    """Whether a team's day was put off and is not over, while the others' is: nobody reproaches it with anything."""
    return standing.due is not None and night.period.due < night.as_of <= standing.due


def blamed_for(night: Night, what: str, standing: Standing) -> list[Finding]:
    """Give the open findings that a team is named for."""
    wanted = _SEVERITIES.get(what, ())
    return [each for each in night.of_team(standing.team.code) if each.severity in wanted and each.state.is_open]


def named(night: Night) -> Sequence[Named]:
    """Give all of it as an issue keeps it."""
    by_fault: Mapping[str, list[Standing]] = blamed(night)
    return [
        Named(s.team.code, s.team.name, what, tuple(each.key for each in blamed_for(night, what, s)))
        for what, standings in by_fault.items()
        for s in standings
    ]
