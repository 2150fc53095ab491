"""Rows that say what other rows say: given twice within a return, or the same in two teams' returns. Both are asked about.

Copies agree in every column but the row's own number. A cell that could not be read is compared as it was typed; a row
with a cell of which not even that is known (an error, a column that is not there) is left out, as its return is held anyway.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from pipeline.campaign import Campaign
from pipeline.declare import Code, Column, Count, Phone, Serial, Sheet
from pipeline.declare.kinds import show
from pipeline.model import Finding, Stack, Submission
from pipeline.wording import Place, found_in

ENOUGH = 3  # filled cells beside its own number, without which a row says too little to be a copy of another
BLOCK = 3  # rows on end; what two teams did together may rightly stand in both ledgers, once or twice
FEW = 3  # teams with the same rows are named one by one; of more, only the first
NAMED = 8  # stretches of rows named in a message
ODD = np.uint64(0x9E3779B97F4A7C15)  # spreads the hashes of rows, so that their order matters

Rows = Sequence[int]  # indices into a stack's frame, in order


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


def repeat_findings(
    stack: Stack, campaign: Campaign, submissions: Sequence[Submission], latest: Any
) -> Iterator[Finding]:
    """Ask about rows of a ledger given twice. latest: numpy array of bool, whether a submission is its team's latest.

    Every version of a return is asked about, as answers are about what was asked before; but only the latest returns of the
    other teams are held against it.
    """
    if stack.sheet.options().role == "ledger" and not stack.sheet.is_card():
        said = _Said.of(stack)
        yield from _twice(said, submissions)
        yield from _elsewhere(said, campaign, submissions, latest)


@dataclass(frozen=True)
class _Said:
    """What each row of a stack says. words: one hash per row. is_enough: whether a row can be compared.

    typed: (index, field) -> the text of a cell that could not be read.
    """

    stack: Stack
    names: Sequence[str]
    words: Any  # numpy array of uint64
    is_enough: Any  # numpy array of bool
    typed: Mapping[tuple[int, str], str]

    @classmethod
    def of(cls, stack: Stack) -> _Said:
        """Hash the rows of a stack."""
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
        return cls(stack, names, words, known & (filled >= ENOUGH), typed)

    def digest(self, rows: Rows) -> str:
        """Name rows by what they say, wherever they stand and in whatever order."""
        values = self.stack.frame[list(self.names)].iloc[list(rows)].astype(object).itertuples(index=False, name=None)
        texts = {
            "\x1f".join(
                self.typed.get((index, name), "" if pd.isna(value) else str(value))
                for name, value in zip(self.names, row, strict=True)
            )
            for index, row in zip(rows, values, strict=True)
        }
        return hashlib.sha256("\x1e".join(sorted(texts)).encode()).hexdigest()[:12]

    def asked(self, code: str, rows: Rows, submissions: Sequence[Submission], found: str, subject: str) -> Finding:
        """Ask about rows, at the first cell of the first of them; `found` says where else the same stands.

        What the query is about, for whoever answers it, is how many rows there are: where they stand may change.
        """
        stack = self.stack
        table, line = stack.where(rows[0])
        apart = "、".join(f"“{c.title}”" for name, c in stack.sheet.columns().items() if name not in self.names)
        said = {
            "value": f"{len(rows)} 行",
            "rows": _named(stack, rows),
            "found": found,
            "hint": f"（{apart}不计）" if apart else "",
            "expected": "",
        }
        place = Place(stack.sheet, table, line, self.names[0], subject)
        return found_in(code, submissions[int(stack.submission[rows[0]])], place, said)


def _named(stack: Stack, rows: Rows) -> str:
    """Name rows as the sender's sheet numbers them: 第 6 至 17、20 行. What stands between records is none of them."""
    stretches = [[row for _, row in on_end] for _, on_end in groupby(enumerate(rows), lambda pair: pair[1] - pair[0])]
    ends = [[table.lines[line] + 1 for table, line in map(stack.where, (on[0], on[-1]))] for on in stretches]
    named = "、".join(f"{first} 至 {last}" if first != last else str(first) for first, last in ends[:NAMED])
    return f"第 {named} " + ("行" if len(ends) <= NAMED else f"等 {len(rows)} 行")


# Within a return.


def _twice(said: _Said, submissions: Sequence[Submission]) -> Iterator[Finding]:
    """Ask about rows that stand further up as well: once for rows on end, all of which have a twin."""
    stack = said.stack
    keys = pd.DataFrame({"submission": stack.submission, "words": said.words})[said.is_enough]
    twins = keys[keys.duplicated(keep=False)]
    if twins.empty:
        return
    at = twins.index.to_numpy()
    first = twins.index.to_series().groupby([twins["submission"], twins["words"]]).transform("min").to_dict()
    breaks = np.flatnonzero((np.diff(at) != 1) | (np.diff(stack.table[at]) != 0)) + 1
    queries: dict[tuple[int, str], list[int]] = {}  # further copies of the same rows belong to the same question
    for run in np.split(at, breaks):
        again = [row for row in run.tolist() if first[row] != row]
        if again:
            queries.setdefault((int(stack.submission[again[0]]), said.digest(again)), []).extend(again)
    for (_, digest), again in queries.items():
        earlier = _named(stack, sorted({first[row] for row in again}))
        yield said.asked("U02", again, submissions, earlier, digest)


