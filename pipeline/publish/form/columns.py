"""Rows of a table that are kept by column, as a return has them and as a workbook is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, overload

Row = Mapping[str, Any]


class Columns(Sequence[Row]):
    """Rows by field, each made when it is asked for. columns: by field, all of the same length; there is at least one."""

    __slots__ = ("columns",)

    def __init__(self, columns: Mapping[str, Sequence[Any]]) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Columns: ...
    def __getitem__(self, at: int | slice) -> Row | Columns:
        part = {field: values[at] for field, values in self.columns.items()}
        return Columns(part) if isinstance(at, slice) else part


def column(rows: Sequence[Row], field: str) -> Sequence[Any]:
    """Give what rows have in a field; None where a row does not mention it."""
    if isinstance(rows, Columns) and field in rows.columns:
        return rows.columns[field]
    return [row.get(field) for row in rows]
