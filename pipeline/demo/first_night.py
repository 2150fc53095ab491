"""The first night's inbox: the clean district, or what reaches an office in its stead."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.campaign import Campaign
from pipeline.demo import parcels
from pipeline.demo.cast import SENDS_NOTHING_READABLE, Cast, Part, cast, chosen
from pipeline.demo.faults import across_teams, faults, oddities, planted_across, questions
from pipeline.demo.parcels import Parcel
from pipeline.demo.rows import right_returns
from pipeline.demo.shares import dice
from pipeline.demo.slips import Fault
from pipeline.demo.truth import Rows, broken, copied
from pipeline.model import Period, Team
from pipeline.publish.form.workbook import prefilled

ODDITIES_PER_TEAM = 4


@dataclass(frozen=True, slots=True)
class Planted:
    """One file put into the inbox: whose it is, what is in it, and the codes that must be found for that."""

    team: str
    file: Path
    what: tuple[str, ...]
    rules: tuple[str, ...] = ()


def make_district(
    campaign: Campaign, period: Period, inbox: Path, *, clean: bool, seed: int = 2011, teams: int | None = None
) -> list[Planted]:
    """Fill the inbox for a first night, and tell file by file what is in it; the inbox itself does not.

    clean: one right return per team, whose totals are the control totals when all teams report. Otherwise in folders
    named by the day of arrival: some teams are missing, late or wrong. teams: so many, spread over the register.
    Raises DemoError.
    """
    campaign = campaign.in_period(period.key)
    reporting = chosen(campaign.register(period), teams)
    returns = right(campaign, period, seed, reporting)
    if clean:
        return [_clean(campaign, period, team, returns[team.code], inbox) for team in reporting]
    night = _FirstNight(campaign, period, seed, inbox, cast(reporting, period, seed), returns)
    night.between_teams()
    return [planted for team in reporting for planted in night.send(team)]


def right(campaign: Campaign, period: Period, seed: int, teams: Sequence[Team]) -> dict[str, Rows]:
    """Give teams' right returns."""
    campaign = campaign.in_period(period.key)

    def blank(team: Team) -> Rows:
        return {key: [dict(row) for row in rows] for key, rows in prefilled(campaign, period, team).rows.items()}

    return right_returns(campaign, period, seed, teams, blank)


def _clean(campaign: Campaign, period: Period, team: Team, rows: Rows, inbox: Path) -> Planted:
    saved_at = parcels.working_hour(period.ends, dice(team.code, "saved"))
    parcel = Parcel(team, rows, "", f"{team.code}_{team.name}", saved_at)
    return Planted(team.code, parcel.write(campaign, period, inbox), (Part.RIGHT,))


