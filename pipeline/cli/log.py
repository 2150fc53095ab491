"""The log of nights: a file a day in `logs/`, in which whoever comes later reads what was said and how it ended.

Each line is there as soon as it is said. A log that cannot be written stops no night. On Windows, old Notepad can show it.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import pipeline
from pipeline.cli.endings import Ending, ending
from pipeline.cli.saying import complain, listeners

FOLDER, KEPT = "logs", 60
IS_FOR_NOTEPAD = os.name == "nt"
_SUFFIX, _BYTE_ORDER_MARK = ".log", b"\xef\xbb\xbf"
_STAGES = {
    "receive": "收取", "read": "读取", "parse": "整理", "check": "审核", "settle": "核定", "publish": "写出结果",
}  # fmt: skip
_CODES = {
    0: "正常", 1: "没有做完，或结果不完整，原因见上", 2: "用法或日期有误", 3: "活动文件夹的设置有误",
    5: "另一个 huizong 正在处理", 6: "集群不可用", 129: "窗口被关闭", 130: "被中断", 143: "被系统结束",
}  # fmt: skip
_BUG = "程序自身出错，请把以下内容发给技术人员"


@contextmanager
def logged(root: Path) -> Iterator[None]:
    """Log what is said in the `with` and how it ends, where there is a campaign. Goes on where no log can be written."""
    if not (root / "schemas").is_dir():  # a folder that was mistyped: nothing is made there
        yield
        return
    log = Log(root / FOLDER, root)
    listeners.append(log.write)
    try:
        yield
    except BaseException as problem:
        _end(log, problem)
        raise
    _end(log, SystemExit(0))


def timed(seconds: Mapping[str, float]) -> str:
    """Say how long each stage took."""
    return "用时：" + "，".join(f"{_STAGES.get(stage, stage)} {spent:.1f} 秒" for stage, spent in seconds.items())


def _end(log: Log, problem: BaseException) -> None:
    listeners.remove(log.write)
    log.end(problem)
    if log.is_lacking and isinstance(problem, SystemExit):  # else something worse is said
        complain(f"没能写入运行记录“{log.place}”，本次处理不受影响。请检查磁盘是否已满、logs 文件夹能否写入。")


class Log:
    """What is written of one run. is_lacking: whether some of it could not be."""

    def __init__(self, folder: Path, root: Path) -> None:
        now = dt.datetime.now()
        self.place, self.is_lacking = folder / f"{now.date().isoformat()}{_SUFFIX}", False
        self._file, self._began = self._opened(), time.perf_counter()
        version = f"huizong {pipeline.__version__}，Python {sys.version.split()[0]}，{sys.platform}"
        self._put(f"======== {now:%Y-%m-%d %H:%M:%S}　{version}\n")
        self.write(f"命令：huizong {' '.join(map(_quoted, sys.argv[1:]))}")
        self.write(f"文件夹：{root}")

    def write(self, line: str) -> None:
        """Write a line, with the time."""
        self._put(f"{time.strftime('%H:%M:%S')}　{line}\n" if line else "\n")

    def end(self, problem: BaseException) -> None:
        """Write how it ended, and close the log."""
        end = ending(problem)
        code, says = end or Ending(1, [_BUG, *_traceback(problem)])
        for line in says:
            self.write(line)
        what = f"（{_CODES[code]}）" if end and code in _CODES else ""
        self.write(f"退出码 {code}{what}，共 {time.perf_counter() - self._began:.1f} 秒")
        self.write("")
        if self._file is not None:
            self._file.close()

    def _put(self, text: str) -> None:
        if self._file is not None:
            try:
                self._file.write(_encoded(text))
            except OSError:
                self.is_lacking = True

    def _opened(self) -> BinaryIO | None:
        """Open the day's file; with a new one, let go of the oldest."""
        folder = self.place.parent
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            is_new = not self.place.exists()
            file = open(self.place, "ab", buffering=0)  # noqa: SIM115 - it is closed at the end
            if is_new:
                file.write(_BYTE_ORDER_MARK if IS_FOR_NOTEPAD else b"")
                _forget_oldest(folder)
        except OSError:
            self.is_lacking = True
            return None
        return file


def _forget_oldest(folder: Path) -> None:
    for name in sorted(filter(_is_ours, os.listdir(folder)))[:-KEPT]:
        with suppress(OSError):  # open in a program
            os.remove(folder / name)


def _is_ours(name: str) -> bool:
    try:
        return name.endswith(_SUFFIX) and bool(dt.date.fromisoformat(name.removesuffix(_SUFFIX)))
    except ValueError:
        return False


def _encoded(text: str) -> bytes:
    return (text.replace("\n", "\r\n") if IS_FOR_NOTEPAD else text).encode(errors="replace")


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word or not word else word


def _traceback(problem: BaseException) -> list[str]:
    import traceback

    return "".join(traceback.format_exception(problem)).splitlines()
