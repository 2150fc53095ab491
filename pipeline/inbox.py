"""What lies in the inbox: what could be a return, and what will not be touched, with the reason.

Nothing is opened here and no link is followed. Quick to load: it is wanted before anything else is.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from pipeline.errors import HuizongError

NOT_RETURNS = frozenset(("thumbs.db", "desktop.ini", ".ds_store"))
LARGEST = 2 << 30  # bytes; whatever is larger would take its time and the disk, and is no return
_JUNCTION = 0xA0000003  # a folder of Windows that is really another one

LINK = "这是指向别处的链接，不会打开。请放入文件本身，并删除这个链接。"
SPECIAL = "这不是普通文件（是管道、套接字或设备），不会打开。请移走。"
HIDDEN = "名称以“.”开头，是隐藏的文件或文件夹，没有收取。如是报表，请改名后再放入；不是请删除。"
FORBIDDEN = "没有读取这个文件的权限，没有收取。请给运行本程序的用户加上读取权限，或另存一份放入。"
CLOSED = "打不开（没有权限，或文件夹层数太深），其中的内容没有收取。请把文件直接放入 inbox 再运行。"
HUGE = "文件有 {size:,} 兆字节，不像报表，没有收取。请核对后移走。"


class InboxError(HuizongError):
    """The inbox is not a folder that can be looked into."""


@dataclass(frozen=True, slots=True)
class Lying:
    """Something in the inbox. why: the reason for which it is not touched, empty for what could be a return.

    seen: size and time of last change, by which it can be told whether it is still the same, a link not followed; None if the
    system says nothing of it. is_open: an editor's lock lies beside it. at: when it was looked at, by the monotonic clock.
    """

    path: Path
    why: str = ""
    seen: tuple[int, float] | None = None
    is_folder: bool = False
    is_open: bool = False
    at: float = field(default_factory=monotonic)


def survey(inbox: Path) -> list[Lying]:
    """List everything in the inbox and its folders but what programs leave behind, in name order.

    Raises InboxError if the inbox is a link, a file, or closed to us.
    """
    return sorted(_walk(inbox)[0], key=lambda each: each.path)


def remove_empty_folders(inbox: Path) -> None:
    """Remove the folders in the inbox that have nothing in them any more. A link to a folder is none."""
    for folder in reversed(_walk(inbox)[1]):
        with suppress(OSError):  # not empty, or open in a file manager
            folder.rmdir()


def _walk(inbox: Path) -> tuple[list[Lying], list[Path]]:
    """Give what lies in the inbox, and its folders, each before those inside it."""
    lying: list[Lying] = []
    folders: list[Path] = []
    ahead = [inbox] if _is_folder(inbox) else []
    while ahead:
        folder = ahead.pop()
        try:
            with os.scandir(folder) as listing:
                entries = list(listing)
        except OSError as closed:
            if folder == inbox:
                raise InboxError(f"收件文件夹“{inbox}”打不开。请给运行本程序的用户加上读取权限后再运行。") from closed
            lying.append(Lying(folder, CLOSED))
            continue
        if folder != inbox:
            folders.append(folder)
        names = {entry.name for entry in entries}
        for entry in entries:
            each = _look_at(entry, names)
            if each is not None and not each.why and each.is_folder:
                ahead.append(each.path)
            elif each is not None:
                lying.append(each)
    return lying, folders


def _is_folder(inbox: Path) -> bool:
    """Whether there is an inbox. Raises InboxError if it is something else than a folder."""
    try:
        found = inbox.lstat()
    except FileNotFoundError:
        return False
    if _is_link(found):
        raise InboxError(f"收件文件夹“{inbox}”是指向别处的链接。请删除链接，改建同名的文件夹后再运行。")
    if not stat.S_ISDIR(found.st_mode):
        raise InboxError(f"“{inbox}”应是收件文件夹，却是一个文件。请移走或改名后再运行。")
    return True


def _look_at(entry: os.DirEntry[str], beside: set[str]) -> Lying | None:
    """Say what an entry is; None for what programs leave behind, and for what has gone since."""
    path = Path(entry.path)
    try:
        found = os.lstat(path)  # not the entry's own: Windows keeps sizes there that may be old
    except FileNotFoundError:
        return None
    except OSError:
        return Lying(path, CLOSED)
    is_folder = stat.S_ISDIR(found.st_mode)
    if is_junk(entry.name) and not is_folder:
        return None
    why = ""
    if _is_link(found):
        why = LINK
    elif entry.name.startswith(".") and entry.name.strip(" .　"):
        why = HIDDEN
    elif not is_folder:
        why = _refused(path, found)
    return Lying(path, why, (found.st_size, found.st_mtime), is_folder, _is_open(entry.name, beside))


def _refused(path: Path, found: os.stat_result) -> str:
    if not stat.S_ISREG(found.st_mode):
        return SPECIAL
    if found.st_size > LARGEST:
        return HUGE.format(size=found.st_size >> 20)
    return "" if os.access(path, os.R_OK) else FORBIDDEN


def _is_link(found: os.stat_result) -> bool:
    return stat.S_ISLNK(found.st_mode) or getattr(found, "st_reparse_tag", 0) == _JUNCTION


def is_junk(name: str) -> bool:
    """Tell what editors, file managers and systems leave behind by its name."""
    return name.startswith(("~$", ".~", "._")) or name.lower() in NOT_RETURNS


def _is_open(name: str, beside: set[str]) -> bool:
    return any(lock in beside for lock in (f"~${name}", f"~${name[2:]}", f".~{name}", f".~lock.{name}#"))


def plainly(path: str, flags: int) -> int:
    """Open a file for `open`, unless it has become a link or a pipe since it was listed; never waits for a writer."""
    handle = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"no file any more: {path!r}")
    return handle
