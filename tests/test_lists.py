"""The office's lists: every finding once, and every team that has to be called, with a message ready to send."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from pipeline.declare import Severity
from pipeline.memory import Assessed, Course, Verdict
from pipeline.model import FindingState, Status
from pipeline.night import Night
from pipeline.publish.office.lists import write_chasing_list, write_findings_workbook
from pipeline.publish.phrases.calls import calls, contacts
from tests.nights import sample_night

FIRST = 7  # row of the first line below a header of one row


@pytest.fixture(scope="module")
def night() -> Night:
    return sample_night()


def written(night: Night, path: Path, write: Any) -> Workbook:
    write(night, path)
    return openpyxl.load_workbook(path)


def table(book: Workbook, name: str) -> list[list[Any]]:
    """Give the lines of a page up to its foot, which starts in a row without a second cell."""
    lines = [[cell.value for cell in row] for row in book[name].iter_rows(min_row=FIRST)]
    foot = next(place for place, line in enumerate(lines) if line[1] is None)
    return lines[:foot]


def test_every_finding_is_listed_once_in_order(night: Night, tmp_path: Path) -> None:
    lines = table(written(night, tmp_path / "f.xlsx", write_findings_workbook), "差错清单")
    assert [(line[2], line[5], line[7], line[9]) for line in lines] == [
        (finding.team, finding.cell, finding.value, finding.rule) for finding in night.findings
    ]
    for line, finding in zip(lines, night.findings, strict=True):
        assert line[8] in finding.message
        assert finding.cell not in line[8] and "〔" not in line[8]
        assert line[11].date() == finding.first_seen


def test_a_finding_that_is_settled_says_so(night: Night, tmp_path: Path) -> None:
    settled = [replace(finding, state=FindingState.WAIVED) for finding in night.findings]
    book = written(replace(night, findings=settled), tmp_path / "f.xlsx", write_findings_workbook)
    states = {(line[0], line[1]) for line in table(book, "差错清单")}
    assert states == {("错误", FindingState.WAIVED.title), ("核实", FindingState.WAIVED.title), ("提示", "—")}
    assert all(line[4] == 0 for line in table(book, "按规则"))


def test_rules_are_counted(night: Night, tmp_path: Path) -> None:
    lines = table(written(night, tmp_path / "f.xlsx", write_findings_workbook), "按规则")
    for code, _, _, count, still_open, teams in lines:
        of_rule = [finding for finding in night.findings if finding.rule == code]
        to_do = sum(finding.severity is not Severity.NOTE for finding in of_rule)
        assert (count, still_open, teams) == (len(of_rule), to_do, len({f.team for f in of_rule}))
    assert sum(line[3] for line in lines) == len(night.findings)


def test_what_a_sender_typed_never_becomes_a_formula(night: Night, tmp_path: Path) -> None:
    nasty = replace(night.findings[0], value="=cmd|' /C calc'!A0", file="=1+1.xlsx", says="@SUM(1)")
    book = written(replace(night, findings=(nasty,)), tmp_path / "f.xlsx", write_findings_workbook)
    assert all(cell.data_type != "f" for page in book for row in page.iter_rows() for cell in row)
    assert table(book, "差错清单")[0][7] == nasty.value


def test_a_telephone_number_in_a_finding_is_masked(night: Night, tmp_path: Path) -> None:
    personal = replace(night.findings[0], value="13800001234", says="填写的“13800001234”重复。")
    line = table(
        written(replace(night, findings=(personal,)), tmp_path / "f.xlsx", write_findings_workbook), "差错清单"
    )[0]
    assert "13800001234" not in str(line)
    assert "138****1234" in line[7] and "138****1234" in line[8]


def test_files_that_nobody_was_found_for_are_listed(night: Night, tmp_path: Path) -> None:
    lines = table(written(night, tmp_path / "f.xlsx", write_findings_workbook), "未能识别的文件")
    assert [line[1] for line in lines] == [each.file for each in (*night.unplaced, *night.left, *night.repeated)]


def test_a_file_name_that_is_no_text_can_be_written(night: Night, tmp_path: Path) -> None:
    odd = replace(night.unplaced[0], file="\udcc4\udce3.xls")
    lines = table(
        written(replace(night, unplaced=(odd,)), tmp_path / "f.xlsx", write_findings_workbook), "未能识别的文件"
    )
    assert lines[0][1] == "⟨U+DCC4⟩⟨U+DCE3⟩.xls"


def test_a_night_without_findings_is_published_too(night: Night, tmp_path: Path) -> None:
    quiet = replace(night, findings=(), unplaced=(), left=(), repeated=())
    assert table(written(quiet, tmp_path / "f.xlsx", write_findings_workbook), "差错清单") == []


def test_those_who_must_act_are_called_and_nobody_else(night: Night) -> None:
    called = calls(night)
    expected = {s.team.code for s in night.standings if s.status in (Status.MISSING, Status.HELD) or s.is_queried}
    assert {call.standing.team.code for call in called} == expected
    assert [call.why for call in called] == ["未报", "退改", "退改", "待核实"]
    held = [call.standing.errors for call in called if call.why == "退改"]
    assert held == sorted(held, reverse=True)


def test_a_message_says_what_to_do(night: Night) -> None:
    for call in calls(night):
        standing, text = call.standing, call.message
        assert text.startswith(f"【{night.campaign.settings.office_short}】{standing.team.name}：")
        assert night.period.title in text and night.campaign.settings.contact in text
        assert "请" in text and "None" not in text
        if standing.status is Status.MISSING:
            assert f"已逾期 {standing.days_late} 天" in text
        else:
            assert f"{standing.errors or standing.queries} " in text


def test_before_the_deadline_nobody_is_told_to_be_late(night: Night) -> None:
    early = [replace(s, days_late=0) for s in night.standings if s.status is Status.MISSING]
    call = calls(replace(night, standings=early))[0]
    assert "逾期" not in call.message and "截止日为" in call.message


def test_the_register_names_whom_to_call_and_else_the_cover(night: Night) -> None:
    standing = night.standings[0]
    known = replace(standing, team=replace(standing.team, leader="甲", phone="0746-8000001"))
    unknown = replace(standing, team=replace(standing.team, leader="", phone=""))
    assert contacts(replace(night, standings=(known,)))[standing.team.code] == ("甲", "0746-8000001")
    person, number = contacts(replace(night, standings=(unknown,)))[standing.team.code]
    assert person and number.startswith("138")
    missing = next(s for s in night.standings if s.latest is None)
    silent = replace(missing, team=replace(missing.team, leader="", phone=""))
    assert contacts(replace(night, standings=(silent,)))[silent.team.code] == ("", "")


def test_the_list_keeps_telephone_numbers_as_text_and_room_for_notes(night: Night, tmp_path: Path) -> None:
    book = written(night, tmp_path / "c.xlsx", write_chasing_list)
    lines = table(book, "催报名单")
    assert len(lines) == len(calls(night))
    assert [cell.value for cell in book["催报名单"][6]][-3:] == ["联系时间", "对方答复", "经办"]
    assert all(line[-3:] == [None, None, None] for line in lines)
    assert all(isinstance(line[6], str | None) for line in lines)


@pytest.mark.parametrize("write", [write_findings_workbook, write_chasing_list])
def test_the_same_night_gives_the_same_bytes(night: Night, tmp_path: Path, write: Any) -> None:
    write(night, tmp_path / "a.xlsx")
    write(night, tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    for page in openpyxl.load_workbook(tmp_path / "a.xlsx"):
        assert page.page_setup.paperSize == 9 and page.sheet_properties.pageSetUpPr.fitToPage
        assert page.auto_filter.ref and page.freeze_panes and page.print_title_rows


def test_receipts_prove_what_came(night: Night, tmp_path: Path) -> None:
    waiting = replace(night.unplaced[0], sha256="f" * 64)
    book = written(replace(night, unplaced=[waiting, night.unplaced[1]]), tmp_path / "f.xlsx", write_findings_workbook)
    lines = [[cell.value for cell in row] for row in book["收件回执"].iter_rows(min_row=FIRST)]
    lines = [line for line in lines if isinstance(line[-1], str) and len(line[-1]) == 64]
    assert sorted(line[-1] for line in lines[:-1]) == sorted(each.sha256 for each in night.versions)
    counted = {s.counted.sha256 for s in night.standings if s.counted}
    assert {line[-1] for line in lines if line[8] == "是"} == counted
    by_hash = {line[-1]: line for line in lines}
    for standing in night.standings:
        if standing.latest:
            assert by_hash[standing.latest.sha256][7].startswith(standing.status.title)
    assert lines[-1][5:9] == [waiting.file, None, "未能识别，没有计入", "否"] and lines[-1][-1] == waiting.sha256


def test_a_call_says_how_often_there_was_one_before(night: Night, tmp_path: Path) -> None:
    days = [night.as_of - dt.timedelta(back) for back in (4, 3, 2)]
    missing = next(s for s in night.standings if s.status is Status.MISSING)
    held = next(s for s in night.standings if s.status is Status.HELD and s.latest)
    assert held.latest
    verdicts = [
        Assessed(days[0], held.team.code, Verdict("0" * 64, "ACCEPTED", 0, 0)),
        Assessed(days[2], held.team.code, Verdict(held.latest.sha256, "HELD", 1, 0)),
    ]
    book = written(replace(night, course=Course(days, verdicts)), tmp_path / "c.xlsx", write_chasing_list)
    heads = [cell.value for cell in book["催报名单"][6]]
    before = {line[heads.index("编码")]: line[heads.index("此前上名单")] for line in table(book, "催报名单")}
    assert (before[missing.team.code], before[held.team.code]) == (3, 1)
