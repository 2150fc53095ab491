"""The nouns. Frozen values that stages hand to each other; nothing here touches the disk, Excel or Pandera."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import Enum
from operator import attrgetter

from pipeline.declare.rules import Severity
from pipeline.frames import Stack, SumRow, Table
from pipeline.rawbook import a1
from pipeline.words import Words

Number = int | Decimal
CODE = "code"  # the column of the register that names a team

__all__ = [
    "Consolidation", "Finding", "FindingState", "Number", "Period", "Stack", "Standing",
    "Status", "Submission", "SumRow", "Table", "Team", "Total", "Unplaced", "a1", "in_order", "latest_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Team:
    """One unit of the register; the register is the denominator of every coverage."""

    code: str
    name: str
    kind: str = ""
    post: str = ""
    township: str = ""
    leader: str = ""
    phone: str = ""
    aliases: tuple[str, ...] = ()
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    more: tuple[tuple[str, str], ...] = ()  # further columns of the register: title, what stands there

    def whole_name(self, words: Words) -> str:
        """Its name, and its code if that is another word."""
        return self.name if self.code == self.name else words("{name}（{code}）", name=self.name, code=self.code)

    def told(self, column: str) -> str:
        """Give what the register says of the team in a column, "" if nothing."""
        said = dict(self.more).get(column) or (getattr(self, column) if column in self.__slots__ else "")
        return ";".join(said) if isinstance(said, tuple) else str(said or "")

    def reports(self, period: Period) -> bool:
        """Whether it must report for a period."""
        is_founded = self.valid_from is None or self.valid_from <= period.ends
        return is_founded and (self.valid_to is None or self.valid_to >= period.starts)


@dataclass(frozen=True, slots=True)
class Period:
    """One reporting period. `due` is the last day on which a return is in time."""

    key: str
    title: str
    starts: dt.date
    ends: dt.date
    due: dt.date
    aliases: tuple[str, ...] = ()  # what else it is called in returns

    @property
    def only_month(self) -> dt.date | None:
        """Give the first day of the month that all its days are in; None if they are in several."""
        return (
            self.starts.replace(day=1)
            if (self.starts.year, self.starts.month) == (self.ends.year, self.ends.month)
            else None
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Give all that it is called."""
        return self.key, self.title, *self.aliases


@dataclass(frozen=True, slots=True)
class Submission:
    """One file as received, never edited. Identified by the hash of its bytes."""

    sha256: str
    file: str  # the name under which it was dropped, with its folder inside the inbox
    path: str  # where it is kept, relative to the workspace, "/" between parts
    team: str  # code
    period: str
    arrived: dt.date
    saved_at: str  # ISO time, UTC, at which its sender last saved it; "" if unknown or not believable
    content: str = ""  # digest of its figures and ledgers, cover aside; "" if it has none
    number: int = 0  # of its receipt, the last if its bytes came several times; orders versions
    received_at: str = ""  # our own clock then; what was taken in at once has the same
    first_arrived: dt.date | None = None  # None: as `arrived`
    times: int = 1  # how often its bytes came
    taken_in: dt.date | None = (
        None  # as-of day of the night that received it last, `arrived` if that was annulled; None: not known
    )

    @property
    def received_on(self) -> dt.date:
        """The day on which its bytes first came."""
        return self.first_arrived or self.arrived


def in_order(submissions: Iterable[Submission]) -> list[Submission]:
    """Order versions as they were received, the latest last. Those never recorded: by arrival and the sender's clock."""
    return sorted(submissions, key=lambda each: (each.number, each.arrived, each.saved_at, each.sha256))


