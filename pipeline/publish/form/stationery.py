"""What is the same on every return of one campaign and period: the preprinted form, what Excel checks and says at a cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from pipeline.campaign import Campaign
from pipeline.declare import Column, Sheet
from pipeline.declare.kinds import Text
from pipeline.model import Period
from pipeline.publish.excel.preprints import Stock
from pipeline.publish.excel.quickbook import QuickBook
from pipeline.publish.excel.quickparts import Guard
from pipeline.publish.form.blank import blanks, make_formats
from pipeline.publish.form.geometry import Block, tabs
from pipeline.publish.form.instructions import WIDTHS, filling, notes, rule_notes
from pipeline.publish.form.lists import list_name, needs_list_sheet, source
from pipeline.publish.form.live import Checks, checks_of
from pipeline.publish.form.places import places_of
from pipeline.publish.form.selfcheck import SelfCheck
from pipeline.publish.form.styles import LINE_HEIGHT, Styles, line_count

LONGEST_MESSAGE = 255  # Excel's limit at a cell
LONGEST_TITLE = 32
EXACT: dict[str, Any] = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
Fixed = Mapping[str, frozenset[str]]
"""Fields that the office fills, by sheet key."""


class Line(NamedTuple):
    """One line of the instructions: a text for each of its columns, and its height in points."""

    texts: tuple[str, ...]
    height: float


class Stationery:
    """Made when the first workbook asks for it, and used for workbook after workbook.

    stock: the preprinted sheets, styles: their formats. checks: what the form checks by itself, self_check: the sheet of that,
    of a form that is laid out as a blank one; nothing of a form that does not check itself.
    """

    _kept: ClassVar[list[Stationery]] = []

    def __init__(self, campaign: Campaign, period: Period, fixed: Fixed, *, checks_itself: bool) -> None:
        self.campaign, self.period, self.fixed, self.checks_itself = campaign, period, fixed, checks_itself
        self._guards: dict[tuple[Any, ...], Guard | None] = {}  # by keys: columns are none
        self.checks = checks_of(campaign, period, fixed) if checks_itself else Checks()
        book = QuickBook("", EXACT)
        self.styles = Styles(book, campaign.words)
        self.self_check = SelfCheck(self.styles, campaign.form.tabs, self.checks, places_of(tabs(campaign.form, {})))
        sheets = blanks(self, self.styles)
        make_formats(self, self.styles)
        self.stock = Stock(book, sheets)

    @classmethod
    def of(cls, campaign: Campaign, period: Period, fixed: Fixed, *, checks_itself: bool) -> Stationery:
        """Give that of an earlier workbook of this very campaign and period, as a process writes for one, if there was any."""
        cls._kept = [each for each in cls._kept if each.campaign is campaign and each.period == period]
        alike = (each for each in cls._kept if each.checks_itself == checks_itself and each.fixed == fixed)
        if (found := next(alike, None)) is None:
            cls._kept.append(found := cls(campaign, period, fixed, checks_itself=checks_itself))
        return found

    def guard(self, col: Column, block: Block) -> Guard | None:
        """Let Excel check what it can, and say at the cell what belongs there; None where anything goes."""
        by = block.place(0, col.listed.by) if col.listed is not None and col.listed.by else None
        key = col.sheet.key(), col.field, by
        if key not in self._guards:
            self._guards[key] = self._guard(col, by)
        return self._guards[key]

    def _guard(self, col: Column, by: tuple[int, int] | None) -> Guard | None:
        span = self.campaign.span(self.period)
        rule = col.kind.validation(col, col.span(*span))
        if rule and rule["validate"] == "list" and needs_list_sheet(col):
            rule = rule | {"source": source(self.campaign.form, col, by)}
        if rule is None and col.in_column is not None:
            name = list_name(col.in_column.owner.columns()[col.in_column])
            rule = {"validate": "list", "source": f"={name}", "error_type": "warning"}
        if rule is None and col.kind.label == Text.label and not col.note and not col.pattern_says:
            return None  # a hint at every cell would only be in the way
        says, words = filling(col, span), self.campaign.words
        return Guard.of({
            **(rule or {"validate": "any"}),
            "input_title": str(col.title)[:LONGEST_TITLE], "input_message": _cut(says),
            "error_title": words("请核对"), "error_message": _cut(words("“{title}”请填写{what}", title=col.title, what=says)),
        })  # fmt: skip

    def lines(self, sheet: type[Sheet]) -> list[Line]:
        """Give the instructions on the columns and rules of a sheet."""
        every = (
            *notes(self.campaign, self.period, sheet, self.fixed[sheet.key()]), *rule_notes(self.campaign, sheet)
        )  # fmt: skip
        return [_line((note.name, note.fill, note.must)) for note in every]


def _line(texts: tuple[str, ...]) -> Line:
    lines = max(line_count(text, width) for text, width in zip(texts, WIDTHS, strict=True))
    return Line(texts, 3 + LINE_HEIGHT * lines)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"
