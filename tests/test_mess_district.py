"""The whole clean district, every return damaged in its layout or its typing only: still exactly the announced totals."""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openpyxl
from conftest import need
from mess import first_row
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.campaign import Campaign
from pipeline.declare import Count, Sheet
from pipeline.night import Night
from pipeline.publish.form.geometry import HEADER
from pipeline.run import run
from pipeline.workspace import create

DUE = dt.date(2011, 3, 31)
RESAVED = ("xls:MS Excel 97", "ods", "xlsx:Calc MS Excel 2007 XML")
PER_FORMAT = 12
Damage = Callable[[Workbook, Campaign], None]


def tables(book: Workbook, campaign: Campaign) -> list[tuple[Worksheet, type[Sheet]]]:
    return [(book[sheet.title()], sheet) for sheet in campaign.form.sheets if not sheet.is_card()]


def columns_reversed(book: Workbook, campaign: Campaign) -> None:
    for page, _ in tables(book, campaign):
        for row in page.iter_rows(min_row=HEADER + 1):
            cells = [(cell.value, cell.number_format) for cell in row]
            for cell, (value, number_format) in zip(row, reversed(cells), strict=True):
                cell.value, cell.number_format = value, number_format


def rows_above(book: Workbook, campaign: Campaign) -> None:
    for sheet in campaign.form.sheets:
        book[sheet.title()].insert_rows(1, 3)
        book[sheet.title()]["A1"] = "附件"


def blank_rows_between(book: Workbook, campaign: Campaign) -> None:
    for page, sheet in tables(book, campaign):
        page.insert_rows(first_row(sheet) + 2, 2)


def older_headers(book: Workbook, campaign: Campaign) -> None:
    for page, sheet in tables(book, campaign):
        words = [alias for col in sheet.columns().values() for alias in col.aliases]
        for cell, col in zip(page[HEADER + 1], sheet.columns().values(), strict=False):
            mine = next((alias for alias in col.aliases if words.count(alias) == 1), None)
            cell.value = f" {mine}\n（单位：{col.unit or '无'}）" if mine else cell.value


def sheets_renamed(book: Workbook, campaign: Campaign) -> None:
    for number, sheet in enumerate(campaign.form.sheets):
        aliases = sheet.options().aliases
        book[sheet.title()].title = aliases[0] if aliases else f"附表{number}"


def full_width(book: Workbook, campaign: Campaign) -> None:
    counts(book, campaign, lambda value, unit: "".join(chr(ord(digit) + 0xFEE0) for digit in str(value)))


def units_in_cells(book: Workbook, campaign: Campaign) -> None:
    counts(book, campaign, lambda value, unit: f" {value}{unit} ")


def counts(book: Workbook, campaign: Campaign, typed: Callable[[int, str], str]) -> None:
    """Type every count of every table otherwise."""
    for page, sheet in tables(book, campaign):
        for row in page.iter_rows(min_row=first_row(sheet) + 1):
            for cell, col in zip(row, sheet.columns().values(), strict=False):
                if col.kind is Count and isinstance(cell.value, int):
                    cell.value = typed(cell.value, col.unit)


DAMAGES: Sequence[Damage] = (
    columns_reversed, rows_above, blank_rows_between, older_headers, sheets_renamed, full_width, units_in_cells,
)  # fmt: skip


def resave_all(files: Sequence[Path], to: Path, profile: Path) -> None:
    """Open the first files in LibreOffice and save them as other kinds, all of one kind in one run."""
    command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless"]
    for number, kind in enumerate(RESAVED):
        mine = map(str, files[number * PER_FORMAT : (number + 1) * PER_FORMAT])
        subprocess.run(
            [*command, "--convert-to", kind, "--outdir", str(to), *mine], check=True, capture_output=True, timeout=180
        )


def test_layout_changes_no_total(clean_night: Night, clean_district: Path, campaign: Campaign, tmp_path: Path) -> None:
    need("soffice", "a third of the returns are saved anew by an office program")
    create(tmp_path / "workspace")
    inbox = tmp_path / "workspace" / "inbox"
    files = sorted(clean_district.glob("*.xlsx"))
    with ThreadPoolExecutor(1) as office:
        resaved = office.submit(resave_all, files, inbox, tmp_path / "profile")
        for number, path in enumerate(files[len(RESAVED) * PER_FORMAT :]):
            book = openpyxl.load_workbook(path, data_only=True)
            DAMAGES[number % len(DAMAGES)](book, campaign)
            book.save(inbox / path.name)
        resaved.result()
    assert len(list(inbox.iterdir())) == len(files) == 187

    night = run(tmp_path / "workspace", DUE, workers=2)
    wrong = [finding.message for finding in night.findings if finding.severity.value != "note"]
    assert wrong == []
    assert night.returns()["accepted"] == 187
    assert {key: total.value for key, total in night.consolidation.totals.items()} == {
        key: total.value for key, total in clean_night.consolidation.totals.items()
    }
    assert all(total.value == total.announced for total in night.consolidation.totals.values() if total.announced)
    assert night.consolidation.by_team == clean_night.consolidation.by_team
    assert {finding.rule for finding in night.findings} == {"K01", "S05"}
