"""A finding is about the same row next night, wherever the row stands then: sent otherwise, sorted, inserted, saved anew."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from builders import damage
from conftest import DUE, need
from hypothesis import given
from hypothesis import strategies as st
from judging import judge
from mess import rows_of
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.campaign import load
from pipeline.model import Finding, FindingState
from pipeline.naming import TAGS, Tag, digest, key_name, named, said, tag_rows
from pipeline.night import Night
from pipeline.publish.correction.slip import FIXED, NEW, STILL_WRONG
from pipeline.publish.filenames import correction_file
from pipeline.rawbook import SLIP_SHEET
from pipeline.read import read_here
from pipeline.run import run
from pipeline.workspace import create

NEXT = dt.timedelta(days=1)
VISITS, SUMMARY, ANSWERS = "走访台账", "汇总表", "核实说明"
HEADER, SUMS, FIRST = 3, 4, 5  # Excel rows of the official sheet
SERIAL, DAY, HOST, PERSONS, CADRE, MATTER, TAG = range(1, 8)  # its columns, and the hidden one
ASKED, WRONG, OTHER = 1, 3, 2  # records: one asked about, one with a mistake, one without
MANY, ROUGHLY = 61, "约3"
REASON = "3月12日召开村民大会，全村到会"
Rows = list[list[Any]]

# How a team's own table looks.


@dataclass(frozen=True)
class Look:
    """How the sender's table looks. lower: further title rows. order: of the columns. gap: blank rows between records."""

    lower: int = 0
    order: Sequence[int] = (SERIAL, DAY, HOST, PERSONS, CADRE, MATTER)
    serial: Callable[[int], int | None] = lambda number: number
    gap: int = 0

    def lay(self, sheet: Worksheet) -> None:
        """Write the sheet's table anew, so that it looks like this."""
        head, sums, *records = table = rows(sheet, HEADER)
        for merged in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merged))
        for number, row in enumerate(records, 1):
            row[0] = self.serial(number)
        sheet.delete_rows(HEADER, sheet.max_row)
        spaced = [head, sums, *(each for row in records for each in (row, *[[None] * len(head)] * self.gap))]
        for at, row in enumerate(spaced, HEADER + self.lower):
            for column, place in enumerate(self.order, 1):
                sheet.cell(at, column).value = row[place - 1]
        assert len(table) > 6


OTHERWISE = (SERIAL, CADRE, MATTER, HOST, DAY, PERSONS)
LOOKS: Mapping[str, Look] = {
    "as ours": Look(),
    "lower": Look(lower=1),
    "lower, no serials": Look(lower=1, serial=lambda _: None),
    "lower, serials all 1": Look(lower=2, serial=lambda _: 1),
    "other order, no serials": Look(order=OTHERWISE, serial=lambda _: None),
    "gaps, no serials": Look(gap=1, serial=lambda _: None),
    "everything": Look(1, OTHERWISE, lambda _: None, 2),
}


def rows(sheet: Worksheet, first: int = FIRST, width: int = MATTER) -> Rows:
    """Give a table's rows from one on, down to the last record."""
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=first, max_col=width)]
    while not any(cells[-1][1:]):
        cells.pop()
    return cells


def fault(book: Workbook) -> None:
    """Let one visit be asked about, and another hold what is no number; the totals agree."""
    visits, summary = book[VISITS], book[SUMMARY]
    persons = visits.cell(FIRST + ASKED, PERSONS)
    more = MANY - int(persons.value)
    persons.value = MANY
    visits.cell(SUMS, PERSONS).value += more
    for row in summary.iter_rows():
        if row[0].value == "走访群众":
            for cell in row[2:4]:
                cell.value += more
    visits.cell(FIRST + WRONG, PERSONS).value = f"约{visits.cell(FIRST + WRONG, PERSONS).value}"


# What a team does to its correction workbook.


def nothing(book: Workbook) -> None:
    """Send it back as it came."""


def find(sheet: Worksheet, value: object) -> int:
    return next(row for row in range(FIRST, sheet.max_row + 1) if sheet.cell(row, PERSONS).value == value)


def mend(book: Workbook) -> None:
    """Answer the query, write about that visit at more length, and write a number for what was none."""
    visits, answers = book[VISITS], book[ANSWERS]
    visits.cell(find(visits, MANY), MATTER).value = "全村到会，反映道路问题"
    wrong = next(
        row for row in range(FIRST, visits.max_row + 1) if str(visits.cell(row, PERSONS).value).startswith("约")
    )
    number = int(str(visits.cell(wrong, PERSONS).value)[1:])
    visits.cell(wrong, PERSONS).value = number
    if isinstance(visits.cell(SUMS, PERSONS).value, int | float):
        visits.cell(SUMS, PERSONS).value += number
    answers.cell(4, 4).value = REASON


