"""Rules: values that say what is wrong, how serious it is, whom they blame and what to do about it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from string import Formatter
from typing import TYPE_CHECKING, Any, Literal

from pipeline.declare.measures import ColumnRef
from pipeline.declare.over import HEADING

if TYPE_CHECKING:
    import pandas as pd

    Rows = pd.DataFrame
    Truths = pd.Series[bool]
else:
    Rows, Truths = Any, Any


class Severity(Enum):
    """强制性 must be corrected; 核实性 unusual, correct or explain it; 提示 says how something was read."""

    ERROR = "error"
    QUERY = "query"
    NOTE = "note"

    @property
    def title(self) -> str:
        """The word that stands in messages."""
        return {"error": "错误", "query": "核实", "note": "提示"}[self.value]


CELL_WORDS = frozenset(
    (
        "title",
        "value",
        "unit",
        "example",
        "expected",
        "sheet",
        "sheet_key",
        "cell",
        "row",
        "column",
        "field",
        "line",
        "subject",
    )
)
"""What any message about a cell may name, beside what its rule gives it."""

ERROR, QUERY, NOTE = Severity.ERROR, Severity.QUERY, Severity.NOTE
TEAM = "team"  # the parameter of a rule that is whose return it is
BEFORE = "before"  # the parameter of a rule that is what the team's return for the period before says
ROWS_BEFORE = f"_{BEFORE}"  # behind a sheet's key: the parameter that is the rows of that sheet in that return
Across = Literal["return", "teams"]
Example = Mapping[str, Any]


def is_before(frame: str) -> bool:
    """Whether a parameter is the rows of the period before."""
    return frame.endswith(ROWS_BEFORE) and frame != ROWS_BEFORE


def sheet_of(frame: str) -> str:
    """Give the key of the sheet whose rows a parameter is, of this period or of the one before."""
    return frame.removesuffix(ROWS_BEFORE) if is_before(frame) else frame


def words_of(says: str) -> set[str]:
    """Give the words that a message leaves to be filled in. Raises ValueError if its braces do not match."""
    return {name for _, name, _, _ in Formatter().parse(says) if name is not None}


@dataclass(frozen=True)
class Rule:
    """One rule of a campaign.

    `holds` takes the frame of each sheet that its parameters name and gives one truth value per row of the first; as `team`
    it takes the register's columns beside these rows, as `before` the figures of the period before, as `<sheet>_before` the
    frame of a sheet in the return that counts for the period before; parameters with a default are thresholds. Rows in which
    a column that it reads is unreadable, or blank unless `reads_blanks`, are not evaluated: neither passed nor failed.
    """

    code: str
    severity: Severity
    says: str
    blames: tuple[ColumnRef, ...]
    holds: Callable[..., Truths]
    across: Across = "return"
    reads_blanks: bool = False
    waivable: bool = False
    passing: tuple[Example, ...] = ()
    failing: tuple[Example, ...] = ()
    thresholds: Mapping[str, Any] = field(default_factory=dict)

    @property
    def over(self) -> tuple[str, ...]:
        """The headings under each of which it is evaluated: those of the declarations that it blames; mostly none."""
        return self.blames[0].declared().over

    @property
    def columns(self) -> tuple[str, ...]:
        """What a row of its first sheet has, apart from what no sheet declares."""
        sheet = self.blames[0].owner
        long = [name for name, col in sheet.declared().items() if self.over and col.over == self.over]
        return (*sheet.columns(), *sheet.absent(), *long, *([HEADING] if self.over else []))

    def unknown_words(self) -> list[str]:
        """Give the words of the message that nothing fills. Raises ValueError if its braces do not match."""
        known = CELL_WORDS | set(self.columns) | set(self.thresholds) | set(self.words_before)
        return sorted(words_of(self.says) - known)

    @property
    def is_of_one_sheet(self) -> bool:
        """Whether it reads the rows of one sheet of one return, and nothing else."""
        alone = self.across == "return" and not (self.over or self.reads_register or self.reads_before)
        return alone and self.frames == (self.blames[0].owner.key(),)

    @property
    def words_before(self) -> dict[str, str]:
        """What the message may name of the period before: word -> figure of the card."""
        return {f"{BEFORE}_{name}": name for name in self.blames[0].owner.indicators()} if self.reads_before else {}

    @property
    def title(self) -> str:
        """The first line of the rule function's docstring: what must hold, in plain words."""
        return (self.holds.__doc__ or self.code).strip().splitlines()[0].rstrip("。")

    @property
    def frames(self) -> tuple[str, ...]:
        """The frames that the rule reads, as its parameters name them; it gives a truth value per row of the first."""
        return tuple(name for name in self._asked if name not in (TEAM, BEFORE))

    @property
    def sheets(self) -> tuple[str, ...]:
        """Keys of the sheets of the return that the rule reads, the blamed one first."""
        return tuple(dict.fromkeys([*map(sheet_of, self.frames[:1]), *(f for f in self.frames if not is_before(f))]))

    @property
    def sheets_before(self) -> tuple[str, ...]:
        """Keys of the sheets of which the rule reads the rows of the period before."""
        return tuple(sheet_of(name) for name in self.frames if is_before(name))

    @property
    def is_about_before(self) -> bool:
        """Whether it is about rows of the period before: what becomes of them in this one."""
        return any(map(is_before, self.frames[:1]))

    @property
    def defaults(self) -> dict[str, Any]:
        """The thresholds as they are declared, whatever the campaign's settings say."""
        return _defaults(self.holds)

    @property
    def reads_register(self) -> bool:
        """Whether it asks whose return it is."""
        return TEAM in self._asked

    @property
    def reads_before(self) -> bool:
        """Whether it compares with the period before."""
        return BEFORE in self._asked

    @cached_property
    def _asked(self) -> list[str]:
        parameters = inspect.signature(self.holds).parameters.values()
        return [p.name for p in parameters if p.default is inspect.Parameter.empty]


