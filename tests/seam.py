"""The command with a flaw in the ground under it: `python tests/seam.py KIND N -- nightly -C …`.

From the N-th call on the campaign folder, the first that can fail so raises the system's error KIND (ENOSPC, EACCES, EIO,
ENOENT): once, or with --lasting from then on. With KILL the process ends there by SIGKILL, with --group all that it started
too, and with --after only when the call has done its work. COUNT breaks nothing and writes what each call was to --list.
What reading processes do is not touched: they change nothing.
"""

from __future__ import annotations

import argparse
import builtins
import errno
import io
import os
import shutil  # loaded before anything is replaced: it looks at once what the system can do  # noqa: F401
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

CREATE, READ, WRITE, FLUSH, FOLDER = "create", "read", "write", "flush", "make folder"
RENAME, REMOVE, LIST, SQL = "rename", "remove", "list", "sql"
CAN_FAIL: dict[str, set[str]] = {
    "ENOSPC": {CREATE, WRITE, FLUSH, FOLDER, RENAME, SQL},
    "EACCES": {CREATE, READ, FOLDER, RENAME, REMOVE, LIST, SQL},
    "EIO": {CREATE, READ, WRITE, FLUSH, RENAME, REMOVE, LIST, SQL},
    "ENOENT": {CREATE, READ, RENAME, REMOVE, LIST},
    "KILL": {CREATE, READ, WRITE, FLUSH, FOLDER, RENAME, REMOVE, LIST, SQL},
    "COUNT": set(),
}
SAYS_SQLITE = {
    "ENOSPC": ("database or disk is full", sqlite3.SQLITE_FULL),
    "EACCES": ("attempt to write a readonly database", sqlite3.SQLITE_READONLY),
    "EIO": ("disk I/O error", sqlite3.SQLITE_IOERR),
}
FIRED = "seam:"


class Seam:
    """Counts calls, and breaks what is to be broken."""

    def __init__(self, said: argparse.Namespace, root: Path) -> None:
        self.kind, self.number = said.kind, said.number
        self.lasting, self.group, self.after = said.lasting, said.group, said.after
        self.root = f"{root}/"
        self.schemas = f"{root}/schemas"
        self._seen, self._is_broken, self._lock = 0, False, threading.Lock()
        self._list = open(said.list, "w", encoding="utf-8") if said.list else None  # noqa: SIM115

    def ours(self, path: Any, dir_fd: int | None = None) -> bool:
        """Whether a path lies in the campaign folder; what tells what is right there does not count."""
        if isinstance(path, int):
            path = _named(path)
        elif dir_fd is not None:
            path = os.path.join(_named(dir_fd), os.fsdecode(path))
        full = os.path.abspath(os.fsdecode(path)) + "/"
        return full.startswith(self.root) and not full.startswith(self.schemas)

    def is_due(self, what: str, path: Any) -> bool:
        """Count a call; whether it is to fail."""
        with self._lock:
            self._seen += 1
            if self._list:
                print(self._seen, what, path, sep="\t", file=self._list, flush=True)
            if self._is_broken:
                return bool(self.lasting) and what in CAN_FAIL[self.kind]
            self._is_broken = self._seen >= self.number and what in CAN_FAIL[self.kind]
            if self._is_broken:
                print(f"{FIRED} {self.kind} at call {self._seen}, {what} {path}", file=sys.stderr, flush=True)
            return self._is_broken

    def fail(self, what: str, path: Any) -> None:
        """Raise what a system says that fails so, or end the process."""
        if self.kind == "KILL":
            os.kill(0 if self.group else os.getpid(), signal.SIGKILL)
        if what == SQL:
            text, code = SAYS_SQLITE[self.kind]
            problem = sqlite3.OperationalError(text)
            problem.sqlite_errorcode = code
            raise problem
        number = getattr(errno, self.kind)
        raise OSError(number, os.strerror(number), None if isinstance(path, int) else os.fspath(path))

    def call(self, what: str, path: Any, work: Callable[[], Any]) -> Any:
        """Do a call's work, unless it is the one that fails."""
        is_due = self.is_due(what, path)
        is_after = self.after or (self.kind, what) == ("ENOENT", REMOVE)  # somebody else has just removed it
        if is_due and not is_after:
            self.fail(what, path)
        result = work()
        if is_due and is_after:
            self.fail(what, path)
        return result


def _named(handle: int) -> str:
    """Give the path of what is open under a number; the campaign folder is elsewhere if the system does not tell."""
    try:
        return os.readlink(f"/proc/self/fd/{handle}")
    except OSError:
        return "/"


