"""Last digits and round numbers: of each team's whole numbers in one column, beside those of all other teams.

Whole numbers are counted from `tallied.LEAST` on, so that each round number stands in the middle of its neighbours: where small
numbers are more frequent than large ones, the smaller neighbours are more than the round one, and the larger ones fewer. So how
large a team's numbers are does not make them look round; Myers' index of heaped ages (1940) is made for the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pipeline.signs.chance import chi_square_tail
from pipeline.signs.ground import Column
from pipeline.signs.told import Digits, Part
from pipeline.signs.usual import LARGER, TEAMS, alike, compare, times_worth

UNROUND = (1, 2, 3, 4, 6, 7, 8, 9)  # last digits that are compared: how many numbers are round is a question of its own
DIGITS_AT_LEAST = 40  # numbers of a team with such digits: from there on each is expected five times
ROUND_AT_LEAST = 20  # numbers of a team: from fewer, a share is as good as nothing
SPREAD = 10  # of the middle half of a team's numbers: where all are alike, their last digits are so by themselves
EXPECTED = 5  # of a digit, by the usual condition for chi-square (Cochran 1954); rarer digits are taken together
MEDIUM = 0.3  # the size of a difference that Cohen (1988) calls medium: the root of chi-square by count
KNOWN_FROM = 20  # numbers of a team that helps to tell how far teams differ anyway


def digit_clues(column: Column) -> Iterator[tuple[float, Digits | None]]:
    """Compare last digits with those of the other teams: chi-square test of homogeneity of two samples.

    Gives a chance for each comparison, and the clue if the difference is large enough to be one.
    """
    own, spread = column.tallies[:, UNROUND].astype("int64"), column.tallies[:, 10]
    own = np.where((spread >= SPREAD)[:, None], own, 0)
    many = own.sum(axis=1)
    others, whole = own.sum(axis=0) - own, many.sum() - many
    at = np.flatnonzero((many >= KNOWN_FROM) & (whole >= many))
    if len(at) <= TEAMS:
        return
    square, df = _homogeneity(own[at], others[at])
    of_median = df * (1 - 2 / (9 * np.maximum(df, 1))) ** 3  # Wilson and Hilferty (1931)
    is_known = df > 0
    same = alike(square[is_known] / of_median[is_known], many[at][is_known])
    usual = others[at] / whole[at][:, None]
    for place in np.flatnonzero((many[at] >= DIGITS_AT_LEAST) & (df > 0)).tolist():
        team = at[place]
        chance = chi_square_tail(float(square[place]) / times_worth(int(many[team]), same), int(df[place]))
        is_large = square[place] >= MEDIUM**2 * many[team] and (own[team] >= LARGER * usual[place] * many[team]).any()
        clue = (
            Digits(column.place(team), UNROUND, own[team].tolist(), usual[place].tolist(), chance) if is_large else None
        )
        yield chance, clue


def _homogeneity(own: Any, others: Any) -> tuple[Any, Any]:
    """Give chi-square and its degrees of freedom, for each row of counts beside what the others have.

    Digits are taken together, the rarest first, until each group is expected often enough in both samples; a rest goes to the
    last group.
    """
    count, width = own.shape
    together = own + others
    expected = together * (own.sum(axis=1) / together.sum(axis=1))[:, None]
    order = np.argsort(together.sum(axis=0), kind="stable")
    group, sizes, group_of = np.zeros(count, dtype="int64"), np.zeros(count), np.zeros((count, width), dtype="int64")
    for digit in order.tolist():
        group_of[:, digit] = group
        sizes += expected[:, digit]
        is_full = sizes >= EXPECTED
        group, sizes = group + is_full, np.where(is_full, 0.0, sizes)
    last = np.maximum(group - 1, 0)
    group_of = np.minimum(group_of, last[:, None])
    rows = np.repeat(np.arange(count), width)
    seen, wanted = np.zeros((count, width)), np.zeros((count, width))
    np.add.at(seen, (rows, group_of.ravel()), own.ravel())
    np.add.at(wanted, (rows, group_of.ravel()), expected.ravel())
    parts = np.divide((seen - wanted) ** 2, wanted, out=np.zeros((count, width)), where=wanted > 0)
    return parts.sum(axis=1) * (1 + own.sum(axis=1) / others.sum(axis=1)), last


def round_clues(column: Column) -> Iterator[tuple[float, Part | None]]:
    """Compare the share of multiples of ten among them and their nearest neighbours (18 to 22), and of five among all."""
    digits = column.tallies[:, :10].astype("int64")
    tens, fives = digits[:, 0], digits[:, 0] + digits[:, 5]
    for step, found, among in ((10, tens, digits[:, [8, 9, 0, 1, 2]].sum(axis=1)), (5, fives, digits.sum(axis=1))):
        shares = compare(found, among, ROUND_AT_LEAST)
        for team, usual, chance in zip(shares.at.tolist(), shares.usual.tolist(), shares.chance.tolist(), strict=True):
            clue = (
                Part(column.place(team), int(found[team]), int(among[team]), usual, chance, step)
                if chance < 1
                else None
            )
            yield chance, clue
