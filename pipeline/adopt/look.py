"""A workbook -> its tabs as a maintainer sees them: cells, and what Excel asks of a cell before anyone has filled it in."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.declare import BUILTIN
from pipeline.declare.kinds import folded, tidy
from pipeline.errors import HuizongError
from pipeline.rawbook import OUR_SHEETS, Address, Range, RawBook, RawSheet
from pipeline.read import Reader

OF_OPENPYXL = (
    AttributeError,
    BadZipFile,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)  # what it raises at odd packages
OURS = frozenset(map(folded, OUR_SHEETS))
AREA = re.compile(
    r"(?:(?:'((?:[^']|'')+)'|([^\s'!=+\-*/(),&<>]+))!)?\$?([A-Z]{1,3})\$?(\d+)?(?::\$?([A-Z]{1,3})\$?(\d+)?)?(?![\w(])"
)
FURTHEST = 1_000  # rows in which the format of a whole column is looked for
LOWEST = 1_048_575  # the last row of a worksheet, from 0


class NoFormError(HuizongError):
    """The file is no workbook, or there is nothing in it that somebody fills in."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Demand:
    """What Excel demands of a cell: sort as in a workbook (list, whole, decimal, date, textLength), bounds as written there.

    choices: of a list, as they stand where it says. source: the tab and the range of a list that stands on a tab.
    """

    sort: str
    low: str = ""
    high: str = ""
    choices: tuple[str, ...] = ()
    source: tuple[str, Range] | None = None


@dataclass(frozen=True)
class Tab:
    """One worksheet. rows as in a RawSheet. demands: range -> demand. formulas, formats: by address, both without defaults."""

    name: str
    is_visible: bool
    rows: Sequence[Sequence[Any]]
    merged: Sequence[Range] = ()
    demands: Sequence[tuple[Range, Demand]] = ()
    formulas: Mapping[Address, str] = field(default_factory=dict)
    formats: Mapping[Address, str] = field(default_factory=dict)
    framed: frozenset[Address] = frozenset()  # cells with a border
    unlocked: frozenset[Address] = frozenset()  # cells of a protected sheet that may be changed

    def __post_init__(self) -> None:
        covered = {
            (r, c): each
            for each in self.merged
            for r in range(each[0], min(each[2], each[0] + 50) + 1)
            for c in range(each[1], min(each[3], each[1] + 200) + 1)
        }
        object.__setattr__(self, "_covered", covered)

    def cell(self, r: int, c: int) -> Any:
        """Give what stands at an address, None if nothing does."""
        row = self.rows[r] if 0 <= r < len(self.rows) else ()
        value = row[c] if 0 <= c < len(row) else None
        return None if value == "" or (isinstance(value, str) and not tidy(value)) else value

    def text(self, r: int, c: int) -> str:
        """Give the text at an address in one line, "" where no text stands."""
        value = self.cell(r, c)
        return " ".join(tidy(value).split()) if isinstance(value, str) else ""

    def texts(self, r: int) -> list[int]:
        """Give the columns in which a row has text; of a merged range, its first."""
        width = len(self.rows[r]) if r < len(self.rows) else 0
        return [c for c in range(width) if self.text(r, c) and self.block(r, c)[:2] == (r, c)]

    def filled(self, r: int) -> list[int]:
        """Give the columns in which something stands in a row."""
        return [c for c in range(len(self.rows[r])) if self.cell(r, c) is not None] if r < len(self.rows) else []

    def is_empty(self, r: int) -> bool:
        """Whether nothing stands in a row."""
        return not self.filled(r)

    def block(self, r: int, c: int) -> Range:
        """Give the merged range that an address is in, or the address alone."""
        covered: Mapping[Address, Range] = getattr(self, "_covered")  # noqa: B009 - a frozen class, set once
        return covered.get((r, c), (r, c, r, c))

    def demand(self, r: int, c: int) -> Demand | None:
        """Give what Excel demands of a cell."""
        areas = ((area, each) for area, each in self.demands if area[0] <= r <= area[2])
        return next((each for (_, left, _, right), each in areas if left <= c <= right), None)

    def is_ready(self, r: int, c: int) -> bool:
        """Whether nothing stands in a cell and it is made ready to be filled in."""
        if self.cell(r, c) is not None and (r, c) not in self.formulas:
            return False
        marks = (self.framed, self.unlocked, self.formats)
        return any((r, c) in each for each in marks) or self.demand(r, c) is not None


def look(path: Path) -> tuple[Tab, ...]:
    """Open a workbook. Raises NoFormError if it cannot be read.

    Tabs of ours that nobody fills, and those that no reader looks at (`_…`), are left out.
    """
    reader: Reader[RawBook] = Reader(1)
    with reader:
        (book,) = reader.read([path])
    if book.refusal is not None:
        why = BUILTIN[book.refusal.code].title
        raise NoFormError(f"“{path.name}”读不出来（{why}）。请用 Excel 打开，另存为 .xlsx 工作簿后再运行。")
    return tuple(_tabs(book, _opened(path, book)))


