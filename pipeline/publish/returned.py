"""A return's rows as they go back to the team that sent it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pipeline.model import Night, Stack, Submission

Row = Mapping[str, Any]


@dataclass(frozen=True)
class SheetRows:
    """Rows of one sheet by field, and which record of the sender's table became which row.

    A table's rows close up; a card has a row for every declared record, empty where the sender had none.
    """

    rows: Sequence[Row] = ()
    row_of_line: Mapping[int, int] = field(default_factory=dict)


class ReturnedRows:
    """The night's stacks, cut into returns again."""

    def __init__(self, night: Night) -> None:
        self._stacks = night.stacks
        self._number = {submission.sha256: number for number, submission in enumerate(night.submissions)}
        self._indices = {key: _by_submission(stack) for key, stack in night.stacks.items()}

    def of(self, submission: Submission) -> dict[str, SheetRows]:
        """Give the rows of every sheet of the return that has any, by sheet key."""
        number = self._number[submission.sha256]
        return {
            key: _rows(stack, self._indices[key][number])
            for key, stack in self._stacks.items()
            if number in self._indices[key]
        }


def _by_submission(stack: Stack) -> dict[int, list[int]]:
    indices: dict[int, list[int]] = {}
    for index, number in enumerate(stack.submission):
        indices.setdefault(int(number), []).append(index)
    return indices


def _rows(stack: Stack, indices: list[int]) -> SheetRows:
    """Give a value as it was read; what is blank or could not be read, as the sender has it."""
    places = [stack.where(index) for index in indices]
    rows: list[dict[str, Any]] = [{} for _ in places]
    for name in stack.sheet.columns():
        values = stack.frame[name].iloc[indices].astype(object)
        for row, value, (table, line) in zip(rows, values, places, strict=True):
            if not pd.isna(value):
                row[name] = value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
            elif name in table.values:
                row[name] = table.values[name][line]
    order = _order(stack, indices)
    by_place = dict(zip(order, rows, strict=True))
    row_count = len(stack.sheet.options().records or rows)
    row_of_line = {line: place for (_, line), place in zip(places, order, strict=True)}
    return SheetRows([by_place.get(place, {}) for place in range(row_count)], row_of_line)


def _order(stack: Stack, indices: list[int]) -> list[int]:
    """Give the place of each row in the official form: a card's by its record, a table's as sent."""
    if not stack.sheet.is_card():
        return list(range(len(indices)))
    records = list(stack.sheet.options().records or ())
    return [records.index(str(record)) for record in stack.frame["record"].iloc[indices]]
