"""`huizong adopt`: the folder it writes after a workbook is right as it stands, and reads that workbook when it is filled in."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import drawn
import pytest
from click.testing import CliRunner
from conftest import need
from openpyxl import Workbook, load_workbook

from pipeline.adopt import adopt
from pipeline.adopt.folder import period
from pipeline.adopt.naming import TAKEN, identifier
from pipeline.adopt.source import REVIEW
from pipeline.campaign import load
from pipeline.cli import huizong
from pipeline.declare import Form
from pipeline.declare.titles import header
from pipeline.lint import lint
from pipeline.night import Night
from pipeline.publish.form.workbook import FormPlaces, prefilled, write_form
from pipeline.run import run

REPO = Path(__file__).parent.parent
SHIPPED = {
    "shipped": REPO,
    "progress": REPO / "examples" / "progress",
    "questionnaire": REPO / "examples" / "questionnaire",
    "plain": REPO / "benchmarks" / "plain",
}
CORPUS = Path("/work/shared/corpus")
TABLES = (  # of other people's tests: with a table that somebody could fill in
    "frictionless/data__fixtures__template.xlsx", "frictionless/data__multiline-headers.xlsx",
    "frictionless/data__preserve-formatting.xlsx", "frictionless/data__table-with-ints-floats-dates.ods",
    "calamine/tests__gh548_incorrect_sst_unique_count.xls", "calamine/tests__issue_530.xlsx",
    "calamine/tests__minimal_package.xlsx", "calamine/tests__pivots.xlsx", "calamine/tests__table-multiple.xlsx",
    "calamine/tests__merged_range.xlsx", "calamine/tests__strict_iso_paths.xlsx", "calamine/tests__readings.xlsx",
)  # fmt: skip
TODAY = dt.date(2026, 11, 29)
RIGHT_AT_LEAST = 0.9


def a_blank(root: Path, path: Path) -> FormPlaces:
    """Write the blank of a campaign for its first team."""
    campaign = load(root)
    team = campaign.register(campaign.periods[0])[0]
    return write_form(path, campaign, campaign.periods[0], team, prefilled(campaign, campaign.periods[0], team))


def kinds(form: Form) -> dict[tuple[str, str], str]:
    """Give the kind of each column by the titles of its sheet and its own, which are compared as they are when read."""
    return {
        (sheet.title(), header(col.title)): col.kind.__name__ for sheet in form.tabs for col in sheet.columns().values()
    }


def a_night(root: Path, book: Workbook, name: str) -> Night:
    book.save(root / "inbox" / f"{name}.xlsx")
    return run(root, load(root).periods[0].due, workers=1)


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("again", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["as issued", "saved again"])
def test_the_blank_of_a_campaign_is_adopted(tmp_path: Path, name: str, again: bool) -> None:
    a_blank(SHIPPED[name], tmp_path / "blank.xlsx")
    if again:
        need("soffice", "to save a workbook again")
        command = [
            "soffice",
            f"-env:UserInstallation=file://{tmp_path / 'profile'}",
            "--headless",
            "--convert-to",
            "xlsx",
        ]
        command += ["--outdir", str(tmp_path / "again"), str(tmp_path / "blank.xlsx")]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        shutil.move(tmp_path / "again" / "blank.xlsx", tmp_path / "blank.xlsx")
    adopt(tmp_path / "blank.xlsx", tmp_path / "made", TODAY)
    assert lint(tmp_path / "made") == []
    made, meant = kinds(load(tmp_path / "made").form), kinds(load(SHIPPED[name]).form)
    wrong = {place: (made.get(place), kind) for place, kind in meant.items() if made.get(place) != kind}
    assert len(meant) - len(wrong) >= RIGHT_AT_LEAST * len(meant), wrong


def test_nothing_is_learnt_from_what_our_workbooks_hide(tmp_path: Path) -> None:
    a_blank(SHIPPED["questionnaire"], tmp_path / "blank.xlsx")
    adopt(tmp_path / "blank.xlsx", tmp_path / "one", TODAY)
    book = load_workbook(tmp_path / "blank.xlsx")
    for tab in [each for each in book.sheetnames if each.startswith("_")]:
        del book[tab]
    for name in book.custom_doc_props.names:
        del book.custom_doc_props[name]
    book.save(tmp_path / "blank.xlsx")
    adopt(tmp_path / "blank.xlsx", tmp_path / "two", TODAY)
    assert texts(tmp_path / "one") == texts(tmp_path / "two")


def texts(root: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted((root / "schemas").iterdir()) if path.is_file()}


ANSWERS = {"open_daily": "是", "staff": 2, "devices": 7, "visits": 1350, "settled": 0.96, "wishes": "人手不足"}
STAFF = [
    {"name": "张三", "duty": "站长", "phone": "13800000001"},
    {"name": "李四", "duty": "窗口", "phone": "13800000002"},
]
DEVICES = [{"device": "电脑", "number": 5, "usable": 5}, {"device": "打印机", "number": 2, "usable": 1}]


def test_a_questionnaire_makes_the_round_without_a_change(tmp_path: Path) -> None:
    """Adopt the blank, fill that very blank in, drop it in: it is accepted; a damaged cell is blamed where it stands."""
    places = a_blank(SHIPPED["questionnaire"], tmp_path / "blank.xlsx")
    adopt(tmp_path / "blank.xlsx", tmp_path / "made", TODAY)
    book = load_workbook(tmp_path / "blank.xlsx")
    tabs = {sheet.key(): sheet for sheet in places.form.tabs}
    for key, rows in {"answers": [ANSWERS], "staff": STAFF, "devices": DEVICES}.items():
        tab = next(each for each in (tabs[key].title(), tabs[key].tab()) if each in book.sheetnames)
        for r, row in enumerate(rows):
            for field, value in row.items():
                book[tab][places.cell(key, r, field)] = value
    found = a_night(tmp_path / "made", book, "right")
    assert not found.unplaced and found.returns()["accepted"] == 1 and not found.findings
    assert [int(total.value) for total in found.consolidation.totals.values()] == [2, 7, 1350]
    tab, cell = (
        next(each for each in (tabs["devices"].title(), tabs["devices"].tab()) if each in book.sheetnames),
        places.cell("devices", 1, "number"),
    )
    book[tab][cell] = "约2"
    found = a_night(tmp_path / "made", book, "wrong")
    assert (tab, cell, "N01") in {(each.sheet, each.cell, each.rule) for each in found.findings}
    assert found.returns()["held"] == 1


ENGLISH = {
    "schemas/__init__.py": '''"""Visits."""

from pipeline.declare import Count, Form, Sheet, Text, column


class Visits(Sheet):
    """One row per visit."""

    host: Text = column("Household")
    persons: Count = column("Persons", ge=1)

    class Config:
        title = "Visits"
        counted = "Visits made"


FORM = Form(number="V1", title="Visits", version="1", issued_by="The Ministry", sheets=(Visits,))
''',
    "schemas/campaign.toml": """[campaign]
