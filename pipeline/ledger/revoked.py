"""Decisions that people took back: what followed from them is left out of the events, as if they had never been."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pipeline.ledger.events import Event, Kind

REVOKED = "is_revoked"


def takes_back(event: Event) -> bool:
    """Whether an event changes what follows from those before it."""
    is_revocation = event.kind is Kind.DECIDED and event.payload.get("decision") == "revoke"
    return is_revocation or event.kind is Kind.NIGHT_ANNULLED


def is_revoked(event: Event) -> bool:
    """Whether a decision, as `as_it_stands` gives it, was taken back."""
    return bool(event.payload.get(REVOKED))


def as_it_stands(events: Iterable[Event]) -> Iterator[Event]:
    """Give events as they stand: what was taken back is marked, and what followed from it is left out."""
    known = list(events)
    decided = {event.seq: event for event in known if event.kind is Kind.DECIDED}
    revocations = [event for event in decided.values() if event.payload.get("decision") == "revoke"]
    taken_back = {each.payload["number"]: each.seq for each in revocations}
    pairs = [(decided[number], until) for number, until in taken_back.items()]
    for event in known:
        if event.kind is Kind.DECIDED and event.seq in taken_back:
            yield replace(event, payload={**event.payload, REVOKED: True})
        elif not any(decision.seq < event.seq < until and _followed(event, decision) for decision, until in pairs):
            yield event


def _followed(event: Event, decision: Event) -> bool:
    """Whether an event came of a decision: a return was accepted because an error of it was let pass, a file was a team's."""
    said, about = decision.payload, event.payload
    if said["decision"] == "waive" and event.kind is Kind.ACCEPTED:
        waived = about.get("waived", {})
        return any(waived.get(each["key"]) == each["value"] for each in said["findings"])
    is_of_file = said["decision"] == "place" and event.kind in (Kind.PLACED, Kind.ACCEPTED)
    return is_of_file and bool(about["sha256"] == said["sha256"])
