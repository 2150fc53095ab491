"""What a campaign folder holds, as text by name, so that two of them can be compared: clocks aside, all must be equal."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from pipeline.ledger import NAME, Event, Kind
from pipeline.ledger.audit import audit
from pipeline.ledger.events import canonical
from pipeline.ledger.state import NAMES
from pipeline.publish.outbox import MANIFEST

LEDGER = (NAME, "record.jsonl", "ledger.seal", ".lock")
LASTING_TABLES = tuple(f"table {name} " for name in ("accepted", "standing", "finding", "answer", "decision"))
LISTING = (
    "总览.html",
    "校验报告.html",
    "校验差错清单.xlsx",
    "催报名单.xlsx",
    "处理决定.xlsx",
    "抽查名单.xlsx",
)  # tell what came again and what stayed, or on which nights what came; or bear such a one's hash
CLOCKS = ("received_at",)  # columns that hold our clock
MOST = 6  # differences that are told

Remains = Mapping[str, str]


def remains(root: Path) -> Remains:
    """Give everything that a run may leave behind: every file, event, row and fault by name."""
    held = dict(_files(root / "outbox")) | dict(_files(root / "inbox")) | dict(_files(root / "published"))
    held |= {name: said for name, said in _files(root / "archive") if name.removeprefix("archive/") not in LEDGER}
    held["sealed"] = str((root / "archive" / "ledger.seal").exists())
    account = audit(root / "archive" / NAME)  # before anything else opens the ledger
    held |= {f"fault {number}": fault for number, fault in enumerate(account.faults)}
    held |= {f"event {event.seq:04}": _said(event) for event in account.events}
    return held | dict(_rows(root / "archive" / NAME))


def difference(found: Remains, wanted: Remains) -> list[str]:
    """Name what differs, one line each."""
    lines = []
    for name in sorted(found.keys() | wanted.keys()):
        if name not in wanted:
            lines.append(f"{name}: should not be there: {found[name][:120]}")
        elif name not in found:
            lines.append(f"{name}: is missing")
        elif found[name] != wanted[name]:
            lines.append(f"{name}: differs\n        {found[name][:300]}\n        {wanted[name][:300]}")
    return lines[:MOST] + [f"… and {len(lines) - MOST} more"] * (len(lines) > MOST)


def in_the_end(held: Remains) -> Remains:
    """Leave out what depends on the night in which a file was taken, and lists of what came and stayed on one night."""
    mostly = {name: said for name, said in held.items() if not name.startswith(("event ", "table "))}
    for name, said in held.items():
        if name.startswith(LASTING_TABLES):
            mostly[name] = canonical({key: value for key, value in json.loads(said).items() if key != "night"})
        elif name.endswith("/run.json"):
            mostly[name] = canonical({key: json.loads(said)[key] for key in ("returns", "findings", "totals")})
        elif name.endswith((MANIFEST, *LISTING)):
            del mostly[name]
    return mostly


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        name = path.relative_to(folder.parent).as_posix()
        if path.is_dir():
            yield f"{name}/", ""
        elif path.name == "run.json":
            yield name, canonical({**json.loads(path.read_text(encoding="utf-8")), "seconds": {}})
        elif path.name == MANIFEST:
            yield name, canonical({**json.loads(path.read_text(encoding="utf-8")), "run.json": ""})
        elif path.suffix == ".pdf":
            yield name, ""  # says when it was made
        else:
            yield name, hashlib.sha256(path.read_bytes()).hexdigest()


def _said(event: Event) -> str:
    """Write an event without its time, and without the hashes that follow from it."""
    said = dict(event.payload)
    if event.kind is Kind.ISSUED:
        said["files"] = {name: "" if name.endswith(".pdf") else sha256 for name, sha256 in said["files"].items()}
    return canonical([event.night, event.kind, event.by, event.reason, said])


def _rows(ledger: Path) -> Iterator[tuple[str, str]]:
    if not ledger.exists() or not ledger.stat().st_size:
        return
    with closing(sqlite3.connect(ledger)) as db:
        db.row_factory = sqlite3.Row
        for table in NAMES:
            rows: list[dict[str, Any]] = [dict(row) for row in db.execute(f"SELECT * FROM {table}")]
            plain = sorted(canonical({k: v for k, v in row.items() if k not in CLOCKS}) for row in rows)
            yield from ((f"table {table} {number:04}", row) for number, row in enumerate(plain))
