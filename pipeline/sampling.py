"""Drawing by lot: a sample that the same words draw again, on any machine, and that a few changes hardly change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256


def lot(*words: str) -> float:
    """Give the number, from 0 and below 1, that words draw."""
    return int.from_bytes(sha256("\x1f".join(words).encode()).digest()[:6], "big") / 2**48


def spread_over(units: Sequence[str], groups: Callable[[str], Sequence[str]], count: int, seed: str) -> list[str]:
    """Draw units that are spread evenly over groups and the groups within them; each unit is as likely as any other.

    A systematic sample with a random start of the list in the order of its groups, by lot within them: so each group has its
    share, to within one unit (Cochran, Sampling Techniques, 3rd edition, 8.1 and 8.4). All of them if there are no more than
    `count`.
    """
    ordered = sorted(units, key=lambda unit: (*groups(unit), lot(seed, unit)))
    count = min(count, len(ordered))
    step = len(ordered) / count if count else 0.0
    start = lot(seed) * step
    return [ordered[min(int(start + step * number), len(ordered) - 1)] for number in range(count)]


def drawn(subjects: Sequence[str], count: int, *words: str) -> list[int]:
    """Draw among things that have names, each its own; gives their places, in order.

    Each has its lot for ever: when others come or go, those stay drawn that were (permanent random numbers; Ohlsson 1995).
    """
    by_lot = sorted(range(len(subjects)), key=lambda place: lot(*words, subjects[place]))
    return sorted(by_lot[:count])
