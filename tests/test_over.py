"""over: one declaration, a column under each heading, and rules that are about one heading at a time.

The workbooks are made by openpyxl, not by us, and saved again by LibreOffice in the formats that come back.
"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import need
from openpyxl import Workbook

from pipeline.campaign import load
from pipeline.check.trial import verdict
from pipeline.demo import make_district
from pipeline.lint import lint
from pipeline.night import Night
from pipeline.publish.form.workbook import prefilled, write_form
from pipeline.run import run

EXAMPLE = Path(__file__).parent.parent / "examples" / "progress" / "schemas"
PROJECTS, CARD = "项目进度", "综合情况"
Cells = Mapping[str, Any]
HEADS: list[str] = [
    "序号",
    "项目编码",
    "项目名称",
    "项目类别",
    "建设状态",
    "开工年月",
    "总投资（万元）",
    "年度计划（万元）",
]
ROWS: list[list[Any]] = [
    [1, "2024-001", "县道改造", "交通", "在建", dt.datetime(2024, 2, 1), 1000, 500, 100, 90, 120, 130.5, 0.4, None],
    [2, "2024-002", "水库加固", "水利", "在建", dt.datetime(2023, 11, 1), 800, 300, 50, 50, 70, 60, 0.5, "顺利"],
    [3, "2024-003", "标准厂房", "产业", "未开工", None, 600, 100, 0, 0, 10, 0, 0, None],
]
SUMS = {
    "项目数（个）": 3,
    "其中：已开工（个）": 2,
    "年度计划投资（万元）": 900,
    "一季度完成投资（万元）": 140,
    "二季度完成投资（万元）": 190.5,
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "schemas", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "inbox").mkdir()
    return tmp_path


def a_return(unit: str) -> Workbook:
    """Fill in the form as it is on paper: plan and fulfilment under each quarter, merged."""
    book = Workbook()
    card = book.active
    assert card is not None
    card.title = CARD
    rows: list[list[Any]] = [[f"填报单位：{unit}（2024年一季度）"], ["指标", "数量"], *map(list, SUMS.items())]
    for row in rows:
        card.append(row)
    tab = book.create_sheet(PROJECTS)
    tab["A1"] = "重点项目投资进度"
    for c, text in enumerate(HEADS, 1):
        tab.cell(3, c, text)
        tab.merge_cells(start_row=3, end_row=4, start_column=c, end_column=c)
    for c, quarter in ((9, "一季度"), (11, "二季度")):
        tab.cell(3, c, quarter)
        tab.merge_cells(start_row=3, end_row=3, start_column=c, end_column=c + 1)
        tab.cell(4, c, "计划（万元）")
        tab.cell(4, c + 1, "完成（万元）")
    tab["M3"], tab["N3"] = "形象进度", "备注"
    for row in ROWS:
        tab.append(row)
    for row in tab.iter_rows(min_row=5, min_col=6, max_col=6):
        row[0].number_format = "yyyy-mm"
    return book


def send(book: Workbook, root: Path, ending: str = "") -> None:
    path = root / "inbox" / "表.xlsx"
    book.save(path)
    if ending:
        need("soffice", "to save a workbook again")
        profile = f"-env:UserInstallation=file://{root / 'profile'}"
        command = ["soffice", profile, "--headless", "--convert-to", ending, "--outdir", str(root / "again"), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        path.unlink()
        shutil.move(root / "again" / f"{path.stem}.{ending}", path.parent)


def night(root: Path) -> Night:
    return run(root, dt.date(2024, 4, 10), "2024Q1", workers=1)


def change(root: Path, file: str, old: str, new: str) -> None:
    path = root / "schemas" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    "ending", ["", *(pytest.param(each, marks=pytest.mark.slow) for each in ("xlsx", "xls", "ods"))]
)
def test_a_right_return_passes_without_a_word(root: Path, ending: str) -> None:
    send(a_return(load(root).teams[0].name), root, ending)
    found = night(root)
    assert found.findings == [] and found.returns()["accepted"] == 1
    assert {key: float(total.value) for key, total in found.consolidation.totals.items()} == {
        "projects": 3, "started": 2, "planned": 900, "done_1": 140, "done_2": 190.5,
    }  # fmt: skip


WRONG: dict[str, tuple[Callable[[Workbook], None], list[tuple[str, str, str]]]] = {
    "far beyond the first quarter's plan": (
        lambda book: _put(book, {"J5": 300.5}, {"B6": 350.5}),
        [(PROJECTS, "J5", "T91")],
    ),
    "far beyond the second quarter's plan": (
        lambda book: _put(book, {"L6": 211}, {"B7": 341.5}),
        [(PROJECTS, "L6", "T91")],
    ),
    "both quarters of two projects": (
        lambda book: _put(book, {"J5": 301, "L5": 361, "J6": 151}, {"B6": 452, "B7": 421}),
        [(PROJECTS, "J5", "T91"), (PROJECTS, "J6", "T91"), (PROJECTS, "L5", "T91")],
    ),
    "a plan that is no number": (lambda book: _put(book, {"I5": "约100", "L5": 361}, {"B7": 421}), [(PROJECTS, "I5", "N01"), (PROJECTS, "L5", "T91")]),
    "a quarter that is not its ledger's": (lambda book: _put(book, {}, {"B7": 140}), [(CARD, "B7", "B01")]),
}  # fmt: skip


def _put(book: Workbook, projects: Cells, card: Cells) -> None:
    for title, cells in ((PROJECTS, projects), (CARD, card)):
        for place, value in cells.items():
            book[title][place] = value


@pytest.mark.parametrize(
    ("case", "ending"),
    [*((case, "") for case in WRONG), *(pytest.param(case, "xlsx", marks=pytest.mark.slow) for case in [*WRONG][2:])],
)
def test_what_is_wrong_under_a_heading_is_blamed_at_its_cell(root: Path, case: str, ending: str) -> None:
    spoil, blamed = WRONG[case]
    book = a_return(load(root).teams[0].name)
    spoil(book)
    send(book, root, ending)
    found = night(root).findings
    assert sorted((each.sheet, each.cell, each.rule) for each in found) == blamed


def test_the_message_names_the_heading_and_what_stands_under_it(root: Path) -> None:
    book = a_return(load(root).teams[0].name)
    _put(book, {"L6": 211}, {"B7": 341.5})
    send(book, root)
    (found,) = night(root).findings
    assert found.says.startswith("二季度完成 211 万元，超过计划 70 万元的 3 倍") and found.column == "二季度完成"


def test_another_quarter_is_one_word(root: Path) -> None:
    change(root, "projects.py", 'QUARTERS = ("一季度", "二季度")', 'QUARTERS = ("一季度", "二季度", "三季度")')
    assert lint(root) == []
    campaign = load(root)
    projects, overview = campaign.form.sheet("projects"), campaign.form.sheet("overview")
    assert [name for name in projects.columns() if name[-1].isdigit()] == [
        "plan_1", "done_1", "plan_2", "done_2", "plan_3", "done_3",
    ]  # fmt: skip
    assert overview.columns()["done_3"].equals == projects.done_3.sum()  # type: ignore[attr-defined]
    path, period = root / "表.xlsx", campaign.periods[0]
    write_form(path, campaign, period, campaign.teams[0], prefilled(campaign, period, campaign.teams[0]))
    tab = openpyxl.load_workbook(path)[PROJECTS]
    assert [tab.cell(3, c).value for c in range(9, 15)] == ["一季度", None, "二季度", None, "三季度", None]
    make_district(campaign, period, root / "inbox", clean=True)
    assert [each for each in night(root).findings if each.severity.value == "error"] == []


def test_the_sum_of_a_declaration_is_that_of_all_its_columns_unless_the_other_has_the_headings_too(root: Path) -> None:
    change(root, "overview.py", 'column("完成投资", over=QUARTERS, ', 'column("全年完成投资", ')
    assert lint(root) == []
    book = a_return(load(root).teams[0].name)
    card = book[CARD]
    card.delete_rows(6, 2)
    card.append(["全年完成投资（万元）", 330.5])
    send(book, root)
    assert night(root).findings == []
    card["B6"] = 330
    book.save(root / "inbox" / "表.xlsx")
    (found,) = night(root).findings
    assert (found.cell, found.rule) == ("B6", "B01") and "“一季度完成、二季度完成”合计为 330.5" in found.says


def test_an_example_may_name_its_heading(root: Path) -> None:
    form = load(root).form
    rule = next(rule for rule in form.rules if rule.code == "T91")
    plan = {"plan_1": 10, "done_1": 10}
    assert verdict(rule, form, {**plan, "over": "二季度", "plan": 10, "done": 30}) is True
    assert verdict(rule, form, {**plan, "over": "二季度", "plan": 10, "done": 31}) is False
    assert verdict(rule, form, {"plan": 10, "done": 31}, unreadable="plan") is None


def test_a_sheet_made_after_one_with_headings_may_have_others_or_none(root: Path) -> None:
    more = '''

class Others(Projects):
    """One row per project of another list."""

    plan: Money = column("计划", over=("上半年", "下半年", "全年"), unit="万元")
    done = None

    class Config:
        title = "其他项目"
'''
    change(root, "projects.py", '\n\n@rule(\n    "T90"', f'{more}\n\n@rule(\n    "T90"')
    change(root, "__init__.py", "Overview, Projects)", "Overview, Projects, Others)")
    change(root, "__init__.py", "import Projects", "import Others, Projects")
    assert lint(root) == []
    titles = [col.title for col in load(root).form.sheet("others").columns().values()]
    assert titles[7:12] == ["年度计划", "上半年计划", "下半年计划", "全年计划", "形象进度"]


MISUSED = {
    "a lone heading": ("projects.py", 'QUARTERS = ("一季度", "二季度")', 'QUARTERS = "一季度"', "用方括号括起来"),
    "a heading twice": ("projects.py", '("一季度", "二季度")', '("一季度", "一季度")', "“一季度”写了两次"),
    "a field that is made of a declaration": ("projects.py", 'share: Percent = column("形象进度"', 'done_2: Percent = column("形象进度"', "不要再写"),
    "a bound, said once for all headings": ("projects.py", '完成", over=QUARTERS, unit="万元", ge=0', '完成", over=QUARTERS, unit="万元", ge=10**9', "大于 le"),
    "a reference to several columns": ("overview.py", 'equals=Projects.done.sum()', 'in_column=Projects.done', "按 over 分成几栏"),
    "a rule on headings and on none": ("projects.py", "blames=Projects.done,", "blames=(Projects.done, Projects.share),", "不能一起检查"),
    "a message that names no heading": ("projects.py", "完成 {done} 万元", "完成 {done_3} 万元", "“{done_3}”"),
    "a message of a plain rule that names several": ("projects.py", "开工年月为“{began}”", "开工年月为“{done}”", "“{done}”"),
    "an example that names a heading in vain": ("projects.py", 'failing=[{"state": "在建"}', 'failing=[{"state": "在建", "over": "一季度"}', "没有“over”这一栏"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISUSED)
def test_a_misuse_is_one_sentence_with_its_place(root: Path, case: str) -> None:
    file, old, new, says = MISUSED[case]
    change(root, file, old, new)
    (wrong,) = map(str, lint(root))
    assert says in wrong and f"schemas/{file} 第 " in wrong and wrong.endswith(("。", "）")), wrong
