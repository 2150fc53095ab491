"""The benchmark is worth something only if both sides do the same work: the same returns, wrong cells and sums."""

from __future__ import annotations

import datetime as dt
import importlib.util
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pandas as pd
import pytest

from benchmarks import agree, generate, plain_script, sides
from benchmarks.made_up import INDICATORS
from pipeline.declare.rules import Severity
from pipeline.model import a1

REPO = Path(__file__).parent.parent
PEER = REPO.parent / "shared" / "bench"
needs_peer = pytest.mark.skipif(not PEER.is_dir(), reason="the scripts that the benchmark was modelled on are not here")


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench") / "inbox"
    generate.write_returns(folder, 12, bad=0.02, visits=60)
    return folder


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"peer_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cells(path: Path, *, formulas: bool) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(path, data_only=not formulas)
    return {sheet.title: [[cell.value for cell in row] for row in sheet] for sheet in book}


@needs_peer
@pytest.mark.parametrize("bad", [0.0, 0.02, 0.5])
def test_the_same_seed_means_the_same_cells(tmp_path: Path, bad: float) -> None:
    make = load(PEER / "generate.py").make
    for number in (0, 7, 186):
        ours, theirs = tmp_path / "ours.xlsx", tmp_path / "theirs.xlsx"
        generate.write_return(ours, number, seed=3, bad=bad, visits=30)
        make(str(theirs), number, 3, bad, 30)
        for formulas in (False, True):
            assert cells(ours, formulas=formulas) == cells(theirs, formulas=formulas)


@needs_peer
@pytest.mark.parametrize("options", [("--annotate",), ("--engine", "calamine")])
def test_the_plain_script_finds_and_sums_the_same(tmp_path: Path, inbox: Path, options: tuple[str, ...]) -> None:
    said = []
    for script, out in ((REPO / "benchmarks" / "plain_script.py", "ours"), (PEER / "plain_script.py", "theirs")):
        command = [sys.executable, str(script), str(inbox), str(tmp_path / out), *options]
        said.append(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert said[0] == said[1]
    assert int(said[0].split()[-2]) > 20
    ours, theirs = (sorted(path.name for path in (tmp_path / out).iterdir()) for out in ("ours", "theirs"))
    assert ours == theirs
    summaries = [
        pd.read_excel(tmp_path / out / "汇总.xlsx", sheet_name=None, engine="calamine") for out in ("ours", "theirs")
    ]
    assert list(summaries[0]) == list(summaries[1])
    for title, table in summaries[0].items():
        pd.testing.assert_frame_equal(table, summaries[1][title])
    for name in (name for name in ours if "错误标注" in name):
        assert marked(tmp_path / "ours" / name) == marked(tmp_path / "theirs" / name) != {}


def marked(path: Path) -> dict[tuple[str, str], str]:
    """Give the comment of every marked cell by sheet and address."""
    book = openpyxl.load_workbook(path)
    return {
        (sheet.title, cell.coordinate): cell.comment.text
        for sheet in book
        for row in sheet
        for cell in row
        if cell.comment
    }


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory, inbox: Path) -> agree.Said:
    out = tmp_path_factory.mktemp("script")
    command = [
        sys.executable,
        str(REPO / "benchmarks" / "plain_script.py"),
        str(inbox),
        str(out),
        "--engine",
        "calamine",
    ]
    subprocess.run(command, check=True, capture_output=True)
    return agree.of_script(out)


def test_a_night_finds_and_sums_the_same(tmp_path: Path, inbox: Path, script: agree.Said) -> None:
    run = pytest.importorskip("pipeline.run").run
    sides.Returns(inbox, tmp_path).workspace(tmp_path / "workspace")
    night = run(tmp_path / "workspace", dt.date(2026, 7, 1))
    returns = sorted(inbox.iterdir())

    assert not list((tmp_path / "workspace" / "inbox").iterdir())
    assert sum(standing.latest is not None for standing in night.standings) == len(returns)
    assert {found.severity for found in night.findings} == {Severity.ERROR}
    said = agree.of_night(tmp_path / "workspace" / "outbox" / "2026-07-01")
    assert agree.differences(said, script) == []
    assert len(said.wrong) > 20
    assert {file for file, _, _ in said.wrong} | said.counted <= said.figures.keys() == {path.name for path in returns}

    titles = {name: str(col.title) for name, col in night.campaign.form.declared.indicators().items()}
    for number, path in enumerate(returns):
        declared = plain_script.read(path, "calamine")["汇总表"].set_index("指标名称")["数值"]
        read = night.consolidation.as_read[f"G{number + 1:03d}"]
        assert {titles[name]: Decimal(value) for name, value in read.items()} == {
            title: Decimal(str(value)) for title, value in declared.items()
        }
        assert script.figures[path.name] == {title: Decimal(str(value)) for title, value in declared.items()}


