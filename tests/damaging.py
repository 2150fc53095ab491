"""One cell of a right return made wrong in a way that its column cannot hold, and who else may speak up then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from filling import Filled, Rows, Spot, is_structure
from hypothesis import strategies as st

from pipeline.campaign import Campaign
from pipeline.declare import Column, Sheet
from pipeline.model import Finding, Period

NOBODY = {"Text": "查无此人", "Name": "查无此人", "Code": "ZZZZZZ9", "Count": 10**7 + 3}


@dataclass(frozen=True)
class Damage:
    """A wrong value for a cell, and the rules one of which it breaks there."""

    spot: Spot
    place: tuple[str, int, str]  # sheet key, record, field
    right: Any
    value: Any
    rules: tuple[str, ...]


def damages(campaign: Campaign, period: Period, rows: Rows, filled: Filled) -> st.SearchStrategy[Damage]:
    """Give all that can be made wrong in one cell of a filled form."""
    return st.sampled_from(
        [
            Damage(filled.cells[key, number, name], (key, number, name), rows[key][number][name], value, tuple(rules))
            for key, number, name in filled.cells
            if (col := campaign.form.sheet(key).columns()[name]).role is None
            and filled.cells[key, number, name] not in filled.merged
            for value, *rules in _wrong(col, campaign, period, rows, number)
        ]
        or [None]
    )


def _wrong(col: Column, campaign: Campaign, period: Period, rows: Rows, number: int) -> Iterator[tuple[Any, ...]]:
    """Give wrong values of a column with the rules that they break."""
    mine = rows[col.sheet.key()]
    if col.kind.__name__ == "Serial":
        return
    others = [name for name in col.sheet.telling() if name != col.field and mine[number][name] is not None]
    left = {name: mine[number][name] for name in others}
    if col.is_required and (col.sheet.is_card() or (others and not is_structure(col.sheet, left))):
        yield None, "R01"
    twins = [row[col.field] for n, row in enumerate(mine) if n != number and row[col.field] is not None]
    if col.is_unique and twins:
        yield twins[0], "U01"
    if col.in_column is not None:
        yield NOBODY[col.kind.__name__], "L01"
    match col.kind.__name__:
        case "Count":
            yield 1.5, "N02"
            yield from _no_numbers(col)
        case "Money" | "Quantity":
            yield (col.ge or 0) + 5 * 10.0 ** -(col.places + 1), "N05"
            yield from _no_numbers(col)
        case "Percent":
            yield "约一半", "N01"
            yield 12.5, "N04"
            yield from [] if col.ge is None else [(col.ge - 0.01, "N03")]
            yield from [] if col.le is None else [(col.le + 0.01, "N04")]
        case "Day" | "YearMonth":
            first, last = (dt.datetime.combine(day, dt.time()) for day in col.span(*campaign.span(period)))
            yield from ((last + dt.timedelta(32), "D02"), (first - dt.timedelta(32), "D02"))
            yield from (("3月上旬", "D01"), ("2024-2-31", "D03"))
        case "Choice" | "YesNo":
            yield "差不多", "C01", "C02"
            yield from [("水库加固", "C02")] if col.listed else []  # another team's
        case "Name":
            yield from (("张伟 李娜", "T03"), ("王", "T03"))
        case "Phone":
            yield from (("12345", "P01"), ("138①0000000", "P01"))
        case "Email":
            yield "zhang.example.com", "T02"
        case "Code" | "Text":
            yield "长" * (col.max_length + 1), "T01", "T02"
            yield from [("?!", "T01", "T02")] if col.pattern else []


def _no_numbers(col: Column) -> Iterator[tuple[Any, str]]:
    yield from (("约30", "N01"), ("无", "N08"), ("12光年", "N06"))
    yield from [] if col.ge is None else [(col.ge - 1, "N03")]
    yield from [] if col.le is None else [(col.le + 1, "N04")]


def may_speak(damage: Damage, campaign: Campaign, filled: Filled) -> set[tuple[str, Spot]]:
    """Give who else may be blamed: sums, twins, figures of the ledger, and what must stand in the column."""
    key, _, name = damage.place
    col, sheet = campaign.form.sheet(key).columns()[name], campaign.form.sheet(key)
    told = {("S07", filled.sums[key, name])} if (key, name) in filled.sums else set()
    for (other, _, field), spot in filled.cells.items():
        its = campaign.form.sheet(other).columns()[field]
        if its.equals is not None and its.equals.sheet is sheet:
            told.add(("B01", spot))
        if its.in_column is not None and its.in_column.owner is sheet and str(its.in_column) == name:
            told.add(("L01", spot))
        if (other, field) == (key, name) and col.is_unique:
            told.add(("U01", spot))
        if (other, field) == (key, name) and sheet.options().this_period:
            told.add(("B02", spot))
        if other == key and damage.rules[0] in ("R01", "U01", "L01"):  # it may now say what another row says
            told |= {("U02", spot), *([("U01", spot)] if _is_among(sheet, name, field) else [])}
    return told


def _is_among(sheet: type[Sheet], name: str, field: str) -> bool:
    """Whether two fields come once together."""
    return any(name in group and field in group for group in sheet.options().unique)


def blames(findings: list[Finding], damage: Damage, allowed: set[tuple[str, Spot]]) -> str:
    """Say what is wrong with what was found; "" if the cell is blamed, and nobody else who may not be."""
    at = [(each.rule, (each.sheet, each.cell)) for each in findings if each.rule != "S10"]
    if not any(spot == damage.spot and rule in damage.rules for rule, spot in at):
        return f"{damage} is not blamed: {at}"
    others = [each for each in at if each[1] != damage.spot and each not in allowed]
    return f"{damage}: others are blamed: {others}" if others else ""
