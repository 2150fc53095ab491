"""A folder -> a Campaign: its form and rules from `schemas/*.py`, its settings, periods and register from files beside them."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pipeline import prints
from pipeline.declarations import near, read_form
from pipeline.declare import BUILTIN, Form, Rule
from pipeline.declare.dated import distinct, forms_by_period
from pipeline.declare.kinds import folded
from pipeline.errors import CampaignError, HuizongError
from pipeline.lists import give_lists
from pipeline.model import CODE, Period, Team
from pipeline.names import Names
from pipeline.proofread import not_sheets, proofread
from pipeline.register import COLUMNS, read_register
from pipeline.settings import CampaignFile, Settings, SpotCheck, read_settings
from pipeline.words import Words, words_in
from pipeline.workdays import Workdays

SETTINGS = "campaign.toml"
_DATED = re.compile(rb"\b(since|until|was)(\s*=|['\"]\s*:)")  # where a word of a declaration may name a period
CHANGED = "运行期间 schemas 文件夹被修改。请保存好修改后再运行一次。"


class PeriodError(HuizongError):
    """There is no such reporting period."""

    exit_code = 2


@dataclass(frozen=True)
class Campaign:
    """Everything that is true of one campaign. Its folder holds schemas/, inbox/, archive/ and outbox/.

    form: that of the period that the campaign is seen in, at first of its first. forms: that of every period, by key; none if
    it is the same for all. whole_form: all that the form has in any period, to be listed and never read with.
    """

    root: Path
    form: Form
    settings: Settings
    periods: tuple[Period, ...]
    teams: tuple[Team, ...]
    control_totals: dict[str, Decimal]
    fingerprint: str  # of everything in schemas/; figures made under another one are made anew
    limits: Mapping[str, Mapping[str, float]]  # thresholds of built-in rules, by code
    titles: Sequence[str]  # of the register's columns
    forms: Mapping[str, Form]
    whole_form: Form
    spot_check: SpotCheck | None = None

    @property
    def words(self) -> Words:
        """The words in which those who send returns are spoken to."""
        return words_in(self.settings.language)

    def period(self, key: str | None, as_of: dt.date) -> Period:
        """Give the named period, or the one that returns are collected for on that day: the last to have ended."""
        if key is not None:
            found = next((period for period in self.periods if period.key == key), None)
            if found is None:
                raise PeriodError(f"没有报告期“{key}”。请用 {'、'.join(p.key for p in self.periods)} 之一。")
            return found
        ended = [period for period in self.periods if period.ends <= as_of]
        return ended[-1] if ended else self.periods[0]

    def form_for(self, key: str) -> Form:
        """Give the form of a period."""
        return self.forms.get(key, self.form)

    @property
    def all_forms(self) -> dict[str, Form]:
        """The forms that differ, each under the first period that it is the form of; the only one under ""."""
        return distinct(self.forms) or {"": self.form}

    def in_period(self, key: str) -> Campaign:
        """Give the campaign as it is in a period: its form is that period's."""
        form = self.form_for(key)
        return self if form is self.form else self._views.setdefault(id(form), replace(self, form=form))

    @cached_property
    def _views(self) -> dict[int, Campaign]:
        return {}

    def put_right_by(self, period: Period, day: dt.date, due: dt.date | None = None) -> dt.date:
        """Give the day by which a team is to mend, explain or send what it is told on a day: when it is due, or soon after.

        due: the team's own day, if it was put off.
        """
        settings, last = self.settings, due or period.due
        if day < last:
            return last
        return self.workdays.after(day, settings.put_right_in)

    @property
    def workdays(self) -> Workdays:
        """The days on which people work there."""
        return Workdays(self.settings.days_off, self.settings.days_worked)

    def before(self, period: Period) -> Period | None:
        """Give the period before, None if it is the first."""
        return max((each for each in self.periods if each.ends < period.starts), key=lambda p: p.ends, default=None)

    def register(self, period: Period) -> tuple[Team, ...]:
        """Give the teams that must report for a period, in the register's order."""
        return tuple(team for team in self.teams if team.reports(period))

    @cached_property
    def by_code(self) -> dict[str, Team]:
        """Teams by code."""
        return {team.code: team for team in self.teams}

    @cached_property
    def by_name(self) -> Names[Team]:
        """Teams by folded code, name and aliases; a name that several teams bear is nobody's."""
        return _named(self.teams)

    def named(self, period: Period | None) -> Names[Team]:
        """Give teams as in `by_name`; a name that several bear is the one's that reports for the period, if only one does."""
        if period is None:
            return self.by_name
        if period.key not in self._named_in:
            self._named_in[period.key] = Names(self.by_name | _named(self.register(period)))
        return self._named_in[period.key]

    @cached_property
    def _named_in(self) -> dict[str, Names[Team]]:
        return {}

    def told(self, code: str, title: str) -> str | None:
        """Give what the register says of a team in a column, "" if nothing; None if it has no such team or column."""
        team = self.by_code.get(code)
        return team.told(title) if team and title in (CODE, *self.titles) else None

    def span(self, period: Period) -> tuple[tuple[dt.date, dt.date], tuple[dt.date, dt.date]]:
        """First and last days of the campaign and of the period, as columns ask for them."""
        return (self.settings.starts, self.periods[-1].ends), (period.starts, period.ends)

    def group(self, team: Team, dimension: str) -> str:
        """Give the team's group in a dimension named in the settings."""
        return team.told(dimension) or "（未注明）"


