"""A night's rows as frames, sheet by sheet over all of its returns, to look at them in tests."""

from __future__ import annotations

from pipeline.frames import Stack
from pipeline.night import Night
from pipeline.stack import stack


def stacks_of(night: Night) -> dict[str, Stack]:
    """Stack every sheet over the night's submissions."""
    return stack([(each, night.parsed[each.sha256]) for each in night.submissions], night.campaign.form)[0]
