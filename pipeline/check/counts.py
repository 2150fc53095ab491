"""How many records a table has, where its Config says how many it must have (S18). One of a nil return may be blank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pipeline.check.nil import stating_nil
from pipeline.declare import Form
from pipeline.model import Finding, Stack, Submission, a1
from pipeline.wording import found


def count_findings(stacks: Mapping[str, Stack], form: Form, submissions: Sequence[Submission]) -> Iterator[Finding]:
    """Find tables with too few or too many records, at the first row that is missing or one too many."""
    limited = [sheet for sheet in form.tabs if sheet.options().at_least or sheet.options().at_most is not None]
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
                    "title": sheet.title(), "value": count, "expected": expected(options.at_least, options.at_most),
                    "sheet": table.name, "sheet_key": sheet.key(), "subject": "rows", "cell": a1(row, place), "row": row + 1,
                    **({"field": field, "line": options.at_most} if is_many else {}),
                }  # fmt: skip
                yield found("S18", submissions[number], said)


def expected(at_least: int, at_most: int | None) -> str:
    """Say how many records there must be: 恰好 5 行, 至少 3 行, 至多 10 行, 3 至 10 行."""
    if at_most is None:
        return f"至少 {at_least} 行"
    if not at_least:
        return f"至多 {at_most} 行"
    return f"恰好 {at_least} 行" if at_least == at_most else f"{at_least} 至 {at_most} 行"
