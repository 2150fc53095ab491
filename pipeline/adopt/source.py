"""Drafts -> Python as a maintainer would write it: a module per sheet, a line per column, each guess marked for review."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.adopt.draft import Draft, Field, Ref, Sum
from pipeline.adopt.kinds import NO_CLUE
from pipeline.declare import BUILTIN, Count

REVIEW = "# 请核对："
WIDEST = 120  # of a line; a Chinese character counts as two
INDENT = "    "


@dataclass(frozen=True)
class Bare:
    """What is written as it is."""

    code: str


def width(text: str) -> int:
    """Give the width of a text as the formatter counts it."""
    return sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text)


def value(said: Any) -> str:
    """Write a value as the formatter leaves it."""
    if isinstance(said, Ref | Bare):
        return said.code
    if isinstance(said, str):
        text = json.dumps(said, ensure_ascii=False)
        return repr(said) if '"' in said and "'" not in said and said.isprintable() else text
    if isinstance(said, tuple):
        return f"({', '.join(map(value, said))}{',' if len(said) == 1 else ''})"
    if isinstance(said, list):
        return f"[{', '.join(map(value, said))}]"
    if isinstance(said, Mapping):
        return f"{{{', '.join(f'{value(key)}: {value(each)}' for key, each in said.items())}}}"
    return repr(said)


def statement(start: str, said: Any, indent: str = "", end: str = "") -> list[str]:
    """Write `start value end`, broken where it is too wide: `start` ends before the value."""
    line = f"{indent}{start}{value(said)}{end}"
    if width(line) <= WIDEST or not isinstance(said, tuple | list | Mapping) or not said:
        return [line]
    opening, closing = ("(", ")") if isinstance(said, tuple) else ("[", "]") if isinstance(said, list) else ("{", "}")
    inner = indent + INDENT
    parts: Iterable[str]
    if isinstance(said, Mapping):
        parts = [line for key, each in said.items() for line in statement(f"{value(key)}: ", each, inner, ",")]
    else:
        parts = [line for each in said for line in statement("", each, inner, ",")]
    return [f"{indent}{start}{opening}", *parts, f"{indent}{closing}{end}"]


def call(start: str, words: Sequence[tuple[str, Any]], indent: str = "", end: str = ")") -> list[str]:
    """Write a call, on one line, with its words on the next, or with a line for each. start: up to and with its bracket."""
    args = [f"{name}={value(said)}" if name else value(said) for name, said in words]
    if width(line := f"{indent}{start}{', '.join(args)}{end}") <= WIDEST:
        return [line]
    inner = indent + INDENT
    if width(line := f"{inner}{', '.join(args)}") <= WIDEST:
        return [f"{indent}{start}", line, f"{indent}{end}"]
    parts = [line for name, said in words for line in statement(f"{name}=" if name else "", said, inner, ",")]
    return [f"{indent}{start}", *parts, f"{indent}{end}"]


def module(draft: Draft, numbers: Iterable[str]) -> str:
    """Write the module of a sheet. numbers: codes for its rules."""
    title = draft.options["title"]
    kinds = {each.kind.__name__ for each in draft.fields}
    rules = {"ERROR", "Rows", "Truths", "rule"} if draft.rules else set()
    names = sorted({*kinds, *rules, "Sheet", "column"}, key=lambda name: (not name.isupper(), name.islower(), name))
    lines = [f'"""{_said(title)}: {_where(draft)}"""', ""]
    lines += _imported("pipeline.declare", names)
    lines += sorted(f"from .{each.name} import {each.name}" for each in draft.needs())
    what = "return" if len(draft.options.get("records", ())) == 1 else "record"
    lines += ["", "", f"class {draft.name}(Sheet):", f'{INDENT}"""One row per {what}."""', ""]
    for each in draft.fields:
        lines += _column(each)
    lines += [f"{INDENT}{REVIEW}没有写入：{_said(left)}" for left in draft.left_out]
    lines += ["", f"{INDENT}class Config:"]
    options = draft.options | ({"role": draft.role} if draft.role != "ledger" else {})
    for name, said in options.items():
        lines += _noted(statement(f"{name} = ", said, INDENT * 2), _OF_CONFIG.get(name, ""), INDENT * 2)
    for rule, code in zip(draft.rules, numbers, strict=False):
        lines += ["", "", *_rule(draft, rule, code)]
    return "\n".join(lines) + "\n"


_OF_CONFIG = {
    "role": "据栏目推测：declared 是填报汇总指标的表，cover 是封面",
    "begins": "据表上方的文字",
    "records": "据各列数值的表头",
    "answers": "据空格所在：答案在问题下方",
    "total_row": "据这一行的标题",
    "counted": "没有数字栏，汇总时计算行数",
}


def _where(draft: Draft) -> str:
    sort = {"table": "a table", "beside": "titles and values beside them", "below": "questions and answers below them"}
    return f"{sort[draft.block.sort]} on the tab {_said(draft.block.tab.name)}."


def _said(text: str) -> str:
    """Make a text fit for a comment or a docstring."""
    return " ".join(text.replace("\\", "/").replace('"""', "”").rstrip('"').split())


