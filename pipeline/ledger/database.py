"""The ledger: events, and what follows from them. With its siblings the only place that knows the database."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from pipeline.errors import HuizongError
from pipeline.ledger import journal, migrate, recall, seal
from pipeline.ledger.events import Draft, Event, Kind, canonical, chained
from pipeline.ledger.sound import examine
from pipeline.ledger.state import TABLES, fold, refold
from pipeline.memory import Accepted, Memory, Receipt
from pipeline.model import GivenOut, Period, Submission

VERSION = 3
NAME = "ledger.db"
LEDGER = f"账本 archive/{NAME}"
MEND = "请运行 huizong verify 查看详情，确认后运行 huizong rebuild 重建账本。"
OF_DISK = (
    5,
    6,
    7,
    8,
    10,
    13,
    14,
)  # busy, locked, no memory, read-only, I/O, full, cannot open: nothing is wrong inside
Clock = Callable[[], dt.datetime]


class LedgerError(HuizongError):
    """The ledger cannot be used as it is."""


def utc_now() -> dt.datetime:
    """Give our own clock."""
    return dt.datetime.now(dt.UTC)


class Ledger:
    """An open ledger. `record` makes all events of one call last, or none; the tables follow in the same transaction.

    Raises LedgerError if it is missing beside a filled archive, was changed by anything but this program, or is newer.
    """

    def __init__(self, path: Path, now: Clock = utc_now) -> None:
        self._path, self._now = path, now
        self._journal = path.with_name(journal.NAME)
        self._night: _Night | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        _refuse_lost(path)
        if not seal.holds(path):
            raise LedgerError(f"{LEDGER} 在程序之外被改动过，本次没有处理任何文件：{MEND}")
        self._db = sqlite3.connect(path, isolation_level=None)
        try:
            self._open()
        except (sqlite3.Error, UnicodeDecodeError) as damaged:  # it may not even be able to say what is wrong
            self._db.close()
            if (getattr(damaged, "sqlite_errorcode", None) or 0) & 0xFF in OF_DISK:
                raise
            raise LedgerError(f"{LEDGER} 已损坏，无法读取，本次没有处理任何文件：{MEND}") from damaged
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
        self._db.row_factory = sqlite3.Row
        for pragma in ("journal_mode = DELETE", "synchronous = FULL", "foreign_keys = ON"):
            self._db.execute(f"PRAGMA {pragma}")
        version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        if version > VERSION:
            raise LedgerError(f"archive/{NAME} 是更新版本的程序建立的。请升级 huizong 后再运行。")
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
        journal.append(self._journal, list(self.events(seq + 1)))

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

    def _add(self, events: Sequence[Event]) -> None:
        rows = [
            (e.seq, e.at, e.night, e.kind, e.by, e.reason, canonical(e.payload), e.previous, e.hash) for e in events
        ]
        self._db.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        if any(event.kind is Kind.NIGHT_ANNULLED for event in events):
            refold(self._db, self.events())
        else:
            fold(self._db, events)

    def _at(self) -> str:
        return self._now().astimezone(dt.UTC).isoformat(timespec="milliseconds")

    # -- what happened

    def events(self, first: int = 1, last: int | None = None) -> Iterator[Event]:
        """Give events in order, from one number to another."""
        until = 2**62 if last is None else last
        rows = self._db.execute("SELECT * FROM event WHERE seq BETWEEN ? AND ? ORDER BY seq", (first, until))
        for row in rows:
            yield Event(**{**dict(row), "kind": Kind(row["kind"]), "payload": json.loads(row["payload"])})

    def last_event(self) -> Event | None:
        """Give the last event."""
        row = self._db.execute("SELECT max(seq) FROM event").fetchone()
        return next(self.events(row[0], row[0]), None) if row[0] else None

    def record(self, drafts: Iterable[Draft]) -> None:
        """Record what happened now. Within a night, the first call also records that the night has begun."""
        told = list(drafts)
        if not told:
            return
        with self._change():
            if self._night is not None and not self._night.is_begun:
                told.insert(0, self._night.begun())
            number = self._night.number if self._night else None
            events = list(chained(told, self.last_event(), self._at(), number))
            self._add(events)
        journal.append(self._journal, events)
        if self._night is not None:
            self._night.is_begun = True

    # -- nights

    def begin_night(self, period: str, as_of: dt.date, form: str) -> None:
        """Let what is recorded from now on belong to a night: a new one, or the last if that was cut off."""
        number, is_open = self._highest_night() + 1, False
        last = self.last_night()
        if last is not None and not last.is_ended and (last.period, last.as_of) == (period, as_of):
            number, is_open = last.number, True
        self._night = _Night(number, period, as_of, form, is_open)

    @property
    def open_night(self) -> int | None:
        """The number of the night that was cut off and goes on now; None if it begins anew."""
        return self._night.number if self._night and self._night.is_begun else None

    def end_night(self, drafts: Sequence[Draft], published: Draft, is_new: bool) -> None:
        """Record what a night found out and put out. One that finds all as the last left it leaves no trace.

        is_new: whether what lies in the outbox changed now. Where a night was cut off between publishing and recording it
        changed before, and that was not recorded.
        """
        night, last = self._night, self.last_night()
        assert night is not None
        is_new |= self.published().get(published.payload["folder"]) != published.payload["files"]
        is_again = last is not None and last.is_ended and (last.period, last.as_of) == (night.period, night.as_of)
        if drafts or is_new or night.is_begun or not is_again:
            self.record([*drafts, published, Draft(Kind.NIGHT_ENDED, {"period": night.period})])
        self._night = None

    def last_night(self, period: str | None = None) -> NightEntry | None:
        """Give the last night that was not annulled, of a period or of all."""
        rows = self._db.execute(
            "SELECT * FROM night WHERE state <> 'ANNULLED' AND ifnull(period = ?, 1) ORDER BY number DESC LIMIT 1",
            (period,),
        )
        return next(
            (
                NightEntry(r["number"], r["period"], dt.date.fromisoformat(r["as_of"]), r["state"] == "ENDED")
                for r in rows
            ),
            None,
        )

    def _highest_night(self) -> int:
        return int(self._db.execute("SELECT ifnull(max(number), 0) FROM night").fetchone()[0])

    def given_out(self, period: Period, until: dt.date) -> GivenOut | None:
        """The totals of the period's last finished night until a day; None if there was none."""
        return recall.given_out(self._db, period, until)

    def folder_of(self, number: int) -> str:
        """Give the folder in the outbox that a night wrote; "" if it wrote none."""
        rows = self._db.execute("SELECT folder FROM publication WHERE night = ? LIMIT 1", (number,)).fetchall()
        return str(rows[0]["folder"]) if rows else ""

    def published(self) -> dict[str, dict[str, str]]:
        """Give what lies in the outbox: folder -> file -> hash, as the last night that wrote the folder left it."""
        return recall.published(self._db)

    # -- what is remembered

    def receipts(self) -> list[Receipt]:
        """Everything ever received, in the order in which it came last."""
        return recall.receipts(self._db)

    def received_tonight(self) -> list[Receipt]:
        """Give what the night received, also before it was cut off."""
        return [each for each in self.receipts() if self.open_night is not None and each.night == self.open_night]

    def repeated(self) -> list[tuple[str, str, str]]:
        """Give hash, name and earlier name of what came again in the night, also before it was cut off."""
        return recall.repeated(self._db, self.open_night)

    def taken(self) -> set[tuple[str, str]]:
        """Give hash and name of every file that the night has recorded."""
        received = {(each.sha256, each.file) for each in self.received_tonight()}
        return received | {(sha256, file) for sha256, file, _ in self.repeated()}

    def versions(self, period: str) -> list[Submission]:
        """Everything received for a period, in order."""
        return recall.versions(self._db, period)

    def accepted(self, period: str) -> dict[str, Accepted]:
        """Give what counts, by team code."""
        return recall.accepted(self._db, period)

    def memory(self, period: Period, before: Period | None = None) -> Memory:
        """Give what is remembered of a period, and of the one before."""
        return recall.memory(self._db, period, before)


