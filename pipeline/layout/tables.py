"""Tables: a header row, perhaps under group headers, and one record per row below it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.declare import Column, Serial, Sheet
from pipeline.declare.kinds import folded, tidy
from pipeline.layout.headers import Match, Remark, filled, matched, nearest
from pipeline.model import SumRow, Table, a1
from pipeline.rawbook import RawSheet

HEADER_ROWS = 30  # a header lower than this is not looked for
SUM_WORDS = ("合计", "总计", "小计", "总数")
PART = "小计"
FOOT = re.compile(r"^(注|说明|备注|填表|制表|审核|单位负责人|负责人|经办|联系电话|报出日期|填报日期)[^：:]{0,12}[：:]")
UNIT_WORDS = frozenset(
    map(folded, ("", "年-月-日", "年月日", "年/月/日", "年.月.日", "单位", "按单位", "计量单位", "—", "-", "/"))
)


def match_table(raw: RawSheet, sheet: type[Sheet]) -> Match:
    """Find the row in which most titles stand, and what merged headers left in the rows next to it."""
    rows = [matched(enumerate(row), sheet) for row in raw.rows[:HEADER_ROWS]]
    if not rows or not any(slots for slots, _ in rows):
        return Match()
    best = max(range(len(rows)), key=lambda r: (len(rows[r][0]), -r))
    slots, last = dict(rows[best][0]), best
    for r in (best - 1, best + 1):
        for name, c in rows[r][0].items() if 0 <= r < len(rows) else ():
            if name not in slots and c not in slots.values():
                slots[name], last = c, max(last, r)
    return Match(slots, last + 1, rows[best][1])


def read_table(raw: RawSheet, sheet: type[Sheet]) -> tuple[Table, list[Remark]]:
    """Take the records, told apart from rows of sums, units, instructions and signatures."""
    match = match_table(raw, sheet)
    rows = _filled_down(raw, sheet, match)
    columns = {name: sheet.columns()[name] for name in match.slots}
    says = [slot for name, slot in match.slots.items() if not issubclass(columns[name].kind, Serial)]
    faulty = {row for row, _ in raw.errors}
    lines: list[int] = []
    sums: list[SumRow] = []
    remarks = _about_columns(raw, sheet, match)
    start = 0
    for r in range(match.first, len(rows)):
        row = rows[r]
        if label := _sum_label(row):
            sums.append(
                SumRow(r, label, start, len(lines), {name: row[c] for name, c in match.slots.items() if c < len(row)})
            )
            start = len(lines) if label == PART else start
        elif r not in faulty and not any(filled(row, slot) for slot in says):
            continue
        elif not lines and _is_heading(row, columns, match.slots):
            if not _is_units(row, columns):
                remarks.append(Remark("S11", raw.name, {"value": str(r + 1), "sheet_key": sheet.key(), "row": r + 1}))
        elif not _is_foot(row):
            lines.append(r)
    values = {name: [rows[r][c] if c < len(rows[r]) else None for r in lines] for name, c in match.slots.items()}
    whole = [each if each.label == PART else SumRow(each.row, each.label, 0, len(lines), each.values) for each in sums]
    table = Table(sheet, raw.name, lines, match.slots, values, errors=raw.errors, sums=whole)
    return table, [*remarks, *_about_rows(raw, sheet, match, lines)]


def _cells(row: Sequence[Any]) -> list[Any]:
    return [cell for cell in row if cell is not None and cell != ""]


def _sum_label(row: Sequence[Any]) -> str:
    """Give the label of a row of sums, or "". It is the first thing in the row."""
    first = next((cell for cell in row if cell is not None and cell != ""), None)
    if not isinstance(first, str) or len(first) > 12:
        return ""
    label = folded(first).rstrip(":")
    return label if label in SUM_WORDS else ""


def _is_heading(row: Sequence[Any], columns: Mapping[str, Column], slots: Mapping[str, int]) -> bool:
    """Tell a row of units, instructions or column numbers under the header from a record."""
    cells = _cells(row)
    if len(cells) >= 3 and [str(cell).removesuffix(".0") for cell in cells] == [str(n + 1) for n in range(len(cells))]:
        return len(cells) == len(slots)
    return _is_units(row, columns) or all(
        isinstance(c, str) and re.fullmatch(r"[（(【].*[)）】]", tidy(c)) for c in cells
    )


def _is_units(row: Sequence[Any], columns: Mapping[str, Column]) -> bool:
    units = {folded(col.unit) for col in columns.values()} | UNIT_WORDS
    return all(isinstance(cell, str) and folded(cell).strip("()") in units for cell in _cells(row))


def _is_foot(row: Sequence[Any]) -> bool:
    cells = [tidy(cell) if isinstance(cell, str) else cell for cell in _cells(row)]
    return bool(cells) and isinstance(cells[0], str) and bool(FOOT.match(cells[0])) and len(cells) <= 4


def _filled_down(raw: RawSheet, sheet: type[Sheet], match: Match) -> list[list[Any]]:
    """Copy a merged cell's value to the rows it spans, in the columns that declare that it means "same as above"."""
    downs = {slot for name, slot in match.slots.items() if sheet.columns()[name].fill_down}
    rows = raw.rows
    for top, left, bottom, _ in raw.merged:
        if left in downs and top >= match.first and bottom > top:
            rows = [list(row) if top < r <= bottom else row for r, row in enumerate(rows)]
            for r in range(top + 1, min(bottom + 1, len(rows))):
                rows[r][left : left + 1] = [raw.rows[top][left]]
    return rows


