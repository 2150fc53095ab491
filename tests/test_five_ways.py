"""Every total, five ways: LibreOffice's own sum, the sum that is kept in the cell, run.json, the traced cells, the exported rows."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest
from deciding import NEXT
from openpyxl.worksheet.worksheet import Worksheet
from recalculating import calculated_anew
from test_trace import FIRST

from pipeline.campaign import load
from pipeline.declare.measures import Measure
from pipeline.demo import make_district
from pipeline.export import export
from pipeline.figures import kind_of
from pipeline.night import Night
from pipeline.run import run
from pipeline.trace import trace
from pipeline.workspace import create

pytestmark = pytest.mark.slow
TEAMS = 30
SUMMARY, SOURCES = "汇总表.xlsx", "数据来源.xlsx"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Night]:
    """A campaign after two nights: returns some of which are wrong, and then the right ones of some teams."""
    root = tmp_path_factory.mktemp("five") / "campaign"
    create(root)
    campaign = load(root)
    make_district(campaign, campaign.periods[0], root / "inbox", clean=False, teams=TEAMS)
    run(root, FIRST, workers=1)
    make_district(campaign, campaign.periods[0], root / "later", clean=True, teams=TEAMS // 2)
    (root / "later").rename(root / "inbox" / "later")
    return root, run(root, FIRST + NEXT, workers=1)


def folder_of(made: tuple[Path, Night]) -> Path:
    return made[0] / "outbox" / made[1].folder


@pytest.fixture(scope="module")
def anew(made: tuple[Path, Night], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both workbooks as LibreOffice calculates and saves them."""
    paths = [folder_of(made) / name for name in (SUMMARY, SOURCES)]
    return dict(zip((SUMMARY, SOURCES), calculated_anew(paths, tmp_path_factory.mktemp("anew")), strict=True))


@pytest.mark.parametrize("name", [SUMMARY, SOURCES])
def test_every_formula_comes_to_what_its_cell_already_says(
    made: tuple[Path, Night], anew: dict[str, Path], name: str
) -> None:
    formulas = openpyxl.load_workbook(folder_of(made) / name)
    kept = openpyxl.load_workbook(folder_of(made) / name, data_only=True)
    theirs = openpyxl.load_workbook(anew[name], data_only=True)
    compared = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    ours, other = (book[sheet.title][cell.coordinate].value for book in (kept, theirs))
                    assert ours is not None and other == pytest.approx(ours), (name, sheet.title, cell.coordinate)
                    compared += 1
    assert compared > 40 if name == SUMMARY else compared


def test_every_total_is_the_same_five_ways(made: tuple[Path, Night], anew: dict[str, Path], tmp_path: Path) -> None:
    root, night = made
    said = json.loads((folder_of(made) / "run.json").read_text("utf-8"))["totals"]
    kept = _district(openpyxl.load_workbook(folder_of(made) / SUMMARY, data_only=True).worksheets[1])
    theirs = _district(openpyxl.load_workbook(anew[SUMMARY], data_only=True).worksheets[1])
    formulas = _district(openpyxl.load_workbook(folder_of(made) / SUMMARY).worksheets[1])
    export(root, tmp_path / "tables", night.as_of, as_parquet=True)
    rows = {path.stem: f"'{path}'" for path in (tmp_path / "tables").glob("*.parquet")}
    assert said.keys() == night.consolidation.totals.keys() and len(said) == 10
    for name, col in night.campaign.form.declared.indicators().items():
        title, value = said[name]["title"], Decimal(str(said[name]["value"]))
        traced = trace(root, name, night.as_of)
        (exported,) = duckdb.sql(
            f"SELECT sum(value), count(*) FROM {rows['figures']} WHERE indicator = '{name}'"
        ).fetchall()
        assert str(formulas[title]).startswith("=") and value == traced.value == sum(
            part.value for part in traced.parts
        )
        assert Decimal(str(kept[title])) == Decimal(str(theirs[title])) == value
        assert exported == (value, said[name]["reported"])
        if col.equals is not None:
            cells = sum(cell.value for part in traced.parts for cell in part.ledger)
            assert kind_of(col).added([cells]) == value and _of_ledger(col.equals, rows) == pytest.approx(float(value))


def _district(sheet: Worksheet) -> dict[str, object]:
    """Give what stands in the column of totals beside each indicator's title."""
    head = next(row for row in sheet.iter_rows() if row[0].value == "指标")
    place = [cell.value for cell in head].index("合　计")
    lines = sheet.iter_rows(min_row=head[0].row + 1)
    return {str(row[0].value): row[place].value for row in lines if row[0].value and row[place].value is not None}


def _of_ledger(measure: Measure, rows: dict[str, str]) -> float:
    """Add up the exported rows of a ledger."""
    what = f"sum({measure.field})" if measure.field else "count(*)"
    where = " AND ".join(f"{field} = '{value}'" for field, value in measure.where.items()) or "true"
    table = rows[f"sheet_{measure.sheet.key()}"]
    ((found,),) = duckdb.sql(f"SELECT {what} FROM {table} WHERE {where}").fetchall()
    return float(found or 0)
