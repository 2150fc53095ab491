"""A total that was given out, back to the cells that it adds up: team, file, version, sheet, cell, value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.behind import BehindError, GivenTotals, Numbered, Source, opened
from pipeline.declare import Column
from pipeline.declare.kinds import folded
from pipeline.declare.measures import Measure
from pipeline.figures import kind_of
from pipeline.model import Number
from pipeline.rawbook import a1


@dataclass(frozen=True, slots=True)
class Cell:
    """A number where it stands: the sheet's name and the A1 address in the sender's file. Of a row that is counted, the row."""

    sheet: str
    cell: str
    value: Number

    def record(self) -> dict[str, str]:
        """Give it as JSON has it."""
        return {**asdict(self), "value": str(self.value)}


@dataclass(frozen=True, slots=True)
class Part:
    """What one team adds to a total. path: of the file, in the campaign folder. sheet, cell: where it is declared, "" if it is
    made of the ledger. ledger: the cells of the ledger that come to it, if it is one that a ledger comes to.
    """

    team: str
    name: str
    path: str
    sha256: str
    value: Number
    sheet: str
    cell: str
    ledger: Sequence[Cell]

    def record(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return {**asdict(self), "value": str(self.value), "ledger": [cell.record() for cell in self.ledger]}


@dataclass(frozen=True, slots=True)
class Trace:
    """A total as it was given out, and its parts, which come to it."""

    indicator: str
    title: str
    unit: str
    period: str
    night: str
    where: str  # they were given out: a folder of the outbox, or of what was issued
    value: Number
    parts: Sequence[Part]

    def record(self) -> dict[str, Any]:
        """Give it as JSON has it: numbers exact, as text."""
        return {**asdict(self), "value": str(self.value), "parts": [part.record() for part in self.parts]}


def trace(
    root: Path,
    indicator: str,
    as_of: dt.date,
    period: str | None = None,
    folder: str | None = None,
    team: str | None = None,
    issue: Numbered | None = None,
) -> Trace:
    """Trace an indicator, by its field or its title, as a night or an issue of the bulletin gave it out. team: only that one's
    part. Raises BehindError.

    Where the archive does not come to what was given out, nothing is traced.
    """
    with opened(root, as_of, period, issue or folder) as totals:
        name, col = _indicator(totals, indicator)
        if team is not None and team not in totals.teams.values():
            raise BehindError(f"“{team}”的报表没有计入{totals.period.title}的合计。请用名录中的编码。")
        parts = list(_parts(totals, name, col))
        totals.bear_out(name, str(col.title), sum((part.value for part in parts), kind_of(col).value(0)), len(parts))
        parts = [part for part in parts if team in (None, part.team)]
        return Trace(
            name,
            str(col.title),
            col.unit,
            totals.period.title,
            totals.given.folder,
            totals.where,
            totals.total(name)[0],
            parts,
        )


def _indicator(totals: GivenTotals, said: str) -> tuple[str, Column]:
    indicators = totals.form.declared.indicators()
    for name, col in indicators.items():
        if name in totals.given.totals and (name == said or folded(str(col.title)) == folded(said)):
            return name, col
    known = "、".join(f"{col.title}（{name}）" for name, col in indicators.items() if name in totals.given.totals)
    raise BehindError(f"没有指标“{said}”。请用下列之一：{known}。")


def _parts(totals: GivenTotals, name: str, col: Column) -> Iterator[Part]:
    teams = totals.campaign.by_code
    for source in totals.sources():
        value, sheet, cell = source.figure(name, col, totals.form)
        if value is not None:
            ledger = tuple(_cells(source, col.equals)) if col.equals else ()
            called = teams[source.team].name if source.team in teams else source.team
            yield Part(source.team, called, source.path, source.sha256, value, sheet, cell, ledger)


def _cells(source: Source, measure: Measure) -> Iterator[Cell]:
    """Give the cells that a measure adds up, or the rows that it counts."""
    records = source.records.get(measure.sheet.key())
    if records is None:
        return
    table, columns = records.table, measure.sheet.columns()
    for line in range(len(table.lines)):
        if any(name not in table.typed or table.typed[name][line] != value for name, value in measure.where.items()):
            continue
        if measure.field is None:
            row = table.lines[line] + 1
            yield Cell(table.name, f"{row}:{row}", 1)
        for name in measure.fields:
            if name in table.typed and (value := table.typed[name][line]) is not None:
                yield Cell(table.name, a1(*table.position(line, name)), kind_of(columns[name]).value(value))
