"""The issued bulletin on paper: at most four pages of text, its signature not alone, margins, page numbers, the red rule."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import need
from nights import sample_night

from pipeline.issued import HELD, LATE, MISSING, QUERIED, Issue, Named, Rates, Since
from pipeline.model import FindingState, Standing, Status
from pipeline.night import Night
from pipeline.publish.word.bulletin import render
from pipeline.publish.word.drafter import BULLETIN, draft_of
from pipeline.publish.word.stamp import Stamp

pytestmark = pytest.mark.slow
LEFT, RIGHT, POINT = 28.0, 210 - 26.0, 25.4 / 72  # mm
HANGS = 17 * POINT  # LibreOffice lets a stop hang beyond the margin
SIZES = (4, 8, 30)  # teams in each list


@pytest.fixture(scope="module")
def night() -> Night:
    return sample_night(teams=140, rows=1)


def eventful(night: Night, size: int) -> Night:
    """Let so many teams each be missing, late, held and asked."""
    sent = next(each for each in night.standings if each.latest).latest
    good = {"status": Status.ACCEPTED, "latest": sent, "counted": sent, "versions": 1}
    states = ({"status": Status.MISSING, "days_late": 3}, {**good, "days_late": 3},
              {"status": Status.HELD, "latest": sent, "versions": 2, "errors": 12}, {**good, "queries": 2})  # fmt: skip
    teams = [each.team for each in night.standings]
    made = [Standing(team, **states[number % 4] if number < 4 * size else good) for number, team in enumerate(teams)]  # type: ignore[arg-type]
    counted, said = sum(each.counted is not None for each in made), night.consolidation
    totals = {key: replace(total, reported=counted) for key, total in said.totals.items()}
    return replace(night, standings=made, consolidation=replace(said, totals=totals))


def issue_before(night: Night, size: int) -> Issue:
    teams = [each.team for each in night.standings]
    named = [
        Named(team.code, team.name, what, () if what in (MISSING, LATE) else ("open", "closed"))
        for number, team in enumerate(teams[: 4 * size])
        for what in ((MISSING, LATE, HELD, QUERIED)[number % 4],)
    ]
    return Issue(
        1, 0, "区作风办〔2011〕1号", night.period.key, 1, night.as_of, night.as_of, "张主任", "", "", {},
        {key: (total.value - 7, total.reported - 1) for key, total in night.consolidation.totals.items()}, {},
        Rates(140, 120, 110, 100, 100), named,
    )  # fmt: skip


@pytest.fixture(scope="module")
def printed(night: Night, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """PDFs of the bulletin alone, beside an earlier issue, and as a revision, with lists of every size."""
    need("soffice", "the page is looked at as it is printed")
    need("pdftotext", "the page is looked at as it is printed")
    folder = tmp_path_factory.mktemp("printed")
    for size in SIZES:
        made, issue = eventful(night, size), issue_before(night, size)
        since = Since(issue, night.period, {"closed": FindingState.CLOSED, "open": FindingState.OPEN})
        stamps = {"alone": Stamp(8, night.as_of), "beside": Stamp(8, night.as_of),
                  "revised": Stamp(8, night.as_of, 1, issue, "有关单位报送的数字有误，经核实后重新报送")}  # fmt: skip
        for name, stamp in stamps.items():
            told = made if name == "alone" else replace(made, last_issue=since)
            (folder / f"{name}{size}.docx").write_bytes(render(draft_of(told, BULLETIN, stamp)))
    documents = sorted(folder.glob("*.docx"))
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
    subprocess.run([*command, *map(str, documents)], check=True, capture_output=True, timeout=180)
    return [path.with_suffix(".pdf") for path in documents]


def pages_of(pdf: Path) -> list[str]:
    said = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, encoding="utf-8").stdout
    return said.split("\f")[:-1]


def test_the_text_has_at_most_four_pages_and_the_signature_is_not_alone(printed: list[Path]) -> None:
    assert len(printed) == 3 * len(SIZES)
    for pdf in printed:
        pages = pages_of(pdf)
        text = next(number for number, page in enumerate(pages) if page.strip().startswith("附件 1") or page.strip().startswith("附件1"))  # fmt: skip
        assert text <= 4, (pdf.name, text)
        last = pages[text - 1]
        lines = [line.strip() for line in last.splitlines() if line.strip()]
        signed = next(number for number, line in enumerate(lines) if line == "区作风建设领导小组办公室")
        assert signed >= 2 and re.fullmatch(r"2011 ?年 ?4 ?月 ?\d+ ?日", lines[signed + 1]), (pdf.name, lines)


def test_everything_stands_within_the_margins_and_page_numbers_turn_outwards(printed: list[Path]) -> None:
    for pdf in printed[:: len(SIZES)]:
        said = subprocess.run(
            ["pdftotext", "-bbox", pdf, "-"], check=True, capture_output=True, encoding="utf-8"
        ).stdout
        for number, page in enumerate(said.split("<page ")[1:], 1):
            words = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="[\d.]+">([^<]*)<', page)
            places = [
                (float(left) * POINT, float(top) * POINT, float(right) * POINT, text)
                for left, top, right, text in words
            ]
            assert min(left for left, *_ in places) >= LEFT - 0.5
            assert max(right for _, _, right, _ in places) <= RIGHT + HANGS
            (own,) = [place for place in places if place[1] > 260 and place[3] == str(number)]
            is_right = own[0] > (LEFT + RIGHT) / 2
            assert is_right is (number % 2 == 1), (pdf.name, number)


def test_the_red_rule_is_as_wide_as_the_type_area(printed: list[Path], tmp_path: Path) -> None:
    need("pdftoppm", "the rule is looked at as it is printed")
    subprocess.run(["pdftoppm", "-r", "72", "-l", "1", "-singlefile", printed[0], tmp_path / "first"], check=True)
    head, size, _, pixels = (tmp_path / "first.ppm").read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    assert head == b"P6"
    rows = [pixels[3 * width * row : 3 * width * (row + 1)] for row in range(height)]
    reds = [
        [x for x in range(width) if row[3 * x] > 200 and row[3 * x + 1] < 150 and row[3 * x + 2] < 150] for row in rows
    ]
    widest = max(reds, key=len)
    assert len(widest) * POINT == pytest.approx(156, abs=1)
    assert widest[0] * POINT == pytest.approx(LEFT, abs=0.7)
