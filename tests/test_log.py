"""The log of nights: what was said and how it ended, in a file that old Notepad shows, and never in the way."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import REPO
from filelock import FileLock

import pipeline
from pipeline.cli import huizong, log

AS_OF = "2011-03-31"


def process(root: Path, *words: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run a night in a process of its own. before: what is done there first."""
    code = f"import sys; from pipeline.cli import main; {before}\nmain()"
    command = [sys.executable, "-c", code, "nightly", "-C", str(root), "--as-of", AS_OF, *words]
    return subprocess.run(command, cwd=REPO, capture_output=True, encoding="utf-8", check=False)


def read(root: Path) -> str:
    (path,) = (root / "logs").iterdir()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d\.log", path.name)
    return path.read_text("utf-8")


def last(root: Path) -> str:
    """Give what was logged of the last run, without the times."""
    return re.sub(r"(?m)^\d\d:\d\d:\d\d　", "", re.split(r"(?m)^={8} ", read(root))[-1])


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A folder after its first night, what that said, and what it logged."""
    root = tmp_path_factory.mktemp("log") / "活动 一"
    assert CliRunner().invoke(huizong, ["demo", str(root), "--clean", "--teams", "3"]).exit_code == 0
    (root / "inbox" / "谁的.xlsx").write_bytes(b"PK is no workbook")
    done = process(root)
    assert (done.returncode, done.stderr) == (0, "")
    return root, done.stdout, last(root)


@pytest.fixture
def root(first: tuple[Path, str, str], tmp_path: Path) -> Path:
    shutil.copytree(first[0], tmp_path / "w")
    shutil.rmtree(tmp_path / "w" / "logs")
    return tmp_path / "w"


def test_it_has_what_came_what_was_said_how_long_it_took_and_how_it_ended(first: tuple[Path, str, str]) -> None:
    root, said, logged = first
    head, command, folder, *rest = logged.splitlines()
    assert pipeline.__version__ in head and f"Python {sys.version.split()[0]}" in head
    assert command == f'命令：huizong nightly -C "{root}" --as-of {AS_OF}' and folder == f"文件夹：{root}"
    assert rest[0] == "收取了 4 个文件。"
    assert sorted(re.findall(r"^  (\w+)_.*：驻.*，2011年3月$", logged, re.M)) and "  谁的.xlsx：无法识别。" in logged
    assert re.search(r"^用时：收取 [\d.]+ 秒，.*，写出结果 [\d.]+ 秒$", logged, re.M)
    assert said.strip() and said in logged
    assert re.fullmatch(r"退出码 0（正常），共 [\d.]+ 秒", rest[-2])


def test_a_night_with_nothing_new_is_logged_too_behind_the_others(root: Path) -> None:
    texts = [process(root).stdout, process(root, "--json").stdout]
    assert all("没有变化" in each for each in texts[:1]) and texts[1].startswith("{")
    assert read(root).count("退出码 0（正常）") == 2
    assert texts[0] in last(root) and '"schema_version"' not in read(root)


def test_it_loads_nothing_heavy(root: Path) -> None:
    code = "print('LOADED', *sorted({'multiprocessing', 'pandas', 'subprocess', 'rich', 'pipeline.run'} & sys.modules.keys()))"
    done = process(root, before=f"import atexit; atexit.register(lambda: {code})")
    assert "没有变化" in done.stdout and done.stdout.splitlines()[-1] == "LOADED"


def test_an_operator_s_mistake_is_logged_with_its_exit_code(root: Path) -> None:
    wrong = process(root, "--as-of", "2011-03-30")
    assert (wrong.returncode, "Traceback" in read(root)) == (2, False)
    assert wrong.stderr.strip() in last(root) and "退出码 2（用法或日期有误）" in last(root)
    with FileLock(root / "archive" / ".lock"):
        assert process(root).returncode == 5
    assert "退出码 5（另一个 huizong 正在处理）" in last(root)
    (root / "schemas" / "campaign.toml").write_text("x = [", "utf-8")
    assert process(root).returncode == 3
    assert "退出码 3（活动文件夹的设置有误）" in last(root) and "写法有误" in last(root)


def test_a_bug_is_logged_with_its_traceback_and_shown(root: Path) -> None:
    done = process(root, before="import pipeline.again; pipeline.again.survey = lambda inbox: 1 / 0")
    assert done.returncode == 1
    for text in (done.stderr, last(root)):
        assert "Traceback (most recent call last)" in text and "ZeroDivisionError: division by zero" in text
    assert "程序自身出错，请把以下内容发给技术人员" in last(root) and "退出码 1，" in last(root)


def test_being_ended_is_logged(root: Path) -> None:
    before = "import os, signal, pipeline.again; pipeline.again.survey = lambda inbox: os.kill(os.getpid(), signal.{})"
    assert process(root, before=before.format("SIGTERM")).returncode == 143
    assert "退出码 143（被系统结束）" in last(root)
    done = process(root, before=before.format("SIGINT"))
    assert done.returncode == 130 and "已中断" in done.stderr
    assert "退出码 130（被中断）" in last(root) and "已中断" in last(root)


def test_notepad_shows_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "IS_FOR_NOTEPAD", True)
    for _ in range(2):
        assert CliRunner().invoke(huizong, ["nightly", "-C", str(root), "--as-of", AS_OF]).exit_code == 0
    (path,) = (root / "logs").iterdir()
    written = path.read_bytes()
    mark = b"\xef\xbb\xbf"
    assert written.startswith(mark) and written.count(mark) == 1
    assert written.count(b"\n") == written.count(b"\r\n") == written.count(b"\r") > 20


def test_the_last_sixty_days_are_kept_and_what_is_not_ours_stays(root: Path) -> None:
    folder = root / "logs"
    folder.mkdir()
    days = [dt.date(2011, 1, 1) + dt.timedelta(day) for day in range(70)]
    for day in days:
        (folder / f"{day}.log").write_text("old", "utf-8")
    others = ["2011-01-01.txt", "说明.log", "2011-01-01.log.bak"]
    for name in others:
        (folder / name).write_text("theirs", "utf-8")
    assert process(root).returncode == 0
    kept = {path.name for path in folder.iterdir()} - set(others)
    assert len(kept) == 60 and {f"{day}.log" for day in days[-59:]} <= kept
    assert all((folder / name).exists() for name in others)


def test_a_log_that_cannot_be_written_is_one_sentence(root: Path) -> None:
    (root / "logs").write_text("a file", "utf-8")
    done = process(root)
    assert done.returncode == 0 and "没有变化" in done.stdout
    assert re.fullmatch("没能写入运行记录“.*”，本次处理不受影响。.*\n", done.stderr)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_stops_no_night(root: Path) -> None:
    (root / "logs").mkdir()
    for day in (dt.date.today(), dt.date.today() + dt.timedelta(1)):  # midnight may pass
        (root / "logs" / f"{day}.log").symlink_to("/dev/full")
    done = process(root)
    assert done.returncode == 0 and "没有变化" in done.stdout
    assert re.fullmatch("没能写入运行记录“.*”，本次处理不受影响。.*\n", done.stderr)
    assert len(process(root, "--as-of", "2011-03-30").stderr.splitlines()) == 1  # what is worse is said alone


def test_a_folder_that_was_mistyped_is_not_made(tmp_path: Path) -> None:
    assert process(tmp_path / "typo").returncode == 3
    assert process(tmp_path).returncode == 3
    assert list(tmp_path.iterdir()) == []


def test_other_commands_and_dry_runs_leave_no_log(root: Path) -> None:
    assert process(root, "--dry-run").returncode == 0
    assert CliRunner().invoke(huizong, ["status", "-C", str(root)]).exit_code == 0
    assert not (root / "logs").exists()
