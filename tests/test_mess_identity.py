"""Whose return, and for which period: each case is another team's, all in one night; who is uncertain waits and is named."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from builders import columns
from conftest import DUE
from containers import zipped
from openpyxl.packaging.custom import StringProperty
from openpyxl.workbook import Workbook

from pipeline.campaign import Campaign, load
from pipeline.declare import ColumnRef
from pipeline.model import Status, Team, Unplaced
from pipeline.night import Night
from pipeline.run import run
from pipeline.workspace import create

TITLE_ROWS = range(1, 4)
Change = Callable[[Workbook, Team, Team], None]  # changes a return of the first team; the second is another one


# -------------------------------------------------------------------------------------- where a return says whose it is


def _cover_cell(book: Workbook, name: str) -> openpyxl.cell.Cell:
    ref = COLUMNS[f"cover.{name}"]
    for row in book[ref.owner.title()].iter_rows():
        for cell in row:
            if cell.value == ref.declared().title:
                return row[cell.column]
    raise LookupError(name)


def cover(name: str, text: object) -> Change:
    """Write a cell of the cover. `{}` stands for the other team's code, `{name}` for its name."""

    def change(book: Workbook, mine: Team, other: Team) -> None:
        _cover_cell(book, name).value = filled(text, other)

    return change


def filled(text: object, team: Team) -> object:
    return text.format(team.code, name=team.name) if isinstance(text, str) else text


def own(change: Change) -> Change:
    """Let a change speak of the team itself instead of another."""
    return lambda book, mine, other: change(book, mine, mine)


def meta(key: str, text: str) -> Change:
    def change(book: Workbook, mine: Team, other: Team) -> None:
        sheet = book["_meta"] if "_meta" in book.sheetnames else book.create_sheet("_meta")
        rows = {str(sheet.cell(row, 1).value): row for row in range(1, sheet.max_row + 1)}
        row = rows.get(key, sheet.max_row + 1)
        sheet.cell(row, 1, key)
        sheet.cell(row, 2, str(filled(text, other)))

    return change


def a_property(book: Workbook, mine: Team, other: Team) -> None:
    book.custom_doc_props.append(StringProperty(name="huizong_team", value=other.code))


def a_title(book: Workbook, mine: Team, other: Team) -> None:
    book[COLUMNS["visits.host"].owner.title()]["A1"] = f"走访台账（{other.name}）"


def a_tab(book: Workbook, mine: Team, other: Team) -> None:
    sheet = book[COLUMNS["visits.host"].owner.title()]
    sheet.title = f"{other.name[:20]}走访"


def no_meta(book: Workbook, mine: Team, other: Team) -> None:
    """Take away all that is hidden."""
    if "_meta" in book.sheetnames:
        del book["_meta"]
    for name in list(book.custom_doc_props.names):
        del book.custom_doc_props[name]


def no_titles(book: Workbook, mine: Team, other: Team) -> None:
    for sheet in book.worksheets:
        for row in TITLE_ROWS:
            if sum(cell.value is not None for cell in sheet[row]) == 1:
                for merged in [each for each in sheet.merged_cells.ranges if each.min_row == row]:
                    sheet.unmerge_cells(str(merged))
                sheet.cell(row, 1).value = None


def no_cover_team(book: Workbook, mine: Team, other: Team) -> None:
    _cover_cell(book, "team").value = _cover_cell(book, "team_name").value = None


def no_cover(book: Workbook, mine: Team, other: Team) -> None:
    del book[COLUMNS["cover.team"].owner.title()]


def into_a_new_workbook(book: Workbook, mine: Team, other: Team) -> None:
    """Leave what is visible, as copying the sheets into a new workbook does."""
    no_meta(book, mine, other)
    for sheet in [each for each in book.worksheets if each.sheet_state != "visible"]:
        del book[sheet.title]


BARE = (no_meta, no_titles, no_cover_team)  # nobody's: only the period still stands on the cover
SOURCES: dict[str, Change | None] = {  # how each place names the other team; None: the file's name does
    "隐藏信息": meta("team", "{}"),
    "文件属性": a_property,
    "封面 ": cover("team", "{}"),
    "封面  ": cover("team_name", "{name}"),
    "表头": a_title,
    "工作表名": a_tab,
    "文件名": None,
}


# ------------------------------------------------------------------------------------------------------------- cases


