"""A form that changes in April: each period has its own, each return is read with its own, and what differs is said kindly.

The workbooks are made by openpyxl, not by us, and saved again by LibreOffice.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import need
from openpyxl import Workbook, load_workbook

from pipeline.campaign import load, reading_print
from pipeline.cli import huizong
from pipeline.demo import make_district
from pipeline.lint import lint
from pipeline.night import Night
from pipeline.preview import preview
from pipeline.run import run
from pipeline.verify import verify

SHEETS = '''"""走访月报: in April a column more and an indicator more, two titles changed, a tab and an indicator dropped."""

from pipeline.declare import ERROR, Count, Day, Rows, Serial, Sheet, Text, Truths, column, rule


class Visits(Sheet):
    """One row per household."""

    serial: Serial = column("序号")
    host: Text = column("户主", was={"2011-03": "走访对象"})
    visited_on: Day = column("走访日期", within="campaign")
    persons: Count = column("人数", unit="人", ge=1)
    called: Count = column("回访次数", unit="次", ge=0, since="2011-04")

    class Config:
        title = "走访台账"
        key = "serial"


class Papers(Sheet):
    """One row per file on paper."""

    name: Text = column("档案名称")

    class Config:
        title = "纸质档案"
        until = "2011-03"


class Overview(Sheet):
    """One row per return."""

    persons: Count = column("走访群众", unit="人", ge=0, equals=Visits.persons.sum())
    solved: Count = column("办结户数", unit="户", ge=0, was={"2011-03": "解决户数"})
    papers: Count = column("建立档案", unit="份", ge=0, until="2011-03", equals=Papers.count())
    called: Count = column("回访", unit="次", ge=0, since="2011-04", equals=Visits.called.sum())

    class Config:
        title = "综合情况"
        role = "declared"
        records = {"value": "数量"}
        cumulative = "value"


@rule(
    "V1",
    ERROR,
    blames=Visits.persons,
    reads_blanks=True,
    says="回访 {called} 次，多于走访的 {persons} 人。请核对。",
    passing=[{"persons": 2, "called": 2}],
    failing=[{"persons": 2, "called": 3}],
)
def not_called_more_often_than_there_are_people(visits: Rows) -> Truths:
    """回访次数不多于人数。"""
    return visits["called"].fillna(9) <= visits["persons"]


@rule(
    "V2",
    ERROR,
    blames=Papers.name,
    says="档案名称“{name}”太短。请写全。",
    passing=[{"name": "救助卡"}],
    failing=[{"name": "卡"}],
)
def papers_are_named(papers: Rows) -> Truths:
    """档案名称至少两个字。"""
    return papers["name"].str.len() >= 2
'''
FORM = '''"""走访月报."""

from pipeline.declare import Form
from .sheets import Overview, Papers, Visits

FORM = Form(
    number="走访表1",
    title="走访月报",
    version="2",
    was={"2011-03": "1"},
    sheets=(Overview, Visits, Papers),
    file_name="{name}.xlsx",
)
'''
SETTINGS = """
[campaign]
title = "走访活动"
office = "县活动办"
starts = 2011-03-01

[[period]]
key = "2011-03"
title = "2011年3月"
starts = 2011-03-01
ends = 2011-03-31
due = 2011-04-05

[[period]]
key = "2011-04"
title = "2011年4月"
starts = 2011-04-01
ends = 2011-04-30
due = 2011-05-05

[[period]]
key = "2011-05"
title = "2011年5月"
starts = 2011-05-01
ends = 2011-05-31
due = 2011-06-05

[control_totals]
papers = 3
called = 9

