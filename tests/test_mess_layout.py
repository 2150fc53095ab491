"""How whole sheets come back: moved, renamed, copied, interrupted, framed otherwise. Found again, or refused by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from builders import damage
from mess import Case, Mess, case, check, make_mess
from openpyxl.styles import PatternFill
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from stacked import stacks_of

from pipeline.night import Night

HEADER, SUMS, FIRST = 3, 4, 5  # Excel rows of the official visits sheet: header, sums, first record
VISITS, ACTIVITIES, SUMMARY, ROSTER, PROBLEMS = "走访台账", "活动台账", "汇总表", "人员名册", "问题账"
Change = Callable[[Workbook], None]


def on(title: str, change: Callable[[Worksheet], None]) -> Change:
    """Change one sheet."""
    return lambda book: change(book[title])


def both(*changes: Change) -> Change:
    """Change several things in one workbook."""

    def change(book: Workbook) -> None:
        for each in changes:
            each(book)

    return change


def last_row(sheet: Worksheet) -> int:
    """Give the Excel row of the last record: serial numbers are printed further down."""
    return max(row for row in range(FIRST, sheet.max_row + 1) if sheet.cell(row, 2).value is not None)


def write(sheet: Worksheet, row: int, values: Sequence[object]) -> None:
    for column, value in enumerate(values, 1):
        sheet.cell(row, column).value = value  # type: ignore[assignment]


def insert(row: int, *rows: Sequence[object], title: str = VISITS) -> Change:
    """Put rows in before an Excel row."""

    def change(sheet: Worksheet) -> None:
        sheet.insert_rows(row, len(rows))
        for number, values in enumerate(rows, row):
            write(sheet, number, values)

    return on(title, change)


def header(column: int, text: str, title: str = VISITS) -> Change:
    """Write another header over a column."""
    return on(title, lambda sheet: setattr(sheet.cell(HEADER, column), "value", text))


def below(*values: object, gap: int = 0) -> Change:
    """Write one row below the records, and clear the printed serial numbers there."""

    def change(sheet: Worksheet) -> None:
        last = last_row(sheet)
        sheet.delete_rows(last + 1, sheet.max_row)
        write(sheet, last + 1 + gap, values)

    return on(VISITS, change)


def move(first: int, to: int, title: str = VISITS) -> Change:
    """Cut a column and insert it elsewhere."""

    def change(sheet: Worksheet) -> None:
        values = [sheet.cell(row, first).value for row in range(HEADER, sheet.max_row + 1)]
        sheet.delete_cols(first)
        sheet.insert_cols(to)
        for row, value in enumerate(values, HEADER):
            sheet.cell(row, to).value = value

    return on(title, change)


def copied(title: str, name: str, blank_original: bool = False, other: bool = False) -> Change:
    """Copy a sheet, as Excel names the copy; leave the original blank, or change the copy."""

    def change(book: Workbook) -> None:
        twin = book.copy_worksheet(book[title])
        twin.title = name
        if blank_original:
            clear(book[title])
        if other:
            twin.cell(FIRST, 3).value = "改过的走访对象"

    return change


def clear(sheet: Worksheet) -> None:
    """Blank every record, as on a form that nobody filled in."""
    for row in sheet.iter_rows(min_row=SUMS, min_col=2):
        for cell in row:
            cell.value = None


def renamed(title: str, name: str) -> Change:
    return lambda book: setattr(book[title], "title", name)


def deleted(title: str) -> Change:
    return lambda book: book.remove(book[title])


def two_levels(sheet: Worksheet) -> None:
    """Head three columns as a group, and write their own headers in the row below, as forms on paper do."""
    sheet.insert_rows(HEADER + 1)
    for column in (3, 4, 5):
        sheet.cell(HEADER + 1, column).value = sheet.cell(HEADER, column).value
        sheet.cell(HEADER, column).value = None
    sheet.cell(HEADER, 3).value = "走访情况"
    sheet.merge_cells(start_row=HEADER, end_row=HEADER, start_column=3, end_column=5)
    for column in (1, 2, 6):
        sheet.merge_cells(start_row=HEADER, end_row=HEADER + 1, start_column=column, end_column=column)


def page_break(sheet: Worksheet) -> None:
    """Print the head again after two records, as when pages were put below each other."""
    head = [[sheet.cell(row, column).value for column in range(1, 7)] for row in (1, 2, HEADER)]
    sheet.insert_rows(FIRST + 2, 4)
    for row, values in enumerate(head, FIRST + 3):
        write(sheet, row, values)


def subtotal(label: str, column: int = 1) -> Callable[[Worksheet], None]:
    """Put a sum of the first two records below them."""

    def change(sheet: Worksheet) -> None:
        total = int(sheet.cell(FIRST, 4).value) + int(sheet.cell(FIRST + 1, 4).value)  # type: ignore[arg-type]
        sheet.insert_rows(FIRST + 2)
        sheet.cell(FIRST + 2, column).value = label
        sheet.cell(FIRST + 2, 4).value = total

    return change


def total_below(label: str, column: int, serial: object = None) -> Callable[[Worksheet], None]:
    """Put the sum of all records at the end instead of on top."""

    def change(sheet: Worksheet) -> None:
        total, row = sheet.cell(SUMS, 4).value, last_row(sheet) + 1
        write(sheet, row, (serial, *[None] * 5))
        sheet.cell(row, column).value = label
        sheet.cell(row, 4).value = total
        sheet.delete_rows(SUMS)

    return change


def merge_rows(column: int) -> Callable[[Worksheet], None]:
    """Merge a column's cells of the first two records."""
    return lambda sheet: sheet.merge_cells(start_row=FIRST, end_row=FIRST + 1, start_column=column, end_column=column)


