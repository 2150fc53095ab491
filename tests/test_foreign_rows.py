"""Rows of a form that somebody else drew: empty ones with formulas, instructions, an end; how many; what cells may hold.

The workbooks are made by openpyxl, not by us, and saved again by LibreOffice, which fills in what formulas come to.
"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import need
from openpyxl import Workbook, load_workbook
from test_foreign_forms import SETTINGS, UNITS, Change, put, rows_of

from pipeline.campaign import load
from pipeline.demo import make_district
from pipeline.lint import lint
from pipeline.model import Finding
from pipeline.night import Night
from pipeline.publish.filenames import correction_file
from pipeline.run import run

DUE = dt.date(2024, 7, 10)
PROJECTS = '''"""项目投资季报: thirty rows with formulas, of which a few are filled in, and another table below."""

from pipeline.declare import Choice, Form, Money, Serial, Sheet, Text, column


class Projects(Sheet):
    """One row per project."""

    serial: Serial = column("序号")
    project: Text = column("项目名称")
    sort: Choice = column("类别", choices=("交通", "水利"))
    planned: Money = column("计划投资", unit="万元", gt=0, lt=10000)
    done: Money = column("完成投资", unit="万元", ge=0)
    left: Money = column("结余", unit="万元", computed=True, total=True)
    office: Text = column("建设单位", computed=True)

    class Config:
        title = "项目投资"
        record = ("project",)
        ends = "以下空白"
        instructions = 2
        numbered = True
        counted = "项目数"


FORM = Form(number="投资1", title="项目投资季报", version="1", sheets=(Projects,), file_name="{name}.xlsx")
'''
TAB, HEADER, FIRST, RULED = "项目投资", 3, 7, 25  # rows from 1
HEADS = ["序号", "项目名称", "类别", "计划投资（万元）", "完成投资（万元）", "结余（万元）", "建设单位"]
FILLED = [["县道改造", "交通", 120.5, 20.5], ["水库加固", "水利", 80, 0]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    schemas = tmp_path / "schemas"
    schemas.mkdir()
    (schemas / "__init__.py").write_text(PROJECTS, "utf-8")
    (schemas / "campaign.toml").write_text(SETTINGS, "utf-8")
    (schemas / "teams.csv").write_text("\n".join(["name,片区", *(f"{name},东片" for name in UNITS)]), "utf-8")
    (tmp_path / "inbox").mkdir()
    return tmp_path


def projects(unit: str, change: Change | None = None, *, has_results: bool = False) -> Workbook:
    """Fill in the form: formulas in every ruled row, or what they come to."""
    book = Workbook()
    tab = book.active
    assert tab is not None
    tab.title = TAB
    tab["A1"] = f"项目投资季报（{unit}，2024年二季度）"
    for c, head in enumerate(HEADS, 1):
        tab.cell(HEADER, c, head)
        tab.cell(HEADER + 1, c, ["栏次", 1, 2, 3, 4, "5=3-4", 6][c - 1])
        tab.cell(
            HEADER + 2, c, ["", "全称", "从下拉列表选择", "不含流动资金", "自开工起", "自动计算", "自动带出"][c - 1]
        )
        tab.cell(HEADER + 3, c, [1, "某县某桥", "交通", 100, 40, 60, "某局"][c - 1])
    filled = len(FILLED)
    for number in range(RULED):
        r = FIRST + number
        row: Sequence[Any] = FILLED[number] if number < filled else [None, "水利", None, None]
        tab.cell(r, 1, number + 1)
        for c, value in enumerate(row, 2):
            tab.cell(r, c, value)
        left = (row[2] or 0) - (row[3] or 0)
        tab.cell(r, 6, left if has_results else f"=D{r}-E{r}")
        tab.cell(r, 7, (unit if number < filled else 0) if has_results else f'=IF(B{r}="",0,"{unit}")')
    end = FIRST + RULED
    tab.cell(end, 3, "以下空白")
    for r, line in enumerate(
        [["二、资金来源"], ["来源", "金额", "备注"], ["贷款", 30, "无"], ["拨款", 70, "无"]], end + 1
    ):
        for c, value in enumerate(line, 1):
            tab.cell(r, c, value)
    if change:
        change(book)
    return book


def night(root: Path, period: str = "2024Q2") -> Night:
    return run(root, DUE, period, workers=1)


def places(found: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(each.cell, each.rule) for each in found]


def arrive(root: Path, *books: Workbook, ending: str = "") -> None:
    """Put a return of each of the units into the inbox, saved again by LibreOffice in another format."""
    paths = [root / "inbox" / f"{unit}.xlsx" for unit, _ in zip(UNITS, books, strict=False)]
    for path, book in zip(paths, books, strict=True):
        book.save(path)
    if ending:
        need("soffice", "to save workbooks again")
        profile, out = f"-env:UserInstallation=file://{root / 'profile'}", root / "again"
        command = ["soffice", profile, "--headless", "--convert-to", ending, "--outdir", str(out), *map(str, paths)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        for path in paths:
            path.unlink()
            shutil.move(out / f"{path.stem}.{ending}", path.parent)


def typed_over(book: Workbook) -> None:
    tab = book[TAB]
    tab[f"F{FIRST}"], tab[f"G{FIRST}"] = "100", "手填"


WRONG: dict[str, tuple[Change, str, str]] = {
    "a project that is not named": (put(TAB, f"E{FIRST + 2}", 5), f"B{FIRST + 2}", "R01"),
    "a plan of nothing": (put(TAB, f"D{FIRST}", 0), f"D{FIRST}", "N09"),
    "a plan too large": (put(TAB, f"D{FIRST + 1}", 10000), f"D{FIRST + 1}", "N10"),
    "a sort that is none": (put(TAB, f"C{FIRST + 1}", "电力"), f"C{FIRST + 1}", "C01"),
    "a sum's part that is gone": (put(TAB, f"F{FIRST + 1}", None), f"F{FIRST + 1}", "R01"),
    "a sum's part in words": (put(TAB, f"F{FIRST + 1}", "约80"), f"F{FIRST + 1}", "N01"),
    "a formula that fails where it is added up": (put(TAB, f"F{FIRST + 1}", "=1/0"), f"F{FIRST + 1}", "E02"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_cell_is_blamed_at_it(folder: Path, case: str) -> None:
    change, cell, code = WRONG[case]
    arrive(folder, projects(UNITS[0], change, has_results=True))
    found = places(night(folder).findings)
    assert (cell, code) in found
    assert {rule for _, rule in found} - {code} <= {"R01"}  # a row that lacks its name lacks more


@pytest.mark.parametrize("ending", ["", "xlsx", "xls", "ods"])
def test_empty_rows_of_formulas_are_no_records_and_wrong_cells_are_blamed_whatever_the_format(
    folder: Path, ending: str
) -> None:
    def change(book: Workbook) -> None:
        for wrong in ("a plan of nothing", "a sort that is none", "a formula that fails where it is added up"):
            WRONG[wrong][0](book)

    books = [projects(unit, has_results=not ending) for unit in UNITS[:2]]
    arrive(folder, *books, projects(UNITS[2], change, has_results=not ending), ending=ending)
    found = night(folder)
    assert not found.unplaced and found.returns()["accepted"] == 2
    assert [row[1:] for row in rows_of(found, "projects")] == [[*row, row[2] - row[3], UNITS[0]] for row in FILLED]
    totals = {total.title: float(total.value) for total in found.consolidation.totals.values()}
    assert totals == {"项目数": 4, "结余": 360}
    failed = "E01" if ending else "E02"
    wrong = [(f"D{FIRST}", "N09"), (f"C{FIRST + 1}", "C01"), (f"F{FIRST + 1}", failed)]
    assert places(found.findings) == wrong and {each.team for each in found.findings} == {UNITS[2]}


def test_formulas_without_results_are_missed_only_where_they_are_added_up(folder: Path) -> None:
    arrive(folder, projects(UNITS[0]))
    assert places(night(folder).findings) == [(f"F{FIRST}", "E02"), (f"F{FIRST + 1}", "E02")]


def test_nothing_is_said_of_what_is_typed_over_a_formula(folder: Path) -> None:
    arrive(folder, projects(UNITS[0], typed_over, has_results=True))
    found = night(folder)
    assert found.findings == [] and rows_of(found, "projects")[0][5:] == [100, "手填"]


def test_what_is_typed_below_the_end_is_asked_about_and_the_next_table_is_not(folder: Path) -> None:
    def change(book: Workbook) -> None:
        tab, end = book[TAB], FIRST + RULED
        tab.insert_rows(end + 1)
        for c, value in enumerate([26, "补报桥梁", "交通", 5, 1, 4, UNITS[0]], 1):
            tab.cell(end + 1, c, value)

    arrive(folder, projects(UNITS[0], change, has_results=True))
    assert places(night(folder).findings) == [(f"B{FIRST + RULED + 1}", "S09")]


@pytest.mark.parametrize("number", [0, 1])
def test_a_row_of_numbers_that_is_gone_takes_no_record_with_it(folder: Path, number: int) -> None:
    def change(book: Workbook) -> None:
        book[TAB].delete_rows(HEADER + 1)

    arrive(folder, projects(UNITS[0], change if number else None, has_results=True))
    assert [row[1] for row in rows_of(night(folder), "projects")] == [row[0] for row in FILLED]


def test_a_name_that_a_formula_pulls_from_nowhere_is_no_name(folder: Path) -> None:
    def change(book: Workbook) -> None:
        for r in range(FIRST + 1, FIRST + RULED):
            book[TAB].cell(r, 2, 0)

    arrive(folder, projects(UNITS[0], change, has_results=True))
    found = night(folder).findings
    assert places(found) == [(f"B{FIRST + 1}", "R01")]  # its amounts were typed, in the other rows nothing was


def test_the_form_as_we_draw_it_is_read_back_and_has_what_is_declared(folder: Path) -> None:
    assert lint(folder) == []
    campaign = load(folder)
    make_district(campaign, campaign.periods[1], folder / "inbox", clean=True)
    tab = load_workbook(next((folder / "inbox").rglob("*.xlsx")))[TAB]
    texts = [[cell.value for cell in row] for row in tab.iter_rows(min_row=4, max_row=6)]
    assert texts[0] == ["1", "2", "3", "4", "5", "6", "7"]
    assert texts[1][5] == "…" and texts[2][0] == "示例" and texts[2][2] == "交通"
    assert "以下空白" in [row[0].value for row in tab.iter_rows()]
    found = night(folder)
    assert found.findings == [] and found.returns()["accepted"] == len(UNITS)


def test_a_table_that_fills_itself_must_say_what_makes_a_record(folder: Path) -> None:
    path = folder / "schemas" / "__init__.py"
    text = path.read_text("utf-8").replace('        record = ("project",)\n', "")
    for computed in (
        'column("项目名称"',
        'choices=("交通", "水利")',
        'unit="万元", gt=0, lt=10000',
        'unit="万元", ge=0',
    ):
        text = text.replace(
            computed, computed.replace(", gt=0, lt=10000", "").replace(", ge=0", "") + ", computed=True"
        )
    path.write_text(text, "utf-8")
    (wrong,) = lint(folder)
    assert "用 record 写明" in str(wrong)


def test_a_correction_goes_out_with_every_row_and_comes_back_right(folder: Path) -> None:
    arrive(folder, projects(UNITS[0], put(TAB, f"E{FIRST + 2}", 5), has_results=True))
    found = night(folder)
    (team,) = [standing.team for standing in found.standings if standing.team.name == UNITS[0]]
    path = folder / "outbox" / DUE.isoformat() / correction_file(team)
    book = load_workbook(path)
    tab = book[TAB]
    named = {cell.value: cell.row for cell in tab["B"] if cell.value}
    assert named["县道改造"] == 7 and tab["B9"].value is None and tab["E9"].value == 5
    assert "请填写" in tab["B9"].comment.text
    for column, value in zip("BCDEF", ["补登桥", "交通", 6, 5, 1], strict=True):
        tab[f"{column}9"] = value
    book.save(folder / "inbox" / "改.xlsx")
    later = run(folder, DUE + dt.timedelta(1), "2024Q2", workers=1)
    assert later.findings == [] and later.returns()["accepted"] == 1
    assert {total.title: float(total.value) for total in later.consolidation.totals.values()} == {
        "项目数": 3,
        "结余": 181,
    }


def test_one_of_several_fields_may_make_a_record_and_is_asked_for_where_none_does(folder: Path) -> None:
    path = folder / "schemas" / "__init__.py"
    text = path.read_text("utf-8").replace('record = ("project",)', 'record = ("project", "place")')
    text = text.replace(
        'column("项目名称")', 'column("项目名称", required=False)\n    place: Text = column("地点", required=False)'
    )
    path.write_text(text, "utf-8")

    def change(book: Workbook) -> None:
        tab = book[TAB]
        tab.cell(HEADER, 8, "地点")
        tab.cell(FIRST, 2).value, tab.cell(FIRST, 8).value = None, "东村"
        for c, value in ((4, 7), (5, 3), (6, 4)):
            tab.cell(FIRST + 5, c).value = value

    arrive(folder, projects(UNITS[0], change, has_results=True))
    found = night(folder).findings
    assert places(found) == [(f"B{FIRST + 5}", "R01")]
    assert found[0].says == "“项目名称”或“地点”没有填写。请填写其中一栏。"


CARD = '''"""收支表: a card with a formula of its own, and a ledger of which a nil return has no row."""

from pipeline.declare import Form, Money, Sheet, Text, YesNo, column


class Cover(Sheet):
    """One row per return."""

    nil: YesNo = column("零报告", role="nil")

    class Config:
        title = "封面"
        role = "cover"
        records = {"value": "内容"}


class Items(Sheet):
    """One row per item."""

    item: Text = column("项目")
    cost: Money = column("金额", unit="元", ge=0)

    class Config:
        title = "明细"
        at_least = 2


class Balance(Sheet):
    """One row per return."""

    cost: Money = column("支出", unit="元", ge=0, equals=Items.cost.sum())
    left: Money = column("结余", unit="元", computed=True)

    class Config:
        title = "收支"
        role = "declared"
        records = {"value": "金额"}


FORM = Form(number="收支1", title="收支表", version="1", sheets=(Cover, Items, Balance), file_name="{name}.xlsx")
'''


def balance(unit: str, nil: str, items: Sequence[float], left: object) -> Workbook:
    book = Workbook()
    cover, ledger, card = book.active, book.create_sheet("明细"), book.create_sheet("收支")
    assert cover is not None
    cover.title = "封面"
    for row in ([f"填报单位：{unit}（2024年二季度）"], ["项目", "内容"], ["零报告", nil]):
        cover.append(row)
    ledger.append(["项目", "金额（元）"])
    for number, cost in enumerate(items):
        ledger.append([f"事项{number}", cost])
    for line in (["项目", "金额"], ["支出（元）", sum(items)], ["结余（元）", left]):
        card.append(line)
    return book


@pytest.mark.parametrize(
    ("nil", "items", "left", "wrong"),
    [
        ("否", [5, 6], 9, []), ("否", [5], 9, [("A3", "R02")]), ("是", [], 0, []), ("否", [], 0, [("A2", "R02")]),
        ("否", [5, 6], None, [("B3", "R01")]), ("否", [5, 6], "=20-B2", [("B3", "E02")]),
    ],
)  # fmt: skip
def test_a_nil_return_has_no_rows_and_a_figure_that_is_totalled_must_be_there(
    folder: Path, nil: str, items: Sequence[float], left: object, wrong: list[tuple[str, str]]
) -> None:
    (folder / "schemas" / "__init__.py").write_text(CARD, "utf-8")
    arrive(folder, balance(UNITS[0], nil, items, left))
    found = night(folder)
    assert places(found.findings) == wrong
    assert found.returns()["held"] == bool(wrong)


# How many rows, and how people elsewhere write.

VISITS = '''"""Monthly visits: exactly three rows, and cells as offices abroad fill them in."""

from pipeline.declare import Day, Form, Money, Name, Percent, Phone, Sheet, Text, column


class Visits(Sheet):
    """One row per visit."""

    visited: Day = column("Date of visit", within="period")
    signed: Day = column("Signed on", le="received")
    officer: Name = column("Officer")
    phone: Phone = column("Telephone", pattern=r"\\\\+?[0-9]{8,13}", pattern_says="8 to 13 digits", examples=["02079460958"])
    cost: Money = column("Cost", unit="英镑", gt=0, lt=1000, total=True)
    share: Percent = column("Share done", gt=0, le=1)
    summary: Text = column("Summary", max_words=5, examples=["All went well"])

    class Config:
        title = "Visits"
        at_least = 3
        at_most = 3


FORM = Form(number="V1", title="Monthly visits", version="1", sheets=(Visits,), file_name="{name}.xlsx")
'''.replace("\\\\+", "\\+")
MONTHS = """
[campaign]
title = "Monthly visits"
office = "Office"
starts = 2024-01-01
day_order = "dmy"

