"""The campaign's rules between teams: each is evaluated over the latest returns of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.check.district import District
from pipeline.check.rules import Broken, rule_promises
from pipeline.check.whose import Register
from pipeline.declare import Rule
from pipeline.model import Finding
from pipeline.stack import stack_sheet
from pipeline.wording import ruled_in


def ruled_between(district: District, broken: Broken) -> Iterator[Finding]:
    """Evaluate the rules across teams, on each team's latest return."""
    rules = [rule for rule in district.campaign.form.rules if rule.across == "teams"]
    stacks = {}
    teams = np.array([each.team for each in district.submissions], dtype=object)
    register = Register.of(district.campaign, teams.tolist())
    for key in sheets_across(rules):
        kept = enumerate(each.whole for each in district.checked)
        found = [(number, whole[key]) for number, whole in kept if district.latest[number] and key in whole]
        stacks[key] = stack_sheet(district.campaign.form.sheet(key), found, district.period.only_month)
        stacks[key].frame["team"] = teams[stacks[key].submission]
    for key in dict.fromkeys(rule.sheets[0] for rule in rules):
        stack = stacks[key]
        for promise in rule_promises(stack, stacks, rules, broken, register):
            assert isinstance(promise.rule, Rule)
            for index in np.flatnonzero(~promise.holds).tolist():
                for field in promise.blames:
                    submission, place = district.at(int(stack.submission[index]), key, int(stack.line[index]), field)
                    yield ruled_in(promise.rule, submission, place, promise.said(index))


def sheets_across(rules: Sequence[Rule]) -> list[str]:
    """Give the keys of the sheets that rules across teams read."""
    return list(dict.fromkeys(key for rule in rules if rule.across == "teams" for key in rule.sheets))
