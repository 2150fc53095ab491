"""Days that are hard to believe: most rows of a ledger on one of them, or more on days off than other teams have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from pipeline.signs.ground import Column
from pipeline.signs.told import Part
from pipeline.signs.usual import compare

EPOCH = dt.date(1970, 1, 1)
CROWD = 20  # rows on one day: what a team may well have done on a day is not asked about
FULLER = 2  # times what is usual: a fullest day is chosen out of several, and so differs more than a share that is not
OFF_AT_LEAST = 20  # rows of a team: from fewer, a share is as good as nothing


def crowded_clues(column: Column) -> Iterator[tuple[float, Part | None]]:
    """Compare the share of rows on a team's fullest day with what the other teams have on theirs."""
    dated, _, day, most, first, last = column.tallies.astype("int64").T
    shares = compare(most, dated, CROWD)
    for team, usual, chance in zip(shares.at.tolist(), shares.usual.tolist(), shares.chance.tolist(), strict=True):
        is_crowd = most[team] >= max(CROWD, FULLER * usual * dated[team]) and 2 * most[team] > dated[team]
        clue = None
        if is_crowd:
            on, rows = EPOCH + dt.timedelta(int(day[team])), (int(first[team]), int(last[team]))
            clue = Part(column.place(team), int(most[team]), int(dated[team]), usual, chance, day=on, rows=rows)
        yield chance, clue


def off_clues(column: Column) -> Iterator[tuple[float, Part | None]]:
    """Compare the share of rows on days off with that of the other teams."""
    dated, off = column.tallies[:, 0], column.tallies[:, 1]
    shares = compare(off, dated, OFF_AT_LEAST)
    for team, usual, chance in zip(shares.at.tolist(), shares.usual.tolist(), shares.chance.tolist(), strict=True):
        clue = Part(column.place(team), int(off[team]), int(dated[team]), usual, chance) if chance < 1 else None
        yield chance, clue
