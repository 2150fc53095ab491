"""Whether a synthetic return is right: the campaign's rules, declared indicators against their ledgers, and records alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.campaign import Campaign
from pipeline.check.repeats import repeated
from pipeline.check.rules import called
from pipeline.check.whose import Register, Whose
from pipeline.declare import Column, Rule, Sheet
from pipeline.declare.over import long

Rows = dict[str, list[dict[str, Any]]]  # sheet key -> raw rows, as `publish.form.Contents` takes them


def copied(rows: Rows) -> Rows:
    """Copy a return so that its cells can be changed."""
    return {key: [{str(name): value for name, value in row.items()} for row in mine] for key, mine in rows.items()}


def stacked(sheet: type[Sheet], rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> pd.DataFrame:
    """Make a sheet's frame over returns, with the columns that rules may read beside the declared ones."""
    owners = [(number, code) for number, (code, mine) in enumerate(rows.items()) for _ in mine]
    frame = sheet.frame([row for mine in rows.values() for row in mine])
    frame = frame.assign(submission=[number for number, _ in owners], team=[code for _, code in owners])
    if sheet.is_card():
        records = list(sheet.options().records or {})
        frame["record"] = [records[line % len(records)] for mine in rows.values() for line in range(len(mine))]
    frame.attrs["absent"] = [*sheet.absent()]
    return frame


def frames_of(campaign: Campaign, returns: Mapping[str, Rows]) -> dict[str, pd.DataFrame]:
    """Make all sheets' frames over returns."""
    return {sheet.key(): stacked(sheet, rows_of(sheet.key(), returns)) for sheet in campaign.form.sheets}


def rows_of(key: str, returns: Mapping[str, Rows]) -> dict[str, list[dict[str, Any]]]:
    """Give one sheet's rows by team code."""
    return {code: rows.get(key, []) for code, rows in returns.items()}


def failing(rule: Rule, frames: Mapping[str, pd.DataFrame], campaign: Campaign) -> pd.Series[bool]:
    """Tell the rows that break a rule; a row that is blank, or whose form lacks a column, where the rule reads doesn't."""
    under = failing_under(rule, frames, campaign)
    return pd.Series(under.any(axis=0), index=frames[rule.sheets[0]].index)


def failing_under(rule: Rule, frames: Mapping[str, pd.DataFrame], campaign: Campaign) -> Any:
    """Tell it for each of the headings that the rule is about, or once if there are none: an array, heading by row.

    A first period has none before it: what asks for rows of that is not evaluated.
    """
    rows = frames[rule.sheets[0]]
    if rule.sheets_before:
        return np.zeros((len(rule.over) or 1, len(rows)), dtype=bool)
    first = long(rows, rule.blames[0].owner.declared(), rule.over) if rule.over else rows
    whose = _whose(first, campaign) if rule.reads_register else None
    nothing = pd.DataFrame(
        index=first.index, columns=[*rule.words_before.values()], dtype="Float64"
    )  # in the first period
    truth = rule.holds(**called(rule, [first, *(frames[key] for key in rule.sheets[1:])], whose, nothing))
    wrong = ~truth.fillna(True).astype(bool)
    read = {str(ref) for ref in rule.blames} | {name for example in (*rule.passing, *rule.failing) for name in example}
    if rule.reads_blanks:
        wrong &= read.isdisjoint(rows.attrs.get("absent", ()))
    else:
        wrong &= first[[name for name in first.columns if name in read]].notna().all(axis=1)
        if whose is not None:
            wrong &= np.logical_and.reduce([whose[title].notna().to_numpy() for title in whose.read])
    return wrong.to_numpy().reshape(len(rule.over) or 1, len(rows))


def _whose(frame: pd.DataFrame, campaign: Campaign) -> Whose:
    teams, owner = np.unique(frame["team"].to_numpy(str), return_inverse=True)
    return Register.of(campaign, teams.tolist()).beside(owner)


def broken(campaign: Campaign, returns: Mapping[str, Rows]) -> set[str]:
    """Give the codes of the rules that the returns break, B01, B02 and U02 among them."""
    frames = frames_of(campaign, returns)
    codes = {rule.code for rule in campaign.form.rules if failing(rule, frames, campaign).any()}
    built_in = {
        "B01": bool(misstated(campaign, frames)),
        "B02": bool(unlike(campaign, returns)),
        "C02": any(unlisted(frames[col.sheet.key()], col).any() for col in campaign.form.columns() if col.listed),
        "U02": any(repeated(sheet, frames[sheet.key()]).any() for sheet in campaign.form.ledgers),
    }
    return codes | {code for code, is_broken in built_in.items() if is_broken}


def unlisted(frame: pd.DataFrame, col: Column) -> pd.Series[bool]:
    """Tell the rows in which a column has what its list has not, for the team and beside what else stands there."""
    listed = col.listed
    assert listed is not None
    beside = frame[listed.by] if listed.by else [None] * len(frame)
    rows = zip(frame["team"], beside, frame[col.field], strict=True)
    is_listed = [
        pd.isna(value) or value in listed.allowed(team, None if pd.isna(other) else other)
        for team, other, value in rows
    ]
    return ~pd.Series(is_listed, index=frame.index, dtype=bool)


def misstated(campaign: Campaign, frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """Name the indicators that some return declares otherwise than its ledger says."""
    declared = frames[campaign.form.declared.key()]
    totalled = declared[declared["record"] == campaign.form.total_record].set_index("submission")
    names = []
    for name, col in campaign.form.declared.indicators().items():
        if col.equals is not None:
            ledger = frames[col.equals.sheet.key()]
            sums = col.equals.amounts(ledger).groupby(ledger["submission"]).sum().reindex(totalled.index, fill_value=0)
            if not ((totalled[name].astype(float) - sums.astype(float)).abs() < 5e-7).all():
                names.append(name)
    return names


def unlike(campaign: Campaign, returns: Mapping[str, Rows]) -> list[str]:
    """Name the indicators whose period's figure is not the cumulative one, which in a first period it is."""
    declared = campaign.form.declared
    options, records = declared.options(), list(declared.options().records or {})
    if not options.this_period or not options.cumulative:
        return []
    part, whole = records.index(options.this_period), records.index(options.cumulative)
    cards = [rows[declared.key()] for rows in returns.values()]
    return [name for name in declared.indicators() if any(card[part][name] != card[whole][name] for card in cards)]
