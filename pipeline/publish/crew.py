"""Correction workbooks written by several processes: helpers start while returns are checked, and this one joins them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from pipeline import processes
from pipeline.campaign import Campaign, load
from pipeline.errors import CampaignError
from pipeline.night import Night
from pipeline.publish.correction import Draft, draft_corrections, write_draft
from pipeline.publish.drafter import Drafter, templates

FEW = 60  # so many are written sooner than processes that could help have started


class Crew:
    """Processes that help to write; used as a context manager. Without `prepare` there are none, and that works too."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self._origin = campaign.root, campaign.fingerprint
        self.drafter = Drafter()
        self._helpers: ProcessPoolExecutor | None = None
        self._hands = 0  # threads that take from the pile for the helpers: three each, so that none has to wait

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drafter.close()
        if self._helpers is not None:
            self._helpers.shutdown(cancel_futures=True)

    def prepare(self, returns: int) -> None:
        """Let helpers start, if that many returns could mean enough to write, and whoever fills in the drafts."""
        if templates(self._campaign.root / "schemas"):
            self.drafter.start()
        count = processes.count() - 1
        if returns > FEW and count:
            self._hands = 3 * count
            self._helpers = ProcessPoolExecutor(count, processes.context(), processes.attend)
            for _ in range(count):
                self._helpers.submit(_campaign, *self._origin)

    @contextmanager
    def correcting(self, night: Night, folder: Path) -> Iterator[None]:
        """Write the correction workbooks, beside whatever is done inside the `with`; all are written at its end."""
        pile = _Pile(draft_corrections(night, folder))
        with ThreadPoolExecutor(max(1, self._hands)) as hands:
            handed = [hands.submit(self._hand_on, pile) for _ in range(self._hands)]
            try:
                yield
                for draft in pile:
                    write_draft(draft, self._campaign)
            finally:
                pile.clear()
        for each in handed:
            each.result()  # raises here what a helper raised
        if self._helpers is not None:
            self._helpers.shutdown(wait=False)  # they have nothing left to do, and end while this one goes on

    def _hand_on(self, pile: _Pile) -> None:
        assert self._helpers is not None
        for draft in pile:
            self._helpers.submit(_write, draft, *self._origin).result()


class _Pile:
    """Drafts that several threads take from, each composed when it is taken."""

    def __init__(self, drafts: Iterator[Draft]) -> None:
        self._drafts, self._lock = drafts, Lock()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Draft:
        with self._lock:
            return next(self._drafts)

    def clear(self) -> None:
        """Leave nothing to be taken."""
        with self._lock:
            self._drafts = iter(())


@cache
def _campaign(root: Path, fingerprint: str) -> Campaign:
    """Load, in a helping process and once, the campaign that it writes for."""
    processes.collect_rarely()
    campaign = load(root)
    if campaign.fingerprint != fingerprint:
        raise CampaignError("运行期间 schemas 文件夹被修改。请保存好修改后再运行一次。")
    return campaign


def _write(draft: Draft, root: Path, fingerprint: str) -> None:
    write_draft(draft, _campaign(root, fingerprint))
