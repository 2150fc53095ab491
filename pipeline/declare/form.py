"""A form: the sheets of one return, in order, and what identifies the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from pipeline.declare.columns import RECEIVED, Column, Role
from pipeline.declare.measures import ColumnRef
from pipeline.declare.rules import Rule
from pipeline.declare.sheet import Sheet
from pipeline.declare.totals import card_of_totals


@dataclass(frozen=True)
class Form:
    """The blank that every team fills: number (表号), title, version and sheets in the workbook's order.

    blanks: what stands in any cell that nobody has filled in (请选择). other_tabs: tabs that the workbook has and nobody fills
    in: lists, guidance. Nothing is read from them. derived: the sheet that nobody fills in, made of what ledgers come to.
    was: which version it was, up to and with the period of that key: version="2", was={"2011-03": "1"}.

    number: the form's 表号, by which a return on another form is known. title: its printed name. version: raise it if older
    forms must no longer be accepted. sheets: in the workbook's order. file_name: of blanks and corrections; {code} and
    {name} are the team's.

    issued_by: who drew the form up and hands it out (制定机关), if that is not this office, as on the form:

        表    号：投资02表
        制定机关：国家统计局

    There is no blank of ours then, and nothing is printed on theirs: a correction is a copy of the file that the team sent,
    its wrong cells marked and noted, with the slip in front. "": the form is ours, and corrections are written on it.
    """

    number: str
    title: str
    version: str
    sheets: Sequence[type[Sheet]]
    file_name: str = "{code}_{name}.xlsx"
    rules: Sequence[Rule] = field(default_factory=tuple)
    blanks: Sequence[str] = ()
    other_tabs: Sequence[str] = ()
    issued_by: str = ""
    derived: type[Sheet] | None = None
    was: Mapping[str, str] = field(default_factory=dict)

    def with_totals(self) -> Form:
        """Give the form with a card of what its ledgers come to, if none of its sheets declares figures."""
        derived = card_of_totals(self.ledgers) if self.in_role("declared") is None else None
        return replace(self, sheets=(*self.sheets, derived), derived=derived) if derived else self

    @property
    def tabs(self) -> list[type[Sheet]]:
        """The sheets that stand in a workbook: all but a card that is derived."""
        return [sheet for sheet in self.sheets if sheet is not self.derived]

    def sheet(self, key: str) -> type[Sheet]:
        """Give the sheet of that key. Raises KeyError."""
        return {sheet.key(): sheet for sheet in self.sheets}[key]

    def in_role(self, role: str) -> type[Sheet] | None:
        """Give the one sheet that plays a role (cover, declared, explanations), or None."""
        return next((sheet for sheet in self.sheets if sheet.options().role == role), None)

    def column_in_role(self, role: Role) -> ColumnRef | None:
        """Give the one column that plays a role (team, period, nil …), or None."""
        return self._in_roles.get(role)

    @cached_property
    def _in_roles(self) -> Mapping[Role, ColumnRef]:
        """The first column in each role."""
        columns = [(col.role, ColumnRef(sheet, name)) for sheet in self.sheets for name, col in sheet.columns().items()]
        return {role: column for role, column in reversed(columns) if role is not None}

    @property
    def declared(self) -> type[Sheet]:
        """The sheet of declared indicators. Raises LookupError if the form has none."""
        sheet = self.in_role("declared")
        if sheet is None:
            raise LookupError("form has no sheet with role = 'declared'")
        return sheet

    @property
    def total_record(self) -> str:
        """The record of the declared sheet that totals are taken from: its last one."""
        return list(self.declared.options().records or {"": ""})[-1]

    @property
    def ledgers(self) -> list[type[Sheet]]:
        """The sheets with one row per item."""
        return [sheet for sheet in self.sheets if sheet.options().role == "ledger"]

    @property
    def lasting(self) -> frozenset[type[Sheet]]:
        """The ledgers that a nil return still has: what an indicator of at least one counts, and what lists the same again."""
        kept = {col.equals.sheet for col in self.declared.indicators().values() if col.equals and _at_least_one(col)}
        return frozenset(kept) | {
            col.sheet for col in self.columns() if col.is_unique and col.in_column and col.in_column.owner in kept
        }

    def added_up(self) -> list[Column]:
        """Give the columns that totals are made of: the declared indicators, and what of the ledgers they add up."""
        measures = [col.equals for col in self.columns() if col.equals is not None]
        ledgers = [each.sheet.columns()[name] for each in measures for name in each.fields]
        return [*self.declared.indicators().values(), *ledgers]

    @property
    def is_dated_by_receipt(self) -> bool:
        """Whether some day must not be after the receipt of its return."""
        return any(col.le == RECEIVED for col in self.columns())

    def nothing_when_nil(self) -> dict[str, Column]:
        """Give the indicators that a nil return must not have: all but those that must be at least one, or count what lasts."""
        return {
            name: col
            for name, col in self.declared.indicators().items()
            if not _at_least_one(col) and (col.equals is None or col.equals.sheet not in self.lasting)
        }

    def columns(self) -> list[Column]:
        """All columns of all sheets, in the form's order."""
        return [col for sheet in self.sheets for col in sheet.columns().values()]


def _at_least_one(col: Column) -> bool:
    return col.least is not None and float(col.least) >= 1
