"""What a person knows who fills a form in: what a language calls 是, what a list allows, what a nil return has, what was before."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pipeline.campaign import Campaign
from pipeline.declare import Column, Form, Sheet
from pipeline.declare.kinds import Number
from pipeline.memory import Figures

Row = dict[str, Any]
Rows = dict[str, list[Row]]
Place = tuple[str, int, str]
"""Sheet key, record, field."""
YES_NO = {"en": {"是": "Yes", "否": "No"}}
TEAM = ("T01", "东风镇政府")  # what lists call the team that reports


def calling(col: Column, value: Any, language: str) -> Any:
    """Give what the form calls a value."""
    return YES_NO.get(language, {}).get(value, value) if col.kind.__name__ == "YesNo" else value


def allowed(campaign: Campaign, col: Column, row: Row) -> list[str]:
    """Give what a list has for the team that reports, beside what stands in the row."""
    path = campaign.root / "schemas" / "lists" / f"{col.in_list}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        entries = [*csv.DictReader(lines)]
    others = [name for name in entries[0] if name not in ("value", "team")]
    return [
        entry["value"]
        for entry in entries
        if entry["team"] in ("", *TEAM) and all(entry[name] in ("", row.get(name) or entry[name]) for name in others)
    ]


# ------------------------------------------------------------------------------------------------------ nil returns


def can_be_nil(form: Form) -> bool:
    """Whether there can be nothing to report: what is added up of a card is never nothing."""
    return not any(col.equals and col.equals.sheet.is_card() for col in form.declared.columns().values())


def nothing(nil: str, sheet: type[Sheet], form: Form) -> bool:
    """Whether a table has no row in a return that says so of itself: all but those of which there must be something."""
    lasts = any(col.equals and col.equals.sheet is sheet and is_at_least_one(col) for col in _figures(form))
    return nil == "是" and not lasts


def is_zero_when_nil(col: Column) -> bool:
    """Whether a figure is 0 where there is nothing to report."""
    is_figure = col.sheet.options().role == "declared" and issubclass(col.kind, Number)
    return is_figure and not is_at_least_one(col)


def is_at_least_one(col: Column) -> bool:
    """Whether there must be something, also where there is nothing to report."""
    return (col.ge is not None or col.gt is not None) and bounds(col, _places(col), 0, 0)[0] >= 1


def _figures(form: Form) -> Iterator[Column]:
    yield from (col for col in form.declared.columns().values() if issubclass(col.kind, Number))


# ------------------------------------------------------------------------------------------- from period to period


def figures(form: Form, rows: Rows) -> Figures:
    """Give the figures of a return, as they are remembered."""
    declared = form.declared
    return {
        record: {col.field: _exact(col, row[col.field]) for col in _figures(form) if row.get(col.field) is not None}
        for record, row in zip(declared.options().records or {}, rows.get(declared.key(), ()), strict=False)
    }


def _exact(col: Column, value: Any) -> int | Decimal:
    return int(value) if col.kind.__name__ == "Count" else Decimal(repr(value))


def carry_on(form: Form, rows: Rows, before: Figures) -> bool:
    """Let what the period brought be what there is more than before, and what there was be what was left. Rows are changed.

    Give whether there can be such rows: within the bounds, and with what is added up.
    """
    options, key = form.declared.options(), form.declared.key()
    records = dict(zip(options.records or {}, rows.get(key, ()), strict=False))
    for col in _figures(form) if records else ():
        name = col.field
        left = before.get(options.closing, {}).get(name)
        if options.opening and left is not None and records[options.opening][name] is not None:
            records[options.opening][name] = _stored(col, Decimal(left))
        was, whole = before.get(options.cumulative, {}).get(name), records.get(options.cumulative)
        is_told = was is not None and whole is not None and whole[name] is not None and name not in options.stocks
        if is_told and not _grow(col, whole, records.get(options.this_period), Decimal(was)):
            return False
        if not all(fits(col, row[name]) for row in records.values()):
            return False
    return True


def _grow(col: Column, whole: Row, part: Row | None, was: Decimal) -> bool:
    """Let one figure be no less than before. Give whether it can: what is added up is what it is."""
    brought = Decimal(repr(whole[col.field])) - was
    if brought < 0 and col.equals is None:
        brought = abs(Decimal(repr(whole[col.field])))
        whole[col.field] = _stored(col, was + brought)
    if part is not None and part[col.field] is not None:
        part[col.field] = _stored(col, brought)
    return brought >= 0


def _stored(col: Column, value: Decimal) -> Any:
    return int(value) if col.kind.__name__ == "Count" else float(round(value, col.places))


# ---------------------------------------------------------------------------------------------------------- bounds


def fits(col: Column, value: Any) -> bool:
    """Whether a figure is within its bounds."""
    if value is None or not issubclass(col.kind, Number):
        return True
    figure = Decimal(repr(value))
    least, most = bounds(col, _places(col), min(value, 0), max(value, 0))
    return least <= figure <= most


def _places(col: Column) -> int:
    return 0 if col.kind.__name__ == "Count" else col.places


def bounds(col: Column, places: int, low: float, high: float) -> tuple[Decimal, Decimal]:
    """Give the least and the greatest number of so many places that a column may hold: about low and high if any will do."""
    step = Decimal(1).scaleb(-places)
    least = [Decimal(repr(bound)) + more for bound, more in ((col.ge, 0), (col.gt, step)) if bound is not None]
    most = [Decimal(repr(bound)) - less for bound, less in ((col.le, 0), (col.lt, step)) if bound is not None]
    return (least or [min([Decimal(low), *most])])[0], (most or [max([Decimal(high), *least])])[0]
