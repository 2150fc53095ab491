"""What .xlsx, .xlsm and .xlsb say beside their cells: which part is which sheet, properties, time of saving."""

from __future__ import annotations

import posixpath
import re
from functools import partial

from pipeline.formats import sheetxml
from pipeline.formats.package import Package, attribute, local
from pipeline.rawbook import CHECKS, BookNotes, Limits, Refused

_MODIFIED = re.compile(rb"<(?:\w+:)?modified[^>]*>([^<]{0,40})<")


def notes(content: bytes, limits: Limits) -> BookNotes:
    """Look at an .xlsx or .xlsm before calamine does. Raises Refused for what must not be opened."""
    package = Package(content, limits)
    path = workbook_part(package)
    workbook = package.xml(path)
    if workbook is None:
        raise Refused("F03", "缺少工作簿目录")
    relations = Relations(package, path)
    package.verify([*relations.of("sharedStrings").values(), *relations.of("styles").values()])
    worksheets = relations.of("worksheet")  # chart and dialog sheets are other kinds of relation
    sheets = {
        element.get("name", ""): sheetxml.scan(partial(package.chunks, worksheets[identity], sheetxml.PIECE), limits)
        for element in workbook.iter()
        if local(element) == "sheet" and (identity := attribute(element, "id")) in worksheets
        if element.get("name") not in CHECKS
    }
    return BookNotes(sheets, properties(package), saved_at(package))


def workbook_part(package: Package) -> str:
    """Find the part that lists the sheets; nearly always xl/workbook.xml or xl/workbook.bin."""
    return next(iter(Relations(package, "").of("officeDocument").values()), "xl/workbook.xml")


class Relations:
    """Which parts a part of the package leads to; "" stands for the package itself."""

    def __init__(self, package: Package, source: str) -> None:
        folder, name = posixpath.split(source)
        root = package.xml(f"{folder}/_rels/{name}.rels")
        if root is None:
            raise Refused("F03", "缺少工作表目录")
        self._relations = [
            (element.get("Type", ""), element.get("Id", ""), _path(folder, element.get("Target", "")))
            for element in root
            if element.get("TargetMode") != "External"
        ]
        self._package = package

    def of(self, kind: str) -> dict[str, str]:
        """Map the ids of one kind of relation to the parts they lead to. Raises Refused (F03) if a part is missing."""
        paths = {identity: path for type_, identity, path in self._relations if type_.endswith("/" + kind)}
        if any(path not in self._package for path in paths.values()):
            raise Refused("F03", "缺少部件")
        return paths


def _path(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target.replace("\\", "/")))


def properties(package: Package) -> dict[str, str]:
    """Read the custom document properties as text."""
    root = package.xml("docProps/custom.xml")
    if root is None:
        return {}
    return {element.get("name", ""): "".join(element.itertext()).strip() for element in root if element.get("name")}


def saved_at(package: Package) -> str:
    """Read when the file was last saved, as it stands there (ISO, UTC); "" if it does not say."""
    core = b"".join(package.chunks("docProps/core.xml")) if "docProps/core.xml" in package else b""
    stamp = _MODIFIED.search(core)
    return stamp[1].decode("ascii", "replace").strip() if stamp else ""
