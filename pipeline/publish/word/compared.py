"""A night beside the last issued bulletin, as named values: what changed, and what became of whom that one named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline.issued import HELD, LATE, MISSING, Named, Outcome, Rates, Since
from pipeline.model import Number
from pipeline.night import Night
from pipeline.publish.masking import visible
from pipeline.publish.phrases.revised import Revision, revisions
from pipeline.publish.word.figures import PART_OF, number, percent
from pipeline.publish.word.stamp import Stamp

Values = dict[str, Any]
MOST_TOLD = 3  # totals whose change the text tells; the others stand in the annex


def compared(since: Since, night: Night, now: Rates, near: Callable[..., str]) -> Values:
    """Set the night beside an issue. now: its rates. near: writes a day as the text does."""
    issue, then = since.issue, since.issue.rates
    rates = [
        _pair("报送率", percent(then.received, then.expected), percent(now.received, now.expected)),
        _pair("及时率", percent(then.on_time, then.expected), percent(now.on_time, now.expected)),
        _pair("合格率", percent(then.accepted, then.received), percent(now.accepted, now.received)),
    ]
    totals = [
        _pair(total.title, number(issue.values[key][0]), number(total.value), total.unit)
        | {"增减": _signed(total.value - issue.values[key][0])}
        for key, total in night.consolidation.totals.items()
        if key in issue.values
    ]
    changed = [each for each in totals if each["上次"] != each["本次"]]
    missing, others = since.of(MISSING), [each for each in issue.named if each.what not in (MISSING, LATE)]
    return {
        "称": issue.title, "文号": issue.document_number, "日期": near(issue.on), "本期": since.period.title,
        "率": rates, "指标": totals, "变动": changed[:MOST_TOLD], "变动数": len(changed), "计入": then.counted,
        "行": [*rates, *totals],
        "点名数": len({each.team for each in issue.named}), "迟报数": len(since.of(LATE)), "未报数": len(missing),
        "已补报数": sum(each.team in since.reported for each in missing),
        "免报数": sum(each.team in since.excused and each.team not in since.reported for each in missing),
        "仍未报": [{"名称": visible(each.name)} for each in missing if since.is_open(each)],
        "退改数": len(since.of(HELD)), "问题单位数": len({each.team for each in others}),
        "问题": _counts(since.findings), "未整改": _still(since, others),
        "名单": [_row(since, number, each) for number, each in enumerate(issue.named, 1)],
    }  # fmt: skip


def corrected(stamp: Stamp, night: Night, near: Callable[..., str]) -> Values | None:
    """Say what a revision revises, None if it is none: each total as published, as it is now, and why."""
    if stamp.revises is None:
        return None
    issue, unit = stamp.revises, night.campaign.settings.unit
    return {
        "称": issue.title, "文号": issue.document_number, "日期": near(issue.on), "原因": visible(stamp.reason),
        "序": stamp.revision, "行": [_revised(each, unit) for each in revisions(issue, night)],
    }  # fmt: skip


def _revised(revision: Revision, unit: str) -> Values:
    return {
        "名称": revision.title, "单位": revision.unit, "已公布": number(revision.then), "现在": number(revision.now),
        "增减": _signed(revision.now - revision.then), "原因": revision.why(unit),
    }  # fmt: skip


def _pair(title: str, then: str, now: str, unit: str = "") -> Values:
    return {"名称": title, "述": title.removeprefix(PART_OF), "单位": unit, "上次": then, "本次": now, "增减": "—"}


def _signed(change: Number) -> str:
    return f"+{number(change)}" if change > 0 else number(change) if change else "—"


def _counts(outcome: Outcome) -> Values:
    return {
        "处": outcome.named, "整改": outcome.closed, "说明": outcome.explained, "豁免": outcome.waived,
        "未改": outcome.open,
    }  # fmt: skip


def _still(since: Since, named: list[Named]) -> list[Values]:
    """Give the teams that have findings open yet, each once, and how many."""
    open_ones: dict[str, int] = {}
    names = {each.team: each.name for each in named}
    for each in named:
        open_ones[each.team] = open_ones.get(each.team, 0) + since.outcome(each).open
    return [{"名称": visible(names[team]), "处": count} for team, count in open_ones.items() if count]


def _row(since: Since, number: int, named: Named) -> Values:
    row = {"序": number, "名称": visible(named.name), "事项": named.what, "现状": _state(since, named)}
    return row | _counts(since.outcome(named))


def _state(since: Since, named: Named) -> str:
    if named.what == LATE:
        return "已通报"
    if named.what == MISSING:
        return "已补报" if named.team in since.reported else "已准免报" if named.team in since.excused else "仍未报"
    return "未整改" if since.is_open(named) else "已办结"