@dataclass(frozen=True)
class Case:
    """changes: made to the team's return. name: of the file; `{mine}`, `{other}`, `{name}` stand for codes and name.

    expected: "counted"; "held": known, though the cover lacks what it must have; or the rule by which it waits. says: texts that the reason must hold.
    """

    changes: Sequence[Change] = ()
    name: str = "报表.xlsx"
    expected: str = "counted"
    says: Sequence[str] = ()


def _alone(place: str) -> Case:
    change = SOURCES[place]
    return Case([*BARE, *([own(change)] if change else [])], "报表.xlsx" if change else "{mine}报表.xlsx", "held")


def _contradiction(place: str, other: str) -> Case:
    first, second = SOURCES[place], SOURCES[other]
    changes = [*BARE, *([own(first)] if first else []), *([second] if second else [])]
    name = "报表.xlsx" if first and second else "{other}报表.xlsx"
    return Case(changes, name, "I02|I06", [place.strip(), other.strip(), "{other}", "重新放入|单独存成"])


SPELLINGS = (
    "{name} ",
    " {name}",
    "{wide}",
    "{spaced}",
    "{name}（本级）",
    "{bare}",
    "区{name}",
    "{name}。",
    "“{name}”",
    "{code}{name}",
)


def _spelt(pattern: str) -> Change:
    def change(book: Workbook, mine: Team, other: Team) -> None:
        said = {
            "name": mine.name, "code": mine.code, "spaced": "　".join(mine.name),
            "wide": mine.name.replace("工作队", "工 作 队"), "bare": mine.name.removeprefix("驻").removesuffix("工作队"),
        }  # fmt: skip
        _cover_cell(book, "team_name").value = pattern.format_map(said)

    return change


CASES: dict[str, Case] = {
    **{f"only {place.strip()}{'名称' if place.endswith('  ') else ''}": _alone(place) for place in SOURCES},
    **{
        f"{one} against {two}": _contradiction(one, two)
        for one, two in itertools.combinations(SOURCES, 2)
    },
    **{f"team spelt {spelling}": Case([_spelt(spelling)]) for spelling in SPELLINGS},
    **{
        f"file called {name}": Case([], name)
        for name in ("{mine}最终版.xlsx", "{mine}_改1.xlsx", "{mine} - 副本.xlsx", "{mine} (1).xlsx", "副本{mine}{name}最终版2.xlsx", "新建 Microsoft Excel 工作表.xlsx")
    },
    "a file name that contradicts itself": Case([], "{mine}_{other_name}.xlsx", "I02", ["文件名"]),
    "sheets copied into a new workbook": Case([into_a_new_workbook]),
    "sheets copied, cover's code lost, name known": Case([into_a_new_workbook, no_titles, cover("team", None)], expected="held"),
    "sheets copied, cover's code lost, name not known": Case(
        [into_a_new_workbook, no_titles, cover("team", None), _spelt("{name}一组")], expected="I01", says=["一组", "是否为“{mine} "]
    ),
    "code of no team": Case([*BARE, cover("team", "ZF999"), own(cover("team_name", "{name}"))], expected="I02", says=["ZF999", "不在名录"]),
    "team of no register": Case(
        [*BARE, cover("team", "ZF999"), cover("team_name", "驻永恒机械公司工作队")], expected="I03", says=["ZF999", "是否为“ZF001 驻永恒机械有限公司工作队”"]
    ),
    "code mistyped, hidden information right": Case([cover("team", "ZFO01")], expected="I02", says=["ZFO01", "不在名录", "{mine}"]),
    "nothing says whose it is": Case(BARE, expected="I01", says=["封面"]),
    "not one sheet of ours": Case(
        [into_a_new_workbook, lambda book, mine, other: [book.create_sheet("值班表"), [book.remove(s) for s in book.worksheets[:-1]], book.active.append(["姓名"])][0]],  # type: ignore[func-returns-value]
        expected="I01", says=["没有本次活动"],
    ),
    "no cover, hidden information right": Case([no_cover], expected="held"),
    "older blank": Case([meta("version", "0")], expected="I05", says=["第 0 版", "第 1 版"]),
    "newer blank": Case([meta("version", "2")], expected="I05", says=["第 2 版"]),
    "blank of another campaign": Case([meta("form", "另一张表")], expected="I05", says=["另一张表"]),
    "blank of another campaign, copied": Case([into_a_new_workbook, cover("form_number", "另一张表")], expected="I05", says=["另一张表"]),
    "next period on the cover": Case([cover("period", "2011年4月")], expected="I10", says=["隐藏信息为“2011-03”", "封面 B", "2011年4月"]),
    "next period on the cover, titles forgotten": Case([no_meta, cover("period", "2011年4月")], expected="I10", says=["表头", "2011年4月"]),
    "last year's period everywhere": Case([meta("period", "2010-03"), no_titles, cover("period", "2010年3月")], expected="I04", says=["2010年3月", "2011年4月"]),
    "no period": Case([no_meta, no_titles, cover("period", None)], expected="I04", says=["（空）"]),
    **{
        f"period spelt {text}": Case([no_meta, cover("period", text)])
        for text in ("2011年03月", "2011年3月份", "２０１１年３月", "2011.3", "2011-03", " 2011 年 3 月")
    },
    "closed team": Case([], expected="I03", says=["2011年3月不应报送"]),
    "renamed team, old name kept as an alias": Case([cover("team", None), no_meta, no_titles], expected="held"),
    "merged team, old code kept as an alias": Case(),
}  # fmt: skip
COLUMNS: dict[str, ColumnRef] = {}


