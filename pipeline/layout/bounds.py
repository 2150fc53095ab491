"""The rows that a table's Config names: instructions and column numbers under its header, and the text that ends it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pipeline.declare import Serial, Sheet
from pipeline.declare.kinds import folded
from pipeline.layout.headers import Match, Remark, filled
from pipeline.layout.regions import MOST_BESIDE, part
from pipeline.layout.rows import Ruler
from pipeline.layout.surroundings import stray
from pipeline.rawbook import RawSheet

NUMBERED = re.compile(r"\(?(?:([0-9]{1,3})|([a-z甲乙丙丁戊己庚辛壬癸]))(?:\.0)?\)?(?:=.*)?")  # 3, (3), c, 丙, 3=1+2
LABELS = frozenset(("栏次", "行次", "栏号", "列号"))
EMPTY = frozenset(("-", "—", "/", "序号"))
FEWEST = 4  # numbers that tell such a row which neither begins with 1 nor is labelled


def heading_rows(rows: Sequence[Sequence[Any]], sheet: type[Sheet], ruler: Ruler, first: int) -> list[int]:
    """Give the declared rows of instructions and of column numbers below the header, which may have lost its numbers.

    first: the row below the header, from 0. A row of sums among them is none of them.
    """
    options = sheet.options()
    found: list[int] = []
    instructions, is_numbered = options.instructions, not options.numbered
    for r in range(first, len(rows)):
        row = rows[r]
        if _is_sum(row, ruler):
            continue
        if not is_numbered and _numbers(row):
            is_numbered = True
        elif instructions:
            instructions -= 1
        else:
            break
        found.append(r)
    return found


def _is_sum(row: Sequence[Any], ruler: Ruler) -> bool:
    return bool(ruler.sum_label(row, [cell for cell in row if type(cell) is str]))


def _numbers(row: Sequence[Any]) -> bool:
    """Tell 栏次 1 2 3=1+2 from a record: it counts up, perhaps behind letters, and says nothing else."""
    marks = [mark for cell in row if cell is not None and (mark := folded(str(cell))) and mark not in EMPTY]
    rest = [mark for mark in marks if mark not in LABELS]
    found = [NUMBERED.fullmatch(mark) for mark in rest]
    numbers = [int(match[1]) for match in found if match and match[1]]
    if len(marks) < 2 or not all(found) or numbers != [*range(sum(numbers[:1]), sum(numbers[:1]) + len(numbers))]:
        return False
    return not numbers or numbers[0] == 1 or len(numbers) >= FEWEST or len(rest) < len(marks)


def ended(raw: RawSheet, sheet: type[Sheet], match: Match, ruler: Ruler, first: int) -> tuple[RawSheet, list[Remark]]:
    """Cut a sheet where its declared end stands. Gives what is above, and remarks about records typed below nonetheless.

    first: the row below the header and the declared rows under it, which may say what the end says. If those are gone, what
    was taken for them may be the end.
    """
    text = folded(sheet.options().ends)
    rows = [*range(first, len(raw.rows)), *range(match.first, first)] if text else []
    mark = next((r for r in rows if _is_end(raw.rows[r], text)), None)
    if mark is None:
        return raw, []
    above = part(raw, 0, mark + _is_sum(raw.rows[mark], ruler))
    return above, [stray(raw, sheet, r, c) for r, c in _typed_below(raw, sheet, match, mark + 1)]


def _is_end(row: Sequence[Any], text: str) -> bool:
    cells = [folded(cell) for cell in row if isinstance(cell, str) and cell]
    return text in cells or (
        any(cell.startswith(text) for cell in cells) and sum(filled(row, c) for c in range(len(row))) <= MOST_BESIDE
    )


def _typed_below(raw: RawSheet, sheet: type[Sheet], match: Match, first: int) -> list[tuple[int, int]]:
    """Find rows right below the end that have all that a record must have: whoever ran out of rows went on there."""
    needed = [
        (match.slots[name], col)
        for name, col in sheet.columns().items()
        if col.is_required and name in match.slots and not issubclass(col.kind, Serial)
    ]
    found: list[tuple[int, int]] = []
    for r in range(first, len(raw.rows)):
        row = raw.rows[r]
        cells = [(row[c] if c < len(row) else None, col) for c, col in needed]
        if len(cells) < 2 or not all(
            not col.is_blank(cell) and col.kind.parse_cell(cell, col).value is not None for cell, col in cells
        ):
            break
        found.append((r, needed[0][0]))
    return found
