"""The pure core of a night: what returns say + what is remembered -> findings, standings, totals. It touches no disk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from pipeline.campaign import Campaign
from pipeline.check.district import District
from pipeline.check.steady import steady_findings
from pipeline.check.together import check_together
from pipeline.checked import CheckedReturn
from pipeline.consolidate import consolidate
from pipeline.errors import HuizongError
from pipeline.frames import ParsedReturn, records_of
from pipeline.memory import Accepted, Figures, Followed, Memory, reads_otherwise
from pipeline.model import Consolidation, Finding, Period, Standing, Status, Submission, latest_of
from pipeline.settle import settle
from pipeline.wording import found


class UnreadError(HuizongError):
    """What was read a moment ago cannot be read again."""


BATCH = 200  # returns whose rows are in memory at a time


Examine = Callable[[Sequence[Sequence[Submission]]], Iterable[Sequence[CheckedReturn] | None]]
"""Checks batches of returns elsewhere, in order; None for a batch that has to be checked here."""


class Kept(Protocol):
    """Where checked returns are kept from one night to the next."""

    def get(self, submission: Submission) -> CheckedReturn | None:
        """Give what is known of a return; None if it has to be checked."""

    def put(self, submission: Submission, checked: CheckedReturn) -> None:
        """Keep a return that was checked."""


class Earlier(Protocol):
    """What counts for the period before. lost: codes of teams whose return, asked for, could not be had."""

    lost: set[str]

    def said(self, teams: Collection[str]) -> Mapping[str, ParsedReturn]:
        """Give what teams' returns say, by team code; nothing if no rule asks for rows before."""

    def figures_before(self, team: str) -> Figures:
        """Give a team's figures that count for the period before that."""


@dataclass(frozen=True)
class Assessment:
    """All that follows from the returns of a period. submissions: the returns that were read. checked: these, by hash.

    findings: of each team's latest return, in file order, with states. closed: findings of earlier nights that are closed
    now. followed, answers: what is to be remembered of findings. accepted: what is accepted now and was not before, by team
    code. reread: codes of teams whose figures count and read otherwise than when they were accepted. unevaluated: code -> why,
    of the campaign's rules that failed by themselves; what they would have found is not known.
    """

    submissions: Sequence[Submission]
    checked: Mapping[str, CheckedReturn]
    standings: Sequence[Standing]
    findings: Sequence[Finding]
    closed: Sequence[Finding]
    followed: Sequence[Followed]
    answers: Mapping[tuple[str, str, str], str]
    accepted: Mapping[str, Accepted]
    reread: Sequence[str]
    consolidation: Consolidation
    unevaluated: Mapping[str, str]


def assess(
    campaign: Campaign,
    period: Period,
    as_of: dt.date,
    versions: Sequence[Submission],
    submissions: Sequence[Submission],
    returns: Mapping[str, ParsedReturn],
    memory: Memory,
    kept: Kept | None = None,
    mark: Callable[[str], None] = lambda stage: None,
    elsewhere: Examine | None = None,
    earlier: Earlier | None = None,
) -> Assessment:
    """Assess a period. versions: all received for it. submissions: those of `settle.needed`, but for what the archive lost.

    returns: what these say, by hash; asked for one by one. mark: is told of each stage when it ends. elsewhere: checks batches
    of returns by themselves, if there are several. earlier: what counts for the period before; None: it is not known.
    """
    campaign = campaign.in_period(period.key)
    checked = _checked(submissions, returns, campaign, period, memory, kept, mark, elsewhere, earlier)
    newest = latest_of(submissions)
    seen = np.array([newest[each.team] == each for each in submissions], dtype=bool)
    opened = lru_cache(BATCH)(lambda sha256: records_of(returns[sha256], campaign.form))
    ordered = [checked[each.sha256] for each in submissions]
    district = District(campaign, period, submissions, ordered, seen, lambda each: opened(each.sha256))
    findings = [finding for each in ordered for finding in each.findings]
    unevaluated = {code: why for each in ordered for code, why in each.unevaluated.items()}
    findings += check_together(district, unevaluated)
    if earlier:
        findings += steady_findings(district, memory.previous or {}, earlier.figures_before)
    mark("check")
    findings += resent(submissions, memory, campaign)
    settled = settle(campaign, period, as_of, versions, submissions, checked, findings, memory, unevaluated)
    figures = {sha256: each.figures for sha256, each in checked.items()}
    counted = {s.team.code: s.counted.sha256 for s in settled.standings if s.counted is not None}
    accepted = {
        s.team.code: Accepted(s.latest.sha256, figures.get(s.latest.sha256, {}))
        for s in settled.standings
        if s.latest is not None and s.status is Status.ACCEPTED and _is_news(s.team.code, s.latest, figures, memory)
    }
    consolidation = consolidate(checked, settled.standings, campaign)
    mark("settle")
    return Assessment(
        submissions=submissions,
        checked=checked,
        standings=settled.standings,
        findings=settled.findings,
        closed=settled.closed,
        followed=settled.followed,
        answers=settled.answers,
        accepted=accepted,
        reread=_reread(counted, figures, memory),
        consolidation=consolidation,
        unevaluated=unevaluated,
    )


def _checked(
    submissions: Sequence[Submission],
    returns: Mapping[str, ParsedReturn],
    campaign: Campaign,
    period: Period,
    memory: Memory,
    kept: Kept | None,
    mark: Callable[[str], None],
    elsewhere: Examine | None,
    earlier: Earlier | None,
) -> dict[str, CheckedReturn]:
    """Check each return by itself, or take what is known of it. Gives them by hash, in order."""
    known = {each.sha256: kept.get(each) if kept else None for each in submissions}
    fresh = [each for each in submissions if known[each.sha256] is None]
    mark("parse")
    batches = [fresh[start : start + BATCH] for start in range(0, len(fresh), BATCH)]
    told = elsewhere(batches) if elsewhere and len(batches) > 1 else [None] * len(batches)
    for batch, made in zip(batches, told, strict=True):
        if made is None:
            from pipeline.examine import examine  # with it come pandas and Pandera: half of all that a night loads

            read = [(each, _whole(each, returns)) for each in batch]
            before = earlier.said({each.team for each in batch}) if earlier else {}
            made = examine(read, campaign, period, memory.previous, before)
        for each, checked in zip(batch, made, strict=True):
            known[each.sha256] = checked
            if kept and not (earlier and each.team in earlier.lost):  # what was lost may be found again
                kept.put(each, checked)
    return {sha256: checked for sha256, checked in known.items() if checked is not None}


def _whole(submission: Submission, returns: Mapping[str, ParsedReturn]) -> ParsedReturn:
    """Give what a return says. Raises UnreadError if that is not known any more: it is none that says nothing."""
    parsed = returns[submission.sha256]
    if parsed.head.refusal is not None:
        raise UnreadError(f"归档文件 {submission.path} 这次没有读出来，本次没有发布结果。请再运行一次。")
    return parsed


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
            findings.append(found("I09", each, {"found": before[-1].title, "subject": "content"}, words=campaign.words))
    return findings
