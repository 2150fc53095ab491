"""What names a row within its return, wherever it stands: its key, else what it says; a correction workbook carries the name.

Each row of a correction workbook has, beside its columns, what `tag_rows` gives: the row's name, a digest of the row as written
and a check of each cell. What comes back there is used for naming and for nothing else.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import repeat
from typing import Any
from zlib import crc32

TAGS = "_行标识"  # header of the hidden column
LONGEST_NAME = 60  # characters of a key that names its row; a longer one is cut, and told apart by a digest
LONGEST_SAID = 1_000  # characters of a cell that tell it from others
MOST_COMPARED = 100_000  # pairs of an edited row and a name; where there are more, nothing is compared
_TAG = re.compile(r"(.+)\|([0-9a-f]{8})\|((?:[0-9a-f]{2})*)")
_BETWEEN = b"\x1f"  # cells of a row
_CHECKS = [f"{number:02x}" for number in range(256)]
_TOO_LONG = LONGEST_NAME + 8 + 1  # "…"

Said = tuple[str, ...]
"""What a row says: each cell but its serial number, in the form's order, as `said` gives it."""


def said(value: Any) -> str:
    """Say what a cell holds, typed or as the sender has it: the same before and after any program has saved it."""
    if type(value) is str:
        if value.isprintable():  # so all its white space is spaces
            return value.replace(" ", "")[:LONGEST_SAID]
        return "".join(filter(str.isprintable, "".join(value.split())[:LONGEST_SAID]))
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.15g}"
    return _said_moment(value) if isinstance(value, dt.datetime) else str(value)


def _said_moment(moment: dt.datetime) -> str:
    return _said_naive(moment.replace(tzinfo=None) if moment.tzinfo else moment)


@lru_cache(maxsize=50_000)
def _said_naive(moment: dt.datetime) -> str:
    to_seconds = (moment + dt.timedelta(milliseconds=500)).replace(microsecond=0)
    return to_seconds.date().isoformat() if to_seconds.time() == dt.time() else to_seconds.isoformat()


_SAYING: Mapping[type, Callable[[Any], str]] = {
    int: str,
    dt.datetime: _said_moment,
}  # of columns that hold one type alone


def digest(row: Said) -> str:
    """Digest what a row says, in eight hexadecimal digits."""
    return _digest(_BETWEEN.join(map(_encoded, row)))


def key_name(key: str) -> str:
    """Make a key fit to name its row: short, and without characters that a workbook may lose."""
    if len(key) <= LONGEST_NAME and key.isprintable():
        return key
    shown = "".join(filter(str.isprintable, key[:LONGEST_NAME]))
    return f"{shown}…{_digest(_encoded(key))}"


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _digest(text: bytes) -> str:
    return blake2b(text, digest_size=4).hexdigest()


def _check(text: str) -> str:
    return _CHECKS[crc32(_encoded(text)) & 0xFF]


@dataclass(frozen=True, slots=True)
class Tag:
    """What a correction workbook carries beside a row. checks: two digits a cell, to tell which cells are as they were."""

    name: str
    digest: str
    checks: str

    @classmethod
    def read(cls, text: object) -> Tag | None:
        """Read what came back; None if it is not as we wrote it."""
        is_short = isinstance(text, str) and len(text) <= LONGEST_SAID
        match = _TAG.fullmatch(str(text).strip()) if is_short else None
        if match is None or len(match[1]) > _TOO_LONG or not match[1].isprintable():
            return None
        return cls(*match.groups())

    def likeness(self, row: Said) -> float:
        """Share of a row's filled cells that are as they were; 0 if the form had other columns then."""
        filled = [place for place, text in enumerate(row) if text]
        if len(self.checks) != 2 * len(row) or not filled:
            return 0
        return sum(self.checks[2 * place : 2 * place + 2] == _check(row[place]) for place in filled) / len(filled)


