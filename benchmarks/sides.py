"""The commands that are measured, each with the folder that it works on and what it found there."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import agree
from benchmarks.measuring import Contender

HERE = Path(__file__).resolve().parent
AS_OF, NEXT = "2026-07-01", "2026-07-02"

Prepare = Callable[[], None]


@dataclass(frozen=True)
class Returns:
    """A folder of returns, where to work on them, and the register of teams if it is not the usual one."""

    inbox: Path
    build: Path
    register: Path | None = None

    def workspace(self, to: Path, copies: bool = True) -> None:
        """Make a workspace that has these returns in its inbox and has never run. copies: whether marked ones are wanted."""
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(HERE / "plain" / "schemas", to / "schemas", ignore=shutil.ignore_patterns("__pycache__"))
        if not copies:
            settings = to / "schemas" / "campaign.toml"
            said = settings.read_text("utf-8")
            settings.write_text(said.replace("[campaign]\n", "[campaign]\ncorrections = false\n", 1), "utf-8")
        if self.register:
            shutil.copy(self.register, to / "schemas" / "teams.csv")
        shutil.copytree(self.inbox, to / "inbox")

    def finished(self) -> Path:
        """Name the workspace whose first night is over."""
        return self.build / "finished"


def huizong(name: str, *words: str) -> Contender:
    """Run the command `huizong`."""
    return Contender(name, lambda: [sys.executable, "-m", "pipeline", *words])


def night(name: str, workspace: Path, prepare: Prepare, as_of: str = AS_OF) -> Contender:
    """Run a night on a workspace that is prepared each time."""

    def command() -> Sequence[str]:
        prepare()
        return [sys.executable, "-m", "pipeline", "nightly", "-C", str(workspace), "--as-of", as_of]

    return Contender(name, command, lambda: agree.of_night(workspace / "outbox" / as_of))


def first_night(returns: Returns, copies: bool = True) -> Contender:
    """Run the first night on the returns: nothing is known, all is written, but for marked copies if none are wanted."""
    workspace = returns.build / "workspace"
    name = "night" if copies else "night, no copies"
    return night(name, workspace, lambda: returns.workspace(workspace, copies))


def finish(returns: Returns) -> None:
    """Keep the workspace as the first night just left it."""
    shutil.rmtree(returns.finished(), ignore_errors=True)
    shutil.move(returns.build / "workspace", returns.finished())


def one_more_night(name: str, returns: Returns, more: Path) -> Contender:
    """Run the next night on a workspace whose first is over and where one more file has come."""
    workspace = returns.build / "workspace"

    def prepare() -> None:
        shutil.rmtree(workspace, ignore_errors=True)
        shutil.copytree(returns.finished(), workspace)
        (workspace / "inbox").mkdir(exist_ok=True)
        shutil.copy(more, workspace / "inbox" / more.name)

    return night(name, workspace, prepare, NEXT)


def nothing_new(returns: Returns) -> Contender:
    """Run the first night again after its end."""
    return night("night, nothing new", returns.finished(), lambda: None)


def plain(name: str, returns: Returns, *options: str) -> Contender:
    """Run the plain script."""
    out = returns.build / "plain"

    def command() -> Sequence[str]:
        shutil.rmtree(out, ignore_errors=True)
        return [sys.executable, str(HERE / "plain_script.py"), str(returns.inbox), str(out), *options]

    return Contender(name, command, lambda: agree.of_script(out))


def plain_marked(returns: Returns) -> Contender:
    """Run the plain script with all that it can do."""
    return plain("plain script, marked copies", returns, "--annotate")


def plain_fast(returns: Returns) -> Contender:
    """Run the plain script with the fastest reader, and without the copies."""
    return plain("plain script, calamine, no copies", returns, "--engine", "calamine")


def only_reading(returns: Returns) -> Contender:
    """Read with calamine and do nothing else."""
    command = [sys.executable, str(HERE / "read_only.py"), str(returns.inbox)]
    return Contender("calamine reading, nothing else", lambda: command)


def nothing() -> Contender:
    """Start Python and end."""
    return Contender("python -c pass", lambda: [sys.executable, "-c", "pass"])


def changed(returns: Returns, file: Path) -> Returns:
    """Give the same returns with another version of one of them."""
    inbox = returns.build / "changed_inbox"
    shutil.rmtree(inbox, ignore_errors=True)
    shutil.copytree(returns.inbox, inbox)
    shutil.copy(file, inbox / file.name)
    return replace(returns, inbox=inbox)
