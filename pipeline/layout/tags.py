"""The column that a correction workbook carries along to name its rows: taken out before anything else looks at the sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.layout.headers import Match, filled, header
from pipeline.naming import TAGS, Tag
from pipeline.rawbook import RawSheet
from pipeline.words import in_any

_HEADERS = frozenset(map(header, in_any(TAGS)))
HEADER_ROWS = 2  # a header may stand in either of the last rows above the data


def without_tags(raw: RawSheet, match: Match) -> tuple[RawSheet, Sequence[object]]:
    """Take the carried column out of a table's sheet, wherever it is. Gives its cells row by row; () if there is none."""
    column = _column(raw, match)
    if column is None:
        return raw, ()
    tags = [row[column] for row in raw.rows]
    rows = [[*row[:column], "", *row[column + 1 :]] for row in raw.rows]
    errors = {place: error for place, error in raw.errors.items() if place[1] != column}
    return replace(raw, rows=rows, errors=errors), tags


def tags_of(lines: Sequence[int], tags: Sequence[object], first: int) -> Sequence[str]:
    """Give the tags beside the records at `lines`, and behind them those that stand beside none, below the header."""
    if not tags:
        return ()
    beside = set(lines)
    others = (tag for row, tag in enumerate(tags[first:], first) if row not in beside and tag)
    return [str(tag) for tag in (*(tags[row] for row in lines), *others)]


def _column(raw: RawSheet, match: Match) -> int | None:
    """Find the carried column by its header, or, where that is gone, by what stands in it."""
    known = {*match.slots.values(), *match.twice.values()}
    others = [column for column in range(len(raw.rows[0]) if raw.rows else 0) if column not in known]
    above = raw.rows[max(match.first - HEADER_ROWS, 0) : match.first]
    headed = (column for column in others for row in above if _is_header(row[column]))
    return next(headed, next((column for column in others if _holds_tags(raw, match, column)), None))


def _is_header(cell: object) -> bool:
    return isinstance(cell, str) and header(cell) in _HEADERS


def _holds_tags(raw: RawSheet, match: Match, column: int) -> bool:
    cells = [row[column] for row in raw.rows[match.first :] if filled(row, column)]
    return bool(cells) and all(Tag.read(cell) for cell in cells)
