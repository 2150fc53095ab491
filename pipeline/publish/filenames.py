"""Names of the files we write, safe on every desk: Windows, WPS, a mail attachment, a memory stick."""

from __future__ import annotations

import re
import unicodedata

from pipeline.model import Team

CORRECTIONS = "退改"
LONGEST_STEM = 72  # with a suffix still under 80 characters
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_UNSEEN = ("Cc", "Cf", "Cs")
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)


def safe_name(text: str) -> str:
    """Turn a text into a file name without its suffix; characters that a file system refuses become "_"."""
    readable = "".join("_" if unicodedata.category(sign) in _UNSEEN else sign for sign in text)
    stem = _FORBIDDEN.sub("_", readable)[:LONGEST_STEM].strip().rstrip(". ")
    return f"_{stem}" if not stem or _DEVICE.match(stem) else stem


def correction_file(team: Team) -> str:
    """Where a team's correction workbook stands in the night's folder, "/" between parts."""
    return f"{CORRECTIONS}/{safe_name(f'{team.code}_{team.name}')}.xlsx"
