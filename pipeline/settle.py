"""Today's findings + what the ledger remembers -> who is accepted, held, missing; what is open, explained, closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.campaign import Campaign
from pipeline.declare import QUERY, Severity
from pipeline.declare.kinds import folded
from pipeline.ledger import Followed, Receipt
from pipeline.model import (
    Finding,
    FindingState,
    Period,
    Stack,
    Standing,
    Status,
    Submission,
    Team,
    in_order,
    latest_of,
)
from pipeline.wording import Place, found, found_in

SHORTEST_EXPLANATION = 6
HOLLOW = frozenset(
    map(
        folded, ("核实无误", "属实", "无误", "情况属实", "经核实无误", "数据无误", "已核实", "经核实属实", "无", "正确")
    )
)


@dataclass(frozen=True)
class Settlement:
    """Where everybody stands. findings: of each team's latest return, with states, in the sender's order. closed: findings of
    earlier returns that the latest one no longer has. followed: what the ledger must remember."""

    standings: Sequence[Standing]
    findings: Sequence[Finding]
    closed: Sequence[Finding]
    followed: Sequence[Followed]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a return says about the query of that key, and where."""

    key: str
    text: str
    submission: Submission
    place: Place


def answers_given(
    stacks: Mapping[str, Stack], campaign: Campaign, submissions: Sequence[Submission]
) -> tuple[list[Answer], list[Finding]]:
    """Read the teams' answers to queries. An answer without content explains nothing, and is a finding itself."""
    asks, answers = campaign.form.column_in_role("explains"), campaign.form.column_in_role("explanation")
    if asks is None or answers is None:
        return [], []
    stack = stacks[asks.owner.key()]
    given: list[Answer] = []
    hollow: list[Finding] = []
    rows = stack.frame[[asks, answers]].dropna(subset=[answers])
    for index, (key, text) in zip(rows.index, rows.itertuples(index=False, name=None), strict=True):
        submission = submissions[int(stack.submission[index])]
        table, line = stack.where(index)
        place = Place(table, line, str(answers), stack.subject(index))
        if len(text) < SHORTEST_EXPLANATION or folded(text).strip("。.!！") in HOLLOW:
            hollow.append(found_in("J01", submission, place))
        elif isinstance(key, str):
            given.append(Answer(key, text, submission, place))
    return given, hollow


def explained(
    answers: Sequence[Answer], findings: Sequence[Finding], submissions: Sequence[Submission]
) -> tuple[set[tuple[str, str]], list[Finding]]:
    """Say which queries are explained, as (hash of the return, key), and which answers are about a figure since changed.

    An answer is about what stood in the cell when it was first given, or was asked last before; another figure needs
    words of its own.
    """
    asked = {(each.submission, each.key): each.value for each in findings if each.severity is QUERY}
    order = {each.sha256: place for place, each in enumerate(in_order(submissions))}
    told: list[Finding | Answer] = [*(each for each in findings if each.severity is QUERY), *answers]
    told.sort(key=lambda each: order[each.submission.sha256 if isinstance(each, Answer) else each.submission])
    lately: dict[tuple[str, str], str] = {}  # (team, key) -> what was asked about last
    first: dict[tuple[str, str, str], str | None] = {}  # (team, key, words) -> what they are about
    for each in told:  # in one return, the queries first
        if isinstance(each, Finding):
            lately[each.team, each.key] = each.value
        else:
            team = each.submission.team
            first.setdefault((team, each.key, each.text), lately.get((team, each.key)))
    about = {(team, key, value) for (team, key, _), value in first.items()}
    covered = {
        (each.submission, each.key)
        for each in findings
        if each.severity is QUERY and (each.team, each.key, each.value) in about
    }
    stale = [
        found_in("J02", each.submission, each.place, {"expected": before, "found": now})
        for each in answers
        if (now := asked.get((each.submission.sha256, each.key))) is not None
        and (each.submission.sha256, each.key) not in covered
        and (before := first[each.submission.team, each.key, each.text]) is not None
    ]
    return covered, stale


def settle(
    campaign: Campaign,
    period: Period,
    as_of: dt.date,
    submissions: Sequence[Submission],
    stacks: Mapping[str, Stack],
    findings: Sequence[Finding],
    before: Mapping[str, Followed],
) -> Settlement:
    """Settle the period. findings: of all submissions, of every version. before: what the ledger knew, by key."""
    answers, hollow = answers_given(stacks, campaign, submissions)
    findings = [*version_findings(submissions), *findings, *hollow]
    answered, stale = explained(answers, findings, submissions)
    every = _in_order([*findings, *stale], campaign)
    stated = [_stated(finding, before.get(finding.key), answered, as_of) for finding in every]
    latest = latest_of(submissions)
    by_submission: dict[str, list[Finding]] = {}
    for finding in stated:
        by_submission.setdefault(finding.submission, []).append(finding)
    nil = _nil_returns(stacks, campaign, submissions)
    standings = [
        _standing(team, period, as_of, [s for s in submissions if s.team == team.code], by_submission, campaign, nil)
        for team in campaign.register(period)
    ]
    current = [finding for finding in stated if latest[finding.team].sha256 == finding.submission]
    followed = _follow(current, before, as_of)
    closed = [
        each.finding
        for each in followed
        if each.finding.state is FindingState.CLOSED
        and each.finding.team in latest  # a team may have left the register
        and each.changed_on >= latest[each.finding.team].arrived
    ]
    return Settlement(standings, current, closed, followed)


