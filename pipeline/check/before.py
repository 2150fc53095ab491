"""Rows of the period before, for rules that ask for them: as frames, and what has become of them in this period's sheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.campaign import Campaign
from pipeline.check.nil import blank_when_nil, stating_nil
from pipeline.check.other_form import is_on_its_form
from pipeline.check.rules import Broken, unless_broken
from pipeline.check.whose import Register
from pipeline.declare import Rule, Sheet
from pipeline.declare.kinds import show
from pipeline.declare.rules import ROWS_BEFORE
from pipeline.frames import ParsedReturn
from pipeline.model import Finding, Period, Stack, Submission, Table
from pipeline.stack import stack_sheet
from pipeline.wording import brief, ruled_about


def frames_before(
    returns: Sequence[tuple[Submission, ParsedReturn]],
    stacks: Mapping[str, Stack],
    earlier: Mapping[str, ParsedReturn],
    campaign: Campaign,
    period: Period,
) -> dict[str, Stack]:
    """Stack what rules ask for of the period before, by the names of the frames; rows bear the number of this period's return.

    stacks: of this period's. earlier: the returns that count for the period before, by team code. There are no rows beside a
    return on another period's form, which is sent anew; nor of a sheet that a nil return must leave blank.
    """
    keys = sorted({key for rule in campaign.form.rules for key in rule.sheets_before})
    if not keys:
        return {}
    last = campaign.before(period)
    nil, blank = stating_nil(stacks, campaign.form), {sheet.key() for sheet in blank_when_nil(campaign, period)}
    beside = [
        (number, one)
        for number, (submission, parsed) in enumerate(returns)
        if (one := earlier.get(submission.team)) and is_on_its_form(parsed, campaign)
    ]
    frames = {}
    for key in keys:
        found = [
            (number, table)
            for number, one in beside
            for table in one.tables
            if table.key == key and not (key in blank and number in nil)
        ]
        frames[key + ROWS_BEFORE] = stack_sheet(_sheet(key, campaign, last), found, last.only_month if last else None)
    return frames


def _sheet(key: str, campaign: Campaign, period: Period | None) -> type[Sheet]:
    """Give a sheet as it was in a period; as it is now if it was not there, and then there are no rows of it."""
    forms = (campaign.form_for(period.key) if period else campaign.form, campaign.form, campaign.whole_form)
    return next(sheet for form in forms for sheet in form.sheets if sheet.key() == key)


def findings_before(
    rules: Sequence[Rule],
    stacks: Mapping[str, Stack],
    submissions: Sequence[Submission],
    broken: Broken,
    register: Register,
) -> Iterator[Finding]:
    """Say what is wrong with what became of rows of the period before: of this period's sheet, where the return has it.

    stacks: by the names that rules have for their frames.
    """
    for rule in rules:
        if rule.is_about_before:
            before, now = stacks[rule.frames[0]], stacks[rule.sheets[0]]
            tables = {number: each.table for number, each in zip(now.present, now.records, strict=True)}
            for promise in unless_broken(rule, stacks, broken, register):
                for index in np.flatnonzero(~promise.holds).tolist():
                    number = int(before.submission[index])
                    if number in tables:
                        about = _about(now.sheet, tables[number], before, index, *promise.blames)
                        said = {name: _brief(value) for name, value in promise.said(index).items()}
                        yield ruled_about(rule, submissions[number], now.sheet, about, said)


def _brief(value: Any) -> Any:
    """Shorten a long text: what its row said stands in a return that is not at hand."""
    return brief(value) if isinstance(value, str) else value


def _about(sheet: type[Sheet], table: Table, before: Stack, index: int, field: str) -> dict[str, Any]:
    """Give what a finding says of a row of the period before: named as it was there, in the column of this period's sheet."""
    col, (then, line) = sheet.columns()[field], before.where(index)
    return {
        "title": col.title,
        "value": show(then.values[field][line]) if field in then.slots else "",
        "unit": col.unit or col.words.of("个"),
        "example": col.example,
        "expected": col.expected,
        "sheet": table.name,
        "sheet_key": sheet.key(),
        "column": str(col.title),
        "field": field,
        "subject": before.subject(index),
    }
