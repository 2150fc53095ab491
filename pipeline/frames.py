"""Rows with an address: a sheet as found in one file, one return as parsed, and the same sheet stacked over all returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipeline.naming import key_name, named, said
from pipeline.rawbook import RawBook, a1

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.declare.kinds import Parsed
    from pipeline.declare.sheet import Sheet


WHOLE = "合计"  # what a finding calls a row of sums over all records, whatever label it has


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
    """One sheet as found in one file: plain values, so that it can be made elsewhere, sent and kept.

    key: the sheet's. Positions are from 0, as in calamine's rows.

    lines: position of each record (a table's rows, a card's columns). slots: position of each field across them.
    values: raw cells by field, one per record. `cell(i, field)` is the A1 address in the sender's file.
    records: a card's record keys, in the order of `lines`. errors: (row, column) -> #REF! …, or "" where a formula has no
    result. sums: rows that hold sums of the records before or around them. tags: what the carried column of a correction
    workbook has beside each record, and behind that, what it has beside none; () if the sheet has no such column.
    typed, oddities: once parsed, the value of each cell by field (null: blank or unreadable), and (record, what was read) of
    each with a fault or a note.
    """

    key: str
    name: str
    lines: Sequence[int]
    slots: Mapping[str, int]
    values: Mapping[str, Sequence[Any]]
    records: Sequence[str] = ()
    errors: Mapping[tuple[int, int], str] = field(default_factory=dict)
    sums: Sequence[SumRow] = ()
    tags: Sequence[str] = ()
    is_card: bool = False
    typed: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    oddities: Mapping[str, Sequence[tuple[int, Parsed]]] = field(default_factory=dict)

    def position(self, line: int, name: str) -> tuple[int, int]:
        """Row and column, from 0, of a record's field in the sender's sheet."""
        across = (self.lines[line], self.slots[name])
        return across[::-1] if self.is_card else across

    def cell(self, line: int, name: str) -> str:
        """A1 address of a record's field; empty if the sender's sheet lacks the field."""
        return a1(*self.position(line, name)) if name in self.slots else ""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a layout worth a finding: code, sheet, and what the message needs. Given an address later."""

    code: str
    sheet: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ParsedReturn:
    """One return as far as it can be read by itself: plain values, the same wherever they are made.

    head: the file without its records: what may say whose it is, or why it could not be read. tables: in the form's order,
    parsed. content: digest of what it says apart from its cover, "" if its ledgers are blank.
    """

    head: RawBook
    tables: Sequence[Table] = ()
    remarks: Sequence[Remark] = ()
    content: str = ""

    @property
    def sha256(self) -> str:
        """Hash of the file's bytes; "" if it could not be opened."""
        return self.head.sha256


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

    def subject(self, index: int) -> str:
        """What names a row within its return, wherever it stands: the name it was sent with, its key, or what it says.

        A card's row is named by its record.
        """
        position, line = int(self.table[index]), int(self.line[index])
        if self.sheet.is_card():
            return self.tables[position].records[line]
        if position not in self._names:
            self._names[position] = self._named(position)
        return self._names[position][line]

    def written(self, name: str) -> Sequence[Any]:
        """Give a column's values as they were read; what is blank or could not be read, as the sender has it."""
        return self._written[name]

    @cached_property
    def _written(self) -> dict[str, list[Any]]:
        return {name: self._as_written(name) for name in self.sheet.columns()}

    def _as_written(self, name: str) -> list[Any]:
        column = self.frame[name]
        values = [*column.dt.to_pydatetime()] if column.dtype.kind == "M" else column.astype(object).tolist()
        for index in column.index[column.isna()]:
            table, line = self.where(int(index))
            values[index] = table.values[name][line] if name in table.values else None
        return values

    @cached_property
    def _said(self) -> list[list[str]]:
        """What each row says, column by column."""
        return [list(map(said, self.written(name))) for name in self.sheet.telling()]

    @cached_property
    def _names(self) -> dict[int, list[str]]:
        """Names of each table's rows, by its position: made when one of them is asked for."""
        return {}

    @cached_property
    def _keys(self) -> list[str]:
        """The declared key of each row, where it is filled and nowhere else in the return."""
        key = self.sheet.options().key
        if not key:
            return [""] * len(self.frame)
        values = self.frame[key]
        usable = values.notna() & ~self.frame.duplicated(["submission", key], keep=False)
        return [key_name(str(value)) if ok else "" for value, ok in zip(values, usable, strict=True)]

    def _named(self, position: int) -> list[str]:
        start, tags = int(self.table.searchsorted(position)), self.tables[position].tags
        rows = range(start, start + len(self.tables[position].lines))
        keys = self._keys[rows.start : rows.stop]
        if all(keys) and not any(tags):
            return keys
        return named(keys, [tuple(column[index] for column in self._said) for index in rows], tags)
