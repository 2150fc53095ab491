"""Accepted returns -> the district's totals, made by two routes and along every dimension; a wrong sum is never published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from pipeline.campaign import Campaign
from pipeline.declare import Column, Form, kinds
from pipeline.errors import HuizongError
from pipeline.model import Consolidation, Number, Stack, Standing, Status, Submission, Total


class ReconciliationError(HuizongError):
    """Two routes to one total disagree: nothing is published, and the text names the total and both values."""


def consolidate(
    stacks: Mapping[str, Stack], standings: Sequence[Standing], submissions: Sequence[Submission], campaign: Campaign
) -> Consolidation:
    """Add up the counted returns. Raises ReconciliationError if any two routes to a total disagree."""
    declared = stacks[campaign.form.declared.key()]
    indicators = campaign.form.declared.indicators()
    numbers = {submission.sha256: number for number, submission in enumerate(submissions)}
    counted = {s.team.code: numbers[s.counted.sha256] for s in standings if s.counted is not None}
    latest = {s.team.code: numbers[s.latest.sha256] for s in standings if s.latest and s.latest.sha256 in numbers}
    values = _declared(declared, indicators, campaign.form.total_record)
    by_team = {team: values.get(number, {}) for team, number in counted.items()}
    ledger = {
        key: _ledger_sums(stacks[col.equals.sheet.key()], key, col, counted)
        for key, col in indicators.items()
        if col.equals is not None
    }
    totals = {key: _total(key, col, by_team, standings, campaign) for key, col in indicators.items()}
    by_dimension = {
        title: _by_group({s.team.code: campaign.group(s.team, dimension) for s in standings}, by_team, indicators)
        for dimension, title in campaign.settings.dimensions.items()
    }
    result = Consolidation(
        totals, by_team, {team: values.get(n, {}) for team, n in latest.items()}, by_dimension, ledger
    )
    _reconcile(result, indicators, declared, counted, campaign.form.total_record)
    return result


def figures_of(
    stacks: Mapping[str, Stack], submissions: Sequence[Submission], form: Form
) -> dict[str, dict[str, dict[str, Number]]]:
    """Give the declared figures of every return: hash -> record -> indicator -> value. What could not be read is absent."""
    stack, indicators = stacks[form.declared.key()], form.declared.indicators()
    figures: dict[str, dict[str, dict[str, Number]]] = {}
    for record in form.declared.options().records or {}:
        for number, values in _declared(stack, indicators, record).items():
            figures.setdefault(submissions[number].sha256, {})[record] = values
    return figures


def _declared(stack: Stack, indicators: Mapping[str, Column], record: str) -> dict[int, dict[str, Number]]:
    """Give the totalled record of every return: submission -> indicator -> value. What could not be read is absent."""
    rows = stack.frame[stack.frame["record"] == record]
    values: dict[int, dict[str, Number]] = {}
    for key, col in indicators.items():
        filled = rows[["submission", key]].dropna()
        for number, stored in zip(filled["submission"].tolist(), filled[key].tolist(), strict=True):
            values.setdefault(number, {})[key] = _kind(col).value(stored)
    return values


def _kind(col: Column) -> type[kinds.Number]:
    assert issubclass(col.kind, kinds.Number)
    return col.kind


def _add(values: Sequence[Number]) -> Number:
    return sum(values, Decimal(0) if any(isinstance(value, Decimal) for value in values) else 0)


def _total(
    key: str,
    col: Column,
    by_team: Mapping[str, Mapping[str, Number]],
    standings: Sequence[Standing],
    campaign: Campaign,
) -> Total:
    values = [figures[key] for figures in by_team.values() if key in figures]
    expected = sum(standing.status is not Status.EXCUSED for standing in standings)
    return Total(key, str(col.title), col.unit, _add(values), len(values), expected, campaign.control_totals.get(key))


def _by_group(
    group_of: Mapping[str, str], by_team: Mapping[str, Mapping[str, Number]], indicators: Mapping[str, Column]
) -> dict[str, dict[str, Number]]:
    groups: dict[str, dict[str, list[Number]]] = {group: {key: [] for key in indicators} for group in group_of.values()}
    for team, figures in by_team.items():
        for key, value in figures.items():
            groups[group_of[team]][key].append(value)
    return {group: {key: _add(values) for key, values in figures.items()} for group, figures in groups.items()}


def _ledger_sums(stack: Stack, key: str, col: Column, counted: Mapping[str, int]) -> dict[str, Number]:
    """Add up an indicator's ledger rows per team: the second route to its total."""
    assert col.equals is not None
    sums = _kind(col).totals(col.equals.amounts(stack.frame), stack.frame["submission"])
    present = set(stack.present)
    return {team: sums.get(number, 0) for team, number in counted.items() if number in present}


def _reconcile(
    result: Consolidation, indicators: Mapping[str, Column], declared: Stack, counted: Mapping[str, int], record: str
) -> None:
    mine = declared.frame[
        declared.frame["submission"].isin(list(counted.values())) & (declared.frame["record"] == record)
    ]
    for key, col in indicators.items():
        total = result.totals[key].value
        routes = {"各单位申报数一次相加": _kind(col).total(mine[key])}
        routes |= {
            f"按{title}相加": _add([figures[key] for figures in groups.values()])
            for title, groups in result.by_dimension.items()
        }
        if key in result.ledger:
            declaring = {team for team, figures in result.by_team.items() if key in figures}
            routes["台账明细相加"] = _add([value for team, value in result.ledger[key].items() if team in declaring])
        for route, value in routes.items():
            if value != total:
                said = f"“{col.title}”合计为 {total}，但{route}为 {value}，两者不符，未发布任何结果。"
                raise ReconciliationError(said + "请把整个活动文件夹交给维护人员。")
