"""Inbox -> what is known of it: each file read, laid out, identified and filed away; archived files read again when needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.batch import Origin, parse_returns
from pipeline.cache import Cache
from pipeline.campaign import Campaign
from pipeline.disk import sha256_of
from pipeline.frames import ParsedReturn
from pipeline.hearing import Hearing
from pipeline.identify import Identity, Told, whose
from pipeline.inbox import Lying
from pipeline.ledger import Draft, Kind, Ledger, utc_now
from pipeline.memory import OFFICE, Receipt
from pipeline.model import Period, Submission, Unplaced
from pipeline.rawbook import RawBook
from pipeline.read import AnyReader
from pipeline.receive import Arrival, Filed, Filing, file_away, folder_date, look
from pipeline.versions import believed
from pipeline.wording import reason

MOST_KNOWN = 200  # returns that are kept in memory, where they can be fetched again
Progress = Callable[[str, int, int], None]  # stage, files done, of how many


def quiet(stage: str, done: int, of: int) -> None:
    """Show no progress."""


@dataclass(frozen=True)
class Intake:
    """What became of the inbox. unplaced: files listed until somebody decides. repeated: received before, or for another
    period. left: still in the inbox. received: what came tonight, in order."""

    unplaced: Sequence[Unplaced] = field(default_factory=list)
    repeated: Sequence[Unplaced] = field(default_factory=list)
    left: Sequence[Unplaced] = field(default_factory=list)
    received: Sequence[Receipt] = field(default_factory=list)


Filer = Callable[[Iterable[Filing], Ledger, Path, Iterable[Receipt]], Filed]
"""Files what was read away, as `receive.file_away` does."""


class Returns(Mapping[str, ParsedReturn]):
    """What returns say, by the hash of their bytes: as read tonight, else from the cache, else from the archive.

    With a cache, only some of them are in memory at a time.
    """

    def __init__(
        self,
        campaign: Campaign,
        reader: AnyReader[ParsedReturn],
        progress: Progress = quiet,
        cache: Cache | None = None,
    ) -> None:
        self.campaign, self._cache = campaign, cache
        self._reader, self._progress = reader, progress
        self._known: dict[str, ParsedReturn] = {}
        self._paths: dict[str, Path] = {}
        self._archived: set[str] = set()

    def read(self, paths: Sequence[Path]) -> Iterator[ParsedReturn]:
        """Read and parse files, in order. Of so few that all can be kept, the records are fetched while others are read."""
        done, are_few = 0, len(paths) <= MOST_KNOWN

        def one_more() -> None:
            nonlocal done
            done += 1
            self._progress("read", done, len(paths))

        for path, parsed in zip(paths, self._reader.books(paths, one_more), strict=True):
            self._paths[parsed.sha256] = path
            whole = self._cache.get(parsed.sha256) if self._cache and parsed.is_outline and are_few else None
            self._keep(whole or parsed)
            yield parsed

    def archived(self, receipts: Iterable[Receipt]) -> None:
        """Take it that the archive has these as they were received: it was looked at a moment ago."""
        self._archived.update(each.sha256 for each in receipts)

    def whole(self, submissions: Sequence[Submission]) -> list[Submission]:
        """Give the submissions whose file the archive has as it was received, and that can be read now: the others cannot be
        asked for. One that was read when it came may still be refused later: a reader is ended, a password is gone."""
        self._paths |= {each.sha256: self.campaign.root / each.path for each in submissions}
        here = {each.sha256 for each in submissions if self._is_read(each.sha256) or self._is_kept(each.sha256)}
        read = self.read([self._paths[each.sha256] for each in submissions if each.sha256 not in here])
        here |= {parsed.sha256 for parsed in read if parsed.head.refusal is None}
        return [each for each in submissions if each.sha256 in here]

    def __getitem__(self, sha256: str) -> ParsedReturn:
        parsed = self._known[sha256] if self._is_read(sha256) else None
        parsed = parsed or (self._cache.get(sha256) if self._cache else None) or self._known.get(sha256)
        if parsed is None:
            origin = Origin.of(self.campaign.root, is_cached=False)
            passwords = self.campaign.settings.passwords
            (parsed,) = self._reader.submit(parse_returns, [self._paths[sha256]], origin, None, passwords).result()
        self._keep(parsed)
        return parsed

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def forget(self) -> None:
        """Let go of what was read so far: it is not asked for again."""
        self._known.clear()

    def _is_read(self, sha256: str) -> bool:
        """Whether a return is in memory, and says something."""
        return sha256 in self._known and self._known[sha256].head.refusal is None

    def _is_kept(self, sha256: str) -> bool:
        """Whether the cache has a return, and the archive has it as it was received."""
        if self._cache is None or not self._cache.has(sha256):
            return False
        if sha256 in self._archived:
            return True
        try:
            return sha256_of(self._paths[sha256]) == sha256
        except OSError:  # reading it will tell
            return False

    def _keep(self, parsed: ParsedReturn) -> None:
        if not parsed.is_outline:
            self._known[parsed.sha256] = parsed
        if self._cache and len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]


def take_in(
    returns: Returns,
    ledger: Ledger,
    period: Period,
    as_of: dt.date,
    earlier: Sequence[Lying] = (),
    filer: Filer = file_away,
) -> Intake:
    """Receive what is in the inbox. A file whose night was annulled counts as arriving now. earlier: as in `look`."""
    campaign = returns.campaign
    ledger.record(_redated(ledger.undated(), as_of))
    arrivals, left = look(campaign.root / "inbox", as_of, earlier)
    recognised = _Recognising(arrivals, returns, ledger)
    filed = filer(recognised.arrived(), ledger, campaign.root, recognised.placed())
    returns.archived(filed.new)
    here, hearing = (*recognised.waiting, *filed.new), Hearing(campaign, period, as_of, ledger, returns)
    for each in here:
        if book := recognised.answers.get(each.sha256):
            hearing.hear(book, each)
    unplaced = [
        Unplaced(each.file, identity.rule, identity.reason, each.path, each.sha256)
        for each in here
        if (identity := recognised.unknown.get(each.sha256)) and each.sha256 not in hearing.placed
    ]
    repeated = [*_repeated(ledger), *_elsewhere(ledger, campaign, period)]
    return Intake(unplaced, repeated, [*left, *filed.changed], ledger.received_tonight())


def _redated(receipts: Sequence[Receipt], as_of: dt.date) -> list[Draft]:
    days = [(each, folder_date(each.file) or as_of) for each in receipts]
    return [Draft(Kind.DATED, {"sha256": each.sha256, "arrived": min(day, as_of).isoformat()}) for each, day in days]


class _Recognising:
    """Tonight's files and those still waiting for a team, read and identified one by one: each is filed while others are read.

    waiting: receipts of earlier files whose team is not known. By the hash of its bytes: unknown, why a file has to wait;
    answers, a workbook in which the office decides, or says what it found on the spot.
    """

    def __init__(self, arrivals: Sequence[Arrival], returns: Returns, ledger: Ledger) -> None:
        self._arrivals, self._campaign, self._now = arrivals, returns.campaign, utc_now()
        ours = {OFFICE, *self._campaign.by_code}
        self.waiting = ledger.receipts_of_others(ours)
        self.unknown: dict[str, Identity] = {}
        self.answers: dict[str, RawBook] = {}
        self._told = _placed(ledger, self._campaign)
        paths = [each.path for each in arrivals] + [self._campaign.root / receipt.path for receipt in self.waiting]
        self._read = returns.read(paths)

    def arrived(self) -> Iterator[Filing]:
        """Give what is to be recorded of each of tonight's files, in their order. To be asked for first."""
        for arrival in self._arrivals:
            receipt = Receipt("", arrival.name, "", arrival.arrived, arrival.saved_at)
            yield Filing(arrival, self._described(receipt, next(self._read)))

    def placed(self) -> Iterator[Receipt]:
        """Give those of the earlier files whose team is known now."""
        for receipt, parsed in zip(self.waiting, self._read, strict=True):
            described = self._described(receipt, parsed)
            if described.team is not None:
                yield described

    def _described(self, receipt: Receipt, parsed: ParsedReturn) -> Receipt:
        book, campaign = parsed.head, self._campaign
        is_of_office = book.is_of_office and receipt.sha256 in ("", book.sha256)
        told = self._told.get(book.sha256)
        identity = Identity() if is_of_office else whose(parsed, receipt, campaign, told)
        known = replace(
            receipt,
            sha256=receipt.sha256 or book.sha256,
            saved_at=receipt.saved_at if receipt.sha256 else believed(book.saved_at or receipt.saved_at, self._now),
            content=parsed.content,
            team=identity.team.code if identity.team and identity.period else None,
            period=identity.period.key if identity.team and identity.period else None,
        )
        if is_of_office:
            self.answers[known.sha256] = book
        elif not identity.is_known:
            self.unknown[known.sha256] = identity
        return known


