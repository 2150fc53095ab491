"""Rules tried on rows that a maintainer gives, and on none: what must hold there, and what is wrong with the rule if not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pipeline.campaign import Campaign
from pipeline.check.rules import RuleError, ruled
from pipeline.check.whose import Register, beside
from pipeline.declarations import near
from pipeline.declare import Form, Rule, Sheet
from pipeline.declare.measures import fields_of
from pipeline.declare.rules import BEFORE, TEAM, sheet_of
from pipeline.declared_at import of_rule
from pipeline.errors import CampaignError
from pipeline.model import CODE, Stack

Rows = Sequence[Mapping[str, Any]]
Team = tuple[tuple[str, str], ...]
"""What an example says of a team: columns of the register, and what stands there."""


def team_of(said: Any) -> Team:
    """Give what is said of a team under "team": columns of the register, or its code alone."""
    told = said if isinstance(said, Mapping) else {CODE: said}
    return tuple((str(title), str(text)) for title, text in told.items())


def rows_of(rule: Rule, example: Mapping[str, Any]) -> dict[str, Rows]:
    """Give the rows of an example by frame. A team that it names as a whole is that of every row."""
    if not set(example) & set(rule.frames):
        return {rule.frames[0]: [example]}
    whose = {word: example[word] for word in (TEAM, BEFORE) if word in example}
    return {key: [whose | dict(row) for row in rows] for key, rows in example.items() if key not in (TEAM, BEFORE)}


def stack_of(sheet: type[Sheet], rows: Rows, teams: Sequence[Team]) -> Stack:
    """Stack rows of the returns of teams, as if they had been read without trouble."""
    frame = sheet.frame(rows)
    frame["submission"] = np.array([teams.index(team_of(row.get(TEAM, ""))) for row in rows], dtype="int64")
    readable = {name: np.zeros(len(rows), dtype=bool) for name in sheet.columns()}
    nothing = np.zeros(len(rows), dtype="int64")
    present = range(len(teams))
    return Stack(sheet, frame, [], present, nothing, nothing, frame["submission"].to_numpy(), readable)


def verdict(
    rule: Rule, form: Form, example: Mapping[str, Any], unreadable: str = "", titles: Collection[str] = ()
) -> bool | None:
    """Whether a rule holds in every row of an example in which it can be evaluated; None if there is none. unreadable: a field
    whose cells say nothing. titles: of the register, beside those that the example names.

    Raises RuleError if it cannot be told.
    """
    given = rows_of(rule, example)
    teams = sorted({team_of(row.get(TEAM, "")) for rows in given.values() for row in rows}) or [team_of("")]
    stacks = {name: stack_of(form.sheet(sheet_of(name)), given.get(name, []), teams) for name in rule.frames}
    first = stacks[rule.frames[0]]
    for field in fields_of(first.sheet.columns(), unreadable) if unreadable else ():
        first.unreadable[field][:] = True
    told = list(map(dict, teams))
    if rule.across == "teams":
        codes = np.array([each.get(CODE, str(number)) for number, each in enumerate(told)], dtype=object)
        for each in stacks.values():
            each.frame[TEAM] = codes[each.submission]
    known = {*titles, *(title for each in told for title in each)}
    said_before = [row.get(BEFORE, {}) for row in given.get(rule.frames[0], [])]
    register = Register(
        known, lambda title: [each.get(title, "") for each in told], lambda stack: beside(stack, said_before)
    )
    verdicts = {promise.verdict for promise in ruled(rule, list(stacks.values()), register)}
    return False if False in verdicts else True if True in verdicts else None


def tried(rule: Rule, campaign: Campaign) -> Iterator[CampaignError]:
    """Say what is wrong with a rule: it fails on nothing or on blank rows, or its examples are on the wrong side.

    Examples are about the thresholds that the rule declares. The settings may have others.
    """
    for example in (*rule.passing, *rule.failing):
        teams = [team_of(row.get(TEAM, "")) for rows in rows_of(rule, example).values() for row in rows]
        if unknown := {title for team in teams for title, _ in team} - {CODE, *campaign.titles}:
            title = min(unknown)
            says = (
                f"规则 {rule.code} 的示例中，名录 teams.csv 没有“{title}”这一栏{near(title, campaign.titles)}。请改正。"
            )
            yield CampaignError.at(*of_rule(rule), says)
            return
    nothing: dict[str, Rows] = {name: [] for name in rule.frames}
    blank: dict[str, Rows] = {name: [{"team": "1"}, {"team": "2"}] for name in rule.frames}
    trials: list[tuple[Mapping[str, Any], bool | None, str]] = [
        (nothing, None, "没有行时"),
        (blank, None, "全部空白时"),
    ]
    trials += [(each, True, f"passing 的第 {number} 例") for number, each in enumerate(rule.passing, 1)]
    trials += [(each, False, f"failing 的第 {number} 例") for number, each in enumerate(rule.failing, 1)]
    declared = replace(rule, thresholds=rule.defaults)
    for rows, expected, what in trials:
        try:
            found = verdict(rule if expected is None else declared, campaign.whole_form, rows, titles=campaign.titles)
        except RuleError as wrong:
            yield CampaignError(f"{wrong}（规则 {rule.code}，{what}）")
            return
        if expected is not None and found is not expected:
            told = {None: "没有检查到：读到的栏目空着", False: "不应违反，却违反了", True: "应当违反，却没有违反"}
            side = told[found]
            yield CampaignError.at(*of_rule(rule), f"规则 {rule.code} {what}{side}。请改正规则或示例。")
