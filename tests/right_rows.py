"""Right rows for any form: what a team may report."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from filling_times import Row, Rows, allowed, bounds, can_be_nil, fits, is_zero_when_nil, nothing
from hypothesis import assume
from hypothesis import strategies as st

from pipeline.campaign import Campaign
from pipeline.declare import Column, Form, Sheet
from pipeline.declare.kinds import folded
from pipeline.model import Period, Team

Keeps = Callable[[str, Row, Rows], bool]
WORDS = "王家冲组项目走访东西南北甲乙丙abcXYZ0123456789 -_/.:：、，（）()%￥℃*—“”"
HAN = "王李张刘陈杨赵黄周吴欧阳修明芳丽强"
ODD = (
    "合计", "小计", "合计数", "本页合计", "注：已核", "说明", "说明：无", "备注：无", "填表人：王", "无", "—", "/", "同上", "例", "示例", "（示例）", "（无）",
    "1", "2", "12", "1.5", "2024-03-01", "2024年3月1日", "是", "否", "元", "万元", "人", "年-月-日", "单位：元", "序号", "项目", "数量", "一、人员", "支出",
    "=1+1", "#REF!", "TRUE", "甲", "乙", "按实填写", "请选择一项", "e", "1e5", "'", "a\nb", "*", "()", "No.", "_meta",
)  # fmt: skip
MADE = {
    r"\d{4}-\d{3}": st.builds("{:04d}-{:03d}".format, st.integers(0, 9999), st.integers(0, 999)),
    r"[A-Z]\d{2,4}": st.builds("{}{:02d}".format, st.sampled_from("ABCXYZ"), st.integers(0, 9999)),
    r"(?:甲|乙)\d+号": st.builds("{}{}号".format, st.sampled_from("甲乙"), st.integers(0, 10**6)),
    r"[a-z]+": st.text("abcxyz", min_size=1, max_size=9),
    r"\w{2,6}": st.text("ab12王项_", min_size=2, max_size=6),
    "A|B": st.sampled_from("AB"),
}


def right_rows(draw: Any, campaign: Campaign, period: Period, team: Team, keeps: Keeps = lambda *_: True) -> Rows:
    """Draw what a team reports: rows by sheet key, a card's one per record. campaign: as it is in the period.

    keeps: whether a row of a sheet, by key, keeps the campaign's rules beside the sheets that are filled in already.
    """
    form, rows, is_first = campaign.form, Rows(), campaign.before(period) is None
    own = {"team": team.code, "team_name": team.name, "period": period.title, "form": form.number, "nil": "否"}
    if form.column_in_role("nil") and can_be_nil(form) and draw(st.integers(0, 2)) == 0:
        own["nil"] = "是"
    for sheet in sorted(form.tabs, key=lambda each: _depth(each, form)):
        make = partial(_row, draw, sheet, campaign, period, rows, own)
        one = partial(_fitting, make, sheet.key(), rows, keeps)
        if sheet.is_card():
            rows[sheet.key()] = _card(sheet, one, is_first=is_first)
        elif sheet.options().role == "explanations" or nothing(own["nil"], sheet, form):
            rows[sheet.key()] = []
        else:
            rows[sheet.key()] = _table(draw, sheet, one)
    _add_up(form, rows, is_first=is_first)
    indicators = form.declared.columns().values() if form.declared.key() in rows else ()
    assume(all(fits(col, row[col.field]) for col in indicators for row in rows[form.declared.key()]))
    return rows


def _table(draw: Any, sheet: type[Sheet], one: Callable[[], Row | None]) -> list[Row]:
    least, most = sheet.options().at_least, sheet.options().at_most
    count = draw(st.integers(least, max(least, 4) if most is None else most))
    spare = 2 if least else 0  # some may turn out to be none
    drawn = _told_apart(sheet, [row for _ in range(count + spare) if (row := one()) is not None])[:count]
    assume(len(drawn) >= least)
    return drawn


def _card(sheet: type[Sheet], one: Callable[[], Row | None], *, is_first: bool) -> list[Row]:
    records, options = [*(sheet.options().records or {})], sheet.options()
    drawn = [row for _ in records if (row := one()) is not None]
    assume(len(drawn) == len(records))
    if options.this_period and is_first:  # all that there is, it brought
        drawn[records.index(options.cumulative)] = dict(drawn[records.index(options.this_period)])
    assume(all(_is_once(drawn, (name,)) for name, col in sheet.columns().items() if col.is_unique))
    return drawn


def _fitting(make: Callable[[], Row | None], key: str, rows: Rows, keeps: Keeps) -> Row | None:
    """Make a row until it keeps the rules, four times at most."""
    made = (make() for _ in range(4))
    return next((row for row in made if row is not None and keeps(key, row, rows)), None)


def _depth(sheet: type[Sheet], form: Form) -> int:
    """How many references lead on from a sheet: what is referred to is filled in first."""
    others = {col.in_column.owner for col in sheet.columns().values() if col.in_column} - {sheet}
    return 1 + max((_depth(each, form) for each in others), default=0)


def _row(
    draw: Any, sheet: type[Sheet], campaign: Campaign, period: Period, rows: Rows, own: Mapping[str, str]
) -> Row | None:
    row: Row = {}
    for name, col in sheet.columns().items():
        if col.role in own:
            row[name] = own[col.role]
        elif col.kind.__name__ == "Serial":
            continue
        elif not col.is_required and draw(st.booleans()):
            row[name] = None
        elif col.in_column is not None:
            listed = [
                value for each in rows[col.in_column.owner.key()] if (value := each[str(col.in_column)]) is not None
            ]
            if not listed and col.is_required:
                return None
            row[name] = draw(st.sampled_from(listed)) if listed else None
        elif col.in_list:
            continue
        elif own["nil"] == "是" and is_zero_when_nil(col):
            row[name] = 0
        else:
            row[name] = draw(values(col, campaign, period))
    for name, col in sheet.columns().items():
        if col.in_list and name not in row:  # what may stand there depends on the others
            row[name] = draw(
                st.sampled_from([value for value in allowed(campaign, col, row) if not col.is_blank(value)])
            )
    row = {name: row[name] for name in sheet.columns() if name in row}
    return row if sheet.is_card() or (is_record(sheet, row) and not is_structure(sheet, row)) else None


def is_record(sheet: type[Sheet], row: Row) -> bool:
    """Whether a row says something in what makes it a record: anything that the form has not filled in by itself."""
    return any(not is_nothing(row.get(name)) for name in sheet.options().record) or (
        not sheet.options().record and says_something(sheet, row)
    )


def says_something(sheet: type[Sheet], row: Row) -> bool:
    """Whether something was typed in a row. Where fields make a record, 0 and what was chosen beside them is no such thing."""
    record = sheet.options().record
    return any(
        (not is_nothing(value) if record else value is not None)
        for name, value in row.items()
        if name in record or not _stands_beforehand(sheet.columns()[name])
    )


def _stands_beforehand(col: Column) -> bool:
    """Whether what stands in a column says nothing of its row: a number, a formula, a choice where fields make a record."""
    is_chosen = bool(col.sheet.options().record) and col.kind.__name__ in ("Choice", "YesNo")
    return col.is_computed or is_chosen or col.kind.__name__ == "Serial"


def is_nothing(value: Any) -> bool:
    """Whether a value is blank, or what a formula gives for what is blank."""
    return value is None or value == 0


def is_structure(sheet: type[Sheet], row: Row) -> bool:
    """Whether a row looks like what is no record, to a person too: a sum, units, numbers of columns, an example, a signature."""
    cells = [folded(str(value)) for value in row.values() if value is not None]
    has_numbers = any(col.kind.numeric for col in sheet.columns().values())
    is_sum = any(word in cell for cell in cells for word in ("合计", "小计")) and (
        has_numbers or len(cells) < len(sheet.columns())
    )
    is_head = cells[0] in ("例", "示例", folded(sheet.options().total_row)) or all(
        cell[0] == "(" and cell[-1] == ")" for cell in cells
    )
    ends = folded(sheet.options().ends)
    is_end = bool(ends) and (ends in cells or (len(cells) <= 2 and any(cell.startswith(ends) for cell in cells)))
    is_foot = is_end or cells[0].startswith(("注:", "说明:", "备注:", "填表人:")) or cells == ["2024年3月1日"]
    units = {
        "元",
        "万元",
        "人",
        "—",
        "-",
        "/",
        "年-月-日",
        "单位:元",
        *(folded(col.unit) for col in sheet.columns().values()),
    }
    numbers = [cell.removesuffix(".0") for cell in cells]
    is_numbering = numbers[0] in ("1", "2") and numbers == [str(n + int(numbers[0])) for n in range(len(cells))]
    return is_sum or is_head or is_foot or is_numbering or all(cell in units for cell in cells)


def _told_apart(sheet: type[Sheet], rows: Sequence[Row]) -> list[Row]:
    """Leave out rows that say again what must come once, or all that another says; number the others."""
    serials = [name for name, col in sheet.columns().items() if col.kind.__name__ == "Serial"]
    once = [(name,) for name, col in sheet.columns().items() if col.is_unique] + [*sheet.options().unique]
    whole = tuple(name for name in sheet.columns() if name not in serials and name != sheet.options().key)
    kept: list[Row] = []
    for row in rows:
        row = row | {name: str(len(kept) + 1) for name in serials}
        if (
            all(_is_once([*kept, row], names) for names in once)
            and whole
            and _is_once([*kept, row], whole, blanks=True)
        ):
            kept.append({name: row[name] for name in sheet.columns()})
    return kept


def _is_once(rows: Sequence[Row], names: Sequence[str], *, blanks: bool = False) -> bool:
    said = [tuple(row[name] for name in names) for row in rows]
    told = Counter(each for each in said if blanks or None not in each)
    return max(told.values(), default=0) <= 1


def _add_up(form: Form, rows: Rows, *, is_first: bool) -> None:
    """Write into the totalled record what ledgers come to; in the first period that is what the period brought."""
    for sheet in form.tabs:
        for name, col in sheet.columns().items():
            if (measure := col.equals) is None:
                continue
            parts = [
                1 if measure.field is None else Decimal(repr(row[other]))
                for row in rows[measure.sheet.key()]
                if all(row[other] == value for other, value in measure.where.items())
                for other in measure.fields or ("",)
                if measure.field is None or row[other] is not None
            ]
            options, total = sheet.options(), sum(parts)
            told = dict(zip(options.records or {}, rows[sheet.key()], strict=True))
            told[form.total_record][name] = float(total) if col.kind.__name__ != "Count" else int(total)
            if is_first and options.this_period:
                told[options.this_period][name] = told[options.cumulative][name]


def values(col: Column, campaign: Campaign, period: Period) -> st.SearchStrategy[Any]:
    """Give right values of a column, as Excel holds them."""
    match col.kind.__name__:
        case "Count":
            return st.integers(*map(int, bounds(col, 0, -1000, 10**6)))
        case "Money" | "Quantity":
            return st.decimals(*bounds(col, col.places, -1000, 10**6), places=col.places).map(float)
        case "Percent":
            return st.decimals(*bounds(col, 4, -1, 1), places=4).map(float)
        case "Day" | "YearMonth":
            first, last = col.span(*campaign.span(period))
            days = st.dates(first, min(last, period.due) if col.le == "received" else last)
            is_month = col.kind.__name__ == "YearMonth"
            return days.map(lambda day: _midnight(day.replace(day=1) if is_month else day))
        case "Choice" | "YesNo":
            return st.sampled_from([choice for choice in col.choices if not col.is_blank(choice)])
        case "Name":
            return st.text(HAN, min_size=2, max_size=4) | st.sampled_from(
                ("John Smith", "阿依古丽·买买提", "Anne-Marie O'Neil")
            )
        case "Phone":
            return st.one_of(
                st.integers(0, 10**8 - 1).map("138{:08d}".format),
                st.integers(0, 10**7 - 1).map("0746-8{:07d}".format).map(lambda text: text[:12]),
            )
        case "Email":
            return st.text("abcxyz09._-", min_size=1, max_size=12).map("{}@example.com".format)
        case "Code":
            return _texts(col, MADE.get(col.pattern, st.text("ABCXYZ0129-._/", min_size=1, max_size=10)))
    free = st.text(WORDS, min_size=1, max_size=min(col.max_length, 12))
    words = st.sampled_from(
        (*ODD, col.title[:8], *(choice for each in col.sheet.columns().values() for choice in each.choices))
    )
    return _texts(col, MADE.get(col.pattern, free | free | words.filter(lambda word: len(word) <= col.max_length)))


def _texts(col: Column, texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    usual = texts.map(lambda text: text.strip()).filter(lambda text: bool(text) and not col.is_blank(text))
    return usual.filter(lambda text: len(text) <= col.max_length and len(text.split()) <= (col.max_words or len(text)))


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())
