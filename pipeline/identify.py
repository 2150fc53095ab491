"""Whose return is it, and for which period: all that a file says of it is compared, and nothing is guessed.

The hidden `_meta` sheet; the workbook's custom properties; what stands visibly on the cover, in the sheets' titles and on
their tabs; the file's name against the register. A disagreement leaves the file waiting, and names both places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from pipeline.campaign import Campaign
from pipeline.decisions import DecisionError
from pipeline.declare import ColumnRef, Form
from pipeline.declare.catalogue import LOST
from pipeline.declare.kinds import folded, show, tidy
from pipeline.frames import ParsedReturn
from pipeline.hidden import meta_of, properties_of, said_hidden
from pipeline.memory import Receipt
from pipeline.model import Period, Table, Team
from pipeline.names import Names
from pipeline.rawbook import CHECKS, LISTS_SHEET, META_SHEET, SLIPS, TITLE_ROWS, RawBook
from pipeline.wording import reason

Titles = Sequence[tuple[str, str]]  # sheet, what stands above its header
Said = list[tuple[str, str, Period | None]]  # where a file says which period it is for, in which words, and that period
TITLE_CELLS = 2  # titles stand at most two to a row


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
class Told:
    """Whose return a file is, as a person decided; period: None if that is left to the file."""

    team: Team
    period: Period | None = None

    def __str__(self) -> str:
        return f"处理决定为“{self.team.name}”"


@dataclass(frozen=True, slots=True)
class _Clue:
    """One place where a file says whose it is. team: None if the register does not have it."""

    place: str
    says: str
    team: Team | None

    def __str__(self) -> str:
        return f"{self.place}为“{self.says}”" + ("" if self.team else "（不在名录）")


def unknown(code: str, **said: str) -> Identity:
    """Make the identity of a file that has to wait."""
    return Identity(rule=code, reason=reason(code, **said))


def whose(parsed: ParsedReturn, receipt: Receipt, campaign: Campaign, told: Told | None = None) -> Identity:
    """Say whose return a file is. receipt: what is known of it; its hash is "" for one that was never received. told: what a
    person decided."""
    if receipt.sha256 and parsed.sha256 != receipt.sha256:
        return Identity(rule=LOST, reason=reason(LOST, found=receipt.path))
    return identify(parsed.head, parsed.tables, receipt.file, campaign.in_period(parsed.form), told)


def placed_period(identity: Identity, told: Told, receipt: Receipt) -> str:
    """Give the key of the period that a file is for which a person says to be a team's. Raises DecisionError if it is not."""
    if identity.period is None:
        raise DecisionError(f"“{receipt.file}”不能归给{told.team.name}：{identity.reason}")
    return identity.period.key


def identify(
    book: RawBook, tables: Sequence[Table], file: str, campaign: Campaign, told: Told | None = None
) -> Identity:
    """Say whose return a file is. `file` is the name under which it was dropped.

    told: what a person decided. It tells where a file names several teams, or none of the register; a file that names only
    others, or is filled in for several, waits on.
    """
    if book.refusal is not None:
        return unknown(book.refusal.code, **({"found": book.refusal.found} if book.refusal.found else {}))
    meta = said_hidden(book)
    if not meta and not tables:
        return unknown("I01", found="，其中没有本次活动的任何一张表")
    if other := _other_form(meta, tables, campaign):
        return other
    titles = list(_titles(book, campaign.form))
    said = _periods(meta, titles, tables, campaign)
    names = campaign.named(_only(said))
    sheets = list(_on_sheets(titles, tables, names, has_cover=campaign.form.column_in_role("team") is not None))
    clues = [*_stated(book, tables, campaign.form, names), *sheets, *_in_file_name(file, names)]
    teams = {clue.team.code: clue.team for clue in clues if clue.team is not None}
    is_of_several = len({clue.team for clue in sheets}) > 1
    if told is not None:
        if is_of_several or (teams and told.team.code not in teams):
            code, named = "I06" if is_of_several else "I02", [*map(str, clues), str(told)]
            return unknown(code, found="；".join(named))
        identity = _in_period(told.team, said, campaign, told.period)
        return _other_version(meta, identity.period, campaign) or identity
    strangers = [clue for clue in clues if clue.team is None]
    if not clues:
        place, name = _visible(tables, campaign.form.column_in_role("team_name"))
        hint = f"（{place}写的是“{name}”{_like(name, tables, campaign)}）" if name else ""
        return unknown("I01", found=hint)
    if not teams or (strangers and not [clue for clue in clues if clue.team and clue.place != "文件名"]):
        return unknown("I03", found=strangers[0].says, hint=_like(strangers[0].says, tables, campaign))
    if strangers or len(teams) > 1:
        return unknown("I06" if is_of_several else "I02", found="；".join(map(str, clues)))
    identity = _in_period(next(iter(teams.values())), said, campaign)
    return _other_version(meta, identity.period, campaign) or identity


