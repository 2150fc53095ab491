"""Tables: a header of one row or more and what stands below it; a table whose rows are printed is a card."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.adopt.blocks import LONGEST_TITLE, NUMBERED, QUESTION, Block, Entry, entry
from pipeline.adopt.cards import is_label, row_of_questions
from pipeline.adopt.look import Tab
from pipeline.adopt.words import (
    HEADED_AS_CARD,
    OF_RECORD,
    UNIT_HEADS,
    is_placeholder,
    is_unit,
    kind_of_title,
    split_unit,
)
from pipeline.declare.kinds import Number, folded
from pipeline.declare.titles import header
from pipeline.layout.rows import FOOT, STEMS, SUM_WORDS, UNIT_WORDS
from pipeline.layout.units import alone
from pipeline.rawbook import Address

DEEPEST = 4  # rows of a header
LONGEST_BODY = 300  # rows of a table that are looked at
NEARBY = 3  # rows below a heading in which its table begins
SAYS_ITSELF = re.compile(r"^(?!其中)[^：:]{2,12}[：:]\s*\S")  # 填报单位：…: a line of the head, not of headers


def table(tab: Tab, r: int) -> Block | None:
    """Read a table, or a card with a header, that begins in a row."""
    found = _header(tab, r)
    if found is None:
        return None
    low, entries = found
    first = low + 1
    units: dict[int, str] = {}
    while first < len(tab.rows) and (said := _under_header(tab, first, entries)) is not None:
        units |= said
        first += 1
    behind = _end(tab, first, entries)
    labelled = [rr for rr in range(first, min(behind, len(tab.rows))) if _sum_label(tab, rr)]
    total_row = labelled[0] if labelled else -1
    body = [rr for rr in range(first, min(max(behind, first + 2), first + LONGEST_BODY)) if rr not in labelled]
    cells = {each.place: tuple((rr, each.place[1]) for rr in body) for each in entries}
    block = Block(
        tab, "table", r, first, behind,
        tuple(replace(each, cells=cells[each.place], unit=each.unit or units.get(each.place[1], "")) for each in entries),
        total=_sum_label(tab, total_row) if labelled else "", total_row=total_row,
    )  # fmt: skip
    return _as_card(block) or (block if len(entries) > 2 or _has_body(block) else None)


def _has_body(block: Block) -> bool:
    cells = [at for each in block.entries for at in each.cells]
    return any(block.tab.cell(*at) is not None or block.tab.is_ready(*at) for at in cells)


def _header(tab: Tab, r: int) -> tuple[int, list[Entry]] | None:
    """Read a header that begins in a row: its lowest row, and its columns."""
    texts = tab.texts(r)
    if len(texts) < 2 or not all(tab.text(r, c) for c in tab.filled(r)):
        return None
    if any(SAYS_ITSELF.match(tab.text(r, c)) or tab.text(r, c).endswith("。") for c in texts):
        return None
    low = _lowest(tab, r, texts)
    entries = []
    for c in range(min(texts + tab.texts(low)), len(tab.rows[r])):
        path = _path(tab, r, low, c)
        if path and tab.block(low, c)[1] == c:
            entries.append(_column((low, c), path))
    columns = [each.place[1] for each in entries]
    lone = [c for c in columns if c - 1 not in columns and tab.block(low, c)[3] + 1 not in columns and tab.text(low, c)]
    if len(columns) < 2 or len(lone) * 2 >= len(columns) or any(len(each.title) > LONGEST_TITLE for each in entries):
        return None
    return low, entries


def _column(place: Address, path: Sequence[str]) -> Entry:
    """Take a column's unit from its title or from what stands over it."""
    over = [split_unit(text) for text in path[:-1]]
    made = entry(place, path[-1], under=tuple(title for title, _ in over))
    return replace(made, unit=made.unit or next((unit for _, unit in reversed(over) if unit), ""))


def _lowest(tab: Tab, r: int, texts: Sequence[int]) -> int:
    """Give the lowest row of a header: as deep as its merged cells, or as the groups that it begins with."""
    low = min(max(tab.block(r, c)[2] for c in texts), r + DEEPEST - 1)
    grouped = any(tab.block(r, c)[3] > c for c in texts)
    below = tab.texts(r + 1)
    if low == r and below and (grouped or len(texts) < len(below)):
        titles = [tab.text(r + 1, c) for c in below]
        covered = all(tab.text(r + 1, c) for c in range(below[0], below[-1] + 1))
        if covered and len(below) > 1 and (grouped or len(set(titles)) < len(titles)):
            return r + 1
    return low


def _path(tab: Tab, top: int, low: int, c: int) -> list[str]:
    """Give what stands over a column, the lowest last; a group's heading may stand over its first column alone."""
    path: list[str] = []
    for r in range(top, low + 1):
        at = tab.block(r, c)[:2]
        text = tab.text(*at)
        if not text and r < low:
            beside = (tab.text(*tab.block(r, left)[:2]) for left in range(c - 1, -1, -1))
            text = next(filter(None, beside), "")
        if text and at[0] >= top and (not path or path[-1] != text):
            path.append(text)
    own = tab.text(*tab.block(low, c)[:2])
    return path if own else []


