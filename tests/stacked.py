"""A night's rows as frames, sheet by sheet over all of its returns, to look at them in tests."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.frames import Stack
from pipeline.night import Night
from pipeline.stack import stack

MOST = 4  # nights whose rows are kept at hand: tests ask for those of the same nights over and over
_known: dict[int, tuple[Night, Mapping[str, Stack]]] = {}


def stacks_of(night: Night) -> Mapping[str, Stack]:
    """Stack every sheet over the night's submissions. The frames are for reading only."""
    if id(night) not in _known:
        if len(_known) >= MOST:
            del _known[next(iter(_known))]
        returns = [(each, night.parsed[each.sha256]) for each in night.submissions]
        # The night is kept with them: so its id is nobody else's meanwhile.
        _known[id(night)] = night, stack(returns, night.campaign.form)[0]
    return _known[id(night)][1]
