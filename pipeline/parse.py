"""Raw cells -> typed frames that know where each row came from, and findings for what would not parse.

What is certain is read as meant and recorded as a NOTE, what is not becomes null, unreadable, and a finding. One frame per
sheet over all returns: the checks that follow are then one call per sheet, however many returns there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from pipeline.declare import Column, Form, Sheet
from pipeline.declare.kinds import BLANK, Parsed
from pipeline.model import Finding, Stack, Submission, Table
from pipeline.wording import Place, found_in

NOTED = "K01"


@dataclass(frozen=True, slots=True)
class Return:
    """One submission and the tables found in it."""

    submission: Submission
    tables: Sequence[Table]


def parse(returns: Sequence[Return], form: Form) -> tuple[dict[str, Stack], list[Finding]]:
    """Stack every sheet of the form over all returns, typed. Returns stacks by sheet key, and findings about cells."""
    stacks: dict[str, Stack] = {}
    findings: list[Finding] = []
    for sheet in form.sheets:
        found = [
            (number, table) for number, each in enumerate(returns) for table in each.tables if table.sheet is sheet
        ]
        stack = _stack(sheet, found)
        stacks[sheet.key()] = stack
        findings += _findings(stack, [each.submission for each in returns])
    return stacks, findings


def _stack(sheet: type[Sheet], found: Sequence[tuple[int, Table]]) -> Stack:
    sizes = [len(table.lines) for _, table in found]
    columns: dict[str, pd.Series[Any]] = {}
    unreadable: dict[str, Any] = {}
    oddities: dict[str, list[tuple[int, Parsed]]] = {}
    for name, col in sheet.columns().items():
        parsed, odd = parse_column(_cells(name, found), col)
        columns[name] = col.kind.series(parsed)
        lost = np.zeros(len(parsed), dtype=bool)
        lost[[index for index, cell in odd if cell.fault]] = True
        lost |= np.repeat([name not in table.slots for _, table in found], sizes) if found else lost
        unreadable[name], oddities[name] = lost, odd
    frame = pd.DataFrame(columns)
    if sheet.is_card():
        frame["record"] = [record for _, table in found for record in table.records]
    frame["submission"] = (
        np.repeat([number for number, _ in found], sizes).astype("int64") if found else pd.Series(dtype="int64")
    )
    return Stack(
        sheet,
        frame,
        [table for _, table in found],
        [number for number, _ in found],
        np.repeat(np.arange(len(found)), sizes),
        np.concatenate([np.arange(size) for size in sizes]) if sizes else np.arange(0),
        frame["submission"].to_numpy(),
        unreadable,
        oddities,
    )


def _cells(name: str, found: Sequence[tuple[int, Table]]) -> Iterator[Any]:
    """Chain one column's raw cells over all returns; a cell in error comes as the fault itself."""
    return chain.from_iterable(_cells_of(name, table) for _, table in found)


def _cells_of(name: str, table: Table) -> Sequence[Any]:
    cells = table.values.get(name, [None] * len(table.lines))
    if not table.errors or name not in table.slots:
        return cells
    errors = [table.errors.get(table.position(line, name)) for line in range(len(cells))]
    return [cell if error is None else _failed(error) for cell, error in zip(cells, errors, strict=True)]


def _failed(error: str) -> Parsed:
    return Parsed(fault="E01", expected=error) if error else Parsed(fault="E02")


def parse_column(cells: Iterable[Any], col: Column) -> tuple[list[Any], list[tuple[int, Parsed]]]:
    """Parse one column. Returns its values, and (index, parsed) of each cell with a fault or a note.

    People repeat themselves: each distinct cell of a type is parsed once.
    """
    known: dict[type, _Known] = defaultdict(lambda: _Known(col))
    read = [known[type(raw)][raw] for raw in cells]
    odd = [(index, parsed) for index, parsed in enumerate(read) if parsed.fault or parsed.note]
    return [parsed.value for parsed in read], odd


class _Known(dict[Any, Parsed]):
    """Raw cells of one type in one column -> what each says, parsed when it is first met."""

    def __init__(self, col: Column) -> None:
        self._col = col

    def __missing__(self, raw: Any) -> Parsed:
        if isinstance(raw, Parsed):
            parsed = raw
        else:
            parsed = BLANK if raw is None or raw == "" else self._col.kind.parse_cell(raw, self._col)
        self[raw] = parsed
        return parsed


def _findings(stack: Stack, submissions: Sequence[Submission]) -> Iterator[Finding]:
    for name, odd in stack.oddities.items():
        for index, parsed in odd:
            table, line = stack.where(index)
            said: Mapping[str, Any] = {"note": parsed.note} if not parsed.fault else {}
            if parsed.fault == "E01":
                said = {"value": parsed.expected}
            elif parsed.fault and parsed.expected:
                said = {"expected": parsed.expected}
            submission = submissions[int(stack.submission[index])]
            yield found_in(parsed.fault or NOTED, submission, Place(table, line, name, stack.subject(index)), said)
