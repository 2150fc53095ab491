"""Inbox -> archive: what is complete is copied, flushed, recorded, and only then removed; a crash anywhere loses nothing.

The next run finishes the job: a copy without a record is used again, a recorded file still in the inbox is the same bytes
and is removed. An empty inbox means that everything was received.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from pipeline.booking import Booked, book
from pipeline.booking import placed as told_whose
from pipeline.days import FIRST_DAY
from pipeline.disk import AT_ONCE, PIECE, flush_folder, sha256_of
from pipeline.inbox import Lying, plainly, remove_empty_folders, survey
from pipeline.ledger import Draft, Kind, Ledger
from pipeline.memory import Receipt
from pipeline.model import Unplaced
from pipeline.readable import file_name

PAUSE = 0.2  # seconds between two looks at a file that has just changed
SETTLED = 2.0  # seconds without a change after which a file counts as completely written
DOWNLOADING = (".part", ".partial", ".crdownload", ".download", ".downloading", ".tmp")
HELD = "文件在读取时有改动、被移走或打不开，仍在原处，下次自动收取。"
GROWING = "文件还在复制、下载或改动中，仍在原处。完成后下次自动收取。"
NOT_REMOVED = "文件已收取，但正在别的程序中打开，或没有权限，没能移走。请关闭后自行删除。"
UNPLACED = "_unplaced"
TOGETHER = 100  # files that are removed on end
LONGEST_NAME = 200  # bytes of a name in the archive; file systems allow 255, and a number and ".part" are added


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file in the inbox that seems complete; `file_away` looks again whether it is.

    name: with its folder inside the inbox. arrived: the folder's date, or the night's. saved_at: the file's own time, UTC.
    seen: its size and time of last change. again: when a second look can tell, by the monotonic clock.
    """

    path: Path
    name: str
    arrived: dt.date
    saved_at: str
    seen: tuple[int, float]
    again: float


def look(inbox: Path, as_of: dt.date, earlier: Sequence[Lying] = ()) -> tuple[list[Arrival], list[Unplaced]]:
    """List the files to receive, in name order, and those to leave alone this time, each with the reason.

    A folder named by a date (2011-03-31) says when its files arrived. A file that is open in an editor stays.
    earlier: what a look at the inbox shortly before has shown. Raises InboxError if the inbox is no folder.
    """
    lying, before = survey(inbox), {each.path: each for each in earlier}
    arrivals: list[Arrival] = []
    left: list[Unplaced] = []
    for each in lying:
        name = "/".join(map(file_name, each.path.relative_to(inbox).parts))
        arrived = folder_date(name) or as_of
        if each.seen is None or each.why:
            left.append(Unplaced(name, "", each.why))
        elif each.is_open:
            left.append(Unplaced(name, "", "文件正在 Excel 或 WPS 中打开。请关闭后再运行，下次自动收取。"))
        elif each.path.name.lower().endswith(DOWNLOADING):
            left.append(Unplaced(name, "", GROWING))
        elif arrived > as_of:
            left.append(Unplaced(name, "", f"所在文件夹的日期 {arrived} 晚于本次运行的日期，到时自动收取。"))
        else:
            first = before.get(each.path, each)
            since = first.at if first.seen == each.seen else each.at
            changed = each.seen[1]
            again = since + (PAUSE if time.time() - changed < SETTLED else 0)
            arrivals.append(Arrival(each.path, name, arrived, _moment(changed), each.seen, again))
    return arrivals, left


def _moment(seconds: float) -> str:
    """Give a file's time in words; "" for one that no calendar has."""
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return ""


def _size(path: Path) -> tuple[int, float] | None:
    """Give size and time of last change, of a link itself; None if the file has gone."""
    try:
        stat = path.lstat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime


def folder_date(name: str) -> dt.date | None:
    """Give the day that the nearest dated folder in a file's name (2011-03-31/a.xlsx) says; None if there is none."""
    for folder in name.split("/")[-2::-1]:
        try:
            day = dt.date.fromisoformat(folder)
        except ValueError:
            continue
        if day >= FIRST_DAY:
            return day
    return None


@dataclass(frozen=True, slots=True)
class Filing:
    """An arrival that has been read, and what is to be recorded of it; its receipt has no path yet."""

    arrival: Arrival
    receipt: Receipt


@dataclass(frozen=True)
class Filed:
    """What became of arrivals: new receipts, bytes that say nothing new and the name that they had before, files to try
    again next time."""

    new: Sequence[Receipt]
    repeated: Sequence[tuple[Receipt, str]]
    changed: Sequence[Unplaced]


def file_away(filings: Iterable[Filing], ledger: Ledger, root: Path, placed: Iterable[Receipt] = ()) -> Filed:
    """Move arrivals into the archive and the ledger, but for those that changed since they were listed or read.

    Each is copied when it comes, and flushed while others are still read. `placed`, asked for behind them, are earlier receipts
    whose team has become known; they are recorded in the same transaction.
    """
    known = {receipt.sha256: receipt for receipt in ledger.receipts()}
    archived = dict(known)  # and what is copied now
    kept: list[Filing] = []
    changed: list[Unplaced] = []
    copies: dict[Path, str] = {}  # where they are to be -> hash
    flushing: list[Future[None]] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for filing in filings:
            name, before = filing.arrival.name, len(copies)
            if _is_growing(filing.arrival):
                changed.append(Unplaced(name, "", GROWING))
            elif (path := _keep(filing, root, archived.get(filing.receipt.sha256), copies)) is None:
                changed.append(Unplaced(name, "", HELD))
            else:
                kept.append(replace(filing, receipt=replace(filing.receipt, path=path)))
                archived.setdefault(filing.receipt.sha256, kept[-1].receipt)
                if len(copies) > before:
                    flushing.append(pool.submit(_make_last, root / path))
        for each in flushing:
            each.result()  # waits, and raises what was raised
    booked = _record([each.receipt for each in kept], known, ledger, placed)
    changed += _take_out(kept, ledger)
    (root / "inbox").mkdir(parents=True, exist_ok=True)
    remove_empty_folders(root / "inbox")
    return Filed(booked.new, booked.repeated, changed)


