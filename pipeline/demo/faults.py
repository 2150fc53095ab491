"""What goes wrong in a return: slips that each kind of column invites, the rules' own failing examples, harmless oddities.

A fault takes a right return's rows and gives them back with the mistake in, or None where the return has no place for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from pipeline.campaign import Campaign
from pipeline.declare import (
    ERROR, QUERY, Choice, Code, Column, Count, Day, Form, Money, Name, Phone, Rule, Serial, Severity, Sheet, YesNo,
)  # fmt: skip
from pipeline.declare.kinds import Number
from pipeline.demo import people
from pipeline.demo.truth import Rows, broken, copied, failing, frames_of
from pipeline.model import Period

Example = Mapping[str, Any]
Plant = Callable[[Rows, Random], Rows | None]
FULL_WIDTH = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: the code that must be found for it (None: it must be read as meant), what it is, how to make it."""

    rule: str | None
    what: str
    plant: Plant


@dataclass(frozen=True, slots=True)
class _Slip:
    """A wrong value typed into one cell. suits: the columns that invite it. typed: what stands there instead of a value."""

    rule: str | None
    what: str
    suits: Callable[[Column], bool]
    typed: Callable[[Column, Any], Any]


def is_a(*kinds: type[Any]) -> Callable[[Column], bool]:
    """Give the test for columns of these kinds."""
    return lambda col: issubclass(col.kind, kinds)


def _wrong(period: Period) -> tuple[_Slip, ...]:
    """Slips that must be found."""
    absent_day = f"{period.ends.year}.2.31"
    return (
        _Slip("N01", "an estimate", is_a(Count), lambda col, value: f"约{value}"),
        _Slip("N01", "a rounded guess", is_a(Count), lambda col, value: "3万多"),
        _Slip("N02", "a fraction of one", is_a(Count), lambda col, value: value + 0.5),
        _Slip("N03", "a negative number", lambda col: is_a(Number)(col) and col.ge is not None, lambda col, value: -3),
        _Slip("N04", "a number out of bounds", lambda col: is_a(Number)(col) and col.le is not None, lambda col, value: col.le * 10),
        _Slip("N06", "another unit", lambda col: is_a(Money)(col) and col.unit != "元", lambda col, value: "3500元"),
        _Slip("N08", "a word for zero", is_a(Count, Money), lambda col, value: "无"),
        _Slip("D01", "a day that is none", is_a(Day), lambda col, value: "中旬"),
        _Slip("D03", "a day not in the calendar", is_a(Day), lambda col, value: absent_day),
        _Slip("D02", "a day after the period", lambda col: col.within is not None, lambda col, value: period.ends + dt.timedelta(40)),
        _Slip("R01", "a required cell left blank", lambda col: col.is_required and not is_a(Serial)(col), lambda col, value: None),
        _Slip("C01", "an unknown choice", lambda col: is_a(Choice)(col) and not is_a(YesNo)(col), lambda col, value: "视情况而定"),
        _Slip("P01", "a telephone number too short", is_a(Phone), lambda col, value: str(value)[:-1]),
        _Slip("T02", "a code of another pattern", lambda col: bool(col.pattern) and is_a(Code)(col), lambda col, value: "第一号"),
        _Slip("T03", "several persons in one cell", is_a(Name), lambda col, value: f"{value}等3人"),
    )


def _harmless(period: Period) -> tuple[_Slip, ...]:
    """Slips that must be read as meant."""
    return (
        _Slip(None, "full-width digits", is_a(Count), lambda col, value: str(value).translate(FULL_WIDTH)),
        _Slip(None, "a day typed with dots", is_a(Day), lambda col, value: f"{value.year}.{value.month}.{value.day}"),
        _Slip(None, "the unit in the cell", lambda col: is_a(Count)(col) and bool(col.unit), lambda col, value: f"{value}{col.unit}"),
        _Slip(None, "a day typed in full", is_a(Day), lambda col, value: f"{value.year}年{value.month}月{value.day}日"),
        _Slip(None, "spaces in a name", is_a(Name), lambda col, value: "　".join(value)),
        _Slip(None, "spaces behind a choice", is_a(Choice), lambda col, value: f" {value}　"),
    )


