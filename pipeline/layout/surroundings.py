"""What stands around a table's records: columns missing, given twice or unknown, hidden rows, cells outside the frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.declare import Sheet
from pipeline.declare.kinds import tidy
from pipeline.layout.headers import Match, Remark, filled, nearest, subject
from pipeline.model import a1
from pipeline.rawbook import RawSheet


def about_columns(raw: RawSheet, sheet: type[Sheet], match: Match) -> list[Remark]:
    """Say which declared columns are missing or given twice, and which ones nobody asked for."""
    key, others = sheet.key(), _unknown(raw, match)
    remarks = []
    for name, col in sheet.columns().items():
        said = {"title": col.title, "sheet_key": key, "field": name, "column": str(col.title)}
        if name not in match.slots:
            remarks.append(Remark("S02", raw.name, {**said, "found": nearest(col, others.values())}))
        if name in match.twice and any(_stands(raw, r, match.twice[name]) for r in range(match.first, len(raw.rows))):
            places = _letter(match.slots[name]), _letter(match.twice[name])
            both = col.words("{column} 列和 {other} 列", column=places[0], other=places[1])
            remarks.append(Remark("S03", raw.name, {**said, "found": both}))
    return remarks + [
        Remark("S04", raw.name, {"value": text, "sheet_key": key, "subject": text})
        for c, text in sorted(others.items())
        if any(_stands(raw, r, c) for r in range(match.first, len(raw.rows)))
    ]


def about_rows(raw: RawSheet, sheet: type[Sheet], lines: Sequence[int]) -> list[Remark]:
    """Say how many records stand in hidden rows."""
    hidden = set(raw.hidden_rows) & set(lines)
    return [Remark("S06", raw.name, {"value": str(len(hidden)), "sheet_key": sheet.key()})] if hidden else []


def strays(raw: RawSheet, sheet: type[Sheet], match: Match, rows: Sequence[int]) -> Iterator[Remark]:
    """Say what stands beside the table in some of its rows, in columns without a header."""
    headed = {*match.slots.values(), *match.twice.values(), *_unknown(raw, match)}
    width = max((len(row) for row in raw.rows), default=0)
    for c in sorted(set(range(width)) - headed):
        for r in rows:
            if _stands(raw, r, c):
                yield stray(raw, sheet, r, c)


def stray(raw: RawSheet, sheet: type[Sheet], r: int, c: int) -> Remark:
    """Say that a cell stands outside the frame."""
    value = raw.rows[r][c] if filled(raw.rows[r], c) else raw.errors[r, c] or sheet.wording().of("（没有结果的公式）")
    said = {"value": value, "sheet_key": sheet.key(), "cell": a1(r, c), "row": r + 1}
    return Remark("S09", raw.name, {**said, "subject": subject(value)})


def _unknown(raw: RawSheet, match: Match) -> dict[int, str]:
    """Column -> header, of the columns that are not the form's. What spans several columns heads a group, not a column."""
    known = {*match.slots.values(), *match.twice.values()}
    top = max(match.first - 2, 0)
    spans = {(t, c) for t, left, _, right in raw.merged if right > left for c in range(left, right + 1)}
    return {
        c: tidy(cell)
        for r in range(top, match.first)
        for c, cell in enumerate(raw.rows[r])
        if isinstance(cell, str) and tidy(cell) and c not in known and (r, c) not in spans
    }


def _stands(raw: RawSheet, r: int, c: int) -> bool:
    return filled(raw.rows[r], c) or (r, c) in raw.errors


def _letter(c: int) -> str:
    return a1(0, c)[:-1]
