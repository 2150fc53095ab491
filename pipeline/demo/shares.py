"""What each team contributes to the district: control totals split over the register, exactly.

A measure adds up some rows of a ledger. The measures of one sheet and field are cut into `Cell`s that no row shares, so
that cells can be split over teams one by one and every declared indicator is a sum of cells. All amounts here are whole
numbers of a column's last decimal place.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from pipeline.campaign import Campaign
from pipeline.declare import Column, Measure, Money, Sheet
from pipeline.errors import HuizongError
from pipeline.model import Period, Team

TYPICAL_FILL = 0.35  # how much of a blank form's ruled rows a team usually fills


class DemoError(HuizongError):
    """The declarations contradict each other, so that no right return can be made; the text names where."""

    exit_code = 3


def dice(*key: object) -> Random:
    """Give the random numbers of one purpose: the same key, the same numbers, whatever else is drawn."""
    return Random("\x1f".join(map(str, key)))


@dataclass(frozen=True, slots=True)
class Cell:
    """Rows of a ledger that are added up together: all, those with one choice, or those with none of the others'.

    choice: (column, value); value "" means rows with a choice that no other cell has; None means all rows. places:
    decimals of its amounts.
    """

    sheet: type[Sheet]
    field: str | None
    choice: tuple[str, str] | None = None
    places: int = 0

    def __str__(self) -> str:
        return f"{self.sheet.key()}.{self.field}.{self.choice}"

    def value(self, amount: int) -> int | float:
        """Turn an amount into what stands in a cell of the workbook."""
        return amount / 10**self.places if self.places else amount


Shares = Mapping[str, Mapping[Cell, int]]  # team code -> cell -> amount


def decimals(col: Column | None) -> int:
    """Give the number of decimals of amounts in a column."""
    return col.places if col is not None and issubclass(col.kind, Money) else 0


def units(value: float | str | Decimal | None, places: int) -> int | None:
    """Turn a bound or a total into whole last places."""
    return None if value is None else int(Decimal(str(value)).scaleb(places))


def room(sheet: type[Sheet], team: str) -> int | None:
    """Give how many rows of a ledger a team can fill from its lists; None: any number."""
    listed = [(col, len(col.listed.allowed(team))) for col in sheet.columns().values() if col.listed]
    return min((most for col, most in listed if col.is_unique or (col.is_required and not most)), default=None)


def apportion(
    total: int, weights: Sequence[float], low: int = 0, high: int | None = None, rooms: Sequence[int | None] = ()
) -> list[int]:
    """Split a total by weight into whole parts between `low` and `high`: the largest remainder method.

    rooms: what a part may be at most by itself.
    """
    if any(most is not None for most in rooms):
        return _within_rooms(total, weights, low, high, rooms)
    count = len(weights)
    if total < low * count or (high is not None and total > high * count):
        raise DemoError(f"无法把 {total} 分成 {count} 份，每份不少于 {low}、不多于 {high}。请核对控制总数和上下限。")
    parts = [low] * count
    while rest := total - sum(parts):
        open_parts = [i for i in range(count) if high is None or parts[i] < high]
        scale = rest / sum(weights[i] for i in open_parts)
        quotas = {i: weights[i] * scale for i in open_parts}
        given = {i: math.floor(quota) for i, quota in quotas.items()}
        by_remainder = sorted(open_parts, key=lambda i: (given[i] - quotas[i], i))
        for i in by_remainder[: max(0, rest - sum(given.values()))]:
            given[i] += 1
        for i in open_parts:
            parts[i] += given[i] if high is None else min(given[i], high - parts[i])
    return parts


def _within_rooms(
    total: int, weights: Sequence[float], low: int, high: int | None, rooms: Sequence[int | None]
) -> list[int]:
    """Split a total so that nobody has more than there is room for: what one cannot take, the others do."""
    parts = [0] * len(weights)
    full: set[int] = set()
    while True:
        free = [i for i in range(len(parts)) if i not in full]
        rest = total - sum(parts[i] for i in full)
        if rest and not free:
            raise DemoError(f"无法把 {total} 分给各单位：名单中的项数不够。请核对控制总数和名单。")
        split = apportion(rest, [weights[i] for i in free], low if rest >= low * len(free) else 0, high)
        over = [i for i, part in zip(free, split, strict=True) if (most := rooms[i]) is not None and part > most]
        for i, part in zip(free, split, strict=True):
            parts[i] = min(part, rooms[i] or 0) if i in over else part
        if not over:
            return parts
        full |= set(over)


def cells_of(measure: Measure, campaign: Campaign) -> list[Cell]:
    """Give the cells that a measure adds up."""
    if len(measure.fields) > 1:
        parted = (replace(measure, field=field) for field in measure.fields)
        return [cell for each in parted for cell in cells_of(each, campaign)]
    if len(measure.where) > 1:
        raise DemoError(f"“{measure.title}”按几栏同时限定，演示数据只能按一栏拆分。请改为按一栏限定。")
    alike = [
        col for col in campaign.form.declared.indicators().values()
        if col.equals is not None and col.equals.sheet is measure.sheet and measure.field in (col.equals.fields or (None,))
    ]  # fmt: skip
    places = min(decimals(col) for col in alike)
    if measure.where:
        return [Cell(measure.sheet, measure.field, next(iter(measure.where.items())), places)]
    parts = {choice for col in alike if col.equals is not None for choice in col.equals.where.items()}
    if not parts:
        return [Cell(measure.sheet, measure.field, None, places)]
    columns = {column for column, _ in parts}
    if len(columns) > 1:
        raise DemoError(f"“{measure.title}”按几栏拆分，演示数据只能按一栏拆分。请改为按一栏拆分。")
    column = columns.pop()
    choices = measure.sheet.columns()[column].choices
    others = "" if {choice for _, choice in parts} < set(choices) else None
    named = [choice for choice in choices if (column, choice) in parts] + ([others] if others is not None else [])
    return [Cell(measure.sheet, measure.field, (column, choice), places) for choice in named]


def shares(campaign: Campaign, period: Period, seed: int) -> Shares:
    """Split every cell's district total over the register."""
    register = campaign.register(period)
    split: dict[str, dict[Cell, int]] = {team.code: {} for team in register}
    cells = _totals(campaign, len(register))
    for cell, (total, low, high) in cells.items():
        weights = [dice(seed, period.key, team.code, cell).lognormvariate(0, 0.45) for team in register]
        rooms = [_room_for(cell, team, cells) for team in register]
        if all(most is not None for most in rooms):
            total = min(total, sum(most or 0 for most in rooms))
        for team, part in zip(register, apportion(total, weights, low, high, rooms), strict=True):
            split[team.code][cell] = part
    return split


