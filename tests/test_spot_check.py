"""Spot checks: who and what is drawn by lot, what an office says it found, and what that says of all rows."""

from __future__ import annotations

import json
import math
import random
import shutil
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest
from builders import cells_of, columns, sheet_of
from click.testing import CliRunner
from conftest import DUE
from deciding import NEXT, Office, read

from pipeline.cli import huizong
from pipeline.decide import annul_night
from pipeline.ledger import NAME, Ledger
from pipeline.ledger.audit import audit
from pipeline.night import Night
from pipeline.on_site import Looked, share, student
from pipeline.sampling import drawn, spread_over
from pipeline.verify import verify

LIST, RESULTS = "抽查名单", "核实情况"
BOOK = f"{LIST}.xlsx"
TRUE, FALSE, UNKNOWN = "属实", "不属实", "无法核实"
CHECKER = {"核实人": "张检查"}


# -- the lot

UNITS = [f"U{number:03}" for number in range(187)]


def kind(unit: str) -> tuple[str, str]:
    number = int(unit[1:])
    return ("ABC"[(number % 10 > 3) + (number % 10 > 7)], f"T{number % 7}")


def test_the_same_words_draw_the_same_and_others_draw_others() -> None:
    mine = spread_over(UNITS, kind, 12, "2011")
    assert mine == spread_over(UNITS[::-1], kind, 12, "2011") and len(set(mine)) == 12
    assert mine != spread_over(UNITS, kind, 12, "2012")
    assert sorted(spread_over(UNITS[:5], kind, 12, "2011")) == UNITS[:5] and spread_over([], kind, 12, "") == []


def test_each_group_has_its_share_to_within_one() -> None:
    sizes = Counter(kind(unit)[0] for unit in UNITS)
    for seed in range(50):
        found = Counter(kind(unit)[0] for unit in spread_over(UNITS, kind, 20, str(seed)))
        assert all(abs(found[group] - 20 * size / len(UNITS)) < 1 for group, size in sizes.items())


def test_each_unit_is_drawn_as_often_as_any_other() -> None:
    rounds, count = 2_000, 20
    times = Counter(unit for seed in range(rounds) for unit in spread_over(UNITS, kind, count, f"s{seed}"))
    expected = rounds * count / len(UNITS)
    chi = sum((times[unit] - expected) ** 2 / expected for unit in UNITS)
    assert chi < 187 + 4 * math.sqrt(2 * 187)  # far beyond what chance makes of 186 degrees of freedom


def test_rows_that_stay_stay_drawn_when_others_come_and_go() -> None:
    rows = [f"row {number}" for number in range(40)]
    before = {rows[place] for place in drawn(rows, 8, "seed", "team")}
    gone = next(row for row in rows if row not in before)
    left = [row for row in rows if row != gone]
    assert {left[place] for place in drawn(left, 8, "seed", "team")} == before
    more = [*rows, "a new one"]
    assert len({more[place] for place in drawn(more, 8, "seed", "team")} & before) >= 7


# -- the share


@pytest.mark.parametrize(("freedom", "t"), [(1, 12.7062), (2, 4.3027), (5, 2.5706), (11, 2.2010), (30, 2.0423)])
def test_students_t_is_that_of_the_tables(freedom: int, t: float) -> None:
    assert student(freedom) == pytest.approx(t, abs=5e-5)


def test_the_share_is_what_one_reckons_by_hand() -> None:
    assert share([]) is None and share([Looked(60, 0, 0)]) is None
    few = share([Looked(60, 4, 1), Looked(20, 5, 0)])
    assert few is not None and (few.value, few.low) == (pytest.approx((60 * 0.8 + 20) / 80), None)
    all_true = share([Looked(60, 5, 0)] * 12)
    worth, z = 60 * (1.959964 / 2.200985) ** 2, 1.959964
    assert all_true is not None and all_true.value == 1
    assert (all_true.low, all_true.high) == (pytest.approx(worth / (worth + z * z), abs=1e-5), pytest.approx(1))


