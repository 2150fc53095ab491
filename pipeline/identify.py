"""Whose return is it, and for which period: four sources in order, all that are present compared, nothing guessed.

The hidden `_meta` sheet; the workbook's custom properties; what stands visibly on the cover, or in the sheets' titles if the
form has no cover; the file's name against the register. A disagreement leaves the file waiting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeVar

from pipeline.campaign import Campaign
from pipeline.declare import BUILTIN, ColumnRef
from pipeline.declare.kinds import folded, show, tidy
from pipeline.model import Period, Table, Team
from pipeline.rawbook import RawBook

T = TypeVar("T")
META_SHEET, PROPERTY_PREFIX = "_meta", "huizong_"
TITLE_ROWS = 3  # titles stand above the header


@dataclass(frozen=True, slots=True)
class Identity:
    """Team and period of a file, or the built-in rule that it fails and the reason in the clerk's words."""

    team: Team | None = None
    period: Period | None = None
    rule: str = ""
    reason: str = ""

    @property
    def is_known(self) -> bool:
        """Whether it is certain whose return this is and for which period."""
        return self.team is not None and self.period is not None


@dataclass(frozen=True, slots=True)
class _Clue:
    source: str
    says: str
    team: Team | None


def unknown(code: str, **said: str) -> Identity:
    """Make the identity of a file that has to wait."""
    return Identity(rule=code, reason=BUILTIN[code].says.format_map({"found": "", "expected": "", "hint": "", **said}))


def identify(book: RawBook, tables: Sequence[Table], file: str, campaign: Campaign) -> Identity:
    """Say whose return a file is. `file` is the name under which it was dropped."""
    if book.refusal is not None:
        return unknown(book.refusal.code, found=book.refusal.found)
    meta = {**_properties(book), **_meta(book)}
    form = campaign.form
    if not meta and not tables:
        return unknown("I01", found="，其中没有本次活动的任何一张表")
    if meta.get("form", form.number) != form.number or meta.get("version", form.version) != form.version:
        used = f"“{meta.get('form', '')}”第 {meta.get('version', '')} 版"
        return unknown("I05", found=used, expected=f"“{form.number}”第 {form.version} 版")
    clues = list(_clues(book, tables, file, campaign))
    teams = {clue.team.code: clue.team for clue in clues if clue.team is not None}
    stated = [clue for clue in clues if clue.source != "文件名"]
    if strangers := [clue.says for clue in stated if clue.team is None]:
        return unknown("I03", found=strangers[0], hint=_like(strangers[0], campaign))
    if len(teams) > 1:
        told = "；".join(f"{clue.source}为“{clue.says}”" for clue in clues)
        return unknown("I06" if {clue.source for clue in clues} == {"表头"} else "I02", found=told)
    if not teams:
        return unknown("I01")
    return _in_period(next(iter(teams.values())), _periods(meta, book, tables, campaign), campaign)


def _in_period(team: Team, periods: Sequence[tuple[str, Period | None]], campaign: Campaign) -> Identity:
    named = {period.key: period for _, period in periods if period is not None}
    if len(named) == 1 and all(period is not None for _, period in periods):
        period = next(iter(named.values()))
        if team not in campaign.register(period):
            return unknown("I03", found=team.name, hint=f"（{period.title}不应报送）")
        return Identity(team, period)
    said = "、".join(text for text, _ in periods) or "（空）"
    return unknown("I04", found=said, expected="、".join(period.title for period in campaign.periods))


def _meta(book: RawBook) -> dict[str, str]:
    sheet = next((sheet for sheet in book.sheets if sheet.name == META_SHEET), None)
    rows = sheet.rows if sheet else []
    return {str(row[0]): show(row[1]) for row in rows if len(row) >= 2 and row[0] and row[1] not in ("", None)}


def _properties(book: RawBook) -> dict[str, str]:
    return {
        name.removeprefix(PROPERTY_PREFIX): value
        for name, value in book.properties.items()
        if name.startswith(PROPERTY_PREFIX) and value
    }


def _clues(book: RawBook, tables: Sequence[Table], file: str, campaign: Campaign) -> Iterator[_Clue]:
    for source, said in (("隐藏信息", _meta(book)), ("文件属性", _properties(book))):
        if code := said.get("team"):
            yield _Clue(source, code, campaign.by_code.get(code))
    code_column, name_column = campaign.form.column_in_role("team"), campaign.form.column_in_role("team_name")
    if code := _visible(tables, code_column):
        yield _Clue("封面编码", code, campaign.by_name.get(folded(code)))
    if (name := _visible(tables, name_column)) and (team := campaign.by_name.get(folded(name))):
        yield _Clue("封面名称", name, team)  # a name in a spelling of its own says nothing; a known one must agree
    if code_column is None:
        for text, named in _in_titles(book, campaign.by_name):
            yield _Clue("表头", text, named)
    if team := _in_text(PurePosixPath(file).stem, campaign.by_name):
        yield _Clue("文件名", PurePosixPath(file).stem, team)


def _visible(tables: Sequence[Table], ref: ColumnRef | None) -> str:
    """What stands in a column of the cover, tidied; empty if the form or the workbook has none."""
    if ref is None:
        return ""
    table = next((table for table in tables if table.sheet is ref.owner and str(ref) in table.slots), None)
    cells = table.values[str(ref)] if table else []
    return tidy(show(cells[0])) if cells else ""


def _in_titles(book: RawBook, names: Mapping[str, T]) -> list[tuple[str, T]]:
    texts = {
        tidy(c) for sheet in book.sheets for row in sheet.rows[:TITLE_ROWS] for c in row if isinstance(c, str) and c
    }
    found = [(text, _in_text(text, names)) for text in sorted(texts)]
    return [(text, named) for text, named in found if named is not None]


def _in_text(text: str, names: Mapping[str, T]) -> T | None:
    """What the longest name that stands in a text belongs to. A number in a name is compared whole, never in part."""
    plain = folded(text)
    for name in sorted((name for name in names if name in plain), key=len, reverse=True):
        before = r"(?<![0-9a-z])" if name[0].isascii() else ""
        behind = r"(?![0-9a-z])" if name[-1].isascii() else ""
        if re.search(before + re.escape(name) + behind, plain):
            return names[name]
    return None


def _periods(
    meta: Mapping[str, str], book: RawBook, tables: Sequence[Table], campaign: Campaign
) -> list[tuple[str, Period | None]]:
    names = {folded(name): period for period in campaign.periods for name in (period.key, period.title)}
    said = [meta["period"]] if "period" in meta else []
    if visible := _visible(tables, campaign.form.column_in_role("period")):
        said.append(visible)
    if not said:
        return [(text, period) for text, period in _in_titles(book, names)]
    return [(text, names.get(folded(text))) for text in said]


def _like(name: str, campaign: Campaign) -> str:
    """Suggest the register's nearest name; a suggestion, never an answer."""
    from rapidfuzz import fuzz, process

    best = process.extractOne(name, [team.name for team in campaign.teams], scorer=fuzz.ratio, score_cutoff=60)
    return f"（是否为“{best[0]}”？）" if best else ""
