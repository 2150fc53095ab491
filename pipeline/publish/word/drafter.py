"""The drafts of a night, filled in by a process of their own: a template that never ends, or wants it all, harms no night."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pebble import ProcessPool

from pipeline import confine, processes
from pipeline.night import Night
from pipeline.publish.word.account import account
from pipeline.publish.word.draft import Draft, DraftTemplateError, fill_in, prepare, too_much
from pipeline.publish.word.stamp import Stamp
from pipeline.workers import GONE

BULLETIN, BULLETIN_DRAFT = "bulletin.docx", "督查通报(草稿).docx"
_DOCUMENTS = {
    BULLETIN: (BULLETIN_DRAFT, "督查通报（草稿）"),
    "brief.docx": ("工作简报(草稿).docx", "工作简报（草稿）"),
}


def templates(schemas: Path) -> list[str]:
    """Name the Word templates that a campaign has."""
    return [name for name in _DOCUMENTS if (schemas / name).is_file()]


def draft_of(night: Night, name: str, stamp: Stamp | None = None) -> Draft:
    """Say how a template is to be filled in for a night. A campaign without this template gets a fresh one.

    stamp: of a bulletin that is issued; without it, it is a draft.
    """
    path, settings = night.campaign.root / "schemas" / name, night.campaign.settings
    if path.is_file():
        template = path.read_bytes()
    else:
        from pipeline.publish.word.letterhead import fresh

        template = fresh(name, settings)
    about = _DOCUMENTS[name][1] if stamp is None else f"督查通报（{stamp.title}）"
    day, values = stamp.on if stamp else night.as_of, account(night, stamp)
    return Draft(name, template, values, f"{night.period.title}{about}", settings.office, day, stamp is not None)


@dataclass(frozen=True)
class Limits:
    """What one draft may cost."""

    seconds: float = 60
    memory_mb: int = 1024


_DEFAULT = Limits()


class Drafter:
    """The process that fills in templates; it starts when it is first wanted. Close it at the end."""

    def __init__(self, limits: Limits = _DEFAULT) -> None:
        self._limits = limits
        self._closing = ExitStack()
        self._pool: ProcessPool | None = None

    def start(self) -> None:
        """Let the process start and load what it needs, while the caller goes on."""
        self._started()

    def drafts(self, drafts: Sequence[Draft]) -> Iterator[tuple[str, bytes]]:
        """Begin with the drafts at once; give each document's file name and content when it is asked for.

        Raises DraftTemplateError for a template that cannot be filled in, or not within the limits.
        """
        seconds = self._limits.seconds
        begun = [(each, self._started().schedule(fill_in, args=(each, seconds), timeout=seconds)) for each in drafts]
        return ((_DOCUMENTS[each.name][0], self._ended(each, future)) for each, future in begun)

    def close(self) -> None:
        """Let the process go."""
        self._closing.close()

    def _started(self) -> ProcessPool:
        if self._pool is None:
            context = processes.context()
            watched = context.SimpleQueue()
            self._closing.enter_context(confine.MemoryWatch(self._limits.memory_mb, watched))
            self._pool = ProcessPool(
                max_workers=1,
                initializer=confine.confine,
                initargs=(self._limits.memory_mb, confine.HAS_HARD_LIMIT, watched),
                context=context,
            )
            self._closing.callback(_stop, self._pool)
            self._pool.schedule(prepare)
        return self._pool

    def _ended(self, draft: Draft, future: Future[bytes]) -> bytes:
        try:
            return future.result()
        except (TimeoutError, *GONE) as beyond:
            raise DraftTemplateError(too_much(draft)) from beyond


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()