def _opened(path: Path, book: RawBook) -> Workbook | None:
    """Open what calamine does not tell of: nothing in a format but Excel's present ones, or in a package that is odd."""
    if book.kind not in ("xlsx", "xlsm"):
        return None
    try:
        with warnings.catch_warnings(action="ignore"):
            return load_workbook(BytesIO(path.read_bytes()))
    except OF_OPENPYXL:
        return None


def _tabs(book: RawBook, opened: Workbook | None) -> list[Tab]:
    sheets = {each.name: each for each in book.sheets}
    tabs = []
    for raw in book.sheets:
        sheet = opened[raw.name] if opened is not None and raw.name in opened.sheetnames else None
        if raw.name.startswith("_") or folded(raw.name) in OURS:
            continue
        if opened is None or not isinstance(sheet, Worksheet):
            tabs.append(Tab(raw.name, raw.visible, raw.rows, raw.merged))
            continue
        cells = {(r - 1, c - 1): cell for (r, c), cell in sheet._cells.items()}
        formulas = {
            at: cell.value for at, cell in cells.items() if cell.data_type == "f" and isinstance(cell.value, str)
        }
        styled = {at: cell for at, cell in cells.items() if cell.has_style}
        framed = frozenset(at for at, cell in styled.items() if _is_framed(cell))
        is_guarded = bool(sheet.protection.sheet)
        unlocked = frozenset(at for at, cell in styled.items() if is_guarded and not cell.protection.locked)
        demands, formats = _demands(sheet, opened, sheets), _formats(sheet, raw, cells)
        tabs.append(Tab(raw.name, raw.visible, raw.rows, raw.merged, demands, formulas, formats, framed, unlocked))
    return tabs


def _formats(sheet: Worksheet, raw: RawSheet, cells: Mapping[Address, Any]) -> dict[Address, str]:
    own = {at: cell.number_format for at, cell in cells.items() if cell.has_style}
    for column in sheet.column_dimensions.values():
        if column.number_format != "General":
            for c in range((column.min or 1) - 1, min(column.max or 0, 200)):
                for r in range(min(len(raw.rows), FURTHEST) + 2):
                    own.setdefault((r, c), column.number_format)
    return {at: each for at, each in own.items() if each != "General"}


def _is_framed(cell: Any) -> bool:
    border = cell.border
    return any(side is not None and side.style for side in (border.left, border.right, border.top, border.bottom))


def _demands(sheet: Worksheet, book: Workbook, sheets: Mapping[str, RawSheet]) -> list[tuple[Range, Demand]]:
    found: list[tuple[Range, Demand]] = []
    for each in sheet.data_validations.dataValidation:
        if (demand := _demand(each, sheet.title, book, sheets)) is not None:
            areas = ((a.min_row - 1, a.min_col - 1, a.max_row - 1, a.max_col - 1) for a in each.sqref.ranges)
            found += [(area, demand) for area in areas]
    return sorted(found, key=lambda one: one[0])


def _demand(said: Any, name: str, book: Workbook, sheets: Mapping[str, RawSheet]) -> Demand | None:
    sort, one, two = said.type, str(said.formula1 or ""), str(said.formula2 or "")
    if sort in (None, "none", "custom"):
        return None
    if sort == "list":
        if one.startswith('"'):
            return Demand(sort, choices=tuple(text for part in one.strip('"').split(",") if (text := tidy(part))))
        source = area_of(_defined(one, name, book), name)
        return Demand(sort, choices=_listed(source, sheets), source=source)
    how = said.operator or "between"
    low = one if how in ("between", "greaterThanOrEqual", "greaterThan", "equal") else ""
    high = two if how == "between" else one if how in ("lessThanOrEqual", "lessThan", "equal") else ""
    return Demand(sort, low, high)


def _defined(formula: str, tab: str, book: Workbook) -> str:
    """Give what a name stands for, where a list is a name; of a list that grows (OFFSET), where it begins."""
    word = formula.lstrip("=").strip()
    names = {key.casefold(): each for at in (book, book[tab]) for key, each in at.defined_names.items()}
    return str(names[word.casefold()].value) if word.casefold() in names else word


def area_of(formula: str, tab: str) -> tuple[str, Range] | None:
    """Give the tab and the range that a formula begins with; a tab that it does not name is `tab`."""
    found = AREA.search(formula)
    if found is None:
        return None
    quoted, plain, left, top, right, low = found.groups()
    name = (quoted or plain or tab).replace("''", "'")
    right = right or left
    first, last, end = (_number(left), int(top or 1) - 1, _number(right))
    behind = int(low) - 1 if low else (last if top and not found[5] else LOWEST)
    if formula.lstrip("=").upper().startswith("OFFSET("):
        behind = LOWEST
    return name, (last, first, behind, end)


def _number(letters: str) -> int:
    return range_boundaries(f"{letters}1")[0] - 1  # type: ignore[operator]


def _listed(source: tuple[str, Range] | None, sheets: Mapping[str, RawSheet]) -> tuple[str, ...]:
    if source is None or source[0] not in sheets:
        return ()
    top, left, low, right = source[1]
    rows = sheets[source[0]].rows[top : low + 1]
    texts = (tidy(cell) for row in rows for cell in row[left : right + 1] if isinstance(cell, str))
    return tuple(dict.fromkeys(text for text in texts if text))
