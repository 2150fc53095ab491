"""Rows with an address: a sheet as found in one file, and the same sheet stacked over all returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipeline.rawbook import a1

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.declare.kinds import Parsed
    from pipeline.declare.sheet import Sheet


@dataclass(frozen=True, slots=True)
class SumRow:
    """A row of sums among the records: its position, its label, the records it adds up (first, behind the last), raw values."""

    row: int
    label: str
    first: int
    behind: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """One sheet as found in one file, before typing. Positions are from 0, as in calamine's rows.

    lines: position of each record (a table's rows, a card's columns). slots: position of each field across them.
    values: raw cells by field, one per record. `cell(i, field)` is the A1 address in the sender's file.
    records: a card's record keys, in the order of `lines`. errors: (row, column) -> #REF! …, or "" where a formula has no
    result. sums: rows that hold sums of the records before or around them.
    """

    sheet: type[Sheet]
    name: str
    lines: Sequence[int]
    slots: Mapping[str, int]
    values: Mapping[str, Sequence[Any]]
    records: Sequence[str] = ()
    errors: Mapping[tuple[int, int], str] = field(default_factory=dict)
    sums: Sequence[SumRow] = ()

    def position(self, line: int, name: str) -> tuple[int, int]:
        """Row and column, from 0, of a record's field in the sender's sheet."""
        across = (self.lines[line], self.slots[name])
        return across[::-1] if self.sheet.is_card() else across

    def cell(self, line: int, name: str) -> str:
        """A1 address of a record's field; empty if the sender's sheet lacks the field."""
        return a1(*self.position(line, name)) if name in self.slots else ""


@dataclass(frozen=True)
class Stack:
    """One sheet over all returns: a typed frame with index 0…n-1, and beside it where each row came from.

    Beside the declared columns the frame has `submission` (index into the night's submissions) and, for a card, `record`.
    present: the submission of each of `tables`, also of one without rows.
    table: the Table of each row (index into `tables`). line: its record there. unreadable: per field, rows whose cell held
    something that could not be read (the frame has null there). oddities: per field, (index, what was read) of each cell
    with a fault or a note.
    """

    sheet: type[Sheet]
    frame: pd.DataFrame
    tables: Sequence[Table]
    present: Sequence[int]
    table: Any  # numpy array of int
    line: Any  # numpy array of int
    submission: Any  # numpy array of int, index into the night's submissions
    unreadable: Mapping[str, Any]  # field -> numpy array of bool
    oddities: Mapping[str, Sequence[tuple[int, Parsed]]] = field(default_factory=dict)

    def where(self, index: int) -> tuple[Table, int]:
        """Give the table and the record in it that a row of the frame came from."""
        return self.tables[int(self.table[index])], int(self.line[index])

    @cached_property
    def _subjects(self) -> list[str]:
        key = self.sheet.options().key
        if self.sheet.is_card():
            return [str(record) for record in self.frame["record"]]
        if not key:
            return [""] * len(self.frame)
        named = self.frame[key]
        usable = named.notna() & ~self.frame.duplicated(["submission", key], keep=False)
        return [str(name) if ok else "" for name, ok in zip(named, usable, strict=True)]

    def subject(self, index: int) -> str:
        """What names a row within its return, also when rows move: its key if that is unique there, else its Excel row."""
        table, line = self.where(index)
        return self._subjects[index] or f"第{table.lines[line] + 1}行"
