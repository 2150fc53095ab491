"""What is written in a shorter way is the same, part by part, to the last byte."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zipfile import ZipFile

import pytest
from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipeline.campaign import Campaign, load
from pipeline.declare import Severity
from pipeline.publish.excel.preprints import Stock
from pipeline.publish.excel.quickbook import QuickBook
from pipeline.publish.excel.quickcells import WIDEST_NUMBER
from pipeline.publish.excel.quickparts import Guard
from pipeline.publish.excel.quicksheet import QuickSheet
from pipeline.publish.form import workbook as form
from pipeline.publish.form.columns import Columns
from pipeline.publish.form.styles import Styles
from pipeline.publish.form.workbook import Contents, Mark, write_form

REPO = Path(__file__).parent.parent
MADE = dt.datetime(2011, 3, 31)


def parts(path: Path) -> dict[str, bytes]:
    """Unzip a workbook; its parts in their order."""
    with ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {info.date_time for info in archive.infolist()} <= {(1980, 1, 1, 0, 0, 0), (1980, 1, 31, 0, 0, 0)}
        return {name: archive.read(name) for name in archive.namelist()}


def every_kind_of_cell(path: Path, kind: type[Workbook], options: dict[str, Any]) -> dict[str, bytes]:
    """Write cells of every kind, with a format of their own, of their row, of their column, and without any."""
    with kind(str(path), options) as book:
        book.set_properties({"created": MADE})
        bold, day, row, column = (
            book.add_format(look)
            for look in ({"bold": True}, {"num_format": "yyyy-mm-dd"}, {"italic": True}, {"underline": 1})
        )
        sheet = book.add_worksheet()
        sheet.set_row(3, 30, row)
        sheet.set_column(30, 30, 12, column)
        for number, style in enumerate((None, bold, day)):
            for at, value in enumerate(
                (1, -2.5, 1e15, 0.1 + 0.2, 1e-7, 10**14 + 1, True, "字", " <&\"'> ", "", "_x0000_")
            ):
                sheet.write(number, at, value, style)
            sheet.write_string(number, 20, "字", style)
            sheet.write_string(number, 21, "line\nbreak\tand \x07", style)
            sheet.write_blank(number, 22, None, style)
            sheet.write_datetime(number, 23, MADE, style)
            sheet.write_formula(number, 24, "=1+1", style, 2)
            sheet.write_array_formula(number, 25, number, 25, "{=SUM(A1:B1)}", style, 3)
            sheet.write_url(number, 26, "internal:Sheet1!A1", style, "here")
            sheet.write_rich_string(number, 27, "plain ", bold, "fat", style or bold)
            sheet.write_number(number, 800, 7, style)
            sheet.write_number(number, 30, 8)
        sheet.write_string(3, 0, "in a row with a format")
    return parts(path)


@pytest.mark.parametrize("options", [{}, {"in_memory": True}, {"constant_memory": True}], ids=str)
def test_every_kind_of_cell_is_written_as_ever(tmp_path: Path, options: dict[str, Any]) -> None:
    assert every_kind_of_cell(tmp_path / "quick.xlsx", QuickBook, options) == every_kind_of_cell(
        tmp_path / "usual.xlsx", Workbook, options
    )


class UsualSheet(Worksheet):  # type: ignore[misc]
    """Whole columns and rows, written cell by cell in xlsxwriter's own way."""

    def put_column(
        self,
        first: int,
        column: int,
        values: Sequence[Any],
        style: Format,
        otherwise: Callable[[int, Any], object],
        styles: Mapping[int, Format] = MappingProxyType({}),
    ) -> None:
        for place, value in enumerate(values):
            its = styles.get(place, style)
            if value == "":
                otherwise(place, value)
            elif value is None:
                self.write_blank(first + place, column, None, its)
            elif isinstance(value, str):
                self.write_string(first + place, column, value, its)
            elif type(value) in (int, float) and abs(value) < WIDEST_NUMBER:
                self.write_number(first + place, column, value, its)
            else:
                otherwise(place, value)

    def put_row(
        self,
        row: int,
        values: Sequence[Any],
        styles: Sequence[Format],
        otherwise: Callable[[int, int, Any, Format], object],
    ) -> None:
        for column, (value, style) in enumerate(zip(values, styles, strict=True)):
            if value is None:
                self.write_blank(row, column, None, style)
            elif isinstance(value, str):
                self.write_string(row, column, value, style)
            elif type(value) in (int, float) and abs(value) < WIDEST_NUMBER:
                self.write_number(row, column, value, style)
            else:
                otherwise(row, column, value, style)

    def put_texts(self, first: int, column: int, texts: Sequence[str], style: Format) -> None:
        for place, text in enumerate(texts):
            self.write_string(first + place, column, text, style)

    def dress_rows(self, first: int, count: int, style: Format, heights: Mapping[int, float]) -> None:
        for place in range(count):
            self.set_row(first + place, heights.get(place), style)

    def guard(self, top: int, left: int, bottom: int, right: int, guard: Guard) -> None:
        self.data_validation(top, left, bottom, right, dict(guard.options))


