"""Builders of real workbooks: right returns, and the same damaged in one way, as people and programs damage them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.campaign import Campaign
from pipeline.declare import ColumnRef

Damage = Callable[[Workbook], None]


def damage(path: Path, change: Damage, to: Path | None = None) -> Path:
    """Open a return as a clerk would, change it, save it (elsewhere, if `to` is given). Cached sums are kept as numbers."""
    values = openpyxl.load_workbook(path, data_only=True)
    change(values)
    values.save(to or path)
    return to or path


def sheet_of(book: Workbook, ref: Any) -> Worksheet:
    """Give the worksheet that holds a declared column."""
    assert isinstance(ref, ColumnRef)
    return book[ref.owner.title()]


def cells_of(book: Workbook, ref: Any) -> list[str]:
    """Give the addresses of a declared column's filled data cells in an official form (a card: of its records)."""
    sheet, col = sheet_of(book, ref), ref.declared()
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and cell.value.replace("\u3000", "").strip() in (col.heading, col.title):
                if ref.owner.is_card():
                    return [c.coordinate for c in row[cell.column :] if c.value not in (None, col.unit)]
                first = cell.row + (2 if ref.owner.options().total_row else 1)
                below = sheet.iter_rows(min_row=first, min_col=cell.column, max_col=cell.column)
                return [c.coordinate for (c,) in below if c.value is not None]
    raise LookupError(f"no column {col.title} on {ref.owner.title()}")


def columns(campaign: Campaign) -> Mapping[str, ColumnRef]:
    """Give every declared column by "sheet.field", for tests that name cells of the shipped form."""
    return {
        f"{sheet.key()}.{name}": ColumnRef(sheet, name) for sheet in campaign.form.sheets for name in sheet.columns()
    }


def hide(book: Workbook, campaign: Campaign, says: str = "", period: bool = True) -> None:
    """Take from a filled form whatever tells whose it is; says: what stands on its cover instead. period: whether that stays."""
    refs = columns(campaign)
    del book["_meta"]
    for prop in list(book.custom_doc_props.names):
        del book.custom_doc_props[prop]
    for sheet in book.worksheets:  # titles name the team and the period
        for row in range(1, 4):
            if sum(cell.value is not None for cell in sheet[row]) == 1:
                for merged in [each for each in sheet.merged_cells.ranges if each.min_row == row]:
                    sheet.unmerge_cells(str(merged))
                sheet.cell(row, 1).value = None
    sheet = sheet_of(book, refs["cover.team"])
    for ref in ("cover.team", "cover.team_name"):
        sheet[cells_of(book, refs[ref])[0]] = says or None
    if not period:
        sheet[cells_of(book, refs["cover.period"])[0]] = None
