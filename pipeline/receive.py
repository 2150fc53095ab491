"""Inbox -> archive: what is complete is copied, flushed, recorded, and only then removed; a crash anywhere loses nothing.

The next run finishes the job: a copy without a record is used again, a recorded file still in the inbox is the same bytes
and is removed. An empty inbox means that everything was received.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.ledger import Ledger, Receipt
from pipeline.model import Unplaced
from pipeline.wording import reason

PAUSE = 0.2  # seconds between two looks at a file that has just changed
SETTLED = 2.0  # seconds without a change after which a file counts as completely written
NOT_RETURNS = frozenset(("thumbs.db", "desktop.ini"))
DOWNLOADING = (".part", ".partial", ".crdownload", ".download", ".downloading", ".tmp")
UNPLACED = "_unplaced"
LONGEST_NAME = 200  # bytes of a name in the archive; file systems allow 255, and a number and ".part" are added


@dataclass(frozen=True, slots=True)
class Arrival:
    """A complete file in the inbox.

    name: with its folder inside the inbox. arrived: the folder's date, or the night's. saved_at: the file's own time, UTC.
    """

    path: Path
    name: str
    arrived: dt.date
    saved_at: str


def look(inbox: Path, as_of: dt.date) -> tuple[list[Arrival], list[Unplaced]]:
    """List the files to receive, in name order, and those to leave alone this time, each with the reason.

    A folder named by a date (2011-03-31) says when its files arrived. A file that is open in an editor or still growing stays.
    """
    inbox.mkdir(parents=True, exist_ok=True)
    sizes = {path: size for path in waiting(inbox) if (size := _size(path))}
    if any(time.time() - changed < SETTLED for _, changed in sizes.values()):
        time.sleep(PAUSE)
    arrivals: list[Arrival] = []
    left: list[Unplaced] = []
    for path, size in sizes.items():
        name = _readable(path.relative_to(inbox).as_posix())
        arrived = _folder_date(path, inbox) or as_of
        if _is_open(path):
            left.append(Unplaced(name, "", "文件正在 Excel 或 WPS 中打开。请关闭后再运行，下次自动收取。"))
        elif path.name.lower().endswith(DOWNLOADING) or _size(path) != size:
            left.append(Unplaced(name, "", "文件还在复制或下载中。完成后下次自动收取。"))
        elif arrived > as_of:
            left.append(Unplaced(name, "", f"所在文件夹的日期 {arrived} 晚于本次运行的日期，到时自动收取。"))
        else:
            saved_at = dt.datetime.fromtimestamp(size[1], dt.UTC).isoformat(timespec="seconds")
            arrivals.append(Arrival(path, name, arrived, saved_at))
    return arrivals, left


def waiting(inbox: Path) -> list[Path]:
    """List everything in the inbox and its folders that could be a return, in name order."""
    return sorted(path for path in inbox.rglob("*") if path.is_file() and not _is_junk(path.name))


def _is_junk(name: str) -> bool:
    return name.startswith(("~$", ".~", ".")) or name.lower() in NOT_RETURNS


def _is_open(path: Path) -> bool:
    locks = (f"~${path.name}", f"~${path.name[2:]}", f".~{path.name}", f".~lock.{path.name}#")
    return any(path.with_name(lock).exists() for lock in locks)


def _size(path: Path) -> tuple[int, float] | None:
    """Give size and time of last change; None if the file has gone."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime


def _readable(name: str) -> str:
    """Give a name as its sender sees it: one unpacked from a Chinese Windows archive may still be GBK."""
    raw = os.fsencode(name)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def _folder_date(path: Path, inbox: Path) -> dt.date | None:
    for folder in path.relative_to(inbox).parts[-2::-1]:
        try:
            return dt.date.fromisoformat(folder)
        except ValueError:
            continue
    return None


@dataclass(frozen=True, slots=True)
class Filing:
    """An arrival that has been read, and what is to be recorded of it; its receipt has no path yet."""

    arrival: Arrival
    receipt: Receipt


