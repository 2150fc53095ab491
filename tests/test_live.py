"""The form checks itself while it is filled in: as LibreOffice shows it, held against what the night finds."""

from __future__ import annotations

import datetime as dt
import html
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conftest import REPO
from damaging import _wrong
from recalculating import Shown, recalculated
from test_drawing import campaign_of

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
    drawn = mistakes(campaign, returns, 220, rng)
    used = max(each.number for each in drawn) + 1
    paths = [written(campaign, number, rows, tmp_path / "filled") for number, rows in enumerate(returns[:used])]
    found = found_in(campaign, paths)
    shown = dict(in_batches(paths, tmp_path))
    made = [each for each in drawn if each.rules and _blamed(each, found[paths[each.number]])][:200]
    assert len(made) == 200 and len({each.key for each in made}) == 9
    red = [each for each in made if each.spot in lit(shown[paths[each.number]])]
    missed = Counter((each.rules[0], str(each.value)[:12]) for each in made if each not in red)
    record_property("red", len(red))
    print(f"{len(red)} of 200 are red; missed: {missed}")
    assert len(red) >= 150, missed
    assert_law(paths, found, shown)


def _blamed(mistake: Mistake, found: Mapping[Spot, Sequence[Finding]]) -> bool:
    """Whether the night finds it: not all, as a return has several, and what hangs on one that is wrong is not looked at."""
    return any(each.rule in mistake.rules for each in found.get(mistake.spot, ()))


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


ODD_ROWS: Mapping[str, tuple[str, list[dict[str, Any]]]] = {
    "a subtotal": ("visits", [{"serial": "小计", "persons": 5000}]),
    "a subtotal with a space": ("funds", [{"serial": "小 计", "amount": 99999.5}]),
    "a remark": ("visits", [{"serial": "注：以上为本月走访情况"}]),
    "a signature": ("activities", [{"serial": "制表：王伟", "place": "审核：李娜"}]),
    "a row of dashes": ("problems", [{name: "/" for name in ("code", "description", "category", "state")}]),
    "nothing but spaces": ("visits", [{"host": "　"}, {"host": "  "}]),
    "names with spaces": ("roster", [{"name": "张　三", "duty": "队员"}]),
    "a number of the wrong look": ("visits", [{"persons": dt.datetime(2011, 3, 8), "host": "农户"}]),
    "digits of full width": ("funds", [{"amount": "１２．５", "kind": "帮扶"}]),
    "a day in words": ("problems", [{"code": "W01", "found_on": "2011年3月9日", "due_on": "2011.3.8"}]),
    "the same code in another case": ("problems", [{"code": "W91"}, {"code": "w91"}, {"code": "W91"}]),
    "wildcards": ("roster", [{"name": "王*"}, {"name": "王?"}, {"name": "王伟"}, {"name": "王*"}]),
    "a truth": ("discipline", [{"no_gifts": True, "member": "王伟"}]),
    "the header again": ("visits", [{"serial": "序号", "visited_on": "走访日期", "host": "走访对象", "persons": "走访人数（人）", "cadre": "走访干部", "matter": "反映情况"}]),
    "column numbers": ("visits", [dict(zip(("serial", "visited_on", "host", "persons", "cadre", "matter"), range(1, 7), strict=True))]),
    "long digits": ("cover", [{"phone": 13800000000.0, "clerk": "张 三", "leader": "欧阳 修", "filled_on": 20110308}]),
    "marks around choices": ("roster", [{"organ": "【区直】", "duty": "（队 员）"}, {"organ": "乡\u200b镇", "duty": "队长。"}]),
    "more rows than the form has": ("visits", [{"persons": 3, "host": f"农户{n}"} for n in range(1_100)]),
}  # fmt: skip
"""Rows that the night reads in its own way, put in front of a right return's rows of a sheet."""


