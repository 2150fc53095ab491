"""The part of one sheet: styles of some cells exchanged, cells that are not there yet put in, and nothing else touched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pipeline.formats.sheetxml import address
from pipeline.publish.marked.splice import (
    Edit,
    Element,
    UneditableError,
    edited,
    elements,
    first,
    put_inside,
    set_attribute,
    shadow,
    unescaped,
    without_attribute,
)
from pipeline.rawbook import Address, Range, Refused, a1

BEHIND_NOTES = frozenset({
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "AlternateContent", "webPublishItems", "tableParts",
    "extLst",
})  # fmt: skip
USUAL_WIDTH, PIXELS, PADDING = 8.43, 7, 5  # of a column, in characters; of a character; beside them
EXTERNAL = re.compile(
    r"'[^']*\[\d+\](?:[^']|'')*'!|\[\d+\][\w.]*!"
)  # in a formula: a sheet of another file, or a name in it

Restyle = Callable[[int], int]
"""From the number of a style to that of another."""


@dataclass(frozen=True, slots=True)
class _Row:
    number: int  # from 0
    element: Element


class SheetXml:
    """A sheet as XML, changed step by step."""

    def __init__(self, xml: bytes) -> None:
        self._set(xml)

    def _set(self, xml: bytes) -> None:
        self.xml, self._shade = xml, shadow(xml)
        found = first(self._shade, "sheetData")
        if found is None:
            raise UneditableError("no <sheetData>")
        self._cells = found

    def _edit(self, edits: Iterable[Edit]) -> None:
        if edits := list(edits):
            self._set(edited(self.xml, edits))

    # Before anything is marked.

    def restyle(self, styles: Mapping[int, int]) -> None:
        """Give cells that have one of these styles another."""
        if styles:
            cells = elements(self._shade, "c", self._cells.inner, self._cells.close)
            now = ((cell, _style(cell.attributes)) for cell in cells)
            self._edit(set_attribute(cell, "s", styles[style]) for cell, style in now if style in styles)

    def keep_results(self, leads: re.Pattern[str]) -> bool:
        """Leave of each formula that leads to another file its result. Tells whether there was any."""
        found = list(elements(self._shade, "f", self._cells.inner, self._cells.close))
        gone = {each.start: each for each in found if leads.search(unescaped(self.xml[each.inner : each.close]))}
        shared = {each.attributes.get("si") for each in gone.values()} - {None}
        gone |= {each.start: each for each in found if each.attributes.get("si") in shared}
        self._edit((each.start, each.end, b"") for each in gone.values())
        return bool(gone)

    # Marks.

    @cached_property
    def columns(self) -> list[tuple[range, Mapping[str, str]]]:
        """Say what stands of columns: which, from 0, and their attributes."""
        said = [each.attributes for each in elements(self._shade, "col", 0, self._cells.start)]
        return [(range(int(each["min"]) - 1, int(each["max"])), each) for each in said if {"min", "max"} <= each.keys()]

    def width(self, column: int) -> int:
        """Give a column's width in pixels."""
        said = next((words for span, words in self.columns if column in span), {})
        is_hidden = said.get("hidden") in ("1", "true")
        return 0 if is_hidden else round(float(said.get("width", USUAL_WIDTH)) * PIXELS + PADDING)

    def anchor(self, place: Address) -> Address:
        """Give the cell that shows what stands at a place: of cells that are merged, the first."""
        return next(
            ((top, left) for top, left, bottom, right in self._merged
             if top <= place[0] <= bottom and left <= place[1] <= right),
            place,
        )  # fmt: skip

    def mark(self, marks: Mapping[Address, Restyle]) -> None:
        """Exchange the styles of cells, wherever there is none yet put in a blank one."""
        wanted: dict[int, dict[int, Restyle]] = {}
        for (row, column), restyle in marks.items():
            wanted.setdefault(row, {})[column] = restyle
        rows = list(self._rows())
        there = {row.number for row in rows}
        edits = [edit for row in rows if row.number in wanted for edit in self._in_row(row, wanted[row.number])]
        missing: dict[int, bytes] = {}  # where rows are put in, and which
        for number in sorted(wanted.keys() - there):
            at = next((row.element.start for row in rows if row.number > number), -1)
            tag = self._cells.prefix + b"row"
            cells = b"".join(self._cell(number, c, {}, each) for c, each in sorted(wanted[number].items()))
            missing[at] = missing.get(at, b"") + b'<%b r="%d">%b</%b>' % (tag, number + 1, cells, tag)
        edits += [(at, at, new) if at >= 0 else put_inside(self._cells, new) for at, new in missing.items()]
        self._edit(edits)

    def _rows(self) -> Iterator[_Row]:
        number = -1
        for element in elements(self._shade, "row", self._cells.inner, self._cells.close):
            said = element.attributes.get("r", "")
            number = int(said) - 1 if said.isdigit() else number + 1
            yield _Row(number, element)

    def _in_row(self, row: _Row, wanted: Mapping[int, Restyle]) -> Iterator[Edit]:
        left, column = dict(sorted(wanted.items())), -1
        for cell in elements(self._shade, "c", row.element.inner, row.element.close):
            said = cell.attributes
            column = _address(said["r"])[1] if "r" in said else column + 1
            if before := [c for c in left if c < column]:
                yield cell.start, cell.start, self._new(row, {c: left.pop(c) for c in before})
            if column in left:
                yield set_attribute(cell, "s", left.pop(column)(_style(said)))
        if left:
            yield put_inside(row.element, self._new(row, left))

    def _new(self, row: _Row, cells: Mapping[int, Restyle]) -> bytes:
        return b"".join(self._cell(row.number, c, row.element.attributes, each) for c, each in cells.items())

    def _cell(self, row: int, column: int, said: Mapping[str, str], restyle: Restyle) -> bytes:
        """Write a blank cell. Its own style is its row's, else its column's."""
        of_column = next((words for span, words in self.columns if column in span), {})
        own = _style(said) if said.get("customFormat") in ("1", "true") else _style(of_column, "style")
        cell = self._cells.prefix + b"c", a1(row, column).encode(), restyle(own)
        return b'<%b r="%b" s="%d"/>' % cell

    @cached_property
    def _merged(self) -> list[Range]:
        found = elements(self._shade, "mergeCell", self._cells.end)
        spans = (each.attributes.get("ref", "").partition(":") for each in found)
        return [_address(start) + _address(stop) for start, colon, stop in spans if colon]

    # Notes.

    @property
    def drawing(self) -> str:
        """Give the id of the relation to the boxes of notes, "" if the sheet has none."""
        found = first(self._shade, "legacyDrawing", self._cells.end)
        return found.attributes.get("id", "") if found else ""

    def draw(self, identity: str, namespace: str) -> None:
        """Say where the boxes of its notes are. namespace: of relations."""
        prefix = self._cells.prefix
        words = b'<%blegacyDrawing xmlns:r="%b" r:id="%b"/>' % (prefix, namespace.encode(), identity.encode())
        end = self._shade.rindex(b"</")
        further = elements(self._shade, r"[\w.-]+", self._cells.end, end)
        at = next((each.start for each in further if each.name in BEHIND_NOTES), end)
        self._edit([(at, at, words)])


def _style(said: Mapping[str, str], name: str = "s") -> int:
    number = said.get(name, "")
    return int(number) if number.isdigit() else 0


def unselected(xml: bytes) -> bytes:
    """Let another sheet be the one that is open. xml: of a sheet of any kind."""
    shade = shadow(xml)
    views = elements(shade, "sheetView", 0, shade.find(b"sheetData") if b"sheetData" in shade else None)
    return edited(xml, [edit for view in views if (edit := without_attribute(view, "tabSelected"))])


def _address(reference: str) -> Address:
    try:
        return address(reference)
    except Refused as error:
        raise UneditableError(reference) from error
