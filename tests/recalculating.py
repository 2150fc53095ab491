"""Workbooks as LibreOffice shows them once it has calculated them: which cells are coloured by a condition, and what the sheets say.

LibreOffice writes into HTML what it would draw, the fill of conditional formats among it: no formula is evaluated a second time.
"""

from __future__ import annotations

import html.parser
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conftest import need

from pipeline.publish.form.styles import _LOOKS, LIVE
from pipeline.rawbook import a1

RECALCULATING = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
COLOURS = {_LOOKS[look]["bg_color"]: look.removeprefix("live_") for look in LIVE}


@dataclass
class Shown:
    """One sheet as it is shown. texts: by address. looks: "missing", "wrong", "asked" or "fine", by address."""

    texts: dict[str, str] = field(default_factory=dict)
    looks: dict[str, str] = field(default_factory=dict)


def recalculated(paths: Sequence[Path], folder: Path) -> dict[Path, dict[str, Shown]]:
    """Let LibreOffice calculate workbooks of different names, all in one run. Gives their visible sheets, by title.

    folder: where it may write.
    """
    written = _written(paths, folder, "html")
    return {path: shown(page) for path, page in written.items() if page.exists()}  # not of one that is broken


def calculated_anew(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Let LibreOffice calculate workbooks of different names and save them: what their formulas say then is its own."""
    return [*_written(paths, folder, "xlsx").values()]


def _written(paths: Sequence[Path], folder: Path, kind: str) -> dict[Path, Path]:
    need("soffice", "to calculate workbooks")
    profile = folder / "profile" / "user"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "registrymodifications.xcu").write_text(RECALCULATING, "utf-8")
    assert paths and len({path.stem for path in paths}) == len(paths)
    command = ["soffice", f"-env:UserInstallation=file://{profile.parent}", "--headless", "--convert-to", kind]
    subprocess.run([*command, "--outdir", str(folder), *map(str, paths)], check=True, capture_output=True, timeout=600)
    return {path: folder / f"{path.stem}.{kind}" for path in paths}


def shown(path: Path) -> dict[str, Shown]:
    """Read what LibreOffice has written."""
    reader = _Reader()
    reader.feed(path.read_text("utf-8"))
    return reader.sheets


class _Reader(html.parser.HTMLParser):
    """Reads tables; a cell that spans others stands at its first."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: dict[str, Shown] = {}
        self._title, self._in_title, self._cell = "Sheet", False, ""
        self._taken: set[tuple[int, int]] = set()
        self._row = self._column = 0
        self._now = Shown()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "em":
            self._in_title, self._title = True, ""
        elif tag == "table":
            self._now, self._taken, self._row = Shown(), set(), -1
            self.sheets[self._title] = self._now
        elif tag == "tr":
            self._row, self._column = self._row + 1, 0
        elif tag == "td":
            while (self._row, self._column) in self._taken:
                self._column += 1
            down, across = int(said.get("rowspan") or 1), int(said.get("colspan") or 1)
            cells = [(self._row + r, self._column + c) for r in range(down) for c in range(across)]
            self._taken.update(cells)
            self._cell = a1(self._row, self._column)
            if look := COLOURS.get((said.get("bgcolor") or "").upper()):
                self._now.looks[self._cell] = look

    def handle_endtag(self, tag: str) -> None:
        if tag == "em":
            self._in_title = False
        elif tag == "td":
            self._cell = ""

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self._title += data
        elif self._cell and (text := re.sub(r"\s+", " ", data).strip()):
            self._now.texts[self._cell] = self._now.texts.get(self._cell, "") + text
