"""What is written in a shorter way is the same to the last byte."""

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import pytest
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipeline.campaign import Campaign, load
from pipeline.declare import Severity
from pipeline.publish import form
from pipeline.publish.form import Contents, Mark, write_form
from pipeline.publish.quickbook import WIDEST_NUMBER, QuickBook, QuickSheet

REPO = Path(__file__).parent.parent
MADE = dt.datetime(2011, 3, 31)


def every_kind_of_cell(path: Path, kind: type[Workbook], options: dict[str, Any]) -> bytes:
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
    return path.read_bytes()


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
        apart: Collection[int] = (),
    ) -> None:
        for place, value in enumerate(values):
            if place in apart or value == "":
                otherwise(place, value)
            elif value is None:
                self.write_blank(first + place, column, None, style)
            elif isinstance(value, str):
                self.write_string(first + place, column, value, style)
            elif type(value) in (int, float) and abs(value) < WIDEST_NUMBER:
                self.write_number(first + place, column, value, style)
            else:
                otherwise(place, value)

    def dress_rows(self, first: int, count: int, style: Format) -> None:
        for row in range(first, first + count):
            self.set_row(row, None, style)


class UsualBook(Workbook):  # type: ignore[misc]
    """A workbook of such worksheets."""

    worksheet_class = UsualSheet


def columns_and_rows(path: Path, kind: type[Workbook], count: int) -> bytes:
    """Write columns that are plain, that are not, and of different lengths, beside cells of the usual sort."""
    with kind(str(path), {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": MADE})
        bold, day, free, red = (
            book.add_format(look)
            for look in ({"bold": True}, {"num_format": "yyyy-mm-dd"}, {"locked": False}, {"font_color": "red"})
        )
        sheet = book.add_worksheet()
        first = 14  # so that the rows reach over more than one block of sixteen
        sheet.write_string(first - 1, 0, "above", bold)
        sheet.write_comment(first + 1, 9, "beside the columns")
        odd = [" <&> ", "_x0000_", "line\nbreak", "", "￿", None, "字", " 字", "字　", "\x07", 0.1 + 0.2, -3, 10**14]

        def put(column: int, values: Sequence[Any], style: Format, apart: Collection[int] = ()) -> None:
            def write(place: int, value: Any) -> None:
                sheet.write(first + place, column, value, red)

            sheet.put_column(first, column, values, style, write, apart)

        put(1, [f"text {number % 7}" for number in range(count)], bold)
        put(2, [None] * count, free)
        put(3, [MADE if number == 0 else number for number in range(count)], day, {3, 5})
        put(5, (odd * count)[:count], bold)
        put(6, (odd * count)[: count // 2], free)
        sheet.dress_rows(first, count + 3, free)
        sheet.set_row(first + 2, 40, free)
        sheet.set_row(first + count + 9, 40, free)
        sheet.write_string(first + count // 2, 7, "to the right", red)
        other = book.add_worksheet()
        other.set_default_row(30)
        other.put_column(0, 0, ["a"], bold, lambda *_: None)
        other.dress_rows(0, 2, bold)
    return path.read_bytes()


@pytest.mark.parametrize("count", [0, 1, 3, 40])
def test_columns_and_rows_are_written_as_ever(tmp_path: Path, count: int) -> None:
    assert columns_and_rows(tmp_path / "quick.xlsx", QuickBook, count) == columns_and_rows(
        tmp_path / "usual.xlsx", UsualBook, count
    )


def a_form(path: Path) -> bytes:
    """Write a form with marks in its ledgers, and cells of every kind."""
    campaign: Campaign = load(REPO)
    ledgers = [sheet for sheet in campaign.form.sheets if sheet.options().role == "ledger"]
    odd = [MADE, dt.datetime(2011, 3, 31, 12, 30), dt.date(1850, 1, 1), 1.5, 10**17, True, "", None, "字" * 40_000]
    rows = {
        sheet.key(): [
            {name: odd[(n + at) % 9] if n > 8 else f"{name}{n}" for at, name in enumerate(sheet.columns())}
            for n in range(30)
        ]
        for sheet in ledgers
    }
    key, field = ledgers[0].key(), list(ledgers[0].columns())[1]
    marks = {(key, row, field): Mark(Severity.ERROR, ("为什么",)) for row in (2, 12)}
    names = {key: [f"name {n}" for n in range(30)]}
    write_form(path, campaign, campaign.periods[0], campaign.teams[0], Contents(rows, marks, names))
    return path.read_bytes()


def test_a_form_is_written_as_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert QuickBook.worksheet_class is QuickSheet
    quick = a_form(tmp_path / "quick.xlsx")
    monkeypatch.setattr(form, "QuickBook", UsualBook)
    assert quick == a_form(tmp_path / "usual.xlsx")
