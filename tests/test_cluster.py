"""A night read by a cluster is the night read here, byte by byte, whatever happens to the cluster. Real processes throughout."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import elsewhere
import psutil
import pytest
from builders import damage
from conftest import DUE, REPO
from containers import xlsx
from remains import Remains, difference, remains

from pipeline import cluster as module
from pipeline import desk
from pipeline.batch import Origin
from pipeline.cache import Cache
from pipeline.campaign import load, reading_print
from pipeline.cluster import AddressError, Cluster, ClusterError
from pipeline.errand import Errand
from pipeline.frames import ParsedReturn
from pipeline.rawbook import Limits
from pipeline.read import Reader
from pipeline.run import run
from pipeline.workspace import create

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
ENOUGH = 24  # returns: so many that a worker can be lost amidst them
STARTING = 60  # seconds


@dataclass
class Place:
    """A scheduler and its workers, each a process of its own."""

    folder: Path
    program: Path = REPO
    scheduler: list[psutil.Popen] = field(default_factory=list)
    workers: list[psutil.Popen] = field(default_factory=list)

    @property
    def said(self) -> Path:
        return self.folder / "scheduler.json"

    @property
    def address(self) -> str:
        return str(json.loads(self.said.read_text())["address"])

    def start(self, *words: object) -> psutil.Popen:
        command = [sys.executable, "-m", "dask", *map(str, words), "--scheduler-file", str(self.said), "--no-dashboard"]
        extra = {
            "PYTHONPATH": os.pathsep.join((str(self.program), str(REPO / "tests"))),
            "PYTHONWARNINGS": "ignore",
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
        }
        nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return psutil.Popen(command, cwd=self.folder, env={**os.environ, **extra}, **nowhere)

    def fill(self, count: int) -> None:
        """Start workers until there are so many, and wait until all of them work."""
        self.workers = [each for each in self.workers if each.poll() is None]
        self.workers += [
            self.start("worker", "--nworkers", 1, "--nthreads", 1, "--local-directory", self.folder)
            for _ in range(count - len(self.workers))
        ]
        with distributed.Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=STARTING)


@contextmanager
def cluster_of(count: int, folder: Path, program: Path = REPO) -> Iterator[Place]:
    place = Place(folder, program)
    try:
        place.scheduler.append(place.start("scheduler", "--host", "127.0.0.1", "--port", 0))
        until(lambda: place.said.exists() and place.said.read_text())
        if count:
            place.fill(count)
        yield place
    finally:
        for process in (*place.workers, *place.scheduler):
            lose(process)


def lose(process: psutil.Popen) -> None:
    """Kill a process as nobody can answer; whatever it had started must end by itself."""
    with suppress(psutil.NoSuchProcess):
        family = process.children(recursive=True)
        process.kill()
        assert psutil.wait_procs(family, 20)[1] == []
    process.wait()


def until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + STARTING
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with cluster_of(3, tmp_path_factory.mktemp("cluster")) as place:
        yield place


@pytest.fixture
def cluster(whole: Place) -> Place:
    whole.fill(3)
    return whole


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What is read here although there is a cluster."""
    here: list[Path] = []
    read = Reader.read

    def noted(self: Reader[ParsedReturn], paths: Sequence[Path]) -> list[ParsedReturn]:
        here.extend(paths)
        return read(self, paths)

    monkeypatch.setattr(Reader, "read", noted)
    return here


