"""The ledger: events, and what follows from them. With its siblings the only place that knows the database."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain, islice
from pathlib import Path
from types import TracebackType

from pipeline.disk import files_in
from pipeline.errors import HuizongError
from pipeline.ledger import journal, migrate, seal
from pipeline.ledger.events import Draft, Event, Kind, chained
from pipeline.ledger.nights import Night
from pipeline.ledger.revoked import takes_back
from pipeline.ledger.sound import examine
from pipeline.ledger.state import TABLES, add, fold, refold
from pipeline.ledger.view import View
from pipeline.memory import Receipt

VERSION = 3
NAME = "ledger.db"
AT_ONCE = 500  # events in memory
LEDGER = f"账本 archive/{NAME}"
MEND = "请运行 huizong verify 查看详情，确认后运行 huizong rebuild 重建账本。"
NEWER = f"archive/{NAME} 是更新版本的程序建立的。请升级 huizong 后再运行。"
OF_DISK = frozenset(
    (
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
    )
)  # fmt: skip
Clock = Callable[[], dt.datetime]


class LedgerError(HuizongError):
    """The ledger cannot be used as it is."""


def utc_now() -> dt.datetime:
    """Give our own clock."""
    return dt.datetime.now(dt.UTC)


class Ledger(View):
    """An open ledger. `record` makes all events of one call last, or none; the tables follow in the same transaction.

    Raises LedgerError if it is missing beside a filled archive, was changed by anything but this program, or is newer.
    """

    def __init__(self, path: Path, now: Clock = utc_now) -> None:
        self._path, self._now = path, now
        self._journal = path.with_name(journal.NAME)
        self._night: Night | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        refuse_lost(path)
        if not seal.holds(path):
            raise LedgerError(f"{LEDGER} 在程序之外被改动过，本次没有处理任何文件：{MEND}")
        super().__init__(sqlite3.connect(path, isolation_level=None))
        try:
            with _damage_told():
                self._open()
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the ledger, and seal it: from now on any change that is not ours is noticed."""
        self._db.close()
        seal.write(self._path)

    def _open(self) -> None:
        for pragma in ("journal_mode = DELETE", "synchronous = FULL", "foreign_keys = ON"):
            self._db.execute(f"PRAGMA {pragma}")
        version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        if version > VERSION:
            raise LedgerError(NEWER)
        if version < VERSION:
            self._create(version)
        elif not seal.is_set(self._path) and (faults := examine(self._db)[1]):
            raise LedgerError(f"{LEDGER} {faults[0]}，本次没有处理任何文件：{MEND}")
        self._catch_up()

    def _create(self, version: int) -> None:
        """Make the tables of a new ledger, or turn an older one's states into events."""
        with self._change():
            old = migrate.read(self._db, version)
            for statement in TABLES:
                self._db.execute(statement)
            events: list[Event] = []
            for at, night, drafts in migrate.events(old, self._at()):
                events += chained(drafts, events[-1] if events else None, at, night)
            self._add(events)
            self._db.execute(f"PRAGMA user_version = {VERSION}")

    def _catch_up(self) -> None:
        """Write into the record beside the archive what was cut off before it was written there."""
        try:
            there, here = journal.last(self._journal), self.last_event()
        except journal.JournalError as mistake:
            raise LedgerError(f"归档记录 archive/{mistake}，本次没有处理任何文件：{MEND}") from mistake
        seq = there.seq if there else 0
        if here is None or seq > here.seq:
            raise LedgerError(
                f"{LEDGER} 比归档记录 {journal.NAME} 旧，可能是用旧备份恢复的，本次没有处理任何文件：{MEND}"
            )
        if there and there.seq == here.seq and there.hash == here.hash:
            return
        if there and [each.hash for each in self.events(seq, seq)] != [there.hash]:
            raise LedgerError(f"{LEDGER} 与归档记录 {journal.NAME} 不一致，本次没有处理任何文件：{MEND}")
        journal.append(self._journal, list(self.lines(seq + 1)))

    @contextmanager
    def _change(self) -> Iterator[None]:
        """Make all changes inside, or none."""
        seal.lift(self._path)
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # where the disk is full, SQLite has taken it back by itself
                self._db.execute("ROLLBACK")
            raise

    def _add(self, events: Iterable[Event]) -> None:
        """Put events into the log, and let the tables follow: of many, some at a time."""
        ahead, is_anew = iter(events), False
        while some := list(islice(ahead, AT_ONCE)):
            add(self._db, some)
            fold(self._db, some)
            is_anew |= any(takes_back(event) for event in some)
        if is_anew:
            refold(self._db, self.events())

    def _at(self) -> str:
        return self._now().astimezone(dt.UTC).isoformat(timespec="milliseconds")

    def record(self, drafts: Iterable[Draft]) -> None:
        """Record what happened now. Within a night, the first call also records that the night has begun."""
        told = iter(drafts)
        first = [*islice(told, 1)]
        if not first:
            return
        last = self.last_event()
        with self._change():
            if self._night is not None and not self._night.is_begun:
                first.insert(0, self._night.begun())
            number = self._night.number if self._night else None
            self._add(chained(chain(first, told), last, self._at(), number))
        journal.append(self._journal, self.lines(last.seq + 1 if last else 1))
        if self._night is not None:
            self._night.is_begun = True

    # -- nights

    def begin_night(self, period: str, as_of: dt.date, form: str) -> None:
        """Let what is recorded from now on belong to a night: a new one, or the last if that was cut off."""
        number, is_open = self._highest_night() + 1, False
        last = self.last_night()
        if last is not None and not last.is_ended and (last.period, last.as_of) == (period, as_of):
            number, is_open = last.number, True
        self._night = Night(number, period, as_of, form, is_open)

    @property
    def open_night(self) -> int | None:
        """The number of the night that was cut off and goes on now; None if it begins anew."""
        return self._night.number if self._night and self._night.is_begun else None

    def end_night(self, drafts: Iterable[Draft], published: Draft, is_new: bool) -> None:
        """Record what a night found out and put out. One that finds all as the last left it leaves no trace.

        is_new: whether what lies in the outbox changed now. Where a night was cut off between publishing and recording it
        changed before, and that was not recorded.
        """
        night, last = self._night, self.last_night()
        assert night is not None
        is_new |= self.published(published.payload["folder"]) != published.payload["files"]
        is_again = last is not None and last.is_ended and (last.period, last.as_of) == (night.period, night.as_of)
        told = iter(drafts)
        first = [*islice(told, 1)]
        if first or is_new or night.is_begun or not is_again:
            self.record(chain(first, told, [published, Draft(Kind.NIGHT_ENDED, {"period": night.period})]))
        self._night = None

    def _highest_night(self) -> int:
        return int(self._db.execute("SELECT ifnull(max(number), 0) FROM night").fetchone()[0])

    def received_tonight(self) -> list[Receipt]:
        """Give what the night received, also before it was cut off."""
        return self.received_in(self.open_night)

    def repeated_tonight(self) -> list[tuple[str, str, str]]:
        """Give hash, name and earlier name of what came again in the night, also before it was cut off."""
        return self.repeated_in(self.open_night)

    def taken(self) -> set[tuple[str, str]]:
        """Give hash and name of every file that the night has recorded."""
        received = {(each.sha256, each.file) for each in self.received_tonight()}
        return received | {(sha256, file) for sha256, file, _ in self.repeated_tonight()}


