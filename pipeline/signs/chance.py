"""How likely something is by chance: tails of distributions, and which of many comparisons stand out all the same."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

NEGLIGIBLE = 1e-12  # of a sum: what is smaller is not added any more


def chi_square_tail(x: float, df: int) -> float:
    """Give the chance that chi-square with so many degrees of freedom is at least x.

    The finite series of Abramowitz and Stegun, Handbook of Mathematical Functions, 26.4.4 (df odd) and 26.4.5 (df even).
    """
    half = x / 2
    if x <= 0:
        return 1.0
    tail = math.erfc(math.sqrt(half)) if df % 2 else math.exp(-half)
    term = math.exp(-half) * (math.sqrt(half) / math.gamma(1.5) if df % 2 else half)
    for place in range(1, (df + 1) // 2):
        tail += term
        term *= half / (place + (0.5 if df % 2 else 1))
    return min(tail, 1.0)


def drawn_tail(found: int, drawn: int, marked: int, whole: int) -> float:
    """Give the chance that of `drawn` taken out of `whole`, of which `marked` are marked, at least `found` are marked.

    The hypergeometric distribution, as in Fisher's exact test.
    """
    most = min(drawn, marked)
    if found <= max(0, drawn + marked - whole):
        return 1.0
    if found > most:
        return 0.0
    term = math.exp(_ways(marked, found) + _ways(whole - marked, drawn - found) - _ways(whole, drawn))
    tail = 0.0
    for number in range(found, most + 1):
        tail += term
        left = whole - marked - drawn + number + 1
        term *= (marked - number) * (drawn - number) / ((number + 1) * left)
        if term < tail * NEGLIGIBLE:
            break
    return min(tail, 1.0)


def _ways(whole: int, drawn: int) -> float:
    """Give the logarithm of in how many ways so many can be drawn."""
    return math.lgamma(whole + 1) - math.lgamma(drawn + 1) - math.lgamma(whole - drawn + 1)


def standing_out(chances: Any, rate: float) -> Any:
    """Tell the comparisons that stand out, so that at most a share of `rate` of these is expected to do so by chance.

    chances: numpy array, of all comparisons that were made. Benjamini and Hochberg, Controlling the false discovery rate, J. R.
    Stat. Soc. B 57 (1995) 289 to 300.
    """
    count = len(chances)
    ordered = np.sort(chances)
    passing = np.flatnonzero(ordered <= rate * np.arange(1, count + 1) / max(count, 1))
    return chances <= ordered[passing[-1]] if len(passing) else np.zeros(count, dtype=bool)
