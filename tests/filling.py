"""Right rows for any form, and forms filled in as a person does who looks for titles on the page: not with our layout code."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, assume, settings
from hypothesis import strategies as st
from openpyxl.cell import Cell
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.batch import Origin, parse_returns
from pipeline.campaign import Campaign
from pipeline.declare import Column, Form, Sheet
from pipeline.declare.kinds import folded
from pipeline.examine import examine
from pipeline.frames import ParsedReturn
from pipeline.identify import identify
from pipeline.model import Finding, Period, Submission, Team

Row = dict[str, Any]
Rows = dict[str, list[Row]]
Spot = tuple[str, str]
"""Name of a tab, and the A1 address of a cell on it."""
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


# ------------------------------------------------------------------------------------------------------ right rows


def right_rows(draw: Any, campaign: Campaign, period: Period, team: Team) -> Rows:
    """Draw what a team reports: rows by sheet key, a card's one per record."""
    form, rows = campaign.form, Rows()
    own = {"team": team.code, "team_name": team.name, "period": period.title, "form": form.number}
    for sheet in sorted(form.tabs, key=lambda each: _depth(each, form)):
        records = sheet.options().records
        count = len(records) if records is not None else draw(st.integers(0, 4))
        drawn = [_row(draw, sheet, campaign, period, rows, own) for _ in range(count)]
        drawn = [row for row in drawn if row is not None]
        assume(records is None or len(drawn) == count)
        if records is None:
            drawn = _told_apart(sheet, drawn)
        elif sheet.options().this_period and count > 1:
            drawn = [dict(drawn[-1]) for _ in drawn]
            assume(not any(col.is_unique for col in sheet.columns().values()))
        else:
            assume(all(_is_once(drawn, (name,)) for name, col in sheet.columns().items() if col.is_unique))
        rows[sheet.key()] = drawn
    _add_up(form, rows)
    return rows


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
        else:
            row[name] = draw(values(col, campaign, period))
    is_record = sheet.is_card() or (any(value is not None for value in row.values()) and not is_structure(sheet, row))
    return row if is_record else None


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
    is_foot = cells[0].startswith(("注:", "说明:", "备注:", "填表人:")) or cells == ["2024年3月1日"]
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


def _add_up(form: Form, rows: Rows) -> None:
    """Write into the totalled record what ledgers come to; a record of the period says the same as that of all periods."""
    for sheet in form.tabs:
        for name, col in sheet.columns().items():
            if (measure := col.equals) is None:
                continue
            parts = [
                1 if measure.field is None else Decimal(repr(row[measure.field]))
                for row in rows[measure.sheet.key()]
                if all(row[other] == value for other, value in measure.where.items())
                and (measure.field is None or row[measure.field] is not None)
            ]
            records, total = [*(sheet.options().records or {})], sum(parts)
            for record, row in zip(records, rows[sheet.key()], strict=True):
                if record == form.total_record or sheet.options().this_period:
                    row[name] = float(total) if col.kind.__name__ != "Count" else int(total)


def values(col: Column, campaign: Campaign, period: Period) -> st.SearchStrategy[Any]:
    """Give right values of a column, as Excel holds them."""
    match col.kind.__name__:
        case "Count":
            low, high = _bounds(col, -1000, 10**6)
            return st.integers(int(low), int(high))
        case "Money" | "Quantity":
            low, high = _bounds(col, -1000, 10**6)
            return st.decimals(low, high, places=col.places).map(float)
        case "Percent":
            low, high = _bounds(col, -1, 1)
            return st.decimals(str(low), str(high), places=4).map(float)
        case "Day":
            return st.dates(*col.span(*campaign.span(period))).map(_midnight)
        case "YearMonth":
            return st.dates(*col.span(*campaign.span(period))).map(lambda day: _midnight(day.replace(day=1)))
        case "Choice" | "YesNo":
            choices = col.listed.allowed(campaign.teams[0].code) if col.listed else col.choices
            return st.sampled_from([choice for choice in choices if not col.is_blank(choice)])
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
    return usual.filter(lambda text: len(text) <= col.max_length)


def _bounds(col: Column, low: int, high: int) -> tuple[Any, Any]:
    return (col.ge if col.ge is not None else min(low, col.le or low)), (
        col.le if col.le is not None else max(high, col.ge or high)
    )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())


# ------------------------------------------------------------------------------------------------ filling them in


@dataclass
class Filled:
    """A filled workbook. cells: (sheet key, record, field) -> its cell. sums: (sheet key, field) -> cell of a printed sum.

    merged: cells of which several rows have one.
    """

    book: Workbook
    cells: dict[tuple[str, int, str], Spot] = field(default_factory=dict)
    sums: dict[tuple[str, str], Spot] = field(default_factory=dict)
    merged: set[Spot] = field(default_factory=set)

    def put(self, spot: Spot, value: Any) -> None:
        """Write one cell."""
        self.book[spot[0]][spot[1]] = value