def edited(content: bytes, *changes: Callable[[Workbook], object]) -> bytes:
    """Open a return as a clerk would, change it, save it."""
    book = openpyxl.load_workbook(BytesIO(content), data_only=True)
    for change in changes:
        change(book)
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


def saved_at(content: bytes, when: str) -> bytes:
    """Set the time at which the program says it saved a workbook."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    core = members["docProps/core.xml"]
    members["docProps/core.xml"] = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + when.encode(), core)
    assert when.encode() in members["docProps/core.xml"]
    return zipped(members)


@dataclass
class Mess:
    """The night on all cases."""

    night: Night
    teams: dict[str, Team]
    files: dict[str, str]

    def listed(self, case: str) -> list[Unplaced]:
        return [each for each in self.night.unplaced if each.file == self.files[case]]


def _register(root: Path, closed: Team, renamed: Team, merged: Team) -> None:
    path = root / "schemas" / "teams.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        code, name, kind, post, township, *_ = line.split(",")
        if code == closed.code:
            lines[number] = f"{code},{name},{kind},{post},{township},,,,,2011-03-05"
        if code == renamed.code:
            lines[number] = f"{code},新名称工作队,{kind},{post},{township},,,{name},,"
        if code == merged.code:
            lines[number] = f"ZF301,合并后工作队,{kind},{post},{township},,,{code};{name},,"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def mess(campaign: Campaign, clean_district: Path, tmp_path_factory: pytest.TempPathFactory) -> Mess:
    root = tmp_path_factory.mktemp("identity") / "workspace"
    create(root)
    COLUMNS.update(columns(campaign))
    teams = dict(zip(CASES, campaign.teams[1:], strict=False))
    others = campaign.teams[-len(CASES) :]
    special = (teams[next(name for name in CASES if name.startswith(word))] for word in ("closed", "renamed", "merged"))
    _register(root, *special)
    files: dict[str, str] = {}
    for number, (name, case) in enumerate(CASES.items()):
        team, other = teams[name], others[number]
        right = next(clean_district.glob(f"{team.code}_*")).read_bytes()
        content = edited(right, *(lambda book, c=change, t=team, o=other: c(book, t, o) for change in case.changes))
        plain = case.name.format(mine=team.code, name=team.name, other=other.code, other_name=other.name)
        files[name] = f"{number:03d}号/{plain}"
        (root / "inbox" / files[name]).parent.mkdir()
        (root / "inbox" / files[name]).write_bytes(content)
    return Mess(run(root, DUE, workers=2), teams, files)


@pytest.mark.parametrize("case", CASES)
def test_a_return_is_known_by_all_that_it_says_or_waits_and_says_why(mess: Mess, case: str) -> None:
    wanted, team = CASES[case], mess.teams[case]
    standing = next((each for each in mess.night.standings if each.team.code == team.code), None)
    if case.startswith("merged"):
        standing = next(each for each in mess.night.standings if each.team.code == "ZF301")
    listed = mess.listed(case)
    if wanted.expected in ("counted", "held"):
        assert listed == []
        assert standing is not None and standing.status is (
            Status.ACCEPTED if wanted.expected == "counted" else Status.HELD
        )
        return
    assert [each.rule in wanted.expected.split("|") for each in listed] == [True], listed
    number = list(CASES).index(case)
    other = mess.night.campaign.teams[-len(CASES) + number] if not case.startswith("merged") else team
    for text in wanted.says:
        options = [each.replace("{mine}", team.code) for each in text.split("|")]
        if text == "{other}":
            options = [other.code, other.name, other.name[:20]]
        assert any(each in listed[0].reason for each in options), (options, listed[0].reason)
    assert standing is None or standing.status is Status.MISSING


def test_nobody_else_is_counted_for_a_return_that_waits(mess: Mess) -> None:
    expected = {team.code for name, team in mess.teams.items() if CASES[name].expected in ("counted", "held")}
    assert {s.team.code for s in mess.night.standings if s.latest} - {"ZF301"} == {
        code for code in expected if code in mess.night.campaign.by_code
    }


# ------------------------------------------------------------------------------------------------------- several files


@pytest.fixture
def returns(campaign: Campaign, clean_district: Path) -> Callable[[int], bytes]:
    """Give the right return of the n-th team."""
    COLUMNS.update(columns(campaign))
    files = sorted(clean_district.glob("*.xlsx"))
    return lambda number: files[number].read_bytes()


def with_persons(content: bytes, change: int) -> bytes:
    """Change the first visit by some persons, and all sums with it."""

    def more(book: Workbook) -> None:
        visits, summary = book[COLUMNS["visits.persons"].owner.title()], book[COLUMNS["summary.cadres"].owner.title()]
        head = next(cell for row in visits.iter_rows() for cell in row if str(cell.value).startswith("走访人数"))
        for row in (head.row + 1, head.row + 2):
            visits.cell(row, head.column).value += change
        title = next(cell for row in summary.iter_rows() for cell in row if cell.value == "走访群众")
        for column in (title.column + 2, title.column + 3):
            summary.cell(title.row, column).value += change

    return edited(content, more)


def of(night: Night, code: str) -> tuple[Status, int, set[str]]:
    standing = next(each for each in night.standings if each.team.code == code)
    return standing.status, standing.versions, {finding.rule for finding in night.of_team(code)}


def test_of_three_versions_in_one_night_the_last_saved_counts(workspace: Path, returns: Callable[[int], bytes]) -> None:
    first = returns(0)
    for name, persons, hour in (("ZF001最终版", 2, "17"), ("ZF001改1", 1, "12"), ("ZF001", 0, "09")):
        content = saved_at(with_persons(first, persons), f"2011-03-30T{hour}:00:00Z")
        (workspace / "inbox" / f"{name}.xlsx").write_bytes(content)
    night = run(workspace, DUE, workers=2)
    assert of(night, "ZF001") == (Status.ACCEPTED, 3, {"I07"})
    assert "ZF001最终版.xlsx" in night.of_team("ZF001")[0].message
    assert night.consolidation.totals["people_visited"].value == 196 + 2


def test_versions_saved_at_the_same_time_are_asked_about_if_they_differ(
    workspace: Path, returns: Callable[[int], bytes]
) -> None:
    for number, code in ((0, "ZF001"), (1, "ZF002")):
        for version, persons in (("a", 0), ("b", 1 if code == "ZF001" else 0)):
            content = saved_at(with_persons(returns(number), persons), "2011-03-30T09:00:00Z")
            if version == "b":
                content = zipped(
                    {name: data for name, data in _members(content).items()} | {"docProps/thumbnail.txt": b"b"}
                )
            (workspace / "inbox" / f"{code}{version}.xlsx").write_bytes(content)
    night = run(workspace, DUE, workers=2)
    assert of(night, "ZF001") == (Status.HELD, 2, {"I08"})
    assert "ZF001a.xlsx、ZF001b.xlsx" in night.of_team("ZF001")[0].message
    assert of(night, "ZF002") == (Status.ACCEPTED, 2, {"I07"})


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def three_in_one(returns: Callable[[int], bytes], *, with_titles: bool) -> bytes:
    """Copy three teams' sheets into one workbook, as an office upstream of us collects them."""
    books = [openpyxl.load_workbook(BytesIO(returns(number)), data_only=True) for number in range(3)]
    into = books[0]
    del into["_meta"]
    for number, book in enumerate(books[1:], 2):
        for sheet in [each for each in book.worksheets if each.sheet_state == "visible"]:
            copy = into.create_sheet(f"{sheet.title} ({number})")
            for row in sheet.iter_rows(values_only=True):
                copy.append(row)
    if not with_titles:
        for sheet in into.worksheets:
            for row in TITLE_ROWS:
                if sum(cell.value is not None for cell in sheet[row]) == 1:
                    sheet.cell(row, 1).value = None
    for name in list(into.custom_doc_props.names):
        del into.custom_doc_props[name]
    saved = BytesIO()
    into.save(saved)
    return saved.getvalue()


