"""A ledger as it is now: what its tables say of what is true, as the nouns that the stages read. Changes nothing."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import starmap
from typing import Any

from pipeline.issued import Issue
from pipeline.ledger.events import Event, Kind, line_of
from pipeline.ledger.issues import issue_said
from pipeline.ledger.nights import NightEntry
from pipeline.ledger.records import (
    assessed_of,
    day_of,
    decisions_of,
    figures_of,
    finding_of,
    number_of,
    once,
    receipts_of,
    verification_of,
)
from pipeline.memory import (
    Accepted,
    Course,
    Decision,
    Declined,
    Figures,
    Followed,
    Memory,
    Receipt,
    Verdict,
    Withdrawal,
)
from pipeline.model import FindingState, Period, Submission
from pipeline.night import GivenOut
from pipeline.on_site import Verification

_DONE = "period = ? AND state = 'ENDED' AND as_of < ?"  # of a night


class View:
    """What an open ledger says. Safe beside a run that is writing it: nothing is mended, sealed or caught up with."""

    def __init__(self, db: sqlite3.Connection) -> None:
        db.row_factory = sqlite3.Row
        self._db = db

    # -- what happened

    def events(self, first: int = 1, last: int | None = None) -> Iterator[Event]:
        """Give events in order, from one number to another."""
        for seq, at, night, kind, by, reason, said, previous, now in self._stored(first, last):
            yield Event(seq, at, night, Kind(kind), by, reason, json.loads(said), said, previous, now)

    def lines(self, first: int) -> Iterator[str]:
        """Give the lines of events, from one number on."""
        return starmap(line_of, self._stored(first))

    def _stored(self, first: int, last: int | None = None) -> Iterable[tuple[Any, ...]]:
        until = 2**62 if last is None else last
        return self._db.execute("SELECT * FROM event WHERE seq BETWEEN ? AND ? ORDER BY seq", (first, until))

    def last_event(self) -> Event | None:
        """Give the last event."""
        row = self._db.execute("SELECT max(seq) FROM event").fetchone()
        return next(self.events(row[0], row[0]), None) if row[0] else None

    # -- nights

    def last_night(self, period: str | None = None) -> NightEntry | None:
        """Give the last night that was not annulled, of a period or of all."""
        row = self._db.execute(
            "SELECT * FROM night WHERE state <> 'ANNULLED' AND ifnull(period = ?, 1) ORDER BY number DESC LIMIT 1",
            (period,),
        ).fetchone()
        return NightEntry(row["number"], row["period"], day_of(row["as_of"]), row["state"] == "ENDED") if row else None

    def given_out(self, period: Period, until: dt.date) -> GivenOut | None:
        """The totals of the period's last finished night until a day; None if there was none."""
        night = self._db.execute(
            "SELECT number, as_of FROM night WHERE state = 'ENDED' AND period = ? AND as_of <= ?"
            " AND number IN (SELECT night FROM total) ORDER BY number DESC LIMIT 1",
            (period.key, until.isoformat()),
        ).fetchone()
        if night is None:
            return None
        rows = self._db.execute("SELECT * FROM total WHERE night = ? ORDER BY rowid", (night["number"],))
        values = {row["indicator"]: (number_of(row["value"]), row["reported"]) for row in rows}
        return GivenOut(period, day_of(night["as_of"]), values)

    def course(self, period: Period, before: dt.date) -> Course:
        """Tell how a period went on its finished nights before a day."""
        about = (period.key, before.isoformat())
        nights = self._db.execute(f"SELECT DISTINCT as_of FROM night WHERE {_DONE} ORDER BY as_of", about)
        days = [day_of(night["as_of"]) for night in nights]
        if not days:
            return Course()
        rows = self._db.execute(
            "SELECT as_of, payload FROM event JOIN night ON night.number = event.night"
            f" WHERE kind = ? AND {_DONE} ORDER BY seq",
            (Kind.ASSESSED, *about),
        )
        assessed = [assessed_of(day_of(row["as_of"]), json.loads(row["payload"])) for row in rows]
        rows = self._db.execute(
            "SELECT as_of, json_extract(payload, '$.finding.team') AS team, sum(kind <> ?) AS opened, sum(kind = ?) AS closed"
            " FROM event JOIN night ON night.number = event.night"
            f" WHERE kind IN (?, ?, ?) AND {_DONE} GROUP BY team, as_of",
            (
                Kind.FINDING_CLOSED,
                Kind.FINDING_CLOSED,
                Kind.FINDING_OPENED,
                Kind.FINDING_REOPENED,
                Kind.FINDING_CLOSED,
                *about,
            ),
        )
        moved = {(row["team"], day_of(row["as_of"])): (row["opened"], row["closed"]) for row in rows}
        return Course(days, assessed, moved)

    def folder_of(self, number: int) -> str:
        """Give the folder in the outbox that a night wrote; "" if it wrote none."""
        row = self._db.execute("SELECT folder FROM publication WHERE night = ? LIMIT 1", (number,)).fetchone()
        return str(row["folder"]) if row else ""

    def published(self, folder: str) -> dict[str, str]:
        """Give what lies in a folder of the outbox: file -> hash, as the last night that wrote it left it."""
        rows = self._db.execute(
            "SELECT file, sha256 FROM publication WHERE night ="
            " (SELECT max(night) FROM publication WHERE folder = ?) ORDER BY file",
            (folder,),
        )
        return {row["file"]: row["sha256"] for row in rows}

    def issues(self) -> list[Issue]:
        """Give what was issued, revisions among it, in order."""
        rows = self._db.execute("SELECT by, reason, payload FROM event WHERE kind = ? ORDER BY seq", (Kind.ISSUED,))
        return [issue_said(row["by"], row["reason"], json.loads(row["payload"])) for row in rows]

    def has_published(self, sha256: str) -> bool:
        """Whether any night, annulled ones among them, put out a file of that hash."""
        rows = self._db.execute("SELECT payload FROM event WHERE kind = ?", (Kind.PUBLISHED,))
        return any(sha256 in json.loads(row["payload"])["files"].values() for row in rows)

    # -- files

    def receipts(self) -> list[Receipt]:
        """Everything ever received, in the order in which it came last."""
        return receipts_of(self._db.execute("SELECT * FROM receipt ORDER BY number"))

    def receipts_of_others(self, teams: Collection[str]) -> list[Receipt]:
        """Give what is of none of these teams, by their codes, in the order in which it came last."""
        rows = self._db.execute("SELECT * FROM receipt ORDER BY number")
        return receipts_of(row for row in rows if row["team"] not in teams)

    def received_in(self, night: int | None) -> list[Receipt]:
        """Give what came last in a night, in order."""
        return receipts_of(self._db.execute("SELECT * FROM receipt WHERE night = ? ORDER BY number", (night,)))

    def undated(self) -> list[Receipt]:
        """Give what came last in a night that was annulled, and has no day yet."""
        return receipts_of(self._db.execute("SELECT * FROM receipt WHERE arrived = '' ORDER BY number"))

    def repeated_in(self, night: int | None) -> list[tuple[str, str, str]]:
        """Give hash, name and earlier name of known bytes that came again in a night, in order."""
        rows = self._db.execute(
            "SELECT payload FROM event WHERE night = ? AND kind = ? ORDER BY seq", (night, Kind.REPEATED)
        )
        said = [json.loads(row["payload"]) for row in rows]
        return [(each["sha256"], each["file"], each["before"]) for each in said]

    def versions(self, period: str) -> list[Submission]:
        """Everything received for a period, in order."""
        rows = self._db.execute(
            "SELECT receipt.*, ifnull(night.as_of, arrived) AS taken_in FROM receipt"
            " LEFT JOIN night ON night.number = receipt.night AND night.state <> 'ANNULLED'"
            " WHERE receipt.period = ? AND arrived <> '' ORDER BY receipt.number",
            (period,),
        )
        return [each.submission() for each in receipts_of(rows)]

    # -- what is remembered

    def states(self, period: str) -> dict[str, FindingState]:
        """Give the states of a period's findings, by key."""
        rows = self._db.execute("SELECT key, state FROM finding WHERE period = ?", (period,))
        return {row["key"]: FindingState(row["state"]) for row in rows}

    def accepted(self, period: str) -> dict[str, Accepted]:
        """Give what counts, by team code."""
        rows = self._db.execute("SELECT * FROM accepted WHERE period = ? ORDER BY team", (period,))
        return {once(r["team"]): Accepted(once(r["sha256"]), figures_of(json.loads(r["figures"]))) for r in rows}

    def counting(self, period: str) -> set[str]:
        """Give the codes of the teams of which a return counts."""
        rows = self._db.execute("SELECT team FROM accepted WHERE period = ?", (period,))
        return {row["team"] for row in rows}

    def counting_of(self, period: str, team: str) -> Submission | None:
        """Give the return of a team that counts for a period; None if none does."""
        rows = self._db.execute(
            "SELECT receipt.* FROM accepted JOIN receipt USING (sha256)"
            " WHERE accepted.period = ? AND accepted.team = ? AND arrived <> ''",
            (period, team),
        )
        return next((replace(each, team=team, period=period).submission() for each in receipts_of(rows)), None)

    def figures_of(self, period: str, team: str) -> Figures:
        """Give the figures of a team that count for a period; none if no return does."""
        about = (period, team)
        row = self._db.execute("SELECT figures FROM accepted WHERE period = ? AND team = ?", about).fetchone()
        return figures_of(json.loads(row["figures"])) if row else {}

    def decisions(self, period: str | None = None) -> list[Decision]:
        """Give what people decided, in order: about a period, or all of it."""
        rows = self._db.execute(
            "SELECT decision.*, event.at, event.payload, receipt.file FROM decision JOIN event USING (seq)"
            " LEFT JOIN receipt ON receipt.sha256 = decision.sha256 AND decision.sha256 <> ''"
            " WHERE decision NOT IN ('decline', 'verify') AND ifnull(decision.period = ?, 1) ORDER BY seq",
            (period,),
        )
        return decisions_of([dict(row) for row in rows])

    def verifications(self, period: str) -> list[Verification]:
        """Give what was found on the spot about returns of a period, in order."""
        rows = self._db.execute(
            "SELECT seq, event.by, event.reason, event.payload FROM decision JOIN event USING (seq)"
            " WHERE decision = 'verify' AND decision.period = ? ORDER BY seq",
            (period,),
        )
        return [verification_of(row["seq"], row["by"], row["reason"], json.loads(row["payload"])) for row in rows]

    def declined(self, as_of: dt.date) -> list[Declined]:
        """Give what could not be decided of what workbooks asked on a day, in order; of annulled nights nothing."""
        rows = self._db.execute(
            "SELECT event.payload FROM decision JOIN event USING (seq) WHERE decision = 'decline' ORDER BY seq"
        )
        said = [json.loads(row["payload"]) for row in rows]
        return [Declined(each["file"], each["row"], each["says"]) for each in said if each["on"] == as_of.isoformat()]

    def heard(self, sha256: str) -> set[int]:
        """Give the rows of a workbook of decisions that were dealt with."""
        rows = self._db.execute("SELECT event.payload, decision FROM decision JOIN event USING (seq)")
        said = [json.loads(row["payload"]) | {"kind": row["decision"]} for row in rows]
        return {e["row"] for e in said if sha256 == (e["sha256"] if e["kind"] == "decline" else e.get("from"))}

    def memory(self, period: Period, before: Period | None = None) -> Memory:
        """Give what is remembered of a period, and of the one before."""
        about, decisions = (period.key,), self.decisions(period.key)
        contents = self._db.execute(
            "SELECT DISTINCT team, content, period FROM receipt WHERE team <> '' AND content <> ''"
        )
        return Memory(
            self._followed(period.key),
            self.accepted(period.key),
            {
                once(r["team"]): Verdict(once(r["sha256"]), once(r["status"]), r["errors"], r["queries"])
                for r in self._db.execute("SELECT * FROM standing WHERE period = ?", about)
            },
            {
                each.sha256: Withdrawal(each.by, each.reason)
                for each in decisions
                if each.what == "withdraw" and not each.revoked_by
            },
            {
                (r["team"], r["key"], r["text"]): r["value"]
                for r in self._db.execute("SELECT * FROM answer WHERE period = ?", about)
            },
            {team: each.figures for team, each in self.accepted(before.key).items()} if before else None,
            frozenset((once(r["team"]), once(r["content"]), once(r["period"])) for r in contents),
            decisions,
        )

    def _followed(self, period: str) -> dict[str, Followed]:
        rows = self._db.execute("SELECT * FROM finding WHERE period = ? ORDER BY key", (period,))
        return {
            r["key"]: Followed(
                finding_of(json.loads(r["finding"]), r["state"], r["first_seen"]), day_of(r["changed_on"])
            )
            for r in rows
        }
