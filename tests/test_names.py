"""Names are found in texts alike, whether a register has a few or very many."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import names
from pipeline.names import Names

WORDS = st.text("甲乙丙1a", min_size=1, max_size=70)


@settings(suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy with other tests
@given(st.sets(WORDS, min_size=1, max_size=30), st.lists(WORDS, max_size=4))
def test_many_are_found_as_a_few_are(known: set[str], said: list[str]) -> None:
    text = "".join([*said, *sorted(known)[:2]])
    few, many = Names(dict.fromkeys(known, 0)), Names(dict.fromkeys(known, 0))
    with pytest.MonkeyPatch.context() as patched:
        expected = few.inside(text)
        patched.setattr(names, "MANY", 0)
        assert many.inside(text) == expected


def test_a_name_of_nothing_stands_nowhere() -> None:
    assert Names({"": 1, "甲": 2}).inside("甲乙") == ["甲"]


def test_the_longest_stands_first() -> None:
    found = Names({"城关": 1, "城关镇": 2, "b": 3, "a": 4, "x": 5}).inside("a城关镇b")
    assert found == ["城关镇", "城关", "a", "b"]
