"""What one return comes to: all that a district needs of it once its rows are let go."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from pipeline.entries import Entries, alike
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
    it says enough to be compared. name: of the sender's sheet. sums: of each column of numbers, by field. tallies: of its
    columns, and a short hash of each record's numbers, as `tallied` says."""

    words: bytes
    is_enough: bytes
    name: str = ""
    sums: Mapping[str, Number] = field(default_factory=dict)
    tallies: bytes = b""

    def __post_init__(self) -> None:
        _hold(self, name=sys.intern(self.name), sums=Entries(self.sums))

    def __reduce__(self) -> tuple[Any, ...]:
        return Lines, (self.words, self.is_enough, self.name, self.sums, self.tallies)

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self.is_enough)


@dataclass(frozen=True, slots=True)
class Declared:
    """The declared figures that are totalled, as the sender has them. sheet: its name in the file. positions: row and column,
    from 0, by field. typed: the value of each cell by field, null if it is blank or unreadable."""

    sheet: str
    positions: Mapping[str, tuple[int, int]]
    typed: Mapping[str, Any]

    def __post_init__(self) -> None:
        _hold(self, sheet=sys.intern(self.sheet), positions=alike(self.positions), typed=Entries(self.typed))

    def __reduce__(self) -> tuple[Any, ...]:
        return Declared, (self.sheet, dict(self.positions), self.typed)

    @classmethod
    def of(cls, table: Table, record: str) -> Self | None:
        """Give what a record of a card says; None if the sender's has none of that name."""
        if record not in table.records:
            return None
        line = list(table.records).index(record)
        positions = {name: table.position(line, name) for name in table.slots}
        return cls(table.name, positions, {name: values[line] for name, values in table.typed.items()})


@dataclass(frozen=True, slots=True)
class CheckedReturn:
    """One return, checked by itself. Plain values, so that it can be made elsewhere, sent and kept; tens of thousands are in
    memory together, so that they share what they have in common.

    findings: of its own. figures: as declared. sums: indicator -> what its ledger adds up to; absent if the return has no such
    sheet. answers: what it says of queries; one that explains nothing has no key. cover: what stands on the cover, by field.
    amounts: (sheet key, field) -> amounts that must be of a believable size: doubles, nan where there is none. lines: sheet
    key -> what its records say. noes: (sheet key, field) -> how many records of a ledger say no there, where any does. whole:
    sheets that a rule across teams reads. unevaluated: code -> why, of the campaign's rules that failed by themselves. asked:
    what rules asked the register about the team: by column, null if it has none of that title.
    """

    findings: Sequence[Finding]
    figures: Figures = field(default_factory=dict)
    sums: Mapping[str, Number] = field(default_factory=dict)
    is_nil: bool = False
    answers: Sequence[Answer] = ()
    cover: Mapping[str, Any] = field(default_factory=dict)
    amounts: Mapping[tuple[str, str], bytes] = field(default_factory=dict)
    lines: Mapping[str, Lines] = field(default_factory=dict)
    noes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    whole: Mapping[str, Table] = field(default_factory=dict)
    declared: Declared | None = None
    unevaluated: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        figures = Entries({record: Entries(said) for record, said in self.figures.items()})
        unevaluated, asked, noes = alike(self.unevaluated), alike(self.asked), alike(self.noes)
        named = {name: Entries(getattr(self, name)) for name in ("sums", "cover", "amounts", "lines", "whole")}
        _hold(
            self,
            findings=tuple(self.findings),
            answers=tuple(self.answers),
            figures=figures,
            unevaluated=unevaluated,
            asked=asked,
            noes=noes,
            **named,
        )


def _hold(each: object, **values: object) -> None:
    """Let a frozen value hold these, which are the same as it was given, held in less space."""
    for name, value in values.items():
        object.__setattr__(each, name, value)
