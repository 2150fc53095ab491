"""What is found when returns are held against each other: on what is kept of each, never on all of their rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.check.columns import shown
from pipeline.check.district import District
from pipeline.check.elsewhere import elsewhere_findings
from pipeline.check.outliers import outlier_findings
from pipeline.check.repeats import is_compared
from pipeline.check.rules import Broken, rule_promises
from pipeline.check.whose import Register
from pipeline.declare import Column, Rule
from pipeline.declare.kinds import Money
from pipeline.model import Finding
from pipeline.stack import stack_sheet
from pipeline.wording import found_in, ruled_in

__all__ = ["District", "check_together", "needs_believable_unit"]

LARGE_UNIT = "万"  # an amount asked in ten thousands and given in ones is ten thousand times too large
MISTAKEN = 2_000, 50_000  # how many times the usual amount it then is
ENOUGH = 20  # amounts over all returns, without which none is usual


def check_together(district: District, broken: Broken) -> list[Finding]:
    """Hold returns against each other. What was found in each by itself is known, and not asked about again.

    broken: where rules are noted that could not be evaluated.
    """
    findings: list[Finding] = []
    for sheet in district.campaign.form.sheets:
        for name, col in sheet.columns().items():
            if needs_believable_unit(col):
                findings += _unbelievable_units(district, sheet.key(), name)
        if is_compared(sheet):
            findings += elsewhere_findings(district, sheet.key())
    findings += _ruled(district, broken)
    known = [finding for each in district.checked for finding in each.findings]
    findings += outlier_findings(district, [*known, *findings])
    return findings


def needs_believable_unit(col: Column) -> bool:
    """Whether the amounts of a column are compared with the usual one."""
    return issubclass(col.kind, Money) and col.unit.startswith(LARGE_UNIT)


def _unbelievable_units(district: District, key: str, name: str) -> Iterator[Finding]:
    """Compare each amount with the usual one, which is the median of the positive ones over all returns."""
    kept = [each.amounts.get((key, name), b"") for each in district.checked]
    amounts = np.frombuffer(b"".join(kept), dtype=float)
    number = np.repeat(np.arange(len(kept)), [len(each) // amounts.itemsize for each in kept])
    positive = amounts[amounts > 0]
    if len(positive) < ENOUGH:
        return
    usual = float(np.median(positive))
    times = amounts / usual
    starts = np.searchsorted(number, np.arange(len(kept)))
    for index in np.flatnonzero((times >= MISTAKEN[0]) & (times <= MISTAKEN[1])).tolist():
        of = int(number[index])
        submission, place = district.at(of, key, index - int(starts[of]), name)
        yield found_in("N07", submission, place, {"expected": shown(usual)})


def _ruled(district: District, broken: Broken) -> Iterator[Finding]:
    """Evaluate the rules across teams, on each team's latest return."""
    rules = [rule for rule in district.campaign.form.rules if rule.across == "teams"]
    if not rules:
        return
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
