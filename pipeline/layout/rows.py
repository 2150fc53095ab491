"""What a row below the header is when it is no record: sums, a header again, units or instructions, a signature."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from pipeline.declare import Choice, Column, Day, Serial, Sheet
from pipeline.declare.kinds import Number, folded, tidy
from pipeline.layout.headers import filled
from pipeline.layout.units import alone, unit_named
from pipeline.rawbook import RawSheet

SUM_WORDS = ("合计", "总计", "小计", "总数", "共计", "total", "subtotal", "grandtotal")  # folded
SUM_SIGN = re.compile("[计数lL]")  # every such word has one of these: few other words in a Chinese row have
PART = ("小计", "本页", "subtotal", "sub-total", "pagetotal")
EXAMPLE_WORDS = frozenset(("例", "示例", "样例", "举例", "填写示例", "例如"))
FOOT = re.compile(
    r"(注|说明|备注|填表|制表|审核|单位负责人|负责人|经办|联系电话|报出日期|填报日期)[^：:]{0,12}[：:]|\d{4}年\d{1,2}月\d{1,2}日$"
)
INSTRUCTS = re.compile(r"[填写选按如例]|整数|数字|日期|年\W?月|yyyy|格式|下拉|自动|公式")
UNIT_WORDS = frozenset(
    map(folded, ("", "年-月-日", "年月日", "年/月/日", "年.月.日", "单位", "按单位", "计量单位", "—", "-", "/"))
)
MOST_BESIDE_A_SUM = 2  # remarks; a row with more words or days is a record, whatever its serial number
MOST_IN_A_FOOT = 4
LONGEST_LABEL = 16
STEMS = "甲乙丙丁戊己庚辛壬癸"
_SUM = re.compile(rf"(.{{0,6}}?)({'|'.join(SUM_WORDS)})(\([^()]*\))?:?")
_BRACKETED = re.compile(r"[（(【].*[)）】]")


def is_part(label: str) -> bool:
    """Whether a label of sums stands for the records since the sum before, not for all."""
    return any(word in label for word in PART)


@dataclass(frozen=True, slots=True)
class Ruler:
    """What tells the rows of one sheet apart: the columns found and where they stand, and the rows of the head."""

    columns: Mapping[str, Column]
    slots: Mapping[str, int]
    heads: frozenset[tuple[str, ...]]
    telling: tuple[int, ...]  # where something stands that a blank row has not, as it has its serial number
    waiting: Mapping[int, Column]  # columns in which words may stand before anyone has filled them in, by place
    record: tuple[str, ...] = ()  # fields that make a row a record; then 0 says nothing, nor does what was chosen
    total: str = ""  # what the form calls its row of sums, folded, where that is a word of its own

    @classmethod
    def of(cls, raw: RawSheet, sheet: type[Sheet], slots: Mapping[str, int], first: int) -> Ruler:
        """Learn a sheet's head, which ends above row `first`."""
        heads = (_texts(row) for row in raw.rows[:first])
        columns, record = {name: sheet.columns()[name] for name in slots}, sheet.options().record
        mute = (Serial, Choice) if record else (Serial,)
        telling = tuple(
            slot
            for name, slot in slots.items()
            if name in record or not (columns[name].is_computed or issubclass(columns[name].kind, mute))
        )
        waiting = {slots[name]: col for name, col in columns.items() if col.blanks}
        known, total = frozenset(texts for texts in heads if texts), folded(sheet.options().total_row)
        return cls(columns, slots, known, telling, waiting, record, "" if total in SUM_WORDS else total)

    def plain(self, rows: Iterable[Sequence[Any]]) -> Iterator[bool]:
        """Tell of each of some rows whether it is a record at first sight, if it stands below one: it begins with a number,
        something is told in it, and no word in it can be one of sums."""
        is_asked, telling = not (self.total or self.waiting or self.record), self.telling
        for row in rows:
            first = row[0] if is_asked and row else None
            yield (
                first is not None
                and not isinstance(first, str)
                and not SUM_SIGN.search("".join([cell for cell in row if type(cell) is str]))
                and _tells(row, telling)
            )

    def says(self, row: Sequence[Any]) -> bool:
        """Whether a row says more than its serial number."""
        return any(map(partial(filled, row), self.telling)) and (
            not (self.waiting or self.record) or any(self._says_more(row, c) for c in self.telling)
        )

    def _says_more(self, row: Sequence[Any], c: int) -> bool:
        if not filled(row, c) or (c in self.waiting and self.waiting[c].is_blank(row[c])):
            return False
        return not (self.record and is_zero(row[c]))

    def sum_label(self, row: Sequence[Any], words: Sequence[str]) -> str:
        """Give the label of a row of sums, or "": it comes first, with a remark at most, or beside nothing but numbers.

        words: the row's cells that are texts.
        """
        if self.total and folded(next(filter(None, words), "")) == self.total:
            return self.total
        if not SUM_SIGN.search("".join(words)):
            return ""
        short = [(c, cell) for c, cell in enumerate(row) if isinstance(cell, str) and len(cell) <= LONGEST_LABEL]
        labels = {c: label for c, cell in short if (label := _sum_word(cell))}
        if not labels or (not any(self._is(name, Number) for name in self.slots) and self._is_whole(row)):
            return ""
        place, label = next(iter(labels.items()))
        worded = [c for name, c in self.slots.items() if not self._is(name, Number, Serial) and filled(row, c)]
        beside = set(worded) - set(labels)
        if label in SUM_WORDS and not any(filled(row, c) for c in range(place)):
            return label if len(beside) <= MOST_BESIDE_A_SUM else ""
        return label if not beside else ""

    def _is_right(self, row: Sequence[Any]) -> bool:
        """Whether a row could be a record as it is: what must be filled in is, and everything can be meant."""
        cells = [(self.columns[name], row[c] if c < len(row) else None) for name, c in self.slots.items()]
        return all(not col.is_required if col.is_blank(cell) else not _fault(cell, col) for col, cell in cells)

    def _is_whole(self, row: Sequence[Any]) -> bool:
        """Whether all that a record must have stands in a row."""
        cells = [(self.columns[name], row[c] if c < len(row) else None) for name, c in self.slots.items()]
        return not any(col.is_required and col.is_blank(cell) for col, cell in cells)

    def repeats_head(self, row: Sequence[Any]) -> bool:
        """Whether a row says the same as one of the head's: printed pages were put below each other."""
        return bool(texts := _texts(row)) and texts in self.heads

    def is_heading(self, row: Sequence[Any], below: Sequence[Any] = ()) -> bool:
        """Tell a row of units, instructions, examples or column numbers under the header from a record."""
        cells = _cells(row)
        return (
            self.is_units(row)
            or (self._numbers_columns(cells) and not self._counts_on(row, below))
            or all(isinstance(cell, str) and _BRACKETED.fullmatch(tidy(cell)) for cell in cells)
            or (isinstance(cells[0], str) and folded(cells[0]).rstrip(":") in EXAMPLE_WORDS)
            or self._instructs(row)
        )

    def is_units(self, row: Sequence[Any]) -> bool:
        """Whether a row under the header names units and nothing else; they need not be the columns' own."""
        cells = _cells(row)
        if not all(isinstance(cell, str) for cell in cells):
            return False
        units = {folded(col.unit) for col in self.columns.values()} | UNIT_WORDS
        others = [word for word in map(alone, cells) if word not in units]
        if not others:
            return True
        measured = any(col.unit and filled(row, self.slots[name]) for name, col in self.columns.items())
        return measured and all(any(unit_named(word, col.sheet) for col in self.columns.values()) for word in others)

    def is_foot(self, row: Sequence[Any]) -> bool:
        """Tell remarks and signatures from a record: they begin with their own word and hold a day at most."""
        first = row[0] if row and row[0] else next(iter(_cells(row)), None)
        if not isinstance(first, str) or not _begins_a_foot(first) or (count := len(_cells(row))) > MOST_IN_A_FOOT:
            return False
        others = [cell for cell in _cells(row) if cell is not first and isinstance(cell, str)]
        if count > 1 and tidy(first)[0].isdigit() and not any(map(_begins_a_foot, others)):
            return False  # a diary's rows begin with a day too
        figures = [
            col
            for name, col in self.columns.items()
            if self._is(name, Number, Day) and filled(row, c := self.slots[name]) and not _fault(row[c], col)
            if not col.is_computed
        ]
        return len(figures) < 2 and not any(issubclass(col.kind, Number) for col in figures)

    def _is(self, name: str, *kinds: type) -> bool:
        return issubclass(self.columns[name].kind, kinds)

    def _numbers_columns(self, cells: Sequence[Any]) -> bool:
        """Tell 1, 2, 3 … from a record, also after 甲, 乙 …"""
        marks = [str(cell).removesuffix(".0").strip("()（） ") for cell in cells]
        stems = next((n for n, mark in enumerate(marks) if mark != STEMS[n : n + 1]), len(marks))
        expected = [*STEMS[:stems], *(str(n + 1) for n in range(len(marks) - stems))]
        return len(marks) >= max(3, len(self.slots)) and marks == expected

    def _counts_on(self, row: Sequence[Any], below: Sequence[Any]) -> bool:
        """Whether 1, 2, 3 is a record after all: the next row's own number is 2."""
        serials = [slot for name, slot in self.slots.items() if self._is(name, Serial) and slot < len(below)]
        return any(str(below[slot]).removesuffix(".0") == "2" for slot in serials) and self._is_right(row)

    def _instructs(self, row: Sequence[Any]) -> bool:
        """Whether every column of days, numbers and choices says how to fill it in, and nothing that could be meant.

        Lists change, and where things are does not depend on them.
        """
        strict = [
            (row[c], col)
            for name, col in self.columns.items()
            if self._is(name, Number, Day, Choice) and not col.in_list and filled(row, c := self.slots[name])
        ]
        return len(strict) >= 2 and all(
            isinstance(cell, str) and INSTRUCTS.search(folded(cell)) and _fault(cell, col) for cell, col in strict
        )


