"""Frames as rules read them: which columns a rule asks for decides in which rows it can be evaluated."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, cast

import pandas as pd
from pandas.api.typing import DataFrameGroupBy


class Reading:
    """A frame, or its rows in groups, that remembers which columns a rule read: by subscript, by attribute or as a method's
    argument."""

    def __init__(self, frame: pd.DataFrame | DataFrameGroupBy[Any, Any], read: set[str] | None = None) -> None:
        self._frame: Any = frame
        self.read = set[str]() if read is None else read

    def _note(self, names: Any) -> None:
        listed = [names] if isinstance(names, str) else names if isinstance(names, list | tuple) else []
        self.read.update(name for name in listed if isinstance(name, str))

    def filled(self, columns: Collection[str]) -> pd.Series[bool]:
        """Tell the rows in which none of these columns is blank that were read."""
        names = [name for name in columns if name in self.read]
        return cast("pd.Series[bool]", self._frame[names].notna().all(axis=1))

    def __getitem__(self, name: Any) -> Any:
        self._note(name)
        return self._frame[name]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._frame)

    def __len__(self) -> int:
        return len(self._frame)

    def __getattr__(self, name: str) -> Any:
        self._note(name)
        attribute = getattr(self._frame, name)
        if not callable(attribute):
            return attribute

        def noting(*args: Any, **kwargs: Any) -> Any:
            for argument in (*args, *kwargs.values()):
                self._note(argument)
            given = attribute(*args, **kwargs)
            return Reading(given, self.read) if isinstance(given, DataFrameGroupBy) else given

        return noting
