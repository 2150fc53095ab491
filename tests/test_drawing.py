"""Our own blank form, and so the correction, is drawn as it is declared: header rows, tables below each other, answers below.

Where something stands is asked of the workbook itself; nothing here knows how the form is laid out.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import need
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.campaign import Campaign, load
from pipeline.declare import Form
from pipeline.demo import make_district, make_second_day
from pipeline.night import Night
from pipeline.publish.filenames import correction_file
from pipeline.publish.form.workbook import Contents, FormPlaces, prefilled, write_form
from pipeline.run import run

EXAMPLES = Path(__file__).parent.parent / "examples"
DUE = dt.date(2024, 4, 10)
ANSWERS = {
    "open_daily": "是", "staff": 2, "devices": 7, "visits": 1350, "settled": 0.96, "email": "a@example.com",
    "wishes": "人手不足，" * 30,
}  # fmt: skip
STAFF = [
    {"name": "张三", "duty": "站长", "phone": "13800000001"},
    {"name": "李四", "duty": "窗口", "phone": "13800000002"},
]
DEVICES = [{"device": "电脑", "number": 5, "usable": 5}, {"device": "打印机", "number": 2, "usable": 1}]
PAGE: Mapping[str, Sequence[Mapping[str, Any]]] = {"answers": [ANSWERS], "staff": STAFF, "devices": DEVICES}


def campaign_of(example: str, root: Path) -> Campaign:
    """Give an example as if its form were the office's own, which is then what a correction is drawn on."""
    shutil.copytree(EXAMPLES / example / "schemas", root / "schemas", ignore=shutil.ignore_patterns("__pycache__"))
    form = root / "schemas" / "__init__.py"
    form.write_text(re.sub(r"\n *issued_by=.*", "", form.read_text("utf-8")), "utf-8")
    (root / "inbox").mkdir()
    return load(root)


def written(campaign: Campaign, path: Path, contents: Contents | None = None) -> Workbook:
    team, period = campaign.teams[0], campaign.periods[0]
    write_form(path, campaign, period, team, contents or prefilled(campaign, period, team))
    return openpyxl.load_workbook(path)


def cell(tab: Worksheet, text: str) -> Cell:
    """Find the one cell of a tab that says this."""
    (found,) = [each for row in tab.iter_rows() for each in row if each.value == text]
    assert isinstance(found, Cell)
    return found


def spans(tab: Worksheet) -> dict[str, str]:
    """Give what is merged on a tab, by the text that stands there."""
    return {str(tab.cell(each.min_row, each.min_col).value): each.coord for each in tab.merged_cells.ranges}


