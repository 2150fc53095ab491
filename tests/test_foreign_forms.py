"""A form that somebody else drew, declared as it is: its right returns pass without a word, a wrong cell is blamed at its cell.

The workbooks are made by openpyxl, not by us, and saved again by LibreOffice in the three formats that come back.
"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import need
from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from pipeline.lint import lint
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


def test_lint_finds_nothing_wrong_with_it(campaign_folder: Path) -> None:
    assert lint(campaign_folder) == []


def test_a_list_of_all_units_names_nobody_only_where_it_is_declared_as_one(campaign_folder: Path) -> None:
    path = campaign_folder / "schemas" / "__init__.py"
    path.write_text(FORM.replace('"单位名单", ', ""), "utf-8")
    saved(a_return(UNITS[0]), campaign_folder / "inbox" / UNITS[0], "")
    assert [each.rule for each in night(campaign_folder).unplaced] == ["I06"]
