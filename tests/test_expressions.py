"""Rules as expressions: what is traced says the same as pandas, and what is not is left alone without a word."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from recalculating import recalculated
from xlsxwriter import Workbook

from pipeline.campaign import Campaign
from pipeline.declare import ERROR, Choice, Count, Day, Money, Rows, Sheet, Text, column, rule
from pipeline.declare.tracing import traced
from pipeline.publish.form.expressed import Expressed
from pipeline.rawbook import a1

KINDS = ("甲", "乙", "丙")


class Things(Sheet):
    """One row per thing."""

    kind: Choice = column("类别", choices=KINDS)
    other: Choice = column("另类", choices=KINDS, required=False)
    count: Count = column("数", ge=0, le=1000)
    more: Count = column("又数", required=False, ge=0, le=1000)
    amount: Money = column("额", ge=0, le=1000)
    paid: Money = column("付", required=False, ge=0, le=1000)
    began: Day = column("始", ge="2011-01-01", le="2011-12-31")
    ended: Day = column("终", required=False, ge="2011-01-01", le="2011-12-31")
    text: Text = column("文", required=False)

    class Config:
        title = "事物"


Holds = Callable[[Any], Any]
TRACED: dict[str, Holds] = {
    "less": lambda t: t["count"] < t["more"],
    "at most": lambda t: t["count"] <= t["more"],
    "greater": lambda t: t["amount"] > t["paid"],
    "at least": lambda t: t["amount"] >= 3,
    "a constant first": lambda t: t["count"] >= 3,
    "equal": lambda t: t["count"] == t["more"],
    "unequal": lambda t: t["count"] != t["more"],
    "amounts": lambda t: t["amount"] == t["paid"],
    "a sum": lambda t: t["count"] + t["more"] <= 6,
    "a difference": lambda t: t["count"] - t["more"] >= 0,
    "a product": lambda t: t["amount"] <= t["paid"] * 2,
    "a quotient": lambda t: t["amount"] / t["count"] <= 1.5,
    "an absolute": lambda t: (t["count"] - t["more"]).abs() <= 1,
    "abs": lambda t: abs(t["amount"] - t["paid"]) <= 1,
    "a negative": lambda t: -t["count"] <= -2,
    "days": lambda t: t["ended"] >= t["began"],
    "days apart": lambda t: t["ended"] - t["began"] <= dt.timedelta(days=30),
    "days as a number": lambda t: (t["ended"] - t["began"]).dt.days < 30,
    "a day later": lambda t: t["began"] + dt.timedelta(days=10) < t["ended"],
    "a month": lambda t: t["began"].dt.month == 3,
    "a year": lambda t: t["began"].dt.year <= 2011,
    "a moment": lambda t: t["began"] < pd.Timestamp("2011-06-01"),
    "between": lambda t: t["count"].between(1, 3),
    "one of": lambda t: t["kind"].isin(["甲", "乙"]),
    "one of days": lambda t: t["count"].isin([1, 2]),
    "a choice": lambda t: t["kind"] == "甲",
    "no choice": lambda t: t["kind"] != "丁",
    "two choices": lambda t: t["kind"] == t["other"],
    "and": lambda t: (t["kind"] == "甲") & (t["count"] > 2),
    "or": lambda t: (t["kind"] == "甲") | (t["count"] > 2),
    "not": lambda t: ~(t["kind"] == "甲"),
    "exclusive": lambda t: (t["kind"] == "甲") ^ (t["count"] > 2),
    "alike": lambda t: (t["kind"] == "甲") == (t["count"] > 2),
    "an implication": lambda t: (t["kind"] != "甲") | (t["amount"] >= t["paid"]),
    "one blank": lambda t: t["paid"].isna() == t["ended"].isna(),
    "both filled": lambda t: t["paid"].notna() | t["other"].notna(),
    "a choice and a blank": lambda t: (t["other"] == "甲") == t["ended"].notna(),
    "zero for a blank": lambda t: t["count"] >= t["more"].fillna(0),
    "a length": lambda t: t["text"].str.len() >= 3,
    "a beginning": lambda t: t["text"].str.startswith("ab"),
    "an end": lambda t: t["text"].str.endswith("字"),
    "a text": lambda t: t["text"] == "ab字",
    "any of several": lambda t: (t[["kind", "other"]] == "甲").any(axis=1),
    "all of several": lambda t: t[["count", "more"]].notna().all(axis=1),
    "several added": lambda t: t[["count", "more"]].sum(axis=1) <= 8,
    "no second": lambda t: ~((t["kind"] == "甲") & ((t["kind"] == "甲").groupby(t["submission"]).transform("sum") > 4)),
    "a share": lambda t: t["amount"] <= t.groupby("submission")["amount"].transform("sum") * 0.5,
}  # fmt: skip
UNTRACED: dict[str, Holds] = {
    "a look at each": lambda t: pd.Series([value == "甲" for value in t["kind"]]),
    "a condition": lambda t: t["count"] > 1 if t["kind"] == "甲" else t["count"] > 2,
    "and of python": lambda t: t["count"] > 1 and t["more"] > 1,
    "a function of numpy": lambda t: np.maximum(t["count"], t["more"]) < 5,
    "a choice of numpy": lambda t: pd.Series(np.where(t["kind"] == "甲", True, False)),
    "how many": lambda t: t["count"] <= len(t),
    "groups": lambda t: t.groupby(["submission", "kind"])["kind"].transform("size") <= 2,
    "a pattern": lambda t: t["text"].str.match("ab.*"),
    "a shift": lambda t: t["count"].shift() <= t["count"],
    "no column": lambda t: t["nothing"] <= 3,
    "a mapping": lambda t: t["kind"].map({"甲": 1, "乙": 2, "丙": 3}) <= t["count"],
    "a number": lambda t: t["count"] + 1,
    "texts in order": lambda t: t["text"] <= "b",
    "truths added": lambda t: (t["kind"] == "甲") + (t["other"] == "甲") <= 1,
    "True": lambda t: True,
}


def ruled(holds: Holds, *, reads_blanks: bool) -> Any:
    def held(things: Rows) -> Any:
        """Say what a rule says."""
        return holds(things)

    made = rule("X1", ERROR, blames=Things.kind, says="不对。", reads_blanks=reads_blanks)
    return made(held)


def drawn(rng: Random, count: int) -> list[dict[str, Any]]:
    """Draw rows, some cells blank, near each other's bounds."""

    def maybe(value: Any) -> Any:
        return value if rng.random() < 0.75 else None

    def day() -> dt.datetime:
        return dt.datetime(2011, 3, 1) + dt.timedelta(rng.choice((0, 0, 5, 10, 30, 31, 100)))

    return [
        {
            "kind": rng.choice(KINDS), "other": maybe(rng.choice(KINDS)),
            "count": rng.randint(1, 6), "more": maybe(rng.randint(0, 5)),
            "amount": rng.choice((0.1, 0.3, 1.5, 2, 3, 4.5)), "paid": maybe(rng.choice((0.1, 0.3, 1.5, 2, 3))),
            "began": day(), "ended": maybe(day()),
            "text": maybe(rng.choice(("ab字", "AB字", "ab", "abc", "字", "b"))),
        }
        for _ in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize("name", UNTRACED)
def test_what_is_no_expression_is_left_alone(name: str) -> None:
    assert traced(ruled(UNTRACED[name], reads_blanks=False), Things.columns()) is None


def test_rules_of_two_sheets_of_teams_and_of_the_register_are_no_expressions() -> None:
    def of_two(things: Rows, others: Rows) -> Any:
        return things["count"] > 1

    def of_team(things: Rows, team: Rows) -> Any:
        return things["count"] > 1

    for holds in (of_two, of_team):
        assert traced(rule("X1", ERROR, blames=Things.kind, says="不对。")(holds), Things.columns()) is None
    across = rule("X1", ERROR, blames=Things.kind, says="不对。", across="teams")(lambda things: things["count"] > 1)
    assert traced(across, Things.columns()) is None


def test_the_shipped_rules_are_traced_but_for_those_that_count_or_know_other_returns(campaign: Campaign) -> None:
    rules = campaign.form.rules
    known = {each.code for each in rules if traced(each, each.blames[0].owner.columns())}
    assert {each.code for each in rules} - known == {"M01", "P06", "P07", "V13"}


def formula(holds: Holds, *, reads_blanks: bool = False) -> str:
    """Give the formula that says that a rule is broken, for row 2; the fields stand in the columns from A on."""
    columns = Things.columns()
    made = traced(ruled(holds, reads_blanks=reads_blanks), columns)
    assert made is not None
    spans = {name: (dt.date(2011, 1, 1), dt.date(2011, 12, 31)) for name in columns}
    letters = {name: "ABCDEFGHI"[at] for at, name in enumerate(columns)}
    expressed = Expressed(made, columns, spans, reads_blanks=reads_blanks)
    assert expressed.is_known
    return expressed.broken(lambda name: f"${letters[name]}2", lambda name: f"${letters[name]}$2:${letters[name]}$41")


def test_some_formulas_as_they_are_read() -> None:
    assert formula(lambda t: t["began"] <= pd.Timestamp("2011-06-01")).endswith(",DATE(2011,6,1)<$G2,FALSE)")
    assert formula(lambda t: (t["kind"] != "甲") | (t["count"] >= 1)).endswith(',($A2="甲")*($C2<1),FALSE)')
    assert formula(lambda t: t["amount"] <= t["paid"] * 2).endswith(",($E2)-(($F2*2))>0.0000005,FALSE)")
    assert formula(lambda t: t["text"] == 'a"b').endswith(',NOT(EXACT($I2,"a""b")),FALSE)')


def test_each_operator_says_in_libreoffice_what_it_says_in_pandas(tmp_path: Path) -> None:
    rows = drawn(Random(7), 40)
    frame = Things.frame(rows)
    frame["submission"] = 0
    path, asked = tmp_path / "things.xlsx", [(name, blanks) for name in TRACED for blanks in (False, True)]
    with Workbook(str(path)) as book:
        day, tab = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_worksheet("t")
        book.add_worksheet("second").write(0, 0, 1)
        tab.write_row(0, 0, list(Things.columns()))
        for r, row in enumerate(rows, 1):
            for c, value in enumerate(row.values()):
                if isinstance(value, dt.datetime):
                    tab.write_datetime(r, c, value, day)
                elif value is not None:
                    tab.write(r, c, value)
        for c, (name, blanks) in enumerate(asked, 20):
            text = formula(TRACED[name], reads_blanks=blanks)
            for r in range(1, len(rows) + 1):
                its = re.sub(r"(\$[A-I])2(?![\d:])", rf"\g<1>{r + 1}", text)
                tab.write_formula(r, c, f"=IF({its},1,0)", None, "")
    said = recalculated([path], tmp_path)[path]["t"].texts
    unlike, told = [], 0
    for c, (name, blanks) in enumerate(asked, 20):
        read = traced(ruled(TRACED[name], reads_blanks=blanks), Things.columns())
        assert read is not None
        truth = TRACED[name](frame).fillna(True).astype(bool)
        is_whole = frame[sorted(read.read)].notna().all(axis=1)
        for r in range(len(rows)):
            is_broken, night = said[a1(r + 1, c)] == "1", not truth[r] and (blanks or is_whole[r])
            told += is_broken
            if is_broken != night and (is_broken or is_whole[r]):
                unlike.append((name, blanks, rows[r], is_broken, night))
    assert not unlike, [(name, blanks, said) for name, blanks, _, *said in unlike]
    assert told > 500
