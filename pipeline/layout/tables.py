"""Tables: a header row, perhaps under group headers, and one record per row below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.declare import Percent, Serial, Sheet
from pipeline.declare.kinds import Number, tidy
from pipeline.layout.bounds import ended, heading_rows
from pipeline.layout.headers import Match, Remark, as_printed, matched, matched_texts, subject, titled, worded
from pipeline.layout.merges import about_merges, filled_down
from pipeline.layout.paths import DEEPEST, Head
from pipeline.layout.rows import SUM_WORDS, Ruler, is_part, is_zero
from pipeline.layout.serials import about_serials
from pipeline.layout.surroundings import about_columns, about_rows, strays
from pipeline.layout.tags import tags_of, without_tags
from pipeline.layout.units import on_table, other_units
from pipeline.model import SumRow, Table, a1
from pipeline.rawbook import RawSheet

HEADER_ROWS = 30  # rows in which a header is looked for
FURTHEST_HEADER = 1_000  # rows in which it is looked for if nothing like it is there
BLANK_ROW = "（空行）"  # what a formula without a result stands in, where no record is
ANOTHER = 0.6  # share of another sheet's columns by which a row is taken for that sheet's header


def match_table(raw: RawSheet, sheet: type[Sheet]) -> Match:
    """Find the row in which most titles stand, and what merged headers left in the rows next to it."""
    rows: list[tuple[dict[str, int], dict[str, int]]] = []
    enough: float = len(sheet.columns())
    is_lone = len(sheet.columns()) == 1  # a sheet's own title may be that of its only column, with more in brackets
    head = Head(raw) if any(col.under for col in sheet.columns().values()) else None
    behind = FURTHEST_HEADER
    for r, row in enumerate(raw.rows[:FURTHEST_HEADER]):
        if r >= behind:
            break
        rows.append(matched_texts([*head.texts(r)], sheet) if head else matched(enumerate(row), sheet))
        if len(rows) == HEADER_ROWS:
            enough *= ANOTHER
        if max(len(slots) for slots, _ in rows[-HEADER_ROWS:]) >= enough and (not is_lone or as_printed(row, sheet)):
            behind = min(behind, r + (DEEPEST if head else 1))  # below is the rest of this header at most
    if not rows or not any(slots for slots, _ in rows):
        return Match()
    most = max(len(slots) for slots, _ in rows)
    tied = [r for r, (slots, _) in enumerate(rows) if len(slots) == most]
    best = tied[0]
    if len(tied) > 1:  # a heading may be called as what stands under it: a title beats an alias
        texts = {r: head.texts(r) if head else worded(enumerate(raw.rows[r])) for r in tied}
        best = max(tied, key=lambda r: (is_lone and as_printed(raw.rows[r], sheet), titled(texts[r], sheet), -r))
    slots, last = dict(rows[best][0]), best
    for r in (best - 1, best + 1):
        if not 0 <= r < len(rows) or not all(isinstance(cell, str) or cell is None for cell in raw.rows[r]):
            continue
        for name, c in rows[r][0].items():
            if name not in slots and c not in slots.values():
                slots[name], last = c, max(last, r)
    while head and last + 1 < len(rows) and [*head.texts(last + 1)] == [*head.texts(last)]:
        last += 1  # a heading that says the same as the title below it
    return Match(slots, last + 1, rows[best][1])


def read_table(
    raw: RawSheet, sheet: type[Sheet], match: Match, others: Sequence[type[Sheet]]
) -> tuple[Table, list[Remark]]:
    """Take the records, told apart from rows of sums, units, instructions and signatures.

    others: the form's other tables, one of which may follow on the same sheet.
    """
    raw, tags = without_tags(raw, match)
    ruler = Ruler.of(raw, sheet, match.slots, match.first)
    declared = heading_rows(raw.rows, sheet, ruler, match.first)
    first = max(declared, default=match.first - 1) + 1
    raw, beyond = ended(raw, sheet, match, ruler, first)
    rows = filled_down(raw, sheet, match)
    told = _tell_apart(raw, rows, sheet, match, others, ruler, declared)
    lines = told.lines
    records = [rows[r] for r in lines]
    values = {name: [record[c] for record in records] for name, c in match.slots.items()}
    for name in _pulled(sheet, match):
        values[name] = ["" if is_zero(cell) else cell for cell in values[name]]
    sums = [each if is_part(each.label) else replace(each, first=0, behind=len(lines)) for each in told.sums]
    carried = tags_of(lines, tags, match.first)
    while any(each.row == first for each in sums):
        first += 1
    table = Table(
        sheet.key(), raw.name, lines, match.slots, values, errors=raw.errors, sums=sums, tags=carried, first=first
    )
    return table, [
        *about_columns(raw, sheet, match),
        *other_units(raw, sheet, on_table(raw, sheet, match, told.headings)),
        *told.remarks,
        *about_merges(raw, sheet, match, lines),
        *about_rows(raw, sheet, lines),
        *about_serials(raw, sheet, match, table),
        *strays(raw, sheet, match, [r for r in range(match.first, told.end) if r not in declared]),
        *beyond,
    ]


def _pulled(sheet: type[Sheet], match: Match) -> list[str]:
    """Name the columns whose words a formula may pull from elsewhere, which gives 0 for a blank cell."""
    return [
        name
        for name, col in sheet.columns().items()
        if name in match.slots
        and (col.is_computed or name in sheet.options().record)
        and not issubclass(col.kind, Number | Percent)
    ]


@dataclass
class _Told:
    """What the rows below the header are: records, sums, headings, and remarks about others. end: behind the table."""

    end: int
    headings: list[int] = field(default_factory=list)  # rows of units, instructions, examples, column numbers
    lines: list[int] = field(default_factory=list)
    sums: list[SumRow] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


def _tell_apart(
    raw: RawSheet,
    rows: Sequence[Sequence[Any]],
    sheet: type[Sheet],
    match: Match,
    others: Sequence[type[Sheet]],
    ruler: Ruler,
    declared: Sequence[int],
) -> _Told:
    """Tell the rows below the header apart. declared: those of them that the Config names."""
    told, key = _Told(len(rows), [r for r in declared if ruler.is_units(rows[r])]), sheet.key()
    start, at_head = 0, True
    for r, is_plain in enumerate(ruler.plain(rows[match.first :]), match.first):
        if r in declared:
            continue
        row = rows[r]
        if is_plain and not at_head:
            told.lines.append(r)
            continue
        words = [cell for cell in row if type(cell) is str]
        is_worded = len(words) + row.count(None) == len(row)
        if label := ruler.sum_label(row, words):
            figures = {name: row[c] for name, c in match.slots.items() if c < len(row)}
            if label == ruler.total and not told.lines:  # above the records, as we print it: it adds up all of them
                label = SUM_WORDS[0]
            told.sums.append(SumRow(r, label, start, len(told.lines), figures))
            start = len(told.lines) if is_part(label) else start
        elif (is_worded and ruler.repeats_head(row)) or (
            at_head and ruler.says(row) and ruler.is_heading(row, *rows[r + 1 : r + 2])
        ):
            at_head = True
            told.headings.append(r)
            if not ruler.is_units(row):
                said = {"value": str(r + 1), "sheet_key": key, "row": r + 1, "subject": subject(*row)}
                told.remarks.append(Remark("S11", raw.name, said))
        elif is_worded and (other := _header_of_another(row, others)):
            said = {"value": other.title(), "title": sheet.title(), "sheet_key": key, "row": r + 1, "cell": a1(r, 0)}
            told.remarks.append(Remark("S14", raw.name, {**said, "subject": other.key()}))
            told.end = r
            break
        elif ruler.is_foot(row):
            continue
        elif not ruler.says(row):
            told.remarks += _in_blank_row(raw, sheet, match, r)
        else:
            at_head = False
            told.lines.append(r)
    return told


def _header_of_another(row: Sequence[Any], others: Sequence[type[Sheet]]) -> type[Sheet] | None:
    """Recognise in a row of words the header of another table of the form below this one's records."""
    filled_cells = sum(1 for cell in row if cell)
    if filled_cells < 3:
        return None
    cells = list(enumerate(row))
    for each in others:
        if len(matched(cells, each)[0]) >= ANOTHER * max(filled_cells, len(each.columns())):
            return each
    return None


def _in_blank_row(raw: RawSheet, sheet: type[Sheet], match: Match, r: int) -> list[Remark]:
    """Say what stands in a row that is no record: formulas in error, and words where only a serial number belongs."""
    remarks: list[Remark] = []
    if not raw.errors and not any(isinstance(cell, str) and len(cell) > 6 for cell in raw.rows[r]):
        return remarks
    for name, c in match.slots.items():
        col = sheet.columns()[name]
        about = {"title": col.title, "column": str(col.title), "field": name, "sheet_key": sheet.key(), "row": r + 1,
                 "cell": a1(r, c)}  # fmt: skip
        cell = raw.rows[r][c] if c < len(raw.rows[r]) else None
        if col.is_computed and name not in sheet.options().record:
            continue
        if issubclass(col.kind, Serial):
            if isinstance(cell, str) and len(tidy(cell)) > 6:
                remarks.append(Remark("S09", raw.name, {**about, "value": cell, "subject": subject(cell)}))
        elif (r, c) in raw.errors:
            error = raw.errors[r, c]
            code = "E01" if error else "E02"
            remarks.append(Remark(code, raw.name, {**about, "value": error, "subject": subject(error or BLANK_ROW)}))
    return remarks
