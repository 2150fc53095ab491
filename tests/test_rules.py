"""Every rule of the shipped campaign on both sides of its boundary, on nothing, on blanks, and on what cannot be read."""

from __future__ import annotations

import pytest

from pipeline.campaign import Campaign, load
from pipeline.check.trial import verdict
from pipeline.declare import BUILTIN, Rule
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