def _in_order(findings: Sequence[Finding], campaign: Campaign) -> list[Finding]:
    """Order as a clerk works: by team, file, the form's sheets, then as Excel sorts: by row and column."""
    teams = {team.code: number for number, team in enumerate(campaign.teams)}
    sheets = {sheet.key(): number for number, sheet in enumerate(campaign.form.sheets, 1)}

    def place(f: Finding) -> tuple[object, ...]:
        letters = f.cell.rstrip("0123456789")
        return (
            teams.get(f.team, 0),
            f.file,
            sheets.get(f.sheet_key, 0),
            f.row or 0,
            len(letters),
            letters,
            f.rule,
            f.subject,
        )

    return sorted(findings, key=place)


def version_findings(submissions: Sequence[Submission]) -> list[Finding]:
    """Say of teams with several returns on one day which one is taken; which came last must be certain."""
    findings = []
    for latest in latest_of(submissions).values():
        same_day = [s for s in submissions if s.team == latest.team and s.arrived == latest.arrived]
        tied = [s for s in same_day if s.saved_at == latest.saved_at]
        if len({s.content for s in tied}) > 1:
            findings.append(
                found("I08", latest, {"found": "、".join(sorted(s.file for s in tied)), "subject": "versions"})
            )
        elif len(same_day) > 1:
            findings.append(found("I07", latest, {"found": latest.file, "subject": "versions"}))
    return findings


def resent(submissions: Sequence[Submission], receipts: Sequence[Receipt], campaign: Campaign) -> list[Finding]:
    """Ask about returns whose figures and ledgers are the same as in the team's return for an earlier period."""
    order = {period.key: period for period in campaign.periods}
    earlier = {(each.team, each.content, each.period) for each in receipts if each.content}
    findings = []
    for each in submissions:
        before = [
            p
            for p in order.values()
            if p.ends < order[each.period].ends and (each.team, each.content, p.key) in earlier
        ]
        if before:
            findings.append(found("I09", each, {"found": before[-1].title, "subject": "content"}))
    return findings


def _nil_returns(stacks: Mapping[str, Stack], campaign: Campaign, submissions: Sequence[Submission]) -> frozenset[str]:
    """Hashes of the returns that state that there is nothing to report."""
    ref = campaign.form.column_in_role("nil")
    if ref is None:
        return frozenset()
    stack = stacks[ref.owner.key()]
    yes = ref.declared().choices[0]
    return frozenset(submissions[number].sha256 for number in stack.submission[(stack.frame[ref] == yes).to_numpy()])


def _stated(finding: Finding, before: Followed | None, answered: set[tuple[str, str]], as_of: dt.date) -> Finding:
    first_seen = before.finding.first_seen if before else as_of
    state = FindingState.OPEN
    if (finding.submission, finding.key) in answered:
        state = FindingState.EXPLAINED
    elif before is not None and before.finding.state in (FindingState.CLOSED, FindingState.REOPENED):
        state = FindingState.REOPENED
    return replace(finding, state=state, first_seen=first_seen)


def _follow(current: Sequence[Finding], before: Mapping[str, Followed], as_of: dt.date) -> list[Followed]:
    """What to remember: today's findings that need somebody, and, closed, the earlier ones that are no longer found."""
    now = {finding.key: finding for finding in current if finding.severity is not Severity.NOTE}
    followed = []
    for key, finding in now.items():
        known = before.get(key)
        same = known is not None and known.finding.state is finding.state
        followed.append(Followed(finding, known.changed_on if same and known else as_of))
    for key, known in before.items():
        if key not in now:
            is_closed = known.finding.state is FindingState.CLOSED
            closed = replace(known.finding, state=FindingState.CLOSED)
            followed.append(Followed(closed, known.changed_on if is_closed else as_of))
    return followed


def _standing(
    team: Team,
    period: Period,
    as_of: dt.date,
    versions: Sequence[Submission],
    findings: Mapping[str, Sequence[Finding]],
    campaign: Campaign,
    nil: frozenset[str],
) -> Standing:
    if not versions:
        return Standing(team, Status.MISSING, days_late=max((as_of - period.due).days, 0))
    newest_first = in_order(versions)[::-1]
    latest = newest_first[0]
    holding = {Severity.ERROR, Severity.QUERY} if campaign.settings.queries_hold else {Severity.ERROR}
    counted = next((s for s in newest_first if not _open(findings.get(s.sha256, ()), holding)), None)
    mine = findings.get(latest.sha256, ())
    return Standing(
        team,
        Status.ACCEPTED if counted == latest else Status.HELD,
        latest,
        counted,
        len(versions),
        latest.sha256 in nil,
        max((newest_first[-1].arrived - period.due).days, 0),
        _open(mine, {Severity.ERROR}),
        _open(mine, {Severity.QUERY}),
    )


def _open(findings: Iterable[Finding], severities: set[Severity]) -> int:
    return sum(finding.severity in severities and finding.state.is_open for finding in findings)
