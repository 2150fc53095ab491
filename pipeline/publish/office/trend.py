"""The nights of a period as a small drawing: lines of what was received, accepted and held, in SVG's own units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.publish.phrases.course import Point, rising

_LEFT, _RIGHT, _TOP, _BOTTOM = 18, 92, 10, 20  # room for labels round the lines
_APART = 14  # between labels that stand below each other
_MOST_DAYS = 8  # that are named below


@dataclass(frozen=True, slots=True)
class Line:
    """One line. dots: where each night's value stands; label: its height at the right end."""

    name: str
    title: str
    values: Sequence[int]
    dots: Sequence[tuple[float, float]]
    label: float

    @property
    def path(self) -> str:
        """The line as SVG writes it."""
        return " ".join(f"{x:g},{y:g}" for x, y in self.dots)


@dataclass(frozen=True, slots=True)
class Trend:
    """A drawing. days: (where, what) is written below. goal: the height of all that are expected."""

    width: int
    height: int
    lines: Sequence[Line]
    days: Sequence[tuple[float, str]]
    goal: float
    expected: int
    points: Sequence[Point]

    @property
    def left(self) -> int:
        """Where the ground begins."""
        return _LEFT - 8

    @property
    def right(self) -> int:
        """Where lines end."""
        return self.width - _RIGHT

    @property
    def floor(self) -> int:
        """The height of none."""
        return self.height - _BOTTOM

    @property
    def says(self) -> str:
        """The drawing in words."""
        first, last = self.points[0], self.points[-1]
        since = f"{_short(first)} 至 {_short(last)}，共 {len(self.points)} 次处理"
        changes = [f"{each.title} {each.values[0]} → {each.values[-1]}" for each in self.lines]
        return f"{since}：{'，'.join(changes)}"


def draw(points: Sequence[Point], expected: int, width: int, height: int) -> Trend:
    """Draw the nights, one or more. expected: how many have to report, the height of the drawing."""
    floor, most = height - _BOTTOM, max([expected, 1, *(each.received for each in points)])
    room, step = width - _LEFT - _RIGHT, max(1, len(points) - 1)

    def across(place: int) -> float:
        return round(_LEFT + (room * place / step if len(points) > 1 else room), 1)

    def up(value: int) -> float:
        return round(floor - (floor - _TOP) * value / most, 1)

    drawn = [
        (name, title, values, [(across(i), up(v)) for i, v in enumerate(values)])
        for name, title, values in rising(points)
    ]
    ends = _spaced([dots[-1][1] for *_, dots in drawn], floor)
    lines = [Line(*each, label) for each, label in zip(drawn, ends, strict=True)]
    every = -(-len(points) // _MOST_DAYS)
    named = range(len(points) - 1, -1, -every)
    days = [(across(place), _short(points[place])) for place in reversed(named)]
    return Trend(width, height, lines, days, up(expected), expected, points)


def _spaced(heights: Sequence[float], floor: float) -> list[float]:
    """Move labels apart that would stand on each other. heights: from the top; gives them in the same order."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    given, last = list(heights), float("-inf")
    for place in order:
        last = given[place] = max(given[place], last + _APART)
    for place in reversed(order):
        given[place] = min(given[place], floor)
        floor = given[place] - _APART
    return given


def _short(point: Point) -> str:
    return f"{point.on.month}-{point.on.day}"
