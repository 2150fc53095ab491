"""Signs of invented figures: the statistics, what is found and what is not, and that none of it is anybody's finding."""

from __future__ import annotations

import datetime as dt
import json
import math
import pickle
import re
import shutil
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import msgspec
import numpy as np
import openpyxl
import pytest
from builders import cells_of, columns, damage, sheet_of
from conftest import DUE
from nights import sample_night
from openpyxl.workbook import Workbook
from signing import Rows, drawn_night, with_returns
from test_page import PAGE, Page

from pipeline import tallied
from pipeline.cache import Cache
from pipeline.campaign import Campaign, checking_print
from pipeline.declare import Count, Day, Sheet, column
from pipeline.model import Status
from pipeline.night import Night
from pipeline.publish.contract import FINDINGS
from pipeline.publish.office import page, signs_page
from pipeline.publish.office.signs_page import pieces
from pipeline.publish.office.templates import SIGNS
from pipeline.run import run
from pipeline.signs import MOST, Copied, Digits, Part, Signs, signs_of
from pipeline.signs.chance import chi_square_tail, drawn_tail, standing_out
from pipeline.signs.usual import TEAMS, compare

KEYS = ("copies", "rounds", "digits", "crowds", "off")


def listed(signs: Signs) -> dict[str, list[str]]:
    """Give the codes of the teams that are asked about, by sign."""
    return {key: [clue.place.standing.team.code for clue in getattr(signs, key).clues] for key in KEYS}


# The statistics.


@pytest.mark.parametrize(
    ("df", "at", "chance"),
    [
        (1, 3.841, 0.05), (1, 6.635, 0.01), (2, 5.991, 0.05), (3, 7.815, 0.05), (4, 9.488, 0.05), (5, 15.086, 0.01),
        (7, 14.067, 0.05), (7, 24.322, 0.001), (8, 15.507, 0.05), (9, 14.684, 0.10), (9, 16.919, 0.05), (9, 21.666, 0.01),
        (9, 27.877, 0.001),
    ],
)  # fmt: skip
def test_chi_square_is_that_of_the_printed_tables(df: int, at: float, chance: float) -> None:
    assert chi_square_tail(at, df) == pytest.approx(chance, rel=2e-3)


def test_chi_square_has_a_whole_and_no_end() -> None:
    assert chi_square_tail(0, 9) == 1
    assert 0 < chi_square_tail(400, 9) < 1e-70


def test_the_exact_tail_is_fishers() -> None:
    # The lady tasting tea: 4 of 4, 3 or 4 of 4 (Fisher, The Design of Experiments, 1935).
    assert drawn_tail(4, 4, 4, 8) == pytest.approx(1 / 70)
    assert drawn_tail(3, 4, 4, 8) == pytest.approx(17 / 70)
    for found, drawn, marked, whole in product(range(5), (4, 7), (3, 9), (12, 20)):
        ways = [math.comb(marked, n) * math.comb(whole - marked, drawn - n) for n in range(found, drawn + 1)]
        assert drawn_tail(found, drawn, marked, whole) == pytest.approx(sum(ways) / math.comb(whole, drawn))


def test_what_stands_out_is_what_benjamini_and_hochberg_reject() -> None:
    # The fifteen comparisons of their paper, of which four stand out at 0.05.
    chances = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    assert standing_out(np.array(chances), 0.05).tolist() == [True] * 4 + [False] * 11
    assert standing_out(np.array([]), 0.05).tolist() == []


def test_among_few_teams_nothing_is_usual() -> None:
    found, among = np.array([20] + [1] * TEAMS), np.array([20] + [20] * TEAMS)
    assert compare(found, among, 20).chance[0] < 1e-5
    assert len(compare(found[:-1], among[:-1], 20).at) == 0


def test_where_teams_differ_anyway_a_difference_says_less() -> None:
    rng = np.random.default_rng(1)
    among = np.full(60, 100)
    plain, habits = rng.binomial(100, 0.2, 60), rng.binomial(100, rng.beta(2, 8, 60))
    plain[0] = habits[0] = 60
    assert compare(plain, among, 20).chance[0] < 1e-12
    assert compare(habits, among, 20).chance[0] > 1e-6


