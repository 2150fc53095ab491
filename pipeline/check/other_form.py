"""A return that came on another period's form: what its own period asks for and that form lacks, and what is read otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.campaign import Campaign
from pipeline.declare import Form, Sheet
from pipeline.frames import ParsedReturn, Remark, Table
from pipeline.model import Period

LACKS, NOT_ASKED, RENAMED = "S18", "S19", "S20"


def remarks_in(parsed: ParsedReturn, campaign: Campaign, period: Period) -> Sequence[Remark]:
    """Give what is to be remarked of a return's layout in a period: what was, if it came on the form of that period.

    On another one, what that form alone asks for is let go; what is missing beside this period's form is said.
    """
    own = campaign.form_for(parsed.form)
    if is_on_its_form(parsed, campaign):
        return parsed.remarks
    sheets = {sheet.key(): sheet for sheet in campaign.form.tabs}
    asked = [each for each in parsed.remarks if _is_asked(each, sheets)]
    said = {"found": _period_of(own, campaign, period).title, "expected": period.title}
    tables = {table.key: table for table in parsed.tables}
    missing = (each for sheet in sheets.values() for each in _missing(sheet, own, tables.get(sheet.key())))
    read = (each for sheet in own.tabs if (table := tables.get(sheet.key())) for each in _read(sheet, sheets, table))
    return [*asked, *(Remark(each.code, each.sheet, {**said, **each.said}) for each in (*missing, *read))]


def is_on_its_form(parsed: ParsedReturn, campaign: Campaign) -> bool:
    """Whether a return came on the form of the period that the campaign is seen in."""
    return any(campaign.form_for(key) is campaign.form for key in (parsed.form, *parsed.alike))


def _is_asked(remark: Remark, sheets: dict[str, type[Sheet]]) -> bool:
    sheet = sheets.get(remark.said.get("sheet_key", ""))
    return sheet is not None and remark.said.get("field", "") in ("", *sheet.columns())


def _period_of(form: Form, campaign: Campaign, period: Period) -> Period:
    """Give the nearest of the periods that a form is for."""
    of_form = [each for each in campaign.periods if campaign.form_for(each.key) is form]
    return min(of_form, key=lambda each: abs((each.ends - period.ends).days))


def _missing(sheet: type[Sheet], own: Form, table: Table | None) -> Iterator[Remark]:
    """Name what the form of the period has and the form of the return has not."""
    key, other = sheet.key(), {each.key(): each for each in own.tabs}.get(sheet.key())
    if other is None and sheet.options().role != "explanations":
        yield Remark(LACKS, "", {"title": sheet.title(), "sheet_key": key, "subject": "form"})
    if other is None or table is None:  # a sheet that the sender's own form asks for is missed already
        return
    for name, col in sheet.columns().items():
        if name not in other.columns():
            said = {"title": col.title, "sheet_key": key, "field": name, "column": str(col.title)}
            yield Remark(LACKS, table.name, {**said, "subject": "form"})


def _read(sheet: type[Sheet], sheets: dict[str, type[Sheet]], table: Table) -> Iterator[Remark]:
    """Say what the return tells that its period does not ask for, or calls otherwise."""
    now = sheets.get(sheet.key())
    if now is None:
        if any(map(_filled, table.values.values())):
            yield Remark(NOT_ASKED, table.name, {"title": sheet.title(), "subject": sheet.key()})
        return
    for name, col in sheet.columns().items():
        said = {"sheet_key": sheet.key(), "subject": name, "title": col.title}
        if name not in now.columns() and _filled(table.values.get(name, ())):
            yield Remark(NOT_ASKED, table.name, said)
        elif name in table.slots and name in now.columns() and col.title != now.columns()[name].title:
            yield Remark(RENAMED, table.name, {**said, "value": col.title, "title": now.columns()[name].title})


def _filled(cells: Sequence[object]) -> bool:
    return any(cell is not None and cell != "" for cell in cells)
