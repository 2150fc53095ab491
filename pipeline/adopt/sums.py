"""Formulas that add -> what must agree: a figure with a ledger's sum (equals), a column with others of its row (a rule)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.adopt.draft import Draft, Field, Ref, Sum
from pipeline.adopt.kinds import NO_CLUE
from pipeline.adopt.look import AREA, LOWEST, area_of
from pipeline.declare import Count, Quantity
from pipeline.declare.kinds import Number
from pipeline.rawbook import Range

MOST_TERMS = 30
BOUNDS = ("ge", "le", "required", "total")  # which are not asked of what the form itself reckons
Term = tuple[int, str, Range]
"""A sign, a tab and a range of it."""

_TERM = re.compile(r"\s*([+-]?)\s*(?:SUM\(([^()]*)\)|(" + AREA.pattern + r"))", re.IGNORECASE)
_WRAPPED = re.compile(r"^(?:ROUND|IFERROR)\((.*),\s*[^,()]*\)$", re.IGNORECASE)
_CRITERIA = re.compile(r'^(COUNTIFS?|SUMIFS?)\(([^"]*),\s*"([^"<>=*?]+)"\s*(?:,([^"]*))?\)$', re.IGNORECASE)
_ROWS = re.compile(r"^(?:COUNTA|ROWS|COUNT)\(([^()]*)\)$", re.IGNORECASE)


def reckon(made: Sequence[Draft]) -> None:
    """Say of each column that the form itself reckons what it must agree with, where that can be said."""
    for draft in made:
        _of_column(draft)
    for draft in made:
        for each in draft.fields:
            formula = next(
                (draft.block.tab.formulas[at] for at in each.entry.cells if at in draft.block.tab.formulas), ""
            )
            if not formula:
                continue
            plain, is_open = _plain(formula), each.why == NO_CLUE
            found = (
                _of_ledger(draft, plain, made) if draft.is_card and (is_open or issubclass(each.kind, Number)) else None
            )
            if found is not None:
                each.kind = found.kind if is_open and found.kind else each.kind
                each.said["equals"] = found
                each.why = f"{each.why}；equals 据公式"
            elif issubclass(each.kind, Number) or is_open:
                _add_up(draft, each, plain)


def _of_column(draft: Draft) -> None:
    """Take a column of a table that nothing is known of for a figure, if the form adds up cells of it."""
    formulas, tab = draft.block.tab.formulas, draft.block.tab.name
    for each in draft.fields if not draft.is_card else ():
        c = each.entry.place[1]
        sums = [formulas[at] for at in (*each.entry.cells, (draft.block.total_row, c)) if at in formulas]
        areas = [area for formula in sums for _, _, area in _terms(_plain(formula), tab)]
        if each.why == NO_CLUE and areas and all(left == right == c for _, left, _, right in areas):
            each.kind, each.why = Quantity, "合计的公式"


def _add_up(draft: Draft, each: Field, formula: str) -> None:
    """Say that a column is the sum of others of its row. A column that nothing else is known of is of their kind."""
    terms = _of_its_row(draft, each, formula)
    if not terms:
        return
    if each.why == NO_CLUE:
        known = [part for _, part in terms if part.why != NO_CLUE]
        if not known:
            return  # nothing tells what is added up
        widest = next((part for part in known if not issubclass(part.kind, Count)), known[0])
        each.kind, each.why = widest.kind, "公式"
        each.said |= {word: widest.said[word] for word in ("unit", "places") if word in widest.said}
    for _, part in terms:
        if part.why == NO_CLUE:
            part.kind, part.why = each.kind, "公式"
            part.said |= {word: each.said[word] for word in ("unit", "places") if word in each.said}
    if not draft.is_card:  # what a formula gives in a row that is not filled in makes it no record
        kept = {word: said for word, said in each.said.items() if word not in BOUNDS}
        each.said = {**kept, "computed": True}
    draft.rules.append(Sum(each, terms))


def _plain(formula: str) -> str:
    plain = formula.lstrip("=+").strip()
    while found := _WRAPPED.match(plain):
        plain = found[1].strip()
    return plain


def _of_ledger(draft: Draft, formula: str, made: Sequence[Draft]) -> Ref | None:
    """Read a formula as the sum of a ledger's column, or as the number of its rows."""
    tab = draft.block.tab.name
    if found := _CRITERIA.match(formula):
        return _of_criteria(draft, found, made)
    if found := _ROWS.match(formula):
        ledger, _ = _column(draft, area_of(found[1], tab), made)
        return Ref(ledger, f"{ledger.name}.count()", Count) if ledger is not None else None
    terms = list(_terms(formula, tab))
    if len(terms) != 1 or terms[0][0] < 0:
        return None
    ledger, column = _column(draft, terms[0][1:], made)
    if ledger is None or column is None or not issubclass(column.kind, Number):
        return None
    return Ref(ledger, f"{ledger.name}.{column.name}.sum()", column.kind)


