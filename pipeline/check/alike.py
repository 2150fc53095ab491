"""How rows that say the same are recognised, named and asked about. Copies agree in every column but the row's own number."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from pipeline.declare import Code, Column, Count, Phone, Serial, Sheet
from pipeline.declare.kinds import show
from pipeline.frames import Records
from pipeline.model import Finding, Submission
from pipeline.wording import Place, found_in

TWICE, ELSEWHERE = "U02", "U03"
NAMED = 8  # stretches of rows named in a message


def compared(sheet: type[Sheet]) -> list[str]:
    """Give the columns in which copies agree: all but those that number the rows, which a copied row has anew."""
    return [name for name, col in sheet.columns().items() if not _is_number(col, sheet)]


def _is_number(col: Column, sheet: type[Sheet]) -> bool:
    """Tell a serial, and a key that is counted up. A key that names a person, or refers to another sheet, says something."""
    is_code = issubclass(col.kind, Code) and not issubclass(col.kind, Phone) and col.is_unique and col.in_column is None
    is_key = col.field == sheet.options().key
    return issubclass(col.kind, Serial) or (is_key and (is_code or issubclass(col.kind, Count)))


def is_compared(sheet: type[Sheet]) -> bool:
    """Whether the rows of a sheet are held against each other."""
    return sheet.options().role == "ledger" and not sheet.is_card()


def digest(records: Records, lines: Sequence[int]) -> str:
    """Name records by what they say, wherever they stand and in whatever order."""
    table, names = records.table, compared(records.sheet)
    faulty = {name: {line for line, read in table.oddities.get(name, ()) if read.fault} for name in names}

    def text(name: str, line: int) -> str:
        if line in faulty[name]:
            return show(table.values[name][line])
        value = table.typed[name][line] if name in table.typed else None
        return "" if value is None else str(value)

    texts = {"\x1f".join(text(name, line) for name in names) for line in lines}
    return hashlib.sha256("\x1e".join(sorted(texts)).encode()).hexdigest()[:12]


def asked(
    code: str, submission: Submission, records: Records, lines: Sequence[int], found: str, subject: str
) -> Finding:
    """Ask about records, at the first cell of the first of them; `found` says where else the same stands.

    What the query is about, for whoever answers it, is how many rows there are: where they stand may change.
    """
    names = compared(records.sheet)
    words = records.sheet.wording()
    apart = words.listed(f"“{col.title}”" for name, col in records.sheet.columns().items() if name not in names)
    said: Mapping[str, Any] = {
        "value": words("{count} 行", count=len(lines)),
        "rows": rows_named(records, lines),
        "found": found,
        "hint": words("（{apart}不计）", apart=apart) if apart else "",
        "expected": "",
    }
    return found_in(code, submission, Place(records.sheet, records.table, lines[0], names[0], subject), said)


def rows_named(records: Records, lines: Sequence[int]) -> str:
    """Name rows as the sender's sheet numbers them: 第 6 至 17、20 行. What stands between records is none of them."""
    stretches = [[row for _, row in on_end] for _, on_end in groupby(enumerate(lines), lambda pair: pair[1] - pair[0])]
    ends = [[records.table.lines[line] + 1 for line in (on[0], on[-1])] for on in stretches]
    words = records.sheet.wording()
    named = words.listed(
        words("{first} 至 {last}", first=first, last=last) if first != last else first for first, last in ends[:NAMED]
    )
    if len(ends) > NAMED:
        return words("第 {rows} 等 {count} 行", rows=named, count=len(lines))
    return words("第 {rows} 行" if len(lines) > 1 else "第 {row} 行", rows=named, row=named)
