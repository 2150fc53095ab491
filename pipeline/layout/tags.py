"""What a correction workbook carries along to name its rows: a hidden column, taken out before anything else looks at it.

Where the form is not ours, it stands in hidden rows of the slip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.layout.headers import Match, filled, header
from pipeline.model import Table
from pipeline.naming import TAGS, Tag
from pipeline.rawbook import SLIPS, RawBook, RawSheet
from pipeline.words import in_any

TAG_CELLS, FURTHEST = 3, 1_048_576  # cells before a tag on a slip, rows of a sheet
_MARKERS = in_any(TAGS)
_HEADERS = frozenset(map(header, _MARKERS))
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


def tags_on_slip(book: RawBook) -> dict[str, list[str]]:
    """Read the tags that a slip carries, by sheet key: one for each row of the sender's sheet, "" where it names none."""
    tags: dict[str, list[str]] = {}
    slip = next((sheet for sheet in book.sheets if sheet.name in SLIPS), None)
    for marker, key, row, tag, *_ in slip.rows if slip and slip.rows and len(slip.rows[0]) > TAG_CELLS else ():
        if marker in _MARKERS and isinstance(row, float) and 0 < row <= FURTHEST and Tag.read(tag):
            listed = tags.setdefault(str(key), [])
            listed += [""] * (int(row) - len(listed))
            listed[int(row) - 1] = str(tag)
    return tags


def tagged(table: Table, tags: Sequence[str]) -> Table:
    """Give a table the tags that the slip carries for its rows, if it has none of its own."""
    if not tags or table.is_card or table.tags:
        return table
    padded = [*tags, *[""] * (max(table.lines, default=-1) + 1 - len(tags))]
    return replace(table, tags=tags_of(table.lines, padded, 0))


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
