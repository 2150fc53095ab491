"""Whether a ledger says what its events say: the chain of hashes, and the tables folded from it. Reads, changes nothing."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing

from pipeline.ledger.events import BrokenChainError, Event, Kind, canonical, check_chain
from pipeline.ledger.state import NAMES, TABLES, add, refold

# What a damaged page, or a chain that was forged without knowing what it must hold, makes of reading it.
DAMAGES = (sqlite3.Error, ValueError, TypeError, KeyError, OverflowError, MemoryError)


def read_events(db: sqlite3.Connection) -> list[Event]:
    """Give all events of a database. Raises one of DAMAGES if it cannot be read."""
    rows = db.execute("SELECT seq, at, night, kind, by, reason, payload, previous, hash FROM event ORDER BY seq")
    events = []
    for seq, at, night, kind, by, reason, said, previous, now in rows:
        payload = json.loads(said)
        if canonical(payload) != said:
            raise BrokenChainError(f"第 {seq} 条事项与记录时不同")
        events.append(Event(seq, at, night, Kind(kind), by, reason, payload, said, previous, now))
    return events


def examine(db: sqlite3.Connection) -> tuple[list[Event] | None, list[str]]:
    """Give the events of an open ledger, None if they are not what was recorded, and what is wrong, each to be put after
    the ledger's name."""
    faults: list[str] = []
    events: list[Event] | None = None
    try:
        told = [str(row[0]) for row in db.execute("PRAGMA integrity_check")]
        if told != ["ok"]:
            faults.append(f"已损坏（{told[0].splitlines()[-1]}）")
        found = read_events(db)
        check_chain(found)
        events = found
        faults += _unfolded(db, found)
    except BrokenChainError as broken:
        faults.append(f"的{broken}")
    except DAMAGES as damage:
        faults.append(f"已损坏，无法读取（{damage}）")
    return events, faults


def _unfolded(db: sqlite3.Connection, events: Sequence[Event]) -> list[str]:
    """Name the tables that are not what the program makes, or do not say what follows from the events."""
    with closing(sqlite3.connect(":memory:")) as fresh:
        fill(fresh, events)
        wrong = [name for name in NAMES if _rows(db, name) != _rows(fresh, name)]
        faults = [f"的 {name} 表与事项记录不符" for name in wrong]
        changed = sorted({name for name, _ in _made(db) ^ _made(fresh)})
        return faults + [f"的结构被改动过（{name}）" for name in changed]


def _rows(db: sqlite3.Connection, name: str) -> list[str]:
    return sorted(repr(tuple(row)) for row in db.execute(f"SELECT * FROM {name}"))


def _made(db: sqlite3.Connection) -> set[tuple[str, str]]:
    """Give what tables, indices, triggers and views there are and how they are made, comments aside."""
    rows = db.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    return {(str(name), " ".join(re.sub(r"--[^\n]*", "", sql).split())) for name, sql in rows}


def fill(db: sqlite3.Connection, events: Sequence[Event]) -> None:
    """Fill an empty database with events and what follows from them."""
    for statement in TABLES:
        db.execute(statement)
    add(db, events)
    refold(db, events)
    db.commit()
