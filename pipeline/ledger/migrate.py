"""Older ledgers, which kept states only, read as events. What counted is taken to have been accepted on their last night."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.ledger.events import Draft, Kind
from pipeline.ledger.state import NAMES

Rows = Sequence[Mapping[str, Any]]
_BY_PLACE = re.compile(r"第\d+行")  # a row without a unique key was named by its place, which says nothing today
_TABLES = ("receipt", "finding", "night", "total")


@dataclass(frozen=True)
class Old:
    """The rows of an older ledger. version: 0 for a new one, which has none."""

    version: int
    receipts: Rows = field(default_factory=list)
    findings: Rows = field(default_factory=list)
    nights: Rows = field(default_factory=list)
    totals: Rows = field(default_factory=list)


def read(db: sqlite3.Connection, version: int) -> Old:
    """Take the rows out of an older ledger, and its tables away."""
    if version == 0:
        return Old(0)
    there = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    rows = {name: [dict(row) for row in db.execute(f'SELECT * FROM "{name}"')] for name in _TABLES if name in there}
    for name in reversed([name for name in NAMES if name in there]):
        db.execute(f"DROP TABLE {name}")
    return Old(version, rows["receipt"], rows["finding"], rows["night"], rows.get("total", []))


def events(old: Old, at: str) -> Iterator[tuple[str, int | None, list[Draft]]]:
    """Give what is to be recorded first: (our clock, number of the night, events)."""
    yield at, None, [Draft(Kind.OPENED)]
    if not old.version:
        return
    yield at, None, [Draft(Kind.MIGRATED, {"version": old.version})]
    yield from _received(old)
    for number, night in enumerate(sorted(old.nights, key=lambda n: (n["as_of"], n["period"])), 1):
        yield at, number, list(_night(old, night))


def _received(old: Old) -> Iterator[tuple[str, int | None, list[Draft]]]:
    """Files in the order in which the older program took them; those of one day count as received at once."""
    order = sorted(old.receipts, key=lambda r: (r["arrived"], r["saved_at"], r["file"], r["sha256"]))
    for each in order:
        names = ("sha256", "file", "path", "arrived", "saved_at")
        drafts = [Draft(Kind.RECEIVED, {name: each[name] for name in names})]
        if each["team"] is not None:
            drafts.append(Draft(Kind.PLACED, {name: each[name] for name in ("sha256", "team", "period", "content")}))
        yield f"{each['arrived']}T00:00:00.000+00:00", None, drafts


def _night(old: Old, night: Mapping[str, Any]) -> Iterator[Draft]:
    period, as_of = night["period"], night["as_of"]
    yield Draft(Kind.NIGHT_BEGUN, {"period": period, "as_of": as_of, "form": night["fingerprint"]})
    if as_of == max(each["as_of"] for each in old.nights if each["period"] == period):
        yield from _accepted(old, period, as_of)
        yield from _findings(old, period)
    totals = [row for row in old.totals if (row["period"], row["as_of"]) == (period, as_of)]
    said = {row["indicator"]: [row["value"], row["reported"]] for row in totals}
    yield Draft(Kind.PUBLISHED, {"folder": as_of, "files": {}, "totals": said})
    yield Draft(Kind.NIGHT_ENDED, {"period": period})


def _accepted(old: Old, period: str, as_of: str) -> Iterator[Draft]:
    """Each team's latest return without an open error. Of one that was held it is not known what counted: nothing does."""
    latest: dict[str, Mapping[str, Any]] = {}
    for each in sorted(old.receipts, key=lambda r: (r["arrived"], r["saved_at"], r["sha256"])):
        if each["period"] == period and each["arrived"] <= as_of:
            latest[each["team"]] = each
    held = {
        row["submission"] for row in old.findings if row["severity"] == "error" and row["state"] in ("OPEN", "REOPENED")
    }
    for team, each in sorted(latest.items()):
        if each["sha256"] not in held:
            yield Draft(Kind.ACCEPTED, {"period": period, "team": team, "sha256": each["sha256"], "figures": {}})


def _findings(old: Old, period: str) -> Iterator[Draft]:
    for row in old.findings:
        if row["period"] != period or _BY_PLACE.match(row["subject"]):
            continue
        own = ("key", "state", "first_seen", "changed_on")
        finding = {name: value for name, value in row.items() if name not in own}
        yield Draft(_STATES[row["state"]], {**{name: row[name] for name in own}, "finding": finding})
        if row["state"] == "EXPLAINED":
            said = {"period": period, "team": row["team"], "key": row["key"], "text": "", "value": row["value"]}
            yield Draft(Kind.ANSWERED, said)


_STATES = {
    "OPEN": Kind.FINDING_OPENED,
    "EXPLAINED": Kind.FINDING_EXPLAINED,
    "CLOSED": Kind.FINDING_CLOSED,
    "REOPENED": Kind.FINDING_REOPENED,
    "WAIVED": Kind.FINDING_OPENED,
}
