"""The synthetic district: its clean returns keep every rule and add up, its mistakes are many, its bytes repeat."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from openpyxl import load_workbook

from pipeline.campaign import Campaign, load
from pipeline.declare import ERROR, Measure
from pipeline.demo import DemoError, NoCorrectionsYet, Planted, make_district, make_second_day
from pipeline.demo.cast import FREQUENCY, Part, cast, chosen
from pipeline.demo.faults import across_teams, faults, questions
from pipeline.demo.first_night import nil_return, right
from pipeline.demo.people import PHONES_PER_TEAM, phone
from pipeline.demo.shares import apportion
from pipeline.demo.truth import Rows, broken, failing, frames_of
from pipeline.publish.filenames import correction_file
from pipeline.publish.form.workbook import Contents, FormPlaces, write_form

PLAIN = Path(__file__).resolve().parent.parent / "benchmarks" / "plain"
SEED = 2011


@pytest.fixture(scope="module")
def returns(campaign: Campaign) -> dict[str, Rows]:
    return right(campaign, campaign.periods[0], SEED, campaign.register(campaign.periods[0]))


@pytest.fixture(scope="module")
def frames(campaign: Campaign, returns: Mapping[str, Rows]) -> dict[str, pd.DataFrame]:
    return frames_of(campaign, returns)


@pytest.fixture(scope="module")
def planted(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> list[Planted]:
    inbox = tmp_path_factory.mktemp("first") / "inbox"
    return make_district(campaign, campaign.periods[0], inbox, clean=False, teams=60)


def by_team(measure: Measure, frames: Mapping[str, pd.DataFrame], count: int) -> list[float]:
    rows = frames[measure.sheet.key()]
    return [
        round(float(measure.amounts(mine).sum()), 6)
        for number in range(count)
        for mine in [rows[rows["submission"] == number]]
    ]


def test_every_team_of_the_register_reports(campaign: Campaign, returns: dict[str, Rows]) -> None:
    assert list(returns) == [team.code for team in campaign.register(campaign.periods[0])]
    assert len(returns) == 187


def test_the_register_is_what_was_announced(campaign: Campaign) -> None:
    kinds = Counter(team.kind for team in campaign.teams)
    assert kinds == {"企业": 31, "项目": 134, "乡镇": 13, "开发区": 1, "街道": 6, "园区": 2}
    assert len({team.post for team in campaign.teams}) == 186
    assert len(campaign.by_name) == sum(2 + len(team.aliases) for team in campaign.teams), "two teams share a name"


def test_totals_are_the_control_totals(campaign: Campaign, frames: dict[str, pd.DataFrame]) -> None:
    declared = frames[campaign.form.declared.key()]
    for record in campaign.form.declared.options().records or {}:
        rows = declared[declared["record"] == record]
        columns = campaign.form.declared.indicators()
        totals = {name: Decimal(columns[name].kind.total(rows[name])) for name in campaign.control_totals}
        assert totals == campaign.control_totals


def test_every_indicator_is_its_ledgers_sum(campaign: Campaign, frames: dict[str, pd.DataFrame]) -> None:
    declared = frames[campaign.form.declared.key()]
    totalled = declared[declared["record"] == campaign.form.total_record]
    measured = {name: col.equals for name, col in campaign.form.declared.indicators().items() if col.equals is not None}
    assert measured
    for name, measure in measured.items():
        assert totalled[name].astype(float).round(6).tolist() == by_team(measure, frames, len(totalled)), name


def test_every_rule_holds(campaign: Campaign, frames: dict[str, pd.DataFrame]) -> None:
    assert {rule.code: int(failing(rule, frames, campaign).sum()) for rule in campaign.form.rules} == dict.fromkeys(
        (rule.code for rule in campaign.form.rules), 0
    )


def test_columns_keep_their_promises(campaign: Campaign, frames: dict[str, pd.DataFrame]) -> None:
    period = campaign.periods[0]
    for sheet in campaign.form.sheets:
        rows = frames[sheet.key()]
        sheet.to_schema().validate(rows[list(sheet.columns())], lazy=True)  # required, bounds, patterns, choices
        for name, col in sheet.columns().items():
            if col.kind.label == "日期":
                first, last = map(pd.Timestamp, col.span(*campaign.span(period)))
                assert rows[name].dropna().between(first, last).all(), (sheet, name)
            if col.is_unique:
                assert not rows.duplicated(["submission", name]).any(), (sheet, name)
            if col.in_column is not None:
                listed = frames[col.in_column.owner.key()]
                pairs = set(zip(listed["submission"], listed[str(col.in_column)], strict=True))
                assert set(zip(rows["submission"], rows[name], strict=True)) <= pairs, (sheet, name)


def test_another_seed_adds_up_too(campaign: Campaign, returns: dict[str, Rows]) -> None:
    made = right(campaign, campaign.periods[0], SEED + 1, campaign.register(campaign.periods[0]))
    assert broken(campaign, made) == set()
    assert made != returns


def test_the_same_seed_gives_the_same_bytes(campaign: Campaign, tmp_path: Path) -> None:
    period = campaign.periods[0]
    made = [make_district(campaign, period, tmp_path / name, clean=False, teams=14) for name in ("a", "b")]
    files = [
        {path.relative_to(tmp_path / name): path for path in (tmp_path / name).rglob("*.xlsx")} for name in ("a", "b")
    ]
    assert list(files[0]) == list(files[1]) and files[0]
    assert all(files[0][name].read_bytes() == files[1][name].read_bytes() for name in files[0])
    assert all(files[0][name].stat().st_mtime == files[1][name].stat().st_mtime for name in files[0])
    assert [each.rules for each in made[0]] == [each.rules for each in made[1]]


def test_a_return_does_not_depend_on_how_many_report(
    campaign: Campaign, returns: dict[str, Rows], tmp_path: Path
) -> None:
    period = campaign.periods[0]
    made = make_district(campaign, period, tmp_path / "inbox", clean=True, teams=2)
    assert [each.team for each in made] == ["ZF001", "ZF094"]
    assert {each.file.parent for each in made} == {tmp_path / "inbox"}
    few = right(campaign, period, SEED, [campaign.by_code[each.team] for each in made])
    assert few == {code: returns[code] for code in few}


def test_mistakes_are_of_many_kinds(campaign: Campaign, planted: list[Planted]) -> None:
    codes = {code for each in planted for code in each.rules}
    own = {rule.code for rule in campaign.form.rules}
    assert len(codes) >= 12
    assert len(codes & own) >= 5 and len(codes - own) >= 7
    assert {"F03", "I01", "I03"} <= codes


def test_every_own_error_rule_can_be_broken(campaign: Campaign, returns: dict[str, Rows]) -> None:
    rows = next(iter(returns.values()))
    plantable = {
        fault.rule for fault in faults(campaign, campaign.periods[0]) if fault.plant(rows, Random(1)) is not None
    }
    with_examples = {rule.code for rule in campaign.form.rules if rule.failing and rule.severity is ERROR}
    assert with_examples - {rule.code for rule, _ in across_teams(campaign)} <= plantable


def test_a_question_is_the_only_thing_wrong(campaign: Campaign, returns: dict[str, Rows]) -> None:
    rows = next(iter(returns.values()))
    planted = {fault.rule: fault.plant(rows, Random(1)) for fault in questions(campaign)}
    asked = {code: changed for code, changed in planted.items() if changed is not None}
    assert len(asked) >= 2  # a question that needs more rows than a return has cannot be planted there
    assert all(broken(campaign, {"": changed}) == {code} for code, changed in asked.items())


def test_a_nil_return_is_right_and_empty(campaign: Campaign, returns: dict[str, Rows]) -> None:
    nil = nil_return(campaign, next(iter(returns.values())))
    assert nil is not None and broken(campaign, {"": nil}) == set()
    declared = nil[campaign.form.declared.key()][-1]
    must = {name for name, col in campaign.form.declared.indicators().items() if (col.ge or 0) >= 1}
    assert all(declared[name] >= 1 for name in must)
    assert sum(value == 0 for value in declared.values()) >= 5


def test_parts_are_as_frequent_as_they_should_be(campaign: Campaign) -> None:
    teams = campaign.register(campaign.periods[0])
    played = cast(teams, campaign.periods[0], SEED)
    assert {part: len(played.of(part)) for part in FREQUENCY} == dict(FREQUENCY)
    assert len(played.late) == 9
    assert not played.late & set(played.of(Part.MISSING))


def test_files_arrive_by_day_and_say_nothing(campaign: Campaign, planted: list[Planted]) -> None:
    due = campaign.periods[0].due
    folders = Counter(each.file.parent.name for each in planted)
    assert set(folders) == {"2011-03-31", "2011-04-01"} and due.isoformat() in folders
    assert {path.suffix for path in planted[0].file.parent.parent.rglob("*") if path.is_file()} == {".xlsx"}
    twice = [each.file for each in planted if "version" in each.what[0]]
    assert len(twice) == 2 and twice[0].stat().st_mtime < twice[1].stat().st_mtime
    assert load_workbook(twice[0]).properties.modified < load_workbook(twice[1]).properties.modified


def test_a_plain_campaign_has_a_district_too(tmp_path: Path) -> None:
    shutil.copytree(PLAIN / "schemas", tmp_path / "schemas")
    campaign = load(tmp_path)
    period = campaign.periods[0]
    assert broken(campaign, right(campaign, period, SEED, campaign.register(period))) == set()
    made = make_district(campaign, period, tmp_path / "inbox", clean=False, teams=24)
    assert {path for path in (tmp_path / "inbox").rglob("*.xlsx")} == {each.file for each in made}
    assert {code for each in made for code in each.rules}


def test_the_second_day_needs_a_first_night(campaign: Campaign, tmp_path: Path) -> None:
    with pytest.raises(NoCorrectionsYet, match="请先运行 huizong nightly"):
        make_second_day(campaign, campaign.periods[0], tmp_path)


def test_a_correction_is_mended_in_place(campaign: Campaign, returns: dict[str, Rows], tmp_path: Path) -> None:
    period = campaign.periods[0]
    reporting = chosen(campaign.register(period), 14)
    code = cast(reporting, period, SEED).of(Part.FAULTY)[0]
    team, rows, form = campaign.by_code[code], returns[code], campaign.form
    ledger = next(sheet for sheet in form.ledgers if sheet.options().total_row)
    wrong = rows | {ledger.key(): [*rows[ledger.key()][1:3], *rows[ledger.key()]]}  # rows too many, in another order
    for root in (tmp_path / "a", tmp_path / "b"):
        correction = root / "outbox" / "2011-04-01" / correction_file(team)
        correction.parent.mkdir(parents=True)
        write_form(correction, campaign, period, team, Contents(wrong))
        sent = make_second_day(campaign, period, root, teams=14)
    mended = [next((tmp_path / name / "inbox").glob(f"{code}_*.xlsx")) for name in ("a", "b")]
    assert mended[0].read_bytes() == mended[1].read_bytes()
    tab, places = load_workbook(mended[0])[ledger.title()], FormPlaces(form)
    name = next(name for name, col in ledger.columns().items() if col.kind.numeric)
    found = [tab[places.cell(ledger.key(), index, name)].value for index in range(len(rows[ledger.key()]) + 3)]
    assert found == [row[name] for row in rows[ledger.key()]] + [None] * 3
    assert {each.team for each in sent} >= {code, *cast(reporting, period, SEED).of(Part.MISSING)}


@pytest.mark.parametrize(
    ("total", "weights", "low", "high", "parts"),
    [
        (10, [1, 1, 1], 0, None, [4, 3, 3]),
        (10, [5, 1, 1], 2, None, [5, 3, 2]),
        (10, [100, 1, 1], 0, 4, [4, 3, 3]),
        (0, [1, 2], 0, None, [0, 0]),
        (0, [], 0, None, []),
    ],
)
def test_apportion(total: int, weights: list[float], low: int, high: int | None, parts: list[int]) -> None:
    assert apportion(total, weights, low, high) == parts


def test_apportion_refuses_what_does_not_fit() -> None:
    with pytest.raises(DemoError, match="每份不少于 3"):
        apportion(5, [1, 1], 3)


def test_no_two_persons_share_a_telephone() -> None:
    numbers = [phone(team, number) for team in range(3) for number in range(PHONES_PER_TEAM)]
    assert len(set(numbers)) == len(numbers) and {len(number) for number in numbers} == {11}
