"""Merged cells among the records: "same as above" where the column says so, a question to the sender elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pipeline.declare import Serial, Sheet
from pipeline.layout.headers import Match, Remark, filled
from pipeline.model import a1
from pipeline.rawbook import Range, RawSheet


def filled_down(
    raw: RawSheet, sheet: type[Sheet], match: Match
) -> tuple[list[list[Any]], Callable[[Sequence[int]], list[Remark]]]:
    """Copy a merged cell's value to the rows it spans, in the columns that declare that it means "same as above".

    Returns the rows, and what gives the remarks about merged cells once it is known which rows are records.
    """
    fields = {slot: name for name, slot in match.slots.items()}
    tall = [
        merge
        for merge in raw.merged
        if merge[1] in fields and merge[0] >= match.first and merge[2] > merge[0] and merge[0] < len(raw.rows)
    ]
    rows = list(raw.rows) if tall else raw.rows
    for top, left, bottom, _ in tall:
        if sheet.columns()[fields[left]].fill_down:
            for r in range(top + 1, min(bottom + 1, len(rows))):
                rows[r] = [*rows[r][:left], raw.rows[top][left], *rows[r][left + 1 :]]

    def about(lines: Sequence[int]) -> list[Remark]:
        records = set(lines)
        spans = [(merge, len(records & set(range(merge[0], merge[2] + 1)))) for merge in tall]
        return [
            _remark(raw, sheet, fields[merge[1]], merge, count)
            for merge, count in spans
            if count > 1
            and filled(raw.rows[merge[0]], merge[1])
            and not issubclass(sheet.columns()[fields[merge[1]]].kind, Serial)
        ]

    return rows, about


def _remark(raw: RawSheet, sheet: type[Sheet], name: str, merge: Range, count: int) -> Remark:
    col, (top, left, bottom, _) = sheet.columns()[name], merge
    said = {
        "title": col.title,
        "column": str(col.title),
        "field": name,
        "sheet_key": sheet.key(),
        "cell": a1(top, left),
        "row": top + 1,
        "subject": f"第{top + 1}行",
    }
    if col.fill_down:
        return Remark("S10", raw.name, {**said, "value": str(count)})
    return Remark("S13", raw.name, {**said, "value": raw.rows[top][left], "found": f"第 {top + 1} 至 {bottom + 1} 行"})
