"""Column: one column of a sheet as it is declared, and what follows from that."""

from __future__ import annotations

import datetime as dt
import inspect
import re
from collections.abc import Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

from pipeline.declare.kinds import Count, Kind, Number, Percent, Serial, YearMonth, YesNo, folded
from pipeline.declare.lists import Listed
from pipeline.declare.measures import ColumnRef, Measure
from pipeline.words import Words

if TYPE_CHECKING:
    from pipeline.declare.sheet import Sheet

Within = Literal[
    "campaign",  # from the campaign's first day to the last of the period that the return is for
    "period",  # from the first day of that period to its last
]
Role = Literal[
    "form",  # the form's number (表号), by which a return on another form is known
    "team",  # the code of who reports, or the name; what the register does not have leaves the file waiting
    "team_name",  # the name of who reports; one that the register has must agree with all else that the file says
    "period",  # the reporting period, by its title, its key or an alias
    "nil",  # 是 where there is nothing to report (零报告): figures are then 0, and ledgers blank but for what lasts
    "explains",  # on the sheet of explanations: which query an answer is to; the office fills it in
    "explanation",  # on that sheet: the team's answer
]
YES_OR_NO = ("是", "否")
RECEIVED = "received"  # le of a day: the day on which its return was received
ANY_LENGTH = 32_767  # characters, Excel's limit
IN_BRACKETS = re.compile(r"[(（\[【]([^()（）\[\]【】]*)[)）\]】]")
YES_NO = {"有": "是", "√": "是", "✓": "是", "y": "是", "yes": "是", "true": "是", "1": "是"} | {
    "无": "否", "没有": "否", "×": "否", "x": "否", "n": "否", "no": "否", "false": "否", "0": "否"
}  # fmt: skip


def _run_on(texts: Sequence[str]) -> str:
    """Write titles one behind the other; between Latin words is a space."""
    return re.sub("(?<=[A-Za-z0-9])\0(?=[A-Za-z0-9])", " ", "\0".join(texts)).replace("\0", "")


def _said_by(heading: str) -> str:
    """Give what a heading says: （4—6月） is all in brackets, 资金（万元） is not."""
    whole = IN_BRACKETS.fullmatch(heading)
    return whole[1] if whole else heading


class MisdeclaredError(ValueError):
    """Something is said in a way that cannot be meant; the text is what to write instead."""


