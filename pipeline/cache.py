"""Parsed returns that were made before, kept beside the archive. Deleting any of it costs time and changes nothing else.

One file per return and form, under the fingerprint of what it was read by and the hash of its bytes. Each begins with a digest
of what follows: a file that is cut short, damaged or not ours is as good as none.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import pickle
import shutil
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pipeline.declare.kinds import Parsed
from pipeline.frames import ParsedReturn, Remark, SumRow, Table
from pipeline.rawbook import RawBook, RawSheet, Refusal

FOLDER = "cache"
_NAME_LENGTH, _DIGEST_SIZE = 16, 16
_OURS = {
    (each.__module__, each.__qualname__): each
    for each in (
        Parsed, ParsedReturn, Remark, SumRow, Table, RawBook, RawSheet, Refusal, range, dt.date, dt.datetime, dt.time,
        dt.timedelta,
    )
}  # fmt: skip


class Cache:
    """The parsed returns of one form. Several processes may use it at once."""

    def __init__(self, root: Path, fingerprint: str) -> None:
        self._all = root / FOLDER
        self._folder = self._all / fingerprint[:_NAME_LENGTH]

    def get(self, sha256: str) -> ParsedReturn | None:
        """Give what was made of these bytes; None if it is not known."""
        try:
            kept = self._place(sha256).read_bytes()
        except OSError:
            return None
        digest, said = kept[:_DIGEST_SIZE], kept[_DIGEST_SIZE:]
        if digest != _digest(said):
            return None
        parsed = _Unpickler(io.BytesIO(said)).load()
        return parsed if isinstance(parsed, ParsedReturn) and parsed.sha256 == sha256 else None

    def put(self, parsed: ParsedReturn) -> None:
        """Keep a return that could be read. What cannot be written is made again next time."""
        if parsed.head.refusal is not None:
            return
        place = self._place(parsed.sha256)
        part = place.with_name(f"{place.name}.{os.getpid()}")
        said = pickle.dumps(parsed, protocol=5)
        with suppress(OSError):
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.write_bytes(_digest(said) + said)
            os.replace(part, place)

    def forget_others(self) -> None:
        """Remove what was read by another form or another version of the program."""
        for folder in self._all.iterdir() if self._all.is_dir() else ():
            if folder != self._folder and folder.is_dir():
                shutil.rmtree(folder, ignore_errors=True)

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256


def _digest(said: bytes) -> bytes:
    return blake2b(said, digest_size=_DIGEST_SIZE).digest()


class _Unpickler(pickle.Unpickler):
    """Reads plain values and our own nouns, and nothing that could run."""

    def find_class(self, module: str, name: str) -> Any:
        """Give one of the few classes that may occur. Raises UnpicklingError for any other."""
        try:
            return _OURS[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is not part of a parsed return") from None