def _placed(ledger: Ledger, campaign: Campaign) -> dict[str, Told]:
    """Give whose files are as people decided, by the hash of their bytes."""
    periods = {each.key: each for each in campaign.periods}
    return {
        each.sha256: Told(campaign.by_code[each.team], periods.get(each.period))
        for each in ledger.decisions()
        if each.what == "place" and not each.revoked_by and each.team in campaign.by_code
    }


def _repeated(ledger: Ledger) -> list[Unplaced]:
    """List what came again tonight, also before the night was cut off."""
    repeated = ledger.repeated_tonight()
    paths = {each.sha256: each.path for each in ledger.receipts()} if repeated else {}
    return [Unplaced(file, "F07", reason("F07", found=before), paths[sha256]) for sha256, file, before in repeated]


def _elsewhere(ledger: Ledger, campaign: Campaign, period: Period) -> list[Unplaced]:
    """Say of tonight's returns for another period that they are filed, but not part of tonight's figures."""
    listed = []
    for each in ledger.received_tonight():
        if each.team in campaign.by_code and each.period not in (None, period.key):
            other = campaign.period(each.period, period.ends)
            says = reason("I11", found=campaign.by_code[each.team].name, expected=other.title, value=other.key)
            listed.append(Unplaced(each.file, "I11", says, each.path))
    return listed
