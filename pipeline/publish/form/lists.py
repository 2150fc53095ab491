"""What the drop-downs of a form show that is too much to be written into them: another column's values, choices, lists.

Values stand on a hidden tab, under names that every Excel and WPS knows. A list that depends on another cell stands there in
the order of that cell's choices, and the drop-down shows the part that belongs to what stands in it:

    _lists   A     B        name of B: list_2, of A: beside_2
             产量   吨        of a row in which C5 is 产量, from where 产量 begins, as many as there are:
             产量   公斤      OFFSET(list_2, MATCH(C5, beside_2, 0) - 1, 0, COUNTIF(beside_2, C5), 1)
             面积   公顷
"""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter import Workbook
from xlsxwriter.utility import quote_sheetname, xl_col_to_name, xl_rowcol_to_cell

from pipeline.declare import Column, Form
from pipeline.model import Team
from pipeline.publish.form.geometry import LAST_ROW, Tab
from pipeline.rawbook import LISTS_SHEET

LONGEST_LIST = 255  # Excel's limit for choices written into the drop-down itself


def list_name(col: Column) -> str:
    """Name, in the workbook, of the range that a drop-down of this column's values shows."""
    return f"list_{col.sheet.key()}_{col.field}"


def needs_list_sheet(col: Column) -> bool:
    """Whether the choices are the campaign's list, too many, or hold the separator: not to be written into the drop-down."""
    return (
        col.listed is not None
        or len(",".join(col.printed)) > LONGEST_LIST
        or any("," in choice for choice in col.printed)
    )


def source(form: Form, col: Column, by: tuple[int, int] | None) -> str:
    """Give the formula of what a drop-down shows that needs the hidden tab. by: the cell that its list depends on."""
    if by is None:
        return f"={list_name(col)}"
    values, beside = _names(form, col)
    is_card = col.sheet.is_card()
    cell = xl_rowcol_to_cell(*by, row_abs=is_card, col_abs=not is_card)
    part = f"OFFSET({values},MATCH({cell},{beside},0)-1,0,COUNTIF({beside},{cell}),1)"
    return f"=IF(ISNA(MATCH({cell},{beside},0)),{values},{part})"


def _names(form: Form, col: Column) -> tuple[str, str]:
    """Name the values of a list, and what stands beside them: in few letters, as a drop-down's formula must be short."""
    number = [each for each in form.columns() if each.listed].index(col) + 1
    return f"list_{number}", f"beside_{number}"


def write_lists(book: Workbook, form: Form, team: Team, drawn: Sequence[Tab]) -> None:
    """Name what drop-downs show: another column's values so far, or choices that need the hidden tab, as the team has them."""
    listed = {(ref.owner, str(ref)) for col in form.columns() if (ref := col.in_column) is not None}
    places = {block.sheet: (tab, block) for tab in drawn for block in tab.blocks}
    for sheet, field in sorted(listed, key=lambda each: (each[0].key(), each[1])):
        tab, block = places[sheet]
        (row, column), last = block.place(0, field), block.last if tab.is_shared else LAST_ROW
        name, letter = quote_sheetname(tab.name), xl_col_to_name(column)
        start, whole = f"{name}!${letter}${row + 1}", f"{name}!${letter}${row + 1}:${letter}${last + 1}"
        book.define_name(list_name(sheet.columns()[field]), f"=OFFSET({start},0,0,MAX(1,COUNTA({whole})),1)")
    ranges = [each for col in form.columns() if needs_list_sheet(col) for each in _ranges(form, col, team)]
    if not ranges:
        return
    lists = book.add_worksheet(LISTS_SHEET)
    for column, (name, values) in enumerate(ranges):
        lists.write_column(0, column, values)
        letter = xl_col_to_name(column)
        book.define_name(name, f"={LISTS_SHEET}!${letter}$1:${letter}${max(1, len(values))}")
    lists.hide()


def _ranges(form: Form, col: Column, team: Team) -> list[tuple[str, Sequence[str]]]:
    """Give what stands on the hidden tab for a column: names, and the values of each."""
    if col.listed is None:
        return [(list_name(col), list(col.printed))]
    if not col.listed.by:
        return [(list_name(col), col.listed.allowed(team.code))]
    others = col.sheet.columns()[col.listed.by].choices
    pairs = [(value, other) for other in others for value in col.listed.allowed(team.code, other)]
    values, beside = _names(form, col)
    return [(values, [value for value, _ in pairs]), (beside, [other for _, other in pairs])]
