"""Whether a night would find all as the last one left it: told from hashes, before anything heavy is loaded.

A night leaves a note of what it depended on: the campaign, the program, the ledger, the archived files, what it published, and
what it said in the end. Where all of it is still so and the inbox is empty, another run can only say the same. The note is part
of the cache: without it a night is only slower.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import prints
from pipeline.disk import sha256_of
from pipeline.errors import HuizongError
from pipeline.inbox import remove_empty_folders, survey
from pipeline.lock import locked

NOTE = "cache/last_night.json"
_LEDGER = ("archive/ledger.db", "archive/ledger.seal", "archive/record.jsonl")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a night was asked for: the day, the period's key if one was named."""

    as_of: dt.date
    period: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a night says in the end, on the screen and as `run.json`."""

    says: Sequence[str]
    record: Mapping[str, Any]


def same_again(root: Path, asked: Asked) -> Told | None:
    """Tell what the night would say if it would change nothing; None if it has to be run to know.

    Raises LockedError while another run works.
    """
    try:
        note = json.loads((root / NOTE).read_text(encoding="utf-8"))
        if (note["as_of"], note["asked"]) != (asked.as_of.isoformat(), asked.period) or _must_doubt(asked, note["at"]):
            return None
        if survey(root / "inbox") or not (root / "inbox").is_dir():
            return None
        with locked(root):
            is_same = _depends_on(root) == note["depends_on"] and all(
                sha256_of(root / name) == sha256 for name, sha256 in note["files"].items()
            )
            is_same &= all((root / name).exists() for name in note["published"])
            is_same &= not any((root / "outbox").glob(".*"))  # what a run that was cut off left there
            if is_same:
                remove_empty_folders(root / "inbox")
        return Told(note["says"], note["record"]) if is_same else None
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ):  # no note, or one that is not ours: a full run tells
        return None


def note_down(root: Path, asked: Asked, folder: Path, told: Told) -> None:
    """Leave a note of what a night depended on, when it is over. folder: what it published. One that fails is no harm."""
    from pipeline.ledger import NAME, reading

    with suppress(OSError, sqlite3.Error, HuizongError):
        with reading(root / "archive" / NAME) as ledger:
            period = told.record["period"]
            archived = {each.path: each.sha256 for each in ledger.receipts() if each.period in (None, period)}
        published = [path.relative_to(root).as_posix() for path in folder.rglob("*") if path.is_file()]
        own = [path.relative_to(root).as_posix() for path in (folder / ".manifest.json", folder / "run.json")]
        note = {
            "as_of": asked.as_of.isoformat(), "asked": asked.period, "at": dt.datetime.now(dt.UTC).isoformat(),
            "depends_on": _depends_on(root), "files": {**archived, **{name: sha256_of(root / name) for name in own}},
            "published": published, "says": list(told.says), "record": dict(told.record),
        }  # fmt: skip
        place = root / NOTE
        place.parent.mkdir(mode=0o700, exist_ok=True)
        place.write_text(json.dumps(note, ensure_ascii=False), encoding="utf-8")


def _must_doubt(asked: Asked, at: str) -> bool:
    """Whether the clock or the date looks wrong, of which a full run has something to say."""
    now = dt.datetime.now(dt.UTC)
    return asked.as_of > now.astimezone().date() or dt.datetime.fromisoformat(at) > now


def _depends_on(root: Path) -> list[str]:
    """Fingerprints of the campaign, the program and the ledger at rest. Raises FileNotFoundError if it is not at rest."""
    return [prints.of_folder(root / "schemas"), prints.of_program(), *(sha256_of(root / name) for name in _LEDGER)]
