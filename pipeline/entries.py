"""Values by name, where very many have the same names: these are held once, and of each no more than its values."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", covariant=True)
_MOST = 1_000  # lists of names, and wholes, that are known to come again


class Entries(Mapping[K, V]):
    """A mapping that never changes; those with the same names in the same order share them."""

    __slots__ = ("_places", "_values")

    def __init__(self, said: Mapping[K, V]) -> None:
        self._places: Mapping[K, int] = _places(tuple(said))
        self._values = tuple(said.values())

    def __getitem__(self, name: K) -> V:
        return self._values[self._places[name]]

    def __iter__(self) -> Iterator[K]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return Entries, (dict(zip(self._places, self._values, strict=True)),)


def alike(said: Mapping[K, V]) -> Mapping[K, V]:
    """Give these entries, whose values can be hashed: the same object for all that are alike."""
    return _alike(tuple(said.items()))


@lru_cache(_MOST)
def _places(names: tuple[Any, ...]) -> dict[Any, int]:
    return {name: place for place, name in enumerate(names)}


@lru_cache(_MOST)
def _alike(items: tuple[tuple[Any, Any], ...]) -> Entries[Any, Any]:
    return Entries(dict(items))