def hide(sheet: Worksheet) -> None:
    for row in (FIRST, FIRST + 2):
        sheet.row_dimensions[row].hidden = True


def styled_blanks(sheet: Worksheet) -> None:
    fill = PatternFill("solid", fgColor="FFFFCC")
    for row in range(sheet.max_row + 1, 50_000):
        sheet.cell(row, 2).fill = fill


def no_head_above(sheet: Worksheet) -> None:
    sheet.delete_rows(1, 2)


def second_table(book: Workbook) -> None:
    """Move a ledger below another one, and delete its own sheet."""
    visits, activities = book[VISITS], book[ACTIVITIES]
    start = last_row(visits) + 3
    visits.delete_rows(start - 2, visits.max_row)
    rows = [row for row in activities.iter_rows(min_row=HEADER, values_only=True) if row[1] is not None]
    for number, values in enumerate(rows, start):
        write(visits, number, values)
    book.remove(activities)


def twice(sheet: Worksheet) -> None:
    sheet.cell(HEADER, 7).value = "走访人数（人）"
    sheet.cell(FIRST, 7).value = 3


def twice_but_blank(sheet: Worksheet) -> None:
    sheet.cell(HEADER, 7).value = "走访人数（人）"


def beside(book: Workbook) -> None:
    """Move a ledger to the right of another one, and delete its own sheet."""
    visits = book[VISITS]
    for row in book[ACTIVITIES].iter_rows(min_row=HEADER):
        for cell in row:
            visits.cell(cell.row, cell.column + 8).value = cell.value
    book.remove(book[ACTIVITIES])


def signed_in_columns(sheet: Worksheet) -> None:
    """Sign below the records, with a day in the column of days."""
    row = last_row(sheet) + 2
    sheet.delete_rows(row - 1, sheet.max_row)
    write(sheet, row, ("填表人：张三", "2011年3月30日"))


def remark_that_is_a_record(sheet: Worksheet) -> None:
    row = last_row(sheet) + 1
    write(sheet, row, ("备注：补报", "2011-3-9", "三组农户", 2, sheet.cell(FIRST, 5).value, None))


def unprotect(book: Workbook) -> None:
    for sheet in book:
        sheet.protection.sheet = False


def reverse(book: Workbook) -> None:
    book._sheets.reverse()  # type: ignore[attr-defined]


