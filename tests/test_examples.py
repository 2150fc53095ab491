"""The small campaigns under examples/: right as they stand, and each night of them comes out."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from openpyxl import Workbook

from pipeline.campaign import load
from pipeline.demo import make_district
from pipeline.export import export
from pipeline.lint import lint
from pipeline.run import run
from pipeline.trace import trace

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").iterdir())


@pytest.fixture(params=EXAMPLES, ids=lambda path: str(path.name))
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    shutil.copytree(request.param / "schemas", tmp_path / "schemas", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "inbox").mkdir()
    return tmp_path


def test_an_example_is_right_as_it_stands(example: Path) -> None:
    assert lint(example) == []


def test_a_district_of_an_example_is_read_and_added_up(example: Path) -> None:
    campaign = load(example)
    period = campaign.periods[0]
    made = make_district(campaign, period, example / "inbox", clean=True)
    night = run(example, period.due, workers=1)
    assert night.returns()["accepted"] == len(made) == len(campaign.teams)
    assert [each for each in night.findings if each.severity.value == "error"] == []
    assert all(total.value > 0 and total.reported == total.expected for total in night.consolidation.totals.values())
    for name, total in night.consolidation.totals.items():
        traced = trace(example, name, period.due)
        assert sum(part.value for part in traced.parts) == total.value
        ledgers = [part for part in traced.parts if part.ledger or not part.cell]
        assert all(sum(cell.value for cell in part.ledger) == part.value for part in ledgers)
    assert len(export(example, example / "tables", period.due)) > len(campaign.form.tabs)


def a_page(unit: str) -> Workbook:
    """Fill in the questionnaire as it is on paper: questions, answers below, and both tables on one tab."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = "问卷"
    page["A1"] = "基层服务站调查问卷"
    page["A2"] = f"填报单位：{unit}（2024年1-3月）"
    asked = {
        "A4": ("1. 工作日是否全天开放？", "是"), "C4": ("2. 现有人员（人）", 2), "E4": ("3. 现有设备（台）", 7),
        "A7": ("4. 本季度接待群众（人次）", 1350), "C7": ("5. 当场办结的比例", 0.96), "E7": ("6. 联系邮箱", "a@example.com"),
        "A10": ("7. 困难和建议", "人手不足"),
    }  # fmt: skip
    for place, (question, answer) in asked.items():
        page[place] = question
        page[place].offset(row=1).value = answer
    page.merge_cells("A11:F12")
    tables = {
        15: [
            ["一、人员情况"],
            ["姓名", "岗位", "手机号码"],
            ["张三", "站长", "13800000001"],
            ["李四", "窗口", "13800000002"],
            [None, "请选择"],
        ],
        24: [
            ["二、设备情况"],
            ["设备名称", "数量（台）", "可用（台）"],
            ["合计", 7, 6],
            ["电脑", 5, 5],
            ["打印机", 2, 1],
        ],
    }
    for top, rows in tables.items():
        for r, row in enumerate(rows, top):
            for c, value in enumerate(row, 1):
                page.cell(r, c, value)
    return book


def test_the_questionnaire_is_read_as_it_is_on_paper(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES[-1] / "schemas", tmp_path / "schemas", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "inbox").mkdir()
    units = [team.name for team in load(tmp_path).teams[:2]]
    a_page(units[0]).save(tmp_path / "inbox" / "right.xlsx")
    wrong = a_page(units[1])
    assert wrong.active is not None
    wrong.active["C28"] = 3  # more usable printers than there are
    wrong.save(tmp_path / "inbox" / "wrong.xlsx")
    night = run(tmp_path, dt.date(2024, 4, 10), workers=1)
    assert not night.unplaced and night.returns()["accepted"] == 1
    found = {(each.file, each.cell, each.rule) for each in night.findings}
    assert found == {("wrong.xlsx", "C28", "Q01"), ("wrong.xlsx", "C26", "S07")}
    assert {key: int(total.value) for key, total in night.consolidation.totals.items()} == {
        "staff": 2, "devices": 7, "visits": 1350,
    }  # fmt: skip
