"""Workbooks and the bulletin as they come out of a printer: drawn by LibreOffice, measured by poppler."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from conftest import need
from nights import sample_night

from pipeline.publish.office.acceptance import write_acceptance
from pipeline.publish.office.decision_book import write_decision_book
from pipeline.publish.office.lists import write_chasing_list, write_findings_workbook
from pipeline.publish.office.page import write_page
from pipeline.publish.office.spot_check import write_spot_check
from pipeline.publish.office.templates import PAGE_FILE
from pipeline.publish.summary.workbook import write_summary
from pipeline.publish.word.bulletin import render
from pipeline.publish.word.drafter import draft_of
from pipeline.settings import SpotCheck

pytestmark = pytest.mark.slow
BOOKS = ("summary", "acceptance")  # that leaders and inspectors read as a whole
LISTS = ("findings", "chasing", "decisions", "spot")
MOST_SHEETS, MOST_BYTES = 20, 300_000
# Points of the letters on most of a sheet; they shrink with a page that is made to fit its paper. Lists are filtered on a screen.
SMALLEST, SMALLEST_IN_LISTS = 5.5, 5
MM = 72 / 25.4
A4 = (210 * MM, 297 * MM)
LEFT, RIGHT, TOP, BOTTOM = (
    28,
    210 - 26,
    37,
    297 - 35,
)  # of the standard's type area, in millimetres from the upper left corner
LINE = 225 / 22  # millimetres from line to line
Word = tuple[float, float, float, float, str]


@dataclass(frozen=True)
class Sheet:
    """One printed sheet: its size in points, its words with their boxes (left, top, right, bottom)."""

    width: float
    height: float
    words: list[Word]

    @property
    def text(self) -> str:
        """All words, without space."""
        return "".join(word[4] for word in self.words)

    def lines(self) -> list[Word]:
        """Give the type area's lines from the top down, in millimetres: words whose feet stand level are one line."""
        level: dict[int, list[Word]] = {}
        for word in self.words:
            if TOP * MM < word[1] < BOTTOM * MM:
                level.setdefault(round(word[3]), []).append(word)
        rows = [sorted(words) for _, words in sorted(level.items())]
        return [
            (row[0][0] / MM, row[0][1] / MM, row[-1][2] / MM, row[0][3] / MM, "".join(word[4] for word in row))
            for row in rows
        ]


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The district's workbooks and bulletin, and all as PDF."""
    need("soffice", "it draws the documents")
    need("pdftotext", "it measures what was drawn")
    folder, night = tmp_path_factory.mktemp("papers"), sample_night(teams=187, rows=1)
    write_summary(night, folder / "summary.xlsx")
    write_acceptance(night, folder / "acceptance.xlsx")
    write_findings_workbook(night, folder / "findings.xlsx")
    write_chasing_list(night, folder / "chasing.xlsx")
    write_page(night, folder / PAGE_FILE)
    write_decision_book(night, folder / "decisions.xlsx")
    write_spot_check(night, folder / "spot.xlsx", SpotCheck({"visits": 5, "problems": 3}))
    (folder / "bulletin.docx").write_bytes(render(draft_of(night, "bulletin.docx")))
    command = ["soffice", f"-env:UserInstallation={(folder / 'office').as_uri()}", "--headless", "--convert-to", "pdf"]
    files = [folder / name for name in ("bulletin.docx", *(f"{name}.xlsx" for name in (*BOOKS, *LISTS)))]
    subprocess.run([*command, "--outdir", folder, *files], check=True, capture_output=True, timeout=180)
    return folder


def sheets_of(path: Path) -> list[Sheet]:
    """Read the sheets of a PDF."""
    said = subprocess.run(["pdftotext", "-bbox", path, "-"], check=True, capture_output=True, text=True).stdout
    box = r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)<'
    return [
        Sheet(*map(float, size), [(*map(float, word[:4]), word[4]) for word in re.findall(box, part)])  # type: ignore[misc]
        for part in said.split("<page ")[1:]
        for size in re.findall(r'width="([\d.]+)" height="([\d.]+)"', part)
    ]


@pytest.mark.parametrize("name", BOOKS)
def test_a_workbook_is_small_and_prints_on_twenty_sheets(papers: Path, name: str) -> None:
    assert (papers / f"{name}.xlsx").stat().st_size < MOST_BYTES
    assert len(sheets_of(papers / f"{name}.pdf")) <= MOST_SHEETS


