"""Slips: what people type wrongly into one cell, or leave out, by kind of column; and what only looks wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from pipeline.declare import Choice, Column, Count, Day, Form, Money, Name, Phone, Serial, YesNo
from pipeline.declare.columns import RECEIVED
from pipeline.declare.kinds import Number
from pipeline.demo import people
from pipeline.demo.truth import Rows, copied
from pipeline.model import Period

Plant = Callable[[Rows, Random], Rows | None]
Suits = Callable[[Column], bool]
FULL_WIDTH = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: the code that must be found for it (None: it must be read as meant), what it is, how to make it.

    plant: takes a return's rows and gives them back with the mistake in, or None where they have no place for it.
    """

    rule: str | None
    what: str
    plant: Plant


@dataclass(frozen=True, slots=True)
class _Slip:
    """A wrong value typed into a cell. suits: columns that invite it. typed: what stands there instead of a value."""

    rule: str | None
    what: str
    suits: Suits
    typed: Callable[[Column, Any], Any]


def is_a(*kinds: type[Any]) -> Suits:
    """Give the test for columns of these kinds."""
    return lambda col: issubclass(col.kind, kinds)


def wrong(form: Form, period: Period) -> list[Fault]:
    """Give the slips that must be found."""
    absent, behind = f"{period.ends.year}.2.31", period.ends + dt.timedelta(40)

    def is_free(col: Column) -> bool:
        return issubclass(col.kind, Choice) and not issubclass(col.kind, YesNo) and not col.listed

    slips = (
        _Slip("N01", "an estimate", is_a(Count), lambda col, value: f"约{value}"),
        _Slip("N01", "a rounded guess", is_a(Count), lambda col, value: "3万多"),
        _Slip("N02", "a fraction of one", is_a(Count), lambda col, value: value + 0.5),
        _Slip("N03", "a negative number", lambda col: is_a(Number)(col) and col.ge is not None, lambda col, value: -3),
        _Slip(
            "N04", "a number out of bounds", lambda col: col.kind.numeric and bool(col.le), lambda col, _: col.le * 10
        ),
        _Slip("N06", "another unit", lambda col: is_a(Money)(col) and col.unit != "元", lambda col, value: "3500元"),
        _Slip("N08", "a word for zero", is_a(Number), lambda col, value: "无"),
        _Slip("D01", "a day that is none", is_a(Day), lambda col, value: "中旬"),
        _Slip("D03", "a day not in the calendar", is_a(Day), lambda col, value: absent),
        _Slip("D02", "a day after the period", lambda col: col.within is not None, lambda col, value: behind),
        _Slip("R01", "a required cell left blank", lambda col: col.is_required, lambda col, value: None),
        _Slip("C01", "an unknown choice", is_free, lambda col, value: "视情况而定"),
        _Slip("C02", "a value that no list has", lambda col: col.listed is not None, lambda col, value: "视情况而定"),
        _Slip(
            "P01",
            "a telephone number too short",
            lambda col: is_a(Phone)(col) and not col.pattern,
            lambda col, value: str(value)[:-1],
        ),
        _Slip(
            "T02",
            "a code of another pattern",
            lambda col: bool(col.pattern) and not is_a(Phone)(col),
            lambda col, value: "第一号（见附件）",
        ),
        _Slip("T03", "several persons in one cell", is_a(Name), lambda col, value: f"{value}等3人"),
    )
    edges = [slip for slip in _on_the_edge(period) if any(map(slip.suits, form.columns()))]
    return [Fault(slip.rule, slip.what, _typing(form, slip)) for slip in (*slips, *edges)]


def _on_the_edge(period: Period) -> Iterator[_Slip]:
    """Give the slips against bounds that must not be reached, and against the day of receipt."""
    late = max(period.due, period.ends) + dt.timedelta(40)
    yield _Slip("N09", "a number on its lower bound", lambda col: col.gt is not None, lambda col, _: col.gt)
    yield _Slip(
        "N10", "a number on its upper bound", lambda col: bool(col.lt) and col.gt is None, lambda col, _: col.lt
    )
    yield _Slip("D04", "a day after the receipt", lambda col: col.le == RECEIVED, lambda col, _: late)


def harmless(form: Form) -> list[Fault]:
    """Give the slips that must be read as meant. Numbers as text stand where no row of sums passes them over."""

    def is_apart(col: Column) -> bool:
        return issubclass(col.kind, Count) and not col.sheet.options().total_row

    def has_unit(col: Column) -> bool:
        return is_apart(col) and bool(col.unit)

    slips = (
        _Slip(None, "full-width digits", is_apart, lambda col, value: str(value).translate(FULL_WIDTH)),
        _Slip(None, "a day typed with dots", is_a(Day), lambda col, day: f"{day.year}.{day.month}.{day.day}"),
        _Slip(None, "the unit in the cell", has_unit, lambda col, value: f"{value}{col.unit}"),
        _Slip(None, "a day typed in full", is_a(Day), lambda col, day: f"{day.year}年{day.month}月{day.day}日"),
        _Slip(None, "spaces in a name", is_a(Name), lambda col, value: "　".join(value)),
        _Slip(None, "spaces around a choice", is_a(Choice), lambda col, value: f" {value}　"),
    )
    return [Fault(slip.rule, slip.what, _typing(form, slip)) for slip in slips]