def tag_rows(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> list[str]:
    """Tag rows by their names and what stands in their telling cells, given column by column."""
    told = [_told(column) for column in columns]
    checks = [[crc32(text) & 0xFF for text in column] for column in told]
    rows = zip(zip(*told, strict=True), zip(*checks, strict=True), strict=True) if told else repeat(((), ()))
    return [
        f"{name}|{_digest(_BETWEEN.join(row))}|{bytes(check).hex()}"
        for name, (row, check) in zip(names, rows, strict=False)
    ]


def _told(column: Sequence[Any]) -> list[bytes]:
    """Encode what each cell of a column says; at once, if all are short texts, or days, as nearly all are."""
    kinds = {*map(type, column)}
    if kinds == {str} and "".join(column).isprintable() and max(map(len, column)) <= LONGEST_SAID:
        texts = "\x1f".join(column).replace(" ", "")
    else:
        texts = "\x1f".join(map((_SAYING.get(kinds.pop()) if len(kinds) == 1 else None) or said, column))
    told = _encoded(texts).split(_BETWEEN)
    return told if len(told) == len(column) else [_encoded(said(value)) for value in column]


def named(keys: Sequence[str], rows: Sequence[Said], tags: Sequence[object] = ()) -> list[str]:
    """Name the rows of one sheet of a return, each differently.

    keys: the declared key of each row, "" where it is blank or given twice. tags: what stands in the carried column beside
    each row, and behind that, what stands there beside none. A row keeps the name that it was sent with; others are named by
    their key, or by what they say, counted where several say the same.
    """
    digests = [digest(row) for row in rows]
    kept = _kept(keys, rows, digests, [Tag.read(tag) for tag in tags]) if any(tags) else {}
    carried = set(kept.values())
    names = [kept.get(place) or (key if key not in carried else "") for place, key in enumerate(keys)]
    taken = set(names)
    for place, name in enumerate(names):
        if not name:
            names[place] = next(each for each in _counted(digests[place]) if each not in taken)
            taken.add(names[place])
    return names


def _counted(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}#{number}"
        number += 1


def _kept(
    keys: Sequence[str], rows: Sequence[Said], digests: Sequence[str], tags: Sequence[Tag | None]
) -> dict[int, str]:
    """Give, by row, the names that were carried along.

    An unchanged row is recognised by what it says, wherever its tag is now: rows may have been sorted without the hidden
    column. An edited one has the name beside it; where tags were left behind, its key or what it still says goes first.
    """
    free = {tag.name: tag for tag in reversed(tags) if tag is not None}
    beside = {place: tag for place, tag in enumerate(tags[: len(rows)]) if tag is not None}
    kept: dict[int, str] = {}

    def take(place: int, name: str) -> None:
        kept[place] = name
        del free[name]

    for place, tag in beside.items():
        if tag.digest == digests[place] and tag.name in free:
            take(place, tag.name)
    left_behind = False
    by_digest: dict[str, list[str]] = {}
    for name, tag in free.items():
        by_digest.setdefault(tag.digest, []).append(name)
    for place in range(len(rows)):
        if place not in kept and (same := by_digest.get(digests[place])):
            name = keys[place] if keys[place] in same else same[0]
            same.remove(name)
            take(place, name)
            left_behind = True
    if left_behind:
        for place, key in enumerate(keys):
            if place not in kept and key in free:
                take(place, key)
        for place, name in _most_alike({p: row for p, row in enumerate(rows) if p not in kept}, free):
            take(place, name)
    for place, tag in beside.items():
        if place not in kept and tag.name in free:
            take(place, tag.name)
    return kept


def _most_alike(rows: Mapping[int, Said], free: Mapping[str, Tag]) -> list[tuple[int, str]]:
    """Pair edited rows with names whose rows said much the same, the most alike first; half of the cells must agree."""
    if len(rows) * len(free) > MOST_COMPARED:
        return []
    pairs = [(tag.likeness(row), place, name) for place, row in rows.items() for name, tag in free.items()]
    pairs.sort(key=lambda pair: -pair[0])
    places: set[int] = set()
    names: set[str] = set()
    alike: list[tuple[int, str]] = []
    for likeness, place, name in pairs:
        if likeness >= 0.5 and place not in places and name not in names:
            alike.append((place, name))
            places.add(place)
            names.add(name)
    return alike
