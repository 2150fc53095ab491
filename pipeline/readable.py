"""Texts that others chose, made fit to be shown: nothing in them is obeyed by a terminal, a page or a reader's eye."""

from __future__ import annotations

import os
import unicodedata

_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
_BLANK = "␣"


def visible(text: str) -> str:
    """Show line breaks as spaces; control, direction and broken characters by number, so that none is obeyed."""
    if text.isprintable():  # nearly every text
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in "\r\n\t":
        return " "
    return f"⟨U+{ord(character):04X}⟩" if unicodedata.category(character) in _UNSEEN else character


def file_name(name: str) -> str:
    """Give a file's name as its sender sees it: one unpacked from a Chinese Windows archive may still be GBK.

    The answer can be written as UTF-8. Blanks of a name that has nothing else are made visible.
    """
    raw = os.fsencode(name)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("gb18030", "replace")
    return "".join(_BLANK if sign.isspace() else sign for sign in text) if not text.strip(" .　") else text
