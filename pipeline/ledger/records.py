"""Findings and figures as they are written into events, and read again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from operator import attrgetter
from typing import Any

from pipeline.declare import Severity
from pipeline.entries import Entries
from pipeline.memory import Figures
from pipeline.model import Finding, FindingState, Number

_PLAIN = tuple(f.name for f in fields(Finding) if f.name not in ("severity", "state", "first_seen"))
_plain = attrgetter(*_PLAIN)


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


def number_of(text: str) -> Number:
    """Read an exact number."""
    return int(text) if text.lstrip("-").isdecimal() else Decimal(text)