def faults(campaign: Campaign, period: Period, severity: Severity = ERROR) -> list[Fault]:
    """Give the faults that a campaign can have, the campaign's own rules and the built-in ones in turns."""
    own = [
        Fault(rule.code, f"breaks rule {rule.code}", (_question if severity is QUERY else _example)(campaign, rule, example))
        for rule in campaign.form.rules
        if rule.severity is severity and rule.across == "return"
        for example in rule.failing
    ]
    if severity is QUERY:
        return own
    kinds = [
        Fault("B01", "a ledger row left out", _left_out(campaign.form)),
        Fault("L01", "a person who is not listed", _unlisted(campaign.form)),
        Fault("U01", "a value given twice", _twice(campaign.form)),
        Fault("B01", "an indicator that is not its ledger's sum", _misstated(campaign.form)),
        *(Fault(slip.rule, slip.what, _typing(campaign.form, slip)) for slip in _wrong(period)),
    ]
    return [fault for pair in _in_turns(kinds, own) for fault in pair]


def _in_turns(first: list[Fault], second: list[Fault]) -> Iterator[list[Fault]]:
    for number in range(max(len(first), len(second))):
        yield [*first[number : number + 1], *second[number : number + 1]]


def oddities(campaign: Campaign, period: Period) -> list[Fault]:
    """Give what looks odd but is certain."""
    return [Fault(None, slip.what, _typing(campaign.form, slip)) for slip in _harmless(period)]


def across_teams(campaign: Campaign) -> list[tuple[Rule, Example]]:
    """Give the rules between teams with an example that breaks each."""
    return [(rule, example) for rule in campaign.form.rules if rule.across == "teams" and rule.severity is ERROR for example in rule.failing]


# One cell.


def _places(form: Form, rows: Rows, suits: Callable[[Column], bool]) -> list[tuple[Column, int]]:
    """List the filled cells of suitable columns that teams fill in themselves; nothing that a row or a return is known by."""
    return [
        (col, line)
        for sheet in form.sheets
        if sheet.options().role in ("ledger", "declared")
        for col in sheet.columns().values()
        if suits(col) and col.role is None and col.field != sheet.options().key and not listing(form, col)
        for line, row in enumerate(rows.get(sheet.key(), []))
        if row.get(col.field) is not None and (not sheet.is_card() or line == len(rows[sheet.key()]) - 1)
    ]


def listing(form: Form, col: Column) -> list[Column]:
    """Give the columns whose values must stand in this one."""
    return [other for other in form.columns() if other.in_column is not None and (other.in_column.owner, str(other.in_column)) == (col.sheet, col.field)]


def _typing(form: Form, slip: _Slip) -> Plant:
    def plant(rows: Rows, rng: Random) -> Rows | None:
        places = _places(form, rows, slip.suits)
        if slip.rule == "T02":  # a code is what names its row
            places = [(col, 0) for col in form.columns() if slip.suits(col) and col.role is None and rows.get(col.sheet.key())]
        columns = list(dict.fromkeys(col for col, _ in places))
        if not columns:
            return None
        column = rng.choice(columns)
        col, line = rng.choice([place for place in places if place[0] is column])
        return _changed(rows, col.sheet.key(), line, {col.field: slip.typed(col, rows[col.sheet.key()][line][col.field])})

    return plant


def _changed(rows: Rows, key: str, line: int, values: Mapping[str, Any]) -> Rows:
    changed = copied(rows)
    changed[key][line] |= values
    return changed


# Promises of columns.


def _twice(form: Form) -> Plant:
    def plant(rows: Rows, rng: Random) -> Rows | None:
        columns = [
            col for col in form.columns()
            if col.is_unique and not listing(form, col) and len(rows.get(col.sheet.key(), [])) > 1 and not is_a(Serial)(col)
        ]  # fmt: skip
        if not columns:
            return None
        col = rng.choice(columns)
        mine = rows[col.sheet.key()]
        return _changed(rows, col.sheet.key(), len(mine) - 1, {col.field: mine[0][col.field]})

    return plant


def _unlisted(form: Form) -> Plant:
    def plant(rows: Rows, rng: Random) -> Rows | None:
        places = _places(form, rows, lambda col: is_a(Name)(col) and col.in_column is not None)
        if not places:
            return None
        col, line = rng.choice(places)
        assert col.in_column is not None
        listed = {row[str(col.in_column)] for row in rows[col.in_column.owner.key()]}
        stranger = next(name for name in iter(lambda: people.person(rng), "") if name not in listed)
        return _changed(rows, col.sheet.key(), line, {col.field: stranger})

    return plant


