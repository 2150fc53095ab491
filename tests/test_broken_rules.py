"""A rule of the campaign that fails by itself ends no night: it is named, what it found before stands, all else goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builders import damage
from click.testing import CliRunner, Result

from pipeline.cli import huizong

HOLDS = {
    "P04": ("problems.py", 'return problems["due_on"] >= problems["found_on"]'),
    "M01": ("roster.py", "return teams <= 1"),
}
FAILURES = {
    "reads what is not there": 'return problems["foundd_on"].isna()',
    "divides by zero": "return 1 / 0",
    "gives one truth for all": "return True",
    "ends the program": "raise SystemExit",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Three teams, one of which has a due date before the day on which the problem was found (P04)."""
    root = tmp_path / "w"
    assert CliRunner().invoke(huizong, ["demo", str(root), "--clean", "--teams", "3"]).exit_code == 0
    wrong = sorted((root / "inbox").glob("*.xlsx"))[0]
    damage(
        wrong,
        lambda book: book["问题账"].__setitem__("F4", "2011-03-08") or book["问题账"].__setitem__("D4", "2011-03-20"),
    )
    return root


def breaks(root: Path, code: str, failing: str) -> None:
    file, holds = HOLDS[code]
    path = root / "schemas" / file
    text = path.read_text("utf-8")
    assert holds in text
    path.write_text(text.replace(holds, failing), "utf-8")


def night(root: Path, day: str, *words: str) -> Result:
    return CliRunner().invoke(huizong, ["nightly", "-C", str(root), "--as-of", day, *words])


def record(root: Path, day: str) -> dict[str, object]:
    return dict(json.loads((root / "outbox" / day / "run.json").read_text("utf-8")))


def states(root: Path, day: str) -> dict[str, str]:
    listed = json.loads((root / "outbox" / day / "findings.json").read_text("utf-8"))
    return {each["rule"]: each["state"] for each in listed if each["severity"] == "error"}


@pytest.mark.parametrize("how", FAILURES)
def test_a_rule_that_fails_is_named_and_the_night_goes_on(workspace: Path, how: str) -> None:
    breaks(workspace, "P04", FAILURES[how])
    said = night(workspace, "2011-03-31")
    assert said.exit_code == 1 and "规则 P04 自己出错，没有检查：schemas/problems.py 第" in said.output, said.output
    assert record(workspace, "2011-03-31")["returns"]["accepted"] == 3  # type: ignore[index]
    assert "P04" in (workspace / "outbox" / "2011-03-31" / "校验报告.html").read_text("utf-8")
    again = night(workspace, "2011-03-31")
    assert again.exit_code == 1 and "规则 P04 自己出错" in again.output


def test_what_it_found_before_stands_until_it_can_be_asked_again(workspace: Path) -> None:
    right = (workspace / "schemas" / "problems.py").read_text("utf-8")
    assert night(workspace, "2011-03-31").exit_code == 0
    assert states(workspace, "2011-03-31") == {"P04": "OPEN"}
    breaks(workspace, "P04", FAILURES["divides by zero"])
    assert night(workspace, "2011-04-01").exit_code == 1
    assert states(workspace, "2011-04-01") == {"P04": "OPEN"}
    assert record(workspace, "2011-04-01")["returns"]["held"] == 1  # type: ignore[index]
    (workspace / "schemas" / "problems.py").write_text(right, "utf-8")
    mended = night(workspace, "2011-04-02")
    assert mended.exit_code == 0 and "自己出错" not in mended.output
    assert states(workspace, "2011-04-02") == {"P04": "OPEN"} and record(workspace, "2011-04-02")["closed"] == 0


def test_a_rule_across_teams_that_fails_is_named(workspace: Path) -> None:
    breaks(workspace, "M01", "return 1 / 0")
    said = night(workspace, "2011-03-31")
    assert said.exit_code == 1 and "规则 M01 自己出错，没有检查：schemas/roster.py 第" in said.output