class NotFoundError(AssertionError):
    """A person does not find on the page where something belongs."""


def fill(book: Workbook, form: Form, rows: Rows, only: tuple[str, int, str] | None = None) -> Filled:
    """Fill a blank in, at the places where titles stand on its pages. only: that cell, and the sums."""
    filled = Filled(book)
    for sheet in form.tabs:
        page = book[sheet.title()] if sheet.title() in book.sheetnames else book[sheet.tab()]
        part = Page(page, sheet, form)
        for number, row in enumerate(rows[sheet.key()]):
            for name, value in row.items():
                cell = part.cell(number, name)
                filled.cells[sheet.key(), number, name] = page.title, cell.coordinate
                if value is not None if only is None else only == (sheet.key(), number, name):
                    _write(cell, value)
        for name, cell in part.sums():
            filled.sums[sheet.key(), name] = page.title, cell.coordinate
            cell.value = total_of(rows[sheet.key()], name)
    return filled


def total_of(rows: Sequence[Row], name: str) -> float:
    return float(sum(Decimal(repr(row[name])) for row in rows if row[name] is not None))


def _write(cell: Cell, value: Any) -> None:
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # also what begins with =
        cell.number_format = "@"
    elif isinstance(value, dt.datetime):
        cell.number_format = "yyyy-mm-dd"


class Page:
    """One sheet of the form on its page, as a person sees it."""

    def __init__(self, page: Worksheet, sheet: type[Sheet], form: Form) -> None:
        self.page, self.sheet = page, sheet
        self.covered = {
            (r, c): (each.min_row, each.min_col)
            for each in page.merged_cells.ranges
            for r in range(each.min_row, each.max_row + 1)
            for c in range(each.min_col, each.max_col + 1)
        }
        self.top, self.end = self._part(form)
        self.titles = self._titles()
        if missing := [name for name in sheet.columns() if name not in self.titles]:
            raise NotFoundError(f"{sheet.title()}: {[sheet.columns()[name].heading for name in missing]}")

    def text(self, r: int, c: int) -> str:
        """Give what stands in a cell, or in the merged one that it belongs to."""
        value = self.page.cell(*self.covered.get((r, c), (r, c))).value
        return value.strip() if isinstance(value, str) else ""

    def _part(self, form: Form) -> tuple[int, int]:
        """From which row to which the sheet reaches on a tab that it shares."""
        heads = [
            each.options().begins for each in form.tabs if each.tab() == self.sheet.tab() and each.options().begins
        ]
        if self.page.title == self.sheet.title() != self.sheet.tab() or not heads:
            return 3, self.page.max_row
        at = {
            head: r
            for head in heads
            for r in range(1, self.page.max_row + 1)
            if self.text(r, 1).split("\n")[0] == head.strip()
        }
        top = at[self.sheet.options().begins] + 1 if self.sheet.options().begins else 3
        return top, min((r - 1 for r in at.values() if r >= top), default=self.page.max_row)

    def _titles(self) -> dict[str, tuple[int, int]]:
        """Find each title: where most of the titles stand, in one row or, on a card, in one column."""
        found: list[tuple[str, int, int]] = []
        for r in range(self.top, self.end + 1):
            for c in range(1, self.page.max_column + 1):
                if self.page.cell(r, c).value is not None or (r, c) in self.covered:
                    found += [(name, r, c) for name, col in self.sheet.columns().items() if self._is_title(r, c, col)]
        if self.sheet.is_card() and self._is_below():
            return {name: (r, c) for name, r, c in reversed(found)}
        line = 2 if self.sheet.is_card() else 1
        most = Counter(
            {at: len({each[0] for each in found if each[line] == at}) for at in {each[line] for each in found}}
        )
        best = min((at for at in most if most[at] == max(most.values())), default=0)
        return {name: (r, c) for name, r, c in reversed(found) if (r, c)[line - 1] == best}

    def _is_title(self, r: int, c: int, col: Column) -> bool:
        text, lower = self.text(r, c), self.text(r + 1, c)
        if (
            not self.sheet.is_card()
            and (r + 1, c) in self.covered
            and self.covered[r + 1, c] == self.covered.get((r, c))
        ):
            return False  # its lowest row is looked at
        if text == col.heading.strip() or text == col.title.strip():
            return True
        unit = f"（{col.unit}）" if col.unit else ""
        if not col.under or text not in (col.lowest.strip() + unit, col.lowest.strip()) or lower == text:
            return False
        above = [self.text(up, c) for up in range(r - 1, max(r - 6, 0), -1)]
        return [each for n, each in enumerate(above) if each and each not in above[:n]][: len(col.under)] == [
            each.strip() for each in reversed(col.under)
        ]

    def _is_below(self) -> bool:
        heads = {*(self.sheet.options().records or {}).values()}
        rows = [{self.text(r, c) for c in range(1, self.page.max_column + 1)} for r in range(self.top, self.end + 1)]
        return self.sheet.options().answers == "below" and not any(
            heads | {self.sheet.card_heads()[0]} <= row for row in rows
        )

    @property
    def _total_row(self) -> int:
        """The row of sums under the header, 0 if there is none."""
        word, head = self.sheet.options().total_row, max(r for r, _ in self.titles.values())
        if not word:
            return 0
        return next(r for r in range(head + 1, self.page.max_row + 1) if self.text(r, 1) == word.strip())

    def cell(self, record: int, name: str) -> Cell:
        """Give the cell into which a value belongs."""
        r, c = self.titles[name]
        if not self.sheet.is_card():
            top = self._total_row or max(row for row, _ in self.titles.values())
            return self.page.cell(top + 1 + record, c)
        if self._is_below():
            bottom = max(
                row for row, column in [(r, c), *(at for at, first in self.covered.items() if first == (r, c))]
            )
            return self.page.cell(bottom + 1, c)
        head = [*(self.sheet.options().records or {}).values()][record]
        first = min(row for row, _ in self.titles.values())
        columns = [at for at in range(c + 1, self.page.max_column + 1) if self.text(first - 1, at) == head.strip()]
        return self.page.cell(r, columns[0])

    def sums(self) -> Iterator[tuple[str, Cell]]:
        """Give the cells of the row of sums."""
        if not self.sheet.is_card() and self.sheet.options().total_row:
            for name, (_, c) in self.titles.items():
                if self.sheet.columns()[name].kind.numeric and c > 1:
                    yield name, self.page.cell(self._total_row, c)


