"""Small campaigns that are right and once did not work: filled in, on our blank and on a form drawn elsewhere, and read back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from filling import bounded, drawn, fill, folder, read_back, said
from hypothesis import given
from hypothesis import strategies as st
from right_rows import Rows

from pipeline.campaign import Campaign, load
from pipeline.errors import CampaignError
from pipeline.publish.form.workbook import prefilled, write_form

CAMPAIGN = '''
[campaign]
title = "试填"
office = "区办公室"
starts = 2011-03-08

[[period]]
key = "2011-03"
title = "2011年3月"
starts = 2011-03-08
ends = 2011-03-31
due = 2011-03-31
'''  # fmt: skip
SHEETS = """from pipeline.declare import Choice, Count, Form, Money, Percent, Serial, Sheet, Text, YearMonth, column


class A(Sheet):
{first}

    class Config:
        title = "甲表"
        counted = "行数"
        {config}
{more}

FORM = Form(number="1", title="试填", version="1", sheets=(A,{names}))
"""
SECOND = """

class B(Sheet):
    {second}

    class Config:
        title = "乙表"
"""
Case = tuple[list[str], str, str, Rows]
"""Columns of the first sheet, what else its Config says, the column of a second sheet, and the rows."""
CASES: dict[str, Case] = {
    "what is plain": (['a: Text = column("项目")', 'b: Count = column("人数", ge=0)'], "", "", {"a": [{"a": "路", "b": 3}]}),
    "a word of its own for the row of sums": (['a: Count = column("甲", ge=0)', 'b: Count = column("人数", ge=0)'], 'total_row = "Total"', "", {"a": [{"a": 2, "b": 3}, {"a": 1, "b": 4}]}),
    "a word for parts above all": (['a: Text = column("甲")', 'b: Count = column("人数", ge=0)'], 'total_row = "本页小计"', "", {"a": [{"a": "路", "b": 3}, {"a": "桥", "b": 4}]}),
    "the month in which the campaign begins": (['a: YearMonth = column("年月", within="campaign")', 'b: YearMonth = column("开工", ge="2011-02-15")'], "", "", {"a": [{"a": dt.datetime(2011, 3, 1), "b": dt.datetime(2011, 2, 1)}]}),
    "a share above one": (['a: Text = column("甲")', 'b: Percent = column("增长", le=1.5)'], "", "", {"a": [{"a": "路", "b": 1.2}]}),
    "brackets within brackets": (['a: Text = column("设备（型号（可选））")', 'b: Count = column("数量", unit="台（套）", ge=0)'], "", "", {"a": [{"a": "泵", "b": 3}]}),
    "a heading with its unit behind it": (['a: Text = column("甲")', 'b: Money = column("计划", under=["资金（万元）"], unit="万元")'], "", "", {"a": [{"a": "路", "b": 3.5}]}),
    "a heading over a title that begins anew": (['a: Count = column("总数")', 'b: Count = column("其中：女", under=["1.人员"])'], "", "", {"a": [{"a": 5, "b": 3}]}),
    "a title that also stands under a heading": (['a: Text = column("甲")', 'b: Text = column("备注")', 'c: Text = column("备注", under=["2010年"])'], "", "", {"a": [{"a": "x", "b": "y", "c": "z"}]}),
    "a sheet called as its only column": (['a: Text = column("甲表")'], "", "", {"a": [{"a": "路"}, {"a": "桥"}]}),
    "a card called as one of its fields": (['a: Text = column("甲表")', 'b: Count = column("人数", ge=0)'], 'records = {"value": "数量"}', "", {"a": [{"a": "路", "b": 3}]}),
    "questions below a title that is one of them": (['a: Text = column("甲表")', 'b: Count = column("人数", ge=0)'], 'records = {"value": "数量"}\n        answers = "below"', "", {"a": [{"a": "路", "b": 3}]}),
    "a record that says another sheet's only title": (['a: Text = column("甲")', 'b: Text = column("乙")', 'c: Text = column("丙")'], "", 'd: Text = column("路")', {"a": [{"a": "x", "b": "路", "c": "y"}], "b": []}),
    "a sum in a table without figures": (['a: Text = column("事项")', 'b: Text = column("经办")'], "", "", {"a": [{"a": "合计", "b": "王"}, {"a": "总计", "b": "李"}]}),
    "one, two, three in the first row": (['a: Serial = column("序号")', 'b: Count = column("户数")', 'c: Count = column("人数")'], "", "", {"a": [{"a": "1", "b": 2, "c": 3}, {"a": "2", "b": 1, "c": 1}]}),
    "a title under a heading of the same words": (['a: Text = column("甲")', 'b: Count = column("合计", under=["完成情况", "合计"], unit="人")', 'c: Count = column("女", under=["完成情况", "合计"])'], "", "", {"a": [{"a": "路", "b": 2, "c": 1}]}),
    "a heading that is another word for what stands under it": (['a: Text = column("甲")', 'b: Count = column("数", under=["完成情况", "一季度"], aliases=["完成情况"])'], "", "", {"a": [{"a": "路", "b": 3}]}),
    "a value that is called as another record": (['a: Text = column("事项")', 'b: Count = column("人数", ge=0)'], 'records = {"value": "本期", "all": "合计"}', "", {"a": [{"a": "合计", "b": 3}, {"a": "甲", "b": 4}]}),
    "a diary of days typed as words": (['a: Text = column("时间")', 'b: Text = column("事项")'], "", "", {"a": [{"a": "2011年3月8日", "b": "开会"}, {"a": "2011年3月9日", "b": "走访"}]}),
    "an answer that says another question": (['a: Text = column("类型")', 'b: Text = column("用途")', 'c: Text = column("备注")'], 'records = {"value": "数量"}\n        answers = "below"', "", {"a": [{"a": "备注", "b": "路", "c": "x"}]}),
    "an end that the sample above says too": (['a: Text = column("项目")', 'b: Count = column("人数", required=False)'], 'instructions = 1\n        ends = "示例"', "", {"a": [{"a": "路", "b": 3}]}),
    "an end with sums where there are no figures": (['a: Text = column("事项")', 'b: Text = column("经办", required=False)'], 'ends = "合计"', "", {"a": [{"a": "路", "b": "王"}]}),
    "a formula that gives a share of nothing": (['a: Text = column("事项")', 'b: Percent = column("进度", computed=True)'], "", "", {"a": [{"a": "路", "b": 0.0}]}),
    "a formula that gives what no list has": (['a: Text = column("事项")', 'b: Choice = column("地点", in_list="places", computed=True)'], "", "", {"a": [{"a": "路", "b": "南村"}]}),
    "a share of more than all under an open bound": (['a: Text = column("事项")', 'b: Percent = column("增长", lt=1.5)'], "", "", {"a": [{"a": "路", "b": 1.2}]}),
}  # fmt: skip
WRONG: dict[str, tuple[Case, list[tuple[str, str]]]] = {
    "a word for a number behind a day": ((['a: Text = column("时间")', 'b: Count = column("人数", ge=0)'], "", "", {"a": [{"a": "2011年3月8日", "b": "约30"}]}), [("N01", "B4")]),
    "a word for a month behind a sum": ((['a: Text = column("事项")', 'b: YearMonth = column("年月")'], "", "", {"a": [{"a": "合计", "b": "上旬"}]}), [("D01", "B4")]),
    "no record under a row of sums": ((['a: Text = column("事项")', 'b: Count = column("人数", ge=0)'], 'at_least = 1\n        total_row = "合计"', "", {"a": []}), [("R02", "A5")]),
}  # fmt: skip


@pytest.mark.parametrize("is_ours", [True, False], ids=["on our blank", "on a form drawn elsewhere"])
@pytest.mark.parametrize("case", CASES)
@bounded(2)
@given(data=st.data())
def test_what_is_declared_is_read_back(case: str, is_ours: bool, data: Any) -> None:
    with folder() as root:
        read_back_as_declared(root, CASES[case], data.draw if not is_ours else None)


def read_back_as_declared(tmp_path: Path, case: Case, draw: Any, names: str = "") -> None:
    """Fill the case's rows in, on our blank or on a form that `draw` draws, and read them back."""
    campaign, rows = declared(tmp_path, case, names), case[3]
    team, period, path = campaign.teams[0], campaign.periods[0], tmp_path / "T01.xlsx"
    if draw is None:
        write_form(path, campaign, period, team, prefilled(campaign, period, team))
        filled = fill(openpyxl.load_workbook(path, data_only=True), campaign.form, rows)
    else:
        filled = drawn(draw, campaign.form, rows, team, period)
    filled.book.save(path)
    parsed, findings = read_back(path, campaign, team, period)
    assert findings == [] and said(parsed, campaign.form) == rows