class _Night:
    """The night that events belong to. is_begun: whether its beginning is recorded."""

    def __init__(self, number: int, period: str, as_of: dt.date, form: str, is_begun: bool) -> None:
        self.number, self.period, self.as_of, self.form, self.is_begun = number, period, as_of, form, is_begun

    def begun(self) -> Draft:
        said = {"period": self.period, "as_of": self.as_of.isoformat(), "form": self.form}
        return Draft(Kind.NIGHT_BEGUN, said)


class NightEntry:
    """A night as recorded. is_ended: whether its outputs are complete."""

    def __init__(self, number: int, period: str, as_of: dt.date, is_ended: bool) -> None:
        self.number, self.period, self.as_of, self.is_ended = number, period, as_of, is_ended


def _refuse_lost(path: Path) -> None:
    """Raise LedgerError if there is no ledger where there must be one."""
    if path.exists() and path.stat().st_size:
        return
    lost = f"账本 archive/{NAME} 被删除或清空，本次没有处理任何文件"
    if path.with_name(journal.NAME).exists():
        raise LedgerError(f"{lost}：请运行 huizong rebuild，由归档记录 archive/{journal.NAME} 重建账本。")
    ours = {path.name, f"{path.name}-journal", seal.NAME, ".lock"}
    if any(each.is_file() and each.name not in ours for each in path.parent.rglob("*")):
        raise LedgerError(
            f"{lost}，归档记录 archive/{journal.NAME} 也不在了：请从备份恢复其中一个，再运行 huizong rebuild。"
        )
