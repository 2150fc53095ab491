"""Correction workbooks, from a return that was really written, read and parsed, and read again once corrected."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from openpyxl.workbook import Workbook
from stacked import stacks_of

from pipeline.campaign import Campaign, load
from pipeline.cli import huizong
from pipeline.declare import Severity
from pipeline.frames import ParsedReturn
from pipeline.layout import locate
from pipeline.model import Consolidation, Finding, FindingState, Standing, Status, Submission, Table
from pipeline.night import Night
from pipeline.parse import Parser
from pipeline.publish.form.workbook import Contents, FormPlaces, prefilled, write_form
from pipeline.publish.writing import Writing
from pipeline.rawbook import SLIP_SHEET
from pipeline.read import read_here
from pipeline.run import run
from pipeline.stack import stack

REPO = Path(__file__).parent.parent
AS_OF = dt.date(2011, 4, 2)
PEOPLE = ["张伟", "王芳", "李娜"]


def write_corrections(night: Night, folder: Path) -> list[Path]:
    """Write a night's correction workbooks, and nothing beside them."""
    with Writing(night.campaign) as writing, writing.correcting(night, folder):
        pass
    return sorted(folder.glob("退改/*.xlsx"))


SLIP_SHEETS = {name: str(col.title) for name, col in load(REPO).form.sheet("visits").columns().items()}


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    return load(REPO)


def _sent(campaign: Campaign) -> Contents:
    """A return of the first team with faults in the visits and an answer that says nothing."""
    team, period = campaign.teams[0], campaign.periods[0]
    rows: dict[str, Any] = dict(prefilled(campaign, period, team).rows)
    rows["cover"] = [{**rows["cover"][0], "leader": "张伟", "filled_on": dt.date(2011, 3, 31), "phone": "13800000001"}]
    rows["roster"] = [{"name": name, "joined_on": dt.date(2011, 3, 8)} for name in PEOPLE]
    rows["visits"] = [
        {"visited_on": dt.date(2011, 3, 10 + k), "host": f"农户{k}", "persons": 3 + k, "cadre": PEOPLE[k % 3]}
        for k in range(12)
    ]
    rows["visits"][2] |= {"persons": "约30"}
    rows["visits"][5] |= {"visited_on": "2011-02-30", "host": "=cmd|' /C calc'!A0"}
    rows["visits"][7] |= {"persons": 150}
    rows["summary"] = [{"people_visited": 20, "aid_raised": 1.5}, {"people_visited": 345, "aid_raised": "2万"}]
    rows["explanations"] = [
        {"finding": "0123456789", "place": "旧处", "question": "旧事", "answer": "当日全村普查，共到 60 户"}
    ]
    return Contents(rows)


def _night(campaign: Campaign, folder: Path, *, missing: str = "") -> Night:
    """Receive two versions of the first team's return, of which the second counts, and check it by hand."""
    team, period = campaign.teams[0], campaign.periods[0]
    returns = []
    for version, contents in enumerate((prefilled(campaign, period, team), _sent(campaign)), 1):
        path = folder / f"{team.code}_v{version}.xlsx"
        write_form(path, campaign, period, team, contents)
        book = read_here(path)
        submission = Submission(
            book.sha256, f"微信/{path.name}", path.name, team.code, period.key, dt.date(2011, 3, 31), ""
        )
        parsed = Parser(campaign.form).parse(book)
        returns.append((submission, replace(parsed, tables=[each for each in parsed.tables if each.key != missing])))
    _, findings = stack(returns, campaign.form)
    latest = returns[-1][0]
    findings = [f for f in findings if f.submission == latest.sha256]
    if not missing:
        findings += _further(campaign, returns[-1])
    findings = [replace(f, first_seen=dt.date(2011, 4, 1) if f.rule == "D03" else AS_OF) for f in findings]
    gone = replace(findings[0], subject="已删", field="host", column="走访对象", state=FindingState.CLOSED)
    closed = [gone, replace(gone, severity=Severity.NOTE), replace(gone, state=FindingState.WAIVED)]
    opened = [f.severity for f in findings if f.state.is_open]
    standing = Standing(
        team, Status.HELD, latest, None, 2, errors=opened.count(Severity.ERROR), queries=opened.count(Severity.QUERY)
    )
    return Night(
        campaign, period, AS_OF, [each for each, _ in returns], [standing], findings, closed, [], [], [],
        {each.sha256: parsed for each, parsed in returns}, {}, Consolidation({}, {}, {}, {}, {}),
    )  # fmt: skip


