"""What a night would say of a file, without recording anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.assess import assess
from pipeline.campaign import Campaign, load
from pipeline.errand import parsing
from pipeline.frames import ParsedReturn
from pipeline.identify import Identity, identify
from pipeline.intake import Progress, Returns, quiet
from pipeline.ledger import NAME, reading
from pipeline.memory import Memory
from pipeline.model import Finding, Period, Submission
from pipeline.preceding import Preceding
from pipeline.read import AnyReader


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
    previews = []
    with parsing(root, passwords=campaign.settings.passwords) as reader:
        for path, parsed in zip(files, list(Returns(campaign, reader, progress).read(files)), strict=True):
            book = parsed.head
            identity = identify(book, parsed.tables, path.name, campaign.in_period(parsed.form))
            team = identity.team.code if identity.team else ""
            period = identity.period or campaign.period(period_key, as_of)
            submission = Submission(
                book.sha256, path.name, str(path), team, period.key, as_of, book.saved_at, parsed.content
            )
            findings = _found(campaign, period, submission, parsed, reader) if parsed.tables else []
            previews.append(Preview(path.name, identity, findings))
    return previews


def _found(
    campaign: Campaign, period: Period, submission: Submission, parsed: ParsedReturn, reader: AnyReader[ParsedReturn]
) -> Sequence[Finding]:
    """Assess one return beside what the ledger remembers; beside nothing if there is no ledger yet."""
    campaign = campaign.in_period(period.key)
    one, returns, path = [submission], {parsed.sha256: parsed}, campaign.root / "archive" / NAME
    if not path.exists():
        return assess(campaign, period, submission.arrived, one, one, returns, Memory()).findings
    before = campaign.before(period)
    with reading(path) as ledger:
        memory = ledger.memory(period, before)
        earlier = Preceding(ledger, campaign, before, lambda: Returns(campaign, reader))
        return assess(campaign, period, submission.arrived, one, one, returns, memory, earlier=earlier).findings
