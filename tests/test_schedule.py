"""The office's own PC: files to double-click and files for the system's clock, tried as far as this machine can."""

from __future__ import annotations

import datetime as dt
import os
import plistlib
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from conftest import REPO, need

from pipeline.cli import huizong
from pipeline.schedule import FOLDER, Place, System, written

TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
ODD = "活动 一 & 'half' 50%"  # what a folder may be called on every system
posix = pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX runs these")


def on_windows(at: dt.time = dt.time(2, 5)) -> dict[str, bytes]:
    place = Place(r"D:\程序 & 50%\.venv\Scripts\huizong.exe", rf"D:\{ODD}", at)
    return dict(written(System.WINDOWS, place))


def elements(parent: ElementTree.Element, *path: str) -> list[str]:
    found = parent.find("/".join(TASK + name for name in path))
    assert found is not None, path
    return [each.tag.removeprefix(TASK) for each in found]


def test_the_windows_task_is_well_formed_in_the_order_of_its_schema() -> None:
    raw = on_windows()[f"{FOLDER}/任务计划.xml"]
    assert raw.startswith(b"\xff\xfe<\0") and raw.decode("utf-16").count("\n") == raw.decode("utf-16").count("\r\n")
    task = ElementTree.fromstring(raw)
    assert task.tag == f"{TASK}Task" and task.get("version") == "1.2"
    trigger = elements(task, "Triggers", "CalendarTrigger")
    assert trigger == ["Enabled", "StartBoundary", "ScheduleByDay"]  # a sequence: those of the base, then the schedule
    assert elements(task, "Principals", "Principal") == ["LogonType", "RunLevel"]
    texts = {each.tag.removeprefix(TASK): each.text for each in task.iter()}
    assert texts["StartBoundary"] == "2011-01-01T02:05:00" and texts["DaysInterval"] == "1"
    assert texts["StartWhenAvailable"] == "true" and texts["MultipleInstancesPolicy"] == "IgnoreNew"
    assert texts["LogonType"] == "InteractiveToken" and "Password" not in raw.decode("utf-16")
    assert texts["Command"] == r"D:\程序 & 50%\.venv\Scripts\huizong.exe" and texts["Arguments"] == "nightly"
    assert texts["WorkingDirectory"] == rf"D:\{ODD}"
    principal, actions = task.find(f"{TASK}Principals/{TASK}Principal"), task.find(f"{TASK}Actions")
    assert principal is not None and actions is not None and principal.get("id") == actions.get("Context")


def test_the_windows_batch_file_is_what_cmd_reads() -> None:
    raw = on_windows()["收件汇总.bat"]
    lines = raw.decode().split("\r\n")
    assert raw.startswith(b"@echo off\r\n") and b"\n" not in raw.replace(b"\r\n", b"") and lines[-1] == ""
    codepage = lines.index("chcp 65001 >nul")
    (program,) = [line for line in lines if not line.isascii()]  # nothing but the place of the program
    assert program == r'set "HUIZONG=D:\程序 & 50%%\.venv\Scripts\huizong.exe"' and lines.index(program) > codepage
    order = ['pushd "%~dp0" || (pause & exit /b 1)', program, '"%HUIZONG%" nightly --open', 'set "CODE=%ERRORLEVEL%"',
             'if not "%CODE%"=="0" pause', "exit /b %CODE%"]  # fmt: skip
    assert [line for line in lines if line in order] == order
    assert on_windows()[f"{FOLDER}/说明.txt"].startswith("\ufeff每晚".encode())


def test_the_mac_s_files_name_program_and_folder() -> None:
    made = written(System.MACOS, Place("/程序 & x/huizong", f"/Users/张/{ODD}", dt.time(2, 5)))
    agent = plistlib.loads(made[f"{FOLDER}/huizong.plist"])
    assert agent["ProgramArguments"] == ["/程序 & x/huizong", "nightly"]
    assert agent["WorkingDirectory"] == f"/Users/张/{ODD}" and agent["EnvironmentVariables"]["PYTHONUTF8"] == "1"
    assert agent["StartCalendarInterval"] == {"Hour": 2, "Minute": 5}
    assert "收件汇总.command" in made


@pytest.mark.parametrize("system", System)
def test_each_manual_says_what_a_sleep_does_and_what_exit_codes_mean(system: System) -> None:
    text = written(system, Place("/p/huizong", "/活动", dt.time(2)))[f"{FOLDER}/说明.txt"].decode("utf-8-sig")
    for said in (
        "到点时电脑关着或睡着",
        "\n  0 ",
        "\n  1 ",
        "\n  2 ",
        "\n  3 ",
        "\n  5 ",
        "\n  6 ",
        "\n  130 ",
        "logs",
        system.start,
    ):
        assert said in text.replace("\r", "")
    assert "@" not in text


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """This very program, as one that others can start, in a folder with a difficult name."""
    path = tmp_path / "程序 'x' 5%" / "huizong"
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\nPYTHONPATH="{REPO}" exec "{sys.executable}" -m pipeline "$@"\n', "utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / ODD
    assert CliRunner().invoke(huizong, ["demo", str(root), "--clean", "--teams", "3"]).exit_code == 0
    return root


