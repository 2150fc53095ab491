"""The mess that comes back in real returns: one damaged return per case, each another team's, all read in one night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.workbook import Workbook
from stacked import stacks_of

from pipeline.campaign import Campaign
from pipeline.declare import Sheet
from pipeline.model import Finding, Severity, Standing
from pipeline.night import Night
from pipeline.publish.form.geometry import place
from pipeline.run import run
from pipeline.workspace import create

DUE = dt.date(2011, 3, 31)
ENOUGH = {
    "visits": 4,
    "activities": 3,
    "funds": 2,
    "problems": 2,
    "roster": 4,
    "work": 2,
}  # rows a return needs to be damaged


@dataclass(frozen=True)
class Case:
    """One kind of damage, and all that must be said of it.

    found: every finding about the return, notes too, as "rule sheet!cell" ("*" for any end). changed: every value that is then read otherwise,
    as "sheet.field row" ("*": the whole column, "sheet rows": other rows); a value that is not certain is read as none. also: rules that may be found besides, because the
    damage makes figures disagree.
    """

    name: str
    change: Callable[[Workbook], None]
    found: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()
    keep_formulas: bool = False


def case(
    name: str,
    change: Callable[[Workbook], None],
    *found: str,
    changed: Iterable[str] = (),
    also: Iterable[str] = (),
    keep_formulas: bool = False,
) -> Case:
    """Say in one call what is damaged and what must be found."""
    return Case(name, change, frozenset(found), frozenset(changed), frozenset(also), keep_formulas)


@dataclass(frozen=True)
class Mess:
    """What a night said of every case."""

    night: Night
    clean: Night
    teams: Mapping[str, str]
    standings: Mapping[str, Standing] = field(default_factory=dict)

    def findings(self, each: Case) -> list[Finding]:
        """Findings about the case's return."""
        return self.night.of_team(self.teams[each.name])

    def said(self, each: Case) -> set[str]:
        """Findings about the case's return as "rule sheet!cell", but for those that the case lets happen."""
        return {f"{f.rule} {f.sheet}!{f.cell}" for f in self.findings(each) if f.rule not in each.also}

    def changed(self, each: Case) -> set[str]:
        """What is read otherwise than from the clean return, as "sheet.field row"."""
        return set().union(*(self._changed(key, self.teams[each.name]) for key in stacks_of(self.clean)))

    def _changed(self, key: str, team: str) -> set[str]:
        now, before = rows_of(self.night, key, team), rows_of(self.clean, key, team)
        if len(now) != len(before):
            return {f"{key} rows"}
        lost = {name for name in before.columns if now[name].isna().all() and before[name].notna().any()}
        pairs = ((name, line) for name in before.columns if name not in lost for line in range(len(before)))
        one_by_one = {f"{key}.{name} {line}" for name, line in pairs if not _same(now[name][line], before[name][line])}
        return one_by_one | {f"{key}.{name} *" for name in lost}

    def is_accepted(self, each: Case) -> bool:
        """Whether the return counts."""
        return self.standings[self.teams[each.name]].counted is not None

    def figures(self, each: Case) -> tuple[Mapping[str, Any] | None, Mapping[str, Any]]:
        """Figures that the return adds to the totals, None if it is held, and those of the clean return."""
        team = self.teams[each.name]
        return self.night.consolidation.by_team.get(team), self.clean.consolidation.by_team[team]


def first_row(sheet: type[Sheet]) -> int:
    """Give the row, from 0, of the first record of a table that has a tab of its own."""
    return place(sheet, 0, next(iter(sheet.columns())))[0]


def rows_of(night: Night, key: str, team: str) -> pd.DataFrame:
    """Give what was read of one sheet of a team's return, row by row."""
    frame = stacks_of(night)[key].frame
    mine = [number for number, submission in enumerate(night.submissions) if submission.team == team]
    return frame[frame["submission"].isin(mine)].drop(columns="submission").reset_index(drop=True)


def _same(now: Any, before: Any) -> bool:
    return bool(pd.isna(now) and pd.isna(before)) or bool(now is not pd.NA and before is not pd.NA and now == before)


def make_mess(cases: Sequence[Case], clean: Night, clean_returns: Path, folder: Path) -> Mess:
    """Damage one return per case and run one night on all of them."""
    root = folder / "workspace"
    create(root)
    names = [each.name for each in cases]
    assert len(names) == len(set(names))
    chosen = dict(zip(names, _rich_enough(clean), strict=False))
    assert len(chosen) == len(cases), "the register has too few teams for so many cases"
    for each in cases:
        source = next(clean_returns.glob(f"{chosen[each.name]}_*.xlsx"))
        book = openpyxl.load_workbook(source, data_only=not each.keep_formulas)
        each.change(book)
        book.save(root / "inbox" / source.name)
    night = run(root, DUE, workers=2)
    return Mess(night, clean, chosen, {standing.team.code: standing for standing in night.standings})


def _rich_enough(clean: Night) -> Iterable[str]:
    for team in clean.campaign.teams:
        if all(len(rows_of(clean, key, team.code)) >= count for key, count in ENOUGH.items()):
            yield team.code


def check(each: Case, mess: Mess) -> None:
    """Check that a case is read as meant or refused in the right place, and that nothing is lost or counted in silence."""
    said, messages = mess.said(each), "\n".join(finding.message for finding in mess.findings(each))
    assert [one for one in said if not any(fnmatchcase(one, wanted) for wanted in each.found)] == [], messages
    assert [wanted for wanted in each.found if not any(fnmatchcase(one, wanted) for one in said)] == [], messages
    assert mess.changed(each) == each.changed
    counted, clean = mess.figures(each)
    holds = any(finding.severity is Severity.ERROR for finding in mess.findings(each))
    assert mess.is_accepted(each) is not holds
    assert counted == (None if holds else clean)


@dataclass(frozen=True)
class Spot:
    """One cell of the official form, as people point at it."""

    campaign: Campaign
    key: str
    field: str
    line: int = 0

    @property
    def where(self) -> tuple[str, int, int]:
        """Sheet name, row and column, both from 1 as openpyxl counts."""
        sheet = self.campaign.form.sheet(self.key)
        row, column = place(sheet, self.line, self.field)
        return sheet.title(), row + 1, column + 1

    def address(self) -> str:
        """As "sheet!A1"."""
        title, row, column = self.where
        return f"{title}!{openpyxl.utils.get_column_letter(column)}{row}"