# ------------------------------------------------------------------------------------- forms that somebody else drew


def drawn(draw: Any, form: Form, rows: Rows, team: Team, period: Period) -> Filled:
    """Draw the form as it is declared, with headers of several rows, shared tabs and answers below, and fill it in."""
    filled = Filled(Workbook())
    assert filled.book.active is not None
    filled.book.remove(filled.book.active)
    for sheet in form.tabs:
        if sheet.tab() not in filled.book.sheetnames:
            page = filled.book.create_sheet(sheet.tab())
            page["A1"] = f"{sheet.tab()}（{team.name}，{period.title}）"
        page = filled.book[sheet.tab()]
        r = page.max_row + 1 + draw(st.integers(0, 2))
        if begins := sheet.options().begins:
            page.cell(r, 1, begins)
            r += 1
        _draw(draw, _Pen(page, filled, sheet, rows[sheet.key()], draw(st.integers(0, 2))), r)
    return filled


@dataclass
class _Pen:
    page: Worksheet
    filled: Filled
    sheet: type[Sheet]
    rows: Sequence[Row]
    left: int = 0  # blank columns beside it

    def write(self, r: int, c: int, text: str | None) -> None:
        """Print a text in a column of the sheet, from 1."""
        self.page.cell(r, self.left + c, text)

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        """Merge cells of the sheet."""
        self.page.merge_cells(
            start_row=top, start_column=self.left + left, end_row=bottom, end_column=self.left + right
        )

    def put(self, r: int, c: int, number: int, name: str) -> None:
        value = self.rows[number][name]
        cell = self.page.cell(r, self.left + c)
        self.filled.cells[self.sheet.key(), number, name] = self.page.title, cell.coordinate
        if value is not None:
            _write(cell, value)


