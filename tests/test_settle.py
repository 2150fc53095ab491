"""Who stands where, what is open, what is closed: whole nights with few teams, one after the other."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from pathlib import Path

import openpyxl
import pytest
from builders import cells_of, columns, damage, sheet_of
from conftest import DUE
from old_ledgers import MIGRATIONS

from pipeline.campaign import load
from pipeline.demo import make_district
from pipeline.model import Finding, FindingState, Standing, Status
from pipeline.night import Night
from pipeline.run import run

NEXT = dt.timedelta(days=1)


@pytest.fixture
def few(workspace: Path) -> Path:
    """A campaign folder with the right returns of three teams in its inbox."""
    campaign = load(workspace)
    make_district(campaign, campaign.periods[0], workspace / "inbox", clean=True, teams=3)
    return workspace


def returns(root: Path) -> list[Path]:
    return sorted((root / "inbox").glob("*.xlsx"))


def write(path: Path, ref: str, value: object, root: Path, which: int = 0) -> str:
    """Change one filled cell of a column; gives its address."""
    column = columns(load(root))[ref]
    cells: list[str] = []

    def change(book) -> None:  # type: ignore[no-untyped-def]
        cells.append(cells_of(book, column)[which])
        sheet_of(book, column)[cells[0]] = value

    damage(path, change)
    return cells[0]


def standing(night: Night, file: str) -> Standing:
    return next(s for s in night.standings if s.latest is not None and s.latest.file.endswith(file))


def test_an_earlier_accepted_return_counts_on_while_the_latest_is_held(few: Path) -> None:
    path = returns(few)[0]
    again = path.read_bytes()
    first = run(few, DUE, workers=1)
    path.write_bytes(again)
    write(path, "visits.persons", "约30", few)
    second = run(few, DUE + NEXT, workers=1)
    held = standing(second, path.name)
    assert held.status is Status.HELD and held.counts_earlier and held.versions == 2
    assert second.consolidation.totals["people_visited"].value == first.consolidation.totals["people_visited"].value
    assert second.returns()["held"] == 1 and second.consolidation.totals["people_visited"].reported == 3


def test_a_finding_is_closed_when_it_is_mended_and_reopened_when_it_comes_back(few: Path) -> None:
    path = returns(few)[0]
    right = path.read_bytes()
    write(path, "visits.persons", "约30", few)
    wrong = path.read_bytes()
    first = run(few, DUE, workers=1)
    (finding,) = [f for f in first.findings if f.rule == "N01"]
    assert finding.state is FindingState.OPEN and finding.first_seen == DUE

    path.write_bytes(right)
    second = run(few, DUE + NEXT, workers=1)
    assert finding.key in {f.key for f in second.closed}
    assert standing(second, path.name).status is Status.ACCEPTED

    path.write_bytes(wrong + b"")
    damage(path, lambda book: book.properties.__setattr__("title", "again"))  # the same figures in other bytes
    third = run(few, DUE + 2 * NEXT, workers=1)
    (back,) = [f for f in third.findings if f.key == finding.key]
    assert back.state is FindingState.REOPENED and back.first_seen == DUE


def visit(path: Path, root: Path, persons: int, to: Path | None = None) -> None:
    """Let a team have met so many people on its first visit, and everything that adds them up agree."""
    refs = columns(load(root))

    def change(book) -> None:  # type: ignore[no-untyped-def]
        column = refs["visits.persons"]
        sheet, cell = sheet_of(book, column), cells_of(book, column)[0]
        more = persons - sheet[cell].value
        sheet[cell] = persons
        total = sheet_of(book, refs["summary.people_visited"])
        for each in cells_of(book, refs["summary.people_visited"]):
            total[each] = total[each].value + more
        top = sheet.cell(row=sheet[cell].row - 1, column=sheet[cell].column)
        top.value = top.value + more

    damage(path, change, to)


def answer(path: Path, root: Path, key: str, text: str, to: Path) -> None:
    """Write an explanation beside the query of that key."""
    column = columns(load(root))["explanations.answer"]

    def change(book) -> None:  # type: ignore[no-untyped-def]
        sheet = sheet_of(book, column)
        (row,) = [cell.row for row in sheet.iter_rows() for cell in row if cell.value == key]
        sheet.cell(row=row, column=4).value = text

    damage(path, change, to)


def only(night: Night, rule: str) -> Finding:
    (finding,) = [finding for finding in night.findings if finding.rule == rule]
    return finding


@pytest.mark.parametrize(
    ("text", "state"), [("属实", FindingState.OPEN), ("3月12日村民大会，全村到会", FindingState.EXPLAINED)]
)
def test_a_query_is_explained_by_an_answer_with_content(few: Path, text: str, state: FindingState) -> None:
    path = returns(few)[0]
    visit(path, few, 61)
    first = run(few, DUE, workers=1)
    assert standing(first, path.name).is_queried and first.returns()["queried"] == 1
    correction = next((few / "outbox" / DUE.isoformat() / "退改").glob("*.xlsx"))
    answer(correction, few, only(first, "V12").key, text, few / "inbox" / "answer.xlsx")
    second = run(few, DUE + NEXT, workers=1)
    assert only(second, "V12").state is state
    assert {f.rule for f in second.findings if f.rule == "J01"} == ({"J01"} if state is FindingState.OPEN else set())


def test_an_explanation_is_about_the_figure_it_was_given_for(few: Path) -> None:
    path, inbox = returns(few)[0], few / "inbox"
    visit(path, few, 61)
    asked = run(few, DUE, workers=1)
    correction = next((few / "outbox" / DUE.isoformat() / "退改").glob("*.xlsx"))
    answer(correction, few, only(asked, "V12").key, "3月12日村民大会，全村到会", few / "answered.xlsx")
    shutil.copy(few / "answered.xlsx", inbox / "answered.xlsx")
    assert only(run(few, DUE + NEXT, workers=1), "V12").state is FindingState.EXPLAINED

    visit(few / "answered.xlsx", few, 161, inbox / "more.xlsx")  # the old words stay beside it
    changed = run(few, DUE + 2 * NEXT, workers=1)
    assert only(changed, "V12").state.is_open and standing(changed, "more.xlsx").is_queried
    assert "“61”" in only(changed, "J02").message and "“161”" in only(changed, "J02").message

    correction = next((few / "outbox" / (DUE + 2 * NEXT).isoformat() / "退改").glob("*.xlsx"))
    answer(correction, few, only(asked, "V12").key, "3月12日和13日两次村民大会", inbox / "again.xlsx")
    settled = run(few, DUE + 3 * NEXT, workers=1)
    assert only(settled, "V12").state is FindingState.EXPLAINED
    assert not [f for f in settled.findings if f.rule == "J02"]

    visit(few / "answered.xlsx", few, 61, inbox / "back.xlsx")  # what was explained once stays explained
    damage(inbox / "back.xlsx", lambda book: book.properties.__setattr__("title", "back"))
    back = run(few, DUE + 4 * NEXT, workers=1)
    assert only(back, "V12").state is FindingState.EXPLAINED


def test_an_answer_beside_a_cell_that_cannot_be_read_is_about_what_was_asked(few: Path) -> None:
    path, inbox = returns(few)[0], few / "inbox"
    visit(path, few, 61)
    asked = run(few, DUE, workers=1)
    correction = next((few / "outbox" / DUE.isoformat() / "退改").glob("*.xlsx"))
    answer(correction, few, only(asked, "V12").key, "3月12日村民大会，全村到会", few / "answered.xlsx")
    shutil.copy(few / "answered.xlsx", inbox / "unreadable.xlsx")
    write(inbox / "unreadable.xlsx", "visits.persons", "约61", few)
    assert not [f for f in run(few, DUE + NEXT, workers=1).findings if f.rule == "V12"]
    shutil.copy(few / "answered.xlsx", inbox / "mended.xlsx")
    assert only(run(few, DUE + 2 * NEXT, workers=1), "V12").state is FindingState.EXPLAINED
    visit(few / "answered.xlsx", few, 161, inbox / "more.xlsx")
    more = run(few, DUE + 3 * NEXT, workers=1)
    assert only(more, "V12").state.is_open and "“61”" in only(more, "J02").message


def test_queries_hold_where_the_office_says_so(few: Path) -> None:
    settings = few / "schemas" / "campaign.toml"
    settings.write_text(settings.read_text("utf-8").replace("queries_hold = false", "queries_hold = true"), "utf-8")
    limits = settings.read_text("utf-8").replace("usual = 60", "usual = 1")
    settings.write_text(limits, "utf-8")
    night = run(few, DUE, workers=1)
    assert night.returns()["accepted"] == 0 and night.returns()["held"] == 3
    assert {f.rule for f in night.findings} == {"V12"}


def test_missing_is_not_zero_and_late_is_counted_in_days(few: Path) -> None:
    late = returns(few)[0]
    (few / "inbox" / "2011-04-03").mkdir()
    late.rename(few / "inbox" / "2011-04-03" / late.name)
    night = run(few, DUE + 3 * NEXT, workers=1)
    assert [
        (s.days_late, s.is_late) for s in night.standings if s.latest and s.latest.file.startswith("2011-04-03")
    ] == [(3, True)]
    assert night.returns()["missing"] == 184
    assert {s.days_late for s in night.standings if s.status is Status.MISSING} == {3}
    assert night.consolidation.totals["people_visited"].reported == 3
    missing = next(s.team.code for s in night.standings if s.status is Status.MISSING)
    assert missing not in night.consolidation.by_team and missing not in night.consolidation.as_read


def test_a_team_that_leaves_the_register_is_named_and_not_counted(few: Path) -> None:
    first = run(few, DUE, workers=1)
    gone = next(s for s in first.standings if s.latest is not None)
    register = few / "schemas" / "teams.csv"
    lines = [line for line in register.read_text("utf-8").splitlines() if not line.startswith(gone.team.code)]
    register.write_text("\n".join(lines) + "\n", "utf-8")
    second = run(few, DUE + NEXT, workers=1)
    assert len(second.standings) == 186
    assert second.consolidation.totals["cadres"].reported == 2
    assert [each.rule for each in second.unplaced] == ["I03"]


def test_a_team_that_gets_another_code_keeps_its_return(few: Path) -> None:
    first = run(few, DUE, workers=1)
    moved = next(s for s in first.standings if s.latest is not None)
    register = few / "schemas" / "teams.csv"
    lines = register.read_text("utf-8").splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith(f"{moved.team.code},"))
    cells = lines[at].split(",")
    cells[0], cells[7] = "NEW01", ";".join(filter(None, [cells[7], moved.team.code]))
    lines[at] = ",".join(cells)
    register.write_text("\n".join(lines) + "\n", "utf-8")
    second = run(few, DUE + NEXT, workers=1)
    assert second.unplaced == []
    assert next(s for s in second.standings if s.team.code == "NEW01").counted is not None
    assert second.consolidation.totals["cadres"].value == first.consolidation.totals["cadres"].value


def test_totals_given_out_before_stand_beside_tonights(few: Path) -> None:
    march, april = load(few).periods[:2]
    path, other = returns(few)[0], returns(few)[1]
    late = other.read_bytes()
    other.unlink()
    right = path.read_bytes()
    first = run(few, DUE, workers=1)
    assert (first.last_night, first.last_period) == (None, None)
    other.write_bytes(late)
    path.write_bytes(right)
    visit(path, few, 55)
    second = run(few, DUE + NEXT, workers=1)
    again = run(few, DUE + NEXT, workers=1)
    assert second.last_night == again.last_night and not again.is_new
    assert second.last_night and second.last_night.as_of == DUE
    assert second.last_night.values == {
        key: (total.value, total.reported) for key, total in first.consolidation.totals.items()
    }
    book = openpyxl.load_workbook(few / "outbox" / (DUE + NEXT).isoformat() / "汇总表.xlsx", data_only=True)
    lines = {row[0]: row for row in book["增减"].iter_rows(values_only=True)}
    then, now = first.consolidation.totals["people_visited"], second.consolidation.totals["people_visited"]
    assert (then.reported, now.reported) == (2, 3) and then.value != now.value
    assert lines[now.title][2:7] == (now.value, 3, then.value, 2, now.value - then.value)
    assert lines[now.title][7:10] == (None, None, None)

    third = run(few, april.due, april.key, workers=1)
    assert third.last_night is None
    assert third.last_period and (third.last_period.period, third.last_period.as_of) == (march, DUE + NEXT)
    assert third.last_period.values["people_visited"] == (now.value, 3)


def test_a_ledger_of_the_first_version_is_brought_up_to_date(few: Path) -> None:
    path = few / "archive" / "ledger.db"
    path.parent.mkdir()
    old = sqlite3.connect(path)
    old.executescript(f"BEGIN; {MIGRATIONS[0]}; PRAGMA user_version = 1; COMMIT;")
    old.execute("INSERT INTO night VALUES ('2011-03', ?, 'x')", ((DUE - NEXT).isoformat(),))
    old.commit()
    old.close()
    night = run(few, DUE, workers=1)
    assert night.last_night is None and night.returns()["accepted"] == 3
    assert run(few, DUE + NEXT, workers=1).last_night
