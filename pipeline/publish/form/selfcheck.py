"""The sheet 自检: what the form checks by itself, how many places are wrong, and the first of them, linked.

A 检查内容    B 要求                 C 处数   D 第一处    hidden: E row or column of that, F whether to mend or to ask,
《某表》                                1                 G values that checks name, H words in rows that are no records,
某栏          整数，1 至 200；必填       1      D7         I what makes a row none if it stands in its first column
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell

from pipeline.declare import Sheet
from pipeline.publish.excel.quicksheet import QuickSheet
from pipeline.publish.form.formulas import ALWAYS, either, pattern, quoted
from pipeline.publish.form.live import Check, Checks, Look, Spot
from pipeline.publish.form.places import Places, absolute
from pipeline.publish.form.styles import LINE_HEIGHT, Styles, line_count, page
from pipeline.publish.form.sums import is_live
from pipeline.rawbook import CHECK_SHEET

WIDTHS = (22, 66, 8, 12)
LAST, FIRST_AT, NATURE, VALUES, WORDS, ALONE = 3, 4, 5, 6, 7, 8  # columns
STATE, HEAD = 1, 3  # rows
TO_MEND, TO_ASK = 1, 2
LOOKS: Mapping[Look, str] = {"missing": "live_missing", "wrong": "live_wrong", "asked": "live_asked"}
_SUMS = ("合*计", "总*计", "小*计", "共*计", "总*数", "total")
_FOOTS = (
    "注", "说明", "备注", "填表", "制表", "审核", "单位负责人", "负责人", "经办", "联系电话", "报出日期", "填报日期",
)  # fmt: skip
NO_RECORDS = (
    *(f"*{word}{end}" for word in _SUMS for end in ("", "?", "(*", "（*")),
    *(f"{space}{word}*{colon}*" for word in _FOOTS for space in ("", " *", "　*") for colon in ("：", ":")),
    *(f"{first}*{last}" for first in "(（【" for last in ")）】"),
    *(f"{word}{end}" for word in ("例", "示例", "样例", "举例", "填写示例", "例如") for end in ("", "?")),
    "????年*月*日", "填报单位*", "甲", "　", "　　", "　　　",
)  # fmt: skip
"""Patterns of what stands in rows that the night does not take for records: sums, remarks, samples, headers, spaces."""
DASHES = ("/", "／", "-", "—", "——", "－", "单位")


def redden(tab: QuickSheet, styles: Styles, checks: Sequence[Check], places: Places) -> None:
    """Let the cells of a sheet show what is wrong with them."""
    live = is_live(places.block.sheet)
    for check in checks:
        spot = Spot(lambda name, record=check.record: places.cell(name, record), places.whole)  # type: ignore[misc]
        says = [(look, formula(spot)) for look, formula in check.looks.items()]
        if check.twin:
            says.append(("wrong", check.twin(spot, places.below)))
        for name in check.fields:
            for look, formula in says:
                shown = f"={formula}" if live == ALWAYS else f"=AND({live},{formula})"
                tab.conditional_format(
                    *places.area(name, check.record),
                    {"type": "formula", "criteria": shown, "format": styles(LOOKS[look])},
                )


@dataclass(frozen=True)
class SelfCheck:
    """The sheet for one way in which the form is laid out. places: of all sheets, by key."""

    styles: Styles
    sheets: Sequence[type[Sheet]]
    checks: Checks
    places: Mapping[str, Places]
    names: list[list[Any]] = field(default_factory=list)  # once they were defined, as xlsxwriter keeps them

    def arrange(self, tab: QuickSheet) -> None:
        """Print the sheet."""
        styles, words = self.styles, self.styles.words
        for column, width in enumerate(WIDTHS):
            tab.set_column(column, column, width)
        tab.set_column(FIRST_AT, ALONE, 10, None, {"hidden": True})
        tab.merge_range(0, 0, 0, LAST, words(CHECK_SHEET), styles("title"))
        tab.set_row(0, 30)
        self._explain(tab)
        for column, head in enumerate(("检查内容", "要求", "处数", "第一处")):
            tab.write_string(HEAD, column, words(head), styles("header"))
        tab.set_row(HEAD, 24)
        row = HEAD + 1
        for sheet in self._checked:
            row = self._sheet(tab, row, sheet)
        self._state(tab, row - 1)
        for at, (_, formula) in enumerate(self._values()):
            tab.write_array_formula(at, VALUES, at, VALUES, f"{{={formula}}}", None, "")
        tab.write_column(0, WORDS, NO_RECORDS, styles("text"))
        tab.write_column(0, ALONE, DASHES, styles("text"))
        tab.freeze_panes(HEAD + 1, 0)
        page(tab, words, header=(HEAD, HEAD))
        tab.hide_gridlines(2)
        tab.protect("", {"format_columns": True, "format_rows": True})

    def define_names(self, book: Workbook) -> None:
        """Name what the form's formulas refer to."""
        if not self.names:
            before = len(book.defined_names)
            for name, meaning in self._named():
                book.define_name(name, meaning)
            self.names.extend([*named[:-1], True] for named in book.defined_names[before:])  # hidden
            del book.defined_names[before:]
        book.defined_names.extend(map(list, self.names))

    def _named(self) -> Iterator[tuple[str, str]]:
        """Give names with what they stand for."""
        tab = quote_sheetname(self.styles.words(CHECK_SHEET))
        for at, (name, _) in enumerate(self._values()):
            yield name, f"={tab}!{xl_rowcol_to_cell(at, VALUES, True, True)}"
        for name, (key, its) in self.checks.columns.items():
            yield name, f"={self.places[key].every(its)}"
        for sheet in self._checked:
            yield from self.places[sheet.key()].named()

    @property
    def _checked(self) -> list[type[Sheet]]:
        return [sheet for sheet in self.sheets if self.checks.by_sheet.get(sheet.key())]

    def _values(self) -> Iterator[tuple[str, str]]:
        """Give the values that checks name, with their formulas."""
        for sheet in self._checked:
            if not sheet.is_card():
                places = self.places[sheet.key()]
                yield places.rows, _rows(places)
                yield is_live(sheet), _live(places)
        for name, formula in self.checks.helps.items():
            yield name, formula(self.places)

    def _explain(self, tab: QuickSheet) -> None:
        words = self.styles.words
        text = words(
            "由公式算出，不必填写。填写中，橙色的格还没有填，红色的格与要求不符，黄色的格请核实。点“第一处”可到该格。审核以办公室的校验为准。"
        )
        tab.merge_range(HEAD - 1, 0, HEAD - 1, LAST, text, self.styles("lines"))
        tab.set_row(HEAD - 1, 3 + LINE_HEIGHT * line_count(text, sum(WIDTHS)))

    def _sheet(self, tab: QuickSheet, row: int, sheet: type[Sheet]) -> int:
        """Print the checks of a sheet; gives the row behind."""
        styles, words, live = self.styles, self.styles.words, is_live(sheet)
        checks = self.checks.by_sheet[sheet.key()]
        tab.merge_range(row, 0, row, 1, words("《{sheet}》", sheet=sheet.title()), styles("section"))
        counts = absolute((row + 1, 2, row + len(checks), 2))
        tab.write_formula(row, 2, f"=SUM({counts})", styles("section", num_format='0;-0;"√"', align="center"), "")
        silent = words("未自检")
        said = f'=IF(ISNUMBER({live}),IF({live}=1,"",{quoted(silent)}),{quoted(silent)})' if live != ALWAYS else '=""'
        tab.write_formula(row, 3, said, styles("section", align="center"), "")
        tab.set_row(row, 20)
        for at, check in enumerate(checks, row + 1):
            self._check(tab, at, check, self.places[sheet.key()], live)
        return row + 1 + len(checks)

    def _check(self, tab: QuickSheet, row: int, check: Check, places: Places, live: str) -> None:
        styles, first = self.styles, check.fields[0]
        tab.write_string(row, 0, check.name, styles("text"))
        tab.write_string(row, 1, check.says, styles("text"))
        lines = max(line_count(check.name, WIDTHS[0]), line_count(check.says, WIDTHS[1]))
        tab.set_row(row, 5 + LINE_HEIGHT * lines)
        spot = Spot(lambda name: places.far(name, check.record), places.far)
        hits = "+".join(f"IFERROR(--({formula(spot)}),0)" for formula in check.looks.values())
        total, at = xl_rowcol_to_cell(row, 2), xl_rowcol_to_cell(row, FIRST_AT)
        counted = f"SUM({hits})" if live == ALWAYS else f'IF({live},SUM({hits}),"")'
        tab.write_array_formula(row, 2, row, 2, f"{{={counted}}}", styles("text_center", num_format='0;-0;"√";"—"'), "")
        cells = places.far(first, check.record)
        across, down = ("COLUMN", "ROW") if not places.is_table else ("ROW", "COLUMN")
        found = f"IF(N({total})=0,0,MIN(IF({hits}>0,{across}({cells}))))"
        tab.write_array_formula(row, FIRST_AT, row, FIRST_AT, f"{{={found}}}", styles("text"), "")
        fixed = f"{down}({places.sheet_name}{places.cell(first, check.record).replace('$', '')})"
        address = f"ADDRESS({at},{fixed},4)" if places.is_table else f"ADDRESS({fixed},{at},4)"
        target = f"{quoted('#' + places.sheet_name)}&{address}"
        tab.write_formula(
            row, 3, f'=IF(N({total})=0,"",HYPERLINK({target},{address}))', styles("link", align="center"), ""
        )
        tab.write_number(row, NATURE, TO_ASK if check.is_asked else TO_MEND)

    def _state(self, tab: QuickSheet, last: int) -> None:
        """Say above all whether the form can be sent."""
        styles, words = self.styles, self.styles.words
        natures, counts = absolute((HEAD + 1, NATURE, last, NATURE)), absolute((HEAD + 1, 2, last, 2))
        to_mend, to_ask = (f"SUMIF({natures},{nature},{counts})" for nature in (TO_MEND, TO_ASK))
        mend, ask = words.of("尚有 {count} 处需要改正"), words.of("可以报送（另有 {count} 处请核实）")
        said = f"IF({to_ask}>0,{_told(ask, to_ask)},{quoted(words('可以报送'))})"
        tab.merge_range(STATE, 0, STATE, LAST - 1, "", styles("state"))
        tab.write_formula(STATE, 0, f"=IF({to_mend}>0,{_told(mend, to_mend)},{said})", styles("state"), "")
        tab.set_row(STATE, 30)
        first = f"MIN(IF(ISNUMBER({counts})*({natures}={TO_MEND}),IF({counts}>0,ROW({counts}))))"
        tab.write_array_formula(STATE, FIRST_AT, STATE, FIRST_AT, f"{{=IF({to_mend}>0,{first},0)}}", None, "")
        at, show = xl_rowcol_to_cell(STATE, FIRST_AT), quoted(words("看第一项"))
        target = f"{quoted('#' + quote_sheetname(words(CHECK_SHEET)) + '!A')}&{at}"
        tab.write_formula(
            STATE, LAST, f'=IF(N({at})=0,"",HYPERLINK({target},{show}))', styles("link", align="center"), ""
        )
        state = (STATE, 0, STATE, LAST - 1)
        for look, when in (("live_wrong", f"{to_mend}>0"), ("live_fine", f"{to_mend}=0")):
            tab.conditional_format(*state, {"type": "formula", "criteria": f"={when}", "format": styles(look)})
        lines, at = (HEAD + 1, 0, last, LAST), HEAD + 2
        for look, nature in (("live_wrong", TO_MEND), ("live_asked", TO_ASK)):
            when = f"=AND(N($C{at})>0,$F{at}={nature})"
            tab.conditional_format(*lines, {"type": "formula", "criteria": when, "format": styles(look)})


