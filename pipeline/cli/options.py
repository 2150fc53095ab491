"""What the verbs share: the campaign folder they work on, and how a day is given."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click

DAY = click.DateTime(formats=["%Y-%m-%d"])


class Workspace:
    """The campaign folder that a command works on."""

    def __init__(self, root: Path) -> None:
        self.root = root


def on_workspace(command: Any) -> Any:
    """Let -C stand behind the command as well as before it."""

    def use(context: click.Context, parameter: click.Parameter, value: Path | None) -> None:
        if value is not None:
            context.obj = Workspace(value.resolve())

    kind = click.Path(path_type=Path)
    option = click.option(
        "-C", "--workspace", type=kind, callback=use, expose_value=False, is_eager=True, help="活动文件夹"
    )
    return option(click.pass_obj(command))


def day_or_today(value: dt.datetime | None) -> dt.date:
    """Give the day of an option, today without one."""
    return value.date() if value else dt.date.today()
