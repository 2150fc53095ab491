"""What a cluster's workers do in tests instead of their work. They import this by its name."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline import desk
from pipeline.desk import View
from pipeline.errand import Errand
from pipeline.frames import ParsedReturn

DEADLY = "致命.xlsx"


def read_or_die(paths: Sequence[Path], errand: Errand) -> list[ParsedReturn]:
    """Read files as a worker does, and end the worker if one of them is deadly."""
    if any(path.name == DEADLY for path in paths):
        os._exit(1)
    return desk.read_there(paths, errand)


def see_nothing(root: Path) -> View:
    """Look around as a worker does that has not the storage of the others."""
    view = desk.look_around(root)
    return view if "pytest" in sys.modules else replace(view, folder="")