def sort(book: Workbook, width: int) -> None:
    sheet = book[VISITS]
    records = rows(sheet, width=width)
    for at, row in enumerate(sorted(records, key=lambda row: str(row[HOST - 1]) + str(row[MATTER - 1])), FIRST):
        for column, value in enumerate(row, 1):
            sheet.cell(at, column).value = value
    assert [row[1:6] for row in rows(sheet)] != [row[1:6] for row in records]


def sort_and_mend(book: Workbook) -> None:
    sort(book, TAG)
    mend(book)


def sort_what_is_seen_and_mend(book: Workbook) -> None:
    sort(book, MATTER)
    mend(book)


def half(book: Workbook) -> None:
    """Mend the number, say nothing about the query, and spoil another number."""
    mend(book)
    book[ANSWERS].cell(4, 4).value = None
    book[VISITS].cell(FIRST + OTHER, PERSONS).value = "很多"


def insert(book: Workbook) -> None:
    book[VISITS].insert_rows(FIRST)
    for column, value in enumerate((None, *rows(book[VISITS], FIRST + 3)[0][1:]), 1):
        book[VISITS].cell(FIRST, column).value = value
    book[VISITS].cell(FIRST, MATTER).value = "补记一次走访"


def delete(book: Workbook) -> None:
    book[VISITS].delete_rows(FIRST)


def copy_asked(book: Workbook) -> None:
    """Copy a whole row, hidden cell and all, to the end."""
    sheet = book[VISITS]
    row = rows(sheet, width=TAG)[ASKED]
    at = FIRST + len(rows(sheet))
    for column, value in enumerate(row, 1):
        sheet.cell(at, column).value = value


def drop_tags(book: Workbook) -> None:
    book[VISITS].delete_cols(TAG)


def blank_tags(book: Workbook) -> None:
    for row in range(HEADER, book[VISITS].max_row + 1):
        book[VISITS].cell(row, TAG).value = None


def spoil_tags(book: Workbook) -> None:
    odd = (12, "|", "x|y|z", "=1+1", "名|0123abcd|" + "0" * 40_000, "a\nb|0123abcd|00", dt.datetime(2011, 3, 9), "走访")
    for row in range(FIRST, book[VISITS].max_row + 1):
        book[VISITS].cell(row, TAG).value = odd[row % len(odd)]


def drop_tag_header(book: Workbook) -> None:
    book[VISITS].cell(HEADER, TAG).value = None


def show_tags(book: Workbook) -> None:
    book[VISITS].column_dimensions["G"].hidden = False


@dataclass(frozen=True)
class Case:
    """One team: how its own table looks, what it does to the correction workbook, and in which format it saves that."""

    look: str
    do: Callable[[Workbook], None]
    kind: str = ""

    def __str__(self) -> str:
        return f"{self.look} / {self.do.__name__}" + (f" / {self.kind}" if self.kind else "")


MENDING = (mend, sort_and_mend, sort_what_is_seen_and_mend)
ODD_TAGS = (drop_tags, blank_tags, spoil_tags, drop_tag_header, show_tags)
SAVED = [Case("everything", do, kind) for kind in ("xlsx", "xls", "ods") for do in (nothing, sort_and_mend)]
LEFT = [Case(look, nothing) for look in LOOKS] + [Case("everything", do) for do in ODD_TAGS]
MENDED = [Case(look, do) for look in LOOKS for do in MENDING]
HALF = [Case(look, half) for look in LOOKS]
MOVED = [Case("everything", do) for do in (insert, delete, copy_asked)]
CASES = [*SAVED, *LEFT, *MENDED, *HALF, *MOVED]
FILTERS = {"xlsx": "xlsx:Calc MS Excel 2007 XML", "xls": "xls:MS Excel 97", "ods": "ods"}


