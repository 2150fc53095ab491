"""Parsed returns -> checked returns: a batch of them, each by itself; and what a district needs of each is kept.

A pure function of the files, the form, the period and what counted before. Rows live as long as the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.answers import answers_in
from pipeline.campaign import Campaign
from pipeline.check.alike import is_compared
from pipeline.check.alone import check_alone
from pipeline.check.before import frames_before
from pipeline.check.between import sheets_across
from pipeline.check.nil import stating_nil
from pipeline.check.other_form import remarks_in
from pipeline.check.repeats import Said, said_by
from pipeline.check.rules import Broken
from pipeline.check.tally import tally
from pipeline.check.together import needs_believable_unit
from pipeline.check.whose import Register
from pipeline.checked import CheckedReturn, Declared, Lines
from pipeline.declare import YesNo
from pipeline.figures import column_sums, figures_of, ledger_sums
from pipeline.frames import ParsedReturn, records_of
from pipeline.layout import layout_findings
from pipeline.memory import Figures
from pipeline.model import Finding, Period, Stack, Submission
from pipeline.stack import stack as stacked
from pipeline.workdays import Workdays

Parts = dict[int, dict[Any, Any]]  # submission -> name -> part


def examine(
    returns: Sequence[tuple[Submission, ParsedReturn]],
    campaign: Campaign,
    period: Period,
    previous: Mapping[str, Figures] | None = None,
    earlier: Mapping[str, ParsedReturn] | None = None,
) -> list[CheckedReturn]:
    """Check a batch of returns of a period, each by itself. previous: as in `check_alone`. earlier: the returns that count for
    the period before, by team code, if a rule asks for their rows."""
    form, submissions = campaign.form, [submission for submission, _ in returns]
    stacks, findings = stacked(returns, form, period.only_month)
    findings += (
        each
        for submission, one in returns
        for each in layout_findings(submission, remarks_in(one, campaign, period), campaign.words)
    )
    said = {key: said_by(stack) for key, stack in stacks.items() if is_compared(stack.sheet)}
    broken: Broken = {}
    register = Register.of(campaign, [each.team for each in submissions], previous)
    before = frames_before(returns, stacks, earlier or {}, campaign, period)
    findings += check_alone(stacks, said, campaign, period, submissions, broken, register, previous, before)
    mine: dict[str, list[Finding]] = {each.sha256: [] for each in submissions}
    for finding in findings:
        mine[finding.submission].append(finding)
    figures, sums = figures_of(stacks, submissions, form), ledger_sums(stacks, form)
    nil, amounts, lines = stating_nil(stacks, form), _amounts(stacks), lines_of(stacks, said, campaign.workdays)
    noes = _noes(stacks)
    across, cover = sheets_across(form.rules), form.in_role("cover")
    checked = []
    for number, (submission, parsed) in enumerate(returns):
        tables = {table.key: table for table in parsed.tables}
        front, declared = tables.get(cover.key()) if cover else None, tables.get(form.declared.key())
        checked.append(
            CheckedReturn(
                findings=mine[submission.sha256],
                unevaluated=broken,
                asked={title: campaign.told(submission.team, title) for title in sorted(register.asked)},
                figures=figures.get(submission.sha256, {}),
                sums=sums.get(number, {}),
                is_nil=number in nil,
                answers=answers_in(records_of(parsed, form), campaign),
                cover={name: values[0] for name, values in front.typed.items() if values} if front else {},
                amounts=amounts.get(number, {}),
                lines=lines.get(number, {}),
                noes=noes.get(number, {}),
                whole={key: tables[key] for key in across if key in tables},
                declared=Declared.of(declared, form.total_record) if declared else None,
            )
        )
    return checked


def _amounts(stacks: Mapping[str, Stack]) -> Parts:
    """Keep the amounts whose unit must be believable."""
    parts: Parts = {}
    for key, stack in stacks.items():
        for name, col in stack.sheet.columns().items():
            if needs_believable_unit(col):
                values = stack.frame[name].to_numpy(float, na_value=np.nan)
                for number, rows in _rows(stack):
                    parts.setdefault(number, {})[key, name] = values[rows].tobytes()
    return parts


def lines_of(stacks: Mapping[str, Stack], said: Mapping[str, Said], workdays: Workdays) -> Parts:
    """Keep what the rows of ledgers say, hashed, and what is tallied of their numbers and days."""
    parts: Parts = {}
    for key, each in said.items():
        stack, sums, told = stacks[key], column_sums(stacks[key]), tally(stacks[key], workdays)
        for source, (number, rows) in enumerate(_rows(stack)):
            words, is_enough = each.words[rows].tobytes(), each.is_enough[rows].tobytes()
            mine = {name: added.get(number, 0) for name, added in sums.items()}
            name = stack.records[source].table.name
            parts.setdefault(number, {})[key] = Lines(words, is_enough, name, mine, told.of(source, rows))
    return parts


def _noes(stacks: Mapping[str, Stack]) -> Parts:
    """Count, by ledger and column, the rows in which a question is answered with no."""
    parts: Parts = {}
    for key, stack in stacks.items():
        for name, col in stack.sheet.columns().items() if is_compared(stack.sheet) else ():
            if issubclass(col.kind, YesNo):
                says_no = (stack.frame[name] == col.choices[-1]).fillna(False).to_numpy(bool)
                numbers, counts = np.unique(stack.submission[says_no], return_counts=True)
                for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
                    parts.setdefault(number, {})[key, name] = count
    return parts


def _rows(stack: Stack) -> list[tuple[int, slice]]:
    """Give the rows of each return in a stack: submission, from row to row."""
    ends = np.searchsorted(stack.source, np.arange(len(stack.records) + 1)).tolist()
    return [(number, slice(ends[place], ends[place + 1])) for place, number in enumerate(stack.present)]
