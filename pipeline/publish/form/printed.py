"""What is printed of one sheet of the form, wherever on its tab that stands: headers, labels, questions, drop-downs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlsxwriter.format import Format

from pipeline.declare import Column, Sheet, Text
from pipeline.publish.excel.quicksheet import QuickSheet
from pipeline.publish.form.geometry import HEADER, Block, Heading, Tab, depth, first_record, header_cells, is_below
from pipeline.publish.form.headings import headings
from pipeline.publish.form.styles import LINE_HEIGHT, Styles, line_count, text_width

if TYPE_CHECKING:
    from pipeline.publish.form.stationery import Stationery

LOW, LABEL, CARD_HEAD, HEAD = 24.0, 24.0, 27.0, 33.0  # heights of rows, in points
LONG_ANSWER = 200  # characters from which on an answer has a higher row


def sheet(tab: QuickSheet, styles: Styles, stationery: Stationery, block: Block, drawn: Tab) -> None:
    """Print a sheet."""
    options = block.sheet.options()
    if options.begins:
        beside(tab, block.top - 1, drawn, (options.begins, options.note if drawn.is_shared else ""), styles, bold=True)
        tab.set_row(block.top - 1, LOW)
    if not block.sheet.is_card():
        _table(tab, styles, stationery, block)
        return
    if is_below(block.sheet):
        _questions(tab, styles, stationery, block)
    else:
        _card(tab, styles, stationery, block)
    tab.hide_gridlines(2)


def head(drawn: Tab) -> tuple[int, int]:
    """Give the row above which a tab stands still, and the last row that is printed on every page."""
    block = drawn.blocks[0]
    if drawn.is_shared or is_below(block.sheet):
        return HEADER, HEADER - 1
    return (block.top + 1, block.top) if block.sheet.is_card() else (block.first, block.top + depth(block.sheet) - 1)


def beside(tab: QuickSheet, row: int, drawn: Tab, texts: tuple[str, str], styles: Styles, **more: Any) -> None:
    """Write one text at the left edge and one, if there is one, at the right; below each other where they do not fit."""
    (left, right), last = texts, len(drawn.widths) - 1
    if right and text_width(left) + text_width(right) >= sum(drawn.widths) - 2:
        across(tab, (row, 0, row, last), f"{left}\n{right}", styles("lines", **more))
        tab.set_row(row, 34)
        return
    cells, looks = [left, *[None] * last], [styles("line", **more)] * (last + 1)
    if right:
        cells[last], looks[last] = right, styles("line_right")
    tab.put_row(row, cells, looks, tab.write)


def across(tab: QuickSheet, cells: tuple[int, int, int, int], text: str, style: Format) -> None:
    """Write a text, perhaps none, into one cell or a block of merged ones. cells: first row and column, last row and column."""
    if cells[:2] != cells[2:]:
        tab.merge_range(*cells, "", style)
    if text:
        tab.write_string(*cells[:2], text, style)
    else:
        tab.write_blank(*cells[:2], None, style)


def cell_look(sheet: type[Sheet]) -> dict[str, Any]:
    """Give what the cells of a sheet have beside the look of their columns: on a card with one record, they are read across."""
    is_read_across = sheet.is_card() and len(sheet.options().records or {}) == 1
    return {"align": "left", "indent": 1} if is_read_across else {}


def guard_rows(tab: QuickSheet, stationery: Stationery, block: Block) -> None:
    """Guard the columns of a table."""
    for c, (name, col) in enumerate(block.sheet.columns().items()):
        if name not in stationery.fixed[block.sheet.key()]:
            _guard(tab, stationery, block, col, (block.first, c, block.last, c))


def _guard(
    tab: QuickSheet, stationery: Stationery, block: Block, col: Column, cells: tuple[int, int, int, int]
) -> None:
    if guard := stationery.guard(col, block):
        tab.guard(*cells, guard)


def _table(tab: QuickSheet, styles: Styles, stationery: Stationery, block: Block) -> None:
    total, top, sums = block.sheet.options().total_row, block.top, block.first - 1
    fixed, printed = stationery.fixed[block.sheet.key()], header_cells(block.sheet)
    for c, ((name, col), cells) in enumerate(zip(block.sheet.columns().items(), printed, strict=True)):
        if block.is_last:
            tab.set_column(c, c, block.widths[c], styles("below", col, locked=name in fixed))
        for cell in cells:
            across(tab, _below(cell, top), cell.text, styles("header"))
        if total and c == 0:
            tab.write_string(sums, c, total, styles("total", align="center"))
        elif total:
            tab.write_blank(sums, c, None, styles("total", col))
    for r, texts in enumerate(headings(block.sheet), block.first_heading):
        for c, text in enumerate(texts):
            tab.write_string(r, c, text, styles("label_center", text_wrap=True))
    guard_rows(tab, stationery, block)
    lowest = top + depth(block.sheet) - 1
    for row in range(top, lowest):
        tab.set_row(row, LOW)
    tab.set_row(lowest, HEAD)


def _below(cell: Heading, top: int) -> tuple[int, int, int, int]:
    return top + cell.top, cell.left, top + cell.bottom, cell.right


def _card(tab: QuickSheet, styles: Styles, stationery: Stationery, block: Block) -> None:
    options, start, top = block.sheet.options(), first_record(block.sheet), block.top
    records = list((options.records or {}).values())
    for c, text in enumerate([*block.sheet.card_heads()][:start] + records):
        tab.write_string(top, c, text, styles("header"))
    for r, (name, col) in enumerate(block.sheet.columns().items(), top + 1):
        title = str(col.title)
        is_part = title.casefold().startswith(styles.words("其中"))
        tab.write_string(r, 0, title, styles("label", indent=3 if is_part else 1))
        if start == 2:
            tab.write_string(r, 1, col.unit, styles("label_center"))
        if name not in stationery.fixed[block.sheet.key()]:
            _guard(tab, stationery, block, col, (r, start, r, start + len(records) - 1))
        tab.set_row(r, LABEL)
    tab.set_row(top, CARD_HEAD)


def _questions(tab: QuickSheet, styles: Styles, stationery: Stationery, block: Block) -> None:
    fixed, more, heights = stationery.fixed[block.sheet.key()], cell_look(block.sheet), dict[int, float]()
    for name, (row, left, right) in block.questions.items():
        col, asked, answer = block.sheet.columns()[name], block.top + row, block.top + row + 1
        across(tab, (asked, left, asked, right), col.heading, styles("label", indent=1))
        across(tab, (answer, left, answer, right), "", styles("given" if name in fixed else "input", col, **more))
        if name not in fixed:
            _guard(tab, stationery, block, col, (answer, left, answer, left))
        lines = line_count(col.heading, sum(block.widths[left : right + 1]))
        is_long = col.kind is Text and col.max_length >= LONG_ANSWER
        heights[asked] = max(heights.get(asked, LABEL), 9.0 + LINE_HEIGHT * lines)
        heights[answer] = max(heights.get(answer, LABEL), 2 * LABEL if is_long else LABEL)
    for row, height in heights.items():
        tab.set_row(row, height)
