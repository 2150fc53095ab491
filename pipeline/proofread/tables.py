"""Mistakes in what a sheet's Config says of the rows of its table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from pipeline.declarations import near
from pipeline.declare import Serial, Sheet
from pipeline.declare.kinds import folded
from pipeline.declare.rows import RowWords


def about_rows(sheet: type[Sheet]) -> Iterator[tuple[str, ...]]:
    """Say what is wrong, each with the names under which it is declared."""
    options, usual = sheet.options(), RowWords()
    said = [each.name for each in fields(RowWords) if getattr(options, each.name) != getattr(usual, each.name)]
    if sheet.is_card() and said:
        yield f"是一张卡片（写了 records），没有一行一行的记录。请删去 Config 中的 {said[0]}。", "Config", said[0]
        return
    wrong = list(_of_sorts(sheet))
    yield from wrong or _of_meaning(sheet)


def _of_sorts(sheet: type[Sheet]) -> Iterator[tuple[str, ...]]:
    options: Any = sheet.options()
    record = options.record
    if not isinstance(record, tuple | list):
        yield f'的 record 应写成 ("栏目",)，最后有逗号，却是 {record!r}。请改正。', "Config", "record"
    elif unknown := [name for name in record if name not in sheet.columns()]:
        says = f"的 Config 中 record 写的“{unknown[0]}”不是它的栏目{near(unknown[0], [*sheet.columns()])}。请改正名称。"
        yield says, "Config", "record"
    if not isinstance(options.ends, str) or (options.ends and not folded(options.ends)):
        yield f"的 ends 应是表格下方的文字，带引号，却是 {options.ends!r}。请改正。", "Config", "ends"
    if not isinstance(options.numbered, bool):
        yield f"的 numbered 应是 True 或 False，却是 {options.numbered!r}。请改正。", "Config", "numbered"
    for word, least in {"instructions": 0, "at_least": 0, "at_most": 1}.items():
        value = getattr(options, word)
        if value is not None and (type(value) is not int or value < least):
            yield f"的 {word} 应是不小于 {least} 的整数，却是 {value!r}。请改正。", "Config", word


def _of_meaning(sheet: type[Sheet]) -> Iterator[tuple[str, ...]]:
    options, columns = sheet.options(), sheet.columns().values()
    if options.at_most is not None and options.at_least > options.at_most:
        yield (
            f"的 at_least {options.at_least} 大于 at_most {options.at_most}，多少行都不对。请改正。",
            "Config",
            "at_least",
        )
    if options.numbered and len(columns) < 2:
        says = "只有一栏，栏号行和填“1”的记录分不开。请删去 Config 中的 numbered，栏号行可以算在 instructions 中。"
        yield says, "Config", "numbered"
    if options.ends and folded(options.total_row).startswith(folded(options.ends)):
        says = f"的 ends“{options.ends}”与 total_row 相同，而合计行印在记录上方，读到那里就结束了。请删去 Config 中的一个。"
        yield says, "Config", "ends"
    if any(issubclass(sheet.columns()[name].kind, Serial) for name in options.record):
        yield "的 record 不能写序号：空行也有序号。请改写其他栏目。", "Config", "record"
    if not sheet.is_card() and not options.record and all(c.is_computed or issubclass(c.kind, Serial) for c in columns):
        yield "的各栏都由表式自己填，分不出哪些行有内容。请在 Config 中用 record 写明。", "Config"
