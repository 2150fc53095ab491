"""What makes a draft an issued bulletin: its number, its day, and for a revision what it revises and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipeline.issued import Issue, title_of


@dataclass(frozen=True, slots=True)
class Stamp:
    """Set on a bulletin when it is issued. revision: 0 for the issue itself. revises: what is revised, as issued last."""

    number: int
    on: dt.date
    revision: int = 0
    revises: Issue | None = None
    reason: str = ""

    @property
    def title(self) -> str:
        """What the issue is called."""
        return title_of(self.number, self.revision)
