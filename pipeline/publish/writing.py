"""Correction workbooks written beside everything else: by the processes that read, which are idle now, and by this one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Semaphore
from types import TracebackType
from typing import Self

from pipeline import processes
from pipeline.campaign import Campaign, loaded
from pipeline.night import Night
from pipeline.publish.correction.workbook import Draft, draft_corrections, write_draft
from pipeline.publish.taking_over import TakingOver
from pipeline.publish.word.drafter import Drafter, templates
from pipeline.workers import GONE, Helpers

AHEAD = 2  # drafts per process that are handed on before the first is written


class Writing:
    """What writes a night's documents, used as a context manager. Without helpers it does all by itself."""

    def __init__(self, campaign: Campaign, helpers: Helpers | None = None) -> None:
        self._campaign, self._helpers = campaign, helpers
        self.drafter = Drafter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drafter.close()

    def prepare(self) -> None:
        """Let helpers load what they write with, and whoever fills in the Word drafts start, if there are any to fill in."""
        if self._helpers is not None:
            for _ in range(self._helpers.count):
                self._helpers.submit(_prepare, self._campaign.root, self._campaign.fingerprint)
        if templates(self._campaign.root / "schemas"):
            self.drafter.start()

    @contextmanager
    def correcting(self, night: Night, folder: Path, known: TakingOver | None = None) -> Iterator[None]:
        """Write the correction workbooks, beside whatever is done inside the `with`; all are there at its end.

        known: corrections of the last publication, of which those that would be the same are taken over.
        """
        pile = _Pile(draft_corrections(night, folder, known))
        with ThreadPoolExecutor(1) as hands:
            handed = hands.submit(self._hand_on, pile, begun := Event())
            begun.wait()  # what this process does is then done beside them
            try:
                yield
                for draft in pile:
                    write_draft(draft, self._campaign)
            finally:
                pile.clear()
        for draft, future in handed.result():
            try:
                future.result()  # raises here what a helper raised
            except GONE:  # it could not; this one may
                write_draft(draft, self._campaign)

    def _hand_on(self, pile: _Pile, begun: Event) -> list[tuple[Draft, Future[None]]]:
        """Hand drafts to helpers, never many at a time. Gives each with what came of it. begun: set once they have enough."""
        handed: list[tuple[Draft, Future[None]]] = []
        try:
            if self._helpers is None:
                return handed
            room = Semaphore(AHEAD * self._helpers.count)
            for draft in pile:
                if not room.acquire(blocking=False):
                    begun.set()
                    room.acquire()
                future = self._helpers.submit(_write, draft, self._campaign.root, self._campaign.fingerprint)
                future.add_done_callback(lambda _: room.release())
                handed.append((draft, future))
            return handed
        finally:
            begun.set()


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


def _prepare(root: Path, fingerprint: str) -> None:
    """Load, in a helping process, the campaign that it will write for."""
    processes.collect_rarely()
    loaded(root, fingerprint)


def _write(draft: Draft, root: Path, fingerprint: str) -> None:
    write_draft(draft, loaded(root, fingerprint))