def _room_for(cell: Cell, team: Team, cells: Collection[Cell]) -> int | None:
    """Give how much of a cell a team may have by its lists: so many rows, which cells that count them share, or nothing."""
    most = room(cell.sheet, team.code)
    if most is None or cell.field is not None:
        return 0 if most == 0 else None
    return most // sum(each.sheet is cell.sheet and each.field is None for each in cells)


def declared_figures(campaign: Campaign, amounts: Mapping[Cell, int]) -> dict[str, float | int]:
    """Give a team's declared indicators that are sums of cells."""
    figures: dict[str, float | int] = {}
    for name in campaign.form.declared.indicators():
        if cells := indicator_cells(campaign, name):
            figures[name] = cells[0].value(sum(amounts[cell] for cell in cells))
    return figures


def indicator_cells(campaign: Campaign, name: str) -> list[Cell]:
    """Give the cells of an indicator: its ledger's, or one of its own if only a control total fixes it."""
    col = campaign.form.declared.indicators()[name]
    if col.equals is not None:
        return cells_of(col.equals, campaign)
    return [Cell(campaign.form.declared, name, None, decimals(col))] if name in campaign.control_totals else []


def _totals(campaign: Campaign, team_count: int) -> dict[Cell, tuple[int, int, int | None]]:
    """Give each cell's district total, and its least and greatest share of a team."""
    indicators = campaign.form.declared.indicators()
    made_of = {name: indicator_cells(campaign, name) for name in indicators}
    bounds: dict[Cell, tuple[int, int | None]] = {}
    for name, cells in made_of.items():
        for cell in cells:
            bounds[cell] = _narrowed(bounds.get(cell, _of_rows(cell)), cell, cells, indicators[name])
    totals: dict[Cell, int] = {}
    for name in sorted(indicators, key=lambda name: len(made_of[name])):  # parts before wholes
        fresh = [cell for cell in made_of[name] if cell not in totals]
        known = sum(totals.get(cell, 0) for cell in made_of[name])
        announced = units(campaign.control_totals.get(name), decimals(indicators[name]))
        if announced is None:
            totals |= {cell: _plausible(cell, known, team_count, *bounds[cell]) for cell in fresh}
        elif fresh:
            totals |= dict(zip(fresh, apportion(announced - known, [1.0] * len(fresh)), strict=True))
        elif known != announced:
            raise DemoError(f"“{indicators[name].title}”的控制总数与其各部分之和不符。请核对控制总数。")
    return {cell: (total, *bounds[cell]) for cell, total in totals.items()}


def _of_rows(cell: Cell) -> tuple[int, int | None]:
    """Bound what all rows of a ledger come to, by how many it may have and what each of them may hold."""
    options = cell.sheet.options()
    if cell.choice is not None:
        return 0, None
    if cell.field is None:
        return options.at_least, options.at_most
    col = cell.sheet.columns()[cell.field]
    least, most = units(col.least, cell.places) or 0, units(col.most, cell.places)
    highest = None if most is None or options.at_most is None else most * options.at_most
    return options.at_least * max(0, least), highest


def _narrowed(bounds: tuple[int, int | None], cell: Cell, cells: Sequence[Cell], col: Column) -> tuple[int, int | None]:
    """Keep a cell's share inside an indicator's bounds; the first of several cells carries the lower one."""
    low, high = bounds
    least = units(col.least, cell.places) if cell == cells[0] else None
    most = units(col.most, cell.places)
    highs = [bound for bound in (high, None if most is None else most // len(cells)) if bound is not None]
    return max(low, least or 0), min(highs, default=None)


def _plausible(cell: Cell, known: int, team_count: int, low: int, high: int | None) -> int:
    """Give a total for a cell whose total nobody announced: a few beside the known ones, or usually filled rows."""
    rows = cell.sheet.options().within(max(1, round(cell.sheet.options().rows * TYPICAL_FILL)))
    each = 1 if cell.field is None else small_number(cell.sheet.columns()[cell.field])[1] * 10**cell.places
    total = max(1, known // 12) if known else team_count * rows * each
    return max(low * team_count, total if high is None else min(total, high * team_count // 2))


def small_number(col: Column) -> tuple[int, int]:
    """Give the least and the greatest of the numbers that are ordinary in a column: well inside its bounds."""
    low = math.ceil(float(col.least or 0))
    room = 100 if col.most is None else max(0, math.floor(float(col.most)) - low)
    return max(low, 1) if room else low, low + math.isqrt(room)
