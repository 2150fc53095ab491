"""Tracing: a rule's function is called once with rows that record what is done with them, instead of doing it.

What it gives is an expression, from which others than pandas can tell what the rule says. Many rules are none: they look up,
group and count as they like. Nothing is wrong with them; they just are not traced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.declare.columns import Column
from pipeline.declare.expressions import Node, Sort, UntraceableError, const, field, joined
from pipeline.declare.kinds import Count, Day, Kind, Number, Percent
from pipeline.declare.over import HEADING
from pipeline.declare.recorded import SUBMISSION, ByReturn, Recorder, Return, Value, is_return
from pipeline.declare.rules import Rule

FAILURES = (UntraceableError, TypeError, ValueError, AttributeError, LookupError, ArithmeticError)
"""What comes of calling a function with rows that are none, if it does with them what cannot be recorded."""


@dataclass(frozen=True)
class Traced:
    """What a rule says of a row of its one sheet. read: all fields that it looks at. holds: gives a truth."""

    holds: Node
    read: frozenset[str]


def traced(rule: Rule, columns: Mapping[str, Column], heading: int | None = None) -> Traced | None:
    """Give a rule as an expression; None if it is none. columns: of its sheet. heading: of a rule about one at a time."""
    if rule.frames != rule.sheets[:1] or rule.reads_register or rule.reads_before or rule.across != "return":
        return None
    rows = _Rows(columns, rule, heading)
    try:
        given: Any = rule.holds(rows, **rule.thresholds)
    except FAILURES:
        return None
    if type(given) is not Value or given.node.sort != "truth":
        return None
    return Traced(given.node, frozenset(rows.read))


class _Rows(Recorder):
    """The rows of a sheet."""

    def __init__(self, columns: Mapping[str, Column], rule: Rule, heading: int | None) -> None:
        self.columns, self.heading, self.read = columns, heading, set[str]()
        self._headings = rule.over

    def __getitem__(self, name: Any) -> Any:
        if isinstance(name, list | tuple):
            return _Several([self[each] for each in name])
        if name == SUBMISSION:
            return Return()
        if name == HEADING and self.heading is not None:
            return Value(const(self._headings[self.heading]))
        under = f"{name}_{(self.heading or 0) + 1}" if self.heading is not None else name
        known = name if name in self.columns else under
        if not isinstance(name, str) or known not in self.columns:
            raise UntraceableError(name)
        self.read.add(known)
        col = self.columns[known]
        return Value(field(known, _sort_of(col.kind), is_whole=issubclass(col.kind, Count | Day)))

    def __getattr__(self, name: str) -> Any:
        return self[name]

    def groupby(self, by: Any) -> _Grouped:
        """Group rows by their return."""
        if not is_return(by):
            raise UntraceableError
        return _Grouped(self)


class _Grouped(Recorder):
    """Rows in groups by return."""

    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    def __getitem__(self, name: str) -> ByReturn:
        return ByReturn(self._rows[name])


class _Several(Recorder):
    """Some columns side by side."""

    def __init__(self, values: Sequence[Value]) -> None:
        if not values:
            raise UntraceableError
        self._values = values

    def _each(self, what: Callable[[Value], Value]) -> _Several:
        return _Several([what(each) for each in self._values])

    def __eq__(self, other: object) -> Any:
        return self._each(lambda each: each == other)

    def __ne__(self, other: object) -> Any:
        return self._each(lambda each: each != other)

    def __lt__(self, other: Any) -> Any:
        return self._each(lambda each: each < other)

    def __le__(self, other: Any) -> Any:
        return self._each(lambda each: each <= other)

    def __gt__(self, other: Any) -> Any:
        return self._each(lambda each: each > other)

    def __ge__(self, other: Any) -> Any:
        return self._each(lambda each: each >= other)

    def __invert__(self) -> Any:
        return self._each(lambda each: ~each)

    def isna(self) -> _Several:
        """Tell the blank cells."""
        return self._each(Value.isna)

    def notna(self) -> _Several:
        """Tell the filled cells."""
        return self._each(Value.notna)

    isnull, notnull = isna, notna

    def isin(self, values: Any) -> _Several:
        """Tell the cells in which one of these stands."""
        return self._each(lambda each: each.isin(values))

    def _across(self, axis: Any) -> list[Node]:
        if axis not in (1, "columns"):
            raise UntraceableError
        return [each.node for each in self._values]

    def any(self, axis: Any = 0) -> Value:
        """Tell whether one of them holds."""
        return Value(joined("or", self._across(axis), "truth"))

    def all(self, axis: Any = 0) -> Value:
        """Tell whether all of them hold."""
        return Value(joined("and", self._across(axis), "truth"))

    def sum(self, axis: Any = 0) -> Value:
        """Add them up."""
        return Value(joined("+", self._across(axis), "number"))


def _sort_of(kind: type[Kind]) -> Sort:
    if issubclass(kind, Number | Percent):
        return "number"
    return "day" if issubclass(kind, Day) else "text"