title = "Visits"
office = "The Office"
starts = 2024-01-01
language = "en"

[[period]]
key = "2024Q1"
title = "First quarter"
starts = 2024-01-01
ends = 2024-03-31
due = 2024-03-31
""",
    "schemas/teams.csv": "code,name\nC1,North Centre\n",
}


@pytest.mark.parametrize("slip", ["Corrections needed", "CORRECTIONS  NEEDED"], ids=["as sent", "as typed again"])
def test_the_slip_of_a_marked_copy_is_no_tab_of_the_form_in_any_language(tmp_path: Path, slip: str) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "inbox").mkdir()
    for name, text in ENGLISH.items():
        (tmp_path / name).write_text(text, "utf-8")
    book = Workbook()
    tab = book.active
    assert tab is not None
    tab.title = "Visits"
    for row in (["North Centre, First quarter"], ["Household", "Persons"], ["Mill Lane 1", "about 3"]):
        tab.append(row)
    a_night(tmp_path, book, "return")
    (path,) = (tmp_path / "outbox").glob("*/退改/*.xlsx")
    book = load_workbook(path)
    assert book.sheetnames == ["Corrections needed", "Visits"]
    book["Corrections needed"].title = slip
    book.save(path)
    assert adopt(path, tmp_path / "made", TODAY).sheets == {"Visits": 2}


# A form that somebody else drew.

DECLARED = {
    "封面.py": [
        '单位名称: Text = column("单位名称", role="team_name")',
        '报告期: Text = column("报告期", role="period")',
        '填报日期: Day = column("填报日期")',
        'role = "cover"',
    ],
    "主要指标.py": [
        '项目个数: Count = column("项目个数", unit="个", ge=0, equals=项目.count())',
        '其中在建: Count = column("其中：在建", unit="个", ge=0, equals=项目.count(建设状态="在建"))',
        '年度计划投资: Money = column("年度计划投资", unit="万元", ge=0, equals=项目.年度计划.sum())',
        '男: Count = column("男", unit="人", ge=0, le=5000)',
        '按期率: Percent = column("按期率")',
        'return 主要指标["安置人数"] == 主要指标["男"] + 主要指标["女"]',
        'records = {"value": "数量"}',
        'role = "declared"',
    ],
    "项目.py": [
        '序号: Serial = column("序号")',
        '项目类别: Choice = column("项目类别", choices=("公路", "水利", "能源"))',
        '建设状态: Choice = column("建设状态", choices=("在建", "已完工"))',
        '年度计划: Money = column("年度计划", unit="万元", ge=0)',
        '累计完成中央: Money = column("中央", under=["累计完成"], unit="万元", ge=0)',
        '累计完成小计: Money = column("小计", under=["累计完成"], unit="万元", computed=True)',
        'return (项目["累计完成小计"] - (项目["累计完成中央"] + 项目["累计完成地方"])).abs() < 0.005',
        'total_row = "合计"',
    ],
    "人员情况.py": [
        '姓名: Name = column("姓名")',
        '到岗日期: Day = column("到岗日期", ge="2024-01-01", le="2024-12-31")',
        '是否党员: YesNo = column("是否党员")',
        'tab = "人员与设备"',
        'begins = "一、人员情况"',
    ],
    "设备情况.py": [
        '数量: Count = column("数量", unit="台", ge=1, le=99)',
        '状况: Choice = column("状况", choices=("完好", "损坏"))',
        '备注: Text = column("备注", required=False)',
    ],
    "__init__.py": [
        'number="重点03表"',
        'issued_by="省发展改革委"',
        'title="重大项目建设情况季报"',
        'blanks=("请选择",)',
        'other_tabs=("字典", "单位名单", "填报说明")',
    ],
    "campaign.toml": ['key = "2024Q1"', "starts = 2024-01-01", "ends = 2024-03-31"],
    "teams.csv": ["name\n东风镇政府\n红旗镇政府\n县交通局\n"],
}  # fmt: skip


@pytest.fixture
def made(tmp_path: Path) -> Path:
    drawn.a_form().save(tmp_path / "drawn.xlsx")
    adopt(tmp_path / "drawn.xlsx", tmp_path / "made", TODAY)
    return tmp_path / "made"


def test_what_a_workbook_says_is_declared(made: Path) -> None:
    written = texts(made)
    assert set(written) == set(DECLARED)
    assert [(name, line) for name, lines in DECLARED.items() for line in lines if line not in written[name]] == []
    assert lint(made) == []


def test_every_guess_is_marked_and_counted(made: Path, tmp_path: Path) -> None:
    lines = [line for name, text in texts(made).items() if name.endswith(".py") for line in text.splitlines()]
    marked = [
        line
        for before, line in zip(["", *lines], lines, strict=False)
        if REVIEW in line or before.strip().startswith(REVIEW)
    ]
    assert [line for line in lines if "= column(" in line and line not in marked] == []
    counted = adopt(tmp_path / "drawn.xlsx", tmp_path / "again", TODAY).guesses
    assert counted == sum(text.count(REVIEW) for text in texts(made).values())


def test_what_is_written_needs_no_formatter(made: Path) -> None:
    ruff = Path(sys.executable).with_name("ruff")
    command = [str(ruff), "format", "--check", "--isolated", "--line-length", "120", str(made / "schemas")]
    found = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert found.returncode == 0, found.stdout


def test_the_form_filled_in_passes_without_a_word(made: Path) -> None:
    found = a_night(made, drawn.filled_in(drawn.UNITS[1]), "return")
    assert not found.unplaced and not found.findings and found.returns()["accepted"] == 1
    assert found.submissions[0].team == drawn.UNITS[1]


@pytest.mark.parametrize(
    ("tab", "cell", "value", "rule"),
    [
        ("项目", "C6", "农业", "C01"), ("项目", "C6", "请选择", "R01"), ("项目", "H6", 6, "J"), ("主要指标", "C6", 13, "J"),
        ("主要指标", "C3", 3, "B01"), ("人员与设备", "C5", dt.datetime(2023, 12, 31), "D02"), ("人员与设备", "B16", 0, "N03"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_blamed_where_it_stands(made: Path, tab: str, cell: str, value: object, rule: str) -> None:
    book = drawn.filled_in(drawn.UNITS[0])
    book[tab][cell] = value
    found = a_night(made, book, "return")
    blamed = [(each.sheet, each.cell) for each in found.findings if each.rule.startswith(rule)]
    assert blamed == [(tab, cell)], found.findings


def test_a_form_that_is_filled_in_already_is_adopted_too(tmp_path: Path) -> None:
    book = drawn.filled_in(drawn.UNITS[0])
    book.save(tmp_path / "drawn.xlsx")
    adopt(tmp_path / "drawn.xlsx", tmp_path / "made", TODAY)
    found = a_night(tmp_path / "made", book, "return")
    assert not found.findings and found.returns()["accepted"] == 1


# What cannot be declared.


def a_drawing(rows: Sequence[Sequence[object]], framed: str, path: Path) -> Path:
    book = Workbook()
    tab = book.active
    assert tab is not None
    for row in rows:
        tab.append(list(row))
    for area in framed.split():
        drawn.frame(tab, area)
    book.save(path)
    return path


def test_pairs_in_another_column_are_named_and_left_out(tmp_path: Path) -> None:
    rows = [["登记表"], ["单位名称", None, "法人代表", None], ["注册资本（万元）", None, "成立日期", None]]
    made = adopt(a_drawing(rows, "A2:D3", tmp_path / "form.xlsx"), tmp_path / "made", TODAY)
    (written,) = (text for name, text in texts(tmp_path / "made").items() if name not in DECLARED)
    assert made.left_out == 2 and made.sheets == {"Sheet": 2}
    assert f"{REVIEW}没有写入：“法人代表”" in written and f"{REVIEW}没有写入：“成立日期”" in written
    assert lint(tmp_path / "made") == []


def test_of_two_parts_that_no_text_parts_the_larger_is_declared(tmp_path: Path) -> None:
    rows = [["单位名称", None], ["填表人", None], [], ["项目", "开工日期", "投资（万元）"]]
    made = adopt(a_drawing(rows, "A1:B2 A4:C9", tmp_path / "form.xlsx"), tmp_path / "made", TODAY)
    assert made.left_out == 1 and made.sheets == {"Sheet": 3}
    assert any(f"{REVIEW}没有写入：以“单位名称”开头的部分" in text for text in texts(tmp_path / "made").values())
    assert lint(tmp_path / "made") == []


# What an operator gets wrong, and what the command says.


def asked(*words: str) -> tuple[int, str]:
    found = CliRunner().invoke(huizong, ["adopt", *words])
    return getattr(found.exception, "exit_code", found.exit_code), str(found.exception or found.output)


def a_text(path: Path) -> None:
    path.write_text("不是工作簿", "utf-8")


def an_empty_book(path: Path) -> None:
    Workbook().save(path)


def a_letter(path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active["A1"] = "请各单位于月底前报送。"
    book.save(path)


@pytest.mark.parametrize("make", [a_text, an_empty_book, a_letter])
def test_a_file_without_a_form_is_one_sentence(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "other.xlsx")
    code, says = asked(str(tmp_path / "other.xlsx"), str(tmp_path / "made"))
    assert code == 2 and "other.xlsx" in says and "\n" not in says.strip()
    assert not (tmp_path / "made").exists()


def test_a_folder_that_is_a_campaign_already_is_left_alone(made: Path, tmp_path: Path) -> None:
    before = texts(made)
    code, says = asked(str(tmp_path / "drawn.xlsx"), str(made))
    assert code == 2 and "已有 schemas" in says
    assert texts(made) == before


def test_the_command_says_what_it_wrote_and_what_to_do_next(tmp_path: Path) -> None:
    drawn.a_form().save(tmp_path / "drawn.xlsx")
    code, says = asked(str(tmp_path / "drawn.xlsx"), str(tmp_path / "made"))
    assert code == 0
    assert "项目：9 栏" in says and "字典、单位名单、填报说明" in says and "3 个单位" in says and "huizong lint" in says
    guesses = re.search(r"共 (\d+) 处", says)
    assert guesses and int(guesses[1]) == sum(text.count(REVIEW) for text in texts(tmp_path / "made").values())


# Names and periods.


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("1. 工作日是否全天开放？", "工作日是否全天开放"), ("其中：男（人）", "其中男"), ("Project name", "project_name"), ("class", "class_"),
        ("2010年", "栏2010年"), ("（4—6月）", "栏"), ("title", "title_"), ("Ｎｏ．", "no"),
    ],
)  # fmt: skip
def test_a_name_is_made_of_the_title(title: str, name: str) -> None:
    assert identifier(title, set(TAKEN)) == name and name.isidentifier()


@pytest.mark.parametrize(
    ("text", "key", "last"),
    [
        ("（2024年第2季度）", "2024Q2", dt.date(2024, 6, 30)), ("2024年二季度", "2024Q2", dt.date(2024, 6, 30)), ("2011年3月", "2011-03", dt.date(2011, 3, 31)),
        ("2025年度报表", "2025", dt.date(2025, 12, 31)), ("季报", "2026", dt.date(2026, 12, 31)),
    ],
)  # fmt: skip
def test_the_period_is_the_one_that_the_form_names(text: str, key: str, last: dt.date) -> None:
    found = period([text], TODAY)
    assert (found[0], found[3]) == (key, last)


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_workbooks_of_other_people_make_folders_that_are_right(tmp_path: Path, name: str) -> None:
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not here")
    adopt(CORPUS / name, tmp_path / "made", TODAY)
    assert lint(tmp_path / "made") == []
