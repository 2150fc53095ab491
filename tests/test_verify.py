"""What is changed in a campaign's folder is named; what is lost is made anew: whole nights, damaged as disks and people do."""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from builders import cells_of, columns, damage, sheet_of
from conftest import REPO
from old_ledgers import MIGRATIONS

from pipeline.campaign import load
from pipeline.decide import annul_night, withdraw
from pipeline.demo import make_district, make_second_day
from pipeline.errand import parsing
from pipeline.ledger import Ledger, LedgerError
from pipeline.ledger import audit as ledger_audit
from pipeline.ledger.audit import audit, rebuild
from pipeline.ledger.database import VERSION
from pipeline.ledger.events import Draft, Event, canonical, chained, digest, of_line
from pipeline.ledger.records import figures_of
from pipeline.ledger.sound import fill
from pipeline.ledger.state import NAMES
from pipeline.model import Status
from pipeline.night import Night
from pipeline.publish.outbox import MANIFEST, lasting
from pipeline.run import run
from pipeline.verify import Verification, verify
from pipeline.workspace import create

TEAMS = 8
FIRST, SECOND, ANNULLED, THIRD, NEXT = (dt.date(2011, 4, day) for day in (1, 2, 3, 4, 5))
PERIOD = "2011-03"
WITHDRAWN, EXPLAINED, HELD_BACK, ODD = "ZF117", "ZF024", "ZF047", "ZF164"
BOOKS = ("ledger.db", "record.jsonl", "ledger.seal")
Change = Callable[[sqlite3.Connection], object]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign of three nights with mistakes, a query that was explained, a return withdrawn and a night annulled.

    Beside it: `backup`, its archive after the second night, and `waiting`, a return that has not been sent yet.
    """
    place = tmp_path_factory.mktemp("made")
    root = place / "campaign"
    create(root)
    campaign = load(root)
    make_district(campaign, campaign.periods[0], root / "inbox", clean=False, teams=TEAMS)
    run(root, FIRST, workers=1)
    sent = make_second_day(campaign, campaign.periods[0], root, teams=TEAMS)
    (place / "waiting").mkdir()
    (later,) = [each.file for each in sent if each.team == HELD_BACK]
    shutil.move(later, place / "waiting" / later.name)
    run(root, SECOND, workers=1)
    shutil.copytree(root / "archive", place / "backup")
    withdraw(root, WITHDRAWN, SECOND, "王主任", "数字有疑问")
    run(root, ANNULLED, workers=1)
    annul_night(root, "王主任", "日期写错")
    run(root, THIRD, workers=1)
    return place


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """A copy of the campaign, to damage."""
    shutil.copytree(made / "campaign", tmp_path / "campaign")
    return tmp_path / "campaign"


@pytest.fixture
def ledger(made: Path, tmp_path: Path) -> Path:
    """A copy of the campaign's ledger, record and seal alone, to damage."""
    for name in BOOKS:
        shutil.copy2(made / "campaign" / "archive" / name, tmp_path / name)
    return tmp_path / "ledger.db"


@pytest.fixture(scope="module")
def look() -> Iterator[Callable[[Path], Verification]]:
    """Verify a folder, with reading processes that all tests share."""
    with parsing(REPO, workers=1) as reader:  # their forms are all the shipped one
        yield lambda root: verify(root, reader)


def flip(path: Path, dice: random.Random, at: int | None = None) -> None:
    """Change one bit of a file."""
    content = bytearray(path.read_bytes())
    content[dice.randrange(len(content)) if at is None else at] ^= 1 << dice.randrange(8)
    path.write_bytes(content)


def contents(folder: Path) -> dict[str, bytes]:
    """Give every file of a folder, by name."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def tables(ledger: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Give all rows of a ledger, its events too."""
    with closing(sqlite3.connect(ledger)) as db:
        return {name: sorted(db.execute(f"SELECT * FROM {name}"), key=repr) for name in ("event", *NAMES)}


def record(root: Path) -> list[dict[str, Any]]:
    """Give what stands in the record, as any program reads it."""
    return [json.loads(line) for line in (root / "archive" / "record.jsonl").read_text("utf-8").splitlines()]


def archived(root: Path, team: str) -> Path:
    """Give the archived file that counts for a team."""
    events = record(root)
    sha256 = [e["payload"]["sha256"] for e in events if e["kind"] == "accepted" and e["payload"]["team"] == team][-1]
    return root / next(e["payload"]["path"] for e in events if e["payload"].get("sha256") == sha256)


# -- files


def test_all_agrees_in_a_campaign_that_nobody_touched(root: Path, look: Callable[[Path], Verification]) -> None:
    before = contents(root)
    found = look(root)
    assert (found.faults, found.notes) == ([], [])
    assert (found.nights, found.files, found.published) == (3, 13, sum(1 for _ in published(root)))
    assert found.events == len(record(root))
    assert contents(root) == before


