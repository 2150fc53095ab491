"""What a night would do, found out without doing it: the same steps on a copy of the ledger, and no file is touched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pipeline.assess import Assessment, assess
from pipeline.cache import KeptChecked, LookedInto
from pipeline.campaign import Campaign, checking_print, load, reading_print
from pipeline.errand import parsing
from pipeline.intake import Progress, Returns, quiet, take_in
from pipeline.ledger import NAME
from pipeline.ledger.rehearsal import rehearsing
from pipeline.memory import Followed, Memory
from pipeline.model import Number, Period, Standing, Status, Submission
from pipeline.night import GivenOut, Night
from pipeline.outcome import night_of
from pipeline.own_form import OwnForms
from pipeline.preceding import Preceding
from pipeline.receive import leave_there
from pipeline.settle import needed
from pipeline.times import keep_time


@dataclass(frozen=True, slots=True)
class Change:
    """A team that would stand elsewhere, or for another return. before: None if it had sent nothing."""

    before: Status | None
    now: Standing


@dataclass(frozen=True)
class Foreseen:
    """A night as it would be. last: the totals as given out last, if ever. followed: what would be remembered of findings."""

    night: Night
    changes: Sequence[Change]
    last: GivenOut | None
    followed: Sequence[Followed]

    def given_out(self, indicator: str) -> tuple[Number, int]:
        """Give the value of a total as it stands, and how many teams it adds up."""
        return self.last.values.get(indicator, (0, 0)) if self.last else (0, 0)


def foresee(
    root: Path,
    as_of: dt.date,
    period: str | None = None,
    workers: int | None = None,
    progress: Progress = quiet,
    is_sure: bool = False,
    is_again: bool = False,
) -> Foreseen:
    """Find out what `run` would. Raises HuizongError where that would.

    is_again: it is asked what a night that has been found, though there may have been later ones of other periods.
    """
    campaign = load(root)
    term = campaign.period(period, as_of)
    campaign = campaign.in_period(term.key)
    with (
        rehearsing(root, root / "archive" / NAME) as ledger,
        parsing(root, workers, campaign.settings.passwords, is_cached=False) as reader,
    ):
        if not is_again:
            keep_time(ledger, as_of, is_sure)
        ledger.begin_night(term.key, as_of, campaign.fingerprint)
        cache = LookedInto(root, reading_print(root), OwnForms(campaign).renewed)
        returns = Returns(campaign, reader, progress, cache)
        intake = take_in(returns, ledger, term, as_of, filer=leave_there)
        before = campaign.before(term)
        memory = ledger.memory(term, before)
        earlier = Preceding(ledger, campaign, before, lambda: Returns(campaign, reader, cache=cache))
        versions = [each for each in ledger.versions(term.key) if each.team in campaign.by_code]
        found = _assessed(campaign, term, as_of, versions, returns, memory, cache, earlier)
        return Foreseen(
            night_of(ledger, campaign, term, as_of, versions, intake, returns, memory, found, ledger.issues(), {}),
            _changes(found.standings, memory),
            ledger.given_out(term, dt.date.max),
            found.followed,
        )


def _assessed(
    campaign: Campaign,
    term: Period,
    as_of: dt.date,
    versions: Sequence[Submission],
    returns: Returns,
    memory: Memory,
    cache: LookedInto,
    earlier: Preceding,
) -> Assessment:
    facts, is_dated = checking_print(campaign, term, reading_print(campaign.root)), campaign.form.is_dated_by_receipt
    submissions = returns.whole(needed(versions, memory))
    kept = KeptChecked(cache, facts, memory.previous, campaign.told, earlier.sha256, is_dated=is_dated)
    with closing(cache):
        return assess(campaign, term, as_of, versions, submissions, returns, memory, kept, earlier=earlier)


def _changes(standings: Sequence[Standing], memory: Memory) -> list[Change]:
    """Give the teams whose verdict would be another than the one recorded."""
    changes = []
    for now in standings:
        known = memory.verdicts.get(now.team.code)
        was = (known.sha256, known.status, known.errors, known.queries) if known else None
        if now.latest and (now.latest.sha256, now.status.value, now.errors, now.queries) != was:
            changes.append(Change(Status(known.status) if known else None, now))
    return changes
