"""What can be said of a column elsewhere: a reference to it, and a sum or count that is taken from a ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.declare.columns import Column
    from pipeline.declare.sheet import Sheet


def fields_of(columns: Mapping[str, Column], name: str) -> tuple[str, ...]:
    """Give the fields made of a declaration, in the order of its headings; of a plain one, that itself."""
    return (name,) if name in columns else tuple(field for field, col in columns.items() if col.said_as == name)


class ColumnRef(str):
    """A column's field name that also knows its sheet."""

    owner: type[Sheet]

    def __new__(cls, owner: type[Sheet], name: str) -> ColumnRef:
        ref = super().__new__(cls, name)
        ref.owner = owner
        return ref

    def declared(self) -> Column:
        """Give the declaration behind the name."""
        return self.owner.columns().get(str(self)) or self.owner.declared()[str(self)]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it stands for: one, or with `over` one for each heading."""
        return fields_of(self.owner.columns(), self)

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
        if self.field is None:
            return pd.Series(1, index=rows.index, dtype="Int64").where(matching)
        names = list(self.fields)
        values = rows[names[0]] if len(names) == 1 else rows[names].sum(axis=1, min_count=1)
        return values.where(matching)

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns that are added up, row by row and then over the rows; none if rows are counted."""
        return () if self.field is None else fields_of(self.sheet.columns(), self.field)

    @property
    def title(self) -> str:
        """What the measure is called on the form: the sheet, what is added up, and over which of its rows."""
        columns, words = self.sheet.columns(), self.sheet.wording()
        only = words.listed(
            words("{title}为“{value}”", title=columns[name].title, value=columns[name].shown(value))
            for name, value in self.where.items()
        )
        said = {"sheet": self.sheet.title(), "column": words.listed(str(columns[name].title) for name in self.fields)}
        what = words("{sheet}行数" if self.field is None else "{sheet}“{column}”合计", **said)
        return what + (words("（{only}）", only=only) if only else "")
