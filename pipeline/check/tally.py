"""Ledgers of a batch of returns -> what is tallied of each: last digits, days, and a short hash of each row's numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.model import Stack
from pipeline.tallied import LEAST, OF_DAYS, days_in, numbers_in
from pipeline.workdays import Workdays

ODD = np.uint64(0x9E3779B97F4A7C15)  # spreads the bits of numbers
EPOCH = dt.date(1970, 1, 1).toordinal()
WIDEST = 2**16 - 1


@dataclass(frozen=True)
class Tallied:
    """What was tallied of a stack, as `tallied` lays it out. columns: numpy array of uint16, a row for each return.

    numbers: numpy array of uint16, the hash of each row's numbers; empty if none are tallied.
    """

    columns: Any
    numbers: Any

    def of(self, source: int, rows: slice) -> bytes:
        """Give the tallies of one return. source, rows: its place among the returns, and among the rows of the stack."""
        return bytes(self.columns[source].tobytes() + self.numbers[rows].tobytes())


def tally(stack: Stack, workdays: Workdays) -> Tallied:
    """Tally a ledger of several returns."""
    numbers = [stack.frame[name].to_numpy(float, na_value=np.nan) for name in numbers_in(stack.sheet)]
    count = len(stack.records)
    parts = [_digits(values, stack.source, count) for values in numbers]
    parts += [_days(stack, name, workdays) for name in days_in(stack.sheet)]
    tallies = np.hstack(parts) if parts else np.zeros((count, 0))
    return Tallied(np.clip(tallies, 0, WIDEST).astype("uint16"), _hashed(numbers))


def _hashed(numbers: list[Any]) -> Any:
    """Hash the numbers of each row; empty if no column has any."""
    if not numbers:
        return np.zeros(0, dtype="uint16")
    mixed = np.zeros(len(numbers[0]), dtype="uint64")
    is_blank = np.ones(len(mixed), dtype=bool)
    for values in numbers:
        blank = np.isnan(values)
        mixed = (mixed ^ np.where(blank, ODD, (values + 0.0).view("uint64"))) * ODD
        mixed ^= mixed >> np.uint64(29)
        is_blank &= blank
    short = (mixed * ODD >> np.uint64(48)).astype("uint16")
    return np.where(is_blank, np.uint16(0), np.maximum(short, np.uint16(1)))


def _digits(values: Any, source: Any, count: int) -> Any:
    """Count last digits per return, and tell how far the middle half of what was counted spreads."""
    with np.errstate(invalid="ignore"):
        at = np.flatnonzero((values >= LEAST) & (values == np.floor(values)))
    whole, owner = values[at], source[at]
    digits = np.bincount(owner * 10 + (whole % 10).astype("int64"), minlength=count * 10).reshape(count, 10)
    ordered, many = whole[np.lexsort((whole, owner))], digits.sum(axis=1)
    spread, has_some = np.zeros(count), np.flatnonzero(many)
    first = (np.cumsum(many) - many)[has_some]
    quarter, three = first + many[has_some] // 4, first + 3 * many[has_some] // 4
    spread[has_some] = ordered[three] - ordered[quarter]
    return np.column_stack([digits, spread])


def _days(stack: Stack, name: str, workdays: Workdays) -> Any:
    """Count per return the days of a column, those that are days off, and the rows of the fullest; of several, the first."""
    told = np.zeros((len(stack.records), OF_DAYS), dtype="int64")
    at = np.flatnonzero(stack.frame[name].notna().to_numpy())
    if not len(at):
        return told
    days, owner = stack.frame[name].to_numpy()[at].astype("datetime64[D]").astype("int64"), stack.source[at]
    found, which = np.unique(days, return_inverse=True)
    is_off = np.array([not workdays.is_worked(dt.date.fromordinal(EPOCH + day)) for day in found.tolist()])
    told[:, 0] = np.bincount(owner, minlength=len(told))
    told[:, 1] = np.bincount(owner[is_off[which]], minlength=len(told))
    order = np.lexsort((days, owner))
    at, days, owner = at[order], days[order], owner[order]
    begins = np.flatnonzero(np.concatenate([[True], (np.diff(owner) != 0) | (np.diff(days) != 0)]))
    sizes = np.diff(np.append(begins, len(at)))
    ranked = np.lexsort((-sizes, owner[begins]))
    _, firsts = np.unique(owner[begins][ranked], return_index=True)
    for run in ranked[firsts].tolist():
        first, size = int(begins[run]), int(sizes[run])
        lines = stack.records[int(owner[first])].table.lines
        rows = [lines[int(stack.line[at[place]])] + 1 for place in (first, first + size - 1)]
        told[owner[first], 2:] = (days[first], size, *rows)
    return told
