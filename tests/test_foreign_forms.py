"""A form that somebody else drew, declared as it is: its right returns pass without a word, a wrong cell is blamed at its cell.

The workbooks are made by openpyxl, not by us, and saved again by LibreOffice in the three formats that come back.
"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from conftest import need
from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from pipeline.campaign import load
from pipeline.demo import make_district
from pipeline.lint import lint
from pipeline.model import Team
from pipeline.night import Night
from pipeline.run import run

DUE = dt.date(2024, 7, 10)
FORM = '''"""在建项目季报, as the ministry hands it down."""

from pipeline.declare import Choice, Count, Day, Email, Form, Money, Percent, Quantity, Serial, Sheet, Text, YearMonth, column


class Going(Sheet):
    """One row per project that goes on."""

    serial: Serial = column("序号")
    project: Text = column("项目名称", unique=True)
    sort: Choice = column("项目类别", choices=("交通", "水利", "能源"))
    since: YearMonth = column("开工年月")
    invested: Money = column("完成投资", unit="万元", ge=0)
    area: Quantity = column("占地", unit="公顷", ge=0, required=False)
    done: Percent = column("形象进度", le=1)
    email: Email = column("联系人邮箱", required=False)

    class Config:
        title = "在建项目"
        total_row = "合计"
        key = "project"


class Starting(Going):
    """One row per project that started in the quarter: what goes on, and two columns more."""

    started_on: Day = column("开工日期", within="period")
    approved: Text = column("批准文号")
    email = None

    class Config:
        title = "新开工项目"


class Overview(Sheet):
    """One row per return."""

    going: Count = column("在建项目数", unit="个", ge=0, equals=Going.count())
    starting: Count = column("新开工项目数", unit="个", ge=0, equals=Starting.count())

    class Config:
        title = "综合情况"
        role = "declared"
        records = {"value": "数量"}


FORM = Form(
    number="项目表7",
    title="在建项目季报",
    version="2024",
    sheets=(Overview, Going, Starting),
    file_name="{name}.xlsx",
    blanks=("请选择", "< Select >"),
    other_tabs=("单位名单", "填报说明"),
)
'''
SETTINGS = """
[campaign]
title = "在建项目季报"
office = "县发展改革局"
starts = 2024-01-01
dimensions = { "片区" = "片区" }

[[period]]
key = "2024Q1"
title = "2024年一季度"
aliases = ["2024年第1季度"]
starts = 2024-01-01
ends = 2024-03-31
due = 2024-04-10