@pytest.fixture(scope="module")
def full(clean_district: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder before its first night: right returns, wrong ones, one that is none."""
    root = tmp_path_factory.mktemp("full") / "w"
    create(root)
    for number, path in enumerate(sorted(clean_district.glob("*.xlsx"))[:ENOUGH]):
        shutil.copy2(path, root / "inbox" / path.name)
        if number % 20 == 0:
            damage(root / "inbox" / path.name, lambda book: book["走访台账"].__setitem__("D6", "约30"))
    (root / "inbox" / "不是表.xlsx").write_bytes(b"no workbook")
    return root


@pytest.fixture(scope="module")
def wanted(full: Path, tmp_path_factory: pytest.TempPathFactory) -> Remains:
    """What the night leaves that is read here."""
    root = tmp_path_factory.mktemp("here") / "w"
    shutil.copytree(full, root)
    run(root, DUE, workers=2)
    return remains(root)


def night(full: Path, root: Path, place: Place, halfway: Callable[[], object]) -> tuple[Remains, list[str]]:
    """Run a night on a cluster to which something happens. Gives what is left, and what was said."""
    shutil.copytree(full, root)
    said: list[str] = []

    def progress(stage: str, done: int, of: int) -> None:
        if done == of // 2:
            halfway()

    with Cluster(place.address, root, workers=2, warn=said.append) as reader:
        run(root, DUE, progress=progress, reader=reader)
    return remains(root), said


# ------------------------------------------------------------------------------------------- whatever happens to it


def test_a_night_that_loses_a_worker_is_the_night_read_here(
    full: Path, wanted: Remains, tmp_path: Path, cluster: Place, at_home: list[Path]
) -> None:
    found, said = night(full, tmp_path / "w", cluster, lambda: lose(cluster.workers[0]))
    assert difference(found, wanted) == []
    assert (said, at_home) == ([], [])


@pytest.mark.parametrize("lost", ["workers", "scheduler"])
def test_when_nobody_is_left_the_rest_is_read_here(
    full: Path, wanted: Remains, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str, at_home: list[Path]
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 2)
    monkeypatch.setattr(module, "_CONNECT_SECONDS", 5)
    monkeypatch.setattr(module, "AHEAD", module.TOGETHER)
    with cluster_of(1, tmp_path) as place:
        found, said = night(full, tmp_path / "w", place, lambda: lose(getattr(place, lost)[0]))
    assert difference(found, wanted) == []
    assert said == [module._LOST]
    assert len(at_home) > ENOUGH / 4


# ------------------------------------------------------------------------------------------- whatever a file does


GLUTTON = b'<row r="1">' + b'<c r="A1"><v>1</v></c>' * 3_000_000 + b"</row>"
ENDLESS = b"<row>" + b"<c/>" * 10_000_000 + b"</row>"


@pytest.mark.parametrize(
    ("rows", "limits", "found"),
    [
        (GLUTTON, Limits(seconds=50, memory_mb=160), "超出内存限制"),
        (ENDLESS, Limits(seconds=1), "超过 1 秒仍未读完"),
        (None, Limits(), "文件已不在原处"),
    ],
    ids=["eats memory", "never ends", "is gone"],
)
def test_a_file_that_harms_its_reader_is_refused_as_here(
    tmp_path: Path, full: Path, cluster: Place, rows: bytes | None, limits: Limits, found: str
) -> None:
    root = tmp_path / "w"
    shutil.copytree(full, root)
    good = sorted((root / "inbox").glob("[A-Z]*.xlsx"))[: 0 if rows is ENDLESS else 9]
    bad = root / "inbox" / "坏.xlsx"
    if rows:
        bad.write_bytes(xlsx(rows))
    paths = [*good[:2], bad, *good[2:]]
    with Errand(Origin.of(root, is_cached=False), limits, ()).reader(2) as here:
        expected = here.read(paths)
    ledgers = {sheet.key() for sheet in load(root).form.ledgers}
    outlines = [each if each.head.refusal else each.outline(ledgers) for each in expected]
    with Cluster(cluster.address, root, workers=1, limits=limits) as reader:
        assert list(reader.books(paths)) == outlines
    kept = Cache(root, reading_print(root))
    assert all(kept.get(each.sha256) == each for each in expected if not each.head.refusal)
    assert [each.head.refusal.found for each in expected if each.head.refusal] == [found]
    assert all(worker.poll() is None for worker in cluster.workers)


def test_a_file_that_kills_worker_after_worker_stops_nothing(
    tmp_path: Path, full: Path, cluster: Place, monkeypatch: pytest.MonkeyPatch, at_home: list[Path]
) -> None:
    monkeypatch.setattr(module, "read_there", elsewhere.read_or_die)
    root = tmp_path / "w"
    shutil.copytree(full, root)
    paths = sorted((root / "inbox").glob("[A-Z]*.xlsx"))[:20]
    killing = root / "inbox" / elsewhere.DEADLY
    shutil.copy(paths[0], killing)
    paths.insert(10, killing)
    with Cluster(cluster.address, root, workers=2) as reader:
        answers = list(reader.books(paths))
    assert all(each.head.refusal is None for each in answers)
    assert answers[10] == answers[0]
    assert at_home == paths[8:16]  # what went with it


def test_a_worker_lets_go_of_its_process_when_the_night_is_over(
    full: Path, tmp_path: Path, cluster: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(full, tmp_path / "w")

    def at_work() -> int:
        found = 0
        for worker in cluster.workers:
            for process in worker.children(recursive=True):
                with suppress(psutil.Error):
                    found += any("forkserver" in word for word in process.parent().cmdline())
        return found

    with Cluster(cluster.address, tmp_path / "w", workers=1) as reader:
        assert len(list(reader.books(sorted((tmp_path / "w" / "inbox").iterdir())))) > ENOUGH
        assert at_work() > 0
    until(lambda: at_work() == 0)
    assert desk.IDLE < STARTING


# ------------------------------------------------------------------------------------------- whatever is missing


def nightly(root: Path, address: str, *before: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline", "nightly", "-C", root, "--as-of", str(DUE), "--cluster", address]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (*before, REPO)))}
    return subprocess.run(command, cwd=REPO, env=environment, capture_output=True, encoding="utf-8", check=False)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_the_command_reads_by_a_cluster(full: Path, wanted: Remains, tmp_path: Path, cluster: Place) -> None:
    shutil.copytree(full, tmp_path / "w")
    done = nightly(tmp_path / "w", cluster.address)
    assert (done.returncode, done.stderr) == (0, "")
    assert difference(remains(tmp_path / "w"), wanted) == []


def test_no_scheduler_is_one_sentence(full: Path) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    done = nightly(full, address)
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr == f"huizong：{module._NO_SCHEDULER.format(address=address)}\n"


def test_no_dask_is_one_sentence(full: Path, tmp_path: Path) -> None:
    (tmp_path / "distributed.py").write_text("raise ModuleNotFoundError('distributed')")
    done = nightly(full, "tcp://127.0.0.1:8786", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (6, "", f"huizong：{module._NO_DASK}\n")


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1:8786", "tcp://127.0.0.1", "tcp://:8786", "http://a:1", "tcp://a b:1"]
)
def test_what_is_no_address_is_wrong_usage(full: Path, address: str) -> None:
    with pytest.raises(AddressError, match="不是集群的地址"), Cluster(address, full):
        pass
    assert AddressError.exit_code == 2


@pytest.mark.parametrize("says", [b"", b"SSH-2.0-OpenSSH_9.2\r\n"])
def test_another_program_at_that_address(full: Path, monkeypatch: pytest.MonkeyPatch, says: bytes) -> None:
    monkeypatch.setattr(module, "_CONNECT_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as other:
        answering = other.submit(lambda: server.accept()[0])
        answering.add_done_callback(lambda line: line.result().sendall(says))
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(ClusterError, match="连接不上"), Cluster(address, full):
            pass
        answering.result().close()


def test_a_cluster_without_workers_or_of_another_version(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "program"
    shutil.copytree(REPO / "pipeline", program / "pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    with (program / "pipeline" / "parse.py").open("a") as changed:
        changed.write("# another version\n")
    with cluster_of(0, tmp_path, program) as place:
        monkeypatch.setattr(module, "_CONNECT_SECONDS", 1)
        with pytest.raises(ClusterError, match="没有工作进程"), Cluster(place.address, full):
            pass
        monkeypatch.setattr(module, "_CONNECT_SECONDS", 10)
        place.fill(1)
        with pytest.raises(ClusterError, match=r"huizong 是 0.*本机是 0.*安装同一版本"), Cluster(place.address, full):
            pass


def test_a_cluster_without_the_program(full: Path, tmp_path: Path) -> None:
    (tmp_path / "program" / "pipeline").mkdir(parents=True)
    (tmp_path / "program" / "pipeline" / "__init__.py").write_text("")
    with (
        cluster_of(1, tmp_path, tmp_path / "program") as place,
        pytest.raises(ClusterError, match="没有安装 huizong"),
        Cluster(place.address, full),
    ):
        pass


def test_a_folder_that_the_others_do_not_see(full: Path, cluster: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "look_around", elsewhere.see_nothing)
    with pytest.raises(ClusterError, match="看不到活动文件夹"), Cluster(cluster.address, full):
        pass


def test_dask_is_loaded_for_a_cluster_only() -> None:
    code = "import sys, pipeline.cli.nightly, pipeline.run, pipeline.cluster; print({'dask', 'distributed'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
