"""What each kind of column accepts: every example is read by its kind, and the manual prints these examples."""

from __future__ import annotations

import re

import pytest
from conftest import REPO

from pipeline.declare.accepted import KINDS, markdown, plain_column
from pipeline.declare.kind import Example, Kind

EXAMPLES = [(kind, example) for kind in KINDS for example in kind.cases]
MARKS = r"<!-- accepted -->\n(.*?)\n<!-- /accepted -->"


@pytest.mark.parametrize(
    ("kind", "example"), EXAMPLES, ids=lambda each: getattr(each, "__name__", None) or repr(each.typed)
)
def test_an_example_is_read_as_it_says(kind: type[Kind], example: Example) -> None:
    parsed = kind.parse_cell(example.typed, plain_column(kind))
    assert (parsed.value, parsed.fault or "", bool(parsed.note)) == (example.value, example.fault, example.is_noted)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_shows_what_it_accepts_and_what_it_notes(kind: type[Kind]) -> None:
    outcomes = {(bool(example.fault), example.is_noted) for example in kind.cases}
    assert (False, False) in outcomes
    assert len(outcomes) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_blank_cell_is_no_fault(kind: type[Kind]) -> None:
    for blank in (None, "", " ", "\u3000\u00a0\u200b"):
        parsed = kind.parse_cell(blank, plain_column(kind))
        assert (parsed.value, parsed.fault) == (None, None)


def test_the_manual_prints_the_examples() -> None:
    printed = re.search(MARKS, (REPO / "README.zh.md").read_text(encoding="utf-8"), re.DOTALL)
    assert printed is not None
    assert printed[1].strip() == markdown()