[[period]]
key = "2024Q2"
title = "2024年二季度"
aliases = ["2024年第2季度", "2024Q2v2"]
starts = 2024-04-01
ends = 2024-06-30
due = 2024-07-10
"""
UNITS = ("东风镇政府", "红旗镇政府", "县交通局")
HEADER = 42  # row of the header, from 1: guidance stands above it
Change = Callable[[Workbook], None]


@pytest.fixture
def campaign_folder(tmp_path: Path) -> Path:
    schemas = tmp_path / "schemas"
    schemas.mkdir()
    (schemas / "__init__.py").write_text(FORM, "utf-8")
    (schemas / "campaign.toml").write_text(SETTINGS, "utf-8")
    rows = [f"{name},{'东片' if number < 2 else '城区'}" for number, name in enumerate(UNITS)]
    (schemas / "teams.csv").write_text("\n".join(["name,片区", *rows]), "utf-8")
    (tmp_path / "inbox").mkdir()
    return tmp_path


def a_return(unit: str, change: Change | None = None) -> Workbook:
    """Fill in the ministry's workbook as a careful clerk does."""
    book = Workbook()
    card = book.active
    assert card is not None
    card.title = "综合情况"
    for row in (
        ["在建项目季报"],
        [f"填报单位：{unit}（2024年第2季度）"],
        ["项目", "数量"],
        ["在建项目数（个）", 2],
        ["新开工项目数（个）", 1],
    ):
        card.append(row)
    going, starting = book.create_sheet("在建项目"), book.create_sheet("新开工项目")
    for number in range(1, HEADER):
        going.cell(number, 1, f"第{number}条，填写前请先阅读本说明。")
    heads = ["序号", "项目名称", "项目类别", "开工年月", "完成投资（万元）", "占地（公顷）", "形象进度", "联系人邮箱"]
    rows = [
        [1, "县道改造", "交通", dt.datetime(2023, 5, 1), 120.5, 3.25, 0.4, "a@example.com"],
        [2, "水库加固", "水利", dt.datetime(2022, 11, 1), 80, None, 0.95, None],
    ]
    for c, head in enumerate(heads, 1):
        going.cell(HEADER, c, head)
        going.cell(HEADER + 1, c, {1: "合计", 5: 200.5, 6: 3.25}.get(c))
        for r, row in enumerate(rows, HEADER + 2):
            going.cell(r, c, row[c - 1])
    for r in range(HEADER + 4, HEADER + 24):  # ready to be filled in
        going.cell(r, 1, r - HEADER - 1)
        going.cell(r, 3, "请选择")
    choices = DataValidation(type="list", formula1='"请选择,交通,水利,能源"')
    going.add_data_validation(choices)
    choices.add(f"C{HEADER + 2}:C{HEADER + 23}")
    for c, head in enumerate([*heads[:-1], "开工日期", "批准文号"], 1):
        starting.cell(1, c, head)
        starting.cell(2, c, {1: "合计", 5: 30, 6: 1}.get(c))
        starting.cell(
            3,
            c,
            [
                1,
                "风电一期",
                "能源",
                dt.datetime(2024, 5, 1),
                30,
                1,
                0.02,
                dt.datetime(2024, 5, 20),
                "县发改〔2024〕7号",
            ][c - 1],
        )
    names = book.create_sheet("单位名单")
    for name in UNITS:
        names.append([name])
    for row in going.iter_rows(min_row=HEADER + 2, min_col=4, max_col=4):
        row[0].number_format = "yyyy-mm"
    starting["D3"].number_format, starting["H3"].number_format = "yyyy-mm", "yyyy-mm-dd"
    if change:
        change(book)
    return book


def put(sheet: str, cell: str, value: object) -> Change:
    def change(book: Workbook) -> None:
        book[sheet][cell] = value

    return change


WRONG = {
    "a sort that is none": (put("在建项目", f"C{HEADER + 3}", "农业"), "在建项目", f"C{HEADER + 3}", "C01"),
    "a sort not chosen": (put("在建项目", f"C{HEADER + 3}", "请选择"), "在建项目", f"C{HEADER + 3}", "R01"),
    "a share of a hundred": (put("在建项目", f"G{HEADER + 2}", 40), "在建项目", f"G{HEADER + 2}", "N04"),
    "a month that is none": (put("新开工项目", "D3", "2024-13"), "新开工项目", "D3", "D03"),
    "an area in another unit": (put("在建项目", f"F{HEADER + 2}", "48亩"), "在建项目", f"F{HEADER + 2}", "N06"),
    "a day of another quarter": (put("新开工项目", "H3", dt.datetime(2024, 2, 20)), "新开工项目", "H3", "D02"),
    "an address that is none": (put("在建项目", f"H{HEADER + 2}", "无邮箱"), "在建项目", f"H{HEADER + 2}", "T02"),
    "a number that the ledger has not": (put("综合情况", "B5", 2), "综合情况", "B5", "B01"),
}


