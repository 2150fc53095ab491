"""What may stand in a cell depends on who sends and on another cell; rules ask whose return it is. The campaign says so once.

The workbooks are made by openpyxl, not by us, and saved again by LibreOffice in the formats that come back.
"""

from __future__ import annotations

import csv
import datetime as dt
import subprocess
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import need
from openpyxl import Workbook, load_workbook
from test_foreign_forms import saved
from test_lint import Spoil, put, without

from pipeline.batch import Origin, parse_returns
from pipeline.cache import Cache
from pipeline.campaign import Campaign, load, reading_print
from pipeline.check.trial import verdict
from pipeline.cli import huizong
from pipeline.demo import make_district
from pipeline.demo.faults import faults
from pipeline.demo.first_night import right
from pipeline.demo.truth import broken
from pipeline.lint import lint
from pipeline.night import Night
from pipeline.publish.filenames import correction_file
from pipeline.publish.form.workbook import Contents, write_form
from pipeline.run import run

DUE = dt.date(2024, 4, 10)
FORM = '''"""项目用工月报, as the ministry hands it down."""

from pipeline.declare import ERROR, Choice, Count, Form, Quantity, Rows, Serial, Sheet, Truths, column, rule


class Projects(Sheet):
    """One row per project of the sender."""

    serial: Serial = column("序号")
    project: Choice = column("项目名称", in_list="projects", unique=True, width=30)
    indicator: Choice = column("指标", choices=("产量", "造林面积"), synonyms={"面积": "造林面积"})
    unit: Choice = column("计量单位", in_list="units")
    amount: Quantity = column("完成数量", ge=0)
    staff: Count = column("用工人数", unit="人", ge=1, le=500)

    class Config:
        title = "项目用工"
        counted = "项目数"


@rule(
    "G01",
    ERROR,
    blames=Projects.staff,
    says="用工人数 {staff} 超过乡镇项目的上限 {most} 人。请核对。",
    passing=[{"staff": 400, "team": {"kind": "企业"}}, {"staff": 60, "team": {"kind": "乡镇"}}],
    failing=[{"staff": 61, "team": {"kind": "乡镇"}}],
)
def townships_hire_few(projects: Rows, team: Rows, most: int = 60) -> Truths:
    """乡镇项目用工不超过上限。"""
    return (team["kind"] != "乡镇") | (projects["staff"] <= most)


FORM = Form(number="项目表1", title="项目用工月报", version="2024", sheets=(Projects,), file_name="{name}.xlsx")
'''
SETTINGS = """
[campaign]
title = "项目用工月报"
office = "县发展改革局"
starts = 2024-01-01

[[period]]
key = "2024-03"
title = "2024年3月"
starts = 2024-03-01
ends = 2024-03-31
due = 2024-04-10
"""
TEAMS = """code,name,kind,phone
T1,东风镇政府,乡镇,0746-8000001
T2,红旗化工公司,企业,0746-8000002
T3,新开办,,0746-8000003
"""
PROJECTS = """team,value
东风镇政府,县道改造
东风镇政府,水库加固（二期）
T2,氯碱 A-1 项目
T2,县道改造
T2,Boiler Room
,应急抢险
"""
UNITS = """indicator,value
产量,吨
产量,公斤
造林面积,公顷
,其他单位
"""
HEADS = ["序号", "项目名称", "指标", "计量单位", "完成数量", "用工人数（人）"]
EAST = [
    [1, "县道改造", "产量", "吨", 12.5, 30],
    [2, "水库加固(二期)", "造林面积", "公顷", 3, 60],
    [3, "应急抢险", "面积", "其他单位", 1, 5],
]
RED = [[1, " 氯碱　Ａ-1项目", "产量", "公斤", 900, 61], [2, "BOILER ROOM", "造林面积", "公顷", 7.25, 480]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    schemas = tmp_path / "w" / "schemas"
    (schemas / "lists").mkdir(parents=True)
    (schemas / "__init__.py").write_text(FORM, "utf-8")
    (schemas / "campaign.toml").write_text(SETTINGS, "utf-8")
    (schemas / "teams.csv").write_text(TEAMS, "utf-8")
    (schemas / "lists" / "projects.csv").write_text(PROJECTS, "utf-8")
    (schemas / "lists" / "units.csv").write_text(UNITS, "utf-8")
    (tmp_path / "w" / "inbox").mkdir()
    return tmp_path / "w"


def a_return(unit: str, rows: list[list[Any]], change: tuple[str, object] | None = None) -> Workbook:
    """Fill in the ministry's workbook as a careful clerk does."""
    book = Workbook()
    tab = book.active
    assert tab is not None
    tab.title = "项目用工"
    for row in (["项目用工月报"], [f"填报单位：{unit}（2024年3月）"], HEADS, *rows):
        tab.append(row)
    if change:
        tab[change[0]] = change[1]
    return book


def night(root: Path, later: int = 0) -> Night:
    return run(root, DUE + dt.timedelta(later), workers=1)


def found(night: Night) -> set[tuple[str, str, str]]:
    return {(each.file.split(".")[0], each.cell, each.rule) for each in night.findings if each.severity.value != "note"}


def change_file(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


WRONG = {
    "B4": ("氯碱 A-1 项目", "C02"),  # another unit's
    "B5": ("水库加周（二期）", "C02"),  # nobody's
    "B6": (None, "R01"),
    "C5": ("产值", "C01"),  # what may stand beside it nobody knows
    "D4": ("公顷", "C02"),  # another indicator's
    "F5": (61, "G01"),  # more than a township may have
}


@pytest.mark.parametrize("ending", ["", "xls", "ods"])
def test_right_returns_pass_without_a_word_and_each_wrong_cell_is_blamed(root: Path, ending: str) -> None:
    saved(a_return("东风镇政府", EAST), root / "inbox" / "right", ending)
    saved(a_return("红旗化工公司", RED), root / "inbox" / "other", ending)
    first = night(root)
    assert found(first) == set() and not first.unplaced, [each.message for each in first.findings]
    noted = {(each.file.split(".")[0], each.cell) for each in first.findings if each.rule == "K01"}
    assert noted == {("right", "B5"), ("right", "C6"), ("other", "B4"), ("other", "B5")}
    assert [int(total.value) for total in first.consolidation.totals.values()] == [5]
    wrong = a_return("东风镇政府", EAST)
    for cell, (value, _) in WRONG.items():
        wrong.worksheets[0][cell] = value
    saved(wrong, root / "inbox" / "wrong", ending)
    second = night(root, 1)
    assert found(second) == {("wrong", cell, rule) for cell, (_, rule) in WRONG.items()}, [
        each.message for each in second.findings
    ]


def test_a_message_names_the_value_and_what_is_near_or_allowed(root: Path) -> None:
    a_return("东风镇政府", EAST, ("B5", "水库加周（二期）")).save(root / "inbox" / "a.xlsx")
    a_return("红旗化工公司", RED, ("D4", "公顷")).save(root / "inbox" / "b.xlsx")
    said = {each.cell: each.says for each in night(root).findings if each.rule == "C02"}
    assert said == {
        "B5": "“项目名称”填写的“水库加周（二期）”不在本单位名单中，是否为“水库加固（二期）”。请改为下列之一：县道改造、水库加固（二期）、应急抢险。",
        "D4": "“计量单位”填写的“公顷”不在“指标”为“产量”时的名单中。请改为下列之一：吨、公斤、其他单位。",
    }  # fmt: skip


def test_what_a_list_says_on_the_second_night_is_what_is_found(root: Path) -> None:
    a_return("东风镇政府", EAST).save(root / "inbox" / "a.xlsx")
    a_return("红旗化工公司", RED).save(root / "inbox" / "b.xlsx")
    reading = reading_print(root)
    assert found(night(root)) == set()
    projects = root / "schemas" / "lists" / "projects.csv"
    change_file(projects, "东风镇政府,县道改造", "东风镇政府,县道新建")
    assert found(night(root, 1)) == {("a", "B4", "C02")}
    change_file(projects, "Boiler Room", "锅炉房")
    assert found(night(root, 2)) == {("a", "B4", "C02"), ("b", "B5", "C02")}
    change_file(projects, "锅炉房", "boiler room")
    last = night(root, 3)
    assert found(last) == {("a", "B4", "C02")}
    noted = [each.says for each in last.findings if each.file == "b.xlsx" and each.cell == "B5"]
    assert noted == ["“项目名称”填写的“BOILER ROOM”读作“boiler room”。"]
    assert reading_print(root) == reading


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Hashes of the returns that are checked: what is kept of one is written then, and only then."""
    hashes: list[str] = []
    usual = Cache.keep

    def keep(cache: Cache, checked: Iterable[tuple[str, str, object]]) -> None:
        told = list(checked)
        hashes.extend(sha256 for sha256, _, _ in told)
        usual(cache, told)

    monkeypatch.setattr(Cache, "keep", keep)
    return hashes


def checked(kept: list[str]) -> int:
    """How many returns were checked since this was asked last."""
    count = len(kept)
    kept.clear()
    return count


def test_a_verdict_follows_the_register_and_nothing_else_is_checked_anew(root: Path, kept: list[str]) -> None:
    a_return("东风镇政府", EAST).save(root / "inbox" / "a.xlsx")
    a_return("红旗化工公司", RED).save(root / "inbox" / "b.xlsx")
    teams = root / "schemas" / "teams.csv"
    assert found(night(root)) == set() and checked(kept) == 2
    change_file(teams, "0746-8000002", "0746-9000000")
    assert found(night(root, 1)) == set() and checked(kept) == 0
    change_file(teams, "红旗化工公司,企业", "红旗化工公司,乡镇")
    assert found(night(root, 2)) == {("b", "F4", "G01"), ("b", "F5", "G01")} and checked(kept) == 1
    change_file(teams, "红旗化工公司,乡镇", "红旗化工公司,")
    assert found(night(root, 3)) == set() and checked(kept) == 1  # of what kind it is nobody knows
    change_file(teams, "code,name,kind", "code,name,sort")
    (why,) = night(root, 4).unevaluated.values()
    assert "teams.csv 中没有“kind”这一栏" in why and "__init__.py 第" in why
    change_file(teams, "code,name,sort", "code,name,kind")
    change_file(teams, "红旗化工公司,", "红旗化工公司,乡镇")
    last = night(root, 5)
    assert found(last) == {("b", "F4", "G01"), ("b", "F5", "G01")} and not last.unevaluated


def test_a_rule_is_tried_on_what_an_example_says_of_the_team(root: Path) -> None:
    campaign = load(root)
    (rule,) = campaign.form.rules
    assert verdict(rule, campaign.form, {"projects": [{"staff": 61}, {"staff": 1}], "team": {"kind": "乡镇"}}) is False
    assert verdict(rule, campaign.form, {"projects": [{"staff": 61}], "team": {"kind": "企业"}}) is True
    assert verdict(rule, campaign.form, {"staff": 61, "team": {"name": "某单位"}}, titles=campaign.titles) is None


def encoded(how: str, text: str) -> bytes:
    """Save a list as programs do: Excel's Unicode text has tabs."""
    return (text.replace(",", "\t") if how == "utf-16" else text.replace("\n", "\r\n")).encode(how)


def test_a_process_that_reads_on_knows_a_list_that_changed(root: Path) -> None:
    path = root / "a.xlsx"
    a_return("红旗化工公司", RED).save(path)
    spelled = []
    for new in ("Boiler Room", "boiler room"):
        (root / "schemas" / "lists" / "projects.csv").write_text(PROJECTS.replace("Boiler Room", new), "utf-8")
        (parsed,) = parse_returns([path], Origin.of(root, is_cached=False))
        spelled.append(parsed.tables[0].typed["project"][1])
    assert spelled == ["Boiler Room", "boiler room"]


@pytest.mark.parametrize("how", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_list_is_read_as_any_program_saves_it(root: Path, how: str) -> None:
    for name, text in (("projects", PROJECTS), ("units", UNITS)):
        (root / "schemas" / "lists" / f"{name}.csv").write_bytes(encoded(how, text))
    columns = load(root).form.sheet("projects").columns()
    projects, units = columns["project"].listed, columns["unit"].listed
    assert projects is not None and projects.allowed("T1") == ["县道改造", "水库加固（二期）", "应急抢险"]
    assert units is not None and units.allowed("", "产量") == ["吨", "公斤", "其他单位"]


# The blank form and the correction workbook.


def validated(path: Path) -> dict[str, str]:
    """Give what the drop-downs of a workbook show, by the first cell."""
    tab = load_workbook(path)["项目用工"]
    return {
        str(each.sqref).split(":")[0]: str(each.formula1)
        for each in tab.data_validations.dataValidation
        if each.type == "list"
    }


def named(path: Path, name: str) -> list[object]:
    """Give what stands in a named range."""
    book = load_workbook(path)
    ((tab, cells),) = book.defined_names[name].destinations
    found = book[tab][cells]
    return [row[0].value for row in found] if isinstance(found, tuple) else [found.value]


def issued(campaign: Campaign, team: str) -> Path:
    return campaign.root / "outbox" / "空白表_2024-03" / f"{campaign.by_code[team].name}.xlsx"


def test_a_blank_form_shows_each_sender_its_own_and_each_cell_what_fits_beside_it(root: Path, tmp_path: Path) -> None:
    assert CliRunner().invoke(huizong, ["issue", "-C", str(root), "--as-of", "2024-04-01"]).exit_code == 0
    campaign = load(root)
    east, red, new = (issued(campaign, code) for code in ("T1", "T2", "T3"))
    shown = validated(east)
    assert shown["B4"] == "list_projects_project" and "$C4" in shown["D4"] and len(shown["D4"]) < 255
    assert named(east, "list_projects_project") == ["县道改造", "水库加固（二期）", "应急抢险"]
    assert named(red, "list_projects_project") == ["氯碱 A-1 项目", "县道改造", "Boiler Room", "应急抢险"]
    assert named(new, "list_projects_project") == ["应急抢险"]
    need("soffice", "to evaluate a formula")
    book = load_workbook(east)
    tab = book["项目用工"]
    tab.protection.sheet = False
    for row, indicator in enumerate(("产量", "造林面积", None), 4):
        tab.cell(row, 3, indicator)
        part = shown["D4"].replace("C4", f"C{row}")
        for place in range(1, 4):
            tab.cell(row, 10 + place, f"=INDEX({part},{place})")
    book.save(tmp_path / "asked.xlsx")
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76",
        "--outdir",
        str(tmp_path),
    ]
    subprocess.run([*command, str(tmp_path / "asked.xlsx")], check=True, capture_output=True, timeout=120)
    answers = [row[10:13] for row in csv.reader((tmp_path / "asked.csv").read_text("utf-8").splitlines())][3:6]
    assert answers[0] == ["吨", "公斤", "其他单位"] and answers[1][:2] == ["公顷", "其他单位"]
    assert answers[2] == ["吨", "公斤", "其他单位"]  # nothing stands beside it: the whole list


def test_a_correction_workbook_shows_the_same_and_is_read_again(root: Path) -> None:
    a_return("东风镇政府", EAST, ("B5", "水库加周（二期）")).save(root / "inbox" / "a.xlsx")
    first = night(root)
    path = root / "outbox" / first.folder / correction_file(first.campaign.by_code["T1"])
    assert named(path, "list_projects_project") == ["县道改造", "水库加固（二期）", "应急抢险"]
    book = load_workbook(path)
    book["项目用工"]["B5"] = "水库加固（二期）"
    book.save(root / "inbox" / "mended.xlsx")
    second = night(root, 1)
    assert found(second) == set() and second.returns()["accepted"] == 1


def test_lists_change_nothing_about_whose_a_form_of_ours_is(root: Path) -> None:
    change_file(root / "schemas" / "lists" / "projects.csv", ",应急抢险", ",红旗化工公司2024年4月应急抢险")
    campaign = load(root)
    made = make_district(campaign, campaign.periods[0], root / "inbox", clean=True, teams=2)
    book = load_workbook(made[0].file)
    book["_lists"]["A1"] = "红旗化工公司"  # another unit's name, as the name of a project
    del book["_meta"]
    book.custom_doc_props.props.clear()
    book.save(made[0].file)
    assert not night(root).unplaced


# The demonstration.


def test_a_district_draws_from_the_lists(root: Path) -> None:
    campaign = load(root)
    made = make_district(campaign, campaign.periods[0], root / "inbox", clean=True)
    first = night(root)
    assert found(first) == set() and first.returns()["accepted"] == len(made) == 3, [e.message for e in first.findings]


def test_a_first_night_finds_what_was_planned(root: Path) -> None:
    rows = [f"U{number:02},单位{number:02}号,{'企业' if number % 2 else '乡镇'}," for number in range(40)]
    (root / "schemas" / "teams.csv").write_text("\n".join(["code,name,kind,phone", *rows]), "utf-8")
    listed = [
        f"U{number:02},第{number:02}号{what}" for number in range(40) for what in ("道路", "桥梁", "水库", "泵站")
    ]
    (root / "schemas" / "lists" / "projects.csv").write_text("\n".join(["team,value", *listed]), "utf-8")
    campaign = load(root)
    planned = make_district(campaign, campaign.periods[0], root / "inbox", clean=False)
    first = night(root, 2)  # two days on, the late ones are in
    by_team: dict[str, set[str]] = {}
    for each in first.findings:
        by_team.setdefault(each.team, set()).add(each.rule)
    for plan in planned:
        if plan.rules and not plan.rules[0].startswith(("F", "I")):
            assert set(plan.rules) <= by_team.get(plan.team, set()), plan
    assert "G01" in {code for plan in planned for code in plan.rules}


def test_the_mistake_that_lists_invite_is_made_and_found(root: Path) -> None:
    campaign = load(root)
    period, team = campaign.periods[0], campaign.teams[1]
    rows = right(campaign, period, 2011, [team])[team.code]
    (plant,) = [fault.plant for fault in faults(campaign, period, team.code) if fault.rule == "C02"]
    wrong = plant(rows, Random(1))
    assert wrong is not None and broken(campaign, {team.code: wrong}) == {"C02"}
    write_form(root / "inbox" / "a.xlsx", campaign, period, team, Contents(wrong))
    assert {rule for _, _, rule in found(night(root))} == {"C02"}


def test_the_campaign_is_right(root: Path) -> None:
    assert lint(root) == []


def emptied(schemas: Path) -> int:
    (schemas / "lists" / "units.csv").write_text("indicator,value\n,\n", "utf-8")
    return 0


def no_text(schemas: Path) -> int:
    (schemas / "lists" / "units.csv").write_bytes(b"\xff\x00\xff")
    return 0


def team_for_projects(schemas: Path) -> int:
    text = (
        FORM.replace("Projects", "Team")
        .replace("(projects: Rows, team: Rows,", "(team: Rows,")
        .replace("projects[", "team[")
    )
    (schemas / "__init__.py").write_text(text, "utf-8")
    return text[: text.index("@rule(")].count("\n") + 1


MISTAKES: dict[str, tuple[str, Spoil, str]] = {
    "a list that is not there": ("__init__.py", put("__init__.py", 'in_list="units"', 'in_list="unit"'), "是否为“units”"),
    "a list in no quotes": ("__init__.py", put("__init__.py", 'in_list="units"', "in_list=5"), "in_list 应是带引号的文字"),
    "a list and choices": ("__init__.py", put("__init__.py", 'in_list="units"', 'in_list="units", choices=("吨",)'), "又有 choices"),
    "a list of a text": ("__init__.py", put("__init__.py", "project: Choice", "project: Serial"), "改为 Choice"),
    "a synonym that no list has": ("__init__.py", put("__init__.py", 'in_list="units"', 'in_list="units", synonyms={"t": "顿"}'), "不在 choices 中"),
    "a list removed": ("__init__.py", without("lists/units.csv"), "请把它存为 schemas/lists/units.csv"),
    "a list that is empty": ("lists/units.csv", emptied, "名单是空的"),
    "a list that is no text": ("lists/units.csv", no_text, "不是文本"),
    "a list without values": ("lists/units.csv", put("lists/units.csv", "indicator,value", "indicator,valeu", at="indicator"), "是否为“valeu”"),
    "a column of a list misspelt": ("lists/units.csv", put("lists/units.csv", "indicator,value", "indicatr,value", at="indicatr"), "是否为“indicator”"),
    "a column that is no choice": ("lists/units.csv", put("lists/units.csv", "indicator,value", "staff,value", at="staff"), "另一个选项栏"),
    "two columns to depend on": ("lists/units.csv", put("lists/units.csv", "indicator,value", "indicator,value,project", at="indicator"), "只能取决于表中的一栏"),
    "a choice that the other column lacks": ("lists/units.csv", put("lists/units.csv", "造林面积,", "造林面职,"), "是否为“造林面积”"),
    "a choice that the list lacks": ("lists/units.csv", put("lists/units.csv", "造林面积,公顷\n,其他单位", "产量,斤"), "为“造林面积”时可选的值"),
    "a unit of nobody": ("lists/projects.csv", put("lists/projects.csv", "T2,Boiler", "T22,Boiler"), "“T22”不在名录中"),
    "a unit misspelt": ("lists/projects.csv", put("lists/projects.csv", "T2,Boiler", "红旗化公公司,Boiler"), "是否为“红旗化工公司”"),
    "a value twice": ("lists/projects.csv", put("lists/projects.csv", ",应急抢险", "T1,县道改造"), "与第 2 行重复"),
    "a value spelt in two ways": ("lists/projects.csv", put("lists/projects.csv", ",应急抢险", ",县道 改造"), "请统一写法"),
    "a row without a value": ("lists/projects.csv", put("lists/projects.csv", ",应急抢险", "T1,"), "没有 value"),
    "a column of the register misspelt": ("__init__.py", put("__init__.py", 'team["kind"]', 'team["kin"]'), "是否为“kind”"),
    "an example of no column of the register": ("__init__.py", put("__init__.py", '{"staff": 61, "team": {"kind"', '{"staff": 61, "team": {"kidn"', at='@rule('), "是否为“kind”"),
    "an example of a team that nobody asks for": ("__init__.py", put("__init__.py", "projects: Rows, team: Rows, most", "projects: Rows, most", at='@rule('), "没有 team 这个参数"),
    "a sheet that is called team": ("__init__.py", team_for_projects, "在规则中是报送单位"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_a_sentence_with_its_place(root: Path, case: str) -> None:
    file, spoil, says = MISTAKES[case]
    line = spoil(root / "schemas")
    wrong = list(map(str, lint(root)))
    assert len({each.partition("：")[0] for each in wrong}) == 1 and any(says in each for each in wrong), wrong
    assert all(each.endswith(("。", "）")) and "\n" not in each and f"schemas/{file}" in each for each in wrong), wrong
    assert not line or file.endswith("csv") or f"第 {line} 行" in wrong[0], (line, wrong)
