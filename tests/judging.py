"""A night without files: RawBooks in memory are laid out, identified, parsed, checked, settled and added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.assess import assess
from pipeline.campaign import Campaign
from pipeline.identify import Identity, identify
from pipeline.memory import Figures, Memory
from pipeline.model import Consolidation, Finding, Period, Standing, Submission
from pipeline.own_form import OwnForms
from pipeline.rawbook import RawBook


@dataclass(frozen=True)
class Judged:
    """What a night would say. waiting: by file name."""

    waiting: Mapping[str, Identity]
    standings: Mapping[str, Standing]
    findings: Mapping[str, Sequence[Finding]]
    consolidation: Consolidation


def judge(
    books: Mapping[str, RawBook],
    campaign: Campaign,
    period: Period | None = None,
    previous: Mapping[str, Figures] | None = None,
) -> Judged:
    """Do to books, by file name, what `run` does to files on the period's last day; by default the first period's."""
    period = period or campaign.periods[0]
    waiting: dict[str, Identity] = {}
    submissions, returns = [], {}
    parser = OwnForms(campaign)
    for file, book in books.items():
        parsed = parser.parse(book)
        identity = identify(parsed.head, parsed.tables, file, campaign.in_period(parsed.form))
        if identity.team is None or identity.period is None:
            waiting[file] = identity
            continue
        team, term, content = identity.team.code, identity.period.key, parsed.content
        submissions.append(Submission(book.sha256, file, file, team, term, period.due, book.saved_at, content))
        returns[book.sha256] = parsed
    memory = Memory(previous=previous)
    found = assess(campaign, period, period.due, submissions, submissions, returns, memory)
    findings: dict[str, list[Finding]] = {}
    for finding in found.findings:
        findings.setdefault(finding.team, []).append(finding)
    return Judged(
        waiting,
        {standing.team.code: standing for standing in found.standings},
        findings,
        found.consolidation,
    )


def with_cell(book: RawBook, sheet: int, row: int, column: int, value: Any) -> RawBook:
    """Write one cell, also one beyond the sheet's last row or column."""
    raw = book.sheets[sheet]
    rows = [list(each) for each in raw.rows]
    width = max(len(rows[0]) if rows else 0, column + 1)
    rows += [[] for _ in range(row + 1 - len(rows))]
    rows = [each + [""] * (width - len(each)) for each in rows]
    rows[row][column] = value
    sheets = [replace(each, rows=rows) if each is raw else each for each in book.sheets]
    return replace(book, sheets=tuple(sheets))
