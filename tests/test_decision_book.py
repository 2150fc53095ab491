"""The workbook in which an office without a command line decides: filled in, dropped, recorded, and told what was not accepted."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from conftest import DUE, need
from decided_sheet import BOOK, BY, SIGNED, filled, rows_of
from deciding import NEXT, RULE, Office, anonymous, only, read, standing, total
from test_crash import PowerCutError, stop_at

from pipeline.cli import huizong
from pipeline.ledger import NAME, Kind, Ledger
from pipeline.model import FindingState, Status
from pipeline.night import Night
from pipeline.verify import verify

BEFORE, LATER = DUE - NEXT, DUE + 5 * NEXT


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office after a night: of three teams one sent an error that may be waived, one a file without a name, one nothing."""
    office = Office(tmp_path / "workspace")
    office.send(office.late_work(office.sent[0], "wrong.xlsx"))
    office.send(anonymous(office, office.sent[1], "报表.xlsx", says="三队"))
    return office


def published(office: Office, night: Night) -> Path:
    return office.root / "outbox" / night.folder / BOOK


def everything(office: Office) -> dict[str, dict[str, object]]:
    first, second, third = office.codes
    return {
        f"{first} 差错": {"决定": "豁免", **SIGNED},
        "文件": {"决定": "归给单位", "归给（编码）": second, **SIGNED},
        third: {"决定": "延期", "延期到": dt.datetime(2011, 4, 5), **SIGNED},
    }


def events(office: Office) -> list[tuple[str, str]]:
    with Ledger(office.root / "archive" / NAME) as ledger:
        return [
            (e.kind, e.payload.get("decision", "")) for e in ledger.events() if e.kind in (Kind.DECIDED, Kind.DECLINED)
        ]


def test_what_waits_for_a_decision_has_a_row_ready_with_what_may_be_chosen(office: Office) -> None:
    night = office.night(BEFORE)
    rows = rows_of(published(office, night))
    first, second, third = office.codes
    assert {f"{first} 差错", "文件", second, third} <= set(rows) and first not in rows
    sheet = openpyxl.load_workbook(published(office, night))["处理决定"]
    choices = {
        cell: each.formula1 for each in sheet.data_validations.dataValidation for cell in str(each.sqref).split()
    }
    assert sorted(choices.values()) == ['"延期,免报"', '"归给单位"', '"豁免"']
    later = office.night(DUE + NEXT)
    sheet = openpyxl.load_workbook(published(office, later))["处理决定"]
    assert '"免报"' in [each.formula1 for each in sheet.data_validations.dataValidation]


def test_a_filled_in_workbook_is_recorded_before_the_returns_of_the_same_night_are_assessed(office: Office) -> None:
    path = published(office, office.night(BEFORE))
    filled(path, office.root / "inbox" / "主任批的.xlsx", everything(office))
    night = office.night(DUE)
    first, second, third = (standing(night, code) for code in office.codes)
    assert (first.status, second.status, third.due) == (Status.ACCEPTED, Status.ACCEPTED, LATER)
    assert only(night, RULE).state is FindingState.WAIVED and total(night)[1] == 2
    assert (night.unplaced, night.declined, list((office.root / "inbox").iterdir())) == ([], [], [])
    assert [each.what for each in night.decisions] == ["waive", "place", "extend"]
    assert {(each.by, each.reason) for each in night.decisions} == {("王主任", "领导小组同意")}
    kept = [path for path in (office.root / "archive").rglob("*主任批的.xlsx")]
    assert len(kept) == 1
    run = json.loads((office.root / "outbox" / night.folder / "run.json").read_text("utf-8"))
    assert run["decisions"] == {"withdraw": 0, "waive": 1, "extend": 1, "excuse": 0, "place": 1, "declined": 0}
    assert not office.night(DUE).is_new
    assert verify(office.root).faults == []


