"""How further processes start: from a server that knows how to read, where there is one; never by forking threads."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from multiprocessing.context import BaseContext

MOST = 8
_GARBAGE = 50_000
_READING = ["pipeline.workbook", "pipeline.confine", "pebble"]


def collect_rarely() -> None:
    """Look for garbage less often: cells and rows are many and never garbage, and the looking costs a tenth of the time."""
    gc.set_threshold(_GARBAGE)


def leave_quickly() -> None:
    """Spare the end of the process its search for garbage: the system takes the memory back at once anyway."""
    gc.freeze()


def count() -> int:
    """How many processes are worth starting here."""
    return min(os.cpu_count() or 1, MOST)


def context() -> BaseContext:
    """Give the way in which processes start on this system."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(_READING)
    return server


def warm_up() -> None:
    """Start the server now, so that its imports go on beside the caller's."""
    if sys.platform != "win32":
        from multiprocessing.forkserver import ensure_running

        context()
        ensure_running()