def _left_out(form: Form) -> Plant:
    def plant(rows: Rows, rng: Random) -> Rows | None:
        measured = [col.equals.sheet for col in form.declared.columns().values() if col.equals is not None]
        sheets = [each for each in dict.fromkeys(measured) if rows[each.key()] and not any(listing(form, col) for col in each.columns().values())]
        if not sheets:
            return None
        key = rng.choice(sheets).key()
        left = copied(rows)
        del left[key][rng.randrange(len(left[key]))]
        return left

    return plant


def _misstated(form: Form) -> Plant:
    def plant(rows: Rows, rng: Random) -> Rows | None:
        key = form.declared.key()
        names = [col.field for col in form.declared.columns().values() if col.equals is not None]
        if not names:
            return None
        name, last = rng.choice(names), len(rows[key]) - 1
        return _changed(rows, key, last, {name: rows[key][last][name] + 10})

    return plant


# The rules' own examples.


def _example(campaign: Campaign, rule: Rule, example: Example) -> Plant:
    def plant(rows: Rows, rng: Random) -> Rows | None:
        tries = _overlaid(campaign, rule, example, rows)
        return next((changed for changed in tries if failing(rule, frames_of(campaign, {"": changed})).any()), None)

    return plant


def _question(campaign: Campaign, rule: Rule, example: Example) -> Plant:
    """Break a rule and nothing else: what a row gains in a column that is added up, the rows beside it lose."""

    def plant(rows: Rows, rng: Random) -> Rows | None:
        for changed in _overlaid(campaign, rule, example, rows):
            _balance(campaign.form, changed, rows)
            if broken(campaign, {"": changed}) == {rule.code}:
                return changed
        return None

    return plant


def _overlaid(campaign: Campaign, rule: Rule, example: Example, rows: Rows) -> Iterator[Rows]:
    """Write an example over each of the rows in turn, the others as they were."""
    sheets = {key: campaign.form.sheet(key) for key in rule.sheets}
    wanted = example if set(example) <= set(sheets) else {rule.sheets[0]: [example]}
    for offset in range(max((len(rows.get(key, [])) for key in wanted), default=0)):
        changed = copied(rows)
        for key, said in wanted.items():
            for number, values in enumerate(said):
                lines = range(len(rows[key])) if sheets[key].is_card() else range(offset + number, len(rows[key]))[:1]
                for line in lines:
                    overlay(campaign.form, changed, key, line, _typed(rule, sheets[key], values))
        yield changed


def _typed(rule: Rule, sheet: type[Sheet], values: Mapping[str, Any]) -> dict[str, Any]:
    """Give an example's values as a workbook holds them; what it leaves out of the blamed is blank if the rule reads blanks."""
    blank: dict[str, Any] = {str(ref): None for ref in rule.blames if rule.reads_blanks and ref.owner is sheet}
    columns = sheet.columns()
    for name in values.keys() & columns.keys():
        is_day = is_a(Day)(columns[name]) and values[name] is not None
        blank[name] = dt.date.fromisoformat(str(values[name])) if is_day else values[name]
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
    for col in form.declared.columns().values():
        if col.equals is None or col.equals.field is None:
            continue
        key, name = col.equals.sheet.key(), col.equals.field
        gains = [new[name] - old[name] for new, old in zip(rows[key], right[key], strict=True)]
        least, gained = col.equals.sheet.columns()[name].ge or 0, sum(gains)
        for line in sorted(range(len(gains)), key=lambda line: -right[key][line][name]):
            if gains[line] == 0:
                taken = max(0, min(gained, rows[key][line][name] - least))
                rows[key][line][name] -= taken
                gained -= taken


def planted_across(campaign: Campaign, rule: Rule, example: Example, returns: Mapping[str, Rows]) -> dict[str, Rows] | None:
    """Break a rule between teams: each team of the example becomes one of the given, its values stand in their last rows."""
    changed = {code: copied(rows) for code, rows in returns.items()}
    labels = list(dict.fromkeys(row["team"] for said in example.values() for row in said))
    for code, label in zip(changed, labels, strict=False):
        for key, said in example.items():
            mine = [row for row in said if row["team"] == label]
            for line, values in enumerate(reversed(mine), 1):
                overlay(campaign.form, changed[code], key, len(changed[code][key]) - line, _typed(rule, campaign.form.sheet(key), values))
    return changed if failing(rule, frames_of(campaign, changed)).any() else None