def test_the_interval_holds_the_true_share_as_often_as_it_says() -> None:
    """Teams differ: most report truly, some invent a good part. In 19 of 20 samples the interval must hold the truth."""
    luck = random.Random(20110331)
    teams = []
    for _ in range(187):
        rows, honesty = luck.randint(20, 80), 0.97 if luck.random() < 0.9 else 0.5
        teams.append([luck.random() < honesty for _ in range(rows)])
    truth = sum(map(sum, teams)) / sum(map(len, teams))
    held, rounds = 0, 400
    for _ in range(rounds):
        looked = []
        for team in luck.sample(teams, 20):
            seen = luck.sample(team, 5)
            looked.append(Looked(len(team), sum(seen), 5 - sum(seen)))
        found = share(looked)
        assert found is not None and found.low is not None and found.high is not None
        held += found.low <= truth <= found.high
    assert 0.92 <= held / rounds <= 0.995


# -- a night's list, filled in and dropped back


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path / "workspace")
    office.send(*office.sent)
    return office


def published(office: Office, night: Night) -> Path:
    return office.root / "outbox" / night.folder / BOOK


def ready(path: Path) -> dict[int, dict[str, Any]]:
    """Give the rows of a list by their number in Excel, by title."""
    sheet = openpyxl.load_workbook(path)[LIST]
    head = next(row for row in sheet.iter_rows() if "核实人" in [cell.value for cell in row])
    titles = [cell.value for cell in head]
    rows = {row[0].row: dict(zip(titles, (cell.value for cell in row), strict=True)) for row in sheet.iter_rows()}
    return {number: row for number, row in rows.items() if number > head[0].row and row["事项号"]}


def filled(path: Path, to: Path, said: dict[int, dict[str, object]]) -> Path:
    """Fill in a list as an inspector does: by row, column -> what is typed."""
    book = openpyxl.load_workbook(path)
    sheet = book[LIST]
    head = next(row for row in sheet.iter_rows() if "核实人" in [cell.value for cell in row])
    columns = {cell.value: cell.column for cell in head}
    for row, cells in said.items():
        for title, value in cells.items():
            sheet.cell(row, columns[title]).value = value
    to.parent.mkdir(parents=True, exist_ok=True)
    book.save(to)
    return to


def told(office: Office, night: Night) -> Any:
    return json.loads((office.root / "outbox" / night.folder / "run.json").read_text("utf-8"))["spot_check"]


def test_the_list_has_rows_of_what_counts_with_room_for_what_is_found(office: Office) -> None:
    night = office.night()
    rows = ready(published(office, night))
    assert {row["编码"] for row in rows.values()} == set(office.codes)
    by_team = Counter((row["编码"], row["位置"].split()[0]) for row in rows.values())
    assert set(by_team.values()) == {5, 3}  # visits and problems, as the settings ask
    for row in rows.values():
        code, place = row["编码"], row["位置"].split()
        sent = next(each for each in office.sent if each.name.startswith(code))
        cells = [cell for cell in next(openpyxl.load_workbook(sent)[place[0]].iter_rows(int(place[2]), int(place[2])))]
        days = [f"{cell.value:%Y-%m-%d}" for cell in cells if hasattr(cell.value, "year")]
        assert days and all(day in row["填报内容"] for day in days)
        assert row["核实结果"] is row["核实人"] is None
    sheet = openpyxl.load_workbook(published(office, night))[LIST]
    assert [each.formula1 for each in sheet.data_validations.dataValidation] == ['"属实,不属实,无法核实"']
    said = told(office, night)
    assert sorted(said["teams"]) == sorted(team.code for team in office.campaign.teams)  # also who has sent nothing
    assert said["ledgers"]["visits"]["drawn"] == 15 and said["ledgers"]["visits"]["share"] is None
    assert quote(BOOK) in (office.root / "outbox" / night.folder / "校验报告.html").read_text("utf-8")