@pytest.mark.parametrize("name", [*BOOKS, *LISTS])
def test_every_printed_sheet_is_a4_and_can_be_read(papers: Path, name: str) -> None:
    sheets = sheets_of(papers / f"{name}.pdf")
    for place, sheet in enumerate(sheets, 1):
        assert sorted((sheet.width, sheet.height)) == pytest.approx(A4, abs=1)
        assert all(left > 30 and right < sheet.width - 30 for left, _, right, _, _ in sheet.words)
        heights = sorted(bottom - top for _, top, _, bottom, _ in sheet.words)
        smallest = SMALLEST if name in BOOKS else SMALLEST_IN_LISTS
        assert heights[len(heights) // 2] / 1.27 > smallest  # a box is a line high
        assert f"第{place}页，共{len(sheets)}页" in sheet.text


@pytest.mark.parametrize("name", [*BOOKS, *LISTS])
def test_no_column_of_a_workbook_is_cut_off(papers: Path, name: str) -> None:
    sheets, book = sheets_of(papers / f"{name}.pdf"), openpyxl.load_workbook(papers / f"{name}.xlsx")
    firsts = [place for place, sheet in enumerate(sheets) if "制表机关：" in sheet.text]
    pages = [page for page in book.worksheets if page.sheet_state == "visible"]
    assert len(firsts) == len(pages)
    for page, first, behind in zip(pages, firsts, [*firsts[1:], len(sheets)], strict=True):
        band = 7 if page.print_title_rows == "$6:$7" else 6
        hidden = {letter for letter, column in page.column_dimensions.items() if column.hidden}
        head = [cell for row in page.iter_rows(min_row=6, max_row=band) for cell in row if cell.value]
        heads = [str(cell.value) for cell in head if cell.column_letter not in hidden]
        begun = [re.sub(r"\s", "", head)[:2] for head in heads]  # the rest may stand on another line
        repeated = range(first, behind) if page.print_title_rows else [first]
        assert [(n, head) for n in repeated for head in begun if head not in sheets[n].text] == []


def test_the_bulletins_text_fills_the_type_area_to_the_millimetre(papers: Path) -> None:
    sheets = sheets_of(papers / "bulletin.pdf")
    text = [sheet.lines() for sheet in sheets[: signed(sheets) + 1]]
    lines_of_28 = [line for lines in text for line in lines if len(line[4]) >= 27 and line[0] < LEFT + 1]
    full = [
        line for line in lines_of_28 if line[4][-1] not in "，、。；：）"
    ]  # a stop may hang in the margin, or end it all
    assert len(full) > 20
    assert all(line[0] == pytest.approx(LEFT, abs=0.5) and line[2] == pytest.approx(RIGHT, abs=1) for line in full)
    assert max(len(lines) for lines in text) == 22
    for lines in text[1:]:  # behind the head, whose lines are of other sizes
        assert lines[0][1] == pytest.approx(TOP + (LINE - 7.3) / 2, abs=1.5)
        for line in lines:
            steps = (line[1] - lines[0][1]) / LINE
            assert steps == pytest.approx(round(steps), abs=0.1)


def test_page_numbers_stand_outside_and_below_the_type_area(papers: Path) -> None:
    for number, sheet in enumerate(sheets_of(papers / "bulletin.pdf"), 1):
        below = [word for word in sheet.words if word[1] > BOTTOM * MM]
        assert "".join(word[4] for word in sorted(below)) == f"—{number}—"
        top, bottom = min(word[1] for word in below) / MM, max(word[3] for word in below) / MM
        assert top == pytest.approx(BOTTOM + 7, abs=1) and bottom < 297 - 15
        if number % 2:
            assert max(word[2] for word in below) / MM == pytest.approx(RIGHT - 5, abs=0.5)
        else:
            assert min(word[0] for word in below) / MM == pytest.approx(LEFT + 5, abs=0.5)


def test_the_signature_is_not_alone_and_heads_of_annexes_are_repeated(papers: Path) -> None:
    sheets = sheets_of(papers / "bulletin.pdf")
    lines = [line[4] for line in sheets[signed(sheets)].lines()]
    assert len(lines) > 3 and lines[-1] == "2011年4月3日" and lines[-2].endswith("办公室")
    annex = [sheet for sheet in sheets[signed(sheets) + 1 :] if "驻" in sheet.text and "核对" not in sheet.text]
    continued = [sheet for sheet in annex if "附件" not in sheet.text and "最近收到" in sheet.text]
    assert len(continued) > 3
    for sheet in continued:
        top = "".join(line[4] for line in sheet.lines()[:3])
        assert "序号工作队" in top or "所在乡镇街道应报" in top


def signed(sheets: list[Sheet]) -> int:
    """Find the sheet on which the text ends: its last line is the day."""
    return next(n for n, sheet in enumerate(sheets) if (lines := sheet.lines()) and lines[-1][4] == "2011年4月3日")
