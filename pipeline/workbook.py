"""One file -> RawBook, in this very process. Imports nothing heavy: every reading process pays for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from pipeline.disk import sha256_of
from pipeline.formats import locked, ods, ooxml, xls, xlsb
from pipeline.processes import no_longer_than
from pipeline.rawbook import CHECKS, Address, BookNotes, Limits, RawBook, RawSheet, Refusal, Refused
from pipeline.sniff import Kind, sniff

_NOTES: dict[Kind, Callable[[bytes, Limits], BookNotes]] = {
    Kind.XLSX: ooxml.notes,
    Kind.XLSM: ooxml.notes,
    Kind.XLSB: xlsb.notes,
    Kind.XLS: xls.notes,
    Kind.ODS: ods.notes,
}
_DEFAULT = Limits()


def read_here(path: Path, limits: Limits = _DEFAULT, passwords: Sequence[str] = ()) -> RawBook:
    """Read one file without protection against crashes. A file that can't be read becomes a RawBook with a refusal."""
    taken = take(path, limits)
    return taken if isinstance(taken, RawBook) else read_content(taken, limits, passwords)


@dataclass(frozen=True, slots=True)
class Content:
    """A file's bytes, and their hash."""

    content: bytes
    sha256: str


def take(path: Path, limits: Limits = _DEFAULT) -> Content | RawBook:
    """Take a file into memory; one that is too large, or can't be opened, becomes a RawBook with a refusal."""
    try:
        size_mb = path.stat().st_size >> 20
        if size_mb > limits.file_mb:
            return RawBook(sha256_of(path), "", refusal=Refusal("F05", f"文件有 {size_mb:,} 兆字节"))
        content = path.read_bytes()
    except OSError as error:
        return RawBook("", "", refusal=cannot_open(error))
    return Content(content, hashlib.sha256(content).hexdigest())


def read_content(taken: Content, limits: Limits = _DEFAULT, passwords: Sequence[str] = ()) -> RawBook:
    """Read what was taken of a file. What can't be read becomes a RawBook with a refusal."""
    content, sha256 = taken.content, taken.sha256
    try:
        return replace(_read(content, limits, passwords), sha256=sha256)
    except Refused as refused:
        return RawBook(sha256, "", refusal=refused.refusal)
    except MemoryError:
        return RawBook(sha256, "", refusal=Refusal("F06", "超出内存限制"))


def read_in_time(path: Path, limits: Limits, passwords: Sequence[str]) -> RawBook:
    """The same in a process that may be ended: it ends by itself if nobody does so when the time is over."""
    with no_longer_than(limits.seconds):
        return read_here(path, limits, passwords)


def cannot_open(error: OSError) -> Refusal:
    """Word the refusal of a file that is there but can't be opened, or has gone since it was listed."""
    is_gone = isinstance(error, FileNotFoundError)
    return Refusal("F10", "文件已不在原处" if is_gone else "可能正在别的程序中打开，或没有读取权限")


def _read(content: bytes, limits: Limits, passwords: Sequence[str]) -> RawBook:
    kind = sniff(content)
    if kind is Kind.LOCKED or (kind is Kind.XLS and xls.is_locked(content)):
        content = locked.unlock(content, passwords)
        kind = sniff(content)
    try:
        notes = _NOTES[kind](content, limits)
        sheets = _sheets(content, notes)
    except PasswordError as error:
        raise Refused("F04") from error
    except CalamineError as error:
        raise Refused("F03", "内部结构有误") from error
    if not sheets:
        raise Refused("F03", "没有工作表")
    return RawBook("", str(kind), sheets, notes.properties, notes.saved_at)


def _sheets(content: bytes, notes: BookNotes) -> tuple[RawSheet, ...]:
    try:
        with CalamineWorkbook.from_filelike(BytesIO(content)) as book:
            return tuple(
                _sheet(book.get_sheet_by_name(meta.name), meta.visible, notes)
                for meta in book.sheets_metadata
                if meta.typ is SheetTypeEnum.WorkSheet and meta.name not in CHECKS
            )
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of pyo3, which names it nowhere that could be imported
            raise
        raise Refused("F03", "内部结构有误") from error


def _sheet(sheet: CalamineSheet, visible: SheetVisibleEnum, book_notes: BookNotes) -> RawSheet:
    notes = book_notes.sheets.get(sheet.name)
    if notes is None:
        raise Refused("F03", f"工作表“{sheet.name}”的目录有误")
    rows = _trimmed(sheet.to_python(skip_empty_area=False), notes.errors)
    merged = notes.merged or tuple((*first, *last) for first, last in sheet.merged_cell_ranges or ())
    hidden = tuple(row for row in notes.hidden_rows if row < len(rows))
    return RawSheet(sheet.name, visible is SheetVisibleEnum.Visible, rows, notes.errors, hidden, merged)


def _trimmed(rows: list[list[Any]], errors: dict[Address, str]) -> list[list[Any]]:
    """Cut blank rows and columns off the end, but keep every cell in `errors` inside, blank."""
    while rows and not any(value != "" for value in rows[-1]):
        rows.pop()
    width = len(rows[0]) if rows else 0
    while width and all(row[width - 1] == "" for row in rows):
        width -= 1
    if rows and width < len(rows[0]):
        rows = [row[:width] for row in rows]
    if errors:
        height, reach = max(row for row, _ in errors) + 1, max(column for _, column in errors) + 1
        if reach > width:
            rows = [row + [""] * (reach - width) for row in rows]
            width = reach
        rows += [[""] * width for _ in range(height - len(rows))]
        for row, column in errors:
            rows[row][column] = ""
    return rows
