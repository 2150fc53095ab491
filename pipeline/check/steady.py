"""Counts that are the same three periods running (Y03): they may have been copied instead of counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pipeline.check.district import District
from pipeline.declare import Count
from pipeline.memory import Figures
from pipeline.model import Finding
from pipeline.wording import found_in

CODE = "Y03"


def steady_findings(
    district: District, previous: Mapping[str, Figures], before_last: Callable[[str], Figures]
) -> Iterator[Finding]:
    """Ask about counts of what a period brought that are those of both periods before it, to the last one.

    Only of a card that keeps apart what a period brought and what there is: what there is often stays the same. Small counts
    may well be equal. previous: figures that count for the period before, by team. before_last: gives those for the one
    before that, of a team; it is asked only where the two others are the same.
    """
    campaign, declared = district.campaign, district.campaign.form.declared
    record, least = declared.options().this_period, campaign.limits[CODE]["least"]
    counts = [
        name
        for name, col in declared.indicators().items()
        if issubclass(col.kind, Count) and name not in declared.options().stocks
    ]
    for number, each in enumerate(district.submissions if record and previous else ()):
        now, then = (said.get(record, {}) for said in (district.checked[number].figures, previous.get(each.team, {})))
        same = [name for name in counts if now.get(name, 0) >= least and now[name] == then.get(name)]
        first = before_last(each.team).get(record, {}) if same else {}
        for name in same:
            if now[name] == first.get(name):
                table = district.records(number, declared.key()).table
                submission, place = district.at(number, declared.key(), list(table.records).index(record), name)
                yield found_in(CODE, submission, place, {"value": now[name]})