def published(root: Path) -> Iterator[Path]:
    """Give the files that nights published and the ledger remembers."""
    for day in (FIRST, SECOND, THIRD):
        folder = root / "outbox" / day.isoformat()
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MANIFEST)


@pytest.mark.parametrize("seed", range(5))
def test_each_file_with_a_bit_changed_is_named_and_no_other(
    root: Path, look: Callable[[Path], Verification], seed: int
) -> None:
    dice = random.Random(seed)
    received = [path for path in sorted((root / "archive").rglob("*.xlsx")) if path.is_file()]
    files = [path.relative_to(root).as_posix() for path in (*received, *published(root))]
    changed = set(files) if seed == 0 else {name for name in files if dice.random() < 0.5}
    for name in changed:
        flip(root / name, dice)
    found = look(root)
    drafts = {name for name in changed if name.endswith(".docx")}
    assert {name for name in files if any(f"{name} " in fault for fault in found.faults)} == changed - drafts
    assert {name for name in files if any(f"{name} " in note for note in found.notes)} == drafts
    assert len(found.faults) == len(
        changed - drafts
    )  # one sentence each: a lost file is not told again with every total


def test_a_list_of_hashes_that_was_changed_is_named(root: Path, look: Callable[[Path], Verification]) -> None:
    manifest = root / "outbox" / FIRST.isoformat() / MANIFEST
    said = json.loads(manifest.read_text("utf-8"))
    said["汇总表.xlsx"] = "0" * 64
    manifest.write_text(json.dumps(said), "utf-8")
    assert look(root).faults == [f"outbox/{FIRST}/{MANIFEST} 与发布时不同。"]


@pytest.mark.parametrize("name", [MANIFEST, "run.json"])
def test_a_night_whose_own_notes_in_the_outbox_are_damaged_writes_them_anew(
    root: Path, look: Callable[[Path], Verification], name: str
) -> None:
    note = root / "outbox" / THIRD.isoformat() / name
    whole = note.read_text("utf-8")
    note.write_text(whole[:-9], "utf-8")
    assert [f"/{name} " in fault for fault in look(root).faults] in ([True], [True, True])
    assert run(root, THIRD, workers=1).is_new
    assert (
        look(root).faults == []
        and {**json.loads(note.read_text("utf-8")), "run.json": ""}.keys() >= json.loads(whole).keys()
    )


def test_what_was_taken_away_or_put_in_is_named(root: Path, look: Callable[[Path], Verification]) -> None:
    gone, given = archived(root, ODD), root / "outbox" / SECOND.isoformat() / "汇总表.xlsx"
    gone.unlink()
    given.unlink()
    (root / "archive" / PERIOD / ODD / "补.xlsx").write_bytes(b"x")
    (root / "archive" / "另存.xlsx").write_bytes(b"x")
    (root / "archive" / PERIOD / "Thumbs.db").write_bytes(b"x")  # made by whoever only looked
    shutil.copytree(root / "outbox" / FIRST.isoformat(), root / "outbox" / "2011-05-01")
    faults = look(root).faults
    names = [gone.relative_to(root).as_posix(), f"archive/{PERIOD}/{ODD}/补.xlsx", "archive/另存.xlsx"]
    names += [f"outbox/{SECOND}/汇总表.xlsx", "outbox/2011-05-01 "]
    assert len(faults) == len(names)
    assert all(any(name in fault for fault in faults) for name in names)


def test_a_folder_of_results_that_was_moved_away_is_only_a_note(
    root: Path, look: Callable[[Path], Verification]
) -> None:
    shutil.rmtree(root / "outbox" / FIRST.isoformat())
    found = look(root)
    assert found.faults == [] and len(found.notes) == 1 and FIRST.isoformat() in found.notes[0]


def test_the_command_says_it_with_its_exit_code(root: Path) -> None:
    command = [sys.executable, "-m", "pipeline", "-C", str(root), "verify"]
    right = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (right.returncode, right.stdout.splitlines()[-1]) == (0, "全部相符。")
    flip(archived(root, ODD), random.Random(1))
    wrong = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert wrong.returncode == 1 and wrong.stderr == ""
    assert [archived(root, ODD).name in line for line in wrong.stdout.splitlines() if line.startswith("  不符")] == [
        True
    ]


# -- ledger and record


