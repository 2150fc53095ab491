"""Every rule of the shipped campaign on both sides of its boundary, on nothing, on blanks, and on what cannot be read."""

from __future__ import annotations

import pytest
from pandera.errors import SchemaErrors

from pipeline.campaign import Campaign, load
from pipeline.check.trial import verdict
from pipeline.declare import BUILTIN, Rule, Sheet
from pipeline.workspace import create


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "code" in metafunc.fixturenames:
        import tempfile
        from pathlib import Path

        with tempfile.TemporaryDirectory() as folder:
            create(Path(folder) / "w")
            codes = [rule.code for rule in load(Path(folder) / "w").form.rules]
        metafunc.parametrize("code", codes)


def named(campaign: Campaign, code: str) -> Rule:
    return next(rule for rule in campaign.form.rules if rule.code == code)


def test_a_rule_has_examples_on_both_sides(campaign: Campaign, code: str) -> None:
    rule = named(campaign, code)
    assert rule.passing and rule.failing
    assert all(verdict(rule, campaign.form, example) is True for example in rule.passing)
    assert all(verdict(rule, campaign.form, example) is False for example in rule.failing)


def test_a_rule_runs_on_nothing_and_on_blanks(campaign: Campaign, code: str) -> None:
    rule = named(campaign, code)
    assert verdict(rule, campaign.form, {key: [] for key in rule.sheets}) is None
    if not rule.reads_blanks:
        assert verdict(rule, campaign.form, {key: [{"team": "1"}, {"team": "2"}] for key in rule.sheets}) is None


def test_a_rule_says_nothing_of_what_could_not_be_read(campaign: Campaign, code: str) -> None:
    rule = named(campaign, code)
    for example in rule.failing:
        assert verdict(rule, campaign.form, example, unreadable=str(rule.blames[0])) is None


def test_a_message_can_be_filled_and_says_what_to_do(campaign: Campaign, code: str) -> None:
    rule = named(campaign, code)
    words = {name: "X" for name in campaign.form.sheet(rule.sheets[0]).columns()} | dict(rule.thresholds)
    assert rule.says.format_map(words).endswith("。")
    assert any(polite in rule.says for polite in ("请", "应"))
    assert rule.title != rule.code


def test_codes_are_never_used_twice(campaign: Campaign) -> None:
    codes = [rule.code for rule in campaign.form.rules]
    assert len(codes) == len(set(codes))
    assert not set(codes) & set(BUILTIN)


def test_every_column_is_told_apart_from_its_neighbours(campaign: Campaign) -> None:
    for sheet in campaign.form.sheets:
        names = [str(col.title) for col in sheet.columns().values()]
        assert len(names) == len(set(names))


def test_a_sheets_own_schema_knows_its_rules_without_a_campaign() -> None:
    """Whoever takes a sheet out of schemas/ alone, and has a frame, needs nothing else of ours to check it."""
    from schemas.problems import RESOLVED, Problems
    from schemas.visits import Visits

    late = {"found_on": "2011-03-10", "due_on": "2011-03-09"}
    right = {
        "code": "W01", "description": "村组道路破损", "category": "基础设施", "found_on": "2011-03-10",
        "responsible": "王伟", "due_on": "2011-03-10", "state": RESOLVED, "resolved_on": "2011-03-20",
    }  # fmt: skip
    Problems.to_schema().validate(Problems.frame([right]))
    assert broken(Problems, [right, right | late | {"code": "W02"}]) == {"P04": [1]}
    assert broken(Problems, [right | {"resolved_on": ""}]) == {"P02": [0]}  # a rule about blanks is asked of them
    visit = {"serial": "1", "visited_on": "2011-03-10", "host": "李家湾农户", "persons": "2", "cadre": "王伟"}
    assert broken(Visits, [visit] * 20) == {} and broken(Visits, [visit] * 21) == {"V13": [*range(21)]}


def broken(sheet: type[Sheet], rows: list[dict[str, str]]) -> dict[str, list[int]]:
    """Give the rows that break a sheet's schema, by the code of what they break."""
    try:
        sheet.to_schema().validate(sheet.frame(rows), lazy=True)
    except SchemaErrors as failed:
        found: dict[str, set[int]] = {}
        for error in failed.schema_errors:
            found.setdefault(str(error.check.error), set()).update(map(int, error.failure_cases["index"]))
        return {code: sorted(rows) for code, rows in found.items()}
    return {}
