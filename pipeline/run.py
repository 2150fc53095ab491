"""The whole night on one screen: each line is a noun made by a verb, and the verbs are the rooms of this house."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path

from pipeline.assess import Assessment, assess
from pipeline.cache import Cache, KeptChecked
from pipeline.campaign import checking_print, load, reading_print
from pipeline.errand import parsing
from pipeline.frames import ParsedReturn
from pipeline.inbox import Lying
from pipeline.intake import Progress, Returns, quiet, take_in
from pipeline.ledger import NAME, Draft, Kind, Ledger
from pipeline.lock import locked
from pipeline.memory import Memory
from pipeline.night import Night
from pipeline.outcome import night_of
from pipeline.own_form import OwnForms
from pipeline.preceding import Preceding
from pipeline.processes import give_back
from pipeline.publish.outbox import Published, publish
from pipeline.publish.shelf import put_into_place
from pipeline.publish.writing import Writing
from pipeline.read import AnyReader
from pipeline.remember import news
from pipeline.settle import needed
from pipeline.spread import Spread
from pipeline.times import keep_time


def run(
    root: Path,
    as_of: dt.date,
    period: str | None = None,
    workers: int | None = None,
    progress: Progress = quiet,
    reader: AnyReader[ParsedReturn] | None = None,
    is_sure: bool = False,
    lying: Sequence[Lying] = (),
) -> Night:
    """Do one night's work and give what was found out. Raises HuizongError where the operator has to do something first.

    reader: one that is open, and may have begun with the inbox; it stays open. Without one, so many `workers`
    read. is_sure: the operator has been told that the date looks wrong, and means it. lying: in the inbox a moment ago.
    """
    campaign = load(root)
    term = campaign.period(period, as_of)
    campaign = campaign.in_period(term.key)
    before = campaign.before(term)
    with (
        locked(root),
        Ledger(root / "archive" / NAME) as ledger,
        nullcontext(reader)
        if reader
        else parsing(root, workers, campaign.settings.passwords, is_cached=True) as reader,
        Writing(campaign, reader) as writing,
        ExitStack() as closing,
    ):
        keep_time(ledger, as_of, is_sure)
        put_into_place(root, issues := ledger.issues())
        ledger.begin_night(term.key, as_of, campaign.fingerprint)
        cache = Cache(root, reading := reading_print(root), OwnForms(campaign).renewed)
        closing.callback(cache.close)
        cache.forget_others()
        clock, returns = Clock(), Returns(campaign, reader, progress, cache)
        intake = take_in(returns, ledger, term, as_of, lying)
        clock.mark("receive")
        memory = ledger.memory(term, before)
        versions = [each for each in ledger.versions(term.key) if each.team in campaign.by_code]
        writing.prepare()
        submissions = returns.whole(needed(versions, memory))
        clock.mark("read")
        facts, is_dated = checking_print(campaign, term, reading), campaign.form.is_dated_by_receipt
        earlier = Preceding(ledger, campaign, before, lambda: Returns(campaign, reader, cache=cache))
        spread = Spread(reader, campaign, term, reading, memory.previous, earlier.here)
        kept = KeptChecked(cache, facts, memory.previous, campaign.told, earlier.sha256, is_dated=is_dated)
        found = assess(campaign, term, as_of, versions, submissions, returns, memory, kept, clock.mark, spread, earlier)
        night = night_of(ledger, campaign, term, as_of, versions, intake, returns, memory, found, issues, clock.seconds)
        published = publish(night, root / "outbox", writing, kept.write)
        ledger.end_night(news(found, term, memory), _published(night, published, memory, found), published.is_new)
        clock.mark("publish")
    return replace(night, is_new=published.is_new)


def _published(night: Night, published: Published, memory: Memory, found: Assessment) -> Draft:
    """Tell what a night gave out. left_out: teams whose accepted return it did not count: lost, or off the register."""
    totals = {key: [str(total.value), total.reported] for key, total in night.consolidation.totals.items()}
    left_out = {*memory.accepted, *found.accepted} - night.consolidation.by_team.keys()
    said = {"folder": night.folder, "files": dict(published.files), "totals": totals, "left_out": sorted(left_out)}
    return Draft(Kind.PUBLISHED, said)


class Clock:
    """Seconds spent in each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def mark(self, stage: str) -> None:
        """End a stage here; what it let go of goes back to the system."""
        give_back()
        now = time.perf_counter()
        self.seconds[stage] = round(now - self._last, 3)
        self._last = now