def _imported(source: str, names: Sequence[str]) -> list[str]:
    line = f"from {source} import {', '.join(names)}"
    if width(line) <= WIDEST:
        return [line]
    return [f"from {source} import (", *(f"{INDENT}{name}," for name in names), ")"]


def _column(each: Field) -> list[str]:
    lines = call(f"{each.name}: {each.kind.__name__} = column(", [("", each.title), *each.said.items()], INDENT)
    return _noted(lines, each.why if each.why.startswith(NO_CLUE) else f"据{each.why}", INDENT)


def _noted(lines: list[str], why: str, indent: str) -> list[str]:
    """Mark a guess: behind its line if there is room, else above it."""
    if not why:
        return lines
    if len(lines) == 1 and width(line := f"{lines[0]}  {REVIEW}{why}") <= WIDEST:
        return [line]
    return [f"{indent}{REVIEW}{why}", *lines]


def _rule(draft: Draft, each: Sum, code: str) -> list[str]:
    total, terms = each.result, each.terms
    said = "".join(f"{'加' if sign > 0 else '减'}“{_brace(part.path)}”{{{part.name}}}" for sign, part in terms)
    says = f"“{_brace(total.path)}”为 {{{total.name}}}，不等于{said.removeprefix('加')}。请核对。"
    words = f"{total.path}等于{_only_named(terms)}。"
    if width(says) > WIDEST - 12:
        says = f"“{_brace(total.path)}”为 {{{total.name}}}，不等于据以计算的 {len(terms)} 栏之和。请核对。"
    if width(words) > WIDEST - 12:
        words = f"{total.path}等于据以计算的 {len(terms)} 栏之和。"
    right = {part.name: _example(part) for _, part in terms}
    summed = sum(sign * right[part.name] for sign, part in terms)
    lines = [f"{REVIEW}据表中的公式", *call("@rule(", [
        ("", code), ("", Bare("ERROR")), ("blames", Bare(f"{draft.name}.{total.name}")),
        ("says", says), ("passing", [{total.name: summed, **right}]), ("failing", [{total.name: summed + 1, **right}]),
    ])]  # fmt: skip
    key = draft.key
    lines += [f"def {total.name}_adds_up({key}: Rows) -> Truths:", f'{INDENT}"""{_said(words)}"""']
    if all(issubclass(part.kind, Count) for _, part in (*terms, (1, total))):
        return lines + _returned(f"{key}[{value(total.name)}] == ", terms, key, "")
    return lines + _returned(f"({key}[{value(total.name)}] - (", terms, key, ")).abs() < 0.005")


def _returned(start: str, terms: Sequence[tuple[int, Field]], key: str, end: str) -> list[str]:
    """Write the comparison of a rule, over some lines where it is too wide."""
    parts = [f"{'+' if sign > 0 else '-'} {key}[{value(part.name)}]" for sign, part in terms]
    joined = " ".join(parts)
    joined = joined[2:] if joined.startswith("+ ") else "-" + joined[2:]
    line = f"{INDENT}return {start}{joined}{end}"
    if width(line) <= WIDEST:
        return [line]
    return [f"{INDENT}added = 0", *(f"{INDENT}added {part[0]}= {part[2:]}" for part in parts),
            f"{INDENT}return {start}added{end}".replace("(added)", "added")]  # fmt: skip


def _only_named(terms: Sequence[tuple[int, Field]]) -> str:
    parts = [("加" if sign > 0 else "减") + f"“{_brace(part.path)}”" for sign, part in terms]
    return "".join(parts).removeprefix("加")


def _brace(text: str) -> str:
    return text.replace("{", "（").replace("}", "）")


def _example(part: Field) -> Any:
    low, high = part.said.get("ge"), part.said.get("le")
    return max(1, low or 0) if high is None else min(max(1, low or 0), high)


def codes(count: int) -> list[str]:
    """Give codes for rules, none of which the pipeline has."""
    free = (f"{letter}{number:02d}" for letter in "JHKLMNOPQ" for number in range(1, 100))
    return [code for code in free if code not in BUILTIN][:count]
