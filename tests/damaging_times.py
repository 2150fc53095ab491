"""One cell of a right return made wrong beside others: against a rule, a nil return's word, or the period before."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from damaging import Damage, of_cells, of_rows, says_nil, still_says_something
from filling import Filled, Spot
from filling_times import Row, Rows, calling, fits, is_at_least_one
from hypothesis import strategies as st
from right_rows import is_nothing
from ruling import Rules

from pipeline.campaign import Campaign
from pipeline.declare import Column, Form, Measure, Sheet
from pipeline.declare.kinds import Number
from pipeline.memory import Figures
from pipeline.model import Period


def damages(
    campaign: Campaign, period: Period, rules: Rules, rows: Rows, filled: Filled, before: Figures | None
) -> st.SearchStrategy[Damage | None]:
    """Give all that can be made wrong in a filled form. before: the figures of the period before, if they are known."""
    ways = (
        [*of_cells(campaign, period, rows, filled)],
        [*of_rows(campaign, rows, filled)],
        [*against_rules(campaign.form, rules, rows, filled)],
        [*against_nil(campaign, period, rows, filled)],
        [*against_before(campaign, period, rows, filled, before)],
    )
    return st.one_of(*(st.sampled_from(each) for each in ways if each)) if any(ways) else st.none()


def against_rules(form: Form, rules: Rules, rows: Rows, filled: Filled) -> Iterator[Damage]:
    """Give changes of one cell that its column can hold, and that break a rule."""
    for rule in rules.applying():
        sheet = form.sheet(rule.key)
        for number, row in enumerate(rows[rule.key]):
            for name, value in rule.breaking(row, rows):
                place = rule.key, number, name
                blamed = filled.cells[rule.key, number, rule.fields[0]]
                if {filled.cells[place], blamed} & filled.merged or not _may_stand(sheet.columns()[name], value):
                    continue
                if not sheet.is_card() and not _is_still_record(sheet, name, {**row, name: value}):
                    continue
                changed = {
                    **rows,
                    rule.key: [*rows[rule.key][:number], {**row, name: value}, *rows[rule.key][number + 1 :]],
                }
                if (rule.code, (rule.key, number, rule.fields[0])) in rules.broken(changed):
                    yield Damage.of_cell(filled, place, value, rule.code, blamed=[(rule.code, blamed)])


def _is_still_record(sheet: type[Sheet], name: str, row: Row) -> bool:
    """Whether a row with a changed cell is read as a record, which lacks nothing that makes it one."""
    return not (name in sheet.options().record and is_nothing(row[name])) and still_says_something(sheet, row)


def _may_stand(col: Column, value: Any) -> bool:
    if value is None:
        return not col.is_required
    if col.kind.__name__ in ("Day", "YearMonth"):
        return col.within is None and col.ge is None and col.le is None
    return fits(col, value)


def against_nil(campaign: Campaign, period: Period, rows: Rows, filled: Filled) -> Iterator[Damage]:
    """Let a return with figures or rows say that there is nothing."""
    form, stated = campaign.form, campaign.form.column_in_role("nil")
    if stated is None or says_nil(campaign, rows):
        return
    options, key = form.declared.options(), form.declared.key()
    standing = {options.opening, options.closing} | ({options.cumulative} if campaign.before(period) else set())
    lasting = [sheet for sheet in form.tabs if _lasts(sheet, form)]
    wrong: set[tuple[str, Spot]] = set()
    first: dict[str, int] = {}
    for name, col in form.declared.columns().items():
        if not issubclass(col.kind, Number) or is_at_least_one(col) or (col.equals and col.equals.sheet in lasting):
            continue
        for number, (record, row) in enumerate(zip(options.records or {}, rows.get(key, ()), strict=False)):
            if row[name] and record not in standing:
                wrong.add(("Z01", filled.cells[key, number, name]))
        if col.equals and [*(options.records or {})][-1] not in standing:
            ledger = col.equals.sheet.key()
            counted = [number for number, row in enumerate(rows[ledger]) if _counts(row, col.equals)]
            first[ledger] = min([*counted, first.get(ledger, 10**6)])
    for ledger, number in first.items():
        if number < 10**6:
            named = form.sheet(ledger).options().key or next(iter(form.sheet(ledger).columns()))
            wrong.add(("Z01", filled.cells[ledger, number, named]))
    if wrong:
        place, said = (stated.owner.key(), 0, str(stated)), stated.declared()
        yield Damage.of_cell(filled, place, calling(said, "是", campaign.settings.language), "Z01", blamed=wrong)


def _lasts(sheet: type[Sheet], form: Form) -> bool:
    """Whether a nil return may have rows there: there must be one, or what lists the same again."""
    kept = [col.equals.sheet for col in form.declared.columns().values() if col.equals and is_at_least_one(col)]
    again = [col.in_column.owner for col in sheet.columns().values() if col.is_unique and col.in_column]
    return sheet in kept or any(owner in kept for owner in again)


def _counts(row: Row, measure: Measure) -> bool:
    is_meant = all(row.get(name) == value for name, value in measure.where.items())
    return is_meant and (not measure.fields or sum(Decimal(repr(row[name] or 0)) for name in measure.fields) != 0)


def against_before(
    campaign: Campaign, period: Period, rows: Rows, filled: Filled, before: Figures | None
) -> Iterator[Damage]:
    """Give figures that do not carry on from the period before: in the first one, there was nothing before."""
    is_first = campaign.before(period) is None
    for sheet in campaign.form.tabs:
        options, key = sheet.options(), sheet.key()
        if not is_first and (
            before is None or sheet is not campaign.form.declared
        ):  # what other cards said is not kept
            continue
        records = [*(options.records or {})]
        for record, code, other in (
            (options.this_period, "B02", options.cumulative),
            (options.cumulative, "B03", options.cumulative),
            (options.opening, "B04", options.closing),
        ):
            for name, col in sheet.indicators().items() if record and not (is_first and code != "B02") else ():
                place = key, records.index(record), name
                value, was = rows[key][place[1]][name], 0 if is_first else (before or {}).get(other, {}).get(name)
                if value is None or was is None or (code != "B04" and name in options.stocks and not is_first):
                    continue
                if code == "B02" and rows[key][records.index(other)][name] is None:
                    continue
                wrong = type(value)(was) - 1 if code == "B03" else value + 1
                if _may_stand(col, wrong):
                    yield Damage.of_cell(filled, place, wrong, code)
