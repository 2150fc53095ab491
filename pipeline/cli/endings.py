"""How the command ends: what is said and which exit code, for everything that an operator can meet."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import NamedTuple

import click

from pipeline.errors import HuizongError

INTERRUPTED = 130


class Ending(NamedTuple):
    """An exit code, and what is said on standard error before."""

    code: int
    says: Sequence[str] = ()


def ending(problem: BaseException) -> Ending | None:
    """Tell how the command ends with a problem; None for a bug, which shows as a traceback."""
    if isinstance(problem, SystemExit):
        return Ending(problem.code if isinstance(problem.code, int) else int(problem.code is not None))
    if isinstance(problem, HuizongError):
        return Ending(problem.exit_code, [f"huizong：{problem}"])
    if isinstance(problem, click.Abort | KeyboardInterrupt):
        return Ending(INTERRUPTED, ["huizong：已中断。再运行一次会接着做完。"])
    if isinstance(problem, click.ClickException):
        shown = io.StringIO()
        problem.show(shown)
        return Ending(problem.exit_code, shown.getvalue().splitlines())
    from pipeline.cli.troubles import carriers, sentence

    says = sentence(problem) if isinstance(problem, carriers()) else None
    return Ending(HuizongError.exit_code, [f"huizong：{says}"]) if says else None
