"""However a night ends, also by a kill that nobody can answer, no process of it goes on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from conftest import REPO, need
from hostile import AS_OF, Place, left_running, place_with

from pipeline.workspace import create

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
ENOUGH = 65  # returns: so many that each moment lasts
HOG = """
import os, sys, time
from pipeline import processes

def hog():
    processes.attend()
    print("ready", flush=True)
    10 ** 10 ** 9  # inside the interpreter's own arithmetic, which lets no other thread run

if __name__ == "__main__":
    process = processes.context().Process(target=hog)
    process.start()
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def full(clean_district: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("full") / "full"
    create(root)
    for path in sorted(clean_district.glob("*.xlsx"))[:ENOUGH]:
        shutil.copy(path, root / "inbox" / path.name)
    return root


@pytest.fixture
def place(full: Path) -> Iterator[Place]:
    with place_with(full) as place:
        yield place


def started(place: Place) -> subprocess.Popen[bytes]:
    command = place.command("nightly", "-C", place.root, "--as-of", AS_OF)
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=REPO, env=place.environment(), **streams)  # type: ignore[call-overload, no-any-return]


def until(what: Callable[[], object], patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def archived(place: Place) -> int:
    return sum(1 for _ in (place.root / "archive").rglob("*.xlsx"))


MOMENTS: dict[str, Callable[[Place, subprocess.Popen[bytes]], object]] = {
    "as it begins": lambda place, night: until(lambda: psutil.Process(night.pid).children(recursive=True)),
    "while it reads": lambda place, night: until(
        lambda: len(psutil.Process(night.pid).children(recursive=True)) > 3 or (place.root / "archive").exists()
    ),
    "while it files": lambda place, night: until(lambda: archived(place) > 20),
    "while it checks": lambda place, night: until(lambda: not list(place.inbox.glob("*.xlsx"))),
    "while it writes": lambda place, night: until(lambda: list((place.root / "outbox").glob(".*.part/*.xlsx"))),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_night_leaves_no_process_and_the_next_one_finishes(place: Place, moment: str) -> None:
    night = started(place)
    MOMENTS[moment](place, night)
    night.kill()
    night.communicate()
    assert left_running(place.mark) == []
    if moment in ("while it files", "while it writes"):
        assert f"审核通过 {ENOUGH}" in place.nightly().out


@pytest.mark.parametrize("moment", ["as it begins", "while it checks", "while it writes"])
def test_a_night_that_is_asked_to_end_does_so_in_order(place: Place, moment: str) -> None:
    night = started(place)
    MOMENTS[moment](place, night)
    night.terminate()
    _, said = night.communicate(timeout=30)
    assert "Traceback" not in said.decode()
    assert night.returncode in (128 + signal.SIGTERM, -signal.SIGTERM if moment == "as it begins" else 143)
    assert left_running(place.mark) == []


def test_a_process_that_lets_no_other_thread_run_ends_with_its_master(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("the system tells of a master's death on Linux only")
    (tmp_path / "hog.py").write_text(HOG)
    place = Place(tmp_path)
    place.outside.mkdir()
    environment = place.environment()
    master = subprocess.Popen([sys.executable, "hog.py"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE)
    assert master.stdout is not None and master.stdout.readline() == b"ready\n"
    time.sleep(0.2)
    master.kill()
    master.wait()
    master.stdout.close()
    assert left_running(place.mark) == []


def names_below(pid: int) -> str:
    """The names of the processes that one has started, directly or not, and that are still there."""
    names = []
    for each in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            names.append(each.name())
    return " ".join(names)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_converter_ends_with_the_night(place: Place, how: signal.Signals) -> None:
    need("soffice", "makes PDF")
    settings = place.root / "schemas" / "campaign.toml"
    settings.write_text(settings.read_text("utf-8").replace("pdf = false", "pdf = true"), "utf-8")
    for path in sorted(place.inbox.glob("*.xlsx"))[3:]:
        path.unlink()
    night = started(place)
    until(lambda: "soffice" in names_below(night.pid))
    night.send_signal(how)
    _, said = night.communicate(timeout=30)
    assert "Traceback" not in said.decode()
    assert left_running(place.mark) == []
