"""A campaign's day on a computer of its own: files to double-click, and files that let the system run a night.

Pure texts, made of those in `files/` for one system, one place of the program and one campaign folder.
"""

from __future__ import annotations

import datetime as dt
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from importlib.resources import files
from xml.sax.saxutils import escape

FOLDER = "定时运行"
START = "收件汇总"
_BYTE_ORDER_MARK = "\ufeff"


class System(Enum):
    """What the computer runs."""

    WINDOWS = "windows"
    MACOS = "macos"
    LINUX = "linux"

    @classmethod
    def of(cls, platform: str) -> System:
        """Give the system that Python calls so."""
        return {"win32": cls.WINDOWS, "darwin": cls.MACOS}.get(platform, cls.LINUX)

    @property
    def start(self) -> str:
        """Name of the file to double-click."""
        return START + {System.WINDOWS: ".bat", System.MACOS: ".command", System.LINUX: ".sh"}[self]


@dataclass(frozen=True, slots=True)
class Place:
    """Where things are on a computer, as it writes paths; at: when a night begins."""

    program: str
    folder: str
    at: dt.time


def written(system: System, place: Place) -> Mapping[str, bytes]:
    """Give the files for a system: name in the campaign folder -> what it holds."""
    return {
        System.WINDOWS: _for_windows,
        System.MACOS: _for_macos,
        System.LINUX: _for_linux,
    }[system](place)


def _for_windows(place: Place) -> dict[str, bytes]:
    task = _filled("task.xml", place, escape)
    return {
        System.WINDOWS.start: _dos(_filled("start.bat", place, lambda path: path.replace("%", "%%"))).encode(),
        f"{FOLDER}/任务计划.xml": _dos(_BYTE_ORDER_MARK + task).encode("utf-16-le"),
        f"{FOLDER}/说明.txt": _dos(_BYTE_ORDER_MARK + _manual(System.WINDOWS, place)).encode(),
    }


def _for_macos(place: Place) -> dict[str, bytes]:
    return {
        System.MACOS.start: _filled("start.sh", place, shlex.quote).encode(),
        f"{FOLDER}/huizong.plist": _filled("huizong.plist", place, escape, "{:d}").encode(),
        f"{FOLDER}/说明.txt": _manual(System.MACOS, place).encode(),
    }


def _for_linux(place: Place) -> dict[str, bytes]:
    in_cron = _filled("crontab.txt", place, lambda path: shlex.quote(path).replace("%", "\\%"), "{:d}")
    paths = {"PROGRAM": _started(place.program), "FOLDER": place.folder.replace("%", "%%")}
    return {
        System.LINUX.start: _filled("start.sh", place, shlex.quote).encode(),
        f"{FOLDER}/crontab.txt": in_cron.encode(),
        f"{FOLDER}/huizong.service": _replaced(_text("huizong.service"), paths).encode(),
        f"{FOLDER}/huizong.timer": _filled("huizong.timer", place, str).encode(),
        f"{FOLDER}/说明.txt": _manual(System.LINUX, place).encode(),
    }


def _started(program: str) -> str:
    """Write the path of a program as systemd reads an argument."""
    escaped = program.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


_SLEPT = {
    System.WINDOWS: "电脑醒来或开机、用户登录以后，任务计划程序会自动补做一次（几分钟以内）。",
    System.MACOS: "睡着的，醒来时自动补做一次；关着的不补做，早晨双击一次即可。",
    System.LINUX: "用 systemd 定时器的，醒来或开机后自动补做一次；用 cron 的，只在开机时补做，睡着的不补做，早晨双击一次即可。",
}


def _manual(system: System, place: Place) -> str:
    text = _text(f"read_{system.value}.txt") + _text("read_all.txt")
    quoted = shlex.quote(place.folder)
    facts = {"SLEPT": _SLEPT[system], "START": system.start, "FOLDER": place.folder, "FOLDER_SH": quoted}
    return _replaced(text, facts)


def _filled(name: str, place: Place, quoted: Callable[[str], str], number: str = "{:02d}") -> str:
    facts = {
        "PROGRAM": quoted(place.program), "FOLDER": quoted(place.folder),
        "HOUR": number.format(place.at.hour), "MINUTE": number.format(place.at.minute),
    }  # fmt: skip
    return _replaced(_text(name), facts)


def _replaced(text: str, facts: Mapping[str, str]) -> str:
    """Put facts into their places, all at once: what one of them says is none."""
    return re.sub("@([A-Z_]+)@", lambda place: facts[place[1]], text)


def _text(name: str) -> str:
    return (files("pipeline") / "schedule" / "files" / name).read_text(encoding="utf-8")


def _dos(text: str) -> str:
    return text.replace("\n", "\r\n")
