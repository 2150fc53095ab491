"""A law: whatever can be declared is filled in by right values and read back equal, without a word; a wrong cell is blamed."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from damaging import Damage, blames, may_speak
from damaging_times import damages
from declaring import Declared
from declaring_times import ANSWERED, ANSWERS, campaigns
from filling import Filled, bounded, drawn, fill, folder, read_back, said
from filling_times import Place, Rows, calling, carry_on, figures
from hypothesis import assume, event, given
from hypothesis import strategies as st
from right_rows import right_rows
from ruling import Rules

from pipeline.campaign import Campaign, examined
from pipeline.check.trial import tried
from pipeline.declare import Severity
from pipeline.frames import ParsedReturn
from pipeline.lint import lint
from pipeline.memory import Figures
from pipeline.model import Finding, FindingState, Period
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
        one = _Return.of(declared, data.draw, campaign, period)
        try:
            _keeps_the_law(one, data, nights=nights)
        except Exception as broken:
            refused = lint(root)
            event("refused by the rehearsal" if refused else "broken")
            assume(not refused)  # its rehearsal says that the blank does not work
            raise AssertionError(f"{declared}\n{declared.settings}\n{period.key}\n{broken}") from broken


@dataclass(frozen=True)
class _Return:
    """A right return. campaign: as it is in the period. before: the team's return for the period before, if it reported."""

    campaign: Campaign
    period: Period
    rules: Rules
    rows: Rows
    before: _Return | None = None

    @property
    def previous(self) -> Figures | None:
        """The team's figures of the period before."""
        return figures(self.before.campaign.form, self.before.rows) if self.before else None

    @classmethod
    def of(cls, declared: Declared, draw: Any, campaign: Campaign, period: Period) -> _Return:
        """Draw one, after one for the period before that it carries on, perhaps."""
        campaign, last = campaign.in_period(period.key), campaign.before(period)
        rules = _rules(declared, campaign)
        rows = right_rows(draw, campaign, period, campaign.teams[0], rules.keeps)
        before = None
        if last is not None and draw(st.booleans(), "has reported before"):
            before = cls.of(declared, draw, campaign.in_period(last.key), last)
            carried = copy.deepcopy(rows)
            does = carry_on(campaign.form, carried, figures(before.campaign.form, before.rows))
            rows, before = (carried, before) if does else (rows, None)
        assume(not rules.broken(rows))
        return cls(campaign, period, rules, rows, before)


def _rules(declared: Declared, campaign: Campaign) -> Rules:
    columns = {sheet.key(): [*sheet.columns()] for sheet in campaign.form.tabs}
    return Rules(declared.rules, columns, declared.kind)


def _keeps_the_law(one: _Return, data: Any, *, nights: bool) -> None:
    campaign, period, form, rows = one.campaign, one.period, one.campaign.form, one.rows
    assert [str(each) for rule in campaign.whole_form.rules for each in tried(rule, campaign)] == []
    path, language = _in_inbox(campaign), campaign.settings.language
    if data.draw(st.booleans(), "drawn by somebody else"):
        filled = drawn(data.draw, form, rows, campaign.teams[0], period, language)
    else:
        filled = _on_our_blank(one, path, data.draw)
    filled.book.save(path)
    parsed, findings = _read_back(one, path)
    told = _but_for_merges(findings, filled)
    assert not told, (told, rows)
    read = said(parsed, form)
    assert read == rows, (read, rows)
    damage = data.draw(damages(campaign, period, one.rules, rows, filled, one.previous), "damage")
    if damage is not None:
        found = _is_blamed(one, filled, damage, path)
        if nights and damage.rules and data.draw(st.integers(0, 9), "a whole night") == 0:
            correction = _is_sent_back(one, found)
            if correction and _is_asked(one, damage) and data.draw(st.booleans(), "explained"):
                _is_explained(one, damage, correction)
            elif correction:
                _is_mended(one, damage, filled, correction)


def _in_inbox(campaign: Campaign) -> Path:
    team = campaign.teams[0]
    return campaign.root / "inbox" / campaign.form.file_name.format(code=team.code, name=team.name)


def _on_our_blank(one: _Return, path: Path, draw: Any = None) -> Filled:
    campaign, period, team = one.campaign, one.period, one.campaign.teams[0]
    write_form(path, campaign, period, team, prefilled(campaign, period, team))
    book = openpyxl.load_workbook(path, data_only=True)
    return fill(book, campaign.form, one.rows, draw=draw, language=campaign.settings.language)


def _read_back(one: _Return, path: Path) -> tuple[ParsedReturn, list[Finding]]:
    return read_back(path, one.campaign, one.campaign.teams[0], one.period, one.previous)


