"""Whether ledger and record are what they were, and how the one is made anew out of the other."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.ledger import journal, seal
from pipeline.ledger.database import LEDGER, NAME, VERSION, LedgerError
from pipeline.ledger.events import BrokenChainError, Event, check_chain
from pipeline.ledger.sound import DAMAGES, examine, fill

RECORD = f"归档记录 archive/{journal.NAME}"


class _OtherVersionError(Exception):
    """The ledger is one of another version of this program."""


@dataclass(frozen=True)
class Account:
    """What an audit found of the ledger. events: of whichever copy is whole, the longer one; none if neither is.

    faults: sentences that name what is wrong. is_contradicted: both copies are whole, and say different things. is_alone:
    only the ledger is whole, and it is not what was sealed: nothing tells whether it lacks what came last.
    """

    events: Sequence[Event] = field(default_factory=list)
    faults: Sequence[str] = field(default_factory=list)
    is_contradicted: bool = False
    is_alone: bool = False


def audit(ledger: Path) -> Account:
    """Compare the bytes of the ledger with its seal, each event with its hash, the tables with the events, both copies.

    Changes nothing. A folder in which nothing was ever recorded has no faults.
    """
    record = ledger.with_name(journal.NAME)
    if not any(place.exists() for place in (ledger, record, ledger.with_name(seal.NAME))):
        return Account()
    is_sealed = not ledger.exists() or seal.holds(ledger)
    faults = [] if is_sealed else [f"{LEDGER} 的内容与封存时不同：在程序之外被改动，或文件已损坏。"]
    try:
        here = _events_of_ledger(ledger, faults)
    except _OtherVersionError as other:
        return Account(faults=[f"{LEDGER} {other}"])
    there = _events_of_record(record, faults)
    disagreement = _disagreement(here, there) if here is not None and there is not None else ""
    faults += [disagreement] if disagreement else []
    whole = max((each for each in (here, there) if each is not None), key=len, default=[])
    is_contradicted = bool(disagreement) and not _is_beginning(here or [], there or [])
    return Account(whole, faults, is_contradicted, here is not None and there is None and not is_sealed)


def _events_of_ledger(path: Path, faults: list[str]) -> list[Event] | None:
    if not path.exists() or not path.stat().st_size:
        faults.append(f"{LEDGER} 不在了，或是空的。")
        return None
    version = VERSION
    # Whatever the database finds in the file, and wants to mend, it does in a copy.
    with TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        for name in (path.name, f"{path.name}-journal"):
            if path.with_name(name).is_file():
                shutil.copyfile(path.with_name(name), copy.with_name(name))
        try:
            with closing(sqlite3.connect(copy)) as db:
                version = int(db.execute("PRAGMA user_version").fetchone()[0])
                if version == VERSION:
                    events, wrong = examine(db)
                    faults += [f"{LEDGER} {each}。" for each in wrong]
                    return events
        except DAMAGES as damage:
            faults.append(f"{LEDGER} 已损坏，无法读取（{damage}）。")
            return None
    if version > VERSION:
        raise _OtherVersionError("是更新版本的程序建立的。请升级 huizong。")
    raise _OtherVersionError("是旧版程序建立的，其中还没有事项。请先运行一次 huizong nightly。")


def _events_of_record(path: Path, faults: list[str]) -> list[Event] | None:
    if not path.exists():
        faults.append(f"{RECORD} 不在了。")
        return None
    try:
        events = list(journal.read(path))
        check_chain(events)
        return events
    except BrokenChainError as broken:
        faults.append(f"{RECORD} 的{broken}。")
    except journal.JournalError as broken:
        faults.append(f"归档记录 archive/{broken}。")
    except DAMAGES as damage:
        faults.append(f"{RECORD} 已损坏，无法读取（{damage}）。")
    return None


def _is_beginning(here: Sequence[Event], there: Sequence[Event]) -> bool:
    """Whether one says what the other says, as far as it goes."""
    return all(one.hash == other.hash for one, other in zip(here, there, strict=False))


def _disagreement(here: Sequence[Event], there: Sequence[Event]) -> str:
    for one, other in zip(here, there, strict=False):
        if one.hash != other.hash:
            return f"{LEDGER} 与{RECORD} 从第 {one.seq} 条事项起不一致。"
    if len(here) != len(there):
        return f"{LEDGER if len(here) < len(there) else RECORD} 缺少最后 {abs(len(here) - len(there))} 条事项。"
    return ""


def rebuild(ledger: Path, is_sure: bool = False) -> int:
    """Make ledger and record anew out of whichever of them is whole; gives the number of events.

    What was there is kept under another name. Cut off anywhere, it can be run again: at every moment one of them is there.
    is_sure: the operator knows that there is no better copy. Raises LedgerError if neither is whole, each says something
    else, or the only whole one may lack what came last.
    """
    account = audit(ledger)
    if not account.events:
        raise LedgerError(f"账本和归档记录都不完整，无法重建：{''.join(account.faults)}请从备份恢复其中一个。")
    if account.is_contradicted:
        raise LedgerError(f"{''.join(account.faults)}请从备份恢复其中正确的一个，移走另一个，再运行 huizong rebuild。")
    if account.is_alone and not is_sure:
        raise LedgerError(
            f"{''.join(account.faults)}没有别的副本可以对照，按它重建可能会丢失最近的登记。请从备份恢复 {NAME} 或"
            f" {journal.NAME}；确实没有备份的，请加 --yes，再用 huizong verify 核对缺了什么。"
        )
    record = ledger.with_name(journal.NAME)
    part, fresh = (place.with_name(f"{place.name}.part") for place in (ledger, record))
    for left in (part, fresh):
        left.unlink(missing_ok=True)
    with closing(sqlite3.connect(part)) as db:
        fill(db, account.events)
        db.execute(f"PRAGMA user_version = {VERSION}")
    journal.append(fresh, (event.line() for event in account.events))
    for place, made in ((record, fresh), (ledger, part)):
        if place.exists() and place.read_bytes() != made.read_bytes():
            _keep(place)
    os.replace(fresh, record)
    seal.lift(ledger)
    # A journal that a crash left belongs to the old ledger; SQLite would play it into the new one.
    ledger.with_name(f"{ledger.name}-journal").unlink(missing_ok=True)
    os.replace(part, ledger)
    seal.write(ledger)
    return len(account.events)


def _keep(place: Path) -> None:
    """Copy a file under a name that is free. What a rebuilding that was cut off has kept already is not kept twice."""
    content, part = place.read_bytes(), place.with_name(f"{place.name}.old.part")
    for number in count(1):
        name = place.with_name(f"{place.name}.old{number}")
        if not name.exists():
            part.write_bytes(content)
            os.replace(part, name)
        if name.read_bytes() == content:
            return
