"""What programs read, word for word: a night of three returns of the benchmark's campaign, as it was last reviewed.

`make golden` writes the files anew; the difference is what a reviewer looks at.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks.generate import write_returns
from pipeline.run import run

REPO = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden"
pytestmark = pytest.mark.golden


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("golden")
    shutil.copytree(REPO / "benchmarks" / "plain" / "schemas", root / "schemas")
    write_returns(root / "inbox", 3, bad=0.05, visits=12)
    (root / "inbox" / "通知.xlsx").write_bytes(b"")
    run(root, dt.date(2026, 7, 1))
    return root / "outbox" / "2026-07-01"


@pytest.mark.parametrize("name", ["findings.json", "run.json"])
def test_programs_read_what_was_reviewed(outputs: Path, name: str) -> None:
    made = json.loads((outputs / name).read_text(encoding="utf-8"))
    if name == "run.json":
        made["seconds"] = dict.fromkeys(made["seconds"], 0)
    if os.environ.get("HUIZONG_REFRESH_GOLDEN"):
        write(GOLDEN / name, made)
    assert made == json.loads((GOLDEN / name).read_text(encoding="utf-8"))


def write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
