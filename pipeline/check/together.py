"""What is found when returns are held against each other: on what is kept of each, never on all of their rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from pipeline.check.alike import is_compared
from pipeline.check.amounts import BEYOND, shown
from pipeline.check.district import District
from pipeline.check.elsewhere import elsewhere_findings
from pipeline.check.outliers import outlier_findings
from pipeline.declare import Column
from pipeline.declare.kinds import Money
from pipeline.model import Finding
from pipeline.wording import found_in

if TYPE_CHECKING:
    from pipeline.check.rules import Broken

__all__ = ["District", "check_together", "needs_believable_unit"]

LARGE_UNIT = "万"  # an amount asked in ten thousands and given in ones is ten thousand times too large
MISTAKEN = 2_000, 50_000  # how many times the usual amount it then is
ENOUGH = 20  # amounts over all returns, without which none is usual


def check_together(district: District, broken: Broken) -> list[Finding]:
    """Hold returns against each other. What was found in each by itself is known, and not asked about again.

    broken: where rules are noted that could not be evaluated.
    """
    findings: list[Finding] = []
    beyond = {
        (each.submission, each.sheet_key, each.cell)
        for checked in district.checked
        for each in checked.findings
        if each.rule in BEYOND
    }
    for sheet in district.campaign.form.sheets:
        for name, col in sheet.columns().items():
            if needs_believable_unit(col):
                findings += (
                    each
                    for each in _unbelievable_units(district, sheet.key(), name)
                    if (each.submission, each.sheet_key, each.cell) not in beyond
                )
        if is_compared(sheet):
            findings += elsewhere_findings(district, sheet.key())
    if any(rule.across == "teams" for rule in district.campaign.form.rules):
        from pipeline.check.between import ruled_between  # it takes pandas, which a night may do without

        findings += ruled_between(district, broken)
    known = [finding for each in district.checked for finding in each.findings]
    findings += outlier_findings(district, [*known, *findings])
    return findings


def needs_believable_unit(col: Column) -> bool:
    """Whether the amounts of a column are compared with the usual one."""
    return issubclass(col.kind, Money) and col.unit.startswith(LARGE_UNIT)


def _unbelievable_units(district: District, key: str, name: str) -> Iterator[Finding]:
    """Compare each amount with the usual one, which is the median of the positive ones over all returns."""
    kept = [each.amounts.get((key, name), b"") for each in district.checked]
    amounts = np.frombuffer(b"".join(kept), dtype=float)
    number = np.repeat(np.arange(len(kept)), [len(each) // amounts.itemsize for each in kept])
    positive = amounts[amounts > 0]
    if len(positive) < ENOUGH:
        return
    usual = float(np.median(positive))
    times = amounts / usual
    starts = np.searchsorted(number, np.arange(len(kept)))
    for index in np.flatnonzero((times >= MISTAKEN[0]) & (times <= MISTAKEN[1])).tolist():
        of = int(number[index])
        submission, place = district.at(of, key, index - int(starts[of]), name)
        yield found_in("N07", submission, place, {"expected": shown(usual)})