def _further(campaign: Campaign, sent: tuple[Submission, ParsedReturn]) -> list[Finding]:
    """Findings that other stages would add: a rule's query, one explained, many of one kind, a missing sheet."""
    visits = next(table for table in sent[1].tables if table.key == "visits")
    query = _finding(sent[0], "V12", Severity.QUERY, "一次走访 150 人。请写明情况。", visits, 7, "persons")
    explained = replace(query, line=8, subject="9", state=FindingState.EXPLAINED)
    blanks = [_finding(sent[0], "R01", Severity.ERROR, "没有填写。", visits, line, "matter") for line in range(12)]
    return [
        query,
        explained,
        *blanks,
        _finding(sent[0], "S01", Severity.ERROR, "没有找到。", sheet_key="funds"),
    ]


def _finding(
    submission: Submission,
    rule: str,
    severity: Severity,
    says: str,
    table: Table | None = None,
    line: int | None = None,
    field: str = "",
    sheet_key: str = "",
) -> Finding:
    sheet, cell = (table.name, table.cell(line or 0, field)) if table else ("", "")
    return Finding(
        rule, severity, says, submission.team, submission.period, submission.file,
        submission.sha256, sheet, cell, column=SLIP_SHEETS[field] if table else "",
        sheet_key=table.key if table else sheet_key, field=field, line=line, subject=str(line),
    )  # fmt: skip