def declared(tmp_path: Path, case: Case, names: str = "") -> Campaign:
    """Write a case down as a campaign folder, and load it."""
    columns, config, second, _ = case
    more, names = (SECOND.format(second=second), " B") if second else ("", names)
    schemas = tmp_path / "schemas"
    (schemas / "lists").mkdir(parents=True)
    (schemas / "lists" / "places.csv").write_text("value\n东村\n西村\n", "utf-8")
    first = "\n".join(f"    {each}" for each in columns)
    (schemas / "__init__.py").write_text(SHEETS.format(first=first, config=config, more=more, names=names), "utf-8")
    (schemas / "campaign.toml").write_text(CAMPAIGN, "utf-8")
    (schemas / "teams.csv").write_text("code,name\nT01,东风镇政府\n", "utf-8")
    return load(tmp_path)


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_blamed_at_its_cell(tmp_path: Path, case: str) -> None:
    (declaration, blamed), path = WRONG[case], tmp_path / "T01.xlsx"
    campaign = declared(tmp_path, declaration)
    team, period = campaign.teams[0], campaign.periods[0]
    write_form(path, campaign, period, team, prefilled(campaign, period, team))
    fill(openpyxl.load_workbook(path, data_only=True), campaign.form, declaration[3]).book.save(path)
    assert [(each.rule, each.cell) for each in read_back(path, campaign, team, period)[1]] == blamed


