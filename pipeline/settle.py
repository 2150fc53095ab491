"""What was found + what is remembered -> who is accepted, held, missing; what is open, explained, closed.

What counts is the last return *recorded* as accepted, until another is accepted or a person decides otherwise. Only a
team's latest return is judged. One that was accepted before is not held for what is found in it later: it is asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.answers import explain
from pipeline.campaign import Campaign
from pipeline.checked import CheckedReturn
from pipeline.declare import ERROR, QUERY, Severity
from pipeline.declare.catalogue import LOST
from pipeline.memory import Followed, Memory
from pipeline.model import Finding, FindingState, Period, Standing, Status, Submission, Team
from pipeline.versions import Latest, latest_versions, version_findings
from pipeline.wording import found
from pipeline.words import CHINESE, Words


@dataclass(frozen=True)
class Settlement:
    """Where everybody stands. findings: of each team's latest return, with states, in the sender's order. closed: findings of
    earlier returns that the latest one no longer has. followed: what the ledger must remember. answers: new ones, as in
    `Memory.answers`."""

    standings: Sequence[Standing]
    findings: Sequence[Finding]
    closed: Sequence[Finding]
    followed: Sequence[Followed]
    answers: Mapping[tuple[str, str, str], str]


def settle(
    campaign: Campaign,
    period: Period,
    as_of: dt.date,
    versions: Sequence[Submission],
    submissions: Sequence[Submission],
    checked: Mapping[str, CheckedReturn],
    findings: Sequence[Finding],
    memory: Memory,
    unevaluated: Collection[str] = (),
) -> Settlement:
    """Settle the period. versions: everything received for it. submissions: those of them that were read. checked: these, by
    hash. findings: what was found in them. unevaluated: codes of rules that failed by themselves: what they found before in the
    same returns stands."""
    latest = latest_versions(versions)
    newest = {each.submission.sha256: each for each in latest.values()}
    damaged = _wanted(latest, memory) - {each.sha256 for each in submissions}
    sent: dict[str, list[Submission]] = {}
    for each in versions:
        sent.setdefault(each.team, []).append(each)
    mine = [
        *(each for each in findings if each.submission in newest),
        *(each for team, one in latest.items() for each in version_findings(one, sent[team], campaign.words)),
        *(each for one in latest.values() for each in _about_record(one, memory, damaged, campaign.words)),
        *(
            each.finding
            for each in memory.followed.values()
            if each.finding.rule in unevaluated and each.finding.submission in newest and each.finding.state.is_open
        ),
    ]
    waived = _waived(mine, campaign, memory)
    accepted = {each.sha256 for each in memory.accepted.values()} - damaged
    mine = [
        _asked(each) if each.submission in accepted and (each.submission, each.key) not in waived else each
        for each in mine
    ]
    told = explain(checked, submissions, mine, memory, campaign.words)
    remarks = [each for each in told.remarks if each.submission in newest]
    stated = [_stated(each, memory.followed.get(each.key), told.covered, waived, as_of) for each in (*mine, *remarks)]
    by_team: dict[str, list[Finding]] = {}
    for finding in stated:
        by_team.setdefault(finding.team, []).append(finding)
    for team, one in latest.items():
        held = _holds(*_open(by_team.get(team, [])), campaign)
        for finding in _lost(one, damaged, sent[team]) if held else ():
            by_team[team].append(_stated(finding, memory.followed.get(finding.key), (), (), as_of))
    stated = _in_order([each for mine in by_team.values() for each in mine], campaign)
    judge = _Judge(
        campaign, period, as_of, memory, damaged, {sha256 for sha256, each in checked.items() if each.is_nil}
    )
    standings = [
        judge.standing(team, sent.get(team.code, []), latest.get(team.code), by_team.get(team.code, []))
        for team in campaign.register(period)
    ]
    unread = {team for team, each in latest.items() if each.submission.sha256 in damaged}
    followed = _follow(stated, memory.followed, as_of, unread, unevaluated)
    closed = [
        each.finding
        for each in followed
        if each.finding.state is FindingState.CLOSED
        and each.finding.team in latest  # a team may have left the register
        and each.changed_on >= latest[each.finding.team].submission.arrived
    ]
    return Settlement(standings, stated, closed, followed, told.new)


def needed(versions: Sequence[Submission], memory: Memory) -> list[Submission]:
    """Give the returns that a night has to read, as they were received: each team's latest, and what counts."""
    wanted = _wanted(latest_versions(versions), memory)
    return [each for each in versions if each.sha256 in wanted]


def _wanted(latest: Mapping[str, Latest], memory: Memory) -> set[str]:
    counted = {each.sha256 for team, each in memory.accepted.items() if team in latest}
    return counted | {each.submission.sha256 for each in latest.values()}


def _asked(finding: Finding) -> Finding:
    """Ask about what would hold a return that is not accepted yet."""
    return replace(finding, severity=QUERY) if finding.severity is ERROR else finding