def wrong_by_hand(path: Path) -> set[agree.Cell]:
    """Say which cells of a return the plain script's schemas find wrong, without what it wrote."""
    found = plain_script.failures_of(plain_script.read(path, "calamine"))
    return {
        (
            path.name,
            title,
            a1(plain_script.HEADER_ROW + 1 + int(index), list(plain_script.SCHEMAS[title].columns).index(column)),
        )
        for title, cases in found.items()
        for column, index in zip(cases["column"], cases["index"], strict=True)
    }


@pytest.mark.filterwarnings("ignore:Could not infer format:UserWarning")  # the plain script's guess at days
def test_what_the_plain_script_wrote_is_read_whole(inbox: Path, script: agree.Said) -> None:
    assert script.wrong == set().union(*map(wrong_by_hand, inbox.iterdir()))
    assert script.figures.keys() == {path.name for path in inbox.iterdir()}
    assert {len(figures) for figures in script.figures.values()} == {len(INDICATORS)}


def test_a_disagreement_is_named_and_ends_the_program(script: agree.Said, capsys: pytest.CaptureFixture[str]) -> None:
    file, title = "return_00001.xlsx", "走访户数"
    added = script.figures[file][title]
    night = replace(script, totals={title: added}, counted=frozenset({file}))
    agree.insist(night, script, "itself")

    missed = replace(night, wrong=night.wrong - {next(iter(night.wrong))})
    other = replace(night, figures={**night.figures, file: {**night.figures[file], title: Decimal(1)}})
    unread = replace(night, figures={**night.figures, file: {}})
    astray = replace(night, totals={title: Decimal(1)})
    for said, count in ((missed, 1), (other, 1), (unread, len(INDICATORS)), (astray, 1)):
        assert len(agree.differences(said, script)) == count
        with pytest.raises(SystemExit, match="1"):
            agree.insist(said, script, "the script")
        assert "No ratio" in capsys.readouterr().out


def test_only_some_returns_are_wrong_if_asked(tmp_path: Path) -> None:
    generate.write_returns(tmp_path, 4, bad=0.5, wrong=0.5, visits=3)
    found = [plain_script.failures_of(plain_script.read(path, "calamine")) for path in sorted(tmp_path.iterdir())]
    assert [bool(each) for each in found] == [False, True, False, True]


def test_a_register_can_be_as_long_as_the_returns_are_many(tmp_path: Path) -> None:
    generate.write_register(tmp_path / "teams.csv", 187)
    kept = REPO / "benchmarks" / "plain" / "schemas" / "teams.csv"
    assert (tmp_path / "teams.csv").read_text(encoding="utf-8") == kept.read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets one adopt what a command leaves running")
def test_what_a_command_starts_is_measured_with_it() -> None:
    spin = "import time\nheld, end = bytearray(40 << 20), time.process_time() + 0.3\nprint('ready', flush=True)\n"
    spin += "while time.process_time() < end: pass"
    start = f"from subprocess import *; import sys; other = Popen([sys.executable, '-c', {spin!r}], stdout=PIPE)"
    both = f"{start}; other.stdout.readline()\n{spin}"  # does not wait for the other to end
    command = f"Contender('', lambda: [sys.executable, '-c', {both!r}])"
    script = f"import sys; from benchmarks.measuring import *; adopt_orphans(); print(*astuple(measure({command})))"
    said = subprocess.run([sys.executable, "-c", script], cwd=REPO, check=True, capture_output=True, text=True).stdout
    _, cpu, together, largest = map(float, said.split())
    assert cpu > 0.6
    assert together > 80 > largest > 40
