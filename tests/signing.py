"""A district whose ledgers are drawn at random, for the tests of signs; and what somebody would write who makes figures up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from nights import sample_night

from pipeline.check.alike import is_compared
from pipeline.check.repeats import said_by
from pipeline.checked import CheckedReturn
from pipeline.declare import Day
from pipeline.examine import lines_of
from pipeline.frames import ParsedReturn, Table
from pipeline.model import Status
from pipeline.night import Night
from pipeline.stack import stack
from pipeline.tallied import days_in, numbers_in

Rows = dict[str, list[Any]]
Invented = Mapping[int, Callable[[str, Rows], None]]  # team, by its position -> what it does to the columns of a ledger


def drawn_night(seed: int, teams: int = 40, rows: int = 60, invented: Invented | None = None) -> Night:
    """Give a night whose returns all count, each with so many rows in every ledger. invented: changes some of them."""
    night = sample_night(teams=teams, rows=3)
    submissions, parsed, standings = [], {}, []
    for number, standing in enumerate(night.standings):
        sent = standing.latest
        if sent is None:
            continue
        rng = Random(f"{seed} {number}")
        tables = [_drawn(night, table, rng, rows, number, invented or {}) for table in night.parsed[sent.sha256].tables]
        parsed[sent.sha256] = replace(night.parsed[sent.sha256], tables=tables)
        submissions.append(sent)
        standings.append(replace(standing, status=Status.ACCEPTED, counted=sent))
    return with_returns(replace(night, standings=standings, submissions=submissions), parsed)


def with_returns(night: Night, parsed: Mapping[str, ParsedReturn]) -> Night:
    """Give the night with these returns, and of each what its ledgers come to: they are not checked for anything else."""
    stacks, _ = stack([(each, parsed[each.sha256]) for each in night.submissions], night.campaign.form)
    ledgers = {key: each for key, each in stacks.items() if is_compared(each.sheet)}
    lines = lines_of(ledgers, {key: said_by(each) for key, each in ledgers.items()}, night.campaign.workdays)
    checked = {each.sha256: CheckedReturn((), lines=lines[number]) for number, each in enumerate(night.submissions)}
    return replace(night, parsed=parsed, checked=checked)


def _drawn(night: Night, table: Table, rng: Random, rows: int, number: int, invented: Invented) -> Table:
    sheet = night.campaign.form.sheet(table.key)
    if sheet.options().role != "ledger" or sheet.is_card():
        return table
    size = rng.uniform(8, 120)  # teams are of different sizes, and so are their figures
    typed: Rows = {}
    days = [night.period.starts + dt.timedelta(day) for day in range(28)]
    for name, col in sheet.columns().items():
        if name in numbers_in(sheet):
            typed[name] = [int(rng.lognormvariate(0, 0.6) * size) for _ in range(rows)]
        elif issubclass(col.kind, Day):
            typed[name] = [dt.datetime.combine(rng.choice(days), dt.time()) for _ in range(rows)]
        else:
            typed[name] = [f"{name}{number}-{row}" for row in range(rows)]
    if number in invented:
        invented[number](table.key, typed)
    assert set(days_in(sheet)) <= set(typed)
    lines = range(table.first or 5, (table.first or 5) + rows)
    return replace(table, lines=lines, values=typed, typed=typed)
