"""Keep a reading process within its memory: by the system's own limit where there is one, by watching it elsewhere."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.processes import collect_rarely

HAS_HARD_LIMIT = sys.platform == "linux"
"""Whether the system refuses memory beyond a limit. macOS takes the limit and forgets it, Windows has none."""

_WATCH_SECONDS = 0.1


def confine(memory_mb: int, is_hard: bool, watched: SimpleQueue[int]) -> None:
    """Prepare a new reading process: limit its memory or report it to the watch, keep it off the terminal."""
    collect_rarely()
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)  # calamine writes its panics there, and Rust its aborts
    os.close(silence)
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if is_hard:
            limit = _mapped() + (memory_mb << 20)
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    if not is_hard:
        watched.put(os.getpid())


def _mapped() -> int:
    """Bytes of address space that the process has already, most of it shared with the server it was forked from."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


class MemoryWatch:
    """Kills watched processes that grow beyond their limit. Does nothing where the system itself limits memory."""

    def __init__(self, memory_mb: int, watched: SimpleQueue[int]) -> None:
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

        processes: list[psutil.Process] = []
        while not self._stopped.wait(_WATCH_SECONDS):
            while not self._watched.empty():
                with contextlib.suppress(psutil.NoSuchProcess):
                    processes.append(psutil.Process(self._watched.get()))
            processes = [process for process in processes if process.is_running()]
            for process in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    if process.memory_info().rss > self._limit:
                        process.kill()
