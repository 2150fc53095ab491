"""What must hold in each row of a sheet, whoever said so: a column, or a rule of the campaign."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.declare import Builtin, Rule

Truth = Any
"""A numpy array of bool, one per row of a frame."""

Said = Callable[[int], Mapping[str, Any]]
"""What a message says of one row, by its index in the frame."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise about one sheet. holds: true where it is kept, and where it could not be evaluated. known: where it could
    be; None: everywhere."""

    rule: Builtin | Rule
    blames: tuple[str, ...]
    holds: Truth
    said: Said
    known: Truth | None = None

    @property
    def verdict(self) -> bool | None:
        """Whether it is kept in every row in which it could be evaluated; None if there is none."""
        if self.known is not None and not self.known.any():
            return None
        return bool(self.holds.all())
