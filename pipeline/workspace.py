"""A new campaign folder: the shipped `schemas/` to change, and empty folders beside it."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

from pipeline.errors import HuizongError


class WorkspaceError(HuizongError):
    """The folder cannot become a campaign folder."""

    exit_code = 2


def create(root: Path) -> None:
    """Make a campaign folder. Raises WorkspaceError if one is there already."""
    if (root / "schemas").exists():
        raise WorkspaceError(f"“{root}”中已有 schemas 文件夹。请换一个文件夹。")
    with as_file(files("schemas")) as shipped:
        shutil.copytree(shipped, root / "schemas", ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    for name in ("inbox", "outbox"):
        (root / name).mkdir(exist_ok=True)
