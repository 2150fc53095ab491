"""Rules about the rows of last period's return: what was not closed there still stands, what was closed is closed once."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from clear_words import unclear
from conftest import without_letters
from openpyxl import load_workbook

from pipeline import assess as assessing
from pipeline import decide
from pipeline.campaign import Campaign, load
from pipeline.check.trial import verdict
from pipeline.demo.first_night import right
from pipeline.demo.truth import Rows, copied
from pipeline.foresee import foresee
from pipeline.lint import lint
from pipeline.model import Finding, FindingState, Team
from pipeline.night import Night
from pipeline.preview import preview
from pipeline.publish.form.workbook import Contents, write_form
from pipeline.run import run
from pipeline.workspace import create

ONE_DAY = dt.timedelta(1)
RESOLVED = "已解决"
Change = Callable[[Rows], None]


class District:
    """Three teams and what they send for March and April. open, closed: codes of problems that a team has."""

    def __init__(self, root: Path) -> None:
        self.root, self.campaign = root, load(root)
        self.march, self.april = self.campaign.periods[:2]
        self.teams = self.campaign.teams[:3]
        self.rows = right(self.campaign, self.march, 2011, self.teams)
        self.day = self.april.due

    def problems(self, team: Team, *, resolved: bool) -> list[str]:
        """Give the codes of a team's problems that are resolved in March, or are not."""
        rows = self.rows[team.code]["problems"]
        return [row["code"] for row in rows if (row["state"] == RESOLVED) is resolved]

    def send(self, team: Team, name: str, *, april: bool, change: Change = lambda rows: None) -> Path:
        """Let a team send a return: in April what it sent for March, and nothing more."""
        rows = copied(self.rows[team.code])
        if april:
            rows["cover"][0]["period"] = self.april.title
            stocks = self.campaign.form.declared.options().stocks
            rows["summary"][0] |= {name: 0 for name in self.campaign.form.declared.indicators() if name not in stocks}
        change(rows)
        path = self.root / "inbox" / f"{name}.xlsx"
        write_form(path, self.campaign, self.april if april else self.march, team, Contents(rows))
        return path

    def of_march(self) -> Night:
        """Run the next night of March."""
        self.day += ONE_DAY
        return run(self.root, self.day, self.march.key, workers=1)

    def of_april(self) -> Night:
        """Run the next night of April."""
        self.day += ONE_DAY
        return run(self.root, self.day, self.april.key, workers=1)


@pytest.fixture
def here(tmp_path: Path) -> District:
    without_letters(tmp_path / "w")
    return District(tmp_path / "w")


def recoded(old: str, new: str = "W97") -> Change:
    """Let a problem vanish, and another stand in its row: the figures stay."""

    def change(rows: Rows) -> None:
        (row,) = [row for row in rows["problems"] if row["code"] == old]
        row |= {"code": new, "description": "新排查的一个问题"}

    return change


def closed_on(code: str, day: dt.date) -> Change:
    def change(rows: Rows) -> None:
        (row,) = [row for row in rows["problems"] if row["code"] == code]
        row["resolved_on"] = day

    return change


def asked(night: Night, rule: str = "P06") -> dict[str, list[Finding]]:
    by_team: dict[str, list[Finding]] = {}
    for each in night.findings:
        if each.rule == rule and each.state.is_open:
            by_team.setdefault(each.team, []).append(each)
    return by_team


def test_the_rules_are_tried_on_rows_of_both_periods(campaign: Campaign) -> None:
    rules = {rule.code: rule for rule in campaign.form.rules}
    gone, twice = rules["P06"], rules["P07"]
    assert (gone.frames, gone.sheets, gone.is_about_before) == (("problems_before", "problems"), ("problems",), True)
    assert (twice.frames, twice.sheets, twice.is_about_before) == (
        ("problems", "problems_before"),
        ("problems",),
        False,
    )
    assert verdict(gone, campaign.form, {"code": "W01", "state": "未解决"}) is False, (
        "a row by itself is one of last period"
    )
    assert verdict(gone, campaign.form, gone.failing[0], unreadable="code") is None
    assert verdict(twice, campaign.form, {"code": "W01", "state": RESOLVED, "resolved_on": "2011-04-09"}) is True


