"""One run at a time on a campaign, and its archive for nobody but its owner: returns hold people's names and numbers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.errors import HuizongError

_FOLDER, _FILE = 0o700, 0o600
_LOCK = ".lock"


class LockedError(HuizongError):
    """Another run works on this campaign now."""

    exit_code = 5


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Keep a second run out, and others out of the archive. Raises LockedError at once."""
    archive = root / "archive"
    archive.mkdir(0o700, exist_ok=True)
    _keep_private(archive)
    with _alone(archive / _LOCK):
        try:
            yield
        finally:
            _keep_private(archive)


@contextmanager
def undisturbed(root: Path) -> Iterator[None]:
    """Keep a run out while something is looked at, and leave no trace of that. Raises LockedError at once."""
    lock = root / "archive" / _LOCK
    if not lock.exists():  # no run works: it would have one
        yield
        return
    with _alone(lock):
        yield


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    try:
        with FileLock(lock, timeout=0):
            yield
    except Timeout as busy:
        raise LockedError("另一个 huizong 正在处理这个文件夹。请等它结束后再运行。") from busy


def _keep_private(archive: Path) -> None:
    """Let nobody but its owner into the archive, nor to the ledger's files in it. Windows goes by the folder above."""
    if os.name == "nt":
        return
    for path, mode in (
        (archive, _FOLDER),
        *((each, _FILE) for each in (archive / _LOCK, *archive.glob("ledger.*"), *archive.glob("record.jsonl*"))),
    ):
        with suppress(PermissionError, FileNotFoundError):  # another one's, who has shared it with us; or not there yet
            if path.stat().st_mode & 0o777 != mode:
                path.chmod(mode)
