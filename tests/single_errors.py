"""Right returns of the shipped form with one wrong cell each: as many, of as many kinds and columns, as are asked for."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from damaging import Damage, may_speak, of_cells
from filling import Filled, Spot
from filling_times import Place, Rows
from openpyxl.workbook import Workbook

from pipeline.campaign import Campaign
from pipeline.demo.first_night import right
from pipeline.demo.truth import copied
from pipeline.model import Period, Team
from pipeline.publish.form.workbook import FormPlaces


@dataclass(frozen=True)
class OneWrong:
    """A team's return of which one cell is wrong. rows: what is sent. place: sheet key, record and field of the cell.

    spot: tab and address of the cell in the official form. right: what should stand there. rules: those one of which must blame
    it. companions: (rule, spot) of who may speak up beside it.
    """

    team: Team
    rows: Rows
    place: Place
    spot: Spot
    right: Any
    rules: tuple[str, ...]
    companions: frozenset[tuple[str, Spot]]

    @property
    def wrong(self) -> Any:
        """What stands there."""
        key, line, name = self.place
        return self.rows[key][line][name]


def wrong_ones(campaign: Campaign, period: Period, count: int, seed: int = 2011) -> Iterator[OneWrong]:
    """Give so many, each of another team as long as there are teams: sheets, rules and columns take turns."""
    rng, places = random.Random(seed), FormPlaces(campaign.form)
    teams = rng.sample(list(campaign.teams), min(count, len(campaign.teams)))
    returns, used = right(campaign, period, seed, teams), dict[tuple[str, ...], int]()
    keys = [sheet.key() for sheet in campaign.form.sheets]
    for number in range(count):
        team = teams[number % len(teams)]
        rows = returns[team.code]
        filled = Filled(Workbook(), {
            (key, line, name): (campaign.form.sheet(key).title(), places.cell(key, line, name))
            for key in rows if key in keys
            for line, row in enumerate(rows[key])
            for name in campaign.form.sheet(key).columns()
            if name in row
        })  # fmt: skip
        found = [each for each in of_cells(campaign, period, rows, filled) if each.rules]
        rng.shuffle(found)

        def turn(damage: Damage) -> tuple[int, ...]:
            (key, _, name), rule = next(iter(damage.changes)), damage.rules[0]
            return used.get((key,), 0), used.get((key, name, rule), 0), used.get((rule,), 0)

        damage = min(found, key=turn)
        ((place, (spot, value)),) = damage.changes.items()
        for mark in ((place[0],), (place[0], place[2], damage.rules[0]), (damage.rules[0],)):
            used[mark] = used.get(mark, 0) + 1
        sent = copied(rows)
        sent[place[0]][place[1]][place[2]] = value
        companions = frozenset(may_speak(damage, campaign, filled))
        yield OneWrong(team, sent, place, spot, rows[place[0]][place[1]][place[2]], damage.rules, companions)
