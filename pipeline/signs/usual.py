"""What is usual: a team's share beside that of all other teams together, and how far teams differ from each other anyway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.signs.chance import drawn_tail

TEAMS = 10  # teams that must have something of a sort: among fewer nothing is usual
FEWEST = 5  # of the sort that a team must have to be one of these
LARGER = 1.5  # times what is usual: what is not even that much larger may be certain, and yet says nothing
MEDIAN = 0.4549  # of chi-square with one degree of freedom, which the square of a standardised share follows


@dataclass(frozen=True)
class Shares:
    """Shares that were compared. at: of which teams. usual: the others' share, chance: of one as large; as long as `at`."""

    at: Any  # numpy array of int
    usual: Any  # numpy array of float
    chance: Any  # numpy array of float; 1 where the share is not larger by `LARGER`


def compare(found: Any, among: Any, at_least: int) -> Shares:
    """Compare each team's share, `found` of `among`, with that of the other teams together. at_least: of what a share is made.

    Teams have habits, and rows of one day come in groups: teams differ more than by chance. By how much more is estimated from
    all of them, by the median, which a few conspicuous ones do not move (McCullagh and Nelder, Generalized Linear Models, 1989,
    4.5.1, have the mean); every count is taken to be worth so much less.
    """
    found, among = found.astype("int64"), among.astype("int64")
    others, whole = found.sum() - found, among.sum() - among
    usual = np.divide(others, whole, out=np.zeros(len(found)), where=whole > 0)
    is_known = among >= FEWEST
    enough = is_known.sum() - is_known >= TEAMS
    at = np.flatnonzero((among >= at_least) & enough)
    chance = np.ones(len(at))
    worth = _worth(found, among, usual, is_known)
    larger = found[at] >= LARGER * usual[at] * among[at]
    for place in np.flatnonzero(larger & (found[at] > 0)).tolist():
        team = at[place]
        own, of = int(found[team] / worth), round(among[team] / worth)
        rest, rest_of = round(others[team] / worth), round(whole[team] / worth)
        chance[place] = drawn_tail(own, max(of, own), own + rest, max(of, own) + max(rest_of, rest))
    return Shares(at, usual[at], chance)


def _worth(found: Any, among: Any, usual: Any, is_known: Any) -> float:
    """Give how many counts are worth one: 1 where teams differ by chance alone."""
    is_known = is_known & (usual > 0) & (usual < 1)
    if not is_known.any():
        return 1.0
    found, among, usual = found[is_known], among[is_known], usual[is_known]
    squares = (found - among * usual) ** 2 / (among * usual * (1 - usual))
    return max(1.0, float(np.median(squares)) / MEDIAN)
