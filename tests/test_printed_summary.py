"""The summary as it comes out of a printer: drawn by LibreOffice, measured by poppler."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from conftest import need
from nights import sample_night

from pipeline.publish.summary.workbook import write_summary

MOST_SHEETS, MOST_BYTES = 20, 300_000
SMALLEST = 5.5  # points of the letters on most of a sheet; they shrink with a page that is made to fit its paper
A4 = (595.3, 841.8)


@dataclass(frozen=True)
class Sheet:
    """One printed sheet: its size in points, its words with their boxes (left, top, right, bottom)."""

    width: float
    height: float
    words: list[tuple[float, float, float, float, str]]

    @property
    def text(self) -> str:
        return "".join(word[4] for word in self.words)


def printed(path: Path, folder: Path) -> list[Sheet]:
    """Draw a workbook as a PDF and read its sheets."""
    command = ["soffice", f"-env:UserInstallation={(folder / 'office').as_uri()}", "--headless", "--convert-to", "pdf"]
    subprocess.run([*command, "--outdir", folder, path], check=True, capture_output=True, timeout=120)
    said = subprocess.run(
        ["pdftotext", "-bbox", folder / f"{path.stem}.pdf", "-"], check=True, capture_output=True, text=True
    ).stdout
    box = r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)<'
    return [
        Sheet(*map(float, size), [(*map(float, word[:4]), word[4]) for word in re.findall(box, part)])  # type: ignore[misc]
        for part in said.split("<page ")[1:]
        for size in re.findall(r'width="([\d.]+)" height="([\d.]+)"', part)
    ]


@pytest.mark.slow
def test_the_summary_of_the_district_prints_on_twenty_sheets_with_every_column(tmp_path: Path) -> None:
    need("soffice", "it draws the workbook")
    need("pdftotext", "it measures what was drawn")
    path = tmp_path / "summary.xlsx"
    write_summary(sample_night(teams=187, rows=1), path)
    assert path.stat().st_size < MOST_BYTES
    sheets = printed(path, tmp_path)
    assert len(sheets) <= MOST_SHEETS
    for sheet in sheets:
        assert sorted((sheet.width, sheet.height)) == pytest.approx(A4, abs=1)
        assert all(left > 30 and right < sheet.width - 30 for left, _, right, _, _ in sheet.words)
        body = sorted(bottom - top for _, top, _, bottom, _ in sheet.words)
        assert body[len(body) // 2] / 1.27 > SMALLEST  # a box is a line high
    book = openpyxl.load_workbook(path)
    firsts = [place for place, sheet in enumerate(sheets) if "制表机关：" in sheet.text]
    assert len(firsts) == len(book.worksheets)  # no page is so wide that it begins a second time
    for page, first in zip(book.worksheets, firsts, strict=True):
        band = 7 if page.print_title_rows == "$6:$7" else 6
        heads = [str(cell.value) for row in page.iter_rows(min_row=6, max_row=band) for cell in row if cell.value]
        begun = [re.sub(r"\s", "", head)[:2] for head in heads]  # the rest may stand on another line
        assert [head for head in begun if head not in sheets[first].text] == []
    for place, sheet in enumerate(sheets, 1):
        assert f"第{place}页，共{len(sheets)}页" in sheet.text