def test_three_teams_in_one_file_are_never_counted_as_one(workspace: Path, returns: Callable[[int], bytes]) -> None:
    (workspace / "inbox" / "三个队.xlsx").write_bytes(three_in_one(returns, with_titles=True))
    night = run(workspace, DUE, workers=2)
    assert [each.rule for each in night.unplaced] == ["I06"]
    assert all(code in night.unplaced[0].reason for code in ("ZF001", "ZF002", "ZF003"))
    assert "封面 (2)" in night.unplaced[0].reason and "单独存成" in night.unplaced[0].reason


def test_three_teams_in_one_file_without_titles_are_held(workspace: Path, returns: Callable[[int], bytes]) -> None:
    (workspace / "inbox" / "三个队.xlsx").write_bytes(three_in_one(returns, with_titles=False))
    night = run(workspace, DUE, workers=2)
    assert night.consolidation.by_team == {}
    assert of(night, "ZF001")[0] is Status.HELD and "S08" in of(night, "ZF001")[2]


# -------------------------------------------------------------------------------------------------------- night by night


def test_a_return_that_waits_is_taken_when_the_register_learns_the_team(
    workspace: Path, returns: Callable[[int], bytes]
) -> None:
    register = workspace / "schemas" / "teams.csv"
    whole = register.read_text(encoding="utf-8")
    register.write_text(
        "".join(line for line in whole.splitlines(keepends=True) if "ZF002" not in line), encoding="utf-8"
    )
    (workspace / "inbox" / "补报.xlsx").write_bytes(returns(1))
    first = run(workspace, DUE, workers=2)
    again = run(workspace, DUE + dt.timedelta(days=1), workers=2)
    assert [each.rule for each in first.unplaced] == ["I03"] and first.unplaced == again.unplaced
    assert list((workspace / "inbox").iterdir()) == []
    register.write_text(whole, encoding="utf-8")
    last = run(workspace, DUE + dt.timedelta(days=2), workers=2)
    assert last.unplaced == []
    assert of(last, "ZF002")[0] is Status.ACCEPTED
    standing = next(each for each in last.standings if each.team.code == "ZF002")
    assert standing.days_late == 0  # it came in time; the register was late


