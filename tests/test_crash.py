"""The machine may stop at any instruction: whatever was being done, the next run finishes it; nothing twice, nothing lost."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import DUE

from pipeline.errand import parsing
from pipeline.ledger import Ledger
from pipeline.memory import Receipt
from pipeline.night import Night
from pipeline.receive import Filed, Filing, file_away, look
from pipeline.run import run

CONTENTS = {"a.xlsx": b"first", "b.xlsx": b"second", "folder/a.xlsx": b"third", "copy of a.xlsx": b"first"}
STEPS: dict[str, tuple[Any, str]] = {
    "hashing": (hashlib, "sha256"),
    "flushing": (os, "fsync"),
    "renaming": (os, "replace"),
    "recording": (Ledger, "record"),
    "removing": (Path, "unlink"),
    "removing a folder": (Path, "rmdir"),
}


class PowerCutError(BaseException):
    """Not an Exception: nobody may catch it."""


def stop_at(monkeypatch: pytest.MonkeyPatch, place: tuple[Any, str], number: int, after: bool) -> None:
    """Let the n-th call of a function stop everything, before or after its work is done."""
    owner, name = place
    original: Callable[..., Any] = getattr(owner, name)
    calls = itertools.count(1)

    def stopping(*args: Any, **kwargs: Any) -> Any:
        is_the_one = next(calls) == number
        if is_the_one and not after:
            raise PowerCutError
        result = original(*args, **kwargs)
        if is_the_one:
            raise PowerCutError
        return result

    monkeypatch.setattr(owner, name, stopping)


def receive(root: Path) -> Filed:
    """Receive what is in the inbox as a night does; whose it is depends on the content alone."""
    arrivals, left = look(root / "inbox", DUE)
    assert left == []
    filings = []
    for arrival in arrivals:
        sha256 = hashlib.sha256(arrival.path.read_bytes()).hexdigest()
        team = None if sha256 == hashlib.sha256(b"second").hexdigest() else "ZF001"
        period = "2011-03" if team else None
        receipt = Receipt(sha256, arrival.name, "", arrival.arrived, arrival.saved_at, "", team, period)
        filings.append(Filing(arrival, receipt))
    with Ledger(root / "archive" / "ledger.db") as ledger:
        return file_away(filings, ledger, root)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("step", STEPS)
def test_a_power_cut_while_filing_loses_nothing_and_counts_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int, after: bool
) -> None:
    for name, content in CONTENTS.items():
        (tmp_path / "inbox" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "inbox" / name).write_bytes(content)
        os.utime(tmp_path / "inbox" / name, (1301560000, 1301560000))
    with monkeypatch.context() as patch:
        stop_at(patch, STEPS[step], number, after)
        try:
            receive(tmp_path)
        except PowerCutError:
            in_inbox = {path.read_bytes() for path in (tmp_path / "inbox").rglob("*") if path.is_file()}
            in_archive = {path.read_bytes() for path in (tmp_path / "archive").rglob("*.xlsx")}
            assert set(CONTENTS.values()) <= in_inbox | in_archive
    receive(tmp_path)
    assert list((tmp_path / "inbox").rglob("*")) == []
    kept = sorted(
        path.read_bytes() for path in (tmp_path / "archive").rglob("*") if path.suffix == ".xlsx" and path.is_file()
    )
    assert kept == sorted(set(CONTENTS.values()))
    with Ledger(tmp_path / "archive" / "ledger.db") as ledger:
        receipts = ledger.receipts()
    assert sorted((tmp_path / each.path).read_bytes() for each in receipts) == kept
    assert all(hashlib.sha256((tmp_path / each.path).read_bytes()).hexdigest() == each.sha256 for each in receipts)


@pytest.mark.parametrize(
    "place", [(Ledger, "record"), (Ledger, "end_night"), (os, "replace")], ids=lambda place: place[1]
)
def test_a_power_cut_in_the_night_is_made_good_by_the_next_run(
    workspace: Path, clean_district: Path, clean_night: Night, monkeypatch: pytest.MonkeyPatch, place: tuple[Any, str]
) -> None:
    for path in sorted(clean_district.glob("*.xlsx"))[:4]:
        shutil.copy2(path, workspace / "inbox" / path.name)
    with monkeypatch.context() as patch:
        stop_at(patch, place, 1, after=True)
        with pytest.raises(PowerCutError):
            run(workspace, DUE, workers=1)
    night = run(workspace, DUE, workers=1)
    assert (night.returns()["accepted"], night.returns()["late"], night.unplaced) == (4, 0, [])
    assert night.consolidation.by_team == {
        code: clean_night.consolidation.by_team[code] for code in ("ZF001", "ZF002", "ZF003", "ZF004")
    }
    assert all(standing.versions <= 1 for standing in night.standings)
    assert not list((workspace / "inbox").iterdir())


def test_a_file_that_somebody_holds_open_does_not_stop_the_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.xlsx").write_bytes(b"first")
    os.utime(tmp_path / "inbox" / "a.xlsx", (1301560000, 1301560000))

    def held(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "in use")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", held)
        filed = receive(tmp_path)
    assert len(filed.new) == 1 and ["打开" in each.reason for each in filed.changed] == [True]
    again = receive(tmp_path)
    assert (len(again.new), len(again.repeated), again.changed) == (0, 1, [])
    assert not list((tmp_path / "inbox").iterdir())


def test_an_archived_file_that_was_damaged_is_made_whole_from_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.xlsx").write_bytes(b"first")
    kept = tmp_path / receive(tmp_path).new[0].path
    kept.write_bytes(b"fir")
    (tmp_path / "inbox" / "a.xlsx").write_bytes(b"first")
    assert len(receive(tmp_path).repeated) == 1
    assert kept.read_bytes() == b"first"


def test_a_file_that_grows_while_it_is_read_stays_and_is_taken_whole_later(
    workspace: Path, clean_district: Path
) -> None:
    """Its sender's program writes on: what has been read of it so far may even be a workbook already."""
    whole = next(clean_district.glob("*.xlsx"))
    growing = workspace / "inbox" / whole.name
    shutil.copy(whole, growing)

    def write_on(stage: str, done: int, of: int) -> None:
        if done == of:  # it has been read, and is about to be filed
            with growing.open("ab") as file:
                file.write(b"more")

    night = run(workspace, DUE, workers=1, progress=write_on)
    assert ["复制" in each.reason for each in night.left] == [True]
    assert growing.exists() and night.returns()["accepted"] == 0 and not night.unplaced
    shutil.copy(whole, growing)
    assert run(workspace, DUE, workers=1).returns()["accepted"] == 1
    assert not growing.exists()


def test_a_file_replaced_after_it_was_read_ahead_waits_for_the_next_run(workspace: Path, clean_district: Path) -> None:
    first, second = sorted(clean_district.glob("*.xlsx"))[:2]
    dropped = workspace / "inbox" / "报表.xlsx"
    shutil.copy(first, dropped)
    with parsing(workspace, workers=1) as reader:
        reader.begin([dropped])
        reader.read([first])  # by now the one before it has been read too
        shutil.copy(second, dropped)
        night = run(workspace, DUE, reader=reader)
    assert (night.returns()["accepted"], len(night.left), dropped.exists()) == (0, 1, True)
    assert not list((workspace / "archive").rglob("*.part"))
    night = run(workspace, DUE, workers=1)
    assert [each.team.code for each in night.standings if each.counted] == [second.name.split("_")[0]]