def _is_blamed(one: _Return, filled: Filled, damage: Damage, path: Path) -> list[Finding]:
    for spot, value in damage.changes.values():
        filled.put(spot, value)
    filled.book.save(path)
    parsed, findings = _read_back(one, path)
    codes = {rule.code for rule in one.rules.rules}
    ruled = {(each.rule, (each.sheet, each.cell)) for each in findings if each.rule in codes}
    cells = filled.cells | {place: spot for place, (spot, _) in damage.changes.items()}
    broken = one.rules.broken(said(parsed, one.campaign.form), _unreadable(one, damage, parsed))
    assert ruled == {(code, cells[place]) for code, place in broken}, (damage, ruled, broken)
    wrong = blames(findings, damage, may_speak(damage, one.campaign, filled) | ruled)
    assert not wrong, (damage, wrong)
    if one.campaign.settings.language == "en":
        assert not [each.says for each in findings if "。" in each.says and each.rule not in codes]
    return findings


def _unreadable(one: _Return, damage: Damage, parsed: ParsedReturn) -> list[Place]:
    """Give the cells in which something stands of which nothing could be read."""
    form, read = one.campaign.form, said(parsed, one.campaign.form)
    return [
        (key, number, name)
        for (key, number, name), (_, value) in damage.changes.items()
        if not form.sheet(key).columns()[name].is_blank(value)
        and number < len(read[key])
        and read[key][number][name] is None
    ]


def _but_for_merges(findings: Sequence[Finding], filled: Filled) -> list[str]:
    """Give what is said, but for the note that merged cells were read as declared, which a copy of the file has too."""
    return [str(each) for each in findings if each.rule != "S10" or (each.sheet, each.cell) not in filled.merged]


def _is_sent_back(one: _Return, found: Sequence[Finding]) -> Path | None:
    """Let a night send the damaged return back, after one that accepted the team's return for the period before.

    None: there is nothing to mend.
    """
    period, root = one.period, one.campaign.root
    if one.before is not None:
        path = root / "inbox" / f"before {one.campaign.teams[0].name}.xlsx"
        _on_our_blank(one.before, path).book.save(path)
        night = run(root, one.before.period.ends, one.before.period.key, workers=1, is_sure=True)
        assert night.returns()["accepted"] == 1 and not night.findings, night.findings
    night = run(root, period.ends, period.key, workers=1, is_sure=True)
    assert not night.unplaced and night.findings
    copies = [*(root / "outbox").glob("*/退改/*.xlsx")]
    if all(each.severity is Severity.NOTE for each in found):
        assert not copies
        return None
    (path,) = copies
    return path


def _is_mended(one: _Return, damage: Damage, filled: Filled, path: Path) -> None:
    """The correction workbook is mended at the cell, comes in again, and is right."""
    campaign = one.campaign
    book = openpyxl.load_workbook(path, data_only=True)
    if campaign.form.issued_by:  # a copy of what was sent
        for (key, number, name), (spot, _) in damage.changes.items():
            right = one.rows[key][number][name] if number < len(one.rows[key]) else None
            col = campaign.form.sheet(key).columns()[name]
            replace(filled, book=book).put(spot, calling(col, right, campaign.settings.language))
    else:
        fill(book, campaign.form, one.rows, only=damage.changes, language=campaign.settings.language)
    path = campaign.root / "inbox" / path.name
    book.save(path)
    parsed, findings = _read_back(one, path)
    told = _but_for_merges(findings, filled)
    assert not told, ("mended", told)
    assert said(parsed, campaign.form) == one.rows


def _is_asked(one: _Return, damage: Damage) -> bool:
    """Whether the team may answer instead: a rule only asks, and the form has room for answers."""
    asking = {rule.code for rule in one.rules.rules if rule.severity == "QUERY"}
    return damage.rules[0] in asking and one.campaign.form.in_role("explanations") is not None


def _is_explained(one: _Return, damage: Damage, path: Path) -> None:
    """What is asked is answered in the correction workbook, and asked no more."""
    book = openpyxl.load_workbook(path)
    page = book[ANSWERED]
    at = {cell.value: cell for row in page.iter_rows() for cell in row}
    number, answer = at[ANSWERS[0].title], at[ANSWERS[-1].title]
    for r in range(number.row + 1, page.max_row + 1):
        if page.cell(r, number.column).value:
            page.cell(r, answer.column, "当天确有其事，已向办公室说明。")
    book.save(one.campaign.root / "inbox" / path.name)
    night = run(one.campaign.root, one.period.ends + dt.timedelta(1), one.period.key, workers=1, is_sure=True)
    states = {each.state for each in night.findings if each.rule == damage.rules[0]}
    assert states == {FindingState.EXPLAINED}, states


@bounded(40)
@given(campaigns(), st.data())
def test_what_can_be_declared_is_read_back_and_a_wrong_cell_is_blamed(declared: Declared, data: Any) -> None:
    keeps_the_law(declared, data)


@pytest.mark.slow
@bounded(300)
@given(campaigns(), st.data())
def test_many_campaigns_are_read_back_and_mended(declared: Declared, data: Any) -> None:
    keeps_the_law(declared, data, nights=True)
