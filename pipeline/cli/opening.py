"""A page shown in the browser of whoever sits before the computer."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from pipeline.cli.saying import complain

_LONGEST = 5  # seconds in which an opener that fails has said so; one that goes on is the browser itself


def open_page(page: Path) -> None:
    """Open a page as a double click would; say where it is if nothing here can."""
    if not _is_opened(page):
        complain(f"没能自动打开网页。请自己打开：{page}")


def _is_opened(page: Path) -> bool:
    try:
        if sys.platform == "win32":
            import os

            os.startfile(page)
            return True
        opener = "open" if sys.platform == "darwin" else "xdg-open"
        quiet = subprocess.DEVNULL
        process = subprocess.Popen([opener, page], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    except OSError:
        return False
    with suppress(subprocess.TimeoutExpired):
        return process.wait(_LONGEST) == 0
    return True
