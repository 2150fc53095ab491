"""Rows of a form in which nobody has reported anything: column numbers, instructions, samples, what formulas give, an end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from filling_times import Row, calling
from hypothesis import strategies as st
from right_rows import is_structure

from pipeline.declare import Column, Sheet
from pipeline.declare.kinds import folded

INSTRUCTIONS = (
    "填写说明：按实填写，没有的不填", "本表由各单位填报", "示例", "e.g.", "1", "请选择", "格式：2024-03-01", "（自动计算）", "年-月-日",
    "注：不含流动资金", "甲", "1=2+3", "0",
)  # fmt: skip
BELOW = ("填表人：王　审核：李", "说明：本表一式两份。", "备注", "本页合计", "12", "王")


def headings(draw: Any, sheet: type[Sheet], rows: Sequence[Row]) -> list[list[Any]]:
    """Draw the rows between a header and its records: its column numbers, and instructions or samples, whatever they say."""
    options = sheet.options()
    numbers = [_numbers(draw, len(sheet.columns()))] if options.numbered else []
    said = [_instruction(draw, sheet, rows) for _ in range(options.instructions)]
    return numbers + said if draw(st.booleans()) else said + numbers


def _numbers(draw: Any, count: int) -> list[Any]:
    plain = [*range(1, count + 1)]
    ways: list[list[Any]] = [plain, [f"({n})" for n in plain], [*map(str, plain)], [*plain[:-1], f"{count}=1+2"]]
    ways += [["栏次", *plain[:-1]]] if count > 1 else []
    ways += [["甲", "乙", *plain[:-2]]] if count > 2 else []
    return list(draw(st.sampled_from(ways)))


def _instruction(draw: Any, sheet: type[Sheet], rows: Sequence[Row]) -> list[Any]:
    words = st.sampled_from((None, *INSTRUCTIONS))
    cells: list[Any] = draw(st.lists(words, min_size=1, max_size=len(sheet.columns())))
    if rows and draw(st.booleans()):  # a sample that could be a record
        cells = [*draw(st.sampled_from(rows)).values()]
        cells[0] = draw(st.sampled_from((cells[0], "例", None)))
    return cells


def left_over(draw: Any, sheet: type[Sheet], language: str) -> Row | None:
    """Draw a row that nobody has filled in: what formulas give there, and words that stand there beforehand. None: nothing."""
    row = {name: _beforehand(draw, name, col, language) for name, col in sheet.columns().items()}
    said = {name: value for name, value in row.items() if value is not None}
    return row if said and not is_structure(sheet, said) else None


def _beforehand(draw: Any, name: str, col: Column, language: str) -> Any:
    """Draw what stands in a cell before anyone has filled in its row."""
    record = col.sheet.options().record
    ways: list[Any] = [None, *col.blanks]
    if col.is_computed or (record and (col.kind.numeric or name in record)):
        ways.append(0)
    if record and name not in record and col.kind.__name__ in ("Choice", "YesNo"):
        ways += [calling(col, choice, language) for choice in col.choices]
    return None if col.kind.__name__ == "Serial" else draw(st.sampled_from(ways))


def end(draw: Any, sheet: type[Sheet]) -> list[list[Any]]:
    """Draw the row that ends a table, and what stands below it: right below no whole record."""
    ends, count = sheet.options().ends, len(sheet.columns())
    if not ends:
        return []
    mark: list[Any] = [None] * draw(st.integers(0, count - 1))
    mark.append(ends + draw(st.sampled_from(("", "", "（不填）"))))
    more = [[draw(st.sampled_from(BELOW))] for _ in range(draw(st.integers(0, 2)))]
    return [mark, *more, *([[], [*range(1, count + 1)]] if draw(st.booleans()) else [])]


def is_sum(text: str) -> bool:
    """Whether a text stands beside sums, to a person too."""
    return folded(text) in ("合计", "总计", "total")
