"""Declared figures beside those of other teams: far from its kind's (Y01), a large share of the district's (Y02)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.check.amounts import BEYOND, TOLERANCE, shown
from pipeline.check.district import District
from pipeline.declare import Money
from pipeline.model import Finding
from pipeline.wording import found_in
from pipeline.words import Words

Truth = Any
"""A numpy array of bool."""

Amounts = Any
"""A numpy array of float, nan where there is none."""


def outlier_findings(district: District, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Ask about figures of the totalled record that look impossible beside other teams'.

    The latest returns alone make medians and sums, but every version is compared with them. findings: what is known already; a
    cell that is out of bounds or seems to be in the wrong unit (N07) is not asked about again.
    """
    campaign, declared = district.campaign, district.campaign.form.declared
    kinds, key = {team.code: team.kind for team in campaign.register(district.period)}, declared.key()
    record = campaign.form.total_record
    numbers = [number for number, each in enumerate(district.submissions) if each.team in kinds]
    teams = np.array([district.submissions[number].team for number in numbers], dtype=object)
    of_kind = np.array([kinds[team] for team in teams], dtype=object)
    others = _Others(teams, of_kind, district.latest[numbers], campaign.words)
    asked = {(each.submission, each.sheet_key, each.cell) for each in findings if each.rule in (*BEYOND, "N07")}
    for name, col in declared.indicators().items():
        said_here = (district.checked[number].figures.get(record, {}).get(name) for number in numbers)
        values = np.array([np.nan if figure is None else float(figure) for figure in said_here], dtype=float)
        far, said_far = others.far(values, issubclass(col.kind, Money), campaign.limits["Y01"])
        large, said_large = others.large(values, issubclass(col.kind, Money), campaign.limits["Y02"])
        for position in np.flatnonzero(far | large):
            table = district.records(numbers[position], key).table
            submission, place = district.at(numbers[position], key, list(table.records).index(record), name)
            code, said = ("Y01", said_far) if far[position] else ("Y02", said_large)
            if (submission.sha256, key, table.cell(place.line, name)) not in asked:
                yield found_in(code, submission, place, {"value": shown(values[position]), **said(position)})


@dataclass(frozen=True)
class _Others:
    """What a figure is compared with, one entry per row: its team, the team's kind, and whether it is the team's latest."""

    teams: Any  # numpy array of str
    kinds: Any  # numpy array of str
    latest: Truth
    words: Words

    def far(self, values: Amounts, is_money: bool, limits: Mapping[str, float]) -> tuple[Truth, Any]:
        """Tell the figures that are more than so many times the median of the positive ones of the same kind.

        Where too few of that kind have one: of all; where too few have one at all, none is far.
        """
        is_usual = self._usual(values)
        positive = values[is_usual]
        of_all = np.median(positive) if len(positive) >= limits["all_teams"] else np.nan
        usual, alike = np.full(len(values), of_all), np.zeros(len(values), dtype=bool)
        for kind in set(self.kinds) - {""}:
            among = self.kinds == kind
            if np.count_nonzero(among & is_usual) >= limits["same_kind"]:
                usual[among], alike[among] = np.median(values[among & is_usual]), True
        holds = (values > limits["times"] * usual + TOLERANCE) & _matters(values, usual, positive, is_money, limits)

        def said(position: int) -> Mapping[str, Any]:
            among = self.words("同类（{kind}）单位" if alike[position] else "全部单位", kind=self.kinds[position])
            times = round(values[position] / usual[position])
            return {"among": among, "expected": shown(usual[position]), "times": times}

        return holds, said

    def large(self, values: Amounts, is_money: bool, limits: Mapping[str, float]) -> tuple[Truth, Any]:
        """Tell the figures that are at least such a share of what all teams have together."""
        usual = self._usual(values)
        positive = values[usual]
        own = dict(zip(self.teams[usual], values[usual], strict=True))
        together = positive.sum() - np.array([own.get(team, 0.0) for team in self.teams]) + values
        holds = (values > 0) & (100 * values >= limits["percent"] * together - TOLERANCE)
        holds &= _matters(values, _median(positive), positive, is_money, limits)

        def said(position: int) -> Mapping[str, Any]:
            share = shown(round(100 * values[position] / together[position], 1))
            return {"expected": shown(together[position]), "share": share}

        return holds & (len(positive) >= limits["all_teams"]), said

    def _usual(self, values: Amounts) -> Truth:
        return self.latest & (values > 0)


def _matters(values: Amounts, usual: Amounts, positive: Amounts, is_money: bool, limits: Mapping[str, float]) -> Truth:
    """Tell the figures that are large enough to ask about.

    A count that is thirty times a median of one is thirty, and may well be true: it must also be so many above the median.
    For money no such number can be named, since columns differ in unit and in scale: an amount must also be several times the
    median of all teams, so that small sums of a kind that has next to none are let be.
    """
    if is_money:
        return values >= limits["money_times"] * _median(positive) - TOLERANCE
    return values - usual >= limits["above"]


def _median(positive: Amounts) -> Any:
    return np.median(positive) if len(positive) else np.nan
