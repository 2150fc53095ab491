"""What can be said of a column elsewhere: a reference to it, and a sum or count that is taken from a ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.declare.columns import Column
    from pipeline.declare.sheet import Sheet


class ColumnRef(str):
    """A column's field name that also knows its sheet."""

    owner: type[Sheet]

    def __new__(cls, owner: type[Sheet], name: str) -> ColumnRef:
        ref = super().__new__(cls, name)
        ref.owner = owner
        return ref

    def declared(self) -> Column:
        """Give the declaration behind the name."""
        return self.owner.columns()[str(self)]

    def sum(self, **where: str) -> Measure:
        """Add up this column over the rows in which each named column equals the given value."""
        return Measure(self.owner, str(self), where)


@dataclass(frozen=True)
class Measure:
    """A number taken from a ledger: the sum of a column, or the count of rows, over the rows that match `where`."""

    sheet: type[Sheet]
    field: str | None
    where: Mapping[str, str]

    def amounts(self, rows: pd.DataFrame) -> pd.Series[Any]:
        """Give one amount per row, indexed like `rows`: 1 or the column's value where the row matches, null elsewhere."""
        import pandas as pd

        matching = pd.Series(True, index=rows.index)
        for name, value in self.where.items():
            matching &= (rows[name] == value).fillna(False).astype(bool)
        values = pd.Series(1, index=rows.index, dtype="Int64") if self.field is None else rows[self.field]
        return values.where(matching)

    @property
    def title(self) -> str:
        """What the measure is called on the form: the sheet, what is added up, and over which of its rows."""
        columns, words = self.sheet.columns(), self.sheet.wording()
        only = words.listed(
            words("{title}为“{value}”", title=columns[name].title, value=columns[name].shown(value))
            for name, value in self.where.items()
        )
        said = {"sheet": self.sheet.title(), "column": columns[self.field].title if self.field else ""}
        what = words("{sheet}行数" if self.field is None else "{sheet}“{column}”合计", **said)
        return what + (words("（{only}）", only=only) if only else "")
