"""Rows on end that stand in two teams' returns: asked about, on one hash a row that is kept of every return."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.check.district import District
from pipeline.check.repeats import ELSEWHERE, asked, digest, rows_named
from pipeline.model import Finding

BLOCK = 3  # rows on end; what two teams did together may rightly stand in both ledgers, once or twice
FEW = 3  # teams with the same rows are named one by one; of more, only the first
ODD = np.uint64(0x9E3779B97F4A7C15)  # spreads the hashes of rows, so that their order matters


@dataclass(frozen=True)
class _Lines:
    """The records of one ledger of all returns, one after the other. Arrays of the same length.

    number: index of the return. line: the record there. words, is_enough: as in `checked.Lines`.
    """

    key: str
    number: Any
    line: Any
    words: Any
    is_enough: Any

    @classmethod
    def of(cls, district: District, key: str) -> _Lines:
        """Put together what was kept of each return."""
        kept = [(number, each.lines[key]) for number, each in enumerate(district.checked) if key in each.lines]
        sizes = [len(lines.is_enough) for _, lines in kept]
        return cls(
            key,
            np.repeat([number for number, _ in kept], sizes).astype("int64"),
            np.concatenate([np.arange(size) for size in sizes]) if sizes else np.arange(0),
            np.frombuffer(b"".join(lines.words for _, lines in kept), dtype="uint64"),
            np.frombuffer(b"".join(lines.is_enough for _, lines in kept), dtype=bool),
        )


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
    lines = _Lines.of(district, key)
    twins = _twins(lines, team, district.latest)
    digests = _digests(district, lines, twins)
    sharing: dict[str, set[int]] = {}
    for rows, subject in digests.items():
        sharing.setdefault(subject, set()).add(int(team[lines.number[rows[0]]]))
    seen: set[tuple[int, str]] = set()
    for rows, others in twins.items():
        is_crowd = len(others) > FEW
        count = max(len(others), len(sharing[digests[rows]]) - 1) if is_crowd else 1
        number, at = int(lines.number[rows[0]]), lines.line[list(rows)].tolist()
        for other in others[:1] if is_crowd else others:
            subject = f"{digests[rows]} {codes[other.team]}"
            if (number, subject) not in seen:  # rows that the return itself repeats are asked about once
                seen.add((number, subject))
                where = _where(district, lines, other, len(rows), count)
                yield asked(ELSEWHERE, district.submissions[number], district.records(number, key), at, where, subject)


def _digests(district: District, lines: _Lines, runs: Iterable[tuple[int, ...]]) -> dict[tuple[int, ...], str]:
    """Name runs of rows by what they say. The same rows, which many teams may have, are written out once."""
    known: dict[bytes, str] = {}
    digests = {}
    for rows in runs:
        words = lines.words[list(rows)].tobytes()
        if words not in known:
            records = district.records(int(lines.number[rows[0]]), lines.key)
            known[words] = digest(records, lines.line[list(rows)].tolist())
        digests[rows] = known[words]
    return digests


def _where(district: District, lines: _Lines, twin: _Twin, length: int, count: int) -> str:
    """Name the other team, its file, sheet and rows; of many teams, those of the first."""
    number, first = int(lines.number[twin.first]), int(lines.line[twin.first])
    submission, records = district.submissions[number], district.records(number, lines.key)
    name, file = district.campaign.by_code[submission.team].name, submission.file.rpartition("/")[2]
    place = f"“{file}”{records.table.name}{rows_named(records, range(first, first + length))}"
    return f"“{name}”报送的{place}" if count == 1 else f"“{name}”等 {count} 个单位的报表（如{place}）"


def _twins(lines: _Lines, team: Any, latest: Any) -> dict[tuple[int, ...], list[_Twin]]:
    """Find rows on end that other teams have too: rows -> where, in the order of team codes, not more than FEW + 1.

    team: place of each return's team in the order of codes. Rows are compared `BLOCK` by `BLOCK`. Each such block meets only
    the first few teams that have it, once each, so that what every team has costs no more than what two have.
    """
    enough, words = lines.is_enough, lines.words
    last = len(words) - BLOCK + 1
    if last < 1:
        return {}
    is_block = lines.number[:last] == lines.number[BLOCK - 1 :]
    block = np.zeros(last, dtype="uint64")
    for offset in range(BLOCK):
        is_block = is_block & enough[offset : last + offset]
        block = block * ODD + words[offset : last + offset]
    at = np.flatnonzero(is_block)
    at = at[pd.Series(block[at]).duplicated(keep=False).to_numpy()]
    if not len(at):
        return {}
    owner = lines.number[at]
    blocks = pd.DataFrame({"at": at, "block": block[at], "team": team[owner], "latest": latest[owner]})
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