def _under_header(tab: Tab, r: int, entries: Sequence[Entry]) -> dict[int, str] | None:
    """Read a row of units, of column numbers or of instructions in brackets: column -> unit; None for any other row."""
    cells = {each.place[1]: tab.cell(r, each.place[1]) for each in entries}
    said = {c: value for c, value in cells.items() if value is not None}
    if not said:
        return None
    marks = [str(value).removesuffix(".0").strip("()（） ") for value in said.values()]
    stems = next((n for n, mark in enumerate(marks) if mark != STEMS[n : n + 1]), len(marks))
    if len(marks) >= max(3, len(entries)) and marks[stems:] == [str(n + 1) for n in range(len(marks) - stems)]:
        return {}
    if not all(isinstance(value, str) for value in said.values()):
        return None
    units = {c: alone(str(value)) for c, value in said.items()}
    if all(is_unit(unit) or unit in UNIT_WORDS for unit in units.values()):
        return {c: unit for c, unit in units.items() if is_unit(unit)}
    return {} if all(re.fullmatch(r"[（(【].*[)）】]", str(value).strip()) for value in said.values()) else None


def _end(tab: Tab, first: int, entries: Sequence[Entry]) -> int:
    """Give the row below a table: where another block's heading or header stands, a foot, or the tab ends."""
    columns = {each.place[1] for each in entries}
    for r in range(first, len(tab.rows)):
        filled = tab.filled(r)
        texts = tab.texts(r)
        if texts and len(filled) <= 4 and FOOT.match(tab.text(r, texts[0])):
            return r
        if not texts or len(filled) > 2 or len(filled) != len(texts):
            continue
        if tab.block(r, texts[0])[1:] == (texts[0], r, texts[0]) and any(tab.is_ready(r, c) for c in columns):
            continue
        text, (_, left, _, right) = tab.text(r, texts[0]), tab.block(r, texts[0])
        is_heading = tab.is_empty(r - 1) or NUMBERED.match(text) or right - left + 1 >= max(2, len(columns) / 2)
        if is_heading and not _sum_label(tab, r) and any(_begins(tab, r + n) for n in range(1, NEARBY)):
            return r
        if r > first and tab.is_empty(r - 1) and QUESTION.search(text) and row_of_questions(tab, r):
            return r
    return len(tab.rows)


def _begins(tab: Tab, r: int) -> bool:
    if r >= len(tab.rows):
        return False
    texts = tab.texts(r)
    return _header(tab, r) is not None or bool(row_of_questions(tab, r)) or bool(texts and is_label(tab, r, texts[0]))


def _sum_label(tab: Tab, r: int) -> str:
    return next((text for c in tab.texts(r)[:2] if folded(text := tab.text(r, c)).rstrip(":") in SUM_WORDS), "")


def _as_card(block: Block) -> Block | None:
    """Take a table for a card if its rows are printed and its other cells wait: indicators, a cover."""
    tab, (titles, *others) = block.tab, block.entries
    if _is_numbers(tab, titles) and len(others) > 1:
        titles, *others = others
    rows = [r for r, c in titles.cells if tab.text(r, c)]
    units = next((each for each in others if folded(each.title) in UNIT_HEADS), None)
    values = [each for each in others if each is not units]
    head = header(titles.title)
    if len(rows) < 2 or not values or len({header(tab.text(r, titles.place[1])) for r in rows}) < len(rows) / 2:
        return None
    untitled = [r for r, c in titles.cells if tab.cell(r, c) is None]
    if any(tab.cell(r, each.place[1]) is not None for each in values for r in untitled):
        return None
    if any(each.under for each in block.entries) or len({header(each.title) for each in values}) < len(values):
        return None  # a card's records have one header each
    waiting = [_waits(tab, r, each.place[1]) for each in values for r in rows]
    is_worded = (units is not None or len(values) == 1) and all(OF_RECORD.search(header(each.title)) for each in values)
    if not is_worded and not (sum(waiting) >= 0.9 * len(waiting) and _alike(values, head, units is not None)):
        return None
    entries = [
        entry((r, titles.place[1]), tab.text(r, titles.place[1]), cells=tuple((r, each.place[1]) for each in values))
        for r in rows
    ]
    if units is not None:
        column = units.place[1]
        entries = [replace(each, unit=tab.text(each.place[0], column) or each.unit) for each in entries]
    return replace(
        block, sort="beside", entries=tuple(entries), records=tuple(each.title for each in values), total="",
        heads=(titles.title, units.title if units else ""),
    )  # fmt: skip


def _alike(values: Sequence[Entry], head: str, has_units: bool) -> bool:
    """Whether the columns are the same figures once more (本期数, 累计数), and not each another thing of the row's."""
    kinds = [kind_of_title(each.title) for each in values]
    is_figures = all(kind is None or issubclass(kind, Number) for kind in kinds) and not any(
        each.unit for each in values
    )
    return len(values) == 1 or (is_figures and (has_units or bool(HEADED_AS_CARD.search(head))))


def _is_numbers(tab: Tab, entry: Entry) -> bool:
    cells = [tab.cell(*at) for at in entry.cells]
    return all(value is None or str(value).removesuffix(".0").isdigit() for value in cells)


def _waits(tab: Tab, r: int, c: int) -> bool:
    value = tab.cell(r, c)
    return value is None or (r, c) in tab.formulas or is_placeholder(value)
