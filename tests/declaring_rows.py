"""Words about the rows of a table and about columns that come again under headings, said at random of what is declared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from declaring import Spec

Draw = Callable[[st.SearchStrategy[Any]], Any]
GROUPS = (
    "一季度", "二季度", "（4—6月）", "2010年", "2011年", "上年同期", "Plan", "资金（万元）", "其中", "合计", "1.人员", "[A]", "累计",
)  # fmt: skip
LOWEST = ("计划", "实际", "计划数", "人数", "金额", "数", "Actual", "（1）数", "其中：女", "合计", "备注")
OVER = (
    ("一季度", "二季度"), ("上半年", "下半年", "全年"), ("2023年", "2024年"), ("计划", "实际"), ("合计", "其中：女"), ("A", "B", "C"),
    ("（1—3月）", "（4—6月）"), ("本期", "累计"), ("甲、", "乙、"), ("Q1",),
)  # fmt: skip
ENDS = (
    "以下空白",
    "以下空白",
    "——以下无正文——",
    "（完）",
    "合计",
    "填表说明",
    "备注",
    "End of table",
    "*",
    "二、资金",
)
COUNTED = ((1, None), (2, None), (0, 1), (0, 3), (2, 2), (1, 3), (4, 5))


def say_rows(draw: Draw, columns: Sequence[Spec], config: dict[str, Any]) -> None:
    """Say what else than records stands below a table's header, what makes a record, and how many there are."""
    if len(columns) > 1 and draw(st.integers(0, 3)) == 0:
        config["numbered"] = True
    if draw(st.integers(0, 3)) == 0:
        config["instructions"] = draw(st.sampled_from((1, 1, 2, 3)))
    if draw(st.integers(0, 3)) == 0:
        least, most = draw(st.sampled_from(COUNTED))
        config |= {"at_least": least} if least else {}
        config |= {"at_most": most} if most is not None else {}
    if draw(st.integers(0, 3)) == 0:
        heads = {head for spec in columns for head in spec.said.get("under", ())}
        config["ends"] = draw(st.sampled_from([text for text in ENDS if text not in heads]))
        config.pop("rows", None)  # who fills it in inserts no rows above the end
    if draw(st.integers(0, 3)) == 0:
        fields = [name for spec in columns if spec.kind != "Serial" for name in spec.fields]
        config["record"] = tuple(draw(st.lists(st.sampled_from(fields), min_size=1, max_size=2, unique=True)))


def group(draw: Draw, specs: Sequence[Spec]) -> None:
    """Put columns on end under headings, with titles that stand under each of them."""
    start = draw(st.integers(0, len(specs) - 1))
    tops = draw(st.lists(st.sampled_from(GROUPS), min_size=1, max_size=2, unique=True))
    lows = draw(st.lists(st.sampled_from(LOWEST), min_size=1, max_size=3, unique=True))
    paths = [(top, low) for top in tops for low in lows]
    over = draw(st.sampled_from(((), (), ("2024年",), ("完成情况",))))
    for spec, (top, low) in zip(specs[start:], paths, strict=False):
        spec.title, spec.said["under"] = low, [*over, top]


def repeat(draw: Draw, specs: Sequence[Spec]) -> None:
    """Let columns on end come again under headings, perhaps all of that under another one."""
    start = draw(st.integers(0, len(specs) - 1))
    count = draw(st.integers(1, 3))
    lows = draw(st.lists(st.sampled_from(LOWEST), min_size=count, max_size=count, unique=True))
    over, under = draw(st.sampled_from(OVER)), draw(st.sampled_from(((), (), ("2010年",), ("完成情况",))))
    for spec, low in zip(specs[start:], lows, strict=False):
        spec.title, spec.said["over"] = low, over
        spec.said |= {"under": under} if under else {}


def carry_on(draw: Draw, columns: Sequence[Spec], config: dict[str, Any]) -> None:
    """Say which records of a card carry on from the period before, and which of its fields may fall."""
    records = config["records"]
    if {"now", "all"} <= {*records} and draw(st.integers(0, 3)):
        config |= {"this_period": "now", "cumulative": "all"}
    elif draw(st.booleans()):
        config["cumulative"] = "all" if "all" in records else [*records][-1]
    if {"open", "close"} <= {*records} and config.get("cumulative") != "close" and draw(st.integers(0, 3)):
        config |= {"opening": "open", "closing": "close"}  # what is left may fall: it is no cumulative record
    if {"cumulative", "opening"} & {*config} and draw(st.booleans()):
        config["stocks"] = draw(st.sampled_from(columns)).fields


def forget_bounds(spec: Spec) -> None:
    """Say nothing of what a column that the form fills by itself need not keep."""
    for word in ("ge", "le", "gt", "lt", "within", "in_column", "unique", "pattern", "pattern_says"):
        spec.said.pop(word, None)
