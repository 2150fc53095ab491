"""What the pipeline says to senders, as its source has it: the texts that go through a campaign's words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pipeline
from pipeline.declare import BUILTIN, Severity
from pipeline.declare.kind import Kind

HERE = Path(pipeline.__file__).parent
SOURCE = sorted(HERE.rglob("*.py"))
SPEAKING = (
    "check",
    "declare",
    "layout",
    "publish/correction",
    "publish/form",
    "answers.py",
    "versions.py",
    "wording.py",
)
TO_OTHERS = (
    "check/rules.py",
    "check/trial.py",
    "check/whose.py",
    "declare/accepted.py",
    "declare/columns.py",
    "declare/over.py",
    "layout/units.py",
)  # or patterns


@cache
def texts() -> dict[str, str]:
    """Every text that is written where it is said, or as a constant -> where that is."""
    found = {each.says: f"catalogue.py, {each.code}" for each in BUILTIN.values()}
    found |= {each.title: "rules.py, Severity" for each in Severity}
    found |= {kind.label: f"{kind.__name__}.label" for kind in _kinds(Kind)}
    for path, node in _nodes():
        if isinstance(node, ast.Call) and node.args and _speaks(node.func):
            found |= dict.fromkeys(_texts(node.args[0]), f"{path.name}:{node.lineno}")
    return found


@cache
def quoted() -> set[str]:
    """Every string that stands in the source, whatever for."""
    return {node.value for _, node in _nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def put_together() -> list[str]:
    """Where those who speak to senders put a text together themselves, out of pieces of Chinese."""
    return [
        f"{name}:{node.lineno}"
        for path, node in _nodes()
        if isinstance(node, ast.JoinedStr)
        and (name := path.relative_to(HERE).as_posix()).startswith(SPEAKING)
        and name not in TO_OTHERS
        and any(isinstance(part, ast.Constant) and re.search("[\u3400-\u9fff]{2}", part.value) for part in node.values)
    ]


def _kinds(kind: type[Kind]) -> Iterator[type[Kind]]:
    for each in kind.__subclasses__():
        yield from (each, *_kinds(each))


def _speaks(called: ast.expr) -> bool:
    """Tell `words(…)`, `words.of(…)`, `col.words(…)` and `sheet.wording()(…)` from other calls."""
    name = ast.unparse(called).removesuffix(".of")
    return name == "in_any" or name.endswith(("words", "wording()"))


def _texts(node: ast.expr) -> Iterator[str]:
    """Give what an argument may be: written there, either way of a choice, or the constant that it names."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))
    elif isinstance(node, ast.Name) and node.id.isupper():
        yield from _constants()[node.id]


@cache
def _constants() -> dict[str, list[str]]:
    """The texts of the constants of all modules, by name; of a pair of them, both under either name."""
    known: dict[str, list[str]] = {}
    for _, node in _nodes():
        if isinstance(node, ast.Assign):
            inside = [each.value for each in ast.walk(node.value) if isinstance(each, ast.Constant)]
            for target in (each for to in node.targets for each in ast.walk(to) if isinstance(each, ast.Name)):
                known.setdefault(target.id, []).extend(text for text in inside if isinstance(text, str))
    return known


@cache
def _nodes() -> list[tuple[Path, ast.AST]]:
    return [(path, node) for path in SOURCE for node in ast.walk(ast.parse(path.read_text("utf-8")))]