def test_a_problem_that_vanished_is_named_at_its_ledger_and_an_answer_settles_it(here: District) -> None:
    first, second, third = here.teams
    code, other = here.problems(first, resolved=False)[0], here.problems(second, resolved=True)[0]
    for team in here.teams[:2]:
        here.send(team, f"{team.code}-3", april=False)
    assert {each.rule for each in here.of_march().findings} <= {"S17"}
    here.send(first, "a", april=True, change=recoded(code))
    here.send(second, "b", april=True, change=recoded(other))  # it was resolved, and may go
    here.send(third, "c", april=True, change=recoded(here.problems(third, resolved=False)[0]))  # sent nothing for March
    night = here.of_april()
    ((team, (finding,)),) = asked(night).items()
    said = next(row for row in here.rows[first.code]["problems"] if row["code"] == code)
    assert team == first.code and f"“{code}”（{said['description']}）" in finding.says
    assert (finding.sheet, finding.cell, finding.line, finding.value) == ("问题账", "", None, code)
    assert finding.subject and unclear(finding) == []
    assert next(s for s in night.standings if s.team.code == first.code).is_queried

    (correction,) = (here.root / "outbox" / night.folder / "退改").glob(f"{first.code}_*.xlsx")
    book = load_workbook(correction)
    sheet = book["核实说明"]
    (row,) = [cell.row for line in sheet.iter_rows() for cell in line if cell.value == finding.key]
    sheet.cell(row, 4).value = "该问题与另一问题重复，4月2日合并处理"
    book.save(here.root / "inbox" / "answer.xlsx")
    answered = here.of_april()
    assert [each.state for each in answered.findings if each.rule == "P06"] == [FindingState.EXPLAINED]
    assert not next(s for s in answered.standings if s.team.code == first.code).is_queried


def test_a_problem_is_closed_once(here: District) -> None:
    team = here.teams[0]
    code = here.problems(team, resolved=True)[0]
    here.send(team, "3", april=False)
    here.of_march()
    here.send(team, "4", april=True)  # resolved in both with the same date: the ledger goes on from March
    assert asked(here.of_april(), "P07") == asked(here.of_april(), "P06") == {}
    here.send(team, "4-2", april=True, change=closed_on(code, dt.date(2011, 4, 9)))
    (finding,) = asked(here.of_april(), "P07")[team.code]
    assert (finding.subject, finding.column) == (
        f"={code}" if finding.subject[0] == "=" else finding.subject,
        "解决日期",
    )
    assert code in finding.says and "2011-04-09" in finding.says and unclear(finding) == []


def test_what_counts_for_march_is_asked_again_whenever_it_changes(here: District) -> None:
    """Corrected, withdrawn, or accepted late: the return of April is the same all along."""
    first, second, _ = here.teams
    gone = {team.code: here.problems(team, resolved=False)[0] for team in here.teams}
    here.send(first, "a3", april=False)
    here.of_march()
    here.send(first, "a4", april=True, change=recoded(gone[first.code]))
    here.send(second, "b4", april=True, change=recoded(gone[second.code]))
    assert list(asked(here.of_april())) == [first.code]
    here.send(second, "b3", april=False)  # late
    here.of_march()
    assert list(asked(here.of_april())) == [first.code, second.code]
    here.send(first, "a3-2", april=False, change=recoded(gone[first.code]))  # it was a slip in March
    here.of_march()
    assert list(asked(here.of_april())) == [second.code]
    decide.withdraw(here.root, second.code, here.day, "办公室王主任", "数字与台账核对不上", here.march.key)
    night = here.of_april()
    assert asked(night) == {} and {(each.team, each.rule) for each in night.closed} == {
        (team.code, "P06") for team in (first, second)
    }


def test_nothing_but_time_depends_on_what_was_kept_or_where_it_was_checked(
    here: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for team in here.teams:
        here.send(team, f"{team.code}-3", april=False)
    here.of_march()
    for team in here.teams:
        here.send(team, f"{team.code}-4", april=True, change=recoded(here.problems(team, resolved=False)[0]))
    shutil.copytree(here.root, tmp_path / "other")
    shutil.rmtree(tmp_path / "other" / "cache")
    day = here.day + ONE_DAY
    would = foresee(here.root, day, here.april.key, workers=1).night
    (told,) = preview(here.root, [here.root / "inbox" / f"{here.teams[0].code}-4.xlsx"], day)
    one = run(here.root, day, here.april.key, workers=1)
    monkeypatch.setattr(assessing, "BATCH", 1)
    other = run(tmp_path / "other", day, here.april.key, workers=2)
    assert list(asked(one)) == [team.code for team in here.teams] and len(asked(one)) == 3
    assert asked(one) == asked(other) == asked(would)
    assert [each.key for each in told.findings if each.rule == "P06"] == [
        each.key for each in asked(one)[here.teams[0].code]
    ]
    assert published(here.root, one) == published(tmp_path / "other", other)
    shutil.rmtree(here.root / "cache")
    again = run(here.root, day, here.april.key, workers=1)
    assert asked(again) == asked(one) and published(here.root, again) == published(tmp_path / "other", other)


def published(root: Path, night: Night) -> Mapping[str, Any]:
    """Give the bytes of all that a night gave out; of its record all but the time that it took."""
    folder = root / "outbox" / night.folder
    files: dict[str, Any] = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name[0] != "."
    }
    record = json.loads(files.pop("run.json"))
    return files | {"run.json": {name: value for name, value in record.items() if name != "seconds"}}


