"""Whole rows and blocks given twice: inside a return, and in two teams' returns. Real files, whole nights."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from builders import columns, damage, sheet_of
from conftest import DUE
from mess import first_row

from pipeline.campaign import Campaign
from pipeline.check.repeats import repeated
from pipeline.demo import make_district
from pipeline.demo.first_night import right
from pipeline.demo.truth import Rows, copied, frames_of
from pipeline.model import Finding, FindingState, Team
from pipeline.night import Night
from pipeline.publish.filenames import correction_file
from pipeline.publish.form.workbook import Contents, write_form
from pipeline.run import run

NEXT = dt.timedelta(days=1)
SEED = 2011
ANSWER = "两户当天由同一名干部先后走访，各有签到表"
Given = Mapping[Team, Rows]


@pytest.fixture(scope="module")
def given(campaign: Campaign) -> Given:
    """Seven teams' right returns."""
    teams = campaign.register(campaign.periods[0])[:7]
    made = right(campaign, campaign.periods[0], SEED, teams)
    return {team: made[team.code] for team in teams}


def first(given: Given, which: int = 0) -> tuple[Team, Rows]:
    team = list(given)[which]
    return team, copied(given[team])


def followed(campaign: Campaign, rows: Rows) -> Rows:
    """Number the rows of every ledger on, and let every figure that adds one up follow it."""
    for sheet in campaign.form.ledgers:
        for number, row in enumerate(rows[sheet.key()], 1):
            if "serial" in sheet.columns():
                row["serial"] = str(number)
    for name, col in campaign.form.declared.indicators().items():
        if col.equals is not None:
            ledger = col.equals.sheet
            total = col.equals.amounts(ledger.frame(rows[ledger.key()])).sum()
            for record in rows[campaign.form.declared.key()]:
                record[name] = float(total)
    return rows


def send(root: Path, campaign: Campaign, team: Team, rows: Rows, file: str = "") -> None:
    """Put a return into the inbox, its sums following its ledgers."""
    path = root / "inbox" / f"{file or team.code}.xlsx"
    said = Contents(followed(campaign, rows))
    write_form(path, campaign, campaign.periods[0], team, said, saved_at=dt.datetime(2011, 3, 31, 9))


def found(night: Night, *codes: str) -> list[Finding]:
    return [finding for finding in night.findings if finding.rule in (codes or ("U02", "U03"))]


def only(night: Night) -> Finding:
    assert {finding.rule for finding in night.findings} <= {"U02", "U03", "J01", "J02"}
    (finding,) = found(night)
    return finding


def line(campaign: Campaign, key: str, index: int) -> int:
    """Excel row of a ledger's record, from 0."""
    return first_row(campaign.form.sheet(key)) + index + 1


def again(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]


# Inside a return.


def test_a_doubled_row_is_asked_about_though_the_summary_follows(
    workspace: Path, campaign: Campaign, given: Given
) -> None:
    team, rows = first(given)
    rows["visits"][3:3] = again(rows["visits"][2:3])
    send(workspace, campaign, team, rows)
    night = run(workspace, DUE, workers=1)
    query = only(night)
    above, below = line(campaign, "visits", 2), line(campaign, "visits", 3)
    assert (query.rule, query.severity.value, query.cell, query.row) == ("U02", "query", f"B{below}", below)
    assert query.message == (
        f"走访台账 B{below}：第 {below} 行与第 {above} 行内容完全相同（“序号”不计），可能是重复填写。如确为不同的情况，"
        "请在核实说明中写明；否则请删除重复的行，并核对合计和汇总表。〔U02 核实〕"
    )
    assert night.returns()["accepted"] == 1 and night.returns()["queried"] == 1
    correction = openpyxl.load_workbook(workspace / "outbox" / DUE.isoformat() / correction_file(team))
    assert "U02" in correction["走访台账"][query.cell].comment.text


def test_a_block_pasted_below_itself_is_one_question(workspace: Path, campaign: Campaign, given: Given) -> None:
    team, rows = first(given)
    count = len(rows["visits"])
    rows["visits"] += again(rows["visits"])
    send(workspace, campaign, team, rows)
    query = only(run(workspace, DUE, workers=1))
    ends = [line(campaign, "visits", index) for index in (count, 2 * count - 1, 0, count - 1)]
    assert count > 5 and query.says.startswith("第 {} 至 {} 行与第 {} 至 {} 行内容完全相同".format(*ends))
    assert query.row == ends[0] and query.value == f"{count} 行"


def test_a_copied_row_is_one_whatever_its_number(workspace: Path, campaign: Campaign, given: Given) -> None:
    team, rows = first(given)
    rows["problems"] += [{**rows["problems"][0], "code": "W998"}, {**rows["problems"][1], "code": "W999"}]
    send(workspace, campaign, team, rows)
    query = only(run(workspace, DUE, workers=1))
    assert query.rule == "U02" and query.sheet == "问题账" and "（“问题编号”不计）" in query.says
    top = line(campaign, "problems", 0)
    assert f"与第 {top} 至 {top + 1} 行内容" in query.says


