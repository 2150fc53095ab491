"""Rules of the house that no tool knows: what the pipeline may not know, and how large things may grow."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import pipeline
from schemas import FORM

REPO = Path(__file__).parent.parent
MODULES = sorted((REPO / "pipeline").rglob("*.py"))
TEXTS = sorted(
    path for path in (REPO / "pipeline").rglob("*") if path.suffix in {".py", ".j2", ".html", ".js", ".css", ".sql"}
)
SHORTEST_TITLE = 3  # a shorter one (姓名, 金额) is an everyday word
LONGEST_MODULE, LONGEST_RUN = 300, 60

# Titles on the shipped form that are also the pipeline's own words for one of its nouns.
TRADE_WORDS = {
    "报告期": "Period",
    "零报告": "a nil return",
    "核实说明": "Answer: what a team says to a query",
    "汇总表": "the summary workbook, 汇总表.xlsx",
    "进展情况": "what a brief reports on",
    "填报日期": "stands at the foot of any official form, whose foot must not be read as a record",
    "联系电话": "the same",
}


def titles() -> set[str]:
    """Collect what is printed on the shipped form: titles of sheets, columns and indicators."""
    printed = {sheet.title() for sheet in FORM.sheets} | {str(col.title) for col in FORM.columns()}
    return {title for title in printed if len(title) >= SHORTEST_TITLE}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(REPO).as_posix())
def test_the_pipeline_knows_no_title_of_the_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [title for title in sorted(titles() - set(TRADE_WORDS)) if title in text] == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(REPO).as_posix())
def test_the_pipeline_does_not_know_what_the_teams_are_called(path: Path) -> None:
    settings = tomllib.loads((REPO / "schemas" / "campaign.toml").read_text(encoding="utf-8"))
    assert settings["campaign"]["unit"] not in path.read_text(encoding="utf-8")


def test_every_exception_is_still_needed() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in TEXTS)
    assert [word for word in TRADE_WORDS if word not in titles() or word not in texts] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(REPO).as_posix())
def test_a_module_stays_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < LONGEST_MODULE


def test_the_night_fits_on_one_screen() -> None:
    tree = ast.parse((REPO / "pipeline" / "run.py").read_text(encoding="utf-8"))
    night = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "run")
    assert night.end_lineno is not None
    assert night.end_lineno - night.lineno < LONGEST_RUN


def test_imports_point_one_way() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run([str(lint), "--no-cache"], cwd=REPO, capture_output=True, encoding="utf-8", check=False)
    assert found.returncode == 0, found.stdout


def test_the_version_is_said_once() -> None:
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changes = (REPO / "CHANGELOG.md").read_text(encoding="utf-8")
    assert project["version"] == pipeline.__version__
    assert f"## {pipeline.__version__}" in changes


def test_no_test_is_skipped_for_want_of_a_program() -> None:
    needed = ["soffice", "pdftoppm", "chromium"] if "HUIZONG_NO_SKIP" in os.environ else []
    assert [program for program in needed if shutil.which(program) is None] == []