# Between teams.


@dataclass(frozen=True, slots=True)
class _Twin:
    """Rows of another team that say the same: its place in the order of codes, and the first of the rows."""

    team: int
    first: int


def _elsewhere(said: _Said, campaign: Campaign, submissions: Sequence[Submission], latest: Any) -> Iterator[Finding]:
    """Ask about rows on end that stand in another team's latest return too."""
    codes, number = np.unique([each.team for each in submissions], return_inverse=True)
    twins = _twins(said, number, latest)
    digests = _digests(said, twins)
    sharing: dict[str, set[int]] = {}
    for rows, digest in digests.items():
        sharing.setdefault(digest, set()).add(int(number[said.stack.submission[rows[0]]]))
    seen: set[tuple[int, str]] = set()
    for rows, others in twins.items():
        is_crowd = len(others) > FEW
        count = max(len(others), len(sharing[digests[rows]]) - 1) if is_crowd else 1
        for other in others[:1] if is_crowd else others:
            subject = f"{digests[rows]} {codes[other.team]}"
            key = int(said.stack.submission[rows[0]]), subject
            if key not in seen:  # rows that the return itself repeats are asked about once
                seen.add(key)
                where = _where(said.stack, other, len(rows), campaign, submissions, count)
                yield said.asked("U03", rows, submissions, where, subject)


def _digests(said: _Said, runs: Iterable[tuple[int, ...]]) -> dict[tuple[int, ...], str]:
    """Name runs of rows by what they say. The same rows, which many teams may have, are written out once."""
    known: dict[bytes, str] = {}
    digests = {}
    for rows in runs:
        words = said.words[list(rows)].tobytes()
        if words not in known:
            known[words] = said.digest(rows)
        digests[rows] = known[words]
    return digests


def _where(
    stack: Stack, twin: _Twin, length: int, campaign: Campaign, submissions: Sequence[Submission], count: int
) -> str:
    """Name the other team, its file, sheet and rows; of many teams, those of the first."""
    submission, (table, _) = submissions[int(stack.submission[twin.first])], stack.where(twin.first)
    name, file = campaign.by_code[submission.team].name, submission.file.rpartition("/")[2]
    place = f"“{file}”{table.name}{_named(stack, range(twin.first, twin.first + length))}"
    return f"“{name}”报送的{place}" if count == 1 else f"“{name}”等 {count} 个单位的报表（如{place}）"


def _twins(said: _Said, number: Any, latest: Any) -> dict[tuple[int, ...], list[_Twin]]:
    """Find rows on end that other teams have too: rows -> where, in the order of team codes, not more than FEW + 1.

    number: place of each submission's team in the order of codes. Rows are compared `BLOCK` by `BLOCK`. Each such block meets
    only the first few teams that have it, once each, so that what every team has costs no more than what two have.
    """
    stack, enough, words = said.stack, said.is_enough, said.words
    last = len(words) - BLOCK + 1
    if last < 1:
        return {}
    is_block = stack.table[:last] == stack.table[BLOCK - 1 :]
    block = np.zeros(last, dtype="uint64")
    for offset in range(BLOCK):
        is_block = is_block & enough[offset : last + offset]
        block = block * ODD + words[offset : last + offset]
    at = np.flatnonzero(is_block)
    at = at[pd.Series(block[at]).duplicated(keep=False).to_numpy()]
    if not len(at):
        return {}
    owner = stack.submission[at]
    blocks = pd.DataFrame({"at": at, "block": block[at], "team": number[owner], "latest": latest[owner]})
    heads = blocks[blocks["latest"]].sort_values(["team", "at"]).drop_duplicates(["block", "team"])
    heads = heads[heads.groupby("block").cumcount() <= FEW + 1]  # one of them may be the asker itself
    pairs = blocks.merge(heads, on="block", suffixes=("", "_there"))
    pairs = pairs[pairs["team"] != pairs["team_there"]]
    return _joined(pairs[["team_there", "at", "at_there"]].to_numpy(dtype="int64"))


def _joined(pairs: Any) -> dict[tuple[int, ...], list[_Twin]]:
    """Join blocks that overlap here and there alike. pairs: rows of (other team, block here, block there)."""
    team, here, there = pairs[np.lexsort((pairs[:, 1], pairs[:, 2] - pairs[:, 1], pairs[:, 0]))].T
    is_new = (np.diff(team) != 0) | (np.diff(here) != 1) | (np.diff(there) != 1)
    starts = np.flatnonzero(np.concatenate([[True], is_new])) if len(team) else np.arange(0)
    ends = np.append(starts[1:], len(team)) - 1
    twins: dict[tuple[int, ...], list[_Twin]] = {}
    for start, end in zip(starts.tolist(), ends.tolist(), strict=False):
        rows = tuple(range(int(here[start]), int(here[end]) + BLOCK))
        twins.setdefault(rows, []).append(_Twin(int(team[start]), int(there[start])))
    return twins