def filter_rows(sheet: Worksheet) -> None:
    sheet.auto_filter.ref = f"A{HEADER}:F{last_row(sheet)}"
    sheet.auto_filter.add_filter_column(0, ["2"])
    sheet.row_dimensions[FIRST].hidden = True


def beside_cover(sheet: Worksheet) -> None:
    sheet.cell(9, 4).value = "改为4月1日"


def wide_title(sheet: Worksheet) -> None:
    sheet.merge_cells("A1:J1")
    sheet.cell(FIRST + 1, 9).value = 7


def other_looks(book: Workbook) -> None:
    """Widen and recolour everything: looks say nothing."""
    for sheet in book:
        sheet.column_dimensions["B"].width = 60
        for row in sheet.iter_rows(max_row=FIRST):
            for cell in row:
                cell.fill = PatternFill("solid", fgColor="FF0000")


HEADERS = (
    case("rows above the header", insert(1, ("附件2",), (), ("单位盖章：",))),
    case("no title above the header", on(VISITS, no_head_above)),
    case("a line break in a header", header(4, "走访\n人数\n（人）")),
    case("double spaces in a header", header(4, " 走访  人数 ")),
    case("full-width spaces in a header", header(4, "走　访　人　数")),
    case("full-width brackets and unit", header(4, "走访人数（单位：人）")),
    case("half-width brackets and unit", header(4, "走访人数(人)")),
    case("no unit in the header", header(4, "走访人数")),
    case("an older wording", both(header(3, "被走访人"), header(4, "人数"))),
    case("a star and a colon in a header", header(4, "*走访人数：")),
    case("a numbered header", header(4, "3.走访人数")),
    case("two-level headers", on(VISITS, two_levels)),
    case("another scale in the header", header(6, "金额（元）", "资金台账"), "S15 资金台账!F3"),
    case("another scale above the header", on("资金台账", lambda s: (setattr(s["F2"], "value", "单位：元"), setattr(s["F3"], "value", "金额"))[0]),
         "S15 资金台账!F2"),
    case("another scale on a card", on(SUMMARY, lambda s: setattr(s["B7"], "value", "元")), f"S15 {SUMMARY}!B7"),
    case("an unknown wording", header(4, "到访人次"), f"S02 {VISITS}!", f"S04 {VISITS}!",
         changed=["visits.persons *"]),
)  # fmt: skip

COLUMNS = (
    case("a column moved to the end", move(2, 6)),
    case("a column moved to the front", move(4, 1)),
    case("a blank column added", on(VISITS, lambda sheet: sheet.insert_cols(3))),
    case("an unknown column added", both(on(VISITS, lambda sheet: sheet.insert_cols(3)), header(3, "村组"),
         on(VISITS, lambda sheet: setattr(sheet.cell(FIRST, 3), "value", "三组"))), f"S04 {VISITS}!"),
    case("an unknown column in error", both(on(VISITS, lambda sheet: sheet.insert_cols(3)), header(3, "村组"),
         on(VISITS, lambda sheet: setattr(sheet.cell(FIRST, 3), "value", "#N/A"))), f"S04 {VISITS}!"),
    case("a column hidden", on(VISITS, lambda sheet: setattr(sheet.column_dimensions["D"], "hidden", True))),
    case("a column deleted", on(VISITS, lambda sheet: sheet.delete_cols(4)), f"S02 {VISITS}!", changed=["visits.persons *"]),
    case("an optional column deleted", on(VISITS, lambda sheet: sheet.delete_cols(6)), f"S02 {VISITS}!",
         changed=["visits.matter *"]),
    case("a column given twice", on(VISITS, twice), f"S03 {VISITS}!"),
    case("a blank column given twice", on(VISITS, twice_but_blank)),
    case("a row of a card deleted", on(SUMMARY, lambda sheet: sheet.delete_rows(5)), f"S02 {SUMMARY}!",
         changed=["summary.meetings_held *"]),
    case("rows of a card moved", on(SUMMARY, lambda sheet: sheet.move_range("A13:D13", rows=3))),
    case("the header of a card deleted", on("封面", lambda sheet: sheet.delete_rows(1, 3))),
)  # fmt: skip

