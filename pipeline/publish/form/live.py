"""What a form checks by itself while it is filled in, derived from its columns and rules; `selfcheck` and `blank` write it.

The law: where a form says that a cell is wrong, the night finds something there. What Excel cannot know as the night knows it,
the form leaves to the night: rules that are no expressions, other teams, earlier periods, texts that may yet be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipeline.campaign import Campaign
from pipeline.declare import Column, ColumnRef, Measure, Name, Rule, Serial, Severity, Sheet, Text
from pipeline.declare.tracing import traced
from pipeline.model import Period
from pipeline.publish.form.expressed import Expressed
from pipeline.publish.form.formulas import NEVER, ODD_SPACES, blank, both, filled, has, quoted, unless, where
from pipeline.publish.form.instructions import filling
from pipeline.publish.form.places import Places
from pipeline.publish.form.sums import (
    are_plain,
    begun,
    is_checked,
    is_live,
    is_measurable,
    measured,
    of_record,
    unsound,
)
from pipeline.publish.form.wrong import Span, faulty, sound

Look = Literal["missing", "wrong", "asked"]
NEAR = "0.000001"  # nearer than that, a figure is its ledger's sum
LONGEST = 100  # characters that are looked for in a list


@dataclass(frozen=True)
class Spot:
    """What formulas name: a cell of the record, or in an array formula all cells of the field; and all cells of a field."""

    at: Callable[[str], str]
    whole: Callable[[str], str]


Formula = Callable[[Spot], str]


@dataclass(frozen=True)
class Check:
    """One check of one sheet.

    looks: what says that a cell is wrong, by how that is shown; all are counted together. fields: whose cells are shown so; the
    first is linked. twin: what is shown as well, and not counted: a row further up that says the same; given a spot and the
    cells below it. record: of a card, the one that it is about, else all.
    """

    name: str
    says: str
    fields: tuple[str, ...]
    looks: Mapping[Look, Formula]
    twin: Callable[[Spot, Callable[[str], str]], str] | None = None
    record: int | None = None

    @property
    def is_asked(self) -> bool:
        """Whether what it finds may be right, and need not be mended."""
        return "asked" in self.looks


Help = Callable[[Mapping[str, Places]], str]
"""Gives the array formula of a value that checks name, for the places of all sheets. It stands hidden beside the checks."""


@dataclass(frozen=True)
class Checks:
    """All checks of a form, by sheet key, and what they name: values, and columns of other sheets (sheet key, field)."""

    by_sheet: dict[str, list[Check]] = field(default_factory=dict)
    helps: dict[str, Help] = field(default_factory=dict)
    columns: dict[str, tuple[str, str]] = field(default_factory=dict)


def checks_of(campaign: Campaign, period: Period, fixed: Mapping[str, frozenset[str]]) -> Checks:
    """Derive what a form can check. fixed: fields that the office fills, by sheet key."""
    checks = Checks()
    for sheet in filter(is_checked, campaign.form.tabs):
        checks.by_sheet[sheet.key()] = list(_Sheet(campaign, period, sheet, fixed[sheet.key()], checks).checks())
    return checks


class _Sheet:
    """The checks of one sheet. into: where is noted what they name."""

    def __init__(
        self, campaign: Campaign, period: Period, sheet: type[Sheet], fixed: frozenset[str], into: Checks
    ) -> None:
        self.form, self.sheet, self.key, self.words, self.into = (
            campaign.form, sheet, sheet.key(), sheet.wording(), into
        )  # fmt: skip
        self.days = campaign.span(period)
        self.filled_in = {
            name: col for name, col in sheet.columns().items() if name not in fixed and not col.is_computed
        }

    def checks(self) -> Iterator[Check]:
        """Give them column by column, then rule by rule."""
        for name, col in self.filled_in.items():
            yield from self._content(name, col)
            if col.is_unique and not self.sheet.is_card():
                yield self._unique(name, col)
            if col.in_column is not None:
                yield from self._in_column(name, col, col.in_column)
            if col.equals is not None:
                yield from self._equals(name, col, col.equals)
        for rule in self.form.rules:
            if rule.blames[0].owner is self.sheet and rule.severity is not Severity.NOTE:
                yield from self._ruled(rule)

    def span(self, col: Column) -> Span:
        """Give the first and the last day that a column may hold."""
        return col.span(*self.days)

    def _content(self, name: str, col: Column) -> Iterator[Check]:
        span, looks = self.span(col), dict[Look, Formula]()
        if faulty(col, span, "A1") != NEVER:
            looks["wrong"] = lambda spot: of_record(self.sheet, spot.at, faulty(col, span, spot.at(name)))
        if col.is_required and not col.fill_down:
            looks["missing"] = lambda spot: both(begun(self.sheet, spot.at), blank(spot.at(name), col.blanks))
        if looks and not issubclass(col.kind, Serial):
            must = self.words("必填" if col.is_required else "选填")
            yield Check(str(col.title), self.words.sentences(filling(col, self.days), must), (name,), looks)

    def _unique(self, name: str, col: Column) -> Check:
        def again(spot: Spot) -> str:
            cell, every = spot.at(name), spot.whole(name)
            is_further = f"MATCH({cell},{every},0)<ROW({cell})-ROW(INDEX({every},1))+1"
            says = both(is_further, f"EXACT(VLOOKUP({cell},{every},1,FALSE),{cell})")
            return of_record(self.sheet, spot.at, where(filled(cell), says))

        def twin(spot: Spot, below: Callable[[str], str]) -> str:
            cell = spot.at(name)
            says = f"EXACT(VLOOKUP({cell},{below(name)},1,FALSE),{cell})"
            return of_record(self.sheet, spot.at, where(filled(cell), says))

        return Check(str(col.title), self.words.sentences(self.words("不得重复")), (name,), {"wrong": again}, twin)

    def _in_column(self, name: str, col: Column, ref: ColumnRef) -> Iterator[Check]:
        source, other = ref.owner, ref.declared()
        is_read_so = all(each.kind is Text or issubclass(each.kind, Name) for each in (col, other))
        if not is_read_so or not is_checked(source) or other.pattern or other.max_words:
            return  # of codes, the night folds the width
        every, plain = f"all_{source.key()}_{ref}", f"plain_{source.key()}_{ref}"
        self.into.columns[every] = source.key(), str(ref)
        self.into.helps[plain] = lambda places: are_plain(other, places[source.key()].far(str(ref)))

        def unlisted(spot: Spot) -> str:
            cell = spot.at(name)
            is_plain = both(
                f"ISTEXT({cell})", f"LEN({cell})<={LONGEST}", filled(cell),
                *(unless(has(cell, each)) for each in ODD_SPACES),
                *(f"{cell}<>{quoted(word)}" for word in col.blanks),
            )  # fmt: skip
            says = where(is_plain, f'COUNTIF({every},"="&{cell})=0')
            return where(both(is_live(source), plain, f"COUNTA({every})>0"), of_record(self.sheet, spot.at, says))

        says = self.words("须在{sheet}的“{title}”中", sheet=source.title(), title=other.title)
        yield Check(str(col.title), self.words.sentences(says), (name,), {"wrong": unlisted})

    def _equals(self, name: str, col: Column, measure: Measure) -> Iterator[Check]:
        records = list(self.sheet.options().records or {})
        if self.form.total_record not in records or not is_measurable(measure):
            return
        want, span = f"want_{self.key}_{name}", self.span(col)
        self.into.helps[want] = lambda places: measured(measure, self.span, places[measure.sheet.key()].far)

        def differs(spot: Spot) -> str:
            cell = spot.at(name)
            is_told = both(f"ISNUMBER({want})", sound(col, span, cell))
            return where(is_told, f"ABS({cell}-{want})>{NEAR}+ABS({want})*1E-12")

        says = self.words.sentences(self.words("应等于{measure}", measure=measure.title))
        yield Check(str(col.title), says, (name,), {"wrong": differs}, record=records.index(self.form.total_record))

    def _ruled(self, rule: Rule) -> Iterator[Check]:
        columns = self.sheet.columns()
        spans = {name: self.span(col) for name, col in columns.items()}
        for number in range(len(rule.over) or 1):
            fields = tuple(ref.fields[number] if rule.over else str(ref) for ref in rule.blames)
            says = traced(rule, columns, number if rule.over else None)
            if says is None or not all(name in self.filled_in for name in fields):
                continue
            expressed = Expressed(says, columns, spans, reads_blanks=rule.reads_blanks)
            if not expressed.is_known:
                continue
            for total in expressed.totals:
                self._note_sound(total, columns[total])
            name = self.words("{title}（校验 {code}）", title=columns[fields[0]].title, code=rule.code)
            look: Look = "asked" if rule.severity is Severity.QUERY else "wrong"
            yield Check(
                name, self.words.sentences(rule.title), fields, {look: self._broken(expressed, rule.reads_blanks)}
            )

    def _broken(self, expressed: Expressed, reads_blanks: bool) -> Formula:
        def broken(spot: Spot) -> str:
            says = expressed.broken(spot.at, spot.whole)
            if reads_blanks or self.sheet.options().record:  # what is blank altogether is no record
                says = where(begun(self.sheet, spot.at), says)
            return where(both(*(self._sound(name) for name in sorted(expressed.totals))), says)

        return broken

    def _sound(self, name: str) -> str:
        return f"sound_{self.key}_{name}"

    def _note_sound(self, name: str, col: Column) -> None:
        """Note that a whole column has to be read as it stands."""
        span = self.span(col)
        self.into.helps[self._sound(name)] = lambda places: f"{unsound(col, span, places[self.key].far(name))}=0"
