"""The binary records of .xls and WPS .et: error cells, hidden rows, how far the values reach.

Layouts: [MS-XLS]. BIFF8 (Excel 97 and later) and BIFF5 differ here in nothing but the sheets' names.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

from pipeline.rawbook import ERROR_WORDS, Address, BookNotes, Limits, Refused, SheetNotes, check_extent

if TYPE_CHECKING:
    from olefile import OleFileIO  # type: ignore[import-untyped]

_BOUNDSHEET, _FILEPASS, _CODEPAGE, _BOF, _EOF = 0x85, 0x2F, 0x42, 0x809, 0x0A
_ROW, _FORMULA, _BOOLERR, _MULRK = 0x208, 0x06, 0x205, 0xBD
_FILLED_CELLS = {_FORMULA, _BOOLERR, _MULRK, 0xFD, 0x203, 0x204, 0x27E, 0xD6}
_ROW_HIDDEN = 0x20
_BIFF8 = 0x600
_SUMMARY = "\x05DocumentSummaryInformation"
# What olefile lets out when a container is damaged.
_MALFORMED = (OSError, ValueError, IndexError, TypeError, KeyError, OverflowError, AssertionError, struct.error)


def notes(content: bytes, limits: Limits) -> BookNotes:
    """Look at an .xls before calamine does. Raises Refused for what must not be opened."""
    stream, properties, saved_at = _streams(content)
    try:
        sheets = {name: _sheet_notes(stream, start, limits) for name, start in _sheet_starts(stream)}
    except (struct.error, IndexError) as error:
        raise Refused("F03", "记录不完整") from error
    return BookNotes(sheets, properties, saved_at)


def is_locked(content: bytes) -> bool:
    """Tell whether a password is needed to read the workbook."""
    return any(kind == _FILEPASS for kind, _ in _records(_streams(content)[0], 0))


def _streams(content: bytes) -> tuple[bytes, dict[str, str], str]:
    """Take the workbook's records, the custom properties and the time of saving out of the container."""
    import olefile

    try:
        with olefile.OleFileIO(BytesIO(content)) as container:
            name = next(path for path in container.listdir() if path[0].lower() in ("workbook", "book"))
            return container.openstream(name).read(), _properties(container), _saved_at(container)
    except (*_MALFORMED, StopIteration) as error:
        raise Refused("F03", "没有传完，或内部目录有误") from error


def _properties(container: OleFileIO) -> dict[str, str]:
    if not container.exists(_SUMMARY):
        return {}
    try:
        listed = container.get_userdefined_properties(_SUMMARY)
    except _MALFORMED:  # a name in GBK, say; the workbook itself may be sound
        return {}
    return {item["property_name"]: _text(item["value"]) for item in listed if item["value"] is not None}


def _text(value: object) -> str:
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("gb18030", "replace")


def _saved_at(container: OleFileIO) -> str:
    try:
        saved = container.get_metadata().last_saved_time
    except _MALFORMED:
        return ""
    return saved.isoformat() + "Z" if isinstance(saved, datetime) else ""


def _sheet_starts(stream: bytes) -> list[tuple[str, int]]:
    starts = []
    version, codepage = _BIFF8, "cp1252"
    for kind, body in _records(stream, 0):
        if kind == _BOF:
            version = int.from_bytes(body[:2], "little")
        elif kind == _FILEPASS:
            raise Refused("F04")
        elif kind == _CODEPAGE:
            codepage = _codec(int.from_bytes(body[:2], "little"))
        elif kind == _BOUNDSHEET and body[5] == 0:  # a worksheet; charts and macros have other numbers
            starts.append((_sheet_name(body, version, codepage), int.from_bytes(body[:4], "little")))
    return starts


def _sheet_name(body: bytes, version: int, codepage: str) -> str:
    length = body[6]
    if version < _BIFF8:
        return body[7 : 7 + length].decode(codepage, "replace")
    if body[7] & 1:
        return body[8 : 8 + 2 * length].decode("utf-16-le", "replace")
    return body[8 : 8 + length].decode("latin-1")


def _codec(codepage: int) -> str:
    """Name Python's codec for a Windows code page; Western where there is none, as calamine does."""
    try:
        return codecs.lookup({1200: "utf-16-le", 10000: "mac-roman"}.get(codepage, f"cp{codepage}")).name
    except LookupError:
        return "cp1252"


def _sheet_notes(stream: bytes, start: int, limits: Limits) -> SheetNotes:
    errors: dict[Address, str] = {}
    hidden: list[int] = []
    last_row = last_column = 0
    for kind, body in _records(stream, start):
        if kind == _ROW:
            if body[12] & _ROW_HIDDEN:
                hidden.append(int.from_bytes(body[:2], "little"))
        elif kind in _FILLED_CELLS:
            row, column = struct.unpack_from("<2H", body)
            reach = int.from_bytes(body[-2:], "little") if kind == _MULRK else column
            last_row, last_column = max(last_row, row), max(last_column, reach)
            if (code := _error_code(kind, body)) is not None:
                errors[row, column] = ERROR_WORDS.get(code, "#N/A")
    check_extent(last_row, last_column, limits)
    return SheetNotes(errors, tuple(hidden))


def _error_code(kind: int, body: bytes) -> int | None:
    if kind == _BOOLERR and body[7]:
        return body[6]
    if kind == _FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:
        return body[8]
    return None


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Walk the records of one substream, from its BOF to its EOF; embedded charts are substreams inside it.

    Raises Refused (F03) if the end comes first: .xls has no checksum, so this is all that tells a cut-off file.
    """
    position, depth = start, 0
    while position + 4 <= len(stream):
        kind, size = struct.unpack_from("<2H", stream, position)
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 1:
            yield kind, stream[position + 4 : position + 4 + size]
        if depth <= 0:
            return
        position += 4 + size
    raise Refused("F03", "没有传完，工作表缺少结尾")
