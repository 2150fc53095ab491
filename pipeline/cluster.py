"""Files read by the workers of a dask cluster instead of this machine's processes. The cluster changes time and nothing else.

Whatever it cannot do, for whatever reason, is done here. dask is imported only when a cluster is used.
"""

from __future__ import annotations

import importlib
import re
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pipeline.batch import Origin
from pipeline.declare.catalogue import OF_MACHINE
from pipeline.desk import View, look_around, read_there
from pipeline.errand import Errand
from pipeline.errors import HuizongError
from pipeline.frames import ParsedReturn
from pipeline.rawbook import Limits
from pipeline.read import Reader

TOGETHER = 8  # files per task: some tenths of a second's work
AHEAD = 1_000  # files that may be read before they are asked for; the workers keep what was made of them
PATIENCE = 30.0  # seconds without an answer before looking whether anybody still works on it
_CONNECT_SECONDS = 10.0
_GREETING, _LONGEST_GREETING = struct.Struct("<Q"), 1 << 20

_HERE = "或者去掉 --cluster，由本机处理。"
_INSTALL = "请在每台电脑上按 requirements.lock 安装同一版本，重新启动 dask scheduler 和 dask worker 后再运行。"
_NO_ADDRESS = "“{address}”不是集群的地址。请按 tcp://192.168.1.10:8786 的样式填写。"
_NO_DASK = '这台电脑没有安装 dask。请运行 pip install -c requirements.lock -e ".[cluster]" 后再运行，' + _HERE
_NO_SCHEDULER = "连接不上 {address} 的集群。请检查地址和网络，在那台电脑上启动 dask scheduler 后再运行，" + _HERE
_NO_WORKER = "{address} 的集群中没有工作进程。请在各台电脑上启动 dask worker 后再运行，" + _HERE
_NOT_THERE = "集群中的电脑没有安装 huizong，或者版本与本机不同。" + _INSTALL
_OTHER = "集群中 {where} 的 {part} 是 {theirs}，本机是 {ours}。" + _INSTALL
_NOT_SHARED = (
    "集群中 {where} 看不到活动文件夹 {root}，或者看到的是另一份。请把活动文件夹放在共享存储上，"
    "让每台电脑以同一路径、同一用户都能读写，再运行。"
)
_LOST = "集群中途断开，或者工作进程都已结束。其余的报表由本机读取，结果不受影响。"


class ClusterError(HuizongError):
    """There is no cluster to work with, or it would not come to the same results."""

    exit_code = 6


class AddressError(ClusterError):
    """What was given is no address."""

    exit_code = 2


class Cluster:
    """A `Reader` whose processes are elsewhere, used as a context manager. Correction workbooks are still written here.

    Raises ClusterError on entering if it cannot be used. warn: told once if it gets lost afterwards; the night goes on.
    """

    def __init__(
        self,
        address: str,
        root: Path,
        workers: int | None = None,
        passwords: Sequence[str] = (),
        limits: Limits | None = None,
        warn: Callable[[str], None] = lambda says: None,
    ) -> None:
        self._address, self._warn = address, warn
        self._errand = Errand(Origin.of(root, is_cached=True), limits or Limits(), tuple(passwords))
        self._home, self._is_home_open = self._errand.reader(workers), False
        self._tasks: dict[Path, _Task] = {}
        self._is_lost = False
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self._client = _connected(self._address)
            opening.callback(_close, self._client)
            _compare(self._client, self._address, self._errand.origin.root)
            self._closing = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tasks.clear()
        self._closing.close()

    @property
    def count(self) -> int:
        """How many processes there are on this machine."""
        return self._home.count

    def submit(self, function: Callable[..., Any], *args: Any) -> Future[Any]:
        """Let a process of this machine call a function: what it writes may lie on this machine's own disk."""
        return self._at_home().submit(function, *args)

    def begin(self, paths: Sequence[Path]) -> None:
        """Let the cluster start to read files that will be asked for."""
        new = [path for path in paths[:AHEAD] if path not in self._tasks]
        for start in range(0, len(new), TOGETHER):
            task = _Task(new[start : start + TOGETHER])
            task.future = self._submitted(task.paths)
            self._tasks |= dict.fromkeys(task.paths, task)

    def books(self, paths: Sequence[Path], progress: Callable[[], None] | None = None) -> Iterator[ParsedReturn]:
        """Give what each file says in order, as soon as it is there; the next are read while the caller works on it."""
        for position, path in enumerate(paths):
            if position % TOGETHER == 0:
                self.begin(paths[position : position + AHEAD])
            answer = self._answer(path)
            if progress:
                progress()
            yield answer

    def _answer(self, path: Path) -> ParsedReturn:
        task = self._tasks.pop(path, None) or _Task([path])
        if task.answers is None:
            answers = self._fetched(task) or self._at_home().read(task.paths)
            task.answers = dict(zip(task.paths, answers, strict=True))
            task.future = None  # the cluster may forget it
        answer = task.answers.pop(path)
        refusal = answer.head.refusal
        return self._at_home().read([path])[0] if refusal and refusal.code in OF_MACHINE else answer

    def _submitted(self, paths: list[Path]) -> Any:
        if self._is_lost:
            return None
        try:
            return self._client.submit(partial(read_there, paths, self._errand), pure=False)
        except Exception:  # as it is lost just now
            self._look()
            return None

    def _fetched(self, task: _Task) -> list[ParsedReturn] | None:
        """Wait for what a worker made of some files; None if it made nothing.

        A lost worker's task goes to another one, as often as the scheduler has it. A fault that is in a file or in ourselves
        shows here just the same.
        """
        while task.future is not None and not self._is_lost:
            try:
                answers: list[ParsedReturn] = task.future.result(timeout=PATIENCE)
                return answers
            except TimeoutError:
                if task.future.done():
                    return None
                self._look()
            except Exception:  # of KilledWorker, or of whatever a foreign machine may raise
                self._look()
                return None
        return None

    def _look(self) -> None:
        """Find out whether there still is somebody to wait for."""
        try:
            is_there = bool(self._client.nthreads(callback_timeout=_CONNECT_SECONDS))
        except Exception:  # there are many ways to be gone
            is_there = False
        if not (is_there or self._is_lost):
            self._is_lost = True
            self._warn(_LOST)

    def _at_home(self) -> Reader[ParsedReturn]:
        if not self._is_home_open:
            self._closing.enter_context(self._home)
            self._is_home_open = True
        return self._home


