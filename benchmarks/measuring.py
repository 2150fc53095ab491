"""What a whole process costs: seconds by the clock, seconds of CPU, and memory, with all that it starts."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from time import perf_counter

import psutil

from benchmarks.agree import Said

REPO = Path(__file__).resolve().parent.parent
SHORTEST_LOOK, LONGEST_LOOK, LOOKS = 0.01, 0.2, 50  # between looks at the memory: a 50th of the time so far
BECOME_SUBREAPER = 36  # Linux's PR_SET_CHILD_SUBREAPER


@dataclass(frozen=True)
class Cost:
    """What one process and all that it started took.

    wall, cpu: seconds. together: MiB that all held at once, what they share being counted for each. largest: MiB of the
    process that held most.
    """

    wall: float
    cpu: float
    together: float
    largest: float

    def __str__(self) -> str:
        spent = f"{self.wall:9.3f} s wall {self.cpu:9.3f} s CPU"
        return f"{spent} {self.together:7.0f} MiB together {self.largest:6.0f} MiB largest"

    def over(self, other: Cost) -> Cost:
        """How many times the other's cost this is."""
        return Cost(*(ours / theirs for ours, theirs in zip(astuple(self), astuple(other), strict=True)))

    def beyond(self, other: Cost) -> Cost:
        """How much more than the other's cost this is."""
        return Cost(*(ours - theirs for ours, theirs in zip(astuple(self), astuple(other), strict=True)))

    def shared(self, count: int) -> Cost:
        """Share the cost among so many."""
        return Cost(*(value / count for value in astuple(self)))


def median(costs: Sequence[Cost]) -> Cost:
    """Give the median of each measure by itself."""
    return Cost(*(statistics.median(values) for values in zip(*map(astuple, costs), strict=True)))


@dataclass(frozen=True)
class Contender:
    """A name and how to make its command, which may first prepare a folder; preparing is not measured.

    said: gives what the command found, once it has run; None for what finds nothing.
    """

    name: str
    command: Callable[[], Sequence[str]]
    said: Callable[[], Said] | None = None


class MemoryWatch(threading.Thread):
    """Keep the most MiB that a process and all below it held, together and each, until it ends."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process, self._ended, self._since = psutil.Process(pid), threading.Event(), perf_counter()
        self.together, self.largest = 0.0, 0.0

    def run(self) -> None:
        """Look often at first, as some commands are short, and then every fifth of a second."""
        while not self._ended.wait(min(LONGEST_LOOK, SHORTEST_LOOK + (perf_counter() - self._since) / LOOKS)):
            held = 0.0
            with contextlib.suppress(psutil.NoSuchProcess):
                for process in [self._process, *self._process.children(recursive=True)]:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        now = process.memory_info().rss / 2**20
                        held += now
                        self.largest = max(self.largest, now, _peak(process.pid))
            self.together = max(self.together, held, self.largest)

    def end(self) -> None:
        """Stop looking."""
        self._ended.set()
        self.join()


def _peak(pid: int) -> float:
    """MiB that a process held at most so far, where the system keeps count."""
    with contextlib.suppress(OSError):
        if kept := re.search(
            r"VmHWM:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        ):
            return int(kept[1]) / 1024
    return 0.0


def adopt_orphans() -> None:
    """Let what a command leaves running become our child, as its CPU is known to its parent only. Linux can do this."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(BECOME_SUBREAPER, 1, 0, 0, 0)


def measure(contender: Contender) -> Cost:
    """Run a contender's command to its end. Raises CalledProcessError if it fails."""
    command = list(contender.command())
    with tempfile.TemporaryFile() as said:
        started = perf_counter()
        process = subprocess.Popen(
            command, cwd=REPO, env=_compiled_once(), stdin=subprocess.DEVNULL, stdout=said, stderr=said, process_group=0
        )
        watch = MemoryWatch(process.pid)
        try:
            watch.start()
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            raise
        wall = perf_counter() - started
        watch.end()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.stderr.buffer.write(said.read())
            raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(wall, used.ru_utime + used.ru_stime + _of_orphans(process.pid), watch.together, watch.largest)


def _compiled_once() -> dict[str, str]:
    """Let Python keep what it compiles, as where something is installed, for whoever is measured; some shells forbid it."""
    keeping = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return keeping | {"PYTHONPYCACHEPREFIX": str(REPO / "build" / "compiled")}


def _of_orphans(group: int) -> float:
    """Wait for what a command left running, such as the server that starts its processes, and give the CPU of all that."""
    seconds = 0.0
    with contextlib.suppress(ChildProcessError):
        while True:
            _, _, used = os.wait4(-group, 0)
            seconds += used.ru_utime + used.ru_stime
    return seconds