def _tells(row: Sequence[Any], telling: Sequence[int]) -> bool:
    """Whether the first of some places in a row that are not empty has more than white space."""
    for c in telling:
        if c < len(row) and (cell := row[c]) is not None and cell != "":
            return not isinstance(cell, str) or bool(tidy(cell))
    return False


def is_zero(cell: Any) -> bool:
    """Whether a cell has what a formula gives for blank ones: 0, also as a day or a time."""
    if isinstance(cell, dt.date):
        return cell.year < 1900
    return cell == 0 if type(cell) in (int, float) else isinstance(cell, dt.time) and cell == dt.time()


@lru_cache(maxsize=4_000)  # a row's number or code mostly, which other returns have too
def _begins_a_foot(text: str) -> bool:
    return FOOT.match(tidy(text)) is not None


def _fault(cell: Any, col: Column) -> str | None:
    return col.kind.parse_cell(cell, col).fault


def _cells(row: Sequence[Any]) -> list[Any]:
    return [cell for cell in row if cell is not None and cell != ""]


def _texts(row: Sequence[Any]) -> tuple[str, ...]:
    """Give what a row of nothing but text says, folded; () for any other row."""
    texts = []
    for cell in row:
        if isinstance(cell, str):
            if cell:
                texts.append(folded(cell))
        elif cell is not None:
            return ()
    return tuple(texts)


def _sum_word(text: str) -> str:
    """Give the label of sums that a text is, without spaces, brackets and colon; "" if it is no such label."""
    match = _SUM.fullmatch(folded(text))
    return match[1] + match[2] if match else ""
