"""Whoever writes the correction workbooks, they are the same; and what goes wrong with a helper is not lost."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import DUE, REPO

from pipeline.decide import annul_night
from pipeline.errand import parsing
from pipeline.errors import CampaignError
from pipeline.night import Night
from pipeline.publish.correction.slip import NEW, STILL_WRONG
from pipeline.publish.excel.cells import chinese_day
from pipeline.publish.writing import Writing
from pipeline.rawbook import SLIP_SHEET
from pipeline.run import run


@pytest.fixture
def night(workspace: Path, clean_district: Path) -> Night:
    """A night on which each of eight teams is asked about something."""
    settings = workspace / "schemas" / "campaign.toml"
    settings.write_text(settings.read_text("utf-8").replace("usual = 60", "usual = 1"), "utf-8")
    for path in sorted(clean_district.glob("*.xlsx"))[:8]:
        shutil.copy2(path, workspace / "inbox" / path.name)
    return run(workspace, DUE, workers=1)


def written(night: Night, folder: Path, workers: int) -> dict[str, bytes]:
    """Write a night's corrections, with so many processes beside this one."""
    folder.mkdir()
    with (
        parsing(night.campaign.root, max(workers, 1)) as helpers,
        Writing(night.campaign, helpers if workers else None) as writing,
        writing.correcting(night, folder),
    ):
        pass
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*.xlsx"))}


def test_helpers_write_the_same(night: Night, tmp_path: Path) -> None:
    alone = written(night, tmp_path / "alone", 0)
    assert len(alone) == 8
    assert written(night, tmp_path / "helped", 2) == alone


def test_a_team_that_sends_nothing_new_has_the_same_workbook_on_the_next_day(night: Night) -> None:
    root, next_day = night.campaign.root, DUE + dt.timedelta(days=1)
    first, second = (root / "outbox" / day.isoformat() / "退改" for day in (DUE, next_day))
    names = sorted(path.name for path in first.iterdir())
    shutil.copy2(first / names[0], root / "inbox" / names[0])
    run(root, next_day, workers=1)
    assert len(names) == 8 and sorted(path.name for path in second.iterdir()) == names
    differ = [name for name in names if (first / name).read_bytes() != (second / name).read_bytes()]
    assert differ == names[:1]  # it came back, with nothing answered
    slips = (openpyxl.load_workbook(folder / differ[0])[SLIP_SHEET] for folder in (first, second))
    states = [{row[5] for row in slip.values} & {NEW, STILL_WRONG} for slip in slips]
    assert states == [{NEW}, {STILL_WRONG}]


def test_of_a_night_that_was_annulled_a_slip_knows_no_date(workspace: Path, night: Night) -> None:
    campaign, late = night.campaign, DUE + dt.timedelta(days=365)
    code = campaign.teams[0].code
    source = next((workspace / "outbox" / DUE.isoformat() / "退改").glob(f"{code}_*.xlsx"))
    shutil.copy2(source, workspace / "inbox" / source.name)
    run(workspace, late, workers=1, is_sure=True)
    annul_night(workspace, "王五", "年份错了")
    run(workspace, DUE + dt.timedelta(days=1), workers=1)
    folder = workspace / "outbox" / (DUE + dt.timedelta(days=1)).isoformat() / "退改"
    slip = openpyxl.load_workbook(folder / source.name)[SLIP_SHEET]
    said = "\n".join(str(row[0]) for row in slip.values)
    assert f"校验日期：{chinese_day(DUE + dt.timedelta(days=1))}" in said and str(late.year) not in said


def test_a_campaign_that_changes_meanwhile_stops_the_night_in_words(night: Night, tmp_path: Path) -> None:
    changed = replace(night, campaign=replace(night.campaign, fingerprint="another"))
    with pytest.raises(CampaignError, match="schemas"):
        written(changed, tmp_path / "changed", 1)


def test_what_stops_the_night_stops_the_writing_too(night: Night, tmp_path: Path) -> None:
    folder = tmp_path / "stopped"
    with (
        pytest.raises(KeyboardInterrupt),
        parsing(night.campaign.root, 1) as helpers,
        Writing(night.campaign, helpers) as writing,
        writing.correcting(night, folder),
    ):
        raise KeyboardInterrupt
    assert len(list(folder.rglob("*.xlsx"))) < 8  # no more than what was in hand


def test_a_workbook_whose_helper_dies_is_written_all_the_same(night: Night, tmp_path: Path) -> None:
    class Dying:
        """Helpers of which each ends at once."""

        count = 1

        def __init__(self, helpers: Any) -> None:
            self.helpers = helpers

        def submit(self, function: Any, *args: Any) -> Any:
            return self.helpers.submit(os._exit, 3)

    folder = tmp_path / "dying"
    with (
        parsing(night.campaign.root, 1) as helpers,
        Writing(night.campaign, Dying(helpers)) as writing,
        writing.correcting(night, folder),
    ):
        pass
    assert {path.name: path.read_bytes() for path in folder.rglob("*.xlsx")} == written(night, tmp_path / "alone", 0)


def test_writing_a_draft_needs_no_library_for_tables() -> None:
    """A helping process should not wait for pandas."""
    asked = "import sys, pipeline.publish.writing; print('pandas' in sys.modules, 'numpy' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, encoding="utf-8", check=True, cwd=REPO)
    assert told.stdout.split() == ["False", "False"]
