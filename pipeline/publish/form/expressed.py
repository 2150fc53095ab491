"""Expressions of a row as formulas: what says that one holds, or does not hold, for certain.

Doubles are compared as they are by pandas, and as if they had 15 digits by Excel. So what was computed of amounts holds or
fails for certain only where the two sides differ by more than binary fractions make them; in between nobody is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cached_property

from pipeline.declare import Choice, Column, YearMonth
from pipeline.declare.expressions import CONST, FIELD, ISIN, ISNA, TOTAL, Node, fields_by_value
from pipeline.declare.tracing import Traced
from pipeline.publish.form.formulas import ALWAYS, NEVER, blank, both, day, either, quoted, unless, where
from pipeline.publish.form.wrong import Span, settled, sound

Cells = Callable[[str], str]
"""Gives what stands in a formula for a field: a cell of the row, or a whole range."""

TOLERANCE = "0.0000005"


class UnknownError(Exception):
    """What the expression says, Excel cannot know."""


class Expressed:
    """An expression about the columns of a sheet. spans: of those that hold days, their first and last one, by field."""

    def __init__(
        self, rule: Traced, columns: Mapping[str, Column], spans: Mapping[str, Span], *, reads_blanks: bool
    ) -> None:
        self._holds, self._columns, self._spans = rule.holds, columns, spans
        self.totals = frozenset(
            str(each.parts[0])
            for node in rule.holds.walk()
            if node.operator == TOTAL
            for each in node.walk()
            if each.operator == FIELD
        )
        self._by_value = {str(node.parts[0]) for node in fields_by_value(rule.holds)}
        self._by_row = rule.read if not reads_blanks else frozenset()
        self._read = rule.read

    @cached_property
    def is_known(self) -> bool:
        """Whether Excel can know what it says."""
        try:
            self.broken(str, str)
        except UnknownError:
            return False
        return True

    def broken(self, at: Cells, whole: Cells) -> str:
        """Say that it is evaluated and does not hold. at: cells of a row, whole: all of a column. Raises UnknownError."""
        evaluated = both(*(self._is_known(name, at(name)) for name in sorted(self._read)))
        if evaluated == NEVER:
            raise UnknownError
        return where(evaluated, _Writer(self._columns, at, whole).certainly(self._holds, False))

    def _is_known(self, name: str, cell: str) -> str:
        """Say that a cell can be read, and has a value if the rule is evaluated only where it has one."""
        col, span = self._columns[name], self._spans[name]
        if name in self._by_row or (name in self._by_value and not self._may_be_blank(name)):
            if name in self._by_value or name in self.totals:
                return sound(col, span, cell)
            return both(settled(col, span, cell), unless(blank(cell, col.blanks)))
        return settled(col, span, cell)

    def _may_be_blank(self, name: str) -> bool:
        """Whether a blank cell compares in Excel as it does in pandas: a text that is held against constants."""
        return issubclass(self._columns[name].kind, Choice) and not any(
            _compares_fields(node, name) for node in self._holds.walk()
        )


def _compares_fields(node: Node, name: str) -> bool:
    """Whether a text is held against another cell, or something else is asked of it than what it is."""
    if node.operator in (FIELD, ISNA, ISIN, TOTAL) or not any(
        part.parts[0] == name for part in node.nodes if part.operator == FIELD
    ):
        return False
    return node.operator not in ("==", "!=") or not any(part.operator == CONST for part in node.nodes)


class _Writer:
    """Writes nodes as formulas."""

    def __init__(self, columns: Mapping[str, Column], at: Cells, whole: Cells) -> None:
        self._columns, self._at, self._whole = columns, at, whole

    def certainly(self, node: Node, truth: bool) -> str:
        """Say that a truth is this one, for certain."""
        operator, parts = node.operator, node.parts
        match operator:
            case "const":
                return ALWAYS if parts[0] is truth else NEVER
            case "not":
                return self.certainly(parts[0], not truth)
            case "and" | "or":
                join = both if (operator == "and") is truth else either
                return join(*(self.certainly(part, truth) for part in parts))
            case "isna":
                col = self._columns[parts[0].parts[0]]
                is_blank = blank(self._at(col.field), col.blanks)
                return is_blank if truth else unless(is_blank)
            case "==" | "!=" if parts[0].sort == "truth":
                return self._alike(*parts, is_equal=(operator == "==") is truth)
            case "==" | "!=":
                return self._equal(*parts, is_equal=(operator == "==") is truth)
            case "isin":
                each = [self._equal(parts[0], const, is_equal=truth) for const in parts[1:]]
                return either(*each) if truth else both(*each)
            case "<" | "<=":
                left, right = parts if truth else (parts[1], parts[0])
                return self._ordered(left, right, may_equal=(operator == "<=") is truth)
            case "startswith" | "endswith":
                text, side = str(parts[1].parts[0]), "LEFT" if operator == "startswith" else "RIGHT"
                is_so = f"EXACT({side}({self.value(parts[0])},{len(text)}),{quoted(text)})"
                return is_so if truth else unless(is_so)
        raise UnknownError(operator)

    def _alike(self, left: Node, right: Node, *, is_equal: bool) -> str:
        return either(
            *(both(self.certainly(left, truth), self.certainly(right, truth is is_equal)) for truth in (True, False))
        )

    def _equal(self, left: Node, right: Node, *, is_equal: bool) -> str:
        if left.sort == "text":
            return self._same_text(left, right, is_equal=is_equal)
        mine, its = self.value(left), self.value(right)
        if _is_exact(left, right):
            return f"{mine}={its}" if is_equal else f"{mine}<>{its}"
        return NEVER if is_equal else f"ABS({mine}-({its}))>{TOLERANCE}"

    def _same_text(self, left: Node, right: Node, *, is_equal: bool) -> str:
        """Compare texts: choices by what the form calls them, others to the letter."""
        if left.operator == CONST:
            left, right = right, left
        if left.operator != FIELD:
            raise UnknownError
        col, cell = self._columns[left.parts[0]], self._at(left.parts[0])
        if right.operator == CONST and issubclass(col.kind, Choice):
            if right.parts[0] not in col.choices:
                return NEVER if is_equal else ALWAYS
            is_same = f"{cell}={quoted(str(col.shown(right.parts[0])))}"
        else:
            is_same = f"EXACT({cell},{self.value(right)})"
            if right.operator == FIELD and issubclass(col.kind, Choice) != issubclass(
                self._columns[right.parts[0]].kind, Choice
            ):
                raise UnknownError
        return is_same if is_equal else unless(is_same)

    def _ordered(self, low: Node, high: Node, *, may_equal: bool) -> str:
        mine, its = self.value(low), self.value(high)
        if _is_exact(low, high):
            return f"{mine}{'<=' if may_equal else '<'}{its}"
        return f"({its})-({mine})>{TOLERANCE}"

    def value(self, node: Node) -> str:
        """Write what a node gives that is no truth."""
        operator, parts = node.operator, node.parts
        match operator:
            case "field":
                return self._field(parts[0])
            case "const":
                return _constant(parts[0])
            case "+" | "-" | "*" | "/":
                return f"({self.value(parts[0])}{operator}{self.value(parts[1])})"
            case "abs":
                return f"ABS({self.value(parts[0])})"
            case "days":
                return self.value(parts[0])
            case "len" | "year" | "month":
                return f"{operator.upper()}({self.value(parts[0])})"
            case "fillna":
                col, cell = self._columns[parts[0].parts[0]], self._at(parts[0].parts[0])
                return f"IF({blank(cell, col.blanks)},{self.value(parts[1])},{cell})"
            case "total":
                return self._total(parts[0])
        raise UnknownError(operator)

    def _field(self, name: str) -> str:
        cell = self._at(name)
        return f"DATE(YEAR({cell}),MONTH({cell}),1)" if issubclass(self._columns[name].kind, YearMonth) else cell

    def _total(self, of: Node) -> str:
        if of.operator == FIELD and of.sort == "number":
            return f"SUM({self._whole(of.parts[0])})"
        for node in of.walk():
            is_of_texts = node.operator in (FIELD, CONST) and node.sort == "text"
            is_said_of_texts = node.operator in ("==", ISIN) and node.nodes[0].sort == "text"
            if not (is_of_texts or is_said_of_texts or node.operator in ("and", "or")):
                raise UnknownError  # what is blank must count for nothing
        return f"SUMPRODUCT(--({_Writer(self._columns, self._whole, self._whole).certainly(of, True)}))"


def _is_exact(*nodes: Node) -> bool:
    """Whether nothing is rounded on the way to these."""
    return all(node.is_whole or node.is_plain for node in nodes)


def _constant(value: object) -> str:
    match value:
        case bool():
            return str(value).upper()
        case dt.date():
            return day(value)
        case str():
            return quoted(value)
    return f"({value!r})" if isinstance(value, int | float) and value < 0 else repr(value).upper()
