"""The official form, as Excel will find it: written, opened again with another library, and read as a return is read."""

import datetime as dt
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.campaign import Campaign, load
from pipeline.declare import Choice, Column, Count, Day, Form, Money, Phone, Serial, Severity, Sheet, Text, column
from pipeline.layout import locate
from pipeline.model import Submission, a1
from pipeline.parse import Parser
from pipeline.publish.form.workbook import Contents, Mark, link, place, prefilled, write_form
from pipeline.rawbook import NOTES_SHEET
from pipeline.read import read_here
from pipeline.stack import stack

REPO = Path(__file__).parent.parent


class Stations(Sheet):
    """A made-up ledger with more choices than Excel takes inside a drop-down."""

    serial: Serial = column("序号", width=6)
    station: Choice = column("站点", choices=[f"第{number:03d}号便民服务站点" for number in range(40)])
    visits: Count = column("次数", unit="次", ge=0, le=9)

    class Config:
        title = "站点台账"
        total_row = "总计"
        key = "serial"


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    return load(REPO)


def _write(campaign: Campaign, path: Path, contents: Contents) -> Path:
    write_form(path, campaign, campaign.periods[0], campaign.teams[0], contents)
    return path


@pytest.fixture(scope="module")
def issued(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    contents = prefilled(campaign, campaign.periods[0], campaign.teams[0])
    return openpyxl.load_workbook(_write(campaign, tmp_path_factory.mktemp("issued") / "表.xlsx", contents))


def _tables(form: Form) -> list[type[Sheet]]:
    return [sheet for sheet in form.sheets if not sheet.is_card()]


def _input(col: Column, k: int) -> Any:
    """A value as somebody types it."""
    kinds: Mapping[type, Any] = {
        Day: dt.datetime(2011, 3, 9) + dt.timedelta(k), Count: 3 + k, Money: 1.1, Choice: col.choices[-1] if col.choices else "", Phone: "13800000001"
    }  # fmt: skip
    return next((value for kind, value in kinds.items() if issubclass(col.kind, kind)), f"{col.title}{k}")


def _filled(form: Form, rows: int) -> Contents:
    return Contents({
        sheet.key(): [
            {name: _input(col, k) for name, col in sheet.columns().items() if not issubclass(col.kind, Serial)}
            for k in range(len(sheet.options().records or range(rows)))
        ]
        for sheet in form.sheets
    })  # fmt: skip


def _cells(tab: Worksheet, sheet: type[Sheet], name: str) -> Any:
    return tab[a1(*place(sheet, 0, name))]


def test_the_same_arguments_give_the_same_bytes(campaign: Campaign, tmp_path: Path) -> None:
    contents = _filled(campaign.form, 3)
    first, second = (_write(campaign, tmp_path / name, contents) for name in ("一.xlsx", "二.xlsx"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("rows", [0, 1, 40])
def test_what_is_written_is_read_back_as_it_was(campaign: Campaign, tmp_path: Path, rows: int) -> None:
    contents = _filled(campaign.form, rows)
    path = _write(campaign, tmp_path / "表.xlsx", contents)
    layout = Parser(campaign.form).parse(read_here(path))
    assert [remark.code for remark in layout.remarks] == []
    submission = Submission("0", "表.xlsx", "", "", "", dt.date(2011, 4, 1), "")
    stacks, _ = stack([(submission, layout)], campaign.form)
    for sheet in campaign.form.sheets:
        frame = stacks[sheet.key()].frame
        assert len(frame) == len(contents.rows[sheet.key()])
        for index, row in enumerate(contents.rows[sheet.key()]):
            assert {name: frame[name].iloc[index] for name in row} == row
    for table in layout.tables:
        for sums in table.sums:
            for name, col in campaign.form.sheet(table.key).indicators().items():
                assert sums.values[name] == pytest.approx(sum(row[name] for row in contents.rows[table.key])), col.title


def test_places_are_where_things_are_written(campaign: Campaign, tmp_path: Path) -> None:
    contents = _filled(campaign.form, 2)
    path = tmp_path / "表.xlsx"
    places = write_form(path, campaign, campaign.periods[0], campaign.teams[0], contents)
    book = openpyxl.load_workbook(path)
    for sheet in campaign.form.sheets:
        for index, row in enumerate(contents.rows[sheet.key()]):
            for name, value in row.items():
                assert book[sheet.title()][places.cell(sheet.key(), index, name)].value == value
    visits = campaign.form.sheet("visits")
    assert link(visits, places.cell("visits", 0, "persons")) == "internal:走访台账!D5"


def test_who_and_which_form_stand_in_cells_meta_and_properties(campaign: Campaign, issued: Workbook) -> None:
    team, period, form = campaign.teams[0], campaign.periods[0], campaign.form
    meta = {row[0].value: row[1].value for row in issued["_meta"].iter_rows()}
    assert meta == {
        "form": form.number, "version": form.version, "team": team.code, "period": period.key, "campaign": campaign.settings.title
    }  # fmt: skip
    assert issued["_meta"].sheet_state == "hidden"
    properties = {prop.name: prop.value for prop in issued.custom_doc_props.props}
    assert properties == {f"huizong_{name}": value for name, value in meta.items() if name != "campaign"}
    for sheet in form.sheets:
        head = " ".join(str(cell.value) for row in issued[sheet.title()]["A1:J2"] for cell in row)
        assert team.name in head and team.code in head and form.number in head


def test_only_inputs_can_be_changed(campaign: Campaign, issued: Workbook) -> None:
    cover = campaign.form.in_role("cover")
    assert cover is not None
    locked = {name: _cells(issued[cover.title()], cover, name).protection.locked for name in cover.columns()}
    assert {name for name, is_locked in locked.items() if is_locked} == {
        "form_number",
        "team",
        "team_name",
        "post",
        "period",
    }
    for sheet in _tables(campaign.form):
        tab = issued[sheet.title()]
        assert tab.protection.sheet and not tab.protection.password
        assert not tab.protection.insertRows and not tab.protection.deleteRows and not tab.protection.sort
        is_answer = {name: col.role == "explanation" for name, col in sheet.columns().items()}
        for name in sheet.columns():
            row, c = place(sheet, 0, name)
            assert tab.cell(row, c + 1).protection.locked  # the header or the row of sums
            assert tab.cell(row + 1, c + 1).protection.locked == (
                sheet.options().role == "explanations" and not is_answer[name]
            )


def test_every_choice_has_its_list_and_every_number_and_day_its_bounds(campaign: Campaign, issued: Workbook) -> None:
    for sheet in _tables(campaign.form):
        tab = issued[sheet.title()]
        for name, col in sheet.columns().items():
            row, c = place(sheet, 0, name)
            rules = [rule for rule in tab.data_validations.dataValidation if a1(row, c) in rule.sqref]
            if issubclass(col.kind, Choice):
                assert [rule.formula1 for rule in rules] == [f'"{",".join(col.choices)}"']
            elif col.kind.numeric or issubclass(col.kind, Day):
                (rule,) = rules
                assert rule.type == {"整数": "whole", "金额": "decimal", "日期": "date"}[col.kind.label]
                assert rule.prompt and rule.error
            for rule in rules:
                assert a1(999, c) in rule.sqref


def test_choices_too_long_for_a_drop_down_stand_on_a_hidden_sheet(campaign: Campaign, tmp_path: Path) -> None:
    changed = replace(campaign, form=replace(campaign.form, sheets=(*campaign.form.sheets, Stations)), forms={})
    book = openpyxl.load_workbook(_write(changed, tmp_path / "表.xlsx", Contents()))
    (rule,) = [each for each in book["站点台账"].data_validations.dataValidation if each.type == "list"]
    named = book.defined_names[rule.formula1.lstrip("=")].attr_text
    ((tab, cells),) = book.defined_names[rule.formula1.lstrip("=")].destinations
    assert book[tab].sheet_state == "hidden", named
    assert tuple(cell.value for row in book[tab][cells] for cell in row) == Stations.columns()["station"].choices


def test_names_are_offered_from_the_column_they_must_stand_in(issued: Workbook) -> None:
    rules = issued["走访台账"].data_validations.dataValidation
    (rule,) = [each for each in rules if "E5" in each.sqref]
    assert (rule.type, rule.errorStyle) == ("list", "warning")
    assert "人员名册" in issued.defined_names[rule.formula1.lstrip("=")].attr_text


def test_the_row_of_sums_stands_above_and_reaches_to_the_last_row(campaign: Campaign, tmp_path: Path) -> None:
    path = _write(
        campaign, tmp_path / "表.xlsx", Contents({"funds": [{"amount": 0.1}, {"amount": 0.2}, {"amount": "约3"}]})
    )
    assert openpyxl.load_workbook(path)["资金台账"]["F4"].value == "=SUBTOTAL(9,INDEX(F:F,ROW()+1):F1004)"
    assert openpyxl.load_workbook(path, data_only=True)["资金台账"]["F4"].value == 0.3


TYPED = [
    ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
    ("http://example.com/", "http://example.com/"),
    ("字" * 40_000, "字" * 32_767),
    (True, True),
    (12.5, 12.5),
    (float("nan"), "nan"),
    (110101199003077777, "110101199003077777"),
    (dt.date(1899, 1, 1), "1899-01-01"),
    (dt.date(2999, 1, 1), dt.datetime(2999, 1, 1)),
    (dt.time(12, 30), "12:30:00"),
    ("", None),
    (None, None),
]


@pytest.fixture(scope="module")
def typed(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> Worksheet:
    contents = Contents({"visits": [{"host": value} for value, _ in TYPED]})
    return openpyxl.load_workbook(_write(campaign, tmp_path_factory.mktemp("typed") / "表.xlsx", contents))["走访台账"]


@pytest.mark.parametrize("row", range(len(TYPED)))
def test_a_value_stands_there_as_it_was_typed(typed: Worksheet, row: int) -> None:
    cell = typed.cell(5 + row, 3)
    assert cell.value == TYPED[row][1]
    assert cell.data_type != "f" and cell.hyperlink is None


def test_long_text_is_seen_whole(campaign: Campaign, tmp_path: Path) -> None:
    rows = [{"description": "雨天无法通行，" * 12}, {"description": "路损"}]
    tab = openpyxl.load_workbook(_write(campaign, tmp_path / "表.xlsx", Contents({"problems": rows})))["问题账"]
    assert tab.row_dimensions[4].height == 15 * 4  # 168 half-widths in a column of 44
    assert tab.row_dimensions[5].height is None


def test_marks_are_filled_and_noted(campaign: Campaign, tmp_path: Path) -> None:
    marks = {
        ("visits", 0, "persons"): Mark(Severity.ERROR, ("不是整数。",)),
        ("summary", 1, "leaflets"): Mark(Severity.QUERY, ("请核实。",)),
    }
    book = openpyxl.load_workbook(
        _write(campaign, tmp_path / "表.xlsx", Contents({"visits": [{"persons": "三"}]}, marks))
    )
    wrong, unusual = book["走访台账"]["D5"], book["汇总表"]["D6"]
    assert "不是整数。" in wrong.comment.text and "请核实。" in unusual.comment.text
    assert wrong.fill.fgColor.rgb != unusual.fill.fgColor.rgb != book["汇总表"]["C6"].fill.fgColor.rgb
    assert wrong.font.b and unusual.font.i  # so that a grey print tells them apart
    assert not wrong.protection.locked and not unusual.protection.locked


def test_every_sheet_prints_on_numbered_a4_pages(issued: Workbook) -> None:
    for tab in issued.worksheets:
        assert tab.page_setup.paperSize == 9
        assert tab.sheet_properties.pageSetUpPr.fitToPage
        assert (tab.page_setup.fitToWidth or 1, tab.page_setup.fitToHeight) == (1, 0)
        assert tab.oddFooter.center.text == "第 &P 页，共 &N 页"
    assert issued["走访台账"].print_title_rows == "$1:$3"
    assert issued["走访台账"].freeze_panes == "A5"
    assert issued["走访台账"].page_setup.orientation == "landscape"


def test_the_instructions_name_every_column_and_rule_of_the_form(campaign: Campaign, issued: Workbook) -> None:
    said = "\n".join(str(cell.value) for row in issued[NOTES_SHEET].iter_rows() for cell in row if cell.value)
    for col in campaign.form.columns():
        assert f"“{col.title}”" in said
    for rule in campaign.form.rules:
        assert rule.title in said
    assert issued.sheetnames.index(NOTES_SHEET) == len(campaign.form.sheets)


def test_the_instructions_are_not_taken_for_a_missing_sheet(campaign: Campaign, tmp_path: Path) -> None:
    book = read_here(_write(campaign, tmp_path / "表.xlsx", Contents()))
    notes = replace(book, sheets=tuple(sheet for sheet in book.sheets if sheet.name == NOTES_SHEET))
    assert locate(notes, campaign.form).tables == ()


def test_text_columns_keep_leading_zeros(campaign: Campaign, issued: Workbook) -> None:
    for sheet in _tables(campaign.form):
        for name, col in sheet.columns().items():
            if issubclass(col.kind, Text):
                assert _cells(issued[sheet.title()], sheet, name).number_format == "@"


def test_the_file_is_a_plain_workbook(campaign: Campaign, tmp_path: Path) -> None:
    path = _write(campaign, tmp_path / "表.xlsx", Contents())
    with zipfile.ZipFile(path) as parts:
        assert {info.date_time for info in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not [name for name in parts.namelist() if "vba" in name or "externalLink" in name]
