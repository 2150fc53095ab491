"""A dry run says what a night would do, as the night then does it, and touches nothing at all."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import REPO
from filelock import FileLock

DUE, NEXT = "2011-04-01", "2011-04-02"


def process(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline", "-C", str(root), *words]
    return subprocess.run(command, cwd=REPO, capture_output=True, encoding="utf-8", check=False)


def everything(root: Path) -> dict[str, tuple[int, int, bytes]]:
    """Give all that is in a folder, itself too: mode, time of last change (of a folder: of what it lists), bytes."""
    found = {}
    for path in (root, *root.rglob("*")):
        stat = path.lstat()
        content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        found[path.relative_to(root).as_posix()] = (stat.st_mode, stat.st_mtime_ns, content)
    return found


def dry(root: Path, *words: str, code: int = 0) -> str:
    """Run dry, and look whether anything was touched."""
    before = everything(root)
    done = process(root, "nightly", "--dry-run", *words)
    assert done.returncode == code, done.stderr
    after = everything(root)
    assert [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)] == []
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district whose returns wait, right and wrong ones, and some that are nobody's."""
    root = tmp_path_factory.mktemp("dry") / "活动 一"
    assert process(root, "demo", str(root), "--teams", "12").returncode == 0
    return root


@pytest.fixture(scope="module")
def second(first: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after its first night, with what came the day after."""
    root = tmp_path_factory.mktemp("dry") / "w"
    shutil.copytree(first, root)
    assert process(root, "nightly", "--as-of", DUE).returncode == 0
    assert process(root, "demo", str(root), "--teams", "12", "--day", "2").returncode == 0
    return root


@pytest.fixture
def waiting(first: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(first, tmp_path / "w"))


@pytest.fixture
def returned(second: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(second, tmp_path / "w"))


ONLY_DRY, ONLY_DONE = {"dry_run", "received", "changes"}, {"outputs", "seconds"}


def foretold(said: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in said.items() if key not in ONLY_DRY | ONLY_DONE}


@pytest.mark.parametrize(("which", "as_of"), [("waiting", DUE), ("returned", NEXT)])
def test_it_foretells_the_night_to_the_last_figure(which: str, as_of: str, request: pytest.FixtureRequest) -> None:
    root: Path = request.getfixturevalue(which)
    said = json.loads(dry(root, "--as-of", as_of, "--json"))
    before = standings(root)
    done = process(root, "nightly", "--as-of", as_of, "--json")
    assert done.returncode == 0, done.stderr
    assert foretold(said) == foretold(json.loads(done.stdout))
    after = standings(root)
    changed = {team: verdict for team, verdict in after.items() if before.get(team) != verdict}
    assert changed
    assert {each["team"]: (each["now"].upper(), each["errors"], each["queries"]) for each in said["changes"]} == {
        team: verdict[1:] for team, verdict in changed.items()
    }
    assert received(root, as_of) == sorted((each["file"], each["team"] or "") for each in said["received"])


def standings(root: Path) -> dict[str, tuple[str, str, int, int]]:
    path = root / "archive" / "ledger.db"
    if not path.exists():
        return {}
    with sqlite3.connect(path) as ledger:
        rows = ledger.execute("SELECT team, sha256, status, errors, queries FROM standing").fetchall()
    ledger.close()
    return {team: tuple(rest) for team, *rest in rows}


def received(root: Path, as_of: str) -> list[tuple[str, str]]:
    with sqlite3.connect(root / "archive" / "ledger.db") as ledger:
        rows = ledger.execute(
            "SELECT file, ifnull(team, '') FROM receipt WHERE night = (SELECT number FROM night WHERE as_of = ?)",
            (as_of,),
        ).fetchall()
    ledger.close()
    return sorted(rows)


def test_it_says_in_words_what_comes_and_what_changes(waiting: Path) -> None:
    (waiting / "inbox" / "指向.xlsx").symlink_to(waiting / "schemas")
    (opened,) = (waiting / "inbox").rglob("ZF078*.xlsx")
    opened.with_name(f"~${opened.name}").write_bytes(b"open")
    said = dry(waiting, "--as-of", DUE)
    assert said.startswith("试运行：只显示现在运行会做什么，没有改动任何文件。\n")
    left, received = said.split("不会收取，仍留在 inbox：\n")[1], said.split("不会收取，仍留在 inbox：\n")[0]
    assert "指向.xlsx：这是指向别处的链接" in left and f"{opened.name}：文件正在 Excel 或 WPS 中打开" in left
    assert opened.name not in received and "：无法识别。“ZF188”不在本次活动名录中" in received
    assert "：未报 → 退改（" in said and "：未报 → 审核通过" in said and "计入 0 → " in said
    assert f"结果会写入：{waiting / 'outbox' / DUE}（新建）" in said


def test_a_night_that_would_change_nothing_is_told_at_once(second: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(second, tmp_path / "w"))
    for path in (root / "inbox").iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (root / "inbox" / "空").mkdir()
    assert process(root, "nightly", "--as-of", NEXT).returncode == 0
    (root / "inbox" / "空").mkdir()
    assert "没有新的文件，与上次结果完全一致，不会有变化。" in dry(root, "--as-of", NEXT)
    assert json.loads(dry(root, "--as-of", NEXT, "--json"))["changes"] == []


def test_it_refuses_what_a_night_refuses(returned: Path) -> None:
    assert "不能再按更早的日期" in dry(returned, "--as-of", "2011-03-31", code=2)
    with FileLock(returned / "archive" / ".lock"):
        assert "另一个 huizong" in dry(returned, "--as-of", NEXT, code=5)
    (returned / "schemas" / "campaign.toml").write_text("x = [", "utf-8")
    assert "写法有误" in dry(returned, "--as-of", NEXT, code=3)


def test_it_finds_a_ledger_that_was_changed_and_mends_nothing(returned: Path) -> None:
    with (returned / "archive" / "ledger.db").open("r+b") as ledger:
        ledger.seek(5000)
        ledger.write(b"changed")
    assert "在程序之外被改动过" in dry(returned, "--as-of", NEXT, code=1)


def test_what_a_run_left_that_was_cut_off_is_left_to_the_next(waiting: Path) -> None:
    """The ledger of a process that ended in the middle of a transaction has to be rolled back: in the copy alone."""
    cut_off = (
        "import os, sqlite3, sys; sys.path.insert(0, sys.argv[2])\n"
        "from pipeline.ledger import events, database\n"
        "database.fold = lambda db, events: (db.execute('PRAGMA cache_spill = 1'), db.execute('PRAGMA cache_size = 1'),"
        " db.execute('CREATE TABLE much AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)"
        " SELECT i, hex(randomblob(99)) FROM n'), os._exit(9))\n"
        "import datetime as dt; from pathlib import Path; from pipeline.run import run\n"
        f"run(Path(sys.argv[1]), dt.date.fromisoformat('{DUE}'), workers=1)\n"
    )
    command = [sys.executable, "-c", cut_off, str(waiting), str(REPO)]
    assert subprocess.run(command, cwd=REPO, capture_output=True, check=False).returncode == 9
    assert (waiting / "archive" / "ledger.db-journal").stat().st_size
    assert "未报 → 审核通过" in dry(waiting, "--as-of", DUE)
    assert process(waiting, "nightly", "--as-of", DUE).returncode == 0