[thresholds]
Y01 = { times = 40 }
"""
UNITS = ("东风镇政府", "红旗镇政府", "县交通局")
MARCH, APRIL, MAY = "2011-03", "2011-04", "2011-05"
TITLES = {MARCH: "2011年3月", APRIL: "2011年4月", MAY: "2011年5月"}
LACKS = "这是2011年3月的空白表，其中没有2011年4月要填的“{}”。请按2011年4月的表式补填后重新报送。"
NOT_ASKED = "这是2011年3月的空白表，其中的“{}”在2011年4月不填，未作统计。"
AGAIN = [pytest.param(ending, marks=pytest.mark.slow) for ending in ("xlsx", "xls", "ods")]  # by LibreOffice
Change = Callable[[Workbook], None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    schemas = tmp_path / "campaign" / "schemas"
    schemas.mkdir(parents=True)
    (schemas / "__init__.py").write_text(FORM, "utf-8")
    (schemas / "sheets.py").write_text(SHEETS, "utf-8")
    (schemas / "campaign.toml").write_text(SETTINGS, "utf-8")
    (schemas / "teams.csv").write_text("\n".join(["name", *UNITS]), "utf-8")
    (schemas.parent / "inbox").mkdir()
    return schemas.parent


def a_return(unit: str, period: str, form: str, change: Change | None = None) -> Workbook:
    """Fill in the form of a period, for another one perhaps, as a careful clerk does. By May a household more was visited."""
    book = Workbook()
    card = book.active
    assert card is not None
    card.title = "综合情况"
    people = 7 if period == MAY else 5
    for row in ([f"填报单位：{unit}（{TITLES[period]}）"], ["项目", "数量"], ["走访群众（人）", people]):
        card.append(row)
    for row in (
        [["解决户数（户）", 1], ["建立档案（份）", 1]] if form == MARCH else [["办结户数（户）", 1], ["回访（次）", 3]]
    ):
        card.append(row)
    visits = book.create_sheet("走访台账")
    visits.append([f"{unit}走访台账"])
    new = form != MARCH
    visits.append(["序号", "户主" if new else "走访对象", "走访日期", "人数（人）", *["回访次数（次）"] * new])
    visits.append([1, "王家冲组", dt.datetime(2011, 3, 10), 2, *[1] * new])
    visits.append([2, "李家湾", dt.datetime(2011, 3, 20), 3, *[2] * new])
    if period == MAY:
        visits.append([3, "周家坪", dt.datetime(2011, 5, 20), 2, *[0] * new])
    if not new:
        papers = book.create_sheet("纸质档案")
        papers.append(["档案名称"])
        papers.append(["救助卡"])
    if change:
        change(book)
    return book


def send(root: Path, name: str, book: Workbook, ending: str = "") -> None:
    """Save a workbook into the inbox, and again by LibreOffice in another format."""
    path = root / "inbox" / f"{name}.xlsx"
    book.save(path)
    if ending:
        need("soffice", "to save a workbook again")
        out = root.parent / "again"
        profile = f"-env:UserInstallation=file://{root.parent / 'profile'}"
        command = ["soffice", profile, "--headless", "--convert-to", ending, "--outdir", str(out), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        path.unlink()
        shutil.move(out / f"{path.stem}.{ending}", path.parent)


def night(root: Path, period: str, day: str) -> Night:
    return run(root, dt.date.fromisoformat(day), period, workers=1)


def found(night: Night) -> dict[tuple[str, str, str], str]:
    """What was found, by rule, sheet and what it is about."""
    return {(each.rule, each.sheet, re.findall("“(.+?)”", each.says)[-1]): each.says for each in night.findings}


def totals(night: Night) -> Mapping[str, int]:
    return {key: int(total.value) for key, total in night.consolidation.totals.items()}


@pytest.mark.parametrize("ending", ["", *AGAIN])
def test_each_period_has_its_own_form_and_right_returns_pass_without_a_word(root: Path, ending: str) -> None:
    for unit in UNITS:
        send(root, f"{unit}3", a_return(unit, MARCH, MARCH), ending)
    march = night(root, MARCH, "2011-04-05")
    assert not march.findings and not march.unplaced and totals(march) == {"persons": 15, "solved": 3, "papers": 3}
    assert [t.title for t in march.consolidation.totals.values()] == ["走访群众", "解决户数", "建立档案"]
    for unit in UNITS:
        send(root, f"{unit}4", a_return(unit, APRIL, APRIL), ending)
    april = night(root, APRIL, "2011-05-05")
    assert not april.findings and not april.unplaced and totals(april) == {"persons": 15, "solved": 3, "called": 9}
    assert april.consolidation.totals["called"].announced == 9
    assert april.returns()["accepted"] == 3 and verify(root).faults == []


@pytest.mark.parametrize("ending", ["", *AGAIN[2:]])
def test_a_return_for_april_on_the_form_of_march_is_read_with_it_and_what_april_asks_more_is_named(
    root: Path, ending: str
) -> None:
    send(root, UNITS[0], a_return(UNITS[0], APRIL, MARCH), ending)
    april = night(root, APRIL, "2011-05-05")
    says = found(april)
    assert says == {
        ("S18", "综合情况", "回访"): LACKS.format("回访"),
        ("S18", "走访台账", "回访次数"): LACKS.format("回访次数"),
        ("S19", "综合情况", "建立档案"): NOT_ASKED.format("建立档案"),
        ("S19", "纸质档案", "纸质档案"): NOT_ASKED.format("纸质档案"),
        ("S20", "综合情况", "办结户数"): "这是2011年3月的空白表，其中的“解决户数”在2011年4月称“办结户数”，已照此读取。",
        ("S20", "走访台账", "户主"): "这是2011年3月的空白表，其中的“走访对象”在2011年4月称“户主”，已照此读取。",
    }
    assert april.returns()["held"] == 1


def test_a_return_for_march_on_the_form_of_april_is_read_with_it_and_what_march_asks_more_is_named(root: Path) -> None:
    send(root, UNITS[0], a_return(UNITS[0], MARCH, APRIL))
    says = found(night(root, MARCH, "2011-04-05"))
    assert set(says) == {
        ("S18", "综合情况", "建立档案"), ("S18", "", "纸质档案"), ("S19", "综合情况", "回访"), ("S19", "走访台账", "回访次数"),
        ("S20", "综合情况", "解决户数"), ("S20", "走访台账", "走访对象"),
    }  # fmt: skip
    assert "其中没有2011年3月要填的“纸质档案”" in says["S18", "", "纸质档案"]
    assert says["S19", "走访台账", "回访次数"] == "这是2011年4月的空白表，其中的“回访次数”在2011年3月不填，未作统计。"


def test_a_form_between_two_changes_is_one_and_a_return_on_the_blank_of_april_is_right_in_may(root: Path) -> None:
    campaign = load(root)
    assert campaign.form_for(APRIL) is campaign.form_for(MAY) is not campaign.form_for(MARCH)
    send(root, UNITS[0], a_return(UNITS[0], MAY, APRIL))
    assert not night(root, MAY, "2011-06-05").findings


def test_a_return_with_titles_of_all_periods_is_on_the_form_of_its_own(root: Path) -> None:
    """Only a title has changed, and the sender writes another word for it: nothing tells that this is an older blank."""
    form = SHEETS.replace('column("户主", was', 'column("户主", aliases=["姓名"], was').replace(', since="2011-04"', "")
    form = form.replace(', until="2011-03"', "").replace('until = "2011-03"', "")
    (root / "schemas" / "sheets.py").write_text(form.replace(', was={"2011-03": "解决户数"}', ""), "utf-8")
    assert len(load(root).all_forms) == 2

    def reworded(book: Workbook) -> None:
        for tab, cell, text in (
            ("走访台账", "B2", "姓名"),
            ("综合情况", "A4", "办结户数"),
            ("综合情况", "A5", "建立档案"),
        ):
            book[tab][cell] = text
        book["综合情况"].append(["回访（次）", 3])
        for c, value in enumerate(("回访次数（次）", 1, 2), 2):
            book["走访台账"].cell(c, 5, value)

    for unit, period in zip(UNITS, (MARCH, APRIL), strict=False):
        send(root, period, a_return(unit, period, MARCH, reworded))
        assert night(root, period, "2011-05-05").findings == []


def test_a_late_return_for_march_is_right_in_the_night_of_april(root: Path) -> None:
    send(root, "late", a_return(UNITS[0], MARCH, MARCH))
    send(root, "new", a_return(UNITS[0], APRIL, APRIL))
    april = night(root, APRIL, "2011-05-05")
    assert [each.rule for each in april.repeated] == ["I11"] and not april.findings and totals(april)["called"] == 3
    march = night(root, MARCH, "2011-05-05")
    assert not march.findings and totals(march) == {"persons": 5, "solved": 1, "papers": 1}
    assert night(root, MARCH, "2011-05-05").is_new is False  # what is kept was kept for this form


def test_totals_of_both_periods_stand_side_by_side(root: Path) -> None:
    send(root, "3", a_return(UNITS[0], MARCH, MARCH))
    night(root, MARCH, "2011-04-05")
    send(root, "4", a_return(UNITS[0], APRIL, APRIL))
    april = night(root, APRIL, "2011-05-05")
    page = load_workbook(root / "outbox" / april.folder / "汇总表.xlsx")["增减"]
    rows = [[cell.value for cell in row] for row in page.iter_rows()]
    by_title = {row[0]: row for row in rows if row[1] in ("人", "户", "次", "份")}
    assert set(by_title) == {"走访群众", "办结户数", "回访"}
    assert by_title["办结户数"][7:10] == [1, 1, 0] and by_title["回访"][7:10] == [None, None, None]
    assert any("上期的“建立档案”为 1，本期不再填报。" in str(row[0]) for row in rows)
    assert verify(root).faults == [] and verify(root).notes == []


def test_a_changed_figure_of_either_period_is_found_by_its_own_form(root: Path) -> None:
    send(root, "3", a_return(UNITS[0], MARCH, MARCH))
    night(root, MARCH, "2011-04-05")
    send(root, "4", a_return(UNITS[0], APRIL, APRIL))
    night(root, APRIL, "2011-05-05")
    path = root / "schemas" / "sheets.py"
    path.write_text(SHEETS.replace('was={"2011-03": "解决户数"}', 'was={"2011-03": "解决的户数"}'), "utf-8")
    faults = verify(root).faults
    assert [each for each in faults if "2011-04-05" in each] and not [each for each in faults if "2011-05-05" in each]


def test_correction_workbooks_of_both_periods_carry_their_own_form(root: Path) -> None:
    def wrong(book: Workbook) -> None:
        book["走访台账"]["D3"] = "约2"

    send(root, "3", a_return(UNITS[0], MARCH, MARCH, wrong))
    send(root, "4", a_return(UNITS[0], APRIL, MARCH, wrong))
    heads = {}
    for period, day in ((MARCH, "2011-04-05"), (APRIL, "2011-05-05")):
        folder = root / "outbox" / night(root, period, day).folder
        (path,) = (folder / "退改").glob("*.xlsx")
        book = load_workbook(path)
        rows = {name: [[cell.value for cell in row] for row in book[name].iter_rows()] for name in book.sheetnames}
        heads[period] = {str(cell) for row in rows["走访台账"] for cell in row}, set(rows)
        assert "王家冲组" in heads[period][0]
    assert {"走访对象"} <= heads[MARCH][0] and not {"户主", "回访次数（次）"} & heads[MARCH][0]
    assert {"户主", "回访次数（次）"} <= heads[APRIL][0] and "走访对象" not in heads[APRIL][0]
    assert "纸质档案" in heads[MARCH][1] and "纸质档案" not in heads[APRIL][1]


def test_a_correction_filled_in_comes_back_with_the_form_of_its_period(root: Path) -> None:
    send(root, "4", a_return(UNITS[0], APRIL, MARCH))
    folder = root / "outbox" / night(root, APRIL, "2011-05-05").folder
    (path,) = (folder / "退改").glob("*.xlsx")
    book = load_workbook(path)
    for row in book["走访台账"].iter_rows():
        for cell in row:
            if str(cell.value).startswith("回访次数"):
                column, head = cell.column, cell.row
    for number, value in enumerate((1, 2), 1):
        book["走访台账"].cell(head + number, column, value)
    for row in book["综合情况"].iter_rows():
        if row[0].value == "回访":
            row[2].value = 3
    book.save(root / "inbox" / "back.xlsx")
    again = night(root, APRIL, "2011-05-06")
    assert again.returns()["accepted"] == 1 and not again.findings, again.findings
    assert {each.rule for each in again.closed} == {"S18"}


def test_blanks_of_both_periods_are_drawn_and_read_back(root: Path) -> None:
    for period in (MARCH, APRIL):
        told = CliRunner().invoke(huizong, ["issue", "-C", str(root), "--period", period])
        assert told.exit_code == 0, told.output
    books = {
        period: load_workbook(root / "outbox" / f"空白表_{period}" / f"{UNITS[0]}.xlsx") for period in (MARCH, APRIL)
    }
    assert "纸质档案" in books[MARCH].sheetnames and "纸质档案" not in books[APRIL].sheetnames
    meta = {period: {row[0].value: row[1].value for row in book["_meta"].iter_rows()} for period, book in books.items()}
    assert (meta[MARCH]["version"], meta[APRIL]["version"]) == ("1", "2")


@pytest.mark.parametrize("period", [MARCH, APRIL, MAY])
def test_the_demonstration_makes_right_returns_of_the_period_asked_for(root: Path, period: str) -> None:
    campaign = load(root)
    term = campaign.period(period, dt.date.min)
    make_district(campaign, term, root / "inbox", clean=True)
    made = night(root, period, term.due.isoformat())
    assert made.returns()["accepted"] == len(UNITS) and not made.findings, made.findings
    assert ("papers" in totals(made), "called" in totals(made)) == (period == MARCH, period != MARCH)


def test_the_command_makes_them_too(root: Path) -> None:
    told = CliRunner().invoke(huizong, ["demo", str(root), "--clean", "--period", APRIL])
    assert told.exit_code == 0, told.output
    assert totals(night(root, APRIL, "2011-05-05"))["called"] == 9


def test_the_version_of_another_period_is_no_other_form_and_one_that_no_period_has_is(root: Path) -> None:
    campaign = load(root)
    make_district(campaign, campaign.periods[0], root / "inbox", clean=True, teams=1)
    (path,) = (root / "inbox").rglob("*.xlsx")
    for version, rules in (("1", []), ("7", ["I05"])):
        book = load_workbook(path)
        for row in book["_meta"].iter_rows():
            if row[0].value == "version":
                row[1].value = version
        book.save(path)
        (one,) = preview(root, [path], dt.date(2011, 4, 5))
        assert [one.identity.rule] == (rules or [""]) and bool(one.identity.period) is not bool(rules)
    assert "第 1 版或第 2 版" in one.identity.reason


def test_a_blank_of_an_older_version_is_refused_where_nothing_else_tells_it_from_the_new_one(root: Path) -> None:
    schemas = root / "schemas" / "__init__.py"
    schemas.write_text(FORM.replace('was={"2011-03": "1"}', 'was={"2011-03": "1", "2011-04": "1b"}'), "utf-8")
    campaign = load(root)
    make_district(campaign, campaign.periods[2], root / "inbox", clean=True, teams=1)
    (path,) = (root / "inbox").rglob("*.xlsx")
    book = load_workbook(path)
    for row in book["_meta"].iter_rows():
        if row[0].value == "version":
            row[1].value = "1b"
    book.save(path)
    (one,) = preview(root, [path], dt.date(2011, 6, 5))
    assert one.identity.rule == "I05" and "第 1b 版" in one.identity.reason and "第 2 版" in one.identity.reason


def test_rules_hold_where_their_columns_are_and_say_nothing_where_they_are_not(root: Path) -> None:
    campaign = load(root)
    assert [rule.code for rule in campaign.form_for(MARCH).rules] == ["V1", "V2"]
    assert [rule.code for rule in campaign.form_for(APRIL).rules] == ["V1"]
    listed = CliRunner().invoke(huizong, ["rules", "-C", str(root)]).output
    assert "V1" in listed and "V2" in listed

    def often(book: Workbook) -> None:
        book["走访台账"]["E3"] = 9
        book["综合情况"]["B5"] = 11

    send(root, "4", a_return(UNITS[0], APRIL, APRIL, often))
    assert [(each.rule, each.cell) for each in night(root, APRIL, "2011-05-05").findings] == [("V1", "D3")]


def test_lint_finds_nothing_wrong_with_it(root: Path) -> None:
    assert lint(root) == []


def test_what_was_read_is_kept_by_the_names_of_periods_only_where_something_is_dated(root: Path) -> None:
    def with_june() -> str:
        path = root / "schemas" / "campaign.toml"
        path.write_text(SETTINGS.replace("2011年5月", "2011年5月底"), "utf-8")
        said = reading_print(root)
        path.write_text(SETTINGS, "utf-8")
        return said

    assert with_june() != reading_print(root)
    for name in ("__init__.py", "sheets.py"):
        (root / "schemas" / name).write_text("FORM = None", "utf-8")
    assert with_june() == reading_print(root)


def test_indicators_of_ledgers_alone_follow_their_dates(root: Path) -> None:
    """A form without a card of declared figures: what a ledger comes to is there as long as its column is."""
    form = SHEETS.split("class Overview")[0].replace("ge=1)", 'ge=1, total=True, was={"2011-03": "走访人数"})')
    form = form.replace('ge=0, since="2011-04")', 'ge=0, since="2011-04", total=True)')
    (root / "schemas" / "sheets.py").write_text(form, "utf-8")
    path = root / "schemas" / "__init__.py"
    path.write_text(FORM.replace("Overview, ", ""), "utf-8")
    settings = SETTINGS.replace("papers = 3\n", "")
    (root / "schemas" / "campaign.toml").write_text(settings, "utf-8")
    campaign = load(root)
    titles = {
        period: {name: col.title for name, col in campaign.form_for(period).declared.indicators().items()}
        for period in (MARCH, APRIL)
    }
    assert titles == {MARCH: {"persons": "走访人数"}, APRIL: {"persons": "人数", "called": "回访次数"}}
    book = a_return(UNITS[0], APRIL, APRIL)
    send(root, "4", book)
    april = night(root, APRIL, "2011-05-05")
    assert totals(april) == {"persons": 5, "called": 3} and not [f for f in april.findings if f.rule.startswith("S1")]
    record = json.loads((root / "outbox" / april.folder / "run.json").read_text("utf-8"))
    assert set(record["totals"]) == {"persons", "called"}
