"""The numbers of a table's rows: out of order, given twice, left out. A note and no more: nothing is reckoned from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.declare import Serial, Sheet
from pipeline.declare.kinds import folded, show, tidy
from pipeline.layout.headers import Match, Remark
from pipeline.model import Table, a1
from pipeline.rawbook import RawSheet
from pipeline.words import Words

MOST_NAMED = 5  # oddities; more are counted
_NUMBER = re.compile(r"(?:no\.?|第|\()?([0-9]{1,9})[.、,)号]*")
Oddity = tuple[int, str]  # row from 0, what is odd there


def about_serials(raw: RawSheet, sheet: type[Sheet], match: Match, table: Table) -> Iterator[Remark]:
    """Say once which rows are numbered oddly. Not where no row has a number, nor where a number is in error.

    Nor where the form numbers its rows, whether they are filled in or not.
    """
    if sheet.options().record:
        return
    for name, col in sheet.columns().items():
        if not issubclass(col.kind, Serial) or col.is_computed or name not in match.slots:
            continue
        cells, c = table.values[name], match.slots[name]
        usual = range(1, len(cells) + 1)
        if cells in ([*usual], [*map(str, usual)]) or any((r, c) in raw.errors for r in table.lines):
            continue
        covered = {r for top, left, bottom, _ in raw.merged if left == c for r in range(top + 1, bottom + 1)}
        serials = [(r, tidy(show(cell))) for r, cell in zip(table.lines, cells, strict=True) if r not in covered]
        odd = _oddities(serials, words := col.words)
        if odd:
            row, named = odd[0][0], words("；").join(says for _, says in odd[:MOST_NAMED])
            more = words(" 等 {count} 处", count=len(odd)) if len(odd) > MOST_NAMED else ""
            said = {"title": col.title, "column": str(col.title), "field": name, "sheet_key": sheet.key()}
            place = {"cell": a1(row, c), "row": row + 1, "value": _cell(raw, row, c)}
            yield Remark("S17", raw.name, {**said, **place, "found": named + more})


def _oddities(serials: Sequence[tuple[int, str]], words: Words) -> list[Oddity]:
    """List what is odd, from the top. What is no number (补, A-1) is only asked not to come twice."""
    if not any(text for _, text in serials):
        return []
    odd: list[Oddity] = []
    first: dict[str | int, int] = {}
    numbers = {number for _, text in serials if isinstance(number := _number(text), int)}
    below = dict(zip(ordered := sorted(numbers), [0, *ordered], strict=False))
    last = -1
    for r, text in serials:
        number, row = _number(text), r + 1
        if not text:
            odd.append((r, words("第 {row} 行没有序号", row=row)))
        elif number in first:
            odd.append(
                (r, words("第 {row} 行的“{text}”与第 {other} 行重复", row=row, text=text, other=first[number] + 1))
            )
        elif isinstance(number, int):
            if number < last:
                odd.append((r, words("第 {row} 行的“{number}”排在“{last}”之后", row=row, number=number, last=last)))
            if (low := below[number] + 1) < number:
                high = number - 1
                missing = str(low) if low == high else words("{first} 至 {last}", first=low, last=high)
                odd.append(
                    (r, words("第 {row} 行的“{number}”之前缺 {missing}", row=row, number=number, missing=missing))
                )
            last = number
        first.setdefault(number, r)
    return odd


def _number(text: str) -> int | str:
    """Give the number that a serial is in any way of writing it (1. （1） ① 第1号), or the text itself."""
    plain = folded(text)
    match = _NUMBER.fullmatch(plain)
    return int(match[1]) if match else plain


def _cell(raw: RawSheet, r: int, c: int) -> Any:
    return raw.rows[r][c] if c < len(raw.rows[r]) else ""
