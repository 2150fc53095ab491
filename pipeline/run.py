"""The whole night on one screen: each line is a noun made by a verb, and the verbs are the rooms of this house."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.campaign import Campaign, load
from pipeline.check import check
from pipeline.consolidate import consolidate
from pipeline.errors import HuizongError
from pipeline.identify import Identity, identify
from pipeline.layout import Layout, layout_findings, locate
from pipeline.ledger import Ledger, Receipt
from pipeline.model import Finding, Night, Period, Submission, Unplaced
from pipeline.parse import Return, parse
from pipeline.private import keep_private
from pipeline.publish.crew import Crew
from pipeline.publish.outbox import publish
from pipeline.rawbook import RawBook
from pipeline.read import Reader
from pipeline.receive import Arrival, Filing, file_away, look
from pipeline.settle import resent, settle
from pipeline.wording import reason

ONE_DAY = dt.timedelta(days=1)
Progress = Callable[[str, int, int], None]  # stage, files done, of how many


def quiet(stage: str, done: int, of: int) -> None:
    """Show no progress."""


def run(
    root: Path,
    as_of: dt.date,
    period: str | None = None,
    workers: int | None = None,
    progress: Progress = quiet,
    reader: Reader | None = None,
) -> Night:
    """Do one night's work and give what was found out. Raises HuizongError where the operator has to do something first.

    reader: one that is open, and may have begun with the inbox; it can read no more afterwards. Without one, so many `workers`
    read.
    """
    campaign = load(root)
    term = campaign.period(period, as_of)
    before = campaign.before(term)
    with (
        locked(root),
        Ledger(root / "archive" / "ledger.db") as ledger,
        nullcontext(reader) if reader else Reader(workers, passwords=campaign.settings.passwords) as reader,
        Crew(campaign) as crew,
    ):
        refuse_the_past(ledger, term, as_of)
        clock, shelf = Clock(), Shelf(root, campaign, reader, progress)
        arrivals, left = look(root / "inbox", as_of)
        recognised = recognise(arrivals, shelf, ledger)
        crew.prepare(len(arrivals) + len(ledger.submissions(term.key, as_of)))
        intake = take_in(recognised, ledger, campaign, term)
        clock.mark("receive")
        submissions = [s for s in ledger.submissions(term.key, as_of) if s.team in campaign.by_code]
        layouts = shelf.layouts(submissions)
        reader.finish()
        clock.mark("read")
        returns = [Return(submission, layout.tables) for submission, layout in zip(submissions, layouts, strict=True)]
        stacks, unreadable = parse(returns, campaign.form)
        clock.mark("parse")
        broken = check(stacks, campaign, term, submissions)
        clock.mark("check")
        findings = [*layout_findings(submissions, layouts), *unreadable, *broken]
        findings += resent(submissions, ledger.receipts(), campaign)
        settled = settle(campaign, term, as_of, submissions, stacks, findings, ledger.followed(term.key))
        consolidation = consolidate(stacks, settled.standings, submissions, campaign)
        clock.mark("settle")
        night = Night(
            campaign, term, as_of, submissions, settled.standings, settled.findings, settled.closed, intake.unplaced,
            [*left, *intake.changed], intake.repeated, stacks, consolidation, clock.seconds,
            ledger.given_out(term, as_of - ONE_DAY), ledger.given_out(before, as_of) if before else None,
        )  # fmt: skip
        is_new = publish(night, root / "outbox", crew)
        ledger.end_night(term.key, as_of, campaign.fingerprint, settled.followed, consolidation.totals.values())
        clock.mark("publish")
    return replace(night, is_new=is_new)


class LockedError(HuizongError):
    """Another run works on this campaign now."""

    exit_code = 5


class ClockError(HuizongError):
    """The night's date lies before one that is finished."""

    exit_code = 2


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Keep a second run out. Raises LockedError at once."""
    archive = root / "archive"
    archive.mkdir(0o700, exist_ok=True)
    keep_private(archive)
    try:
        with FileLock(archive / ".lock", timeout=0):
            try:
                yield
            finally:
                keep_private(archive)
    except Timeout as busy:
        raise LockedError("另一个 huizong 正在处理这个文件夹。请等它结束后再运行。") from busy


def refuse_the_past(ledger: Ledger, period: Period, as_of: dt.date) -> None:
    """Let no night change what a later one has settled."""
    last = ledger.last_night(period.key)
    if last is not None and as_of < last:
        raise ClockError(
            f"{period.title}已处理到 {last}，不能再按更早的日期 {as_of} 运行。请检查 --as-of 或电脑的日期。"
        )


class Clock:
    """Seconds spent in each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def mark(self, stage: str) -> None:
        """End a stage here."""
        now = time.perf_counter()
        self.seconds[stage] = round(now - self._last, 3)
        self._last = now