@pytest.mark.parametrize("name", ["ledger.db", "record.jsonl"])
def test_a_changed_bit_anywhere_in_the_books_is_named_and_nothing_is_mended_by_looking(ledger: Path, name: str) -> None:
    dice, book = random.Random(2011), ledger.with_name(name)
    whole = book.read_bytes()
    header = [16, 18, 19, 20, 28, 44, 56, 63] if name == "ledger.db" else [0, len(whole) - 1]  # what SQLite obeys
    for at in (*header, *(dice.randrange(len(whole)) for _ in range(50))):
        flip(book, dice, at)
        before = contents(ledger.parent)
        assert any(name in fault for fault in audit(ledger).faults), at
        assert contents(ledger.parent) == before
        if name == "ledger.db":
            with pytest.raises(LedgerError):
                Ledger(ledger)
            assert contents(ledger.parent) == before
        book.write_bytes(whole)


@pytest.mark.parametrize("seed", range(40))
def test_damage_without_a_seal_ends_in_a_sentence_or_does_no_harm(ledger: Path, seed: int) -> None:
    dice = random.Random(seed)
    ledger.with_name("ledger.seal").unlink()
    said = {name: rows for name, rows in tables(ledger).items()}
    for _ in range(1 + seed % 3):
        flip(ledger, dice, dice.randrange(4096) if seed % 2 else None)
    faults = audit(ledger).faults
    try:
        with Ledger(ledger):
            pass
    except LedgerError:
        return
    assert faults == [] and tables(ledger) == said


def _no_database(path: Path) -> None:
    path.write_bytes("这不是账本".encode() * 900)


