"""How many records a table has, where its Config says how many it must have (R02). One of a nil return may be blank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pipeline.check.nil import stating_nil
from pipeline.declare import Form
from pipeline.model import Finding, Stack, Submission, a1
from pipeline.wording import found


def count_findings(stacks: Mapping[str, Stack], form: Form, submissions: Sequence[Submission]) -> Iterator[Finding]:
    """Find tables with too few or too many records, at the first row that is missing or one too many."""
    limited = [sheet for sheet in form.tabs if sheet.options().is_counted]
    if not limited:
        return
    nil = stating_nil(stacks, form)
    for sheet in limited:
        options, stack = sheet.options(), stacks[sheet.key()]
        counts = np.bincount(stack.source, minlength=len(stack.records)).tolist()
        for number, records, count in zip(stack.present, stack.records, counts, strict=True):
            is_few = count < options.at_least and not (number in nil and count == 0)
            is_many = options.at_most is not None and count > options.at_most
            if is_few or is_many:
                table = records.table
                field, place = min(table.slots.items(), key=lambda slot: slot[1])
                row = table.lines[options.at_most or 0] if is_many else 1 + max(table.lines, default=table.first - 1)
                said = {
                    "title": sheet.title(), "value": count, "expected": options.count_says(sheet.wording()),
                    "sheet": table.name, "sheet_key": sheet.key(), "subject": "rows", "cell": a1(row, place), "row": row + 1,
                    **({"field": field, "line": options.at_most} if is_many else {}),
                }  # fmt: skip
                yield found("R02", submissions[number], said, words=sheet.wording())
