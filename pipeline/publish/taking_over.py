"""Documents of the last publication that would come out the same: taken over instead of being written again.

What each was made of is noted in the cache as one hash. Without that note, or if somebody has changed a document, it is
written anew.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from pipeline.aside import read_note, write_note
from pipeline.disk import sha256_of

NOTE = "made_of.json"


class TakingOver:
    """The documents of the last publication, and what they were made of. New ones are written to `part`, and then put in
    their place in the outbox.
    """

    def __init__(self, root: Path, place: Path, part: Path) -> None:
        self._root, self._place, self._part = root, place, part
        self._made_of: dict[str, str] = {}
        self._last, self._before = self._read()

    def take(self, path: Path, *inputs: object) -> bool:
        """Take a document over, if the one that is there was made of the same inputs and is as it was written."""
        name = path.relative_to(self._part).as_posix()
        made_of = hashlib.sha256(repr(inputs).encode()).hexdigest()
        self._made_of[name] = made_of
        known, sha256 = self._before.get(name, ("", ""))
        if known != made_of:
            return False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._last / name, path)
            return sha256_of(path) == sha256
        except OSError:  # it is not there any more, or is open: written anew
            return False

    def note(self, written: Mapping[str, str]) -> None:
        """Note what the documents were made of. written: their hashes by name."""
        made_of = {name: (inputs, written[name]) for name, inputs in self._made_of.items() if name in written}
        write_note(self._root, NOTE, {"place": self._place.name, "made_of": made_of})

    def _read(self) -> tuple[Path, dict[str, tuple[str, str]]]:
        note, outbox = read_note(self._root, NOTE), self._place.parent
        try:
            before = {name: (made_of, sha256) for name, (made_of, sha256) in note["made_of"].items()}
            return outbox / Path(note["place"]).name, before
        except (ValueError, KeyError, TypeError, AttributeError):  # none, or not ours
            return self._place, {}
