"""`huizong schedule`: files to double-click, and files that let the system run a night by itself."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
from pathlib import Path

import click

from pipeline.cli.options import Workspace, on_workspace
from pipeline.cli.saying import say
from pipeline.errors import CampaignError, HuizongError


class ScheduleError(HuizongError):
    """The time is none, or the program cannot be started by others."""

    exit_code = 2


@click.command()
@click.option("--at", default="02:00", show_default=True, metavar="时:分", help="每晚几点运行")
@on_workspace
def schedule(workspace: Workspace, at: str) -> None:
    """写出双击就能运行的文件，和每晚自动运行的设置。"""
    from pipeline.schedule import FOLDER, Place, System, written

    root, system = workspace.root, System.of(sys.platform)
    if not (root / "schemas").is_dir():
        raise CampaignError(f"“{root}”中没有 schemas，不是活动文件夹。请用 -C 写明活动文件夹。")
    (root / FOLDER).mkdir(exist_ok=True)
    for name, content in written(system, Place(str(_program()), str(root), _time(at))).items():
        (root / name).write_bytes(content)
    (root / system.start).chmod(0o755)
    say(f"双击运行：{root / system.start}")
    say(f"每晚 {at} 自动运行：照 {root / FOLDER / '说明.txt'} 设置一次。")


def _time(text: str) -> dt.time:
    try:
        return dt.datetime.strptime(text, "%H:%M").time()
    except ValueError as wrong:
        raise ScheduleError(f"“{text}”不是时间。请按 02:00 的样式填写。") from wrong


def _program() -> Path:
    """Find the command as others can start it."""
    name = "huizong.exe" if os.name == "nt" else "huizong"
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise ScheduleError("找不到 huizong 程序本身。请按手册安装以后，用安装的 huizong 运行这条命令。")
    return Path(os.path.abspath(found))
