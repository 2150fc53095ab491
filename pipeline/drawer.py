"""Values by name in one file, which one process writes: a file for each would cost more to make than it spares.

SQLite without its safeguards, as nothing here has to last: what a run that was cut off left half is as good as none.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import suppress

_PATIENCE = 1.0  # seconds to wait for somebody who looks into it


class Drawer:
    """What was made of each name, and of which facts; only the last of a name is kept."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None

    def get(self, name: str, facts: str) -> bytes | None:
        """Give what is kept of a name, if it was made of these facts; None if nothing is."""
        if self._db is None and not os.path.exists(self._path):
            return None
        try:
            found = (
                self._opened().execute("SELECT said FROM kept WHERE name = ? AND facts = ?", (name, facts)).fetchall()
            )
        except sqlite3.Error:
            return None
        said = found[0][0] if found else None
        return said if isinstance(said, bytes) else None

    def put(self, many: Sequence[tuple[str, str, bytes]]) -> None:
        """Keep values: name, facts, and what was made of them. What cannot be written is made again next time."""
        try:
            with self._opened() as db:
                db.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", many)
        except sqlite3.OperationalError:  # somebody holds it, or the disk is full
            return
        except sqlite3.DatabaseError:  # damaged: begun anew by the next
            self.close()
            with suppress(OSError):
                os.remove(self._path)

    def close(self) -> None:
        """Shut it; it opens by itself when it is asked again."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = sqlite3.connect(self._path, timeout=_PATIENCE)
            self._db.execute("PRAGMA synchronous = OFF")
            self._db.execute("PRAGMA journal_mode = MEMORY")
            self._db.execute("CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, facts TEXT, said BLOB)")
        return self._db
