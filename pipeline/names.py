"""Names, folded, and what bears them; and which of them stand in a text, however many there are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import TypeVar

T = TypeVar("T")
MANY = 1_000
SHORTEST_NUMBER = 5  # in running text, a code of fewer digits may as well be a date, a page or a version
MOST_ASKED = 1_000  # texts of which it is remembered what stands in them: returns of one form say much the same

_LETTER, _DAY, _NOTHING = re.compile("[0-9a-z]"), re.compile(r"\d+[日号]"), re.compile("(?!)")


class Names(dict[str, T]):
    """Folded names -> what bears them. Not changed once it is asked what stands in a text."""

    def inside(self, text: str) -> list[str]:
        """Give the names that stand in a folded text, the longest first, those of one length by the alphabet.

        A few are looked for one by one. Of many it is quicker to look up the parts of the text, which is short, that could be
        one: those that begin as some name does, and are as long.
        """
        if len(self) < MANY:
            found = [name for name in self if name and name in text]  # an alias may be nothing but spaces
        else:
            lengths = self._lengths
            parts = {text[a : a + size] for a, start in enumerate(text) for size in lengths.get(start, ())}
            found = [part for part in parts if part in self]
        return sorted(found, key=lambda name: (-len(name), name))

    def standing_in(self, text: str) -> Sequence[T]:
        """Give whose names stand in a folded text, the longest first. A number in a name is compared whole."""
        known = self._asked.get(text)
        if known is None:
            if len(self._asked) >= MOST_ASKED:
                self._asked.clear()
            known = self._asked[text] = self._looked_for(text)
        return known

    def _looked_for(self, text: str) -> list[T]:
        found: list[T] = []
        for name in self.inside(text):
            if name.isdigit() and len(name) < SHORTEST_NUMBER:
                continue
            if self[name] not in found and _stands_whole(name, text):
                found.append(self[name])
            text = text.replace(name, "\n")  # so that a shorter name is not found inside a longer one
        return found

    @cached_property
    def _asked(self) -> dict[str, list[T]]:
        return {}

    @cached_property
    def _lengths(self) -> dict[str, set[int]]:
        """How long the names are that begin with a character."""
        lengths: dict[str, set[int]] = {}
        for name in filter(None, self):
            lengths.setdefault(name[0], set()).add(len(name))
        return lengths


def _stands_whole(name: str, text: str) -> bool:
    """Whether a name stands in a text somewhere, and not as a part of a longer word or number, or of a date."""
    before = _LETTER if name[0].isascii() else _NOTHING
    behind = _LETTER if name[-1].isascii() else _DAY
    at = text.find(name)
    while at >= 0:
        if not before.match(text, max(at - 1, 0), at) and not behind.match(text, at + len(name)):
            return True
        at = text.find(name, at + 1)
    return False
