"""Figures that look impossible: beside other teams', in a nil return, beside the period before, beyond what was announced."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from builders import cells_of, columns, damage, sheet_of
from click.testing import CliRunner
from conftest import DUE, REPO
from judging import Judged, judge
from test_settle import answer

from pipeline.campaign import Campaign, load
from pipeline.cli import huizong
from pipeline.demo import make_district
from pipeline.demo.first_night import nil_return, right
from pipeline.demo.truth import Rows
from pipeline.errors import CampaignError
from pipeline.model import Finding, FindingState, Number, Status, Total
from pipeline.publish.form.workbook import Contents, write_form
from pipeline.rawbook import RawBook
from pipeline.read import read_here
from pipeline.run import run

AID = ("funds.amount", "funds.kind", "帮扶资金", "summary.aid_raised")
MEETINGS = ("activities.sessions", "activities.kind", "座谈会", "summary.meetings_held")
NEW_CHECKS = {"Y01", "Y02", "Z01", "B02", "B03", "B04"}


def teams_of(campaign: Campaign, **kinds: int) -> list[str]:
    """Give the codes of the first so many teams of each kind."""
    codes: list[str] = []
    for kind, count in kinds.items():
        codes += [team.code for team in campaign.teams if team.kind == kind][:count]
    return codes


def total_up(path: Path, campaign: Campaign, what: tuple[str, str, str, str], value: float) -> Path:
    """Let a team report so much in all: the first row of its ledger makes up for it, and everything that adds it up agrees."""
    refs = columns(campaign)
    amount, kind, wanted, declared = refs[what[0]], refs[what[1]], what[2], refs[what[3]]

    def change(book: Any) -> None:
        ledger, summary = sheet_of(book, amount), sheet_of(book, declared)
        cells = cells_of(book, amount)
        row = next(n for n, cell in enumerate(cells_of(book, kind)) if ledger[cell].value == wanted)
        records = cells_of(book, declared)
        more = value - summary[records[-1]].value
        ledger[cells[row]] = round(ledger[cells[row]].value + more, 4)
        top = ledger.cell(row=ledger[cells[0]].row - 1, column=ledger[cells[0]].column)
        top.value = round(top.value + more, 4)
        for cell in records:
            summary[cell] = value

    return damage(path, change)


def declare(path: Path, campaign: Campaign, ref: str, value: Any, which: Sequence[int] = (0, 1)) -> Path:
    """Write a declared figure, or another answer of a card, into some of its records."""
    column = columns(campaign)[ref]

    def change(book: Any) -> None:
        cells = cells_of(book, column)
        for number in which:
            sheet_of(book, column)[cells[number]] = value

    return damage(path, change)


@pytest.fixture(scope="module")
def read(clean_district: Path, campaign: Campaign) -> dict[str, RawBook]:
    """The right returns of thirteen enterprise teams, six of streets and eight of projects, by team code."""
    codes = teams_of(campaign, 企业=13, 街道=6, 项目=8)
    return {code: read_here(next(clean_district.glob(f"{code}_*.xlsx"))) for code in codes}


@pytest.fixture
def with_total(
    clean_district: Path, campaign: Campaign, read: dict[str, RawBook], tmp_path: Path
) -> Callable[..., Judged]:
    """Judge the returns of some teams, one of which reports so much."""

    def judged(
        codes: Sequence[str], code: str, what: tuple[str, str, str, str], value: float, of: Campaign = campaign
    ) -> Judged:
        path = shutil.copy(next(clean_district.glob(f"{code}_*.xlsx")), tmp_path)
        books = {each: read[each] for each in codes} | {code: read_here(total_up(Path(path), campaign, what, value))}
        return judge({f"{each}.xlsx": book for each, book in books.items()}, of)

    return judged


def asked(judged: Judged) -> list[tuple[str, str, str]]:
    """Team, rule and field of everything that was found, but for the notes."""
    every = [each for found in judged.findings.values() for each in found if each.severity.value != "note"]
    return [(each.team, each.rule, each.field) for each in every]


# -- beside other teams


def test_yuan_for_ten_thousands_in_ledger_and_summary_is_asked_about(
    workspace: Path, campaign: Campaign, clean_district: Path
) -> None:
    codes = teams_of(campaign, 企业=12)
    for code in codes:
        shutil.copy(next(clean_district.glob(f"{code}_*.xlsx")), workspace / "inbox")
    path = next((workspace / "inbox").glob(f"{codes[3]}_*.xlsx"))
    total_up(path, campaign, AID, 876)
    night = run(workspace, DUE, workers=1)
    (found,) = [each for each in night.findings if each.severity.value != "note"]
    assert (found.team, found.rule, found.field, found.subject) == (codes[3], "Y01", "aid_raised", "cumulative")
    assert night.returns()["accepted"] == 12 and night.returns()["queried"] == 1
    assert found.cell and "“筹集帮扶资金（累计数）”填报 876，约为同类（企业）单位中位数" in found.message
    assert "本栏单位为万元" in found.message and "核实说明" in found.message

    correction = next((workspace / "outbox" / DUE.isoformat() / "退改").glob("*.xlsx"))
    answer(
        correction,
        workspace,
        found.key,
        "区财政局拨付乡村道路专项资金，附拨款文件",
        workspace / "inbox" / "answer.xlsx",
    )
    explained = run(workspace, DUE + dt.timedelta(days=1), workers=1)
    assert [(each.key, each.state) for each in explained.findings if each.rule == "Y01"] == [
        (found.key, FindingState.EXPLAINED)
    ]


def test_a_figure_is_asked_about_once_though_it_is_far_and_most_of_the_sum(
    with_total: Callable[..., Judged], read: dict[str, RawBook]
) -> None:
    judged = with_total(list(read), "ZF001", AID, 876)
    assert asked(judged) == [("ZF001", "Y01", "aid_raised")]


def test_what_is_out_of_bounds_is_not_asked_about_again(
    with_total: Callable[..., Judged], read: dict[str, RawBook]
) -> None:
    rules = {rule for _, rule, field in asked(with_total(list(read), "ZF001", AID, 6300)) if field == "aid_raised"}
    assert rules == {"N04"}


def test_a_large_team_is_not_asked(with_total: Callable[..., Judged], read: dict[str, RawBook]) -> None:
    assert asked(with_total(list(read), "ZF001", AID, 4)) == []  # six times the usual
    assert asked(with_total(list(read), "ZF001", MEETINGS, 14)) == []


def test_a_kind_with_few_teams_is_compared_with_all(
    campaign: Campaign, with_total: Callable[..., Judged], read: dict[str, RawBook]
) -> None:
    streets, others = teams_of(campaign, 街道=6), teams_of(campaign, 企业=13, 项目=8)
    judged = with_total([*others, *streets], streets[0], AID, 45)
    assert asked(judged) == [(streets[0], "Y01", "aid_raised")]
    (found,) = [each for each in judged.findings[streets[0]] if each.rule == "Y01"]
    assert "全部单位中位数" in found.says
    assert asked(with_total([*others[:13], *streets], streets[0], AID, 45)) == []  # 19 teams are too few
    assert asked(with_total([*others[:14], *streets], streets[0], AID, 45)) == [(streets[0], "Y01", "aid_raised")]


def limited(workspace: Path, text: str) -> Campaign:
    """Write thresholds into campaign.toml in place of the shipped ones of that rule, and load it."""
    settings = workspace / "schemas" / "campaign.toml"
    lines = [line for line in settings.read_text("utf-8").splitlines() if not line.startswith(text.split()[0])]
    settings.write_text("\n".join([*lines, text, ""]), "utf-8")
    return load(workspace)


def test_a_share_of_the_sum_is_asked_about_from_a_quarter_on(
    workspace: Path, with_total: Callable[..., Judged], read: dict[str, RawBook], campaign: Campaign
) -> None:
    lax = limited(workspace, "Y01 = { times = 1000 }")
    figures = judge({f"{code}.xlsx": book for code, book in read.items()}, campaign).consolidation.by_team
    others = sum(figures[code]["aid_raised"] for code in read if code != "ZF001")
    share = (others / 3).quantize(Decimal("0.01"))  # a third of the others' is a quarter of all
    assert asked(with_total(list(read), "ZF001", AID, float(share + 1), lax)) == [("ZF001", "Y02", "aid_raised")]
    assert asked(with_total(list(read), "ZF001", AID, float(share - 1), lax)) == []


def test_thirty_times_next_to_nothing_is_not_asked(
    workspace: Path, with_total: Callable[..., Judged], read: dict[str, RawBook]
) -> None:
    strict = limited(workspace, "Y01 = { times = 5 }")  # the usual number of meetings is two
    assert asked(with_total(list(read), "ZF001", MEETINGS, 25, strict)) == []
    assert ("ZF001", "Y01", "meetings_held") in asked(with_total(list(read), "ZF001", MEETINGS, 60, strict))


def test_medians_are_the_latest_returns_and_an_earlier_one_is_not_asked(
    clean_district: Path, campaign: Campaign, read: dict[str, RawBook], tmp_path: Path
) -> None:
    path = Path(shutil.copy(next(clean_district.glob("ZF001_*.xlsx")), tmp_path))
    far = replace(read_here(total_up(path, campaign, AID, 876)), saved_at="2000-01-01T00:00:00")
    books = {f"{code}.xlsx": book for code, book in read.items()} | {"earlier.xlsx": far}
    mended = judge(books, campaign)
    assert mended.standings["ZF001"].versions == 2 and asked(mended) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Y01 = { time = 30 }", "规则 Y01 没有界限“time”"),
        ("Y99 = { times = 30 }", "没有规则 Y99"),
        ("B01 = { times = 30 }", "没有规则 B01"),
        ('Y02 = { percent = "25" }', "规则 Y02 的界限“percent”应与“25”同类"),
    ],
)
def test_a_mistake_in_the_thresholds_is_named(workspace: Path, text: str, says: str) -> None:
    with pytest.raises(CampaignError, match=says):
        limited(workspace, text)


def test_the_list_of_rules_has_them(workspace: Path) -> None:
    listed = CliRunner().invoke(huizong, ["rules", "-C", str(workspace)]).output
    assert {line.split("　")[0] for line in listed.splitlines()} >= NEW_CHECKS


# -- nil returns


@pytest.fixture(scope="module")
def rows(campaign: Campaign) -> Rows:
    """A right return with figures."""
    return right(campaign, campaign.periods[0], 2011, campaign.teams[:1])[campaign.teams[0].code]


def written(campaign: Campaign, rows: Rows, path: Path, period: int = 0) -> RawBook:
    write_form(path, campaign, campaign.periods[period], campaign.teams[0], Contents(rows))
    return read_here(path)


def found_in_nil(campaign: Campaign, rows: Rows, path: Path) -> list[Finding]:
    judged = judge({path.name: written(campaign, rows, path)}, campaign)
    return [each for each in judged.findings.get(campaign.teams[0].code, []) if each.rule == "Z01"]


def test_a_nil_return_with_its_cadres_is_right(campaign: Campaign, rows: Rows, tmp_path: Path) -> None:
    nil = nil_return(campaign, rows)
    assert nil is not None and len(nil["roster"]) > 1 and nil["summary"][-1]["cadres"] > 1
    judged = judge({"a.xlsx": written(campaign, nil, tmp_path / "a.xlsx")}, campaign)
    assert asked(judged) == [] and judged.standings[campaign.teams[0].code].is_nil


@pytest.mark.parametrize(
    ("ledger", "fields"),
    [
        ("activities", {"meetings_held", "leaflets"}),
        ("funds", {"aid_raised", "financing"}),
        ("problems", {"problems_found", "problems_resolved"}),
        ("visits", {"people_visited"}),
    ],
)
def test_a_nil_return_with_figures_is_held(
    campaign: Campaign, rows: Rows, tmp_path: Path, ledger: str, fields: set[str]
) -> None:
    nil = nil_return(campaign, rows) or {}
    figures = [
        {**empty, **{name: row[name] for name in fields}}
        for empty, row in zip(nil["summary"], rows["summary"], strict=True)
    ]
    told = nil | {ledger: rows[ledger], "summary": figures}
    judged = judge({"a.xlsx": written(campaign, told, tmp_path / "a.xlsx")}, campaign)
    assert judged.standings[campaign.teams[0].code].status is Status.HELD
    found = judged.findings[campaign.teams[0].code]
    assert {each.rule for each in found} == {"Z01"}
    assert {(each.subject, each.field) for each in found if each.sheet_key == "summary"} == {
        (record, name) for record in ("this_period", "cumulative") for name in fields
    }
    (row,) = [each for each in found if each.sheet_key == ledger]
    assert row.subject == ledger and row.cell
    assert all("封面“零报告”填报为“是”" in each.says and "请" in each.says for each in found)

    fewer = told | {ledger: rows[ledger][1:]}
    again = [each for each in found_in_nil(campaign, fewer, tmp_path / "b.xlsx") if each.sheet_key == ledger]
    assert [each.key for each in again] == [row.key]


def test_a_ledger_without_figures_is_enough(campaign: Campaign, rows: Rows, tmp_path: Path) -> None:
    nil = nil_return(campaign, rows) or {}
    (found,) = found_in_nil(campaign, nil | {"problems": rows["problems"]}, tmp_path / "a.xlsx")
    assert found.sheet_key == "problems" and f"却有 {len(rows['problems'])} 行计入“排查突出问题”" in found.says
    nothing = [{**row, "amount": 0} for row in rows["funds"]]
    assert found_in_nil(campaign, nil | {"funds": nothing}, tmp_path / "b.xlsx") == []


def test_what_was_done_before_a_nil_period_stands(campaign: Campaign, tmp_path: Path) -> None:
    period, team = campaign.periods[1], campaign.teams[0]
    done = right(campaign, period, 2011, [team])[team.code]
    figures = dict.fromkeys(campaign.form.nothing_when_nil(), 0)
    done["summary"][0].update(figures)
    done["cover"][0]["nil"] = "是"
    book = written(campaign, done, tmp_path / "a.xlsx", period=1)
    known = {team.code: {"cumulative": done["summary"][1]}}
    assert asked(judge({"a.xlsx": book}, campaign, period, known)) == []
    done["summary"][0]["leaflets"] = 1
    book = written(campaign, done, tmp_path / "b.xlsx", period=1)
    assert {rule for _, rule, _ in asked(judge({"b.xlsx": book}, campaign, period))} == {"Z01"}


# -- beside the period before


@pytest.fixture
def first(workspace: Path) -> Path:
    """The right return of one team in the campaign's first period, in the inbox."""
    make_district(load(workspace), load(workspace).periods[0], workspace / "inbox", clean=True, teams=1)
    return next((workspace / "inbox").glob("*.xlsx"))


