"""A night made up out of a quiet one, on which everything happened that a bulletin can tell of: to try templates on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.declare import BUILTIN, Severity
from pipeline.issued import FAULTS, Issue, Named, Rates, Since
from pipeline.model import Finding, Standing, Status, Submission
from pipeline.night import Night

_RULE = "N01"


def eventful(night: Night) -> tuple[Night, Issue]:
    """Make up the night, and the issue before it. The night has at least one return."""
    sent = night.submissions[0]
    standings = _standings(night, sent)
    findings = [_finding(each, severity) for each in standings for severity in (Severity.ERROR, Severity.QUERY)]
    named = zip(FAULTS, standings, strict=False)
    issue = Issue(
        1, 0, "", night.period.key, 0, night.as_of, night.as_of, "试填", "", "", {},
        {key: (0, 0) for key in night.consolidation.totals}, {}, Rates(2, 1, 1, 1, 1),
        [Named(each.team.code, each.team.name, what, (findings[0].key,)) for what, each in named],
    )  # fmt: skip
    full = replace(night, standings=standings, findings=findings, last_issue=Since(issue, night.period))
    return full, issue


def _standings(night: Night, sent: Submission) -> Sequence[Standing]:
    """Give teams every state there is, as far as there are teams."""
    due = night.period.due
    states = (
        {"status": Status.MISSING, "days_late": 1},
        {"status": Status.ACCEPTED, "latest": sent, "counted": sent, "versions": 1, "days_late": 2, "queries": 1},
        {"status": Status.HELD, "latest": sent, "counted": replace(sent, sha256=""), "versions": 2, "errors": 1},
        {"status": Status.ACCEPTED, "latest": sent, "counted": sent, "versions": 1, "is_nil": True},
        {"status": Status.ACCEPTED, "latest": sent, "counted": sent, "versions": 1},
        {"status": Status.EXCUSED},
        {"status": Status.MISSING, "due": due},
    )
    teams = night.campaign.register(night.period) or night.campaign.teams
    several = [teams[number % len(teams)] for number in range(len(states))]
    return [Standing(team, **state) for team, state in zip(several, states, strict=True)]  # type: ignore[arg-type]


def _finding(standing: Standing, severity: Severity) -> Finding:
    sent = standing.latest
    file, sha256, period = (sent.file, sent.sha256, sent.period) if sent else ("", "", "")
    return Finding(_RULE, severity, BUILTIN[_RULE].says, standing.team.code, period, file, sha256, "", "A1", 1)
