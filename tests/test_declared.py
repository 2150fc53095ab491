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
from filling import Filled, Rows, bounded, drawn, fill, folder, read_back, right_rows, said
from hypothesis import assume, event, given
from hypothesis import strategies as st

from pipeline.campaign import Campaign, examined
from pipeline.lint import lint
from pipeline.model import Finding
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
        rows = right_rows(data.draw, campaign, campaign.periods[0], campaign.teams[0])
        try:
            _keeps_the_law(campaign, rows, data, nights=nights)
        except Exception as broken:
            refused = lint(root)
            event("refused by the rehearsal" if refused else "broken")
            assume(not refused)  # its rehearsal says that the blank does not work
            raise AssertionError(f"{declared}\n{broken}") from broken


def _keeps_the_law(campaign: Campaign, rows: Rows, data: Any, *, nights: bool) -> None:
    team, period, form = campaign.teams[0], campaign.periods[0], campaign.form
    path = campaign.root / "inbox" / form.file_name.format(code=team.code, name=team.name)
    if data.draw(st.booleans(), "drawn by somebody else"):
        filled = drawn(data.draw, form, rows, team, period)
    else:
        write_form(path, campaign, period, team, prefilled(campaign, period, team))
        filled = fill(openpyxl.load_workbook(path, data_only=True), form, rows)
    filled.book.save(path)
    parsed, findings = read_back(path, campaign, team, period)
    told = _but_for_merges(findings, filled)
    assert not told, (told, rows)
    assert said(parsed, form) == rows
    damage = data.draw(damages(campaign, period, rows, filled), "damage")
    if damage is not None:
        _is_blamed(campaign, filled, damage, path)
        if nights and data.draw(st.integers(0, 9), "a whole night") == 0:
            _is_mended(campaign, rows, damage, filled)


def _is_blamed(campaign: Campaign, filled: Filled, damage: Damage, path: Path) -> None:
    filled.put(damage.spot, damage.value)
    filled.book.save(path)
    _, findings = read_back(path, campaign, campaign.teams[0], campaign.periods[0])
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
        replace(filled, book=book).put(damage.spot, damage.right)
    else:
        fill(book, campaign.form, rows, only=damage.place)
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
