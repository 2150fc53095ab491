"""Whose return it is, for rules that ask: the columns of the register, and what the team reported for the period before, one
value per row of a rule's first sheet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.campaign import Campaign
from pipeline.declarations import near
from pipeline.declare.columns import MisdeclaredError
from pipeline.memory import Figures
from pipeline.model import CODE, Stack

Told = Callable[[str], Sequence[str]]
"""Gives what the register says in a column of each of several returns; "" where it says nothing."""

Before = Callable[[Stack], pd.DataFrame]
"""Gives the figures of the period before beside the rows of a card: a column per indicator, null where there is none."""


def nothing_before(stack: Stack) -> pd.DataFrame:
    """Give the figures of a period before which nothing is known."""
    return earlier(stack, [], {})


def earlier(stack: Stack, teams: Sequence[str], previous: Mapping[str, Figures]) -> pd.DataFrame:
    """Lay figures beside the rows of a card. teams: codes, of each return. previous: by team, record and indicator."""
    if not previous:
        return beside(stack, [{}] * len(stack.frame))
    records = zip(stack.frame["record"], stack.submission.tolist(), strict=True)
    return beside(stack, [previous.get(teams[number], {}).get(record, {}) for record, number in records])


def beside(stack: Stack, known: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Give a column for each indicator of a card. known: of each row, figures by indicator; null where there is none."""
    return pd.DataFrame({
        name: pd.array([None if (said := each.get(name)) is None else float(said) for each in known], dtype="Float64")
        for name in stack.sheet.indicators()
    }, index=stack.frame.index)  # fmt: skip


class Register:
    """What is known of the senders of a batch of returns. asked: the register's columns that rules have asked for."""

    def __init__(self, titles: Collection[str], told: Told, before: Before = nothing_before) -> None:
        self.titles, self.told, self.before = {*titles, CODE}, told, before
        self.asked: set[str] = set()

    @classmethod
    def of(cls, campaign: Campaign, codes: Sequence[str], previous: Mapping[str, Figures] | None = None) -> Register:
        """Give what a campaign's register says. codes: of the team of each return. previous: figures that counted before."""
        return cls(
            campaign.titles,
            lambda title: [campaign.told(code, title) or "" for code in codes],
            lambda stack: earlier(stack, codes, previous or {}),
        )

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
