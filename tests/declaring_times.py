"""What declared campaigns have beside their sheets: a language, forms that change, rules, nil returns, answers, lists."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import declaring
from declaring import NUMBERS, Declared, Draw, SheetSpec, Spec, all_columns, titles
from hypothesis import strategies as st
from ruling import Rule

MORE = """
[[period]]
key = "P3"
title = "第三期"
starts = {starts}
ends = {ends}
due = {ends}
"""
LISTED = (("甲", ""), ("乙", ""), ("丙", "T02"), ("丁", "东风镇政府"))
COMPARED = (*NUMBERS, "Percent", "Day", "YearMonth")
LIMITS = (0, 3, 500, 300_000)
ANSWERED = "核实说明"
ANSWERS = (
    Spec("finding", "Code", "核实编号", {"role": "explains", "required": False}),
    Spec("place", "Text", "位置", {"required": False}),
    Spec("question", "Text", "核实问题", {"required": False, "max_length": 1000}),
    Spec("answer", "Text", "情况说明", {"role": "explanation", "required": False, "max_length": 1000}),
)


@st.composite
def campaigns(draw: Draw) -> Declared:
    """Declare a campaign whose form may change, with rules, nil returns, answers and lists, in one of our languages."""
    declared = draw(declaring.campaigns())
    if draw(st.integers(0, 2)) == 0:
        declared.settings = declared.settings.replace("[campaign]\n", '[campaign]\nlanguage = "en"\n')
    declared.kind = draw(st.sampled_from(("乡镇", "企业")))
    _add_nil(draw, declared)
    if draw(st.integers(0, 2)) == 0:
        _add_list(draw, declared.sheets, declared.lists)
    _add_rules(draw, declared)
    if draw(st.integers(0, 2)) == 0:
        _add_dates(draw, declared)
    if "issued_by" not in declared.form and draw(st.integers(0, 2)) == 0:
        config = {"title": ANSWERED, "role": "explanations", "key": "finding", "rows": 5}
        declared.sheets.append(SheetSpec("Answers", [*ANSWERS], config))
    return declared


def _add_nil(draw: Draw, declared: Declared) -> None:
    """Let the cover say whether there is anything to report; let what is added up be at least one, perhaps."""
    cover = next((sheet for sheet in declared.sheets if sheet.config.get("role") == "cover"), None)
    if cover is not None and draw(st.booleans()):
        said = {"role": "nil", **({"required": False} if draw(st.booleans()) else {})}
        cover.columns.append(Spec("nil", "YesNo", draw(st.sampled_from(("零报告", "本期有无情况", "Nil"))), said))
    for sheet in declared.sheets:
        for spec in sheet.columns:
            if spec.kind == "Count" and "equals" in spec.said and draw(st.integers(0, 4)) == 0:
                spec.said["ge"] = 1


def _add_list(draw: Draw, sheets: Sequence[SheetSpec], lists: dict[str, str]) -> None:
    """Let a column choose from a list that depends on another choice of its sheet, and on who sends."""
    found = [
        (sheet, spec)
        for sheet in sheets
        if "role" not in sheet.config
        for spec in sheet.columns
        if "choices" in spec.said and all("," not in choice for choice in spec.said["choices"])
    ]
    if not found:
        return
    sheet, spec = draw(st.sampled_from(found))
    is_of_team = draw(st.booleans())
    lines = [f"{draw(st.sampled_from(spec.fields))},value,team"]
    for number, choice in enumerate(spec.said["choices"], 1):
        lines += [f"{choice},{number}{value},{team if is_of_team else ''}" for value, team in LISTED]
    if draw(st.booleans()):
        lines.append(",通用,")
    lists["parts"] = "\n".join(lines) + "\n"
    required = {"required": False} if draw(st.booleans()) else {}
    at = draw(st.integers(0, len(sheet.columns)))
    sheet.columns.insert(at, Spec("part", "Choice", draw(titles()), {"in_list": "parts", **required}))


# ----------------------------------------------------------------------------------------------------------- rules


def _add_rules(draw: Draw, declared: Declared) -> None:
    said: dict[str, float] = {}
    for number in range(1, draw(st.sampled_from((0, 0, 1, 2, 3))) + 1):
        sheet = draw(st.sampled_from(declared.sheets))
        rule = _rule(draw, f"V0{number}", sheet, declared.sheets)
        if rule is not None:
            declared.rules.append(rule)
            said |= {rule.code: rule.said} if rule.said is not None else {}
    for rule in declared.rules:
        if rule.said is not None:
            declared.settings += f"\n[thresholds.{rule.code}]\n{rule.name} = {rule.said}\n"


def _rule(draw: Draw, code: str, sheet: SheetSpec, sheets: Sequence[SheetSpec]) -> Rule | None:
    specs, headings = _about(draw, sheet, sheets)
    by_kind = {kind: [spec for spec in specs if spec.kind == kind] for kind in (*COMPARED, "Text", "YesNo")}
    severity = draw(st.sampled_from(("ERROR", "QUERY", "NOTE")))
    sorts = draw(st.permutations(("order", "most", "given", "team", "count", "all")))
    for sort in sorts:
        kinds = [kind for kind in by_kind if by_kind[kind] and _can(sort, kind, by_kind)]
        if not kinds:
            continue
        kind = draw(st.sampled_from(kinds))
        two = sort in ("order", "given")
        fields = draw(st.permutations(by_kind[kind]))[: 1 + two]
        other = _other(draw, sort, kind, sheet, sheets)
        if other is None:
            continue
        said = code, severity, sort, sheet.name.lower(), sheet.name, tuple(spec.field for spec in fields), kind
        return Rule(*said, *_limits(draw, sort, fields[0]), other, headings)
    return None


def _about(draw: Draw, sheet: SheetSpec, sheets: Sequence[SheetSpec]) -> tuple[list[Spec], int]:
    """Choose what a rule is about: any fields of a sheet, or what comes again under so many headings, under each of them."""
    specs = [spec for spec in all_columns(sheet, sheets) if "role" not in spec.said]
    again = {spec.said["over"] for spec in specs if "over" in spec.said}
    if again and draw(st.booleans()):
        over = draw(st.sampled_from(sorted(again)))
        return [spec for spec in specs if spec.said.get("over") == over], len(over)
    return [replace(spec, field=name) for spec in specs for name in spec.fields], 0


def _can(sort: str, kind: str, by_kind: dict[str, list[Spec]]) -> bool:
    """Whether a rule of that sort can be about columns of that kind."""
    match sort:
        case "order":
            return kind in COMPARED and len(by_kind[kind]) > 1
        case "given":
            plain = all("pattern" not in spec.said and "in_column" not in spec.said for spec in by_kind[kind])
            return len(by_kind[kind]) > 1 and plain
        case "most" | "team":
            return kind in NUMBERS or kind == "Percent"
        case "count":
            return kind == "Count"
    return kind in NUMBERS or kind == "Percent"


def _other(draw: Draw, sort: str, kind: str, sheet: SheetSpec, sheets: Sequence[SheetSpec]) -> tuple[str, str] | None:
    """Choose another sheet for a rule about two, and a column of it. None: there is none."""
    if sort not in ("count", "all"):
        return "", ""
    others = [each for each in sheets if each is not sheet and "role" not in each.config]
    found = [
        (each.name.lower(), name if sort == "all" else "")
        for each in others
        for spec in all_columns(each, sheets)
        for name in spec.fields
        if spec.kind == kind or sort == "count"
    ]
    return draw(st.sampled_from(found)) if found else None


def _limits(draw: Draw, sort: str, spec: Spec) -> tuple[float | None, float | None]:
    """Choose a threshold, and what campaign.toml says instead."""
    if sort in ("count", "all", "given") or (sort == "order" and (spec.kind not in NUMBERS or draw(st.booleans()))):
        return None, None
    limits: Sequence[float] = (0.25, 0.5, 0.9) if spec.kind == "Percent" else LIMITS
    limit = draw(st.sampled_from(limits))
    return limit, draw(st.sampled_from(limits)) if draw(st.integers(0, 2)) == 0 else None


# ----------------------------------------------------------------------------------------------------------- dates


def _add_dates(draw: Draw, declared: Declared) -> None:
    """Date columns, sheets and the version: of two periods, or of three."""
    periods = tomllib.loads(declared.settings)["period"]
    keys = [each["key"] for each in periods]
    if draw(st.booleans()):
        starts = periods[-1]["ends"] + dt.timedelta(1)
        declared.settings += MORE.format(starts=starts, ends=starts + dt.timedelta(30))
        keys.append("P3")
    for sheet in declared.sheets:
        for number, spec in enumerate(sheet.columns):
            if number and "role" not in spec.said and draw(st.integers(0, 4)) == 0:
                _date(draw, spec.said, keys)
            elif draw(st.integers(0, 3)) == 0:
                spec.said["was"] = _was(draw, keys)
        if not {"role", "counted"} & {*sheet.config} and draw(st.integers(0, 7)) == 0:
            _date(draw, sheet.config, keys)
    if draw(st.booleans()):
        declared.form["version"], declared.form["was"] = "2", {draw(st.sampled_from(keys[:-1])): "1"}


def _date(draw: Draw, said: dict[str, Any], keys: Sequence[str]) -> None:
    word = draw(st.sampled_from(("since", "until", "both")))
    first = draw(st.integers(1, len(keys) - 1)) if word != "until" else 0
    last = draw(st.integers(first, len(keys) - 2)) if word != "since" and first < len(keys) - 1 else len(keys) - 1
    said |= {"since": keys[first]} if first else {}
    said |= {"until": keys[last]} if last < len(keys) - 1 else {}


def _was(draw: Draw, keys: Sequence[str]) -> dict[str, str]:
    changed = sorted(draw(st.lists(st.sampled_from(keys[:-1]), min_size=1, max_size=2, unique=True)))
    return {key: draw(titles()) for key in changed}