def saved(book: Workbook, path: Path, ending: str) -> None:
    """Save a workbook, and again by LibreOffice in another format."""
    path = path.with_suffix(".xlsx")
    book.save(path)
    if ending:
        need("soffice", "to save a workbook again")
        out = path.parent.parent / "again"
        profile = f"-env:UserInstallation=file://{path.parent.parent / 'profile'}"
        command = ["soffice", profile, "--headless", "--convert-to", ending, "--outdir", str(out), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        path.unlink()
        shutil.move(out / f"{path.stem}.{ending}", path.parent)


def night(root: Path) -> Night:
    return run(root, DUE, "2024Q2", workers=1)


@pytest.mark.parametrize("ending", ["", "xlsx", "xls", "ods"])
def test_right_returns_pass_without_a_word_and_wrong_ones_are_blamed_at_their_cell(
    campaign_folder: Path, ending: str
) -> None:
    wrong = WRONG if not ending else {name: WRONG[name] for name in [*WRONG][:1]}
    for unit in UNITS[:2]:
        saved(a_return(unit), campaign_folder / "inbox" / unit, ending)
    saved(a_return(UNITS[2], next(iter(wrong.values()))[0]), campaign_folder / "inbox" / UNITS[2], ending)
    found = night(campaign_folder)
    assert not found.unplaced and found.returns()["accepted"] == 2
    assert [(each.team, each.sheet, each.cell, each.rule) for each in found.findings] == [
        (UNITS[2], *next(iter(wrong.values()))[1:])
    ]
    assert {key: int(total.value) for key, total in found.consolidation.totals.items()} == {"going": 4, "starting": 2}
    assert found.consolidation.by_dimension["片区"]["东片"]["going"] == 4


@pytest.mark.parametrize("case", WRONG)
def test_one_wrong_cell_is_one_finding_at_it(campaign_folder: Path, case: str) -> None:
    change, sheet, cell, code = WRONG[case]
    saved(a_return(UNITS[0], change), campaign_folder / "inbox" / UNITS[0], "")
    found = night(campaign_folder)
    at = {(each.sheet, each.cell): each.rule for each in found.findings}
    assert at[sheet, cell] == code and len(at) == 1, found.findings


def test_a_column_of_the_register_may_have_any_name() -> None:
    team = Team("A", "甲", "企业", more=(("told", "东片"),))
    assert [team.told(column) for column in ("kind", "told", "reports", "片区")] == ["企业", "东片", "", ""]


def test_lint_finds_nothing_wrong_with_it(campaign_folder: Path) -> None:
    assert lint(campaign_folder) == []


def test_a_list_of_all_units_names_nobody_only_where_it_is_declared_as_one(campaign_folder: Path) -> None:
    path = campaign_folder / "schemas" / "__init__.py"
    path.write_text(FORM.replace('other_tabs=("单位名单", "填报说明"),', 'other_tabs=("填报说明",),'), "utf-8")
    saved(a_return(UNITS[0]), campaign_folder / "inbox" / UNITS[0], "")
    assert [each.rule for each in night(campaign_folder).unplaced] == ["I06"]


# Several tables on one tab, and headers of several rows.

PLAN = '''"""投资计划季报: two tables of one header on a tab, with plan and fulfilment by quarter."""

from pipeline.declare import Count, Form, Money, Sheet, Text, column


class Capital(Sheet):
    """One row per item of capital expenditure."""

    item: Text = column("项目")
    plan_1: Money = column("计划", under=["一季度"], unit="万元", ge=0)
    done_1: Money = column("实际", under=["一季度"], unit="万元", ge=0)
    plan_2: Money = column("计划", under=["（4—6月）"], unit="万元", ge=0)
    done_2: Money = column("实际", under=["（4—6月）"], unit="万元", ge=0)

    class Config:
        title = "资本性支出"
        tab = "支出"
        begins = "一、资本性支出"


class Current(Capital):
    """One row per item of current expenditure."""

    class Config:
        title = "经常性支出"
        tab = "支出"
        begins = "二、经常性支出"


class Overview(Sheet):
    """One row per return."""

    items: Count = column("项目数", ge=0, equals=Capital.count())
    done: Money = column("实际支出", unit="万元", ge=0, equals=Capital.done_2.sum())

    class Config:
        title = "综合情况"
        role = "declared"
        records = {"value": "数量"}


FORM = Form(number="支出1", title="支出季报", version="1", sheets=(Overview, Capital, Current), file_name="{name}.xlsx")
'''
CAPITAL = [["道路", 10, 9, 20, 18], ["学校", 5, 5, 7.5, 6]]
CURRENT = [["水电", 1, 1, 2, 2.5], ["办公", 3, 2, 4, 4], ["交通", 1, 1, 1, 1]]


@pytest.fixture
def plan_folder(campaign_folder: Path) -> Path:
    (campaign_folder / "schemas" / "__init__.py").write_text(PLAN, "utf-8")
    return campaign_folder


def a_plan(unit: str, blocks: Sequence[tuple[str, Sequence[Sequence[object]], int]]) -> Workbook:
    """Draw the form. blocks: heading, rows, and the row, from 1, that the heading stands in."""
    book = Workbook()
    card = book.active
    assert card is not None
    card.title = "综合情况"
    for row in ([f"填报单位：{unit}（2024年二季度）"], ["项目", "数量"], ["项目数", 2], ["实际支出（万元）", 24]):
        card.append(row)
    tab = book.create_sheet("支出")
    tab["A1"] = "单位支出情况"
    for heading, rows, top in blocks:
        tab.cell(top, 1, heading)
        for c, text in ((1, "项目"), (2, "一季度"), (4, "（4—6月）")):
            tab.cell(top + 1, c, text)
        for c, text in enumerate(("计划", "实际", "计划", "实际"), 2):
            tab.cell(top + 2, c, f"{text}（万元）")
        tab.merge_cells(start_row=top + 1, end_row=top + 2, start_column=1, end_column=1)
        tab.merge_cells(start_row=top + 1, end_row=top + 1, start_column=2, end_column=3)
        tab.merge_cells(start_row=top + 1, end_row=top + 1, start_column=4, end_column=5)
        for r, row in enumerate(rows, top + 3):
            for c, value in enumerate(row, 1):
                tab.cell(r, c, value)
    return book


BLOCKS = [("一、资本性支出", CAPITAL, 3), ("二、经常性支出（万元）", CURRENT, 12)]


def rows_of(found: Night, sheet: str) -> list[list[object]]:
    """Give the rows of the only return as they were read."""
    records = found.records(found.submissions[0]).get(sheet)
    return [list(row) for row in zip(*records.table.typed.values(), strict=True)] if records else []


@pytest.mark.parametrize("ending", ["", "xlsx", "xls", "ods"])
def test_tables_of_one_header_on_a_tab_are_told_apart(plan_folder: Path, ending: str) -> None:
    saved(a_plan(UNITS[0], BLOCKS), plan_folder / "inbox" / UNITS[0], ending)
    found = night(plan_folder)
    assert found.findings == [] and found.returns()["accepted"] == 1
    assert rows_of(found, "capital") == CAPITAL and rows_of(found, "current") == CURRENT


@pytest.mark.parametrize(
    "blocks",
    [[BLOCKS[1], ("一、资本性支出", CAPITAL, 40)], [BLOCKS[0], (BLOCKS[1][0], CURRENT, 60)], [("二、经常性支出", CURRENT, 2), (BLOCKS[0][0], CAPITAL, 9)]],
    ids=["the first moved below", "rows inserted", "the other way round"],
)  # fmt: skip
def test_tables_that_moved_are_read_where_they_are(
    plan_folder: Path, blocks: Sequence[tuple[str, Sequence[Sequence[object]], int]]
) -> None:
    saved(a_plan(UNITS[0], blocks), plan_folder / "inbox" / UNITS[0], "")
    found = night(plan_folder)
    assert found.findings == []
    assert rows_of(found, "capital") == CAPITAL and rows_of(found, "current") == CURRENT


@pytest.mark.parametrize(("left", "lost"), [(0, "经常性支出"), (1, "资本性支出")])
def test_a_table_that_is_lost_is_a_finding_and_the_other_is_read(plan_folder: Path, left: int, lost: str) -> None:
    saved(a_plan(UNITS[0], [BLOCKS[left]]), plan_folder / "inbox" / UNITS[0], "")
    found = night(plan_folder)
    assert [each.rule for each in found.findings if each.rule.startswith("S")] == ["S01"]
    assert lost in next(each.says for each in found.findings if each.rule == "S01")
    assert rows_of(found, ("capital", "current")[left]) == (CAPITAL, CURRENT)[left]


@pytest.mark.parametrize(
    ("cell", "value", "column"), [("C7", "约5", "一季度实际"), ("D16", -1, "4—6月计划"), ("E15", None, "4—6月实际")]
)
def test_a_wrong_cell_is_blamed_at_it_by_its_whole_path(
    plan_folder: Path, cell: str, value: object, column: str
) -> None:
    book = a_plan(UNITS[0], BLOCKS)
    book["支出"][cell] = value
    saved(book, plan_folder / "inbox" / UNITS[0], "")
    (wrong,) = [each for each in night(plan_folder).findings if each.rule != "B01"]
    assert (wrong.sheet, wrong.cell, wrong.column) == ("支出", cell, column)


def test_the_blank_of_such_a_form_is_read_back(plan_folder: Path) -> None:
    assert lint(plan_folder) == []


# Questions with their answers below.

QUESTIONS = '''"""一页问卷: questions, each with its answer in the cell below."""

from pipeline.declare import Count, Form, Percent, Sheet, Text, YesNo, column


class Answers(Sheet):
    """One row per return."""

    plan: YesNo = column("1.是否制定了年度计划？")
    staff: Count = column("现有专职人员", unit="人", ge=0, le=500)
    share: Percent = column("计划完成的比例", le=1)
    remarks: Text = column("主要困难和建议", required=False)

    class Config:
        title = "问卷"
        role = "declared"
        records = {"value": "填报内容"}
        answers = "below"


FORM = Form(number="问卷1", title="工作问卷", version="1", sheets=(Answers,), file_name="{name}.xlsx")
'''


def a_questionnaire(unit: str) -> Workbook:
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = "问卷"
    page["A1"] = f"工作问卷（{unit}，2024年二季度）"
    page["A3"], page["A4"] = "1. 是否制定了年度计划？", "是"
    page["C3"], page["C4"] = "现有专职人员（人）", 12
    page["E3"], page["E5"] = "计划完成的比例", 0.375
    page.merge_cells("E3:E4")
    page["E5"].number_format = "0.0%"
    page["A8"], page["A9"] = "主要困难和建议", "人手不足"
    page.merge_cells("A9:F12")
    return book


@pytest.fixture
def questions_folder(campaign_folder: Path) -> Path:
    (campaign_folder / "schemas" / "__init__.py").write_text(QUESTIONS, "utf-8")
    return campaign_folder


@pytest.mark.parametrize("ending", ["", "xlsx", "xls", "ods"])
def test_answers_below_their_questions_are_read(questions_folder: Path, ending: str) -> None:
    saved(a_questionnaire(UNITS[0]), questions_folder / "inbox" / UNITS[0], ending)
    found = night(questions_folder)
    assert found.findings == [] and found.returns()["accepted"] == 1
    assert rows_of(found, "answers") == [["是", 12, 0.375, "人手不足"]]
    assert found.consolidation.totals["staff"].value == 12 and "share" not in found.consolidation.totals


@pytest.mark.parametrize(
    ("cell", "value", "rule"), [("A4", "基本制定", "C01"), ("C4", None, "R01"), ("E5", 37.5, "N04"), ("C4", 501, "N04")]
)
def test_a_wrong_answer_is_blamed_at_the_cell_below(
    questions_folder: Path, cell: str, value: object, rule: str
) -> None:
    book = a_questionnaire(UNITS[0])
    page = book["问卷"]
    page[cell] = value
    saved(book, questions_folder / "inbox" / UNITS[0], "")
    (wrong,) = night(questions_folder).findings
    assert (wrong.cell, wrong.rule) == (cell, rule)


def test_the_blank_of_a_questionnaire_is_read_back(questions_folder: Path) -> None:
    assert lint(questions_folder) == []


# No card of figures: totals come from ledgers.

LEDGERS = '''"""项目台账: two ledgers and nothing else."""

from pipeline.declare import Choice, Count, Form, Money, Sheet, Text, column


class Projects(Sheet):
    """One row per project."""

    name: Text = column("项目名称", unique=True, examples=["桥", "路"])
    sort: Choice = column("类别", choices=("交通", "水利"))
    cost: Money = column("投资", unit="万元", ge=0, le=10000, total=True)

    class Config:
        title = "项目"
        counted = "项目数"
        key = "name"


class People(Sheet):
    """One row per village."""

    village: Text = column("村名", examples=["东村", "西村"])
    persons: Count = column("受益人数", unit="人", ge=0, le=100000, total=True)

    class Config:
        title = "受益情况"


FORM = Form(number="台账1", title="项目台账", version="1", sheets=(Projects, People), file_name="{name}.xlsx")
'''


@pytest.fixture
def ledgers_folder(campaign_folder: Path) -> Path:
    (campaign_folder / "schemas" / "__init__.py").write_text(LEDGERS, "utf-8")
    return campaign_folder


def two_ledgers(unit: str, costs: Sequence[object], people: Sequence[int]) -> Workbook:
    book = Workbook()
    projects = book.active
    assert projects is not None
    projects.title = "项目"
    projects.append([f"{unit}（2024年二季度）"])
    projects.append(["项目名称", "类别", "投资（万元）"])
    for number, cost in enumerate(costs):
        projects.append([f"项目{number}", "交通", cost])
    villages = book.create_sheet("受益情况")
    villages.append(["村名", "受益人数（人）"])
    for number, persons in enumerate(people):
        villages.append([f"村{number}", persons])
    return book


@pytest.mark.parametrize("ending", ["", "xls", "ods"])
def test_totals_come_from_ledgers_where_no_card_declares_them(ledgers_folder: Path, ending: str) -> None:
    saved(two_ledgers(UNITS[0], [0.1, 0.2, 10], [100, 250]), ledgers_folder / "inbox" / UNITS[0], ending)
    saved(two_ledgers(UNITS[1], [5.5], [40]), ledgers_folder / "inbox" / UNITS[1], ending)
    found = night(ledgers_folder)
    assert found.findings == [] and found.returns()["accepted"] == 2
    totals = {total.title: float(total.value) for total in found.consolidation.totals.values()}
    assert totals == {"项目数": 4, "投资": 15.8, "受益人数": 390}
    assert [sheet.title() for sheet in found.campaign.form.tabs] == ["项目", "受益情况"]


def test_a_ledger_with_a_wrong_cell_counts_for_nothing_yet(ledgers_folder: Path) -> None:
    saved(two_ledgers(UNITS[0], ["约5", 7], [100]), ledgers_folder / "inbox" / UNITS[0], "")
    found = night(ledgers_folder)
    assert [(each.sheet, each.cell, each.rule) for each in found.findings] == [("项目", "C3", "N01")]
    assert {total.reported for total in found.consolidation.totals.values()} == {0}


def test_a_ledger_that_is_missing_is_one_finding(ledgers_folder: Path) -> None:
    book = two_ledgers(UNITS[0], [5], [100])
    del book["受益情况"]
    saved(book, ledgers_folder / "inbox" / UNITS[0], "")
    assert [each.rule for each in night(ledgers_folder).findings] == ["S01"]


def test_a_campaign_of_ledgers_is_right_and_has_its_demonstration(ledgers_folder: Path) -> None:
    assert lint(ledgers_folder) == []
    campaign = load(ledgers_folder)
    made = make_district(campaign, campaign.periods[1], ledgers_folder / "inbox", clean=True)
    found = night(ledgers_folder)
    assert found.returns()["accepted"] == len(made) == len(UNITS) and not found.findings


def test_fields_that_together_come_once_are_blamed_where_they_come_again(ledgers_folder: Path) -> None:
    path = ledgers_folder / "schemas" / "__init__.py"
    path.write_text(
        path.read_text("utf-8")
        .replace('column("项目名称", unique=True,', 'column("项目名称",')
        .replace('counted = "项目数"', 'counted = "项目数"\n        unique = (("name", "sort"),)')
        .replace('        key = "name"\n', ""),
        "utf-8",
    )
    assert lint(ledgers_folder) == []
    book = two_ledgers(UNITS[0], [5, 6, 7], [100])
    tab = book["项目"]
    tab["A4"], tab["A5"], tab["B5"] = (
        "项目0",
        "项目0",
        "水利",
    )  # the second is the first again; the third is of another sort
    saved(book, ledgers_folder / "inbox" / UNITS[0], "")
    found = night(ledgers_folder).findings
    assert [(each.cell, each.rule) for each in found] == [("B3", "U01"), ("B4", "U01")]
    assert found[1].says.startswith("“项目名称、类别”填写的“项目0、交通”与 B3 重复")
