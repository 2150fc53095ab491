"""Rows that say what other rows say: given twice within a return, or the same in two teams' returns. Both are asked about.

A cell that could not be read is compared as it was typed; a row with a cell of which not even that is known (an error, a
column that is not there) is left out, as its return is held anyway. Here: what a row says, and copies within a return;
`elsewhere` has those between teams.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.check.alike import TWICE, asked, compared, digest, rows_named
from pipeline.declare import Sheet
from pipeline.declare.kinds import show
from pipeline.model import Finding, Stack, Submission

ENOUGH = 3  # filled cells beside its own number, without which a row says too little to be a copy of another


def repeated(sheet: type[Sheet], rows: pd.DataFrame) -> pd.Series[bool]:
    """Tell the rows of a sheet, typed, with a column `submission`, that say what an earlier row of their return says."""
    names = compared(sheet)
    return rows.duplicated(["submission", *names]) & (rows[names].notna().sum(axis=1) >= ENOUGH)


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
