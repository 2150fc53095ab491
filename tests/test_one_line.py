"""A new indicator is one line in `schemas/`, and a new rule one function beside its sheet: nothing else knows of them."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from builders import cells_of, damage, sheet_of
from conftest import DUE

from pipeline.campaign import load
from pipeline.declare import ColumnRef
from pipeline.demo import make_district
from pipeline.publish.form.workbook import prefilled, write_form
from pipeline.run import run

LINE = '    courses: Count = column("举办培训", unit="期", ge=0, le=40, equals=Activities.sessions.sum(kind="其他"))\n'
RULE = '''

@rule("V99", QUERY, blames=Visits.host, says="走访对象“{host}”写得太简单。请写明具体对象。", passing=[{"host": "王家冲组村民"}], failing=[{"host": "甲"}])
def host_is_named(visits: Rows) -> Truths:
    """走访对象写明是谁。"""
    return visits["host"].str.len() >= 2
'''
TEAMS = 8


def texts(path: Path) -> dict[str, list[str]]:
    """All text of a workbook, by sheet."""
    book = openpyxl.load_workbook(path, read_only=True)
    return {
        tab.title: [str(c) for row in tab.iter_rows(values_only=True) for c in row if c is not None] for tab in book
    }


def add_line(root: Path) -> None:
    sheet = root / "schemas" / "summary.py"
    text = sheet.read_text(encoding="utf-8")
    before = '    problems_found: Count = column("'
    assert text.count(before) == 1
    sheet.write_text(text.replace(before, LINE + before), encoding="utf-8")


def test_one_line_adds_an_indicator_everywhere(workspace: Path) -> None:
    add_line(workspace)
    campaign = load(workspace)
    period = campaign.periods[0]

    blank = workspace / "blank.xlsx"
    write_form(blank, campaign, period, campaign.teams[0], prefilled(campaign, period, campaign.teams[0]))
    assert "举办培训" in texts(blank)["汇总表"]

    make_district(campaign, period, workspace / "inbox", clean=True, teams=TEAMS)
    courses = ColumnRef(campaign.form.sheet("summary"), "courses")
    too_many, unequal = sorted((workspace / "inbox").glob("*.xlsx"))[:2]

    def to(value: int):  # type: ignore[no-untyped-def]
        def change(book):  # type: ignore[no-untyped-def]
            for cell in cells_of(book, courses):
                sheet_of(book, courses)[cell] = value

        return change

    damage(too_many, to(41))
    damage(unequal, to(39))
    night = run(workspace, DUE, workers=1)

    rules = {(finding.file, finding.rule) for finding in night.findings if finding.field == "courses"}
    assert rules >= {(too_many.name, "N04"), (unequal.name, "B01")}
    total = night.consolidation.totals["courses"]
    assert (total.title, total.unit, total.reported) == ("举办培训", "期", TEAMS - 2)
    assert total.value == sum(night.consolidation.ledger["courses"].values())
    folder = workspace / "outbox" / DUE.isoformat()
    written = [*texts(folder / "汇总表.xlsx").values(), *texts(folder / "数据来源.xlsx").values()]
    assert sum(any("举办培训" in text for text in said) for said in written) >= 5


def test_one_function_adds_a_rule(workspace: Path) -> None:
    sheet = workspace / "schemas" / "visits.py"
    sheet.write_text(sheet.read_text(encoding="utf-8") + RULE, encoding="utf-8")
    campaign = load(workspace)
    make_district(campaign, campaign.periods[0], workspace / "inbox", clean=True, teams=2)
    host = ColumnRef(campaign.form.sheet("visits"), "host")
    first = sorted((workspace / "inbox").glob("*.xlsx"))[0]
    cells: list[str] = []

    def shorten(book):  # type: ignore[no-untyped-def]
        cells.append(cells_of(book, host)[0])
        sheet_of(book, host)[cells[0]] = "甲"

    damage(first, shorten)
    night = run(workspace, DUE, workers=1)
    (found,) = [finding for finding in night.findings if finding.rule == "V99"]
    assert (found.file, found.cell) == (first.name, cells[0])
    assert night.returns()["queried"] == 1
