"""A folder -> a Campaign: its form and rules from `schemas/*.py`, its settings, periods and register from files beside them."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import importlib.util
import itertools
import pkgutil
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from pipeline import prints
from pipeline.declare import BUILTIN, Form, Rule
from pipeline.declare.kinds import folded
from pipeline.errors import CampaignError, HuizongError
from pipeline.model import Period, Team
from pipeline.names import Names
from pipeline.settings import NAME, Settings, decoded, read_settings

LONGEST_CODE = 40
CHANGED = "运行期间 schemas 文件夹被修改。请保存好修改后再运行一次。"
_serial = itertools.count()


class PeriodError(HuizongError):
    """There is no such reporting period."""

    exit_code = 2


@dataclass(frozen=True)
class Campaign:
    """Everything that is true of one campaign. Its folder holds schemas/, inbox/, archive/ and outbox/."""

    root: Path
    form: Form
    settings: Settings
    periods: tuple[Period, ...]
    teams: tuple[Team, ...]
    control_totals: dict[str, Decimal]
    fingerprint: str  # of everything in schemas/; figures made under another one are made anew
    limits: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # thresholds of built-in rules, by code

    def period(self, key: str | None, as_of: dt.date) -> Period:
        """Give the named period, or the one that returns are collected for on that day: the last to have ended."""
        if key is not None:
            found = next((period for period in self.periods if period.key == key), None)
            if found is None:
                raise PeriodError(f"没有报告期“{key}”。请用 {'、'.join(p.key for p in self.periods)} 之一。")
            return found
        ended = [period for period in self.periods if period.ends <= as_of]
        return ended[-1] if ended else self.periods[0]

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
        bearers: dict[str, set[Team]] = {}
        for team in self.teams:
            for name in (team.name, *team.aliases):
                bearers.setdefault(folded(name), set()).add(team)
        named = {name: teams.pop() for name, teams in bearers.items() if len(teams) == 1}
        return Names(named | {folded(team.code): team for team in self.teams})

    def span(self, period: Period) -> tuple[tuple[dt.date, dt.date], tuple[dt.date, dt.date]]:
        """First and last days of the campaign and of the period, as columns ask for them."""
        return (self.settings.starts, self.periods[-1].ends), (period.starts, period.ends)

    def group(self, team: Team, dimension: str) -> str:
        """Give the team's group in a dimension named in the settings."""
        return str(getattr(team, dimension)) or "（未注明）"


def load(root: Path) -> Campaign:
    """Read a campaign folder. Raises CampaignError naming the file and the mistake."""
    folder = root / "schemas"
    file = read_settings(root)
    package = _import(folder)
    form = getattr(package, "FORM", None)
    if not isinstance(form, Form):
        raise CampaignError("schemas/__init__.py 中没有 FORM = Form(…)。请在其中声明表式。")
    _check_records(form)
    form = replace(form, rules=_rules(package, form, file.thresholds))
    first, last = file.campaign.starts, file.period[-1].ends
    for col in form.columns():
        col.year = first.year if first.year == last.year else None
    unknown = set(file.control_totals) - set(form.declared.indicators())
    if unknown:
        raise CampaignError(
            f"campaign.toml 的 [control_totals] 中没有这样的指标：{'、'.join(sorted(unknown))}。请改正名称。"
        )
    if unknown := set(file.campaign.dimensions) - {each.name for each in fields(Team)}:
        raise CampaignError(f"campaign.toml 的 dimensions 中没有“{unknown.pop()}”这一栏。请用名录 teams.csv 的栏名。")
    periods = tuple(Period(p.key, p.title, p.starts, p.ends, p.due) for p in file.period)
    teams = read_register(folder / "teams.csv")
    limits = {
        code: _limits(code, each.thresholds, file.thresholds) for code, each in BUILTIN.items() if each.thresholds
    }
    return Campaign(root, form, file.campaign, periods, teams, file.totals(), prints.of_folder(folder), limits)


@cache
def loaded(root: Path, fingerprint: str) -> Campaign:
    """Load a campaign once in a process that works for another. Raises CampaignError if it has another fingerprint by now."""
    campaign = load(root)
    if campaign.fingerprint != fingerprint:
        raise CampaignError(CHANGED)
    return campaign


def _import(folder: Path) -> ModuleType:
    name = f"huizong_campaign_{next(_serial)}"  # fresh each time: there may be many campaigns, and they may change
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None or not (folder / "__init__.py").is_file():
        raise CampaignError("缺少 schemas/__init__.py。请从发布包中恢复该文件。")
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)
    for module in pkgutil.iter_modules([str(folder)]):
        importlib.import_module(f"{name}.{module.name}")
    return package


def _rules(package: ModuleType, form: Form, thresholds: dict[str, dict[str, Any]]) -> tuple[Rule, ...]:
    modules = [module for name, module in sys.modules.items() if name.startswith(package.__name__ + ".")]
    found = {id(value): value for module in modules for value in vars(module).values() if isinstance(value, Rule)}
    order = [sheet.key() for sheet in form.sheets]
    rules: dict[str, Rule] = {}
    for each in sorted(found.values(), key=lambda each: (order.index(each.blames[0].owner.key()), each.code)):
        if each.code in rules:
            raise CampaignError(f"规则编号 {each.code} 用了两次。请给其中一条规则换一个编号。")
        _refuse_unknown_words(each)
        rules[each.code] = replace(each, thresholds=_limits(each.code, each.thresholds, thresholds))
    built_in = {code for code, each in BUILTIN.items() if each.thresholds}
    if unknown := set(thresholds) - set(rules) - built_in:
        raise CampaignError(f"campaign.toml 的 [thresholds] 中没有规则 {min(unknown)}，或它没有界限。请改正编号。")
    return tuple(rules.values())