def lay(seam: Seam) -> None:
    """Put the seam between the program and the system."""
    for name, what in (("mkdir", FOLDER), ("unlink", REMOVE), ("remove", REMOVE), ("rmdir", REMOVE)):
        setattr(os, name, _of_path(seam, getattr(os, name), what))
    for name in ("replace", "rename"):
        setattr(os, name, _of_path(seam, getattr(os, name), RENAME))
    for name in ("scandir", "listdir"):
        setattr(os, name, _of_path(seam, getattr(os, name), LIST))
    os.fsync = _of_path(seam, os.fsync, FLUSH)
    os.open = _opened_by_number(seam, os.open)  # type: ignore[assignment]
    builtins.open = io.open = _opened(seam, io.open)  # type: ignore[assignment]
    sqlite3.connect = _connected(seam, sqlite3.connect)  # type: ignore[assignment]


def _of_path(seam: Seam, original: Callable[..., Any], what: str) -> Callable[..., Any]:
    def call(path: Any = ".", *args: Any, **kwargs: Any) -> Any:
        if not seam.ours(path, kwargs.get("dir_fd")):
            return original(path, *args, **kwargs)
        return seam.call(what, path, lambda: original(path, *args, **kwargs))

    return call


def _opened_by_number(seam: Seam, original: Callable[..., int]) -> Callable[..., int]:
    def call(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if not seam.ours(path, dir_fd):
            return original(path, flags, mode, dir_fd=dir_fd)
        what = CREATE if flags & (os.O_WRONLY | os.O_RDWR) else READ
        return int(seam.call(what, path, lambda: original(path, flags, mode, dir_fd=dir_fd)))

    return call


def _opened(seam: Seam, original: Callable[..., Any]) -> Callable[..., Any]:
    class Raw(io.FileIO):
        """A file written to: a write that fails has written half."""

        def write(self, data: Any) -> int:
            if not seam.is_due(WRITE, self.name):
                return int(super().write(data))
            whole = bytes(data)
            super().write(whole if seam.after else whole[: len(whole) // 2])
            seam.fail(WRITE, self.name)
            return len(whole)

    def call(
        file: Any, mode: str = "r", buffering: int = -1, encoding: str | None = None, errors: str | None = None,
        newline: str | None = None, closefd: bool = True, opener: Any = None,
    ) -> Any:  # fmt: skip
        def as_it_is() -> Any:
            return original(file, mode, buffering, encoding, errors, newline, closefd, opener)

        if not seam.ours(file):
            return as_it_is()
        if not set(mode) & set("wax+"):
            return seam.call(READ, file, as_it_is)
        raw = seam.call(CREATE, file, lambda: Raw(file, mode.translate({98: "", 116: ""}), closefd, opener))
        if buffering == 0:
            return raw
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline)

    return call


def _connected(seam: Seam, original: Callable[..., Any]) -> Callable[..., Any]:
    class Connection(sqlite3.Connection):
        """A connection whose transactions may fail to begin, to be filled or to end."""

        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            if not sql.startswith(("BEGIN", "COMMIT")):
                return super().execute(sql, *args)
            done: sqlite3.Cursor = seam.call(SQL, _on_a_line(sql), lambda: super(Connection, self).execute(sql, *args))
            return done

        def executemany(self, sql: str, *args: Any) -> sqlite3.Cursor:
            filled: sqlite3.Cursor = seam.call(
                SQL, _on_a_line(sql), lambda: super(Connection, self).executemany(sql, *args)
            )
            return filled

    def call(database: Any, *args: Any, **kwargs: Any) -> Any:
        return original(database, *args, **({"factory": Connection} if seam.ours(database) else {}), **kwargs)

    return call


def _on_a_line(sql: str) -> str:
    return " ".join(sql.split())


def main() -> None:
    """Lay the seam and be the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=list(CAN_FAIL))
    parser.add_argument("number", type=int)
    for name in ("--lasting", "--group", "--after"):
        parser.add_argument(name, action="store_true")
    parser.add_argument("--list")
    here = sys.argv.index("--")
    said, command = parser.parse_args(sys.argv[1:here]), sys.argv[here + 1 :]
    lay(Seam(said, Path(command[command.index("-C") + 1]).resolve()))
    from pipeline.cli import main as huizong

    sys.argv = ["huizong", *command]
    huizong()


if __name__ == "__main__":
    main()
