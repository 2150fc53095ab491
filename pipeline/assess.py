"""The pure core of a night: what returns say + what is remembered -> findings, standings, totals. It touches no disk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.campaign import Campaign
from pipeline.check import check
from pipeline.consolidate import consolidate, figures_of
from pipeline.frames import ParsedReturn
from pipeline.layout import layout_findings
from pipeline.memory import Accepted, Figures, Followed, Memory, reads_otherwise
from pipeline.model import Consolidation, Finding, Period, Stack, Standing, Status, Submission
from pipeline.settle import settle
from pipeline.stack import stack
from pipeline.wording import found


@dataclass(frozen=True)
class Assessment:
    """All that follows from the returns of a period. stacks: by sheet key, over `submissions`, the returns that were read.

    findings: of each team's latest return, in file order, with states. closed: findings of earlier nights that are closed
    now. followed, answers: what is to be remembered of findings. accepted: what is accepted now and was not before, by team
    code. reread: codes of teams whose figures count and read otherwise than when they were accepted.
    """

    submissions: Sequence[Submission]
    stacks: Mapping[str, Stack]
    standings: Sequence[Standing]
    findings: Sequence[Finding]
    closed: Sequence[Finding]
    followed: Sequence[Followed]
    answers: Mapping[tuple[str, str, str], str]
    accepted: Mapping[str, Accepted]
    reread: Sequence[str]
    consolidation: Consolidation


def assess(
    campaign: Campaign,
    period: Period,
    as_of: dt.date,
    versions: Sequence[Submission],
    read: Sequence[tuple[Submission, ParsedReturn]],
    memory: Memory,
    mark: Callable[[str], None] = lambda stage: None,
) -> Assessment:
    """Assess a period. versions: all received for it. read: those of `settle.needed`, but for what the archive lost.

    mark: is told of each stage when it ends.
    """
    submissions = [submission for submission, _ in read]
    stacks, unreadable = stack(read, campaign.form)
    findings = [*(each for of, one in read for each in layout_findings(of, one.remarks)), *unreadable]
    mark("stack")
    findings += check(stacks, campaign, period, submissions, previous=memory.previous)
    mark("check")
    findings += resent(submissions, memory, campaign)
    settled = settle(campaign, period, as_of, versions, submissions, stacks, findings, memory)
    figures = figures_of(stacks, submissions, campaign.form)
    counted = {s.team.code: s.counted.sha256 for s in settled.standings if s.counted is not None}
    accepted = {
        s.team.code: Accepted(s.latest.sha256, figures.get(s.latest.sha256, {}))
        for s in settled.standings
        if s.latest is not None and s.status is Status.ACCEPTED and _is_news(s.team.code, s.latest, figures, memory)
    }
    consolidation = consolidate(stacks, settled.standings, submissions, campaign)
    mark("settle")
    return Assessment(
        submissions=submissions,
        stacks=stacks,
        standings=settled.standings,
        findings=settled.findings,
        closed=settled.closed,
        followed=settled.followed,
        answers=settled.answers,
        accepted=accepted,
        reread=_reread(counted, figures, memory),
        consolidation=consolidation,
    )


def _is_news(team: str, latest: Submission, figures: Mapping[str, Figures], memory: Memory) -> bool:
    """Whether it has to be recorded as accepted. An older ledger recorded that, but not its figures."""
    if _accepted_as(team, memory) != latest.sha256:
        return True
    return not memory.accepted[team].figures and bool(figures.get(latest.sha256))


def _accepted_as(team: str, memory: Memory) -> str:
    return memory.accepted[team].sha256 if team in memory.accepted else ""


def _reread(counted: Mapping[str, str], figures: Mapping[str, Figures], memory: Memory) -> list[str]:
    """Name the teams whose figures count and read otherwise than when they were accepted."""
    return [
        team
        for team, sha256 in counted.items()
        if _accepted_as(team, memory) == sha256
        and reads_otherwise(memory.accepted[team].figures, figures.get(sha256, {}))
    ]


def resent(submissions: Sequence[Submission], memory: Memory, campaign: Campaign) -> list[Finding]:
    """Ask about returns whose figures and ledgers are the same as in the team's return for an earlier period."""
    order = {period.key: period for period in campaign.periods}
    findings = []
    for each in submissions:
        before = [
            p
            for p in order.values()
            if each.content and p.ends < order[each.period].ends and (each.team, each.content, p.key) in memory.contents
        ]
        if before:
            findings.append(found("I09", each, {"found": before[-1].title, "subject": "content"}))
    return findings
