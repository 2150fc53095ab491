"""The instructions of a form in plain words, made from the declarations that also check it: the two cannot disagree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container
from dataclasses import dataclass

from pipeline.campaign import Campaign
from pipeline.declare import ERROR, NOTE, QUERY, Column, Day, Serial, Sheet
from pipeline.declare.columns import RECEIVED
from pipeline.model import Period

WIDTHS = (20, 60, 52)  # of the columns of the instructions, in characters
OFFICE = "由办公室填写，请勿改动"
GENERAL = (
    "浅黄色的格由填报单位填写，灰色的格已填好，请勿改动。",
    "请勿增减工作表、改动表头。行数不够时，在表中间插入行，或接着往下填。",
    "没有数字的填 0，不要填“无”或“—”。文字前后不要加空格。",
    "带下拉箭头的格请从列表中选择。日期按“年-月-日”填写。",
    "填写中变红的格与要求不符。报送前请看“自检”表：显示“可以报送”后再报。",
)
_CONSEQUENCES = {ERROR: "不符的须改正", QUERY: "不符的请改正或说明情况", NOTE: "供参考"}


@dataclass(frozen=True, slots=True)
class Note:
    """One line about one column, or one rule: its name, what to fill in, what else must hold."""

    name: str
    fill: str
    must: str


def notes(campaign: Campaign, period: Period, sheet: type[Sheet], fixed: Container[str]) -> list[Note]:
    """Give the notes on every column of a sheet. A name is quoted, so that no reader takes it for a header."""
    span, words = campaign.span(period), campaign.words
    return [
        Note(f"“{col.title}”", words.sentences(col.note or words(OFFICE)), "") if name in fixed
        else Note(f"“{col.title}”", filling(col, span), _must(col))
        for name, col in sheet.columns().items()
    ]  # fmt: skip


def rule_notes(campaign: Campaign, sheet: type[Sheet]) -> list[Note]:
    """Give what must hold in the sheet beyond its columns: what comes once, and the rules that blame a column of it."""
    columns, words = sheet.columns(), sheet.wording()
    together = (words.listed(f"“{columns[name].title}”" for name in names) for names in sheet.options().unique)
    once = [
        Note(words("不得重复"), words("{columns}合起来不得重复。", columns=each), words("重复的须改正"))
        for each in together
    ]
    if sheet.options().is_counted:
        once.append(Note(words("行数"), words.sentences(sheet.options().count_says(words)), words("不符的须改正")))
    if ends := sheet.options().ends:
        once.append(Note(words("表尾"), words("“{ends}”以下的内容不读取。行数不够时，在它上面插入行。", ends=ends), ""))
    rules = [rule for rule in campaign.form.rules if rule.blames[0].owner is sheet]
    return once + [
        Note(words("校验 {code}", code=rule.code), words.sentences(rule.title), words(_CONSEQUENCES[rule.severity]))
        for rule in rules
    ]


def filling(col: Column, span: tuple[tuple[dt.date, dt.date], tuple[dt.date, dt.date]]) -> str:
    """Say what belongs into a cell of the column: the kind's own expectation, the days allowed, the printed note."""
    words = col.words
    if col.is_computed:
        return words.sentences(words("由表中公式算出；没有公式时，按结果填写"), col.note)
    said = words("已编好号，加行时接着往下编") if issubclass(col.kind, Serial) else col.kind.expectation(col)
    if issubclass(col.kind, Day) and (col.within or col.ge or col.le not in (None, RECEIVED)):
        first, last = col.span(*span)
        said += words("，在 {first} 至 {last} 之间", first=first, last=last)
    if col.le == RECEIVED:
        said += words("，不晚于报送之日")
    return words.sentences(said, col.note)


def _must(col: Column) -> str:
    words = col.words
    said = [words("自动" if col.is_computed else "必填" if col.is_required else "选填")]
    if col.is_unique:
        said.append(words("不得重复"))
    if col.in_column is not None:
        source = col.in_column.owner
        title = source.columns()[col.in_column].title
        said.append(words("须在{sheet}的“{title}”中", sheet=source.title(), title=title))
    if col.equals is not None:
        said.append(words("应等于{measure}", measure=col.equals.title))
    return words("；").join(said)
