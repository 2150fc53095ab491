"""Parsed returns -> typed frames that know where each row came from, and findings for what would not parse.

One frame per sheet over all returns: the checks that follow are then one call per sheet, however many returns there are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.declare import Column, Day, Form, Sheet
from pipeline.declare.kinds import Parsed
from pipeline.frames import ParsedReturn, Records
from pipeline.model import Finding, Stack, Submission, Table
from pipeline.wording import Place, found_in

NOTED = "K01"


def stack(
    returns: Sequence[tuple[Submission, ParsedReturn]], form: Form, month: dt.date | None = None
) -> tuple[dict[str, Stack], list[Finding]]:
    """Stack every sheet of the form over all returns. Gives stacks by sheet key, and findings about cells.

    month: the first day of the one month that the returns are about, if they are: days without a month are in it.
    """
    stacks: dict[str, Stack] = {}
    findings: list[Finding] = []
    submissions = [submission for submission, _ in returns]
    for sheet in form.sheets:
        key = sheet.key()
        found = [
            (number, table) for number, (_, each) in enumerate(returns) for table in each.tables if table.key == key
        ]
        stacks[key] = stack_sheet(sheet, found, month)
        findings += _findings(stacks[key], submissions)
    return stacks, findings


def stack_sheet(sheet: type[Sheet], found: Sequence[tuple[int, Table]], month: dt.date | None = None) -> Stack:
    """Stack one sheet over the returns that have it, each with its number. month: as for `stack`."""
    sizes = [len(table.lines) for _, table in found]
    starts = np.cumsum([0, *sizes]).tolist()
    columns: dict[str, pd.Series[Any]] = {}
    unreadable: dict[str, Any] = {}
    oddities: dict[str, list[tuple[int, Parsed]]] = {}
    for name, col in sheet.columns().items():
        values: list[Any] = []
        for _, table in found:
            values += table.typed.get(name) or [None] * len(table.lines)
        odd = [
            (start + line, parsed)
            for start, (_, table) in zip(starts, found, strict=False)
            for line, parsed in table.oddities.get(name, ())
        ]
        if month and odd and issubclass(col.kind, Day):
            odd = _in_month(odd, [cell for _, table in found for cell in _raw(table, name)], month, col)
            for index, parsed in odd:
                values[index] = parsed.value
        columns[name] = col.kind.series(values)
        lost = np.zeros(len(values), dtype=bool)
        lost[[index for index, cell in odd if cell.fault]] = True
        lost |= np.repeat([name not in table.slots for _, table in found], sizes) if found else lost
        unreadable[name], oddities[name] = lost, odd
    for name, col in sheet.absent().items():
        count = sum(sizes)
        columns[name], unreadable[name] = col.kind.series([None] * count), np.ones(count, dtype=bool)
    frame = pd.DataFrame(columns, copy=False)
    if sheet.is_card():
        frame["record"] = [record for _, table in found for record in table.records]
    frame["submission"] = (
        np.repeat([number for number, _ in found], sizes).astype("int64") if found else pd.Series(dtype="int64")
    )
    return Stack(
        sheet,
        frame,
        [Records(sheet, table) for _, table in found],
        [number for number, _ in found],
        np.repeat(np.arange(len(found)), sizes),
        np.concatenate([np.arange(size) for size in sizes]) if sizes else np.arange(0),
        frame["submission"].to_numpy(),
        unreadable,
        oddities,
    )


def _in_month(
    odd: Sequence[tuple[int, Parsed]], raws: Sequence[Any], month: dt.date, col: Column
) -> list[tuple[int, Parsed]]:
    """Read days again that lack a month, all of which are in one."""
    assert issubclass(col.kind, Day)
    return [(index, col.kind.in_month(raws[index], month, col) or parsed) for index, parsed in odd]


def _raw(table: Table, name: str) -> Sequence[Any]:
    return table.values.get(name) or [None] * len(table.lines)


def _findings(stack: Stack, submissions: Sequence[Submission]) -> Iterator[Finding]:
    for name, odd in stack.oddities.items():
        col = stack.sheet.columns()[name]
        for index, parsed in odd:
            if col.is_computed and not (col.is_added and parsed.fault):
                continue
            table, line = stack.where(index)
            said: Mapping[str, Any] = {"note": parsed.note} if not parsed.fault else {}
            if parsed.fault == "E01":
                said = {"value": parsed.expected}
            elif parsed.fault and parsed.expected:
                said = {"expected": parsed.expected}
            submission = submissions[int(stack.submission[index])]
            place = Place(stack.sheet, table, line, name, stack.subject(index))
            yield found_in(parsed.fault or NOTED, submission, place, said)
