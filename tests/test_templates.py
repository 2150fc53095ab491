"""A Word template that somebody spoilt: one sentence with its paragraph, and the last good one stays; `lint` tells before."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import docx
import pytest
from click.testing import CliRunner
from conftest import DUE

from pipeline.campaign import load
from pipeline.cli import huizong
from pipeline.demo import make_district
from pipeline.disk import sha256_of
from pipeline.lint import lint
from pipeline.publish.word.draft import DraftTemplateError
from pipeline.publish.word.drafter import Drafter, Limits
from pipeline.run import run
from pipeline.workspace import create

SPOILT = {
    "a misspelt field": ("本期实报{{ 实抱 }}个。", "“本期实报{{ 实抱 }}个。”一段中的“实抱”没有对应的数值"),
    "a loop that nobody closed": (
        "退改的有{% for 队 in 退改 %}{{ 队.名称 }}、等。",
        "“退改的有{% for 队 in 退改 %}{{ 队.名称 }}、等。”一段的循环没有结尾，缺少 {% endfor %}",
    ),
    "braces of full width": ("本期实报｛｛ 实报 ｝｝个。", "“本期实报｛｛ 实报 ｝｝个。”一段有多余的、全角的或者不成对的花括号"),
    "a loop without end": (
        "共{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}个。",
        "“共{% for i in range(99999) %}{% for j in…”一段中有标记要算得太多",
    ),
    "a program that is to be run": (
        "{{ lipsum.__globals__['os'].popen('touch executed') }}",
        "“{{ lipsum.__globals__['os'].popen('touch…”一段中的标记不能使用：标记只能取用数值，不能运行程序",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign after a good night with one return."""
    root = tmp_path_factory.mktemp("good") / "campaign"
    create(root)
    campaign = load(root)
    make_district(campaign, campaign.periods[0], root / "inbox", clean=True, teams=1)
    run(root, DUE, workers=1)
    return root


@pytest.fixture
def root(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, where no template may take long."""
    for place in ("pipeline.publish.writing.Drafter", "pipeline.lint.Drafter"):
        monkeypatch.setattr(place, lambda: Drafter(Limits(seconds=1.5, memory_mb=400)))
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(good, tmp_path / "campaign"))


def spoil(root: Path, text: str, before: str = "二、主要成效") -> None:
    """Put a paragraph into the bulletin's template, where the office might have written it."""
    path = root / "schemas" / "bulletin.docx"
    document = docx.Document(str(path))
    next(each for each in document.paragraphs if each.text == before).insert_paragraph_before(text)
    document.save(str(path))


@pytest.mark.parametrize("case", SPOILT)
def test_a_spoilt_template_is_one_sentence_and_the_last_good_bulletin_stays(root: Path, case: str) -> None:
    text, says = SPOILT[case]
    spoil(root, text)
    night = root / "outbox" / DUE.isoformat()
    before = {path: sha256_of(path) for path in night.rglob("*") if path.is_file()}
    with pytest.raises(DraftTemplateError) as refused:
        run(root, DUE, workers=1)
    told = str(refused.value)
    assert told.startswith("模板 schemas/bulletin.docx ") and says in told
    assert told.endswith("再运行。") or told.endswith("写在同一段内。")
    assert not re.search(r"[A-Za-z]{4,}", re.sub(r"“.*?”一段|schemas/bulletin\.docx|\{%.*?%\}|Word", "", told))
    assert {path: sha256_of(path) for path in night.rglob("*") if path.is_file()} == before
    assert not list(root.parent.rglob("executed"))


@pytest.mark.slow
def test_what_only_an_eventful_night_would_say_is_tried_too(root: Path) -> None:
    spoil(root, "{% if 上次 %}{% for 队 in 上次.未整改 %}{{ 队.名子 }}{% endfor %}{% endif %}")
    (wrong,) = lint(root)
    assert "中的“名子”没有对应的数值" in str(wrong) and "队.名子" in str(wrong)


@pytest.mark.slow
def test_a_template_that_could_not_be_issued_is_told_of_before_it_is(root: Path) -> None:
    spoil(root, "草　稿")
    said = CliRunner().invoke(huizong, ["lint", "-C", str(root)])
    assert said.exit_code == 3 and "“草　稿”一段只该出现在草稿上" in said.output
