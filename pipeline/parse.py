"""A file's raw cells -> a parsed return: where things are, and what each cell says. Pure, and without pandas.

What is certain is read as meant and remarked, what is not becomes null and a fault. Nothing here needs another return, the
register or the day: a process that reads, another machine and a test make the same of the same file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipeline.declare import Column, Form, Sheet
from pipeline.declare.kinds import BLANK, Number, Parsed
from pipeline.frames import ParsedReturn, Table
from pipeline.layout import Layout, locate
from pipeline.rawbook import RawBook

MOST_KNOWN = 20_000  # distinct cells of a column that are remembered


class Parser:
    """Parses returns of one form. People repeat themselves: each distinct cell of a type is parsed once.

    name: what returns call the form that they were read with.
    """

    def __init__(self, form: Form, name: str = "") -> None:
        self.form, self.name = form, name
        self._known = {
            sheet.key(): {name: _Known(col) for name, col in sheet.columns().items()} for sheet in form.sheets
        }
        self._listed = {col.sheet.key() for col in form.columns() if col.listed}

    def parse(self, book: RawBook) -> ParsedReturn:
        """Parse one file. One that could not be read has no tables."""
        return self.typed(book, locate(book, self.form))

    def typed(self, book: RawBook, layout: Layout) -> ParsedReturn:
        """Parse one file, given where things are in it."""
        tables = tuple(self._typed(table) for table in layout.tables)
        if self.form.derived is not None:
            tables = (*tables, _totals(self.form.derived, {table.key: table for table in tables}))
        return ParsedReturn(book.head(), tables, layout.remarks, layout.content(self.form), self.name)

    def renewed(self, parsed: ParsedReturn) -> ParsedReturn:
        """Read anew what was parsed before by other lists; where things are does not depend on them."""
        if not self._listed:
            return parsed
        tables = (self._typed(each) if each.key in self._listed and each.values else each for each in parsed.tables)
        return replace(parsed, tables=tuple(tables))

    def _typed(self, table: Table) -> Table:
        typed: dict[str, Sequence[Any]] = {}
        oddities: dict[str, Sequence[tuple[int, Parsed]]] = {}
        for name, known in self._known[table.key].items():
            if name in table.slots:
                typed[name], odd = known.read(_cells(table, name))
                if odd:
                    oddities[name] = odd
        return replace(table, typed=typed, oddities=oddities)


def _totals(derived: type[Sheet], tables: Mapping[str, Table]) -> Table:
    """Make the card of what ledgers come to: null where the return lacks the ledger."""
    typed: dict[str, Sequence[Any]] = {}
    for name, col in derived.columns().items():
        measure, kind = col.equals, col.kind
        assert measure is not None and issubclass(kind, Number)
        table = tables.get(measure.sheet.key())
        if table is None:
            typed[name] = [None]
        elif measure.field is None:
            typed[name] = [len(table.lines)]
        else:
            added = kind.added(table.typed.get(measure.field, ()))
            typed[name] = [added if isinstance(added, int) else float(added)]
    records = tuple(derived.options().records or ())
    return Table(derived.key(), derived.title(), [0], {}, {}, records, is_card=True, typed=typed)


def _cells(table: Table, name: str) -> Sequence[Any]:
    """Give one column's raw cells; a cell in error comes as the fault itself."""
    cells = table.values[name]
    if not table.errors:
        return cells
    errors = [table.errors.get(table.position(line, name)) for line in range(len(cells))]
    return [cell if error is None else _failed(error) for cell, error in zip(cells, errors, strict=True)]


def _failed(error: str) -> Parsed:
    return Parsed(fault="E01", expected=error) if error else Parsed(fault="E02")


class _Known(dict[type, "_Typed"]):
    """What raw cells of one column say, by their type: 1, 1.0 and True are not the same."""

    def __init__(self, col: Column) -> None:
        self._col = col

    def read(self, cells: Sequence[Any]) -> tuple[list[Any], list[tuple[int, Parsed]]]:
        """Read cells, in order: their values, and those with a fault or a note, each with its place among them."""
        if sum(map(len, self.values())) > MOST_KNOWN:
            self.clear()
        types = set(map(type, cells))
        is_uniform = len(types) == 1
        say = self[types.pop()].__getitem__ if is_uniform else lambda raw: self[type(raw)][raw]
        values = list(map(say, cells))
        if is_uniform and values == cells and isinstance(cells[0], str):
            values = cells  # most texts are meant as they stand: held once, and kept once
        if all(not known.odd or known.odd.keys().isdisjoint(cells) for known in self.values()):
            return values, []
        read = ((line, self[type(raw)].odd.get(raw)) for line, raw in enumerate(cells))
        return values, [(line, parsed) for line, parsed in read if parsed is not None]

    def __missing__(self, key: type) -> _Typed:
        known = self[key] = _Typed(self._col)
        return known


class _Typed(dict[Any, Any]):
    """Raw cells of one type -> their values. odd: what is to be said of those with a fault or a note."""

    def __init__(self, col: Column) -> None:
        self._col = col
        self.odd: dict[Any, Parsed] = {}

    def __missing__(self, raw: Any) -> Any:
        parsed = raw if isinstance(raw, Parsed) else BLANK
        if parsed is BLANK and not self._col.is_blank(raw):
            parsed = self._col.kind.parse_cell(raw, self._col)
        if parsed.fault or parsed.note:
            self.odd[raw] = parsed
        self[raw] = parsed.value
        return parsed.value
