"""Whose return it is, for rules that ask: the columns of the register, one value per row of a rule's first sheet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.campaign import Campaign
from pipeline.declarations import near
from pipeline.declare.columns import MisdeclaredError
from pipeline.model import CODE

Told = Callable[[str], Sequence[str]]
"""Gives what the register says in a column of each of several returns; "" where it says nothing."""


class Register:
    """What the register says of the senders of a batch of returns. asked: the columns that rules have asked for."""

    def __init__(self, titles: Collection[str], told: Told) -> None:
        self.titles, self.told = {*titles, CODE}, told
        self.asked: set[str] = set()

    @classmethod
    def of(cls, campaign: Campaign, codes: Sequence[str]) -> Register:
        """Give what a campaign's register says. codes: of the team of each return."""
        return cls(campaign.titles, lambda title: [campaign.told(code, title) or "" for code in codes])

    def beside(self, owner: Any) -> Whose:
        """Give its columns beside the rows of a sheet. owner: numpy array of int, the return of each row."""
        return Whose(self, owner)


class Whose:
    """What a rule gets as its `team`: `team["kind"]` is a column of the register, null where the register says nothing.

    read: the columns that this rule has asked for.
    """

    def __init__(self, register: Register, owner: Any) -> None:
        self._register, self._owner = register, np.asarray(owner, dtype="int64")
        self.read: set[str] = set()

    def __getattr__(self, title: str) -> Any:
        if title.startswith("_"):
            raise AttributeError(title)
        return self[title]

    def __getitem__(self, title: str) -> Any:
        self.read.add(title)
        self._register.asked.add(title)
        if title not in self._register.titles:
            says = f"名录 teams.csv 中没有“{title}”这一栏{near(title, sorted(self._register.titles))}"
            raise MisdeclaredError(says)
        said = pd.Series([text or None for text in self._register.told(title)], dtype="str")
        return said.take(self._owner).reset_index(drop=True)
