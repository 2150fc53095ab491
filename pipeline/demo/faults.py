"""Faults of a campaign: its rules' own failing examples, and what its kinds of column invite."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import chain, zip_longest
from random import Random
from typing import Any

from pipeline.campaign import Campaign
from pipeline.check.alike import compared
from pipeline.check.trial import rows_of, team_of
from pipeline.declare import ERROR, QUERY, Day, Form, Rule, Sheet
from pipeline.declare.over import wide
from pipeline.declare.rules import TEAM
from pipeline.demo.slips import Fault, Plant, harmless, is_a, listing, promises, wrong
from pipeline.demo.truth import Rows, broken, copied, failing, frames_of
from pipeline.model import Period

Example = Mapping[str, Any]


def faults(campaign: Campaign, period: Period, team: str = "") -> list[Fault]:
    """Give the faults of a team, by code, that must be corrected, the built-in rules' and the campaign's own in turns."""
    kinds = [*promises(campaign.form), *wrong(campaign.form, period)]
    own = [
        Fault(rule.code, f"breaks rule {rule.code}", _example(campaign, rule, example, team))
        for rule in campaign.form.rules
        if rule.severity is ERROR and rule.across == "return" and not rule.sheets_before
        for example in rule.failing
    ]
    return [fault for fault in chain.from_iterable(zip_longest(kinds, own)) if fault is not None]


def questions(campaign: Campaign, team: str = "") -> list[Fault]:
    """Give what a team must correct or explain, and breaks nothing else."""
    own = [
        Fault(rule.code, f"breaks rule {rule.code}", _question(campaign, rule, example, team))
        for rule in campaign.form.rules
        if rule.severity is QUERY and rule.across == "return" and not rule.sheets_before
        for example in rule.failing
    ]
    return [Fault("U02", "a row copied from the one above", _copied_row(campaign, team)), *own]


def oddities(campaign: Campaign) -> list[Fault]:
    """Give what looks odd but is certain."""
    return harmless(campaign.form)


def across_teams(campaign: Campaign) -> list[tuple[Rule, Example]]:
    """Give the rules between teams with an example that breaks each."""
    rules = [rule for rule in campaign.form.rules if rule.across == "teams" and rule.severity is ERROR]
    return [(rule, example) for rule in rules for example in rule.failing]


def _example(campaign: Campaign, rule: Rule, example: Example, team: str) -> Plant:
    def plant(rows: Rows, rng: Random) -> Rows | None:
        for changed in _overlaid(campaign, rule, example, rows):
            if failing(rule, frames_of(campaign, {team: changed}), campaign).any():
                return changed
        return None

    return plant


def _question(campaign: Campaign, rule: Rule, example: Example, team: str) -> Plant:
    """Break a rule and nothing else: what a row gains in a column that is added up, the rows beside it lose."""

    def plant(rows: Rows, rng: Random) -> Rows | None:
        for changed in _overlaid(campaign, rule, example, rows):
            _balance(campaign.form, changed, rows)
            if broken(campaign, {team: changed}) == {rule.code}:
                return changed
        return None

    return plant


def _copied_row(campaign: Campaign, team: str) -> Plant:
    """Let a row say what the one above says, its own number aside, and break nothing else: no sum gives it away."""
    form = campaign.form

    def plant(rows: Rows, rng: Random) -> Rows | None:
        sheets = [sheet for sheet in form.ledgers if not any(sheet.columns()[n].is_unique for n in compared(sheet))]
        rng.shuffle(sheets)
        for sheet in sheets:
            for line in range(1, len(rows.get(sheet.key(), []))):
                changed = copied(rows)
                mine = changed[sheet.key()]
                mine[line] |= {name: mine[line - 1].get(name) for name in compared(sheet)}
                _balance(form, changed, rows)
                if broken(campaign, {team: changed}) == {"U02"}:
                    return changed
        return None

    return plant


def _overlaid(campaign: Campaign, rule: Rule, example: Example, rows: Rows) -> Iterator[Rows]:
    """Write an example over each of the rows in turn, the others as they were."""
    sheets = {key: campaign.form.sheet(key) for key in rule.sheets}
    wanted = rows_of(rule, example)
    for offset in range(max((len(rows.get(key, [])) for key in wanted), default=0)):
        changed = copied(rows)
        for key, said in wanted.items():
            for number, values in enumerate(said):
                lines = range(len(rows[key])) if sheets[key].is_card() else range(offset + number, len(rows[key]))[:1]
                for line in lines:
                    overlay(campaign.form, changed, key, line, _typed(rule, sheets[key], values))
        yield changed


def _typed(rule: Rule, sheet: type[Sheet], values: Mapping[str, Any]) -> dict[str, Any]:
    """Give an example's values as a workbook holds them; a blamed field left out is blank if the rule reads blanks."""
    blamed = (ref for ref in rule.blames if rule.reads_blanks and ref.owner is sheet)
    blank: dict[str, Any] = {name: None for ref in blamed for name in ref.fields}
    columns = sheet.columns()
    values = wide(columns, values)
    for name in values.keys() & columns.keys():
        col, value = columns[name], values[name]
        read = col.kind.parse_cell(value, col).value if is_a(Day)(col) else None
        blank[name] = read.date() if isinstance(read, dt.datetime) else value
    return blank


def overlay(form: Form, rows: Rows, key: str, line: int, values: Mapping[str, Any]) -> None:
    """Write values into a row; where other sheets refer to an old one, they follow it."""
    row = rows[key][line]
    for name, value in values.items():
        for other in listing(form, form.sheet(key).columns()[name]):
            for each in rows[other.sheet.key()]:
                if each.get(other.field) == row[name]:
                    each[other.field] = value
        row[name] = value


def _balance(form: Form, rows: Rows, right: Rows) -> None:
    """Keep every sum that an indicator must equal: what one row has gained, the largest of the others lose."""
    measures = [col.equals for col in form.declared.columns().values() if col.equals is not None]
    for key, name, col in [(each.sheet.key(), f, each.sheet.columns()[f]) for each in measures for f in each.fields]:
        gains = [new[name] - old[name] for new, old in zip(rows[key], right[key], strict=True)]
        least, gained = col.least or 0, sum(gains)
        for line in sorted(range(len(gains)), key=lambda line: -right[key][line][name]):
            if gains[line] == 0:
                taken = max(0, min(gained, rows[key][line][name] - least))
                rows[key][line][name] -= taken
                gained -= taken


def planted_across(
    campaign: Campaign, rule: Rule, example: Example, returns: Mapping[str, Rows]
) -> dict[str, Rows] | None:
    """Break a rule between teams: the example's teams become the given ones, its rows their last; None if it holds."""
    changed = {code: copied(rows) for code, rows in returns.items()}
    labels = list(dict.fromkeys(team_of(row[TEAM]) for said in example.values() for row in said))
    for code, label in zip(changed, labels, strict=False):
        for key, said in example.items():
            mine = [row for row in said if team_of(row[TEAM]) == label]
            for line, values in enumerate(reversed(mine), 1):
                typed = _typed(rule, campaign.form.sheet(key), values)
                overlay(campaign.form, changed[code], key, len(changed[code][key]) - line, typed)
    return changed if failing(rule, frames_of(campaign, changed), campaign).any() else None
