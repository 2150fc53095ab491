"""Somebody's workbook -> a first campaign folder that passes `lint` and reads that workbook when it is filled in.

look (cells, and what Excel asks of them) ▸ cut (tables, cards, questions) ▸ draft (sheets, kinds, roles) ▸ sums (formulas) ▸
source and folder (files). Nothing is certain: every guess is marked in what is written, with what it was guessed from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.adopt import folder, source
from pipeline.adopt.cut import cut
from pipeline.adopt.draft import drafts
from pipeline.adopt.look import NoFormError, Tab, look
from pipeline.adopt.sums import reckon
from pipeline.adopt.words import NOT_FILLED, is_placeholder
from pipeline.declare.kinds import folded
from pipeline.workspace import add_folders, refuse_another

__all__ = ["Adopted", "NoFormError", "adopt"]

UPPER_ROWS = 6  # that may say what the form is, for whom and for which period


@dataclass(frozen=True)
class Adopted:
    """What was written. sheets: titles, with how many columns each. guesses: how many to review. units: in the register."""

    sheets: dict[str, int]
    other_tabs: tuple[str, ...]
    guesses: int
    left_out: int
    units: int


def adopt(workbook: Path, root: Path, today: dt.date) -> Adopted:
    """Write a campaign folder after a workbook. Raises NoFormError, or WorkspaceError if there is a campaign already."""
    refuse_another(root)
    tabs = look(workbook)
    made = drafts([block for tab in tabs if not _is_other(tab, tabs) for block in cut(tab)])
    if not made:
        raise NoFormError(f"“{workbook.name}”中没有找到表格或要填的栏目。请选一份空白表，或有表头的工作簿。")
    reckon(made)
    in_use = {id(draft.block.tab) for draft in made}
    others = [tab for tab in tabs if id(tab) not in in_use]
    texts = [text for tab in tabs if id(tab) in in_use for text in _upper(tab)]
    title = folder.title_of(made, workbook)
    register, units = folder.register(others, texts)
    blanks, names = list(_placeholders(tabs)), tuple(tab.name for tab in others)
    codes = iter(source.codes(sum(len(draft.rules) for draft in made)))
    files = {f"{draft.name}.py": source.module(draft, codes) for draft in made}
    files["__init__.py"] = folder.form(made, title, texts, blanks, names)
    files["campaign.toml"] = folder.settings(title, texts, today)
    files["teams.csv"] = register
    _write(root, files)
    guesses = sum(text.count(source.REVIEW) for text in files.values())
    sheets = {draft.options["title"]: len(draft.fields) for draft in made}
    return Adopted(sheets, names, guesses, sum(len(draft.left_out) for draft in made), units)


def _write(root: Path, files: dict[str, str]) -> None:
    (root / "schemas").mkdir(parents=True)
    for name, text in files.items():
        (root / "schemas" / name).write_text(text, "utf-8")
    add_folders(root)


def _is_other(tab: Tab, tabs: Sequence[Tab]) -> bool:
    """Whether nobody fills a tab in: it is hidden, called so, or where drop-downs of other tabs have their words."""
    if not tab.is_visible:
        return True
    cells = (at for block in cut(tab) for each in block.entries for at in each.cells)
    waits = bool(tab.demands) or any(tab.is_ready(*at) for at in cells)
    asked = (each for other in tabs if other is not tab for _, each in other.demands)
    is_source = any(each.source is not None and each.source[0] == tab.name for each in asked)
    return not waits and (is_source or bool(NOT_FILLED.search(folded(tab.name))))


def _upper(tab: Tab) -> Iterator[str]:
    return (tab.text(r, c) for r in range(UPPER_ROWS) for c in tab.texts(r))


def _placeholders(tabs: Sequence[Tab]) -> dict[str, None]:
    """Give the words that stand in cells, or in drop-downs, before anyone has filled them in."""
    cells = (cell for tab in tabs for row in tab.rows for cell in row)
    chosen = (each for tab in tabs for _, demand in tab.demands for each in demand.choices)
    return dict.fromkeys(str(each).strip() for each in (*cells, *chosen) if is_placeholder(each))
