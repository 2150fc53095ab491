"""What a night has to tell of the bulletins issued before it: the last one, and what became of what it named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from pipeline.campaign import Campaign
from pipeline.issued import Issue, Since
from pipeline.ledger import View
from pipeline.memory import Followed, Memory
from pipeline.model import Period


def since(
    ledger: View,
    campaign: Campaign,
    period: Period,
    as_of: dt.date,
    followed: Iterable[Followed],
    issues: Sequence[Issue],
) -> Since | None:
    """Say what became of the last issue; None if there is none, or its period is the campaign's no more.

    followed: findings of `period` as the night found them, of which the ledger does not know yet. issues: in order.
    """
    known = {each.key: each for each in campaign.periods}
    before = _before(issues, as_of)
    if not before or before[-1].period not in known:
        return None
    last = before[-1]
    states = ledger.states(last.period)
    if last.period == period.key:
        states |= {each.finding.key: each.finding.state for each in followed}
    reported = frozenset(each.team for each in ledger.versions(last.period))
    excused = Memory(decisions=ledger.decisions(last.period)).excused
    return Since(last, known[last.period], states, reported, excused)


def issued_about(issues: Sequence[Issue], period: Period, as_of: dt.date) -> Issue | None:
    """Give the last issue about a period, None if there is none."""
    return next((each for each in reversed(_before(issues, as_of)) if each.period == period.key), None)


def _before(issues: Sequence[Issue], as_of: dt.date) -> list[Issue]:
    """Give the issues that tell of a night before this day, in order: a night that is run again finds what it found."""
    return [each for each in issues if each.night_as_of < as_of]