class Shelf:
    """Workbooks by the hash of their bytes, each read and laid out once a night however often it is asked for."""

    def __init__(self, root: Path, campaign: Campaign, reader: Reader, progress: Progress) -> None:
        self.root, self.campaign = root, campaign
        self._reader, self._progress = reader, progress
        self._layouts: dict[str, Layout] = {}

    def read(self, paths: Sequence[Path]) -> list[tuple[RawBook, Layout]]:
        """Read files and lay them out, in order."""
        done = 0

        def one_more() -> None:
            nonlocal done
            done += 1
            self._progress("read", done, len(paths))

        pairs = [(book, locate(book, self.campaign.form)) for book in self._reader.books(paths, one_more)]
        self._layouts.update({book.sha256: layout for book, layout in pairs})
        return pairs

    def layouts(self, submissions: Sequence[Submission]) -> list[Layout]:
        """Give the layout of each submission, from the archive if it was not read tonight."""
        self.read([self.root / each.path for each in submissions if each.sha256 not in self._layouts])
        return [self._layouts[each.sha256] for each in submissions]


@dataclass(frozen=True)
class Recognised:
    """Tonight's files and those still waiting for a team, read and identified: what is to be recorded of each.

    unknown: why a file has to wait, by the hash of its bytes.
    """

    arrived: Sequence[Filing]
    waiting: Sequence[Receipt]
    unknown: Mapping[str, Identity]


def recognise(arrivals: Sequence[Arrival], shelf: Shelf, ledger: Ledger) -> Recognised:
    """Read and identify what arrived, and what is still waiting for a team."""
    new = [Receipt("", arrival.name, "", arrival.arrived, arrival.saved_at) for arrival in arrivals]
    waiting = [receipt for receipt in ledger.receipts() if receipt.team not in shelf.campaign.by_code]
    paths = [arrival.path for arrival in arrivals] + [shelf.root / receipt.path for receipt in waiting]
    described: list[Receipt] = []
    unknown: dict[str, Identity] = {}
    for receipt, (book, layout) in zip([*new, *waiting], shelf.read(paths), strict=True):
        identity = identify(book, layout.tables, receipt.file, shelf.campaign)
        described.append(
            replace(
                receipt,
                sha256=book.sha256,
                saved_at=book.saved_at or receipt.saved_at,
                content=layout.content(),
                team=identity.team.code if identity.team and identity.period else None,
                period=identity.period.key if identity.team and identity.period else None,
            )
        )
        if not identity.is_known:
            unknown[book.sha256] = identity
    filings = [Filing(arrival, receipt) for arrival, receipt in zip(arrivals, described, strict=False)]
    return Recognised(filings, described[len(filings) :], unknown)


@dataclass(frozen=True)
class Intake:
    """What became of tonight's files: listed until decided, received before or for another period, changed meanwhile."""

    unplaced: Sequence[Unplaced] = field(default_factory=list)
    repeated: Sequence[Unplaced] = field(default_factory=list)
    changed: Sequence[Unplaced] = field(default_factory=list)


def take_in(recognised: Recognised, ledger: Ledger, campaign: Campaign, term: Period) -> Intake:
    """File away what arrived, and record whose the waiting files are now known to be."""
    filed = file_away(recognised.arrived, ledger, campaign.root, recognised.waiting)
    unknown = recognised.unknown
    listed = [each for each in (*recognised.waiting, *filed.new) if each.sha256 in unknown]
    unplaced = [
        Unplaced(each.file, unknown[each.sha256].rule, unknown[each.sha256].reason, each.path) for each in listed
    ]
    elsewhere = [_of_another_period(each, campaign) for each in filed.new if each.period not in (None, term.key)]
    return Intake(unplaced, [*filed.repeated, *elsewhere], filed.changed)


def _of_another_period(receipt: Receipt, campaign: Campaign) -> Unplaced:
    """Say of a return that it is filed, but not part of tonight's figures."""
    period, team = campaign.period(receipt.period, receipt.arrived), campaign.by_code[str(receipt.team)]
    says = reason("I11", found=team.name, expected=period.title, value=period.key)
    return Unplaced(receipt.file, "I11", says, receipt.path)


@dataclass(frozen=True)
class Preview:
    """What a night would say of one file: whose it is, or why that is not known, and what would be found in it."""

    file: str
    identity: Identity
    findings: Sequence[Finding]


def preview(
    root: Path, files: Sequence[Path], as_of: dt.date, period: str | None = None, progress: Progress = quiet
) -> list[Preview]:
    """Check files as a night would, each on its own, and record nothing."""
    campaign = load(root)
    term = campaign.period(period, as_of)
    with Reader(passwords=campaign.settings.passwords) as reader:
        read = Shelf(root, campaign, reader, progress).read(files)
    previews = []
    for path, (book, layout) in zip(files, read, strict=True):
        identity = identify(book, layout.tables, path.name, campaign)
        team = identity.team.code if identity.team else ""
        its_term = identity.period or term
        submission = Submission(book.sha256, path.name, str(path), team, its_term.key, as_of, book.saved_at)
        stacks, unreadable = parse([Return(submission, layout.tables)], campaign.form)
        findings = [
            *layout_findings([submission], [layout]),
            *unreadable,
            *check(stacks, campaign, its_term, [submission]),
        ]
        settled = settle(campaign, its_term, as_of, [submission], stacks, findings if layout.tables else [], {})
        previews.append(Preview(path.name, identity, settled.findings))
    return previews
