"""The events of a campaign told as its history: what was received, accepted, counted and published, night by night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.issued import Issue
from pipeline.ledger import Event, Kind
from pipeline.ledger.issues import issue_of
from pipeline.ledger.revoked import as_it_stands, is_revoked


@dataclass(frozen=True, slots=True)
class Counted:
    """A return as it was accepted the last time. figures: as records write them."""

    team: str
    period: str
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """What a night, by its number, gave out for a period. files: hashes by name. counted: hashes of the returns whose figures
    it added up. totals: (value, teams) by indicator.
    """

    number: int
    period: str
    folder: str
    files: Mapping[str, str]
    counted: Sequence[str]
    totals: Mapping[str, Any]


Counting = dict[str, dict[str, str]]
"""What counts: period -> team -> hash."""


class History:
    """What events say, annulled nights aside.

    files: where each was put, by hash. accepted: by hash. folders: what lies in the outbox, by folder: file -> hash. written:
    all folders that nights ever wrote. nights: those whose returns are known. issues: what was issued, in order. faults: what
    cannot have happened.
    """

    def __init__(self, events: Sequence[Event]) -> None:
        self.files: dict[str, str] = {}
        self.accepted: dict[str, Counted] = {}
        self.folders: dict[str, Mapping[str, str]] = {}
        self.written: set[str] = set()
        self.nights: list[Given] = []
        self.issues: list[Issue] = []
        self.faults: list[str] = []
        self._counting: Counting = {}
        self._told: list[Event] = []  # what bears on what counts
        self._period_of: dict[int | None, str] = {}
        annulled = {event.payload["number"] for event in events if event.kind is Kind.NIGHT_ANNULLED}
        for event in events:
            said = event.payload
            if event.kind is Kind.RECEIVED:
                self.files[said["sha256"]] = said["path"]
            elif event.kind is Kind.PUBLISHED:
                self.written.add(said["folder"])
            elif event.kind is Kind.ISSUED:
                self.issues.append(issue_of(event))
            if event.night not in annulled or event.kind is Kind.DECIDED:
                self._happened(event, said)

    def _happened(self, event: Event, said: Mapping[str, Any]) -> None:
        if event.kind is Kind.NIGHT_BEGUN:
            self._period_of[event.night] = said["period"]
        elif event.kind is Kind.ACCEPTED:
            if said["sha256"] not in self.files:
                self.faults.append(f"第 {event.seq} 条事项说某份报表审核通过，却没有收到过这份报表的登记。")
            self.accepted[said["sha256"]] = Counted(said["team"], said["period"], said["figures"])
            self._count(event)
        elif event.kind is Kind.DECIDED:
            self._count(event)
        elif event.kind is Kind.PUBLISHED:
            self.folders[said["folder"]] = said["files"]
            if "left_out" in said:  # a ledger that kept states only does not say what counted on its nights
                period = self._period_of[event.night]
                counting = self._counting.get(period, {})
                counted = [sha256 for team, sha256 in counting.items() if team not in said["left_out"]]
                number = event.night or 0
                self.nights.append(Given(number, period, said["folder"], said["files"], counted, said["totals"]))

    def _count(self, event: Event) -> None:
        """Let what counts follow from one more event; from all anew where a decision was taken back."""
        self._told.append(event)
        if event.payload.get("decision") == "revoke":
            self._counting = {}
            for each in as_it_stands(self._told):
                _follow(each, self._counting)
        else:
            _follow(event, self._counting)


def _follow(event: Event, counting: Counting) -> None:
    said = event.payload
    mine = counting.setdefault(said["period"], {})
    if event.kind is Kind.ACCEPTED:
        mine[said["team"]] = said["sha256"]
    elif said["decision"] == "withdraw" and not is_revoked(event) and mine.get(said["team"]) == said["sha256"]:
        del mine[said["team"]]
