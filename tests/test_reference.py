"""REFERENCE.md is what the code says of its words, and every word is told of."""

from __future__ import annotations

from typing import Literal

import reference

TOLD_AND_UNTOLD = Literal[
    "told",  # what it means
    "untold",
]


class Words:
    """The words.

    first, second: told together. third: what it is, as `first: no word here`.

        an: example

    Further: this is no word.
    """

    first: int = 1
    second: int = 2
    third: int = 3
    fourth: int = 4  # told behind it
    fifth: int = 5

    def __init__(self, first: int, second: int, third: int, fourth: int, fifth: int) -> None: ...


def test_the_page_is_what_the_code_says() -> None:
    assert reference.PAGE.read_text("utf-8") == reference.page(), "make reference"


def test_every_word_is_explained_where_it_is_declared() -> None:
    assert reference.unexplained() == []


def test_what_is_explained_stands_on_the_page() -> None:
    words, page = reference.parameters(reference.column), reference.PAGE.read_text("utf-8")
    said = reference.of_class(reference.SheetOptions) | reference.in_docstring(reference.column, words)
    assert [text for text in said.values() if text not in page] == []


def test_explanations_are_taken_from_docstrings_and_comments() -> None:
    said = reference.of_class(Words)
    assert said == {
        ("first", "second"): "told together.",
        ("third",): "what it is, as `first: no word here`.",
        ("fourth",): "told behind it",
    }


def test_a_word_without_an_explanation_is_found() -> None:
    import sys

    words, said = reference.choices(sys.modules[__name__], "TOLD_AND_UNTOLD")
    assert words == ["told", "untold"] and said == {("told",): "what it means", ("untold",): ""}
