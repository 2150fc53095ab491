"""A night that would change nothing says so at once; whatever could make a difference makes it a whole night."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import damage
from conftest import REPO
from remains import difference, remains

from pipeline import again
from pipeline.aside import FOLDER
from pipeline.campaign import load
from pipeline.demo import make_district
from pipeline.workspace import create

AS_OF = "2011-03-31"
NOTE = f"{FOLDER}/{again.NOTE}"
LOADED = "import sys; from pipeline.cli import huizong; huizong(sys.argv[1:], standalone_mode=False); print('pipeline.run' in sys.modules)"


def nightly(root: Path, *more: str) -> tuple[str, bool]:
    """Run a night in a process of its own. Gives what it said, and whether it loaded what only a whole night needs."""
    words = ["nightly", "-C", str(root), "--as-of", AS_OF, *more]
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words], cwd=REPO, capture_output=True, encoding="utf-8", check=True
    )
    said, _, loaded = done.stdout.rstrip().rpartition("\n")
    return said, loaded == "True"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after its first night."""
    root = tmp_path_factory.mktemp("again") / "w"
    create(root)
    campaign = load(root)
    make_district(campaign, campaign.periods[0], root / "inbox", clean=True, teams=6)
    path = min((root / "inbox").glob("*.xlsx"))
    damage(path, lambda book: book["走访台账"].__setitem__("D6", "约30"))
    (root / "inbox" / "谁的.xlsx").write_bytes(b"PK is no workbook")
    assert nightly(root)[1]
    assert "谁的.xlsx" in nightly(root)[0]
    return root


@pytest.fixture
def root(first: Path, tmp_path: Path) -> Path:
    shutil.copytree(first, tmp_path / "w")
    return tmp_path / "w"


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_it_says_and_leaves_what_a_whole_night_would(root: Path, options: tuple[str, ...]) -> None:
    before = remains(root)
    short, loaded = nightly(root, *options)
    assert not loaded
    assert difference(remains(root), before) == []
    (root / NOTE).unlink()
    whole, loaded = nightly(root, *options)
    assert loaded
    assert difference(remains(root), before) == []
    if options:
        assert {**json.loads(short), "seconds": {}} == {**json.loads(whole), "seconds": {}}
    else:
        assert short == whole and "没有变化" in short


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(bytes(content))


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file arrives": lambda root: shutil.copy(next((root / "archive").rglob("*.xlsx")), root / "inbox" / "再报.xlsx"),
    "a link lies in the inbox": lambda root: (root / "inbox" / "x").symlink_to(root),
    "a bit of an archived file": lambda root: flip(next((root / "archive" / "2011-03").rglob("*.xlsx"))),
    "a bit of a file that is nobody's": lambda root: flip(next((root / "archive" / "_unplaced").iterdir())),
    "an archived file is gone": lambda root: next((root / "archive" / "2011-03").rglob("*.xlsx")).unlink(),
    "a published file is gone": lambda root: (root / "outbox" / AS_OF / "汇总表.xlsx").unlink(),
    "the record of the run": lambda root: flip(root / "outbox" / AS_OF / "run.json"),
    "a telephone number": lambda root: (root / "schemas" / "teams.csv").write_text(
        (root / "schemas" / "teams.csv").read_text("utf-8").replace(",工业园,,,", ",工业园,,13800001234,", 1), "utf-8"
    ),
    "the note is not ours": lambda root: (root / NOTE).write_text('["x"]'),
    "what a run left that was cut off": lambda root: (root / "outbox" / ".2011-03-31.part").mkdir(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changed_makes_it_a_whole_night(root: Path, change: str) -> None:
    CHANGES[change](root)
    words = ["nightly", "-C", str(root), "--as-of", AS_OF]
    command = [sys.executable, "-X", "importtime", "-m", "pipeline", *words]
    done = subprocess.run(command, cwd=REPO, capture_output=True, encoding="utf-8", check=False)
    assert re.search(r"\| +pipeline\.run$", done.stderr, re.MULTILINE)


def test_another_day_or_period_is_another_night(root: Path) -> None:
    assert nightly(root, "--period", "2011-03")[1]
