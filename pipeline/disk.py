"""Files as such: their hashes, and that what is said to be written is on the disk when the power fails."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

PIECE = 1 << 20  # bytes that are read at a time
AT_ONCE = 16  # files; a disk that turns takes its time, and less for several at once


def sha256_of(path: Path) -> str:
    """Hash a file of any size; most are one piece."""
    with open(path, "rb", buffering=0) as stream:
        hashed = hashlib.sha256(stream.read(PIECE))
        while piece := stream.read(PIECE):
            hashed.update(piece)
        return hashed.hexdigest()


def files_in(folder: Path) -> list[Path]:
    """List the files in a folder and in those inside it.

    Raises OSError for one that cannot be looked into, which `rglob` passes over: what was not seen is not missing.
    """
    paths = [Path(place, name) for place, _, names in os.walk(folder, onerror=_refused) for name in names]
    return [path for path in paths if path.is_file()]


def _refused(error: OSError) -> NoReturn:
    raise error


def flush(files: Iterable[Path]) -> None:
    """Flush closed files and the folders that name them."""
    known = list(files)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(_flush, known))  # waits, and raises what was raised
    for folder in sorted({file.parent for file in known}):
        flush_folder(folder)


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder."""
    if os.name != "nt":  # Windows cannot open a folder, and flushes its entries with the file
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _flush(file: Path) -> None:
    if os.name != "nt":
        with file.open("rb") as written:
            os.fsync(written.fileno())
    elif os.access(file, os.W_OK):  # Windows flushes what may be written to alone
        with file.open("rb+") as written:
            os.fsync(written.fileno())
