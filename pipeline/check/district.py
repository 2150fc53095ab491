"""All returns of a period side by side: what was kept of each, and the records of one when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.campaign import Campaign
from pipeline.checked import CheckedReturn
from pipeline.frames import Records
from pipeline.model import Period, Submission
from pipeline.wording import Place


@dataclass(frozen=True)
class District:
    """The returns of a period. latest: numpy array of bool, whether a submission is its team's latest.

    opened: gives the records of a return by sheet key; it may have to be fetched, so that few should be asked for.
    """

    campaign: Campaign
    period: Period
    submissions: Sequence[Submission]
    checked: Sequence[CheckedReturn]
    latest: Any
    opened: Callable[[Submission], Mapping[str, Records]]

    def records(self, number: int, key: str) -> Records:
        """Give the records of one sheet of a return, by its position among the submissions."""
        return self.opened(self.submissions[number])[key]

    def at(self, number: int, key: str, line: int, field: str) -> tuple[Submission, Place]:
        """Give a submission, and the place of one of its cells."""
        records = self.records(number, key)
        return self.submissions[number], Place(records.sheet, records.table, line, field, records.subject(line))
