"""Stop the command at any moment, and let the disk refuse at any moment: one more run must make everything as it would be.

`make torture`, or `python tests/torture.py --kills 200 --faults 40`. Each disturbance works on a copy of a prepared folder:
the real command is ended by SIGKILL (it alone, or with all that it started, in turn; at a moment of the clock, or at a call
of the system, in turn), or meets an error of the system; then the same command is given once more, undisturbed, and what is
there is compared with what a run leaves that nothing ever disturbed. Ends with 1 if anything differs.
"""

from __future__ import annotations

import argparse
import errno
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from belated import belated, misses
from progress import has_ended, logged, marks, where
from remains import difference, remains
from seam import CAN_FAIL, FIRED, SAYS_SQLITE
from torture_ground import Scenario, answer, prepare, shares

REPO = Path(__file__).resolve().parent.parent
KINDS = ("ENOSPC", "EACCES", "EIO", "ENOENT")
SENTENCES_ONLY = True  # a trouble of the disk is said in a sentence, and a traceback is a fault
FAIR_ENDS = (0, 1, 2, 3, 5)
LONGEST = 120  # seconds for one command
GRACE = 20.0  # seconds after which what a killed command started must have ended
LOOK = 0.0005  # seconds between two looks at what a command has done so far
FULL_DISK = "full disk"
AT_ONCE = 2


@dataclass
class Outcome:
    """One disturbance. where: what was there when it struck. faults: what it broke; none if all is as it should be."""

    scenario: str
    how: str
    where: str
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Order:
    """One disturbance to be made. kind: KILL, one of KINDS, or FULL_DISK. number: among all; it decides what is in turn."""

    scenario: Scenario
    kind: str
    number: int
    seed: int
    calls: Sequence[tuple[int, str]]  # of an undisturbed run: number, what
    marks: Sequence[float]  # seconds between the marks of an undisturbed run


# -- one disturbance


def disturb(order: Order, base: Path) -> Outcome:
    """Make one disturbance, let one undisturbed run follow, and compare."""
    scenario, start = order.scenario, time.monotonic()
    chance = random.Random(order.seed)
    with _room(base, order) as root:
        shutil.copytree(scenario.folder, root, dirs_exist_ok=True)
        said = base / f"{root.name}.said"
        how, command, wait = _plan(order, chance)
        with _full(root, chance) if order.kind == FULL_DISK else _nothing():
            process = _started(scenario, root, command, said)
            end = wait(process, root)
        text = said.read_text(encoding="utf-8", errors="replace")
        events = logged(root, scenario)
        outcome = Outcome(scenario.name, how, where(root, scenario, [kind for kind, _ in events]))
        if order.kind != "KILL":
            outcome.where = _struck(text) or outcome.where
            outcome.faults += _unfair(order.kind, end, text)
        without = belated(root, events)
        code, says = answer(scenario.command, root)
        if without:
            outcome.where += f", without {len(without.late | without.stuck)}"
            outcome.faults += misses(remains(root), scenario, without, root)
        else:
            is_twice = has_ended(
                scenario, [kind for kind, _ in events]
            )  # what had come to its end in spite of everything
            outcome.faults += difference(remains(root), scenario.twice if is_twice else scenario.once)
        outcome.faults += _badly_ended(scenario, code, says)
        outcome.faults += _orphans(process.pid)
    outcome.seconds = time.monotonic() - start
    return outcome


def _badly_ended(scenario: Scenario, code: int, says: str) -> list[str]:
    """Name what is wrong with the end of the undisturbed run. A decision that was taken already is not taken again."""
    fair = (0, 2) if scenario.command[0] in ("withdraw", "excuse", "annul-night", "publish-bulletin") else (0,)
    return [] if code in fair else [f"the undisturbed run ended with {code}: {says}"]


Wait = Callable[[subprocess.Popen[bytes], Path], int]


