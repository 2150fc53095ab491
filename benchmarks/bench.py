"""Measure a night against what one would write instead, in pairs: `python benchmarks/bench.py [--pairs 3]`.

Both do the same work on the same 187 returns of `plain/`, two in a hundred whole numbers and days being wrong. Each is
a whole process, from starting Python to its last file written. They take turns (night, rival, night, rival …), so that
a machine that is busy for a while is so for both, and what is compared is each pair's ratio. Needs a POSIX system.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import psutil

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.generate import write_returns  # noqa: E402 - found only once the folder above is on the path

AS_OF = "2026-07-01"
SAMPLE_SECONDS = 0.2


@dataclass(frozen=True)
class Cost:
    """What one process and all its children took: seconds by the clock, seconds of CPU, and MiB held at once."""

    wall: float
    cpu: float
    memory: float

    def __str__(self) -> str:
        return f"{self.wall:7.2f} s wall {self.cpu:7.2f} s CPU {self.memory:7.0f} MiB"

    def over(self, other: Cost) -> Cost:
        """How many times the other's cost this is."""
        return Cost(self.wall / other.wall, self.cpu / other.cpu, self.memory / other.memory)


@dataclass(frozen=True)
class Contender:
    """A name and how to make its command, which may first prepare a folder; preparing is not measured."""

    name: str
    command: Callable[[], Sequence[str]]


class MemoryWatch(threading.Thread):
    """Keep the most MiB that a process and its children held together, until it ends."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process, self._ended, self.peak = psutil.Process(pid), threading.Event(), 0.0

    def run(self) -> None:
        """Look every few hundredths of a second."""
        while not self._ended.wait(SAMPLE_SECONDS):
            held = 0
            for process in [self._process, *self._process.children(recursive=True)]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    held += process.memory_info().rss
            self.peak = max(self.peak, held / 2**20)

    def end(self) -> float:
        """Stop looking and give the peak."""
        self._ended.set()
        self.join()
        return self.peak


def measure(contender: Contender) -> Cost:
    """Run a contender's command to its end. Raises CalledProcessError if it fails."""
    command = list(contender.command())
    with tempfile.TemporaryFile() as said:
        started = perf_counter()
        process = subprocess.Popen(command, cwd=HERE.parent, stdout=said, stderr=said)
        watch = MemoryWatch(process.pid)
        watch.start()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        wall = perf_counter() - started
        together = watch.end()
        _, status, used = os.wait4(process.pid, 0)  # includes the children that it waited for
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.stderr.buffer.write(said.read())
            raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(wall, used.ru_utime + used.ru_stime, max(together, used.ru_maxrss / 1024))


def contenders(build: Path) -> tuple[Contender, list[Contender]]:
    """Give the night, and its rivals in the order of how much they do."""
    inbox, python = build / "inbox", sys.executable

    def night() -> Sequence[str]:
        workspace = build / "workspace"
        shutil.rmtree(workspace, ignore_errors=True)
        shutil.copytree(HERE / "plain" / "schemas", workspace / "schemas", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(inbox, workspace / "inbox")
        return [python, "-m", "pipeline", "nightly", "-C", str(workspace), "--as-of", AS_OF]

    def plain(*options: str) -> Callable[[], Sequence[str]]:
        def command() -> Sequence[str]:
            shutil.rmtree(build / "plain", ignore_errors=True)
            return [python, str(HERE / "plain_script.py"), str(inbox), str(build / "plain"), *options]

        return command

    return Contender("night", night), [
        Contender("plain script, marked copies", plain("--annotate")),
        Contender("plain script, calamine, no copies", plain("--engine", "calamine")),
        Contender("calamine reading, nothing else", lambda: [python, str(HERE / "read_only.py"), str(inbox)]),
    ]


def compare(night: Contender, rival: Contender, pairs: int) -> None:
    """Run both in turns and print every pair, the medians and the ratios."""
    print(f"\n{night.name} against {rival.name}", flush=True)
    ours: list[Cost] = []
    theirs: list[Cost] = []
    for number in range(1, pairs + 1):
        for contender, costs in ((night, ours), (rival, theirs)):
            costs.append(measure(contender))
            print(f"  pair {number}  {contender.name:34}{costs[-1]}", flush=True)
    for contender, costs in ((night, ours), (rival, theirs)):
        print(f"  median  {contender.name:34}{_median(costs)}")
    ratios = [their.over(our) for their, our in zip(theirs, ours, strict=True)]
    for title, values in (
        ("wall", [ratio.wall for ratio in ratios]),
        ("CPU", [ratio.cpu for ratio in ratios]),
        ("memory", [ratio.memory for ratio in ratios]),
    ):
        each = ", ".join(f"{value:.2f}" for value in values)
        print(f"  the rival takes {statistics.median(values):6.2f} times the night's {title:7} (pairs: {each})")


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.memory for cost in costs),
    )


def main() -> None:
    """Read the command line, write the returns, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=3, help="pairs per rival (default 3)")
    parser.add_argument("--returns", type=int, default=187, help="how many returns (default 187)")
    parser.add_argument("--bad", type=float, default=0.02, help="share of wrong cells (default 0.02)")
    parser.add_argument("--build", type=Path, default=HERE.parent / "build" / "bench", help="where to work")
    args = parser.parse_args()
    build = args.build.resolve()
    shutil.rmtree(build / "inbox", ignore_errors=True)
    write_returns(build / "inbox", args.returns, bad=args.bad)
    print(f"{args.returns} returns, {args.bad:.0%} wrong, {os.cpu_count()} cores, Python {platform.python_version()}")
    night, rivals = contenders(build)
    measure(night)  # not counted: fills the disk cache and compiles what was not yet compiled
    for rival in rivals:
        compare(night, rival, args.pairs)


if __name__ == "__main__":
    main()
