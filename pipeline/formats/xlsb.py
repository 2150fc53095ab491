"""The binary records of .xlsb: error cells, hidden rows, merges, and how far the values reach. Layouts: [MS-XLSB]."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pipeline.formats import ooxml
from pipeline.formats.package import Package
from pipeline.rawbook import ERROR_WORDS, Address, BookNotes, Limits, Range, Refused, SheetNotes, check_extent

_SHEET = 156
_ROW, _CELL_ERROR, _FORMULA_ERROR, _MERGE = 0, 3, 11, 176
_FILLED_CELLS = range(2, 12)
_ROW_HIDDEN = 0x10


def notes(content: bytes, limits: Limits) -> BookNotes:
    """Look at an .xlsb before calamine does. Raises Refused for what must not be opened."""
    package = Package(content, limits)
    workbook = ooxml.workbook_part(package)
    relations = ooxml.Relations(package, workbook)
    package.verify([*relations.of("sharedStrings").values(), *relations.of("styles").values()])
    worksheets = relations.of("worksheet")
    try:
        sheets = {
            name: _sheet_notes(package, worksheets[identity], limits)
            for name, identity in _bundle(package, workbook)
            if identity in worksheets
        }
    except (struct.error, IndexError) as error:
        raise Refused("F03", "记录不完整") from error
    return BookNotes(sheets, ooxml.properties(package), ooxml.saved_at(package))


def _bundle(package: Package, workbook: str) -> Iterator[tuple[str, str]]:
    """List the sheets: name and relation id."""
    for kind, body in _records(package, workbook):
        if kind == _SHEET:
            identity, after = _text(body, 8)
            name, _ = _text(body, after)
            yield name, identity


def _sheet_notes(package: Package, part: str, limits: Limits) -> SheetNotes:
    errors: dict[Address, str] = {}
    hidden: list[int] = []
    merged: list[Range] = []
    row = last_row = last_column = 0
    for kind, body in _records(package, part):
        if kind == _ROW:
            row = int.from_bytes(body[:4], "little")
            if body[11] & _ROW_HIDDEN:
                hidden.append(row)
        elif kind in _FILLED_CELLS:
            column = int.from_bytes(body[:4], "little")
            last_row, last_column = max(last_row, row), max(last_column, column)
            if kind in (_CELL_ERROR, _FORMULA_ERROR):
                errors[row, column] = ERROR_WORDS.get(body[8], "#N/A")
        elif kind == _MERGE:
            first_row, end_row, first_column, end_column = struct.unpack_from("<4I", body)
            merged.append((first_row, first_column, end_row, end_column))
    check_extent(last_row, last_column, limits)
    return SheetNotes(errors, tuple(hidden), tuple(merged))


def _records(package: Package, part: str) -> Iterator[tuple[int, bytes]]:
    content = b"".join(package.chunks(part))
    position = 0
    while position < len(content):
        kind, position = _varint(content, position, 2)
        size, position = _varint(content, position, 4)
        yield kind, content[position : position + size]
        position += size


def _varint(content: bytes, position: int, longest: int) -> tuple[int, int]:
    """Read a little-endian number of seven bits a byte, of at most so many bytes; give it and where it ends."""
    value = 0
    for shift in range(longest):
        byte = content[position + shift]
        value |= (byte & 0x7F) << 7 * shift
        if not byte & 0x80:
            return value, position + shift + 1
    return value, position + longest


def _text(body: bytes, position: int) -> tuple[str, int]:
    start = position + 4
    end = start + 2 * int.from_bytes(body[position:start], "little")
    return body[start:end].decode("utf-16-le", "replace"), end
