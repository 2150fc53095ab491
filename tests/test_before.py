"""Rules that compare with the period before: what is known of it stands beside the card's rows; where nothing is, nothing is said."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import DUE, without_letters

from pipeline.campaign import load
from pipeline.check.trial import verdict
from pipeline.demo.first_night import right
from pipeline.demo.truth import copied
from pipeline.lint import lint
from pipeline.model import Finding
from pipeline.publish.form.workbook import Contents, write_form
from pipeline.run import run

RULE = '''

@rule(
    "H90",
    QUERY,
    blames=Summary.people_visited,
    says="本期走访 {people_visited} 人，是上期 {before_people_visited} 人的 {times} 倍以上。如属实，请在核实说明中写明情况。",
    passing=[{"people_visited": 300, "before": {"people_visited": 100}}, {"people_visited": 40, "before": {"people_visited": 1}}],
    failing=[{"people_visited": 301, "before": {"people_visited": 100}}],
)
def no_leaps(summary: Rows, before: Rows, times: int = 3, above: int = 50) -> Truths:
    """走访人数不应比上期猛增。"""
    return (summary["people_visited"] <= times * before["people_visited"]) | (summary["people_visited"] <= above)
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    without_letters(tmp_path / "w")
    card = tmp_path / "w" / "schemas" / "summary.py"
    card.write_text(card.read_text("utf-8").replace("import ERROR,", "import ERROR, QUERY,") + RULE, "utf-8")
    return tmp_path / "w"


def test_a_rule_is_tried_on_what_its_examples_say_of_the_period_before(root: Path) -> None:
    assert lint(root) == []
    campaign = load(root)
    rule = next(each for each in campaign.form.rules if each.code == "H90")
    assert rule.sheets == ("summary",) and rule.reads_before
    assert verdict(rule, campaign.form, {"people_visited": 301}) is None, "nothing is known of the period before"
    assert verdict(rule, campaign.form, rule.failing[0]) is False
    assert verdict(rule, campaign.form, rule.failing[0], unreadable="people_visited") is None


def test_what_counted_is_compared_and_nothing_else(root: Path) -> None:
    campaign = load(root)
    march, april = campaign.periods[:2]
    teams = campaign.teams[:3]
    rows = right(campaign, march, 2011, teams)
    sent: dict[str, Any] = {}
    for team in teams[:2]:
        sent[team.code] = people = rows[team.code]["summary"][0]["people_visited"]
        write_form(root / "inbox" / f"{team.code}.xlsx", campaign, march, team, Contents(rows[team.code]))
    assert {each.rule for each in run(root, DUE, march.key, workers=1).findings} <= {"S17"}
    told = {teams[0].code: 4 * people + 100, teams[1].code: sent[teams[1].code], teams[2].code: 9999}
    for team in teams:
        later = copied(rows[team.code])
        later["cover"][0]["period"] = april.title
        later["summary"][0]["people_visited"] = told[team.code]
        write_form(root / "inbox" / f"{team.code}-4.xlsx", campaign, april, team, Contents(later))
    found = leaps(root, april.due, april.key)
    assert list(found) == [teams[0].code]
    assert f"本期走访 {told[teams[0].code]} 人，是上期 {sent[teams[0].code]} 人的 3 倍以上" in found[teams[0].code].says
    shutil.rmtree(root / "cache", ignore_errors=True)
    assert leaps(root, april.due, april.key) == found


def leaps(root: Path, day: Any, period: str) -> dict[str, Finding]:
    return {each.team: each for each in run(root, day, period, workers=1).findings if each.rule == "H90"}


@pytest.mark.parametrize(
    ("written", "instead", "says"),
    [
        ('"before": {"people_visited": 100}}, {"people_visited": 40', '"before": {"people": 100}}, {"people_visited": 40', "before 没有“people”这项指标"),
        ('"before": {"people_visited": 100}}]', '"before": 100}]', "before 应写成"),
        ("{before_people_visited}", "{before_people}", "before_people"),
        ("def no_leaps(summary: Rows, before: Rows", "def no_leaps(before: Rows, summary: Rows", ""),
        ("def no_leaps(summary: Rows, before: Rows", "def no_leaps(summary: Rows, earlier: Rows", "earlier"),
    ],
)  # fmt: skip
def test_mistakes_are_told(root: Path, written: str, instead: str, says: str) -> None:
    card = root / "schemas" / "summary.py"
    card.write_text(card.read_text("utf-8").replace(written, instead), "utf-8")
    told = [str(each) for each in lint(root)]
    assert (told == []) if not says else any("H90" in each and says in each for each in told), told


def test_it_is_about_the_card_whose_total_is_reported(root: Path) -> None:
    visits = root / "schemas" / "visits.py"
    visits.write_text(
        visits.read_text("utf-8").replace(
            "def unusual_party(visits: Rows,", "def unusual_party(visits: Rows, before: Rows,"
        ),
        "utf-8",
    )
    assert any("V12" in str(each) and "summary" in str(each) for each in lint(root))
