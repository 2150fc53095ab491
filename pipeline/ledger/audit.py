"""Whether ledger and record are what they were, and how the one is made anew out of the other."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from pipeline.ledger import journal, seal
from pipeline.ledger.database import NAME, VERSION, LedgerError
from pipeline.ledger.events import BrokenChainError, Event, Kind, canonical, check_chain
from pipeline.ledger.state import NAMES, TABLES, refold


@dataclass(frozen=True)
class Account:
    """What an audit found of the ledger. events: of whichever copy is whole, the longer one; none if neither is.

    faults: sentences that name what is wrong.
    """

    events: Sequence[Event] = field(default_factory=list)
    faults: Sequence[str] = field(default_factory=list)


def audit(ledger: Path) -> Account:
    """Compare the bytes of the ledger with its seal, each event with its hash, the tables with the events, both copies."""
    faults: list[str] = []
    if ledger.exists() and not seal.holds(ledger):
        faults.append(f"账本 archive/{NAME} 的内容与封存时不同：在程序之外被改动，或文件已损坏。")
    here = _events_of_ledger(ledger, faults)
    there = _events_of_record(ledger.with_name(journal.NAME), faults)
    if here is not None and there is not None:
        faults += _disagreement(here, there)
    whole = max((each for each in (here, there) if each is not None), key=len, default=[])
    return Account(whole, faults)


def _events_of_ledger(path: Path, faults: list[str]) -> list[Event] | None:
    if not path.exists() or not path.stat().st_size:
        faults.append(f"账本 archive/{NAME} 不在了，或是空的。")
        return None
    try:
        with closing(sqlite3.connect(path)) as db:
            db.row_factory = sqlite3.Row
            told = [row[0] for row in db.execute("PRAGMA integrity_check")]
            if told != ["ok"]:
                faults.append(f"账本 archive/{NAME} 已损坏：{told[0]}。")
            events = read_events(db)
            check_chain(events)
            faults += _unfolded(db, events)
            return events
    except BrokenChainError as broken:
        faults.append(f"账本 archive/{NAME}：{broken}。")
    except (sqlite3.DatabaseError, ValueError) as damaged:
        faults.append(f"账本 archive/{NAME} 已损坏，无法读取（{damaged}）。")
    return None


def _events_of_record(path: Path, faults: list[str]) -> list[Event] | None:
    if not path.exists():
        faults.append(f"归档记录 archive/{journal.NAME} 不在了。")
        return None
    try:
        events = list(journal.read(path))
        check_chain(events)
        return events
    except (BrokenChainError, journal.JournalError, UnicodeDecodeError) as broken:
        faults.append(f"归档记录 archive/{journal.NAME}：{broken}。")
    return None


def _disagreement(here: Sequence[Event], there: Sequence[Event]) -> list[str]:
    for one, other in zip(here, there, strict=False):
        if one.hash != other.hash:
            return [f"账本与归档记录从第 {one.seq} 条事项起不一致。"]
    if len(here) != len(there):
        shorter = f"账本 archive/{NAME}" if len(here) < len(there) else f"归档记录 archive/{journal.NAME}"
        return [f"{shorter} 缺少最后 {abs(len(here) - len(there))} 条事项。"]
    return []


def read_events(db: sqlite3.Connection) -> list[Event]:
    """Give all events of a database."""
    rows = db.execute("SELECT * FROM event ORDER BY seq")
    return [Event(**{**dict(r), "kind": Kind(r["kind"]), "payload": json.loads(r["payload"])}) for r in rows]


def _unfolded(db: sqlite3.Connection, events: Sequence[Event]) -> list[str]:
    """Name the tables that do not say what follows from the events."""
    with closing(sqlite3.connect(":memory:")) as fresh:
        _fill(fresh, events)
        return [
            f"账本 archive/{NAME} 的 {name} 表与事项记录不符。"
            for name in NAMES
            if _rows(db, name) != _rows(fresh, name)
        ]


def _rows(db: sqlite3.Connection, name: str) -> list[str]:
    return sorted(str(tuple(row)) for row in db.execute(f"SELECT * FROM {name}"))


def _fill(db: sqlite3.Connection, events: Sequence[Event]) -> None:
    for statement in TABLES:
        db.execute(statement)
    rows = [(e.seq, e.at, e.night, e.kind, e.by, e.reason, canonical(e.payload), e.previous, e.hash) for e in events]
    db.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    refold(db, events)
    db.commit()


def rebuild(ledger: Path) -> int:
    """Make ledger and record anew out of whichever of them is whole; gives the number of events.

    What was there is kept under another name. Cut off anywhere, it can be run again: at every moment one of them is there.
    Raises LedgerError if neither is whole, or each says something else.
    """
    account = audit(ledger)
    if not account.events:
        raise LedgerError("账本和归档记录都不完整，无法重建：" + "".join(account.faults) + "请从备份恢复其中一个。")
    if any("不一致" in fault for fault in account.faults):
        raise LedgerError("".join(account.faults) + "请从备份恢复其中正确的一个，移走另一个，再运行 huizong rebuild。")
    part = ledger.with_name(f"{ledger.name}.part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(part)) as db:
        _fill(db, account.events)
        db.execute(f"PRAGMA user_version = {VERSION}")
    record = ledger.with_name(journal.NAME)
    fresh = record.with_name(f"{record.name}.part")
    fresh.unlink(missing_ok=True)
    journal.append(fresh, account.events)
    for place, made in ((record, fresh), (ledger, part)):
        if place.exists() and place.read_bytes() != made.read_bytes():
            _keep(place)
    os.replace(fresh, record)
    seal.lift(ledger)
    # A journal that a crash left belongs to the old ledger; SQLite would play it into the new one.
    ledger.with_name(f"{ledger.name}-journal").unlink(missing_ok=True)
    os.replace(part, ledger)
    seal.write(ledger)
    return len(account.events)


def _keep(place: Path) -> None:
    """Copy a file under a name that is free. What a rebuilding that was cut off has kept already is not kept twice."""
    content, part = place.read_bytes(), place.with_name(f"{place.name}.old.part")
    for number in count(1):
        name = place.with_name(f"{place.name}.old{number}")
        if not name.exists():
            part.write_bytes(content)
            os.replace(part, name)
        if name.read_bytes() == content:
            return
