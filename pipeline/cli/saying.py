"""The one place where the command writes: whatever a name or a cell holds, the terminal obeys none of it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import click

from pipeline.errors import HuizongError
from pipeline.readable import visible


class UnsaidError(HuizongError):
    """The work is done, but its result could not be written to standard output."""


listeners: list[Callable[[str], None]] = []
"""Told each line that is said to people."""


def note(*lines: str) -> None:
    """Tell the listeners alone."""
    for listen in listeners:
        for line in lines:
            listen(visible(line))


def say(*lines: str) -> None:
    """Write lines to standard output. Raises UnsaidError if it takes none; a reader that has gone is no trouble."""
    note(*lines)
    _write(*lines)


def _write(*lines: str) -> None:
    if sys.stdout is None:
        raise UnsaidError("结果没能显示：标准输出已关闭。处理已经完成，结果在 outbox 中。")
    try:
        for line in lines:
            click.echo(visible(line))
    except BrokenPipeError:
        _silence(sys.stdout.fileno())
    except OSError as full:
        _silence(sys.stdout.fileno())
        raise UnsaidError("结果没能显示：标准输出写不进去。处理已经完成，结果在 outbox 中。") from full


def say_json(value: Any) -> None:
    """Write a value as JSON; what a terminal could obey stands escaped, as JSON allows."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    for line in text.split("\n"):
        _write("".join(map(_escaped, line)))


def complain(*lines: str) -> None:
    """Write lines to standard error, if there is one that takes them."""
    note(*lines)
    if sys.stderr is None:
        return
    try:
        for line in lines:
            click.echo(visible(line), err=True)
    except OSError:
        _silence(sys.stderr.fileno())


def _escaped(sign: str) -> str:
    return sign if visible(sign) == sign else json.dumps(sign)[1:-1]


def _silence(stream: int) -> None:
    """Let what a stream still holds, and writes when the process ends, go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream)
    os.close(nowhere)
