"""What is true now: a fold over the events, kept in tables for speed and for people with a tool for SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from pipeline.ledger.events import Event, Kind, canonical, plain
from pipeline.ledger.revoked import as_it_stands, is_revoked

_SCHEMA = """
    CREATE TABLE event (                    -- what happened; rows are added, never changed
        seq INTEGER PRIMARY KEY,
        at TEXT NOT NULL,                   -- our clock, UTC
        night INTEGER,                      -- number of the night, null outside of nights
        kind TEXT NOT NULL,
        by TEXT NOT NULL,                   -- who decided; '' for what the program did
        reason TEXT NOT NULL,
        payload TEXT NOT NULL,              -- JSON
        previous TEXT NOT NULL,             -- hash of the event before
        hash TEXT NOT NULL
    ) STRICT;
    CREATE TABLE receipt (                  -- files, each once however often its bytes came
        sha256 TEXT PRIMARY KEY,
        file TEXT NOT NULL,                 -- name under which it was dropped last
        path TEXT NOT NULL,                 -- where it is kept, relative to the workspace
        arrived TEXT NOT NULL,              -- ISO day, of the last time; '' if that night was annulled
        first_arrived TEXT NOT NULL,
        saved_at TEXT NOT NULL,             -- ISO time of the sender's last save, '' if unknown
        received_at TEXT NOT NULL,          -- our clock, of the last time
        number INTEGER NOT NULL,            -- of the event, which orders versions
        times INTEGER NOT NULL,             -- how often its bytes came
        left_as TEXT NOT NULL DEFAULT '',   -- name under which it could not be taken out of the inbox
        night INTEGER,
        team TEXT,                          -- null: not yet identified
        period TEXT,
        content TEXT NOT NULL DEFAULT ''    -- digest of figures and ledgers, '' if it has none
    ) STRICT;
    CREATE INDEX receipt_by_period ON receipt (period, team);
    CREATE TABLE standing (                 -- each team's latest return, as last assessed
        period TEXT NOT NULL, team TEXT NOT NULL, sha256 TEXT NOT NULL, status TEXT NOT NULL,
        errors INTEGER NOT NULL, queries INTEGER NOT NULL,
        PRIMARY KEY (period, team)
    ) STRICT;
    CREATE TABLE accepted (                 -- what counts
        period TEXT NOT NULL, team TEXT NOT NULL, sha256 TEXT NOT NULL,
        night INTEGER,
        figures TEXT NOT NULL,              -- JSON: record -> indicator -> exact number as text
        PRIMARY KEY (period, team)
    ) STRICT;
    CREATE TABLE decision (                 -- what people decided, 'decline' is what could not be; 'verify': found on the spot
        seq INTEGER PRIMARY KEY, decision TEXT NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL,
        period TEXT NOT NULL, team TEXT NOT NULL, sha256 TEXT NOT NULL
    ) STRICT;
    CREATE TABLE answer (                   -- words that a team gave for a query, and the value they are about
        period TEXT NOT NULL, team TEXT NOT NULL, key TEXT NOT NULL, text TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (period, team, key, text)
    ) STRICT;
    CREATE TABLE finding (
        period TEXT NOT NULL,
        key TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('OPEN', 'EXPLAINED', 'CLOSED', 'REOPENED', 'WAIVED')),
        first_seen TEXT NOT NULL,           -- as-of day of the night that found it
        changed_on TEXT NOT NULL,           -- as-of day of the last change of state
        team TEXT NOT NULL, rule TEXT NOT NULL, severity TEXT NOT NULL, value TEXT NOT NULL,
        finding TEXT NOT NULL,              -- JSON: the finding as it was last recorded
        PRIMARY KEY (period, key)
    ) STRICT;
    CREATE TABLE night (
        number INTEGER PRIMARY KEY,
        period TEXT NOT NULL, as_of TEXT NOT NULL,
        form TEXT NOT NULL,                 -- fingerprint of schemas/
        state TEXT NOT NULL CHECK (state IN ('BEGUN', 'ENDED', 'ANNULLED'))
    ) STRICT;
    CREATE TABLE total (                    -- the district's figures as a night gave them out
        night INTEGER NOT NULL, indicator TEXT NOT NULL,
        value TEXT NOT NULL,                -- an exact decimal number
        reported INTEGER NOT NULL,          -- teams whose figures it adds up
        PRIMARY KEY (night, indicator)
    ) STRICT;
    CREATE TABLE publication (              -- what a night put into the outbox
        night INTEGER NOT NULL, folder TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL,
        PRIMARY KEY (night, file)
    ) STRICT;
