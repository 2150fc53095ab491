"""Where issued bulletins stand: `published/<period>/第1期/`. Written beside, recorded, put into place, then left alone."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.disk import files_in, flush, flush_folder
from pipeline.issued import Issue, title_of

SHELF = "published"
_PART = ".part"  # end of the name of a folder that is not in its place yet
_WRITES = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def folder_of(period: str, number: int, revision: int) -> str:
    """Name the place of an issue, relative to the shelf."""
    title = title_of(number) + (f" 更正{revision}" if revision else "")
    return f"{period}/{title}"


def part_of(place: Path) -> Path:
    """Give where the files of a place are written first."""
    return place.with_name(f".{place.name}{_PART}")


def is_part(folder: Path) -> bool:
    """Whether a folder is one that is written first: what is in it is put into place by the next run, or removed."""
    return folder.name.startswith(".") and folder.name.endswith(_PART)


def begin(root: Path, folder: str) -> Path:
    """Make an empty folder to write the files of an issue to."""
    part = part_of(root / SHELF / folder)
    if part.exists():
        _remove(part)
    part.mkdir(parents=True)
    return part


def fix(root: Path, part: Path) -> None:
    """See to it that what was written is on the disk, and is for reading only."""
    files = files_in(part)
    flush(files)  # Windows flushes nothing that is for reading only
    for path in files:
        _close(path)
    for folder in (part.parent, root / SHELF, root):
        flush_folder(folder)


def put_into_place(root: Path, issues: Iterable[Issue]) -> None:
    """Put what is recorded into its place, also after a run that was cut off; remove what was never recorded.

    What stands in its place already is not touched.
    """
    shelf = root / SHELF
    recorded = {shelf / each.folder for each in issues}
    for part in list(_parts(shelf)):
        place = part.with_name(part.name.removeprefix(".").removesuffix(_PART))
        if place not in recorded or place.exists():
            _remove(part)
            continue
        os.replace(part, place)
        if os.name != "nt":
            _close(place)
        flush_folder(place.parent)


def _close(path: Path) -> None:
    """Let nobody write there any more; who may read stays."""
    path.chmod(path.stat().st_mode & ~_WRITES)


def _parts(shelf: Path) -> Iterator[Path]:
    if shelf.is_dir():
        yield from (each for each in shelf.glob(f"*/.*{_PART}") if each.is_dir())


def _remove(part: Path) -> None:
    for path in files_in(part):
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)  # Windows removes nothing that is for reading only
    shutil.rmtree(part)
