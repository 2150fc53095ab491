"""Amounts that binary fractions have passed through: when two are the same, and how one is shown."""

from __future__ import annotations

from typing import Any

BEYOND = "N03", "N04", "N09", "N10"  # the rules about bounds: a number beyond them is not asked about again
TOLERANCE = 5e-7  # amounts have at most six decimals; what is nearer than half of the last one is the same


def same(value: Any, other: Any) -> bool:
    """Whether two amounts are equal but for what binary fractions add."""
    return abs(float(value) - float(other)) < TOLERANCE


def shown(value: Any) -> float | int:
    """Give an amount for a message, without what binary fractions add."""
    rounded = round(float(value), 6)
    return int(rounded) if rounded.is_integer() else rounded