def test_what_was_found_is_recorded_told_and_asked_for_no_more(office: Office) -> None:
    path = published(office, office.night())
    rows = ready(path)
    found = {row: {"核实结果": TRUE, **CHECKER} for row in rows}
    doubted, *_, unclear = [*rows][:6]
    found[doubted] = {"核实结果": FALSE, "核实情况": "户主说没有来过", "核实日期": "2011-03-30", **CHECKER}
    found[unclear] = {"核实结果": UNKNOWN, "核实情况": "家中无人", **CHECKER}
    filled(path, office.root / "inbox" / "张检查填好的.xlsx", found)
    night = office.night(DUE + NEXT)
    assert (night.unplaced, night.declined, list((office.root / "inbox").iterdir())) == ([], [], [])
    assert len(night.verifications) == len(rows) and night.decisions == []
    ledgers = told(office, night)["ledgers"]
    sums = {key: sum(each[key] for each in ledgers.values()) for key in ("drawn", "true", "false", "unknown")}
    assert sums == {"drawn": len(rows), "true": len(rows) - 2, "false": 1, "unknown": 1}
    again = ready(published(office, night))
    assert [row["核实结果"] for row in again.values()] == [found[row]["核实结果"] for row in rows]
    listed = [" ".join(str(cell) for cell in row if cell) for row in read(published(office, night), RESULTS)]
    assert sum("户主说没有来过" in row and rows[doubted]["位置"] in row for row in listed) == 1
    assert sum("家中无人" in row for row in listed) == 1
    assert not office.night(DUE + NEXT).is_new
    assert verify(office.root).faults == [] and audit(office.root / "archive" / NAME).faults == []


def test_the_whole_list_dropped_again_says_nothing_new_and_a_changed_row_counts_as_it_is_now(office: Office) -> None:
    path = published(office, office.night())
    first, second, *_ = ready(path)
    filled(path, office.root / "inbox" / "a.xlsx", {row: {"核实结果": TRUE, **CHECKER} for row in (first, second)})
    night = office.night(DUE + NEXT)
    filled(
        published(office, night), office.root / "inbox" / "b.xlsx", {first: {"核实结果": FALSE, "核实情况": "查无此事"}}
    )
    later = office.night(DUE + 2 * NEXT)
    assert len(later.verifications) == 3 and later.verifications[2].note == "查无此事"
    rows = ready(published(office, later))
    assert [row["核实结果"] for row in rows.values() if row["核实结果"]] == [FALSE, TRUE]


def test_rows_that_say_too_little_or_what_cannot_be_are_told_and_the_others_are_taken(office: Office) -> None:
    path = published(office, office.night())
    a, b, c, d, e, *_ = ready(path)
    said: dict[int, dict[str, object]] = {
        a: {"核实结果": TRUE},  # by whom?
        b: {"核实情况": "去过了", **CHECKER},
        c: {"核实结果": "基本属实", **CHECKER},
        d: {"核实结果": TRUE, "核实日期": "2011-12-31", **CHECKER},
        e: {"核实结果": TRUE, **CHECKER},
    }
    filled(path, office.root / "inbox" / "a.xlsx", said)
    night = office.night(DUE + NEXT)
    says = {each.row: each.says for each in night.declined}
    assert set(says) == {a, b, c, d} and len(night.verifications) == 1
    assert "没有填“核实人”" in says[a] and "没有填“核实结果”" in says[b]
    assert "基本属实" in says[c] and "属实”或" not in says[c] and "还没有到" in says[d]
    office.send(path, name="没填.xlsx")
    (nothing,) = office.night(DUE + 2 * NEXT).declined
    assert "没有读到填写的核实结果" in nothing.says


def test_a_list_that_somebody_else_made_says_nothing(office: Office) -> None:
    path = published(office, office.night())
    book = openpyxl.load_workbook(
        filled(path, office.root / "kept" / "a.xlsx", {row: {"核实结果": TRUE, **CHECKER} for row in ready(path)})
    )
    book["_meta"]["B2"].value = "0" * 64
    book.save(office.root / "inbox" / BOOK)
    night = office.night(DUE + NEXT)
    assert night.verifications == [] and "不是本活动文件夹发出的" in night.declined[0].says
    assert BOOK in night.declined[0].says


