"""The XML of .ods: error cells, hidden rows, merges, properties, and how far its repeated cells would reach."""

from __future__ import annotations

import re
from xml.parsers import expat

from pipeline.formats.package import Package, attribute, local, swelling
from pipeline.rawbook import Address, BookNotes, Limits, Range, Refused, SheetNotes, check_extent

_ERROR_TEXT = re.compile(r"#(REF!|N/A|DIV/0!|VALUE!|NAME\?|NUM!|NULL!)|(Err|错误):\d+")


def notes(content: bytes, limits: Limits) -> BookNotes:
    """Look at an .ods before calamine does. Raises Refused for what must not be opened."""
    package = Package(content, limits)
    manifest = package.xml("META-INF/manifest.xml")
    if manifest is not None and any(local(element) == "encryption-data" for element in manifest.iter()):
        raise Refused("F04")
    if "content.xml" not in package:
        raise Refused("F03", "缺少内容部分")
    properties, saved_at = _meta(package)
    return BookNotes(_ContentParser(limits).run(package), properties, saved_at)


def _meta(package: Package) -> tuple[dict[str, str], str]:
    root = package.xml("meta.xml")
    elements = [] if root is None else list(root.iter())
    properties = {
        attribute(element, "name"): (element.text or "").strip()
        for element in elements
        if local(element) == "user-defined" and attribute(element, "name")
    }
    dates = [(element.text or "").strip() for element in elements if local(element) == "date"]
    return properties, dates[0] if dates else ""


def _times(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    if not text.isdecimal():
        raise Refused("F03", f"重复次数“{text[:20]}”有误")
    return int(text)


class _ContentParser:
    """Walks content.xml with rows and cells counted as often as they say they repeat."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.sheets: dict[str, SheetNotes] = {}
        self._table = ""
        self._errors: dict[Address, str] = {}
        self._hidden: list[int] = []
        self._merged: list[Range] = []
        self._row = self._column = 0
        self._row_repeats = self._column_repeats = 1
        self._last_row = self._last_column = 0
        self._cell: dict[str, str] | None = None
        self._text: list[str] = []
        self._aside = 0  # depth inside comments and shapes, whose text is not the cell's

    def run(self, package: Package) -> dict[str, SheetNotes]:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._entity
        try:
            for chunk in package.chunks("content.xml"):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise Refused("F03", f"第 {error.lineno} 行内容有误") from error
        return self.sheets

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag:
            case "table:table":
                self._table = attributes.get("table:name", "")
                self._errors, self._hidden, self._merged = {}, [], []
                self._row = self._last_row = self._last_column = 0
            case "table:table-row":
                self._column = 0
                self._row_repeats = _times(attributes, "table:number-rows-repeated")
                if attributes.get("table:visibility") in ("collapse", "filter"):
                    reached = min(self._row + self._row_repeats, self._limits.cells)
                    self._hidden += range(self._row, reached)
            case "table:table-cell" | "table:covered-table-cell":
                self._cell, self._text = attributes, []
                self._column_repeats = _times(attributes, "table:number-columns-repeated")
            case "office:annotation" | "draw:frame" | "table:shapes":
                self._aside += 1

    def _characters(self, text: str) -> None:
        if self._cell is not None and not self._aside:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        match tag:
            case "table:table":
                hidden = tuple(row for row in self._hidden if row <= self._last_row)
                self.sheets[self._table] = SheetNotes(self._errors, hidden, tuple(self._merged))
            case "table:table-row":
                self._row += self._row_repeats
            case "table:table-cell" | "table:covered-table-cell":
                if self._cell is not None:
                    self._close_cell(self._cell, "".join(self._text).strip())
                self._cell = None
                self._column += self._column_repeats
            case "office:annotation" | "draw:frame" | "table:shapes":
                self._aside -= 1

    def _close_cell(self, cell: dict[str, str], text: str) -> None:
        rows, columns = _times(cell, "table:number-rows-spanned"), _times(cell, "table:number-columns-spanned")
        if rows * columns > 1:
            self._merged.append((self._row, self._column, self._row + rows - 1, self._column + columns - 1))
        has_formula, kind = "table:formula" in cell, cell.get("office:value-type", "")
        if not (text or kind or has_formula):
            return
        self._last_row = max(self._last_row, self._row + self._row_repeats - 1)
        self._last_column = max(self._last_column, self._column + self._column_repeats - 1)
        check_extent(self._last_row, self._last_column, self._limits)
        if (error := self._error(cell, kind, text, has_formula)) is not None:
            for row in range(self._row, self._row + self._row_repeats):
                for column in range(self._column, self._column + self._column_repeats):
                    self._errors[row, column] = error

    def _error(self, cell: dict[str, str], kind: str, text: str, has_formula: bool) -> str | None:
        if "error" in (kind, cell.get("calcext:value-type")) or (has_formula and _ERROR_TEXT.fullmatch(text)):
            return text or "#N/A"
        return "" if has_formula and not (kind or text) else None

    def _entity(self, *_: object) -> None:
        raise swelling()