@contextmanager
def reading(path: Path) -> Iterator[View]:
    """Look into a ledger, also while a night is writing it. Raises LedgerError if there is none to look into."""
    refuse_lost(path)
    with _damage_told(), closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as db:
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        if version > VERSION:
            raise LedgerError(NEWER)
        if version < VERSION:
            raise LedgerError(f"archive/{NAME} 还没有建好，或是旧版程序建立的。请先运行一次 huizong nightly。")
        yield View(db)


@contextmanager
def _damage_told() -> Iterator[None]:
    """Say in a sentence that a ledger cannot be read; a trouble of the disk is left to be said as that."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as damaged:  # it may not even be able to say what is wrong
        if (getattr(damaged, "sqlite_errorcode", None) or 0) & 0xFF in OF_DISK:
            raise
        raise LedgerError(f"{LEDGER} 已损坏，无法读取，本次没有处理任何文件：{MEND}") from damaged


def refuse_lost(path: Path) -> None:
    """Raise LedgerError if there is no ledger where there must be one."""
    if path.exists() and path.stat().st_size:
        return
    lost = f"账本 archive/{NAME} 被删除或清空，本次没有处理任何文件"
    if path.with_name(journal.NAME).exists():
        raise LedgerError(f"{lost}：请运行 huizong rebuild，由归档记录 archive/{journal.NAME} 重建账本。")
    ours = {path.name, f"{path.name}-journal", seal.NAME, ".lock"}
    if any(each.name not in ours for each in (files_in(path.parent) if path.parent.exists() else [])):
        raise LedgerError(
            f"{lost}，归档记录 archive/{journal.NAME} 也不在了：请从备份恢复其中一个，再运行 huizong rebuild。"
        )
