"""The nouns of signs: a clue is a question about one team, with its evidence; a sign is what was looked for, and the clues."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.model import Standing


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was seen. sheet: its name in the sender's file. column: its title, "" if it is about all numbers."""

    standing: Standing
    sheet: str
    column: str


@dataclass(frozen=True, slots=True)
class Digits:
    """Last digits of whole numbers. own: how many end in each; usual: the share of each among the other teams' numbers."""

    place: Place
    digits: Sequence[int]
    own: Sequence[int]
    usual: Sequence[float]
    chance: float


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole that is larger than usual: `found` of `among`, where `usual` is the other teams' share.

    step: of round numbers, what they are multiples of. day: on which the rows are; rows: first and last, as Excel counts.
    """

    place: Place
    found: int
    among: int
    usual: float
    chance: float
    step: int = 0
    day: dt.date | None = None
    rows: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Copied:
    """Rows on end whose numbers stand elsewhere too, though the rows say otherwise.

    rows, there_rows: first and last row, as Excel counts them. titles: of the columns of numbers. values: of each row, in their
    order, as text.
    """

    place: Place
    rows: tuple[int, int]
    there: Place
    there_rows: tuple[int, int]
    titles: Sequence[str]
    values: Sequence[Sequence[str]]
    chance: float

    @property
    def is_own(self) -> bool:
        """Whether both are in one return."""
        return self.place.standing is self.there.standing


Clue = Digits | Part | Copied


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that was looked for. compared: how many comparisons were made. clues: the strongest first. more: not listed."""

    key: str
    compared: int
    clues: Sequence[Clue]
    more: int = 0
