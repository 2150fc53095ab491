"""The rows that a form has between a table's header and its records: column numbers, instructions, a sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.declare import Column, Day, Percent, Serial, Sheet
from pipeline.declare.kinds import Number

BY_ITSELF = "…"  # in a column that the form fills


def headings(sheet: type[Sheet]) -> Iterator[Sequence[str]]:
    """Give the texts of each such row, by column. The last row of instructions is a sample, the first says what to fill in."""
    options, columns = sheet.options(), [*sheet.columns().values()]
    if options.numbered:
        yield [str(number) for number in range(1, len(columns) + 1)]
    for left in range(options.instructions - 1, -1, -1):
        if left == 0:
            first, *others = map(sample, columns)
            words = sheet.wording()
            yield [words("示例：{sample}", sample=first) if first else words("示例"), *others]
        elif left == options.instructions - 1:
            yield [BY_ITSELF if col.is_computed else col.kind.expectation(col) for col in columns]
        else:
            yield [""] * len(columns)


def sample(col: Column) -> str:
    """Give a right value of a column as people would type it; "" if none is known."""
    if col.is_computed:
        return BY_ITSELF
    is_known = col.examples or col.choices or issubclass(col.kind, Number | Percent | Day)
    return col.example if is_known and not issubclass(col.kind, Serial) else ""