def test_in_the_first_period_the_period_s_figure_is_the_cumulative_one(
    first: Path, workspace: Path, campaign: Campaign
) -> None:
    declare(first, campaign, "summary.leaflets", 1, which=[0])
    night = run(workspace, DUE, workers=1)
    (found,) = night.findings
    whole = int(night.consolidation.as_read[found.team]["leaflets"])
    assert (found.rule, found.subject, found.field) == ("B02", "this_period", "leaflets")
    assert f"填报 1，但累计数 {whole} 减去上期累计数 0（本期是第一期），应为 {whole}，相差 {whole - 1}。" in found.says
    assert "更正报表" not in found.says


@pytest.mark.parametrize("value", ["约30", None])
def test_what_cannot_be_read_is_not_compared(first: Path, workspace: Path, campaign: Campaign, value: Any) -> None:
    declare(first, campaign, "summary.leaflets", value, which=[0])
    assert not {each.rule for each in run(workspace, DUE, workers=1).findings} & NEW_CHECKS


class Second:
    """A right return for the second period: what the period brought and what there is in all are the same."""

    def __init__(self, campaign: Campaign, folder: Path) -> None:
        make_district(campaign, campaign.periods[1], folder, clean=True, teams=1)
        self.campaign, self.path = campaign, next(folder.glob("*.xlsx"))
        self.team = self.path.name.split("_")[0]
        self.figures: Mapping[str, Number] = self.judged(None).consolidation.by_team[self.team]

    def judged(self, before: Mapping[str, Mapping[str, Number]] | None) -> Judged:
        """Judge it; before: figures of the period before by record, None: it had no counted return."""
        previous = None if before is None else {self.team: before}
        return judge({self.path.name: read_here(self.path)}, self.campaign, self.campaign.periods[1], previous)

    def found(self, before: Mapping[str, Mapping[str, Number]] | None) -> list[Finding]:
        return list(self.judged(before).findings.get(self.team, []))


