"""Batches of returns checked by the processes that read, which have nothing to read by then."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path

from pipeline.cache import Cache
from pipeline.campaign import Campaign, loaded
from pipeline.checked import CheckedReturn
from pipeline.memory import Figures
from pipeline.model import Period, Submission
from pipeline.workers import GONE, Helpers

Made = Sequence[CheckedReturn] | None


class Spread:
    """Hands batches out, a few ahead, and gives what came of each in order. What returns say is taken from the cache.

    here: gives the hashes of teams' returns of the period before, if rules ask for their rows.
    """

    def __init__(
        self,
        helpers: Helpers,
        campaign: Campaign,
        period: Period,
        reading: str,
        previous: Mapping[str, Figures] | None,
        here: Callable[[Collection[str]], Mapping[str, str]] = lambda teams: {},
    ) -> None:
        self._helpers, self._previous, self._here = helpers, previous, here
        self._origin = campaign.root, campaign.fingerprint, reading, period.key

    def __call__(self, batches: Sequence[Sequence[Submission]]) -> Iterator[Made]:
        """Give the checked returns of each batch; None where no process could do it."""
        running: deque[Future[Made]] = deque()
        waiting = iter(batches)
        for batch in waiting:
            running.append(self._begin(batch))
            if len(running) > self._helpers.count:
                yield _ended(running.popleft())
        while running:
            yield _ended(running.popleft())

    def _begin(self, batch: Sequence[Submission]) -> Future[Made]:
        teams = {each.team for each in batch}
        before = None if self._previous is None else {k: v for k, v in self._previous.items() if k in teams}
        return self._helpers.submit(_examined, batch, *self._origin, before, self._here(teams))


def _ended(future: Future[Made]) -> Made:
    try:
        return future.result()
    except GONE:
        return None


def _examined(
    batch: Sequence[Submission],
    root: Path,
    fingerprint: str,
    reading: str,
    period: str,
    previous: Mapping[str, Figures] | None,
    before: Mapping[str, str],
) -> Made:
    """Check a batch in a process of its own; None if the cache does not have all of it."""
    from pipeline.examine import examine
    from pipeline.own_form import OwnForms

    campaign = loaded(root, fingerprint)
    kept = Cache(root, reading, OwnForms(campaign).renewed)
    returns = [(each, parsed) for each in batch if (parsed := kept.get(each.sha256))]
    earlier = {team: parsed for team, sha256 in before.items() if (parsed := kept.get(sha256))}
    if len(returns) < len(batch) or len(earlier) < len(before):
        return None
    (term,) = (each for each in campaign.periods if each.key == period)
    return examine(returns, campaign.in_period(period), term, previous, earlier)