def _draw(draw: Any, pen: _Pen, r: int) -> None:
    sheet, options = pen.sheet, pen.sheet.options()
    if not sheet.is_card():
        _draw_table(draw, pen, r)
    elif options.answers == "below":
        for number, (name, col) in enumerate(sheet.columns().items()):
            at = r + 3 * (number // 2), 1 + 3 * (number % 2)
            pen.write(*at, _title(draw, col))
            pen.put(at[0] + 1, at[1], 0, name)
    else:
        records = [*(options.records or {}).values()]
        has_units = any(col.unit for col in sheet.columns().values())
        heads = [*sheet.card_heads()[: 1 + has_units], *records]
        for c, head in enumerate(heads, 1):
            pen.write(r, c, head)
        for line, (name, col) in enumerate(sheet.columns().items(), r + 1):
            pen.write(line, 1, _title(draw, col))
            if has_units:
                pen.write(line, 2, col.unit or None)
            for number in range(len(records)):
                pen.put(line, len(heads) - len(records) + 1 + number, number, name)


def _title(draw: Any, col: Column) -> str:
    """Give the title as somebody prints it: with its unit or without, in brackets of either width, or another word for it."""
    ways = [
        col.lowest,
        col.lowest,
        *([f"{col.lowest}（{col.unit}）", f"{col.lowest} ({col.unit})"] if col.unit else []),
    ]
    return str(draw(st.sampled_from([*ways, *([] if col.under else col.aliases)])))


def _draw_table(draw: Any, pen: _Pen, r: int) -> None:
    columns = pen.sheet.columns()
    deep = max(len(col.under) for col in columns.values())
    paths = [[*col.under, *[None] * (deep - len(col.under)), _title(draw, col)] for col in columns.values()]
    is_merged = draw(st.booleans())
    for c, path in enumerate(paths, 1):
        if is_merged and not any(path[:-1]) and deep:
            pen.write(r, c, path[-1])
            pen.merge(r, c, r + deep, c)
            continue
        for level, text in enumerate(path):
            if text is not None and not _goes_on(paths, c - 1, level):
                pen.write(r + level, c, text)
    for level in range(deep if is_merged else 0):
        for c, path in enumerate(paths, 1):
            behind = next((n for n in range(c, len(paths)) if not _goes_on(paths, n, level)), len(paths))
            if path[level] is not None and not _goes_on(paths, c - 1, level) and behind > c:
                pen.merge(r + level, c, r + level, behind)
    r += deep + 1
    if pen.sheet.options().total_row:
        _draw_sums(pen, r)
        r += 1
    for number in range(len(pen.rows)):
        for c, name in enumerate(columns, 1):
            pen.put(r + number, c, number, name)
    for c, (name, col) in enumerate(columns.items(), 1):
        if col.fill_down and col.kind.__name__ != "Serial" and draw(st.booleans()):
            _merge_down(pen, r, c, name)


def _merge_down(pen: _Pen, r: int, c: int, name: str) -> None:
    """Merge the cells of rows on end that say the same in a column."""
    start = 0
    for value, on_end in groupby(row[name] for row in pen.rows):
        count = len([*on_end])
        if count > 1 and value is not None:
            pen.merge(r + start, c, r + start + count - 1, c)
            cells = [pen.filled.cells[pen.sheet.key(), start + n, name] for n in range(count)]
            pen.filled.merged |= {*cells}
        start += count


def _goes_on(paths: Sequence[Sequence[str | None]], at: int, level: int) -> bool:
    """Whether the heading at a level of a column is that of the column before."""
    deep = len(paths[at]) - 1
    return at > 0 and level < deep and paths[at - 1][: level + 1] == paths[at][: level + 1]


def _draw_sums(pen: _Pen, r: int) -> None:
    pen.write(r, 1, pen.sheet.options().total_row)
    for c, (name, col) in enumerate(pen.sheet.columns().items(), 1):
        if c > 1 and col.kind.numeric:
            cell = pen.page.cell(r, pen.left + c, total_of(pen.rows, name))
            pen.filled.sums[pen.sheet.key(), name] = pen.page.title, cell.coordinate


# ---------------------------------------------------------------------------------------------------- reading back


def read_back(path: Path, campaign: Campaign, team: Team, period: Period) -> tuple[ParsedReturn, list[Finding]]:
    """Read, parse, identify and check one file as a night does."""
    (parsed,) = parse_returns([path], Origin.of(campaign.root, is_cached=False))
    identity = identify(parsed.head, parsed.tables, path.name, campaign)
    assert (identity.team, identity.period) == (team, period), identity.reason
    submission = Submission(parsed.sha256, path.name, path.name, team.code, period.key, period.due, "", parsed.content)
    (checked,) = examine([(submission, parsed)], campaign, period)
    return parsed, list(checked.findings)


def said(parsed: ParsedReturn, form: Form) -> Rows:
    """Give what a return was read as."""
    tables = {table.key: table for table in parsed.tables}
    return {
        sheet.key(): [
            {name: tables[sheet.key()].typed[name][line] for name in sheet.columns()}
            for line in range(len(tables[sheet.key()].lines))
        ]
        for sheet in form.tabs
    }


def bounded(examples: int) -> settings:
    """Try the same examples every time, however long each takes on a busy machine."""
    return settings(
        max_examples=examples, derandomize=True, deadline=None, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for one example."""
    root = Path(tempfile.mkdtemp())
    try:
        yield root
    finally:
        shutil.rmtree(root)