def leave_there(filings: Iterable[Filing], ledger: Ledger, root: Path, placed: Iterable[Receipt] = ()) -> Filed:
    """Record what `file_away` would, each file as kept where it lies now, and touch none: for a ledger that is a trial's."""
    known = {receipt.sha256: receipt for receipt in ledger.receipts()}
    kept: list[Receipt] = []
    changed: list[Unplaced] = []
    for filing in filings:
        arrival, receipt = filing.arrival, filing.receipt
        if _is_growing(arrival):
            changed.append(Unplaced(arrival.name, "", GROWING))
        elif not receipt.sha256:
            changed.append(Unplaced(arrival.name, "", HELD))
        else:
            kept.append(replace(receipt, path=arrival.path.relative_to(root).as_posix()))
    booked = _record(kept, known, ledger, placed)
    return Filed(booked.new, booked.repeated, changed)


def _record(kept: Sequence[Receipt], known: Mapping[str, Receipt], ledger: Ledger, placed: Iterable[Receipt]) -> Booked:
    booked = book(kept, known, ledger.taken())
    ledger.record([*booked.events(), *told_whose(placed)])
    return booked


def _is_growing(arrival: Arrival) -> bool:
    """Look again, when that can tell, whether a file is still being written."""
    if (wait := arrival.again - time.monotonic()) > 0:
        time.sleep(wait)
    return _size(arrival.path) not in (arrival.seen, None)


def _take_out(kept: Sequence[Filing], ledger: Ledger) -> list[Unplaced]:
    """Remove from the inbox what is recorded; list what somebody has open, and record that it stays."""
    some = [kept[first : first + TOGETHER] for first in range(0, len(kept), TOGETHER)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        held = [filing for filings in pool.map(_held, some) for filing in filings]
    names = [(each.receipt.sha256, each.arrival.name) for each in held]
    ledger.record([Draft(Kind.LEFT_BEHIND, {"sha256": sha256, "file": name}) for sha256, name in names])
    return [Unplaced(name, "", NOT_REMOVED) for _, name in names]


def _held(kept: Sequence[Filing]) -> list[Filing]:
    """Remove files from the inbox; give those that could not be removed."""
    held: list[Filing] = []
    for filing in kept:
        try:
            filing.arrival.path.unlink(missing_ok=True)
        except OSError as refused:  # Windows removes nothing that somebody has open; the inbox may be read-only
            if refused.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise
            held.append(filing)
    return held


def _keep(filing: Filing, root: Path, earlier: Receipt | None, copies: dict[Path, str]) -> str | None:
    """Make sure that the archive has the bytes that were read, or copy them, and that the inbox still has them.

    Gives the path in the archive; None if the inbox has something else now. Adds to `copies`, which are still to be flushed.
    """
    arrival, receipt = filing.arrival, filing.receipt
    if not receipt.sha256:  # it could not even be opened for reading
        return None
    folder = root / "archive" / (f"{receipt.period}/{receipt.team}" if receipt.team else UNPLACED)
    names = _free_names(folder, f"{arrival.arrived.isoformat()}_{Path(arrival.name).name}")
    there = (
        (path, copies[path] if path in copies else _hash(path))
        for path in ([root / earlier.path] if earlier else names)
    )
    target, lies_there = next(each for each in there if earlier or each[1] in ("", receipt.sha256))
    is_kept = lies_there == receipt.sha256
    try:
        origin = open(arrival.path, "rb", opener=plainly)  # noqa: SIM115 - it is closed below
    except OSError:  # it has gone, or somebody has it open now
        return None
    with origin:
        held = hashlib.file_digest(origin, "sha256").hexdigest() if is_kept else _copy(origin, _part(target))
    if not is_kept and held == receipt.sha256:
        copies[target] = held
    elif not is_kept:
        _part(target).unlink()
    return target.relative_to(root).as_posix() if held == receipt.sha256 else None


def _copy(origin: BinaryIO, part: Path) -> str:
    """Copy what is left of a stream; gives the hash."""
    part.parent.mkdir(parents=True, exist_ok=True)
    copied = hashlib.sha256()
    with part.open("wb") as copy:
        while piece := origin.read(PIECE):
            copied.update(piece)
            copy.write(piece)
    return copied.hexdigest()


def _make_last(target: Path) -> None:
    """Flush a copy to disk and rename it into place. A disk that turns takes its time, and less for several at once."""
    with _part(target).open("rb+") as copy:
        os.fsync(copy.fileno())
    os.replace(_part(target), target)
    flush_folder(target.parent)


def _part(target: Path) -> Path:
    return target.with_name(target.name + ".part")


def _free_names(folder: Path, name: str) -> Iterator[Path]:
    suffix = Path(name).suffix if len(Path(name).suffix) <= 8 else ""
    stem = name.removesuffix(suffix).encode()[:LONGEST_NAME].decode(errors="ignore")
    yield folder / f"{stem}{suffix}"
    for number in range(2, 10**6):
        yield folder / f"{stem}_{number}{suffix}"


def _hash(path: Path) -> str:
    """Hash a file; "" if there is none."""
    return sha256_of(path) if path.exists() else ""
