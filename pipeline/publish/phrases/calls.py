"""Telephone calls that the office has to make: to whom, about what, and a message that can be sent instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.declare import Name, Phone, Severity
from pipeline.model import Standing, Status
from pipeline.night import Night
from pipeline.publish.excel.cells import short_day
from pipeline.publish.phrases.remarks import troubles
from pipeline.publish.phrases.tallies import rule_titles


@dataclass(frozen=True, slots=True)
class Call:
    """One call. why: in one word; about: in a few; message: ready to be sent."""

    standing: Standing
    why: str
    about: str
    message: str


def calls(night: Night) -> list[Call]:
    """Give the calls to make: missing teams, the latest first; held teams, the worst first; teams with open queries."""
    missing = [standing for standing in night.standings if standing.status is Status.MISSING]
    held = [standing for standing in night.standings if standing.status is Status.HELD]
    queried = [standing for standing in night.standings if standing.is_queried]
    return [
        *(_missing(night, standing) for standing in sorted(missing, key=lambda s: -s.days_late)),
        *(_held(night, standing) for standing in sorted(held, key=lambda s: -s.errors)),
        *(_queried(night, standing) for standing in sorted(queried, key=lambda s: -s.queries)),
    ]


def _missing(night: Night, standing: Standing) -> Call:
    due, today = short_day(standing.due or night.period.due), short_day(night.as_of)
    late = f"已逾期 {standing.days_late} 天" if standing.days_late > 0 else f"截止日为{due}"
    text = f"{night.period.title}报表应于{due}前报送，截至{today}尚未收到，{late}。请尽快报送；如有困难，请与我办联系。"
    return Call(standing, "未报", f"报表尚未收到，{late}", _message(night, standing, text))


def _held(night: Night, standing: Standing) -> Call:
    what = _troubles(night, standing, Severity.ERROR)
    how = "按退改表中标出的单元格" if night.campaign.settings.corrections else ""
    text = f"{night.period.title}报表经审核有 {standing.errors} 处需要改正（{what}）。请{how}逐处改正后重新报送。"
    earlier = "；暂按前次审核通过的数计入" if standing.counts_earlier else ""
    about = f"{standing.errors} 处错误未整改：{what}{earlier}"
    return Call(standing, "退改", about, _message(night, standing, text))


def _queried(night: Night, standing: Standing) -> Call:
    what = _troubles(night, standing, Severity.QUERY)
    text = (
        f"{night.period.title}报表已通过审核，另有 {standing.queries} 项请核实（{what}）。"
        "如属实，请写明具体情况；如有误，请改正后重新报送。"
    )
    return Call(standing, "待核实", f"{standing.queries} 项待核实：{what}", _message(night, standing, text))


def _troubles(night: Night, standing: Standing, severity: Severity) -> str:
    found = [f for f in night.of_team(standing.team.code) if f.severity is severity and f.state.is_open]
    return troubles(found, rule_titles(night.campaign))


def _message(night: Night, standing: Standing, text: str) -> str:
    settings = night.campaign.settings
    contact = f"联系：{settings.contact}。" if settings.contact else ""
    return f"【{settings.office_short or settings.office}】{standing.team.name}：你单位{text}{contact}谢谢配合！"


def contacts(night: Night) -> dict[str, tuple[str, str]]:
    """Give each team's person and telephone number: the register's, or else those on the cover of its latest return."""
    cover = night.campaign.form.in_role("cover")
    persons: list[str] = []
    phones: list[str] = []
    if cover is not None:
        persons = [name for name, col in cover.columns().items() if issubclass(col.kind, Name)]
        phones = [name for name, col in cover.columns().items() if issubclass(col.kind, Phone)]
    found = {}
    for standing in night.standings:
        checked = night.checked.get(standing.latest.sha256) if standing.latest else None
        said: Mapping[str, Any] = checked.cover if checked else {}
        team = standing.team
        found[team.code] = (team.leader or _first(said, persons), team.phone or _first(said, phones))
    return found


def _first(row: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((row[name] for name in names if isinstance(row.get(name), str)), "")
