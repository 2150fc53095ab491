"""What a night found out, put together for whoever publishes it or asks what it would be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from pipeline.assess import Assessment
from pipeline.campaign import Campaign
from pipeline.declare.catalogue import LOST
from pipeline.frames import ParsedReturn
from pipeline.intake import Intake
from pipeline.issued import Issue
from pipeline.ledger import View
from pipeline.memory import Memory
from pipeline.model import Period, Submission
from pipeline.night import Before, Night
from pipeline.since import issued_about, since
from pipeline.workdays import ONE_DAY, Workdays


def night_of(
    ledger: View,
    campaign: Campaign,
    period: Period,
    as_of: dt.date,
    versions: Sequence[Submission],
    intake: Intake,
    returns: Mapping[str, ParsedReturn],
    memory: Memory,
    found: Assessment,
    issues: Sequence[Issue],
    seconds: Mapping[str, float],
) -> Night:
    """Give a night as publishers read it. ledger: as it is before the night's findings are recorded. issues: all there are, in
    order. seconds: of each stage."""
    before = campaign.before(period)
    return Night(
        campaign=campaign, period=period, as_of=as_of, submissions=found.submissions, standings=found.standings,
        findings=found.findings, closed=found.closed, unplaced=intake.unplaced, left=intake.left,
        repeated=intake.repeated, parsed=returns, checked=found.checked,
        consolidation=found.consolidation, seconds=seconds,
        last_night=ledger.given_out(period, as_of - ONE_DAY),
        last_period=ledger.given_out(before, as_of) if before else None,
        notices=notices(found, campaign, period, memory),
        unevaluated=found.unevaluated, received=intake.received, decisions=memory.decisions,
        declined=ledger.declined(as_of), versions=versions, course=ledger.course(period, as_of),
        last_issue=since(ledger, campaign, period, as_of, found.followed, issues), issued=issued_about(issues, period, as_of),
        before=_before(ledger, campaign, period), verifications=ledger.verifications(period.key),
    )  # fmt: skip


def _before(ledger: View, campaign: Campaign, period: Period) -> list[Before]:
    """Say how the periods stand that began before this one; of one that no night was run for nothing is known."""
    told = []
    for each in campaign.periods:
        if each.starts < period.starts and ledger.last_night(each.key) is not None:
            counting = ledger.counting(each.key)
            excused = Memory(decisions=ledger.decisions(each.key)).excused - counting
            due = {team.code for team in campaign.register(each)}
            told.append(Before(each, frozenset(due - counting - excused), frozenset(due & excused)))
    return sorted(told, key=lambda each: each.period.starts)


def notices(found: Assessment, campaign: Campaign, period: Period, memory: Memory) -> Sequence[str]:
    """Say what the office must know before it uses the figures."""
    says = [f"{campaign.by_code[each.team].name}：{each.says}" for each in found.findings if each.rule == LOST]
    for team in found.reread:
        name = campaign.by_code[team].name
        says.append(
            f"{name}：计入的数与审核通过时读出的不同（表式或程序此后改动过）。请与原件核对，必要时请该单位重报。"
        )
    for code, why in found.unevaluated.items():
        says.append(f"规则 {code} 自己出错，没有检查：{why}")
    if not Workdays.knows(period.due):
        says.append(
            f"{period.due.year} 年的放假安排本程序还不知道，期限按周一至周五推算。公布后请运行 pip install -U chinesecalendar，"
            "或在 campaign.toml 中写明 days_off、days_worked。"
        )
    reporting = {team.code for team in campaign.register(period)}
    for code in sorted(memory.accepted.keys() & campaign.by_code.keys() - reporting):
        says.append(
            f"{campaign.by_code[code].name}：{period.title}的报表审核通过过，但按名录中的起止日期，它本期不应报送，没有计入。"
            "请核对 schemas/teams.csv。"
        )
    return says
