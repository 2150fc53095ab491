"""The part about styles: a cell's own style with a mark's fill and border, and the styles of the slip, behind those it has."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.publish.marked.splice import (
    Edit,
    Element,
    UneditableError,
    edited,
    elements,
    first,
    prefixed,
    put_inside,
    set_attribute,
    shadow,
)

ITEMS = {"fonts": "font", "fills": "fill", "borders": "border", "cellXfs": "xf"}
SHADES = 256  # of a border's colour, which nobody can tell apart: so no two styles become one when they are marked
_SHADE = re.compile(rb"(?<=rgb=\"FF[0-9A-F]{4})00(?=\")")


class Styles:
    """The styles of one workbook, to which more are added. A style is known by its number."""

    def __init__(self, xml: bytes) -> None:
        self._xml, shade = xml, shadow(xml)
        self._lists = {name: _list(shade, name) for name in ITEMS}
        self._items = {
            name: [xml[each.start : each.end] for each in elements(shade, ITEMS[name], inside.inner, inside.close)]
            for name, inside in self._lists.items()
        }
        self._had = {name: len(items) for name, items in self._items.items()}
        self._marked: dict[tuple[int, bytes], int] = {}

    def item(self, name: str, number: int) -> bytes:
        """Give a font, fill, border or style as it is written; the first, if the workbook lacks it."""
        items = self._items[name]
        return items[number if 0 <= number < len(items) else 0]

    def marked(self, number: int, fill: bytes, border: bytes) -> int:
        """Give the style that has this fill and border, and is another else."""
        key = number, fill
        if key not in self._marked:
            shade = b"%02X" % (len(self._marked) % SHADES)
            look = {
                "fillId": self._add("fills", fill),
                "borderId": self._add("borders", _SHADE.sub(shade, border)),
                "applyFill": 1,
                "applyBorder": 1,
            }
            self._marked[key] = self._add("cellXfs", _with(self.item("cellXfs", number), look), is_own=True)
        return self._marked[key]

    def taken_from(self, other: Styles, number: int) -> int:
        """Give the style that looks like one of another workbook, if that has no number format of its own."""
        look, said = other.item("cellXfs", number), other._said(number)
        taken = {
            f"{one}Id": self._add(name, other.item(name, int(said[f"{one}Id"])))
            for name, one in ITEMS.items()
            if name != "cellXfs"
        }
        return self._add("cellXfs", _with(look, taken))

    def put_back(self, pairs: Mapping[int, int]) -> dict[int, int]:
        """Give, for each style with a mark of an earlier copy, the one that it was before. pairs: marked style -> its own then.

        A mark is known by its border: programs that save a workbook may have changed what else the style has.
        """
        borders = {marked: self._said(marked).get("borderId") for marked in pairs}
        before = {marked: own for marked, own in pairs.items() if borders[marked] != self._said(own).get("borderId")}
        marks = {borders[marked]: own for marked, own in before.items()}
        for number in range(self._had["cellXfs"]):
            if number not in before and (own := marks.get(self._said(number).get("borderId"))) is not None:
                look = {name: int(self._said(own).get(name, 0)) for name in ("fillId", "borderId")}
                before[number] = self._add("cellXfs", _with(self.item("cellXfs", number), look), is_own=True)
        return before

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Give each marked style, and the style that it was made of."""
        return [(marked, own) for (own, _), marked in self._marked.items()]

    def written(self) -> bytes:
        """Give the part with all that was added."""
        edits: list[Edit] = []
        for name, inside in self._lists.items():
            if more := self._items[name][self._had[name] :]:
                edits += [set_attribute(inside, "count", len(self._items[name])), put_inside(inside, b"".join(more))]
        return edited(self._xml, edits)

    def _said(self, number: int) -> dict[str, str]:
        (xf,) = elements(self.item("cellXfs", number), "xf")
        return xf.attributes

    def _add(self, name: str, item: bytes, *, is_own: bool = False) -> int:
        """Add an item, written without prefixes unless it is made of the workbook's own."""
        items, item = self._items[name], item if is_own else prefixed(item, self._lists[name].prefix)
        if item not in items[self._had[name] :]:
            items.append(item)
        return items.index(item, self._had[name])


def _list(shade: bytes, name: str) -> Element:
    found = first(shade, name)
    if found is None:
        raise UneditableError(f"no <{name}>")
    return found


def _with(xf: bytes, said: dict[str, int]) -> bytes:
    (element,) = elements(xf, "xf")
    return edited(xf, [set_attribute(element, name, value) for name, value in said.items()])
