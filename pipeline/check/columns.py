"""What columns promise beyond their own bounds: within, unique, in_column, equals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.campaign import Campaign
from pipeline.check.amounts import same, shown
from pipeline.check.promise import Promise, Said, Truth
from pipeline.declare import BUILTIN, Column, ColumnRef, Measure
from pipeline.declare.columns import RECEIVED
from pipeline.declare.kinds import Day, Number
from pipeline.model import Period, Stack, Submission
from pipeline.wording import plain

IN_SHEET = "{sheet}“{title}”"  # a column, named with its sheet


def own_promises(
    stack: Stack, campaign: Campaign, period: Period, submissions: Sequence[Submission]
) -> Iterator[Promise]:
    """Evaluate what the columns of one sheet promise of a cell by itself, beyond the bounds that Pandera knows."""
    for name, col in stack.sheet.columns().items():
        if col.le == RECEIVED:
            yield _received(stack, name, submissions)
        if issubclass(col.kind, Day) and not col.is_computed:
            yield _within(stack, name, col, campaign, period)


def shared_promises(stack: Stack, stacks: Mapping[str, Stack], campaign: Campaign) -> Iterator[Promise]:
    """Evaluate what the columns of one sheet promise of a cell and others."""
    for name, col in stack.sheet.columns().items():
        if col.is_unique:
            yield _unique(stack, [name])
        if col.in_column is not None:
            yield _in_column(stack, name, col.in_column, stacks[col.in_column.owner.key()])
        if col.equals is not None:
            yield _equals(stack, name, col.equals, stacks[col.equals.sheet.key()], campaign)
    for names in stack.sheet.options().unique:
        yield _unique(stack, names)
    if not any(stack.sheet.columns()[name].is_required for name in stack.sheet.options().record):
        yield from _one_of(stack, stack.sheet.options().record)


def _promise(code: str, name: str, holds: Truth, said: Said) -> Promise:
    return Promise(BUILTIN[code], (name,), holds, said)


def _within(stack: Stack, name: str, col: Column, campaign: Campaign, period: Period) -> Promise:
    first, last = col.span(*campaign.span(period))
    days = stack.frame[name]
    holds = days.isna() | days.between(pd.Timestamp(first), pd.Timestamp(last))
    return _promise(
        "D02",
        name,
        holds.to_numpy(),
        lambda index: {
            "expected": col.words("{first} 至 {last}", first=first, last=last),
            "value": str(days[index].date()),
        },
    )


def _received(stack: Stack, name: str, submissions: Sequence[Submission]) -> Promise:
    """Compare days with the day on which their return was first received."""
    received = pd.Series([pd.Timestamp(each.received_on) for each in submissions], dtype="datetime64[us]")
    days, last = stack.frame[name], received.iloc[stack.submission].set_axis(stack.frame.index)
    holds = days.isna() | (days <= last)
    return _promise(
        "D04", name, holds.to_numpy(), lambda index: {"expected": last[index].date(), "value": str(days[index].date())}
    )


def _one_of(stack: Stack, names: Sequence[str]) -> Iterator[Promise]:
    """Ask for what makes a row a record, where none of it must be filled and none is."""
    if names:
        words = stack.sheet.wording()
        titles = words.of("”或“").join(stack.sheet.columns()[name].title for name in names)
        holds = stack.frame[[*names]].notna().any(axis=1).to_numpy()
        holds = holds | np.logical_or.reduce([stack.unreadable[name] for name in names])
        yield _promise("R01", names[0], holds, lambda _: {"title": titles, "expected": words("其中一栏")})


def _unique(stack: Stack, names: Sequence[str]) -> Promise:
    """Compare rows of a return by some fields together; one in which any of them is blank is like no other."""
    keys = stack.frame[["submission", *names]]
    again = keys.duplicated(keep=False) & keys.notna().all(axis=1)

    def said(index: int) -> Mapping[str, Any]:
        each = ((keys[name] == keys[name][index]).fillna(False).to_numpy(bool) for name in keys.columns)
        is_same = np.logical_and.reduce(list(each))
        other = next(twin for twin in keys.index[is_same] if twin != index)
        table, line = stack.where(int(other))
        found = {"found": table.cell(line, names[-1])}
        if len(names) == 1:
            return found
        words, columns = stack.sheet.wording(), [stack.sheet.columns()[name] for name in names]
        values = [plain(col.shown(keys[col.field][index]), words) for col in columns]
        return {**found, "title": words.listed(col.title for col in columns), "value": words.listed(values)}

    return _promise("U01", names[-1], ~again.to_numpy(), said)


def _in_column(stack: Stack, name: str, source: ColumnRef, other: Stack) -> Promise:
    listed = other.frame[["submission", str(source)]].dropna().drop_duplicates()
    pairs = pd.MultiIndex.from_frame(stack.frame[["submission", name]])
    incomplete = np.unique(other.submission[other.unreadable[str(source)]])
    known = np.setdiff1d(np.asarray(other.present, dtype="int64"), incomplete)  # where the whole list could be read
    holds = stack.frame[name].isna().to_numpy() | pairs.isin(pd.MultiIndex.from_frame(listed))
    place = stack.sheet.wording()(IN_SHEET, sheet=other.sheet.title(), title=source.declared().title)
    return _promise("L01", name, holds | ~np.isin(stack.submission, known), lambda _: {"expected": place})


def _incomplete(stack: Stack, names: Sequence[str]) -> Truth:
    """Tell the rows that say too little to be added up: a cell is unreadable, or blank though it must not be."""
    incomplete = np.zeros(len(stack.frame), dtype=bool)
    for name in names:
        incomplete |= stack.unreadable[name]
        if stack.sheet.columns()[name].is_required:
            incomplete |= stack.frame[name].isna().to_numpy()
    return incomplete


def _equals(stack: Stack, name: str, measure: Measure, ledger: Stack, campaign: Campaign) -> Promise:
    """Compare the totalled record of a declared indicator with the sum of its ledger, per return."""
    kind = stack.sheet.columns()[name].kind
    assert issubclass(kind, Number)
    sums = kind.totals(measure.amounts(ledger.frame), ledger.frame["submission"])
    lost = set(ledger.submission[_incomplete(ledger, [*measure.fields, *measure.where])])
    present = set(ledger.present)
    declared = stack.frame[name]
    expected = [sums.get(number, 0) for number in stack.submission]
    holds = np.array(
        [
            record != campaign.form.total_record
            or number in lost
            or number not in present
            or pd.isna(value)
            or same(value, want)
            for record, number, value, want in zip(
                stack.frame["record"], stack.submission, declared, expected, strict=True
            )
        ],
        dtype=bool,
    )

    def said(index: int) -> Mapping[str, Any]:
        value, want = shown(declared[index]), shown(expected[index])
        return {"found": measure.title, "expected": want, "difference": abs(shown(value - want)), "value": value}

    return _promise("B01", name, holds, said)
