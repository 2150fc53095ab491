"""What lies in the inbox and could be a return."""

from __future__ import annotations

from pathlib import Path

NOT_RETURNS = frozenset(("thumbs.db", "desktop.ini"))


def waiting(inbox: Path) -> list[Path]:
    """List everything in the inbox and its folders that could be a return, in name order."""
    return sorted(path for path in inbox.rglob("*") if path.is_file() and not _is_junk(path.name))


def _is_junk(name: str) -> bool:
    return name.startswith(("~$", ".~", ".")) or name.lower() in NOT_RETURNS