@pytest.fixture
def second(campaign: Campaign, tmp_path: Path) -> Second:
    return Second(campaign, tmp_path / "april")


def test_the_period_s_figure_is_what_was_added_since(second: Second) -> None:
    whole = int(second.figures["leaflets"])
    assert second.found(None) == [] and second.found({}) == [] and second.found({"cumulative": {"leaflets": 0}}) == []
    (found,) = second.found({"cumulative": {"leaflets": 1}})
    assert (found.rule, found.subject, found.field) == ("B02", "this_period", "leaflets")
    assert f"填报 {whole}，但累计数 {whole} 减去2011年3月的累计数 1，应为 {whole - 1}，相差 1。" in found.says
    assert found.says.endswith("；如是2011年3月的报表有误，请先报送该期的更正报表。")
    declare(second.path, second.campaign, "summary.leaflets", whole - 1, which=[0])
    assert second.found({"cumulative": {"leaflets": 1}}) == []


def test_money_is_compared_exactly(second: Second) -> None:
    whole = Decimal(second.figures["aid_raised"])
    declare(second.path, second.campaign, "summary.aid_raised", 0.1, which=[0])
    assert second.found({"cumulative": {"aid_raised": whole - Decimal("0.1")}}) == []
    (found,) = second.found({"cumulative": {"aid_raised": whole - Decimal("0.11")}})
    assert found.rule == "B02" and "应为 0.11，相差 0.01。" in found.says


