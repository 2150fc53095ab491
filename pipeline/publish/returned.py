"""A return's rows as they go back to the team that sent it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.model import Stack, Submission
from pipeline.night import Night

Row = Mapping[str, Any]


@dataclass(frozen=True)
class SheetRows:
    """Rows of one sheet by field, and which record of the sender's table became which row.

    A table's rows close up; a card has a row for every declared record, empty where the sender had none. names: what
    names each row of a table, () for a card.
    """

    rows: Sequence[Row] = ()
    row_of_line: Mapping[int, int] = field(default_factory=dict)
    names: Sequence[str] = ()


class ReturnedRows:
    """The night's stacks, cut into returns again."""

    def __init__(self, night: Night) -> None:
        self._number = {submission.sha256: number for number, submission in enumerate(night.submissions)}
        self._sheets = {key: _ByReturn(stack) for key, stack in night.stacks.items()}

    def has(self, submission: Submission) -> bool:
        """Whether the return could be read; the archive may have lost it."""
        return submission.sha256 in self._number

    def of(self, submission: Submission) -> dict[str, SheetRows]:
        """Give the rows of every sheet of the return that has any, by sheet key."""
        number = self._number[submission.sha256]
        return {key: sheet.of(number) for key, sheet in self._sheets.items() if number in sheet.indices}


class _ByReturn:
    """One stack with its values as they are written again, and the rows of each return. Made once, cut often."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._columns = {name: stack.written(name) for name in stack.sheet.columns()}
        self._places: list[int] = []  # of a card's rows in the official form
        if stack.sheet.is_card():
            records = list(stack.sheet.options().records or ())
            self._places = [records.index(str(record)) for record in stack.frame["record"]]
        self.indices: dict[int, list[int]] = {}
        for index, number in enumerate(stack.submission.tolist()):
            self.indices.setdefault(number, []).append(index)

    def of(self, number: int) -> SheetRows:
        """Give the rows of one return, by its position among the night's submissions."""
        indices, names = self.indices[number], list(self._columns)
        columns = [[values[index] for index in indices] for values in self._columns.values()]
        rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        order = self._order(indices)
        by_place = dict(zip(order, rows, strict=True))
        row_count = len(self._stack.sheet.options().records or rows)
        row_of_line = {int(self._stack.line[index]): place for index, place in zip(indices, order, strict=True)}
        subjects = [] if self._places else [self._stack.subject(index) for index in indices]
        return SheetRows([by_place.get(place, {}) for place in range(row_count)], row_of_line, subjects)

    def _order(self, indices: list[int]) -> list[int]:
        """Give the place of each row in the official form: a card's by its record, a table's as sent."""
        return [self._places[index] for index in indices] if self._places else list(range(len(indices)))
