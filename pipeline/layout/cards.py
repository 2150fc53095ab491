"""Cards: titles run down one column, and one column of values stands for each record (a cover, a list of indicators)."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.declare import Sheet
from pipeline.declare.kinds import tidy
from pipeline.layout.headers import Match, Remark, filled, header, matched
from pipeline.layout.surroundings import stray
from pipeline.layout.units import on_card, other_units
from pipeline.model import Table
from pipeline.rawbook import RawSheet

LONGEST, WIDEST = 200, 50  # a card larger than this is not one


def match_card(raw: RawSheet, sheet: type[Sheet]) -> Match:
    """Find the column in which most titles stand."""
    best = Match()
    for c in range(min(len(raw.rows[0]) if raw.rows else 0, WIDEST)):
        slots, twice = matched(((r, row[c]) for r, row in enumerate(raw.rows[:LONGEST]) if c < len(row)), sheet)
        if len(slots) > len(best.slots):
            best = Match(slots, c, twice)
    return best


def read_card(raw: RawSheet, sheet: type[Sheet], match: Match) -> tuple[Table, list[Remark]]:
    """Take the values beside the titles, one record per declared header."""
    top = min(match.slots.values(), default=0)
    places = _records(raw, sheet, match, top)
    lines = list(places.values())
    values = {
        name: [raw.rows[r][c] if c < len(raw.rows[r]) else None for c in lines] for name, r in match.slots.items()
    }
    table = Table(sheet.key(), raw.name, lines, match.slots, values, tuple(places), raw.errors, is_card=True)
    return table, [*_about_titles(raw, sheet, match, places), *_about_others(raw, sheet, match, places, top)]


def _records(raw: RawSheet, sheet: type[Sheet], match: Match, top: int) -> dict[str, int]:
    """Record -> column. A card with a single record may come back without its header: the values stand beside the titles."""
    records = sheet.options().records or {}
    heads = {
        header(cell): c
        for row in (*raw.rows[top : top + 1], *raw.rows[:top])  # above the first field; a value there may say the same
        for c, cell in enumerate(row)
        if isinstance(cell, str) and cell and c > match.first
    }
    places = {record: heads[header(title)] for record, title in records.items() if header(title) in heads}
    return places or ({next(iter(records)): match.first + 1} if len(records) == 1 else {})


def _about_titles(raw: RawSheet, sheet: type[Sheet], match: Match, places: Mapping[str, int]) -> list[Remark]:
    key = sheet.key()
    missing = [
        Remark("S02", raw.name, {"title": title, "found": "", "sheet_key": key, "subject": record})
        for record, title in (sheet.options().records or {}).items()
        if record not in places
    ]
    for name, col in sheet.columns().items():
        said = {"title": col.title, "sheet_key": key, "field": name, "column": str(col.title)}
        if name not in match.slots:
            missing.append(Remark("S02", raw.name, {**said, "found": ""}))
        if name in match.twice:
            rows = col.words("第 {row} 行和第 {other} 行", row=match.slots[name] + 1, other=match.twice[name] + 1)
            missing.append(Remark("S03", raw.name, {**said, "found": rows}))
    return [*missing, *other_units(raw, sheet, on_card(raw, sheet, match, places.values()))]


def _about_others(raw: RawSheet, sheet: type[Sheet], match: Match, places: Mapping[str, int], top: int) -> list[Remark]:
    """Say which titles nobody asked for have values, and what stands beside the form's columns in the rows of its titles."""
    known = {*match.slots.values(), *match.twice.values()}
    others = [
        tidy(str(row[match.first]))
        for r, row in enumerate(raw.rows[top:], top)
        if r not in known and filled(row, match.first) and any(filled(row, c) for c in places.values())
    ]
    headed = {match.first, *places.values()} | {c for row in raw.rows[:top] for c in range(len(row)) if filled(row, c)}
    if not any(sheet.columns()[name].unit == "" for name in match.slots):
        headed.add(match.first + 1)  # units, whatever stands above them
    beside = [
        stray(raw, sheet, r, c)
        for r in sorted(match.slots.values())
        for c in range(match.first + 1, len(raw.rows[r]))
        if c not in headed and (filled(raw.rows[r], c) or (r, c) in raw.errors)
    ]
    return [
        *(Remark("S04", raw.name, {"value": text, "sheet_key": sheet.key(), "subject": text}) for text in others),
        *beside,
    ]
