"""Files -> what they hold, in processes of their own with limits of time and memory: no file can harm another's reading."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from pebble import CONSTS, ProcessExpired, ProcessPool

from pipeline import confine, processes
from pipeline.disk import sha256_of
from pipeline.rawbook import Limits, RawBook, RawSheet, Refusal
from pipeline.workbook import cannot_open, read_here, read_in_time
from pipeline.workers import Helpers

__all__ = ["AnyReader", "Limits", "RawBook", "RawSheet", "Reader", "Refusal", "read_here"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Reading = Callable[[Path, Limits, Sequence[str]], T]  # what a reading process does with a file; it can be sent there

_DEFAULT = Limits()
_AHEAD = 1_000  # files that may be read before they are asked for
_HANDED_OUT = 4  # files per worker: enough to keep it busy, few enough to start anew with when the pool breaks
_LOOK_SECONDS = 1.0  # how long to wait for an answer before looking whether the pool still lives
_STALL_SECONDS = 15.0  # beyond the time limit of one file: then even the pool's own clock has stopped
CONSTS.sleep_unit = (
    0.02  # seconds between pebble's looks at its pool: the tenth that is usual is waited for at every end
)
_MEMORY_EXITS = (-6, -9, 15, 0xC0000409)  # abort and kill, as POSIX and as Windows number them


class AnyReader(Helpers, Protocol[T_co]):
    """What reads files for others: processes of this machine, or of several. Open, it behaves as `Reader` does."""

    def begin(self, paths: Sequence[Path]) -> None:
        """Start to read files that will be asked for."""

    def books(self, paths: Sequence[Path], progress: Callable[[], None] | None = None) -> Iterator[T_co]:
        """Give what each file holds in order, as soon as it is there."""


class Reader(Generic[T]):
    """A pool of reading processes, used as a context manager. They start on entering, while the caller goes on.

    reading: what they do with a file; by default they give its RawBook. refused: makes the same of the RawBook of a file that
    harmed its reader.
    """

    def __init__(
        self,
        workers: int | None = None,
        limits: Limits = _DEFAULT,
        passwords: Sequence[str] = (),
        *,
        reading: Reading[Any] = read_in_time,
        refused: Callable[[RawBook], Any] = lambda book: book,
    ) -> None:
        self._reading, self._refused = reading, refused
        self._workers = workers or processes.count()
        self._limits = limits
        self._passwords = tuple(passwords)
        self._context = processes.context()
        self._watched = self._context.SimpleQueue()
        self._closing = ExitStack()
        self._begun: dict[Path, Future[T]] = {}

    def __enter__(self) -> Self:
        self._closing.enter_context(confine.MemoryWatch(self._limits.memory_mb, self._watched))
        self._pool = self._started()
        self._closing.callback(lambda: _stop(self._pool))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def begin(self, paths: Sequence[Path]) -> None:
        """Start to read files that will be asked for, as far ahead as it is sensible to keep what was read."""
        self._begun |= {path: self._submit(path) for path in paths[:_AHEAD]}

    @property
    def count(self) -> int:
        """How many processes there are."""
        return self._workers

    def submit(self, function: Callable[..., Any], *args: Any) -> Future[Any]:
        """Let one of the processes call a function while there is nothing to read, without a limit of time."""
        return self._scheduled(function, args)

    def read(self, paths: Sequence[Path], progress: Callable[[], None] | None = None) -> list[T]:
        """Read files; the answer has their order. `progress` is called after each, in the caller's thread."""
        return list(self.books(paths, progress))

    def books(self, paths: Sequence[Path], progress: Callable[[], None] | None = None) -> Iterator[T]:
        """Give what each file holds in order, as soon as it is there; the next are read while the caller works on it.

        Never raises for what a file holds, or does to its reader: such a file becomes a RawBook with a refusal.
        """
        batch: _Batch[T] = _Batch(len(paths), at_once=self._workers * _HANDED_OUT)
        while not batch.is_done:
            for position in batch.take():
                future = self._begun.pop(paths[position], None) or self._submit(paths[position])
                batch.running[future] = position
            answered, is_broken = self._wait(batch.running)
            for future in answered:
                position = batch.running.pop(future)
                batch.settle(position, self._book(future, paths[position]))
                if progress:
                    progress()
            if is_broken:
                self._begun.clear()
                _stop(self._pool)
                self._pool = self._started()
                for position in batch.suspects():
                    batch.settle(position, self._interrupted(paths[position], "程序异常中止"))
            yield from batch.next_books()

    def _started(self) -> ProcessPool:
        pool = ProcessPool(
            max_workers=self._workers,
            initializer=confine.confine,
            initargs=(self._limits.memory_mb, confine.HAS_HARD_LIMIT, self._watched),
            context=self._context,
        )
        assert pool.active  # asking starts it
        return pool

    def _submit(self, path: Path) -> Future[T]:
        return self._scheduled(self._reading, (path, self._limits, self._passwords), self._limits.seconds)

    def _scheduled(
        self, function: Callable[..., Any], args: Sequence[Any], seconds: float | None = None
    ) -> Future[Any]:
        """Hand a task to the pool. Of one that is broken already, the answer is that it is."""
        try:
            future: Future[Any] = self._pool.schedule(function, args=args, timeout=seconds)
        except RuntimeError:
            if self._pool.active:
                raise
            future = Future()
            future.set_exception(BrokenProcessPool())
        return future

    def _wait(self, running: Iterable[Future[T]]) -> tuple[list[Future[T]], bool]:
        """Wait for answers. The second value tells that the pool is broken, and that the others will never answer."""
        deadline = time.monotonic() + self._limits.seconds + _STALL_SECONDS
        while True:
            done, _ = wait(running, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
            answered = [future for future in done if not isinstance(future.exception(), BrokenProcessPool)]
            is_broken = len(answered) < len(done) or (not done and not self._pool.active)
            if done or is_broken or time.monotonic() > deadline:
                return answered, is_broken or not done

    def _book(self, future: Future[T], path: Path) -> T:
        try:
            return future.result()
        except TimeoutError:
            return self._interrupted(path, f"超过 {self._limits.seconds:g} 秒仍未读完")
        except MemoryError:
            return self._interrupted(path, "超出内存限制")
        except ProcessExpired as expired:
            return self._interrupted(path, "超出内存限制" if expired.exitcode in _MEMORY_EXITS else "程序异常中止")

    def _interrupted(self, path: Path, found: str) -> T:
        refused: T = self._refused(_interrupted(path, found))
        return refused


class _Batch(Generic[T]):
    """The reading of one list of files: positions that wait, run, or have their book."""

    def __init__(self, count: int, at_once: int) -> None:
        self.running: dict[Future[T], int] = {}
        self._books: dict[int, T] = {}
        self._given = 0
        self._queue = deque(range(count))
        self._at_once = at_once
        self._alone = 0  # so many at the head of the queue go one by one, to find out which of them broke the pool

    @property
    def is_done(self) -> bool:
        return not self._queue and not self.running

    def take(self) -> Iterator[int]:
        """Hand out positions as long as there is room for them."""
        while self._queue and len(self.running) < (1 if self._alone else self._at_once):
            yield self._queue.popleft()

    def settle(self, position: int, book: T) -> None:
        self._books[position] = book
        self._alone = max(self._alone - 1, 0)

    def suspects(self) -> list[int]:
        """Take back what ran when the pool broke. One that ran alone is the culprit, and returned; several go again."""
        positions = sorted(self.running.values())
        self.running.clear()
        if len(positions) == 1:
            return positions
        self._queue.extendleft(reversed(positions))
        self._alone += len(positions)
        return []

    def next_books(self) -> Iterator[T]:
        """Give out, in order and once, the books that no earlier one is missing for."""
        while self._given in self._books:
            yield self._books.pop(self._given)
            self._given += 1


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _interrupted(path: Path, found: str) -> RawBook:
    try:
        return RawBook(sha256_of(path), "", refusal=Refusal("F06", found))
    except OSError as error:
        return RawBook("", "", refusal=cannot_open(error))
