"""The summary workbook: its totals, what they open into, and who is not in them, as a reader of the file finds them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from stacked import stacks_of

from pipeline.declare import Phone
from pipeline.model import Consolidation, Status, a1
from pipeline.night import Night
from pipeline.publish.excel.cells import Field, column_cells, lines_of
from pipeline.publish.excel.sheetwriter import Book
from pipeline.publish.phrases.ranking import CRITERIA, rank
from pipeline.publish.phrases.remarks import remarks, why_uncounted
from pipeline.publish.summary.workbook import SOURCES, write_summary
from tests.nights import REPO, sample_night

HEADER_ROWS = 7  # of a page with banded columns


@pytest.fixture(scope="module")
def night() -> Night:
    return sample_night()


@pytest.fixture(scope="module")
def path(night: Night, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("summary") / "summary.xlsx"
    write_summary(night, path)
    return path


@pytest.fixture(scope="module")
def shown(path: Path) -> Workbook:
    """The workbook as a reader that does not calculate shows it."""
    return openpyxl.load_workbook(path, data_only=True)


@pytest.fixture(scope="module")
def typed(path: Path) -> Workbook:
    """The workbook with its formulas."""
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def behind(path: Path) -> Workbook:
    """The workbook of what is behind it, as a reader that does not calculate shows it."""
    return openpyxl.load_workbook(path.with_name(SOURCES), data_only=True)


@pytest.fixture(scope="module")
def behind_typed(path: Path) -> Workbook:
    """That with its formulas."""
    return openpyxl.load_workbook(path.with_name(SOURCES))


def rows(page: Worksheet, first: int = HEADER_ROWS + 1) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in page.iter_rows(min_row=first)]


def row_of(page: Worksheet, *texts: str) -> int:
    """Find the first row, counted from 1, that starts with these texts."""
    for row in page.iter_rows():
        if [cell.value for cell in row[: len(texts)]] == list(texts):
            return row[0].row
    raise AssertionError(f"{page.title} has no row {texts}")


def places(night: Night) -> Mapping[str, int]:
    return {name: place for place, name in enumerate(night.campaign.form.declared.indicators())}


def test_every_total_is_the_consolidated_one_wherever_it_stands(
    night: Night, shown: Workbook, behind: Workbook
) -> None:
    teams, sources = shown["分工作队"], behind["数据来源"]
    by_kind = shown[f"按{next(iter(night.campaign.settings.dimensions.values()))}"]
    for name, place in places(night).items():
        total = night.consolidation.totals[name]
        district = shown.worksheets[1]
        assert district.cell(row_of(district, total.title), 3).value == pytest.approx(float(total.value))
        assert teams.cell(row_of(teams, "合　计"), 4 + place).value == pytest.approx(float(total.value))
        assert by_kind.cell(row_of(by_kind, "合　计"), 6 + place).value == pytest.approx(float(total.value))
        assert sources.cell(row_of(sources, total.title, total.unit, "合　计"), 5).value == pytest.approx(
            float(total.value)
        )


def added(page: Worksheet, cell: Any) -> float:
    """Do what SUBTOTAL does: add up the numbers in its range, leaving out other SUBTOTALs."""
    match = re.fullmatch(r"=SUBTOTAL\(9,([A-Z]+\d+(?::[A-Z]+\d+)?)\)", str(cell.value))
    assert match, cell.value
    found = page[match[1]]
    cells = [inner.value for row in (found if isinstance(found, tuple) else ((found,),)) for inner in row]
    return float(sum(value for value in cells if isinstance(value, int | float)))


def test_every_subtotal_shows_what_it_would_calculate(
    typed: Workbook, shown: Workbook, behind_typed: Workbook, behind: Workbook
) -> None:
    for with_formulas, with_values in ((typed, shown), (behind_typed, behind)):
        checked = 0
        for page in with_formulas.worksheets:
            for cell in (cell for row in page.iter_rows() for cell in row if str(cell.value).startswith("=SUBTOTAL")):
                value = with_values[page.title][cell.coordinate].value
                assert value == pytest.approx(added(page, cell)), (page.title, cell)
                checked += 1
        assert checked > 10


def test_a_total_on_the_district_page_is_a_formula_of_the_teams_page(typed: Workbook, night: Night) -> None:
    district, teams = typed.worksheets[1], typed["分工作队"]
    last = row_of(teams, "合　计")
    for name, place in places(night).items():
        formula = district.cell(row_of(district, night.consolidation.totals[name].title), 3).value
        assert formula == f"='分工作队'!{a1(last - 1, 3 + place)}"


def test_no_figure_of_a_team_that_is_not_counted_is_a_number(night: Night, shown: Workbook) -> None:
    page = shown["分工作队"]
    seen = set()
    for standing in night.standings:
        cells = [cell.value for cell in page[row_of(page, standing.team.code)][3 : 3 + len(places(night))]]
        if standing.counted is not None:
            assert cells == [pytest.approx(float(v)) for v in night.consolidation.by_team[standing.team.code].values()]
        elif standing.status is Status.HELD:
            read = night.consolidation.as_read[standing.team.code]
            assert cells == [f"〔{value:,}〕" for value in read.values()]
        else:
            assert cells == [standing.status.title] * len(cells)
        seen.add((standing.status, standing.counts_earlier))
    assert {(Status.HELD, False), (Status.HELD, True), (Status.MISSING, False), (Status.EXCUSED, False)} < seen


def test_a_group_without_a_counted_team_is_not_a_group_with_zeros(night: Night, shown: Workbook) -> None:
    dimension, title = list(night.campaign.settings.dimensions.items())[-1]
    page, told = shown[f"按{title}"], set()
    for standing in night.standings:
        group = night.campaign.group(standing.team, dimension)
        if sum(night.campaign.group(s.team, dimension) == group for s in night.standings) == 1:
            cell = page.cell(row_of(page, group), 6).value
            word = "未计入" if standing.status is Status.HELD else standing.status.title
            assert cell == word if standing.counted is None else isinstance(cell, int | float)
            told.add(cell)
    assert {"未计入", "未报", "免报"} < told


def test_a_figure_that_could_not_be_read_is_said_to_be_unknown(night: Night, tmp_path: Path) -> None:
    held = next(s for s in night.standings if s.status is Status.HELD and s.counted is None)
    name = next(iter(places(night)))
    read = {**night.consolidation.as_read, held.team.code: {}}
    sums = night.consolidation
    damaged = replace(
        night, consolidation=Consolidation(sums.totals, sums.by_team, read, sums.by_dimension, sums.ledger)
    )
    write_summary(damaged, tmp_path / "s.xlsx")
    page = openpyxl.load_workbook(tmp_path / "s.xlsx")["分工作队"]
    assert page.cell(row_of(page, held.team.code), 4 + places(night)[name]).value == "〔不明〕"


def test_teams_that_are_not_counted_are_named_with_the_reason(night: Night, shown: Workbook) -> None:
    page = shown.worksheets[1]
    lines = [row for row in rows(page) if row[0] and row[1] and isinstance(row[3], str)]
    named = [(name, row) for row in lines for name in row[3].split("、")]
    for standing in night.standings:
        told = [row for name, row in named if name == standing.team.name]
        if standing.counted is None or standing.counts_earlier or standing.is_queried:
            (row,) = told
            assert row[0].startswith(standing.status.title)
            assert row[1] == (why_uncounted(standing) if standing.counted is None else remarks(standing))
        else:
            assert told == []


def test_teams_alike_in_the_ranking_share_a_line_and_are_all_named(tmp_path: Path) -> None:
    night = sample_night(teams=20, rows=1)
    write_summary(night, tmp_path / "s.xlsx")
    lines = rows(openpyxl.load_workbook(tmp_path / "s.xlsx")["排名"], HEADER_ROWS + 1)
    ranked = rank(night.standings)
    told: dict[str, int] = {}
    for line in lines:
        if isinstance(line[0], int):
            points = line[3]
            if line[1]:
                told[line[2]] = points
        elif isinstance(line[0], str) and "、" in line[0] and not line[0].startswith("说明"):
            told |= dict.fromkeys(line[0].split("、"), points)
    assert told == {place.standing.team.name: place.total for place in ranked}
    assert sum(isinstance(line[0], int) for line in lines) < len(ranked)


def test_coverage_stands_beside_every_total(night: Night, shown: Workbook) -> None:
    page = shown.worksheets[1]
    for total in night.consolidation.totals.values():
        row = [cell.value for cell in page[row_of(page, total.title)]]
        assert row[3:5] == [total.reported, total.expected]
        assert row[5] == pytest.approx(total.reported / total.expected)
        if total.announced is not None:
            assert row[7] == pytest.approx(float(total.value - Decimal(total.announced)))


def test_a_figure_names_the_file_sheet_and_cell_that_it_came_from(night: Night, behind: Workbook) -> None:
    page, form = behind["数据来源"], night.campaign.form
    stack = stacks_of(night)[form.declared.key()]
    checked = 0
    for index in range(len(stack.frame)):
        table, line = stack.where(index)
        submission = night.submissions[int(stack.submission[index])]
        standing = next(s for s in night.standings if s.team.code == submission.team)
        if table.records[line] != form.total_record or standing.counted != submission:
            continue
        for name, col in form.declared.indicators().items():
            row = [cell.value for cell in page[row_of(page, str(col.title), col.unit, submission.team)]]
            assert row[4] == pytest.approx(float(stack.frame[name].iloc[index]))
            assert row[5:8] == [submission.file, table.name, table.cell(line, name)]
            checked += 1
    assert checked == len(places(night)) * len(night.consolidation.by_team)


def test_links_lead_to_the_rows_they_speak_of(
    night: Night, path: Path, typed: Workbook, behind_typed: Workbook
) -> None:
    district, sources = typed.worksheets[1], behind_typed["数据来源"]
    books = {"": typed, path.name: typed, SOURCES: behind_typed}
    total = next(iter(night.consolidation.totals.values()))
    link = district.cell(row_of(district, total.title), 3).hyperlink
    sheet, cell = link.location.split("!")
    assert link.target == SOURCES
    assert behind_typed[sheet.strip("'")][cell].row == row_of(sources, total.title, total.unit, "合　计")
    for book in (typed, behind_typed):
        for each in (each for page in book.worksheets for row in page.iter_rows() for each in row if each.hyperlink):
            sheet, cell = each.hyperlink.location.split("!")
            there = book if not each.hyperlink.target else books[each.hyperlink.target]
            assert there[sheet.strip("'")][cell].value is not None or cell == "A1"
    figure = sources.cell(row_of(sources, total.title, total.unit, night.standings[0].team.code), 10)
    sheet, cell = figure.hyperlink.location.split("!")
    assert behind_typed[sheet.strip("'")][cell].value == night.standings[0].team.code


def test_a_ledger_has_the_rows_of_counted_returns_and_says_where_each_stood(night: Night, behind: Workbook) -> None:
    counted = {s.counted.sha256 for s in night.standings if s.counted}
    for sheet in night.campaign.form.ledgers:
        stack, page = stacks_of(night)[sheet.key()], behind[sheet.title()]
        expected = []
        for index in range(len(stack.frame)):
            submission = night.submissions[int(stack.submission[index])]
            if submission.sha256 in counted:
                table, line = stack.where(index)
                expected.append([submission.team, submission.file, table.name, table.lines[line] + 1])
        width = len(sheet.columns()) + 5
        written = [row for row in rows(page, HEADER_ROWS + 2) if row[width - 1] is not None]
        assert [[row[0], *row[width - 3 : width]] for row in written] == expected


def test_telephone_numbers_do_not_travel(night: Night, path: Path) -> None:
    columns = [
        col for sheet in night.campaign.form.ledgers for col in sheet.columns().values() if issubclass(col.kind, Phone)
    ]
    assert columns
    text = "\n".join(
        str(cell)
        for file in (path, path.with_name(SOURCES))
        for page in openpyxl.load_workbook(file)
        for row in page.iter_rows(values_only=True)
        for cell in row
    )
    for col in columns:
        for number in stacks_of(night)[col.sheet.key()].frame[col.field].dropna():
            assert str(number) not in text
    assert "138*****000" in text or "138****0000" in text


def test_a_new_indicator_is_one_more_line_and_appears_everywhere(night: Night, tmp_path: Path) -> None:
    root = tmp_path / "campaign"
    shutil.copytree(REPO / "schemas", root / "schemas", ignore=shutil.ignore_patterns("__pycache__"))
    declared = next(path for path in (root / "schemas").glob("*.py") if 'role = "declared"' in path.read_text("utf-8"))
    text = declared.read_text("utf-8")
    declared.write_text(
        text.replace("    class Config:", '    trees: Count = column("植树", unit="株", ge=0)\n\n    class Config:', 1),
        "utf-8",
    )
    write_summary(sample_night(root), tmp_path / "s.xlsx")
    book = openpyxl.load_workbook(tmp_path / "s.xlsx", data_only=True)
    assert row_of(book.worksheets[1], "植树", "株")
    assert row_of(openpyxl.load_workbook(tmp_path / SOURCES, data_only=True)["数据来源"], "植树", "株", "合　计")
    assert "植树\n（株）" in [cell.value for cell in book["分工作队"][7]]
    assert row_of(book["指标说明"], "植树", "株")


def test_the_same_night_gives_the_same_bytes(night: Night, path: Path, tmp_path: Path) -> None:
    write_summary(night, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == path.read_bytes()
    assert (tmp_path / SOURCES).read_bytes() == path.with_name(SOURCES).read_bytes()


def test_every_page_is_ready_to_print(shown: Workbook, behind: Workbook) -> None:
    for page in (*shown.worksheets, *behind.worksheets):
        assert page.page_setup.paperSize == 9
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert page.page_setup.fitToWidth in (1, None)  # 1 is the default
        assert "第 &P 页" in page.oddFooter.center.text
        assert page.freeze_panes
    assert shown["分工作队"].print_title_rows == "$6:$7"
    assert shown["分工作队"].page_setup.orientation == "landscape"
    assert shown.properties.title and shown.properties.creator


def test_zero_is_a_dash_by_format_and_never_by_text(night: Night, shown: Workbook) -> None:
    page = shown["分工作队"]
    nil = next(s for s in night.standings if s.is_nil)
    for cell in page[row_of(page, nil.team.code)][3 : 3 + len(places(night))]:
        assert cell.value == 0
        assert cell.number_format.endswith(";—")


def test_old_programs_can_calculate_every_formula(typed: Workbook, behind_typed: Workbook) -> None:
    formulas = {
        re.match(r"=([A-Z]*)", str(cell.value))[1]  # type: ignore[index]
        for page in (*typed.worksheets, *behind_typed.worksheets) for row in page.iter_rows() for cell in row
        if str(cell.value).startswith("=")
    }  # fmt: skip
    assert formulas <= {"", "SUBTOTAL", "IF"}


def test_a_night_in_which_nothing_arrived_is_published_too(night: Night, tmp_path: Path) -> None:
    empty = sample_night(teams=5)
    missing = tuple(
        replace(s, status=Status.MISSING, latest=None, counted=None, versions=0, errors=0, queries=0, is_nil=False)
        for s in empty.standings
    )
    sums = empty.consolidation
    totals = {name: replace(total, value=0, reported=0) for name, total in sums.totals.items()}
    groups = {title: {group: dict.fromkeys(totals, 0) for group in inner} for title, inner in sums.by_dimension.items()}
    none = replace(
        empty, standings=missing, submissions=(), findings=(), closed=(), parsed={}, checked={},
        consolidation=Consolidation(totals, {}, {}, groups, {name: {} for name in sums.ledger}),
    )  # fmt: skip
    write_summary(none, tmp_path / "s.xlsx")
    page = openpyxl.load_workbook(tmp_path / "s.xlsx", data_only=True)["分工作队"]
    assert page.cell(row_of(page, missing[0].team.code), 4).value == "未报"


def test_ranking_gives_every_lost_point_a_reason(night: Night) -> None:
    ranked = rank(night.standings)
    assert sum(criterion.most for criterion in CRITERIA) == 100
    assert [place.total for place in ranked] == sorted((place.total for place in ranked), reverse=True)
    for place in ranked:
        said = "".join(place.reasons)
        assert sum(int(lost) for lost in re.findall(r"扣 (\d+) 分", said)) == 100 - place.total
        assert all(points >= 0 for points in place.points)
    by_code = {place.standing.team.code: place for place in ranked}
    clean, missing = night.standings[0], next(s for s in night.standings if s.status is Status.MISSING)
    assert (by_code[clean.team.code].rank, by_code[clean.team.code].total) == (1, 100)
    assert by_code[missing.team.code].total == 0
    assert not any(s.team.code in by_code for s in night.standings if s.status is Status.EXCUSED)
    assert [place.rank for place in ranked][:3] == [1, 1, 3]  # two without a lost point, then the next


def test_a_text_is_only_ever_a_text(night: Night, tmp_path: Path) -> None:
    with Book(tmp_path / "b.xlsx", night, "题") as book:
        page = book.page("a/b:c", "题", [Field("甲"), Field("乙")])
        page.line(["=1+1", "http://x.example"])
        page.line(["x" * 40000, "12"])
        page.close()
    page = openpyxl.load_workbook(tmp_path / "b.xlsx").worksheets[0]
    assert (page["A7"].data_type, page["B7"].hyperlink, page["B8"].data_type) == ("s", None, "s")
    assert len(page["A8"].value) == 32767
    assert page.title == "a b c"


def test_a_workbook_that_fails_half_way_is_not_left_behind(night: Night, tmp_path: Path) -> None:
    with pytest.raises(KeyError), Book(tmp_path / "b.xlsx", night, "题") as book:
        book.page("甲", "题", [Field("甲"), Field("乙")])
        raise KeyError
    assert not (tmp_path / "b.xlsx").exists()


def test_null_is_blank_and_not_zero(night: Night) -> None:
    sheet = next(sheet for sheet in night.campaign.form.ledgers if sheet.indicators())
    col = next(iter(sheet.indicators().values()))
    assert column_cells(col, [3, None]) == [3, None]


@pytest.mark.parametrize(("text", "lines"), [("短", 1), ("一二三四五六七八九十", 2), ("一\n二", 2), ("abcdefghij", 1)])
def test_lines_that_a_text_takes(text: str, lines: int) -> None:
    assert lines_of(text, 12) == lines
