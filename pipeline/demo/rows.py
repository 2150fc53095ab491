"""Right rows for every sheet of every team: what the shares fix, filled up from the kinds of column.

Nothing is known of what a rule means. A row that fails one is drawn again in the columns that the rule blames; a sheet
on which drawing does not help is laid out again with more rows, so that each carries less.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import pandas as pd

from pipeline.campaign import Campaign
from pipeline.check.alike import compared
from pipeline.check.repeats import repeated
from pipeline.declare import ColumnRef, Rule, Sheet
from pipeline.declare.kinds import Number
from pipeline.demo.draw import Drawer, References, is_bounded
from pipeline.demo.shares import Cell, DemoError, apportion, declared_figures, dice, room, shares, units
from pipeline.demo.truth import Rows, failing, failing_under, rows_of, stacked
from pipeline.model import Period, Team

MOST_REDRAWS, MOST_LAYOUTS = 24, 6


@dataclass(frozen=True)
class Draft:
    """One sheet of one team in the making. rows[i] may change in any field outside fixed[i]."""

    team: Team
    drawer: Drawer
    rows: list[dict[str, Any]]
    fixed: Sequence[frozenset[str]]


def right_returns(
    campaign: Campaign, period: Period, seed: int, teams: Sequence[Team], prefill: Callable[[Team], Rows]
) -> dict[str, Rows]:
    """Make teams' right returns, by team code; what the blank already holds stays. Raises DemoError.

    A team's return is the same, whichever others are made.
    """
    returns = {team.code: prefill(team) for team in teams}
    district = _District(campaign, period, seed, returns)
    for sheet in in_order(campaign.form.sheets):
        district.fill(sheet, teams)
    wide = [rule for rule in campaign.form.rules if len(rule.sheets) > 1]  # the others hold already
    frames = {key: stacked(campaign.form.sheet(key), rows_of(key, returns)) for rule in wide for key in rule.sheets}
    for rule in wide:
        if wrong := int(failing(rule, frames, campaign).sum()):
            raise DemoError(f"演示数据有 {wrong} 行不符合规则 {rule.code}（{rule.title}）。请核对该规则。")
    return returns


def in_order(sheets: Iterable[type[Sheet]]) -> list[type[Sheet]]:
    """Put sheets behind the ones that their columns refer to."""
    waiting, placed = list(sheets), list[type[Sheet]]()
    while waiting:
        free = [each for each in waiting if not _referred(each) & set(waiting) - {each}]
        if not free:
            raise DemoError(f"“{waiting[0].title()}”与其他表互相引用（in_column）。请去掉其中一个方向。")
        placed += free
        waiting = [each for each in waiting if each not in free]
    return placed


def _referred(sheet: type[Sheet]) -> set[type[Sheet]]:
    return {col.in_column.owner for col in sheet.columns().values() if col.in_column is not None}


@dataclass
class _District:
    """All returns while they are filled, sheet by sheet."""

    campaign: Campaign
    period: Period
    seed: int
    returns: dict[str, Rows]

    def __post_init__(self) -> None:
        self.split = shares(self.campaign, self.period, self.seed)
        self.numbers = {code: number for number, code in enumerate(self.split)}

    def fill(self, sheet: type[Sheet], teams: Sequence[Team]) -> None:
        """Lay out and draw a sheet for the teams, and repair it until its own rules hold."""
        rules = [rule for rule in self.campaign.form.rules if rule.sheets == (sheet.key(),)]
        for layout in range(MOST_LAYOUTS):
            drafts = [self._draft(team, sheet, layout) for team in teams]
            stuck = _repaired(self.campaign, sheet, drafts, rules)
            for draft in drafts:
                self.returns[draft.team.code][sheet.key()] = _records(sheet, draft.rows)
            teams = [team for team in teams if team.code in stuck]
            if not teams:
                return
        blamed = "、".join(sorted({code for codes in stuck.values() for code in codes}))
        raise DemoError(f"“{sheet.title()}”反复生成仍不符合规则 {blamed}。请核对这些规则和该表各栏的上下限。")

    def _draft(self, team: Team, sheet: type[Sheet], layout: int) -> Draft:
        rng = dice(self.seed, self.period.key, team.code, sheet.key(), layout)
        mine = self.returns[team.code]
        number = self.numbers[team.code]
        drawer = Drawer(sheet, rng, self.campaign, self.period, number, References(mine), team.code)
        laid = self._laid_out(team, sheet, rng, layout, mine)
        rows = [dict(row) for row in laid]
        fixed = [frozenset(name for name, value in row.items() if value is not None) for row in laid]
        draft = Draft(team, drawer, rows, fixed)
        for index, row in enumerate(rows):
            for name in sheet.columns():
                if name not in draft.fixed[index]:
                    row[name] = drawer.draw(name, row, index)
            drawer.listed_anew(row, draft.fixed[index], index)
        _order_days(draft)
        return draft

    def _laid_out(self, team: Team, sheet: type[Sheet], rng: Random, layout: int, mine: Rows) -> list[dict[str, Any]]:
        role = sheet.options().role
        if role == "explanations":
            return []
        if sheet.is_card():
            printed = (mine.get(sheet.key()) or [{}])[0]
            own = declared_figures(self.campaign, self.split[team.code]) if role == "declared" else {}
            return [{**printed, **own}]
        wanted = {cell: amount for cell, amount in self.split[team.code].items() if cell.sheet is sheet}
        listed = [col for col in sheet.columns().values() if col.in_column is not None and col.is_unique]
        if listed and not wanted:  # one row for each of the others: nothing else would be complete
            return [{listed[0].field: value} for value in References(mine).values(listed[0])]
        return lay_out(sheet, wanted, rng, 1.4**layout, room(sheet, team.code))


def _order_days(draft: Draft) -> None:
    """Put the days of a diary in order: of a ledger with one day that leads its rows."""
    columns = list(draft.drawer.sheet.columns().values())
    days = [col for col in columns if is_bounded(col) and col.is_required]
    if len(days) == 1 and days[0] in columns[:2]:
        for row, day in zip(draft.rows, sorted(row[days[0].field] for row in draft.rows), strict=True):
            row[days[0].field] = day


def lay_out(
    sheet: type[Sheet], wanted: Mapping[Cell, int], rng: Random, growth: float, most: int | None
) -> list[dict[str, Any]]:
    """Make rows that hold no more than what makes every cell come out exactly. most: rows that there may be, by lists."""
    split = next((cell.choice[0] for cell in wanted if cell.choice), "")
    kinds = list(dict.fromkeys(cell.choice[1] for cell in wanted if cell.choice))
    usual = max(1.0, sheet.options().rows * rng.uniform(0.2, 0.45) * growth)
    counts = {kind: _row_count(sheet, wanted, (split, kind), usual / (len(kinds) + 1), rng) for kind in kinds}
    whole = wanted.get(Cell(sheet, None))
    has_others = not split or set(sheet.columns()[split].choices) - set(kinds)
    if "" not in counts and has_others and (whole is not None or not any(cell.field is None for cell in wanted)):
        others = _row_count(sheet, wanted, None, usual, rng) if not split else max(1, round(usual / (len(kinds) + 1)))
        counts[""] = others if whole is None else whole - sum(counts.values())
        if whole is None:
            named = sum(counts.values()) - others
            counts[""] = max(0, sheet.options().within(named + others) - named)
    while most is not None and sum(counts.values()) > most:
        counts[max(counts, key=counts.__getitem__)] -= 1
    rows = [{split: kind} if kind else {} for kind, count in counts.items() for _ in range(count)]
    groups = [kind for kind, count in counts.items() for _ in range(count)]
    for cell, amount in wanted.items():
        if cell.field is not None:
            choice = cell.choice[1] if cell.choice else None
            mine = [row for row, kind in zip(rows, groups, strict=True) if choice in (None, kind)]
            _spread(mine, cell, amount, rng)
    rng.shuffle(rows)
    return rows


def _row_count(
    sheet: type[Sheet], wanted: Mapping[Cell, int], choice: tuple[str, str] | None, usual: float, rng: Random
) -> int:
    """Give the rows of one group: as many as are counted, or as carry its sums comfortably."""
    if (counted := wanted.get(Cell(sheet, None, choice))) is not None:
        return counted
    summed = {cell: amount for cell, amount in wanted.items() if cell.field is not None and cell.choice == choice}
    counts = []
    for cell, amount in summed.items():
        low, high = _bounds(cell)
        fewest = math.ceil(amount / high) if high else 0
        counts.append(min(amount // max(1, low), max(round(usual), fewest)))
    return max(counts, default=max(1, round(usual * rng.uniform(0.7, 1.3))))


def _bounds(cell: Cell) -> tuple[int, int | None]:
    col = cell.sheet.columns()[str(cell.field)]
    return max(0, units(col.least, cell.places) or 0), units(col.most, cell.places)


def _spread(rows: Sequence[dict[str, Any]], cell: Cell, amount: int, rng: Random) -> None:
    """Write parts of an amount into rows; where there is enough of it, no row is left with nothing."""
    low, high = _bounds(cell)
    weights = [rng.lognormvariate(0, 0.5) for _ in rows]
    least = max(low, 1) if amount >= len(rows) else low
    for row, part in zip(rows, apportion(amount, weights, least, high), strict=True):
        row[str(cell.field)] = cell.value(part)
    if not rows and amount:
        raise DemoError(f"“{cell.sheet.title()}”没有可以填写的行。请核对控制总数。")


def _records(sheet: type[Sheet], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give a card one row per record: in a campaign's first period they say the same."""
    return [dict(rows[0]) for _ in sheet.options().records or {}] if sheet.is_card() else rows


