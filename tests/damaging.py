"""Cells of a right return made wrong in a way that the form cannot hold, and who else may speak up then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from filling import Filled, Spot
from filling_times import Place, Row, Rows, allowed, calling
from openpyxl.utils.cell import coordinate_from_string
from right_rows import is_structure, says_something

from pipeline.campaign import Campaign
from pipeline.declare import Column, Sheet
from pipeline.model import Finding, Period

NOBODY = {"Text": "查无此人", "Name": "查无此人", "Code": "ZZZZZZ9", "Count": 10**7 + 3}


@dataclass(frozen=True)
class Damage:
    """Wrong values for cells, where they are blamed, and the rules one of which they break there; none: nobody minds.

    changes: what stands where, by sheet key, record and field. blamed: what must be said elsewhere instead.
    """

    spot: Spot
    changes: Mapping[Place, tuple[Spot, Any]]
    rules: tuple[str, ...]
    blamed: frozenset[tuple[str, Spot]] = frozenset()

    @classmethod
    def of_cell(
        cls, filled: Filled, place: Place, value: Any, *rules: str, blamed: Collection[tuple[str, Spot]] = ()
    ) -> Damage:
        """Give a wrong value for one cell."""
        return cls(filled.cells[place], {place: (filled.cells[place], value)}, rules, frozenset(blamed))


def of_cells(campaign: Campaign, period: Period, rows: Rows, filled: Filled) -> Iterator[Damage]:
    """Give all that can be made wrong in one cell by itself."""
    for key, number, name in filled.cells:
        col = campaign.form.sheet(key).columns()[name]
        if col.role is not None or filled.cells[key, number, name] in filled.merged:
            continue
        for value, *rules in _wrong(col, campaign, period, rows, number):
            is_missed = col.sheet.is_card() or _is_begun(key, number, name, rows, filled)
            if is_missed if col.is_blank(value) and rules == ["R01"] else not col.is_blank(value):
                yield Damage.of_cell(filled, (key, number, name), value, *rules)


def _is_begun(key: str, number: int, name: str, rows: Rows, filled: Filled) -> bool:
    """Whether something else stands in a row, apart from what is merged with the rows above: else nobody misses anything."""
    others = [
        other for other, value in rows[key][number].items() if other not in (name, "serial") and value is not None
    ]
    return any(filled.cells[key, number, other] not in filled.merged for other in others)


def of_rows(campaign: Campaign, rows: Rows, filled: Filled) -> Iterator[Damage]:
    """Give records that lack what makes them one, one record too few, and one too many."""
    language, is_nil = campaign.settings.language, says_nil(campaign, rows)
    for sheet in campaign.form.tabs:
        mine, options, first = rows[sheet.key()], sheet.options(), next(iter(sheet.columns()))
        for number, row in enumerate(mine):
            names = [name for name in options.record if sheet.columns()[name].is_required] or [*options.record]
            left = {name: value for name, value in row.items() if name not in options.record}
            if names and still_says_something(sheet, left):
                gone = {
                    (sheet.key(), number, name): (filled.cells[sheet.key(), number, name], None)
                    for name in options.record
                }
                yield Damage(filled.cells[sheet.key(), number, names[0]], gone, ("R01",))
        cells = {name: filled.cells[sheet.key(), len(mine) - 1, name] for name in sheet.columns()} if mine else {}
        if not options.is_counted or not cells or filled.merged & {*cells.values()}:
            continue
        if len(mine) == options.at_least and not (is_nil and len(mine) == 1):
            gone = {(sheet.key(), len(mine) - 1, name): (spot, None) for name, spot in cells.items()}
            above = len(mine) > 1 and below(filled.cells[sheet.key(), len(mine) - 2, first])
            yield Damage(above or filled.tops[sheet.key()], gone, ("R02",))
        if len(mine) == options.at_most and all(filled.is_free(below(spot)) for spot in cells.values()):
            again = mine[-1] | {name: str(len(mine) + 1) for name in cells if name not in sheet.telling()}
            more = {
                (sheet.key(), len(mine), name): (below(spot), calling(sheet.columns()[name], again[name], language))
                for name, spot in cells.items()
            }
            yield Damage(below(cells[first]), more, ("R02",))


def below(spot: Spot) -> Spot:
    """Give the cell below a cell."""
    column, row = coordinate_from_string(spot[1])
    return spot[0], f"{column}{row + 1}"


def still_says_something(sheet: type[Sheet], left: Row) -> bool:
    """Whether what is left of a row still looks like a record that somebody typed."""
    telling = {name: value for name, value in left.items() if name in sheet.telling() and value is not None}
    return says_something(sheet, left) and not is_structure(sheet, telling)


def says_nil(campaign: Campaign, rows: Rows) -> bool:
    """Whether a return says that there is nothing to report."""
    stated = campaign.form.column_in_role("nil")
    return stated is not None and rows[stated.owner.key()][0][str(stated)] == "是"


def _wrong(col: Column, campaign: Campaign, period: Period, rows: Rows, number: int) -> Iterator[tuple[Any, ...]]:
    """Give wrong values of a column with the rules that they break."""
    mine = rows[col.sheet.key()]
    if col.kind.__name__ == "Serial":
        return
    if col.is_computed and not col.is_added:
        yield ("约30" if col.kind.numeric else "手填的",)
        return
    left = {name: value for name, value in mine[number].items() if name != col.field}
    if col.is_required and (col.sheet.is_card() or still_says_something(col.sheet, left)):
        yield from ((nothing, "R01") for nothing in (None, *col.blanks))
        if col.field in col.sheet.options().record and not col.kind.numeric and col.kind.__name__ != "Percent":
            yield 0, "R01"
    twins = [row[col.field] for n, row in enumerate(mine) if n != number and row[col.field] is not None]
    if col.is_unique and twins:
        yield twins[0], "U01"
    if col.in_column is not None:
        yield NOBODY[col.kind.__name__], "L01"
    match col.kind.__name__:
        case _ if col.is_computed:
            yield "约30", "N01"
        case "Count":
            yield 1.5, "N02"
            yield from _no_numbers(col)
        case "Money" | "Quantity":
            yield (col.ge or 0) + 5 * 10.0 ** -(col.places + 1), "N05"
            yield from _no_numbers(col)
        case "Percent":
            yield "约一半", "N01"
            yield 12.5, "N04"
            yield from _beyond(col, 0.01)
        case "Day" | "YearMonth":
            first, last = (dt.datetime.combine(day, dt.time()) for day in col.span(*campaign.span(period)))
            yield from ((last + dt.timedelta(32), "D02"), (first - dt.timedelta(32), "D02"))
            yield from (("3月上旬", "D01"), ("2024-2-31", "D03"))
            if col.le == "received":
                yield dt.datetime.combine(period.due, dt.time()) + dt.timedelta(32), "D04"
        case "Choice" | "YesNo":
            yield "差不多", "C01", "C02"
            yield from _listed_elsewhere(col, campaign, mine[number])
        case "Name":
            yield from (("张伟 李娜", "T03"), ("王", "T03"))
        case "Phone":
            yield from (("12345", "P01"), ("138①0000000", "P01"))
        case "Email":
            yield "zhang.example.com", "T02"
        case "Code" | "Text":
            if col.max_words:
                yield "长 " * col.max_words + "句", "T01"
            else:
                yield "长" * (col.max_length + 1), "T01", "T02"
            yield from [("?!", "T01", "T02")] if col.pattern else []


def _listed_elsewhere(col: Column, campaign: Campaign, row: Row) -> Iterator[tuple[Any, str]]:
    """Give what a list has for another team, or beside another choice."""
    for value in ("水库加固", "1丙", "2甲") if col.in_list else ():
        if value not in allowed(campaign, col, row):
            yield value, "C02"


def _no_numbers(col: Column) -> Iterator[tuple[Any, str]]:
    yield from (("约30", "N01"), ("无", "N08"), ("12光年", "N06"))
    yield from _beyond(col, 1)


def _beyond(col: Column, far: float) -> Iterator[tuple[Any, str]]:
    """Give numbers beyond the bounds, and those that must not be reached."""
    said = (("N03", col.ge, -far), ("N04", col.le, far), ("N09", col.gt, 0), ("N10", col.lt, 0))
    yield from ((bound + more, code) for code, bound, more in said if bound is not None)


def may_speak(damage: Damage, campaign: Campaign, filled: Filled) -> set[tuple[str, Spot]]:
    """Give who else may be blamed: sums, twins, figures of the ledger, and what must stand in the column."""
    cells = filled.cells | {place: spot for place, (spot, _) in damage.changes.items()}
    return {each for place in damage.changes for each in _may_speak(place, cells, damage.rules, campaign, filled)}


def _may_speak(
    place: Place, cells: Mapping[Place, Spot], rules: tuple[str, ...], campaign: Campaign, filled: Filled
) -> set[tuple[str, Spot]]:
    key, _, name = place
    col, sheet = campaign.form.sheet(key).columns()[name], campaign.form.sheet(key)
    told = {("S07", filled.sums[key, name])} if (key, name) in filled.sums else set()
    if name in sheet.options().record and rules == ("R01",):
        told.add(("R01", cells[place]))
    for (other, _, field), spot in cells.items():
        its = campaign.form.sheet(other).columns()[field]
        if its.equals is not None and its.equals.sheet is sheet:
            told.add(("B01", spot))
        if its.in_column is not None and its.in_column.owner is sheet and str(its.in_column) == name:
            told.add(("L01", spot))
        if (other, field) == (key, name) and col.is_unique:
            told.add(("U01", spot))
        if (other, field) == (key, name) and sheet.is_card():
            told |= {(code, spot) for code in ("B02", "B03", "B04")}
        if other == key and (
            not rules or rules[0] in ("R01", "R02", "U01", "L01") or rules[0].startswith("V")
        ):  # it may now say what another row says
            told |= {("U02", spot), *([("U01", spot)] if _is_among(sheet, name, field) else [])}
    return told


def _is_among(sheet: type[Sheet], name: str, field: str) -> bool:
    """Whether two fields come once together."""
    return any(name in group and field in group for group in sheet.options().unique)


def blames(findings: list[Finding], damage: Damage, allowed: set[tuple[str, Spot]]) -> str:
    """Say what is wrong with what was found; "" if the cell is blamed, and nobody else who may not be."""
    at = [(each.rule, (each.sheet, each.cell)) for each in findings if each.rule != "S10"]
    is_blamed = not damage.rules or any((rule, damage.spot) in at for rule in damage.rules)
    if not (damage.blamed <= {*at} if damage.blamed else is_blamed):
        return f"{damage} is not blamed: {at}"
    known = allowed | damage.blamed
    others = [each for each in at if (each[1] != damage.spot or not damage.rules) and each not in known]
    return f"{damage}: others are blamed: {others}" if others else ""