@dataclass
class _FirstNight:
    campaign: Campaign
    period: Period
    seed: int
    inbox: Path
    cast: Cast
    returns: dict[str, Rows]
    between: dict[str, tuple[str, Rows]] = field(default_factory=dict)

    def between_teams(self) -> None:
        """Let the last of the faulty teams break the rules between teams, two for each."""
        faulty = self.cast.of(Part.FAULTY)
        for rule, example in across_teams(self.campaign):
            pair, faulty = faulty[-2:], faulty[:-2]
            mine = {code: self.returns[code] for code in pair}
            changed = planted_across(self.campaign, rule, example, mine) or {}
            self.between |= {code: (rule.code, rows) for code, rows in changed.items()}

    def send(self, team: Team) -> list[Planted]:
        """Write what one team sends, and tell."""
        part, rows = self.cast.parts[team.code], self.returns[team.code]
        number = self.cast.of(part).index(team.code)
        if part is Part.MISSING:
            return []
        if team.code in self.between:
            code, rows = self.between[team.code]
            return [Planted(team.code, self._write(team, rows), (f"breaks rule {code}",), (code,))]
        if part is Part.FAULTY:  # every third has two
            kinds = faults(self.campaign, self.period, team.code)
            return [self._with(team, rows, _from(kinds, number + number // 3), 1 + (number % 3 == 2))]
        if part is Part.QUERIED:
            return [self._with(team, rows, _from(questions(self.campaign, team.code), number), 1)]
        if part is Part.ODD:
            return [self._with(team, rows, _from(oddities(self.campaign), number), ODDITIES_PER_TEAM)]
        if part is Part.NIL:
            nil = nil_return(self.campaign, rows, team.code)
            return [Planted(team.code, self._write(team, nil or rows), (part if nil else Part.RIGHT,))]
        if part is Part.TWICE:
            return self._twice(team, rows)
        if part in SENDS_NOTHING_READABLE:
            return [self._unreadable(team, rows, part)]
        return [Planted(team.code, self._write(team, rows), (part,))]

    def _with(self, team: Team, rows: Rows, kinds: Sequence[Fault], most: int) -> Planted:
        rng = dice(self.seed, self.period.key, team.code, "faults")
        planted: list[Fault] = []
        for fault in kinds:
            if len(planted) < most and (changed := fault.plant(rows, rng)) is not None:
                rows = changed
                planted.append(fault)
        what = tuple(fault.what for fault in planted) or (Part.RIGHT,)
        return Planted(team.code, self._write(team, rows), what, tuple(fault.rule for fault in planted if fault.rule))

    def _write(self, team: Team, rows: Rows, suffix: str = "", days_before: int = 0) -> Path:
        rng = dice(self.seed, self.period.key, team.code, "file")
        day = self.period.due + dt.timedelta(team.code in self.cast.late)
        name = parcels.own_name(team, self.period, rng) + suffix
        saved_at = parcels.working_hour(day - dt.timedelta(days_before), rng)
        return Parcel(team, rows, day.isoformat(), name, saved_at).write(self.campaign, self.period, self.inbox)

    def _twice(self, team: Team, rows: Rows) -> list[Planted]:
        rng = dice(self.seed, self.period.key, team.code, "faults")
        plants = (fault.plant(rows, rng) for fault in faults(self.campaign, self.period, team.code))
        wrong = next((each for each in plants if each is not None), rows)
        return [
            Planted(team.code, self._write(team, wrong, days_before=1), ("an earlier version, wrong",)),
            Planted(team.code, self._write(team, rows, "改2"), ("the later version, right",)),
        ]

    def _unreadable(self, team: Team, rows: Rows, part: Part) -> Planted:
        folder, name = self.period.due.isoformat(), parcels.NOBODYS_NAME
        saved_at = parcels.working_hour(self.period.due, dice(self.seed, self.period.key, team.code, "file"))
        if part is Part.FOREIGN:
            path = parcels.write_foreign(self.inbox / folder / f"{name}.xlsx", saved_at)
            return Planted(team.code, path, (part,), ("I01",))
        if part is Part.STRANGER:
            stranger = replace(team, code=_unregistered(self.campaign), name="临时工作小组", aliases=())
            name = parcels.STRANGERS_NAME.format(period=self.period.title)
            parcel = Parcel(stranger, self._under(stranger, rows), folder, name, saved_at)
            return Planted(team.code, parcel.write(self.campaign, self.period, self.inbox), (part,), ("I03",))
        path = self._write(team, rows)
        parcels.truncate(path, saved_at)
        return Planted(team.code, path, (part,), ("F03",))

    def _under(self, team: Team, rows: Rows) -> Rows:
        """Give a return under another team's name: what the blank holds for that team stands over what was there."""
        given = prefilled(self.campaign, self.period, team).rows
        return rows | {
            key: [old | dict(own) for old, own in zip(rows[key], printed, strict=True)]
            for key, printed in given.items()
        }


def _from(kinds: list[Fault], number: int) -> list[Fault]:
    """Begin with another kind for every team, so that all are seen."""
    start = number % max(1, len(kinds))
    return kinds[start:] + kinds[:start]


def _unregistered(campaign: Campaign) -> str:
    """Count the last team's code up until the register does not have it."""
    code = campaign.teams[-1].code
    while code in campaign.by_code:
        before, digits = re.fullmatch(r"(.*?)(\d*)", code).groups()  # type: ignore[union-attr]
        code = f"{before}{int(digits or 0) + 1:0{len(digits)}d}"
    return code


def nil_return(campaign: Campaign, rows: Rows, team: str = "") -> Rows | None:
    """Empty a team's return as a nil one is: what must be at least one stays. None if the form knows no nil return."""
    form, nil = campaign.form, campaign.form.column_in_role("nil")
    if nil is None:
        return None
    emptied = copied(rows)
    for row in emptied[form.declared.key()]:
        row.update(dict.fromkeys(form.nothing_when_nil(), 0))
    emptied |= {sheet.key(): [] for sheet in form.ledgers if sheet not in form.lasting}
    for row in emptied[nil.owner.key()]:
        row[str(nil)] = nil.declared().choices[0]
    return None if broken(campaign, {team: emptied}) else emptied
