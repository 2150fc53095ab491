"""Findings, figures and decisions as they are written into events, and read again."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any

from pipeline.declare import Severity
from pipeline.entries import Entries
from pipeline.memory import Assessed, Decision, Figures, Receipt, Verdict
from pipeline.model import Finding, FindingState, Number
from pipeline.on_site import Verification

_PLAIN = tuple(f.name for f in fields(Finding) if f.name not in ("severity", "state", "first_seen"))
_plain = attrgetter(*_PLAIN)
once = sys.intern  # hashes and codes stand in many places, and tens of thousands of each are in memory together


def finding_record(finding: Finding) -> dict[str, Any]:
    """Write a finding, without what changes from night to night: its state, and when it was first seen."""
    return {**dict(zip(_PLAIN, _plain(finding), strict=True)), "severity": finding.severity.value}


def finding_of(record: Mapping[str, Any], state: str, first_seen: str) -> Finding:
    """Read a finding. A field that an older program did not know has its default."""
    said = {name: record[name] for name in _PLAIN if name in record}
    severity, day = Severity(record["severity"]), dt.date.fromisoformat(first_seen)
    return Finding(**said, severity=severity, state=FindingState(state), first_seen=day)


def figures_record(figures: Figures) -> dict[str, dict[str, str]]:
    """Write figures as exact text."""
    return {record: {name: str(value) for name, value in said.items()} for record, said in figures.items()}


def figures_of(record: Mapping[str, Mapping[str, str]]) -> Figures:
    """Read figures."""
    return Entries(
        {name: Entries({key: number_of(text) for key, text in said.items()}) for name, said in record.items()}
    )


def decisions_of(rows: Sequence[Mapping[str, Any]]) -> list[Decision]:
    """Read decisions out of rows that have an event's time and payload beside them, and say which were taken back."""
    told = [(row, json.loads(row["payload"])) for row in rows]
    revoked = {said["number"]: row["seq"] for row, said in told if row["decision"] == "revoke"}
    return [_decision(row, said, revoked.get(row["seq"], 0)) for row, said in told]


def _decision(row: Mapping[str, Any], said: Mapping[str, Any], revoked_by: int) -> Decision:
    """Read one. An older program did not say on which day it was taken: our clock did."""
    return Decision(
        number=row["seq"], what=row["decision"], on=dt.date.fromisoformat(said.get("on", row["at"][:10])),
        by=row["by"], reason=row["reason"], period=row["period"], team=row["team"], sha256=row["sha256"],
        file=row["file"] or "", rule=said.get("rule", ""),
        findings=tuple((each["key"], each["value"], each["place"]) for each in said.get("findings", ())),
        until=dt.date.fromisoformat(said["day"]) if "day" in said else None,
        revokes=said.get("number", 0), revoked_by=revoked_by,
    )  # fmt: skip


def number_of(text: str) -> Number:
    """Read an exact number."""
    return int(text) if text.lstrip("-").isdecimal() else Decimal(text)


def verification_of(number: int, by: str, note: str, said: Mapping[str, Any]) -> Verification:
    """Read what was found on the spot."""
    names = ("team", "sheet", "item", "sha256", "place", "says", "result")
    return Verification(number, dt.date.fromisoformat(said["on"]), by, note, **{name: said[name] for name in names})


def assessed_of(day: dt.date, said: Mapping[str, Any]) -> Assessed:
    """Read where a return stood on a night of that day."""
    verdict = Verdict(once(said["sha256"]), once(said["status"]), said["errors"], said["queries"])
    return Assessed(day, once(said["team"]), verdict)


def receipts_of(rows: Iterable[Any]) -> list[Receipt]:
    """Read receipts out of the rows of their table."""
    return [_receipt(dict(row)) for row in rows]


def _receipt(said: dict[str, Any]) -> Receipt:
    days = {name: said[name] for name in ("arrived", "first_arrived", "taken_in") if name in said}
    held = {name: once(said[name]) for name in ("sha256", "team", "period", "content") if said.get(name)}
    return Receipt(**said | held | {name: day_of(day) if day else None for name, day in days.items()})


@cache
def day_of(text: str) -> dt.date:
    """Read a day."""
    return dt.date.fromisoformat(text)
