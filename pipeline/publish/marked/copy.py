"""A sender's file -> its marked copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from pipeline.declare import Severity
from pipeline.publish.correction.slip import Slip
from pipeline.publish.form.sheet import Mark
from pipeline.publish.marked.book import leave_behind, paths, put_in_front
from pipeline.publish.marked.front import Front, NamedRow, looks_before
from pipeline.publish.marked.notes import forget_ours, note
from pipeline.publish.marked.parts import Parts
from pipeline.publish.marked.sheets import SheetXml, unselected
from pipeline.publish.marked.styles import Styles
from pipeline.rawbook import SLIP_SHEET, SLIPS, Address

RANK = (Severity.ERROR, Severity.QUERY)
SHEETS = ("worksheet", "chartsheet", "dialogsheet")  # kinds of relations to what has a tab
Marks = Mapping[str, Mapping[Address, Mark]]
"""By the name of a sheet in the sender's file and the cell there, from 0."""


def write_copy(path: Path, content: bytes, slip: Slip, marks: Marks, rows: Sequence[NamedRow]) -> None:
    """Write a file again, with cells marked and noted and the slip in front. The same arguments give the same bytes.

    What an earlier correction had marked is as it was before. Raises UneditableError for a file that cannot be edited so.
    """
    parts = Parts(content)
    front = Front(replace(slip, left_behind=leave_behind(parts)), rows)
    styles_path, sheets = parts.one(parts.workbook, "styles"), paths(parts)
    styles, earlier = Styles(parts[styles_path]), next((path for name, path in sheets.items() if name in SLIPS), "")
    title = slip.campaign.words(SLIP_SHEET)
    before = styles.put_back(looks_before(parts[earlier])) if earlier else {}
    for name, sheet_path in sheets.items():
        if name in SLIPS:
            continue
        if marks.get(name) or earlier:
            _mark(parts, sheet_path, marks.get(name, {}), before, front, styles, title)
    for other in parts.relations(parts.workbook):
        if other.kind in SHEETS and other.target != earlier and b"tabSelected" in parts[other.target]:
            parts[other.target] = unselected(parts[other.target])
    put_in_front(parts, front.written(styles, is_strict=parts.is_strict), title)
    parts[styles_path] = styles.written()
    parts.write(path)


def _mark(
    parts: Parts,
    path: str,
    marks: Mapping[Address, Mark],
    before: Mapping[int, int],
    front: Front,
    styles: Styles,
    title: str,
) -> None:
    """Mark and note the cells of a sheet."""
    sheet = SheetXml(parts[path])
    sheet.restyle(before)
    forget_ours(parts, path, sheet)
    shown: dict[Address, list[Mark]] = {}
    for place, mark in marks.items():
        shown.setdefault(sheet.anchor(place), []).append(mark)
    worst = {at: min((each.severity for each in here), key=RANK.index) for at, here in shown.items()}
    sheet.mark({at: partial(_marked, styles, front, severity) for at, severity in worst.items()})
    says = {at: "\n".join(line for each in here for line in each.messages) for at, here in shown.items()}
    note(parts, path, sheet, says, title)
    parts[path] = sheet.xml


def _marked(styles: Styles, front: Front, severity: Severity, own: int) -> int:
    return styles.marked(own, *front.marks[severity])
