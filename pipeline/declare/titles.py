"""Titles as they are compared: what two headers must share to be taken for the same."""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.declare.kind import folded


@lru_cache(maxsize=20_000)
def header(text: str) -> str:
    """Normalise a header for matching: width, case, spaces and line breaks folded, units, marks and item numbers dropped."""
    plain = re.sub(r"[(\[【][^()\[\]【】]*[)\]】]", "", folded(text))
    plain = re.sub(r"(?<=.)(?:计量)?单位[:∶为].{1,9}$", "", plain)
    return re.sub(r"^(其中[:,]?|\*|[一二三四五六七八九十]+、|\d+[.、])|[*:]$", "", plain)
