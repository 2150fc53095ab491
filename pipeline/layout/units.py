"""Units that a sender wrote over a column: the same unit on another scale (元 for 万元) makes every figure another one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pipeline.declare import Sheet
from pipeline.declare.kinds import folded
from pipeline.layout.headers import Remark
from pipeline.rawbook import RawSheet

_SCALED = re.compile(r"(十万|百万|千万|十|百|千|万|亿)?(.+)")
_IN_BRACKETS = re.compile(r"[(\[【](?:单位:?)?([^()\[\]【】]*)[)\]】]")
_AFTER_WORD = re.compile(r"单位:([^\s,;:]{1,4})$")


def other_scales(raw: RawSheet, sheet: type[Sheet], written: Iterable[tuple[str, object]]) -> Iterator[Remark]:
    """Say which columns came back with their unit on another scale. written: (field, what stands over or beside it)."""
    for name, text in written:
        col = sheet.columns()[name]
        if col.unit and isinstance(text, str) and (unit := _other_scale(folded(text), folded(col.unit))):
            said = {"title": col.title, "column": str(col.title), "field": name, "sheet_key": sheet.key()}
            yield Remark("S15", raw.name, {**said, "value": unit, "expected": col.unit})


def _other_scale(text: str, unit: str) -> str:
    named = [text, *_IN_BRACKETS.findall(text), *_AFTER_WORD.findall(text)]
    return next((each for each in named if each != unit and _base(each) == _base(unit)), "")


def _base(unit: str) -> str:
    match = _SCALED.fullmatch(unit)
    return match[2] if match else unit
