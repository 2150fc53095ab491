"""The record beside the archive: every event as a line of JSON, so that a lost ledger can be made anew."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from pipeline.ledger.events import Event, of_line

NAME = "record.jsonl"
_AT_ONCE = 500  # events in memory


class JournalError(ValueError):
    """A line of the record cannot be read; the text says which, in Chinese."""


def read(path: Path) -> Iterator[Event]:
    """Give the events of a record, in order. A last line that was cut off while it was written is left out.

    Raises JournalError.
    """
    if not path.exists():
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith(b"\n"):
                return
            try:
                event = of_line(line.decode())
                is_ours = f"{event.line()}\n".encode() == line
            except (ValueError, RecursionError) as mistake:
                raise JournalError(f"{NAME} 第 {number} 行无法读取") from mistake
            if not is_ours:
                raise JournalError(f"{NAME} 第 {number} 行与记录时不同")
            yield event


def last(path: Path) -> Event | None:
    """Give the last whole event of a record, None if there is none. Raises JournalError."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        size, tail = file.seek(0, os.SEEK_END), 1 << 16
        while True:
            file.seek(max(0, size - tail))
            lines = file.read().split(b"\n")[:-1]  # what stands behind the last line's end was cut off
            if len(lines) > 1 or tail >= size:
                break
            tail *= 8
    if not lines or not lines[-1]:
        return None
    try:
        return of_line(lines[-1].decode())
    except ValueError as mistake:
        raise JournalError(f"{NAME} 的最后一行无法读取") from mistake


def append(path: Path, lines: Iterable[str]) -> None:
    """Add the lines of events, flushed to disk, or none of them. What an earlier run left of a line is cut off first."""
    ahead = iter(lines)
    with path.open("ab+", buffering=0) as file:  # a buffer would write on when it is closed, also after an error
        end = _end(file)
        file.truncate(end)
        try:
            while content := memoryview("".join(f"{line}\n" for line in islice(ahead, _AT_ONCE)).encode()):
                while content:
                    content = content[file.write(content) :]
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):  # the next run cuts off what is half a line
                file.truncate(end)
            raise


def _end(file: io.FileIO) -> int:
    """Give where the last whole line ends."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 1))
    if not size or file.read(1) == b"\n":
        return size
    file.seek(0)
    return file.read().rfind(b"\n") + 1