def _half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _page_of_zeros(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[8192:12288] = bytes(4096)
    path.write_bytes(content)


def _lines(change: Callable[[list[bytes]], None]) -> Callable[[Path], None]:
    def rewrite(path: Path) -> None:
        lines = path.read_bytes().splitlines(keepends=True)
        change(lines)
        path.write_bytes(b"".join(lines))

    return rewrite


DAMAGES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "a ledger that is no database": ("ledger.db", _no_database),
    "half a ledger": ("ledger.db", _half),
    "a page of zeros": ("ledger.db", _page_of_zeros),
    "a record that is no text": ("record.jsonl", lambda path: path.write_bytes(bytes(range(256)))),
    "half a record": ("record.jsonl", _half),
    "a line that is no JSON": ("record.jsonl", _lines(lambda lines: lines.__setitem__(4, b"{\n"))),
    "a line that is JSON and no event": ("record.jsonl", _lines(lambda lines: lines.__setitem__(4, b"[1]\n"))),
    "a line cut": ("record.jsonl", _lines(lambda lines: lines.__setitem__(4, lines[4][:30] + b"\n"))),
    "the last line cut": ("record.jsonl", _lines(lambda lines: lines.__setitem__(-1, lines[-1][:30]))),
    "a line less": ("record.jsonl", _lines(lambda lines: lines.pop(4))),
    "two lines swapped": ("record.jsonl", _lines(lambda lines: lines.insert(4, lines.pop(5)))),
    "a line twice": ("record.jsonl", _lines(lambda lines: lines.insert(4, lines[4]))),
    "a space more": ("record.jsonl", _lines(lambda lines: lines.__setitem__(4, b" " + lines[4]))),
    "a lone half of a character": (
        "record.jsonl",
        _lines(lambda lines: lines.__setitem__(4, lines[4].replace(b'"reason":""', b'"reason":"\\ud800"'))),
    ),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_a_book_that_cannot_be_read_is_named_and_the_other_gives_it_back(made: Path, ledger: Path, what: str) -> None:
    name, spoil = DAMAGES[what]
    spoil(ledger.with_name(name))
    assert any(name in fault for fault in audit(ledger).faults)
    rebuild(ledger)
    assert audit(ledger).faults == []
    assert tables(ledger) == tables(made / "campaign" / "archive" / "ledger.db")
    assert ledger.with_name("record.jsonl").read_bytes() == (made / "campaign/archive/record.jsonl").read_bytes()


def test_verifying_goes_on_beside_a_damaged_ledger(root: Path, look: Callable[[Path], Verification]) -> None:
    _no_database(root / "archive" / "ledger.db")
    flip(archived(root, ODD), random.Random(1))
    found = look(root)
    assert (found.nights, found.files) == (3, 13)
    assert all("ledger.db" in fault or archived(root, ODD).name in fault for fault in found.faults)
    assert any(archived(root, ODD).name in fault for fault in found.faults)


# -- what a person changes with a tool for SQL


def _edit(where: str, rehashed: bool = False) -> Change:
    def change(db: sqlite3.Connection) -> None:
        (seq,) = db.execute(f"SELECT seq FROM event WHERE {where}").fetchone()
        db.execute("UPDATE event SET reason = reason || '！' WHERE seq = ?", (seq,))
        if rehashed:
            row = db.execute(
                "SELECT seq, at, night, kind, by, reason, payload, previous FROM event WHERE seq = ?", (seq,)
            )
            db.execute("UPDATE event SET hash = ? WHERE seq = ?", (digest(*row.fetchone()), seq))

    return change


def _swap(db: sqlite3.Connection) -> None:
    db.execute("UPDATE event SET seq = -1 WHERE seq = 7")
    db.execute("UPDATE event SET seq = 7 WHERE seq = 8")
    db.execute("UPDATE event SET seq = 8 WHERE seq = -1")


def _add(db: sqlite3.Connection) -> None:
    db.execute(
        "INSERT INTO event SELECT (SELECT max(seq) + 1 FROM event), at, night, kind, by, reason, payload, previous, hash"
        " FROM event WHERE kind = 'accepted' LIMIT 1"
    )


LAST = "seq = (SELECT max(seq) FROM event)"
EDITS: dict[str, tuple[str, Change]] = {
    "an event": ("条事项与记录时不同", _edit("kind = 'decided'")),
    "an event with its hash": ("条事项与记录时不同", _edit("kind = 'decided'", rehashed=True)),
    "the last event with its hash": ("不一致", _edit(LAST, rehashed=True)),
    "the spaces of an event": (
        "条事项与记录时不同",
        lambda db: db.execute("UPDATE event SET payload = ' ' || payload WHERE seq = 9"),
    ),
    "an event taken away": ("第 12 条事项缺失", lambda db: db.execute("DELETE FROM event WHERE seq = 12")),
    "the last event taken away": ("缺少最后 1 条", lambda db: db.execute(f"DELETE FROM event WHERE {LAST}")),
    "two events swapped": ("条事项与记录时不同", _swap),
    "an event put in": ("条事项与记录时不同", _add),
    "what counts": ("accepted 表", lambda db: db.execute("UPDATE accepted SET figures = '{}' WHERE team = 'ZF024'")),
    "a receipt": ("receipt 表", lambda db: db.execute("UPDATE receipt SET team = 'ZF001' WHERE team = 'ZF024'")),
    "a total": ("total 表", lambda db: db.execute("UPDATE total SET value = '9' WHERE indicator = 'leaflets'")),
    "a finding": ("finding 表", lambda db: db.execute("UPDATE finding SET state = 'CLOSED'")),
    "a decision": ("decision 表", lambda db: db.execute("DELETE FROM decision")),
    "an answer": ("answer 表", lambda db: db.execute("UPDATE answer SET text = '属实'")),
    "a standing": ("standing 表", lambda db: db.execute("UPDATE standing SET status = 'HELD'")),
    "a night": ("night 表", lambda db: db.execute("UPDATE night SET as_of = '2011-03-01'")),
    "a publication": ("publication 表", lambda db: db.execute("DELETE FROM publication")),
    "a trigger": (
        "结构被改动过（t）",
        lambda db: db.execute("CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM accepted; END"),
    ),
}


@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "without a seal"])
@pytest.mark.parametrize("what", EDITS)
def test_what_somebody_changed_in_the_ledger_is_named_and_no_night_runs_on_it(
    made: Path, ledger: Path, what: str, sealed: bool
) -> None:
    says, change = EDITS[what]
    with closing(sqlite3.connect(ledger)) as db:
        change(db)
        db.commit()
    if not sealed:
        ledger.with_name("ledger.seal").unlink()
    account = audit(ledger)
    assert any(says in fault for fault in account.faults), account.faults
    assert any("封存" in fault for fault in account.faults) == sealed
    with pytest.raises(LedgerError, match="没有处理任何文件"):
        Ledger(ledger)
    if account.is_contradicted:
        with pytest.raises(LedgerError, match="从备份恢复其中正确的一个"):
            rebuild(ledger)
    else:
        rebuild(ledger)
        assert tables(ledger) == tables(made / "campaign" / "archive" / "ledger.db")
        assert ledger.with_name("ledger.db.old1").exists()


