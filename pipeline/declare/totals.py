"""What is totalled where no card declares figures: a card that nobody fills in, made of what ledgers come to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from pipeline.declare.column_words import column
from pipeline.declare.kinds import Count, Kind
from pipeline.declare.measures import Measure
from pipeline.declare.sheet import Sheet, SheetType

RECORD = "value"
Entry = tuple[str, type[Kind], Any]  # field, kind and column


def card_of_totals(ledgers: Sequence[type[Sheet]]) -> type[Sheet] | None:
    """Make a sheet with a column for each ledger that is counted and each column with total=True; None if there are none."""
    entries = [entry for sheet in ledgers for entry in _entries(sheet, ledgers)]
    if not entries:
        return None

    words = ledgers[0].wording()

    class Config:
        title = words("各表合计")
        role = "declared"
        records = {RECORD: words("合计")}  # noqa: RUF012 - read once, as that of every sheet

    kinds = {name: kind for name, kind, _ in entries}
    columns = {name: each for name, _, each in entries}
    said = {
        "__doc__": "One row per return: what its ledgers come to.",
        "__module__": ledgers[0].__module__,
        "__words__": words,
    }
    made = SheetType("Totals", (Sheet,), {**columns, **said, "__annotations__": kinds, "Config": Config})
    return cast(type[Sheet], made)


def _entries(sheet: type[Sheet], ledgers: Sequence[type[Sheet]]) -> Iterator[Entry]:
    if title := sheet.options().counted:
        yield f"{sheet.key()}_count", Count, column(title, required=False, equals=sheet.count())
    others = [each for each in ledgers if each is not sheet]
    for name, col in sheet.indicators().items():
        if col.is_total:
            shared = any(name in other.columns() and other.columns()[name].is_total for other in others)
            title = f"{sheet.title()}{col.title}" if shared else col.title
            equals = Measure(sheet, name, {})
            was = {key: f"{sheet.title()}{old}" if shared else old for key, old in col.was.items()}
            said = column(title, unit=col.unit, places=col.places, required=False, equals=equals, was=was)
            yield (f"{sheet.key()}_{name}" if shared else name), col.kind, said
