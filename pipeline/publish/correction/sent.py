"""The file that a team sent, where the form is somebody else's: its correction is a marked copy of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from xlsxwriter.utility import quote_sheetname, xl_cell_to_rowcol

from pipeline.campaign import Campaign
from pipeline.declare import Severity
from pipeline.model import Submission
from pipeline.naming import tag_rows
from pipeline.publish.correction.returned import SheetRows
from pipeline.publish.correction.slip import FIXED, Repair, Slip, Way, grouped, noted
from pipeline.publish.form.columns import column
from pipeline.publish.form.sheet import Mark
from pipeline.publish.marked.copy import write_copy
from pipeline.publish.marked.front import NamedRow
from pipeline.publish.marked.splice import UneditableError
from pipeline.rawbook import Address
from pipeline.words import Words

# What is let out where a package is not as it should be: no file, no number where one belongs, no such attribute or style.
_UNEDITABLE = (UneditableError, OSError, ValueError, LookupError)


@dataclass(frozen=True, slots=True)
class Sent:
    """What a team sent last. path: in the archive. rows: what names the rows of its tables."""

    path: Path
    sha256: str
    rows: Sequence[NamedRow]

    @classmethod
    def of(cls, campaign: Campaign, latest: Submission, sheets: Mapping[str, SheetRows]) -> Self:
        """Give what was sent, and name its rows as they are named now."""
        rows: list[NamedRow] = []
        for key, sheet in sheets.items():
            telling = campaign.form.sheet(key).telling()
            tags = tag_rows(sheet.names, [column(sheet.rows, field) for field in telling])
            rows += [NamedRow(key, place + 1, tag) for place, tag in zip(sheet.places, tags, strict=False)]
        return cls(campaign.root / latest.path, latest.sha256, rows)

    def write_marked(self, path: Path, slip: Slip, repairs: Sequence[Repair]) -> bool:
        """Write the marked copy. Gives False, and writes nothing, if no copy of this file can be marked."""
        here = [_in_file(each) for each in repairs]
        try:
            content = self.path.read_bytes()
            if hashlib.sha256(content).hexdigest() != self.sha256:
                return False
            marks = _marks(here, slip.campaign.words)
            write_copy(path, content, replace(slip, repairs=grouped(here), way=Way.COPY), marks, self.rows)
        except _UNEDITABLE:
            return False
        return True


def _in_file(repair: Repair) -> Repair:
    """Name the place in the sender's own file. What is fixed stood in another one."""
    finding = repair.finding
    if repair.state == FIXED:
        return repair
    if not finding.sheet:
        return replace(repair, link="")
    link = f"internal:{quote_sheetname(finding.sheet)}!{finding.cell or 'A1'}"
    return replace(repair, place=f"{finding.sheet} {finding.cell}".rstrip(), link=link)


def _marks(repairs: Sequence[Repair], words: Words) -> dict[str, dict[Address, Mark]]:
    """Say which cells are marked, and what their notes say."""
    marks: dict[str, dict[Address, Mark]] = {}
    for each in (repair.finding for repair in repairs if repair.state != FIXED and repair.finding.cell):
        place, sheet = xl_cell_to_rowcol(each.cell), marks.setdefault(each.sheet, {})
        before = sheet.get(place, Mark(Severity.QUERY, ()))
        worst = Severity.ERROR if Severity.ERROR in (each.severity, before.severity) else Severity.QUERY
        sheet[place] = Mark(worst, (*before.messages, noted(each, words)))
    return marks
