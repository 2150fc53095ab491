"""What was looked at on the spot: what people found of rows of returns, and what share of all rows is as it was reported."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

RESULTS = {"true": "属实", "false": "不属实", "unknown": "无法核实"}
LEVEL = 0.95  # how often an interval holds the true share
NORMAL = 1.959963984540054  # between whose negative and itself the normal distribution has that share
FEWEST = 3  # teams, below which no interval can be given


@dataclass(frozen=True, slots=True)
class Verification:
    """What a person found of a row. number: of its event in the log. on: the day on which it was looked at. sheet: key; item:
    `wishes.mark` of what names the row in its return and of what it says: of one that says something else since, nothing is
    known. sha256: of the return's file. place: where it stands there; says: what it says. result: one of RESULTS' keys.
    """

    number: int
    on: dt.date
    by: str
    note: str
    team: str
    sheet: str
    item: str
    sha256: str
    place: str
    says: str
    result: str

    @property
    def about(self) -> tuple[str, str, str]:
        """What it is about: team, sheet and row."""
        return self.team, self.sheet, self.item


def latest(verifications: Sequence[Verification]) -> dict[tuple[str, str, str], Verification]:
    """Give what was found last of each row. verifications: in order."""
    return {each.about: each for each in verifications}


@dataclass(frozen=True, slots=True)
class Looked:
    """One team of the sample. rows: that its ledger has; true, false: of those that were looked at; what could not be verified
    is neither."""

    rows: int
    true: int
    false: int

    @property
    def count(self) -> int:
        """How many rows are known."""
        return self.true + self.false


@dataclass(frozen=True, slots=True)
class Share:
    """A share of rows, from 0 to 1, and between what it lies; None: too few teams to say."""

    value: float
    low: float | None
    high: float | None


def share(teams: Sequence[Looked]) -> Share | None:
    """Estimate which share of all rows is as reported; None if nothing is known. teams: drawn each as likely as any other.

    Each team counts by the rows that it has (ratio to size; Cochran 1977, 11.8). The interval is Wilson's for as many rows as
    the sample is worth: those looked at, over the design effect (Kish 1965) that the teams' differences make, and with
    Student's t for their number (Korn and Graubard 1998). That some of the district's rows are in the sample makes it
    a little wider than it need be.
    """
    known = [each for each in teams if each.count]
    rows, looked = sum(each.rows for each in known), sum(each.count for each in known)
    if not rows:
        return None
    value = sum(each.rows * each.true / each.count for each in known) / rows
    if len(known) < FEWEST:
        return Share(value, None, None)
    off = sum((each.rows * (each.true / each.count - value)) ** 2 for each in known) / rows**2
    variance, alone = off * len(known) / (len(known) - 1), value * (1 - value) / looked
    z = NORMAL
    worth = looked / max(1.0, variance / alone if alone else 1.0) * (z / student(len(known) - 1)) ** 2
    middle, wide = value + z * z / (2 * worth), z * math.sqrt(value * (1 - value) / worth + (z / (2 * worth)) ** 2)
    return Share(
        value, max(0.0, (middle - wide) / (1 + z * z / worth)), min(1.0, (middle + wide) / (1 + z * z / worth))
    )


def student(freedom: int, level: float = LEVEL) -> float:
    """Give the t between whose negative and itself Student's distribution has a share of `level`."""
    low, high = 0.0, 1e4
    while high - low > 1e-9 * max(1.0, low):
        middle = (low + high) / 2
        low, high = (middle, high) if _between(middle, freedom) < level else (low, middle)
    return high


def _between(t: float, freedom: int) -> float:
    """Give the share of Student's distribution between -t and t (Abramowitz and Stegun, 26.7.3 and 26.7.4)."""
    angle = math.atan(t / math.sqrt(freedom))
    sine, squared, is_odd = math.sin(angle), math.cos(angle) ** 2, freedom % 2
    term, total = (math.cos(angle), 0.0) if is_odd else (1.0, 0.0)
    for number in range(1 + is_odd, freedom, 2):
        total += term
        term *= squared * number / (number + 1)
    return (angle + sine * total) * 2 / math.pi if is_odd else sine * total