def latest_of(submissions: Iterable[Submission]) -> dict[str, Submission]:
    """Give each team's latest submission."""
    return {each.team: each for each in in_order(submissions)}


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A file that could not be assigned to a team and a period; listed until somebody decides."""

    file: str
    rule: str
    reason: str
    path: str = ""  # where it is kept; empty: still in the inbox
    sha256: str = ""  # of one that waits for a decision


class FindingState(Enum):
    """What has become of a finding."""

    OPEN = "OPEN"
    EXPLAINED = "EXPLAINED"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"
    WAIVED = "WAIVED"

    @property
    def title(self) -> str:
        """The word people read."""
        return {"OPEN": "未整改", "EXPLAINED": "已说明", "CLOSED": "已销号", "REOPENED": "反弹", "WAIVED": "豁免"}[
            self.value
        ]

    @property
    def is_open(self) -> bool:
        """Whether it still needs somebody to act."""
        return self in (FindingState.OPEN, FindingState.REOPENED)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in one submission, with its address.

    says: what was found and what to do, in the clerk's words. sheet: the sheet's name in the sender's file. cell: A1
    address there, empty for a whole file or sheet. row: Excel row, from 1. column: the column's title; field, sheet_key,
    line: its declared names and the position of the row in the sender's table, from 0. subject: what names the row within
    its return. value: the raw cell as text.
    """

    rule: str
    severity: Severity
    says: str
    team: str
    period: str
    file: str
    submission: str
    sheet: str = ""
    cell: str = ""
    row: int | None = None
    column: str = ""
    sheet_key: str = ""
    field: str = ""
    line: int | None = None
    subject: str = ""
    value: str = ""
    expected: str = ""
    state: FindingState = FindingState.OPEN
    first_seen: dt.date | None = None

    @property
    def message(self) -> str:
        """The whole message: place, what was found and what to do, code and severity."""
        place = f"{self.sheet} {self.cell}：" if self.cell else f"{self.sheet}：" if self.sheet else ""
        return f"{place}{self.says}〔{self.rule} {self.severity.title}〕"

    @property
    def key(self) -> str:
        """Stable name from night to night: the same rule about the same item of the same team and period."""
        parts = (self.period, self.team, self.rule, self.sheet_key, self.subject, self.field)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:10]

    def stated(self, state: FindingState, first_seen: dt.date | None) -> Finding:
        """Give the same finding in a state, first seen on a day: `replace`, at a third of its cost."""
        return Finding(*(*_found(self), state, first_seen))


_found = attrgetter(*(each.name for each in fields(Finding) if each.name not in ("state", "first_seen")))


class Status(Enum):
    """Where a team stands in a period. Late and nil are properties beside it."""

    ACCEPTED = "ACCEPTED"
    HELD = "HELD"
    MISSING = "MISSING"
    EXCUSED = "EXCUSED"

    @property
    def title(self) -> str:
        """The word people read."""
        return {"ACCEPTED": "审核通过", "HELD": "退改", "MISSING": "未报", "EXCUSED": "免报"}[self.value]


@dataclass(frozen=True, slots=True)
class Standing:
    """A team in the period. `counted` is the submission whose figures are in the totals, None: none is."""

    team: Team
    status: Status
    latest: Submission | None = None
    counted: Submission | None = None
    versions: int = 0
    is_nil: bool = False
    days_late: int = 0  # of the first return received; of a missing one, up to the night's date
    errors: int = 0  # open ones of the latest return
    queries: int = 0
    due: dt.date | None = None  # the day by which it must report, if that is not the period's

    @property
    def is_late(self) -> bool:
        """Whether it was received, but after the deadline."""
        return self.latest is not None and self.days_late > 0

    @property
    def is_queried(self) -> bool:
        """Accepted, with a question still open."""
        return self.status is Status.ACCEPTED and self.queries > 0

    @property
    def counts_earlier(self) -> bool:
        """Whether an earlier, accepted return still counts while the latest is held."""
        return self.counted is not None and self.counted != self.latest


@dataclass(frozen=True, slots=True)
class Total:
    """One indicator over the district: the sum over the counted returns, beside its coverage."""

    key: str
    title: str
    unit: str
    value: Number
    reported: int
    expected: int
    announced: Number | None = None  # the control total that was announced, if one was

    @property
    def is_beyond(self) -> bool:
        """Whether it is more than was announced: something may be counted twice, or in the wrong unit."""
        return self.announced is not None and self.value > self.announced


@dataclass(frozen=True)
class Consolidation:
    """Totals of the counted returns, reconciled.

    by_team: team code -> indicator -> value as declared, of counted returns only. as_read: the same for the latest return
    of every team, whatever its state; a value that could not be read is absent. by_dimension: dimension's title -> group
    -> indicator -> value; each dimension's groups add up to the totals. ledger: indicator -> team -> sum of ledger rows.
    """

    totals: Mapping[str, Total]
    by_team: Mapping[str, Mapping[str, Number]]
    as_read: Mapping[str, Mapping[str, Number]]
    by_dimension: Mapping[str, Mapping[str, Mapping[str, Number]]]
    ledger: Mapping[str, Mapping[str, Number]]