@dataclass(frozen=True)
class Nights:
    """Three nights: the teams' own returns; the correction workbooks as they came back; those of that night, as they were."""

    root: Path
    teams: Mapping[Case, str]
    first: Night
    second: Night
    third: Night

    def of(self, night: Night, case: Case, rule: str) -> list[Finding]:
        return [finding for finding in night.of_team(self.teams[case]) if finding.rule == rule]

    def keys(self, night: Night, case: Case) -> set[tuple[str, str]]:
        """What is to be done, by rule and key."""
        return {
            (f.rule, f.key) for f in night.of_team(self.teams[case]) if f.state.is_open and f.severity.value != "note"
        }

    def closed(self, night: Night, case: Case) -> list[str]:
        return [finding.rule for finding in night.closed if finding.team == self.teams[case]]

    def slip(self, night: Night, case: Case) -> tuple[str, list[tuple[Any, ...]]]:
        """What stands above the slip's table, and its lines: place, rule, state."""
        team = night.campaign.by_code[self.teams[case]]
        path = self.root / "outbox" / night.as_of.isoformat() / correction_file(team)
        lines = [*openpyxl.load_workbook(path)[SLIP_SHEET].iter_rows(values_only=True)]
        head = next(number for number, row in enumerate(lines) if row[0] == "序号")
        said = [(row[1], str(row[3]).rpartition("〔")[2].rstrip("〕"), row[5]) for row in lines[head + 1 :]]
        return "\n".join(str(row[0]) for row in lines[:head]), said


