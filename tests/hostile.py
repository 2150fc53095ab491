"""The command in a process of its own, watched: what it says, what it writes elsewhere, whom it calls, what it leaves running."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from conftest import REPO

from pipeline.readable import visible

MARK = "HUIZONG_TEST_MARK"
AS_OF = "2011-03-31"
GUARD = """
import os, sys
def _guard(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple) or event == "socket.getaddrinfo":
        open(os.environ["HUIZONG_TEST_CALLED"], "a").write(repr(args) + chr(10))
        raise OSError("no network in this test")
sys.addaudithook(_guard)
"""


@dataclass
class Place:
    """A folder with a campaign in it, and beside it what nobody may touch."""

    folder: Path
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def root(self) -> Path:
        return self.folder / "workspace"

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def outside(self) -> Path:
        return self.folder / "outside"

    @property
    def canary(self) -> Path:
        return self.outside / "executed"

    def environment(self, **more: str) -> dict[str, str]:
        guard = self.folder / "guard"
        guard.mkdir(exist_ok=True)
        (guard / "sitecustomize.py").write_text(GUARD)
        called = str(self.outside / "called")
        path = os.pathsep.join((str(REPO), str(guard)))
        extra = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", MARK: self.mark, "HUIZONG_TEST_CALLED": called}
        kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONUTF8", "PYTHONIOENCODING")}
        return {**kept, **extra, **more}

    def command(self, *words: object) -> list[str]:
        return [sys.executable, "-m", "pipeline", *map(str, words)]

    def nightly(self, *words: object, **options: Any) -> Said:
        return self.call("nightly", "-C", self.root, "--as-of", AS_OF, *words, **options)

    def call(self, *words: object, **options: Any) -> Said:
        """Run the command; check what no input may change: no traceback, nothing written or called, nobody left."""
        before = outside_of(self)
        env: Mapping[str, str] = options.pop("env", {})
        wrap: list[str] = options.pop("wrap", [])
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        done = subprocess.run(
            [*wrap, *self.command(*words)],
            cwd=self.outside,
            env=self.environment(**env),
            check=False,
            timeout=120,
            **streams,
        )
        said = Said(done.returncode, *((each or b"").decode("utf-8", "replace") for each in (done.stdout, done.stderr)))
        assert "Traceback" not in said.out + said.err, said.err
        assert [line for line in (said.out + said.err).split("\n") if visible(line) != line] == []
        assert outside_of(self) == before
        assert left_running(self.mark) == []
        return said


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    def is_one_sentence(self, code: int, *words: str) -> bool:
        """Whether the command said in one sentence what is wrong."""
        assert self.code == code, self
        assert self.err.startswith("huizong：") and self.err.count("\n") == 1, self.err
        assert all(word in self.err for word in words), self.err
        return True


def outside_of(place: Place) -> dict[str, tuple[int, bytes]]:
    """Everything beside the workspace: contents and times of change."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(place.outside.rglob("*"))
        if path.is_file()
    }


def left_running(mark: str, patience: float = 15) -> list[psutil.Process]:
    """Processes that were started by a marked one, directly or not, and do not end."""
    deadline = time.monotonic() + patience
    while True:
        found = list(_marked(mark))
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def _marked(mark: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == mark:
                yield process
        except psutil.Error:
            continue


@contextmanager
def place_with(small: Path) -> Iterator[Place]:
    """Give a copy of a small campaign folder where also another user may go, and take it away again."""
    folder = Path(tempfile.mkdtemp(prefix="huizong-hostile-"))
    folder.chmod(0o755)
    place = Place(folder)
    try:
        shutil.copytree(small, place.root)
        place.outside.mkdir()
        (place.outside / "secret.xlsx").write_bytes(b"secret")
        yield place
    finally:
        shutil.rmtree(folder)
