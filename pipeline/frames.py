"""Rows with an address: a sheet as found in one file, one return as parsed, and the same sheet stacked over all returns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipeline.naming import key_name, named, said
from pipeline.rawbook import RawBook, a1

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.declare.form import Form
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
    each with a fault or a note. places: row and column of fields that do not stand where records and fields cross. first: the
    row in which a table's first record may stand.
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
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    first: int = 0

    def position(self, line: int, name: str) -> tuple[int, int]:
        """Row and column, from 0, of a record's field in the sender's sheet."""
        if name in self.places:
            return self.places[name]
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
    parsed. content: digest of what it says apart from its cover, "" if its ledgers are blank. form: the first period of the
    form that it was read with, "" if the campaign has one only. alike: that of each other form that it is drawn as no less.
    is_outline: some tables are here without their records, which the cache has.
    """

    head: RawBook
    tables: Sequence[Table] = ()
    remarks: Sequence[Remark] = ()
    content: str = ""
    form: str = ""
    alike: Sequence[str] = ()
    is_outline: bool = False

    def outline(self, keys: Collection[str]) -> ParsedReturn:
        """Leave out the records of the tables of these keys."""
        tables = (Table(each.key, each.name, (), each.slots, {}) if each.key in keys else each for each in self.tables)
        return replace(self, tables=tuple(tables), is_outline=True)

    @property
    def sha256(self) -> str:
        """Hash of the file's bytes; "" if it could not be opened."""
        return self.head.sha256


@dataclass(frozen=True)
class Records:
    """The records of one sheet of one return: what each says, where it stands, and what names it there."""

    sheet: type[Sheet]
    table: Table

    def subject(self, line: int) -> str:
        """What names a record within its return, wherever it stands: the name it was sent with, its key, or what it says.

        A card's is its record.
        """
        if self.table.is_card:
            return self.table.records[line]
        return key_name(str(self._own_keys[line])) if self._own_keys else self._names[line]

    def written(self, name: str) -> Sequence[Any]:
        """Give a column's values as they were read; what is blank or could not be read, as the sender has it."""
        raw = self.table.values.get(name) or [None] * len(self.table.lines)
        typed = self.table.typed.get(name)
        return (
            raw if typed is None else [cell if value is None else value for value, cell in zip(typed, raw, strict=True)]
        )

    @cached_property
    def _own_keys(self) -> Sequence[Any]:
        """The declared key of each record, if every one has its own and none another name; () otherwise."""
        key = self.sheet.options().key
        values = self.table.typed.get(key, ()) if key and not any(self.table.tags) else ()
        distinct = set(values)
        return values if len(distinct) == len(values) and distinct.isdisjoint((None, "")) else ()

    @cached_property
    def _names(self) -> list[str]:
        """Names of the records: made when one of them is asked for."""
        keys, tags = self._keys(), self.table.tags
        columns = [list(map(said, self.written(name))) for name in self.sheet.telling()]
        rows = list(zip(*columns, strict=True)) if columns else [()] * len(keys)
        return named(keys, rows, tags)

    def _keys(self) -> list[str]:
        """The declared key of each record, where it is filled and nowhere else in the return; "" elsewhere."""
        key = self.sheet.options().key
        values = self.table.typed.get(key) if key else None
        if values is None:
            return [""] * len(self.table.lines)
        times = Counter(value for value in values if value is not None)
        return [key_name(str(value)) if times[value] == 1 else "" for value in values]


def records_of(parsed: ParsedReturn, form: Form) -> dict[str, Records]:
    """Give the records of every sheet of a form that a return has, by sheet key."""
    sheets = {sheet.key(): sheet for sheet in form.sheets}
    return {table.key: Records(sheets[table.key], table) for table in parsed.tables if table.key in sheets}


@dataclass(frozen=True)
class Stack:
    """One sheet over several returns: a typed frame with index 0…n-1, and beside it where each row came from.

    Beside the declared columns the frame has `submission` (index into the submissions) and, for a card, `record`.
    present: the submission of each of `records`, also of those without rows.
    source: the Records of each row (index into `records`). line: its record there. unreadable: per field, rows whose cell held
    something that could not be read (the frame has null there). oddities: per field, (index, what was read) of each cell
    with a fault or a note.
    """

    sheet: type[Sheet]
    frame: pd.DataFrame
    records: Sequence[Records]
    present: Sequence[int]
    source: Any  # numpy array of int
    line: Any  # numpy array of int
    submission: Any  # numpy array of int, index into the submissions
    unreadable: Mapping[str, Any]  # field -> numpy array of bool
    oddities: Mapping[str, Sequence[tuple[int, Parsed]]] = field(default_factory=dict)

    def where(self, index: int) -> tuple[Table, int]:
        """Give the table and the record in it that a row of the frame came from."""
        return self.records[int(self.source[index])].table, int(self.line[index])

    def subject(self, index: int) -> str:
        """What names a row within its return, as `Records` does."""
        return self.records[int(self.source[index])].subject(int(self.line[index]))