# Rules.


def _repaired(
    campaign: Campaign, sheet: type[Sheet], drafts: Sequence[Draft], rules: Sequence[Rule]
) -> dict[str, set[str]]:
    """Draw failing rows and copies again until the rules hold; give the teams for which they don't, with the rules' codes."""
    wrong: dict[str, set[str]] = {}
    across = any(rule.across == "teams" for rule in rules)
    pending = list(drafts)
    for attempt in range(MOST_REDRAWS):
        frame = stacked(sheet, {draft.team.code: draft.rows for draft in pending})
        places = [(draft, index) for draft in pending for index in range(len(draft.rows))]
        wrong = {}
        for rule in rules:
            for number, broken in enumerate(failing_under(rule, {sheet.key(): frame}, campaign)):
                _redraw([places[index] for index in broken.nonzero()[0]], rule, number, attempt, wrong)
        copies = [places[index] for index in repeated(sheet, frame).to_numpy().nonzero()[0]]
        if attempt < MOST_REDRAWS // 2:  # where there is little to say, rows may have to repeat each other
            _reword(copies)
        again = {*wrong, *(draft.team.code for draft, _ in copies)}
        pending = [draft for draft in drafts if across or draft.team.code in again]
        if not wrong and not copies:
            break
    return wrong


def _reword(copies: Sequence[tuple[Draft, int]]) -> None:
    """Draw rows again that say what an earlier one says."""
    for draft, index in copies:
        for name in compared(draft.drawer.sheet):
            if name not in draft.fixed[index]:
                draft.rows[index][name] = draft.drawer.draw(name, draft.rows[index], index, again=True)
        draft.drawer.listed_anew(draft.rows[index], draft.fixed[index], index)


