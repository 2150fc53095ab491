"""What is printed on every copy of the form before anything is filled in: headers, labels, drop-downs, instructions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from xlsxwriter.worksheet import Worksheet

from pipeline.declare import Column, Severity, Sheet
from pipeline.model import a1
from pipeline.publish.correction import slip
from pipeline.publish.excel.quicksheet import QuickSheet
from pipeline.publish.form import instructions
from pipeline.publish.form.geometry import HEADER, LAST_ROW, first_heading, first_record, first_row
from pipeline.publish.form.headings import headings
from pipeline.publish.form.styles import Styles, page
from pipeline.rawbook import META_SHEET, NOTES_SHEET, SLIP_SHEET
from pipeline.words import Words

if TYPE_CHECKING:
    from pipeline.publish.form.stationery import Stationery

LANDSCAPE_FROM = 92.0  # total width in characters
_ALLOWED = {
    "insert_rows": True, "delete_rows": True, "format_cells": True, "format_rows": True, "format_columns": True,
    "sort": True, "autofilter": True,
}  # fmt: skip


def blanks(stationery: Stationery, styles: Styles) -> dict[str, Callable[[Any], None]]:
    """Give what prints each sheet, by title."""
    words = stationery.campaign.words
    sheets = {sheet.title(): blank(stationery, styles, sheet) for sheet in stationery.campaign.form.tabs}
    return {
        words(SLIP_SHEET): partial(slip.arrange, styles=styles),
        **sheets,
        words(NOTES_SHEET): partial(arrange_notes, styles=styles, stationery=stationery),
        META_SHEET: partial(arrange_meta, words=words),
    }


def blank(stationery: Stationery, styles: Styles, sheet: type[Sheet]) -> Callable[[Any], None]:
    """Give what prints a sheet of the form."""
    return partial(_arrange, styles=styles, stationery=stationery, sheet=sheet)


def make_formats(stationery: Stationery, styles: Styles) -> None:
    """Make the formats of all cells that may be filled in or marked, so that they have the same numbers in each workbook."""
    for sheet in stationery.campaign.form.tabs:
        for name, col in sheet.columns().items():
            for look in ("given" if name in stationery.fixed[sheet.key()] else "input", *Severity):
                styles(look, col, **cell_look(sheet))
    slip.make_formats(styles)


def cell_look(sheet: type[Sheet]) -> dict[str, Any]:
    """Give what the cells of a sheet have beside the look of their columns: on a card with one record, they are read across."""
    is_read_across = sheet.is_card() and len(sheet.options().records or {}) == 1
    return {"align": "left", "indent": 1} if is_read_across else {}


def widths(sheet: type[Sheet]) -> list[float]:
    """Give the widths of the columns of a sheet, in characters."""
    if not sheet.is_card():
        return [col.width for col in sheet.columns().values()]
    start, records = first_record(sheet), len(sheet.options().records or {})
    return [26.0, 10.0][:start] + [max(18.0, 44.0 / records)] * records


def guard_rows(tab: QuickSheet, stationery: Stationery, sheet: type[Sheet], last: int) -> None:
    """Guard the columns of a table down to a row."""
    tab.validations.clear()
    for c, (name, col) in enumerate(sheet.columns().items()):
        if name not in stationery.fixed[sheet.key()]:
            _guard(tab, stationery, col, first_row(sheet), c, last, c)


def _arrange(tab: QuickSheet, *, styles: Styles, stationery: Stationery, sheet: type[Sheet]) -> None:
    wide = widths(sheet)
    if len(wide) > 1:
        tab.merge_range(0, 0, 0, len(wide) - 1, "", styles("title"))
    if sheet.is_card():
        _arrange_card(tab, styles, stationery, sheet)
    else:
        _arrange_table(tab, styles, stationery, sheet)
    tab.ignore_errors({"number_stored_as_text": f"A1:{a1(LAST_ROW, len(wide))}"})
    page(tab, styles.words, header=(0, HEADER), landscape=sum(wide) > LANDSCAPE_FROM)
    tab.protect("", _ALLOWED)


def _arrange_table(tab: QuickSheet, styles: Styles, stationery: Stationery, sheet: type[Sheet]) -> None:
    total, first = sheet.options().total_row, first_row(sheet)
    for c, (name, col) in enumerate(sheet.columns().items()):
        tab.set_column(c, c, col.width, styles("below", col, locked=name in stationery.fixed[sheet.key()]))
        tab.write_string(HEADER, c, col.heading, styles("header"))
        if total and c == 0:
            tab.write_string(first - 1, c, total, styles("total", align="center"))
        elif total:
            tab.write_blank(first - 1, c, None, styles("total", col))
    for r, texts in enumerate(headings(sheet), first_heading(sheet)):
        for c, text in enumerate(texts):
            tab.write_string(r, c, text, styles("label_center", text_wrap=True))
    guard_rows(tab, stationery, sheet, LAST_ROW)
    tab.set_row(HEADER, 33)
    tab.freeze_panes(first, 0)


def _arrange_card(tab: QuickSheet, styles: Styles, stationery: Stationery, sheet: type[Sheet]) -> None:
    options, start = sheet.options(), first_record(sheet)
    records = list((options.records or {}).values())
    heads = [*sheet.card_heads()][:start] + records
    for c, (head, width) in enumerate(zip(heads, widths(sheet), strict=True)):
        tab.set_column(c, c, width)
        tab.write_string(HEADER, c, head, styles("header"))
    for r, (name, col) in enumerate(sheet.columns().items(), HEADER + 1):
        title = str(col.title)
        tab.write_string(
            r, 0, title, styles("label", indent=3 if title.casefold().startswith(styles.words("其中")) else 1)
        )
        if start == 2:
            tab.write_string(r, 1, col.unit, styles("label_center"))
        if name not in stationery.fixed[sheet.key()]:
            _guard(tab, stationery, col, r, start, r, start + len(records) - 1)
        tab.set_row(r, 24)
    tab.set_row(HEADER, 27)
    tab.freeze_panes(HEADER + 1, 0)
    tab.hide_gridlines(2)


def _guard(tab: QuickSheet, stationery: Stationery, col: Column, top: int, left: int, bottom: int, right: int) -> None:
    if guard := stationery.guard(col):
        tab.guard(top, left, bottom, right, guard)


def arrange_notes(tab: QuickSheet, *, styles: Styles, stationery: Stationery) -> None:
    """Print the instructions: how to fill in the form, then sheet by sheet its columns and its rules."""
    form = stationery.campaign.form
    for column, width in enumerate(instructions.WIDTHS):
        tab.set_column(column, column, width)
    last, style = len(instructions.WIDTHS) - 1, styles("text")
    tab.merge_range(
        0,
        0,
        0,
        last,
        styles.words("{form}　{notes}", form=form.title, notes=styles.words(NOTES_SHEET)),
        styles("title"),
    )
    tab.set_row(0, 44)
    row = 1
    for number, text in enumerate(map(styles.words.of, instructions.GENERAL), 1):
        tab.merge_range(row, 0, row, last, f"{number}. {text}", styles("line"))
        row += 1
    for sheet in form.tabs:
        tab.merge_range(row, 0, row, last, styles.words("《{sheet}》", sheet=sheet.title()), styles("section"))
        lines = stationery.lines(sheet)
        for column, texts in enumerate(zip(*(line.texts for line in lines), strict=True)):
            tab.put_texts(row + 1, column, texts, style)
        for line in lines:
            row += 1
            tab.set_row(row, line.height)
        row += 1
    page(tab, styles.words, landscape=True)
    tab.hide_gridlines(2)
    tab.protect("", {"format_columns": True, "format_rows": True})


def arrange_meta(tab: Worksheet, *, words: Words) -> None:
    """Hide the sheet that tells a program what the workbook is."""
    page(tab, words)
    tab.protect("")
    tab.hide()
