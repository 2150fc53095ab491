"""Values by name, where very many have the same names: these are held once, and of each no more than its values."""

from __future__ import annotations

from collections.abc import Hashable, ItemsView, Iterator, Mapping, ValuesView
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

    # What a mapping has anyway, in fewer steps: it is asked millions of times a night.

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Entries) and other._places is self._places:
            return self._values == other._values
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]  # as of any mapping

    def get(self, name: Any, default: Any = None) -> Any:
        """Give a value by its name, and something else if there is none."""
        place = self._places.get(name)
        return default if place is None else self._values[place]

    def items(self) -> ItemsView[K, V]:
        """Give names and values."""
        return dict(zip(self._places, self._values, strict=True)).items()

    def values(self) -> ValuesView[V]:
        """Give the values."""
        return dict(zip(self._places, self._values, strict=True)).values()

    def __repr__(self) -> str:
        return repr(dict(self.items()))

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
