"""Merged cells among the records: "same as above" where the column says so, a question to the sender elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.declare import Column, Serial, Sheet
from pipeline.layout.headers import Match, Remark, filled, subject
from pipeline.model import a1
from pipeline.rawbook import Range, RawSheet


def filled_down(raw: RawSheet, sheet: type[Sheet], match: Match) -> list[list[Any]]:
    """Copy a merged cell's value to the rows it spans, in the columns that declare that it means "same as above"."""
    rows = raw.rows
    for (top, left, bottom, _), col in _merges(raw, sheet, match):
        if col.fill_down:
            rows = list(rows)
            for r in range(top + 1, min(bottom + 1, len(rows))):
                rows[r] = [*rows[r][:left], raw.rows[top][left], *rows[r][left + 1 :]]
    return rows


def about_merges(raw: RawSheet, sheet: type[Sheet], match: Match, lines: Sequence[int]) -> Iterator[Remark]:
    """Say how merged cells that span several records were read, or that they could not be."""
    for (top, left, bottom, _), col in _merges(raw, sheet, match):
        count = sum(top <= r <= bottom for r in lines)
        if count > 1 and filled(raw.rows[top], left) and not issubclass(col.kind, Serial):
            rows, value = col.words("第 {first} 至 {last} 行", first=top + 1, last=bottom + 1), raw.rows[top][left]
            said = {
                "title": col.title, "column": str(col.title), "field": col.field, "sheet_key": sheet.key(),
                "cell": a1(top, left), "row": top + 1, "subject": subject(value),
            }  # fmt: skip
            read = Remark("S10", raw.name, {**said, "value": str(count)})
            yield read if col.fill_down else Remark("S13", raw.name, {**said, "value": value, "found": rows})


def _merges(raw: RawSheet, sheet: type[Sheet], match: Match) -> Iterator[tuple[Range, Column]]:
    """Give the merges that span rows below the header, with the column they stand in."""
    fields = {slot: name for name, slot in match.slots.items()}
    for merge in raw.merged:
        top, left, bottom, _ = merge
        if left in fields and match.first <= top < min(bottom, len(raw.rows)):
            yield merge, sheet.columns()[fields[left]]