def _defaults(holds: Callable[..., Any]) -> dict[str, Any]:
    return {p.name: p.default for p in inspect.signature(holds).parameters.values() if p.default is not p.empty}


def rule(
    code: str,
    severity: Severity,
    *,
    blames: Any,
    says: str,
    across: Across = "return",
    reads_blanks: bool = False,
    waivable: bool = False,
    passing: Sequence[Example] = (),
    failing: Sequence[Example] = (),
) -> Callable[[Callable[..., Any]], Rule]:
    """Turn a function into a rule, beside the sheet that it is about.

    code: permanent, never reused. severity: ERROR holds the return, QUERY asks for an explanation, NOTE only says how
    something was read. blames: the column or columns marked wrong; where these are declared with `over`, the rule is about one
    heading at a time, see there. says: the message; `{field}` is the row's value, `{threshold}` a parameter's default.
    across: with "teams", the frame holds each team's latest return and a `team` column. reads_blanks: it is about blanks, and
    is asked of rows in which a column that it reads is blank. waivable: that the office may let an error of it pass, with a
    name and a reason, at the value that stands there then. passing, failing: example rows on both sides of the boundary; a
    rule on several sheets gives {sheet: rows}.

    A parameter `team` is whose return it is: the register's columns as text, beside the rows of the first sheet. Examples
    say it as "team":

        @rule("V20", ERROR, blames=Visits.persons, says="…", passing=[{"persons": 30, "team": {"kind": "乡镇"}}], …)
        def enterprises_stay_small(visits: Rows, team: Rows) -> Truths:
            return (team["kind"] != "企业") | (visits["persons"] <= 20)

    A parameter `before` is what the team reported for the period before and counts there: the figures of the same record of
    the card whose total is reported, beside its rows; null where there is none, and such a row is not evaluated. Messages name
    them as {before_<figure>}; examples say them as "before":

        @rule("H20", QUERY, blames=Summary.visits, says="…上期为 {before_visits} 次…",
              passing=[{"visits": 30, "before": {"visits": 10}}], failing=[{"visits": 31, "before": {"visits": 10}}])
        def visits_grow_slowly(summary: Rows, before: Rows, times: int = 3) -> Truths:
            return summary["visits"] <= before["visits"] * times

    A parameter `<sheet>_before` is the rows of that sheet in the team's return that counts for the period before, of all
    returns that are checked together: `submission` says beside which of them a row is. No rows where there is no such
    return, or it has no such sheet; what is in question is then not evaluated. Where the first parameter is one, the rule is
    about these rows: it gives one truth value for each, its message names their values, and what it finds is said of the
    sheet of this period, as there is no cell of its own. `blames` names the column by which rows are known. Not evaluated
    where this period's sheets that it reads are missing, or where a nil return must leave the sheet blank. Examples say the
    rows under the parameter's name:

        @rule("P20", QUERY, blames=Problems.code, says="上期的问题“{code}”，本期的表中找不到。…",
              passing=[{"problems_before": [{"code": "W1"}], "problems": [{"code": "W1"}]}],
              failing=[{"problems_before": [{"code": "W1"}], "problems": []}])
        def problems_stay(problems_before: Rows, problems: Rows) -> Truths:
            here = problems[["submission", "code"]].drop_duplicates()
            return problems_before[["submission", "code"]].merge(here, how="left", indicator=True)["_merge"] == "both"
    """

    def wrap(holds: Callable[..., Any]) -> Rule:
        refs = tuple(blames) if isinstance(blames, tuple | list) else (blames,)
        made = Rule(
            code, severity, says, refs, holds, across, reads_blanks, waivable, tuple(passing), tuple(failing),
            _defaults(holds),
        )  # fmt: skip
        if refs and isinstance(refs[0], ColumnRef):
            refs[0].owner.__rules__.append(made)
        return made

    return wrap
