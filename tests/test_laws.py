"""Laws that hold whatever people type, however files are called, and whenever they arrive."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from conftest import DUE
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from judging import Judged, judge, with_cell

from pipeline.campaign import Campaign
from pipeline.demo import make_district
from pipeline.model import Finding, Standing, a1
from pipeline.night import Night
from pipeline.rawbook import RawBook
from pipeline.read import read_here
from pipeline.run import run
from pipeline.wording import plain
from pipeline.workspace import create

TEAMS = 20  # damaged at once, one cell each
TYPED: Sequence[Any] = (
    "", "0", "1", "3", "7", "12", "100", "－5", "１２", "1,234", "12人", "3万", "约30", "(5)", "—", "/", "无", "<1", "0.5",
    0.0, 1.0, 2.0, 12.0, 5.5, -3.0, 45000.0, 1e17, True, dt.date(2011, 3, 20), dt.date(2012, 3, 20), "2011-03-15", "3月8日",
    "20110308", "2011年2月31日", "合计", "小计", "总计", "合 计", "其中", "序号", "注：", "说明：合计", "填表人：王", "（示例）", "人",
    "万元", "年-月-日", "是", "否", "有", "√", "座谈会", "宣传活动", "其他", "帮扶资金", "企业融资", "已解决", "未解决", "区直机关",
    "乡镇街道", "累计数", "本期数", "填报内容", "项目", "指标名称", "走访人数", "金额（万元）", "姓名", "问题编号", "走访群众",
    "召开座谈会", "2011年4月", "2011-04", "ZF002", "驻晨露食品有限公司工作队", "=1+1", "=cmd|' /C calc'!A0", "\u202f12\u200b", "a\nb",
)  # fmt: skip
VALUES = st.one_of(st.sampled_from(TYPED), st.integers(0, 60).map(float), st.text(max_size=8))
NUMBER = st.integers(0, 10**6)
DAMAGES = st.tuples(st.booleans(), NUMBER, NUMBER, NUMBER, VALUES)


def bounded(examples: int) -> settings:
    """Try the same examples every time, however long each takes on a busy machine; the message names the culprit."""
    return settings(
        max_examples=examples, derandomize=True, deadline=None, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


class Clean:
    """Right returns in memory, by file name, and what they add up to. No dataclass: hypothesis would print all of it."""

    def __init__(self, campaign: Campaign, books: dict[str, RawBook]) -> None:
        self.campaign, self.books = campaign, books
        self.judged = judge(books, campaign)


@pytest.fixture(scope="module")
def clean(campaign: Campaign, clean_district: Path) -> Clean:
    paths = sorted(clean_district.glob("*.xlsx"))
    books = {path.name: read_here(path) for path in paths[:: len(paths) // TEAMS][:TEAMS]}
    return Clean(campaign, books)


def place_of(book: RawBook, is_figure: bool, sheet: int, row: int, column: int) -> tuple[int, int, int]:
    """Turn any three numbers into a cell that holds a figure, or into any cell of a visible sheet or just beyond it."""
    if is_figure:
        figures = [
            (number, r, c)
            for number, raw in enumerate(book.sheets)
            for r, cells in enumerate(raw.rows)
            for c, cell in enumerate(cells)
            if isinstance(cell, float)
        ]
        return figures[row % len(figures)]
    visible = [number for number, raw in enumerate(book.sheets) if raw.visible]
    number = visible[sheet % len(visible)]
    rows = book.sheets[number].rows
    return number, row % (len(rows) + 2), column % (len(rows[0]) + 2)


def assert_told(standing: Standing, findings: Sequence[Finding], sheet: str, cell: str) -> None:
    """A return that is no longer counted has an error that names the cell, or its sheet, or a sum that rests on it."""
    errors = [finding for finding in findings if finding.severity.value == "error"]
    assert standing.counted is None and errors
    assert any(finding.sheet == sheet or sheet in finding.message for finding in errors), (sheet, cell, errors)
    assert all(finding.message for finding in findings)


@bounded(40)
@given(st.lists(DAMAGES, min_size=TEAMS, max_size=TEAMS))
def test_one_cell_damaged_gives_a_finding_or_the_same_total(clean: Clean, damages: Any) -> None:
    books, told = {}, {}
    for (file, book), (is_figure, sheet, row, column, value) in zip(clean.books.items(), damages, strict=True):
        place = place_of(book, is_figure, sheet, row, column)
        books[file] = with_cell(book, *place, value)
        told[file] = (book.sheets[place[0]].name, a1(*place[1:]), value)
    judged = judge(books, clean.campaign)
    for file, (sheet, cell, value) in told.items():
        team = file.split("_")[0]
        if file in judged.waiting:
            assert judged.waiting[file].reason
            continue
        standing, findings = judged.standings[team], judged.findings.get(team, [])
        if standing.counted is None:
            assert_told(standing, findings, sheet, cell)
        else:
            same = judged.consolidation.by_team[team] == clean.judged.consolidation.by_team[team]
            assert same, (team, sheet, cell, value, findings)
    assert_adds_up(judged)


def assert_adds_up(judged: Judged) -> None:
    """The district's totals are the teams' totals, are the groups' totals, are the ledgers' sums."""
    result = judged.consolidation
    for key, total in result.totals.items():
        assert total.value == sum(figures[key] for figures in result.by_team.values())
        assert total.reported == len(result.by_team)
        for groups in result.by_dimension.values():
            assert total.value == sum(figures[key] for figures in groups.values())
        if key in result.ledger:
            assert total.value == sum(result.ledger[key].values())


@bounded(15)
@given(st.sets(st.integers(0, TEAMS - 1)), st.randoms())
def test_totals_are_the_teams_totals_whoever_reports_and_in_whatever_order(
    clean: Clean, reporting: set[int], chance: random.Random
) -> None:
    files = [file for number, file in enumerate(clean.books) if number in reporting]
    chance.shuffle(files)
    judged = judge({file: clean.books[file] for file in files}, clean.campaign)
    assert_adds_up(judged)
    right = clean.judged.consolidation
    codes = {file.split("_")[0] for file in files}
    assert judged.consolidation.by_team == {code: right.by_team[code] for code in codes}


def test_a_damaged_cell_in_a_real_file(clean_night: Night, workspace: Path, clean_district: Path) -> None:
    chance = random.Random(2011)
    told: dict[str, tuple[str, str]] = {}
    for path in sorted(clean_district.glob("*.xlsx"))[5::9]:
        book = openpyxl.load_workbook(path, data_only=True)
        sheet = chance.choice([each for each in book.worksheets if each.sheet_state == "visible"])
        cell = sheet.cell(chance.randint(1, min(sheet.max_row, 40)), chance.randint(1, sheet.max_column))
        if type(cell).__name__ != "MergedCell":
            cell.value = chance.choice([value for value in TYPED if value != ""])
            told[path.name.split("_")[0]] = (sheet.title, cell.coordinate)
        book.save(workspace / "inbox" / path.name)
    night = run(workspace, DUE, workers=2)
    waiting = {each.file.split("_")[0] for each in night.unplaced}
    by_team = night.consolidation.by_team
    assert by_team == {code: clean_night.consolidation.by_team[code] for code in by_team}
    for standing in night.standings:
        if standing.team.code in told and standing.counted is None and standing.team.code not in waiting:
            assert_told(standing, night.of_team(standing.team.code), *told[standing.team.code])


def summed(night: Night) -> dict[str, Any]:
    return {key: total.value for key, total in night.consolidation.totals.items()}


def said(night: Night) -> list[tuple[Any, ...]]:
    """What was found, but for file names."""
    return sorted((f.team, f.rule, f.sheet, f.cell, f.value, f.key) for f in night.findings)


def test_names_and_order_of_files_do_not_matter(campaign: Campaign, tmp_path: Path) -> None:
    nights = []
    for number, rename in enumerate((lambda position: "", lambda position: f"{999 - position}")):
        root = tmp_path / str(number)
        create(root)
        made = make_district(campaign, campaign.periods[0], root / "inbox", clean=False, teams=30)
        for position, planted in enumerate(made):
            if rename(position):
                planted.file.rename(planted.file.with_name(f"{rename(position)}.xlsx"))
        nights.append(run(root, DUE + dt.timedelta(days=1), workers=2))
    first, second = nights
    assert said(first) == said(second) and first.findings
    assert summed(first) == summed(second)
    assert [s.status for s in first.standings] == [s.status for s in second.standings]
    assert len(first.unplaced) == len(second.unplaced)


def test_arriving_over_two_nights_adds_up_to_the_same(
    clean_night: Night, workspace: Path, clean_district: Path
) -> None:
    files = sorted(clean_district.glob("*.xlsx"))
    for night_number, some in enumerate((files[::2], files[1::2])):
        for path in some:
            shutil.copy2(path, workspace / "inbox" / path.name)
        night = run(workspace, DUE + dt.timedelta(days=night_number), workers=2)
    assert summed(night) == summed(clean_night)
    assert night.consolidation.by_dimension == clean_night.consolidation.by_dimension
    assert night.findings == []


@pytest.mark.parametrize("blank", [None, float("nan"), pd.NA, pd.NaT], ids=str)
def test_a_message_about_a_row_has_words_for_every_kind_of_blank(blank: Any) -> None:
    assert plain(blank) == "（空）"
