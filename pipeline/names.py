"""Names, folded, and what bears them; and which of them stand in a text, however many there are."""

from __future__ import annotations

from functools import cached_property
from typing import TypeVar

T = TypeVar("T")
MANY = 1_000


class Names(dict[str, T]):
    """Folded names -> what bears them. Not changed once it is asked what stands in a text."""

    def inside(self, text: str) -> list[str]:
        """Give the names that stand in a folded text, the longest first, those of one length by the alphabet.

        A few are looked for one by one. Of many it is quicker to look up every part of the text, which is short.
        """
        if len(self) < MANY:
            found = [name for name in self if name and name in text]  # an alias may be nothing but spaces
        else:
            longest, size = self._longest, len(text)
            parts = (text[a:b] for a in range(size) for b in range(a + 1, min(size, a + longest) + 1))
            found = [part for part in {*parts} if part in self]
        return sorted(found, key=lambda name: (-len(name), name))

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self), default=0)