def _of_criteria(draft: Draft, found: re.Match[str], made: Sequence[Draft]) -> Ref | None:
    """Read COUNTIF(range, "x"), SUMIF(range, "x", range), SUMIFS(range, range, "x")."""
    tab, name = draft.block.tab.name, found[1].upper()
    before, behind = [part for part in found[2].split(",") if part.strip()], found[4] or ""
    asked, added = before[-1], before[0] if name == "SUMIFS" and len(before) == 2 else behind
    ledger, where = _column(draft, area_of(asked, tab), made)
    if ledger is None or where is None or len(before) > 2 or found[3] not in where.said.get("choices", (found[3],)):
        return None
    if name.startswith("COUNT"):
        return Ref(ledger, f'{ledger.name}.count({where.name}="{found[3]}")', Count)
    same, column = _column(draft, area_of(added or asked, tab), made)
    if same is not ledger or column is None or not issubclass(column.kind, Number):
        return None
    return Ref(ledger, f'{ledger.name}.{column.name}.sum({where.name}="{found[3]}")', column.kind)


def _column(draft: Draft, area: tuple[str, Range] | None, made: Sequence[Draft]) -> tuple[Draft | None, Field | None]:
    """Give the ledger and the column that a range, or a cell of a row of sums, stands for."""
    for other in made if area is not None else ():
        if area is None or other.is_card or other.block.tab.name != area[0] or not draft.may_refer_to(other):
            continue
        top, left, low, right = area[1]
        is_sum = (top, left) == (low, right) and top == other.block.total_row
        if found := other.at((top, left)) if is_sum else other.column_of(area[1]):
            return other, found
    return None, None


def _of_its_row(draft: Draft, result: Field, formula: str) -> tuple[tuple[int, Field], ...]:
    """Read a formula as a sum of other columns of the same row, or of the same card; () if it is none."""
    tab = draft.block.tab.name
    at = next(at for at in result.entry.cells if at in draft.block.tab.formulas)
    found: list[tuple[int, Field]] = []
    for sign, name, (top, left, low, right) in _terms(formula, tab):
        if name != tab or low == LOWEST or (low - top + 1) * (right - left + 1) > MOST_TERMS:
            return ()
        for place in ((r, c) for r in range(top, low + 1) for c in range(left, right + 1)):
            each = draft.at(place) if place[1 if draft.is_card else 0] == at[1 if draft.is_card else 0] else None
            if each is None or each is result or not (issubclass(each.kind, Number) or each.why == NO_CLUE):
                return ()
            found.append((sign, each))
    return tuple(found) if len({each.name for _, each in found}) == len(found) > 1 else ()


def _terms(formula: str, tab: str) -> Iterator[Term]:
    """Take a formula of nothing but ranges, SUM(…), + and - apart; gives nothing for any other."""
    terms: list[Term] = []
    behind = 0
    while behind < len(formula):
        found = _TERM.match(formula, behind)
        if found is None or found.end() == behind or (behind and not found[1]):
            return
        sign = -1 if found[1] == "-" else 1
        for part in (found[2] or found[3]).split(","):
            area = area_of(part, tab) if AREA.fullmatch(part.strip()) else None
            if area is None:
                return
            terms.append((sign, *area))
        behind = found.end()
        while behind < len(formula) and formula[behind] == " ":
            behind += 1
    yield from terms
