"""A law: whatever can be declared is filled in by right values and read back equal, without a word; a wrong cell is blamed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from damaging import Damage, blames, damages, may_speak
from declaring import Declared, campaigns
from filling import Filled, bounded, drawn, fill, folder, read_back, said
from hypothesis import assume, event, given
from hypothesis import strategies as st
from right_rows import Rows, figures_before, right_rows

from pipeline.campaign import Campaign, examined
from pipeline.lint import lint
from pipeline.memory import Figures
from pipeline.model import Finding, Period
from pipeline.publish.form.workbook import prefilled, write_form
from pipeline.run import run


def keeps_the_law(declared: Declared, data: Any, *, nights: bool = False) -> None:
    """Fill a declared campaign in, read it back, and damage a cell. What lint refuses is no campaign.

    nights: a whole night is run on some, and the correction workbook is mended.
    """
    with folder() as root:
        campaign, wrong = examined(declared.write(root))
        event("declared" if campaign else f"refused: {str(wrong[0]).rpartition('”')[2]}")
        assume(campaign is not None)
        assert campaign is not None
        period = data.draw(st.sampled_from(campaign.periods), "period")
        rows = right_rows(data.draw, campaign, period, campaign.teams[0])
        try:
            _keeps_the_law(campaign, period, rows, data, nights=nights)
        except Exception as broken:
            refused = lint(root)
            event("refused by the rehearsal" if refused else "broken")
            assume(not refused)  # its rehearsal says that the blank does not work
            raise AssertionError(f"{declared}\n{broken}") from broken


def _keeps_the_law(campaign: Campaign, period: Period, rows: Rows, data: Any, *, nights: bool) -> None:
    team, form, is_first = campaign.teams[0], campaign.form, campaign.before(period) is None
    path = campaign.root / "inbox" / form.file_name.format(code=team.code, name=team.name)
    if data.draw(st.booleans(), "drawn by somebody else"):
        filled = drawn(data.draw, form, rows, team, period)
    else:
        write_form(path, campaign, period, team, prefilled(campaign, period, team))
        filled = fill(openpyxl.load_workbook(path, data_only=True), form, rows, draw=data.draw)
    filled.book.save(path)
    before = {} if is_first else figures_before(data.draw, form, rows)
    parsed, findings = read_back(path, campaign, team, period, before)
    told = _but_for_merges(findings, filled)
    assert not told, (told, rows)
    read = said(parsed, form)
    assert read == rows, (read, rows)
    damage = data.draw(damages(campaign, period, rows, filled, before), "damage")
    if damage is not None:
        _is_blamed(campaign, period, filled, damage, path, before)
        if nights and is_first and damage.rules and data.draw(st.integers(0, 9), "a whole night") == 0:
            _is_mended(campaign, rows, damage, filled)


def _is_blamed(campaign: Campaign, period: Period, filled: Filled, damage: Damage, path: Path, before: Figures) -> None:
    for spot, value in damage.changes.values():
        filled.put(spot, value)
    filled.book.save(path)
    _, findings = read_back(path, campaign, campaign.teams[0], period, before)
    wrong = blames(findings, damage, may_speak(damage, campaign, filled))
    assert not wrong, (damage, wrong)


def _but_for_merges(findings: Sequence[Finding], filled: Filled) -> list[str]:
    """Give what is said, but for the note that merged cells were read as declared, which a copy of the file has too."""
    return [str(each) for each in findings if each.rule != "S10" or (each.sheet, each.cell) not in filled.merged]


def _is_mended(campaign: Campaign, rows: Rows, damage: Damage, filled: Filled) -> None:
    """A night sends the damaged return back; it is mended at the cell, comes in again, and is right."""
    team, period, root = campaign.teams[0], campaign.periods[0], campaign.root
    night = run(root, period.ends, period.key, workers=1, is_sure=True)
    assert not night.unplaced and night.findings
    (path,) = (root / "outbox").glob("*/退改/*.xlsx")
    book = openpyxl.load_workbook(path, data_only=True)
    if campaign.form.issued_by:  # a copy of what was sent
        for (key, number, name), (spot, _) in damage.changes.items():
            right = rows[key][number][name] if number < len(rows[key]) else None
            replace(filled, book=book).put(spot, right)
    else:
        fill(book, campaign.form, rows, only=damage.changes)
    book.save(root / "inbox" / path.name)
    parsed, findings = read_back(root / "inbox" / path.name, campaign, team, period)
    told = _but_for_merges(findings, filled)
    assert not told, ("mended", told)
    assert said(parsed, campaign.form) == rows


@bounded(40)
@given(campaigns(), st.data())
def test_what_can_be_declared_is_read_back_and_a_wrong_cell_is_blamed(declared: Declared, data: Any) -> None:
    keeps_the_law(declared, data)


@pytest.mark.slow
@bounded(300)
@given(campaigns(), st.data())
def test_many_campaigns_are_read_back_and_mended(declared: Declared, data: Any) -> None:
    keeps_the_law(declared, data, nights=True)
