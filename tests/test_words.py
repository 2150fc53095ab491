"""A message has every word that it names: a misspelt one is found out before anybody has to read it."""

from __future__ import annotations

import ast
import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import pipeline
from pipeline.campaign import load
from pipeline.declare import BUILTIN
from pipeline.declare.accepted import Plain
from pipeline.declare.catalogue import LOST
from pipeline.declare.rules import CELL_WORDS, words_of
from pipeline.errors import CampaignError
from pipeline.model import Submission, Table
from pipeline.wording import Place, found, found_in, reason
from pipeline.words import CHINESE

SENT = Submission("0", "表.xlsx", "", "ZF001", "2011-03", dt.date(2011, 3, 31), "")
PLACE = Place(Plain, Table(Plain.key(), "表", [4], {"whole": 1}, {"whole": [None]}), 0, "whole", "1")
MODULES = [
    path for path in sorted(Path(pipeline.__file__).parent.rglob("*.py")) if path.parent.name not in ("declare", "demo")
]  # what kinds of column find, the cell says of itself
GIVEN_BESIDE = {
    "Remark": frozenset(("sheet",)),
    "found": frozenset(("sheet",)),
    "found_in": CELL_WORDS,
    "_promise": CELL_WORDS,
}
BY_WORD = {"reason", "unknown"}
REFUSED = {"Refused", "Refusal"}


@dataclass(frozen=True)
class Made:
    """One place that makes a finding: the words that it gives. Where that cannot be told, all that its module quotes."""

    where: str
    words: frozenset[str]


@cache
def places() -> dict[str, list[Made]]:
    """Every place in the pipeline that names a code: code -> what is given there."""
    made: dict[str, list[Made]] = {}
    for path in MODULES:
        tree = ast.parse(path.read_text("utf-8"))
        told: set[ast.AST] = set()
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                if call not in told and (words := given(call, function)) is not None:
                    told |= set(ast.walk(call))
                    for code in codes_in(call.args[0], function):
                        made.setdefault(code, []).append(Made(f"{path.name}:{call.lineno}", frozenset(words)))
        quoted = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        quoted |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg}
        for code in quoted & set(BUILTIN) - set(made):
            made[code] = [Made(path.name, frozenset(quoted) | CELL_WORDS)]
    return made


def given(call: ast.Call, function: ast.FunctionDef) -> set[str] | None:
    """The words that a call gives to the message of the code in front; None if that cannot be told, or it is another call."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if not call.args or not codes_in(call.args[0], function):
        return None
    if name in REFUSED:
        return {"found"} if len(call.args) > 1 else set()
    if name in BY_WORD:
        return {keyword.arg for keyword in call.keywords if keyword.arg}
    if name not in GIVEN_BESIDE:
        return None
    words = set(GIVEN_BESIDE[name])
    for each in call.args[-1:] if len(call.args) > 1 and name != "found_in" else call.args[3:]:
        inside = words_in(each, function)
        if inside is None:
            return None
        words |= inside
    return words


def codes_in(node: ast.expr, function: ast.FunctionDef) -> set[str]:
    """The codes that an expression may give: written there, or in the assignment of its name."""
    if isinstance(node, ast.Name) and node.id == "LOST":
        return {LOST}
    if isinstance(node, ast.Name):
        return {code for value in assigned(node.id, function) for code in codes_in(value, function)}
    consts = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
    return {value for value in consts if isinstance(value, str) and value in BUILTIN}


def words_in(node: ast.expr, function: ast.FunctionDef) -> set[str] | None:
    """The keys of a dictionary, with those of the dictionaries that it is made of; of a function, those that it returns."""
    if isinstance(node, ast.Name):
        inner = [each for each in ast.walk(function) if isinstance(each, ast.FunctionDef) and each.name == node.id]
        returned = [
            each.value for made in inner for each in ast.walk(made) if isinstance(each, ast.Return) and each.value
        ]
        found = [words_in(each, function) for each in (*assigned(node.id, function), *returned)]
        known = [words for words in found if words is not None]
        return set.union(*known) if known and len(known) == len(found) else None
    if isinstance(node, ast.Lambda):
        return words_in(node.body, function)
    if not isinstance(node, ast.Dict):
        return None
    words = {key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    for key, value in zip(node.keys, node.values, strict=True):
        inside = set() if key is not None else words_in(value, function)
        if inside is None:
            return None
        words |= inside
    return words


def assigned(name: str, function: ast.FunctionDef) -> list[ast.expr]:
    return [
        each.value
        for each in ast.walk(function)
        if isinstance(each, ast.Assign | ast.AnnAssign)
        and each.value is not None
        and any(
            isinstance(to, ast.Name) and to.id == name
            for to in (each.targets if isinstance(each, ast.Assign) else [each.target])
        )
    ]


@pytest.mark.parametrize("code", BUILTIN)
def test_every_place_that_finds_something_gives_every_word(code: str) -> None:
    needed = words_of(BUILTIN[code].says)
    if needed - CELL_WORDS or code[0] in "FIS":
        assert places().get(code), "made nowhere"
    for made in places().get(code, []):
        assert needed <= made.words | ({"note"} if code == "K01" else set()), made.where


def test_most_places_can_be_told_from_their_own_words() -> None:
    assert sum(":" in made.where for each in places().values() for made in each) >= 60


def test_a_cell_gives_just_the_words_that_rules_may_name() -> None:
    assert set(PLACE.about()) == CELL_WORDS


@pytest.mark.parametrize("code", [code for code in BUILTIN if words_of(BUILTIN[code].says) - {"value"}])
def test_a_word_that_nobody_gives_raises(code: str) -> None:
    with pytest.raises(KeyError):
        found(code, SENT, {"value": 1, "titel": "misspelt"}, words=CHINESE)
    with pytest.raises(TypeError):
        reason(code, value="1")


def test_a_word_that_the_message_lacks_raises() -> None:
    with pytest.raises(TypeError, match=r"F07.*found.*expectd"):
        reason("F07", expectd="misspelt")
    with pytest.raises(TypeError, match="F02"):
        reason("F02", found="too much")


def test_what_is_blank_is_still_called_so() -> None:
    assert "共（空）" not in found_in("R01", SENT, PLACE).says
    assert "（空）" in found("S04", SENT, {"value": None}, words=CHINESE).says


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
