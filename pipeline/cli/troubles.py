"""Troubles with the disk and the system, each said in one sentence that tells the operator what to do."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator

_FULL = "磁盘已满或超出配额，{path}写不进去。请清理出空间后再运行一次，已收取的文件不会丢失。"
_READ_ONLY = "{path}所在的磁盘是只读的。请换一个可以写入的文件夹，或请管理员解除只读后再运行。"
_FORBIDDEN = "没有权限读写{path}，或者它正在别的程序中打开。请关闭正在使用它的程序，或请管理员加上权限后再运行。"
_BROKEN_DISK = "读写{path}时磁盘出错。请检查磁盘、U 盘或网络驱动器的连接，备份 archive 文件夹后再运行。"
_TOO_MANY = "系统中打开的文件太多，打不开{path}。请关闭其他程序后再运行，或用 --workers 1 减少进程。"
_TOO_LONG = "路径太长，系统不接受：{path}。请把活动文件夹移到较短的路径下后再运行。"
_NO_FOLDER = "{path}应是文件夹，却是文件或无效的链接。请把它移走或改名后再运行。"
_GONE = "磁盘、U 盘或网络驱动器已断开，找不到{path}。请重新连接后再运行。"
_VANISHED = (
    "{path}突然找不到了，可能刚被移走、改名或删除，也可能是网络驱动器断开过。请核对后再运行一次，已收取的文件不会丢失。"
)
_NO_ROOM = "没有可用的临时文件夹，可能磁盘已满。请清理出空间后再运行。"
_OF_SYSTEM = {
    errno.ENOSPC: _FULL, getattr(errno, "EDQUOT", errno.ENOSPC): _FULL, errno.EFBIG: _FULL,
    errno.EROFS: _READ_ONLY, errno.EACCES: _FORBIDDEN, errno.EPERM: _FORBIDDEN, errno.EIO: _BROKEN_DISK,
    errno.EMFILE: _TOO_MANY, errno.ENFILE: _TOO_MANY, errno.ENAMETOOLONG: _TOO_LONG,
    errno.ENOTDIR: _NO_FOLDER, errno.ELOOP: _NO_FOLDER, errno.EEXIST: _NO_FOLDER,
    getattr(errno, "ESTALE", errno.EIO): _GONE, errno.ENODEV: _GONE, errno.ENXIO: _GONE,
}  # fmt: skip
_OF_LEDGER = {
    sqlite3.SQLITE_FULL: _FULL, sqlite3.SQLITE_READONLY: _FORBIDDEN, sqlite3.SQLITE_CANTOPEN: _FORBIDDEN,
    sqlite3.SQLITE_PERM: _FORBIDDEN, sqlite3.SQLITE_IOERR: _BROKEN_DISK,
    sqlite3.SQLITE_BUSY: "{path}正被别的程序占用。请关闭正在查看它的程序后再运行。",
    sqlite3.SQLITE_NOTADB: "{path}不是账本或者已损坏。请运行 huizong rebuild 重建，不要删除 archive 文件夹。",
    sqlite3.SQLITE_CORRUPT: "{path}已损坏。请运行 huizong rebuild 重建，不要删除 archive 文件夹。",
}  # fmt: skip
_LEDGER = "账本 archive/ledger.db "
_PRIMARY = 0xFF  # the lower byte of an extended result code says what kind it is


def carriers() -> tuple[type[Exception], ...]:
    """Give the kinds of exception in which such a trouble comes; what writes workbooks wraps what the system told it."""
    from xlsxwriter.exceptions import XlsxFileError

    return OSError, sqlite3.Error, XlsxFileError


def sentence(problem: BaseException) -> str | None:
    """Say what the operator has to do about a trouble of the disk or the system; None if it is none of these."""
    for each in _inside(problem):
        if isinstance(each, sqlite3.Error):
            says = _OF_LEDGER.get((getattr(each, "sqlite_errorcode", None) or 0) & _PRIMARY)
            return says.format(path=_LEDGER) if says else None
        if isinstance(each, OSError):
            return _of_system(each)
    return None


def _inside(problem: BaseException) -> Iterator[BaseException]:
    """Give a problem, and the one that it carries."""
    yield problem
    yield from (each for each in problem.args if isinstance(each, BaseException))


def _of_system(problem: OSError) -> str | None:
    if problem.errno == errno.ENOENT and "temporary directory" in str(problem.strerror):
        return _NO_ROOM
    gone = problem.filename if problem.errno == errno.ENOENT else None
    if isinstance(gone, str) and os.path.isabs(gone):  # all that a run works on is named so
        return _VANISHED.format(path=_named(gone))
    says = _OF_SYSTEM.get(problem.errno or 0)
    if says is _NO_FOLDER and problem.errno == errno.EEXIST and _is_folder(problem.filename):
        return None
    return says.format(path=_named(problem.filename)) if says else None


def _is_folder(path: object) -> bool:
    return isinstance(path, str | bytes | os.PathLike) and os.path.isdir(path)


def _named(path: object) -> str:
    if isinstance(path, bytes | os.PathLike):
        path = os.fsdecode(path)
    return f"“{path}”" if isinstance(path, str) else "活动文件夹"