def _other_form(meta: Mapping[str, str], tables: Sequence[Table], campaign: Campaign) -> Identity | None:
    """Refuse a return on the blank of another campaign, or of a version that no period has; without hidden information the
    cover's number tells."""
    form = campaign.form
    if meta:
        number, version = meta.get("form", form.number), meta.get("version", form.version)
    else:
        number, version = _visible(tables, form.column_in_role("form"))[1] or form.number, form.version
    versions = list(dict.fromkeys(each.version for each in campaign.all_forms.values()))
    if folded(number) == folded(form.number) and version in versions:
        return None
    expected = f"“{form.number}”第 {' 版或第 '.join(versions)} 版"
    return unknown("I05", found=f"“{number}”第 {version} 版", expected=expected)


def _other_version(meta: Mapping[str, str], period: Period | None, campaign: Campaign) -> Identity | None:
    """Refuse a blank that has all that its period's form has, and another version, which nothing else would tell."""
    form = campaign.form_for(period.key) if period else campaign.form
    version = meta.get("version", form.version)
    if form is not campaign.form or version == form.version:
        return None
    return unknown("I05", found=f"“{form.number}”第 {version} 版", expected=f"“{form.number}”第 {form.version} 版")


def _only(said: Said) -> Period | None:
    """Give the one period that a file names, None if it names none, several, or one that is unknown."""
    named = {period for _, _, period in said}
    return named.pop() if len(named) == 1 else None


def _in_period(team: Team, said: Said, campaign: Campaign, told: Period | None = None) -> Identity:
    """Say for which period a team's file is. told: as a person decided, if the file names no other."""
    named = {period.key: period for _, _, period in said if period is not None}
    if told is not None and (not named or told.key in named):
        named, said = {told.key: told}, [("", told.title, told)]
    elif told is not None:
        said = [*said, ("处理决定", told.title, told)]
        return unknown("I10", found="；".join(f"{place}为“{text}”" for place, text, _ in said))
    if len(named) == 1 and all(period is not None for _, _, period in said):
        period = next(iter(named.values()))
        if not team.reports(period):
            return unknown("I03", found=team.name, hint=f"（{period.title}不应报送）")
        return Identity(team, period)
    if named:
        return unknown("I10", found="；".join(f"{place}为“{text}”" for place, text, _ in said))
    texts = "、".join(dict.fromkeys(text for _, text, _ in said)) or "（空）"
    return unknown("I04", found=texts, expected="、".join(period.title for period in campaign.periods))


# ---------------------------------------------------------------------------------------------- what a file says


def _stated(book: RawBook, tables: Sequence[Table], form: Form, names: Names[Team]) -> Iterator[_Clue]:
    for source, said in (("隐藏信息", meta_of(book)), ("文件属性", properties_of(book))):
        if code := said.get("team"):
            yield _Clue(source, code, names.get(folded(code)))
    place, code = _visible(tables, form.column_in_role("team"))
    if code:
        yield _Clue(place, code, names.get(folded(code)))
    place, name = _visible(tables, form.column_in_role("team_name"))
    if team := names.get(folded(name)):
        yield _Clue(place, name, team)  # a name in a spelling of its own says nothing; a known one must agree


