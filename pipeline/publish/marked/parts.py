"""A workbook as a package of parts: which leads to which, what kind each is, and the copy that is written of it."""

from __future__ import annotations

import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from pipeline.publish.excel.quickparts import Archive
from pipeline.publish.marked.splice import (
    Edit,
    Element,
    UneditableError,
    edited,
    elements,
    first,
    put_inside,
    quoted,
    shadow,
)

TYPES = "[Content_Types].xml"
STRICT, USUAL = (
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
)
LOCAL_HEADER = 30  # bytes before the name of a part in a package; the last four say how long name and extra are
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    ValueError,
    OSError,
    struct.error,
    RuntimeError,
)

_SOURCE = re.compile(r"(.*/|)_rels/(.*)\.rels")


@dataclass(frozen=True, slots=True)
class Relation:
    """One part leads to another. target: the other's name in the package, "" for what lies elsewhere."""

    identity: str
    kind: str  # the last word of its type
    target: str
    element: Element


class Parts:
    """The parts of a package that was read already; those that are not set anew are written as they came, byte for byte."""

    def __init__(self, content: bytes) -> None:
        """Open a package. Raises UneditableError if there is none, or none of a workbook in XML."""
        self._content = content
        try:
            self._archive = zipfile.ZipFile(BytesIO(content))
        except _DAMAGED as error:
            raise UneditableError(str(error)) from error
        self._infos = {info.filename: info for info in self._archive.infolist() if not info.is_dir()}
        self._names = {_normal(name): name for name in self._infos}
        self._new: dict[str, bytes] = {}
        self._gone: set[str] = set()
        self.workbook = next((each.target for each in self.relations("") if each.kind == "officeDocument"), "")
        if not self.workbook.lower().endswith(".xml"):
            raise UneditableError("no workbook in XML")
        self.is_strict = b"purl.oclc.org/ooxml/spreadsheetml/main" in self[self.workbook]

    def __contains__(self, name: str) -> bool:
        own = self._own(name)
        return own in self._new or (own in self._infos and own not in self._gone)

    def __getitem__(self, name: str) -> bytes:
        own = self._own(name)
        if own in self._new:
            return self._new[own]
        if name not in self:
            raise UneditableError(f"{name} is missing")
        try:
            return self._archive.read(self._infos[own])
        except _DAMAGED as error:
            raise UneditableError(str(error)) from error

    def __setitem__(self, name: str, content: bytes) -> None:
        self._new[self._own(name)] = content

    def _own(self, name: str) -> str:
        """Give a part's name as the package spells it."""
        return self._names.get(_normal(name), name)

    def edit(self, name: str, edits: Sequence[Edit]) -> None:
        """Replace bytes of a part."""
        if edits:
            self[name] = edited(self[name], edits)

    def free_name(self, pattern: str) -> str:
        """Give a part's name that is not taken. pattern: with {} for a number."""
        number = 1
        while (name := pattern.format(number)) in self:
            number += 1
        return name

    # Which part leads to which.

    def relations(self, source: str) -> list[Relation]:
        """Give what a part leads to; "" is the package."""
        path = _relations_of(source)
        if path not in self:
            return []
        folder, shade = posixpath.dirname(source), shadow(self[path])
        return [_relation(element, folder) for element in elements(shade, "Relationship")]

    def one(self, source: str, kind: str) -> str:
        """Give the part of one kind that a part leads to, "" if there is none."""
        return next((each.target for each in self.relations(source) if each.kind == kind and each.target in self), "")

    def relate(self, source: str, kind: str, target: str) -> str:
        """Let a part lead to another, named from the package's root. Gives the relation's id."""
        path, taken = _relations_of(source), {each.identity for each in self.relations(source)}
        identity = next(name for number in range(1, 100_000) if (name := f"rId{number}") not in taken)
        if path not in self:
            namespace = b"http://schemas.openxmlformats.org/package/2006/relationships"
            self[path] = (
                b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="%b"/>' % namespace
            )
        element = _only(self[path], "Relationships")
        type_ = f"{STRICT if self.is_strict else USUAL}/{kind}"
        words = b"Relationship Id=%b Type=%b Target=%b" % (quoted(identity), quoted(type_), quoted("/" + target))
        self.edit(path, [put_inside(element, b"<%b%b/>" % (element.prefix, words))])
        return identity

    def leave(self, source: str, kinds: Sequence[str]) -> bool:
        """Leave behind what a part leads to of some kinds, and what nothing else leads to then. Tells if there was any."""
        gone = [relation for relation in self.relations(source) if relation.kind in kinds]
        self.edit(_relations_of(source), [(each.element.start, each.element.end, b"") for each in gone])
        for relation in gone:
            self.remove(relation.target)
        return bool(gone)

    def remove(self, name: str) -> None:
        """Take a part out that nothing leads to any more, and what only it led to."""
        if (
            not name
            or name not in self
            or any(each.target == name for source in self._sources() for each in self.relations(source))
        ):
            return
        below = [each.target for each in self.relations(name)]
        self.edit(TYPES, [(each.start, each.end, b"") for each in self._overrides(name)])
        for own in (self._own(name), self._own(_relations_of(name))):
            self._gone.add(own)
            self._new.pop(own, None)
        for target in below:
            self.remove(target)

    def _sources(self) -> list[str]:
        """Name the parts that lead to others."""
        found = [_SOURCE.fullmatch(name) for name in (*self._infos, *self._new) if name in self]
        return [f"{match[1]}{match[2]}" for match in found if match]

    # What kind each part is.

    def declare(self, name: str, content_type: str) -> None:
        """Say of what type a part is."""
        root, before = _only(self[TYPES], "Types"), self._overrides(name)
        if before and before[0].attributes.get("ContentType") == content_type:
            return
        words = b"Override PartName=%b ContentType=%b" % (quoted("/" + name), quoted(content_type))
        element = b"<%b%b/>" % (root.prefix, words)
        self.edit(TYPES, [(before[0].start, before[0].end, element) if before else put_inside(root, element)])

    def declare_ending(self, ending: str, content_type: str) -> None:
        """Say of what type the parts are whose names have an ending, if nothing is said of them."""
        root = _only(self[TYPES], "Types")
        known = elements(shadow(self[TYPES]), "Default")
        if not any(each.attributes.get("Extension", "").lower() == ending for each in known):
            words = b"Default Extension=%b ContentType=%b" % (quoted(ending), quoted(content_type))
            self.edit(TYPES, [(root.inner, root.inner, b"<%b%b/>" % (root.prefix, words))])

    def _overrides(self, name: str) -> list[Element]:
        """Find what is said of the type of one part."""
        said = elements(shadow(self[TYPES]), "Override")
        return [each for each in said if _normal(each.attributes.get("PartName", "")) == _normal(name)]

    def write(self, path: Path) -> None:
        """Write the package: the parts in their order, new ones behind them. The same parts give the same bytes."""
        with Archive(path, "w") as archive:
            for name, info in self._infos.items():
                if name in self._new:
                    archive.put(name, self._new[name])
                elif name not in self._gone:
                    archive.keep(info, self._packed(info))
            for name, content in self._new.items():
                if name not in self._infos:
                    archive.put(name, content)

    def _packed(self, info: zipfile.ZipInfo) -> bytes:
        """Give a part as it is compressed in the package."""
        at = info.header_offset
        start = at + LOCAL_HEADER + sum(struct.unpack("<2H", self._content[at + LOCAL_HEADER - 4 : at + LOCAL_HEADER]))
        return self._content[start : start + info.compress_size]


def _relation(element: Element, folder: str) -> Relation:
    said = element.attributes
    target = said.get("Target", "").replace("\\", "/")
    is_here = said.get("TargetMode") != "External"
    path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/") if is_here else ""
    return Relation(said.get("Id", ""), said.get("Type", "").rpartition("/")[2], path, element)


def _relations_of(source: str) -> str:
    folder, name = posixpath.split(source)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _only(xml: bytes, name: str) -> Element:
    """Find the element that the whole part is."""
    root = first(shadow(xml), name)
    if root is None:
        raise UneditableError(f"no <{name}>")
    return root


def _normal(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
