"""A return's rows as they go back to the team that sent it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.frames import Records
from pipeline.model import Submission
from pipeline.night import Night
from pipeline.publish.form.columns import Columns, Row


@dataclass(frozen=True)
class SheetRows:
    """Rows of one sheet by field, and which record of the sender's table became which row.

    A table's rows close up; a card has a row for every declared record, empty where the sender had none. names: what
    names each row of a table, () for a card. places: where each row of a table stands in the sender's sheet, from 0.
    """

    rows: Sequence[Row] = ()
    row_of_line: Mapping[int, int] = field(default_factory=dict)
    names: Sequence[str] = ()
    places: Sequence[int] = ()


class ReturnedRows:
    """The rows of the night's returns, fetched one return at a time."""

    def __init__(self, night: Night) -> None:
        self._night = night
        self._read = {submission.sha256 for submission in night.submissions}

    def has(self, submission: Submission) -> bool:
        """Whether the return could be read; the archive may have lost it."""
        return submission.sha256 in self._read

    def of(self, submission: Submission) -> dict[str, SheetRows]:
        """Give the rows of every sheet of the return that has any, by sheet key."""
        found = self._night.records(submission)
        return {key: _rows(records) for key, records in found.items() if records.table.lines}


def _rows(records: Records) -> SheetRows:
    columns = {name: records.written(name) for name in records.sheet.columns()}
    if not records.table.is_card:
        lines = range(len(records.table.lines))
        names = list(map(records.subject, lines))
        return SheetRows(Columns(columns), {line: line for line in lines}, names, records.table.lines)
    declared = list(records.sheet.options().records or ())
    order = [declared.index(record) for record in records.table.records]
    by_place = dict(zip(order, Columns(columns), strict=True))
    return SheetRows([by_place.get(place, {}) for place in range(len(declared))], dict(enumerate(order)))