def again(path: Path, inbox: Path, ending: str) -> None:
    """Save a workbook again, as a clerk's program does, and put it into the inbox."""
    if ending:
        need("soffice", "to save a workbook again")
        profile = f"-env:UserInstallation=file://{path.parent / 'profile'}"
        command = ["soffice", profile, "--headless", "--convert-to", ending, "--outdir", str(inbox), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    else:
        shutil.copy(path, inbox)


def night(root: Path, day: int = 0) -> Night:
    return run(root, DUE + dt.timedelta(day), "2024Q1", workers=1)


def found_in(done: Night) -> set[tuple[str, str]]:
    return {(each.rule, each.field) for each in done.findings if each.severity.value != "note"}


def test_a_header_of_two_rows_is_merged_across_under_a_heading_and_down_without_one(tmp_path: Path) -> None:
    tab = written(campaign_of("progress", tmp_path), tmp_path / "表.xlsx")["项目进度"]
    merged = spans(tab)
    assert merged["一季度"] == "I3:J3" and merged["序号"] == "A3:A4" and merged["备注"] == "N3:N4"
    assert [each.value for each in tab[4][8:10]] == ["计划（万元）", "完成（万元）"]
    assert tab["A5"].value == "合计" and tab.freeze_panes == "A6" and tab.print_title_rows == "$1:$4"


def test_tables_stand_below_each_other_under_the_texts_that_they_begin_with(tmp_path: Path) -> None:
    book = written(campaign_of("questionnaire", tmp_path), tmp_path / "表.xlsx")
    assert [name for name in book.sheetnames if not name.startswith("_")] == ["问卷", "填表说明", "自检"]
    tab = book["问卷"]
    staff, devices = cell(tab, "一、人员情况"), cell(tab, "二、设备情况")
    assert cell(tab, "7. 困难和建议").row < staff.row < devices.row
    assert [tab.cell(staff.row + 1, c).value for c in (1, 2, 3)] == ["姓名", "岗位", "手机号码"]
    assert [tab.cell(devices.row + 1, c).value for c in (1, 2, 3)] == ["设备名称", "数量（台）", "可用（台）"]
    assert tab.cell(devices.row + 2, 1).value == "合计"


def test_answers_stand_below_their_questions_as_wide_as_these(tmp_path: Path) -> None:
    tab = written(campaign_of("questionnaire", tmp_path), tmp_path / "表.xlsx")["问卷"]
    asked = cell(tab, "4. 本季度接待群众（人次）")
    across = next(each for each in tab.merged_cells.ranges if asked.coordinate in each)
    answer = next(each for each in tab.merged_cells.ranges if asked.offset(1).coordinate in each)
    assert (answer.min_col, answer.max_col) == (across.min_col, across.max_col) and across.size["columns"] > 1
    assert not tab[asked.offset(1).coordinate].protection.locked and tab[asked.coordinate].protection.locked


@pytest.mark.parametrize("rows", [0, 1, 40])
def test_what_guards_and_adds_up_a_table_ends_above_the_next(tmp_path: Path, rows: int) -> None:
    campaign = campaign_of("questionnaire", tmp_path)
    staff = [{"name": f"甲{n}", "duty": "窗口", "phone": f"138{n:08}"} for n in range(rows)]
    devices = [{"device": f"设备{n}", "number": 3, "usable": 2} for n in range(rows)]
    contents = Contents({"answers": [ANSWERS], "staff": staff, "devices": devices})
    tab = written(campaign, tmp_path / "表.xlsx", contents)["问卷"]
    below = cell(tab, "二、设备情况").row
    lists = [each for each in tab.data_validations.dataValidation if each.type == "list" and "站长" in each.formula1]
    (range_,) = [area for each in lists for area in each.sqref.ranges]
    assert range_.min_row == cell(tab, "岗位").row + 1 and range_.max_row in range(below - 3, below)
    sums = tab.cell(below + 2, 2).value
    assert isinstance(sums, str) and sums.startswith("=SUBTOTAL(9,INDEX(B:B,ROW()+1)")
    places = FormPlaces(campaign.form, {"staff": rows, "devices": rows})
    for index, row in enumerate(devices):
        assert tab[places.cell("devices", index, "number")].value == row["number"]


@pytest.mark.parametrize("ending", ["", *(pytest.param(each, marks=pytest.mark.slow) for each in ("xlsx", "ods"))])
def test_a_correction_comes_back_with_nothing_but_what_was_not_mended(tmp_path: Path, ending: str) -> None:
    campaign = campaign_of("questionnaire", tmp_path)
    team, path = campaign.teams[0], tmp_path / f"{campaign.teams[0].name}.xlsx"
    wrong: dict[str, Sequence[Mapping[str, Any]]] = {
        "answers": [ANSWERS | {"visits": "约1000"}],
        "staff": [*STAFF[:1], STAFF[1] | {"phone": "1380000"}],
        "devices": [DEVICES[0] | {"usable": 6}, DEVICES[1]],
    }
    written(campaign, path, Contents(wrong))
    shutil.copy(path, tmp_path / "inbox")
    first = night(tmp_path)
    assert found_in(first) == {("N01", "visits"), ("P01", "phone"), ("Q01", "usable")}

    correction = tmp_path / "outbox" / DUE.isoformat() / correction_file(team)
    book = openpyxl.load_workbook(correction)
    tab, slip = book["问卷"], book.worksheets[0]
    noted = {each.coordinate: each for row in tab.iter_rows() for each in row if each.comment}
    assert {each.value for each in noted.values()} == {"约1000", "1380000", 6}
    links = {each.hyperlink.location for row in slip.iter_rows() for each in row if each.hyperlink}
    assert links == {f"问卷!{place}" for place in noted}
    hidden = [name for name, each in tab.column_dimensions.items() if each.hidden]
    assert hidden == ["F"] and tab.column_dimensions["A"].width > 10

    next(each for each in noted.values() if each.value == 6).value = 5
    next(each for each in noted.values() if each.value == "约1000").value = 1000
    mended = tmp_path / "mended.xlsx"
    book.save(mended)
    again(mended, tmp_path / "inbox", ending)
    second = night(tmp_path, 1)
    assert found_in(second) == {("P01", "phone")} and not second.unplaced
    records = second.records(second.standings[0].latest).get("staff")  # type: ignore[arg-type]
    assert records is not None and [records.subject(line) for line in range(2)] == ["张三", "李四"]
    assert {each.rule for each in second.closed} == {"N01", "Q01"}


def test_a_correction_of_a_table_with_a_wrong_sum_shows_it_where_it_stands(tmp_path: Path) -> None:
    campaign = campaign_of("questionnaire", tmp_path)
    path = tmp_path / f"{campaign.teams[0].name}.xlsx"
    book = written(campaign, path, Contents(PAGE))
    tab = book["问卷"]
    tab.cell(cell(tab, "合计").row, 2).value = 9
    book.save(path)
    shutil.copy(path, tmp_path / "inbox")
    first = night(tmp_path)
    assert ("S07", "number") in found_in(first)
    correction = openpyxl.load_workbook(tmp_path / "outbox" / DUE.isoformat() / correction_file(campaign.teams[0]))
    marked = correction["问卷"].cell(cell(correction["问卷"], "合计").row, 2)
    assert marked.value == 9 and marked.comment is not None


def test_a_long_answer_has_room(tmp_path: Path) -> None:
    tab = written(campaign_of("questionnaire", tmp_path), tmp_path / "表.xlsx", Contents(PAGE))["问卷"]
    asked = cell(tab, "7. 困难和建议")
    assert tab.cell(asked.row + 1, asked.column).value == ANSWERS["wishes"]
    assert tab.row_dimensions[asked.row + 1].height > 60


@pytest.mark.parametrize("example", ["progress", "questionnaire"])
def test_places_are_where_things_are_written(tmp_path: Path, example: str) -> None:
    campaign = campaign_of(example, tmp_path)
    form: Form = campaign.form
    rows = {
        sheet.key(): [
            {name: f"{sheet.key()} {name} {n}" for name in sheet.columns()} for n in range(1 if sheet.is_card() else 4)
        ]
        for sheet in form.tabs
    }
    path = tmp_path / "表.xlsx"
    places = write_form(path, campaign, campaign.periods[0], campaign.teams[0], Contents(rows))
    book = openpyxl.load_workbook(path)
    for sheet in form.tabs:
        for n, row in enumerate(rows[sheet.key()]):
            for name, value in row.items():
                assert book[sheet.tab()][places.cell(sheet.key(), n, name)].value == value


@pytest.mark.slow
def test_the_demonstration_mends_corrections_of_tables_below_each_other(tmp_path: Path) -> None:
    campaign_of("questionnaire", tmp_path)
    names = [f"第{number}服务站" for number in range(1, 25)]
    (tmp_path / "schemas" / "teams.csv").write_text(
        "name,片区\n" + "".join(f"{name},东片\n" for name in names), "utf-8"
    )
    campaign = load(tmp_path)
    make_district(campaign, campaign.periods[0], tmp_path / "inbox", clean=False)
    held = {each.team.code for each in night(tmp_path).standings if each.errors}
    assert held
    make_second_day(campaign, campaign.periods[0], tmp_path)
    second = night(tmp_path, 1)
    assert not [each for each in second.findings if each.team in held and each.severity.value != "note"]


@pytest.mark.parametrize("rows", [0, 3])
def test_a_list_that_depends_on_another_cell_follows_its_table_down(tmp_path: Path, rows: int) -> None:
    campaign_of("questionnaire", tmp_path)
    page, lists = tmp_path / "schemas" / "page.py", tmp_path / "schemas" / "lists"
    made = 'number: Count = column("数量"'
    more = 'sort: Choice = column("类别", choices=("甲类", "乙类"))\n    make: Choice = column("型号", in_list="makes")\n    '
    page.write_text(page.read_text("utf-8").replace(made, more + made, 1), "utf-8")
    lists.mkdir()
    (lists / "makes.csv").write_text("sort,value\n甲类,A1\n甲类,A2\n乙类,B1\n", "utf-8")
    staff = [{"name": f"甲{n}", "duty": "窗口", "phone": f"138{n:08}"} for n in range(rows)]
    tab = written(load(tmp_path), tmp_path / "表.xlsx", Contents({"answers": [ANSWERS], "staff": staff}))["问卷"]
    (guard,) = [each for each in tab.data_validations.dataValidation if "MATCH" in (each.formula1 or "")]
    (guarded,) = guard.sqref.ranges
    assert guarded.min_row == cell(tab, "型号").row + 2 and f"MATCH($B{guarded.min_row}," in guard.formula1
