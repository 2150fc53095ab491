"""Expressions of a row: what a rule says, as a tree that can be read, and not only be evaluated.

    problems["due_on"] >= problems["found_on"]      Node("<=", (Node("field", ("found_on",)), Node("field", ("due_on",))))

A tree is made by `tracing`. Whoever reads one finds in `SORTS` what each of its operators gives.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal

Sort = Literal["truth", "number", "day", "span", "text"]
"""What an expression gives. A span is a number of days: what lies between two days."""

FIELD, CONST, FILLED, TOTAL = "field", "const", "fillna", "total"
ISNA, ISIN = "isna", "isin"
ORDER, EQUAL, LOGIC = ("<", "<="), ("==", "!="), ("and", "or", "not")
SORTS: dict[str, Sort] = {
    **dict.fromkeys((*ORDER, *EQUAL, *LOGIC, ISNA, ISIN, "startswith", "endswith"), "truth"),
    **dict.fromkeys(("*", "/", "len", "days", "year", "month", TOTAL), "number"),
}
"""What operators give; those that are not here (+, -, neg, abs, max, min, fillna) give what they are made of."""


MIDNIGHT = dt.time()


class UntraceableError(Exception):
    """Something is done with the rows that no expression says."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operator and what it is applied to: nodes; of a field its name, of a constant its value.

    sort: what it gives. is_whole: whether that is a whole number for certain, so that it is the same wherever it is computed.
    """

    operator: str
    parts: tuple[Any, ...]
    sort: Sort
    is_whole: bool = False

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes that it is applied to."""
        return tuple(part for part in self.parts if isinstance(part, Node))

    def walk(self) -> Iterator[Node]:
        """Give the node and all below it."""
        yield self
        for part in self.nodes:
            yield from part.walk()

    @property
    def is_plain(self) -> bool:
        """Whether it is a cell or a constant: nothing was computed, so nothing was rounded."""
        return self.operator in (FIELD, CONST)


def field(name: str, sort: Sort, *, is_whole: bool = False) -> Node:
    """Give the value of a field of the row."""
    return Node(FIELD, (name,), sort, is_whole)


def fields_by_value(node: Node) -> Iterator[Node]:
    """Give the fields of which the value is asked, and not only whether there is one; those filled where blank apart."""
    if node.operator in (ISNA, FILLED, TOTAL):
        return
    if node.operator == FIELD:
        yield node
    for part in node.nodes:
        yield from fields_by_value(part)


def const(given: Any) -> Node:
    """Give a constant. Raises UntraceableError if it is of no known kind."""
    match given:
        case bool():
            return Node(CONST, (given,), "truth")
        case int():
            return Node(CONST, (given,), "number", True)
        case float():
            return Node(CONST, (given,), "number", given.is_integer())
        case str():
            return Node(CONST, (given,), "text")
        case dt.datetime() if given.time() == MIDNIGHT and given.tzinfo is None:  # a Timestamp is one too
            return Node(CONST, (dt.date(given.year, given.month, given.day),), "day", True)
        case dt.timedelta() if given % dt.timedelta(1) == dt.timedelta(0):
            return Node(CONST, (given // dt.timedelta(1),), "span", True)
    raise UntraceableError(given)


def made(operator: str, parts: tuple[Node, ...], *, is_whole: bool = False) -> Node:
    return Node(operator, parts, SORTS[operator], is_whole)


def joined(operator: str, nodes: Sequence[Node], sort: Sort) -> Node:
    """Join nodes of one sort by an operator, two by two."""
    if any(node.sort != sort for node in nodes):
        raise UntraceableError
    if operator == "not":
        return made("not", (nodes[0],))
    whole = sort == "number" and all(node.is_whole for node in nodes)
    return reduce(lambda left, right: Node(operator, (left, right), sort, whole), nodes)


def summed(operator: str, left: Node, right: Node) -> Node:
    """Add or subtract: numbers, spans, a span to a day, a day from a day."""
    sorts = left.sort, right.sort
    given: dict[tuple[str, str, str], Sort] = {
        ("+", "number", "number"): "number", ("-", "number", "number"): "number",
        ("+", "span", "span"): "span", ("-", "span", "span"): "span",
        ("+", "day", "span"): "day", ("+", "span", "day"): "day", ("-", "day", "span"): "day",
        ("-", "day", "day"): "span",
    }  # fmt: skip
    if (operator, *sorts) not in given:
        raise UntraceableError
    return Node(operator, (left, right), given[(operator, *sorts)], left.is_whole and right.is_whole)
