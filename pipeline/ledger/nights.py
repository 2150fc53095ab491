"""Nights as the ledger knows them: the one that goes on, and those recorded."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipeline.ledger.events import Draft, Kind


@dataclass
class Night:
    """The night that events belong to. is_begun: whether its beginning is recorded."""

    number: int
    period: str
    as_of: dt.date
    form: str
    is_begun: bool

    def begun(self) -> Draft:
        """Give the event of its beginning."""
        said = {"period": self.period, "as_of": self.as_of.isoformat(), "form": self.form}
        return Draft(Kind.NIGHT_BEGUN, said)


@dataclass(frozen=True, slots=True)
class NightEntry:
    """A night as recorded. is_ended: whether its outputs are complete."""

    number: int
    period: str
    as_of: dt.date
    is_ended: bool
