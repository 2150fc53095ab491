"""What our own blanks say of themselves where nobody looks: on the hidden `_meta` sheet, and in the workbook's properties."""

from __future__ import annotations

from pipeline.declare.kinds import show
from pipeline.rawbook import META_SHEET, RawBook

PROPERTY_PREFIX = "huizong_"


def said_hidden(book: RawBook) -> dict[str, str]:
    """Give both together: form, version, team, period; the sheet before the properties. Empty if the blank is not ours."""
    return {**properties_of(book), **meta_of(book)}


def meta_of(book: RawBook) -> dict[str, str]:
    """Give what the hidden sheet says."""
    sheet = next((sheet for sheet in book.sheets if sheet.name == META_SHEET), None)
    rows = sheet.rows if sheet else []
    return {str(row[0]): show(row[1]) for row in rows if len(row) >= 2 and row[0] and row[1] not in ("", None)}


def properties_of(book: RawBook) -> dict[str, str]:
    """Give what the workbook's own properties say."""
    return {
        name.removeprefix(PROPERTY_PREFIX): value
        for name, value in book.properties.items()
        if name.startswith(PROPERTY_PREFIX) and value
    }
