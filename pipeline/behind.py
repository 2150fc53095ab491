"""What stands behind the totals that a night gave out: the returns that counted then, read again from the archive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Self

from pipeline.cache import Cache
from pipeline.campaign import Campaign, load, reading_print
from pipeline.declare import Column, Form
from pipeline.errand import parsing
from pipeline.errors import HuizongError
from pipeline.figures import kind_of
from pipeline.frames import Records, records_of
from pipeline.history import Given, History
from pipeline.intake import Returns
from pipeline.issued import Issue, title_of
from pipeline.ledger import NAME, reading
from pipeline.ledger.records import number_of
from pipeline.model import Number, Period, Submission
from pipeline.own_form import OwnForms

AT_ONCE = 200  # returns that are in memory at a time


class BehindError(HuizongError):
    """There are no such totals, or the archive does not bear them out."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Source:
    """One return that counted. path: in the campaign folder. records: of each sheet that it has, by sheet key."""

    team: str
    sha256: str
    path: str
    records: Mapping[str, Records]

    def figure(self, name: str, col: Column, form: Form) -> tuple[Number | None, str, str]:
        """Give what it declares of an indicator: the exact number, None if nothing; the sheet and the cell where that stands,
        "" where nobody declares it, as it is made of the ledgers.
        """
        card = self.records.get(form.declared.key())
        for line, record in enumerate(card.table.records) if card else ():
            if card and record == form.total_record and name in card.table.typed:
                value = card.table.typed[name][line]
                cell = card.table.cell(line, name)
                return (None if value is None else kind_of(col).value(value)), (card.table.name if cell else ""), cell
        return None, "", ""


@dataclass(frozen=True, slots=True)
class Numbered:
    """An issue of the bulletin, by its number. revision: 0 for the issue itself. period: key, if it is said."""

    number: int
    revision: int = 0
    period: str | None = None

    def among(self, issues: Sequence[Issue]) -> Issue:
        """Find it; of those of several years, the last. Raises BehindError if there is none."""
        wanted = (self.number, self.revision)
        found = [each for each in issues if (each.number, each.revision) == wanted]
        found = [each for each in found if self.period in (None, each.period)]
        if not found:
            known = "、".join(dict.fromkeys(each.title for each in issues)) or "无"
            raise BehindError(f"没有印发过{title_of(*wanted)}。已印发的有：{known}。")
        return found[-1]


@dataclass(frozen=True)
class GivenTotals:
    """The totals of one night, and how to come by what they add up. form: that of the period."""

    campaign: Campaign
    period: Period
    given: Given
    files: Mapping[str, str]  # by hash
    teams: Mapping[str, str]  # who sent what counted, by hash
    returns: Returns
    issue: Issue | None = None  # that published them, where they were asked for so

    @property
    def form(self) -> Form:
        """The form of the period."""
        return self.campaign.form_for(self.period.key)

    def total(self, name: str) -> tuple[Number, int]:
        """Give an indicator's total as it was given out, and how many returns it adds up."""
        if self.issue:
            return self.issue.values[name]
        value, reported = self.given.totals[name]
        return number_of(value), reported

    @property
    def where(self) -> str:
        """Where they were given out: the issue, or the folder of the outbox."""
        return f"published/{self.issue.folder}" if self.issue else f"outbox/{self.given.folder}"

    def sources(self) -> Iterator[Source]:
        """Give the returns that counted, by the codes of their teams. Raises BehindError if the archive has not all of them."""
        wanted = iter(sorted((self.teams[sha256], sha256) for sha256 in self.given.counted))
        while some := list(islice(wanted, AT_ONCE)):
            asked = [self._submission(team, sha256) for team, sha256 in some]
            if len(here := self.returns.whole(asked)) < len(asked):
                lost = next(each for each in asked if each not in here)
                raise BehindError(
                    f"归档文件 {lost.path} 不在了、与收到时不同，或这次没有读出来。请先运行 huizong verify 核对。"
                )
            for each in here:
                yield Source(each.team, each.sha256, each.path, records_of(self.returns[each.sha256], self.form))
            self.returns.forget()

    def _submission(self, team: str, sha256: str) -> Submission:
        return Submission(sha256, "", self.files[sha256], team, self.period.key, self.period.due, "")

    def bear_out(self, name: str, title: str, value: Number, reported: int) -> None:
        """Raise BehindError if what was read again does not come to the total that was given out."""
        then = self.total(name)
        if then != (value, reported):
            raise BehindError(
                f"“{title}”公布的是 {then[0]}（计入 {then[1]}），归档中现在读出的是 {value}（计入 {reported}）。"
                "请先运行 huizong verify 核对。"
            )

    @classmethod
    def of(cls, campaign: Campaign, period: Period, which: str | Numbered | None, returns: Returns) -> Self:
        """Find a night's totals: those in a folder of the outbox, or of an issue, else the last of the period.

        Raises BehindError.
        """
        path = campaign.root / "archive" / NAME
        if not path.exists():
            raise BehindError("还没有运行过 huizong nightly，没有可以追溯的合计。")
        with reading(path) as ledger:
            history = History(list(ledger.events()))
        issue = which.among(history.issues) if isinstance(which, Numbered) else None
        given = _given(history, issue, which if isinstance(which, str) else None, period)
        period = campaign.period(given.period, period.ends)
        teams = {sha256: history.accepted[sha256].team for sha256 in given.counted}
        return cls(campaign, period, given, history.files, teams, returns, issue)


def _given(history: History, issue: Issue | None, folder: str | None, period: Period) -> Given:
    nights = history.nights
    if issue:
        mine = [each for each in nights if each.number == issue.night]
    else:
        mine = [each for each in nights if (each.folder == folder if folder else each.period == period.key)]
    if not mine:
        known = "、".join(dict.fromkeys(each.folder for each in nights)) or "无"
        which = f"outbox 中的“{folder}”" if folder else period.title
        raise BehindError(f"没有{which}的合计。可以追溯的有：{known}。")
    return mine[-1]


@contextmanager
def opened(
    root: Path, as_of: dt.date, period: str | None = None, which: str | Numbered | None = None
) -> Iterator[GivenTotals]:
    """Open the totals of a night: of a folder of the outbox, or of an issue, else the last of a period, else of the one
    collected then.

    Nothing is changed but the cache. Raises BehindError.
    """
    campaign = load(root)
    with parsing(root, passwords=campaign.settings.passwords, is_cached=True) as reader:
        cache = Cache(root, reading_print(root), OwnForms(campaign).renewed)
        yield GivenTotals.of(campaign, campaign.period(period, as_of), which, Returns(campaign, reader, cache=cache))
