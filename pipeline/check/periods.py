"""A card's figures beside those of the period before: what it brought, what there is in all, what is carried on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.campaign import Campaign
from pipeline.check.amounts import TOLERANCE, shown
from pipeline.check.place import at
from pipeline.memory import Figures
from pipeline.model import Finding, Period, Stack, Submission
from pipeline.wording import found_in

Amounts = Any
"""A numpy array of float, one per submission; nan where there is no figure, or none that could be read."""


def period_findings(
    stack: Stack, campaign: Campaign, period: Period, submissions: Sequence[Submission], previous: Mapping[str, Figures]
) -> Iterator[Finding]:
    """Compare the records that a card's `Config` names with each other and with the period before (B02, B03, B04).

    previous: figures of the team's return that counts for the period before; a figure that it lacks is not compared. In the
    campaign's first period they are not asked for: what was done before it is 0, and what there was is not known.
    """
    if stack.sheet.options().named_records():
        card = _Card(stack, campaign, period, submissions, previous)
        for name in stack.sheet.indicators():
            yield from card.added(name)
            yield from card.carried(name)


class _Card:
    """One card over all returns, with what is known of the period before. index: record -> row of each submission, -1: none."""

    def __init__(
        self,
        stack: Stack,
        campaign: Campaign,
        period: Period,
        submissions: Sequence[Submission],
        previous: Mapping[str, Figures],
    ) -> None:
        self.stack, self.submissions, self.previous = stack, submissions, previous
        self.options, self.last = stack.sheet.options(), campaign.before(period)
        self.titles = self.options.records or {}
        self.index = {record: np.full(len(submissions), -1) for record in self.titles}
        for record, index in self.index.items():
            rows = np.flatnonzero((stack.frame["record"] == record).to_numpy())
            index[stack.submission[rows]] = rows

    def now(self, record: str, name: str) -> Amounts:
        """Give the figures of one record."""
        index = self.index[record]
        values = self.stack.frame[name].astype("Float64").to_numpy(float, na_value=np.nan)
        return np.where(index >= 0, np.append(values, np.nan)[index], np.nan)

    def before(self, record: str, name: str) -> Amounts:
        """Give the figures of one record in the period before."""
        if self.last is None:
            return np.zeros(len(self.submissions))
        known = (self.previous.get(each.team, {}).get(record, {}).get(name) for each in self.submissions)
        return np.array([np.nan if figure is None else float(figure) for figure in known], dtype=float)

    def added(self, name: str) -> Iterator[Finding]:
        """Compare what the period brought with what there is more in all. A sum that fell is said once, as that."""
        part, whole = self.options.this_period, self.options.cumulative
        if not whole or (self.last is not None and name in self.options.stocks):
            return
        total, before = self.now(whole, name), self.before(whole, name)
        fell = (total < before - TOLERANCE) & (self.last is not None)
        for number in np.flatnonzero(fell):
            yield self._found("B03", whole, name, number, total[number], before[number], before=(whole, before[number]))
        if not part:
            return
        brought, more = self.now(part, name), total - before
        for number in np.flatnonzero(~fell & (np.abs(brought - more) >= TOLERANCE)):
            said = {"whole": self.titles[whole], "found": shown(total[number])}
            yield self._found(
                "B02", part, name, number, brought[number], more[number], before=(whole, before[number]), **said
            )

    def carried(self, name: str) -> Iterator[Finding]:
        """Compare what there was when the period began with what there was when the one before ended."""
        first, last = self.options.opening, self.options.closing
        if first and last and self.last is not None:
            opened, closed = self.now(first, name), self.before(last, name)
            for number in np.flatnonzero(np.abs(opened - closed) >= TOLERANCE):
                yield self._found(
                    "B04", first, name, number, opened[number], closed[number], before=(last, closed[number])
                )

    def _found(
        self,
        code: str,
        record: str,
        name: str,
        number: Any,
        value: float,
        want: float,
        *,
        before: tuple[str, float],
        **said: Any,
    ) -> Finding:
        """Say what a record's figure is and should be. before: the record of the period before, and its figure."""
        title, figure = self.titles[before[0]], shown(before[1])
        words, last = self.stack.sheet.wording(), self.last.title if self.last else ""
        said_before = {"period": last, "title": title, "figure": figure}
        since = words(
            "{period}的{title} {figure:,}" if last else "上期{title} {figure:,}（本期是第一期）", **said_before
        )
        hint = words("；如是{period}的报表有误，请先报送该期的更正报表", period=last) if last else ""
        said |= {"value": shown(value), "expected": shown(want), "difference": shown(abs(value - want))}
        place = at(self.stack, int(self.index[record][number]), name, self.submissions)
        return found_in(code, *place, {**said, "before": since, "hint": hint})
