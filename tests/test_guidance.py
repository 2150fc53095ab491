"""What a form tells its teams is what will be checked: every drop-down, prompt, refusal and instruction, column by column."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from pipeline.campaign import Campaign, load
from pipeline.declare import Choice, Column, ColumnRef, Day, Serial, Sheet, Text, column
from pipeline.declare.kinds import Number
from pipeline.publish.form.workbook import given_by_office, place, prefilled, write_form
from pipeline.rawbook import NOTES_SHEET

REPO = Path(__file__).parent.parent
SHIPPED = {"shipped": REPO, "benchmark": REPO / "benchmarks" / "plain"}
FIGURE = r"-?[\d,]+(?:\.\d+)?"


class Blank:
    """One blank form, opened again by another library."""

    def __init__(self, root: Path, path: Path) -> None:
        self.campaign = load(root)
        period, team = self.campaign.periods[0], self.campaign.teams[0]
        write_form(path, self.campaign, period, team, prefilled(self.campaign, period, team))
        self.book: Workbook = openpyxl.load_workbook(path)

    def validation(self, col: Column) -> DataValidation | None:
        """What Excel does at the first cell of a column."""
        tab = self.book[col.sheet.title()]
        row, across = place(col.sheet, 0, col.field)
        cell = tab.cell(row + 1, across + 1).coordinate
        return next((each for each in tab.data_validations.dataValidation if cell in each.sqref), None)

    def instructions(self) -> dict[tuple[str, str], str]:
        """What the page of instructions says, by sheet and column title."""
        said, sheet = {}, ""
        for name, fill, _ in self.book[NOTES_SHEET].iter_rows(values_only=True, max_col=3):
            if isinstance(name, str) and name.startswith("《"):
                sheet = name.strip("《》")
            elif sheet and isinstance(name, str):
                said[sheet, name.strip("“”")] = str(fill)
        return said


@pytest.fixture(scope="module", params=SHIPPED, ids=str)
def blank(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Blank:
    return Blank(SHIPPED[request.param], tmp_path_factory.mktemp("guidance") / "form.xlsx")


def given(campaign: Campaign, col: Column) -> bool:
    """Whether the office fills the column in, so that nothing is said of what belongs there."""
    office = given_by_office(campaign, campaign.periods[0], campaign.teams[0]).get(col.sheet.key(), {})
    return col.field in office or col.role == "explains"


def bounds(said: str) -> tuple[float | None, float | None]:
    """The bounds that a text names, as its reader takes them."""
    number = [float(each.replace(",", "")) for each in re.findall(FIGURE, said.split("（单位")[0])]
    if both := re.search(rf"({FIGURE}) 至 ({FIGURE})", said):
        low, high = (float(each.replace(",", "")) for each in both.groups())
        return low, high
    return (number[0], None) if "不小于" in said else (None, number[0]) if "不大于" in said else (None, None)


def assert_true(said: str, col: Column) -> None:
    """What a text says of a column holds of the column's own declaration."""
    about = f"{col.sheet.title()}“{col.title}”：{said}"
    if issubclass(col.kind, Serial):
        return
    if issubclass(col.kind, Choice):
        assert tuple(re.split("[。，]", said.partition("下列之一：")[2])[0].split("、")) == col.choices, about
    elif issubclass(col.kind, Number):
        assert bounds(said) == (col.ge, col.le), about
        assert f"单位：{col.unit}" in said if col.unit else "单位" not in said, about
    elif issubclass(col.kind, Day):
        assert "日期" in said, about
    elif col.kind is Text and not col.pattern_says:
        assert f"不超过 {col.max_length} 字" in said, about
    assert not col.note or col.note.rstrip("。") in said, about
    others = {other.note.rstrip("。") for other in col.sheet.columns().values()} | {OTHER_NOTE}
    assert all(other not in said for other in others - {"", col.note.rstrip("。")}), about


OTHER_NOTE = "填表人的电话，便于核对"  # stood at every telephone number once


def test_what_a_cell_says_is_what_is_checked(blank: Blank) -> None:
    for col in blank.campaign.form.columns():
        validation = None if given(blank.campaign, col) else blank.validation(col)
        if validation is None:
            continue
        assert_true(str(validation.prompt), col)
        assert_true(str(validation.error), col)
        if issubclass(col.kind, Choice):
            assert tuple(validation.formula1.strip('"').split(",")) == col.choices
        if issubclass(col.kind, Number) and col.ge is not None and col.le is not None:
            assert (float(validation.formula1), float(validation.formula2)) == (col.ge, col.le)


def test_what_the_instructions_say_is_what_is_checked(blank: Blank) -> None:
    said = blank.instructions()
    for col in blank.campaign.form.columns():
        if not given(blank.campaign, col) and col.sheet.options().role != "explanations":
            assert_true(said[col.sheet.title(), str(col.title)], col)


def test_a_column_is_no_key() -> None:
    """Columns of one name in two sheets are two columns, whatever Pandera thinks of it."""

    class One(Sheet):
        state: Choice = column("状态", choices=("甲", "乙"))

    class Other(Sheet):
        state: Choice = column("状态", choices=("丙", "丁"))

    first, second = One.columns()["state"], Other.columns()["state"]
    assert first != second and first == first
    with pytest.raises(TypeError, match="no key"):
        hash(first)
    assert isinstance(One.state, ColumnRef)