@pytest.fixture(scope="module")
def nights(clean_night: Night, clean_district: Path, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    folder = tmp_path_factory.mktemp("identity")
    root, office = folder / "workspace", shutil.which("soffice")
    create(root)
    rich = (team.code for team in clean_night.campaign.teams if fits(rows_of(clean_night, "visits", team.code)))
    teams = dict(zip((case for case in CASES if office or not case.kind), rich, strict=False))
    for case, code in teams.items():
        source = next(clean_district.glob(f"{code}_*.xlsx"))

        def spoil(book: Workbook, look: Look = LOOKS[case.look]) -> None:
            fault(book)
            look.lay(book[VISITS])

        damage(source, spoil, root / "inbox" / source.name)
    first = run(root, DUE, workers=2)
    sent: dict[str, list[Path]] = {}
    for case, code in teams.items():
        source = root / "outbox" / DUE.isoformat() / correction_file(first.campaign.by_code[code])
        target = folder / case.kind / f"{code}_改.xlsx" if case.kind else root / "inbox" / f"{code}_改.xlsx"
        target.parent.mkdir(exist_ok=True)
        if case.kind:
            book = openpyxl.load_workbook(source)
            case.do(book)
            book.save(target)
            sent.setdefault(case.kind, []).append(target)
        else:
            damage(source, case.do, target)
    for kind, paths in sent.items():
        convert(kind, paths, root / "inbox", folder)
    second = run(root, DUE + NEXT, workers=2)
    for path in (root / "outbox" / (DUE + NEXT).isoformat() / "退改").glob("*.xlsx"):
        shutil.copy(path, root / "inbox" / f"again_{path.name}")
    return Nights(root, teams, first, second, run(root, DUE + 2 * NEXT, workers=2))


def fits(visits: Any) -> bool:
    return (
        6 <= len(visits) <= 30 and not visits.drop(columns="serial").duplicated().any() and max(visits["persons"]) < 60
    )


def convert(kind: str, paths: Sequence[Path], to: Path, folder: Path) -> None:
    """Let LibreOffice save workbooks anew."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", FILTERS[kind], "--outdir", str(to), *map(str, paths)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def office(case: Case) -> None:
    if case.kind:
        need("soffice", "saves correction workbooks anew")


def of(*does: Callable[[Workbook], None]) -> Any:
    return pytest.mark.parametrize("case", [case for case in CASES if case.do in does], ids=str)


def test_every_team_is_asked_about_one_visit_and_has_one_mistake(nights: Nights) -> None:
    for case in nights.teams:
        assert sorted(rule for rule, _ in nights.keys(nights.first, case)) == ["N01", "V12"], case


@of(nothing, drop_tag_header, show_tags)
def test_a_correction_workbook_sent_back_unmended_is_never_called_mended(nights: Nights, case: Case) -> None:
    office(case)
    for night in (nights.second, nights.third):
        assert nights.keys(night, case) == nights.keys(nights.first, case)
        assert nights.closed(night, case) == []
        head, lines = nights.slip(night, case)
        assert "须改正 1 处，待核实 1 处，上次以来已改 0 处" in head
        assert [(rule, state) for _, rule, state in lines] == [("V12", STILL_WRONG), ("N01", STILL_WRONG)]


@of(drop_tags, blank_tags, spoil_tags)
def test_without_the_names_carried_along_rows_are_known_by_what_they_say(nights: Nights, case: Case) -> None:
    assert nights.keys(nights.second, case) == nights.keys(nights.first, case)
    assert nights.closed(nights.second, case) == []


@of(*MENDING)
def test_an_answer_and_a_mended_figure_find_their_rows(nights: Nights, case: Case) -> None:
    office(case)
    (asked,), (wrong,) = nights.of(nights.first, case, "V12"), nights.of(nights.first, case, "N01")
    assert [(f.key, f.state) for f in nights.of(nights.second, case, "V12")] == [(asked.key, FindingState.EXPLAINED)]
    assert [f.key for f in nights.second.closed if f.team == wrong.team] == [wrong.key]
    assert nights.keys(nights.second, case) == set()


@of(half)
def test_the_slip_says_what_was_fixed_is_still_wrong_and_is_new(nights: Nights, case: Case) -> None:
    head, lines = nights.slip(nights.second, case)
    assert "须改正 1 处，待核实 1 处，上次以来已改 1 处" in head
    assert [(rule, state) for _, rule, state in lines] == [("V12", STILL_WRONG), ("N01", NEW), ("N01", FIXED)]
    head, lines = nights.slip(nights.third, case)
    assert "上次以来已改 0 处" in head and {state for _, _, state in lines} == {STILL_WRONG}


@of(insert, delete)
def test_a_row_put_in_or_taken_out_moves_nobodys_name(nights: Nights, case: Case) -> None:
    assert nights.keys(nights.first, case) <= nights.keys(nights.second, case)
    assert nights.closed(nights.second, case) == []


@of(copy_asked)
def test_of_a_copied_row_the_first_keeps_the_name(nights: Nights, case: Case) -> None:
    (asked,), (one, other) = nights.of(nights.first, case, "V12"), nights.of(nights.second, case, "V12")
    assert one.key == asked.key != other.key
    assert int(one.cell[1:]) < int(other.cell[1:])
    assert one.first_seen == DUE and other.first_seen == DUE + NEXT


@pytest.mark.parametrize("case", [case for case in CASES if case.do is not spoil_tags], ids=str)
def test_the_hidden_column_is_never_remarked_upon(nights: Nights, case: Case) -> None:
    office(case)
    about = {f.rule for night in (nights.second, nights.third) for f in night.of_team(nights.teams[case])}
    assert not about & {"S03", "S04", "S09", "S11"}


def test_a_correction_workbook_carries_a_name_beside_every_row_that_was_sent(nights: Nights) -> None:
    case = Case("everything", nothing)
    team = nights.first.campaign.by_code[nights.teams[case]]
    path = nights.root / "outbox" / DUE.isoformat() / correction_file(team)
    sheet = openpyxl.load_workbook(path)[VISITS]
    assert sheet.cell(HEADER, TAG).value == TAGS and sheet.column_dimensions["G"].hidden
    tags = [sheet.cell(row, TAG).value for row in range(FIRST, sheet.max_row + 1)]
    sent = len(rows(sheet))
    assert all(tags[:sent]) and not any(tags[sent:]) and len(set(tags)) == sent + 1
    assert not sheet.cell(FIRST, TAG).protection.locked  # else the rows could not be sorted
    assert sheet.cell(SUMS, TAG).value is None and sheet.freeze_panes == "A5" and not sheet.protection.sort


def test_a_blank_form_carries_no_names(clean_district: Path) -> None:
    for sheet in openpyxl.load_workbook(next(clean_district.glob("*.xlsx"))):
        assert TAGS not in [cell.value for row in sheet.iter_rows(max_row=4) for cell in row]


# The same return, laid out otherwise.


def disorder(book: Workbook) -> None:
    """Let many things be found: among records, in a blank row, and beside the table."""
    fault(book)
    sheet = book[VISITS]
    sheet.cell(FIRST, DAY).value = "2011-02-30"
    last = FIRST + len(rows(sheet))
    sheet.delete_rows(last, sheet.max_row)
    sheet.cell(last - 1, CADRE).value = None


@pytest.mark.parametrize("look", [look for look in LOOKS if look != "as ours" and look != "lower"])
def test_keys_are_the_same_wherever_rows_and_columns_stand(
    clean_night: Night, clean_district: Path, tmp_path: Path, look: str
) -> None:
    campaign = load(clean_night.campaign.root)
    code = next(team.code for team in campaign.teams if fits(rows_of(clean_night, "visits", team.code)))
    source = next(clean_district.glob(f"{code}_*.xlsx"))
    found = []
    for number, each in enumerate((Look(serial=LOOKS[look].serial), LOOKS[look])):

        def change(book: Workbook, each: Look = each) -> None:
            disorder(book)
            each.lay(book[VISITS])
            for row in (FIRST, FIRST + 1):  # the same twice
                book[VISITS].cell(row + 2 * each.lower, 9).value = "另计"
            at = book[VISITS].max_row + 3
            book[VISITS].cell(at, each.order.index(PERSONS) + 1).value = "#REF!"
            book[VISITS].cell(at, each.order.index(PERSONS) + 1).data_type = "e"

        path = damage(source, change, tmp_path / f"{number}_{source.name}")
        found.append(judge({source.name: read_here(path)}, campaign).findings[code])
    ours, theirs = ({(f.rule, f.key) for f in findings} for findings in found)
    assert ours == theirs and len(ours) == len(found[0]) == len(found[1])
    assert {"N01", "V12", "D03", "R01", "E01", "S09"} <= {rule for rule, _ in ours}
    assert [f.subject for f in found[0] if f.rule == "S09"] == ["另计", "另计#2"]


# Names alone.

SAYS = st.lists(
    st.tuples(st.sampled_from("甲乙丙丁戊"), st.sampled_from("一二三"), st.integers(0, 99).map(str)),
    min_size=1,
    max_size=9,
)


@given(SAYS, st.lists(st.sampled_from(["", "1", "2", "3", "A|B"]), min_size=9, max_size=9), st.randoms())
def test_no_two_rows_have_one_name_and_sorting_changes_none(
    says: list[tuple[str, ...]], keys: list[str], dice: Random
) -> None:
    keys = [key if keys[: len(says)].count(key) == 1 else "" for key in keys[: len(says)]]
    names = named(keys, says)
    assert len(set(names)) == len(names)
    assert [name for name, key in zip(names, keys, strict=True) if key] == [key for key in keys if key]
    sent = [*zip(keys, says, tag_rows(names, [*zip(*says, strict=True)]), strict=True)]
    dice.shuffle(sent)
    sorted_keys, rows, tags = map(list, zip(*sent, strict=True))
    assert named(sorted_keys, rows, tags) == [Tag.read(tag).name for tag in tags]  # type: ignore[union-attr]
    dice.shuffle(tags)  # left behind
    again = named([""] * len(rows), rows, tags)
    assert sorted(again) == sorted(names)
    assert all(says[names.index(name)] == row for name, row in zip(again, rows, strict=True))


@given(SAYS, st.lists(st.one_of(st.text(), st.integers(), st.none(), st.just("名|0123abcd|00")), max_size=12))
def test_whatever_comes_back_in_the_hidden_column_every_row_has_a_name(
    says: list[tuple[str, ...]], tags: list[Any]
) -> None:
    names = named([""] * len(says), says, tags)
    assert all(names) and len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (30.0, 30), (0.1 + 0.2, 0.3), ("约 30\r\n人", "约30 人"), (dt.datetime(2011, 3, 9), dt.date(2011, 3, 9)), ("\u200b", None),
        (dt.datetime(2011, 3, 9, 9, 59, 59, 999_999), dt.datetime(2011, 3, 9, 10)), ("字" * 40_000, "字" * 32_767),
    ],
)  # fmt: skip
def test_a_cell_says_the_same_however_it_was_saved(one: Any, other: Any) -> None:
    assert said(one) == said(other)


def test_a_long_or_broken_key_is_cut_and_still_its_own() -> None:
    assert key_name("张三") == "张三"
    long = [key_name("很长的名称" * 20 + end) for end in "甲乙"]
    assert len(set(long)) == 2 and all(map(Tag.read, tag_rows(long, [["x"] * len(long)])))
    assert key_name("张\n三") != key_name("张三") and key_name("张\n三").isprintable()


@pytest.mark.parametrize(
    "column",
    [
        ["一", "二 三", "四"],
        ["一\x1f二", "三\n", "\ud800"],
        ["一" * 1_001, " 二", "　三"],
        [1, None, 2.5],
        [dt.datetime(2011, 3, 31), "不详", True],
    ],
    ids=["plain", "odd", "long", "numbers", "mixed"],
)
def test_a_tag_tells_every_cell_of_its_row(column: list[object]) -> None:
    tags = [Tag.read(tag) for tag in tag_rows(["a", "b", "c"], [column, ["x", "y", "z"]])]
    rows = [(said(value), beside) for value, beside in zip(column, "xyz", strict=True)]
    assert [(tag.digest, tag.likeness(row)) for tag, row in zip(tags, rows, strict=True) if tag] == [
        (digest(row), 1) for row in rows
    ]
    assert [tag.likeness((f"{row[0]}!", row[1])) < 1 for tag, row in zip(tags, rows, strict=True) if tag] == [True] * 3
