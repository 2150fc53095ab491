"""Files that a disturbed night went on without, and what an undisturbed one leaves to which these files come a run later.

A night does not stop for a file that cannot be read, or not be removed, for a moment: it says so, and the next takes it. What
must be equal then is not what one night leaves that took everything, but what two leave of which the first found that file
closed. So these two are run, and nothing fails in them but that file.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from progress import Logged
from remains import Remains, difference, in_the_end, remains
from torture_ground import Scenario, give

from pipeline import intake, run
from pipeline.errors import HuizongError
from pipeline.model import Unplaced
from pipeline.receive import NOT_REMOVED


@dataclass(frozen=True)
class Belated:
    """What a night has not taken, by names in the inbox. late: not received. stuck: received, and not removed.

    is_ended: whether the night came to its end without them. said: what it gave out about files that it left.
    """

    late: frozenset[str]
    stuck: frozenset[str]
    is_ended: bool
    said: Sequence[Mapping[str, str]]

    def __bool__(self) -> bool:
        return bool(self.late or self.stuck)

    def unsaid(self) -> list[str]:
        """Name the files of which a night that came to its end said nothing: they would be missed by nobody."""
        told = {each["file"] for each in self.said}
        names = sorted(self.late | self.stuck) if self.is_ended else []
        return [f"{name} was left without a word" for name in names if not {name, *_above(name)} & told]


def belated(root: Path, logged: Sequence[Logged]) -> Belated:
    """Look what a night has left in the inbox. logged: what it has recorded."""
    lying = {name: _sha256(path) for name, path in _inbox(root).items()}
    came = {(said["sha256"], said["file"]) for kind, said in logged if kind in ("received", "repeated")}
    left = {(said["sha256"], said["file"]) for kind, said in logged if kind == "left_behind"}
    is_ended = bool(logged) and logged[-1][0] == "night_ended"
    if not came and not is_ended:  # it did not come so far as to take anything
        return Belated(frozenset(), frozenset(), False, [])
    late = frozenset(name for name, sha256 in lying.items() if (sha256, name) not in came)
    stuck = frozenset(name for name, sha256 in lying.items() if (sha256, name) in left)
    return Belated(late, stuck, is_ended, _said(root, logged) if is_ended else [])


def misses(found: Remains, scenario: Scenario, without: Belated, room: Path) -> list[str]:
    """Name what differs from an undisturbed run to which the files came a run later, and what no delay accounts for."""
    wrong = without.unsaid() + difference(found, _a_run_later(scenario, without, room))
    wanted = scenario.twice if without.is_ended else scenario.once
    if not without.late:
        return wrong + difference(in_the_end(found), in_the_end(wanted))
    came_later = {_sha256(path) for name, path in _inbox(scenario.folder).items() if name in without.late}
    teams = {(each["team"], each["period"]) for each in _rows(wanted, "receipt") if each["sha256"] in came_later}
    return wrong + difference(_certain(found, teams), _certain(wanted, teams))


def _certain(held: Remains, teams: set[tuple[str, str]]) -> Remains:
    """Give what does not depend on when a file came: whose it is, that it came once, and what the other teams' count for."""
    receipts = {f"receipt {each['sha256']}": f"{each['team']} {each['period']}" for each in _rows(held, "receipt")}
    counted = {
        f"accepted {each['team']} {each['period']}": f"{each['sha256']} {each['figures']}"
        for each in _rows(held, "accepted")
        if (each["team"], each["period"]) not in teams
    }
    kept = [said for name, said in held.items() if name.startswith("archive/") and not name.endswith("/")]
    inbox = {name: said for name, said in held.items() if name.startswith("inbox/")}
    faults = {name: said for name, said in held.items() if name.startswith("fault ")}
    return {**receipts, **counted, **inbox, **faults, "archive": " ".join(sorted(kept))}


def _rows(held: Remains, table: str) -> list[dict[str, Any]]:
    return [json.loads(said) for name, said in held.items() if name.startswith(f"table {table} ")]


def _a_run_later(scenario: Scenario, without: Belated, room: Path) -> Remains:
    """Give what two undisturbed runs leave, of which the first does not get at some files."""
    root = room / "later"
    shutil.copytree(scenario.folder, root)
    with _closed(root, without):
        give(scenario.command, root)
    give(scenario.command, root)
    try:
        return remains(root)
    finally:
        shutil.rmtree(root)


@contextmanager
def _closed(root: Path, without: Belated) -> Iterator[None]:
    """Let a night find files that it cannot read or remove; it ends with receiving if the disturbed one did not come farther."""
    look, take_in, unlink = intake.look, run.take_in, Path.unlink
    stuck = {root / "inbox" / name for name in without.stuck}

    def looking(*args: Any) -> Any:
        arrivals, left = look(*args)
        told = [Unplaced(each["file"], each["rule"], each["reason"]) for each in without.said]
        free = [each for each in told if each.reason != NOT_REMOVED]
        return [each for each in arrivals if each.name not in without.late], free if without.is_ended else left

    def taking_in(*args: Any) -> Any:
        take_in(*args)
        raise HuizongError("cut off here")

    def removing(path: Path, missing_ok: bool = False) -> None:
        if path in stuck:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        unlink(path, missing_ok=missing_ok)

    with ExitStack() as patches:
        patches.enter_context(patch.object(intake, "look", looking))
        patches.enter_context(patch.object(Path, "unlink", removing))
        if not without.is_ended:
            patches.enter_context(patch.object(run, "take_in", taking_in))
        yield


def _said(root: Path, logged: Sequence[Logged]) -> list[dict[str, str]]:
    """Give what a night that came to its end told of the files that it left."""
    folder = next(said["folder"] for kind, said in reversed(logged) if kind == "published")
    told = json.loads((root / "outbox" / folder / "run.json").read_text(encoding="utf-8"))
    return list(told["left_in_inbox"])


def _inbox(root: Path) -> dict[str, Path]:
    inbox = root / "inbox"
    return {path.relative_to(inbox).as_posix(): path for path in inbox.rglob("*") if path.is_file()}


def _above(name: str) -> set[str]:
    return {str(each) for each in Path(name).parents}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
