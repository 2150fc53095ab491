"""A night -> the named values that Word templates may use. The names are Chinese: the office edits those templates."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from pipeline.declare import BUILTIN, Severity
from pipeline.issued import FAULTS, Rates
from pipeline.model import Finding, Standing, Status
from pipeline.night import Night
from pipeline.publish.excel.cells import chinese_day, short_day
from pipeline.publish.masking import masked, masked_number, phone_columns, visible
from pipeline.publish.phrases.blamed import blamed, blamed_for, has_time
from pipeline.publish.word.compared import compared, corrected
from pipeline.publish.word.figures import PART_OF, number, percent
from pipeline.publish.word.stamp import Stamp

Values = dict[str, Any]

NAMES_IN_TEXT = 480  # characters that the names of teams may take in a text of four pages, …
FOR_THE_LAST, FOR_A_REVISION = 190, 130  # … but for those that paragraphs take which not every bulletin has
BESIDE = {"未报": 1, "表扬": 1, "仍未报": 1}  # characters that stand beside each name, if not as many as these:
LONGEST_BESIDE = 7
MOST_EVIDENCE, LONGEST_QUOTE, MOST_UNCLAIMED = 5, 16, 20


def account(night: Night, stamp: Stamp | None = None) -> Values:
    """Give everything that a bulletin or a brief of the night may say, by the names that stand in the templates.

    stamp: of an issued bulletin; without it, it is a draft.
    """
    values = {**_names(night), **_dates(night, stamp), **_coverage(night.standings), **_teams(night), **_figures(night)}
    values |= _issues(night, stamp)
    return values | {"列名": _named_in_text(values)}


def _names(night: Night) -> Values:
    settings = night.campaign.settings
    return {
        "活动": settings.title,
        "主题": settings.theme,
        "办公室": settings.office,
        "简称": settings.office_short or settings.office,
        "主送": settings.addressees or f"各{settings.unit}",
        "单位": settings.unit,
        "抄送": settings.copies_to,
        "联系方式": settings.contact or settings.office,
        "报表": night.campaign.form.title,
        "本期": night.period.title,
    }


def document_number(night: Night, stamp: Stamp | None) -> str:
    """Write the number that a bulletin has as a document; a revision keeps that of what it revises."""
    if stamp and stamp.revises:
        return stamp.revises.document_number
    year, number = (stamp.on.year, str(stamp.number)) if stamp else (night.as_of.year, "×")
    return night.campaign.settings.document_number.format(year=year, number=number)


def rates(night: Night) -> Rates:
    """Count what the rates are made of."""
    said = _coverage(night.standings)
    return Rates(*(said[name] for name in ("应报", "实报", "按时报", "通过", "计入")))


def _issues(night: Night, stamp: Stamp | None) -> Values:
    """Tell which issue it is, what it revises, and how the last one stands beside it."""
    near = _near(stamp.on if stamp else night.as_of)
    last = night.last_issue
    return {
        "草稿": stamp is None,
        "文号": document_number(night, stamp),
        "期号": f"第 {stamp.number if stamp else '×'} 期",
        "上次": compared(last, night, rates(night), near) if last else None,
        "更正": corrected(stamp, night, near) if stamp else None,
    }


def _named_in_text(values: Values) -> dict[str, bool]:
    """Tell which lists of teams the text has room for, so that it stays within four pages: the shortest first. The others are
    listed in an annex."""
    lists = {name: values[name] for name in (*FAULTS, "表扬")}
    lists |= {name: (values["上次"] or {}).get(name, []) for name in ("仍未报", "未整改")}
    takes = {
        name: sum(len(team["名称"]) + BESIDE.get(name, LONGEST_BESIDE) for team in teams)
        for name, teams in lists.items()
    }
    has_room = dict.fromkeys(takes, False)
    room = NAMES_IN_TEXT - FOR_THE_LAST * bool(values["上次"]) - FOR_A_REVISION * bool(values["更正"])
    for name in sorted(takes, key=lambda name: takes[name]):
        room -= takes[name]
        has_room[name] = room >= 0
    return has_room


def _near(day: dt.date) -> Callable[[dt.date], str]:
    """Write days as a text of this day does: without the year, where it is the same."""
    return lambda date: chinese_day(date).removeprefix(f"{day.year}年")


def _dates(night: Night, stamp: Stamp | None) -> Values:
    due, as_of, day = night.period.due, night.as_of, stamp.on if stamp else night.as_of
    near = _near(day)
    later = [period for period in night.campaign.periods if period.starts > night.period.starts]
    return {
        "起始日": near(night.campaign.settings.starts),
        "截至日": near(min(night.period.ends, as_of)),
        "报送期限": near(due),
        "未到期": as_of <= due,
        "逾期天数": max((as_of - due).days, 0),
        "成文日期": chinese_day(day),
        "统计日": near(as_of),
        "整改期限": near(night.campaign.put_right_by(night.period, as_of)),
        "下期": {"名称": later[0].title, "期限": near(later[0].due)} if later else None,
    }


def _coverage(standings: Sequence[Standing]) -> Values:
    """Count the standings of the register, or of a part of it. Excused teams are not due."""
    due = [s for s in standings if s.status is not Status.EXCUSED]
    received = [s for s in due if s.latest is not None]
    on_time = [s for s in received if not s.is_late]
    accepted = [s for s in received if s.status is Status.ACCEPTED]
    return {
        "名录": len(standings),
        "免报": len(standings) - len(due),
        "应报": len(due),
        "实报": len(received),
        "报送率": percent(len(received), len(due)),
        "按时报": len(on_time),
        "及时率": percent(len(on_time), len(due)),
        "通过": len(accepted),
        "合格率": percent(len(accepted), len(received)),
        "计入": sum(s.counted is not None for s in due),
        "零报": sum(s.is_nil for s in received),
        "未报数": len(due) - len(received),
        "迟报数": len(received) - len(on_time),
        "退改数": sum(s.status is Status.HELD for s in received),
        "待核实数": sum(s.is_queried for s in received),
    }


def _teams(night: Night) -> Values:
    """Name the teams by what they did. A team may stand in more than one list; the excused stand in none."""
    open_ones = [finding for finding in night.findings if finding.state.is_open]
    rows = {s.team.code: _row(night, number, s) for number, s in enumerate(night.standings, 1)}
    due = [s for s in night.standings if s.status is not Status.EXCUSED]
    faults = blamed(night)
    named = {**faults, "表扬": [s for s in due if _is_praised(s)]}
    held = {s.team.code for s in named["退改"]}
    wrong = Counter(f.rule for f in open_ones if f.team in held and f.severity is Severity.ERROR)
    return {
        **{title: [rows[s.team.code] for s in standings] for title, standings in named.items()},
        "未报数": len(named["未报"]),
        "延期数": sum(s.latest is None and has_time(night, s) for s in due),
        "名单": list(rows.values()),
        "沿用": sum(s.counts_earlier for s in named["退改"]),
        "差错": [{"名称": rule_title(night, code), "处": count} for code, count in wrong.most_common()],
        "差错数": sum(s.errors for s in named["退改"]),
        "待核实处": sum(s.queries for s in named["待核实"]),
        "有问题": any(faults.values()),
        "依据": _evidence(night, faults),
        "待认领": _unclaimed([each.file for each in (*night.unplaced, *night.left)]),
    }


def _unclaimed(files: Sequence[str]) -> list[str]:
    """Name the files that nobody has claimed, as many as anybody would read; the last name tells of the others."""
    names = [visible(masked(file)) for file in files[:MOST_UNCLAIMED]]
    if len(files) > MOST_UNCLAIMED:
        names[-1] += f" 等 {len(files)} 个文件（全部见校验差错清单）"
    return names


def _is_praised(standing: Standing) -> bool:
    """Whether a team sent its return in time and the first version was accepted with nothing left to ask."""
    in_time = standing.status is Status.ACCEPTED and not standing.is_late
    return in_time and standing.versions == 1 and not standing.queries and not standing.is_nil


def _row(night: Night, number: int, standing: Standing) -> Values:
    sent = standing.latest
    return {
        "序": number,
        "名称": visible(standing.team.name),
        "收到": short_day(sent.arrived) if sent else "—",
        "报送": _manner(night, standing),
        "天数": standing.days_late,
        "审核": standing.status.title if sent else "—",
        "次数": standing.versions,
        "沿用": standing.counts_earlier,
        "差错": standing.errors,
        "待核实": standing.queries,
        "表扬": _is_praised(standing),
    }


def _manner(night: Night, standing: Standing) -> str:
    if standing.latest is None:
        return "延期" if has_time(night, standing) else standing.status.title
    how = ["零报告"] * standing.is_nil + [f"迟{standing.days_late}天"] * standing.is_late
    return "，".join(how) or "按时"


def _figures(night: Night) -> Values:
    """Give the totals as a table lists them, and as a sentence tells them: parts inside the figure they belong to."""
    listed: list[Values] = []
    told: list[Values] = []
    for total in night.consolidation.totals.values():
        said = {
            "名称": total.title.removeprefix(PART_OF), "全称": total.title, "数": number(total.value),
            "单位": total.unit, "已报": total.reported, "应报": total.expected, "其中": [],
        }  # fmt: skip
        listed.append(said)
        into = told[-1]["其中"] if total.title.startswith(PART_OF) and told else told
        into.append(said)
    dimensions = night.campaign.settings.dimensions
    groups = [{"名称": title, "行": _groups(night, dimension)} for dimension, title in dimensions.items()]
    return {"指标": listed, "成效": told, "分组": groups}


def _groups(night: Night, dimension: str) -> list[Values]:
    groups: dict[str, list[Standing]] = {}
    for standing in night.standings:
        groups.setdefault(night.campaign.group(standing.team, dimension), []).append(standing)
    rows = [{"名称": visible(group), **_coverage(standings)} for group, standings in groups.items()]
    return [*rows, {"名称": "合　计", **_coverage(night.standings)}]


def _evidence(night: Night, named: dict[str, list[Standing]]) -> list[Values]:
    """List every team that the text names for a fault, once per kind of fault, with what it rests on."""
    phones = phone_columns(night.campaign.form)
    rows: list[Values] = []
    for title, standings in named.items():
        for standing in standings:
            found = blamed_for(night, title, standing)
            lines = [_quoted(night, finding, (finding.sheet_key, finding.field) in phones) for finding in found]
            more = [f"另有 {len(lines) - MOST_EVIDENCE} 处，见校验报告"] if len(lines) > MOST_EVIDENCE else []
            told = [_received(night, standing), *lines[:MOST_EVIDENCE], *more]
            rows.append({"序": len(rows) + 1, "名称": visible(standing.team.name), "事项": title, "凭据": told})
    return rows


def _received(night: Night, standing: Standing) -> str:
    if standing.latest is None:
        return f"报送期限为{chinese_day(standing.due or night.period.due)}，截至{chinese_day(night.as_of)}没有收到报表"
    late = f"，首次报送迟 {standing.days_late} 天" if standing.is_late else ""
    return f"文件：{visible(masked(standing.latest.file))}，{chinese_day(standing.latest.arrived)}收到{late}"


def _quoted(night: Night, finding: Finding, is_phone: bool) -> str:
    raw = visible(masked_number(finding.value) if is_phone else masked(finding.value))
    short = raw if len(raw) <= LONGEST_QUOTE else f"{raw[: LONGEST_QUOTE - 1]}…"
    place = f"{finding.sheet} {finding.cell}".strip() or "整个文件"
    what = finding.column + (f"“{short}”" if short else "")
    return visible(f"{place}：{what}{'，' if what else ''}{rule_title(night, finding.rule)}")


def rule_title(night: Night, code: str) -> str:
    """Say in a few words what is wrong when a rule, built in or the campaign's own, is broken."""
    if code in BUILTIN:
        return BUILTIN[code].title
    return next((f"不符合“{rule.title}”" for rule in night.campaign.form.rules if rule.code == code), code)
