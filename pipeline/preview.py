"""What a night would say of a file, without recording anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.assess import assess
from pipeline.campaign import Campaign, load
from pipeline.errand import parsing
from pipeline.identify import Identity, identify
from pipeline.intake import Progress, Returns, quiet
from pipeline.ledger import NAME, reading
from pipeline.memory import Memory
from pipeline.model import Finding, Period, Submission


@dataclass(frozen=True)
class Preview:
    """What a night would say of one file: whose it is, or why that is not known, and what would be found in it."""

    file: str
    identity: Identity
    findings: Sequence[Finding]


def preview(
    root: Path, files: Sequence[Path], as_of: dt.date, period_key: str | None = None, progress: Progress = quiet
) -> list[Preview]:
    """Check files as a night would, each as if it were its team's latest, and record nothing."""
    campaign = load(root)
    with parsing(root, passwords=campaign.settings.passwords) as reader:
        read = list(Returns(campaign, reader, progress).read(files))
    previews = []
    for path, parsed in zip(files, read, strict=True):
        book = parsed.head
        identity = identify(book, parsed.tables, path.name, campaign.in_period(parsed.form))
        team = identity.team.code if identity.team else ""
        period = identity.period or campaign.period(period_key, as_of)
        submission = Submission(
            book.sha256, path.name, str(path), team, period.key, as_of, book.saved_at, parsed.content
        )
        findings: Sequence[Finding] = []
        if parsed.tables:
            memory = remembered(root, campaign, period)
            returns = {parsed.sha256: parsed}
            findings = assess(campaign, period, as_of, [submission], [submission], returns, memory).findings
        previews.append(Preview(path.name, identity, findings))
    return previews


def remembered(root: Path, campaign: Campaign, period: Period) -> Memory:
    """Give what the ledger remembers of a period; nothing if there is no ledger yet."""
    path = root / "archive" / NAME
    if not path.exists():
        return Memory()
    with reading(path) as ledger:
        return ledger.memory(period, campaign.before(period))
