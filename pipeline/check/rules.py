"""The campaign's own rules as promises. What read an unreadable cell is not evaluated there: neither passed nor failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.check.promise import Promise, Truth
from pipeline.check.whose import Register
from pipeline.declarations import OF_CAMPAIGN, failure
from pipeline.declare import Rule
from pipeline.declare.measures import fields_of
from pipeline.declare.over import long
from pipeline.declare.reading import Reading
from pipeline.declare.rules import BEFORE, TEAM
from pipeline.declared_at import of_rule
from pipeline.errors import CampaignError
from pipeline.model import Stack

Broken = dict[str, str]
"""Rules that could not be evaluated, by code: why, in a sentence for whoever wrote them."""


class RuleError(CampaignError):
    """A rule of the campaign raised something, or did not give one truth value per row. Not a data problem."""


def rule_promises(
    stack: Stack, stacks: Mapping[str, Stack], rules: Sequence[Rule], broken: Broken, register: Register
) -> Iterator[Promise]:
    """Evaluate those of the rules that are about one sheet. One that cannot be is noted in `broken`, and promises nothing.

    stacks: by the names that rules have for their frames.
    """
    for rule in rules:
        if rule.frames[0] == stack.sheet.key():
            yield from unless_broken(rule, stacks, broken, register)


def unless_broken(rule: Rule, stacks: Mapping[str, Stack], broken: Broken, register: Register) -> list[Promise]:
    """Evaluate a rule. One that cannot be is noted in `broken`, and promises nothing."""
    try:
        return ruled(rule, [stacks[name] for name in rule.frames], register)
    except RuleError as wrong:
        broken[rule.code] = str(wrong)
        return []


def ruled(rule: Rule, stacks: Sequence[Stack], register: Register) -> list[Promise]:
    """Evaluate a rule on the stacks that it reads: one promise, or one for each heading. Raises RuleError if it cannot be."""
    first, count = _long(stacks[0], rule.over) if rule.over else stacks[0], len(stacks[0].frame)
    holds, known = _evaluated(rule, [first, *stacks[1:]], register)
    before = register.before(first) if rule.reads_before else None
    under = [slice(number * count, (number + 1) * count) for number in range(len(rule.over) or 1)]
    return [_promise(rule, first, number, holds[rows], known[rows], before) for number, rows in enumerate(under)]


def _promise(rule: Rule, first: Stack, number: int, holds: Truth, known: Truth, before: pd.DataFrame | None) -> Promise:
    """Give what is promised under one of the headings, by number; there may be but one, and that none."""
    columns = first.sheet.columns()
    blames = tuple(ref.fields[number] if rule.over else str(ref) for ref in rule.blames)

    def said(index: int) -> Mapping[str, Any]:
        row = {name: first.frame[name][number * len(holds) + index] for name in rule.columns}
        if before is None:
            return row
        return row | {word: columns[name].shown(before[name][index]) for word, name in rule.words_before.items()}

    return Promise(rule, blames, holds, said, known)


def _evaluated(rule: Rule, stacks: Sequence[Stack], register: Register) -> tuple[Truth, Truth]:
    """Evaluate a rule row by row: passed, failed, or not evaluated. Gives where it did not fail, and where it was evaluated."""
    first, whose = stacks[0], register.beside(stacks[0].submission)
    frames = [Reading(stack.frame) for stack in stacks]
    before = Reading(register.before(first)) if rule.reads_before else None
    try:
        truth = rule.holds(**called(rule, frames, whose, before))
    except OF_CAMPAIGN as raised:
        raise RuleError(str(failure(raised, Path(rule.holds.__code__.co_filename).parent))) from raised
    if not isinstance(truth, pd.Series) or len(truth) != len(first.frame):
        raise RuleError(str(CampaignError.at(*of_rule(rule), f"规则 {rule.code} 应给每一行一个真假值。请改正。")))
    known = _evaluable(rule, first, frames[0]) & truth.notna().to_numpy(dtype=bool)
    for title in whose.read if not rule.reads_blanks else ():
        known &= whose[title].notna().to_numpy()
    if before is not None:
        for name in before.read:
            known &= before[name].notna().to_numpy()
    for stack, frame in zip(stacks[1:], frames[1:], strict=True):
        lost = stack.submission[~_evaluable(rule, stack, frame)]
        known &= ~np.isin(first.submission, lost)
        if rule.sheets_before:
            known &= np.isin(first.submission, _having(stack, frame.read))
    return truth.fillna(True).astype(bool).to_numpy() | ~known, known


def _having(stack: Stack, read: set[str]) -> list[int]:
    """Tell the returns that have a sheet with the columns that are read of it, be there rows or not."""
    asked = read & stack.sheet.columns().keys()
    if not stack.records:
        return list(stack.present)
    tables = (each.table for each in stack.records)
    return [number for number, table in zip(stack.present, tables, strict=True) if asked <= table.slots.keys()]


def _long(stack: Stack, over: Sequence[str]) -> Stack:
    """Give a stack with a row for each record and heading."""
    sheet, unreadable = stack.sheet, {name: np.tile(lost, len(over)) for name, lost in stack.unreadable.items()}
    for name, col in sheet.declared().items():
        if col.over == over:
            unreadable[name] = np.concatenate([stack.unreadable[f] for f in fields_of(sheet.columns(), name)])
    frame = long(stack.frame, sheet.declared(), over)
    return replace(stack, frame=frame, submission=np.tile(stack.submission, len(over)), unreadable=unreadable)


def called(rule: Rule, frames: Sequence[Any], whose: Any, before: Any = None) -> dict[str, Any]:
    """Give what a rule is called with. frames: those that it reads, in order."""
    of_team = ({TEAM: whose} if rule.reads_register else {}) | ({BEFORE: before} if rule.reads_before else {})
    return {**dict(zip(rule.frames, frames, strict=True)), **of_team, **rule.thresholds}


def _evaluable(rule: Rule, stack: Stack, reading: Reading) -> Truth:
    ok = np.ones(len(stack.frame), dtype=bool)
    for name in reading.read & stack.unreadable.keys():
        ok &= ~stack.unreadable[name]
    if not rule.reads_blanks:
        ok &= reading.filled(stack.unreadable.keys()).to_numpy(dtype=bool)
    return ok
