"""Processes that work for a night, as those see them who give them work."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

from pebble import ProcessExpired

GONE = (ProcessExpired, BrokenProcessPool, MemoryError)
"""What comes of a task whose process ended over it: nothing wrong with the task, which whoever gave it may do."""


class Helpers(Protocol):
    """Processes that do what they are given."""

    @property
    def count(self) -> int:
        """How many there are."""

    def submit(self, function: Callable[..., Any], *args: Any) -> Future[Any]:
        """Let one of them call a function."""