SHEETS = (
    case("a sheet renamed", renamed(VISITS, "Sheet6"), "S05 Sheet6!"),
    case("a sheet renamed to its alias", renamed(VISITS, "走访记录")),
    case("a sheet's name with spaces", renamed(VISITS, " 走访 台账 ")),
    case("a card renamed", renamed(SUMMARY, "Sheet2"), "S05 Sheet2!"),
    case("all sheets renamed", lambda book: [setattr(sheet, "title", f"表{n}") for n, sheet in enumerate(book)] and None,
         *(f"S05 表{n}!" for n in range(10))),
    case("a copy beside a blank original", copied(VISITS, "走访台账 (2)", blank_original=True), "S05 走访台账 (2)!"),
    case("identical copies", copied(VISITS, "走访台账 (2)"), "S12 !"),
    case("different copies", copied(VISITS, "走访台账 (2)", other=True), "S08 !"),
    case("filled in under a foreign name", copied(VISITS, "Sheet1", blank_original=True), "S05 Sheet1!"),
    case("more rows under a foreign name", copied(VISITS, "三月下旬", other=True), "S08 !"),
    case("sheets in another order", reverse),
    case("a sheet deleted", deleted(VISITS), "S01 !", changed=["visits rows"]),
    case("a card deleted", deleted(SUMMARY), "S01 !", changed=["summary rows"]),
    case("an unasked sheet deleted", deleted("填表说明")),
    case("the explanations deleted", deleted("核实说明")),
    case("protection removed", unprotect),
    case("other looks", other_looks),
)  # fmt: skip

ROWS = (
    case("a row of units", insert(HEADER + 1, ("", "年-月-日", "", "人", "", ""))),
    case("a row of column numbers", insert(HEADER + 1, (1, 2, 3, 4, 5, 6)), f"S11 {VISITS}!"),
    case("a row of column letters", insert(HEADER + 1, ("甲", "乙", "丙", 1, 2, 3)), f"S11 {VISITS}!"),
    case("a row of bracketed instructions", insert(HEADER + 1, ("（填1、2…）", "（年月日）", "（户主）", "（整数）")), f"S11 {VISITS}!"),
    case("a row of plain instructions", insert(HEADER + 1, ("自动", "按年月日填写", "填户主姓名", "填整数", "填名册中的姓名")), f"S11 {VISITS}!"),
    case("a row with an example", insert(FIRST, ("例", "2011-3-9", "张三家", 3, "李四", "反映路难走")), f"S11 {VISITS}!"),
    case("instructions below the sums", insert(FIRST, ("", "按年月日填写", "", "填整数")), f"S11 {VISITS}!"),
    case("a record without figures", insert(FIRST, ("99", "三月上旬", "某农户", "若干")), f"D01 {VISITS}!B5", f"N01 {VISITS}!D5",
         f"R01 {VISITS}!E5", f"S17 {VISITS}!A*", changed=["visits rows"]),
    case("blank pages in the middle", insert(FIRST + 2, *[()] * 300)),
    case("a page break in the middle", on(VISITS, page_break), f"S11 {VISITS}!"),
    case("blank rows in the middle", insert(FIRST + 2, (), (), ())),
    case("a blank row below the header", insert(HEADER + 1, ())),
    case("a subtotal", on(VISITS, subtotal("小计"))),
    case("a spaced subtotal", on(VISITS, subtotal("小　计"))),
    case("a subtotal of the page", on(VISITS, subtotal("本页小计"))),
    case("a total in another column", on(VISITS, total_below("合计", 3))),
    case("a spaced total with a colon", on(VISITS, total_below("合　　计：", 1))),
    case("a total beside a printed serial number", on(VISITS, total_below("合计", 3, serial="99"))),
    case("a wrong subtotal", both(on(VISITS, subtotal("小计")), on(VISITS, lambda s: setattr(s.cell(FIRST + 2, 4), "value", 1))),
         f"S07 {VISITS}!D7"),
    case("no row of sums", on(VISITS, lambda sheet: sheet.delete_rows(SUMS))),
    case("sums without cached values", lambda book: None, keep_formulas=True),
    case("#REF! in the sums", on(VISITS, lambda sheet: setattr(sheet.cell(SUMS, 4), "value", "#REF!"))),
    case("hidden rows", on(VISITS, hide), f"S06 {VISITS}!"),
    case("filtered rows", on(VISITS, filter_rows), f"S06 {VISITS}!"),
    case("50,000 styled blank rows", on(VISITS, styled_blanks)),
    case("merged rows in a required column", on(VISITS, merge_rows(2)), f"S13 {VISITS}!B5", f"R01 {VISITS}!B6",
         changed=["visits.visited_on 1"], also=["V13"]),
    case("merged serial numbers", on(VISITS, merge_rows(1)), f"S17 {VISITS}!A7", changed=["visits.serial 1"]),
    case("an error in a blank row", on(VISITS, lambda s: setattr(s.cell(last_row(s) + 2, 4), "value", "#N/A")), f"E01 {VISITS}!D*"),
    case("an error in a blank row's serial number", on(VISITS, lambda s: setattr(s.cell(last_row(s) + 2, 1), "value", "#REF!"))),
)  # fmt: skip

