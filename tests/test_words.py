"""A message has every word that it names: a misspelt one is found out before anybody has to read it."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import pipeline
from pipeline.campaign import load
from pipeline.declare import BUILTIN
from pipeline.declare.accepted import Plain
from pipeline.declare.rules import CELL_WORDS, words_of
from pipeline.errors import CampaignError
from pipeline.model import Submission, Table
from pipeline.wording import Place, found, found_in, reason

SENT = Submission("0", "表.xlsx", "", "ZF001", "2011-03", dt.date(2011, 3, 31), "")
PLACE = Place(Table(Plain, "表", [4], {"whole": 1}, {"whole": [None]}), 0, "whole", "1")
MODULES = sorted(Path(pipeline.__file__).parent.rglob("*.py"))
NAMED_BY = {"Remark": "sheet", "found": "sheet", "found_in": "cell", "_promise": "cell", "reason": "", "unknown": ""}
REFUSED = {"Refused", "Refusal"}
TRIED = {  # made of words that only running tells: a test of these modules makes each, and a missing word would raise there
    **dict.fromkeys(("S15", "S16"), "test_units_digits_serials.py"),
    **dict.fromkeys(("U02", "U03"), "test_repeats.py"),
    **dict.fromkeys(("B02", "B03", "B04", "Y01", "Y02", "Z01"), "test_figures.py"),
}

# Words by the code that they are given for: what is written at the place that makes the finding.


@cache
def places() -> dict[str, list[tuple[str, frozenset[str]]]]:
    """Every place in the pipeline that names a code and gives words: code -> (where, the words given there)."""
    made: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for path in MODULES:
        tree = ast.parse(path.read_text("utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                for code, words in given(call, function):
                    made.setdefault(code, []).append((f"{path.name}:{call.lineno}", frozenset(words)))
    return made


def given(call: ast.Call, function: ast.FunctionDef) -> Iterator[tuple[str, set[str]]]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    codes = [code for each in call.args[:1] for code in codes_in(each, function)]
    words = {keyword.arg for keyword in call.keywords if keyword.arg}
    if name in REFUSED:
        words = {"found"} if len(call.args) > 1 else set()
    elif name in NAMED_BY:
        words |= {word for each in call.args[1:] for word in words_in(each, function)}
        words |= CELL_WORDS if NAMED_BY[name] == "cell" else set()
    else:
        return
    yield from ((code, words) for code in codes)


def codes_in(node: ast.expr, function: ast.FunctionDef) -> set[str]:
    """The codes that an expression may give: written there, or in the assignment of its name."""
    if isinstance(node, ast.Name):
        return {code for value in assigned(node.id, function) for code in codes_in(value, function)}
    consts = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
    return {value for value in consts if isinstance(value, str) and value in BUILTIN}


def words_in(node: ast.expr, function: ast.FunctionDef) -> set[str]:
    """The keys of a dictionary, with those of the dictionaries that it is made of; of a function, those that it gives."""
    if isinstance(node, ast.Name):
        named = [value for value in assigned(node.id, function) if isinstance(value, ast.Dict)]
        inner = [each for each in ast.walk(function) if isinstance(each, ast.FunctionDef) and each.name == node.id]
        returned = [
            each.value for made in inner for each in ast.walk(made) if isinstance(each, ast.Return) and each.value
        ]
        return {word for each in (*named, *returned) for word in words_in(each, function)}
    if isinstance(node, ast.Lambda):
        return words_in(node.body, function)
    if not isinstance(node, ast.Dict):
        return set()
    keys = {key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    spread = [value for key, value in zip(node.keys, node.values, strict=True) if key is None]
    return keys.union(*(words_in(each, function) for each in spread))


def assigned(name: str, function: ast.FunctionDef) -> list[ast.expr]:
    return [
        each.value
        for each in ast.walk(function)
        if isinstance(each, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in each.targets)
    ]


def about_files_and_sheets() -> list[str]:
    """Codes of findings that are not about one cell: nothing but the place that makes them gives their words."""
    return [code for code in BUILTIN if code[0] in "FIS"]


@pytest.mark.parametrize("code", TRIED)
def test_what_cannot_be_read_off_the_code_is_made_in_a_test(code: str) -> None:
    assert f'"{code}"' in (Path(__file__).parent / TRIED[code]).read_text("utf-8").replace("'", '"')


@pytest.mark.parametrize("code", [code for code in about_files_and_sheets() if code not in TRIED])
def test_every_place_that_finds_something_gives_every_word(code: str) -> None:
    assert places().get(code), "made nowhere that could be found"
    for where, words in places()[code]:
        assert words_of(BUILTIN[code].says) <= words, where


@pytest.mark.parametrize("code", [code for code in BUILTIN if code not in (*about_files_and_sheets(), *TRIED)])
def test_what_a_cell_does_not_say_of_itself_is_given(code: str) -> None:
    needed = words_of(BUILTIN[code].says) - CELL_WORDS
    if code == "K01":
        assert needed == {"note"}  # given by `parse` where there is no fault
    elif needed:
        assert places().get(code), "made nowhere that could be found"
    for where, words in places().get(code, []):
        assert words_of(BUILTIN[code].says) <= words, where


def test_a_cell_gives_just_the_words_that_rules_may_name() -> None:
    assert set(PLACE.about()) == CELL_WORDS


@pytest.mark.parametrize("code", [code for code in BUILTIN if words_of(BUILTIN[code].says) - {"value"}])
def test_a_word_that_nobody_gives_raises(code: str) -> None:
    with pytest.raises(KeyError):
        found(code, SENT, {"value": 1, "titel": "misspelt"})
    with pytest.raises(TypeError):
        reason(code, value="1")


def test_a_word_that_the_message_lacks_raises() -> None:
    with pytest.raises(TypeError, match=r"F07.*found.*expectd"):
        reason("F07", expectd="misspelt")
    with pytest.raises(TypeError, match="F02"):
        reason("F02", found="too much")


def test_what_is_blank_is_still_called_so() -> None:
    assert "共（空）" not in found_in("R01", SENT, PLACE).says
    assert "（空）" in found("S04", SENT, {"value": None}).says


@pytest.mark.parametrize(
    ("written", "said"), [("{persns}", "V12.*persns.*走访台账"), ("{0}", "V12.*0"), ("{", "V12.*花括号")]
)
def test_a_message_that_names_what_nobody_fills_in_is_refused_at_load(workspace: Path, written: str, said: str) -> None:
    path = workspace / "schemas" / "visits.py"
    path.write_text(path.read_text("utf-8").replace("一次走访 {persons} 人", f"一次走访 {written} 人"), "utf-8")
    with pytest.raises(CampaignError, match=said):
        load(workspace)


def test_a_message_may_name_columns_limits_and_what_is_known_of_the_cell(workspace: Path) -> None:
    path = workspace / "schemas" / "visits.py"
    words = "{persons} 人（{cadre}，{usual}，{title}，{value}{unit}，{cell}）"
    path.write_text(path.read_text("utf-8").replace("一次走访 {persons} 人", f"一次走访 {words}"), "utf-8")
    assert load(workspace)
