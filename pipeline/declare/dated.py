"""A form per period: what stands dated in the declarations, and the form of each period, which is made of them at load.

    2011-03     2011-04     2011-05
    解决户数     办结户数     办结户数      column("办结户数", was={"2011-03": "解决户数"})
                回访户数     回访户数      column("回访户数", since="2011-04")
    纸质档案                              column("纸质档案", until="2011-03")

Periods between two changes share one form. A form without dates is the form of every period, as it was declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from pipeline.declare.columns import Column
from pipeline.declare.form import Form
from pipeline.declare.lists import Listed
from pipeline.declare.measures import ColumnRef, Measure
from pipeline.declare.rules import Rule
from pipeline.declare.sheet import Sheet, SheetOptions, SheetType

Made = Mapping[type[Sheet], type[Sheet] | None]
"""Sheets as declared -> as they are in one period, None where its form lacks them."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A word that names a period: of a column, of a sheet, or, without a sheet, of the form. period: what it names."""

    sheet: type[Sheet] | None
    field: str
    word: str
    period: Any


def dates_in(form: Form) -> Iterator[Dated]:
    """Give the dated words of a form, in its order."""
    for period in form.was:
        yield Dated(None, "", "was", period)
    for sheet in form.sheets:
        said: list[tuple[str, SheetOptions | Column]] = [("", sheet.options()), *sheet.columns().items()]
        for name, each in said if sheet is not form.derived else ():
            yield from (
                Dated(sheet, name, word, value) for word in ("since", "until") if (value := getattr(each, word))
            )
            yield from (Dated(sheet, name, "was", period) for period in getattr(each, "was", ()))


def forms_by_period(form: Form, periods: Sequence[str]) -> dict[str, Form]:
    """Give the form of each period, by key. periods: their keys in order, among which are all that the form names."""
    if next(dates_in(form), None) is None:
        return dict.fromkeys(periods, form)
    known: dict[tuple[object, ...], Form] = {}
    forms = {}
    for number, key in enumerate(periods):
        period = _Period(number, {each: place for place, each in enumerate(periods)})
        facts = tuple(period.facts(form))
        forms[key] = known[facts] if facts in known else known.setdefault(facts, _form_in(form, period))
    return forms


def distinct(forms: Mapping[str, Form]) -> dict[str, Form]:
    """Give the forms that differ, each under the first period that it is the form of."""
    first: dict[int, str] = {}
    for key, form in forms.items():
        first.setdefault(id(form), key)
    return {key: forms[key] for key in first.values()}


@dataclass(frozen=True)
class _Period:
    """One of the periods. order: key -> place of each."""

    number: int
    order: Mapping[str, int]

    def has(self, each: Column | SheetOptions) -> bool:
        first, last = self.order.get(each.since, 0), self.order.get(each.until, len(self.order))
        return first <= self.number <= last

    def called(self, now: str, was: Mapping[str, str]) -> str:
        """Give what something is called: the earliest of its former names that still holds, else its present one."""
        holding = [(self.order[key], name) for key, name in was.items() if self.number <= self.order[key]]
        return min(holding, default=(0, now))[1]

    def facts(self, form: Form) -> Iterator[object]:
        """Give all in which the form of this period may differ from another's."""
        yield self.called(form.version, form.was)
        for sheet in form.sheets:
            yield self.has(sheet.options())
            yield from ((self.has(col), self.called(col.lowest, col.was)) for col in sheet.columns().values())


def _form_in(form: Form, period: _Period) -> Form:
    made: Made = {sheet: _sheet_in(sheet, period) if period.has(sheet.options()) else None for sheet in form.sheets}
    sheets = [sheet for sheet in made.values() if sheet is not None]
    for sheet in sheets:
        _relate(sheet, made)
    derived = made[form.derived] if form.derived else None
    if derived is not None:
        derived.__columns__ = {name: col for name, col in derived.columns().items() if col.equals is not None}
        if not derived.columns():
            sheets.remove(derived)
            derived = None
    rules = [_rule_in(rule, made) for rule in form.rules if _applies(rule, made)]
    version = period.called(form.version, form.was)
    return replace(form, sheets=tuple(sheets), rules=tuple(rules), derived=derived, version=version)


def _sheet_in(sheet: type[Sheet], period: _Period) -> type[Sheet]:
    """Make a sheet as it is in a period, of the same name in the same place; references are still those declared."""
    whose = {"__doc__": sheet.__doc__, "__module__": sheet.__module__}
    made = cast(type[Sheet], SheetType(sheet.__name__, (Sheet,), whose))
    titled = {name: col.entitled(period.called(col.lowest, col.was)) for name, col in sheet.columns().items()}
    said = {name: col.entitled(period.called(col.lowest, col.was)) for name, col in sheet.declared().items()}
    for col in (*titled.values(), *said.values()):
        col.sheet = made
    made.__declared__ = {name: col for name, col in said.items() if period.has(col)}
    made.__columns__ = {name: col for name, col in titled.items() if period.has(col)}
    made.__absent__ = {name: col for name, col in titled.items() if not period.has(col)}
    made.__words__ = sheet.__words__
    made.__options__ = _options_in(sheet.options(), made.__absent__)
    return made


def _options_in(options: SheetOptions, absent: Mapping[str, Column]) -> SheetOptions:
    """Leave out what is said of columns that are not there."""
    if not absent:
        return options
    return replace(
        options,
        key="" if options.key in absent else options.key,
        unique=tuple(group for group in options.unique if absent.keys().isdisjoint(group)),
        stocks=tuple(name for name in options.stocks if name not in absent),
        record=tuple(name for name in options.record if name not in absent),
    )


def _relate(sheet: type[Sheet], made: Made) -> None:
    """Let columns refer to the sheets of their own period. What refers to a column that is not there refers to nothing."""
    for col in sheet.columns().values():
        source, measure = col.in_column, col.equals
        if isinstance(source, ColumnRef) and source.owner in made:
            owner = _with(made, source.owner, source)
            col.in_column = ColumnRef(owner, str(source)) if owner else None
        if isinstance(measure, Measure) and measure.sheet in made:
            owner = _with(made, measure.sheet, *measure.where, *filter(None, [measure.field]))
            col.equals = Measure(owner, measure.field, measure.where) if owner else None
        if col.listed is not None and col.listed.by in sheet.absent():
            col.listed = Listed(col.listed.entries)


def _with(made: Made, sheet: type[Sheet], *names: str) -> type[Sheet] | None:
    """Give a sheet of the form as it is in the period; None if it, or one of these columns, is on the form at other times."""
    other = made[sheet]
    if other is None:
        return None
    gone = other.absent().keys() | (sheet.declared().keys() - other.declared().keys())
    return other if gone.isdisjoint(map(str, names)) else None


def _applies(rule: Rule, made: Made) -> bool:
    keys = {sheet.key() for sheet in made.values() if sheet is not None}
    return keys.issuperset(rule.sheets) and all(_with(made, ref.owner, ref) for ref in rule.blames)


def _rule_in(rule: Rule, made: Made) -> Rule:
    owners = ((_with(made, ref.owner, ref), ref) for ref in rule.blames)
    return replace(rule, blames=tuple(ColumnRef(owner, str(ref)) for owner, ref in owners if owner is not None))