def test_a_corrected_return_keeps_what_was_found_of_rows_that_it_left_alone(office: Office) -> None:
    path = published(office, office.night())
    filled(path, office.root / "inbox" / "a.xlsx", {row: {"核实结果": TRUE, **CHECKER} for row in ready(path)})
    office.night(DUE + NEXT)

    refs = columns(office.campaign)

    def change(book: openpyxl.Workbook) -> None:
        sheet_of(book, refs["work.note"])[cells_of(book, refs["work.note"])[0]] = "补充说明"

    office.send(office.changed(office.sent[0], change, office.sent[0].name), folder="2011-04-02")
    night = office.night(DUE + 2 * NEXT)
    assert sum(each.team == office.codes[0] for each in night.versions) == 2
    assert all(row["核实结果"] == TRUE for row in ready(published(office, night)).values())


def test_what_was_found_of_a_row_that_is_mended_since_does_not_vanish_without_a_word(office: Office) -> None:
    path = published(office, office.night())
    rows, refs = ready(path), columns(office.campaign)
    row = next(n for n, r in rows.items() if r["编码"] == office.codes[0] and r["位置"].startswith("走访"))
    filled(path, office.root / "inbox" / "a.xlsx", {row: {"核实结果": FALSE, "核实情况": "查无此户", **CHECKER}})
    office.night(DUE + NEXT)
    at = int(rows[row]["位置"].split()[2])

    def change(book: openpyxl.Workbook) -> None:
        column = cells_of(book, refs["visits.host"])[0].rstrip("0123456789")
        sheet_of(book, refs["visits.host"])[f"{column}{at}"] = "另一户"

    office.send(office.changed(office.sent[0], change, office.sent[0].name), folder="2011-04-02")
    night = office.night(DUE + 2 * NEXT)
    said, listed = told(office, night), read(published(office, night), RESULTS)
    assert said["gone"] == 1 and said["ledgers"]["visits"]["false"] == 0
    assert any("查无此户" in str(cell) for line in listed for cell in line)
    assert any("不再计入" in str(cell) for line in listed for cell in line)


def test_what_was_found_outlasts_a_night_that_is_annulled(office: Office) -> None:
    path = published(office, office.night())
    filled(path, office.root / "inbox" / "a.xlsx", {row: {"核实结果": TRUE, **CHECKER} for row in ready(path)})
    night = office.night(DUE + NEXT)
    annul_night(office.root, "王主任", "日期写错")
    again = office.night(DUE + NEXT)
    assert [each.about for each in again.verifications] == [each.about for each in night.verifications]
    shutil.rmtree(office.root / "cache", ignore_errors=True)
    for name in (NAME, "ledger.seal"):
        (office.root / "archive" / name).unlink()
    assert CliRunner().invoke(huizong, ["rebuild", "-C", str(office.root)]).exit_code == 0
    with Ledger(office.root / "archive" / NAME) as ledger:
        assert ledger.verifications("2011-03") == again.verifications


def test_without_the_setting_nothing_is_drawn_and_a_ledger_that_is_not_there_is_named(office: Office) -> None:
    settings = office.root / "schemas" / "campaign.toml"
    said = settings.read_text("utf-8")
    settings.write_text(said.replace("visits = 5", "visit = 5"), "utf-8")
    refused = CliRunner().invoke(huizong, ["lint", "-C", str(office.root)])
    assert (
        refused.exit_code == 3 and "[spot_check] 中没有“visit”这张台账" in refused.output and "visits" in refused.output
    )
    start, end = said.index("[spot_check]"), said.index("# 规则中的界限")
    settings.write_text(said[:start] + said[end:], "utf-8")
    night = office.night()
    assert not published(office, night).exists() and told(office, night) is None
    assert quote(BOOK) not in (office.root / "outbox" / night.folder / "校验报告.html").read_text("utf-8")
