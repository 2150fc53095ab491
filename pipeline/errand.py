"""What processes that read are sent for: files as returns of a form, each within limits, wherever they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipeline.batch import Origin, parse_in_time
from pipeline.frames import ParsedReturn
from pipeline.rawbook import Limits
from pipeline.read import Reader


@dataclass(frozen=True, slots=True)
class Errand:
    """What files are read as, and what each may cost: the same on every machine."""

    origin: Origin
    limits: Limits
    passwords: tuple[str, ...]

    def reader(self, workers: int | None) -> Reader[ParsedReturn]:
        """Give the processes that go on it on a machine."""
        reading = partial(parse_in_time, origin=self.origin)
        return Reader(workers, self.limits, self.passwords, reading=reading, refused=ParsedReturn)


def parsing(
    root: Path, workers: int | None = None, passwords: Sequence[str] = (), *, is_cached: bool = False
) -> Reader[ParsedReturn]:
    """Give a pool of processes that read files as returns of the campaign in a folder.

    is_cached: whether they may use what was read before, and keep what they read.
    """
    return Errand(Origin.of(root, is_cached=is_cached), Limits(), tuple(passwords)).reader(workers)
