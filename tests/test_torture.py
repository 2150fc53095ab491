"""Whatever stops a run, and wherever: one more run makes it good. `make torture` tries five times as many moments."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from belated import Belated
from conftest import DUE, REPO
from test_crash import PowerCutError, stop_at
from torture import account, torture

from pipeline.campaign import load
from pipeline.cli.troubles import sentence
from pipeline.decide import DecisionError, annul_night
from pipeline.demo import make_district
from pipeline.ledger import NAME, Ledger
from pipeline.ledger.audit import rebuild
from pipeline.night import Night
from pipeline.run import run
from pipeline.verify import verify

KILLS, FAULTS = 40, 8  # faults of each kind
TEAMS, SEED = 8, 2011


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_one_more_run_makes_good_whatever_stopped_the_one_before(tmp_path: Path) -> None:
    outcomes = torture(tmp_path, KILLS, FAULTS, SEED, TEAMS, lambda outcome: None)
    wrong = [f"{each.scenario}, {each.how}, {each.where}: {'; '.join(each.faults)}" for each in outcomes if each.faults]
    assert not wrong, "\n".join([*wrong, account(outcomes)])
    within = Counter(each.where for each in outcomes if each.how.startswith(("killed", "KILL")))
    assert len(within) >= 5 and within["nothing recorded yet"] + within["after the end"] < KILLS / 2, within


def test_a_file_that_a_night_left_without_a_word_is_found_out() -> None:
    said = [{"file": "四月", "reason": "打不开", "rule": ""}]
    assert Belated(frozenset({"四月/甲.xlsx"}), frozenset(), True, said).unsaid() == []
    assert Belated(frozenset({"乙.xlsx"}), frozenset({"丙.xlsx"}), True, said).unsaid() == [
        "丙.xlsx was left without a word",
        "乙.xlsx was left without a word",
    ]


@pytest.fixture
def few(workspace: Path) -> Path:
    """A campaign folder with the right returns of two teams in its inbox."""
    campaign = load(workspace)
    make_district(campaign, campaign.periods[0], workspace / "inbox", clean=True, teams=2)
    return workspace


def cut_off(root: Path, monkeypatch: pytest.MonkeyPatch, place: tuple[object, str], number: int, after: bool) -> None:
    """Run a night that ends at the n-th call of a function."""
    with monkeypatch.context() as patch:
        stop_at(patch, place, number, after)
        with pytest.raises(PowerCutError):
            run(root, DUE, workers=1)


def test_a_file_that_came_twice_is_told_of_though_the_night_was_cut_off(
    few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = load(few)
    make_district(campaign, campaign.periods[1], few / "inbox" / "四月", clean=True, teams=1)
    first = next(few.glob("inbox/*.xlsx"))
    shutil.copy2(first, first.with_name(f"副本 {first.name}"))
    cut_off(few, monkeypatch, (Ledger, "end_night"), 1, after=False)
    assert not list((few / "inbox").iterdir())
    night = run(few, DUE, workers=1)
    assert sorted(each.rule for each in night.repeated) == ["F07", "I11"]


@pytest.mark.parametrize("renames", [1, 2], ids=["the old one was moved aside", "the new one was in place"])
def test_the_outbox_holds_whole_folders_alone_whenever_the_machine_stopped(
    few: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    run(few, DUE, workers=1)
    _resend(few)
    with monkeypatch.context() as patch:
        original, calls = os.replace, []

        def replace(source: Path, target: Path) -> None:
            original(source, target)
            if Path(target).parent.name == "outbox":
                calls.append(target)
                if len(calls) == renames:
                    raise PowerCutError

        patch.setattr(os, "replace", replace)
        with pytest.raises(PowerCutError):
            run(few, DUE, workers=1)
    run(few, DUE.replace(month=4, day=2), workers=1)  # not that night again, but the next
    assert sorted(path.name for path in (few / "outbox").iterdir()) == [str(DUE), "2011-04-02"]


def test_a_night_is_on_the_disk_before_it_is_given_out(few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: set[tuple[int, int]] = set()
    unflushed: list[str] = []
    flush, replace = os.fsync, os.replace

    def watched_flush(handle: int) -> None:
        flush(handle)
        flushed.add((os.fstat(handle).st_dev, os.fstat(handle).st_ino))

    def watched_replace(source: Path, target: Path) -> None:
        if Path(target).parent.name == "outbox":
            stats = {path: path.stat() for path in Path(source).rglob("*")}
            unflushed.extend(path.name for path, each in stats.items() if (each.st_dev, each.st_ino) not in flushed)
            assert len(stats) > 8
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", watched_flush)
        patch.setattr(os, "replace", watched_replace)
        run(few, DUE, workers=1)
    assert unflushed == []


def _resend(root: Path) -> None:
    """Let a return for another period arrive, so that the same night has other documents."""
    campaign = load(root)
    make_district(campaign, campaign.periods[1], root / "inbox", clean=True, teams=1)


def test_what_was_published_is_recorded_though_the_run_was_cut_off_before_it_could_be(
    few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(few, DUE, workers=1)
    for name in ("报表.xlsx", "~$报表.xlsx"):  # open in an editor: it is left there, and nothing else is new
        (few / "inbox" / name).write_bytes(b"open")
    cut_off(few, monkeypatch, (Ledger, "end_night"), 1, after=False)
    run(few, DUE, workers=1)
    assert verify(few).faults == []


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_a_rebuilding_that_was_cut_off_can_be_run_again(
    few: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    run(few, DUE, workers=1)
    ledger, record = few / "archive" / NAME, few / "archive" / "record.jsonl"
    ledger.unlink()
    torn = record.read_bytes() + b'{"at":"2011'
    record.write_bytes(torn)
    with monkeypatch.context() as patch:
        stop_at(patch, (os, "replace"), number, after=True)
        try:
            rebuild(ledger)
        except PowerCutError:
            assert number <= 4
    rebuild(ledger)
    assert verify(few).faults == []
    kept = [path.read_bytes() for path in record.parent.glob("record.jsonl.old*")]
    assert kept == [torn]


def test_a_line_of_the_record_that_the_disk_took_half_of_is_written_whole_by_the_next_run(few: Path) -> None:
    run(few, DUE, workers=1)
    listed, copy = few / "calls.txt", few.with_name("copy")
    shutil.copytree(few, copy)
    annul = ("annul-night", "--by", "王主任", "--reason", "日期写错")
    assert seam(copy, annul, "COUNT", "0", "--list", str(listed)).returncode == 0
    calls = [line.split("\t") for line in listed.read_text(encoding="utf-8").splitlines()]
    number = next(number for number, what, path in calls if (what, path[-12:]) == ("write", "record.jsonl"))
    refused = seam(few, annul, "ENOSPC", number)
    assert refused.returncode == 1 and "磁盘已满" in refused.stderr
    run(few, DUE, workers=1)
    assert verify(few).faults == []


def seam(root: Path, order: Sequence[str], *how: str) -> subprocess.CompletedProcess[str]:
    """Give an order over a flawed disk."""
    command = [sys.executable, str(REPO / "tests" / "seam.py"), *how, "--", *order, "-C", str(root)]
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)


@pytest.mark.parametrize("number", range(1, 7))
def test_what_people_wrote_into_the_outbox_stays_though_it_could_not_be_listed_for_a_moment(
    few: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    run(few, DUE, workers=1)
    (few / "outbox" / str(DUE) / "批示.txt").write_text("已阅", encoding="utf-8")
    _resend(few)
    listed: list[str] = []

    def refusing(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any = ".") -> Any:
            if not isinstance(path, int) and "outbox" in Path(path).parts:
                listed.append(os.fspath(path))
                if len(listed) == number:
                    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
            return original(path)

        return call

    with monkeypatch.context() as patch:
        for name in ("scandir", "listdir"):
            patch.setattr(os, name, refusing(getattr(os, name)))
        with pytest.raises(PermissionError):
            run(few, DUE, workers=1)
    run(few, DUE, workers=1)
    names = [path.name for path in (few / "outbox" / str(DUE)).iterdir()]
    assert "批示.txt" in names and not [name for name in names if "人工修改" in name]
    assert verify(few).faults == []


def test_the_same_command_given_twice_takes_back_one_night(few: Path, night_of: Callable[..., Night]) -> None:
    night_of(few)
    _resend(few)
    night_of(few)
    assert "第 2 次" in annul_night(few, "王主任", "日期写错")
    with pytest.raises(DecisionError, match="没有再撤销更早的一次"):
        annul_night(few, "王主任 ", "日期写错")
    assert "第 1 次" in annul_night(few, "王主任", "第一晚的日期也写错了")


def test_what_vanishes_while_a_run_works_on_it_is_named_and_is_no_bug() -> None:
    said = sentence(FileNotFoundError(errno.ENOENT, "No such file", "/活动/archive/record.jsonl"))
    assert said is not None and "“/活动/archive/record.jsonl”" in said and "再运行一次" in said
