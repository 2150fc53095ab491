"""A ledger to try things on: what would be recorded is recorded in a copy, and forgotten."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.ledger import journal, seal
from pipeline.ledger.database import Ledger, refuse_lost
from pipeline.lock import undisturbed


@contextmanager
def rehearsing(root: Path, path: Path) -> Iterator[Ledger]:
    """Open a copy of a campaign's ledger in a folder elsewhere, for nobody but its owner, as long as the `with` lasts.

    Raises LedgerError as opening the ledger itself would, and LockedError while another run works.
    """
    refuse_lost(path)
    with TemporaryDirectory(prefix="huizong-") as folder:
        with undisturbed(root):
            for name in (path.name, f"{path.name}-journal", seal.NAME, journal.NAME):
                if path.with_name(name).is_file():
                    shutil.copyfile(path.with_name(name), Path(folder) / name)
        with Ledger(Path(folder) / path.name) as ledger:
            yield ledger
