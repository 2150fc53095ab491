"""What columns promise of lists: that a value is one of those which its list has for the sender, beside what stands there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.check.promise import Promise
from pipeline.declarations import nearest
from pipeline.declare import BUILTIN, Column
from pipeline.declare.kinds import folded
from pipeline.declare.lists import Listed, one_of
from pipeline.model import Stack, Submission
from pipeline.words import Words

CODE = "C02"


def listed_promises(stack: Stack, submissions: Sequence[Submission]) -> Iterator[Promise]:
    """Evaluate what the columns of one sheet promise of lists: not those that the form fills by itself."""
    for name, col in stack.sheet.columns().items():
        if col.listed is not None and not col.is_computed:
            yield _listed(stack, name, col, col.listed, [each.team for each in submissions])


def _listed(stack: Stack, name: str, col: Column, listed: Listed, teams: Sequence[str]) -> Promise:
    """Compare values with a list. A blank is in every list; beside what is no choice of the other column, all may stand."""
    words, values = col.words, stack.frame[name].astype(object).to_numpy()
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
        found = _named(
            listed, stack.sheet.columns()[listed.by].title if listed.by and other is not None else "", other, words
        )
        if not may:
            return {
                "found": words("{list}（其中没有可填的）", list=found),
                "hint": "",
                "remedy": words("与办公室核对名单"),
            }
        best, few = nearest(str(values[index]), may), one_of(may, words)
        remedy = words("从名单（共 {count} 项）中选择", count=len(may))
        if few:
            remedy = words("改为下列之一：{few}" if len(may) > 1 else "改为{few}", few=few)
        return {"found": found, "hint": words("，是否为“{name}”", name=best) if best else "", "remedy": remedy}

    return Promise(BUILTIN[CODE], (name,), holds, worded)


def _named(listed: Listed, title: str, other: str | None, words: Words) -> str:
    """Name the part of a list in which a value was looked for. title: of the column that it depends on, where other stands."""
    if title:
        says = "本单位“{title}”为“{other}”时的名单" if listed.is_of_team else "“{title}”为“{other}”时的名单"
        return words(says, title=title, other=other)
    return words("本单位名单" if listed.is_of_team else "名单")