@dataclass(frozen=True)
class Filed:
    """What became of arrivals: new receipts, bytes that were received before, files to try again next time."""

    new: Sequence[Receipt]
    repeated: Sequence[Unplaced]
    changed: Sequence[Unplaced]


def file_away(filings: Sequence[Filing], ledger: Ledger, root: Path, placed: Sequence[Receipt] = ()) -> Filed:
    """Move arrivals into the archive and the ledger.

    `placed` are earlier receipts whose team has become known; they are recorded in the same transaction.
    """
    known = {receipt.sha256: receipt for receipt in ledger.receipts()}
    new: list[Receipt] = []
    repeated: list[Unplaced] = []
    changed: list[Unplaced] = []
    done: list[Arrival] = []
    for filing in filings:
        arrival, earlier = filing.arrival, known.get(filing.receipt.sha256)
        path = _keep(filing, root, earlier)
        if path is None:
            changed.append(Unplaced(arrival.name, "", "文件在读取时有改动、被移走或打不开，仍在原处，下次自动收取。"))
            continue
        if earlier is None:
            new.append(replace(filing.receipt, path=path))
            known[filing.receipt.sha256] = new[-1]
        else:
            repeated.append(Unplaced(arrival.name, "F07", reason("F07", found=earlier.file), earlier.path))
        done.append(arrival)
    ledger.add([*new, *placed])
    for arrival in done:
        try:
            arrival.path.unlink(missing_ok=True)
        except PermissionError:  # Windows removes nothing that somebody has open
            changed.append(Unplaced(arrival.name, "", "文件已收取，但正在别的程序中打开，没能移走。请关闭后自行删除。"))
    _remove_empty_folders(root / "inbox")
    return Filed(new, repeated, changed)


def _keep(filing: Filing, root: Path, earlier: Receipt | None) -> str | None:
    """Make sure that the archive has the bytes that were read, and that the inbox still has them; None if it does not."""
    arrival, receipt = filing.arrival, filing.receipt
    if not receipt.sha256 or not _still_holds(arrival.path, receipt.sha256):
        return None
    folder = root / "archive" / (f"{receipt.period}/{receipt.team}" if receipt.team else UNPLACED)
    names = _free_names(folder, f"{receipt.arrived.isoformat()}_{Path(arrival.name).name}")
    for target in [root / earlier.path] if earlier else names:
        held = _hash(target)
        if held == receipt.sha256 or ((earlier or not held) and _copy(arrival.path, target, receipt.sha256)):
            return target.relative_to(root).as_posix()
        if not held or earlier:
            return None
    raise AssertionError("unreachable: names never end")


def _copy(origin: Path, target: Path, sha256: str) -> bool:
    """Copy and flush to disk, then rename into place; false if the bytes are no longer those that were read."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    with origin.open("rb") as source, part.open("wb") as copy:
        shutil.copyfileobj(source, copy)
        copy.flush()
        os.fsync(copy.fileno())
    if _hash(part) != sha256:
        part.unlink()
        return False
    os.replace(part, target)
    _flush_folder(target.parent)
    return True


def _free_names(folder: Path, name: str) -> Iterator[Path]:
    suffix = Path(name).suffix if len(Path(name).suffix) <= 8 else ""
    stem = name.removesuffix(suffix).encode()[:LONGEST_NAME].decode(errors="ignore")
    yield folder / f"{stem}{suffix}"
    for number in range(2, 10**6):
        yield folder / f"{stem}_{number}{suffix}"


def _still_holds(received: Path, sha256: str) -> bool:
    try:
        return _hash(received) == sha256
    except OSError:  # somebody has it open now
        return False


def _hash(path: Path) -> str:
    """Hash a file; "" if there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush_folder(folder: Path) -> None:
    if os.name != "nt":  # Windows cannot open a folder, and flushes its entries with the file
        handle = os.open(folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


def _remove_empty_folders(inbox: Path) -> None:
    for folder in sorted((path for path in inbox.rglob("*") if path.is_dir()), reverse=True):
        with suppress(OSError):  # not empty, or open in a file manager
            folder.rmdir()