# What is tallied.


def test_columns_that_number_or_name_rows_and_planned_days_are_not_tallied() -> None:
    class Things(Sheet):
        number: Count = column("编号")
        badge: Count = column("证号", unique=True)
        persons: Count = column("人数")
        done_on: Day = column("办理日", within="campaign")
        due_on: Day = column("期限")

        class Config:
            key = "number"

    assert tallied.numbers_in(Things) == ["persons"]
    assert tallied.days_in(Things) == ["done_on"]


def test_a_return_is_tallied_in_few_bytes_that_the_cache_keeps(tmp_path: Path) -> None:
    night = drawn_night(1, teams=2, rows=40)
    (checked, *_) = night.checked.values()
    sheet = night.campaign.form.sheet("visits")
    rows = night.records(night.submissions[0])["visits"].table
    told = np.frombuffer(checked.lines["visits"].tallies, dtype="uint16")
    assert len(told) == tallied.width_of(sheet) + 40
    persons = [value for value in rows.typed["persons"] if value >= tallied.LEAST]
    assert told[:10].tolist() == [sum(value % 10 == digit for value in persons) for digit in range(10)]
    ordered = sorted(persons)
    assert told[10] == ordered[3 * len(persons) // 4] - ordered[len(persons) // 4]
    days = [value.date() for value in rows.typed["visited_on"]]
    fullest = max(sorted(set(days)), key=days.count)
    off = sum(not night.campaign.workdays.is_worked(day) for day in days)
    at = [rows.lines[line] + 1 for line, day in enumerate(days) if day == fullest]
    counted = [40, off, (fullest - dt.date(1970, 1, 1)).days, len(at), at[0], at[-1]]
    assert told[11:17].tolist() == counted
    assert sum(len(lines.tallies) for lines in checked.lines.values()) < 900  # of 7 ledgers of 40 rows
    place = tmp_path / "one"
    assert Cache(tmp_path, "x").write(place, checked) and Cache(tmp_path, "x").read(place) == checked
    assert pickle.loads(pickle.dumps(checked)) == checked


def test_equal_numbers_have_equal_hashes_and_rows_without_have_none() -> None:
    night = drawn_night(1, teams=2, rows=6)

    def same(key: str, typed: Rows) -> None:
        if key == "activities":
            typed["sessions"], typed["attendance"], typed["leaflets"] = [3, 3, 30, None, 3, None], [7, 7, 7, None, None, 3], [1, 1, 1, None, 1, 1]  # fmt: skip

    night = drawn_night(1, teams=2, rows=6, invented={0: same})
    sheet = night.campaign.form.sheet("activities")
    checked = night.checked[night.submissions[0].sha256]
    one, two, other, none, *rest = np.frombuffer(checked.lines["activities"].tallies, "uint16")[
        tallied.width_of(sheet) :
    ]
    assert one == two != 0 and none == 0 and len({int(one), int(other), *map(int, rest)}) == 4


def test_other_days_off_are_other_facts(campaign: Campaign) -> None:
    off = replace(campaign, settings=replace_days(campaign.settings, dt.date(2011, 3, 15)))
    period = campaign.periods[0]
    assert checking_print(off, period, "x") != checking_print(campaign, period, "x")


def replace_days(settings: Any, *days: dt.date) -> Any:
    return msgspec.structs.replace(settings, days_off=days)


# What is found.


def round_and_crowded(key: str, typed: Rows) -> None:
    """All numbers end in 0 or 5, and most rows are of one day."""
    if key == "visits":
        rng = Random(5)
        typed["persons"] = [rng.choice([10, 15, 20, 25, 30, 35]) for _ in typed["persons"]]
        most = 2 * len(typed["persons"]) // 3
        typed["visited_on"][:most] = [dt.datetime(2011, 3, 15)] * most


def favoured_and_off(key: str, typed: Rows) -> None:
    """Last digits are favoured, and everything is found at weekends; a block of numbers is copied further down."""
    rng = Random(6)
    if key == "discipline":
        typed["days_on_site"] = [10 * rng.randint(1, 9) + rng.choice([7, 7, 7, 3, 3, 8]) for _ in typed["days_on_site"]]
    if key == "problems":
        saturdays = [dt.datetime(2011, 3, day) for day in (5, 6, 12, 13, 19, 20, 26, 27)]
        typed["found_on"] = [rng.choice(saturdays) for _ in typed["found_on"]]
    if key == "activities":
        for name in ("sessions", "attendance", "leaflets"):
            typed[name][30:42] = typed[name][5:17]


@pytest.fixture(scope="module")
def invented() -> Night:
    """A district in which three teams made figures up: the last took twenty numbers over from another team."""
    other = drawn_night(3).submissions[4]
    theirs = drawn_night(3).records(other)["visits"].table.typed["persons"][40:60]

    def taken_over(key: str, typed: Rows) -> None:
        if key == "visits":
            typed["persons"][10:30] = theirs

    return drawn_night(3, invented={10: round_and_crowded, 11: favoured_and_off, 12: taken_over})


@pytest.fixture(scope="module")
def signs(invented: Night) -> Signs:
    return signs_of(invented)


def test_who_made_figures_up_is_asked_and_nobody_else(invented: Night, signs: Signs) -> None:
    codes = [team.code for team in invented.campaign.teams]
    assert listed(signs) == {
        "copies": [codes[12], codes[11]], "rounds": [codes[10]], "digits": [codes[11]], "crowds": [codes[10]],
        "off": [codes[11]],
    }  # fmt: skip


def test_the_evidence_is_what_stands_in_the_returns(invented: Night, signs: Signs) -> None:
    (rounds,), (crowd,), (off,) = signs.rounds.clues, signs.crowds.clues, signs.off.clues
    assert isinstance(rounds, Part) and isinstance(crowd, Part) and isinstance(off, Part)
    assert (rounds.found, rounds.among, rounds.step, rounds.place.column) == (60, 60, 5, "走访人数")
    assert 0.15 < rounds.usual < 0.25
    assert crowd.found >= 40 and crowd.among == 60 and crowd.day == dt.date(2011, 3, 15) and crowd.rows[0] == 6
    assert (off.found, off.among, off.place.column) == (60, 60, "发现日期") and 0.2 < off.usual < 0.35
    (digits,) = signs.digits.clues
    assert isinstance(digits, Digits)
    counts = dict(zip(digits.digits, digits.own, strict=True))
    assert counts[7] > counts[3] > counts[8] > 0 == counts[1] and sum(digits.usual) == pytest.approx(1)


def test_a_copied_block_is_told_with_both_places_and_its_numbers(invented: Night, signs: Signs) -> None:
    across, within = signs.copies.clues
    assert isinstance(across, Copied) and isinstance(within, Copied)
    assert not across.is_own and within.is_own
    assert (within.rows, within.there_rows) == ((36, 47), (11, 22))
    assert across.there.standing.team.code == invented.submissions[4].team
    assert (across.rows, across.there_rows) == ((16, 35), (46, 65))
    typed = invented.records(invented.submissions[4])["visits"].table.typed["persons"]
    assert [value for (value,) in across.values] == [str(value) for value in typed[40:60]]


def test_rows_that_say_the_same_are_left_to_what_the_teams_are_asked() -> None:
    base = drawn_night(3)
    table = next(t for t in base.parsed[base.submissions[4].sha256].tables if t.key == "visits")

    def copied(key: str, typed: Rows) -> None:
        if key == "visits":
            for name in typed:
                typed[name][10:30] = table.typed[name][40:60]

    assert listed(signs_of(drawn_night(3, invented={12: copied})))["copies"] == []


def test_numbers_in_order_and_constant_ones_are_no_copies() -> None:
    def ordered(key: str, typed: Rows) -> None:
        if key == "visits":
            typed["persons"] = list(range(1, len(typed["persons"]) + 1))

    def constant(key: str, typed: Rows) -> None:
        if key == "visits":
            typed["persons"] = [17] * len(typed["persons"])

    invented = {number: ordered if number % 2 else constant for number in range(9, 20)}
    assert listed(signs_of(drawn_night(4, invented=invented)))["copies"] == []


def test_where_all_came_on_one_day_nobody_is_asked_why() -> None:
    def began(key: str, typed: Rows) -> None:
        if key == "roster":
            typed["joined_on"] = [dt.datetime(2011, 3, 5)] * len(typed["joined_on"])

    signs = signs_of(drawn_night(2, invented=dict.fromkeys(range(40), began)))
    assert listed(signs)["crowds"] == [] and listed(signs)["off"] == []


@pytest.mark.parametrize("rows", [25, 60])
def test_of_honest_districts_next_to_nothing_is_listed(rows: int) -> None:
    found = [sum(map(len, listed(signs_of(drawn_night(seed, teams=30, rows=rows))).values())) for seed in range(20, 25)]
    assert sum(found) <= 3, found


# The page.


@pytest.fixture(scope="module")
def shown(invented: Night) -> Page:
    return Page("".join(pieces(invented)))


def test_the_page_asks_with_the_evidence_and_says_what_it_is_not(invented: Night, shown: Page) -> None:
    text = shown.text()
    assert "线索不是结论" in text and "不作为退改、通报的依据" in text
    assert f"计入汇总的 {len(invented.standings)} 个" in text
    (row,) = shown.body("rounds-table")
    team = invented.campaign.teams[10]
    assert row == [
        f"{team.code} {team.name} 来件", "走访台账，“走访人数”", "8 以上的 60 个整数中，5 的倍数有 60 个，占 100%",
        row[3], "这些数是逐次清点的，还是估计的？请现场抽几项，与签到、照片等原始记录核对。",
    ]  # fmt: skip
    assert re.fullmatch(r"占 \d+%", row[3])
    (crowd,) = shown.body("crowds-table")
    assert "写的是 2011年3月15日" in crowd[2]
    across, within = shown.body("copies-table")
    assert "第 46 至 65 行" in across[3] and "共 20 行" in across[2] and "同一份报表" in within[3]
    for key in KEYS:
        assert f'id="{key}"' in shown.html and re.search(rf'href="#{key}"', shown.html)


def test_of_many_the_strongest_are_listed_and_the_others_counted() -> None:
    night = drawn_night(3, teams=150, rows=25, invented=dict.fromkeys(range(10, 10 + MOST + 4), round_and_crowded))
    signs = signs_of(night)
    assert len(signs.rounds.clues) == MOST and signs.rounds.more == 4
    assert "只列出最明显的 20 处，另有 4 处没有列出。" in "".join(pieces(night))


def test_without_returns_it_says_that_nothing_could_be_compared() -> None:
    night = sample_night()
    none = replace(
        night, standings=[replace(s, status=Status.MISSING, latest=None, counted=None) for s in night.standings]
    )
    for each in (none, replace(none, standings=[], submissions=[])):
        page = Page("".join(pieces(each)))
        assert page.text().count("没有足够的数可比，没有比较。") == len(KEYS) and "计入汇总的 0 个" in page.text()


def test_the_page_is_closed_to_the_network_and_asks_for_no_script(shown: Page) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', shown.html)
    assert (
        policy
        and policy[1].startswith("default-src 'none'; ")
        and "unsafe" not in policy[1]
        and "script" not in policy[1]
    )
    assert shown.tags["script"] == 0
    assert not [name for name in shown.attributes if name.startswith("on") or name in ("style", "src")]
    assert not [link for link in shown.links if ":" in link or link.startswith("/")]
    assert "http:" not in shown.html and "https:" not in shown.html
    new = r":has\(|:is\(|:where\(|focus-visible|aspect-ratio|\binset\b|(?<!grid-)\bgap\b|clamp\(|[^a-z]min\(|color-mix|@container|&"
    assert not re.findall(new, (PAGE / "signs.css").read_text("utf-8"))


def test_hostile_text_is_shown_not_obeyed(invented: Night) -> None:
    nasty = "<script>alert(1)</script>\u202e 13812345678"
    parsed = {
        sha256: replace(one, tables=[replace(table, name=nasty) for table in one.tables])
        for sha256, one in invented.parsed.items()
    }
    hostile = Page("".join(pieces(with_returns(invented, parsed))))
    assert hostile.tags["script"] == 0 and "138****5678" in hostile.text() and "13812345678" not in hostile.html


def test_the_findings_page_leads_to_it(invented: Night) -> None:
    assert quote(SIGNS) in Page(page.render(invented)).links


def test_the_same_night_gives_the_same_page(invented: Night, shown: Page) -> None:
    assert "".join(pieces(invented)) == shown.html


# The night.


@pytest.fixture
def district(workspace: Path, clean_district: Path, campaign: Campaign) -> tuple[Path, str]:
    """A folder with returns of forty teams, and which of them wrote nothing but fives and tens, all on one day. One more errs."""
    refs = columns(campaign)
    paths = sorted(clean_district.glob("*.xlsx"))[:40]
    visits = {path: len(cells_of(openpyxl.load_workbook(path), refs["visits.persons"])) for path in paths}
    made_up = max(paths, key=lambda path: visits[path])
    for path in paths:
        shutil.copy2(path, workspace / "inbox" / path.name)
    damage(workspace / "inbox" / made_up.name, lambda book: invent(book, refs))
    other = next(path for path in paths if path != made_up)
    damage(workspace / "inbox" / other.name, lambda book: fill(book, refs["visits.persons"], "约30"))
    return workspace, campaign.by_code[re.search(r"ZF\d+", made_up.name)[0]].code  # type: ignore[index]


def fill(book: Workbook, ref: Any, *values: Any) -> None:
    """Write values into the first cells of a column."""
    for cell, value in zip(cells_of(book, ref), values, strict=False):
        sheet_of(book, ref)[cell] = value


def invent(book: Workbook, refs: Any) -> None:
    """Write invented visits, and the figures that agree with them."""
    persons, sheet = cells_of(book, refs["visits.persons"]), sheet_of(book, refs["visits.persons"])
    made_up = [10 + 5 * (row * row % 5) for row in range(len(persons))]
    fill(book, refs["visits.persons"], *made_up)
    fill(book, refs["visits.visited_on"], *[dt.datetime(2011, 3, 15)] * len(persons))
    fill(book, refs["summary.people_visited"], sum(made_up), sum(made_up))
    column = persons[0].rstrip("0123456789")
    for (cell,) in sheet[f"{column}1:{column}{sheet.max_row}"]:
        if cell.row < int(persons[0].removeprefix(column)) and isinstance(cell.value, int | float):
            cell.value = sum(made_up)


def test_a_night_with_signs_finds_nothing_that_one_without_would_not(
    district: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, code = district
    plain = root.with_name("plain")
    shutil.copytree(root, plain)
    night = run(root, DUE, workers=1)
    none = signs_of(replace(night, standings=[]))
    monkeypatch.setattr(signs_page, "signs_of", lambda night: none)
    run(plain, DUE, workers=1)
    outbox, without = (folder / "outbox" / DUE.isoformat() for folder in (root, plain))
    (standing,) = (s for s in night.standings if s.team.code == code)
    assert standing.status is Status.ACCEPTED and standing.counted
    found = Page((outbox / SIGNS).read_text("utf-8"))
    asked = {row[0].split()[0] for key in KEYS if f"{key}-table" in found.rows for row in found.body(f"{key}-table")}
    assert asked == {code} and found.body("rounds-table") and found.body("crowds-table")
    assert SIGNS in json.loads((outbox / "run.json").read_text("utf-8"))["outputs"]
    differing = {
        path.relative_to(outbox).as_posix()
        for path in outbox.rglob("*")
        if path.is_file() and path.read_bytes() != (without / path.relative_to(outbox)).read_bytes()
    }
    assert differing - {"run.json", ".manifest.json"} == {SIGNS}
    assert (outbox / FINDINGS).read_bytes() == (without / FINDINGS).read_bytes()
    assert any((outbox / "退改").iterdir())
