"""What is found in returns by themselves: Pandera once per sheet over all of a batch; only this module handles its errors.

Everything that must hold in a sheet is a `Promise`: one truth value per row, whom to blame where it is false, the words.
The campaign's rules, and what columns promise beyond their own bounds, become promises; bounds are Pandera checks already.
First each cell by itself, then cells beside others: one that is wrong by itself is blamed for that alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrorReason, SchemaErrors

from pipeline.campaign import Campaign
from pipeline.check.before import findings_before
from pipeline.check.columns import own_promises, shared_promises
from pipeline.check.counts import count_findings
from pipeline.check.listed import listed_promises
from pipeline.check.nil import nil_findings
from pipeline.check.periods import period_findings
from pipeline.check.place import at
from pipeline.check.promise import Promise
from pipeline.check.repeats import Said, repeat_findings
from pipeline.check.rules import Broken, rule_promises
from pipeline.check.sums import sum_findings
from pipeline.check.whose import Register
from pipeline.declare import Column, Rule
from pipeline.declare.schema import schema_of
from pipeline.memory import Figures
from pipeline.model import Finding, Period, Stack, Submission
from pipeline.wording import found_in, ruled_in

BLANK = "R01"


def check_alone(
    stacks: Mapping[str, Stack],
    said: Mapping[str, Said],
    campaign: Campaign,
    period: Period,
    submissions: Sequence[Submission],
    broken: Broken,
    register: Register,
    previous: Mapping[str, Figures] | None = None,
    before: Mapping[str, Stack] | None = None,
) -> list[Finding]:
    """Check returns of a period, each by itself.

    said: what the rows of ledgers say, by sheet key. broken: where rules are noted that could not be evaluated. register: what
    it says of whose returns they are.
    previous: declared figures of the return that counts for the period before, by team, record and field; None: none are
    known (in the campaign's first period, they are 0). before: what rules ask for of the rows of the period before, by the
    names of the frames.
    """
    findings: list[Finding] = []
    rules = [rule for rule in campaign.form.rules if rule.across != "teams"]
    sound = {}
    for key, stack in stacks.items():
        own = [*own_promises(stack, campaign, period, submissions), *listed_promises(stack, submissions)]
        failed = list(_failed(schema_of(stack.sheet, _checks(own)), stack, own))
        findings += (_said(each, stack, submissions) for each in failed)
        sound[key] = _without(stack, failed)
    frames = {**sound, **(before or {})}
    for stack in sound.values():
        shared = [*shared_promises(stack, sound, campaign), *rule_promises(stack, frames, rules, broken, register)]
        failed = list(_failed(pa.DataFrameSchema(checks=_checks(shared)), stack, shared)) if shared else []
        findings += (_said(each, stack, submissions) for each in failed)
        known = previous if stack.sheet is campaign.form.declared else None  # what other cards said is not kept
        findings += period_findings(stack, campaign, period, submissions, known or {})
    findings += findings_before(rules, frames, submissions, broken, register)
    for key, stack in stacks.items():
        findings += sum_findings(stack, submissions)
        if key in said:
            findings += repeat_findings(stack, said[key], submissions)
    findings += count_findings(stacks, campaign.form, submissions)
    findings += nil_findings(stacks, campaign, period, submissions)
    return findings


@dataclass(frozen=True, slots=True)
class _Failed:
    """A cell that something is wrong with: row of the stack, field, and the promise that it breaks or the code of its bound."""

    index: int
    field: str
    breaks: Promise | str


def _checks(promises: Sequence[Promise]) -> list[pa.Check]:
    """Give promises as Pandera checks frames; each bears its number."""

    def check(number: int, promise: Promise) -> pa.Check:
        def holds(rows: pd.DataFrame) -> pd.Series[Any]:
            return pd.Series(promise.holds, index=rows.index)

        return pa.Check(holds, name=str(number), error=promise.rule.code, ignore_na=False)

    return [check(number, promise) for number, promise in enumerate(promises)]


def _failed(schema: pa.DataFrameSchema, stack: Stack, promises: Sequence[Promise]) -> Iterator[_Failed]:
    """Let Pandera check a stack, and give the cells that fail. promises: those among the schema's checks, by number."""
    try:
        schema.validate(stack.frame, lazy=True)
    except SchemaErrors as failed:
        for error in failed.schema_errors:
            yield from _cells(error, stack, promises)


def _cells(error: Any, stack: Stack, promises: Sequence[Promise]) -> Iterator[_Failed]:
    """Give the cells of one Pandera error. A frame check comes once per column of a failing row: rows are a set."""
    is_blank = error.reason_code is SchemaErrorReason.SERIES_CONTAINS_NULLS
    if not is_blank and error.reason_code is not SchemaErrorReason.DATAFRAME_CHECK:
        raise AssertionError(f"{stack.sheet.__name__}: {error.reason_code}: {error}")
    rows = sorted({int(index) for index in error.failure_cases["index"]})
    if not is_blank and str(error.check.name).isdigit():
        promise = promises[int(error.check.name)]
        yield from (_Failed(index, field, promise) for index in rows for field in promise.blames)
        return
    field, code = str(error.schema.name), BLANK if is_blank else str(error.check.error)
    yield from (_Failed(index, field, code) for index in rows if not stack.unreadable[field][index])


def _without(stack: Stack, failed: Sequence[_Failed]) -> Stack:
    """Give a stack in which cells that are wrong by themselves count as unreadable: beside others they say nothing.

    A cell that is blank stays one.
    """
    wrong: dict[str, list[int]] = {}
    for each in failed:
        if each.breaks != BLANK:
            wrong.setdefault(each.field, []).append(each.index)
    if not wrong:
        return stack
    frame, unreadable = stack.frame.copy(), dict(stack.unreadable)
    for field, rows in wrong.items():
        frame.loc[frame.index[rows], field] = None
        unreadable[field] = unreadable[field].copy()
        unreadable[field][rows] = True
    return replace(stack, frame=frame, unreadable=unreadable)


def _said(failed: _Failed, stack: Stack, submissions: Sequence[Submission]) -> Finding:
    submission, place = at(stack, failed.index, failed.field, submissions)
    if isinstance(failed.breaks, str):
        return found_in(failed.breaks, submission, place, _bound(failed.breaks, stack.sheet.columns()[failed.field]))
    said = failed.breaks.said(failed.index)
    if isinstance(failed.breaks.rule, Rule):
        return ruled_in(failed.breaks.rule, submission, place, said)
    return found_in(failed.breaks.rule.code, submission, place, said)


def _bound(code: str, col: Column) -> dict[str, Any]:
    bounds = {"N03": col.ge, "N04": col.le, "N09": col.gt, "N10": col.lt}
    if code == BLANK and col.is_computed:
        return {"expected": col.words("原来的公式（可从相邻的行复制）")}
    return {"expected": bounds[code]} if code in bounds else {}
