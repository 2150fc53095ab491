"""What a record of a table is, and what its ledgers come to, as formulas: or that Excel cannot know it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.declare import Choice, Column, Measure, Name, Sheet
from pipeline.publish.form.formulas import (
    ALWAYS,
    NEVER,
    ODD_SPACES,
    blank,
    both,
    either,
    filled,
    has,
    pattern,
    quoted,
    unless,
    where,
)
from pipeline.publish.form.wrong import Span, sound

# What no name may have; the night knows more of it.
NO_NAME = '0123456789０１２３４５６７８９、，,；;：:。！!？?/／\\|()（）[]【】<>《》"“”@#$%&*+=_~^①②③④⑤'

Cells = Callable[[str], str]
Spans = Callable[[Column], Span]
"""Gives the first and the last day that a column may hold."""


def is_live(sheet: type[Sheet]) -> str:
    """Name the value that says whether a table can be checked: that it is where it was, and has records and nothing else."""
    return ALWAYS if sheet.is_card() else f"live_{sheet.key()}"


def is_checked(sheet: type[Sheet]) -> bool:
    """Whether Excel can know where the records of a sheet end, and the sheet is filled in by teams."""
    return sheet.options().role != "explanations" and not sheet.options().ends


def begun(sheet: type[Sheet], at: Cells) -> str:
    """Say that a row is a record for certain: something stands there that is no number of the row."""
    if sheet.is_card():
        return ALWAYS
    if record := sheet.options().record:
        return either(*(where(f"ISNUMBER({at(name)})", f"{at(name)}<>0", filled(at(name))) for name in record))
    telling = {name: col for name, col in sheet.columns().items() if name in sheet.telling() and not col.is_computed}
    said = "&".join(map(at, telling))
    for word in dict.fromkeys(word for col in telling.values() for word in col.blanks):
        said = f'SUBSTITUTE({said},{quoted(word)},"")'
    return f"LEN(TRIM({said}))>0" if telling else NEVER


def of_record(sheet: type[Sheet], at: Cells, says: str) -> str:
    """Say something only of records, where not whatever is filled in makes one."""
    return where(begun(sheet, at), says) if sheet.options().record else says


def unsound(col: Column, span: Span, cells: str) -> str:
    """Count, in an array formula, the cells that say something which Excel may read otherwise than the night."""
    return f"SUM(IFERROR(1-({either(blank(cells, col.blanks), sound(col, span, cells))}),1))"


def are_plain(col: Column, cells: str) -> str:
    """Say, in an array formula, that what stands in a column of texts is read to the letter, and is right by itself."""
    least, most, odd = (2, 30, NO_NAME) if issubclass(col.kind, Name) else (1, col.max_length, "")
    is_plain = both(
        f"ISTEXT({cells})", f"LEN({cells})>={least}", f"LEN({cells})<={most}",
        *(unless(has(cells, each)) for each in ODD_SPACES + odd),
    )  # fmt: skip
    return f"SUM(IFERROR(1-({either(f'ISBLANK({cells})', is_plain)}),1))=0"


def asked_for(measure: Measure) -> list[Column]:
    """Give the columns that a measure reads."""
    return [measure.sheet.columns()[name] for name in (*measure.fields, *measure.where)]


def is_measurable(measure: Measure) -> bool:
    """Whether Excel can know what a ledger comes to as the night does."""
    sheet, asked = measure.sheet, asked_for(measure)
    if sheet.is_card() or not is_checked(sheet) or sheet.options().record:
        return False
    if any(each.listed or each.fill_down for each in asked):
        return False
    if begun(sheet, str) == NEVER:
        return False
    return all(issubclass(sheet.columns()[name].kind, Choice) for name in measure.where)


def measured(measure: Measure, span: Spans, at: Cells) -> str:
    """Write what a ledger comes to, in an array formula; "" where the night holds no figure against it. at: whole columns."""
    sheet = measure.sheet
    doubts = [unless(is_live(sheet))]
    for col in asked_for(measure):
        doubts.append(f"{unsound(col, span(col), at(col.field))}>0")
        if col.is_required:
            doubts.append(f"SUM(({begun(sheet, at)})*{blank(at(col.field), col.blanks)})>0")
    return f'IF({either(*doubts)},"",{_total(sheet, measure, at)})'


def _total(sheet: type[Sheet], measure: Measure, at: Cells) -> str:
    terms: Sequence[str] = [
        f"{at(name)},{quoted('=' + pattern(str(sheet.columns()[name].shown(value))))}"
        for name, value in measure.where.items()
    ]
    if measure.field is None:
        return f"COUNTIFS({','.join(terms)})" if terms else f"SUM(--({begun(sheet, at)}))"
    sums = [at(name) for name in measure.fields]
    return "+".join(f"SUMIFS({','.join([each, *terms])})" if terms else f"SUM({each})" for each in sums)
