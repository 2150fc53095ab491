"""Titles as they are compared: what two headers must share to be taken for the same."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.declare.kind import folded

if TYPE_CHECKING:
    from pipeline.declare.columns import Column


@lru_cache(maxsize=20_000)
def header(text: str) -> str:
    """Normalise a header for matching: width, case, spaces and line breaks folded, units, marks and item numbers dropped."""
    plain, within = folded(text), 1
    while within:  # brackets within brackets: （台（套））
        plain, within = re.subn(r"[(\[【][^()\[\]【】]*[)\]】]", "", plain)
    plain = re.sub(r"(?<=.)(?:计量)?单位[:∶为].{1,9}$", "", plain)
    return re.sub(r"^(其中[:,]?|\*|[一二三四五六七八九十]+、|\d+[.、])|[*:]$", "", plain)


@lru_cache(maxsize=4_000)
def heading(text: str) -> str:
    """Normalise what stands over a group of columns; what is all in brackets （4—6月） is what it says."""
    return header(text) or folded(text).strip("()[]【】")


def path_of(col: Column) -> str:
    """Give the path of a declared column as the paths of a header are given: what stands over itself is said once."""
    path = [*map(heading, col.under), header(col.lowest)]
    return "".join(text for text, above in zip(path, ["", *path], strict=False) if text != above)
