"""What is sent to the process that fills in a Word template, and what it may refuse. Imports nothing heavy."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.errors import CampaignError
from pipeline.processes import no_longer_than


class DraftTemplateError(CampaignError):
    """A Word template cannot be filled in; the text names it and what to change."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A document to be made. template: the bytes of schemas/<name>. values: by the names that stand in it, all plain.

    is_final: it is to be issued: nothing may stand in it any more that says that it is a draft.
    """

    name: str
    template: bytes
    values: Mapping[str, Any]
    title: str
    author: str
    day: dt.date
    is_final: bool = False


def too_much(draft: Draft) -> str:
    """Say that a template takes more than anything may, and which of its paragraphs it may be."""
    import docx

    from pipeline.publish.word.docx_parts import paragraphs
    from pipeline.publish.word.quoting import costly

    place = costly(paragraphs(docx.Document(io.BytesIO(draft.template))))
    says = "中有标记要算得太多，超出了限制，没有生成。请用 Word 或 WPS 删去这样的标记后再运行。"
    return f"模板 schemas/{draft.name} {place}{says}"


def prepare() -> None:
    """Load, in the process that will fill in templates, what that needs."""
    import pipeline.publish.word.bulletin  # noqa: F401


def fill_in(draft: Draft, seconds: float) -> bytes:
    """Make a document of a draft. Raises DraftTemplateError if its template cannot be filled in."""
    from pipeline.publish.word.bulletin import render

    with no_longer_than(seconds):
        return render(draft)