def test_a_return_of_march_that_is_lost_says_nothing_until_it_is_found(here: District) -> None:
    team = here.teams[0]
    path = here.send(team, "3", april=False)
    said = path.read_bytes()
    here.of_march()
    here.send(team, "4", april=True, change=recoded(here.problems(team, resolved=False)[0]))
    (kept_at,) = (each for each in (here.root / "archive").rglob("*.xlsx") if each.read_bytes() == said)
    kept_at.rename(here.root / "elsewhere.xlsx")
    assert asked(here.of_april()) == {}
    (here.root / "elsewhere.xlsx").rename(kept_at)
    assert list(asked(here.of_april())) == [team.code]


@pytest.mark.parametrize("what", ["unreadable", "no sheet"])
def test_where_the_ledger_cannot_be_looked_through_nothing_is_said_to_be_gone(here: District, what: str) -> None:
    team = here.teams[0]
    here.send(team, "3", april=False)
    here.of_march()
    path = here.send(team, "4", april=True, change=recoded(here.problems(team, resolved=False)[0]))
    book = load_workbook(path)
    sheet = book["问题账"]
    if what == "unreadable":
        (cell,) = [cell for line in sheet.iter_rows() for cell in line if cell.value == "W97"]
        cell.value = "#REF!"
        cell.data_type = "e"
    else:
        del book["问题账"]
    book.save(path)
    night = here.of_april()
    assert asked(night) == {} and {each.rule for each in night.findings} & {"E01", "R01", "S01", "T02", "S02"}


def test_a_nil_return_still_has_what_is_not_closed(here: District) -> None:
    """Its cumulative figures stand, and with them the ledger that they add up."""
    first, second, _ = here.teams
    for team in (first, second):
        here.send(team, f"{team.code}-3", april=False)
    here.of_march()
    for team, change in ((first, lambda rows: None), (second, recoded(here.problems(second, resolved=False)[0]))):

        def nil(rows: Rows, change: Change = change) -> None:
            rows["cover"][0]["nil"] = "是"
            change(rows)

        here.send(team, f"{team.code}-4", april=True, change=nil)
    assert list(asked(here.of_april())) == [second.code]


def test_a_nil_return_whose_ledgers_must_be_blank_lacks_nothing(tmp_path: Path) -> None:
    """Of a form that asks for the period alone."""
    create(tmp_path / "w")
    card = tmp_path / "w" / "schemas" / "summary.py"
    text = (
        card.read_text("utf-8")
        .replace(', "cumulative": "累计数"', "")
        .replace('        cumulative = "cumulative"\n', "")
    )
    card.write_text(re.sub(r"        stocks = .*\n", "", text), "utf-8")
    here = District(tmp_path / "w")
    first, second, _ = here.teams
    for team in (first, second):
        here.send(team, f"{team.code}-3", april=False)
    here.of_march()

    def nil(rows: Rows) -> None:
        rows["cover"][0]["nil"] = "是"
        for key in ("problems", "visits", "activities", "funds"):
            rows[key] = []

    def blank(rows: Rows) -> None:
        rows["problems"] = []

    here.send(first, f"{first.code}-4", april=True, change=nil)
    here.send(second, f"{second.code}-4", april=True, change=blank)
    assert {team: len(found) for team, found in asked(here.of_april()).items()} == {
        second.code: len(here.problems(second, resolved=False))
    }


DATED = """

@rule(
    "P90",
    QUERY,
    blames=Problems.code,
    says="上期列为“{grade}”的问题“{code}”本期找不到。请补上。",
    passing=[{"code": "W01", "grade": "一般"}],
    failing=[{"code": "W01", "grade": "重大"}],
)
def grave_problems_stay(problems_before: Rows) -> Truths:
    \"\"\"重大问题不会消失。\"\"\"
    return problems_before["grade"] != "重大"


@rule(
    "P91",
    QUERY,
    blames=Problems.code,
    says="上期问题“{code}”的档案号是 {file}。请在备注中写明。",
    passing=[{"code": "W01", "file": "无"}],
    failing=[{"code": "W01", "file": "B1"}],
)
def files_are_kept(problems_before: Rows) -> Truths:
    \"\"\"有档案号的问题要写明。\"\"\"
    return problems_before["file"] == "无"
"""


