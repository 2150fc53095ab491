"""REFERENCE.md: every word in which a campaign is written, with what is said of it where it is declared. Run by `make reference`.

A word is explained in a docstring (`under: what stands over the title …`, several at once as `ge, le: …`) or in a comment behind
its declaration. Indented lines of a docstring are examples, and stand as they are.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline import declare, settings
from pipeline.declare import Form, Sheet, column, columns, kinds, rule, sheet
from pipeline.declare.sheet import SheetOptions

PAGE = Path(__file__).parent.parent / "REFERENCE.md"
OF_READING = ("rules", "derived")  # fields of a form that it has once its folder is read: nobody writes them
HEAD = """# Reference

Every word in which a campaign is written, as it is explained where it is declared. Made by `make reference`; a test fails if it is
not what the code says.
"""
Words = dict[tuple[str, ...], str]
"""Words that are explained together -> the explanation."""


def page() -> str:
    """Write the page."""
    return "\n".join([HEAD, *_kinds(), *_column(), *_sheets(), *_form(), *_rule(), *_settings()]).rstrip() + "\n"


def unexplained() -> list[str]:
    """Name the words that nothing is said of."""
    told: list[tuple[str, Sequence[str], Words]] = [
        ("column", parameters(column), in_docstring(column, parameters(column))),
        ("rule", parameters(rule), in_docstring(rule, parameters(rule))),
        ("Config", fields(SheetOptions), of_class(SheetOptions)),
        ("Form", [name for name in fields(Form) if name not in OF_READING], of_class(Form)),
        *((each.__name__, fields(each), of_class(each)) for each in _of_settings().values()),
        *((name, *choices(module, name)) for module, name in LITERALS),
        ("kinds", [each.__name__ for each in _all_kinds()], {(k.__name__,): inspect.getdoc(k) or "" for k in _all_kinds()}),
    ]  # fmt: skip
    return [
        f"{of}: {word}"
        for of, words, said in told
        for word in words
        if not any(word in names and text for names, text in said.items())
    ]


# What is said in the code.


def parameters(function: Callable[..., Any]) -> list[str]:
    """Give the words that a function takes."""
    return list(inspect.signature(function).parameters)


def fields(of: type) -> list[str]:
    """Give the words that a class of settings takes, its own behind those of what it is made of."""
    return list(inspect.signature(of).parameters)


def in_docstring(of: Any, words: Sequence[str]) -> Words:
    """Take explanations out of a docstring: `word, word: what they mean`, at the start of a sentence, up to the next such."""
    one = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    begins = re.compile(rf"(?:(?<=^)|(?<=[.;:)] ))((?:{one})(?:, (?:{one}))*)(?: \([^)]*\))?: ")
    said: Words = {}
    for text in _paragraphs(of):
        flat = " ".join(text.split())
        found = [] if text.startswith("    ") else list(begins.finditer(flat))
        ends = [*(each.start() for each in found[1:]), len(flat)]
        for each, end in zip(found, ends, strict=True) if found else ():
            said[tuple(each[1].split(", "))] = flat[each.end() : end].strip().rstrip(";")
    return said


def of_class(of: type) -> Words:
    """Take explanations from the comments behind a class's fields, and from its docstring; those of its bases first."""
    words, said = fields(of), Words()
    for base in reversed(of.__mro__):
        if set(words) & set(vars(base).get("__annotations__", ())):
            said |= in_docstring(base, words) | _comments(base)
    return said


def _comments(of: type) -> Words:
    source = textwrap.dedent(inspect.getsource(of))
    lines, (made, *_) = source.splitlines(), ast.parse(source).body
    assert isinstance(made, ast.ClassDef)
    return {
        (node.target.id,): comment
        for node in made.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        if (comment := _comment(lines[node.lineno - 1 : node.end_lineno]))
    }


def _comment(lines: Sequence[str]) -> str:
    """Give the comment behind a declaration, which may take several lines."""
    return " ".join(found[1] for line in lines if (found := re.search(r"  # (?!type:|noqa)(.+)$", line)))


def _paragraphs(of: Any) -> list[str]:
    return re.split(r"\n\s*\n", inspect.getdoc(of) or "")


