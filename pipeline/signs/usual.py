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

    Teams have habits, and rows of one day come in groups: teams differ more than by chance. How alike the rows of a team are is
    estimated from all teams, and the more rows a team has, the less each is taken to be worth (Williams, Applied Statistics 31,
    1982, 144 to 148, whose model II this is; of squares the median is taken, which a few conspicuous teams do not move).
    """
    found, among = found.astype("int64"), among.astype("int64")
    others, whole = found.sum() - found, among.sum() - among
    usual = np.divide(others, whole, out=np.zeros(len(found)), where=whole > 0)
    is_known = among >= FEWEST
    enough = is_known.sum() - is_known >= TEAMS
    at = np.flatnonzero((among >= at_least) & enough)
    chance = np.ones(len(at))
    alike = _alike(found[is_known], among[is_known])
    larger = found[at] >= LARGER * usual[at] * among[at]
    for place in np.flatnonzero(larger & (found[at] > 0)).tolist():
        team = at[place]
        worth = times_worth(among[team], alike)
        own, of = int(found[team] / worth), round(among[team] / worth)
        rest, rest_of = round(others[team] / worth), round(whole[team] / worth)
        chance[place] = drawn_tail(own, max(of, own), own + rest, max(of, own) + max(rest_of, rest))
    return Shares(at, usual[at], chance)


def _alike(found: Any, among: Any) -> float:
    """Give how alike the rows of one team are: 0 where teams differ by chance alone, 1 where all of a team say the same.

    Teams are held against the team in the middle; or, where it has none or nothing else, against all together.
    """
    if not len(found):
        return 0.0
    share = float(np.median(found / among))
    share = share if 0 < share < 1 else found.sum() / among.sum()
    squares = (found - among * share) ** 2 / (among * share * (1 - share)) if 0 < share < 1 else np.zeros(len(found))
    return alike(squares / MEDIAN, among)


def alike(times: Any, many: Any) -> float:
    """Give how alike rows of one team are. times: each team's square, as a multiple of the middle one of chance alone."""
    return max(0.0, float(np.median((times - 1) / (many - 1)))) if len(many) else 0.0


def times_worth(many: Any, alike: float) -> Any:
    """Give how many of so many rows of a team are worth one."""
    return 1 + (many - 1) * alike