def _plan(order: Order, chance: random.Random) -> tuple[str, list[str], Wait]:
    """Give what is done in words, the program to start, and how to wait for it; the latter gives its exit code."""
    seam = [sys.executable, str(REPO / "tests" / "seam.py")]
    is_group = order.number // 2 % 2 == 1
    if order.kind == FULL_DISK:
        return FULL_DISK, [sys.executable, "-m", "pipeline"], lambda process, root: process.wait(LONGEST)
    if order.kind == "KILL" and order.number % 2 == 0:
        mark = chance.randrange(-1, len(order.marks) - 1)
        pause = chance.uniform(0, order.marks[mark + 1] * 1.2)
        how = f"killed {pause:.3f} s after mark {mark}" + (", all of it" if is_group else "")

        def kill(process: subprocess.Popen[bytes], root: Path) -> int:
            _kill_later(process, root, mark, pause, is_group)
            return process.wait(LONGEST)

        return how, [sys.executable, "-m", "pipeline"], kill
    number, what = _a_call(order, chance)
    flags = ["--group"] * is_group + ["--after"] * (order.kind == "KILL" and chance.random() < 0.5)
    flags += ["--lasting"] * (order.kind != "KILL" and order.number % 2 == 1)
    how = f"{order.kind} at call {number} ({what}) {' '.join(flags)}"
    return how, [*seam, order.kind, str(number), *flags, "--"], lambda process, root: process.wait(LONGEST)


def _a_call(order: Order, chance: random.Random) -> tuple[int, str]:
    """Pick a kind of call, then one of that kind: there are many writes and few renames."""
    calls = [each for each in order.calls if each[1] in CAN_FAIL[order.kind]]
    what = chance.choice(sorted({each[1] for each in calls}))
    return chance.choice([each for each in calls if each[1] == what])


def _started(scenario: Scenario, root: Path, command: list[str], said: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    with said.open("wb") as errors:
        return subprocess.Popen(
            [*command, *scenario.command, "-C", str(root)], cwd=root.parent, env=environment,
            stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, start_new_session=True,
        )  # fmt: skip


def _kill_later(process: subprocess.Popen[bytes], root: Path, mark: int, pause: float, is_group: bool) -> None:
    if mark >= 0:
        is_reached = marks(root)[mark]
        while process.poll() is None and not is_reached():
            time.sleep(LOOK)
    try:
        process.wait(pause)
    except subprocess.TimeoutExpired:
        if is_group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _struck(text: str) -> str:
    """Give the call that the seam let fail; "" without a seam."""
    fired = [line for line in text.splitlines() if line.startswith(FIRED)]
    return fired[0].split(", ", 1)[1].split(" ")[0] if fired else ""


def _unfair(kind: str, end: int, text: str) -> list[str]:
    """Name what is wrong with the way in which a command met an error of the system."""
    wrong = [] if end in FAIR_ENDS else [f"ended with {end}: {text[-600:]}"]
    lines = [line for line in text.splitlines() if line and not line.startswith(FIRED)]
    if "Traceback" in text:
        last = next((line for line in reversed(lines) if not line.startswith((" ", "Exception ignored"))), "")
        if SENTENCES_ONLY or not any(each in last for each in _injected(kind)):
            wrong.append(f"a traceback: {text[-1500:]}")
    elif end != 0 and not lines:
        wrong.append(f"ended with {end} and said nothing")
    return wrong


def _injected(kind: str) -> list[str]:
    kind = "ENOSPC" if kind == FULL_DISK else kind
    return [os.strerror(getattr(errno, kind)), SAYS_SQLITE.get(kind, ("?",))[0]]


def _orphans(session: int) -> list[str]:
    """Name processes that outlive a command; they have some seconds to notice."""
    until = time.monotonic() + GRACE
    while left := [pid for pid in psutil.pids() if pid != session and _session_of(pid) == session]:
        if time.monotonic() > until:
            return [f"a process outlives the command: {psutil.Process(pid).cmdline()}" for pid in left]
        time.sleep(0.05)
    return []


def _session_of(pid: int) -> int:
    try:
        return 0 if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE else os.getsid(pid)
    except (OSError, psutil.Error):
        return 0


@contextmanager
def _room(base: Path, order: Order) -> Iterator[Path]:
    """Give a folder to copy the scenario into; for a full disk, one with a disk of its own."""
    root = base / f"{order.kind.replace(' ', '_')}_{order.number}"
    root.mkdir()
    if order.kind == FULL_DISK:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(root)], check=True)
    try:
        yield root
    finally:
        if order.kind == FULL_DISK:
            subprocess.run(["umount", str(root)], check=True)
        shutil.rmtree(root, ignore_errors=True)


@contextmanager
def _full(root: Path, chance: random.Random) -> Iterator[None]:
    """Leave so little room on the disk that something will not find its place."""
    filler, free = root / ".filler", shutil.disk_usage(root).free
    with filler.open("wb") as file:
        file.write(b"\0" * max(0, free - chance.randrange(0, 900) * 1024))
    yield
    filler.unlink()


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def can_mount(base: Path) -> bool:
    """Whether a small disk can be had here."""
    try:
        with _room(base, Order(None, FULL_DISK, 0, 0, (), ())):  # type: ignore[arg-type]
            return True
    except (OSError, subprocess.CalledProcessError):
        shutil.rmtree(base / "full_disk_0", ignore_errors=True)
        return False


