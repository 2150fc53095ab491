"""Values that record what is done with them, instead of doing it: each knows the expression that gives it."""

from __future__ import annotations

from typing import Any

from pipeline.declare.expressions import (
    FIELD,
    FILLED,
    ORDER,
    TOTAL,
    Node,
    Sort,
    UntraceableError,
    const,
    joined,
    made,
    summed,
)  # fmt: skip

SUBMISSION = "submission"  # the column of a frame that tells whose return a row is of


class Recorder:
    """What all that is recorded has in common: nobody can look at it, and only what it knows can be done with it."""

    __hash__ = None  # type: ignore[assignment]
    __array_ufunc__ = None

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise UntraceableError

    __bool__ = __len__ = __iter__ = __int__ = __float__ = __index__ = __contains__ = __array__ = _refuse
    __setitem__ = __call__ = _refuse

    def __getattr__(self, name: str) -> Any:
        raise UntraceableError(name)


class Return(Recorder):
    """Whose return a row is of: good for nothing but to group by it."""


def is_return(by: Any) -> bool:
    return isinstance(by, Return) or (isinstance(by, str | list) and by in (SUBMISSION, [SUBMISSION]))


class ByReturn(Recorder):
    """Rows, or a value of each, in groups by return."""

    def __init__(self, of: Value) -> None:
        self._of = of

    def transform(self, how: str) -> Value:
        """Give the sum of its return beside each row."""
        if how != "sum":
            raise UntraceableError
        node = self._of.node
        if node.sort not in ("truth", "number"):
            raise UntraceableError
        return Value(Node(TOTAL, (node,), "number", node.sort == "truth" or node.is_whole))


class _Texts(Recorder):
    """What can be asked of texts."""

    def __init__(self, node: Node) -> None:
        if node.sort != "text":
            raise UntraceableError
        self._node = node

    def len(self) -> Value:
        """Count the characters."""
        return Value(made("len", (self._node,), is_whole=True))

    def startswith(self, text: str) -> Value:
        """Compare the beginning."""
        return self._compared("startswith", text)

    def endswith(self, text: str) -> Value:
        """Compare the end."""
        return self._compared("endswith", text)

    def _compared(self, operator: str, text: str) -> Value:
        if not isinstance(text, str) or not text:
            raise UntraceableError
        return Value(made(operator, (self._node, const(text))))


class _Days(Recorder):
    """What can be asked of days, and of what lies between two of them."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def _of(self, operator: str, sort: Sort) -> Value:
        if self._node.sort != sort:
            raise UntraceableError
        return Value(made(operator, (self._node,), is_whole=True))

    @property
    def days(self) -> Value:
        """How many days."""
        return self._of("days", "span")

    @property
    def year(self) -> Value:
        """The year."""
        return self._of("year", "day")

    @property
    def month(self) -> Value:
        """The month, from 1."""
        return self._of("month", "day")


class Value(Recorder):
    """One value per row, known by the expression that gives it."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def __repr__(self) -> str:
        return f"Value({self.node})"

    # Comparisons.

    def __lt__(self, other: Any) -> Value:
        return self._compared("<", other)

    def __le__(self, other: Any) -> Value:
        return self._compared("<=", other)

    def __gt__(self, other: Any) -> Value:
        return _value(other)._compared("<", self)

    def __ge__(self, other: Any) -> Value:
        return _value(other)._compared("<=", self)

    def __eq__(self, other: object) -> Any:
        return self._compared("==", other)

    def __ne__(self, other: object) -> Any:
        return self._compared("!=", other)

    lt, le, gt, ge, eq, ne = __lt__, __le__, __gt__, __ge__, __eq__, __ne__

    def _compared(self, operator: str, other: Any) -> Value:
        mine, its = self.node, _value(other).node
        if mine.sort != its.sort or (operator in ORDER and mine.sort in ("text", "truth")):
            raise UntraceableError
        return Value(made(operator, (mine, its)))

    def between(self, low: Any, high: Any) -> Value:
        """Compare with both."""
        return Value(joined("and", [(self >= low).node, (self <= high).node], "truth"))

    def isin(self, values: Any) -> Value:
        """Compare with each of several constants."""
        consts = [const(each) for each in values]
        if any(each.sort != self.node.sort for each in consts) or self.node.sort == "truth":
            raise UntraceableError
        return Value(made("isin", (self.node, *consts)))

    def isna(self) -> Value:
        """Tell where a cell is blank."""
        if self.node.operator != FIELD:
            raise UntraceableError
        return Value(made("isna", (self.node,)))

    def notna(self) -> Value:
        """Tell where a cell is filled."""
        return ~self.isna()

    isnull, notnull = isna, notna

    # Logic.

    def __and__(self, other: Any) -> Value:
        return Value(joined("and", [self.node, _value(other).node], "truth"))

    def __or__(self, other: Any) -> Value:
        return Value(joined("or", [self.node, _value(other).node], "truth"))

    __rand__, __ror__ = __and__, __or__

    def __xor__(self, other: Any) -> Value:
        if self.node.sort != "truth":
            raise UntraceableError
        return self._compared("!=", other)

    def __invert__(self) -> Value:
        return Value(joined("not", [self.node], "truth"))

    # Arithmetic.

    def __add__(self, other: Any) -> Value:
        return Value(summed("+", self.node, _value(other).node))

    def __radd__(self, other: Any) -> Value:
        return _value(other) + self

    def __sub__(self, other: Any) -> Value:
        return Value(summed("-", self.node, _value(other).node))

    def __rsub__(self, other: Any) -> Value:
        return _value(other) - self

    def __mul__(self, other: Any) -> Value:
        return self._by("*", other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Value:
        return self._by("/", other)

    def __rtruediv__(self, other: Any) -> Value:
        return _value(other) / self

    add, sub, mul, div, truediv = __add__, __sub__, __mul__, __truediv__, __truediv__

    def _by(self, operator: str, other: Any) -> Value:
        mine, its = self.node, _value(other).node
        if (mine.sort, its.sort) != ("number", "number"):
            raise UntraceableError
        return Value(made(operator, (mine, its), is_whole=operator == "*" and mine.is_whole and its.is_whole))

    def __neg__(self) -> Value:
        return 0 - self

    def __abs__(self) -> Value:
        if self.node.sort not in ("number", "span"):
            raise UntraceableError
        return Value(Node("abs", (self.node,), self.node.sort, self.node.is_whole))

    def abs(self) -> Value:
        """Leave out the sign."""
        return abs(self)

    def fillna(self, value: Any) -> Value:
        """Take a constant where a cell is blank."""
        other = const(value)
        if self.node.operator != FIELD or other.sort != self.node.sort:
            raise UntraceableError
        return Value(Node(FILLED, (self.node, other), other.sort, self.node.is_whole and other.is_whole))

    def groupby(self, by: Any) -> ByReturn:
        """Group by return."""
        if not is_return(by):
            raise UntraceableError
        return ByReturn(self)

    @property
    def str(self) -> _Texts:
        """Ask about texts."""
        return _Texts(self.node)

    @property
    def dt(self) -> _Days:
        """Ask about days."""
        return _Days(self.node)


def _value(given: Any) -> Value:
    if isinstance(given, Value):
        return given
    if isinstance(given, Recorder):
        raise UntraceableError
    return Value(const(given))