def _about_record(latest: Latest, memory: Memory, damaged: Collection[str], words: Words) -> list[Finding]:
    """Say of a return that the office withdrew it, or, to the office alone, that the archive has lost it."""
    last, findings = latest.submission, []
    if last.sha256 in damaged:
        findings.append(found(LOST, last, {"found": last.path, "subject": "archive"}, words=CHINESE))
    if decision := memory.withdrawn.get(last.sha256):
        said = {"found": decision.by, "expected": decision.reason, "subject": "withdrawn"}
        findings.append(found("I13", last, said, words=words))
    return findings


def _lost(latest: Latest, damaged: Collection[str], sent: Sequence[Submission]) -> list[Finding]:
    """Say of a team whose latest return is held that the archive has lost the one that counts."""
    last = latest.submission
    lost = [each for each in sent if each.sha256 in damaged and each.sha256 != last.sha256]
    return [found(LOST, last, {"found": each.path, "subject": "counted"}, words=CHINESE) for each in lost]


def _holds(errors: int, queries: int, campaign: Campaign) -> bool:
    """Whether a return with so many open findings is held."""
    return errors > 0 or (campaign.settings.queries_hold and queries > 0)


@dataclass(frozen=True)
class _Judge:
    campaign: Campaign
    period: Period
    as_of: dt.date
    memory: Memory
    damaged: Collection[str]
    nil: Collection[str]

    def standing(
        self, team: Team, versions: Sequence[Submission], latest: Latest | None, findings: Sequence[Finding]
    ) -> Standing:
        """Say where a team stands. findings: of its latest return."""
        due, is_excused = self.memory.due.get(team.code), team.code in self.memory.excused
        if latest is None and is_excused:
            return Standing(team, Status.EXCUSED)
        if latest is None:
            late = max((self.as_of - (due or self.period.due)).days, 0)
            return Standing(team, Status.MISSING, days_late=late, due=due)
        last, earlier = latest.submission, self.memory.accepted.get(team.code)
        is_recorded = earlier is not None and earlier.sha256 == last.sha256 and last.sha256 not in self.damaged
        errors, queries = _open(findings)
        is_accepted = is_recorded or not _holds(errors, queries, self.campaign)
        came = min(each.first_arrived or each.arrived for each in versions)
        counted = next(
            (v for v in versions if earlier and v.sha256 == earlier.sha256 and v.sha256 not in self.damaged), None
        )
        return Standing(
            team,
            Status.ACCEPTED if is_accepted else Status.HELD,
            last,
            last if is_accepted else counted,
            sum(each.times for each in versions),
            last.sha256 in self.nil,
            0 if is_excused else max((came - (due or self.period.due)).days, 0),
            errors,
            queries,
            due,
        )


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


def _waived(findings: Sequence[Finding], campaign: Campaign, memory: Memory) -> Collection[tuple[str, str]]:
    """Give (hash of the return, key) of the errors that the office lets pass, at the value for which it said so."""
    if not memory.waived:
        return ()
    waivable = {rule.code for rule in campaign.form.rules if rule.waivable and rule.severity is ERROR}
    return {
        (each.submission, each.key)
        for each in findings
        if each.rule in waivable and (each.team, each.key, each.value) in memory.waived
    }


def _stated(
    finding: Finding,
    before: Followed | None,
    covered: Collection[tuple[str, str]],
    waived: Collection[tuple[str, str]],
    as_of: dt.date,
) -> Finding:
    first_seen = before.finding.first_seen if before else as_of
    state = FindingState.OPEN
    if (finding.submission, finding.key) in covered:
        state = FindingState.EXPLAINED
    elif (finding.submission, finding.key) in waived:
        state = FindingState.WAIVED
    elif before is not None and before.finding.state is not FindingState.OPEN:
        state = FindingState.REOPENED  # it was closed, or explained or waived for another value
    return finding.stated(state, first_seen)


def _follow(
    current: Sequence[Finding],
    before: Mapping[str, Followed],
    as_of: dt.date,
    unread: Collection[str],
    unevaluated: Collection[str],
) -> list[Followed]:
    """What to remember: today's findings that need somebody, and, closed, the earlier ones that are no longer found.

    unread: teams whose latest return could not be read, about which nothing new is known; unevaluated: rules of which it is so.
    """
    now = {finding.key: finding for finding in current if finding.severity is not Severity.NOTE}
    followed = []
    for key, finding in now.items():
        known = before.get(key)
        same = known is not None and known.finding.state is finding.state
        followed.append(Followed(finding, known.changed_on if same and known else as_of))
    for key, known in before.items():
        if key not in now and (known.finding.team in unread or known.finding.rule in unevaluated):
            followed.append(known)
        elif key not in now:
            is_closed = known.finding.state is FindingState.CLOSED
            closed = replace(known.finding, state=FindingState.CLOSED)
            followed.append(Followed(closed, known.changed_on if is_closed else as_of))
    return followed


def _open(findings: Iterable[Finding]) -> tuple[int, int]:
    """Count errors and queries that are open."""
    severities = [finding.severity for finding in findings if finding.state.is_open]
    return severities.count(ERROR), severities.count(QUERY)