def test_one_number_behind_its_label_numbers_two_columns(tmp_path: Path) -> None:
    campaign = declared(
        tmp_path, (['a: Text = column("项目")', 'b: Count = column("人数", ge=0)'], "numbered = True", "", {})
    )
    book = openpyxl.Workbook()
    book.active.title = "甲表"
    for line in (["甲表（东风镇政府，2011年3月）"], ["项目", "人数"], ["栏次", 1], ["路", 3]):
        book.active.append(line)
    book.save(path := tmp_path / "T01.xlsx")
    parsed, findings = read_back(path, campaign, campaign.teams[0], campaign.periods[0])
    assert findings == [] and said(parsed, campaign.form) == {"a": [{"a": "路", "b": 3}]}


def test_numbers_of_a_lone_column_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CampaignError, match="只有一栏，栏号行和填“1”的记录分不开"):
        declared(tmp_path, (['a: Count = column("人数")'], "numbered = True", "", {}))


def test_an_end_that_begins_another_table_of_the_tab_is_refused(tmp_path: Path) -> None:
    config = """tab, ends = "表", "二、资金"


class C(A):
    class Config:
        title, tab, begins = "丙表", "表", "二、资金"
"""
    with pytest.raises(CampaignError, match="“甲表”的 ends 是同一张工作表上“丙表”的 begins"):
        declared(tmp_path, (['a: Text = column("甲")'], config, "", {}), " C")


