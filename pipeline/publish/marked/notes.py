"""Notes at cells, beside those that a sheet has: the part with their texts, and the part with the boxes that they stand in.

What we add to a cell's note begins with a line of its own. So it is known again, and goes when the sender sends the copy back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.formats.sheetxml import address
from pipeline.publish.form.styles import LINE_HEIGHT, line_count
from pipeline.publish.marked.parts import STRICT, USUAL, Parts
from pipeline.publish.marked.sheets import SheetXml
from pipeline.publish.marked.splice import (
    Edit,
    Element,
    UneditableError,
    elements,
    first,
    prefixed,
    put_inside,
    shadow,
    text,
    unescaped,
)
from pipeline.rawbook import SLIPS, Address, a1

OURS = re.compile("|".join(f"[【\\[]{re.escape(title)}[】\\]]" for title in sorted(SLIPS)))
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
WIDTH, LINES = 282, 20  # of a box, in pixels, in lines at most
LINE_WIDTH = 40.0  # in half-width characters
ROW_HEIGHT = 20  # pixels, of a usual row
MOST_COLUMNS = 20  # that a box reaches over
STRICT_MAIN, USUAL_MAIN = (
    b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
)
_FONT = '<rPr><sz val="10"/><color indexed="81"/><rFont val="宋体"/><family val="3"/></rPr>'.encode()
_SHAPE = re.compile(rb"<(?:\w+:)?shape(?=[\s>]).*?</(?:\w+:)?shape\s*>", re.DOTALL)
_NUMBER = re.compile(rb"_x0000_s(\d+)")
_VML = (
    b'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    b'xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_SHAPE_TYPE = (
    b'<v:shapetype %b id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    b'<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>' % _VML
)
_BOX = (
    b'<v:shape %b id="_x0000_s%%d" type="#_x0000_t202" style="position:absolute;z-index:%%d;visibility:hidden" '
    b'fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
    b'<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div>'
    b'</v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
    b"<x:Anchor>%%d, 15, %%d, 10, %%d, 15, %%d, 4</x:Anchor><x:AutoFill>False</x:AutoFill>"
    b"<x:Row>%%d</x:Row><x:Column>%%d</x:Column></x:ClientData></v:shape>" % _VML
)


def forget_ours(parts: Parts, path: str, sheet: SheetXml) -> None:
    """Take out of the notes of a sheet what an earlier correction said. path: of the sheet's part."""
    comments = parts.one(path, "comments")
    if not comments or not OURS.search(parts[comments].decode(errors="replace")):
        return
    edits: list[Edit] = []
    gone: set[Address] = set()
    for note in elements(shadow(parts[comments]), "comment"):
        own, is_all_ours = _own_words(parts[comments], note)
        edits += [(note.start, note.end, b"")] if is_all_ours else own
        if is_all_ours:
            gone.add(address(note.attributes["ref"]))
    parts.edit(comments, edits)
    if boxes := _boxes(parts, path, sheet):
        parts[boxes] = _SHAPE.sub(lambda shape: b"" if _place(shape[0]) in gone else shape[0], parts[boxes])


def note(parts: Parts, path: str, sheet: SheetXml, notes: Mapping[Address, str], title: str) -> None:
    """Put notes at cells of a sheet; where there is one, below what it says. path: of the sheet's part; title: of the slip."""
    if not notes:
        return
    ours = f"【{title}】" if not title.isascii() else f"[{title}]"
    comments = parts.one(path, "comments") or _begun(parts, path)
    shade = shadow(parts[comments])
    there = {each.attributes.get("ref", ""): each for each in elements(shade, "comment")}
    authors, listed = first(shade, "authors"), first(shade, "commentList")
    if authors is None or listed is None:
        raise UneditableError("no list of notes")
    author = sum(1 for _ in elements(shade, "author", authors.inner, authors.close))
    edits: list[Edit] = [put_inside(authors, prefixed(b"<author>%b</author>" % text(title), authors.prefix))]
    new: dict[Address, str] = {}
    for place, says in sorted(notes.items()):
        if (other := there.get(a1(*place))) and (words := first(shade, "text", other.inner, other.close)):
            edits.append(put_inside(words, prefixed(_run(f"\n{ours}\n{says}"), words.prefix)))
        else:
            new[place] = f"{ours}\n{says}"
    said = (
        b'<comment ref="%b" authorId="%d"><text>%b</text></comment>' % (a1(*place).encode(), author, _run(says))
        for place, says in new.items()
    )
    edits.append(put_inside(listed, prefixed(b"".join(said), listed.prefix)))
    parts.edit(comments, edits)
    _draw(parts, path, sheet, new)


