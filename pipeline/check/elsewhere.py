"""Rows on end that stand in two teams' returns: asked about, on one hash a row that is kept of every return."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.check.alike import ELSEWHERE, asked, digest, rows_named
from pipeline.check.district import District
from pipeline.checked import Lines
from pipeline.model import Finding

BLOCK = 3  # rows on end; what two teams did together may rightly stand in both ledgers, once or twice
FEW = 3  # teams with the same rows are named one by one; of more, only the first
WORD = 8  # bytes of a row's hash
AT_ONCE = 500  # returns whose blocks are hashed at a time
SHARE_BITS = 4  # of a hash, which say in which share of all blocks it is
SHARES = 1 << SHARE_BITS
ODD = np.uint64(0x9E3779B97F4A7C15)  # spreads the hashes of rows, so that their order matters


@dataclass(frozen=True)
class _Ledger:
    """The records of one ledger of all returns, numbered on from one return to the next.

    kept: of each return, None if it has no such ledger. starts: how many records stand before each return, and behind the last.
    """

    key: str
    kept: Sequence[Lines | None]
    starts: Any  # numpy array of int64

    @classmethod
    def of(cls, district: District, key: str) -> _Ledger:
        """Number what was kept of each return."""
        kept = [each.lines.get(key) for each in district.checked]
        return cls(key, kept, np.cumsum([0, *(lines.count if lines else 0 for lines in kept)]))

    def place(self, row: int) -> tuple[int, int]:
        """Give the index of the return that a record stands in, and its position there."""
        number = int(self.owners(row))
        return number, row - int(self.starts[number])

    def owners(self, rows: Any) -> Any:
        """Give the index of the return of each of several records."""
        return np.searchsorted(self.starts, rows, "right") - 1

    def words(self, rows: Sequence[int]) -> bytes:
        """Give the hashes of records on end of one return."""
        number, first = self.place(rows[0])
        lines = self.kept[number]
        assert lines is not None
        return lines.words[WORD * first : WORD * (first + len(rows))]

    def shared_blocks(self) -> tuple[Any, Any]:
        """Find the blocks that occur more than once: the first record of each, ascending, and the block's hash.

        Equal blocks are of one share, and are looked for there: so there is one hash a record in memory and little beside it.
        """
        blocks, share = np.zeros(self.starts[-1], dtype="uint64"), np.full(self.starts[-1], SHARES, dtype="uint8")
        for first in range(0, len(self.kept), AT_ONCE):
            behind = min(first + AT_ONCE, len(self.kept))
            here = slice(int(self.starts[first]), int(self.starts[behind]))
            hashed, is_block = _blocks(self.kept[first:behind])
            blocks[here], share[here] = hashed, np.where(is_block, hashed >> np.uint64(64 - SHARE_BITS), SHARES)
        found = []
        for number in range(SHARES):
            at = np.flatnonzero(share == number)
            _, which, times = np.unique(blocks[at], return_inverse=True, return_counts=True)
            found.append(at[times[which] > 1])
        at = np.sort(np.concatenate(found))
        return at, blocks[at]


def _blocks(kept: Sequence[Lines | None]) -> tuple[Any, Any]:
    """Hash the blocks of some returns, one for each record; and tell where one begins whose records can be compared."""
    lines = [each for each in kept if each is not None]
    words = np.frombuffer(b"".join(each.words for each in lines), dtype="uint64")
    enough = np.frombuffer(b"".join(each.is_enough for each in lines), dtype=bool)
    number = np.repeat(np.arange(len(lines)), [each.count for each in lines])
    blocks, is_block = np.zeros(len(words), dtype="uint64"), np.zeros(len(words), dtype=bool)
    last = max(len(words) - BLOCK + 1, 0)
    is_block[:last] = number[:last] == number[BLOCK - 1 :]
    for offset in range(BLOCK):
        is_block[:last] &= enough[offset : last + offset]
        blocks[:last] = blocks[:last] * ODD + words[offset : last + offset]
    return blocks, is_block


@dataclass(frozen=True, slots=True)
class _Twin:
    """Rows of another team that say the same: its place in the order of codes, and the first of the rows."""

    team: int
    first: int


def elsewhere_findings(district: District, key: str) -> Iterator[Finding]:
    """Ask about rows on end of a ledger that stand in another team's latest return too.

    Every version of a return is asked about, as answers are about what was asked before; but only the latest returns of the
    other teams are held against it.
    """
    codes, team = np.unique([each.team for each in district.submissions], return_inverse=True)
    ledger = _Ledger.of(district, key)
    twins = _twins(ledger, team, district.latest)
    digests = _digests(district, ledger, twins)
    sharing: dict[str, set[int]] = {}
    for rows, subject in digests.items():
        sharing.setdefault(subject, set()).add(int(team[ledger.place(rows[0])[0]]))
    seen: set[tuple[int, str]] = set()
    for rows, others in twins.items():
        is_crowd = len(others) > FEW
        count = max(len(others), len(sharing[digests[rows]]) - 1) if is_crowd else 1
        number, line = ledger.place(rows[0])
        at = range(line, line + len(rows))
        for other in others[:1] if is_crowd else others:
            subject = f"{digests[rows]} {codes[other.team]}"
            if (number, subject) not in seen:  # rows that the return itself repeats are asked about once
                seen.add((number, subject))
                where = _where(district, ledger, other, len(rows), count)
                yield asked(ELSEWHERE, district.submissions[number], district.records(number, key), at, where, subject)


def _digests(district: District, ledger: _Ledger, runs: Iterable[tuple[int, ...]]) -> dict[tuple[int, ...], str]:
    """Name runs of rows by what they say. The same rows, which many teams may have, are written out once."""
    known: dict[bytes, str] = {}
    digests = {}
    for rows in runs:
        words = ledger.words(rows)
        if words not in known:
            number, line = ledger.place(rows[0])
            known[words] = digest(district.records(number, ledger.key), range(line, line + len(rows)))
        digests[rows] = known[words]
    return digests


def _where(district: District, ledger: _Ledger, twin: _Twin, length: int, count: int) -> str:
    """Name the other team, its file, sheet and rows; of many teams, those of the first."""
    number, first = ledger.place(twin.first)
    submission, records = district.submissions[number], district.records(number, ledger.key)
    words, rows = district.campaign.words, rows_named(records, range(first, first + length))
    name, file = district.campaign.by_code[submission.team].name, submission.file.rpartition("/")[2]
    place = words("“{file}”{sheet}{rows}", file=file, sheet=records.table.name, rows=rows)
    if count == 1:
        return words("“{team}”报送的{place}", team=name, place=place)
    return words("“{team}”等 {count} 个单位的报表（如{place}）", team=name, count=count, place=place)


def _twins(ledger: _Ledger, team: Any, latest: Any) -> dict[tuple[int, ...], list[_Twin]]:
    """Find rows on end that other teams have too: rows -> where, in the order of team codes, not more than FEW + 1.

    team: place of each return's team in the order of codes. Rows are compared `BLOCK` by `BLOCK`. Each such block meets only
    the first few teams that have it, once each, so that what every team has costs no more than what two have.
    """
    at, block = ledger.shared_blocks()
    if not len(at):
        return {}
    import pandas as pd

    owner = ledger.owners(at)
    blocks = pd.DataFrame({"at": at, "block": block, "team": team[owner], "latest": latest[owner]})
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