CARDS = """from pipeline.declare import Count, Form, Sheet, column


class Staff(Sheet):
    a: Count = column("人数", ge=0)

    class Config:
        title = "人员"
        records = {"open": "期初", "close": "期末"}
        opening, closing = "open", "close"


class Cars(Staff):
    class Config:
        title = "车辆"
        role = "declared"


FORM = Form(number="1", title="试填", version="1", sheets=(Staff, Cars))
"""


def test_a_card_is_not_held_against_what_another_one_declared_in_the_period_before(tmp_path: Path) -> None:
    declared(tmp_path, CASES["what is plain"])
    (tmp_path / "schemas" / "__init__.py").write_text(CARDS, "utf-8")
    with (tmp_path / "schemas" / "campaign.toml").open("a", encoding="utf-8") as settings:
        later = CAMPAIGN[CAMPAIGN.index("[[period]]") :].replace("-31", "-30")
        settings.write(later.replace("2011-03", "2011-04").replace("3月", "4月"))
    campaign, path = load(tmp_path), tmp_path / "T01.xlsx"
    team, period = campaign.teams[0], campaign.periods[1]
    write_form(path, campaign, period, team, prefilled(campaign, period, team))
    rows = {"staff": [{"a": 5}, {"a": 6}], "cars": [{"a": 1}, {"a": 2}]}
    fill(openpyxl.load_workbook(path, data_only=True), campaign.form, rows).book.save(path)
    told = [read_back(path, campaign, team, period, {"close": {"a": closed}})[1] for closed in (1, 3)]
    assert [(each.rule, each.sheet) for found in told for each in found] == [("B04", "车辆")]


def test_a_header_of_two_rows_stands_anywhere(tmp_path: Path) -> None:
    columns = ['a: Text = column("甲")', 'b: Count = column("人数")', 'c: Count = column("完成", under=["一季度"])']
    more = [
        "        tab = '表'",
        "",
        "",
        "class C(A):",
        "    class Config:",
        "        title = '丙表'",
        "        tab = '表'",
        "        begins = '丙'",
    ]
    case = (
        columns,
        "rows = 60\n" + "\n".join(more),
        "",
        {"a": [{"a": "路", "b": 3, "c": 2}], "c": [{"a": "桥", "b": 1, "c": 0}]},
    )
    read_back_as_declared(tmp_path, case, None, names=" C")


def test_a_heading_says_the_same_as_the_title_below_it(tmp_path: Path) -> None:
    config = """tab = "表"


class C(Sheet):
    c: Text = column("合计", under=["合计"])

    class Config:
        title, tab, begins = "丙表", "表", "二、资金"
"""
    rows: Rows = {"a": [{"a": "路"}], "c": [{"c": "桥"}]}
    read_back_as_declared(tmp_path, (['a: Text = column("甲")'], config, "", rows), None, names=" C")


# What needs more than a sheet: periods, a nil return, rules.

TWO_PERIODS = CAMPAIGN + CAMPAIGN[CAMPAIGN.index("[[period]]") :].replace("2011-03", "2011-04").replace(
    "2011年3月", "2011年4月"
).replace("2011-04-08", "2011-04-01").replace("04-31", "04-30")
OVER_TIME = """from pipeline.declare import ERROR, Choice, Code, Count, Form, Rows, Sheet, Text, Truths, YesNo, column, rule

{sheets}

FORM = Form(number="1", title="试填", version="1", sheets=({names}))
"""
COVER = """
class Cover(Sheet):
    team: Code = column("单位编码", role="team")
    nil: YesNo = column("零报告", role="nil")

    class Config:
        title = "封面"
        role = "cover"
        records = {"value": "填报内容"}
"""


