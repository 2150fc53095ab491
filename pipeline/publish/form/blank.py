"""What is printed on every copy of the form before anything is filled in: headers, labels, drop-downs, instructions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from xlsxwriter.worksheet import Worksheet

from pipeline.declare import Severity
from pipeline.model import a1
from pipeline.publish.correction import slip
from pipeline.publish.excel.quicksheet import QuickSheet
from pipeline.publish.form import instructions, printed
from pipeline.publish.form.geometry import LAST_ROW, Tab, tabs
from pipeline.publish.form.places import places_of
from pipeline.publish.form.selfcheck import redden
from pipeline.publish.form.styles import LIVE, Styles, page
from pipeline.rawbook import CHECK_SHEET, META_SHEET, NOTES_SHEET, SLIP_SHEET
from pipeline.words import Words

if TYPE_CHECKING:
    from pipeline.publish.form.stationery import Stationery

LANDSCAPE_FROM = 92.0  # total width in characters
_ALLOWED = {
    "insert_rows": True, "delete_rows": True, "format_cells": True, "format_rows": True, "format_columns": True,
    "sort": True, "autofilter": True,
}  # fmt: skip


def blanks(stationery: Stationery, styles: Styles) -> dict[str, Callable[[Any], None]]:
    """Give what prints each sheet that is the same in every workbook, by title; not a tab whose tables move each other."""
    words = stationery.campaign.words
    alone = [drawn for drawn in tabs(stationery.campaign.form, {}) if not drawn.is_shared]
    return {
        words(SLIP_SHEET): partial(slip.arrange, styles=styles),
        **{drawn.name: blank(stationery, styles, drawn) for drawn in alone},
        words(NOTES_SHEET): partial(arrange_notes, styles=styles, stationery=stationery),
        **({words(CHECK_SHEET): stationery.self_check.arrange} if stationery.checks_itself else {}),
        META_SHEET: partial(arrange_meta, words=words),
    }


def blank(stationery: Stationery, styles: Styles, drawn: Tab) -> Callable[[Any], None]:
    """Give what prints a tab of the form."""
    return partial(_arrange, styles=styles, stationery=stationery, drawn=drawn)


def make_formats(stationery: Stationery, styles: Styles) -> None:
    """Make the formats of all cells that may be filled in or marked, so that they have the same numbers in each workbook."""
    for sheet in stationery.campaign.form.tabs:
        for name, col in sheet.columns().items():
            for look in ("given" if name in stationery.fixed[sheet.key()] else "input", *Severity):
                styles(look, col, **printed.cell_look(sheet))
    slip.make_formats(styles)
    for look in LIVE:
        styles(look)._get_dxf_index()


def _arrange(tab: QuickSheet, *, styles: Styles, stationery: Stationery, drawn: Tab) -> None:
    for c, width in enumerate(drawn.widths):
        tab.set_column(c, c, width)
    if len(drawn.widths) > 1:
        tab.merge_range(0, 0, 0, len(drawn.widths) - 1, "", styles("title"))
    for block in drawn.blocks:
        printed.sheet(tab, styles, stationery, block, drawn)
    redden_tab(tab, styles, stationery, drawn)
    lowest = max(LAST_ROW, drawn.blocks[-1].behind) if drawn.is_shared else LAST_ROW
    tab.ignore_errors({"number_stored_as_text": f"A1:{a1(lowest, len(drawn.widths))}"})
    still, head = printed.head(drawn)
    tab.freeze_panes(still, 0)
    page(tab, styles.words, header=(0, head), landscape=sum(drawn.widths) > LANDSCAPE_FROM)
    tab.protect("", _ALLOWED)


def redden_tab(tab: QuickSheet, styles: Styles, stationery: Stationery, drawn: Tab) -> None:
    """Let cells show what is wrong with them while they are filled in."""
    for key, places in places_of([drawn]).items():
        redden(tab, styles, stationery.checks.by_sheet.get(key, []), places)


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
