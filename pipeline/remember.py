"""What a night found out, beside what was remembered before it -> the events to record. Nothing new, no events."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter

from pipeline.assess import Assessment
from pipeline.ledger import Draft, Kind
from pipeline.ledger.records import figures_record, finding_record
from pipeline.memory import Followed, Memory
from pipeline.model import FindingState, Period

_STATES = {
    FindingState.OPEN: Kind.FINDING_OPENED,
    FindingState.EXPLAINED: Kind.FINDING_EXPLAINED,
    FindingState.CLOSED: Kind.FINDING_CLOSED,
    FindingState.REOPENED: Kind.FINDING_REOPENED,
    FindingState.WAIVED: Kind.FINDING_WAIVED,
}


def news(assessment: Assessment, period: Period, memory: Memory) -> Iterator[Draft]:
    """Give what an assessment adds to what is remembered, in an order that the same night always has."""
    yield from _assessed(assessment, period, memory)
    yield from _accepted(assessment, period)
    yield from _answered(assessment, period)
    yield from _findings(assessment, memory)


def _assessed(assessment: Assessment, period: Period, memory: Memory) -> Iterator[Draft]:
    for standing in assessment.standings:
        if standing.latest is None:
            continue
        verdict = (standing.latest.sha256, standing.status.value, standing.errors, standing.queries)
        known = memory.verdicts.get(standing.team.code)
        if known is None or (known.sha256, known.status, known.errors, known.queries) != verdict:
            names = ("sha256", "status", "errors", "queries")
            said = {"period": period.key, "team": standing.team.code, **dict(zip(names, verdict, strict=True))}
            yield Draft(Kind.ASSESSED, said)


def _accepted(assessment: Assessment, period: Period) -> Iterator[Draft]:
    waived: dict[str, dict[str, str]] = {}
    for finding in assessment.findings:
        if finding.state is FindingState.WAIVED:
            waived.setdefault(finding.team, {})[finding.key] = finding.value
    for team, accepted in sorted(assessment.accepted.items()):
        figures = figures_record(accepted.figures)
        said = {"period": period.key, "team": team, "sha256": accepted.sha256, "figures": figures}
        yield Draft(Kind.ACCEPTED, said | ({"waived": waived[team]} if team in waived else {}))


def _answered(assessment: Assessment, period: Period) -> Iterator[Draft]:
    for (team, key, text), value in sorted(assessment.answers.items()):
        yield Draft(Kind.ANSWERED, {"period": period.key, "team": team, "key": key, "text": text, "value": value})


def _findings(assessment: Assessment, memory: Memory) -> Iterator[Draft]:
    keyed = [(each.finding.team, each.finding.key, each) for each in assessment.followed]
    for _, key, each in sorted(keyed, key=itemgetter(0, 1)):
        known = memory.followed.get(key)
        if known is None or known.finding.state is not each.finding.state:
            yield _finding(_STATES[each.finding.state], key, each)
        elif each.finding.state is not FindingState.CLOSED and _said(known) != _said(each):
            yield _finding(Kind.FINDING_RESTATED, key, each)


def _said(each: Followed) -> tuple[object, ...]:
    return each.finding.value, each.finding.says, each.finding.severity


def _finding(kind: Kind, key: str, each: Followed) -> Draft:
    first_seen = each.finding.first_seen or each.changed_on
    said = {
        "key": key, "state": each.finding.state.value, "first_seen": first_seen.isoformat(),
        "changed_on": each.changed_on.isoformat(), "finding": finding_record(each.finding),
    }  # fmt: skip
    return Draft(kind, said)
