"""Several tables on one tab: the tab is cut where a table's own heading stands, and each part is matched alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.declare import Sheet
from pipeline.declare.kinds import folded
from pipeline.layout.headers import filled
from pipeline.rawbook import RawSheet

MOST_BESIDE = 2  # filled cells of a row that heads a table; a record has more


def regions(raw: RawSheet, sheets: Sequence[type[Sheet]]) -> Iterator[tuple[type[Sheet], RawSheet]]:
    """Give each of the sheets of a tab the part of it that begins with its heading, down to the next one's.

    A sheet without a heading of its own has what stands above the first. Rows outside the part are blank in it, so that every
    cell keeps its address. A sheet whose heading is not there is left out.
    """
    starts = {sheet: 0 for sheet in sheets if not sheet.options().begins}
    for sheet in sheets:
        if sheet.options().begins and (row := _begins(raw, sheet.options().begins)) is not None:
            starts[sheet] = row
    edges = sorted({*starts.values(), len(raw.rows)})
    for sheet, start in starts.items():
        yield sheet, part(raw, start, next((edge for edge in edges if edge > start), start))


def _begins(raw: RawSheet, heading: str) -> int | None:
    """Find the row that a heading stands in: alone, or with a word beside it; as it is, or with more behind it."""
    wanted, begun = folded(heading), None
    for r, row in enumerate(raw.rows):
        texts = [folded(cell) for cell in row if isinstance(cell, str) and wanted in folded(cell)]
        if not texts or sum(filled(row, c) for c in range(len(row))) > MOST_BESIDE:
            continue
        if wanted in texts:
            return r
        if begun is None and any(text.startswith(wanted) for text in texts):
            begun = r
    return begun


def part(raw: RawSheet, start: int, behind: int) -> RawSheet:
    """Give a sheet with nothing in its rows outside some, which keep their places."""
    rows = [row if start <= r < behind else [""] * len(row) for r, row in enumerate(raw.rows)]
    return replace(
        raw,
        rows=rows,
        errors={at: error for at, error in raw.errors.items() if start <= at[0] < behind},
        hidden_rows=tuple(row for row in raw.hidden_rows if start <= row < behind),
        merged=tuple(each for each in raw.merged if start <= each[0] < behind),
    )
