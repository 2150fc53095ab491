"""Keep a reading process within its memory: by the system's own limit where there is one, by watching it elsewhere."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from multiprocessing.queues import SimpleQueue
from types import TracebackType
from typing import Self

from pipeline.processes import attend, collect_rarely, pages

HAS_HARD_LIMIT = sys.platform == "linux"
"""Whether the system refuses memory beyond a limit. macOS takes the limit and forgets it, Windows has none."""

_WATCH_SECONDS = 0.05


def confine(memory_mb: int, is_hard: bool, watched: SimpleQueue[tuple[int, int]]) -> None:
    """Prepare a new reading process: limit its memory or report it to the watch, keep it off the terminal."""
    attend()
    collect_rarely()
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)  # calamine writes its panics there, and Rust its aborts
    os.close(silence)
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if is_hard:
            limit = pages()[0] + (memory_mb << 20)  # most of what it has is shared with the server it was forked from
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    if not is_hard:
        import psutil

        watched.put((os.getpid(), psutil.Process().memory_info().rss))


class MemoryWatch:
    """Kills watched processes that grow beyond their limit. Does nothing where the system itself limits memory."""

    def __init__(self, memory_mb: int, watched: SimpleQueue[tuple[int, int]]) -> None:
        self._limit = memory_mb << 20
        self._watched = watched
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory watch", daemon=True)

    def __enter__(self) -> Self:
        if not HAS_HARD_LIMIT:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        import psutil

        processes: list[tuple[psutil.Process, int]] = []  # and how large each was before it read anything
        while not self._stopped.wait(_WATCH_SECONDS):
            while not self._watched.empty():
                with contextlib.suppress(psutil.NoSuchProcess):
                    pid, empty = self._watched.get()
                    processes.append((psutil.Process(pid), empty))
            processes = [(process, empty) for process, empty in processes if process.is_running()]
            for process, empty in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    if process.memory_info().rss > empty + self._limit:
                        process.kill()
