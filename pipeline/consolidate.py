"""Accepted returns -> the district's totals, made by two routes and along every dimension; a wrong sum is never published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pipeline.campaign import Campaign
from pipeline.checked import CheckedReturn, Declared
from pipeline.declare import Column
from pipeline.errors import HuizongError
from pipeline.figures import kind_of
from pipeline.model import Consolidation, Number, Standing, Status, Total


class ReconciliationError(HuizongError):
    """Two routes to one total disagree: nothing is published, and the text names the total and both values."""


def consolidate(
    checked: Mapping[str, CheckedReturn], standings: Sequence[Standing], campaign: Campaign
) -> Consolidation:
    """Add up the counted returns. checked: by hash. Raises ReconciliationError if any two routes to a total disagree."""
    indicators, record = campaign.form.declared.indicators(), campaign.form.total_record
    counted = {s.team.code: checked[s.counted.sha256] for s in standings if s.counted is not None}
    latest = {s.team.code: checked[s.latest.sha256] for s in standings if s.latest and s.latest.sha256 in checked}
    by_team = {team: each.figures.get(record, {}) for team, each in counted.items()}
    ledger = {
        key: {team: each.sums[key] for team, each in counted.items() if key in each.sums}
        for key, col in indicators.items()
        if col.equals is not None
    }
    totals = {key: _total(key, col, by_team, standings, campaign) for key, col in indicators.items()}
    by_dimension = {
        title: _by_group({s.team.code: campaign.group(s.team, dimension) for s in standings}, by_team, indicators)
        for dimension, title in campaign.settings.dimensions.items()
    }
    as_read = {team: each.figures.get(record, {}) for team, each in latest.items()}
    result = Consolidation(totals, by_team, as_read, by_dimension, ledger)
    _reconcile(result, indicators, [each.declared for each in counted.values()])
    return result


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


def _reconcile(result: Consolidation, indicators: Mapping[str, Column], declared: Sequence[Declared | None]) -> None:
    """Compare each total with what else comes to it. declared: the counted returns' own cells, added up one by one."""
    for key, col in indicators.items():
        total = result.totals[key].value
        routes = {"各单位申报数一次相加": kind_of(col).added(_cells(declared, key))}
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


def _cells(declared: Sequence[Declared | None], key: str) -> Iterator[Any]:
    """Give the cells that one indicator's figures were read from."""
    return (each.typed[key] for each in declared if each is not None and key in each.typed)
