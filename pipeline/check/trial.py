"""Rules tried on rows that a maintainer gives, and on none: what must hold there, and what is wrong with the rule if not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.campaign import Campaign
from pipeline.check.rules import RuleError, ruled
from pipeline.declare import Form, Rule, Sheet
from pipeline.declared_at import of_rule
from pipeline.errors import CampaignError
from pipeline.model import Stack

Rows = Sequence[Mapping[str, Any]]


def stack_of(sheet: type[Sheet], rows: Rows) -> Stack:
    """Stack rows of one return, or of the returns that their "team" names, as if they had been read without trouble."""
    frame = sheet.frame(rows)
    teams = [str(row.get("team", "")) for row in rows]
    frame["submission"] = np.array([sorted(set(teams)).index(team) for team in teams], dtype="int64")
    readable = {name: np.zeros(len(rows), dtype=bool) for name in sheet.columns()}
    nothing = np.zeros(len(rows), dtype="int64")
    return Stack(sheet, frame, [], [], nothing, nothing, frame["submission"].to_numpy(), readable)


def kept(rule: Rule, form: Form, example: Mapping[str, Any], unreadable: str = "") -> bool:
    """Whether a rule holds, or is not evaluated, in every row of an example. unreadable: a field whose cells say nothing.

    Raises RuleError if it cannot be told.
    """
    given: Mapping[str, Rows] = example if set(example) & set(rule.sheets) else {rule.sheets[0]: [example]}
    stacks = {sheet.key(): stack_of(sheet, given.get(sheet.key(), [])) for sheet in form.sheets}
    first = stacks[rule.sheets[0]]
    if unreadable:
        first.unreadable[unreadable][:] = True
    teams = sorted({str(row.get("team", "")) for rows in given.values() for row in rows}) or [""]
    if rule.across == "teams":
        for each in stacks.values():
            each.frame["team"] = np.array(teams, dtype=object)[each.submission]
    return bool(ruled(rule, [stacks[key] for key in rule.sheets]).holds.all())


def tried(rule: Rule, campaign: Campaign) -> Iterator[CampaignError]:
    """Say what is wrong with a rule: it fails on nothing or on blank rows, or its examples are on the wrong side."""
    nothing: dict[str, Rows] = {key: [] for key in rule.sheets}
    blank: dict[str, Rows] = {key: [{"team": "1"}, {"team": "2"}] for key in rule.sheets}
    trials: list[tuple[Mapping[str, Any], bool | None, str]] = [
        (nothing, None, "没有行时"),
        (blank, None, "全部空白时"),
    ]
    trials += [(each, True, f"passing 的第 {number} 例") for number, each in enumerate(rule.passing, 1)]
    trials += [(each, False, f"failing 的第 {number} 例") for number, each in enumerate(rule.failing, 1)]
    for rows, expected, what in trials:
        try:
            holds = kept(rule, campaign.form, rows)
        except RuleError as wrong:
            yield CampaignError(f"{wrong}（规则 {rule.code}，{what}）")
            return
        if expected is not None and holds is not expected:
            side = "不应违反，却违反了" if expected else "应当违反，却没有违反"
            yield CampaignError.at(*of_rule(rule), f"规则 {rule.code} {what}{side}。请改正规则或示例。")
