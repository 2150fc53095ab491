"""Where a figure comes from: a total is traced to cells that say what it says, and the tables of an export add up to it."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest
from builders import damage
from click.testing import CliRunner, Result
from openpyxl.utils import coordinate_to_tuple

from pipeline.behind import BehindError
from pipeline.campaign import load
from pipeline.cli import huizong
from pipeline.decide import withdraw
from pipeline.demo import make_district
from pipeline.disk import sha256_of
from pipeline.export import DESCRIPTION, export
from pipeline.model import Number
from pipeline.night import Night
from pipeline.run import run
from pipeline.trace import Cell, Trace, trace
from pipeline.workspace import create

TEAMS = 8
FIRST, SECOND = dt.date(2011, 4, 1), dt.date(2011, 4, 2)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Night]:
    """A campaign after a night on a few returns, some of them wrong."""
    root = tmp_path_factory.mktemp("traced") / "campaign"
    create(root)
    campaign = load(root)
    make_district(campaign, campaign.periods[0], root / "inbox", clean=False, teams=TEAMS)
    return root, run(root, FIRST, workers=1)


@pytest.fixture
def copied(made: tuple[Path, Night], tmp_path: Path) -> Path:
    """That campaign, to be changed."""
    return Path(shutil.copytree(made[0], tmp_path / "campaign"))


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(huizong, [*map(str, words)])


def stands_at(root: Path, path: str, cell: Cell) -> Number | None:
    """Give what stands in a cell of an archived file, as a number; of a whole row, 1 if anything does."""
    page = openpyxl.load_workbook(root / path, data_only=True)[cell.sheet]
    first, _, last = cell.cell.partition(":")
    if first == last:
        return int(any(each.value is not None for each in page[int(first)]))
    value = page.cell(*coordinate_to_tuple(cell.cell)).value
    digits = "".join(mark for mark in str(value) if mark in "0123456789.-")
    return Decimal(digits) if digits else None


def all_traced(root: Path, night: Night) -> Iterator[Trace]:
    for name in night.consolidation.totals:
        yield trace(root, name, FIRST)


def test_every_total_is_the_sum_of_its_parts_and_they_of_their_ledgers_cells(made: tuple[Path, Night]) -> None:
    root, night = made
    ledgers = 0
    for traced in all_traced(root, night):
        total = night.consolidation.totals[traced.indicator]
        assert (traced.value, len(traced.parts)) == (total.value, total.reported)
        assert sum(part.value for part in traced.parts) == total.value
        assert {part.team: part.value for part in traced.parts} == {
            team: said[traced.indicator]
            for team, said in night.consolidation.by_team.items()
            if traced.indicator in said
        }
        for part in traced.parts:
            assert sha256_of(root / part.path) == part.sha256
            if night.campaign.form.declared.indicators()[traced.indicator].equals:
                ledgers += 1
                assert sum(cell.value for cell in part.ledger) == part.value
    assert ledgers > TEAMS


def test_a_traced_cell_says_what_was_added_up(made: tuple[Path, Night]) -> None:
    root, night = made
    seen = 0
    for traced in all_traced(root, night):
        for part in [part for part in traced.parts if part.path.endswith(".xlsx")][:2]:
            for cell in (Cell(part.sheet, part.cell, part.value), *part.ledger[:3]):
                assert stands_at(root, part.path, cell) == cell.value, (part, cell)
                seen += 1
    assert seen > 30


def test_an_indicator_is_named_by_its_title_and_one_team_shows_its_cells(made: tuple[Path, Night]) -> None:
    root, night = made
    name, total = next(iter(night.consolidation.totals.items()))
    team = next(iter(night.consolidation.by_team))
    said = call("trace", total.title, "-C", root, "--as-of", FIRST, "--team", team)
    traced = trace(root, name, FIRST, team=team)
    assert said.exit_code == 0 and len(traced.parts) == 1
    assert all(f"{cell.sheet} {cell.cell}：{cell.value:,}" in said.output for cell in traced.parts[0].ledger)
    as_json = json.loads(call("trace", name, "-C", root, "--as-of", FIRST, "--team", team, "--json").output)
    assert as_json == traced.record()
    whole = call("trace", name, "-C", root, "--as-of", FIRST).output.splitlines()
    assert whole[0].endswith(f"{total.value:,} {total.unit}") and whole[-1].endswith(f"：{total.value:,}")


def test_what_cannot_be_traced_is_said_in_a_sentence(made: tuple[Path, Night], workspace: Path) -> None:
    root, night = made
    name = next(iter(night.consolidation.totals))
    out = next(s.team.code for s in night.standings if s.counted is None)
    for words, says in (
        (["没有的指标"], "没有指标“没有的指标”"), ([name, "--team", out], "没有计入"), ([name, "--night", "1999-01-01"], "没有outbox"),
        ([name, "--period", "2011-04"], "没有2011年4月的合计"),
    ):  # fmt: skip
        said = call("trace", *words, "-C", root, "--as-of", FIRST)
        assert isinstance(said.exception, BehindError) and says in str(said.exception)
    with pytest.raises(BehindError, match="还没有运行过"):
        trace(workspace, name, FIRST)


def test_a_total_of_an_earlier_night_still_adds_up_when_its_returns_were_replaced(
    made: tuple[Path, Night], copied: Path
) -> None:
    campaign, before = load(copied), made[1]
    name = next(iter(before.consolidation.totals))
    team = next(iter(before.consolidation.by_team))
    withdraw(copied, team, FIRST, "王", "重报")
    run(copied, SECOND, workers=1)
    then, now = trace(copied, name, SECOND, folder=FIRST.isoformat()), trace(copied, name, SECOND)
    assert (then.value, now.night) == (before.consolidation.totals[name].value, SECOND.isoformat())
    assert {part.team for part in then.parts} - {part.team for part in now.parts} == {team}
    assert now.value == then.value - next(part.value for part in then.parts if part.team == team)
    assert campaign.by_code[team].name == next(part.name for part in then.parts if part.team == team)


def test_a_file_changed_in_the_archive_is_traced_to_nothing(copied: Path, made: tuple[Path, Night]) -> None:
    name = next(iter(made[1].consolidation.totals))
    part = next(part for part in trace(copied, name, FIRST).parts if part.path.endswith(".xlsx"))
    damage(copied / part.path, lambda book: book[part.sheet].__setitem__(part.cell, int(part.value) + 1))
    shutil.rmtree(copied / "cache", ignore_errors=True)
    with pytest.raises(BehindError, match="verify"):
        trace(copied, name, FIRST)
    with pytest.raises(BehindError, match="verify"):
        export(copied, copied / "表", FIRST)
    assert not [each for each in copied.iterdir() if "表" in each.name]


# Tables.


def test_exported_tables_add_up_to_the_totals_and_are_as_described(made: tuple[Path, Night], tmp_path: Path) -> None:
    root, night = made
    files = export(root, tmp_path / "表", FIRST)
    described = json.loads((tmp_path / "表" / DESCRIPTION).read_text("utf-8"))
    assert {each["path"] for each in described["resources"]} | {DESCRIPTION} == {path.name for path in files}
    for each in described["resources"]:
        with (tmp_path / "表" / each["path"]).open(encoding="utf-8-sig", newline="") as file:
            head, *rows = csv.reader(file)
        assert head == [said["name"] for said in each["schema"]["fields"]]
        assert all(len(row) == len(head) for row in rows)
    figures = pd.read_csv(tmp_path / "表" / "figures.csv", dtype=str, keep_default_na=False)
    for name, total in night.consolidation.totals.items():
        assert sum(map(Decimal, figures.loc[figures["indicator"] == name, "value"])) == total.value
    for name, col in night.campaign.form.declared.indicators().items():
        measure = col.equals
        if measure is not None and measure.field and not measure.where:
            rows = pd.read_csv(tmp_path / "表" / f"sheet_{measure.sheet.key()}.csv", dtype=str, keep_default_na=False)
            assert sum(Decimal(cell) for cell in rows[measure.field] if cell) == night.consolidation.totals[name].value


def test_parquet_holds_the_same_with_types(made: tuple[Path, Night], tmp_path: Path) -> None:
    root, _ = made
    said = call("export", tmp_path / "p", "--parquet", "-C", root, "--as-of", FIRST)
    assert said.exit_code == 0, said.output
    export(root, tmp_path / "c", FIRST)
    parquet = sorted((tmp_path / "p").glob("*.parquet"))
    assert [path.stem for path in parquet] == sorted(path.stem for path in (tmp_path / "c").glob("*.csv"))
    for path in parquet:
        stored = duckdb.sql(f"SELECT * FROM '{path}'").fetchall()
        with (tmp_path / "c" / f"{path.stem}.csv").open(encoding="utf-8-sig", newline="") as file:
            _, *rows = csv.reader(file)
        assert [[_said(cell) for cell in row] for row in stored] == [[_same(cell) for cell in row] for row in rows], (
            path.name
        )
    kinds = dict(
        duckdb.sql(
            f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '{tmp_path}/p/totals.parquet')"
        ).fetchall()
    )
    assert kinds["value"] == "DECIMAL(38,6)"


def _said(cell: object) -> str:
    return _same("" if cell is None else str(cell))


def _same(cell: str) -> str:
    """Write numbers alike, however many zeros they end in."""
    try:
        return f"{Decimal(cell).normalize():f}" if cell[:1] not in "0" or cell in "0" or cell.startswith("0.") else cell
    except ArithmeticError:
        return cell


def test_telephone_numbers_are_masked_and_an_old_folder_is_left_alone(made: tuple[Path, Night], tmp_path: Path) -> None:
    root, night = made
    phones = {
        str(value)
        for each in night.submissions
        for records in night.records(each).values()
        for name, col in records.sheet.columns().items() if col.kind.__name__ == "Phone"
        for value in records.table.typed.get(name, ()) if value is not None
    }  # fmt: skip
    assert phones
    export(root, tmp_path / "表", FIRST)
    written = "".join(path.read_text("utf-8") for path in (tmp_path / "表").iterdir())
    assert not [phone for phone in phones if phone in written]
    said = call("export", tmp_path / "表", "-C", root, "--as-of", FIRST)
    assert isinstance(said.exception, BehindError) and "已经存在" in str(said.exception)