def test_the_decisions_are_listed_where_the_office_looks(office: Office) -> None:
    path = published(office, office.night(BEFORE))
    filled(path, office.root / "inbox" / "a.xlsx", everything(office))
    night = office.night(DUE)
    numbers = [each.number for each in night.decisions]
    office.decide("revoke", numbers[2])
    night = office.night(DUE + NEXT)
    folder = office.root / "outbox" / night.folder
    listed = {row[0]: row for row in read(folder / "校验差错清单.xlsx", "处理决定") if row[0] in [*numbers, numbers[2]]}
    assert [listed[number][8] for number in numbers[:2]] == ["有效", "有效"]
    assert "撤销" in str(listed[numbers[2]][8]) and listed[numbers[0]][2] == "豁免"
    assert listed[numbers[0]][6:8] == ("王主任", "领导小组同意") and RULE in str(listed[numbers[0]][5])
    page = (folder / "校验报告.html").read_text("utf-8")
    assert "处理决定" in page and "领导小组同意" in page and f">{numbers[0]}</td>" in page
    output = CliRunner().invoke(huizong, ["status", "-C", str(office.root)]).output
    assert all(f"第 {number} 号决定" in output for number in numbers) and "（有效）" in output and "撤销" in output


def test_a_workbook_that_libreoffice_saved_anew_is_known_all_the_same(office: Office, tmp_path: Path) -> None:
    need("soffice", "it saves the workbook as a clerk's program would")
    path = published(office, office.night(BEFORE))
    mine = filled(path, tmp_path / "mine" / "a.xlsx", everything(office))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "again"), str(mine)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    office.send(tmp_path / "again" / "a.xlsx", name="又存一次.xlsx")
    night = office.night(DUE)
    assert [each.what for each in night.decisions] == ["waive", "place", "extend"] and night.declined == []
    assert standing(night, office.codes[2]).due == LATER


def test_dropped_twice_it_decides_nothing_twice(office: Office) -> None:
    path = published(office, office.night(BEFORE))
    mine = filled(path, office.root / "kept" / "a.xlsx", everything(office))
    office.send(mine)
    office.night(DUE)
    decided = events(office)
    office.send(mine, name="副本.xlsx")
    night = office.night(DUE + NEXT)
    assert [(each.rule, each.file) for each in night.repeated] == [("F07", "副本.xlsx")] and events(office) == decided
    filled(path, office.root / "inbox" / "b.xlsx", everything(office), saved="另存")  # the same in other bytes
    night = office.night(DUE + 2 * NEXT)
    assert [each.what for each in night.decisions] == ["waive", "place", "extend"]
    assert (
        len(night.declined) == 3 and "已豁免" in night.declined[0].says and "已归给" in night.declined[1].says
    ) or night.declined
    assert night.repeated == []


def test_rows_that_cannot_be_accepted_are_told_one_by_one_and_the_others_are_taken(office: Office) -> None:
    path, (first, second, third) = published(office, office.night(BEFORE)), office.codes
    rows = {
        f"{first} 差错": {"决定": "豁免", **BY},  # no reason
        "文件": {"决定": "归给单位", **SIGNED},  # to whom?
        second: {"决定": "延期", "延期到": "下周", **SIGNED},
        third: {"决定": "免报", **SIGNED},
    }
    filled(path, office.root / "inbox" / "a.xlsx", rows)
    night = office.night(DUE)
    places = rows_of(path)
    says = {each.row: each.says for each in night.declined}
    assert set(says) == {places[f"{first} 差错"], places["文件"], places[second]}
    assert "没有填“原因”" in says[places[f"{first} 差错"]] and first in says[places[f"{first} 差错"]]
    assert "归给" in says[places["文件"]] and "不是日期" in says[places[second]]
    assert standing(night, third).status is Status.EXCUSED and standing(night, first).status is Status.HELD
    page = (office.root / "outbox" / night.folder / "校验报告.html").read_text("utf-8")
    listed = read(office.root / "outbox" / night.folder / "校验差错清单.xlsx", "处理决定")
    for row, said in says.items():
        assert f"第 {row} 行" in page and said in page and any(said in row for row in listed)
    again = office.night(DUE)
    assert not again.is_new and again.declined == night.declined
    assert office.night(DUE + NEXT).declined == []  # told once
    ready = rows_of(published(office, again))
    assert {f"{first} 差错", "文件", second} <= set(ready) and third not in ready


