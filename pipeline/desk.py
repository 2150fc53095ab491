"""What a worker of a cluster does for a night at another machine: it reads files just as that machine would.

It does so in a confined process beside it, with the same limits and the same refusals: a bad file ends that process and
never the worker.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing.util import Finalize
from pathlib import Path

import pipeline
from pipeline import prints
from pipeline.errand import Errand
from pipeline.frames import ParsedReturn

IDLE = 5.0  # seconds after which a worker lets go of the process that it reads in
_FOLDERS = ("inbox", "archive")


@dataclass(frozen=True, slots=True)
class View:
    """What a machine has: versions of whatever a result depends on, and what it sees of the campaign folder."""

    parts: Mapping[str, str]
    folder: str


def look_around(root: Path) -> View:
    """Tell what this machine has."""
    parts = {
        "huizong": f"{pipeline.__version__}（{prints.of_reading()[:8]}）",
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **{part: version(part) for part in ("dask", "distributed")},
    }
    try:
        held = prints.of_folder(root / "schemas")
    except OSError:
        held = ""
    return View(parts, " ".join([held, *(name for name in _FOLDERS if os.access(root / name, os.R_OK))]))


def read_there(paths: Sequence[Path], errand: Errand) -> list[ParsedReturn]:
    """Read files, in a process beside the worker that is asked to."""
    if not hasattr(_OF_THREAD, "desk"):
        _OF_THREAD.desk = _Desk()
    answers: list[ParsedReturn] = _OF_THREAD.desk.read(paths, errand)
    return answers


class _Desk:
    """Where one thread of a worker reads: in a process that waits for more, and ends when no more comes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._errand: Errand | None = None
        self._ending: threading.Timer | None = None
        self._process = ExitStack()
        Finalize(None, self._end, exitpriority=1)  # before the interpreter would wait for the process

    def read(self, paths: Sequence[Path], errand: Errand) -> list[ParsedReturn]:
        if self._ending:
            self._ending.cancel()
        with self._lock:
            if errand != self._errand:
                self._close()
                _be_able_to_have_children()
                self._reader = self._process.enter_context(errand.reader(1))
                self._errand = errand
            try:
                return self._reader.read(paths)
            finally:
                self._ending = threading.Timer(IDLE, self._end)
                self._ending.daemon = True
                self._ending.start()

    def _end(self) -> None:
        if self._lock.acquire(timeout=1):  # else it is reading, and is asked again
            self._close()
            self._lock.release()

    def _close(self) -> None:
        self._errand = None
        self._process.close()


def _be_able_to_have_children() -> None:
    """A worker under a nanny may start no processes, lest they outlive it. Ours end with it by themselves."""
    multiprocessing.current_process().daemon = False


_OF_THREAD = threading.local()
