"""Fingerprints: what a result depends on, as one hash. Where it is the same, the result would be."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


def of_folder(folder: Path, pattern: str = "*") -> str:
    """Fingerprint of the files in a folder, names and bytes."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob(pattern)):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@cache
def of_reading() -> str:
    """Fingerprint of what reads files: our own code, and the libraries that are installed."""
    return _hash(of_folder(_HERE, "*.py"), of_folder(_HERE / "locale"), *_installed())


@cache
def of_program() -> str:
    """Fingerprint of all that makes a night's outputs: our own code, Python, and the libraries that are installed."""
    return _hash(of_folder(_HERE), sys.version, *_installed())


def _hash(*facts: str) -> str:
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()


def _installed() -> list[str]:
    """Name what is installed, with versions, by the folders that say so: quicker than asking for each."""
    folders = (Path(place) for place in sys.path if place.endswith(("site-packages", "dist-packages")))
    return sorted(info.name for folder in folders for info in folder.glob("*.dist-info"))
