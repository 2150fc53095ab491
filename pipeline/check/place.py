"""Where a row of a stack stands in the file that it came from."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.model import Stack, Submission
from pipeline.wording import Place


def at(stack: Stack, index: int, field: str, submissions: Sequence[Submission]) -> tuple[Submission, Place]:
    """Give the submission of a row of the frame, and the place of one of its cells there."""
    table, line = stack.where(index)
    return submissions[int(stack.submission[index])], Place(stack.sheet, table, line, field, stack.subject(index))