@pytest.fixture(scope="module")
def night(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> Night:
    return _night(campaign, tmp_path_factory.mktemp("sent"))


@pytest.fixture(scope="module")
def corrected(night: Night, tmp_path_factory: pytest.TempPathFactory) -> Path:
    (path,) = write_corrections(night, tmp_path_factory.mktemp("out"))
    return path


@pytest.fixture(scope="module")
def book(corrected: Path) -> Workbook:
    return openpyxl.load_workbook(corrected)


def _slip(book: Workbook) -> tuple[str, list[list[Any]], list[str]]:
    """Give the text above the slip's table, the table's rows, and where its links lead."""
    tab = book[SLIP_SHEET]
    rows = [[cell.value for cell in row] for row in tab.iter_rows()]
    head = next(number for number, row in enumerate(rows) if row[0] == "序号")
    links = [cell.hyperlink.location for row in tab.iter_rows() for cell in row if cell.hyperlink]
    return "\n".join(str(row[0]) for row in rows[:head]), rows[head + 1 :], links


def test_a_team_gets_its_own_figures_back(campaign: Campaign, book: Workbook) -> None:
    places, sent = FormPlaces(campaign.form), _sent(campaign)
    for key, rows in sent.rows.items():
        if key != "explanations":
            for index, row in enumerate(rows):
                for name, value in row.items():
                    cell = book[campaign.form.sheet(key).title()][places.cell(key, index, name)].value
                    assert cell == (dt.datetime.combine(value, dt.time()) if isinstance(value, dt.date) else value)
    assert len([cell for cell in book["走访台账"]["C"] if cell.value]) == 1 + len(sent.rows["visits"])


def test_it_stands_in_the_folder_under_a_safe_name(campaign: Campaign, night: Night, tmp_path: Path) -> None:
    odd = replace(night.standings[0].team, name="甲/乙:丙*")
    (path,) = write_corrections(replace(night, standings=[replace(night.standings[0], team=odd)]), tmp_path)
    assert path == tmp_path / "退改" / f"{odd.code}_甲_乙_丙_.xlsx"
    assert path.is_file()


def test_a_team_without_open_findings_gets_none(night: Night, tmp_path: Path) -> None:
    for standing in (replace(night.standings[0], errors=0, queries=0), replace(night.standings[0], latest=None)):
        assert write_corrections(replace(night, standings=[standing]), tmp_path) == []


def test_wrong_cells_are_marked_by_severity_and_noted(book: Workbook) -> None:
    visits = book["走访台账"]
    wrong, unusual, explained, right = visits["D7"], visits["D12"], visits["D13"], visits["D6"]
    assert "N01" in wrong.comment.text and wrong.font.b
    assert "核实：一次走访 150 人" in unusual.comment.text and unusual.font.i
    assert explained.comment is None and explained.fill.fgColor.rgb == right.fill.fgColor.rgb
    assert len({cell.fill.fgColor.rgb for cell in (wrong, unusual, right)}) == 3


def test_the_slip_says_what_to_mend_in_the_order_of_the_sheets(book: Workbook) -> None:
    head, rows, links = _slip(book)
    assert book.sheetnames[0] == SLIP_SHEET
    assert "ZF001_v2.xlsx" in head and "微信" not in head
    assert "2011年3月31日" in head and "2011年4月2日" in head
    assert "须改正 16 处，待核实 1 处，上次以来已改 1 处" in head
    assert [(row[1], row[4], row[5]) for row in rows] == [
        ("汇总表 D7", "错误", "新增"),
        ("走访台账 F5 等 12 处", "错误", "新增"),
        ("走访台账 D7", "错误", "新增"),
        ("走访台账 B10", "错误", "仍未改"),
        ("走访台账 D12", "核实", "新增"),
        ("资金台账", "错误", "新增"),
        ("汇总表", "错误", "已改"),
    ]
    assert "走访台账 D7：" not in rows[2][3]  # the place is a link, and the sender's place may be another
    assert links == ["汇总表!D7", "走访台账!F5", "走访台账!D7", "走访台账!B10", "走访台账!D12", "资金台账!A5"]


def test_every_open_query_waits_for_an_answer_and_given_answers_stay(night: Night, book: Workbook) -> None:
    answers = book["核实说明"]
    (query,) = [f for f in night.findings if f.severity is Severity.QUERY and f.state.is_open]
    assert [cell.value for cell in answers[4][:4]] == ["0123456789", "旧处", "旧事", "当日全村普查，共到 60 户"]
    assert [cell.value for cell in answers[5][:4]] == [query.key, "走访台账 D12", "一次走访 150 人。请写明情况。", None]
    assert not answers["D5"].protection.locked and answers["A5"].protection.locked
    assert answers["A6"].value is None


def test_a_sheet_that_was_missing_comes_back_blank(campaign: Campaign, tmp_path: Path) -> None:
    night = _night(campaign, tmp_path, missing="visits")
    (path,) = write_corrections(night, tmp_path)
    visits = openpyxl.load_workbook(path)["走访台账"]
    assert [visits[cell].value for cell in ("B5", "C5", "D4")] == [None, None, "=SUBTOTAL(9,INDEX(D:D,ROW()+1):D1004)"]


def test_what_the_office_fills_in_is_put_right(campaign: Campaign, night: Night, tmp_path: Path) -> None:
    team = replace(night.standings[0].team, name="改名后的工作队")
    (path,) = write_corrections(replace(night, standings=[replace(night.standings[0], team=team)]), tmp_path)
    cover = openpyxl.load_workbook(path)["封面"]
    assert cover["B6"].value == "改名后的工作队"
    assert cover["B10"].value == "张伟"


def test_a_correction_is_read_like_any_return(campaign: Campaign, night: Night, corrected: Path) -> None:
    book = read_here(corrected)
    parsed = Parser(campaign.form).parse(book)
    assert [remark.code for remark in parsed.remarks] == []
    assert [table.name for table in parsed.tables] == [sheet.title() for sheet in campaign.form.sheets]
    again, _ = stack([(night.standings[0].latest or night.submissions[-1], parsed)], campaign.form)
    for key in ("visits", "roster", "summary"):
        before = stacks_of(night)[key].frame.query("submission == 1").reset_index(drop=True)
        pd.testing.assert_frame_equal(again[key].frame.drop(columns="submission"), before.drop(columns="submission"))


def test_the_slip_is_not_taken_for_a_missing_sheet(campaign: Campaign, corrected: Path) -> None:
    book = read_here(corrected)
    assert locate(replace(book, sheets=book.sheets[:1]), campaign.form).tables == ()


def test_the_same_night_gives_the_same_bytes(night: Night, corrected: Path, tmp_path: Path) -> None:
    (again,) = write_corrections(night, tmp_path)
    assert again.read_bytes() == corrected.read_bytes()


def test_an_office_that_only_telephones_gets_none_until_it_wants_them(tmp_path: Path) -> None:
    root = tmp_path / "few"
    assert CliRunner().invoke(huizong, ["demo", str(root), "--teams", "12"]).exit_code == 0
    settings = root / "schemas" / "campaign.toml"
    said = settings.read_text("utf-8")
    settings.write_text(said.replace("[campaign]\n", "[campaign]\ncorrections = false\n"), "utf-8")
    without = run(root, AS_OF, workers=1)
    assert [standing for standing in without.standings if standing.errors]
    outbox = root / "outbox" / without.folder
    assert not (outbox / "退改").exists()
    page = (outbox / "校验报告.html").read_text("utf-8")
    assert "退改表" not in page and "个单位退改" in page
    settings.write_text(said, "utf-8")
    run(root, AS_OF, workers=1)
    assert len(list((outbox / "退改").iterdir())) == sum(bool(s.errors or s.queries) for s in without.standings)