class UsualBook(Workbook):  # type: ignore[misc]
    """A workbook of such worksheets, which are printed anew in each; begun with the texts and formats of a stock."""

    worksheet_class = UsualSheet

    def __init__(self, filename: str, options: dict[str, Any], stock: Stock | None = None) -> None:
        super().__init__(filename, options)
        for text in stock.texts if stock else ():
            self.str_table._get_shared_string_index(text)
        self.str_table.count = 0
        if stock:
            self.formats, self.xf_format_indices = list(stock.formats), dict(stock.numbers)

    def preprinted(self, title: str, arrange: Callable[[Worksheet], None]) -> Worksheet:
        arrange(sheet := self.add_worksheet(title))
        return sheet

    add_printed = preprinted


def columns_and_rows(path: Path, kind: type[Workbook], count: int) -> dict[str, bytes]:
    """Write columns that are plain, that are not, and of different lengths, beside cells of the usual sort."""
    with kind(str(path), {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": MADE})
        bold, day, free, red, late, later = (
            book.add_format(look)
            for look in (
                {"bold": True}, {"num_format": "yyyy-mm-dd"}, {"locked": False}, {"font_color": "red"}, {"top": 1},
                {"top": 2},
            )
        )  # fmt: skip
        sheet = book.add_worksheet()
        first = 14  # so that the rows reach over more than one block of sixteen
        sheet.write_string(first - 1, 0, "above", bold)
        sheet.write_comment(first + 1, 9, "beside the columns")
        sheet.write_comment(first + 2, 9, " <by hand> ", {"author": "A & B", "font_name": "Arial", "x_scale": 3})
        sheet.write_comment(first + 40, 1, "seen", {"visible": True, "color": "red"})
        odd = [" <&> ", "_x0000_", "line\nbreak", "", "￿", None, "字", " 字", "字　", "\x07", 0.1 + 0.2, -3, 10**14]

        def put(column: int, values: Sequence[Any], style: Format, styles: Mapping[int, Format] | None = None) -> None:
            def write(place: int, value: Any) -> None:
                sheet.write(first + place, column, value, red)

            sheet.put_column(first, column, values, style, write, styles or {})

        put(1, [f"text {number % 7}" for number in range(count)], bold, {0: red, 20: day})
        put(2, [None] * count, free)
        put(3, [MADE if number == 0 else number for number in range(count)], day, {0: bold, 3: bold, 5: late})
        put(4, [number / 3 for number in range(count)], free, {2: later})
        put(8, ["own"] * count, book.add_format({"bottom": 1}), dict.fromkeys(range(count), red))
        put(5, (odd * count)[:count], bold)
        put(6, (odd * count)[: count // 2], free)
        sheet.dress_rows(first, count + 3, free, {2: 40, 4: 33.3, 17: 20})
        sheet.set_row(first + count + 9, 40, free)
        sheet.write_string(first + count // 2, 7, "to the right", red)
        other = book.add_worksheet()
        other.set_default_row(30)
        other.put_column(0, 0, ["a"], bold, lambda *_: None)
        other.dress_rows(0, 2, bold, {})
        other.put_texts(2**20, 1, ["below the last row", "that a sheet can have"], bold)
        other.put_row(5, odd, [bold, free, red] * 4 + [day], other.write)
        other.put_row(6, [MADE, True, 10**16], [day, bold, red], other.write)
    return parts(path)


@pytest.mark.parametrize("count", [0, 1, 3, 40])
def test_columns_and_rows_are_written_as_ever(tmp_path: Path, count: int) -> None:
    assert columns_and_rows(tmp_path / "quick.xlsx", QuickBook, count) == columns_and_rows(
        tmp_path / "usual.xlsx", UsualBook, count
    )


def a_form(path: Path, count: int = 30) -> dict[str, bytes]:
    """Write a form with marks in its ledgers, cells of every kind, and a sheet of which no stock knows."""
    campaign: Campaign = load(REPO)
    ledgers = [sheet for sheet in campaign.form.sheets if sheet.options().role == "ledger"]
    odd = [MADE, dt.datetime(2011, 3, 31, 12, 30), dt.date(1850, 1, 1), 1.5, 10**17, True, "", None, "字" * 40_000]
    rows = {
        sheet.key(): [
            {name: odd[(n + at) % 9] if 8 < n < 30 else f"{name}{n}" for at, name in enumerate(sheet.columns())}
            for n in range(count)
        ]
        for sheet in ledgers
    }
    key, field = ledgers[0].key(), list(ledgers[0].columns())[1]
    marks = {(key, row, field): Mark(Severity.ERROR, ("为什么",)) for row in (2, 12)}
    names = {key: [f"name {n}" for n in range(count)]}
    contents = Contents(rows, marks, names)
    first = [add_letter] if count > 30 else []
    write_form(path, campaign, campaign.periods[0], campaign.teams[0], contents, first_sheets=first)
    return parts(path)


def add_letter(book: QuickBook, styles: Styles) -> None:
    """Put a letter in front, in a type that the form has nowhere."""
    sheet = book.preprinted("信", lambda sheet: sheet.set_column(0, 0, 60))
    sheet.write_string(0, 0, "各位", styles("text", font_size=20))


def test_a_form_is_written_as_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert QuickBook.worksheet_class is QuickSheet
    quick, longer = a_form(tmp_path / "quick.xlsx"), a_form(tmp_path / "longer.xlsx", 1_000)
    assert list(quick.items()) == list(a_form(tmp_path / "again.xlsx").items())  # with what the others left behind
    monkeypatch.setattr(form, "QuickBook", UsualBook)
    assert list(quick.items()) == list(a_form(tmp_path / "usual.xlsx").items())
    assert list(longer.items()) == list(a_form(tmp_path / "usual.xlsx", 1_000).items())


def test_what_is_printed_has_the_same_numbers_in_every_workbook(tmp_path: Path) -> None:
    quick, longer = a_form(tmp_path / "quick.xlsx"), a_form(tmp_path / "longer.xlsx", 40)
    instructions = [
        next(part for name, part in each.items() if name.startswith("xl/worksheets") and "浅黄色".encode() in part)
        for each in map(with_texts, (quick, longer))
    ]
    assert instructions[0] == instructions[1]
    assert quick["xl/styles.xml"] != longer["xl/styles.xml"]  # the letter's type has been added
    assert quick["xl/styles.xml"].count(b"<xf ") == longer["xl/styles.xml"].count(b"<xf ") - 1


def with_texts(book: dict[str, bytes]) -> dict[str, bytes]:
    """Append to each sheet the texts that its cells have."""
    texts = re.findall(rb"<si>(.*?)</si>", book["xl/sharedStrings.xml"], re.DOTALL)
    return {
        name: part + b"".join(texts[int(number)] for number in re.findall(rb't="s"><v>(\d+)<', part))
        for name, part in book.items()
        if name.startswith("xl/worksheets/sheet")
    }


def test_a_table_is_the_same_by_rows_and_by_columns(tmp_path: Path) -> None:
    campaign: Campaign = load(REPO)
    sheet = next(sheet for sheet in campaign.form.sheets if not sheet.is_card())
    columns = {name: [f"{name} {n}" if n else None for n in range(20)] for name in sheet.columns()}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    assert list(Columns(columns)) == rows
    assert list(Columns(columns)[2:5]) == rows[2:5]
    both = []
    for each in (rows, Columns(columns)):
        path = tmp_path / "book.xlsx"
        write_form(path, campaign, campaign.periods[0], campaign.teams[0], Contents({sheet.key(): each}))
        both.append(parts(path))
    assert both[0] == both[1]


def test_styles_that_another_workbook_has_in_another_order_are_its_own(tmp_path: Path) -> None:
    looks = [{"bold": True}, {"italic": True, "bg_color": "#FF0000"}, {"bold": True, "border": 1, "num_format": "0.00"}]
    for at, order in enumerate([looks, looks[::-1], looks[:2], looks]):
        both = []
        for kind in (QuickBook, Workbook):
            path = tmp_path / f"{at}.xlsx"
            with kind(str(path), {"in_memory": True}) as book:
                book.set_properties({"created": MADE})
                sheet = book.add_worksheet()
                for row, look in enumerate(order):
                    sheet.write(row, 0, row, book.add_format(look))
                if at == 3:
                    sheet.write_comment(0, 0, "why")
                    sheet.conditional_format(0, 0, 3, 0, {"type": "blanks", "format": book.add_format(looks[0])})
            both.append(parts(path))
        assert both[0] == both[1]


def test_a_place_that_cannot_be_written_to_is_said_as_ever(tmp_path: Path) -> None:
    book = QuickBook(str(tmp_path / "none" / "book.xlsx"), {"in_memory": True})
    with pytest.raises(FileCreateError):
        book.close()
