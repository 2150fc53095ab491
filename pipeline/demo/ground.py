"""Where a demonstration may be made: in a folder of its own, never among what a district really sent."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import HuizongError

MARK = "模拟数据.txt"
SAYS = "本文件夹是 huizong demo 生成的模拟数据，用于试用和培训，请勿放入真实报表。\n"


class LiveFolderError(HuizongError):
    """The folder is used for a real campaign."""

    exit_code = 2


def claim(root: Path) -> None:
    """Mark a folder as a demonstration's. Raises LiveFolderError if anything was received there or lies in its inbox."""
    if _has_files(root / "archive"):
        raise LiveFolderError(f"“{root}”中已经收过报表，不能再放入模拟数据。请另选一个空文件夹。")
    if not (root / MARK).exists() and _has_files(root / "inbox"):
        raise LiveFolderError(f"“{root / 'inbox'}”中已有文件，不能再放入模拟数据。请另选一个空文件夹。")
    (root / MARK).write_text(SAYS, encoding="utf-8")


def require(root: Path) -> None:
    """Raise LiveFolderError unless the folder is a demonstration's."""
    if not (root / MARK).exists():
        raise LiveFolderError(f"“{root}”不是 huizong demo 建立的模拟文件夹，不能放入第二天的模拟数据。")


def _has_files(folder: Path) -> bool:
    return any(path.is_file() and path.name != ".lock" for path in folder.rglob("*"))