"""
TABLES = tuple(_SCHEMA.split(";\n"))
NAMES = ("receipt", "standing", "accepted", "decision", "answer", "finding", "night", "total", "publication")
Payload = Mapping[str, Any]


def add(db: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Put events into the log; the tables do not follow yet."""
    rows = ((e.seq, e.at, e.night, e.kind, e.by, e.reason, e.said, e.previous, e.hash) for e in events)
    db.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def fold(db: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Bring the tables up to date with further events. Where a night is annulled or a decision revoked all is taken anew: see
    `refold`."""
    changes = (change for event in events for change in _CHANGES.get(event.kind, _nothing)(event, event.payload))
    for statement, alike in groupby(changes, key=itemgetter(0)):
        db.executemany(statement, (values for _, values in alike))


def refold(db: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Make all tables anew. Of an annulled night there remain the files it received, whose day is then unknown, and what people
    decided; what they took back is as if it had not been."""
    known = list(events)
    annulled = {event.payload["number"] for event in known if event.kind is Kind.NIGHT_ANNULLED}
    for name in NAMES:
        db.execute(f"DELETE FROM {name}")
    fold(db, as_it_stands(_remaining(known, annulled)))
    for number in sorted(annulled):
        db.execute("UPDATE night SET state = 'ANNULLED' WHERE number = ?", (number,))


_OUTLAST = (
    Kind.NIGHT_BEGUN,
    Kind.LEFT_BEHIND,
    Kind.PLACED,
    Kind.DECIDED,
    Kind.VERIFIED,
)  # and what was received, but for its day


def _remaining(events: Iterable[Event], annulled: Collection[int]) -> Iterator[Event]:
    """Give the events, of annulled nights only what outlasts them."""
    for event in events:
        if event.night not in annulled or event.kind in _OUTLAST:
            yield event
        elif event.kind is Kind.RECEIVED:
            payload = {**event.payload, "arrived": ""}
            yield replace(event, payload=payload, said=canonical(payload))


Change = tuple[str, tuple[Any, ...]]


def _nothing(event: Event, said: Payload) -> list[Change]:
    return []


_RECEIVED = """
    INSERT INTO receipt (sha256, file, path, arrived, first_arrived, saved_at, received_at, number, night, times)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
    ON CONFLICT (sha256) DO UPDATE SET
        file = excluded.file, arrived = excluded.arrived, saved_at = excluded.saved_at, left_as = '',
        first_arrived = iif(first_arrived = '', excluded.arrived, first_arrived), times = times + 1,
        received_at = excluded.received_at, number = excluded.number, night = excluded.night
"""
_DATED = "UPDATE receipt SET arrived = ?, first_arrived = iif(first_arrived = '', ?, first_arrived) WHERE sha256 = ?"


def _received(event: Event, said: Payload) -> list[Change]:
    day = said["arrived"]
    about = (said["sha256"], said["file"], said["path"], day, day, said["saved_at"], event.at, event.seq, event.night)
    return [(_RECEIVED, about)]


def _dated(event: Event, said: Payload) -> list[Change]:
    return [(_DATED, (said["arrived"], said["arrived"], said["sha256"]))]


def _left_behind(event: Event, said: Payload) -> list[Change]:
    return [("UPDATE receipt SET left_as = ? WHERE sha256 = ?", (said["file"], said["sha256"]))]


def _placed(event: Event, said: Payload) -> list[Change]:
    values = (said["team"], said["period"], said["content"], said["sha256"])
    return [("UPDATE receipt SET team = ?, period = ?, content = ? WHERE sha256 = ?", values)]


def _assessed(event: Event, said: Payload) -> list[Change]:
    values = tuple(said[name] for name in ("period", "team", "sha256", "status", "errors", "queries"))
    return [("INSERT OR REPLACE INTO standing VALUES (?, ?, ?, ?, ?, ?)", values)]


def _accepted(event: Event, said: Payload) -> list[Change]:
    values = (said["period"], said["team"], said["sha256"], event.night, canonical(said["figures"]))
    return [("INSERT OR REPLACE INTO accepted VALUES (?, ?, ?, ?, ?)", values)]


def _decided(event: Event, said: Payload) -> list[Change]:
    about = (said["period"], said["team"], said["sha256"])
    changes: list[Change] = [
        (
            "INSERT INTO decision VALUES (?, ?, ?, ?, ?, ?, ?)",
            (event.seq, said["decision"], event.by, event.reason, *about),
        )
    ]
    if said["decision"] == "withdraw" and not is_revoked(event):
        changes.append(("DELETE FROM accepted WHERE period = ? AND team = ? AND sha256 = ?", about))
    return changes


def _declined(event: Event, said: Payload) -> list[Change]:
    values = (event.seq, "decline", event.by, event.reason, "", "", said["sha256"])
    return [("INSERT INTO decision VALUES (?, ?, ?, ?, ?, ?, ?)", values)]


def _answered(event: Event, said: Payload) -> list[Change]:
    values = tuple(said[name] for name in ("period", "team", "key", "text", "value"))
    return [("INSERT OR IGNORE INTO answer VALUES (?, ?, ?, ?, ?)", values)]


def _found(event: Event, said: Payload) -> list[Change]:
    finding = said["finding"]
    names = ("state", "first_seen", "changed_on")
    about = (finding["team"], finding["rule"], finding["severity"], finding["value"], plain(finding))
    values = (finding["period"], said["key"], *(said[name] for name in names), *about)
    return [("INSERT OR REPLACE INTO finding VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)]


def _begun(event: Event, said: Payload) -> list[Change]:
    values = (event.night, said["period"], said["as_of"], said["form"])
    return [("INSERT INTO night VALUES (?, ?, ?, ?, 'BEGUN')", values)]


def _ended(event: Event, said: Payload) -> list[Change]:
    return [("UPDATE night SET state = 'ENDED' WHERE number = ?", (event.night,))]


def _published(event: Event, said: Payload) -> list[Change]:
    totals: list[Change] = [
        ("INSERT INTO total VALUES (?, ?, ?, ?)", (event.night, indicator, value, reported))
        for indicator, (value, reported) in said["totals"].items()
    ]
    return totals + [
        ("INSERT INTO publication VALUES (?, ?, ?, ?)", (event.night, said["folder"], file, sha256))
        for file, sha256 in said["files"].items()
    ]


_CHANGES: Mapping[Kind, Callable[[Event, Payload], list[Change]]] = {
    Kind.NIGHT_BEGUN: _begun,
    Kind.RECEIVED: _received,
    Kind.DATED: _dated,
    Kind.LEFT_BEHIND: _left_behind,
    Kind.PLACED: _placed,
    Kind.ASSESSED: _assessed,
    Kind.ACCEPTED: _accepted,
    Kind.ANSWERED: _answered,
    Kind.FINDING_OPENED: _found,
    Kind.FINDING_RESTATED: _found,
    Kind.FINDING_EXPLAINED: _found,
    Kind.FINDING_CLOSED: _found,
    Kind.FINDING_REOPENED: _found,
    Kind.FINDING_WAIVED: _found,
    Kind.DECIDED: _decided,
    Kind.DECLINED: _declined,
    Kind.VERIFIED: _decided,
    Kind.PUBLISHED: _published,
    Kind.NIGHT_ENDED: _ended,
}
