"""What the tables say of what is true now, as the nouns that the stages read."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from typing import Any

from pipeline.ledger.events import Kind
from pipeline.ledger.records import figures_of, finding_of, number_of
from pipeline.memory import Accepted, Followed, Memory, Receipt, Verdict, Withdrawal
from pipeline.model import GivenOut, Period, Submission


def given_out(db: sqlite3.Connection, period: Period, until: dt.date) -> GivenOut | None:
    """The totals of the period's last finished night until a day; None if there was none."""
    nights = db.execute(
        "SELECT number, as_of FROM night WHERE state = 'ENDED' AND period = ? AND as_of <= ?"
        " AND number IN (SELECT night FROM total) ORDER BY number DESC LIMIT 1",
        (period.key, until.isoformat()),
    ).fetchall()
    for night in nights:
        rows = db.execute("SELECT * FROM total WHERE night = ? ORDER BY rowid", (night["number"],))
        values = {row["indicator"]: (number_of(row["value"]), row["reported"]) for row in rows}
        return GivenOut(period, _day(night["as_of"]), values)
    return None


def published(db: sqlite3.Connection) -> dict[str, dict[str, str]]:
    """Give what lies in the outbox: folder -> file -> hash, as the last night that wrote the folder left it."""
    folders: dict[str, dict[str, str]] = {}
    rows = db.execute(
        "SELECT folder, file, sha256 FROM publication WHERE night IN"
        " (SELECT max(night) FROM publication GROUP BY folder) ORDER BY night, file"
    )
    for row in rows:
        folders.setdefault(row["folder"], {})[row["file"]] = row["sha256"]
    return folders


def receipts(db: sqlite3.Connection) -> list[Receipt]:
    """Everything ever received, in the order in which it came last."""
    return [_receipt(row) for row in db.execute("SELECT * FROM receipt ORDER BY number")]


def repeated(db: sqlite3.Connection, night: int | None) -> list[tuple[str, str, str]]:
    """Hash, name and earlier name of known bytes that came again in a night, in order."""
    rows = db.execute("SELECT payload FROM event WHERE night = ? AND kind = ? ORDER BY seq", (night, Kind.REPEATED))
    said = [json.loads(row["payload"]) for row in rows]
    return [(each["sha256"], each["file"], each["before"]) for each in said]


def versions(db: sqlite3.Connection, period: str) -> list[Submission]:
    """Everything received for a period, in order."""
    rows = db.execute("SELECT * FROM receipt WHERE period = ? AND arrived <> '' ORDER BY number", (period,))
    return [_receipt(row).submission() for row in rows]


def memory(db: sqlite3.Connection, period: Period, before: Period | None = None) -> Memory:
    """Give what is remembered of a period, and of the one before."""
    return Memory(
        _followed(db, period.key),
        accepted(db, period.key),
        _verdicts(db, period.key),
        _withdrawn(db, period.key),
        _answers(db, period.key),
        {team: each.figures for team, each in accepted(db, before.key).items()} if before else None,
        frozenset(
            map(
                tuple,
                db.execute("SELECT DISTINCT team, content, period FROM receipt WHERE team <> '' AND content <> ''"),
            )
        ),
    )


def _followed(db: sqlite3.Connection, period: str) -> dict[str, Followed]:
    rows = db.execute("SELECT * FROM finding WHERE period = ? ORDER BY key", (period,))
    return {
        r["key"]: Followed(finding_of(json.loads(r["finding"]), r["state"], r["first_seen"]), _day(r["changed_on"]))
        for r in rows
    }


def accepted(db: sqlite3.Connection, period: str) -> dict[str, Accepted]:
    """Give what counts, by team code."""
    rows = db.execute("SELECT * FROM accepted WHERE period = ? ORDER BY team", (period,))
    return {r["team"]: Accepted(r["sha256"], figures_of(json.loads(r["figures"]))) for r in rows}


def _verdicts(db: sqlite3.Connection, period: str) -> dict[str, Verdict]:
    rows = db.execute("SELECT * FROM standing WHERE period = ?", (period,))
    return {r["team"]: Verdict(r["sha256"], r["status"], r["errors"], r["queries"]) for r in rows}


def _withdrawn(db: sqlite3.Connection, period: str) -> dict[str, Withdrawal]:
    rows = db.execute("SELECT * FROM decision WHERE decision = 'withdraw' AND period = ?", (period,))
    return {r["sha256"]: Withdrawal(r["by"], r["reason"]) for r in rows}


def _answers(db: sqlite3.Connection, period: str) -> dict[tuple[str, str, str], str]:
    rows = db.execute("SELECT * FROM answer WHERE period = ?", (period,))
    return {(r["team"], r["key"], r["text"]): r["value"] for r in rows}


def _receipt(row: sqlite3.Row) -> Receipt:
    said: dict[str, Any] = dict(row)
    days = {name: _day(row[name]) if row[name] else None for name in ("arrived", "first_arrived")}
    return Receipt(**{**said, **days})


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
