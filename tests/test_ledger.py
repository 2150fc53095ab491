"""The ledger by itself: what it does when it was cut off, found beside another, of another version, or has grown large."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import DUE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from old_ledgers import MIGRATIONS

from pipeline.booking import book
from pipeline.ledger import Draft, Kind, Ledger, LedgerError
from pipeline.ledger.audit import audit, rebuild
from pipeline.ledger.database import VERSION
from pipeline.ledger.events import ORIGIN, chained, of_line, plain
from pipeline.model import Period

MARCH = Period("2011-03", "2011年3月", dt.date(2011, 3, 1), DUE, DUE)
FIGURES = {"total": {"leaflets": "12"}}
AT = "2011-04-06T12:00:00.000+00:00"


def sha(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def arrivals(numbers: Sequence[int], teams: int) -> list[Draft]:
    """Give what is recorded of returns: the n-th is of the n-th team, counted round."""
    drafts = []
    for number in numbers:
        said = {"sha256": sha(number), "file": f"{number}.xlsx", "path": f"archive/{number}.xlsx"}
        drafts.append(Draft(Kind.RECEIVED, {**said, "arrived": DUE.isoformat(), "saved_at": ""}))
        team = {"team": f"T{number % teams}", "period": MARCH.key, "content": sha(-number)}
        drafts.append(Draft(Kind.PLACED, {"sha256": sha(number), **team}))
    return drafts


def night(ledger: Ledger, day: dt.date, numbers: Sequence[int], teams: int = 3) -> None:
    """Record a night that accepts all that arrives."""
    ledger.begin_night(MARCH.key, day, "form")
    ledger.record(arrivals(numbers, teams))
    accepted = [
        Draft(Kind.ACCEPTED, {"period": MARCH.key, "team": f"T{n % teams}", "sha256": sha(n), "figures": FIGURES})
        for n in numbers
    ]
    said = {"folder": day.isoformat(), "files": {}, "totals": {"leaflets": ["36", 3]}, "left_out": []}
    ledger.end_night(accepted, Draft(Kind.PUBLISHED, said), True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The ledger of two nights."""
    with Ledger(tmp_path / "archive" / "ledger.db") as ledger:
        night(ledger, DUE, range(3))
        night(ledger, DUE + dt.timedelta(1), range(3, 6))
    return tmp_path / "archive" / "ledger.db"


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_a_folder_in_which_nothing_was_recorded_has_no_faults(tmp_path: Path) -> None:
    assert audit(tmp_path / "ledger.db").faults == []


def test_a_transaction_that_was_cut_off_is_taken_back_and_looking_at_it_mends_nothing(path: Path) -> None:
    cut = path.with_name("cut")
    cut.mkdir()
    with Ledger(path) as ledger:
        before = [each.hash for each in ledger.events()]
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA cache_size = 1")
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM receipt")
        db.executemany("INSERT INTO decision VALUES (?, 'x', ?, '', '', '', '')", [(n, "y" * 500) for n in range(500)])
        for name in ("ledger.db", "ledger.db-journal", "record.jsonl"):  # as the disk was when the power went
            shutil.copy2(path.with_name(name), cut / name)
        db.execute("ROLLBACK")
    written = contents(cut)
    assert written["ledger.db"] != path.read_bytes()
    assert audit(cut / "ledger.db").faults == []
    assert contents(cut) == written
    with Ledger(cut / "ledger.db") as ledger:
        assert [each.hash for each in ledger.events()] == before and len(ledger.receipts()) == 6


