"""Nil returns: a return that states that there is nothing has no figure anywhere (Z01)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.campaign import Campaign
from pipeline.check.amounts import shown
from pipeline.check.columns import IN_SHEET
from pipeline.check.place import at
from pipeline.declare import Column, Form, Sheet
from pipeline.model import Finding, Period, Stack, Submission
from pipeline.wording import Place, found_in

Numbers = Any
"""A numpy array of int, index into the night's submissions."""


def stating_nil(stacks: Mapping[str, Stack], form: Form) -> set[int]:
    """Tell the returns that state that there is nothing to report."""
    stated = form.column_in_role("nil")
    if stated is None:
        return set()
    cover = stacks[stated.owner.key()]
    is_nil = (cover.frame[stated] == stated.declared().choices[0]).fillna(False).to_numpy(bool)
    return set(cover.submission[is_nil].tolist())


def nil_findings(
    stacks: Mapping[str, Stack], campaign: Campaign, period: Period, submissions: Sequence[Submission]
) -> Iterator[Finding]:
    """Find what a nil return must not have: declared figures, and rows of the ledgers that they add up.

    What must be at least one, and its ledger, may stand. So may, after the campaign's first period, what was there before:
    a cumulative record, a stock at the period's ends, and the ledgers where one of these is what they add up to.
    """
    form, stated = campaign.form, campaign.form.column_in_role("nil")
    if stated is None:
        return
    nil = np.array(sorted(stating_nil(stacks, form)), dtype="int64")
    if not len(nil):
        return
    where, says = {"sheet": stated.owner.title(), "title": stated.declared().title}, stated.declared().choices[0]
    said = {"nil": campaign.words(IN_SHEET, **where), "choice": stated.declared().shown(says)}
    indicators, standing = form.nothing_when_nil(), _standing(form.declared, is_first=campaign.before(period) is None)
    if form.derived is None:
        yield from _figures(stacks[form.declared.key()], nil, indicators, standing, submissions, said)
    for sheet in blank_when_nil(campaign, period):
        mine = [col for col in indicators.values() if col.equals is not None and col.equals.sheet is sheet]
        yield from _rows(stacks[sheet.key()], nil, mine, submissions, said)


def blank_when_nil(campaign: Campaign, period: Period) -> list[type[Sheet]]:
    """Give the ledgers in which a nil return of a period has no row that counts."""
    form = campaign.form
    if form.total_record in _standing(form.declared, is_first=campaign.before(period) is None):
        return []
    added = (col.equals for col in form.nothing_when_nil().values())
    return [*dict.fromkeys(measure.sheet for measure in added if measure is not None)]


def _standing(declared: type[Sheet], *, is_first: bool) -> set[str]:
    """Give the records that may hold figures though the period brought nothing."""
    options = declared.options()
    return {options.opening, options.closing} | (set() if is_first else {options.cumulative})


def _figures(
    stack: Stack,
    nil: Numbers,
    indicators: Mapping[str, Column],
    standing: set[str],
    submissions: Sequence[Submission],
    said: Mapping[str, str],
) -> Iterator[Finding]:
    words = stack.sheet.wording()
    asked = np.isin(stack.submission, nil) & ~stack.frame["record"].isin(standing).to_numpy()
    for name in indicators:
        for index in np.flatnonzero(asked & (stack.frame[name] != 0).fillna(False).to_numpy(bool)):
            submission, place = at(stack, int(index), name, submissions)
            about, value = place.about(), shown(stack.frame[name][int(index)])
            what = words("“{title}”却填报 {value:,}", title=about["title"], value=value)
            told = {"found": what, "remedy": words("改填 0"), "value": value, "expected": 0}
            yield found_in("Z01", submission, place, {**said, **told})


def _rows(
    stack: Stack, nil: Numbers, indicators: Sequence[Column], submissions: Sequence[Submission], said: Mapping[str, str]
) -> Iterator[Finding]:
    """Name a ledger once, at its first row that counts. Its subject is the sheet: rows come and go."""
    words, mine = stack.sheet.wording(), np.isin(stack.submission, nil)
    counted = {}
    for col in indicators:
        assert col.equals is not None
        counted[str(col.title)] = mine & (col.equals.amounts(stack.frame) != 0).fillna(False).to_numpy(bool)
    rows = np.flatnonzero(np.any([*counted.values()], axis=0))
    having = {title: set(stack.submission[holds].tolist()) for title, holds in counted.items()}
    key, field = stack.sheet.key(), stack.sheet.options().key or next(iter(stack.sheet.columns()))
    _, firsts, counts = np.unique(stack.submission[rows], return_index=True, return_counts=True)
    for first, count in zip(firsts, counts, strict=True):
        index = int(rows[first])
        number = stack.submission[index]
        titles = words("”“").join(title for title, numbers in having.items() if int(number) in numbers)
        table, line = stack.where(index)
        what = words("“{sheet}”却有 {count} 行计入“{titles}”", sheet=stack.sheet.title(), count=count, titles=titles)
        told = {"found": what, "remedy": words("删去这些行"), "expected": 0}
        yield found_in("Z01", submissions[int(number)], Place(stack.sheet, table, line, field, key), {**said, **told})
