"""What is written in a shorter way is the same to the last byte."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from xlsxwriter import Workbook

from pipeline.campaign import Campaign, load
from pipeline.declare import Severity
from pipeline.publish.form import Contents, Mark, write_form
from pipeline.publish.quickbook import QuickBook, QuickSheet

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


def test_a_form_is_written_as_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign: Campaign = load(REPO)
    ledgers = [sheet for sheet in campaign.form.sheets if sheet.options().role == "ledger"]
    rows = {sheet.key(): [{name: f"{name}{n}" for name in sheet.columns()} for n in range(9)] for sheet in ledgers}
    key, field = ledgers[0].key(), list(ledgers[0].columns())[1]
    contents = Contents(rows, {(key, 2, field): Mark(Severity.ERROR, ("为什么",))})
    assert QuickBook.worksheet_class is QuickSheet
    write_form(tmp_path / "quick.xlsx", campaign, campaign.periods[0], campaign.teams[0], contents)
    monkeypatch.setattr(QuickBook, "worksheet_class", Workbook.worksheet_class)
    write_form(tmp_path / "usual.xlsx", campaign, campaign.periods[0], campaign.teams[0], contents)
    assert (tmp_path / "quick.xlsx").read_bytes() == (tmp_path / "usual.xlsx").read_bytes()
