"""Rows of sums (合计, 小计), which are not records: they are left out of every total, and checked against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pipeline.check.amounts import same, shown
from pipeline.declare.kinds import Number
from pipeline.frames import WHOLE
from pipeline.model import Finding, Stack, Submission, SumRow, Table, a1
from pipeline.wording import found


def sum_findings(stack: Stack, submissions: Sequence[Submission]) -> Iterator[Finding]:
    """Compare each row of sums with the records that it adds up, where all of them could be read.

    A spreadsheet's sum leaves out numbers that were typed as text. We read them, so either sum is right.
    """
    numbers = [(name, col, col.kind) for name, col in stack.sheet.columns().items() if issubclass(col.kind, Number)]
    starts = np.searchsorted(stack.source, np.arange(len(stack.records)))
    for position, table in enumerate(each.table for each in stack.records):
        for number, each in enumerate(table.sums, 1):
            rows = slice(int(starts[position]) + each.first, int(starts[position]) + each.behind)
            for name, col, kind in numbers:
                printed = kind.parse_cell(each.values.get(name), col).value
                values = table.typed.get(name, ())[each.first : each.behind]
                if printed is None or stack.unreadable[name][rows].any() or (col.is_required and None in values):
                    continue
                want = kind.added(values)
                if not same(printed, want) and not same(printed, kind.added(_numbers_alone(table, each, name))):
                    submission = submissions[stack.present[position]]
                    yield _wrong_sum(
                        stack, submission, position, each, _named(table, each, number), name, printed, want
                    )


def _numbers_alone(table: Table, each: SumRow, name: str) -> Iterator[Any]:
    """Give the values that a row of sums adds up, but for those that were typed as text."""
    typed, raw = table.typed.get(name, ()), table.values.get(name, ())
    for value, cell in zip(typed[each.first : each.behind], raw[each.first : each.behind], strict=False):
        if not isinstance(cell, str):
            yield value


def _named(table: Table, each: SumRow, number: int) -> str:
    """Name a row of sums. One of all records has the same name under whatever label, as a correction has but one."""
    is_whole = (each.first, each.behind) == (0, len(table.lines))
    return f"{WHOLE if is_whole else each.label} {number}"


def _wrong_sum(
    stack: Stack, submission: Submission, position: int, each: SumRow, subject: str, name: str, printed: Any, want: Any
) -> Finding:
    table, col = stack.records[position].table, stack.sheet.columns()[name]
    said = {
        "sheet": table.name,
        "sheet_key": stack.sheet.key(),
        "cell": a1(each.row, table.slots[name]),
        "row": each.row + 1,
        "column": str(col.title),
        "field": name,
        "subject": subject,
        "title": str(col.title),
        "value": shown(printed),
        "expected": shown(want),
        "difference": shown(abs(float(printed) - float(want))),
    }
    return found("S07", submission, said, words=stack.sheet.wording())
