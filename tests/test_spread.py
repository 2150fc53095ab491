"""However returns are batched, and whoever checks them, the same comes out; and what is too much for a page is still added up."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from builders import damage
from conftest import DUE
from remains import difference, remains

from pipeline import assess
from pipeline.aside import FOLDER
from pipeline.publish.summary import sources
from pipeline.run import run

SOME = 8


@pytest.fixture
def filled(workspace: Path, clean_district: Path) -> Callable[[], Path]:
    """Give folders that hold the same returns, one of which is wrong."""
    for number, path in enumerate(sorted(clean_district.glob("*.xlsx"))[:SOME]):
        shutil.copy2(path, workspace / "inbox" / path.name)
        if not number:
            damage(workspace / "inbox" / path.name, lambda book: book["走访台账"].__setitem__("D6", "约30"))

    def another() -> Path:
        root = workspace.with_name(f"w{len(list(workspace.parent.iterdir()))}")
        shutil.copytree(workspace, root)
        return root

    return another


@pytest.mark.parametrize("is_kept", [True, False], ids=["elsewhere", "here, as nothing could be kept"])
def test_batches_are_checked_the_same(
    filled: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, is_kept: bool
) -> None:
    one, many = filled(), filled()
    run(one, DUE, workers=2)
    monkeypatch.setattr(assess, "BATCH", 3)
    if not is_kept:
        (many / FOLDER).write_text("no folder can be here")
    run(many, DUE, workers=2)
    assert difference(remains(many), remains(one)) == []


def test_of_more_rows_than_a_page_takes_each_team_has_its_sums(
    filled: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MOST_ROWS", 5)
    root = filled()
    night = run(root, DUE, workers=1)
    book = openpyxl.load_workbook(root / "outbox" / DUE.isoformat() / "数据来源.xlsx", data_only=True)
    for sheet in night.campaign.form.ledgers:
        page = book[sheet.title()]
        lines = [[cell.value for cell in row] for row in page.iter_rows(min_row=1)]
        total = next(line for line in lines if line[0] == "合　计")
        teams = [line for line in lines if line[0] in night.consolidation.by_team]
        assert len(teams) == len(night.consolidation.by_team)
        for place, name in enumerate(sheet.columns(), 2):
            if name in sheet.indicators():
                assert sum(line[place] or 0 for line in teams) == pytest.approx(total[place])
    page = book["数据来源"]
    titles = {str(col.title): name for name, col in night.campaign.form.declared.indicators().items()}
    listed = {row[0].value: row[4].value for row in page.iter_rows() if row[2].value == "合　计"}
    places = {row[2].value: [cell.value for cell in row[5:8]] for row in page.iter_rows() if row[0].value == "全部指标"}
    assert places.keys() == night.consolidation.by_team.keys()
    for code, (file, sheet, where) in places.items():
        sent = next(each for each in night.submissions if each.team == code)
        table = night.records(sent)[night.campaign.form.declared.key()].table
        line = list(table.records).index(night.campaign.form.total_record)
        assert (file, sheet) == (sent.file, table.name)
        assert where == " 至 ".join(
            table.cell(line, name) for name in (next(iter(titles.values())), [*titles.values()][-1])
        )
    for title, name in titles.items():
        assert listed[title] == pytest.approx(float(night.consolidation.totals[name].value))
