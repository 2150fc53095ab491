"""Names for what is printed: of classes and fields, and titles that no two sheets share."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata

import pipeline.declare
from pipeline.declare import Sheet
from pipeline.declare.kinds import folded

LONGEST_NAME = 24  # characters of a name in the code
LONGEST_TAB = 31
TAKEN = frozenset((*dir(Sheet), *keyword.kwlist, *dir(builtins), "Config", "column", "team", "submission", "record"))
VOCABULARY = frozenset((*pipeline.declare.__all__, *keyword.kwlist, "FORM"))


def free_title(text: str, titles: set[str]) -> str:
    """Make a title that no other sheet has and that a tab may bear."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", text).strip(" '").lstrip("_")[:LONGEST_TAB].strip(" '") or "表"
    number, title = 2, plain
    while folded(title) in titles:
        title, number = f"{plain[: LONGEST_TAB - 3]}{number}", number + 1
    titles.add(folded(title))
    return title


def identifier(text: str, taken: set[str], *, is_class: bool = False) -> str:
    """Make a name that Python takes out of a title, and note it: the title's own letters, without what is in brackets.

    A maintainer who reads 项目名称: Text = column("项目名称") has to learn no second name, whatever the language.
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"^(\d+[.、]|[一二三四五六七八九十]+、)|[（(\[【][^（()）]*[)）\]】]", " ", plain)
    plain = re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", re.sub(r"\W+", " ", plain).strip())
    if is_class:
        plain = "".join(word[:1].upper() + word[1:] for word in re.split(r"[ _]", plain))
    else:
        plain = re.sub(r"[ _]+", "_", plain).lower()
    plain = unicodedata.normalize("NFKC", plain[:LONGEST_NAME]).strip("_")
    if not plain.isidentifier():
        plain = f"{'表' if is_class else '栏'}{plain}" if f"表{plain}".isidentifier() else "表" if is_class else "栏"
    name, number = plain, 2
    if plain in TAKEN or plain in VOCABULARY:
        name = plain = f"{plain}_"
    while name in taken or _as_file(name) in taken:
        name, number = f"{plain.rstrip('_')}_{number}", number + 1
    taken |= {name, _as_file(name)} if is_class else {name}
    return name


def _as_file(name: str) -> str:
    """Mark the name of a class as that of its module: some systems take files of one name in other cases for the same."""
    return f"{name.casefold()}.py"
