"""Two hundred returns with one wrong cell each, over all sheets: that cell is blamed, marked, and closed when it is put right."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from clear_words import unclear
from conftest import DUE, without_letters
from python_calamine import CalamineWorkbook
from single_errors import OneWrong, wrong_ones

from pipeline.campaign import load
from pipeline.model import Finding, FindingState
from pipeline.night import Night
from pipeline.publish.form.workbook import Contents, write_form
from pipeline.run import run

SEEDS = 2011, 2012
EACH = 100  # wrong cells for each seed, all of different teams
NEXT = DUE + dt.timedelta(1)


@dataclass(frozen=True)
class Round:
    """What came of a hundred returns: the night that received them, and the one that received what was mended.

    notes: by team code, what the correction workbook says at the wrong cell.
    """

    root: Path
    ones: Sequence[OneWrong]
    first: Night
    second: Night
    notes: Mapping[str, str]

    def found(self, one: OneWrong) -> list[Finding]:
        """What the first night found in a return that somebody must act on."""
        return [each for each in self.first.of_team(one.team.code) if each.rule != "S10"]


@pytest.fixture(scope="module", params=SEEDS)
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Round:
    root = tmp_path_factory.mktemp("single") / "w"
    without_letters(root)
    whole = load(root)
    period = whole.periods[0]
    campaign = whole.in_period(period.key)
    ones = list(wrong_ones(campaign, period, EACH, request.param))
    for one in ones:
        write_form(root / "inbox" / f"{one.team.code}.xlsx", campaign, period, one.team, Contents(one.rows))
    first = run(root, DUE, period.key)
    notes = {one.team.code: mend(one, root) for one in ones}
    return Round(root, ones, first, run(root, NEXT, period.key), notes)


def mend(one: OneWrong, root: Path) -> str:
    """Write into the marked cell of a correction workbook what should stand there, and send it; give the cell's note.

    Sums come out anew, as they would in a spreadsheet program.
    """
    (path,) = (root / "outbox" / DUE.isoformat() / "退改").glob(f"{one.team.code}_*.xlsx")
    book, shown = openpyxl.load_workbook(path), CalamineWorkbook.from_path(path)
    for page in book.worksheets:
        values = shown.get_sheet_by_name(page.title).to_python(skip_empty_area=False)
        for row in page.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    is_its_sum = (page.title, cell.column_letter) == (one.spot[0], one.spot[1].rstrip("0123456789"))
                    cell.value = _number(values[cell.row - 1][cell.column - 1]) + is_its_sum * (
                        _number(one.right) - _number(one.wrong)
                    )
    marked = book[one.spot[0]][one.spot[1]]
    note = marked.comment.text if marked.comment else ""
    marked.value = one.right
    if isinstance(one.right, str):
        marked.data_type, marked.number_format = "s", "@"
    book.save(root / "inbox" / path.name)
    return note


def _number(value: Any) -> float:
    """Give what a cell adds to a sum."""
    return value if isinstance(value, int | float) else 0


def test_just_the_wrong_cell_is_blamed(played: Round) -> None:
    silent, twice, others = [], [], []
    for one in played.ones:
        at = [(each.rule, (each.sheet, each.cell)) for each in played.found(one)]
        here = [rule for rule, spot in at if spot == one.spot]
        silent += [one] if not set(here) & set(one.rules) else []
        twice += [(one.place, one.wrong, here)] if len(here) > 1 else []
        others += [(one.place, one.wrong, each) for each in at if each[1] != one.spot and each not in one.companions]
    assert others == []
    assert (silent, twice) == ([], [])


def test_each_message_is_in_plain_words(played: Round) -> None:
    assert {each.message: wrong for each in played.first.findings if (wrong := unclear(each))} == {}


def test_the_errors_are_of_all_sheets_and_many_kinds(played: Round) -> None:
    sheets = Counter(one.place[0] for one in played.ones)
    assert sheets.keys() >= {sheet.key() for sheet in played.first.campaign.form.sheets} - {"explanations"}
    assert max(sheets.values()) - min(sheets.values()) <= 2
    assert len({one.rules[0] for one in played.ones}) >= 15
    assert len({one.team.code for one in played.ones}) == EACH


def test_the_correction_marks_it(played: Round) -> None:
    for one in played.ones:
        (blamed,) = (each for each in played.found(one) if (each.sheet, each.cell) == one.spot)
        assert f"〔{blamed.rule}" in played.notes[one.team.code], one


def test_the_right_value_closes_it(played: Round) -> None:
    for one in played.ones:
        assert not [each for each in played.second.of_team(one.team.code) if each.state.is_open], one
        closed = {each.key: each.state for each in played.second.closed if each.team == one.team.code}
        assert closed == {each.key: FindingState.CLOSED for each in played.found(one) if each.severity.value != "note"}
    assert played.second.returns()["accepted"] == EACH
