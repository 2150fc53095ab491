"""Working days in China: no weekends and public holidays, but the days that are worked in exchange (调休)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Workdays:
    """The official calendar, and what a place adds to it. off, worked: days on which nobody works there, or all do."""

    off: Collection[dt.date] = ()
    worked: Collection[dt.date] = ()

    def is_worked(self, day: dt.date) -> bool:
        """Whether people work on a day; of a year whose holidays are not known, from Monday to Friday."""
        if day in self.off or day in self.worked:
            return day in self.worked
        official = _official(day)
        return day.weekday() < 5 if official is None else official

    def after(self, day: dt.date, count: int) -> dt.date:
        """Give the working day that is so many after a day; that day itself for 0."""
        while count:
            day += ONE_DAY
            count -= self.is_worked(day)
        return day

    @staticmethod
    def knows(day: dt.date) -> bool:
        """Whether the holidays of that year are known: the State Council announces them in the autumn before."""
        return _official(day) is not None


def _official(day: dt.date) -> bool | None:
    holidays, worked, years = _calendar()
    if day.year not in years:
        return None
    return day in worked or (day.weekday() < 5 and day not in holidays)


@cache
def _calendar() -> tuple[Collection[dt.date], Collection[dt.date], range]:
    """Give the holidays, the days worked in exchange, and the years for which they are known.

    The package's own `is_workday` says the same of a day, and looks through all of them each time.
    """
    from chinese_calendar.constants import holidays, workdays  # only where working days are counted

    return holidays, workdays, range(min(holidays).year, max(holidays).year + 1)
