"""Returns that were parsed and checked before, kept beside the archive. Deleting any of it costs time and changes nothing else.

All under the fingerprint of what they were read by: a parsed return in a file of its own, by the hash of its bytes, as several
processes write them; all checked ones in one file. What is kept begins with a digest of it: what is cut short, damaged or not
ours is as good as none.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import pickle
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pipeline.aside import FOLDER, folder_of
from pipeline.checked import Answer, CheckedReturn, Declared, Lines
from pipeline.declare.kinds import Parsed
from pipeline.declare.rules import Severity
from pipeline.drawer import Drawer
from pipeline.entries import Entries
from pipeline.frames import ParsedReturn, Remark, SumRow, Table
from pipeline.memory import Figures
from pipeline.model import Finding, FindingState, Submission
from pipeline.rawbook import RawBook, RawSheet, Refusal

AT_ONCE = 500  # checked returns that wait to be written at most
_NAME_LENGTH, _DIGEST_SIZE = 16, 16
_CHECKED = "checked.db"
_OURS = {
    (each.__module__, each.__qualname__): each
    for each in (
        Parsed, ParsedReturn, Remark, SumRow, Table, RawBook, RawSheet, Refusal, CheckedReturn, Answer, Lines, Declared,
        Entries, Finding, FindingState, Severity, Decimal, range, dt.date, dt.datetime, dt.time, dt.timedelta,
    )
}  # fmt: skip


class Cache:
    """The parsed returns of one form. Several processes may use it at once.

    renewed: what is to be done with one that is taken out, as lists may have changed since.
    """

    def __init__(
        self, root: Path, fingerprint: str, renewed: Callable[[ParsedReturn], ParsedReturn] = lambda parsed: parsed
    ) -> None:
        self._root, self._all, self._renewed = root, root / FOLDER, renewed
        self._folder = self._all / fingerprint[:_NAME_LENGTH]
        self._drawer = Drawer(os.path.join(self._folder, _CHECKED))

    def get(self, sha256: str) -> ParsedReturn | None:
        """Give what was made of these bytes; None if it is not known."""
        parsed = self.read(self.place(sha256))
        return self._renewed(parsed) if isinstance(parsed, ParsedReturn) and parsed.sha256 == sha256 else None

    def has(self, sha256: str) -> bool:
        """Whether something is kept of these bytes; it may still turn out to be damaged."""
        return os.path.exists(self.place(sha256))

    def put(self, parsed: ParsedReturn) -> bool:
        """Keep a return, if it could be read; tell whether it is kept."""
        return parsed.head.refusal is None and self.write(self.place(parsed.sha256), parsed)

    def read(self, place: str) -> object:
        """Give what a file of the cache holds; None if there is nothing, or it is damaged."""
        try:
            with open(place, "rb", buffering=0) as stream:
                kept = stream.read()
        except OSError:
            return None
        return _unpacked(kept)

    def write(self, place: str, value: object) -> bool:
        """Write a file of the cache, and tell whether it is there. What cannot be written is made again next time."""
        part, folder = f"{place}.{os.getpid()}", os.path.dirname(place)
        said = _packed(value)
        with suppress(OSError):
            self._make(folder)
            with open(part, "wb") as stream:
                stream.write(said)
            os.replace(part, place)
            return True
        return False

    def checked(self, sha256: str, facts: str) -> object:
        """Give what was kept of a return that was checked by these facts; None if there is nothing, or it is damaged."""
        kept = self._drawer.get(sha256, facts)
        return None if kept is None else _unpacked(kept, sha256 + facts)

    def keep(self, checked: Iterable[tuple[str, str, object]]) -> None:
        """Keep what returns came to: hash, facts, value. For one process alone."""
        with suppress(OSError):
            self._make(str(self._folder))
            self._drawer.put([(sha256, facts, _packed(value, sha256 + facts)) for sha256, facts, value in checked])

    def close(self) -> None:
        """Shut what was opened."""
        self._drawer.close()

    def _make(self, folder: str) -> None:
        if not os.path.isdir(folder):
            folder_of(self._root)
            os.makedirs(folder, exist_ok=True)

    def forget_others(self) -> None:
        """Remove what was read by another form or another version of the program."""
        with suppress(OSError):
            for folder in self._all.iterdir():
                if folder != self._folder and folder.is_dir():
                    shutil.rmtree(folder, ignore_errors=True)

    def place(self, sha256: str) -> str:
        """Give the file of a parsed return: as text, which is quicker, as it is asked for of each return every night."""
        return os.path.join(self._folder, sha256[:2], sha256)


class LookedInto(Cache):
    """A cache that is only looked into: nothing is kept there."""

    def write(self, place: str, value: object) -> bool:
        """Write nothing, and say so."""
        return False

    def keep(self, checked: Iterable[tuple[str, str, object]]) -> None:
        """Keep nothing."""


class KeptChecked:
    """Checked returns. One depends also on whose it is, under which name it came, and on the team's figures before; and on
    what its rules asked the register, which is kept with it.

    told: gives what the register says now of a team, by its code, in a column. earlier: the hash of a team's return of the
    period before, where rules read its rows, "" otherwise. is_dated: whether one depends also on the day
    on which it was received, as days of its form may not be after it.
    """

    def __init__(
        self,
        cache: Cache,
        facts: str,
        previous: Mapping[str, Figures] | None,
        told: Callable[[str, str], str | None],
        earlier: Callable[[str], str] = lambda team: "",
        *,
        is_dated: bool = False,
    ) -> None:
        self._cache, self._facts, self._previous = cache, facts, previous or {}
        self._told, self._earlier, self._is_dated = told, earlier, is_dated
        self._new: list[tuple[Submission, CheckedReturn]] = []

    def get(self, submission: Submission) -> CheckedReturn | None:
        """Give what is known of a return; None if it has to be checked."""
        kept = self._cache.checked(submission.sha256, self._made_of(submission))
        if not isinstance(kept, CheckedReturn):
            return None
        is_so = all(self._told(submission.team, title) == said for title, said in kept.asked.items())
        return kept if is_so else None

    def put(self, submission: Submission, checked: CheckedReturn) -> None:
        """Take a return that was checked. It is kept once it is written; one is not that a rule could not be asked about: that
        may have been another return's fault."""
        if checked.unevaluated:
            return
        self._new.append((submission, checked))
        if len(self._new) >= AT_ONCE:
            self.write()

    def write(self) -> None:
        """Keep what was taken: best done while others have the more urgent work."""
        if self._new:
            self._cache.keep((each.sha256, self._made_of(each), checked) for each, checked in self._new)
            self._new.clear()

    def _made_of(self, submission: Submission) -> str:
        """Give a digest of what a checked return depends on beside the bytes."""
        before = {record: sorted(said.items()) for record, said in self._previous.get(submission.team, {}).items()}
        received = submission.received_on if self._is_dated else None
        earlier = sorted(before.items()), self._earlier(submission.team)
        facts = (self._facts, submission.team, submission.period, submission.file, earlier, received)
        return _digest(repr(facts).encode()).hex()


def _packed(value: object, key: str = "") -> bytes:
    said = pickle.dumps(value, protocol=5)
    return _digest(said, key) + said


def _unpacked(kept: bytes, key: str = "") -> object:
    """Give a value that was packed under a key; None if it is damaged."""
    digest, said = kept[:_DIGEST_SIZE], kept[_DIGEST_SIZE:]
    return _Unpickler(io.BytesIO(said)).load() if digest == _digest(said, key) else None


def _digest(said: bytes, key: str = "") -> bytes:
    digest = blake2b(said, digest_size=_DIGEST_SIZE)
    digest.update(key.encode())
    return digest.digest()


class _Unpickler(pickle.Unpickler):
    """Reads plain values and our own nouns, and nothing that could run."""

    def find_class(self, module: str, name: str) -> Any:
        """Give one of the few classes that may occur. Raises UnpicklingError for any other."""
        try:
            return _OURS[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is not part of a parsed return") from None
