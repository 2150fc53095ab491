"""Column: the words in which one column of a sheet is declared."""

from __future__ import annotations

import datetime as dt
import inspect
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

from pipeline.declare.kinds import Count, Kind, Number, Percent, Serial, YesNo, folded
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
BRACKETS = "()（）[]【】"
YES_OR_NO = ("是", "否")
RECEIVED = "received"  # le of a day: the day on which its return was received
ANY_LENGTH = 32_767  # characters, Excel's limit
YES_NO = {"有": "是", "√": "是", "✓": "是", "y": "是", "yes": "是", "true": "是", "1": "是"} | {
    "无": "否", "没有": "否", "×": "否", "x": "否", "n": "否", "no": "否", "false": "否", "0": "否"
}  # fmt: skip


def _run_on(texts: Sequence[str]) -> str:
    """Write titles one behind the other; between Latin words is a space."""
    return re.sub("(?<=[A-Za-z0-9])\0(?=[A-Za-z0-9])", " ", "\0".join(texts)).replace("\0", "")


class MisdeclaredError(ValueError):
    """Something is said in a way that cannot be meant; the text is what to write instead."""


class Column:
    """One column as declared; see `column` for what each word means. Bound to its sheet, field and kind by `Sheet`."""

    sheet: type[Sheet]
    field: str
    kind: type[Kind]
    year: int | None = None  # the campaign's one year, for days typed without a year; None: more than one year
    listed: Listed | None = None  # the list that `in_list` names, once the campaign has read it
    is_added: bool = False  # whether a figure of the campaign is made of it
    day_order: str = ""  # of days as 4/3/2024: "dmy", "mdy"; "": they cannot be told

    def __init__(self, title: str, **said: Any) -> None:
        for word in ("under", "aliases", "choices", "blanks", "examples"):
            if isinstance(said[word], str):
                raise MisdeclaredError(f"{word} 应写成 [{said[word]!r}]，用方括号括起来")
        self.under: tuple[str, ...] = tuple(said["under"])
        self.lowest = title  # the title that stands lowest
        self.title = _run_on([*(text.strip(BRACKETS) for text in self.under), title]) if self.under else title
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
        return self.words("{title}（{unit}）", title=self.title, unit=self.unit) if self.unit else str(self.title)

    @cached_property
    def expected(self) -> str:
        """What belongs into a cell, in plain words. Kept: every finding quotes it."""
        return self.kind.expectation(self)

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

        A day with no bound of its own must still be believable: within five years of the campaign.
        """
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


def column(
    title: str,
    *,
    under: Sequence[str] = (),
    unit: str = "",
    aliases: Sequence[str] = (),
    required: bool = True,
    computed: bool = False,
    ge: float | str | None = None,
    le: float | str | None = None,
    gt: float | None = None,
    lt: float | None = None,
    places: int = 2,
    choices: Sequence[str] = (),
    synonyms: Mapping[str, str] | None = None,
    blanks: Sequence[str] = (),
    pattern: str = "",
    pattern_says: str = "",
    max_length: int | None = None,
    max_words: int | None = None,
    unique: bool = False,
    total: bool = False,
    within: Within | None = None,
    in_list: str = "",
    in_column: Any = None,
    equals: Measure | None = None,
    role: Role | None = None,
    fill_down: bool = False,
    width: float = 14,
    note: str = "",
    examples: Sequence[Any] = (),
) -> Any:
    """Declare one column of a sheet; its kind is the annotation.

    title, unit, aliases: what is printed, and other headers under which it may come back. under: what stands over the title
    in a header of several rows, from the top: column("计划", under=["一季度"]) is 一季度计划. required: blank is an error.
    computed: the form fills it by itself, by a formula or in print. It is read, and nothing is said of it: no row is a record
    for what stands there, no bound is kept. Only what is added up (total, another's equals) must be there where a record is.
    ge, le, places: bounds of a number and its decimals; of a day, as ISO text. gt, lt: bounds that a number must not reach:
    gt=0 is more than 0. le="received": a day not after the one on which we received the return, whatever its period.
    choices, synonyms: of a Choice. blanks: what stands in a cell that nobody has filled in, as 请选择 in a drop-down; a form
    may name such words for all its columns. pattern, pattern_says: of text, or of telephone numbers that are not Chinese.
    max_length: characters of text, 200 if nothing is said; max_words: words instead, in English. unique: no value twice in one
    return. within: days of the "campaign" up to the period's end, or of the "period". in_column: each value must stand in that
    column of the same return. in_list: the choices stand in a file of the campaign, see below. equals: the ledger sum that a
    declared indicator must agree with. total: its sum is one of the campaign's figures, in a form that has no card of declared
    ones. role: what the pipeline reads from it. fill_down: merged cells mean "same as above".
    width: in characters. note: printed as an instruction. examples: right values, for hints and for demonstrations.

    in_list="projects" is schemas/lists/projects.csv. Its column `value` has the choices. With a column `team` (code or name)
    a value is for that team only; with a column called as another Choice of the sheet, for rows in which that choice stands;
    what is blank there is for all:

        project: Choice = column("项目名称", in_list="projects")    projects.csv: team,value     units.csv: indicator,value
        indicator: Choice = column("指标", choices=["产量", "面积"])             东风镇,县道改造           产量,吨
        unit: Choice = column("计量单位", in_list="units")                       红旗镇,水库加固           面积,公顷
    """
    return Column(
        title, under=under, unit=unit, aliases=aliases, required=required, ge=ge, le=le, places=places, choices=choices,
        synonyms=synonyms or {}, blanks=blanks, pattern=pattern, pattern_says=pattern_says, max_length=max_length,
        computed=computed, gt=gt, lt=lt, max_words=max_words,
        unique=unique, total=total, within=within, in_list=in_list, in_column=in_column, equals=equals, role=role,
        fill_down=fill_down, width=width, note=note, examples=examples,
    )  # fmt: skip
