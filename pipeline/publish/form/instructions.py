"""The instructions of a form in plain words, made from the declarations that also check it: the two cannot disagree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container
from dataclasses import dataclass

from pipeline.campaign import Campaign
from pipeline.declare import Column, Day, Rule, Serial, Sheet
from pipeline.declare.columns import RECEIVED
from pipeline.model import Period

WIDTHS = (20, 60, 52)  # of the columns of the instructions, in characters
OFFICE = "由办公室填写，请勿改动"
GENERAL = (
    "浅黄色的格由填报单位填写，灰色的格已填好，请勿改动。",
    "请勿增减工作表、改动表头。行数不够时，在表中间插入行，或接着往下填。",
    "没有数字的填 0，不要填“无”或“—”。文字前后不要加空格。",
    "带下拉箭头的格请从列表中选择。日期按“年-月-日”填写。",
)


@dataclass(frozen=True, slots=True)
class Note:
    """One line about one column, or one rule: its name, what to fill in, what else must hold."""

    name: str
    fill: str
    must: str


def notes(campaign: Campaign, period: Period, sheet: type[Sheet], fixed: Container[str]) -> list[Note]:
    """Give the notes on every column of a sheet. A name is quoted, so that no reader takes it for a header."""
    span = campaign.span(period)
    return [
        Note(f"“{col.title}”", f"{col.note or OFFICE}。", "") if name in fixed
        else Note(f"“{col.title}”", filling(col, span), _must(col))
        for name, col in sheet.columns().items()
    ]  # fmt: skip


def rule_notes(campaign: Campaign, sheet: type[Sheet]) -> list[Note]:
    """Give what must hold in the sheet beyond its columns: what comes once, and the rules that blame a column of it."""
    columns = sheet.columns()
    once = [
        Note("不得重复", "、".join(f"“{columns[name].title}”" for name in names) + "合起来不得重复。", "重复的须改正")
        for names in sheet.options().unique
    ]
    if says := sheet.options().count_says:
        once.append(Note("行数", f"{says}。", "不符的须改正"))
    if ends := sheet.options().ends:
        once.append(Note("表尾", f"“{ends}”以下的内容不读取。行数不够时，在它上面插入行。", ""))
    rules = [rule for rule in campaign.form.rules if rule.blames[0].owner is sheet]
    return once + [Note(f"校验 {rule.code}", f"{rule.title}。", _consequence(rule)) for rule in rules]


def filling(col: Column, span: tuple[tuple[dt.date, dt.date], tuple[dt.date, dt.date]]) -> str:
    """Say what belongs into a cell of the column: the kind's own expectation, the days allowed, the printed note."""
    if col.is_computed:
        return (
            "。".join(part for part in ("由表中公式算出；没有公式时，按结果填写", col.note.rstrip("。")) if part) + "。"
        )
    said = "已编好号，加行时接着往下编" if issubclass(col.kind, Serial) else col.kind.expectation(col)
    if issubclass(col.kind, Day) and (col.within or col.ge or col.le not in (None, RECEIVED)):
        first, last = col.span(*span)
        said += f"，在 {first.isoformat()} 至 {last.isoformat()} 之间"
    if col.le == RECEIVED:
        said += "，不晚于报送之日"
    return "。".join(part for part in (said, col.note.rstrip("。")) if part) + "。"


def _must(col: Column) -> str:
    said = ["自动" if col.is_computed else "必填" if col.is_required else "选填"]
    if col.is_unique:
        said.append("不得重复")
    if col.in_column is not None:
        source = col.in_column.owner
        said.append(f"须在{source.title()}的“{source.columns()[col.in_column].title}”中")
    if col.equals is not None:
        said.append(f"应等于{col.equals.title}")
    return "；".join(said)


def _consequence(rule: Rule) -> str:
    return {"error": "不符的须改正", "query": "不符的请改正或说明情况", "note": "供参考"}[rule.severity.value]