def choices(module: Any, name: str) -> tuple[list[str], Words]:
    """Give the words of a Literal, and the comments behind them."""
    source = inspect.getsource(module)
    node = next(
        each for each in ast.parse(source).body
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name) and each.targets[0].id == name
    )  # fmt: skip
    lines = source.splitlines()
    values = [each for each in ast.walk(node.value) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    ordered = sorted(values, key=lambda each: (each.lineno, each.col_offset))
    said = {(str(each.value),): _comment([lines[each.lineno - 1]]) for each in ordered}
    return [str(each.value) for each in ordered], said


# The sections.

LITERALS = ((columns, "Role"), (columns, "Within"), (sheet, "SheetRole"), (sheet, "Answers"))


def _all_kinds() -> list[type[kinds.Kind]]:
    named = (getattr(declare, name) for name in declare.__all__)
    return [each for each in named if inspect.isclass(each) and issubclass(each, kinds.Kind)]


def _kinds() -> Iterator[str]:
    yield from ("## Kinds of column", "", "The annotation of a column: `persons: Count = column(…)`.", "")
    yield from ("| kind | on the form | what it holds |", "|---|---|---|")
    for kind in _all_kinds():
        yield f"| `{kind.__name__}` | {kind.label} | {_cell(' '.join(_paragraphs(kind)[0].split()))} |"
    yield ""


def _column() -> Iterator[str]:
    yield from ("## column", "", "The words of a column, behind its title.", "")
    yield from _table(in_docstring(column, parameters(column)), _defaults(column))
    yield from _further(column, parameters(column))
    yield from ("### Roles of a column", "", "What `role` may be.", "", *_literal(columns, "Role"))
    yield from ("### Days within", "", "What `within` may be.", "", *_literal(columns, "Within"))


def _sheets() -> Iterator[str]:
    yield from ("## Config", "", "The words of a sheet, in its `class Config`.", "")
    yield from _table(of_class(SheetOptions), _defaults(SheetOptions))
    for of in (*reversed(SheetOptions.__mro__[:-1]), Sheet):
        yield from _further(of, fields(SheetOptions))
    yield from ("### Roles of a sheet", "", "What `role` may be.", "", *_literal(sheet, "SheetRole"))
    yield from ("### Answers of a card", "", "What `answers` may be.", "", *_literal(sheet, "Answers"))


def _form() -> Iterator[str]:
    yield from ("## Form", "", "The words of `FORM = Form(…)` in `schemas/__init__.py`.", "")
    said = {words: text for words, text in of_class(Form).items() if not set(words) & set(OF_READING)}
    yield from (*_table(said, _defaults(Form)), *_further(Form, fields(Form)))


def _rule() -> Iterator[str]:
    yield from ("## rule", "", "The words of `@rule(…)` over a function that says what must hold.", "")
    yield from (*_table(in_docstring(rule, parameters(rule)), _defaults(rule)), *_further(rule, parameters(rule)))
    yield from (
        f"A rule's message may also name {', '.join(f'`{{{word}}}`' for word in sorted(declare.rules.CELL_WORDS))}.",
        "",
    )


def _of_settings() -> dict[str, type]:
    return {
        "[campaign]": settings.Settings, "[[period]]": settings.PeriodEntry, "[spot_check]": settings.SpotCheck,
        "": settings.CampaignFile,
    }  # fmt: skip


def _settings() -> Iterator[str]:
    yield from ("## campaign.toml", "")
    for title, of in _of_settings().items():
        yield from (f"### {title or 'Its parts'}", "", *_table(of_class(of), _defaults(of)))


def _table(said: Words, defaults: Mapping[str, str]) -> Iterator[str]:
    yield from ("| word | if it is not said | what it means |", "|---|---|---|")
    for words, text in said.items():
        shown = [(f"`{word}`: " if len(words) > 1 else "") + defaults[word] for word in words if defaults.get(word)]
        yield f"| {', '.join(f'`{word}`' for word in words)} | {_cell(', '.join(shown))} | {_cell(text)} |"
    yield ""


def _literal(module: Any, name: str) -> Iterator[str]:
    yield from ("| word | what it means |", "|---|---|")
    for words, text in choices(module, name)[1].items():
        yield f'| `"{words[0]}"` | {_cell(text)} |'
    yield ""


def _further(of: Any, words: Sequence[str]) -> Iterator[str]:
    """Give the paragraphs of a docstring that explain no single word, and its examples, behind its first."""
    told = {" ".join(text.split()) for text in in_docstring(of, words).values()}
    for text in _paragraphs(of)[1:]:
        flat = " ".join(text.split())
        if text.startswith("    "):
            yield from ("```", textwrap.dedent(text), "```", "")
        elif not any(flat.rstrip(";").endswith(each) for each in told):
            yield from (flat, "")


def _defaults(of: Callable[..., Any]) -> dict[str, str]:
    empty = inspect.Parameter.empty
    found = {name: each.default for name, each in inspect.signature(of).parameters.items()}
    return {name: "must be said" if value is empty else _shown(value) for name, value in found.items()}


def _shown(value: Any) -> str:
    is_plain = isinstance(value, str | int | float | bool) and value != ""
    return f"`{value!r}`" if is_plain else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    sys.exit("\n".join(f"nothing is said of {word}" for word in unexplained()) or 0)
