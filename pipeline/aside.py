"""What a campaign keeps aside to be quicker next time: all of it may be deleted, and none of it may stop a night."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

FOLDER = "cache"


def folder_of(root: Path) -> Path:
    """Give the folder, made for its owner alone: returns hold people's names and numbers. Raises OSError."""
    folder = root / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def read_note(root: Path, name: str) -> Any:
    """Give what a note says; None if there is none, or it cannot be read."""
    try:
        return json.loads((root / FOLDER / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write_note(root: Path, name: str, said: Any) -> None:
    """Write a note. One that cannot be written is none."""
    with suppress(OSError):
        (folder_of(root) / name).write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
