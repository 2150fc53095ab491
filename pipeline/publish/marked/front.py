"""The slip as a sheet of somebody else's workbook: printed as on our own, its texts and styles taken along.

Below its lines it has hidden rows, with what must be known when the copy comes back, and may not stand on a form that is not
ours: what names the rows of the sender's tables, and what the marked cells looked like.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import NamedTuple
from zipfile import ZipFile

from pipeline.declare import Severity
from pipeline.naming import TAGS
from pipeline.publish.correction.slip import HEADER, Slip
from pipeline.publish.excel.quickbook import QuickBook
from pipeline.publish.form.stationery import EXACT
from pipeline.publish.form.styles import Styles as Looks
from pipeline.publish.marked.notes import STRICT_MAIN, USUAL_MAIN
from pipeline.publish.marked.parts import STRICT, USUAL
from pipeline.publish.marked.splice import elements, first, shadow, text
from pipeline.publish.marked.styles import Styles

_STYLE = re.compile(rb"(?<=<c r=\")([A-Z]+\d+)\" s=\"(\d+)\"")
_TEXT = re.compile(rb" t=\"s\"><v>(\d+)</v>")


class NamedRow(NamedTuple):
    """What names a row of a sender's table. row: from 1, as people count."""

    sheet_key: str
    row: int
    tag: str


class Front:
    """The slip, printed in a workbook of its own, and the looks of marks."""

    def __init__(self, slip: Slip, rows: Sequence[NamedRow]) -> None:
        with QuickBook(out := BytesIO(), EXACT) as book:
            looks = Looks(book, slip.campaign.words)
            slip.write(book, looks)
            numbers = {each: looks(each)._get_xf_index() for each in (Severity.ERROR, Severity.QUERY)}
        with ZipFile(out) as archive:
            self._xml = archive.read("xl/worksheets/sheet1.xml")
            self._texts = _texts(archive.read("xl/sharedStrings.xml"))
            self._styles = Styles(archive.read("xl/styles.xml"))
        self._names, self._words, self._behind = rows, slip.campaign.words, HEADER + 1 + len(slip.repairs)
        self.marks = {severity: self._mark(number) for severity, number in numbers.items()}

    def _mark(self, number: int) -> tuple[bytes, bytes]:
        """Give the fill and the border of a mark."""
        (look,) = elements(self._styles.item("cellXfs", number), "xf")
        fill, border = (int(look.attributes[name]) for name in ("fillId", "borderId"))
        return self._styles.item("fills", fill), self._styles.item("borders", border)

    def written(self, styles: Styles, *, is_strict: bool) -> bytes:
        """Give the slip as a part of a workbook that has these styles, and further ones from now on."""
        taken: dict[bytes, int] = {}

        def restyled(found: re.Match[bytes]) -> bytes:
            if found[2] not in taken:
                taken[found[2]] = styles.taken_from(self._styles, int(found[2]))
            return b'%b" s="%d"' % (found[1], taken[found[2]])

        def inline(found: re.Match[bytes]) -> bytes:
            return b' t="inlineStr"><is>%b</is>' % self._texts[int(found[1])]

        xml = _TEXT.sub(inline, _STYLE.sub(restyled, self._xml))
        hidden = [*(_named(each, self._words(TAGS)) for each in self._names), *map(_pair, styles.pairs)]
        lines = b"".join(_hidden(line, cells) for line, cells in enumerate(hidden, self._behind + 1))
        xml = xml.replace(b"</sheetData>", lines + b"</sheetData>", 1)
        if is_strict:
            xml = xml.replace(USUAL_MAIN, STRICT_MAIN, 1).replace(USUAL.encode(), STRICT.encode(), 1)
        return xml


def looks_before(slip: bytes) -> dict[int, int]:
    """Read from the slip of a copy that came back which styles are marks, and of which they were made."""
    shade, before = shadow(slip), dict[int, int]()
    for row in elements(shade, "row"):
        cells = list(elements(shade, "c", row.inner, row.close))
        is_blank = not any(first(shade, "v|is", cell.inner, cell.close) for cell in cells)
        if row.attributes.get("hidden") in ("1", "true") and cells and is_blank:
            marked, own, *_ = (
                *(int(cell.attributes.get("s", 0)) for cell in cells),
                0,
            )  # some do not write the usual style
            before[marked] = own
    return before


def _hidden(line: int, cells: Sequence[bytes]) -> bytes:
    """Write a hidden row. cells: what stands in each behind the name of its column."""
    written = (b'<c r="%c%d"%b' % (65 + column, line, cell) for column, cell in enumerate(cells))
    return b'<row r="%d" hidden="1">%b</row>' % (line, b"".join(written))


def _named(row: NamedRow, marker: str) -> list[bytes]:
    first_cell, key, tag = (
        b' t="inlineStr"><is><t>%b</t></is></c>' % text(each) for each in (marker, row.sheet_key, row.tag)
    )
    return [first_cell, key, b"><v>%d</v></c>" % row.row, tag]


def _pair(styles: tuple[int, int]) -> list[bytes]:
    return [b' s="%d"/>' % style for style in styles]


def _texts(strings: bytes) -> list[bytes]:
    return [strings[each.inner : each.close] for each in elements(strings, "si")]
