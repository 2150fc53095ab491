"""What the verbs share: the campaign folder they work on, and how a day is given."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click

from pipeline.errors import HuizongError


class DayError(HuizongError):
    """The day given, or the computer's, is none on which a night could be."""

    exit_code = 2


class _Day(click.DateTime):
    """A day, as 2011-03-31."""

    def get_metavar(self, *_: object, **__: object) -> str:
        return "日期"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> dt.datetime:
        try:
            return dt.datetime.strptime(str(value), "%Y-%m-%d")
        except ValueError as wrong:
            raise DayError(f"“{value}”不是日期。请按 2011-03-31 的样式填写。") from wrong


DAY = _Day(formats=["%Y-%m-%d"])


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
        "-C",
        "--workspace",
        type=kind,
        callback=use,
        expose_value=False,
        is_eager=True,
        metavar="文件夹",
        help="活动文件夹",
    )
    return option(click.pass_obj(command))


def day_or_today(value: dt.datetime | None) -> dt.date:
    """Give the day of an option, today without one. Raises DayError for one that our documents cannot bear."""
    from pipeline.days import FIRST_DAY, LAST_DAY

    day = value.date() if value else dt.date.today()
    if FIRST_DAY <= day <= LAST_DAY:
        return day
    whose = "--as-of 的日期" if value else "电脑的日期"
    raise DayError(f"{whose} {day} 不可能正确，应在 {FIRST_DAY} 和 {LAST_DAY} 之间。请改正后再运行。")