SURROUNDINGS = (
    case("signatures under the columns", on(VISITS, signed_in_columns)),
    case("a record that begins like a remark", on(VISITS, remark_that_is_a_record), f"K01 {VISITS}!A*", f"K01 {VISITS}!B*", changed=["visits rows"],
         also=["B01", "S07"]),
    case("another table beside", beside, "S01 !", f"S03 {VISITS}!", f"S04 {VISITS}!", changed=["activities rows"]),
    case("a remark below", below("注：以上数据截至3月31日。", gap=1)),
    case("signatures below", below("填表人：张三", None, "审核人：李四", gap=2)),
    case("a date below", below("2011年3月30日", gap=2)),
    case("words where a serial number belongs", below("另有走访三户，尚未登记，请一并统计", gap=1), f"S09 {VISITS}!A*"),
    case("a cell right of the table", on(VISITS, lambda s: setattr(s.cell(FIRST, 9), "value", 12)), f"S09 {VISITS}!I5"),
    case("an error right of the table", on(VISITS, lambda s: setattr(s.cell(FIRST, 9), "value", "#REF!")), f"S09 {VISITS}!I5"),
    case("a cell under a wide title", on(VISITS, wide_title), f"S09 {VISITS}!I6"),
    case("a cell beside a card", on("封面", beside_cover), "S09 封面!D9"),
    case("another table below", second_table, "S01 !", f"S14 {VISITS}!A*", changed=["activities rows"]),
)  # fmt: skip

CASES = (*HEADERS, *COLUMNS, *SHEETS, *ROWS, *SURROUNDINGS)


@pytest.fixture(scope="module")
def mess(clean_night: Night, clean_district: Path, tmp_path_factory: pytest.TempPathFactory) -> Mess:
    return make_mess(CASES, clean_night, clean_district, tmp_path_factory.mktemp("layout"))


@pytest.mark.parametrize("each", CASES, ids=lambda each: each.name)
def test_a_layout_is_understood_or_refused(each: Case, mess: Mess) -> None:
    check(each, mess)


def test_merged_cells_mean_the_same_where_the_form_says_so(
    clean_district: Path, workspace: Path, night_of: Callable[[Path], Night]
) -> None:
    declared = workspace / "schemas" / "visits.py"
    text = declared.read_text(encoding="utf-8")
    declared.write_text(text.replace('column("走访日期",', 'column("走访日期", fill_down=True,'), encoding="utf-8")
    source = sorted(clean_district.glob("*.xlsx"))[3]
    damage(source, on(VISITS, merge_rows(2)), to=workspace / "inbox" / source.name)
    night = night_of(workspace)
    days = stacks_of(night)["visits"].frame["visited_on"]
    assert days[0] == days[1]
    assert [(finding.rule, finding.cell) for finding in night.findings if finding.sheet == VISITS] == [("S10", "B5")]
