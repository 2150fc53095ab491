"""The seal of a ledger at rest: the hash of its bytes, so that a change by anything but this program is noticed.

It is lifted before the first change and set when the ledger is closed. A run that was cut off leaves none, and the next
sets it again.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from pipeline.disk import sha256_of

NAME = "ledger.seal"


def write(ledger: Path) -> None:
    """Seal a closed ledger, unless it is sealed."""
    place = ledger.with_name(NAME)
    if place.exists() or not ledger.exists():
        return
    part = place.with_suffix(".part")
    with part.open("w", encoding="ascii") as file:
        file.write(f"{sha256_of(ledger)}\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, place)


def lift(ledger: Path) -> None:
    """Say that the ledger is being changed."""
    with suppress(FileNotFoundError):
        os.remove(ledger.with_name(NAME))


def is_set(ledger: Path) -> bool:
    """Whether there is a seal. If not, the run before this was cut off, or somebody took it away."""
    return ledger.with_name(NAME).exists()


def holds(ledger: Path) -> bool:
    """Whether the ledger is as it was sealed; also true of one that has no seal, or of which there is nothing yet."""
    place = ledger.with_name(NAME)
    if not place.exists() or not ledger.exists():
        return True
    return place.read_text(encoding="ascii", errors="replace").strip() == sha256_of(ledger)
