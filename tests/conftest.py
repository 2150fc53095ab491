"""Fixtures that many tests share: a campaign folder, a clean district, and a night run on it. Real files throughout."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.campaign import Campaign, load
from pipeline.demo import make_district
from pipeline.night import Night
from pipeline.run import run
from pipeline.workspace import create

REPO = Path(__file__).resolve().parent.parent
SHARED = REPO.parent / "shared"
DUE = dt.date(2011, 3, 31)


def need(program: str, why: str) -> None:
    """Skip a test that needs a program which is not here; where nothing may be skipped, fail instead."""
    if shutil.which(program) is None:
        if os.environ.get("HUIZONG_NO_SKIP"):
            pytest.fail(f"{program} is missing: {why}")
        pytest.skip(f"{program} is not installed: {why}")


SLOW = frozenset(
    (
        "test_again", "test_broken_rules", "test_cache", "test_cluster", "test_corpus", "test_crash",
        "test_decided_week", "test_decision_book", "test_decisions", "test_dry_run", "test_figures",
        "test_foreign_forms", "test_foreign_rows", "test_form_per_period", "test_fuzz", "test_hostile",
        "test_hostile_settings", "test_issues", "test_laws", "test_lists_of_a_form", "test_mess_cells",
        "test_mess_district", "test_mess_files", "test_mess_identity", "test_mess_layout", "test_month",
        "test_orphans", "test_overview_browser", "test_page_browser", "test_portable", "test_record", "test_repeats",
        "test_row_identity", "test_rows_before", "test_settle", "test_signs", "test_single_errors", "test_spot_check",
        "test_torture", "test_units_digits_serials", "test_verify",
    )
)  # fmt: skip
"""Modules that try much: dozens of nights, whole districts of damaged returns, many processes, LibreOffice or a browser."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes long."""
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker("slow")


def without_letters(root: Path) -> Path:
    """Make a campaign folder of the shipped campaign, but for its Word templates: its nights are a third shorter."""
    create(root)
    for template in (root / "schemas").glob("*.docx"):
        template.unlink()
    return root


@pytest.fixture(scope="session")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    """The shipped campaign, in a folder of its own."""
    root = tmp_path_factory.mktemp("campaign") / "shipped"
    create(root)
    return load(root)


@pytest.fixture(scope="session")
def clean_district(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one right return of every team; its files are copied, never changed."""
    folder = tmp_path_factory.mktemp("clean") / "inbox"
    make_district(campaign, campaign.periods[0], folder, clean=True)
    return folder


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """An empty campaign folder of the shipped campaign."""
    root = tmp_path / "workspace"
    create(root)
    return root


@pytest.fixture
def clean_workspace(workspace: Path, clean_district: Path) -> Path:
    """A campaign folder whose inbox has one right return of every team."""
    shutil.copytree(clean_district, workspace / "inbox", dirs_exist_ok=True)
    return workspace


@pytest.fixture
def night_of() -> Callable[..., Night]:
    """Run a night on a campaign folder; by default on the day on which the first period is due."""

    def night(root: Path, as_of: dt.date = DUE) -> Night:
        return run(root, as_of, workers=2)

    return night


@pytest.fixture(scope="session")
def clean_night(clean_district: Path, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The night on the clean district."""
    root = tmp_path_factory.mktemp("night") / "workspace"
    create(root)
    shutil.copytree(clean_district, root / "inbox", dirs_exist_ok=True)
    return run(root, DUE, workers=2)