def test_a_cumulative_figure_does_not_fall(second: Second) -> None:
    whole = int(second.figures["leaflets"])
    declare(second.path, second.campaign, "summary.leaflets", 0, which=[0])
    assert second.found({"cumulative": {"leaflets": whole}}) == []
    (found,) = second.found({"cumulative": {"leaflets": whole + 7}})
    assert (found.rule, found.subject, found.field) == ("B03", "cumulative", "leaflets")
    assert f"填报 {whole}，低于2011年3月的累计数 {whole + 7}，少了 7。" in found.says
    assert found.says.endswith("；如是2011年3月的报表有误，请先报送该期的更正报表。")


def test_a_number_of_cadres_is_not_added_up_over_periods(second: Second) -> None:
    assert second.found({"cumulative": {"cadres": second.figures["cadres"], "cadres_district": 99}}) == []


def test_a_period_opens_with_what_the_one_before_closed(workspace: Path, tmp_path: Path) -> None:
    summary = workspace / "schemas" / "summary.py"
    text = summary.read_text("utf-8")
    for old, new in (
        ('{"this_period": "本期数", "cumulative": "累计数"}', '{"opening": "期初数", "closing": "期末数"}'),
        ('this_period = "this_period"', 'opening = "opening"'),
        ('cumulative = "cumulative"', 'closing = "closing"'),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    summary.write_text(text, "utf-8")
    second = Second(load(workspace), tmp_path / "april")
    opened = int(second.figures["leaflets"])
    assert second.found(None) == [] and second.found({"closing": {"leaflets": opened}}) == []
    (found,) = second.found({"closing": {"leaflets": opened + 2}})
    assert (found.rule, found.subject, found.field) == ("B04", "opening", "leaflets")
    assert f"填报 {opened}，应等于2011年3月的期末数 {opened + 2}，相差 2。请改为 {opened + 2}；" in found.says
    declare(second.path, second.campaign, "summary.leaflets", opened + 2, which=[0])
    assert second.found({"closing": {"leaflets": opened + 2}}) == []
    make_district(second.campaign, second.campaign.periods[0], tmp_path / "march", clean=True, teams=1)
    march = next((tmp_path / "march").glob("*.xlsx"))
    declare(march, second.campaign, "summary.leaflets", 5, which=[0])  # it may open with anything: nothing was before
    judged = judge(
        {march.name: read_here(march)}, second.campaign, previous={second.team: {"closing": {"leaflets": 7}}}
    )
    assert second.team in judged.consolidation.by_team and asked(judged) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('this_period = "this_period"', 'this_period = "period"', "this_period 写的“period”不在 records 中"),
        ('stocks = ("cadres",', 'stocks = ("cadre",', "stocks 写的“cadre”不是它的栏目"),
    ],
)
def test_a_record_that_a_card_does_not_have_is_named(workspace: Path, old: str, new: str, says: str) -> None:
    summary = workspace / "schemas" / "summary.py"
    summary.write_text(summary.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(CampaignError, match=says):
        load(workspace)


# -- beyond what was announced


@pytest.mark.parametrize(
    ("value", "announced", "beyond"),
    [(130, 130, False), (131, 130, True), (9, None, False), (Decimal("130.01"), 130, True)],
)
def test_a_total_is_beyond_when_it_is_more_than_was_announced(
    value: Number, announced: Number | None, beyond: bool
) -> None:
    assert Total("k", "走访", "人", value, 1, 1, announced).is_beyond is beyond


def test_a_total_beyond_the_announced_one_is_said_wherever_it_is_read(workspace: Path) -> None:
    make_district(load(workspace), load(workspace).periods[0], workspace / "inbox", clean=True, teams=2)
    settings = workspace / "schemas" / "campaign.toml"
    text = (
        settings.read_text("utf-8")
        .replace("people_visited = 38327", "people_visited = 1")
        .replace("aid_raised = 130", "aid_raised = 0.5")
    )
    settings.write_text(text, "utf-8")
    command = [
        sys.executable,
        "-m",
        "pipeline",
        "nightly",
        "-C",
        str(workspace),
        "--as-of",
        DUE.isoformat(),
        "--workers",
        "1",
    ]
    evening = subprocess.run(command, cwd=REPO, check=True, capture_output=True, encoding="utf-8").stdout
    outbox = workspace / "outbox" / DUE.isoformat()
    page = openpyxl.load_workbook(outbox / "汇总表.xlsx", data_only=True).worksheets[1]
    lines = {row[0].value: row for row in page.iter_rows() if row[0].value}
    people = f"走访群众合计 {lines['走访群众'][2].value:,} 人，超过已公布的 1 人"
    aid = f"筹集帮扶资金合计 {lines['筹集帮扶资金'][2].value} 万元，超过已公布的 0.5 万元"
    html = (outbox / "校验报告.html").read_text("utf-8")
    told = "\n".join(str(title) for title in lines)
    for said in (people, aid):
        assert f"{said}。" in evening and said in html and f"▲ {said}。" in told
        assert html.index(said) < html.index('id="first"')
    assert "▲" in lines["走访群众"][7].number_format and "▲" not in lines["发放宣传资料"][7].number_format
    assert "发放宣传资料合计" not in evening + html + told