class Column:
    """One column as declared; see `column_words` for what each word means. Bound to its sheet, field and kind by `Sheet`."""

    sheet: type[Sheet]
    field: str
    kind: type[Kind]
    year: int | None = None  # the campaign's one year, for days typed without a year; None: more than one year
    listed: Listed | None = None  # the list that `in_list` names, once the campaign has read it
    is_added: bool = False  # whether a figure of the campaign is made of it
    day_order: str = ""  # of days as 4/3/2024: "dmy", "mdy"; "": they cannot be told

    def __init__(self, title: str, **said: Any) -> None:
        for word in ("under", "over", "aliases", "choices", "blanks", "examples"):
            if isinstance(said[word], str):
                raise MisdeclaredError(f"{word} 应写成 [{said[word]!r}]，用方括号括起来")
        if not isinstance(said["was"], Mapping):
            raise MisdeclaredError(f'was 应写成 {{"报告期": {said["was"]!r}}}，写明旧标题用到哪一期')
        self.lowest = title  # the title that stands lowest
        self.stand_under(said["under"])
        self.over: tuple[str, ...] = tuple(said["over"])
        if again := [text for text in self.over if self.over.count(text) > 1]:
            raise MisdeclaredError(f"over 的“{again[0]}”写了两次")
        self.said_as = ""  # the field as it is declared, of a column that is one of several made of a declaration
        self.unit: str = said["unit"]
        self.aliases: tuple[str, ...] = tuple(said["aliases"])
        self.is_computed: bool = said["computed"]
        self._required: bool = said["required"]
        self.is_required: bool = False if said["computed"] is True else said["required"]
        self.ge, self.le, self.places = said["ge"], said["le"], cast(int, said["places"])
        self.gt, self.lt = said["gt"], said["lt"]
        self.choices: tuple[str, ...] = tuple(said["choices"])
        self.synonyms: dict[str, str] = dict(said["synonyms"])
        self.blanks: tuple[str, ...] = tuple(said["blanks"])
        self.pattern: str = said["pattern"]
        self.pattern_says: str = said["pattern_says"]
        self.max_words: int | None = said["max_words"]
        self.max_length: int = (
            said["max_length"] if said["max_length"] is not None else ANY_LENGTH if self.max_words else 200
        )
        self.is_unique: bool = said["unique"]
        self.is_total: bool = said["total"]
        self.within: Within | None = said["within"]
        self.in_list: str = said["in_list"]
        self.in_column: ColumnRef | None = said["in_column"]
        self.equals: Measure | None = said["equals"]
        self.role: Role | None = said["role"]
        self.fill_down: bool = said["fill_down"]
        self.width: float = said["width"]
        self.note: str = said["note"]
        self.examples: tuple[Any, ...] = tuple(said["examples"])
        self.since, self.until, self.was = said["since"], said["until"], dict(said["was"])

    def entitled(self, title: str) -> Column:
        """Give the same column under another title."""
        other = copy(self)
        other.lowest = title
        other.stand_under(self.under)
        return other

    def stand_under(self, texts: Sequence[str]) -> None:
        """Learn what stands over the lowest title, from the top; the title is all of that."""
        self.under = tuple(texts)
        self.title = titled(self.under, self.lowest) if self.under else self.lowest

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        raise TypeError("a column is no key: say which of its facts matter, beginning with its sheet and field")

    def __get__(self, instance: object, owner: type[Sheet]) -> ColumnRef:
        return ColumnRef(owner, self.field)

    def bind(self, sheet: type[Sheet], name: str, kind: Any) -> None:
        """Learn the sheet, the field and the kind, which may turn out to be none."""
        self.sheet, self.field, self.kind = sheet, name, Kind  # what is no kind is told when declarations are proofread
        if not (inspect.isclass(kind) and issubclass(kind, Kind)):
            return
        self.kind = kind
        if issubclass(kind, Serial):
            self.is_required = False  # a row may be added without counting it
        if issubclass(kind, YesNo) and not self.choices:
            self.choices, self.synonyms = YES_OR_NO, YES_NO | self.synonyms

    def add_up(self) -> None:
        """Learn that it is added up: then a computed one must be there where a record is, lest a sum lack it in silence."""
        self.is_added, self.is_required = True, self._required

    def is_blank(self, cell: object) -> bool:
        """Tell whether a cell says nothing: nothing stands there, or what stands there before anyone has filled it in."""
        return (
            cell is None or cell == "" or (isinstance(cell, str) and bool(self.blanks) and folded(cell) in self._blanks)
        )

    @cached_property
    def _blanks(self) -> frozenset[str]:
        return frozenset(map(folded, self.blanks))

    def choice_named(self, text: str) -> str | None:
        """Find the declared choice that a text means once width, case, spaces and declared synonyms are folded."""
        return self._choices.get(folded(text))

    @cached_property
    def _choices(self) -> dict[str, str]:
        named = {choice: choice for choice in self.choices} | self.printed | self.synonyms
        return {folded(name): choice for name, choice in named.items()}

    def choose_from(self, listed: Listed) -> None:
        """Take the choices from a list of the campaign."""
        self.listed, self.choices = listed, listed.values

    @cached_property
    def printed(self) -> dict[str, str]:
        """What the form calls each choice -> the choice as it is stored, which is another word for 是 and 否 alone."""
        call = self.words if issubclass(self.kind, YesNo) and self.choices == YES_OR_NO else str
        return {call(choice): choice for choice in self.choices}

    def shown(self, value: Any) -> Any:
        """Give what the form calls a stored value: the value itself, but for a choice that is called otherwise."""
        return self._called.get(value, value)

    @cached_property
    def _called(self) -> dict[Any, str]:
        return {choice: name for name, choice in self.printed.items()}

    @property
    def words(self) -> Words:
        """The words in which the column is spoken of to senders."""
        return self.sheet.wording()

    @property
    def heading(self) -> str:
        """The title as printed: with its unit, if it has one."""
        return self._measured(str(self.title))

    @cached_property
    def expected(self) -> str:
        """What belongs into a cell, in plain words. Kept: every finding quotes it."""
        return self.kind.expectation(self)

    @property
    def lowest_heading(self) -> str:
        """What of that stands lowest in a header of several rows."""
        return self._measured(str(self.lowest))

    def _measured(self, title: str) -> str:
        return self.words("{title}（{unit}）", title=title, unit=self.unit) if self.unit else title

    @property
    def example(self) -> str:
        """A right value, as people would type it."""
        if self.examples:
            return str(self.examples[0])
        if self.choices:
            return next(iter(self.printed))
        if issubclass(self.kind, Percent):
            return "12.5%"
        if not issubclass(self.kind, Number):
            return f"{self.year or 2011}-03-15"
        low, high = self.least, self.most
        return str(min(max(30, 0 if low is None else low), 30 if high is None else high))

    @property
    def least(self) -> Any:
        """The least number that it may hold, None if any; what must be greater than 0 is at least its last decimal."""
        return self.ge if self.gt is None else round(self.gt + self._step, 6)

    @property
    def most(self) -> Any:
        """The greatest number that it may hold, None if any."""
        return self.le if self.lt is None else round(self.lt - self._step, 6)

    @property
    def _step(self) -> float:
        """What two numbers of the column differ by at least."""
        places = 0 if issubclass(self.kind, Count) else self.places if issubclass(self.kind, Number) else 6
        return 10.0**-places if places else 1

    def span(self, campaign: tuple[dt.date, dt.date], period: tuple[dt.date, dt.date]) -> tuple[dt.date, dt.date]:
        """First and last day that this column may hold. Returns are cumulative: the campaign's days end with the period.

        A day with no bound of its own must still be believable: within five years of the campaign. A month is kept as its
        first day: it may be the one in which the bound lies.
        """
        first, last = self._span(campaign, period)
        return (first.replace(day=1) if issubclass(self.kind, YearMonth) else first), last

    def _span(self, campaign: tuple[dt.date, dt.date], period: tuple[dt.date, dt.date]) -> tuple[dt.date, dt.date]:
        if self.within == "period":
            return period
        if self.within == "campaign":
            return campaign[0], period[1]
        first, last = (
            campaign[0].replace(month=1, day=1, year=campaign[0].year - 5),
            campaign[1].replace(month=12, day=31),
        )
        return (
            dt.date.fromisoformat(self.ge) if isinstance(self.ge, str) else first,
            dt.date.fromisoformat(self.le)
            if isinstance(self.le, str) and self.le != RECEIVED
            else last.replace(year=last.year + 5),
        )


def titled(texts: Sequence[str], title: str) -> str:
    """Give the title of a column under others."""
    return _run_on([*map(_said_by, texts), title])
