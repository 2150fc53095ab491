"""Drafts as PDF: made where they are wanted and can be made, kept while the draft stays the same, never in the way."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner
from conftest import DUE, need

from pipeline.campaign import load
from pipeline.cli import huizong
from pipeline.demo import make_district
from pipeline.publish.word import pdf as portable
from pipeline.run import run


@pytest.fixture
def few(workspace: Path) -> Path:
    """A campaign folder that wants PDF, with the right returns of three teams in its inbox."""
    settings = workspace / "schemas" / "campaign.toml"
    settings.write_text(settings.read_text("utf-8").replace("pdf = false", "pdf = true"), "utf-8")
    campaign = load(workspace)
    make_district(campaign, campaign.periods[0], workspace / "inbox", clean=True, teams=3)
    return workspace


def pdfs(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / "outbox" / DUE.isoformat()).glob("*.pdf")}


def test_drafts_are_there_as_pdf_and_stay_the_same_while_the_drafts_do(few: Path) -> None:
    need("soffice", "makes PDF")
    need("pdftotext", "reads PDF")
    last = sorted((few / "inbox").glob("*.xlsx"))[-1]
    later = last.read_bytes()
    last.unlink()
    run(few, DUE, workers=1)
    first = pdfs(few)
    assert set(first) == {"督查通报(草稿).pdf", "工作简报(草稿).pdf"}
    path = few / "outbox" / DUE.isoformat() / "督查通报(草稿).pdf"
    shown = subprocess.run(["pdftotext", path, "-"], check=True, capture_output=True, encoding="utf-8").stdout
    assert load(few).settings.title in shown.replace("\n", "")
    assert not run(few, DUE, workers=1).is_new
    assert pdfs(few) == first

    last.write_bytes(later)
    assert run(few, DUE, workers=1).is_new
    assert set(pdfs(few)) == set(first) and pdfs(few)["督查通报(草稿).pdf"] != first["督查通报(草稿).pdf"]


@pytest.mark.parametrize("trouble", ["not there", "hangs"])
def test_without_libreoffice_everything_else_is_there_and_the_command_says_so(
    few: Path, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if trouble == "hangs":
        need("soffice", "hangs")
        monkeypatch.setattr(portable, "LONGEST", 0.3)
    else:
        monkeypatch.setattr(portable, "_PROGRAMS", ("no-such-office",))
    done = CliRunner().invoke(huizong, ["nightly", "-C", str(few), "--as-of", DUE.isoformat()])
    assert done.exit_code == 0 and "没有生成 PDF" in done.output
    assert pdfs(few) == {} and (few / "outbox" / DUE.isoformat() / "督查通报(草稿).docx").exists()
    assert not [each for each in psutil.Process().children(recursive=True) if "soffice" in each.name()]
