"""Where things are in a sender's workbook: which sheet is which, where the headers are, which rows are records.

Sheets and columns are found by what they say (declared titles and aliases, normalised), wherever they have moved to. What
was assumed is said in a NOTE, what is missing or ambiguous in an ERROR. Nothing is typed here; see `parse`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.declare import Form, Sheet
from pipeline.declare.kinds import folded
from pipeline.layout.below import match_answers, read_answers
from pipeline.layout.cards import match_card, read_card
from pipeline.layout.headers import Match, Remark, sheet_names
from pipeline.layout.regions import regions
from pipeline.layout.tables import match_table, read_table
from pipeline.layout.tags import tagged, tags_on_slip
from pipeline.model import Finding, Submission, Table
from pipeline.rawbook import OUR_SHEETS, RawBook, RawSheet
from pipeline.wording import found, told_apart
from pipeline.words import Words

BY_CONTENT = 0.6  # share of a sheet's columns by which it is recognised under a foreign name
COPY = re.compile(r"[-_]?(\(\d+\)|的?副本\d*|复制|copy)$")


@dataclass(frozen=True, slots=True)
class Layout:
    """Tables found in one workbook, in the form's order, and remarks about it."""

    tables: Sequence[Table] = ()
    remarks: Sequence[Remark] = ()

    def content(self, form: Form) -> str:
        """Digest what the return says apart from its cover, wherever it stands; "" if its ledgers are blank."""
        role = {sheet.key(): sheet.options().role for sheet in form.sheets}
        said = {
            table.key: {name: list(cells) for name, cells in table.values.items()}
            for table in self.tables
            if role[table.key] in ("declared", "ledger")
        }
        has_rows = any(table.lines for table in self.tables if role[table.key] == "ledger")
        return hashlib.sha256(repr(sorted(said.items())).encode()).hexdigest() if has_rows else ""


def locate(book: RawBook, form: Form) -> Layout:
    """Find every declared sheet in a workbook."""
    tables: list[Table] = []
    remarks: list[Remark] = []
    others = {sheet: [each for each in form.tabs if each is not sheet and not each.is_card()] for sheet in form.tabs}
    on_slip = tags_on_slip(book)
    for sheet, raws in _assign(book, form).items():
        read = [(raw, *_read(raw, sheet, match, others[sheet])) for raw, match in raws]
        written = [each for each in read if _says_something(each[1])] or read[:1]
        if not written and sheet.options().role != "explanations":
            remarks.append(Remark("S01", "", {"title": sheet.title(), "sheet_key": sheet.key(), "subject": "sheet"}))
        if len(written) > 1:
            names = sheet.wording().listed(raw.name for raw, _, _ in written)
            said = {"title": sheet.title(), "found": names, "value": written[0][0].name, "sheet_key": sheet.key()}
            remarks.append(Remark("S12" if _agree([table for _, table, _ in written]) else "S08", "", said))
        for raw, table, about in written[:1]:
            if folded(raw.name) not in sheet_names(sheet):
                said = {"value": raw.name, "title": sheet.title(), "sheet_key": sheet.key()}
                remarks.append(Remark("S05", raw.name, said))
            tables.append(tagged(table, on_slip.get(sheet.key(), ())))
            remarks.extend(about)
    return Layout(tuple(tables), tuple(remarks))


def layout_findings(submission: Submission, remarks: Sequence[Remark], words: Words) -> list[Finding]:
    """Turn what was remarked about a submission's layout into findings, each with a key of its own."""
    return told_apart(found(each.code, submission, {"sheet": each.sheet, **each.said}, words=words) for each in remarks)


def _says_something(table: Table) -> bool:
    return any(value is not None and value != "" for values in table.values.values() for value in values)


def _agree(tables: Sequence[Table]) -> bool:
    """Whether copies of a sheet say the same, wherever on the sheet they say it."""
    return all(each.values == tables[0].values and not each.errors for each in tables)


def _read(raw: RawSheet, sheet: type[Sheet], match: Match, others: Sequence[type[Sheet]]) -> tuple[Table, list[Remark]]:
    if sheet.options().answers == "below":
        return read_answers(raw, sheet, match)
    return read_card(raw, sheet, match) if sheet.is_card() else read_table(raw, sheet, match, others)


def _match(raw: RawSheet, sheet: type[Sheet]) -> Match:
    if sheet.options().answers == "below":
        return match_answers(raw, sheet)
    return match_card(raw, sheet) if sheet.is_card() else match_table(raw, sheet)


def _assign(book: RawBook, form: Form) -> dict[type[Sheet], list[tuple[RawSheet, Match]]]:
    """Match raw sheets to declared ones: by name (a copy's "(2)" aside), what is left by content, the best fit first."""
    assigned: dict[type[Sheet], list[tuple[RawSheet, Match]]] = {sheet: [] for sheet in form.tabs}
    free: list[RawSheet] = []
    others = {folded(name) for name in (*form.other_tabs, *OUR_SHEETS)}
    for raw in book.sheets:
        if raw.name.startswith("_") or not raw.rows or folded(raw.name) in others:
            continue
        name = COPY.sub("", folded(raw.name))
        sharing = [sheet for sheet in form.tabs if name == folded(sheet.tab())]
        if not any(sheet.options().tab for sheet in sharing):
            sharing = []
        for sheet, part in regions(raw, sharing):
            if (match := _match(part, sheet)).slots:
                assigned[sheet].append((part, match))
        if sharing:
            continue
        named = next((sheet for sheet in form.tabs if name in sheet_names(sheet)), None)
        if named is not None and (match := _match(raw, named)).slots:
            assigned[named].append((raw, match))
        else:
            free.append(raw)
    named_ones = {sheet for sheet, raws in assigned.items() if raws}
    fits = [
        (match.score(sheet), -order, raw.name, raw, sheet, match)
        for raw in free
        for order, sheet in enumerate(form.tabs)
        if (match := _match(raw, sheet)).score(sheet) >= BY_CONTENT
    ]
    fits.sort(key=lambda fit: fit[:3], reverse=True)
    taken: set[str] = set()
    for is_second in (False, True):  # a sheet that is there by name may yet be blank, and filled in under another name
        for _, _, name, raw, sheet, match in fits:
            if name not in taken and (is_second or sheet not in named_ones):
                assigned[sheet].append((raw, match))
                taken.add(name)
    return assigned
