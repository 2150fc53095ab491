"""What one return comes to: all that a district needs of it once its rows are let go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.frames import Table
from pipeline.memory import Figures
from pipeline.model import Finding, Number


@dataclass(frozen=True, slots=True)
class Answer:
    """What a return says about the query of that key, and where: what a finding may say of its cell."""

    key: str
    text: str
    about: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lines:
    """What a ledger comes to. To be held against other teams': a hash of eight bytes for each record, and a byte that is 1 if
    it says enough to be compared. name: of the sender's sheet. sums: of each column of numbers, by field."""

    words: bytes
    is_enough: bytes
    name: str = ""
    sums: Mapping[str, Number] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self.is_enough)


@dataclass(frozen=True, slots=True)
class CheckedReturn:
    """One return, checked by itself. Plain values, so that it can be made elsewhere, sent and kept.

    findings: of its own. figures: as declared. sums: indicator -> what its ledger adds up to; absent if the return has no such
    sheet. answers: what it says of queries; one that explains nothing has no key. cover: what stands on the cover, by field.
    amounts: (sheet key, field) -> amounts that must be of a believable size: doubles, nan where there is none. lines: sheet
    key -> what its records say. whole: sheets that a rule across teams reads. declared: the declared figures' own table, typed,
    without raw cells.
    """

    findings: Sequence[Finding]
    figures: Figures = field(default_factory=dict)
    sums: Mapping[str, Number] = field(default_factory=dict)
    is_nil: bool = False
    answers: Sequence[Answer] = ()
    cover: Mapping[str, Any] = field(default_factory=dict)
    amounts: Mapping[tuple[str, str], bytes] = field(default_factory=dict)
    lines: Mapping[str, Lines] = field(default_factory=dict)
    whole: Mapping[str, Table] = field(default_factory=dict)
    declared: Table | None = None