def _named(teams: Sequence[Team]) -> Names[Team]:
    bearers: dict[str, set[Team]] = {}
    for team in teams:
        for name in (team.name, *team.aliases):
            bearers.setdefault(folded(name), set()).add(team)
    named = {name: bearing.pop() for name, bearing in bearers.items() if len(bearing) == 1}
    return Names(named | {folded(team.code): team for team in teams})


def load(root: Path) -> Campaign:
    """Read a campaign folder. Raises CampaignError naming the file and the mistake, the first if there are several."""
    campaign, wrong = examined(root)
    if campaign is None:
        raise wrong[0]
    return campaign


def examined(root: Path) -> tuple[Campaign | None, list[CampaignError]]:
    """Read a campaign folder and give the campaign, or all that is wrong with the folder."""
    try:
        file = read_settings(root)
    except CampaignError as mistake:
        return None, [mistake]
    folder = root / "schemas"
    teams, titles, wrong = read_register(folder / "teams.csv")
    form, rules, failed = read_form(folder)
    wrong += failed or (not_sheets(form) if form else ())
    if form is None or wrong:
        return None, wrong
    for sheet in form.sheets:
        sheet.__words__ = words_in(file.campaign.language)
    form = form.with_totals()
    first, last = file.campaign.starts, file.period[-1].ends
    for col in form.columns():
        col.year = first.year if first.year == last.year else None
        col.blanks = (*col.blanks, *form.blanks)
        col.day_order = file.campaign.day_order
    keys = [period.key for period in file.period]
    wrong = [*give_lists(form, folder, _named(teams)), *proofread(form, rules, keys)]
    if not wrong:
        for added in form.added_up():
            added.add_up()
        order = [sheet.key() for sheet in form.sheets]
        rules.sort(key=lambda each: (order.index(each.sheets[0]), each.code))
        wrong = list(_against(file, form, rules, titles))
    if wrong:
        return None, wrong
    said = file.thresholds
    form = replace(
        form, rules=tuple(replace(each, thresholds={**each.thresholds, **said.get(each.code, {})}) for each in rules)
    )
    periods = tuple(Period(p.key, p.title, p.starts, p.ends, file.due(p), p.aliases) for p in file.period)
    limits = {code: {**each.thresholds, **said.get(code, {})} for code, each in BUILTIN.items() if each.thresholds}
    fingerprint, forms = prints.of_folder(folder), forms_by_period(form, keys)
    settings, totals = file.campaign.with_dimensions(titles), file.totals()
    now, several = forms[keys[0]], forms if len(distinct(forms)) > 1 else {}
    return Campaign(
        root, now, settings, periods, teams, totals, fingerprint, limits, titles, several, form, file.spot_check
    ), []