def _told(text: str, number: str) -> str:
    """Write a text with a number in it."""
    before, _, behind = text.partition("{count}")
    return f"{quoted(before)}&{number}&{quoted(behind)}"


def _rows(places: Places) -> str:
    """Write how many rows of a table are in use. A row with an error is."""
    telling = [places.every(name) for name in places.block.sheet.telling()] or [places.every(places.fields[0])]
    row = f"ROW({telling[0]})-ROW(INDEX({telling[0]},1))+1"
    return f"MAX(1,MAX(IFERROR((LEN({'&'.join(telling)})>0)*({row}),{row})))"


def _live(places: Places) -> str:
    """Write whether a table is where it was when the form went out, and has nothing but records."""
    every, fields, sheet = places.all, places.fields, places.block.sheet
    columns = [sheet.columns()[name] for name in fields]
    own = [sheet.options().total_row, *(col.heading for col in columns[:2])]
    telling = next((name for name in sheet.telling()), fields[0])
    moved = (
        f"ROW(INDEX({every},1,1))-ROW({places.above})<>1",
        f"ROW(INDEX({places.beneath},1,1))-ROW(INDEX({every},ROWS({every}),1))<>1",
    )
    numbered = ",".join(f"{places.every(name)},{number}" for number, name in enumerate(fields[:3], 1))
    used = f"INDEX({every},1,1):INDEX({every},{places.rows},{len(fields)})"
    odd = (
        f"COUNTA({places.beneath})>0",
        f"SUM(COUNTIF({used},{absolute((0, WORDS, len(NO_RECORDS) - 1, WORDS))}))>0",
        f"SUM(COUNTIF({places.far(telling)},{absolute((0, ALONE, len(DASHES) - 1, ALONE))}))>0",
        *(f"COUNTIF({used},{quoted(pattern(text))})>0" for text in own if text),
        *([f"COUNTIFS({numbered})>0"] if len(fields) > 2 else []),
    )
    return f"IFERROR(IF({either(*moved, *odd)},0,1),0)"


def geometry_of(places: Mapping[str, Places]) -> tuple[Any, ...]:
    """Give what all formulas depend on beside the form."""
    return tuple(
        (key, each.block.top, each.block.first if each.is_table else 0, each.block.last if each.is_table else 0)
        for key, each in places.items()
    )