def found_in(
    root: Path, sheets: str, names: str, rows: Rows, period: int = 0, lists: dict[str, str] | None = None
) -> list[tuple[str, str, str]]:
    """Fill our blank of a period in and give what is found: rule, sheet and cell. What is right is read back."""
    (root / "schemas" / "lists").mkdir(parents=True)
    for name, text in {
        "__init__.py": OVER_TIME.format(sheets=sheets, names=names), "campaign.toml": TWO_PERIODS,
        "teams.csv": "code,name\nT01,东风镇政府\n", **{f"lists/{name}.csv": text for name, text in (lists or {}).items()},
    }.items():  # fmt: skip
        (root / "schemas" / name).write_text(text, "utf-8")
    campaign = load(root)
    team, term, path = campaign.teams[0], campaign.periods[period], root / "T01.xlsx"
    campaign = campaign.in_period(term.key)
    write_form(path, campaign, term, team, prefilled(campaign, term, team))
    filled = fill(openpyxl.load_workbook(path, data_only=True), campaign.form, rows)
    filled.book.save(path)
    parsed, findings = read_back(path, campaign, team, term)
    assert findings or said(parsed, campaign.form) == rows
    return [(each.rule, each.sheet, each.cell) for each in findings]


def test_a_list_that_depends_on_a_choice_of_other_periods_has_all_its_values(tmp_path: Path) -> None:
    sheets = """
class A(Sheet):
    name: Text = column("事项")
    sort: Choice = column("类别", choices=("产量", "面积"), until="2011-03")
    unit: Choice = column("单位", in_list="units")

    class Config:
        title = "甲表"
        counted = "行数"
"""
    lists = {"units": "sort,value\n产量,吨\n面积,公顷\n"}
    rows: Rows = {"a": [{"name": "路", "unit": "吨"}, {"name": "桥", "unit": "公顷"}]}
    assert found_in(tmp_path, sheets, "A,", rows, 1, lists) == []


def test_what_a_form_looks_up_by_itself_is_not_held_against_its_list(tmp_path: Path) -> None:
    sheets = """
class A(Sheet):
    name: Text = column("事项")
    unit: Choice = column("单位", in_list="units", computed=True)

    class Config:
        title = "甲表"
        counted = "行数"
"""
    rows: Rows = {"a": [{"name": "路", "unit": "吨"}, {"name": "桥", "unit": "查不到"}]}
    assert found_in(tmp_path, sheets, "A,", rows, lists={"units": "team,value\n,吨\n"}) == []


def test_a_nil_return_with_rows_is_blamed_at_its_first_row_where_no_card_declares_figures(tmp_path: Path) -> None:
    sheets = f"""{COVER}
class A(Sheet):
    name: Text = column("事项")
    amount: Count = column("数量", total=True)

    class Config:
        title = "甲表"
"""
    rows: Rows = {
        "cover": [{"team": "T01", "nil": "是"}],
        "a": [{"name": "路", "amount": 0}, {"name": "桥", "amount": -2}],
    }
    assert found_in(tmp_path, sheets, "Cover, A", rows) == [("Z01", "甲表", "A5")]


@pytest.mark.parametrize("unread", ["约3", None], ids=["unreadable", "blank"])
def test_a_rule_says_nothing_where_the_groups_that_it_reads_lack_something(tmp_path: Path, unread: str | None) -> None:
    sheets = '''
class A(Sheet):
    name: Text = column("事项")
    most: Count = column("数量", required=False)

    class Config:
        title = "甲表"


class B(Sheet):
    most: Count = column("最多")

    class Config:
        title = "乙表"
        role = "declared"
        records = {"value": "数量"}


@rule("V1", ERROR, blames=B.most, says="最多 {most}。请核对。", passing=[{"b": [{"most": 2}], "a": [{"most": 2}]}],
      failing=[{"b": [{"most": 3}], "a": [{"most": 2}]}])
def most_of_all(b: Rows, a: Rows) -> Truths:
    """最多的不多于最多的一行。"""
    return b["most"] <= b["submission"].map(a.groupby("submission")["most"].max())
'''
    rows: Rows = {"a": [{"name": "路", "most": 2}, {"name": "桥", "most": unread}], "b": [{"most": 3}]}
    found = found_in(tmp_path, sheets, "A, B", rows)
    assert [each for each in found if each[0] == "V1"] == []