@pytest.mark.slow
def test_what_the_night_reads_in_its_own_way_gives_no_false_alarm(campaign: Campaign, tmp_path: Path) -> None:
    returns = right(campaign, campaign.periods[0], 3, campaign.teams[: 2 * len(ODD_ROWS)]).values()
    made = []
    for number, rows in enumerate(map(copied, returns)):
        key, odd = list(ODD_ROWS.values())[number // 2]
        if key == "cover":
            rows[key][0] |= odd[0]
        elif number % 2:
            rows[key] = [*odd, *rows[key]]
        else:
            rows[key] = [{**first, **second} for first, second in zip(rows[key], odd, strict=False)] + rows[key][
                len(odd) :
            ]
        made.append(written(campaign, number, rows, tmp_path / "filled"))
    assert_law(made, found_in(campaign, made), dict(in_batches(made, tmp_path)))


@pytest.mark.slow
@pytest.mark.parametrize("example", ["progress", "questionnaire"])
def test_other_forms_check_themselves_as_well(tmp_path: Path, example: str) -> None:
    campaign, rng = campaign_of(example, tmp_path), Random(5)
    period = campaign.periods[0]
    kinds, returns = [*faults(campaign, period), *oddities(campaign)], list[Rows]()
    for seed in range(12):
        for rows in right(campaign, period, seed, campaign.teams[:1]).values():
            for fault in rng.sample(kinds, min(seed % 4, len(kinds))):
                rows = fault.plant(rows, rng) or rows
            returns.append(rows)
    paths = [written(campaign, number, rows, tmp_path / "filled") for number, rows in enumerate(returns)]
    shown = dict(in_batches(paths, tmp_path))
    assert assert_law(paths, found_in(campaign, paths), shown) > 5
    assert [told(shown[path]) for path in paths[::4]] == ["可以报送"] * 3


@pytest.mark.slow
def test_the_sheet_of_checks_names_the_first_of_the_wrong_places(campaign: Campaign, tmp_path: Path) -> None:
    period, team = campaign.periods[0], campaign.teams[0]
    rows = copied(next(iter(right(campaign, period, 5, [team]).values())))
    wrong = copied(rows)
    wrong["visits"][1]["persons"] = wrong["visits"][3]["persons"] = 999
    wrong["visits"][2]["persons"] = 100  # to be asked about
    wrong["roster"][3]["name"] = wrong["roster"][1]["name"]
    contents = {"空白": prefilled(campaign, period, team), "正确": Contents(rows), "有错": Contents(wrong)}
    for name, said in contents.items():
        write_form(tmp_path / f"{name}.xlsx", campaign, period, team, said)
    blank, fine, bad = recalculated([tmp_path / f"{name}.xlsx" for name in contents], tmp_path).values()
    assert [told(each) for each in (blank, fine)] == ["尚有 25 处需要改正", "可以报送"]
    assert set(lit(blank).values()) == {"missing"} and not lit(fine)
    said = lines(bad)
    assert said["走访台账", "走访人数"][1:] == ("2", "D6") and said["走访台账", "走访人数（校验 V12）"][1:] == (
        "1",
        "D7",
    )
    assert said["人员名册", "姓名"] == ("不得重复。", "1", "B7")
    assert lit(bad)["人员名册", "B5"] == lit(bad)["人员名册", "B7"] == "wrong"
    assert lit(bad)["走访台账", "D7"] == "asked" and bad[CHECK_SHEET].texts["D2"] == "看第一项"


def lines(sheets: Mapping[str, Shown]) -> dict[Spot, tuple[str, str, str]]:
    """Give the last line about each thing that is wrong: what is required, how many places, the first; by sheet and thing."""
    texts, sheet, said = sheets[CHECK_SHEET].texts, "", {}
    for row in range(5, 200):
        name, count = texts.get(f"A{row}", ""), texts.get(f"C{row}", "")
        sheet = name.strip("《》") if name.startswith("《") else sheet
        if not name.startswith("《") and count.isdigit():
            said[sheet, name] = texts[f"B{row}"], count, texts[f"D{row}"]
    return said


FUNCTIONS = frozenset(
    (
        "ABS", "ADDRESS", "AND", "CLEAN", "COLUMN", "COUNTA", "COUNTIF", "COUNTIFS", "DATE", "EXACT", "FIND", "HYPERLINK", "IF",
        "IFERROR", "INDEX", "INT", "ISBLANK", "ISERROR", "ISNUMBER", "ISTEXT", "LEFT", "LEN", "MATCH", "MAX", "MIN", "MONTH",
        "N", "NOT", "OFFSET", "RIGHT", "ROUND", "ROW", "ROWS", "SEARCH", "SUBSTITUTE", "SUBTOTAL", "SUM", "SUMIF", "SUMIFS",
        "SUMPRODUCT", "TRIM", "VLOOKUP", "YEAR", "ISNA",
    )
)  # fmt: skip
"""All of them are in Excel 2007."""


@pytest.mark.parametrize("which", ["shipped", "progress", "questionnaire"])
def test_formulas_are_such_as_excel_2007_takes(campaign: Campaign, tmp_path: Path, which: str) -> None:
    asked = campaign if which == "shipped" else campaign_of(which, tmp_path)
    path = written(asked, 0, dict(prefilled(asked, asked.periods[0], asked.teams[0]).rows), tmp_path / "filled")
    formulas = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            part = archive.read(name).decode("utf-8") if name.endswith(".xml") else ""
            formulas += map(html.unescape, re.findall(r"<(?:f|formula|definedName)(?: [^>]*)?>([^<]*)<", part))
    assert len(formulas) > 50
    for formula in formulas:
        texts = re.findall(r'"((?:[^"]|"")*)"', formula)
        rest = re.sub(r'"(?:[^"]|"")*"', '""', formula)
        assert len(formula) < 8_000 and max(map(len, texts), default=0) < 256, formula
        assert set(re.findall(r"([A-Z][A-Z.0-9]*)\(", rest)) <= FUNCTIONS, formula
        assert "{" not in rest
        depth = [0]
        for mark in re.findall(r"[()]", rest):
            depth.append(depth[-1] + (1 if mark == "(" else -1))
        assert depth[-1] == 0 and max(depth) < 60


def test_whoever_writes_a_form_writes_the_same_bytes(campaign: Campaign, tmp_path: Path) -> None:
    period, team, out = campaign.periods[0], campaign.teams[0], [tmp_path / f"{n}.xlsx" for n in range(3)]
    contents = prefilled(campaign, period, team)
    written(
        campaign, 3, dict(contents.rows) | {"visits": [{"persons": 3}] * 1_100}, tmp_path / "before"
    )  # another way to lay it out
    write_form(out[0], campaign, period, team, contents)
    code = (
        "import sys; from pathlib import Path; from pipeline.campaign import load;"
        "from pipeline.publish.form.workbook import prefilled, write_form;"
        "c = load(Path(sys.argv[1])); p, t = c.periods[0], c.teams[0]; write_form(Path(sys.argv[2]), c, p, t, prefilled(c, p, t))"
    )
    for seed, path in enumerate(out[1:]):
        env = os.environ | {"PYTHONHASHSEED": str(seed), "PYTHONPATH": str(REPO)}
        subprocess.run([sys.executable, "-c", code, str(campaign.root), str(path)], check=True, env=env)
    assert len({path.read_bytes() for path in out}) == 1