def test_what_differs_in_one_cell_is_no_copy(workspace: Path, campaign: Campaign, given: Given) -> None:
    team, rows = first(given)
    day, cell = rows["visits"][0]["visited_on"], rows["work"][0]
    rows["visits"].append({**rows["visits"][0], "visited_on": day + dt.timedelta(days=1)})
    rows["work"].append({**cell, "note": f"{cell.get('note') or ''}第二批"})
    send(workspace, campaign, team, rows)
    assert list(run(workspace, DUE, workers=1).findings) == []


def test_a_row_that_says_next_to_nothing_is_no_copy(workspace: Path, campaign: Campaign, given: Given) -> None:
    team, rows = first(given)
    rows["work"] += [{"item": "待定", "note": "下月"}, {"item": "待定", "note": "下月"}]
    send(workspace, campaign, team, rows)
    night = run(workspace, DUE, workers=1)
    assert found(night) == [] and found(night, "R01")


def test_what_cannot_be_read_is_compared_as_it_was_typed(workspace: Path, campaign: Campaign, given: Given) -> None:
    team, rows = first(given)
    rows["activities"][1]["attendance"] = "约30"
    count, block = len(rows["activities"]), again(rows["activities"][:3])
    rows["activities"] += block
    send(workspace, campaign, team, rows)
    (query,) = found(run(workspace, DUE, workers=1))
    assert query.value == "3 行" and query.row == line(campaign, "activities", count)
    block[1]["attendance"] = "约40"
    send(workspace, campaign, team, rows)
    apart = found(run(workspace, DUE + NEXT, workers=1))
    assert [each.value for each in apart] == ["1 行", "1 行"]


def test_a_moved_or_sorted_row_is_the_same_question(workspace: Path, campaign: Campaign, given: Given) -> None:
    team, rows = first(given)
    rows["visits"] += again(rows["visits"][1:5])
    send(workspace, campaign, team, rows)
    pasted = only(run(workspace, DUE, workers=1))

    moved = copied(rows)
    moved["visits"] = moved["visits"][-4:] + moved["visits"][:-4]
    send(workspace, campaign, team, moved)
    assert only(run(workspace, DUE + NEXT, workers=1)).key == pasted.key

    ordered = copied(rows)
    ordered["visits"] = (
        ordered["visits"][1:5] + ordered["visits"][-4:] + ordered["visits"][:1] + ordered["visits"][5:-4]
    )
    ordered["visits"][:8] = sorted(ordered["visits"][:8], key=lambda row: (row["visited_on"], str(row)), reverse=True)
    send(workspace, campaign, team, ordered)
    query = only(run(workspace, DUE + 2 * NEXT, workers=1))
    top = line(campaign, "visits", 0)
    assert query.key == pasted.key and query.first_seen == DUE
    assert query.says.startswith(f"第 {top + 1}、{top + 3}、{top + 5}、{top + 7} 行与第 {top}、{top + 2}、")


# Questions and answers.


def answered(root: Path, campaign: Campaign, team: Team, query: Finding, night: dt.date, text: str = ANSWER) -> None:
    """Answer a question in the correction workbook and send that back."""
    column = columns(campaign)["explanations.answer"]

    def change(book) -> None:  # type: ignore[no-untyped-def]
        sheet = sheet_of(book, column)
        (row,) = [cell.row for cells in sheet.iter_rows() for cell in cells if cell.value == query.key]
        sheet.cell(row=row, column=4).value = text

    damage(root / "outbox" / night.isoformat() / correction_file(team), change, root / "inbox" / "answer.xlsx")


def test_an_explained_repetition_stays_explained_until_there_is_more_of_it(
    workspace: Path, campaign: Campaign, given: Given
) -> None:
    team, rows = first(given)
    rows["visits"] += again(rows["visits"][2:3])
    send(workspace, campaign, team, rows)
    query = only(run(workspace, DUE, workers=1))
    answered(workspace, campaign, team, query, DUE)
    assert only(run(workspace, DUE + NEXT, workers=1)).state is FindingState.EXPLAINED

    resent = copied(rows)
    resent["visits"].insert(0, {**resent["visits"][0], "persons": resent["visits"][0]["persons"] + 1})
    resent["visits"].insert(0, resent["visits"].pop())
    send(workspace, campaign, team, resent)
    later = only(run(workspace, DUE + 2 * NEXT, workers=1))
    assert later.key == query.key and later.row != query.row and later.state is FindingState.EXPLAINED

    resent["visits"] += again(rows["visits"][2:3])
    send(workspace, campaign, team, resent)
    more = only(run(workspace, DUE + 3 * NEXT, workers=1))
    assert more.key == query.key and more.value == "2 行" and more.state.is_open


