"""Headers as they come back: how a title is recognised under another width, spacing, unit or wording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pipeline.declare import Column, Sheet
from pipeline.declare.kinds import folded, tidy
from pipeline.declare.titles import header, path_of
from pipeline.frames import Remark
from pipeline.naming import key_name, said

__all__ = [
    "Match", "Remark", "aliases", "as_printed", "filled", "header", "matched", "matched_texts", "nearest", "sheet_names",
    "subject", "titled", "titles", "worded",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    """How a raw sheet fits a declared one.

    slots: field -> column (a card: row). first: first row of data (a card: the column of titles). twice: field -> a second
    place with the same title.
    """

    slots: Mapping[str, int] = field(default_factory=dict)
    first: int = 0
    twice: Mapping[str, int] = field(default_factory=dict)

    def score(self, sheet: type[Sheet]) -> float:
        """Share of the declared columns that were found."""
        return len(self.slots) / len(sheet.columns())


@cache
def sheet_names(sheet: type[Sheet]) -> frozenset[str]:
    """Normalised names under which a sheet's tab may come back."""
    return frozenset(folded(name) for name in (sheet.title(), sheet.options().tab, *sheet.options().aliases) if name)


@cache
def titles(sheet: type[Sheet]) -> dict[str, str]:
    """Normalised title -> field: what stands over a column and its own, and both in one row, where no path ends so."""
    columns = sheet.columns()
    paths = {path_of(col): name for name, col in columns.items()}
    in_one_row = {header(col.title): name for name, col in columns.items() if col.under}
    ends = tuple(paths)
    return {text: name for text, name in in_one_row.items() if not any(path.endswith(text) for path in ends)} | paths


@cache
def aliases(sheet: type[Sheet]) -> dict[str, str]:
    """Normalised alias -> field; a word that is also a title, or the alias of two columns, is nobody's alias."""
    said: dict[str, set[str]] = {}
    for name, col in sheet.columns().items():
        for alias in col.aliases:
            said.setdefault(header(alias), set()).add(name)
    return {word: names.pop() for word, names in said.items() if len(names) == 1 and word not in titles(sheet)}


def matched(cells: Iterable[tuple[int, object]], sheet: type[Sheet]) -> tuple[dict[str, int], dict[str, int]]:
    """Match (place, cell) pairs to fields. Returns field -> place, and field -> second place. A title beats an alias."""
    texts = [(place, cell) for place, cell in cells if isinstance(cell, str) and cell]
    slots, twice = matched_texts([*worded(texts)], sheet)
    for name in [*twice]:  # a sheet's own title may be a column's with more in brackets: 金额（东风镇，2011年3月）
        exact = [place for place, cell in texts if folded(cell) in _printed(sheet)[name]]
        if len(exact) == 1:
            slots[name] = exact[0]
            del twice[name]
    return slots, twice


def worded(cells: Iterable[tuple[int, object]]) -> Iterator[tuple[int, str]]:
    """Give the cells that are texts, normalised as headers."""
    return ((place, header(cell)) for place, cell in cells if isinstance(cell, str) and cell)


def titled(texts: Iterable[tuple[int, str]], sheet: type[Sheet]) -> int:
    """Count the fields whose title, not an alias, is among (place, normalised header) pairs."""
    known = titles(sheet)
    return len({known[text] for _, text in texts if text in known})


def matched_texts(texts: Sequence[tuple[int, str]], sheet: type[Sheet]) -> tuple[dict[str, int], dict[str, int]]:
    """Match (place, normalised header) pairs in the same way. Of several texts of a place, the last that is a title counts."""
    slots: dict[str, int] = {}
    twice: dict[str, int] = {}
    for names in (titles(sheet), aliases(sheet)):
        found: dict[str, int] = {}
        for place, name in {place: name for place, text in texts if (name := names.get(text))}.items():
            if name in found:
                twice[name] = place
            elif name not in slots:
                found[name] = place
        slots.update(found)
    return slots, twice


@cache
def _printed(sheet: type[Sheet]) -> dict[str, frozenset[str]]:
    """Field -> its title as forms print it, folded."""
    units = {name: f"（{col.unit}）" if col.unit else "" for name, col in sheet.columns().items()}
    return {
        name: frozenset(folded(title + unit) for title in (col.title, col.lowest) for unit in ("", units[name]))
        for name, col in sheet.columns().items()
    }


def as_printed(row: Iterable[object], sheet: type[Sheet]) -> bool:
    """Whether a row has a title of the sheet letter by letter."""
    texts = {folded(cell) for cell in row if isinstance(cell, str) and cell}
    return any(not texts.isdisjoint(printed) for printed in _printed(sheet).values())


def filled(row: Sequence[Any], slot: int) -> bool:
    """Whether a row has anything but white space at a place."""
    cell = row[slot] if slot < len(row) else None
    return cell is not None and (not isinstance(cell, str) or (bool(cell) and bool(tidy(cell))))


def subject(*cells: object) -> str:
    """Name what a remark is about by what stands there, wherever that is; the same said twice is told apart later."""
    return key_name(" ".join(text for cell in cells if (text := said(cell))))


def nearest(wanted: Column, others: Iterable[str]) -> str:
    """Suggest the header that a missing column may stand under, in words; "" if none is near. Never an answer."""
    from rapidfuzz import fuzz, process

    choices = list(others)
    hits = [process.extractOne(name, choices, scorer=fuzz.ratio) for name in (str(wanted.title), *wanted.aliases)]
    best = max((hit for hit in hits if hit), key=lambda hit: hit[1], default=None)
    return wanted.words("（表中有一栏“{other}”，是否为本栏？）", other=best[0]) if best and best[1] >= 50 else ""