def _redraw(
    places: Sequence[tuple[Draft, int]], rule: Rule, number: int, attempt: int, wrong: dict[str, set[str]]
) -> None:
    """Draw again what a rule blames, under the heading of that number; where that is given, what is read beside it.

    Of several rows of a return the first stays: often the others are one too many.
    """
    seen: set[str] = set()
    counts = pd.Series([draft.team.code for draft, _ in places], dtype="str").value_counts()
    examples = [ColumnRef(rule.blames[0].owner, name) for each in (*rule.passing, *rule.failing) for name in each]
    blamed, read = (
        [name for ref in refs for name in (ref.fields[number:][:1] or ref.fields)] for refs in (rule.blames, examples)
    )
    for draft, index in places:
        code = draft.team.code
        wrong.setdefault(code, set()).add(rule.code)
        if code not in seen and counts[code] > 1 and attempt % 2 == 0:
            seen.add(code)
            continue
        row, fixed = draft.rows[index], draft.fixed[index]
        names = [name for name in blamed if name not in fixed]
        beside = [name for name in dict.fromkeys(read) if name not in fixed] if not names else []
        if not names + beside or attempt % 4 == 3:
            names, beside = [name for name in row if name not in fixed], []
        for name in names + beside:
            row[name] = draft.drawer.draw(name, row, index, again=True)
        if attempt >= MOST_REDRAWS // 2:
            _equal(draft.drawer.sheet, row, blamed[0], beside)
        draft.drawer.listed_anew(row, fixed, index)


def _equal(sheet: type[Sheet], row: dict[str, Any], given: str, names: Sequence[str]) -> None:
    """Let numbers beside one that is given, and perhaps beyond what is ordinary, be the same."""
    columns = sheet.columns()
    for name in names:
        if columns[name].kind is columns[given].kind and issubclass(columns[name].kind, Number):
            row[name] = row[given]
