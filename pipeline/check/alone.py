"""What is found in returns by themselves: Pandera once per sheet over all of a batch; only this module handles its errors.

Everything that must hold in a sheet is a `Promise`: one truth value per row, whom to blame where it is false, the words.
The campaign's rules, and what columns promise beyond their own bounds, become promises; bounds are Pandera checks already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrorReason, SchemaErrors

from pipeline.campaign import Campaign
from pipeline.check.columns import column_promises
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
) -> list[Finding]:
    """Check returns of a period, each by itself.

    said: what the rows of ledgers say, by sheet key. broken: where rules are noted that could not be evaluated. register: what
    it says of whose returns they are.
    previous: declared figures of the return that counts for the period before, by team, record and field; None: none are
    known (in the campaign's first period, they are 0).
    """
    findings: list[Finding] = []
    rules = [rule for rule in campaign.form.rules if rule.across != "teams"]
    for key, stack in stacks.items():
        promises = [
            *column_promises(stack, stacks, campaign, period, submissions),
            *listed_promises(stack, submissions),
            *rule_promises(stack, stacks, rules, broken, register),
        ]
        findings += _validate(stack, promises, submissions)
        findings += sum_findings(stack, submissions)
        if key in said:
            findings += repeat_findings(stack, said[key], submissions)
        known = previous if stack.sheet is campaign.form.declared else None  # what other cards said is not kept
        findings += period_findings(stack, campaign, period, submissions, known or {})
    findings += count_findings(stacks, campaign.form, submissions)
    findings += nil_findings(stacks, campaign, period, submissions)
    return findings


def _validate(stack: Stack, promises: Sequence[Promise], submissions: Sequence[Submission]) -> Iterator[Finding]:
    schema = schema_of(stack.sheet, [_as_check(number, promise) for number, promise in enumerate(promises)])
    try:
        schema.validate(stack.frame, lazy=True)
    except SchemaErrors as failed:
        for error in failed.schema_errors:
            yield from _failures(error, stack, promises, submissions)


def _as_check(number: int, promise: Promise) -> pa.Check:
    def holds(rows: pd.DataFrame) -> pd.Series[Any]:
        return pd.Series(promise.holds, index=rows.index)

    return pa.Check(holds, name=str(number), error=promise.rule.code, ignore_na=False)


def _failures(
    error: Any, stack: Stack, promises: Sequence[Promise], submissions: Sequence[Submission]
) -> Iterator[Finding]:
    """Turn one Pandera error into findings. A frame check comes once per column of a failing row: rows are a set."""
    is_blank = error.reason_code is SchemaErrorReason.SERIES_CONTAINS_NULLS
    if not is_blank and error.reason_code is not SchemaErrorReason.DATAFRAME_CHECK:
        raise AssertionError(f"{stack.sheet.__name__}: {error.reason_code}: {error}")
    rows = sorted({int(index) for index in error.failure_cases["index"]})
    if not is_blank and str(error.check.name).isdigit():
        promise = promises[int(error.check.name)]
        for index in rows:
            for field in promise.blames:
                yield _broken(promise, stack, index, field, submissions)
        return
    col = stack.sheet.columns()[str(error.schema.name)]
    code = BLANK if is_blank else str(error.check.error)
    for index in rows:
        if not stack.unreadable[col.field][index]:
            submission, place = at(stack, index, col.field, submissions)
            yield found_in(code, submission, place, _bound(code, col))


def _broken(promise: Promise, stack: Stack, index: int, field: str, submissions: Sequence[Submission]) -> Finding:
    submission, place = at(stack, index, field, submissions)
    said = promise.said(index)
    if isinstance(promise.rule, Rule):
        return ruled_in(promise.rule, submission, place, said)
    return found_in(promise.rule.code, submission, place, said)


def _bound(code: str, col: Column) -> dict[str, Any]:
    bounds = {"N03": col.ge, "N04": col.le, "N09": col.gt, "N10": col.lt}
    if code == BLANK and col.is_computed:
        return {"expected": col.words("原来的公式（可从相邻的行复制）")}
    return {"expected": bounds[code]} if code in bounds else {}