class _Task:
    """Files that are read together; `answers` holds what was made of those that nobody has asked for yet."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths = paths
        self.future: Any = None
        self.answers: dict[Path, ParsedReturn] | None = None


def _connected(address: str) -> Any:
    found = re.fullmatch(r"tcp://\[?([^\s/\[\]]+)\]?:(\d{1,5})", address)
    if not found:
        raise AddressError(_NO_ADDRESS.format(address=address))
    try:
        _keep_quiet()
        distributed = importlib.import_module("distributed")
    except ImportError as missing:
        raise ClusterError(_NO_DASK) from missing
    try:
        _knock(found[1], int(found[2]))
        return distributed.Client(address, timeout=_CONNECT_SECONDS, set_as_default=False, name="huizong")
    except Exception as problem:  # OSError where nobody answers, anything where somebody else does
        raise ClusterError(_NO_SCHEDULER.format(address=address)) from problem


def _knock(host: str, port: int) -> None:
    """Make sure that a scheduler listens there: dask itself would wait for ever for another program's greeting.

    A scheduler speaks first, and first of how many bytes it will say. Raises OSError if it is none.
    """
    with socket.create_connection((host, port), _CONNECT_SECONDS) as line, line.makefile("rb") as said:
        greeting = said.read(_GREETING.size)
    if len(greeting) < _GREETING.size or not 0 < _GREETING.unpack(greeting)[0] < _LONGEST_GREETING:
        raise ConnectionError("no scheduler")


def _keep_quiet() -> None:
    """Let dask write nothing into our sentences: what it would say, we find out and say."""
    loggers = ("distributed", "distributed.client", "distributed.core", "tornado", "tornado.application")
    config = importlib.import_module("dask.config")
    config.set({"logging": dict.fromkeys(loggers, "critical")})


def _close(client: Any) -> None:
    with suppress(Exception):  # there may be nobody any more to take leave of
        client.close(timeout=_CONNECT_SECONDS)


def _compare(client: Any, address: str, root: Path) -> None:
    """Make sure that every machine would read as this one does. Raises ClusterError otherwise."""
    try:
        client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
    except TimeoutError as none:
        raise ClusterError(_NO_WORKER.format(address=address)) from none
    try:
        seen: dict[str, View | Exception] = client.run(look_around, root, on_error="return")
        seen = {address: client.run_on_scheduler(look_around, root), **seen}
    except Exception as problem:  # it cannot even be asked
        raise ClusterError(_NOT_THERE) from problem
    here = look_around(root)
    for where, there in seen.items():
        if isinstance(there, OSError):  # gone again, as workers may
            continue
        if isinstance(there, Exception):
            raise ClusterError(_NOT_THERE) from there
        for part, ours in here.parts.items():
            if (theirs := there.parts.get(part, "—")) != ours:
                raise ClusterError(_OTHER.format(where=where, part=part, theirs=theirs, ours=ours))
        if where != address and there.folder != here.folder:
            raise ClusterError(_NOT_SHARED.format(where=where, root=root))