def _begun(parts: Parts, path: str) -> str:
    """Begin the part about the notes of a sheet that has none."""
    comments = parts.free_name("xl/comments{}.xml")
    namespace = STRICT_MAIN if parts.is_strict else USUAL_MAIN
    parts[comments] = (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        b'<comments xmlns="%b"><authors/><commentList/></comments>' % namespace
    )
    parts.declare(comments, TYPE)
    parts.relate(path, "comments", comments)
    return comments


def _draw(parts: Parts, path: str, sheet: SheetXml, notes: Mapping[Address, str]) -> None:
    """Draw the boxes of new notes."""
    if not (boxes := _boxes(parts, path, sheet)):
        boxes = parts.free_name("xl/drawings/vmlDrawing{}.vml")
        parts[boxes] = b"<xml %b></xml>" % _VML
        parts.declare_ending("vml", DRAWING_TYPE)
        sheet.draw(parts.relate(path, "vmlDrawing", boxes), STRICT if parts.is_strict else USUAL)
    before = parts[boxes]
    if (end := before.rfind(b"</")) < 0:
        raise UneditableError("no boxes of notes")
    highest = max([1024, *map(int, _NUMBER.findall(before))])
    shapes = [_box(sheet, place, says, highest + number) for number, (place, says) in enumerate(notes.items(), 1)]
    kind = b"" if b"_x0000_t202" in before else _SHAPE_TYPE
    parts[boxes] = b"".join((before[:end], kind if shapes else b"", *shapes, before[end:]))


def _boxes(parts: Parts, path: str, sheet: SheetXml) -> str:
    """Give the part with the boxes of a sheet's notes, "" if there is none."""
    found = (each.target for each in parts.relations(path) if each.identity == sheet.drawing)
    return next((target for target in found if target in parts), "")


def _box(sheet: SheetXml, place: Address, says: str, number: int) -> bytes:
    """Draw one box, beside its cell and as wide and high as its text needs."""
    row, column = place
    right, room = column + 1, 0
    while room < WIDTH and right < column + MOST_COLUMNS:
        room += sheet.width(right)
        right += 1
    height = min(LINES, line_count(says, LINE_WIDTH)) * LINE_HEIGHT * 4 // 3 + 24
    top = max(0, row - 1)
    bottom = top + 1 + height // ROW_HEIGHT
    return _BOX % (number, number - 1024, column + 1, top, right, bottom, row, column)


def _place(shape: bytes) -> Address | None:
    """Give the cell that a shape is the note of."""
    row, column = (first(shape, rf"(?:{name})") for name in ("Row", "Column"))
    return (int(shape[row.inner : row.close]), int(shape[column.inner : column.close])) if row and column else None


def _run(says: str) -> bytes:
    return b'<r>%b<t xml:space="preserve">%b</t></r>' % (_FONT, text(says))


def _own_words(xml: bytes, note: Element) -> tuple[list[Edit], bool]:
    """Tell how to cut a note down to what is not ours, and whether nothing is left then."""
    texts = list(elements(shadow(xml), "t", note.inner, note.close))
    said = [unescaped(xml[each.inner : each.close]) for each in texts]
    whole = "".join(said)
    found = OURS.search(whole)
    if found is None:
        return [], False
    cut = found.start()
    cut -= whole[:cut].endswith("\n")
    edits: list[Edit] = []
    for each, words in zip(texts, said, strict=True):
        if cut < len(words) and not each.is_empty:
            edits.append((each.inner, each.close, text(words[: max(0, cut)])))
        cut -= len(words)
    return edits, not whole[: found.start()].strip()