# -- all of them


def measured(scenario: Scenario, base: Path) -> tuple[list[tuple[int, str]], list[float]]:
    """Give the calls of an undisturbed run, and the seconds between its marks."""
    root = base / f"measured {scenario.name}"
    listed, said = root.with_suffix(".calls"), root.with_suffix(".said")
    shutil.copytree(scenario.folder, root)
    command = [sys.executable, str(REPO / "tests" / "seam.py"), "COUNT", "0", "--list", str(listed), "--"]
    process = _started(scenario, root, command, said)
    start, moments = time.monotonic(), []
    for is_reached in marks(root):
        while process.poll() is None and not is_reached():
            time.sleep(LOOK)
        moments.append(time.monotonic() - start)
    assert process.wait(LONGEST) == 0, said.read_text(encoding="utf-8")
    moments.append(time.monotonic() - start)
    shutil.rmtree(root)
    lines = [line.split("\t") for line in listed.read_text(encoding="utf-8").splitlines()]
    calls = [(int(number), what) for number, what, *_ in lines if number.isdigit()]
    gaps = [max(0.005, later - earlier) for earlier, later in zip([0.0, *moments], moments, strict=False)]
    return calls, gaps


def torture(
    base: Path, kills: int, faults: int, seed: int, teams: int, told: Callable[[Outcome], object]
) -> list[Outcome]:
    """Make all disturbances, two at a time; gives what became of each."""
    way = multiprocessing.get_context("spawn")
    scenarios = prepare(base, teams)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        known = dict(
            zip((each.name for each in scenarios), pool.map(lambda each: measured(each, base), scenarios), strict=True)
        )
    full = faults // 5 if can_mount(base) else 0  # of the full disks, some are real
    wanted = [("KILL", each) for each in shares(scenarios, kills)]
    for kind in KINDS:
        fake = faults - full if kind == "ENOSPC" else faults
        wanted += [(kind, each) for each in shares(scenarios, fake)]
    wanted += [(FULL_DISK, each) for each in shares(scenarios, full)]
    orders = [
        Order(scenario, kind, number, seed + number, *known[scenario.name])
        for number, (kind, scenario) in enumerate(wanted)
    ]
    random.Random(seed).shuffle(orders)
    outcomes = []
    with ProcessPoolExecutor(AT_ONCE, way) as workers:
        for each in workers.map(disturb, orders, [base] * len(orders)):
            outcomes.append(each)
            told(each)
    return outcomes


def account(outcomes: Sequence[Outcome]) -> str:
    """Say by scenario and by kind of disturbance how many there were, where they struck, and how many left a trace."""
    lines = []
    for kind in ("killed", *KINDS, FULL_DISK):
        for scenario in dict.fromkeys(each.scenario for each in outcomes):
            mine = [each for each in outcomes if each.scenario == scenario and _is(each, kind)]
            if mine:
                equal = sum(not each.faults for each in mine)
                struck = ", ".join(f"{name} {count}" for name, count in Counter(m.where for m in mine).most_common())
                lines.append(f"{kind:10}{scenario:22}{equal:4} of {len(mine):3} equal   ({struck})")
    return "\n".join(lines)


def _is(outcome: Outcome, kind: str) -> bool:
    return outcome.how.startswith(kind if kind != "killed" else ("killed", "KILL"))


def main() -> None:
    """Torture the command, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="how often the command is killed")
    parser.add_argument("--faults", type=int, default=40, help="how often it meets each of the system's errors")
    parser.add_argument("--seed", type=int, default=2011)
    parser.add_argument("--small", action="store_true", help="a fifth of it")
    said = parser.parse_args()
    kills, faults = (said.kills // 5, said.faults // 5) if said.small else (said.kills, said.faults)
    with tempfile.TemporaryDirectory() as room:
        outcomes = torture(Path(room), kills, faults, said.seed, 8, _tell)
    print(account(outcomes))
    wrong = [each for each in outcomes if each.faults]
    print(f"{len(outcomes)} disturbances, {len(wrong)} left a trace.")
    sys.exit(bool(wrong))


def _tell(outcome: Outcome) -> None:
    if outcome.faults:
        print(f"{outcome.scenario}, {outcome.how}, {outcome.where}:", flush=True)
        for fault in outcome.faults:
            print(f"    {fault}", flush=True)


if __name__ == "__main__":
    main()