def test_next_month(workspace: Path, returns: Callable[[int], bytes], campaign: Campaign) -> None:
    inbox, april = workspace / "inbox", dt.date(2011, 5, 3)
    for number in range(2):
        (inbox / f"{number}.xlsx").write_bytes(returns(number))
    assert run(workspace, DUE, workers=2).returns()["accepted"] == 2

    def for_april(book: Workbook) -> None:
        team = campaign.teams[0]
        meta("period", "2011-04")(book, team, team)
        cover("period", "2011年4月")(book, team, team)
        for sheet in book.worksheets:
            for row in TITLE_ROWS:
                if isinstance(sheet.cell(row, 1).value, str):
                    sheet.cell(row, 1).value = sheet.cell(row, 1).value.replace("2011年3月", "2011年4月")

    (inbox / "same figures.xlsx").write_bytes(edited(returns(0), for_april))
    (inbox / "same bytes.xlsx").write_bytes(returns(1))
    (inbox / "late.xlsx").write_bytes(returns(2))
    (inbox / "cover only.xlsx").write_bytes(
        edited(returns(3), lambda book: cover("period", "2011年4月")(book, campaign.teams[3], campaign.teams[3]))
    )
    night = run(workspace, april, workers=2)
    assert night.period.key == "2011-04"
    # what was done in March is not April's, nor is March's form
    assert of(night, "ZF001") == (Status.HELD, 1, {"B02", "I09", "S18", "S20"})
    said = {each.file: (each.rule, each.reason) for each in (*night.unplaced, *night.repeated)}
    assert {file: rule for file, (rule, _) in said.items()} == {
        "same bytes.xlsx": "F07",
        "late.xlsx": "I11",
        "cover only.xlsx": "I10",
    }
    assert "--period 2011-03" in said["late.xlsx"][1] and campaign.teams[2].name in said["late.xlsx"][1]
    march = run(workspace, april, period="2011-03", workers=2)
    assert march.returns()["accepted"] == 3 and march.returns()["late"] == 1


def test_names_that_several_teams_bear_are_nobodys(workspace: Path) -> None:
    register = workspace / "schemas" / "teams.csv"
    text = (
        register.read_text(encoding="utf-8")
        .replace("永恒机械工作队;永恒机械,", "一队,")
        .replace("白鹭米业工作队,", "一队;ZF001,")
    )
    register.write_text(text, encoding="utf-8")
    campaign = load(workspace)
    assert "一队" not in campaign.by_name
    assert campaign.by_name["zf001"].code == "ZF001"
