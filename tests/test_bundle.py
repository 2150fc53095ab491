"""The zip that installs without the internet: made for this very system, and installed with no network at all."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import REPO

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the part for Linux is tried"),
]


def need_an_index(folder: Path) -> None:
    """Skip where pip cannot reach an index; where nothing may be skipped, go on and fail."""
    pip = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-cache-dir",
        "--timeout",
        "15",
        "--retries",
        "1",
    ]
    done = subprocess.run([*pip, "--dest", folder, "et-xmlfile==2.0.0"], capture_output=True, check=False)
    if done.returncode and not os.environ.get("HUIZONG_NO_SKIP"):
        pytest.skip("pip reaches no index")


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle, unpacked in a folder with a difficult name."""
    base = tmp_path_factory.mktemp("bundle")
    need_an_index(base / "index")
    words = ["--target", base / "made", "--system", "linux", "--python", PYTHON]
    done = subprocess.run(
        [sys.executable, REPO / "bundle" / "make.py", *words], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    (made,) = (base / "made").glob("*.zip")
    with zipfile.ZipFile(made) as archive:
        archive.extractall(base / "离线 安装")
    return base / "离线 安装" / "huizong"


def without_network(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program that sees no network, nor settings of pip, nor the code of this repository."""
    alone = ["unshare", "--map-root-user", "--net"]
    is_possible = (
        shutil.which("unshare") and subprocess.run([*alone, "true"], capture_output=True, check=False).returncode == 0
    )
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "PYTHON"))}
    environment = {**kept, "PIP_NO_INDEX": "1", "PYTHON": sys.executable, "http_proxy": "http://127.0.0.1:9"}
    return subprocess.run(
        [*(alone if is_possible else []), *map(str, words)], cwd=cwd, env=environment, capture_output=True,
        encoding="utf-8", check=False,
    )  # fmt: skip


def test_it_installs_and_runs_without_a_network(offline: Path, tmp_path: Path) -> None:
    done = without_network("sh", offline / "install.sh", cwd=tmp_path)
    assert done.returncode == 0 and "已经装好" in done.stdout, done.stdout + done.stderr
    command, root = offline / ".venv" / "bin" / "huizong", tmp_path / "演示"
    for words, says in (
        (["demo", root, "--teams", "6"], "6 份模拟报表"),
        (["nightly", "-C", root, "--as-of", "2011-04-01"], "请先打开"),
        (["lint", "-C", root], "没有发现问题。"),
        (["init", tmp_path / "新"], "已建立活动文件夹"),
        (["schedule", "-C", tmp_path / "新"], "双击运行"),
    ):
        done = without_network(command, *words, cwd=tmp_path)
        assert done.returncode == 0 and says in done.stdout, done.stdout + done.stderr
    assert str(command) in (tmp_path / "新" / "收件汇总.sh").read_text("utf-8")
    code = "import pipeline; print(pipeline.__file__)"
    where = without_network(offline / ".venv" / "bin" / "python", "-c", code, cwd=tmp_path).stdout
    assert where.startswith(str(offline))


def test_it_lists_every_package_with_its_licence(offline: Path) -> None:
    text = (offline / "LICENSES.txt").read_text("utf-8-sig")
    wheels = {re.sub(r"[-_.]+", "-", path.name.split("-")[0]).lower() for path in (offline / "wheels").iterdir()}
    listed = re.findall(r"(?m)^(\S+) (\S+) +(\S.*)$", text.split("=" * 100)[0])
    assert {re.sub(r"[-_.]+", "-", name).lower() for name, _, _ in listed} == wheels and len(wheels) > 20
    assert [name for name, _, licence in listed if licence == "?"] == []
    assert (REPO / "LICENSE").read_text("utf-8").strip() in text.replace("\r", "")


def test_what_is_opened_on_windows_can_be_read_there(offline: Path) -> None:
    for name in ("读我.txt", "LICENSES.txt", "安装.bat"):
        raw = (offline / name).read_bytes()
        assert raw.startswith(b"@echo off\r\n" if name.endswith(".bat") else b"\xef\xbb\xbf")
        assert b"\n" not in raw.replace(b"\r\n", b"")
        assert not re.search(rb"@[A-Z]+@", raw)
    subprocess.run(["sh", "-n", offline / "install.sh"], check=True)
    batch = (offline / "安装.bat").read_text("utf-8").split("\n")
    assert all(line.isascii() or line.startswith("echo ") for line in batch)
    labels = {line[1:].strip() for line in batch if line.startswith(":")}
    assert set(re.findall(r"goto (\w+)", "\n".join(batch))) == labels


def test_a_package_without_a_wheel_is_named_and_nothing_is_made(tmp_path: Path) -> None:
    need_an_index(tmp_path / "index")
    words = ["--target", tmp_path / "made", "--system", "windows", "--python", "3.6"]
    done = subprocess.run(
        [sys.executable, REPO / "bundle" / "make.py", *words], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 1 and "windows, Python 3.6: " in done.stderr and "Traceback" not in done.stderr
    assert list((tmp_path / "made").glob("*.zip")) == []