def _about_columns(raw: RawSheet, sheet: type[Sheet], match: Match) -> list[Remark]:
    key, known = sheet.key(), {*match.slots.values(), *match.twice.values()}
    head = [row for row in raw.rows[max(match.first - 2, 0) : match.first]]
    others = {
        c: tidy(cell)
        for row in head
        for c, cell in enumerate(row)
        if isinstance(cell, str) and tidy(cell) and c not in known
    }
    remarks = []
    for name, col in sheet.columns().items():
        said = {"title": col.title, "sheet_key": key, "field": name, "column": str(col.title)}
        if name not in match.slots:
            remarks.append(Remark("S02", raw.name, {**said, "found": nearest(col, others.values())}))
        if name in match.twice:
            both = f"{_letter(match.slots[name])} 列和 {_letter(match.twice[name])} 列"
            remarks.append(Remark("S03", raw.name, {**said, "found": both}))
    used = {c for c in others if any(filled(row, c) for row in raw.rows[match.first :])}
    return remarks + [
        Remark("S04", raw.name, {"value": others[c], "sheet_key": key, "subject": others[c]})
        for c in sorted(used)
        if not _is_group_header(raw, c, match)
    ]


def _is_group_header(raw: RawSheet, c: int, match: Match) -> bool:
    return any(left <= c <= right and right > left and top < match.first for top, left, _, right in raw.merged)


def _letter(c: int) -> str:
    return a1(0, c)[:-1]


def _about_rows(raw: RawSheet, sheet: type[Sheet], match: Match, lines: Sequence[int]) -> list[Remark]:
    key = sheet.key()
    hidden = set(raw.hidden_rows) & set(lines)
    remarks = [Remark("S06", raw.name, {"value": str(len(hidden)), "sheet_key": key})] if hidden else []
    headed = {c for row in raw.rows[: match.first] for c in range(len(row)) if filled(row, c)} | set(
        match.slots.values()
    )
    headed |= {c for _, left, _, right in raw.merged for c in range(left, right + 1)}
    width = max((len(row) for row in raw.rows), default=0)
    for c in sorted(set(range(width)) - headed):
        for r in range(match.first, len(raw.rows)):
            if filled(raw.rows[r], c):
                said = {
                    "value": raw.rows[r][c],
                    "sheet_key": key,
                    "cell": a1(r, c),
                    "row": r + 1,
                    "subject": f"第{r + 1}行{_letter(c)}",
                }
                remarks.append(Remark("S09", raw.name, said))
    return remarks
