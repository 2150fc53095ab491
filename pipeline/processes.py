"""How further processes start: from a server that knows how to read, where there is one; never by forking threads."""

from __future__ import annotations

import faulthandler
import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from typing import IO

MOST = 8
_GARBAGE = 500_000
_SMALL = 192  # MiB
_READING = ["pipeline.preload"]
_GRACE = 15  # seconds beyond a limit: whoever set it should have stopped us by then


def collect_rarely() -> None:
    """Look for garbage less often: cells and rows are many and never garbage, and the looking costs a tenth of the time."""
    gc.set_threshold(_GARBAGE)


def give_back() -> None:
    """Give memory that was let go back to the system. The C library keeps it for later, and until then it counts as ours.

    Of a small process it is not worth the time.
    """
    if sys.platform == "linux" and pages()[1] > _SMALL << 20:
        import ctypes

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc alone
        if trim is not None:
            trim(0)


def pages() -> tuple[int, int]:
    """Give the bytes of address space that this process has, and those of memory that it holds. Linux tells them."""
    with open("/proc/self/statm", encoding="ascii") as said:
        mapped, held, *_ = map(int, said.read().split())
    size = os.sysconf("SC_PAGE_SIZE")
    return mapped * size, held * size


def leave_quickly() -> None:
    """Spare the end of the process its search for garbage: the system takes the memory back at once anyway."""
    gc.freeze()


def attend() -> None:
    """Prepare a process that works for another: it ends when that one does, however that ended, and not by Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    master = multiprocessing.parent_process()
    if master is None:
        return
    if sys.platform == "linux":
        # By a signal of the system: a library may hold the interpreter, and no thread would run.
        import fcntl

        fcntl.fcntl(master.sentinel, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(master.sentinel, fcntl.F_SETFL, fcntl.fcntl(master.sentinel, fcntl.F_GETFL) | os.O_ASYNC)
    threading.Thread(target=_end_with, args=(master.sentinel,), name="end with master", daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """End this very process if the `with` takes longer, also while a library holds the interpreter.

    By a signal of the system, where it has one that nobody need catch: a watching thread for each file would cost more than a
    tenth of its reading.
    """
    if sys.platform == "win32":
        faulthandler.dump_traceback_later(seconds + _GRACE, exit=True, file=_nowhere())
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
    else:
        signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


@cache
def _nowhere() -> IO[str]:
    """Give what swallows everything; it stays open, as long as the process lives."""
    return open(os.devnull, "w", encoding="ascii")


def count() -> int:
    """How many processes are worth starting here."""
    return min(os.cpu_count() or 1, MOST)


def context() -> BaseContext:
    """Give the way in which processes start on this system."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(_READING)
    with _nothing_said():
        from multiprocessing.forkserver import ensure_running

        ensure_running()
    return server


def warm_up() -> None:
    """Start the server now, so that its imports go on beside the caller's."""
    context()


@contextmanager
def _nothing_said() -> Iterator[None]:
    """Let a process that starts meanwhile, and all that it starts, be silent for ever.

    What is wrong with their work, they tell by their answers. One that is just starting when the run is ended finds nothing of
    what it was to have, and would say that on the operator's screen.
    """
    said, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(said, 2)
        os.close(said)
        os.close(nowhere)
