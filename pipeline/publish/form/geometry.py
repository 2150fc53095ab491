"""Where everything stands on a sheet of the form. Rows and columns count from 0.

Every sheet: row 0 title, row 1 who reports on which form, row 2 header. A table: then its rows of column numbers and of
instructions, if it has any; then its row of sums, above the records so that no added row falls outside the sum; then the
records. A card: fields run down from row 3;
titles in column 0, units (if any field has one) in column 1, then one column per record.
"""

from __future__ import annotations

from pipeline.declare import Sheet

HEADER = 2
LAST_ROW = 1003  # formats and drop-downs reach down to here, or well below the records


def place(sheet: type[Sheet], row_index: int, field: str) -> tuple[int, int]:
    """Give the row and column, from 0, of a field of one row of a sheet."""
    across = list(sheet.columns()).index(field)
    if sheet.is_card():
        return HEADER + 1 + across, first_record(sheet) + row_index
    return first_row(sheet) + row_index, across


def first_row(sheet: type[Sheet]) -> int:
    """Row of a table's first record."""
    return first_heading(sheet) + sheet.options().heading_rows + (1 if sheet.options().total_row else 0)


def first_heading(sheet: type[Sheet]) -> int:
    """Row below a table's header: of its column numbers or its instructions, if it has any."""
    return HEADER + 1


def ruled_rows(sheet: type[Sheet], count: int, spare: int) -> int:
    """How many rows are ruled for so many records: a blank form's own, or some to spare, but no more than there may be."""
    most = sheet.options().at_most
    ruled = count + spare if count else sheet.options().rows
    return ruled if most is None else max(count, min(ruled, most))


def first_record(sheet: type[Sheet]) -> int:
    """Column of a card's first record."""
    return 2 if any(col.unit for col in sheet.columns().values()) else 1
