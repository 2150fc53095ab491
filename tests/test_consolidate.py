"""No total is published that another route does not come to as well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.checked import CheckedReturn
from pipeline.consolidate import ReconciliationError, consolidate
from pipeline.night import Night


def shifted(checked: CheckedReturn, record: str, name: str) -> CheckedReturn:
    """One figure more by one than what stands in the return's own table, as a fault between them would make it."""
    figures = {key: dict(said) for key, said in checked.figures.items()}
    figures[record][name] += 1
    return replace(checked, figures=figures)


def counted(night: Night) -> str:
    return next(standing.counted.sha256 for standing in night.standings if standing.counted)


def test_the_night_as_it_is_reconciles(clean_night: Night) -> None:
    again = consolidate(clean_night.checked, clean_night.standings, clean_night.campaign)
    assert again == clean_night.consolidation


def test_a_figure_that_its_own_cell_does_not_say_stops_the_night(clean_night: Night) -> None:
    form, sha256 = clean_night.campaign.form, counted(clean_night)
    for name, col in form.declared.indicators().items():
        wrong = {**clean_night.checked, sha256: shifted(clean_night.checked[sha256], form.total_record, name)}
        with pytest.raises(ReconciliationError, match=f"“{col.title}”合计为 .*各单位申报数一次相加"):
            consolidate(wrong, clean_night.standings, clean_night.campaign)


def test_a_ledger_that_adds_up_to_something_else_stops_the_night(clean_night: Night) -> None:
    sha256 = counted(clean_night)
    checked = clean_night.checked[sha256]
    for name in checked.sums:
        wrong = replace(checked, sums={**checked.sums, name: checked.sums[name] + 1})
        with pytest.raises(ReconciliationError, match="台账明细相加"):
            consolidate({**clean_night.checked, sha256: wrong}, clean_night.standings, clean_night.campaign)