[[period]]
key = "2024-05"
title = "2024年5月"
starts = 2024-05-01
ends = 2024-05-31
due = 2024-06-05

[[period]]
key = "2024-06"
title = "2024年6月"
starts = 2024-06-01
ends = 2024-06-30
due = 2024-07-05
"""
DAY = dt.datetime(2024, 6, 4)
VISITED = [
    ["4 June 2024", "4/6/2024", "Mary-Jane O’Neill", "+44 20 7946 0958", "£120", "50%", "One two three four five"],
    ["4日", "June 4th, 2024", "José D'Arcy", "02079460958", 99.5, 0.5, "Fine"],
    [DAY, dt.datetime(2024, 7, 9), "张三", "13800000000", "£180.50", "0.25", "看了三家"],
]


@pytest.fixture
def visits_folder(folder: Path) -> Path:
    (folder / "schemas" / "__init__.py").write_text(VISITS, "utf-8")
    (folder / "schemas" / "campaign.toml").write_text(MONTHS, "utf-8")
    return folder


def visits(unit: str, rows: Sequence[Sequence[Any]], change: Change | None = None) -> Workbook:
    book = Workbook()
    tab = book.active
    assert tab is not None
    tab.title = "Visits"
    tab.append([f"{unit} 2024年6月"])
    tab.append(["Date of visit", "Signed on", "Officer", "Telephone", "Cost（英镑）", "Share done", "Summary"])
    for row in rows:
        tab.append(list(row))
    if change:
        change(book)
    return book


def changed(cell: str, value: object) -> Change:
    return put("Visits", cell, value)


ODD: dict[str, tuple[Change, str, str]] = {
    "a day of no month": (changed("A4", "31日"), "A4", "D03"),
    "a month first": (changed("A3", "6/24/2024"), "A3", "D03"),
    "a day after the receipt": (changed("B5", dt.datetime(2024, 7, 11)), "B5", "D04"),
    "a cost in yuan": (changed("E3", "¥120"), "E3", "N06"),
    "a cost of nothing": (changed("E4", 0), "E4", "N09"),
    "a cost of a thousand": (changed("E4", 1000), "E4", "N10"),
    "a share of nothing": (changed("F4", 0), "F4", "N09"),
    "a telephone too short": (changed("D4", "0207946"), "D4", "P01"),
    "six words": (changed("G3", "One two three four five six"), "G3", "T01"),
    "a row too few": (lambda book: book["Visits"].delete_rows(5), "A5", "R02"),
    "a row too many": (lambda book: book["Visits"].append([DAY, DAY, "李四", "02079460958", 5, 0.1, "So"]), "A6", "R02"),
}  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_what_is_wrong_there_is_blamed_at_its_cell(visits_folder: Path, case: str) -> None:
    change, cell, code = ODD[case]
    arrive(visits_folder, visits(UNITS[0], VISITED, change))
    assert [each for each in places(night(visits_folder, "2024-06").findings) if each[1] != "K01"] == [(cell, code)]


@pytest.mark.parametrize("ending", ["", "xlsx", "xls", "ods"])
def test_what_offices_elsewhere_type_is_read_as_meant_whatever_the_format(visits_folder: Path, ending: str) -> None:
    names = ("a cost in yuan", "a telephone too short", "a day after the receipt")

    def change(book: Workbook) -> None:
        for name in names:
            ODD[name][0](book)

    arrive(visits_folder, visits(UNITS[0], VISITED), visits(UNITS[1], VISITED, change), ending=ending)
    found = night(visits_folder, "2024-06")
    assert found.returns()["accepted"] == 1 and float(found.consolidation.totals["cost"].value) == 120 + 99.5 + 180.5
    mine = {each.rule for each in found.findings if each.team == UNITS[0]}
    assert mine == {"K01"}
    assert [each for each in places(found.findings) if each[1] != "K01"] == [ODD[name][1:] for name in names]


def test_a_day_without_month_goes_back_where_the_period_has_several(visits_folder: Path) -> None:
    path = visits_folder / "schemas" / "campaign.toml"
    path.write_text(
        MONTHS.replace("starts = 2024-06-01", "starts = 2024-05-30").replace("ends = 2024-05-31", "ends = 2024-05-29"),
        "utf-8",
    )
    arrive(visits_folder, visits(UNITS[0], VISITED))
    assert ("A4", "D01") in places(night(visits_folder, "2024-06").findings)


def test_days_are_held_against_the_first_receipt_and_what_was_checked_before_is_not_taken_for_it(
    visits_folder: Path,
) -> None:
    book = visits(UNITS[0], VISITED, changed("B5", dt.datetime(2024, 7, 11)))
    arrive(visits_folder, book)
    assert ("B5", "D04") in places(night(visits_folder, "2024-06").findings)
    visits(UNITS[1], VISITED, changed("B5", dt.datetime(2024, 7, 11))).save(visits_folder / "inbox" / "2.xlsx")
    later = run(visits_folder, dt.date(2024, 7, 12), "2024-06", workers=1)
    assert [each.team for each in later.findings if each.rule == "D04"] == [UNITS[0]]


def test_the_demonstration_of_it_obeys(visits_folder: Path) -> None:
    assert lint(visits_folder) == []
    campaign = load(visits_folder)
    make_district(campaign, campaign.periods[1], visits_folder / "inbox", clean=True)
    found = night(visits_folder, "2024-06")
    assert found.findings == [] and found.returns()["accepted"] == len(UNITS)