def _limits(code: str, own: Mapping[str, Any], thresholds: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Give a rule's thresholds: its own, and over them what campaign.toml says."""
    said = thresholds.get(code, {})
    if unknown := set(said) - set(own):
        names = "、".join(own) or "没有"
        raise CampaignError(f"campaign.toml 中规则 {code} 没有界限“{min(unknown)}”（它的界限：{names}）。请改正名称。")
    for name, value in said.items():
        if _sort(value) is not _sort(own[name]):
            raise CampaignError(
                f"campaign.toml 中规则 {code} 的界限“{name}”应与“{own[name]}”同类，却是“{value}”。请改正后再运行。"
            )
    return {**own, **said}


def _check_records(form: Form) -> None:
    """Refuse a card whose words about periods name a record or a field that it does not have."""
    for sheet in form.sheets:
        options = sheet.options()
        for word, record in options.named_records().items():
            if record not in (options.records or {}):
                raise CampaignError(f"“{sheet.title()}”的 Config 中 {word} 写的“{record}”不在 records 中。请改正名称。")
        if unknown := set(options.stocks) - set(sheet.columns()):
            raise CampaignError(f"“{sheet.title()}”的 Config 中 stocks 写的“{min(unknown)}”不是它的栏目。请改正名称。")


def _sort(value: Any) -> type:
    return float if type(value) is int else type(value)


def _refuse_unknown_words(each: Rule) -> None:
    """Let no message name what nobody fills in: it would be found out only when somebody is to read it."""
    try:
        unknown = each.unknown_words()
    except ValueError as mistake:
        raise CampaignError(f"规则 {each.code} 的说明文字中花括号不成对。请改正。") from mistake
    if unknown:
        sheet = each.blames[0].owner.title()
        raise CampaignError(
            f"规则 {each.code} 的说明文字中有“{{{unknown[0]}}}”，既不是《{sheet}》的栏目，也不是该规则的界限。请改正名称。"
        )


def read_register(path: Path) -> tuple[Team, ...]:
    """Read teams.csv, one row per team, as Excel or Notepad saved it; what Excel calls Unicode text has tabs for commas."""
    if not path.is_file():
        raise CampaignError("缺少 schemas/teams.csv。请从发布包或备份中恢复这份名录。")
    lines = decoded(path.read_bytes(), "teams.csv").splitlines()
    divider = "\t" if lines and "\t" in lines[0] and "," not in lines[0] else ","
    try:
        rows = list(csv.DictReader(lines, delimiter=divider))
    except csv.Error as mistake:
        raise CampaignError("teams.csv 有一格太长，可能少了一个引号。请用 Excel 打开核对后再运行。") from mistake
    teams: dict[str, Team] = {}
    for number, row in enumerate(rows, 2):
        filled = {key: (value or "").strip() for key, value in row.items() if key}
        try:
            team = Team(
                filled["code"], filled["name"], filled["kind"], filled["post"], filled["township"],
                filled.get("leader", ""), filled.get("phone", ""),
                tuple(alias for alias in filled.get("aliases", "").split(";") if alias),
                _day(filled.get("valid_from", "")), _day(filled.get("valid_to", "")),
            )  # fmt: skip
        except KeyError as missing:
            raise CampaignError(f"teams.csv 缺少 {missing} 一列。请补上该列标题。") from missing
        except ValueError as mistake:
            raise CampaignError(
                f"teams.csv 第 {number} 行的日期有误：{mistake}。请按 2011-03-08 的样式填写。"
            ) from mistake
        if not team.code or not team.name or team.code in teams:
            raise CampaignError(f"teams.csv 第 {number} 行的编码或名称为空，或编码“{team.code}”重复。请改正后再运行。")
        if len(team.code) > LONGEST_CODE or not re.match(NAME, team.code):
            raise CampaignError(
                f"teams.csv 第 {number} 行的编码“{team.code[:LONGEST_CODE]}”不能用作文件名。"
                "编码请只用文字、数字、“-”和“_”，并以文字或数字开头。"
            )
        teams[team.code] = team
    if not teams:
        raise CampaignError("teams.csv 中没有单位。请填写应报单位名录。")
    return tuple(teams.values())


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def checking_print(campaign: Campaign, period: Period, reading: str) -> str:
    """Fingerprint of what a return is checked against by itself. reading: the form's, from `reading_print`."""
    rules = {rule.code: sorted(rule.thresholds.items()) for rule in campaign.form.rules}
    limits = {code: sorted(each.items()) for code, each in campaign.limits.items()}
    facts = (reading, rules, limits, campaign.settings.starts, campaign.periods, period)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def reading_print(root: Path) -> str:
    """Fingerprint of what a file is read as: the declarations, the year that days are in, and the code that reads.

    Neither the register nor a template or a threshold is in it.
    """
    file = read_settings(root)
    years = file.campaign.starts.year, file.period[-1].ends.year
    facts = (prints.of_folder(root / "schemas", "*.py"), prints.of_reading(), years, file.campaign.passwords)
    return hashlib.sha256(repr(facts).encode()).hexdigest()