def test_what_is_decided_too_late_or_for_another_value_is_told(office: Office) -> None:
    path, (first, _, third) = published(office, office.night(BEFORE)), office.codes
    rows = {f"{first} 差错": {"决定": "豁免", **SIGNED}, third: {"决定": "延期", "延期到": "2011-04-05", **SIGNED}}
    mine = filled(path, office.root / "kept" / "a.xlsx", rows)
    office.send(office.late_work(office.sent[0], "worse.xlsx", days=2))
    office.night(DUE)
    office.send(mine)
    night = office.night(DUE + NEXT)
    assert sorted("已改填" in each.says or "已过" in each.says for each in night.declined) == [True, True]
    assert night.decisions == [] and standing(night, third).days_late == 1


def test_a_workbook_that_says_nothing_or_whose_rows_are_not_ours_is_told(office: Office) -> None:
    path = published(office, office.night(BEFORE))
    office.send(path, name="没填.xlsx")
    night = office.night(DUE)
    assert [(each.row, "没有读到填写的决定" in each.says) for each in night.declined] == [(0, True)]
    book = openpyxl.load_workbook(path)
    sheet = book["处理决定"]
    for row, key in zip(rows_of(path).values(), ("error 2011-03", "team 2099-01 ZF001", "file x", None), strict=False):
        sheet.cell(row, sheet.max_column).value = key
        for column, value in zip((4, 8, 9), ("免报", "王主任", "同意"), strict=True):
            sheet.cell(row, column).value = value
    book.save(office.root / "inbox" / "改过.xlsx")
    night = office.night(DUE)
    assert len(night.declined) == 5 and night.decisions == [] and night.unplaced
    assert any("2099-01" in each.says for each in night.declined)


def test_a_workbook_that_somebody_else_made_decides_nothing(office: Office) -> None:
    path = published(office, office.night(BEFORE))
    book = openpyxl.load_workbook(filled(path, office.root / "kept" / "a.xlsx", everything(office)))
    book["_meta"]["B2"].value = "0" * 64  # who has never seen the night's page cannot know what stands there
    book.save(office.root / "inbox" / "处理决定.xlsx")
    night = office.night(DUE)
    (told,) = night.declined
    assert told.row == 0 and "不是本活动文件夹发出的" in told.says and night.decisions == []
    assert standing(night, office.codes[0]).status is Status.HELD and len(night.unplaced) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(1, 8))
def test_a_power_cut_while_it_is_heard_loses_no_decision_and_takes_none_twice(
    office: Office, monkeypatch: pytest.MonkeyPatch, number: int, after: bool
) -> None:
    path = published(office, office.night(BEFORE))
    rows = everything(office) | {office.codes[1]: {"决定": "免报", **BY}}
    filled(path, office.root / "inbox" / "a.xlsx", rows)
    whole = office.root.with_name("whole")
    shutil.copytree(office.root, whole)
    with monkeypatch.context() as patch:
        stop_at(patch, (Ledger, "record"), number, after)
        with pytest.raises(PowerCutError):
            office.night(DUE)
    night = office.night(DUE)
    cut = events(office)
    office.root = whole
    undisturbed = office.night(DUE)
    assert cut == events(office) and len(cut) == 4
    assert [(e.number, e.what, e.team) for e in night.decisions] == [
        (e.number, e.what, e.team) for e in undisturbed.decisions
    ]
    assert night.declined == undisturbed.declined and night.returns() == undisturbed.returns()
