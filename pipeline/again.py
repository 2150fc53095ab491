"""Whether a night would find all as the last one left it: told from hashes, before anything heavy is loaded.

A night leaves a note of what it depended on: the campaign, the program, the ledger, the archived files, what it published, and
what it said in the end. Where all of it is still so and the inbox is empty, another run can only say the same. The note is part
of the cache: without it a night is only slower.
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import prints
from pipeline.aside import read_note, write_note
from pipeline.disk import files_in, sha256_of
from pipeline.errors import HuizongError
from pipeline.inbox import remove_empty_folders, survey
from pipeline.lock import locked, undisturbed

NOTE = "last_night.json"
_LEDGER = ("archive/ledger.db", "archive/ledger.seal", "archive/record.jsonl")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a night was asked for: the day, the period's key if one was named."""

    as_of: dt.date
    period: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a night says in the end, on the screen and as `run.json`. page: what is opened first, as a path in the folder."""

    says: Sequence[str]
    record: Mapping[str, Any]
    page: str


def same_again(root: Path, asked: Asked) -> Told | None:
    """Tell what the night would say if it would change nothing; None if it has to be run to know.

    Raises LockedError while another run works.
    """
    return _told(root, asked, locked, remove_empty_folders)


def would_be_same(root: Path, asked: Asked) -> Told | None:
    """Tell the same, and touch nothing."""
    return _told(root, asked, undisturbed, lambda inbox: None)


def _told(
    root: Path,
    asked: Asked,
    alone: Callable[[Path], AbstractContextManager[None]],
    tidy: Callable[[Path], None],
) -> Told | None:
    note = read_note(root, NOTE)
    try:
        if (note["as_of"], note["asked"]) != (asked.as_of.isoformat(), asked.period) or _must_doubt(asked, note["at"]):
            return None
        if survey(root / "inbox") or not (root / "inbox").is_dir():
            return None
        with alone(root):
            if not _is_as_noted(root, note):
                return None
            tidy(root / "inbox")
        return Told(note["says"], note["record"], note["page"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # no note, or not ours: a full run tells
        return None


def _is_as_noted(root: Path, note: Any) -> bool:
    """Whether all is as the night left it that it depended on, and what it published is there."""
    return (
        _depends_on(root) == note["depends_on"]
        and all(sha256_of(root / name) == sha256 for name, sha256 in note["files"].items())
        and all((root / name).exists() for name in note["published"])
        and not any(name.startswith(".") for name in os.listdir(root / "outbox"))  # left by a run that was cut off
    )


def note_down(root: Path, asked: Asked, folder: Path, waiting: Collection[str], told: Told) -> None:
    """Leave a note of what a night depended on, when it is over. One that fails is no harm.

    folder: what it published. waiting: paths in the archive of the files that are nobody's yet, and looked at every night.
    """
    from pipeline.ledger import NAME, reading
    from pipeline.publish.contract import RUN
    from pipeline.publish.outbox import MANIFEST

    period = told.record["period"]
    with suppress(OSError, sqlite3.Error, HuizongError):
        with reading(root / "archive" / NAME) as ledger:
            files = {
                each.path: each.sha256
                for each in ledger.receipts()
                if each.period in (None, period) or each.path in waiting
            }
        own = {path.relative_to(root).as_posix(): path for path in (folder / MANIFEST, folder / RUN)}
        files |= {name: sha256_of(path) for name, path in own.items()}
        note = {
            "as_of": asked.as_of.isoformat(), "asked": asked.period, "at": dt.datetime.now(dt.UTC).isoformat(),
            "depends_on": _depends_on(root), "files": files, "says": list(told.says), "record": dict(told.record),
            "page": told.page,
            "published": [path.relative_to(root).as_posix() for path in files_in(folder)],
        }  # fmt: skip
        write_note(root, NOTE, note)


def _must_doubt(asked: Asked, at: str) -> bool:
    """Whether the clock or the date looks wrong, of which a full run has something to say."""
    now = dt.datetime.now(dt.UTC)
    return asked.as_of > now.astimezone().date() or dt.datetime.fromisoformat(at) > now


def _depends_on(root: Path) -> list[str]:
    """Fingerprints of the campaign, the program and the ledger at rest. Raises FileNotFoundError if it is not at rest."""
    return [prints.of_folder(root / "schemas"), prints.of_program(), *(sha256_of(root / name) for name in _LEDGER)]
