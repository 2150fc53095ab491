"""The XML of one .xlsx sheet: error cells, formulas without a result, hidden rows, merges, how far its values reach.

Two scanners that agree: regular expressions on bytes for the spelling that office programs use (some ten times
faster than a parser), and a parser for any other. Both stream: a million styled blank rows cost time but no memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from pipeline.formats.package import swelling
from pipeline.rawbook import Address, Limits, Range, Refused, SheetNotes, check_extent

PIECE = 4 << 20

_REF = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_FORMULA = rb"<f(?=[ />])(?:[^>]*/>|[^>]*>[^<]*</f>)"
_ERROR = re.compile(rb'<c r="([A-Z]{1,3}\d+)"[^>]* t="e"[^>]*>\s*(?:' + _FORMULA + rb")?\s*<v[^>]*>([^<]*)</v>")
_UNCOMPUTED = re.compile(_FORMULA + rb"(?!\s*<v(?: [^>]*)?>[^<])(\s*<v)?")
_OWNER = re.compile(rb'<c r="([A-Z]{1,3}\d+)"([^>]*)>')
_HIDDEN = re.compile(rb'<row r="(\d+)"[^>]* hidden="(?:1|true)"')
_MERGE = re.compile(rb'<mergeCell ref="([A-Z]{1,3}\d+):([A-Z]{1,3}\d+)"')
# An address of six characters: without one no value can lie beyond A9999, AB999 or ABC99, which is near enough.
_FAR = re.compile(rb'<c r="[A-Z][A-Z0-9]{5}')
_FILLED = re.compile(rb'<c r="([A-Z]{1,3})(\d+)"[^>]*(?<!/)>(?!</c>|<v/>|<v></v>)')
_FORMULA_START = re.compile(rb"<f[> /]")
_VALUE_MARKS = (b"<v>", b"<v ", b"<is>", b"<f>", b"<f ")


@dataclass(slots=True)
class _Found:
    """What a scan has gathered so far; `last_row` and `last_column` (1-based) only where the values reach far."""

    errors: dict[Address, str] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    merged: list[Range] = field(default_factory=list)
    last_row: int = 0
    last_column: int = 0


def scan(chunks: Callable[[], Iterable[bytes]], limits: Limits) -> SheetNotes:
    """Scan a sheet. `chunks` starts its stream anew at each call. Raises Refused (F05) if the values reach too far."""
    found = _Found()
    is_far = False
    for position, piece in enumerate(_pieces(chunks())):
        if not _is_usual(piece, is_first=position == 0):
            found = _SheetParser(limits).run(chunks())
            break
        _gather(piece, found)
        is_far = is_far or (_has_values(piece) and _FAR.search(piece) is not None)
    else:
        if is_far:
            _measure(chunks(), found)
    check_extent(found.last_row - 1, found.last_column - 1, limits)
    return SheetNotes(found.errors, tuple(found.hidden_rows), tuple(found.merged))


def address(reference: str) -> Address:
    """Turn "B3" into (2, 1). Raises Refused if it is no address."""
    if not (match := _REF.fullmatch(reference)):
        raise Refused("F03", f"单元格地址“{reference[:20]}”有误")
    return int(match[2]) - 1, _column(match[1]) - 1


def _column(letters: str | bytes) -> int:
    number = 0
    for letter in letters.encode() if isinstance(letters, str) else letters:
        number = number * 26 + letter - 64
    return number


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a stream where a cell or a row begins, so that none of their tags is torn; most sheets are one piece."""
    rest = b""
    for chunk in chunks:
        cut = max(rest.rfind(b"<c "), rest.rfind(b"<row "))
        if cut > 0:
            yield rest[:cut]
            rest = rest[cut:]
        rest += chunk
    yield rest


def _is_usual(piece: bytes, is_first: bool) -> bool:
    """Tell whether the expressions above read a piece right: no prefix, no odd quotes, `r` first in rows and cells."""
    start, end = max(piece.find(b"<sheetData"), 0), _end_of_data(piece)
    return (
        not (is_first and b"<worksheet" not in piece)
        and piece.find(b"<mergeCell ", 0, start) < 0
        and not (b"'" in piece and b"='" in piece)
        and not (b"!" in piece and b"<!" in piece)
        and piece.count(b"<c", start, end) == piece.count(b'<c r="', start, end)
        and not (b' hidden="' in piece and piece.count(b"<row", start, end) != piece.count(b'<row r="', start, end))
    )


