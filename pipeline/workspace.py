"""A new campaign folder: a `schemas/` to change, and empty folders beside it."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

from pipeline.errors import HuizongError

MADE_FROM = ".in"  # behind the names of files that are to become declarations


class WorkspaceError(HuizongError):
    """The folder cannot become a campaign folder."""

    exit_code = 2


def create(root: Path) -> None:
    """Make a campaign folder after the shipped campaign. Raises WorkspaceError if one is there already."""
    refuse_another(root)
    with as_file(files("schemas")) as shipped:
        shutil.copytree(shipped, root / "schemas", ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    add_folders(root)


def start(root: Path) -> None:
    """Make a campaign folder of one sheet to begin from. Raises WorkspaceError if one is there already."""
    refuse_another(root)
    (root / "schemas").mkdir(parents=True)
    for each in (files("pipeline") / "starter").iterdir():
        (root / "schemas" / each.name.removesuffix(MADE_FROM)).write_bytes(each.read_bytes())
    add_folders(root)


def refuse_another(root: Path) -> None:
    """Raise WorkspaceError if there is a campaign already."""
    if (root / "schemas").exists():
        raise WorkspaceError(f"“{root}”中已有 schemas 文件夹。请换一个文件夹。")


def add_folders(root: Path) -> None:
    """Add the folders that returns arrive in and results are written to."""
    for name in ("inbox", "outbox"):
        (root / name).mkdir(exist_ok=True)
