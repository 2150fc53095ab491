"""Rows that say what other rows say: given twice within a return, or the same in two teams' returns. Both are asked about.

Copies agree in every column but the row's own number. A cell that could not be read is compared as it was typed; a row
with a cell of which not even that is known (an error, a column that is not there) is left out, as its return is held anyway.
Here: what a row says, and copies within a return; `elsewhere` has those between teams.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from pipeline.declare import Code, Column, Count, Phone, Serial, Sheet
from pipeline.declare.kinds import show
from pipeline.frames import Records
from pipeline.model import Finding, Stack, Submission
from pipeline.wording import Place, found_in

TWICE, ELSEWHERE = "U02", "U03"
ENOUGH = 3  # filled cells beside its own number, without which a row says too little to be a copy of another
NAMED = 8  # stretches of rows named in a message


def compared(sheet: type[Sheet]) -> list[str]:
    """Give the columns in which copies agree: all but those that number the rows, which a copied row has anew."""
    return [name for name, col in sheet.columns().items() if not _is_number(col, sheet)]


def _is_number(col: Column, sheet: type[Sheet]) -> bool:
    """Tell a serial, and a key that is counted up. A key that names a person, or refers to another sheet, says something."""
    is_code = issubclass(col.kind, Code) and not issubclass(col.kind, Phone) and col.is_unique and col.in_column is None
    is_key = col.field == sheet.options().key
    return issubclass(col.kind, Serial) or (is_key and (is_code or issubclass(col.kind, Count)))


def repeated(sheet: type[Sheet], rows: pd.DataFrame) -> pd.Series[bool]:
    """Tell the rows of a sheet, typed, with a column `submission`, that say what an earlier row of their return says."""
    names = compared(sheet)
    return rows.duplicated(["submission", *names]) & (rows[names].notna().sum(axis=1) >= ENOUGH)


def is_compared(sheet: type[Sheet]) -> bool:
    """Whether the rows of a sheet are held against each other."""
    return sheet.options().role == "ledger" and not sheet.is_card()


@dataclass(frozen=True)
class Said:
    """What each row of a stack says. words: one hash per row. is_enough: whether a row can be compared."""

    words: Any  # numpy array of uint64
    is_enough: Any  # numpy array of bool


def said_by(stack: Stack) -> Said:
    """Hash the rows of a stack. The hash of a row depends on nothing but what it says."""
    names = compared(stack.sheet)
    typed: dict[tuple[int, str], str] = {}
    known = np.ones(len(stack.frame), dtype=bool)
    for name in names:
        for index in np.flatnonzero(stack.unreadable[name]).tolist():
            table, line = stack.where(index)
            known[index] &= name in table.slots and table.position(line, name) not in table.errors
            if known[index]:
                typed[index, name] = show(table.values[name][line])
    filled = stack.frame[names].notna().to_numpy().sum(axis=1)
    words = np.zeros(len(stack.frame), dtype="uint64")
    if names and len(words):
        words = pd.util.hash_pandas_object(stack.frame[names], index=False).to_numpy(copy=True)
    if typed:
        at = [index for index, _ in typed]
        texts = np.array([f"{name}\x1f{text}" for (_, name), text in typed.items()], dtype=object)
        np.bitwise_xor.at(words, at, pd.util.hash_array(texts))
        np.add.at(filled, at, 1)
    return Said(words, known & (filled >= ENOUGH))


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


def repeat_findings(stack: Stack, said: Said, submissions: Sequence[Submission]) -> Iterator[Finding]:
    """Ask about rows of a ledger that stand further up as well: once for rows on end, all of which have a twin."""
    keys = pd.DataFrame({"submission": stack.submission, "words": said.words})[said.is_enough]
    twins = keys[keys.duplicated(keep=False)]
    if twins.empty:
        return
    at = twins.index.to_numpy()
    first = twins.index.to_series().groupby([twins["submission"], twins["words"]]).transform("min").to_dict()
    breaks = np.flatnonzero((np.diff(at) != 1) | (np.diff(stack.source[at]) != 0)) + 1
    queries: dict[tuple[int, str], list[int]] = {}  # further copies of the same rows belong to the same question
    for run in np.split(at, breaks):
        again = [row for row in run.tolist() if first[row] != row]
        if again:
            source = int(stack.source[again[0]])
            queries.setdefault((source, digest(stack.records[source], stack.line[again].tolist())), []).extend(again)
    for (source, subject), again in queries.items():
        records, number = stack.records[source], int(stack.submission[again[0]])
        earlier = rows_named(records, stack.line[sorted({first[row] for row in again})].tolist())
        yield asked(TWICE, submissions[number], records, stack.line[again].tolist(), earlier, subject)
