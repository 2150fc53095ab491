"""The archive is its owner's alone: returns hold people's names and telephone numbers."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_FOLDER, _FILE = 0o700, 0o600


def keep_private(archive: Path) -> None:
    """Let nobody but its owner into the archive, nor to the ledger's files in it. Windows goes by the folder above."""
    if os.name == "nt":
        return
    for path, mode in (
        (archive, _FOLDER),
        *((each, _FILE) for each in (archive / ".lock", *archive.glob("ledger.*"), *archive.glob("record.jsonl*"))),
    ):
        with suppress(PermissionError, FileNotFoundError):  # another one's, who has shared it with us; or not there yet
            if path.stat().st_mode & 0o777 != mode:
                path.chmod(mode)
