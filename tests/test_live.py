"""The form checks itself while it is filled in: as LibreOffice shows it, held against what the night finds."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from conftest import need
from damaging import _wrong
from recalculating import Shown, recalculated

from pipeline.campaign import Campaign
from pipeline.demo.faults import faults, oddities
from pipeline.demo.first_night import right
from pipeline.demo.truth import Rows, copied
from pipeline.examine import examine
from pipeline.model import Finding, Submission
from pipeline.parse import Parser
from pipeline.publish.form.geometry import place
from pipeline.publish.form.workbook import Contents, given_by_office, prefilled, write_form
from pipeline.rawbook import CHECK_SHEET, a1
from pipeline.read import read_here

RETURNS = int(os.environ.get("HUIZONG_LIVE_RETURNS", "60"))  # of the law; 500 take some minutes
AT_ONCE = 70  # workbooks in one run of LibreOffice
Spot = tuple[str, str]  # sheet and cell


def found_in(campaign: Campaign, paths: Sequence[Path]) -> dict[Path, dict[Spot, list[Finding]]]:
    """Check returns of the first period as a night does, each by itself. Gives what is found, by file and cell."""
    period, parser = campaign.periods[0], Parser(campaign.form)
    returns = []
    for number, path in enumerate(paths):
        parsed = parser.parse(read_here(path))
        team = campaign.teams[number % len(campaign.teams)].code
        returns.append((Submission(parsed.sha256, path.name, str(path), team, period.key, period.due, ""), parsed))
    found: dict[Path, dict[Spot, list[Finding]]] = {}
    for path, checked in zip(paths, examine(returns, campaign, period), strict=True):
        for each in checked.findings:
            found.setdefault(path, {}).setdefault((each.sheet, each.cell), []).append(each)
    return found


def lit(sheets: Mapping[str, Shown]) -> dict[Spot, str]:
    """Give the cells of the form that show something by themselves, with their look."""
    return {
        (title, cell): look
        for title, each in sheets.items()
        if title != CHECK_SHEET
        for cell, look in each.looks.items()
    }


def told(sheets: Mapping[str, Shown]) -> str:
    """Give what the sheet of checks says on top."""
    return sheets[CHECK_SHEET].texts["A2"]


def written(campaign: Campaign, number: int, rows: Rows, folder: Path) -> Path:
    """Fill in the blank of a team."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{number:03}.xlsx"
    write_form(path, campaign, campaign.periods[0], campaign.teams[number % len(campaign.teams)], Contents(rows))
    return path


def in_batches(paths: Sequence[Path], folder: Path) -> Iterator[tuple[Path, dict[str, Shown]]]:
    for first in range(0, len(paths), AT_ONCE):
        yield from recalculated(paths[first : first + AT_ONCE], folder).items()


@dataclass(frozen=True)
class Mistake:
    """One wrong value in one cell: where, and the rules one of which it breaks."""

    number: int
    spot: Spot
    key: str
    field: str
    value: Any
    rules: tuple[str, ...]


def mistakes(campaign: Campaign, returns: Sequence[Rows], count: int, rng: Random) -> list[Mistake]:
    """Draw wrong values over all sheets, one for a sheet of a return, and write them into the returns."""
    period, sheets = campaign.periods[0], [each for each in campaign.form.tabs if each.options().role != "explanations"]
    made: list[Mistake] = []
    for number, rows in enumerate(returns):
        fixed = given_by_office(campaign, period, campaign.teams[number])
        for sheet in sheets:
            row = rng.randrange(len(rows[sheet.key()])) if rows[sheet.key()] else None
            names = [
                name
                for name in sheet.columns()
                if name not in fixed.get(sheet.key(), ()) and not sheet.columns()[name].role
            ]
            name = rng.choice(names)
            values = [] if row is None else list(_wrong(sheet.columns()[name], campaign, period, rows, row))
            if values and row is not None and len(made) < count:
                value, *rules = rng.choice(values)
                rows[sheet.key()][row][name] = value
                spot = sheet.title(), a1(*place(sheet, row, name))
                made.append(Mistake(number, spot, sheet.key(), name, value, tuple(rules)))
    return made


@pytest.mark.slow
def test_most_single_mistakes_are_red_in_the_form_itself(
    campaign: Campaign, tmp_path: Path, record_property: Any
) -> None:
    rng, teams = Random(2011), campaign.teams[:30]
    returns = [copied(rows) for rows in right(campaign, campaign.periods[0], 5, teams).values()]
    made = mistakes(campaign, returns, 200, rng)
    assert len(made) == 200 and {each.key for each in made} >= {
        "cover",
        "summary",
        "roster",
        "work",
        "problems",
        "visits",
    }
    used = max(each.number for each in made) + 1
    paths = [written(campaign, number, rows, tmp_path / "filled") for number, rows in enumerate(returns[:used])]
    found = found_in(campaign, paths)
    shown = dict(in_batches(paths, tmp_path))
    for each in made:
        codes = {finding.rule for finding in found[paths[each.number]].get(each.spot, [])}
        assert codes & set(each.rules), f"{each} is no mistake: {codes}"
    red = [each for each in made if each.spot in lit(shown[paths[each.number]])]
    missed = Counter((each.rules[0], str(each.value)[:12]) for each in made if each not in red)
    record_property("red", len(red))
    print(f"{len(red)} of 200 are red; missed: {missed}")
    assert len(red) >= 150, missed
    assert_law(paths, found, shown)


def assert_law(
    paths: Sequence[Path],
    found: Mapping[Path, Mapping[Spot, Sequence[Finding]]],
    shown: Mapping[Path, Mapping[str, Shown]],
) -> int:
    """Hold what forms show against what is found: each cell that is lit is one at which something is found. Gives how many."""
    alarms = [
        (path.name, spot, look, shown[path][spot[0]].texts.get(spot[1]))
        for path in paths
        for spot, look in lit(shown[path]).items()
        if not any(
            each.severity.value == ("query" if look == "asked" else "error")
            for each in found.get(path, {}).get(spot, ())
        )
    ]
    assert not alarms, alarms[:20]
    for path in paths:
        wrong = [spot for spot, look in lit(shown[path]).items() if look != "asked"]
        assert told(shown[path]).startswith("尚有" if wrong else "可以报送"), path.name
    return sum(len(lit(shown[path])) for path in paths)


@pytest.mark.slow
def test_what_a_form_shows_and_what_the_night_finds_never_disagree(campaign: Campaign, tmp_path: Path) -> None:
    period, rng = campaign.periods[0], Random(7)
    kinds = [*faults(campaign, period), *oddities(campaign)]
    returns: list[Rows] = []
    for seed in range(-(-RETURNS // len(campaign.teams))):
        teams = campaign.teams[: RETURNS - len(returns)]
        for rows in right(campaign, period, seed, teams).values():
            for fault in rng.sample(kinds, rng.randint(1, 4)):
                rows = fault.plant(rows, rng) or rows
            returns.append(rows)
    paths = [written(campaign, number, rows, tmp_path / "filled") for number, rows in enumerate(returns)]
    count = assert_law(paths, found_in(campaign, paths), dict(in_batches(paths, tmp_path)))
    print(f"{count} cells lit in {len(paths)} returns")
    assert count > len(paths) // 2