def _on_sheets(titles: Titles, tables: Sequence[Table], names: Names[Team], *, has_cover: bool) -> Iterator[_Clue]:
    """What the sheets' titles and tabs say: each team once. Where there is a cover, titles must give code or full name."""
    seen: set[Team] = set()
    for sheet, text in titles:
        for team in names.standing_in(folded(text)):
            is_full = folded(team.name) in folded(text) or folded(team.code) in folded(text)
            if team not in seen and (is_full or not has_cover):
                seen.add(team)
                yield _Clue(f"{sheet}的表头", text, team)
    for tab in (table.name for table in tables):
        for team in names.standing_in(folded(tab)):
            if team not in seen:
                seen.add(team)
                yield _Clue(f"{tab}的工作表名", tab, team)


def _in_file_name(file: str, names: Names[Team]) -> Iterator[_Clue]:
    stem = PurePosixPath(file).stem
    for team in names.standing_in(folded(stem)):
        yield _Clue("文件名", stem, team)


def _periods(meta: Mapping[str, str], titles: Titles, tables: Sequence[Table], campaign: Campaign) -> Said:
    """Where the file says for which period it is, in which words, and which period that is."""
    in_titles, names = _periods_named(campaign.periods)
    place, visible = _visible(tables, campaign.form.column_in_role("period"))
    stated = [(source, text) for source, text in (("隐藏信息", meta.get("period", "")), (place, visible)) if text]
    said = [(source, text, names.get(_month(text))) for source, text in stated]
    seen: set[Period] = set()
    for sheet, text in titles:
        for period in in_titles.standing_in(folded(text)):
            if period not in seen:
                seen.add(period)
                said.append((f"{sheet}的表头", text, period))
    return said


@lru_cache(maxsize=8)
def _periods_named(periods: tuple[Period, ...]) -> tuple[Names[Period], Mapping[str, Period]]:
    """Give periods by what they are called: folded, for titles, and with months as they may be written, for cells."""
    called = [(name, period) for period in periods for name in period.names]
    return Names({folded(name): period for name, period in called}), {_month(name): period for name, period in called}


def _visible(tables: Sequence[Table], ref: ColumnRef | None) -> tuple[str, str]:
    """Where a column of the cover stands, and what stands there, tidied; empty if the form or the workbook has none."""
    table = next((t for t in tables if ref is not None and t.key == ref.owner.key() and str(ref) in t.slots), None)
    if table is None or not table.lines:
        return "", ""
    return f"{table.name} {table.cell(0, str(ref))}", tidy(show(table.values[str(ref)][0]))


def _titles(book: RawBook, form: Form) -> Iterator[tuple[str, str]]:
    """Give what stands above the headers of sheets that are filled in: sheet, text."""
    others = {folded(name) for name in (META_SHEET, LISTS_SHEET, *CHECKS, *form.other_tabs)}
    for sheet in book.sheets:
        rows = 1 if sheet.name in SLIPS else TITLE_ROWS  # below, it quotes the name of a file
        for row in sheet.rows[:rows] if folded(sheet.name) not in others else ():
            cells = [cell for cell in row if cell not in ("", None)]
            if len(cells) <= TITLE_CELLS:
                yield from ((sheet.name, tidy(cell)) for cell in cells if isinstance(cell, str) and tidy(cell))


# ---------------------------------------------------------------------------------------------------- matching


def _month(text: str) -> str:
    """Fold how a month is written: 2011年03月份, 2011.3 and 2011-03 are the same."""
    plain = re.sub(r"月份?$", "", re.sub(r"[年./]", "-", folded(text)))
    return re.sub(r"(?<!\d)0+(?=\d)", "", plain)


def _like(said: str, tables: Sequence[Table], campaign: Campaign) -> str:
    """Suggest the register's team of that or the nearest name; a suggestion, never an answer."""
    from rapidfuzz import fuzz, process

    name = _visible(tables, campaign.form.column_in_role("team_name"))[1] or said
    names = {team.name: team.code for team in campaign.teams}
    best = process.extractOne(name, list(names), scorer=fuzz.ratio, score_cutoff=60)
    return f"（是否为“{names[best[0]]} {best[0]}”？）" if best else ""
