"""Whoever writes the correction workbooks, they are the same; and what goes wrong with a helper is not lost."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import DUE

from pipeline import processes
from pipeline.errors import CampaignError
from pipeline.night import Night
from pipeline.publish.crew import FEW, Crew
from pipeline.run import run


@pytest.fixture
def night(workspace: Path, clean_district: Path) -> Night:
    """A night on which each of eight teams is asked about something."""
    settings = workspace / "schemas" / "campaign.toml"
    settings.write_text(settings.read_text("utf-8").replace("usual = 60", "usual = 1"), "utf-8")
    for path in sorted(clean_district.glob("*.xlsx"))[:8]:
        shutil.copy2(path, workspace / "inbox" / path.name)
    return run(workspace, DUE, workers=1)


def written(night: Night, folder: Path, returns: int) -> dict[str, bytes]:
    """Write a night's corrections, for so many returns as the crew is told of."""
    folder.mkdir()
    with Crew(night.campaign) as crew:
        crew.prepare(returns)
        with crew.correcting(night, folder):
            pass
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*.xlsx"))}


def test_helpers_write_the_same(night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "count", lambda: 3)
    alone = written(night, tmp_path / "alone", FEW)
    assert len(alone) == 8
    assert written(night, tmp_path / "helped", FEW + 1) == alone


def test_a_campaign_that_changes_meanwhile_stops_the_night_in_words(
    night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "count", lambda: 2)
    changed = replace(night, campaign=replace(night.campaign, fingerprint="another"))
    with pytest.raises(CampaignError, match="schemas"):
        written(changed, tmp_path / "changed", FEW + 1)


def test_what_stops_the_night_stops_the_writing_too(
    night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "count", lambda: 2)
    folder = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt), Crew(night.campaign) as crew:
        crew.prepare(FEW + 1)
        with crew.correcting(night, folder):
            raise KeyboardInterrupt
    assert len(list(folder.rglob("*.xlsx"))) < 8  # no more than what was in hand


def test_writing_a_draft_needs_no_library_for_tables() -> None:
    """A helping process should not wait for pandas: what it needs of this package does not ask for it."""
    asked = (
        "import sys, pipeline.publish.correction; print(*(n for n in sys.modules if n.startswith('pipeline.publish')))"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, encoding="utf-8", check=True)
    modules = [Path(str(importlib.util.find_spec(name).origin)) for name in told.stdout.split()]  # type: ignore[union-attr]
    assert any(path.name == "form_sheet.py" for path in modules)
    tables = re.compile(r"^(?:import|from) (?:pandas|numpy|pandera)\b", re.MULTILINE)
    assert [path.name for path in modules if tables.search(path.read_text("utf-8"))] == []
