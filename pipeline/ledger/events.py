"""Events: what happened, in the order in which it did, each holding the hash of the one before. None is ever changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

ORIGIN = "0" * 64  # what stands as the hash before the first event


class Kind(StrEnum):
    """What can happen. Names are permanent: they stand in every ledger ever written."""

    OPENED = "ledger_opened"  # the first event of every ledger
    MIGRATED = "migrated"  # what follows was made out of a ledger that kept states only
    NIGHT_BEGUN = "night_begun"  # period, as_of, form
    RECEIVED = "received"  # a file: sha256, file, path, arrived, saved_at
    DATED = "dated"  # on which day a file of an annulled night counts as arrived: sha256, arrived
    REPEATED = "repeated"  # bytes known already came again and say nothing new: sha256, file, before (its name then)
    LEFT_BEHIND = "left_behind"  # a received file could not be taken out of the inbox: sha256, file
    PLACED = "placed"  # whose it is: sha256, team, period, content
    ASSESSED = "assessed"  # where a team's latest return stands: team, period, sha256, status, errors, queries
    ACCEPTED = "accepted"  # what counts from now on: team, period, sha256, figures, waived (key: value)
    ANSWERED = "answered"  # words that a team gave for a query: team, period, key, value they are about, text
    FINDING_OPENED = "finding_opened"
    FINDING_RESTATED = "finding_restated"  # still open, about another value or in other words
    FINDING_EXPLAINED = "finding_explained"
    FINDING_CLOSED = "finding_closed"
    FINDING_REOPENED = "finding_reopened"
    FINDING_WAIVED = "finding_waived"  # a person lets it pass
    DECIDED = "decided"  # by a person: decision, and what it is about
    DECLINED = "declined"  # what a workbook of decisions asks and cannot be decided: sha256, file, row, says, on
    VERIFIED = "verified"  # by a person, on the spot: a row of a return, and whether it is as reported
    PUBLISHED = "published"  # folder, files with hashes, totals
    NIGHT_ENDED = "night_ended"
    NIGHT_ANNULLED = "night_annulled"  # by a person: number
    ISSUED = "issued"  # by a person: a bulletin, or a revision of one: number, files, totals, figures, whom it named for what


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that has not been recorded yet. by, reason: of a person's decision, else empty."""

    kind: Kind
    payload: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One event as recorded. seq: 1, 2, 3 …. at: our clock, UTC. night: its number from 1, None outside of nights. said: the
    payload as `canonical` writes it, which is done once: so it is hashed, and so it stands in the ledger and in the record."""

    seq: int
    at: str
    night: int | None
    kind: Kind
    by: str
    reason: str
    payload: Mapping[str, Any]
    said: str
    previous: str
    hash: str

    def line(self) -> str:
        """Write the event as one line of JSON, the same for the same event."""
        stored = (self.seq, self.at, self.night, self.kind, self.by, self.reason, self.said, self.previous, self.hash)
        return line_of(*stored)


def line_of(
    seq: int, at: str, night: int | None, kind: str, by: str, reason: str, said: str, previous: str, now: str
) -> str:
    """Write the line of an event out of what is stored of it: its fields but `said`, in the order of names."""
    before = plain({"at": at, "by": by, "hash": now, "kind": kind, "night": night})
    after = plain({"previous": previous, "reason": reason, "seq": seq})
    return f'{before[:-1]},"payload":{said},{after[1:]}'


class BrokenChainError(ValueError):
    """An event is missing, was changed, or stands where it does not belong; the text says which, in Chinese."""


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_QUICK = msgspec.json.Encoder(order="sorted")


def canonical(value: Any) -> str:
    """Write a value as JSON in the one way that hashes are made of."""
    return _ENCODER.encode(value)


def plain(value: Any) -> str:
    """Write what has no fractions in it as `canonical` does, but quicker: of a fraction it might write other digits."""
    return _QUICK.encode(value).decode()


def digest(seq: int, at: str, night: int | None, kind: str, by: str, reason: str, said: str, previous: str) -> str:
    """Hash an event, `said` as in `Event`, and the hash of the one before."""
    whole = plain([seq, at, night, kind, by, reason, said, previous])
    return hashlib.sha256(whole.encode()).hexdigest()


def chained(drafts: Iterable[Draft], last: Event | None, at: str, night: int | None) -> Iterator[Event]:
    """Give events for what is to be recorded now, each linked to the one before. last: None for a new ledger."""
    before, previous = (last.seq, last.hash) if last else (0, ORIGIN)
    for seq, draft in enumerate(drafts, before + 1):
        said = canonical(draft.payload)
        now = digest(seq, at, night, draft.kind, draft.by, draft.reason, said, previous)
        yield Event(seq, at, night, draft.kind, draft.by, draft.reason, draft.payload, said, previous, now)
        previous = now


def of_line(line: str) -> Event:
    """Read an event that `line` wrote. Raises ValueError if it is none."""
    try:
        told = json.loads(line)
        return Event(**{**told, "kind": Kind(told["kind"]), "said": canonical(told["payload"])})
    except (TypeError, KeyError) as mistake:
        raise ValueError(f"not an event: {mistake}") from mistake


def check_chain(events: Iterable[Event]) -> None:
    """Raise BrokenChainError at the first event that does not follow from the one before, or is not what it was."""
    seq, previous = 0, ORIGIN
    for event in events:
        if event.seq != seq + 1:
            raise BrokenChainError(f"第 {seq + 1} 条事项缺失")
        now = digest(event.seq, event.at, event.night, event.kind, event.by, event.reason, event.said, event.previous)
        if event.previous != previous or now != event.hash:
            raise BrokenChainError(f"第 {event.seq} 条事项与记录时不同")
        seq, previous = event.seq, event.hash
