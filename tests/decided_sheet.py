"""The workbook of decisions filled in as a clerk does."""

from __future__ import annotations

from pathlib import Path

import openpyxl

BOOK = "处理决定.xlsx"
BY = {"决定人": "王主任"}
SIGNED = BY | {"原因": "领导小组同意"}


def rows_of(path: Path) -> dict[str, int]:
    """Give the rows of a workbook of decisions by what they are about: a code, a code and 差错, or 文件."""
    sheet = openpyxl.load_workbook(path)["处理决定"]
    head = next(row[0].row for row in sheet.iter_rows() if "决定人" in [cell.value for cell in row])
    keys = {row: sheet.cell(row, sheet.max_column).value for row in range(head + 1, sheet.max_row + 1)}
    names = {row: str(key).split() for row, key in keys.items() if key}
    return {
        {"error": f"{said[2]} 差错" if len(said) > 2 else "", "file": "文件", "team": said[-1]}[said[0]]: row
        for row, said in names.items()
    }


def filled(path: Path, to: Path, rows: dict[str, dict[str, object]], *, saved: str = "") -> Path:
    """Fill in a workbook of decisions as a clerk does: column -> what is typed, by what a row is about."""
    book = openpyxl.load_workbook(path)
    sheet, places = book["处理决定"], rows_of(path)
    head = next(row for row in sheet.iter_rows() if "决定人" in [cell.value for cell in row])
    columns = {cell.value: cell.column for cell in head}
    for name, said in rows.items():
        for title, value in said.items():
            sheet.cell(places[name], columns[title]).value = value
    if saved:
        book.properties.title = saved
    to.parent.mkdir(parents=True, exist_ok=True)
    book.save(to)
    return to