def _forged(root: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what stands in the log, and everything that could tell: all hashes, both copies, the tables and the seal."""
    events: list[Event] = []
    for each in (of_line(line) for line in (root / "archive" / "record.jsonl").read_text("utf-8").splitlines()):
        said = json.loads(canonical(each.payload))
        change({"kind": str(each.kind), "night": each.night, **said, "payload": said})
        draft = Draft(each.kind, said, each.by, each.reason)
        events += chained([draft], events[-1] if events else None, each.at, each.night)
    for name in BOOKS:
        (root / "archive" / name).unlink()
    with closing(sqlite3.connect(root / "archive" / "ledger.db")) as db:
        fill(db, events)
        db.execute(f"PRAGMA user_version = {VERSION}")
    (root / "archive" / "record.jsonl").write_bytes("".join(f"{each.line()}\n" for each in events).encode())
    with Ledger(root / "archive" / "ledger.db"):
        pass  # closing seals it


def test_a_total_changed_all_through_the_log_is_not_what_the_archive_says(
    root: Path, look: Callable[[Path], Verification]
) -> None:
    def more_leaflets(event: dict[str, Any]) -> None:
        if event["kind"] == "published" and event["night"] == 2:
            event["payload"]["totals"]["leaflets"][0] = "54000"

    _forged(root, more_leaflets)
    assert audit(root / "archive" / "ledger.db").faults == []
    (fault,) = look(root).faults
    assert fault.startswith(f"outbox/{SECOND} 公布的“") and "54000（计入 7）" in fault and "按归档重新汇总为" in fault


def test_figures_changed_all_through_the_log_are_not_what_the_archive_says(
    root: Path, look: Callable[[Path], Verification]
) -> None:
    def more_leaflets(event: dict[str, Any]) -> None:
        if event["kind"] == "accepted" and event["team"] == ODD:
            for said in event["payload"]["figures"].values():
                said["leaflets"] = "54000"

    _forged(root, more_leaflets)
    assert audit(root / "archive" / "ledger.db").faults == []
    (fault,) = look(root).faults
    assert archived(root, ODD).name in fault and "与审核通过时登记的不同" in fault


def test_a_log_whose_hashes_fit_and_that_leaves_out_what_it_must_say_is_named(
    root: Path, look: Callable[[Path], Verification]
) -> None:
    lines = (root / "archive" / "record.jsonl").read_text("utf-8").splitlines()
    events: list[Event] = []
    for each in map(of_line, lines):
        said = {key: value for key, value in each.payload.items() if each.kind != "received" or key != "path"}
        events += chained([Draft(each.kind, said)], events[-1] if events else None, each.at, each.night)
    (root / "archive" / "record.jsonl").write_bytes("".join(f"{each.line()}\n" for each in events).encode())
    (root / "archive" / "ledger.db").unlink()
    assert any("内容不全" in fault for fault in look(root).faults)


# -- what is lost


def _older(root: Path, made: Path) -> None:
    shutil.copy2(made / "backup" / "ledger.db", root / "archive" / "ledger.db")


def _gone(*names: str) -> Callable[[Path, Path], None]:
    def lose(root: Path, made: Path) -> None:
        for name in names:
            (root / "archive" / name).unlink()

    return lose


def _in_turn(*steps: Callable[[Path, Path], None]) -> Callable[[Path, Path], None]:
    def lose(root: Path, made: Path) -> None:
        for step in steps:
            step(root, made)

    return lose


LOST: dict[str, tuple[Callable[[Path, Path], None], str, bool]] = {  # how, what to do, whether it can be made anew
    "deleted": (_gone("ledger.db"), "huizong rebuild", True),
    "deleted with its seal": (_gone("ledger.db", "ledger.seal"), "huizong rebuild", True),
    "emptied": (lambda root, made: (root / "archive" / "ledger.db").write_bytes(b""), "huizong rebuild", True),
    "an older copy": (_older, "huizong verify", True),
    "an older copy without its seal": (_in_turn(_older, _gone("ledger.seal")), "旧备份", True),
    "an older copy and its seal": (
        lambda root, made: [
            shutil.copy2(made / "backup" / name, root / "archive") for name in ("ledger.db", "ledger.seal")
        ],
        "旧备份",
        True,
    ),
    "an older copy, the record deleted": (_in_turn(_older, _gone("record.jsonl")), "huizong verify", False),
    "both deleted": (_gone("ledger.db", "record.jsonl"), "从备份恢复其中一个", False),
    "all three deleted": (_gone(*BOOKS), "从备份恢复其中一个", False),
}


@pytest.mark.parametrize("what", LOST)
def test_a_night_without_its_ledger_says_so_and_does_nothing(made: Path, root: Path, what: str) -> None:
    lose, says, can_be_made = LOST[what]
    lose(root, made)
    shutil.copytree(made / "waiting", root / "inbox", dirs_exist_ok=True)
    before = contents(root)
    with pytest.raises(LedgerError) as told:
        run(root, NEXT, workers=1)
    said = str(told.value)
    assert (said.count("。"), told.value.exit_code) == (1, 1) and says in said
    assert contents(root) == before
    ledger = root / "archive" / "ledger.db"
    if can_be_made:
        rebuild(ledger)
        assert tables(ledger) == tables(made / "campaign" / "archive" / "ledger.db")
        assert audit(ledger).faults == []
    else:
        with pytest.raises(LedgerError, match="请从备份恢复"):
            rebuild(ledger)
        assert contents(root) == before


def test_the_command_says_in_one_line_that_the_ledger_is_lost_and_makes_it_anew(made: Path, root: Path) -> None:
    (root / "archive" / "ledger.db").unlink()

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "pipeline", "-C", str(root), *words]
        return subprocess.run(line, capture_output=True, encoding="utf-8", check=False)

    night = command("nightly", "--as-of", NEXT.isoformat(), "--workers", "1")
    assert night.returncode == 1 and night.stdout == ""
    assert night.stderr.count("\n") == 1 and "huizong rebuild" in night.stderr
    assert command("rebuild").returncode == 0
    assert tables(root / "archive" / "ledger.db") == tables(made / "campaign" / "archive" / "ledger.db")


def test_a_record_that_is_lost_alone_is_written_anew_by_the_next_night(made: Path, root: Path) -> None:
    (root / "archive" / "record.jsonl").unlink()
    with Ledger(root / "archive" / "ledger.db"):
        pass
    assert (root / "archive/record.jsonl").read_bytes() == (made / "campaign/archive/record.jsonl").read_bytes()


def test_a_ledger_that_is_alone_and_not_what_was_sealed_is_made_anew_only_on_somebody_s_word(
    made: Path, root: Path, look: Callable[[Path], Verification]
) -> None:
    _in_turn(_older, _gone("record.jsonl"))(root, made)
    rebuild(root / "archive" / "ledger.db", is_sure=True)
    faults = look(root).faults
    assert [fault for fault in faults if f"outbox/{THIRD} " in fault] == faults  # what the older copy does not know


def test_the_night_after_a_rebuild_gives_the_same_bytes_as_if_nothing_had_been_lost(
    made: Path, root: Path, tmp_path: Path, look: Callable[[Path], Verification]
) -> None:
    twin = tmp_path / "twin"
    shutil.copytree(root, twin)
    (root / "archive" / "ledger.db").unlink()
    rebuild(root / "archive" / "ledger.db")
    with Ledger(root / "archive" / "ledger.db") as ledger:
        assert WITHDRAWN not in ledger.accepted(PERIOD)
    nights = []
    for each in (root, twin):
        shutil.copytree(made / "waiting", each / "inbox", dirs_exist_ok=True)
        nights.append(run(each, NEXT, workers=1))
    mine, other = (each / "outbox" / NEXT.isoformat() for each in (root, twin))
    names = {name for name in contents(mine) if name != MANIFEST}
    assert names == {name for name in contents(other) if name != MANIFEST} and len(names) > 6
    assert [name for name in sorted(names) if lasting(mine / name) != lasting(other / name)] == []
    standings = {each.team.code: each for each in nights[0].standings}
    assert (standings[WITHDRAWN].counted, standings[WITHDRAWN].status) == (None, Status.HELD)
    assert [f.state.name for f in nights[0].findings if f.team == EXPLAINED and f.rule == "U02"] == ["EXPLAINED"]
    assert standings[HELD_BACK].status is Status.ACCEPTED
    assert (look(root).faults, look(twin).faults) == ([], [])


# -- a damaged archive


def _reported(night: Night) -> int:
    return night.consolidation.totals["cadres"].reported


def _known(root: Path, team: str) -> dict[str, str]:
    with Ledger(root / "archive" / "ledger.db") as ledger:
        followed = ledger.memory(load(root).periods[0]).followed
    return {key: each.finding.state.name for key, each in followed.items() if each.finding.team == team}


@pytest.mark.parametrize("how", ["damaged, put back", "missing, sent again"])
def test_a_lost_return_is_named_not_counted_and_counts_again_when_it_is_back(
    root: Path, tmp_path: Path, how: str, look: Callable[[Path], Verification]
) -> None:
    path = archived(root, EXPLAINED)
    right, states = path.read_bytes(), _known(root, EXPLAINED)
    if how.startswith("damaged"):
        flip(path, random.Random(3))
    else:
        path.unlink()
    lost = run(root, NEXT, workers=1)
    (standing,) = [each for each in lost.standings if each.team.code == EXPLAINED]
    assert standing.counted is None and _reported(lost) == 6 - 1
    assert [each.team for each in lost.damaged] == [EXPLAINED] and path.name in lost.damaged[0].message
    assert len(lost.notices) == 1 and standing.team.name in lost.notices[0]
    assert {key: state for key, state in _known(root, EXPLAINED).items() if key in states} == states
    assert [each for each in lost.closed if each.team == EXPLAINED] == []
    assert look(root).faults == [fault for fault in look(root).faults if path.name in fault] != []

    if how.startswith("damaged"):
        path.write_bytes(right)
    else:
        (root / "inbox" / "再报.xlsx").write_bytes(right)
    back = run(root, NEXT + dt.timedelta(1), workers=1)
    assert path.read_bytes() == right and list((root / "inbox").iterdir()) == []
    assert (_reported(back), back.damaged, list(back.notices)) == (6, [], [])
    assert {key: state for key, state in _known(root, EXPLAINED).items() if key in states} == states
    assert look(root).faults == []


def test_the_command_ends_with_1_while_a_return_that_counts_is_lost(root: Path) -> None:
    archived(root, ODD).unlink()
    command = [
        sys.executable,
        "-m",
        "pipeline",
        "-C",
        str(root),
        "nightly",
        "--as-of",
        NEXT.isoformat(),
        "--workers",
        "1",
    ]
    night = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert night.returncode == 1 and night.stderr == ""
    assert any(line.startswith("请注意：") and "缺失、已损坏" in line for line in night.stdout.splitlines())


def test_the_loss_of_the_return_that_counts_is_named_while_a_later_one_is_held(root: Path) -> None:
    path, column = archived(root, ODD), columns(load(root))["visits.persons"]

    def spoil(book: Any) -> None:
        sheet_of(book, column)[cells_of(book, column)[0]] = "约30"

    damage(path, spoil, root / "inbox" / "更正.xlsx")
    held = run(root, NEXT, workers=1)
    (standing,) = [each for each in held.standings if each.team.code == ODD]
    assert standing.counts_earlier and (_reported(held), held.damaged) == (6, [])
    right = path.read_bytes()
    path.unlink()
    lost = run(root, NEXT + dt.timedelta(1), workers=1)
    (standing,) = [each for each in lost.standings if each.team.code == ODD]
    assert (standing.status, standing.counted, _reported(lost)) == (Status.HELD, None, 5)
    assert [(each.team, path.name in each.message) for each in lost.damaged] == [(ODD, True)] and len(lost.notices) == 1
    path.write_bytes(right)
    back = run(root, NEXT + dt.timedelta(2), workers=1)
    assert (_reported(back), back.damaged) == (6, [])


# -- why a figure was counted


def test_the_record_alone_tells_why_a_team_s_figures_were_counted_on_a_night(root: Path) -> None:
    events = record(root)
    third = max(each["night"] for each in events if each["kind"] == "night_ended")
    (given,) = [each["payload"] for each in events if (each["kind"], each["night"]) == ("published", third)]
    begun = next(each["payload"] for each in events if (each["kind"], each["night"]) == ("night_begun", third))
    assert (begun["period"], begun["as_of"], given["folder"]) == (PERIOD, THIRD.isoformat(), THIRD.isoformat())
    annulled = {each["payload"]["number"] for each in events if each["kind"] == "night_annulled"}
    assert annulled == {third - 1}

    def story(team: str) -> dict[str, dict[str, Any]]:
        """What was recorded of the return that counted for a team when the night published, by kind."""
        told = [each for each in events if each["night"] not in annulled and each["seq"] <= events[-1]["seq"]]
        accepted = [each for each in told if each["kind"] == "accepted" and each["payload"]["team"] == team][-1]
        sha256 = accepted["payload"]["sha256"]
        return {each["kind"]: each for each in told if each["payload"].get("sha256") == sha256}

    told = story(EXPLAINED)
    order = ["received", "placed", "assessed", "accepted"]
    assert sorted(order, key=lambda kind: told[kind]["seq"]) == order
    received, placed, assessed = (told[kind]["payload"] for kind in order[:3])
    assert (root / received["path"]).name.endswith("（已改）.xlsx") and received["arrived"] == SECOND.isoformat()
    assert dt.datetime.fromisoformat(told["received"]["at"]).utcoffset() == dt.timedelta(0)
    assert (placed["team"], placed["period"]) == (EXPLAINED, PERIOD)
    assert (assessed["status"], assessed["errors"], assessed["queries"]) == ("ACCEPTED", 0, 0)
    withdrawn = story(WITHDRAWN)["decided"]
    assert (withdrawn["by"], withdrawn["reason"]) == ("王主任", "数字有疑问")

    counted = {
        each["payload"]["team"] for each in events if each["kind"] == "accepted" and each["night"] not in annulled
    }
    counted -= {WITHDRAWN, *given["left_out"]}
    form = load(root).form
    for key, (value, reported) in given["totals"].items():
        figures = [figures_of(story(team)["accepted"]["payload"]["figures"])[form.total_record] for team in counted]
        values = [said[key] for said in figures if key in said]
        assert (str(sum(values)), len(values)) == (value, reported)
    told_answers = [each["payload"] for each in events if each["kind"] == "answered"]
    assert [(each["team"], len(each["text"]) > 6) for each in told_answers] == [(EXPLAINED, True)]


# -- ledgers of older versions


def _old_ledger(root: Path, version: int) -> dict[str, tuple[str, str]]:
    """Put the ledger that an older program would have written in place of ours; gives state and first day of findings."""
    with closing(sqlite3.connect(root / "archive" / "ledger.db")) as db:
        receipts = db.execute(
            "SELECT sha256, file, path, arrived, saved_at, content, team, period FROM receipt ORDER BY number"
        ).fetchall()
        findings = db.execute(  # I13 says that a return was withdrawn: no older program knew that
            "SELECT key, state, first_seen, changed_on, finding FROM finding WHERE rule <> 'I13'"
        ).fetchall()
        totals = db.execute(
            "SELECT n.period, n.as_of, t.indicator, t.value, t.reported FROM total t JOIN night n ON n.number = t.night"
            " WHERE n.state = 'ENDED' ORDER BY n.number, t.rowid"
        ).fetchall()
    for name in BOOKS:
        (root / "archive" / name).unlink()
    with closing(sqlite3.connect(root / "archive" / "ledger.db")) as old:
        old.executescript("".join(MIGRATIONS[:version]))
        old.execute(f"PRAGMA user_version = {version}")
        old.executemany("INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?, ?)", receipts)
        for key, state, first_seen, changed_on, finding in findings:
            _put(old, key, state, first_seen, changed_on, json.loads(finding))
        about = json.loads(findings[0][4]) | {
            "rule": "V12",
            "severity": "query",
            "sheet_key": "visits",
            "field": "persons",
        }
        place = {"subject": "第7行", "line": 3, "row": 7, "cell": "D7", "team": ODD, "value": "61"}
        _put(old, "by-place-1", "OPEN", FIRST.isoformat(), FIRST.isoformat(), about | place)
        _put(
            old, "by-place-2", "EXPLAINED", FIRST.isoformat(), SECOND.isoformat(), about | place | {"subject": "第8行"}
        )
        _put(old, "closed-one", "CLOSED", FIRST.isoformat(), FIRST.isoformat(), about | {"subject": "3", "line": 2})
        for day in (FIRST, SECOND, THIRD):
            old.execute("INSERT INTO night VALUES (?, ?, 'x')", (PERIOD, day.isoformat()))
        if version > 1:
            old.executemany("INSERT INTO total VALUES (?, ?, ?, ?, ?)", totals)
        old.commit()
    return {key: (state, first_seen) for key, state, first_seen, _, _ in findings} | {
        "closed-one": ("CLOSED", FIRST.isoformat())
    }


def _put(
    old: sqlite3.Connection, key: str, state: str, first_seen: str, changed_on: str, finding: dict[str, Any]
) -> None:
    values = {"key": key, "state": state, "first_seen": first_seen, "changed_on": changed_on, **finding}
    names = ", ".join(f'"{name}"' for name in values)
    old.execute(f"INSERT INTO finding ({names}) VALUES ({', '.join('?' * len(values))})", list(values.values()))


@pytest.mark.parametrize("version", [1, 2])
def test_a_ledger_of_an_older_version_goes_on_where_it_stood(
    made: Path, root: Path, version: int, look: Callable[[Path], Verification]
) -> None:
    with closing(sqlite3.connect(root / "archive" / "ledger.db")) as db:
        given = dict(db.execute("SELECT indicator, value FROM total WHERE night = (SELECT max(night) FROM total)"))
    before = _old_ledger(root, version)
    assert look(root).faults[0].startswith("账本 archive/ledger.db 是旧版程序建立的")
    night = run(root, NEXT, workers=1)
    assert night.returns()["accepted"] == 7  # an older program knew no withdrawing
    assert _reported(night) == 7 and night.closed == [] and night.damaged == [] and list(night.notices) == []
    with Ledger(root / "archive" / "ledger.db") as ledger:
        memory = ledger.memory(load(root).periods[0])
    known = {key: (each.finding.state.name, str(each.finding.first_seen)) for key, each in memory.followed.items()}
    assert before.items() <= known.items()
    assert not any(key.startswith("by-place") for key in known)
    assert all(each.figures for each in memory.accepted.values())  # what later periods are compared with
    if version == 1:
        assert night.last_night is None
    else:
        assert night.last_night and night.last_night.as_of == THIRD
        assert {key: str(value) for key, (value, _) in night.last_night.values.items()} == given
    assert look(root).faults == []
    (root / "archive" / "ledger.db").unlink()
    said = rebuild(root / "archive" / "ledger.db")
    assert said == len(record(root)) and look(root).faults == []
    assert not run(root, NEXT, workers=1).is_new


def test_every_sentence_of_an_audit_says_which_file_it_is_about() -> None:
    assert ledger_audit.LEDGER.endswith("archive/ledger.db") and ledger_audit.RECORD.endswith("archive/record.jsonl")