def _end_of_data(piece: bytes) -> int:
    """Give where a piece's last cells and rows end."""
    end = piece.rfind(b"</sheetData>")
    return len(piece) if end < 0 else end


def _has_values(piece: bytes) -> bool:
    return any(mark in piece for mark in _VALUE_MARKS)


def _gather(piece: bytes, found: _Found) -> None:
    if b' t="e"' in piece:
        for match in _ERROR.finditer(piece):
            found.errors[address(match[1].decode())] = match[2].decode()
    for start in _FORMULA_START.finditer(piece):
        at = start.start()
        if formula := _UNCOMPUTED.match(piece, at):
            owner = _OWNER.match(piece, piece.rfind(b"<c ", 0, at))
            # A text formula whose result is the empty text has an empty <v>, and is computed all the same.
            if owner and not (b' t="str"' in owner[2] and formula[1]):
                found.errors.setdefault(address(owner[1].decode()), "")
    if b' hidden="' in piece:
        found.hidden_rows += [int(row) - 1 for row in _HIDDEN.findall(piece)]
    for first, last in _MERGE.findall(piece, max(piece.rfind(b"</sheetData>"), 0)):  # they come behind all rows
        found.merged.append(address(first.decode()) + address(last.decode()))


def _measure(chunks: Iterable[bytes], found: _Found) -> None:
    """Find the furthest row and column that hold a value; styled blank cells don't count."""
    for piece in _pieces(chunks):
        if _has_values(piece):
            filled = _FILLED.findall(piece)
            found.last_row = max(found.last_row, max((int(row) for _, row in filled), default=0))
            columns = {letters for letters, _ in filled}
            found.last_column = max(found.last_column, max(map(_column, columns), default=0))


class _SheetParser:
    """Do with a parser what `_gather` and `_measure` do with expressions. A missing `r` means the next row or cell."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._found = _Found()
        self._row = 0  # 1-based, as in the file
        self._column = 0
        self._in_cell = False
        self._type = ""
        self._has_formula = False
        self._has_result = False
        self._text: list[str] | None = None

    def run(self, chunks: Iterable[bytes]) -> _Found:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._entity
        try:
            for chunk in chunks:
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise Refused("F03", f"工作表第 {error.lineno} 行内容有误") from error
        return self._found

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag.rpartition(":")[2]:
            case "row":
                self._row = address("A" + attributes["r"])[0] + 1 if "r" in attributes else self._row + 1
                self._column = 0
                if attributes.get("hidden") in ("1", "true"):
                    self._found.hidden_rows.append(self._row - 1)
            case "c":
                if "r" in attributes:
                    row, column = address(attributes["r"])
                    self._row, self._column = row + 1, column + 1
                else:
                    self._column += 1
                self._in_cell = True
                self._type = attributes.get("t", "")
                self._has_formula = self._has_result = False
            case "f" if self._in_cell:
                self._has_formula = True
                self._reach()
            case "v" | "t" if self._in_cell:
                self._text = []
                self._has_result = self._has_result or self._type == "str"
            case "mergeCell":
                first, _, last = attributes.get("ref", "").partition(":")
                if last:
                    self._found.merged.append(address(first) + address(last))

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        here = (self._row - 1, self._column - 1)
        if name in ("v", "t") and self._text is not None:
            value = "".join(self._text)
            self._text = None
            self._has_result = self._has_result or bool(value)
            if value:
                self._reach()
                if self._type == "e":
                    self._found.errors[here] = value
        elif name == "c":
            self._in_cell = False
            if self._has_formula and not self._has_result:
                self._found.errors.setdefault(here, "")

    def _reach(self) -> None:
        self._found.last_row = max(self._found.last_row, self._row)
        self._found.last_column = max(self._found.last_column, self._column)
        check_extent(self._found.last_row - 1, self._found.last_column - 1, self._limits)

    def _entity(self, *_: object) -> None:
        raise swelling()
