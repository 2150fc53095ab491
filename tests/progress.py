"""How far a command had come when it was stopped, by what lies in its folder."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from torture_ground import FIRST, SECOND, Scenario

Logged = tuple[str, dict[str, Any]]
ENDS = {"nightly": ("night_ended",)}  # what a command records last; a night may hear decisions on its way
OTHER_ENDS = ("night_annulled", "decided", "issued")


def marks(root: Path) -> list[Callable[[], bool]]:
    """Give what can be looked for, in the order in which a command does it; looking costs next to nothing."""
    record, seal = root / "archive" / "record.jsonl", root / "archive" / "ledger.seal"
    before, was_sealed = size(record), seal.exists()

    def is_writing(file: str) -> bool:
        return any((root / "outbox" / f".{day}.part" / file).exists() for day in (FIRST, SECOND))

    def is_in_place() -> bool:
        return any((root / "outbox" / f".{day}.old").exists() for day in (FIRST, SECOND))

    return [
        lambda: was_sealed and not seal.exists() if before else size(record) > 0,
        lambda: size(record) > (before or 1) + 600,
        lambda: is_writing(""),
        lambda: is_writing("run.json"),
        lambda: is_in_place() or size(record) > (before or 1) + 9000,
    ]


def size(path: Path) -> int:
    """Give a file's size, 0 if there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def logged(root: Path, scenario: Scenario) -> list[Logged]:
    """Give the events that the command has recorded in the ledger: kind, and what it is about.

    Of a copy, so that the run that follows finds everything as it was left.
    """
    with tempfile.TemporaryDirectory() as room:
        for path in (root / "archive").glob("ledger.db*"):
            shutil.copy2(path, room)
        if not size(Path(room) / "ledger.db"):
            return []
        try:
            with closing(sqlite3.connect(Path(room) / "ledger.db")) as db:
                rows = list(db.execute("SELECT kind, payload FROM event ORDER BY seq"))[scenario.begins :]
                return [(kind, json.loads(payload)) for kind, payload in rows]
        except sqlite3.OperationalError:  # no table yet, or an older ledger
            return []


def has_ended(scenario: Scenario, kinds: list[str]) -> bool:
    """Whether a command has recorded what it records last. kinds: of the events that it has recorded."""
    return bool(kinds) and kinds[-1] in ENDS.get(scenario.command[0], OTHER_ENDS)


def where(root: Path, scenario: Scenario, kinds: list[str]) -> str:
    """Name how far a command had come. kinds: of the events that it has recorded."""
    archive, outbox = root / "archive", root / "outbox"
    if list(archive.glob("*.part")):
        return "writing ledger or seal anew"
    if size(archive / "ledger.db-journal"):
        return "within a transaction"
    lines = (archive / "record.jsonl").read_bytes().count(b"\n") if (archive / "record.jsonl").exists() else 0
    if kinds and lines < scenario.begins + len(kinds):
        return "in the ledger, not in the record beside it"
    if list(outbox.glob(".*.old")):
        return "between two renames of the outbox"
    if list(outbox.glob(".*.part")):
        return "writing documents"
    if list(root.glob("published/*/.*.part")):
        return "issuing"
    if has_ended(scenario, kinds):
        return "after the end" if (archive / "ledger.seal").exists() else "ended, not sealed"
    if "received" in kinds and any(path.is_file() for path in (root / "inbox").rglob("*")):
        return "recorded, inbox not empty"
    if "received" in kinds:
        return "received, not yet writing"
    if _archived(root) > _archived(scenario.folder):
        return "copying"
    return "ledger opened" if kinds else "nothing recorded yet"


def _archived(root: Path) -> int:
    return sum(path.is_file() for path in (root / "archive").rglob("*.xlsx*"))
