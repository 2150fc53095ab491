"""Headers of several rows: what stands over a column, from the lowest row up, with merged cells filled."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.declare.titles import header, heading
from pipeline.rawbook import Address, RawSheet

DEEPEST = 4  # rows of a header


class Head:
    """The upper rows of a sheet as headers are read from them."""

    def __init__(self, raw: RawSheet) -> None:
        self._raw = raw
        self._covered: dict[Address, str] = {}
        for top, left, bottom, right in raw.merged:
            if bottom - top < DEEPEST and top < len(raw.rows) and left < len(raw.rows[top]):
                text = raw.rows[top][left]
                if isinstance(text, str) and text:
                    self._covered |= {(r, c): text for r in range(top, bottom + 1) for c in range(left, right + 1)}

    def texts(self, row: int) -> Iterator[tuple[int, str]]:
        """Give, by column, the paths that end in a row, normalised: its own text, that behind the one above, and so on."""
        for c in range(len(self._raw.rows[row])):
            path = self._path(row, c)
            for deep in range(1, len(path) + 1):
                yield c, "".join(reversed(path[:deep]))

    def _path(self, row: int, c: int) -> list[str]:
        """Give what stands over a column, normalised, the lowest first; a text over several rows once."""
        path: list[str] = []
        for r in range(row, max(row - DEEPEST, -1), -1):
            text = self._text(r, c) or (self._left_of(r, c) if r < row else "")
            if not path and not text:
                return []
            if text and (said := heading(text) if path else header(text)) not in path[-1:]:
                path.append(said)
        return path

    def _text(self, r: int, c: int) -> str:
        row = self._raw.rows[r]
        cell = row[c] if c < len(row) else ""
        return cell if isinstance(cell, str) and cell else self._covered.get((r, c), "")

    def _left_of(self, r: int, c: int) -> str:
        """A group's heading may stand over its first column alone, unmerged: it reaches to the next one."""
        return next((text for left in range(c - 1, -1, -1) if (text := self._text(r, left))), "")
