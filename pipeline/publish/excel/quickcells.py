"""How plain cells are written: those of a column alike, those of a row in one step, and what stands at the start of a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from io import StringIO
from itertools import repeat
from operator import lt
from types import NoneType
from typing import Any, NamedTuple

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import RowInfo, Worksheet

LONGEST_PLAIN = 16_000  # characters that fit into a cell, however many units each of them takes
WIDEST_NUMBER = 10**15  # Excel keeps 15 digits
TEXT, WHOLE, NUMBER, BLANK = (
    ' t="s"><v>%d</v></c>',
    "><v>%d</v></c>",
    "><v>%.16G</v></c>",
    "/>",
)  # how cells end behind their style
MIXED = "%s"  # each has an end of its own

column_letters = lru_cache(maxsize=None)(xl_col_to_name)


class Plain(NamedTuple):
    """Plain cells from row `first` to before row `behind`, counted from 0; all end alike but for what fills their ends.

    styles: by place from 0, of those that have not the style of the others. fills: a text's index or a number; of mixed
    cells the whole end, None where a cell is not plain; nothing for blank cells.
    """

    first: int
    behind: int
    column: int
    style: Format
    styles: Mapping[int, Format]
    end: str
    fills: Sequence[Any]

    def style_at(self, row: int) -> Format:
        """Give the style of one of the cells."""
        return self.styles.get(row - self.first, self.style) if self.styles else self.style

    def cells(self, rows: range) -> tuple[str, list[Iterable[Any]]]:
        """Give a pattern for the cell of this column in any of the rows, and what fills it, row by row."""
        numbers, within = range(rows.start + 1, rows.stop + 1), slice(rows.start - self.first, rows.stop - self.first)
        pattern, fills = f'<c r="{column_letters(self.column)}%d"', list[Iterable[Any]]([numbers])
        if own := {place: style for place, style in self.styles.items() if within.start <= place < within.stop}:
            usual = self.style._get_xf_index() if len(own) < len(rows) else 0  # a number is only for what is used
            styles = [usual] * len(rows)
            for place, style in own.items():
                styles[place - within.start] = style._get_xf_index()
            pattern += ' s="%d"'
            fills.append(styles)
        else:
            pattern += f' s="{self.style._get_xf_index()}"'
        if self.end != BLANK:
            fills.append(self.fills[within])
        return pattern + self.end, fills


def ending(values: Sequence[Any]) -> str:
    """Tell how the cells of values end, if all are plain and of one kind."""
    kinds = {*map(type, values)}
    if kinds == {str}:
        lengths = {*map(len, values)}
        return TEXT if min(lengths) > 0 and max(lengths) < LONGEST_PLAIN else MIXED
    if kinds <= {int, float}:
        return (NUMBER if float in kinds else WHOLE) if all(map(lt, map(abs, values), repeat(WIDEST_NUMBER))) else MIXED
    return BLANK if kinds == {NoneType} else MIXED


def mixed_ends(
    values: Sequence[Any], shared: Callable[[str], int], otherwise: Callable[[int, Any], object]
) -> list[str | None]:
    """Give how the cells of values of several kinds end; None of those that are not plain, which go to `otherwise`."""
    ends: list[str | None] = []
    for place, value in enumerate(values):
        kind, end = type(value), None
        if kind is str and 0 < len(value) < LONGEST_PLAIN:
            end = TEXT % shared(value)
        elif value is None:
            end = BLANK
        elif (kind is int or kind is float) and -WIDEST_NUMBER < value < WIDEST_NUMBER:
            end = NUMBER % value
        else:
            otherwise(place, value)
        ends.append(end)
    return ends


def looks_of(info: RowInfo | None) -> tuple[Any, ...]:
    """Give what makes a row look as it does, the number of its format instead of that."""
    if info is None:
        return ()
    style = info.row_format and info.row_format._get_xf_index()
    return info.height, style, info.hidden, info.level, info.collapsed


@lru_cache(maxsize=1_000)
def row_look(spans: str | None, default_height: int, original_height: int, *looks: Any) -> str:
    """Give what follows the number in the tag that starts a row, as xlsxwriter writes it."""
    sheet, info = Worksheet(), None
    sheet.default_row_height, sheet.original_row_height = default_height, original_height
    if looks:
        height, style, *more = looks
        info = RowInfo(height, Format({"xf_index": style}) if style is not None else None, *more)
    sheet._set_filehandle(out := StringIO())
    sheet._write_row(0, spans, info)
    return out.getvalue().removeprefix('<row r="1"')