def start(root: Path, tmp_path: Path, opener: str = 'printf "%s" "$1" > "$OPENED"') -> tuple[int, str, Path | None]:
    """Double-click the file, with something else than a browser. Gives exit code, what was said, and what was opened."""
    fake = tmp_path / "bin" / ("open" if sys.platform == "darwin" else "xdg-open")
    fake.parent.mkdir(exist_ok=True)
    fake.write_text(f"#!/bin/sh\n{opener}\n", "utf-8")
    fake.chmod(0o755)
    opened = tmp_path / "opened"
    opened.unlink(missing_ok=True)
    environment = {**os.environ, "PATH": f"{fake.parent}{os.pathsep}{os.environ['PATH']}", "OPENED": str(opened)}
    done = subprocess.run(
        [root / System.of(sys.platform).start], cwd="/", env=environment, capture_output=True, encoding="utf-8",
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr, Path(opened.read_text("utf-8")) if opened.exists() else None


@posix
def test_a_double_click_runs_a_night_and_opens_its_page(root: Path, program: Path, tmp_path: Path) -> None:
    place = Place(str(program), str(root), dt.time(2))
    for name, content in written(System.of(sys.platform), place).items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(content)
    (root / System.of(sys.platform).start).chmod(0o755)
    page = root / "outbox" / dt.date.today().isoformat() / "校验报告.html"
    for said in (
        "请先打开",
        "请先打开",
        "没有变化",
    ):  # on the second, nothing is said any more of what came on the first
        code, text, opened = start(root, tmp_path)
        assert code == 0 and said in text, text
        assert (
            opened is not None
            and opened.exists()
            and opened.name == page.name
            and opened.parent.parent == page.parent.parent
        )
    code, text, _ = start(root, tmp_path, "exit 3")
    assert code == 0 and f"没能自动打开网页。请自己打开：{root}" in text
    (root / "schemas" / "campaign.toml").write_text("x = [", "utf-8")
    code, text, opened = start(root, tmp_path)
    assert code == 3 and "写法有误" in text and opened is None


@posix
@pytest.mark.parametrize("system", [System.LINUX, System.MACOS])
def test_a_shell_reads_the_file_to_double_click(system: System, tmp_path: Path) -> None:
    script = tmp_path / system.start
    script.write_bytes(written(system, Place("/程序 'x' 5%/huizong", f"/{ODD}", dt.time(2)))[system.start])
    for shell in filter(shutil.which, ("sh", "bash", "dash")):
        assert subprocess.run([shell, "-n", script], capture_output=True, check=False).stderr == b""
    if checker := shutil.which("shellcheck"):
        subprocess.run([checker, script], check=True)


@posix
def test_cron_would_run_the_night_in_its_folder(root: Path, program: Path) -> None:
    place = Place(str(program), str(root), dt.time(3, 7))
    text = written(System.LINUX, place)[f"{FOLDER}/crontab.txt"].decode()
    *_, nightly, at_boot = text.splitlines()
    assert nightly.startswith("7 3 * * * cd ") and at_boot.startswith("@reboot sleep 60; cd ")
    command = nightly.split(" ", 5)[5]
    assert command.count("%") == command.count("\\%") == 2  # cron ends a command at the first that is not escaped
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(root.parent)}
    done = subprocess.run(
        ["/bin/sh", "-c", command.replace("\\%", "%")], cwd="/", env=bare, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert list((root / "outbox").glob("*/校验报告.html")) and list((root / "logs").iterdir())


def test_systemd_takes_the_timer_and_the_service(program: Path, tmp_path: Path) -> None:
    need("systemd-analyze", "reads the service and the timer")
    folder = tmp_path / ODD
    folder.mkdir()
    made = written(System.LINUX, Place(str(program), str(folder), dt.time(3, 7)))
    units = [tmp_path / name for name in ("huizong.service", "huizong.timer")]
    for unit in units:
        unit.write_bytes(made[f"{FOLDER}/{unit.name}"])

    def verified() -> str:
        return subprocess.run(
            ["systemd-analyze", "verify", "--user", "--man=no", *units], capture_output=True, encoding="utf-8", check=False,
            env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        ).stderr  # fmt: skip

    assert [line for line in verified().splitlines() if "huizong" in line] == []
    units[0].write_text(units[0].read_text("utf-8").replace("oneshot", "twice"), "utf-8")
    assert "twice" in verified()  # it does look
    timer = units[1].read_text("utf-8")
    assert "OnCalendar=*-*-* 03:07:00\n" in timer and "Persistent=true\n" in timer


def test_the_command_writes_them_for_this_system(root: Path) -> None:
    said = CliRunner().invoke(huizong, ["schedule", "-C", str(root), "--at", "03:30"])
    system = System.of(sys.platform)
    assert said.exit_code == 0 and str(root / system.start) in said.output
    assert os.access(root / system.start, os.X_OK)
    if system is System.LINUX:
        assert "30 3 * * *" in (root / FOLDER / "crontab.txt").read_text("utf-8")


def test_a_wrong_time_or_folder_is_one_sentence(root: Path, tmp_path: Path) -> None:
    for words, code in ((["-C", str(root), "--at", "25:00"], 2), (["-C", str(tmp_path)], 3)):
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", "schedule", *words],
            cwd=REPO,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert (done.returncode, len(done.stderr.splitlines())) == (code, 1)
    assert list(tmp_path.iterdir()) == [root]
