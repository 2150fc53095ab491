"""Where in schemas/ sheets, their columns, the words of their Config and rules are declared: file, and line from 1."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pipeline.declare import Rule, Sheet

Place = tuple[str, int]
"""File name, and line from 1; 0 where the line is not known."""


def of_sheet(sheet: type[Sheet], *names: str) -> Place:
    """Find a sheet, or what it says under a name; under several, each is inside the one before: "Config", "title"."""
    if names and (col := sheet.columns().get(names[-1])) is not None:
        names = (*names[:-1], col.said_as or names[-1])
    path = _file(sheet.__module__)
    lines = _lines(path) if path.is_file() else {}
    wanted = (sheet.__name__, *names)
    while wanted and wanted not in lines:
        wanted = wanted[:-1]
    return path.name, lines.get(wanted, 0)


def of_rule(rule: Rule) -> Place:
    """Find a rule: the line on which its declaration begins."""
    code = getattr(rule.holds, "__code__", None)
    return (Path(code.co_filename).name, code.co_firstlineno) if code else ("__init__.py", 0)


def _file(module: str) -> Path:
    return Path(getattr(sys.modules.get(module), "__file__", None) or "")


@cache
def _lines(path: Path) -> dict[tuple[str, ...], int]:
    """Names, each behind the classes that it stands in, -> line."""
    return dict(_named(ast.parse(path.read_bytes()).body, ()))


def _named(body: list[ast.stmt], inside: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    for each in body:
        if isinstance(each, ast.ClassDef):
            yield (*inside, each.name), each.lineno
            yield from _named(each.body, (*inside, each.name))
        elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            yield (*inside, each.target.id), each.lineno
        elif isinstance(each, ast.Assign):
            yield from (((*inside, to.id), each.lineno) for to in each.targets if isinstance(to, ast.Name))