def test_a_ledger_made_anew_is_not_undone_by_what_the_lost_one_left_beside_it(path: Path) -> None:
    path.with_name("ledger.db-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(2000))
    path.write_bytes(b"x" * 9000)
    rebuild(path)
    assert audit(path).faults == [] and not path.with_name("ledger.db-journal").exists()


def test_a_run_that_was_cut_off_leaves_no_seal_and_the_next_sets_it(path: Path) -> None:
    path.with_name("ledger.seal").unlink()
    lines = path.with_name("record.jsonl").read_bytes().splitlines(keepends=True)
    path.with_name("record.jsonl").write_bytes(b"".join(lines[:-2]) + lines[-2][:20])
    assert audit(path).faults == ["归档记录 archive/record.jsonl 缺少最后 2 条事项。"]
    with Ledger(path):
        pass
    assert path.with_name("record.jsonl").read_bytes() == b"".join(lines)
    assert path.with_name("ledger.seal").exists() and audit(path).faults == []


def test_a_seal_that_is_spoilt_is_told_and_rebuilding_sets_it_anew(path: Path) -> None:
    path.with_name("ledger.seal").write_bytes(b"\xff\x00")
    assert len(audit(path).faults) == 1 and "封存" in audit(path).faults[0]
    with pytest.raises(LedgerError, match="huizong verify"):
        Ledger(path)
    rebuild(path)
    assert audit(path).faults == []


def test_two_whole_books_that_say_different_things_are_not_joined(path: Path, tmp_path: Path) -> None:
    with Ledger(tmp_path / "other" / "ledger.db") as other:
        night(other, DUE, range(7, 10))
    shutil.copy2(tmp_path / "other" / "record.jsonl", path.with_name("record.jsonl"))
    before = contents(path.parent)
    assert any("从第 1 条事项起不一致" in fault for fault in audit(path).faults)
    with pytest.raises(LedgerError, match="从备份恢复其中正确的一个"):
        rebuild(path)
    with pytest.raises(LedgerError, match="没有处理任何文件"):
        Ledger(path)
    assert contents(path.parent) == before


@pytest.mark.parametrize("script", MIGRATIONS[:1])
def test_a_ledger_of_another_version_is_told_from_a_damaged_one(path: Path, tmp_path: Path, script: str) -> None:
    old, newer = tmp_path / "old" / "ledger.db", path
    old.parent.mkdir()
    with closing(sqlite3.connect(old)) as db:
        db.executescript(f"{script}; PRAGMA user_version = 1;")
    assert audit(old).faults == [
        "账本 archive/ledger.db 是旧版程序建立的，其中还没有事项。请先运行一次 huizong nightly。"
    ]
    newer.with_name("ledger.seal").unlink()
    with closing(sqlite3.connect(newer)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    assert audit(newer).faults == ["账本 archive/ledger.db 是更新版本的程序建立的。请升级 huizong。"]
    for each in (old, newer):
        with pytest.raises(LedgerError):
            rebuild(each)


def test_a_ledger_that_another_program_holds_is_not_called_damaged(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db, Ledger(path) as ledger:
        db.execute("BEGIN IMMEDIATE")
        ledger._db.execute("PRAGMA busy_timeout = 10")
        with pytest.raises(sqlite3.OperationalError):
            ledger.record(arrivals([8], 3))
        db.execute("ROLLBACK")
        ledger.record(arrivals([8], 3))
    assert audit(path).faults == []


def test_an_annulled_night_is_the_same_after_a_rebuild(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.record([Draft(Kind.NIGHT_ANNULLED, {"number": 2}, "王主任", "日期写错")])
        before = ledger.receipts(), ledger.memory(MARCH), ledger.given_out(MARCH, DUE + dt.timedelta(1))
    path.unlink()
    rebuild(path)
    with Ledger(path) as ledger:
        after = ledger.receipts(), ledger.memory(MARCH), ledger.given_out(MARCH, DUE + dt.timedelta(1))
        assert after == before and before[2] is not None and before[2].as_of == DUE
        assert [each.arrived for each in ledger.receipts()].count(None) == 3


TEXTS = st.text(st.characters(codec="utf-8"))
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
PAYLOADS = st.dictionaries(TEXTS, st.recursive(PLAIN, lambda each: st.lists(each) | st.dictionaries(TEXTS, each)))


@pytest.mark.slow
@settings(max_examples=200, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(PAYLOADS, TEXTS, TEXTS, st.none() | st.integers(1))
def test_an_event_is_hashed_and_written_as_in_every_ledger_before(
    payload: dict[str, Any], by: str, reason: str, night: int | None
) -> None:
    (event,) = chained([Draft(Kind.DECIDED, payload, by, reason)], None, AT, night)
    said = _as_ever(payload)
    whole = _as_ever([1, AT, night, "decided", by, reason, said, ORIGIN])
    assert (event.said, event.hash) == (said, hashlib.sha256(whole.encode()).hexdigest())
    names = ("seq", "at", "night", "kind", "by", "reason", "payload", "previous", "hash")
    assert event.line() == _as_ever({name: getattr(event, name) for name in names})
    assert of_line(event.line()) == event


@settings(max_examples=200, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(TEXTS, st.none() | st.booleans() | st.integers() | TEXTS))
def test_what_has_no_fractions_is_written_the_same_by_the_quicker_way(said: dict[str, Any]) -> None:
    assert plain(said) == _as_ever(said)


def _as_ever(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_twenty_thousand_receipts_are_remembered_booked_and_audited_in_seconds(tmp_path: Path) -> None:
    path, nights = tmp_path / "archive" / "ledger.db", 20
    with Ledger(path) as ledger:
        for number in range(nights):
            night(ledger, DUE + dt.timedelta(number), range(number * 1000, number * 1000 + 1000), teams=500)
        started = time.process_time()
        assert len(ledger.memory(MARCH).contents) == 20_000
        known = {each.sha256: each for each in ledger.receipts()}
        again = [replace(each, file=f"again/{each.file}") for each in list(known.values())[:5000]]
        booked = book(again, known, frozenset())
        assert (len(booked.new), len(booked.again) + len(booked.repeated)) == (0, 5000)
        assert time.process_time() - started < 6  # a second or less; looking each up among all took minutes
    started = time.process_time()
    assert audit(path).faults == []
    assert time.process_time() - started < 30