def test_what_two_teams_explain_stays_explained(workspace: Path, campaign: Campaign, given: Given) -> None:
    (team, rows), (other, others) = first(given), first(given, 1)
    others["activities"] += again(rows["activities"][:3])
    send(workspace, campaign, team, rows)
    send(workspace, campaign, other, others)
    night = run(workspace, DUE, workers=1)
    mine = {query.team: query for query in found(night)}
    assert set(mine) == {team.code, other.code}
    answered(workspace, campaign, other, mine[other.code], DUE, "三次活动由两个单位共同组织，共用一份签到表")
    states = {each.team: each.state for each in found(run(workspace, DUE + NEXT, workers=1))}
    assert states == {team.code: FindingState.OPEN, other.code: FindingState.EXPLAINED}

    others["activities"].insert(0, others["activities"].pop(1))
    send(workspace, campaign, other, others)
    states = {each.team: each.state for each in found(run(workspace, DUE + 2 * NEXT, workers=1))}
    assert states == {team.code: FindingState.OPEN, other.code: FindingState.EXPLAINED}

    others["activities"] = others["activities"][:-3]
    send(workspace, campaign, other, others)
    night = run(workspace, DUE + 3 * NEXT, workers=1)
    assert list(night.findings) == [] and mine[team.code].key in {each.key for each in night.closed}


# Between teams.


def test_another_team_s_ledgers_under_one_s_own_cover_are_asked_about_on_both_sides(
    workspace: Path, campaign: Campaign, given: Given
) -> None:
    (team, rows), (other, own) = first(given), first(given, 1)
    named = {name for name, col in campaign.form.sheet("cover").columns().items() if col.in_column is not None}
    cover = [own["cover"][0] | {name: rows["cover"][0][name] for name in named}]
    lent = copied(rows) | {"cover": cover}
    for number, row in enumerate(lent["roster"]):
        row["phone"] = str(13_900_000_000 + number)  # one cadre in two teams would be an error
    send(workspace, campaign, team, rows, "原件")
    send(workspace, campaign, other, lent, "套用")
    night = run(workspace, DUE, workers=1)
    assert {finding.rule for finding in night.findings} == {"U03"} and night.returns()["accepted"] == 2
    queries = {(query.team, query.sheet_key): query for query in found(night)}
    for key in ("work", "problems", "visits"):
        sheet, count = campaign.form.sheet(key).title(), len(rows[key])
        place = f"第 {line(campaign, key, 0)} 至 {line(campaign, key, count - 1)} 行"
        for one, two, file in ((team, other, "套用"), (other, team, "原件")):
            query = queries[one.code, key]
            assert query.says.startswith(f"{place}与“{two.name}”报送的“{file}.xlsx”{sheet}{place}内容完全相同（")
            assert query.row == line(campaign, key, 0) and query.cell
    assert not [query for query in found(night) if query.sheet_key == "roster"]


def test_two_rows_that_two_teams_share_are_no_copy(workspace: Path, campaign: Campaign, given: Given) -> None:
    (team, rows), (other, others) = first(given), first(given, 1)
    others["activities"] += again(rows["activities"][:2])
    others["funds"] = [{**row, "source": "后盾单位"} for row in rows["funds"][:3]]
    send(workspace, campaign, team, rows)
    send(workspace, campaign, other, others)
    assert list(run(workspace, DUE, workers=1).findings) == []


def test_only_the_other_team_s_latest_return_is_held_against_one(
    workspace: Path, campaign: Campaign, given: Given
) -> None:
    (team, rows), (other, others) = first(given), first(given, 1)
    send(workspace, campaign, team, others | {"cover": rows["cover"], "roster": rows["roster"]})
    run(workspace, DUE, workers=1)
    send(workspace, campaign, team, rows)
    send(workspace, campaign, other, others)
    assert found(run(workspace, DUE + NEXT, workers=1)) == []


def test_of_many_teams_with_the_same_rows_the_first_is_named(workspace: Path, campaign: Campaign, given: Given) -> None:
    teams = list(given)
    block = given[teams[0]]["activities"][:3]
    for team in teams[1:]:
        rows = copied(given[team])
        rows["activities"] += again(block)
        send(workspace, campaign, team, rows)
    send(workspace, campaign, *first(given))
    queries = {query.team: query for query in found(run(workspace, DUE, workers=1), "U03")}
    assert list(queries) == [team.code for team in teams]
    assert f"“{teams[1].name}”等 6 个单位的报表（如“{teams[1].code}.xlsx”活动台账第 " in queries[teams[0].code].says
    assert f"“{teams[0].name}”等 6 个单位的报表" in queries[teams[6].code].says


# The demonstration.


def test_the_demonstration_has_a_copied_row_that_nothing_else_gives_away(workspace: Path, campaign: Campaign) -> None:
    planted = make_district(campaign, campaign.periods[0], workspace / "inbox", clean=False, teams=30)
    copying = {each.team for each in planted if "U02" in each.rules}
    night = run(workspace, DUE + NEXT, workers=1)
    assert copying and copying == {query.team for query in found(night)}
    assert all({finding.rule for finding in night.of_team(team)} == {"U02"} for team in copying)


def test_a_synthetic_return_repeats_no_row_by_chance(campaign: Campaign) -> None:
    period, seed = campaign.periods[0], 2013  # whose dice throw one row twice
    rows = frames_of(campaign, right(campaign, period, seed, campaign.register(period)))
    assert not any(repeated(sheet, rows[sheet.key()]).any() for sheet in campaign.form.ledgers)
