"""Issues of the bulletin as they are written into events, and read again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from pipeline.issued import Issue, Named, Rates
from pipeline.ledger.events import Draft, Event, Kind
from pipeline.ledger.records import figures_of, figures_record, number_of

_PLAIN = ("number", "revision", "document_number", "period", "night", "folder")


def issue_draft(issue: Issue) -> Draft:
    """Write an issue as the event that is to be recorded."""
    said: dict[str, Any] = {
        **{name: getattr(issue, name) for name in _PLAIN},
        "night_as_of": issue.night_as_of.isoformat(),
        "on": issue.on.isoformat(),
        "files": dict(issue.files),
        "totals": {name: [str(value), reported] for name, (value, reported) in issue.values.items()},
        "figures": figures_record(issue.figures),
        "rates": asdict(issue.rates),
        "named": [{**asdict(each), "findings": list(each.findings)} for each in issue.named],
    }
    return Draft(Kind.ISSUED, said, issue.by, issue.reason)


def issue_of(event: Event) -> Issue:
    """Read an issue."""
    return issue_said(event.by, event.reason, event.payload)


def issue_said(by: str, reason: str, said: Mapping[str, Any]) -> Issue:
    """Read an issue out of what its event says."""
    return Issue(
        **{name: said[name] for name in _PLAIN},
        night_as_of=dt.date.fromisoformat(said["night_as_of"]),
        on=dt.date.fromisoformat(said["on"]),
        by=by,
        reason=reason,
        files=said["files"],
        values={name: (number_of(value), reported) for name, (value, reported) in said["totals"].items()},
        figures=figures_of(said["figures"]),
        rates=Rates(**{each.name: said["rates"][each.name] for each in fields(Rates)}),
        named=[Named(each["team"], each["name"], each["what"], tuple(each["findings"])) for each in said["named"]],
    )
