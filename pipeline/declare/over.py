"""over: one declaration for the columns that a form has again under each of several headings.

    plan: Money = column("计划", over=QUARTERS, unit="万元")
    done: Money = column("完成", over=QUARTERS, unit="万元")

    |    一季度    |    二季度    |   with QUARTERS = ("一季度", "二季度"); neighbours that say the same `over` share each
    | 计划 | 完成  | 计划 | 完成  |   heading. The fields are plan_1, done_1, plan_2, done_2

In a rule that blames such a declaration (`blames=Projects.done`) its sheet is long: one row for each record and heading, in
which `plan`, `done` are what stands under that heading and `over` is the heading; everything else is as in the record. What
the rule blames is the cell under that heading. Any other rule sees one row for each record, and plan_1, done_1 … in it.
`Projects.done.sum()` adds up all of them; for a column that itself has this `over`, those under the same heading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pipeline.declare.columns import Column, MisdeclaredError, titled
from pipeline.declare.measures import fields_of

if TYPE_CHECKING:
    import pandas as pd

HEADING = "over"  # the column of a long frame that names the heading


def columns_of(declared: Mapping[str, Column]) -> dict[str, Column]:
    """Give the columns that declarations stand for, by field, in the form's order. Raises MisdeclaredError."""
    columns: dict[str, Column] = {}
    for over, group in groupby(declared.items(), key=lambda each: each[1].over):
        if not over:
            columns |= group
            continue
        if HEADING in declared:
            raise MisdeclaredError(f"规则中“{HEADING}”是 over 的标题，不能又是一栏。请把这一栏改名")
        said = list(group)
        for number, heading in enumerate(over, 1):
            columns |= {field: col for name, col in said for field, col in _under(declared, name, col, number, heading)}
    return columns


def _under(
    declared: Mapping[str, Column], name: str, col: Column, number: int, heading: str
) -> Iterator[tuple[str, Column]]:
    field = f"{name}_{number}"
    if field in declared:
        raise MisdeclaredError(f"“{field}”已由 {name} 的 over 得出，不要再写。请改名")
    one = copy(col)
    one.field, one.said_as, one.over = field, name, ()
    one.stand_under((*col.under, heading))
    one.aliases = tuple(titled([heading], alias) for alias in col.aliases)
    summed = col.equals and col.equals.sheet.declared().get(col.equals.field or "")
    if col.equals and summed and summed.over == col.over:
        one.equals = replace(col.equals, field=f"{col.equals.field}_{number}")
    yield field, one


def wide(columns: Mapping[str, Column], row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row of a long frame as a record: what it says stands under its heading, or under every one if it names none."""
    record: dict[str, Any] = {}
    for name, value in row.items():
        for field in fields_of(columns, name) or (name,):
            if HEADING not in row or field == name or columns[field].under[-1] == row[HEADING]:
                record[field] = value
    return record


def long(rows: pd.DataFrame, declared: Mapping[str, Column], over: Sequence[str]) -> pd.DataFrame:
    """Give the long frame of a sheet: all its records under the first heading, then all under the second, and so on."""
    import pandas as pd

    names = [name for name, col in declared.items() if col.over == tuple(over)]
    parts = [
        rows.assign(**{name: rows[f"{name}_{number}"] for name in names}, **{HEADING: heading})
        for number, heading in enumerate(over, 1)
    ]
    return pd.concat(parts, ignore_index=True)
