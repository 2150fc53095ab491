"""What columns promise of lists: that a value is one of those which its list has for the sender, beside what stands there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.check.promise import Promise
from pipeline.declarations import near
from pipeline.declare import BUILTIN, Column
from pipeline.declare.kinds import folded
from pipeline.declare.lists import Listed, one_of
from pipeline.model import Stack, Submission

CODE = "C02"


def listed_promises(stack: Stack, submissions: Sequence[Submission]) -> Iterator[Promise]:
    """Evaluate what the columns of one sheet promise of lists."""
    for name, col in stack.sheet.columns().items():
        if col.listed is not None:
            yield _listed(stack, name, col, col.listed, [each.team for each in submissions])


def _listed(stack: Stack, name: str, col: Column, listed: Listed, teams: Sequence[str]) -> Promise:
    """Compare values with a list. A blank is in every list; beside what is no choice of the other column, all may stand."""
    values = stack.frame[name].astype(object).to_numpy()
    is_filled = stack.frame[name].notna().to_numpy(bool)
    mine = [teams[number] if listed.is_of_team else "" for number in stack.submission.tolist()]
    others: Sequence[str | None] = [None] * len(values)
    if listed.by:
        known = frozenset(map(folded, stack.sheet.columns()[listed.by].choices))
        said = stack.frame[listed.by].astype(object).tolist()
        others = [each if isinstance(each, str) and folded(each) in known else None for each in said]
    allowed = {key: listed.allowed(*key) for key in set(zip(mine, others, strict=True))}
    sets = {key: frozenset(each) for key, each in allowed.items()}
    keys = list(zip(mine, others, strict=True))
    is_listed = [value in sets[key] for value, key in zip(values, keys, strict=True)]
    holds = ~is_filled | np.array(is_listed, dtype=bool)

    def worded(index: int) -> Mapping[str, Any]:
        other, may = keys[index][1], allowed[keys[index]]
        beside = "" if other is None else f"“{stack.sheet.columns()[listed.by].title}”为“{other}”时的"
        found = f"{'本单位' if listed.is_of_team else ''}{beside}名单"
        few, remedy = one_of(may), f"从名单（共 {len(may)} 项）中选择"
        if not may:
            found, remedy = f"{found}（其中没有可填的）", "与办公室核对名单"
        elif few:
            remedy = f"改为{'下列之一：' if len(may) > 1 else ''}{few}"
        return {"found": found, "hint": near(str(values[index]), may), "remedy": remedy}

    return Promise(BUILTIN[CODE], (name,), holds, worded)
