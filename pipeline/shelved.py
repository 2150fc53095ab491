"""Whether what was issued stands in `published/` as it was: nothing edited, nothing missing, nothing added."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.disk import sha256_of
from pipeline.history import History
from pipeline.inbox import is_junk
from pipeline.issued import Issue
from pipeline.ledger.records import number_of
from pipeline.publish.shelf import SHELF, is_part, part_of

RESTORE = "请从备份恢复"


def unlike_issued(root: Path, history: History) -> Iterator[str]:
    """Say of each issued file that is not what was issued, and of each that was never issued, what is wrong with it."""
    shelf = root / SHELF
    for issue in history.issues:
        place = shelf / issue.folder
        if not place.is_dir():
            where = f"{SHELF}/{issue.folder}"
            is_beside = part_of(place).is_dir()
            yield (
                f"{where} 还没有放到位。请再运行一次 huizong nightly。" if is_beside else f"{where} 不在了。{RESTORE}。"
            )
            continue
        for name, sha256 in issue.files.items():
            if says := _differs(place / name, sha256):
                yield f"{SHELF}/{issue.folder}/{name} {says}。{RESTORE}。"
        yield from _unlike_its_night(issue, history)
    known = {shelf / issue.folder / name for issue in history.issues for name in issue.files}
    for path in sorted(each for each in shelf.rglob("*") if not each.is_dir()):
        if path not in known and not is_part(path.parent) and not is_junk(path.name):
            yield f"{path.relative_to(root).as_posix()} 不是程序印发的。请移到别处。"


def _differs(path: Path, sha256: str) -> str:
    try:
        return "" if sha256_of(path) == sha256 else "与印发时不同"
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return "不在了"
    except OSError:
        return "打不开"


def _unlike_its_night(issue: Issue, history: History) -> Iterator[str]:
    """Say which totals an issue has that are not those of the night that it tells of."""
    night = next((each for each in history.nights if each.number == issue.night), None)
    totals = {key: (number_of(value), count) for key, (value, count) in night.totals.items()} if night else {}
    for key, said in issue.values.items():
        if totals.get(key) != said:
            yield f"{issue.title}所载的 {key} 与第 {issue.night} 次运行登记的不同。请从备份恢复账本。"
