"""Which paragraph of a Word template is at fault, quoted so that its reader finds it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

LONGEST_QUOTE = 40
TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")
_WORD_S_OWN = re.compile(r"(\{[{%])(?:p|tr|tc|r)\s")  # a tag that takes its paragraph, row or cell with it
_BLOCK = re.compile(r"\{%-?\s*(?:(?:p|tr|tc|r)\s+)?(end)?(for|if)\b")
_COSTLY = re.compile(r"range|\*|macro|center|ljust|rjust|lipsum|\bset\b|~")
BLOCKS = {"for": "循环", "if": "条件"}


def quoted(paragraph: str, found: re.Match[str] | None = None) -> str:
    """Quote a paragraph, from a little before what was found in it."""
    first = max(0, found.start() - 8) if found and len(paragraph) > LONGEST_QUOTE else 0
    said = paragraph[first : first + LONGEST_QUOTE].strip()
    return f"“{'…' * (first > 0)}{said}{'…' * (first + LONGEST_QUOTE < len(paragraph))}”一段"


def naming(paragraphs: Iterable[str], name: str) -> str:
    """Quote the first paragraph one of whose tags has a name in it; "" if none has."""
    wanted = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    for paragraph in paragraphs:
        for tag in TAG.finditer(paragraph):
            if wanted.search(tag[0]):
                return quoted(paragraph, tag)
    return ""


def failing(
    paragraphs: Iterable[str],
    render: Callable[[str], object],
    mistake: Exception,
    kinds: tuple[type[Exception], ...],
) -> str:
    """Quote the first paragraph that fails by itself as the whole did; "" if none does. kinds: as which rendering may fail."""
    for paragraph in paragraphs:
        tag = TAG.search(paragraph)
        if tag is None:
            continue
        try:
            render(_WORD_S_OWN.sub(r"\1 ", paragraph))
        except kinds as again:  # others fail too, being parts of a loop or a condition
            if (type(again), str(again)) == (type(mistake), str(mistake)):
                return quoted(paragraph, tag)
    return ""


def unpaired(paragraphs: Sequence[str]) -> str:
    """Say which loop or condition has no end, or which end has no beginning, and where; "" if all are in pairs."""
    opened: list[tuple[str, str]] = []
    for paragraph in paragraphs:
        for tag in _BLOCK.finditer(paragraph):
            kind, where = tag[2], quoted(paragraph, tag)
            if not tag[1]:
                opened.append((kind, where))
            elif opened and opened[-1][0] == kind:
                opened.pop()
            elif not opened or kind not in [each for each, _ in opened]:
                return f"{where}的{BLOCKS[kind]}只有结尾 {{% end{kind} %}}，没有开头"
            else:
                return _without_end(*opened[-1])
    return _without_end(*opened[-1]) if opened else ""


def _without_end(kind: str, where: str) -> str:
    return f"{where}的{BLOCKS[kind]}没有结尾，缺少 {{% end{kind} %}}"


def costly(paragraphs: Iterable[str]) -> str:
    """Quote the first paragraph that may be the one that takes too much; "" if none looks so."""
    for paragraph in paragraphs:
        for tag in TAG.finditer(paragraph):
            if _COSTLY.search(tag[0]):
                return quoted(paragraph, tag)
    return ""
