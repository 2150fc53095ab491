"""The table for those who inspect at the end: each row is what a clerk would write by hand, and every no is found in its cell."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import DUE, without_letters
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline import decide
from pipeline.campaign import load
from pipeline.demo import make_district
from pipeline.demo.first_night import nil_return, right
from pipeline.demo.truth import Rows, copied
from pipeline.night import Night
from pipeline.publish.form.workbook import Contents, write_form
from pipeline.publish.office import answered_no
from pipeline.publish.office.acceptance import ACCEPTANCE, write_acceptance
from pipeline.publish.phrases.complete import count_complete, deliveries
from pipeline.run import run
from tests.nights import REPO, sample_night

LATE = DUE + dt.timedelta(2)
PARTS = ("whole", "blank", "nil", "held", "missing", "excused", "late", "breach", "asked")
HEAD = 7  # row of the lower header, above the first team

# What a clerk would write: team, 审核, 及时, 份数, rows of 名册 工作账 问题账 走访 活动 资金 纪律, 汇总表, 错误, 核实, 处理决定, 应有尽有.
MARCH = """
whole    审核通过            按时      1  5 2 4 6 3 2 5  20/20  0 0  -       齐全
blank    审核通过            按时      1  5 缺 4 6 3 2 5  20/20  0 0  -       缺 工作账
nil      审核通过；零报告    按时      1  5 无 无 无 无 无 5  20/20  0 0  -       齐全
held     退改                按时      1  - - - - - - -  -      2 0  -       退改，2 处错误未改
missing  未报                逾期2天   0  - - - - - - -  -      0 0  -       未报
excused  免报                -         0  - - - - - - -  -      0 0  免报1   免报
late     审核通过            迟2天     1  5 2 4 6 3 2 5  20/20  0 0  -       齐全
breach   审核通过            按时      1  5 2 4 6 3 2 5  20/20  0 0  -       齐全
asked    审核通过            按时      1  5 2 4 6 3 2 5  20/20  0 1  -       核实 1 项未说明
"""


class District:
    """An office of nine teams, one for each of `PARTS`, with returns small enough to be counted by hand."""

    def __init__(self, root: Path) -> None:
        self.root = root
        without_letters(root)
        whole = load(root)
        self.right = right(whole, whole.periods[0], 2011, whole.teams[: len(PARTS)])
        self.keep(len(PARTS))
        self.campaign = load(root)
        self.team = dict(zip(PARTS, self.campaign.teams, strict=True))
        self.part = {team.code: part for part, team in self.team.items()}
        self.rows = {part: self._small(part) for part in PARTS}

    def keep(self, teams: int) -> None:
        """Let the register name so many teams only."""
        register = self.root / "schemas" / "teams.csv"
        register.write_text("\n".join(register.read_text("utf-8").splitlines()[: teams + 1]) + "\n", "utf-8")

    def send(self, part: str, period: int = 0, day: dt.date | None = None) -> None:
        """Drop what a team sends for the first or second period, in the folder of a day."""
        term, rows = self.campaign.periods[period], copied(self.rows[part])
        rows["cover"][0]["period"] = term.title
        place = self.root / "inbox" / (day.isoformat() if day else "")
        team = self.team[part]
        place.mkdir(exist_ok=True)
        write_form(place / f"{team.code}-{term.key}.xlsx", self.campaign, term, team, Contents(rows))

    def _small(self, part: str) -> Rows:
        rows = copied(self._right(part))
        if part == "blank":
            rows["work"] = []
        elif part == "nil":
            rows = nil_return(self.campaign, rows, self.team[part].code) or rows
        elif part == "held":
            rows["visits"][0]["persons"] = rows["visits"][1]["persons"] = "约30"
        elif part == "breach":
            rows["discipline"][1] |= {"no_gifts": "否", "remark": "收受土特产，已退回，电话13800001234"}
            rows["discipline"][3] |= {"no_gifts": "否", "lives_on_site": "否", "remark": "=家中有病人"}
        elif part == "asked":
            found = rows["problems"][0]["found_on"]
            rows["problems"][0]["due_on"] = found + dt.timedelta(200)
        return rows

    def _right(self, part: str) -> Rows:
        """Cut a right return down to a few rows, and declare what is left."""
        rows = copied(self.right[self.team[part].code])
        sizes = {"roster": 5, "work": 2, "problems": 4, "visits": 6, "activities": 3, "funds": 2, "discipline": 5}
        for key, size in sizes.items():
            rows[key] = rows[key][:size]
            assert len(rows[key]) == size
        roster = [row["name"] for row in rows["roster"]]
        for key, names in (
            ("discipline", ["member"]),
            ("work", ["responsible"]),
            ("problems", ["responsible"]),
            ("visits", ["cadre"]),
        ):
            for place, row in enumerate(rows[key]):
                row.update(dict.fromkeys(names, roster[place % len(roster)]))
        for row in rows["roster"][1:]:
            row["duty"] = "队员"
        rows["roster"][0]["duty"] = "队长"
        rows["cover"][0]["leader"] = roster[0]
        for row in rows["discipline"]:
            row.update({name: "是" for name in row if name.startswith(("no_", "lives_"))} | {"remark": None})
        for record in rows["summary"]:
            for name, col in self.campaign.form.declared.indicators().items():
                assert col.equals is not None
                frame = col.equals.sheet.frame(rows[col.equals.sheet.key()])
                record[name] = col.kind.total(col.equals.amounts(frame))  # type: ignore[attr-defined]
        return rows


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> District:
    made = District(tmp_path_factory.mktemp("acceptance") / "district")
    for part in PARTS:
        if part not in ("missing", "excused"):
            made.send(part, day=LATE if part == "late" else DUE)
    run(made.root, DUE, workers=1)
    decide.excuse(made.root, made.team["excused"].code, DUE, "王主任", "全队抽调防汛", "2011-03")
    return made


@pytest.fixture(scope="module")
def night(district: District) -> Night:
    return run(district.root, LATE, workers=1)


@pytest.fixture(scope="module")
def book(district: District, night: Night) -> Workbook:
    return openpyxl.load_workbook(district.root / "outbox" / night.folder / ACCEPTANCE)


def heads(page: Worksheet) -> list[str]:
    """Give the heading of each column: of a band, what stands below it."""
    upper, lower = ([cell.value for cell in page[row]] for row in (HEAD - 1, HEAD))
    return [str(below or above) for above, below in zip(upper, lower, strict=True)]


def lines(page: Worksheet, first: int = HEAD + 1) -> list[list[Any]]:
    """Give the lines of a table with what is added up below it."""
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=first)]
    return rows[: next((place for place, row in enumerate(rows) if row[0] == "合　计"), len(rows)) + 1]


def as_written(line: list[Any], titles: list[str]) -> str:
    """Write a line as the table above has it."""
    told = line[titles.index("审核") : titles.index("应有尽有") + 1]
    return " ".join("-" if cell is None else str(cell).replace(" ", "") for cell in told)


def test_each_row_is_what_a_clerk_would_write(district: District, book: Workbook) -> None:
    page = book["验收表"]
    titles, wanted = heads(page), [line.split(maxsplit=1) for line in MARCH.strip().splitlines()]
    found = {district.part[line[0]]: as_written(line, titles) for line in lines(page)[:-1]}
    assert list(found) == list(PARTS)
    for part, said in wanted:
        before, _, lacking = said.rpartition("  ")
        assert found[part] == " ".join([*before.split(), lacking.strip().replace(" ", "")]), part


def test_the_table_has_what_each_team_sent(district: District, book: Workbook) -> None:
    page = book["验收表"]
    line = next(line for line in lines(page) if line[0] == district.team["whole"].code)
    for sheet in district.campaign.form.ledgers:
        assert line[heads(page).index(sheet.title())] == len(district.rows["whole"][sheet.key()])


def test_the_last_line_counts_what_is_lacking(book: Workbook) -> None:
    page = book["验收表"]
    total = dict(zip(heads(page), lines(page)[-1], strict=True))
    assert total["应有尽有"] == "齐全 4 个，不齐 4 个"
    assert (total["审核"], total["及时"], total["份数"]) == ("通过 6", "迟报 1", 7)
    assert (total["工作账"], total["问题账"], total["汇总表填数"]) == (1, 0, 0)
    assert (total["错误"], total["核实"], total["处理决定"]) == (2, 1, "1 项")


def test_inspectors_have_room_and_the_table_can_be_filtered(book: Workbook) -> None:
    page = book["验收表"]
    assert heads(page)[-3:] == ["现场核对", "验收意见", "验收人"]
    assert all(line[-3:] == [None, None, None] for line in lines(page))
    assert page.auto_filter.ref == f"A7:{page.cell(1, page.max_column).column_letter}16"
    assert page.freeze_panes == "C8" and page.print_title_rows == "$6:$7"
    (shaded,) = page.conditional_formatting
    assert "齐全" in shaded.rules[0].formula[0] and str(shaded.sqref).startswith("A8:")


def test_it_agrees_with_the_record_and_the_summary(district: District, night: Night, book: Workbook) -> None:
    folder = district.root / "outbox" / night.folder
    record = json.loads((folder / "run.json").read_text("utf-8"))
    assert record["acceptance"] == {"complete": 4, "incomplete": 4}
    page = book["验收表"]
    titles, table = heads(page), lines(page)[:-1]
    states = [str(line[titles.index("审核")]) for line in table]
    words = {"accepted": "审核通过", "held": "退改", "missing": "未报", "excused": "免报", "nil": "零报告"}
    assert {key: sum(word in state for state in states) for key, word in words.items()} == {
        key: record["returns"][key] for key in words
    }
    assert sum("迟" in str(line[titles.index("及时")]) for line in table) == record["returns"]["late"]
    assert sum(line[titles.index("错误")] + line[titles.index("核实")] for line in table) == 3
    summary = openpyxl.load_workbook(folder / "汇总表.xlsx")[f"分{night.campaign.settings.unit}"]
    of_summary = {row[0].value: row[2].value for row in summary.iter_rows(min_row=8)}
    assert all(of_summary[line[0]] == str(line[titles.index("审核")]).removesuffix("；零报告") for line in table)


def test_each_no_is_counted_and_found_in_its_cell(district: District, night: Night, book: Workbook) -> None:
    sheet, team = district.campaign.form.sheet("discipline"), district.team["breach"]
    page = book[sheet.title()]
    titles, table = heads(page), lines(page)
    assert table[0] == [team.code, team.name, 5, 0, 2, 0, 0, 0, 1, 3, "审核通过"]
    assert [line[0] for line in table[-4:-1]] == [district.team[part].code for part in ("held", "missing", "excused")]
    assert all(line[2:-1] == [None] * 8 for line in table[-4:-1])
    assert [line[2] for line in table[1:-4]] == [5] * 5 and all(line[-2] == 0 for line in table[1:-4])
    assert len(titles) == 11 and table[-1][1] == f"1 个{night.campaign.settings.unit}有填“否”的"
    rows, sent = district.rows["breach"]["discipline"], next(s for s in night.submissions if s.team == team.code)
    listed = lines(book[f"{sheet.title()}逐条"], HEAD)
    said = [line for line in listed if line[0] == team.code]
    assert [line[2:5] for line in said] == [
        [rows[1]["member"], "不准收受礼品", "收受土特产，已退回，电话138****1234"],
        [rows[3]["member"], "不准收受礼品、坚持吃住在点", "=家中有病人"],
    ]
    original = openpyxl.load_workbook(district.root / sent.path)
    for line in said:
        cells = line[7].split()
        assert line[5] == sent.file and len(cells) == len(line[3].split("、"))
        assert {original[line[6]][cell].value for cell in cells} == {"否"}


def test_a_second_run_gives_the_same_bytes(district: District, night: Night, tmp_path: Path) -> None:
    place = district.root / "outbox" / night.folder / ACCEPTANCE
    before = place.read_bytes()
    shutil.rmtree(district.root / "cache")
    again = run(district.root, LATE, workers=1)
    assert place.read_bytes() == before and not again.is_new
    write_acceptance(again, tmp_path / "a.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == before


def test_periods_before_are_told(district: District, tmp_path: Path) -> None:
    root = tmp_path / "later"
    shutil.copytree(district.root, root)
    later = District.__new__(District)
    later.__dict__.update(district.__dict__ | {"root": root})
    later.send("whole", period=1)
    april = run(root, dt.date(2011, 5, 3), "2011-04", workers=1)
    write_acceptance(april, tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx")["验收表"]
    titles = heads(page)
    found = {district.part[line[0]]: line for line in lines(page)[:-1]}
    before = {part: line[titles.index("此前各期")] for part, line in found.items()}
    counting = dict.fromkeys(PARTS, "通过 1 期")
    assert before == counting | {"held": "缺 2011年3月", "missing": "缺 2011年3月", "excused": "免报 1 期"}
    assert "2011年3月未报或未通过" in found["held"][titles.index("应有尽有")]
    assert "2011年3月" not in found["excused"][titles.index("应有尽有")]
    assert lines(page)[-1][titles.index("此前各期")] == 2


def test_what_a_later_return_lacks_does_not_touch_the_one_that_counts() -> None:
    night = sample_night()
    earlier = next(each for each in deliveries(night) if each.standing.counts_earlier)
    assert earlier.checked is not None and earlier.blank == [] and not earlier.is_complete
    assert earlier.says == "退改，2 处错误未改"


def test_figures_that_are_not_there_are_counted() -> None:
    night = sample_night()
    standing = night.standings[0]
    assert standing.counted is not None
    sha256 = standing.counted.sha256
    said: dict[str, Mapping[str, Any]] = {
        record: dict(named) for record, named in night.checked[sha256].figures.items()
    }
    said["cumulative"].pop("leaflets")  # type: ignore[attr-defined]
    checked = {**night.checked, sha256: replace(night.checked[sha256], figures=said)}
    first = next(deliveries(replace(night, checked=checked)))
    assert (first.filled, first.says) == (19, "汇总表空 1 项")


def test_of_many_returns_the_first_are_listed_and_the_others_counted(
    night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answered_no, "MOST_OPENED", 0)
    write_acceptance(night, tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx")["纪律情况逐条"]
    texts = [cell.value for row in page.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert not any("土特产" in text for text in texts)
    assert any("还有 1 个工作队没有列出" in text for text in texts)


def test_a_register_without_teams_is_written_too(tmp_path: Path) -> None:
    night = sample_night(teams=0)
    write_acceptance(night, tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx")["验收表"]
    assert lines(page)[0][:2] == ["合　计", f"0 个{night.campaign.settings.unit}"]
    assert count_complete(night) == {"complete": 0, "incomplete": 0}


@pytest.mark.parametrize("name", ["progress", "questionnaire"])
def test_a_form_without_such_questions_has_the_one_table(name: str, tmp_path: Path) -> None:
    shutil.copytree(REPO / "examples" / name / "schemas", tmp_path / "schemas")
    (tmp_path / "inbox").mkdir()
    campaign = load(tmp_path)
    make_district(campaign, campaign.periods[0], tmp_path / "inbox", clean=True)
    night = run(tmp_path, campaign.periods[0].due, workers=1)
    book = openpyxl.load_workbook(tmp_path / "outbox" / night.folder / ACCEPTANCE)
    assert book.sheetnames == ["验收表"]
    assert count_complete(night) == {"complete": len(campaign.teams), "incomplete": 0}


def test_a_form_without_ledgers_is_asked_for_its_card(tmp_path: Path) -> None:
    night = sample_night()
    form = night.campaign.form
    bare = replace(form, sheets=[sheet for sheet in form.sheets if sheet not in form.ledgers])
    write_acceptance(replace(night, campaign=replace(night.campaign, form=bare)), tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx")["验收表"]
    assert "台账行数" not in [cell.value for cell in page[HEAD - 1]]
    assert lines(page)[0][heads(page).index("汇总表填数")] == "20/20"


def test_the_report_leads_to_it(night: Night) -> None:
    page = (night.campaign.root / "outbox" / night.folder / "校验报告.html").read_text("utf-8")
    assert 'href="%E6%A3%80%E6%9F%A5%E9%AA%8C%E6%94%B6.xlsx"' in page