def _against(file: CampaignFile, form: Form, rules: Sequence[Rule], titles: Collection[str]) -> Iterator[CampaignError]:
    """Say what the settings name that neither the form, in any period, nor the register, which has these titles, has."""
    indicators = [name for sheet in form.sheets if sheet.options().role == "declared" for name in sheet.indicators()]
    for name in file.control_totals:
        if name not in indicators:
            says = f"[control_totals] 中没有“{name}”这个指标{near(name, indicators)}。请改正名称。"
            yield CampaignError.at(SETTINGS, 0, says)
    for name in file.campaign.dimensions or ():
        if name in COLUMNS and name not in titles:
            yield CampaignError(
                f"schemas/teams.csv 缺少 {name} 一列，campaign.toml 的 dimensions 要按它分类。请补上，或从 dimensions 中删去。"
            )
        elif name not in titles:
            says = f"dimensions 中没有“{name}”这一栏{near(name, [*titles])}。请用名录 teams.csv 的栏名。"
            yield CampaignError.at(SETTINGS, 0, says)
    ledgers = [sheet.key() for sheet in form.ledgers if not sheet.is_card()]
    for name in file.spot_check.rows if file.spot_check else ():
        if name not in ledgers:
            says = f"[spot_check] 中没有“{name}”这张台账{near(name, ledgers)}。请改正名称。"
            yield CampaignError.at(SETTINGS, 0, says)
    limited = {code: each.thresholds for code, each in BUILTIN.items()} | {rule.code: rule.thresholds for rule in rules}
    for code, said in file.thresholds.items():
        if not limited.get(code):
            yield CampaignError.at(SETTINGS, 0, f"[thresholds] 中没有规则 {code}，或它没有界限。请改正编号。")
            continue
        for name, value in said.items():
            own = limited[code]
            if name not in own:
                says = f"规则 {code} 没有界限“{name}”（它的界限：{'、'.join(own)}）。请改正名称。"
                yield CampaignError.at(SETTINGS, 0, says)
            elif _sort(value) is not _sort(own[name]):
                says = f"规则 {code} 的界限“{name}”应与“{own[name]}”同类，却是“{value}”。请改正后再运行。"
                yield CampaignError.at(SETTINGS, 0, says)


def _sort(value: Any) -> type:
    return float if type(value) is int else type(value)


@cache
def loaded(root: Path, fingerprint: str) -> Campaign:
    """Load a campaign once in a process that works for another. Raises CampaignError if it has another fingerprint by now."""
    campaign = load(root)
    if campaign.fingerprint != fingerprint:
        raise CampaignError(CHANGED)
    return campaign


def checking_print(campaign: Campaign, period: Period, reading: str) -> str:
    """Fingerprint of what a return is checked against by itself. reading: the form's, from `reading_print`."""
    rules = {rule.code: sorted(rule.thresholds.items()) for rule in campaign.form.rules}
    limits = {code: sorted(each.items()) for code, each in campaign.limits.items()}
    lists = [
        (col.in_list, col.listed.by, [entry[:3] for entry in col.listed.entries])
        for col in campaign.form.columns()
        if col.listed
    ]
    facts = (reading, rules, limits, campaign.settings.starts, campaign.periods, period, lists, campaign.workdays)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def reading_print(root: Path) -> str:
    """Fingerprint of what a file is read as: the declarations, how days are written, the language, and the code that reads;
    where declarations are dated, the names of periods too.

    Neither the register nor a list, a template or a threshold is in it.
    """
    file = read_settings(root)
    years = file.campaign.starts.year, file.period[-1].ends.year
    said = file.campaign
    how = said.passwords, said.language, said.day_order
    facts: tuple[object, ...] = prints.of_folder(root / "schemas", "*.py"), prints.of_reading(), years, how
    if any(_DATED.search(path.read_bytes()) for path in (root / "schemas").rglob("*.py")):
        facts = (*facts, [(period.key, period.title, period.aliases) for period in file.period])
    return hashlib.sha256(repr(facts).encode()).hexdigest()