def test_of_a_form_that_was_another_what_it_asked_for_is_read_and_what_it_lacked_is_not(tmp_path: Path) -> None:
    create(tmp_path / "w")
    ledger = tmp_path / "w" / "schemas" / "problems.py"
    columns = (
        '    grade: Choice = column("问题等级", choices=("重大", "一般"), since="2011-04")\n'
        '    file: Text = column("档案号", until="2011-03", examples=["B1", "B2"])\n\n    class Config:'
    )
    ledger.write_text(ledger.read_text("utf-8").replace("\n    class Config:", columns, 1) + DATED, "utf-8")
    assert lint(tmp_path / "w") == []
    here = District(tmp_path / "w")
    first, second, _ = here.teams
    for team in (first, second):
        here.send(team, f"{team.code}-3", april=False)
    here.of_march()
    gone = here.problems(first, resolved=False)[0]

    def graded(rows: Rows) -> None:
        recoded(gone)(rows)
        for row in rows["problems"]:
            row["grade"] = "重大"

    here.send(first, "a4", april=True, change=graded)
    path = here.send(second, "b4", april=False, change=recoded(here.problems(second, resolved=False)[0]))
    book = load_workbook(path)  # on March's blank, for April
    for cell in (cell for sheet in book for line in sheet.iter_rows() for cell in line if isinstance(cell.value, str)):
        cell.value = cell.value.replace(here.march.title, here.april.title)
        cell.value = here.april.key if cell.value == here.march.key else cell.value
    book.save(path)
    night = here.of_april()
    assert {each.team for each in night.findings if each.rule == "S18"} == {second.code}
    assert list(asked(night)) == [first.code] and asked(night, "P90") == {}
    assert len(asked(night, "P91")[first.code]) == len(here.rows[first.code]["problems"])
    assert asked(night, "P91").keys() == {first.code}


@pytest.mark.parametrize(
    ("written", "instead", "says"),
    [
        ("(problems_before: Rows, problems: Rows)", "(problem_before: Rows, problems: Rows)", "是否为“problems_before”"),
        ("(problems_before: Rows, problems: Rows)", "(problems_befor: Rows, problems: Rows)", "是否为“problems_before”"),
        ("(problems_before: Rows, problems: Rows)", "(problems: Rows)", "“problems_before”不是它的参数"),
        ('passing=[\n        {"problems_before": [{"code": "W01", "state"', 'passing=[\n        {"problems_before": [{"code": "W01", "stat"', "没有“stat”这一栏"),
        ("blames=Problems.code,\n", "blames=(Problems.code, Problems.state),\n", "blames 只能是一栏"),
        ("blames=Problems.code,\n", "blames=Problems.code,\n    across=\"teams\",\n", "across"),
        ("“{code}”（{description}）", "“{code}”（{descriptio}）", "descriptio"),
        ('listed = problems_before[["submission", "code"]]', 'listed = problems_before[["submission", "kode"]]', "kode"),
    ],
)  # fmt: skip
def test_mistakes_are_told(here: District, written: str, instead: str, says: str) -> None:
    path = here.root / "schemas" / "problems.py"
    text = path.read_text("utf-8")
    assert text.count(written) == 1
    path.write_text(text.replace(written, instead), "utf-8")
    told = [str(each) for each in lint(here.root)]
    assert any("P06" in each and says in each for each in told), told


def test_a_rule_without_examples_is_refused(here: District) -> None:
    path = here.root / "schemas" / "problems.py"
    begun, rule = path.read_text("utf-8").split('    "P06",')
    rule = rule[: rule.index("    passing=")] + rule[rule.index(")\ndef unresolved") :]
    path.write_text(f'{begun}    "P06",{rule}', "utf-8")
    assert any("P06" in str(each) and "缺少示例" in str(each) for each in lint(here.root))


def test_a_sheet_may_not_be_called_as_the_rows_of_another_before(here: District) -> None:
    form = here.root / "schemas" / "__init__.py"
    form.write_text(
        form.read_text("utf-8").replace("Problems, Visits", "Problems, ProblemsBefore, Visits") + "\n",
        "utf-8",
    )
    path = here.root / "schemas" / "problems.py"
    text = path.read_text("utf-8")
    other = (
        '\n\nclass ProblemsBefore(Sheet):\n    """One row per problem of last year."""\n\n'
        '    what: Text = column("往年问题")\n\n    class Config:\n        title = "往年问题账"\n'
    )
    path.write_text(text.replace('\n\n@rule(\n    "P02"', other + '\n\n@rule(\n    "P02"', 1), "utf-8")
    form.write_text(form.read_text("utf-8").replace("import Problems", "import Problems, ProblemsBefore"), "utf-8")
    told = [str(each) for each in lint(here.root)]
    assert any("P06" in each and "请给该表的类另取名称" in each for each in told), told