def promises(form: Form) -> list[Fault]:
    """Give the mistakes against what columns promise beside other cells."""
    return [
        Fault("B01", "a ledger row left out", _left_out(form)),
        Fault("L01", "a person who is not listed", _unlisted(form)),
        Fault("U01", "a value given twice", _twice(form)),
        Fault("B01", "an indicator that is not its ledger's sum", _misstated(form)),
        Fault("Z01", "a nil return with figures", _not_nil(form)),
        Fault("B02", "a period's figure that is not what was added", _unlike_the_whole(form)),
    ]


def listing(form: Form, col: Column) -> list[Column]:
    """Give the columns whose values must stand in this one."""
    here = (col.sheet, col.field)
    return [each for each in form.columns() if each.in_column and (each.in_column.owner, str(each.in_column)) == here]


def _places(form: Form, rows: Rows, suits: Suits) -> list[tuple[Column, int]]:
    """List the filled cells of suitable columns that teams fill in; of a card, its last record's.

    Nothing that other sheets refer to: that would be many mistakes. A number that can be read and is wrong there (N03, N04)
    is no longer its ledger's sum nor what the period's record says, so B01 and B02 are found beside it.
    """
    return [
        (col, line)
        for sheet in form.tabs
        if sheet.options().role in ("ledger", "declared")
        for col in sheet.columns().values()
        if suits(col) and col.role is None and not issubclass(col.kind, Serial) and not listing(form, col)
        if not col.is_computed
        for line, row in enumerate(rows.get(sheet.key(), []))
        if _is_right(col, row.get(col.field)) and (not sheet.is_card() or line == len(rows[sheet.key()]) - 1)
    ]


def _is_right(col: Column, value: Any) -> bool:
    """Tell a cell that is filled and that no other slip has turned into text."""
    return value is not None and not (isinstance(value, str) and issubclass(col.kind, (Day, Number)))


def _typing(form: Form, slip: _Slip) -> Plant:
    def plant(rows: Rows, rng: Random) -> Rows | None:
        places = _places(form, rows, slip.suits)
        if not places:
            return None
        column = rng.choice(list({(col.sheet.key(), col.field): col for col, _ in places}.values()))
        col, line = rng.choice([place for place in places if place[0] is column])
        return _changed(rows, col, line, slip.typed(col, rows[col.sheet.key()][line][col.field]))

    return plant


def _changed(rows: Rows, col: Column, line: int, value: Any) -> Rows:
    changed = copied(rows)
    changed[col.sheet.key()][line][col.field] = value
    return changed


def _twice(form: Form) -> Plant:
    def plant(rows: Rows, rng: Random) -> Rows | None:
        columns = [col for col in form.columns() if col.is_unique and not listing(form, col)]
        columns = [col for col in columns if len(rows.get(col.sheet.key(), [])) > 1]
        if not columns:
            return None
        col = rng.choice(columns)
        mine = rows[col.sheet.key()]
        return _changed(rows, col, len(mine) - 1, mine[0][col.field])

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
        return _changed(rows, col, line, stranger)

    return plant


def _left_out(form: Form) -> Plant:
    def plant(rows: Rows, rng: Random) -> Rows | None:
        if form.derived is not None:
            return None  # what its ledgers come to is all that is known of them
        measured = dict.fromkeys(col.equals.sheet for col in form.declared.columns().values() if col.equals is not None)
        referred = {col.in_column.owner for col in form.columns() if col.in_column is not None}
        keys = [sheet.key() for sheet in measured if rows[sheet.key()] and sheet not in referred]
        if not keys:
            return None
        key, left = rng.choice(keys), copied(rows)
        del left[key][rng.randrange(len(left[key]))]
        return left

    return plant


def _misstated(form: Form) -> Plant:
    def plant(rows: Rows, rng: Random) -> Rows | None:
        mine = rows[form.declared.key()]
        columns = [col for col in form.declared.columns().values() if col.equals is not None]
        columns = [col for col in columns if _is_right(col, mine[-1][col.field])]
        if not columns or form.derived is not None:
            return None
        col, misstated = rng.choice(columns), copied(rows)
        for row in misstated[form.declared.key()]:  # all records alike, or it would be two mistakes
            row[col.field] = mine[-1][col.field] + 10
        return misstated

    return plant


def _not_nil(form: Form) -> Plant:
    def plant(rows: Rows, rng: Random) -> Rows | None:
        nil, names = form.column_in_role("nil"), form.nothing_when_nil()
        if nil is None or not any(_is_right(col, rows[form.declared.key()][-1][name]) for name, col in names.items()):
            return None
        return _changed(rows, nil.declared(), 0, nil.declared().choices[0])

    return plant


def _unlike_the_whole(form: Form) -> Plant:
    def plant(rows: Rows, rng: Random) -> Rows | None:
        options = form.declared.options()
        if not options.this_period or not options.cumulative:
            return None
        line, mine = list(options.records or ()).index(options.this_period), rows[form.declared.key()]
        columns = [col for name, col in form.nothing_when_nil().items() if _is_right(col, mine[line][name])]
        columns = [col for col in columns if all(_is_right(col, row[col.field]) for row in mine)]
        col = rng.choice(columns) if columns else None
        return None if col is None else _changed(rows, col, line, mine[line][col.field] + 1)

    return plant
