"""What is held in less space is still the mapping that it was, also after it was sent or kept."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from pipeline.cache import Cache
from pipeline.checked import CheckedReturn, Declared, Lines
from pipeline.entries import Entries, alike

SAID = {"cadres": 3, "days": None, "funds": "12.50"}


def test_entries_say_what_they_were_made_of() -> None:
    entries = Entries(SAID)
    assert entries == SAID and list(entries.items()) == list(SAID.items())
    assert {**entries, "cadres": 4} == {**SAID, "cadres": 4}
    assert entries.get("nobody", 7) == 7 and "nobody" not in entries and entries != Entries({**SAID, "cadres": 4})
    assert list(entries.values()) == [*SAID.values()] and "days" in entries and entries.get("days", 7) is None
    assert Entries(SAID) == entries != {**SAID, "nobody": 1} and entries != 3
    with pytest.raises(KeyError):
        entries["nobody"]


def test_names_in_another_order_are_other_names() -> None:
    turned = dict(reversed(SAID.items()))
    assert list(Entries(turned).items()) == list(turned.items()) and Entries(turned) == Entries(SAID)


def test_wholes_that_are_alike_are_one() -> None:
    assert alike({"a": (1, 2)}) is alike({"a": (1, 2)}) is not alike({"a": (2, 1)})


def test_what_is_known_of_a_return_is_the_same_when_it_comes_back(tmp_path: Path) -> None:
    checked = CheckedReturn(
        findings=[],
        figures={"value": SAID},  # type: ignore[dict-item]  # any values will do
        sums={"cadres": 3},
        amounts={("visits", "spent"): b"12345678"},
        lines={"visits": Lines(b"12345678", b"\1", "走访", {"serial": 1})},
        declared=Declared("汇总", {"cadres": (7, 2)}, {"cadres": 3}),
    )
    cache = Cache(tmp_path, "0" * 16)
    cache.keep([("ab" * 32, "01", checked)])
    kept = cache.checked("ab" * 32, "01")
    assert kept == checked == pickle.loads(pickle.dumps(checked))
    assert isinstance(kept, CheckedReturn) and kept.declared and checked.declared
    assert kept.declared.positions is checked.declared.positions
