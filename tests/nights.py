"""Nights made by hand, for the tests of what is published: any campaign, every state a team can be in, no file read.

Rows are made from the kinds of column alone; declared indicators are the ledgers' own sums. The first teams of the
register play the parts in `PARTS`, in that order; the others are accepted.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.campaign import Campaign, load
from pipeline.check.alike import is_compared
from pipeline.checked import CheckedReturn, Declared, Lines
from pipeline.declare import BUILTIN, Choice, Column, Count, Day, Money, Name, Phone, Serial, Severity, Sheet, YesNo
from pipeline.frames import ParsedReturn
from pipeline.model import (
    Consolidation,
    Finding,
    FindingState,
    Number,
    Period,
    Stack,
    Standing,
    Status,
    Submission,
    Table,
    Team,
    Total,
    Unplaced,
)
from pipeline.night import Night
from pipeline.rawbook import RawBook
from pipeline.stack import stack
from pipeline.wording import Place, found_in

REPO = Path(__file__).parent.parent
NAMES = ("张伟", "王芳", "李娜", "刘洋", "陈静", "杨帆", "赵磊", "黄丽")
HEADER_ROW = {False: 4, True: 3}  # where a table's and a card's headers stand in these senders' sheets, from 0


@dataclass(frozen=True)
class Part:
    """What a team did in the period; see `Standing` for the words."""

    status: Status = Status.ACCEPTED
    versions: int = 1
    days_late: int = 0
    errors: int = 0
    queries: int = 0
    notes: int = 0
    is_nil: bool = False
    counts_earlier: bool = False


PARTS = (
    Part(),
    Part(days_late=2, queries=2, notes=1),
    Part(Status.HELD, errors=4, queries=1, notes=1),
    Part(Status.HELD, versions=2, errors=2, counts_earlier=True),
    Part(Status.MISSING, versions=0, days_late=3),
    Part(is_nil=True),
    Part(versions=3, notes=1),
    Part(Status.EXCUSED, versions=0),
    Part(days_late=1),
)


@dataclass
class _Desk:
    """What gathers while a night is made: submissions in order, and per sheet the tables; what each return says."""

    campaign: Campaign
    period: Period
    submissions: list[Submission] = field(default_factory=list)
    tables: dict[str, list[Table]] = field(default_factory=dict)
    parsed: dict[str, ParsedReturn] = field(default_factory=dict)


def sample_night(root: Path = REPO, *, teams: int = len(PARTS), rows: int = 4) -> Night:
    """Make a night of the campaign's first period, three days after it was due.

    teams: how many of the register report. rows: of each ledger of each return.
    """
    campaign = load(root)
    campaign = replace(campaign, teams=campaign.teams[:teams])
    period = campaign.periods[0]
    desk = _Desk(campaign, period)
    standings, findings = [], []
    for number, team in enumerate(campaign.register(period)):
        part = PARTS[number] if number < len(PARTS) else Part(days_late=number % 10 // 9, queries=number % 7 // 6)
        standing = _standing(desk, team, part, number, rows)
        standings.append(standing)
        findings += _findings(desk, standing, part)
    stacks, _ = stack([(each, desk.parsed[each.sha256]) for each in desk.submissions], campaign.form)
    return Night(
        campaign=campaign,
        period=period,
        as_of=period.due + dt.timedelta(3),
        submissions=tuple(desk.submissions),
        standings=tuple(standings),
        findings=tuple(findings),
        closed=_closed(findings),
        unplaced=_unplaced(),
        left=(Unplaced("~$新建工作表.xlsx", "F06", "文件正在编辑中，下次再取。"),),
        repeated=(Unplaced("微信/副本.xlsx", "F07", BUILTIN["F07"].says.format(found="微信/原件.xlsx")),),
        parsed=desk.parsed,
        checked={sha256: _checked(campaign, each) for sha256, each in desk.parsed.items()},
        consolidation=_consolidation(campaign, standings, desk.submissions, stacks),
        versions=tuple(desk.submissions),
    )


def _unplaced() -> tuple[Unplaced, ...]:
    unknown, document = "最终版(1).xlsx", "=cmd|' /C calc'!A0.docx"
    return (
        Unplaced(unknown, "I01", BUILTIN["I01"].says.format(found=""), f"archive/待认领/{unknown}"),
        Unplaced(document, "F01", BUILTIN["F01"].says.format(found="是 Word 文档"), ""),
    )


def _standing(desk: _Desk, team: Team, part: Part, number: int, rows: int) -> Standing:
    if not part.versions:
        return Standing(team, part.status, days_late=part.days_late)
    earlier = _receive(desk, team, part, number, rows, version=1) if part.counts_earlier else None
    latest = _receive(desk, team, part, number, rows + (earlier is not None), version=part.versions)
    counted = latest if part.status is Status.ACCEPTED else earlier
    return Standing(
        team, part.status, latest, counted, part.versions, part.is_nil, part.days_late, part.errors, part.queries
    )  # fmt: skip


def _receive(desk: _Desk, team: Team, part: Part, number: int, rows: int, version: int) -> Submission:
    name = f"{team.code}_{team.name}" + (f"（第{version}版）" if version > 1 else "") + ".xlsx"
    arrived = desk.period.due + dt.timedelta(part.days_late - (1 if version == 1 and part.days_late == 0 else 0))
    submission = Submission(
        hashlib.sha256(name.encode()).hexdigest(), f"微信/{name}", f"archive/{desk.period.key}/{team.code}/{name}",
        team.code, desk.period.key, arrived, f"{arrived}T09:30:00",
    )  # fmt: skip
    desk.submissions.append(submission)
    frames = _sheets(desk.campaign, team, desk.period, 0 if part.is_nil else rows, number)
    for key, frame in frames.items():
        sheet = desk.campaign.form.sheet(key)
        records = tuple(sheet.options().records or ())
        top = HEADER_ROW[sheet.is_card()] + 1
        across = {name: (7 if sheet.is_card() else 0) + position for position, name in enumerate(sheet.columns())}
        values = {name: _plain(frame[name]) for name in sheet.columns()}
        table = Table(
            key, sheet.title(), range(top, top + len(frame)), across,
            values, records, is_card=sheet.is_card(), typed=values,
        )  # fmt: skip
        desk.tables.setdefault(key, []).append(table)
    tables = [each[-1] for each in desk.tables.values()]
    desk.parsed[submission.sha256] = ParsedReturn(RawBook(submission.sha256, "xlsx"), tables)
    return submission


def _plain(values: pd.Series[Any]) -> list[Any]:
    days = values.dtype.kind == "M"
    cells = values.dt.to_pydatetime() if days else values.astype(object)
    return [None if blank else cell for cell, blank in zip(cells, values.isna(), strict=True)]


def _sheets(campaign: Campaign, team: Team, period: Period, rows: int, number: int) -> dict[str, pd.DataFrame]:
    form = campaign.form
    frames = {
        sheet.key(): sheet.frame([_row(sheet, period, number, k) for k in range(rows)])
        for sheet in form.sheets
        if sheet not in (form.declared, form.in_role("cover"), form.in_role("explanations"))
    }
    figures = {
        name: str(col.kind.total(col.equals.amounts(frames[col.equals.sheet.key()]))) if col.equals else "0"
        for name, col in form.declared.indicators().items()
    }
    frames[form.declared.key()] = form.declared.frame([figures for _ in form.declared.options().records or ("",)])
    if cover := form.in_role("cover"):
        nil = "否" if rows else "是"
        roles = {"form": form.number, "team": team.code, "team_name": team.name, "period": period.title, "nil": nil}
        told = {name: roles[col.role] for name, col in cover.columns().items() if col.role in roles}
        frames[cover.key()] = cover.frame([_row(cover, period, number, 0) | told])
    return frames


def _row(sheet: type[Sheet], period: Period, number: int, k: int) -> dict[str, Any]:
    return {name: _cell(col, period, number, k) for name, col in sheet.columns().items() if col.is_required}


def _cell(col: Column, period: Period, number: int, k: int) -> Any:
    kind = col.kind
    if issubclass(kind, Serial):
        return str(k + 1)
    if issubclass(kind, Phone):
        return f"138{number:04d}{k:04d}"
    if issubclass(kind, Name):
        return NAMES[(number + k) % len(NAMES)]
    if issubclass(kind, Choice):
        return col.choices[k % len(col.choices)]
    if issubclass(kind, Day):
        return (period.starts + dt.timedelta(k % 20)).isoformat()
    if issubclass(kind, Money):
        return f"{(k + 1) * 7 + number}.{number % 10}"
    if issubclass(kind, Count):
        return str((k * 3 + number) % 9 + 1)
    return str(col.examples[k % len(col.examples)]) if col.examples else f"{col.title}{k + 1}"


def _checked(campaign: Campaign, parsed: ParsedReturn) -> CheckedReturn:
    declared = next(each for each in parsed.tables if each.key == campaign.form.declared.key())
    lines = {
        each.key: Lines(b"", b"\1" * len(each.lines), each.name)
        for each in parsed.tables
        if is_compared(campaign.form.sheet(each.key))
    }
    standing = Declared.of(declared, campaign.form.total_record)
    figures = {
        record: {name: declared.typed[name][line] for name in campaign.form.declared.indicators()}
        for line, record in enumerate(declared.records)
    }
    cover = _cover(campaign, parsed)
    nil = campaign.form.column_in_role("nil")
    is_nil = nil is not None and cover.get(str(nil)) == nil.declared().choices[0]
    return CheckedReturn(
        (), figures, is_nil=is_nil, cover=cover, declared=standing, lines=lines, noes=_noes(campaign, parsed)
    )


def _noes(campaign: Campaign, parsed: ParsedReturn) -> dict[tuple[str, str], int]:
    asked = {
        (each.key, name): list(each.typed[name]).count(col.choices[-1])
        for each in parsed.tables
        for name, col in campaign.form.sheet(each.key).columns().items()
        if issubclass(col.kind, YesNo) and is_compared(campaign.form.sheet(each.key))
    }
    return {place: count for place, count in asked.items() if count}


def _cover(campaign: Campaign, parsed: ParsedReturn) -> dict[str, Any]:
    cover = campaign.form.in_role("cover")
    table = next((each for each in parsed.tables if cover is not None and each.key == cover.key()), None)
    return {name: values[0] for name, values in table.typed.items()} if table else {}


def _findings(desk: _Desk, standing: Standing, part: Part) -> list[Finding]:
    if standing.latest is None:
        return []
    sheet = max(desk.campaign.form.ledgers, key=lambda sheet: len(sheet.indicators()))
    table = desk.tables[sheet.key()][-1]
    names = list(sheet.indicators())
    values = {"N01": "约30", "N07": "130000", "K01": "１２"}
    wanted = [("N01", part.errors), ("N07", part.queries), ("K01", part.notes)]
    findings = []
    for code, count in wanted:
        for k in range(count):
            place = Place(sheet, table, k % max(1, len(table.lines)), names[k % len(names)], str(k + 1))
            finding = found_in(code, standing.latest, place, {"value": values[code], "note": "读作 12"})
            findings.append(replace(finding, first_seen=standing.latest.arrived))
    return findings


def _closed(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    return tuple(replace(finding, subject="旧", state=FindingState.CLOSED) for finding in errors[:1])


def _consolidation(
    campaign: Campaign, standings: Sequence[Standing], submissions: Sequence[Submission], stacks: Mapping[str, Stack]
) -> Consolidation:
    read = {submissions[i].sha256: figures for i, figures in _declared(campaign, stacks).items()}
    by_team = {s.team.code: read[s.counted.sha256] for s in standings if s.counted}
    as_read = {s.team.code: read[s.latest.sha256] for s in standings if s.latest}
    indicators = campaign.form.declared.indicators()
    expected = sum(s.status is not Status.EXCUSED for s in standings)
    totals = {
        name: Total(
            name, str(col.title), col.unit, _sum(figures[name] for figures in by_team.values()), len(by_team), expected,
            campaign.control_totals.get(name),
        )
        for name, col in indicators.items()
    }  # fmt: skip
    by_dimension: dict[str, dict[str, dict[str, Number]]] = {}
    for dimension, title in campaign.settings.dimensions.items():
        groups: dict[str, dict[str, Number]] = {}
        for standing in standings:
            group = groups.setdefault(campaign.group(standing.team, dimension), dict.fromkeys(indicators, 0))
            for name, value in by_team.get(standing.team.code, {}).items():
                group[name] = group[name] + value
        by_dimension[title] = groups
    return Consolidation(totals, by_team, as_read, by_dimension, _ledger(campaign, standings, submissions, stacks))


def _sum(values: Any) -> Number:
    numbers = list(values)
    return sum(numbers, Decimal(0)) if any(isinstance(number, Decimal) for number in numbers) else sum(numbers)


def _declared(campaign: Campaign, stacks: Mapping[str, Stack]) -> dict[int, dict[str, Number]]:
    """Read each submission's declared figures: index of submission -> indicator -> value."""
    declared = campaign.form.declared
    rows = stacks[declared.key()].frame
    rows = rows[rows["record"] == campaign.form.total_record] if declared.is_card() else rows
    return {
        int(row["submission"]): {
            name: Decimal(repr(float(row[name]))) if issubclass(col.kind, Money) else int(row[name])
            for name, col in declared.indicators().items()
        }
        for row in rows.to_dict("records")
    }


def _ledger(
    campaign: Campaign, standings: Sequence[Standing], submissions: Sequence[Submission], stacks: Mapping[str, Stack]
) -> dict[str, dict[str, Number]]:
    counted = {s.counted.sha256: s.team.code for s in standings if s.counted}
    sums: dict[str, dict[str, Number]] = {}
    for name, col in campaign.form.declared.indicators().items():
        if col.equals is None:
            continue
        rows = stacks[col.equals.sheet.key()].frame
        amounts = col.equals.amounts(rows).groupby(rows["submission"])
        by_submission = {int(str(index)): col.kind.total(values) for index, values in amounts}
        sums[name] = {
            counted[submission.sha256]: by_submission.get(index, 0)
            for index, submission in enumerate(submissions)
            if submission.sha256 in counted
        }
    return sums
