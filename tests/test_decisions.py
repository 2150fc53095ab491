"""What a person decides with a name and a reason: what it changes, when it is refused, and how it is taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builders import cells_of, columns, sheet_of
from conftest import DUE
from deciding import FIXED, NEXT, RULE, Office, anonymous, only, read, standing, total
from openpyxl.workbook import Workbook

from pipeline.decide import annul_night
from pipeline.ledger import NAME, Ledger
from pipeline.ledger.audit import rebuild
from pipeline.memory import Decision
from pipeline.model import FindingState, Status
from pipeline.publish.phrases.calls import calls
from pipeline.publish.word.account import account
from pipeline.verify import verify

LATER = DUE + 5 * NEXT


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "workspace")


def decisions(office: Office) -> list[Decision]:
    with Ledger(office.root / "archive" / NAME) as ledger:
        return ledger.decisions()


def number_of(office: Office) -> int:
    """Give the number of the last decision."""
    return decisions(office)[-1].number


def agrees(office: Office) -> None:
    """The ledger made anew is the same, and all that was published follows from the archive."""
    result = verify(office.root)
    assert (result.faults, result.notes) == ([], [])
    ledger = office.root / "archive" / NAME
    before = decisions(office), ledger.read_bytes()
    ledger.unlink()
    rebuild(ledger)
    assert decisions(office) == before[0]
    result = verify(office.root)
    assert (result.faults, result.notes) == ([], [])


# -- 豁免


def test_a_waived_error_holds_nobody_and_says_so(office: Office) -> None:
    first, *others = office.sent
    office.send(office.late_work(first, "wrong.xlsx"), *others)
    held = office.night()
    assert standing(held, office.codes[0]).status is Status.HELD and total(held)[1] == 2
    said = office.decide("waive", office.codes[0], RULE, only(held, RULE).cell)
    assert "号决定" in said and only(held, RULE).cell in said
    night = office.night(DUE + NEXT)
    passed = standing(night, office.codes[0])
    assert (passed.status, passed.errors, passed.counted) == (Status.ACCEPTED, 0, passed.latest)
    assert only(night, RULE).state is FindingState.WAIVED and total(night)[1] == 3
    assert not (office.root / "outbox" / night.folder / "退改").exists()
    again, much_later = office.night(DUE + NEXT), office.night(DUE + 2 * NEXT)
    assert not again.is_new
    assert [only(each, RULE).severity.value for each in (night, again, much_later)] == ["error"] * 3
    assert only(much_later, RULE).state is FindingState.WAIVED and not much_later.closed
    agrees(office)


def test_a_waiver_is_for_the_value_for_which_it_was_given(office: Office) -> None:
    first = office.sent[0]
    office.send(office.late_work(first, "wrong.xlsx"))
    office.night()
    office.decide("waive", office.codes[0], RULE)
    accepted = standing(office.night(DUE + NEXT), office.codes[0])
    office.send(office.late_work(first, "worse.xlsx", days=2))
    night = office.night(DUE + 2 * NEXT)
    held = standing(night, office.codes[0])
    assert held.status is Status.HELD and held.counted == accepted.counted and held.counts_earlier
    assert only(night, RULE).state in (FindingState.REOPENED, FindingState.OPEN)
    office.send(office.late_work(first, "wrong.xlsx"))  # what was waived is waived whenever it comes
    night = office.night(DUE + 3 * NEXT)
    assert standing(night, office.codes[0]).status is Status.ACCEPTED
    assert only(night, RULE).state is FindingState.WAIVED
    office.send(first)
    night = office.night(DUE + 4 * NEXT)
    assert [each.rule for each in night.closed] == [RULE] and standing(night, office.codes[0]).errors == 0


def test_a_waiver_lets_one_cell_pass_and_no_other(office: Office) -> None:
    refs = columns(office.campaign)

    def two(book: Workbook) -> None:
        for cell, begun in zip(
            cells_of(book, refs["work.due_on"]), cells_of(book, refs["work.started_on"]), strict=True
        ):
            sheet = sheet_of(book, refs["work.due_on"])
            sheet[cell] = sheet[begun].value - NEXT

    office.send(office.changed(office.sent[0], two, "two.xlsx"))
    found = [each for each in office.night().findings if each.rule == RULE]
    assert len(found) > 1
    office.decide("waive", office.codes[0], RULE, found[0].cell)
    night = office.night(DUE + NEXT)
    states = {each.cell: each.state for each in night.findings if each.rule == RULE}
    assert states.pop(found[0].cell) is FindingState.WAIVED and set(states.values()) == {FindingState.OPEN}
    assert standing(night, office.codes[0]).status is Status.HELD
    assert "已豁免" in office.refused("waive", office.codes[0], RULE, f"{found[0].sheet}!{found[0].cell}")


def test_what_cannot_be_waived_is_refused_in_a_sentence(office: Office) -> None:
    refs = columns(office.campaign)

    def wrong(book: Workbook) -> None:
        sheet_of(book, refs["visits.persons"])[cells_of(book, refs["visits.persons"])[0]] = "约30"
        sheet_of(book, refs["work.done_on"])[cells_of(book, refs["work.done_on"])[0]] = None

    code = office.codes[0]
    office.send(office.changed(office.sent[0], wrong, "wrong.xlsx"))
    night = office.night()
    assert {"N01", FIXED} <= {each.rule for each in night.findings}
    assert "通用审核，不能豁免" in office.refused("waive", code, "N01")
    assert "没有规定可以豁免" in office.refused("waive", code, FIXED)
    assert "不是错误" in office.refused("waive", code, "V12")
    assert "没有规则“ZZ9”" in office.refused("waive", code, "ZZ9")
    assert "没有规则 G01 的未整改错误" in office.refused("waive", code, RULE)
    assert "没有编码“NOBODY”" in office.refused("waive", "NOBODY", RULE)
    office.send(office.late_work(office.sent[1], "late.xlsx"))
    late = office.night(DUE + NEXT)
    assert "没有规则 G01 的未整改错误" in office.refused("waive", office.codes[1], RULE, "ZZ99")
    office.decide("waive", office.codes[1], RULE, only(late, RULE).cell)
    assert "已豁免" in office.refused("waive", office.codes[1], RULE)


def test_a_revoked_waiver_holds_the_return_again_and_the_one_before_counts(office: Office) -> None:
    first, code = office.sent[0], office.codes[0]
    office.send(first)
    before = office.night()
    office.send(office.late_work(first, "wrong.xlsx"))
    office.night(DUE + NEXT)
    office.decide("waive", code, RULE)
    waiver = number_of(office)
    assert standing(office.night(DUE + 2 * NEXT), code).status is Status.ACCEPTED
    office.decide("revoke", waiver)
    night = office.night(DUE + 3 * NEXT)
    held = standing(night, code)
    assert (held.status, held.errors) == (Status.HELD, 1)
    assert held.counted == standing(before, code).counted and total(night) == total(before)
    assert only(night, RULE).state is FindingState.REOPENED
    assert f"已由第 {number_of(office)} 号撤销" in office.refused("revoke", waiver)
    agrees(office)
    office.decide("waive", code, RULE, day=DUE + 3 * NEXT)  # a decision may be taken anew
    assert standing(office.night(DUE + 4 * NEXT), code).counted != held.counted
    agrees(office)


def test_a_waiver_that_is_revoked_takes_away_only_what_was_accepted_by_it(office: Office) -> None:
    first, second, _ = office.codes
    office.send(*(office.late_work(path, f"wrong {path.name}") for path in office.sent[:2]))
    office.night()
    numbers = []
    for code in (first, second):
        office.decide("waive", code, RULE)
        numbers.append(number_of(office))
    office.night(DUE + NEXT)
    office.send(office.sent[0])  # the first has mended it since; the second sends the same error in other bytes
    again = office.changed(office.root / "kept" / f"wrong {office.sent[1].name}", lambda book: None, "again.xlsx")
    office.send(again)
    assert total(office.night(DUE + 2 * NEXT))[1] == 2
    for number in numbers:
        office.decide("revoke", number, day=DUE + 2 * NEXT)
    night = office.night(DUE + 3 * NEXT)
    assert standing(night, first).status is Status.ACCEPTED and total(night)[1] == 1
    assert (standing(night, second).status, standing(night, second).counted) == (Status.HELD, None)
    agrees(office)


# -- 延期


def test_an_extended_team_is_late_only_after_its_own_day(office: Office) -> None:
    first, second, _ = office.codes
    office.night(DUE - NEXT)
    assert str(LATER) in office.decide("extend", first, LATER)
    night = office.night(LATER)
    missing = {code: standing(night, code) for code in office.codes}
    assert {each.status for each in missing.values()} == {Status.MISSING}
    assert [missing[code].days_late for code in office.codes] == [0, 5, 5]
    assert (missing[first].due, missing[second].due) == (LATER, None)
    office.send(*office.sent, folder=LATER.isoformat())
    night = office.night(LATER + 2 * NEXT)
    assert [(standing(night, code).days_late, standing(night, code).is_late) for code in office.codes] == [
        (0, False), (5, True), (5, True),
    ]  # fmt: skip
    assert night.returns()["late"] == 2 and total(night)[1:] == (3, 6)
    agrees(office)


def test_a_team_that_misses_its_extended_day_is_late_from_there(office: Office) -> None:
    office.decide("extend", office.codes[0], LATER)
    assert standing(office.night(LATER + 2 * NEXT), office.codes[0]).days_late == 2


def test_an_extension_is_recorded_before_the_fact_or_not_at_all(office: Office) -> None:
    first, second, third = office.codes
    office.night(DUE)
    assert "已过" in office.refused("extend", first, LATER, day=DUE + NEXT)
    office.decide("extend", first, DUE + 2 * NEXT, day=DUE)
    assert "已是" in office.refused("extend", first, DUE + 2 * NEXT, day=DUE + NEXT)
    office.decide("extend", first, LATER, day=DUE + 2 * NEXT)  # once more, on its own last day
    assert standing(office.night(LATER), first).days_late == 0
    assert "不能按更早的日期" in office.refused("extend", second, LATER, day=DUE)
    assert "不是日期" in str(office.give("extend", first, "四月五日").exception)
    assert "已过" in office.refused("extend", third, LATER + NEXT, day=LATER)


def test_an_extension_of_a_team_that_has_reported_is_refused(office: Office) -> None:
    office.send(office.sent[0])
    office.night(DUE)
    assert "已收到" in office.refused("extend", office.codes[0], LATER)


def test_a_revoked_extension_lets_the_team_be_late_again(office: Office) -> None:
    office.decide("extend", office.codes[0], LATER)
    assert standing(office.night(DUE + 3 * NEXT), office.codes[0]).days_late == 0
    office.decide("revoke", number_of(office), day=DUE + 3 * NEXT)
    assert standing(office.night(DUE + 4 * NEXT), office.codes[0]).days_late == 4


def test_a_team_with_time_left_is_neither_named_nor_told_a_day_that_is_over(office: Office) -> None:
    first, second, _ = office.codes
    for code in (first, second):
        office.decide("extend", code, LATER)
    refs = columns(office.campaign)

    def wrong(book: Workbook) -> None:
        sheet_of(book, refs["visits.persons"])[cells_of(book, refs["visits.persons"])[0]] = "约30"

    office.send(office.changed(office.sent[1], wrong, "wrong.xlsx"))
    night = office.night(DUE + NEXT)
    said = account(night)
    assert (said["应报"], said["实报"], said["未报数"], said["延期数"]) == (6, 1, 4, 1)
    name = office.campaign.by_code[first].name
    assert name not in [each["名称"] for each in (*said["未报"], *said["依据"])]
    assert next(each["报送"] for each in said["名单"] if each["名称"] == name) == "延期"
    call = next(each for each in calls(night) if each.standing.team.code == first)
    assert "截止日为4月5日" in call.message and "逾期" not in call.message
    slip = next((office.root / "outbox" / night.folder / "退改").glob(f"{second}*"))
    assert "4月5日" in " ".join(str(cell) for row in read(slip, "退改单") for cell in row)
    over = account(office.night(LATER + NEXT))
    assert (over["未报数"], over["延期数"]) == (5, 0)
    (told,) = [each["凭据"] for each in over["依据"] if (each["名称"], each["事项"]) == (name, "未报")]
    assert "报送期限为2011年4月5日" in told[0]


# -- 免报


def test_an_excused_team_is_neither_missing_nor_expected(office: Office) -> None:
    office.send(*office.sent[1:])
    before = office.night(DUE + NEXT)
    office.decide("excuse", office.codes[0], day=DUE + NEXT)
    night = office.night(DUE + 2 * NEXT)
    assert standing(night, office.codes[0]).status is Status.EXCUSED
    assert (before.returns()["missing"], night.returns()["missing"]) == (4, 3)
    assert (total(before)[2], total(night)[2], night.returns()["excused"]) == (6, 5, 1)
    run = json.loads((office.root / "outbox" / night.folder / "run.json").read_text("utf-8"))
    assert run["totals"]["people_visited"]["expected"] == 5 and run["decisions"]["excuse"] == 1
    agrees(office)


def test_an_excused_team_that_reports_all_the_same_counts_and_is_not_late(office: Office) -> None:
    office.decide("excuse", office.codes[0])
    office.send(office.sent[0])
    night = office.night(LATER)
    came = standing(night, office.codes[0])
    assert (came.status, came.days_late) == (Status.ACCEPTED, 0) and total(night)[1:] == (1, 6)


def test_decisions_that_repeat_or_contradict_each_other_are_refused(office: Office) -> None:
    first, second, third = office.codes
    office.decide("excuse", first)
    number = number_of(office)
    assert f"huizong revoke {number}" in office.refused("excuse", first)
    assert "已定为免报" in office.refused("extend", first, LATER)
    office.decide("extend", second, LATER)
    assert "已准予延期" in office.refused("excuse", second)
    office.send(office.sent[2])
    office.night()
    assert "已收到" in office.refused("excuse", third)
    office.decide("revoke", number)
    office.decide("extend", first, LATER)
    assert "没有第 99999 号决定" in office.refused("revoke", 99999)
    assert "本身就是撤销" in office.refused("revoke", number_of(office) - 1)
    assert [each.what for each in decisions(office)] == ["excuse", "extend", "revoke", "extend"]


# -- 归给单位


def test_a_file_that_nobody_claims_is_read_as_the_team_s_that_the_office_names(office: Office) -> None:
    office.send(anonymous(office, office.sent[0], "报表.xlsx", says="三队"))
    waits = office.night()
    assert [each.rule for each in waits.unplaced] == ["I03"] and total(waits)[1] == 0
    assert "3月" in office.decide("place", "报表.xlsx", office.codes[0])
    night = office.night(DUE + NEXT)
    assert night.unplaced == [] and standing(night, office.codes[0]).status is Status.ACCEPTED
    assert standing(night, office.codes[0]).days_late == 0 and total(night)[1] == 1
    assert office.codes[0] not in office.refused("place", "报表.xlsx", office.codes[1])
    agrees(office)


def test_a_file_that_says_nothing_is_placed_by_its_hash_and_checked_like_any(office: Office) -> None:
    office.send(anonymous(office, office.sent[0], "a.xlsx"))
    waits = office.night()
    assert [each.rule for each in waits.unplaced] == ["I01"]
    with Ledger(office.root / "archive" / NAME) as ledger:
        (receipt,) = ledger.receipts()
    office.decide("place", receipt.sha256[:12], office.codes[0])
    night = office.night(DUE + NEXT)
    assert standing(night, office.codes[0]).status is Status.HELD  # its cover is still to be filled in
    assert {each.rule for each in night.findings if each.team == office.codes[0]} == {"R01"}


def test_between_two_teams_that_a_file_names_the_office_decides_and_for_no_third(office: Office) -> None:
    office.send(office.sent[0], name=f"{office.codes[1]}.xlsx")
    waits = office.night()
    assert [each.rule for each in waits.unplaced] == ["I02"]
    said = office.refused("place", f"{office.codes[1]}.xlsx", office.codes[2])
    assert "处理决定为" in said and "互相矛盾" in said
    office.decide("place", f"{office.codes[1]}.xlsx", office.codes[0])
    night = office.night(DUE + NEXT)
    assert night.unplaced == [] and standing(night, office.codes[0]).counted is not None
    assert standing(night, office.codes[1]).latest is None


def test_what_cannot_be_placed_is_refused_in_a_sentence(office: Office) -> None:
    office.send(office.sent[0])
    office.send(anonymous(office, office.sent[1], "期.xlsx", period=False))
    (office.root / "inbox" / "通知.xlsx").write_bytes(b"not a workbook")
    office.night()
    assert "没有等待认领的文件" in office.refused("place", "别的.xlsx", office.codes[1])
    assert "已认作" in office.refused("place", office.sent[0].name, office.codes[1])
    assert "不是电子表格" in office.refused("place", "通知.xlsx", office.codes[1])
    assert "报告期" in office.refused("place", "期.xlsx", office.codes[1])
    office.decide("place", "期.xlsx", office.codes[1], "--period", "2011-03")
    assert "已归给" in office.refused("place", "期.xlsx", office.codes[1], "--period", "2011-03")
    assert "huizong revoke" in office.refused("place", "期.xlsx", office.codes[2], "--period", "2011-03")
    placed = standing(office.night(DUE + NEXT), office.codes[1])
    assert placed.latest is not None and placed.latest.file == "期.xlsx"


def test_a_file_whose_placing_is_revoked_waits_again_and_no_longer_counts(office: Office) -> None:
    office.send(anonymous(office, office.sent[0], "报表.xlsx", says="三队"))
    office.night()
    office.decide("place", "报表.xlsx", office.codes[0])
    placed = number_of(office)
    assert total(office.night(DUE + NEXT))[1] == 1
    office.decide("revoke", placed)
    night = office.night(DUE + 2 * NEXT)
    assert [each.rule for each in night.unplaced] == ["I03"] and total(night)[1] == 0
    assert standing(night, office.codes[0]).status is Status.MISSING
    agrees(office)
    office.decide("place", "报表.xlsx", office.codes[0], day=DUE + 2 * NEXT)
    assert total(office.night(DUE + 3 * NEXT))[1] == 1
    agrees(office)


# -- 撤销不予采用, 撤销运行


def test_a_revoked_withdrawal_counts_again_what_counted_before(office: Office) -> None:
    first, code = office.sent[0], office.codes[0]
    office.send(first)
    before = office.night()
    office.decide("withdraw", code)
    office.send(office.late_work(first, "wrong.xlsx"))
    without = office.night(DUE + NEXT)
    assert standing(without, code).counted is None
    office.decide("revoke", number_of(office))
    night = office.night(DUE + 2 * NEXT)
    assert standing(night, code).counted == standing(before, code).counted and standing(night, code).counts_earlier
    assert total(night) == total(before)
    agrees(office)


def test_an_annulled_night_leaves_what_people_decided(office: Office) -> None:
    first, second, third = office.codes
    office.send(office.late_work(office.sent[0], "wrong.xlsx"))
    office.night()
    office.decide("waive", first, RULE)
    office.decide("excuse", second)
    office.decide("extend", third, LATER)
    told = decisions(office)
    before = office.night(DUE + NEXT)
    annul_night(office.root, "王主任", "日期写错")
    assert decisions(office) == told
    night = office.night(DUE + 2 * NEXT)
    assert [standing(night, code).status for code in office.codes] == [
        Status.ACCEPTED, Status.EXCUSED, Status.MISSING,
    ]  # fmt: skip
    assert (total(night), standing(night, third).days_late) == (total(before), 0)
    agrees(office)


def test_a_sender_who_is_spoken_to_in_english_reads_nothing_of_what_was_decided(office: Office) -> None:
    settings = office.root / "schemas" / "campaign.toml"
    settings.write_text(settings.read_text("utf-8").replace("[campaign]", '[campaign]\nlanguage = "en"', 1), "utf-8")
    refs = columns(office.campaign)
    path = office.late_work(office.sent[0], "late.xlsx")

    def wrong(book: Workbook) -> None:
        sheet_of(book, refs["visits.persons"])[cells_of(book, refs["visits.persons"])[0]] = "约30"

    office.send(office.changed(path, wrong, "wrong.xlsx"))
    office.night()
    office.decide("waive", office.codes[0], RULE)
    night = office.night(DUE + NEXT)
    assert only(night, RULE).state is FindingState.WAIVED and standing(night, office.codes[0]).errors == 1
    (slip,) = (office.root / "outbox" / night.folder / "退改").glob("*.xlsx")
    said = " ".join(str(cell) for row in read(slip, "Corrections needed") for cell in row if cell)
    assert "N01" in said and RULE not in said and "豁免" not in said
