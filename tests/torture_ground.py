"""Folders on which the machine is stopped: nights and decisions, each prepared once, and what an undisturbed run makes of it."""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from decided_sheet import BOOK, BY, filled, rows_of
from decided_sheet import SIGNED as SIGNED_THERE
from old_ledgers import MIGRATIONS
from remains import Remains, remains

from pipeline.campaign import load
from pipeline.cli import huizong
from pipeline.demo import make_district, make_second_day
from pipeline.errors import HuizongError
from pipeline.ledger import NAME, Ledger
from pipeline.workspace import create

FIRST, SECOND = dt.date(2011, 4, 1), dt.date(2011, 4, 2)
SIGNED = ("--by", "办公室", "--reason", "日期写错")


@dataclass(frozen=True)
class Scenario:
    """A folder, and the command that is disturbed there.

    once, twice: what that command leaves if nothing disturbs it, and if it is given once more: where it had come to its end
    before it was stopped, or could go on in spite of what failed, the next run is the second.
    """

    name: str
    folder: Path
    command: tuple[str, ...]
    once: Remains
    twice: Remains
    share: int  # of a hundred disturbances

    @property
    def begins(self) -> int:
        """Give how many events there were before, what a migration makes of an older ledger included."""
        kinds = [json.loads(self.once[name])[1] for name in sorted(self.once) if name.startswith("event ")]
        if self.command[0] != "nightly":
            return len(kinds) - (self.command[0] != "rebuild")
        return max(number for number, kind in enumerate(kinds) if kind == "night_begun")


def give(command: tuple[str, ...], root: Path) -> int:
    """Give a command, undisturbed, in this process; gives its exit code."""
    return answer(command, root)[0]


def answer(command: tuple[str, ...], root: Path) -> tuple[int, str]:
    """Give a command, and its exit code with the sentence that it ended with, if it did."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        try:
            code = huizong([*command, "-C", str(root)], prog_name="huizong", standalone_mode=False)
        except HuizongError as problem:
            return problem.exit_code, str(problem)
        except SystemExit as end:
            code = end.code
    return code if isinstance(code, int) else 0, ""


def prepare(base: Path, teams: int) -> list[Scenario]:
    """Make all scenarios in a folder."""
    night_1, night_2 = ("nightly", "--as-of", str(FIRST)), ("nightly", "--as-of", str(SECOND))
    first = _first(base / "first", teams)
    ended = _copy(first, base / "first ended")
    give(night_1, ended)
    second = _copy(ended, base / "second", lambda root: _second(root, teams))
    both = _copy(second, base / "second ended")
    give(night_2, both)
    counted = _a_counted_team(both)
    withdrawal = ("withdraw", counted, "--as-of", str(SECOND), *SIGNED)
    annulment = ("annul-night", *SIGNED)
    withdrawn = _copy(both, base / "withdrawn", lambda root: give(withdrawal, root))
    annulled = _copy(both, base / "annulled", lambda root: give(annulment, root))
    heard = _copy(both, base / "heard", _decide)
    excusing = ("excuse", _a_missing_team(both), "--as-of", str(SECOND), *SIGNED)
    old = _copy(second, base / "old", make_old)
    lost = _copy(both, base / "lost", lose)
    made: list[tuple[str, Path, tuple[str, ...], int]] = [
        ("first night", first, night_1, 26),
        ("second night", second, night_2, 24),
        ("migration and night", old, night_2, 16),
        ("withdraw", both, withdrawal, 6),
        ("night after withdraw", withdrawn, night_2, 9),
        ("night that hears decisions", heard, night_2, 8),
        ("excuse", both, excusing, 4),
        ("annul-night", both, annulment, 6),
        ("publish-bulletin", both, ("publish-bulletin", "--issue", "1", "--by", "张主任", "--as-of", str(SECOND)), 6),
        ("night after annul", annulled, night_2, 8),
        ("rebuild", lost, ("rebuild",), 5),
    ]
    return [_scenario(*each) for each in made]


def _scenario(name: str, folder: Path, command: tuple[str, ...], share: int) -> Scenario:
    trial = _copy(folder, folder.with_name(f"{folder.name} trial"))
    assert give(command, trial) == 0, name
    once = remains(trial)
    give(command, trial)
    return Scenario(name, folder, command, once, remains(trial), share)


def _copy(folder: Path, to: Path, change: Callable[[Path], object] = lambda root: None) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(folder, to)
    change(to)
    return to


def _first(root: Path, teams: int) -> Path:
    """A first night's inbox with what goes wrong; one file came twice, and one is for another period."""
    create(root)
    campaign = load(root)
    sent = make_district(campaign, campaign.periods[0], root / "inbox", clean=False, teams=teams)
    shutil.copy2(sent[0].file, sent[0].file.with_name(f"副本 {sent[0].file.name}"))
    make_district(campaign, campaign.periods[1], root / "inbox" / "四月", clean=True, teams=1)
    return root


def _second(root: Path, teams: int) -> None:
    """The second day's inbox. Beside the corrections a file of the first night comes again, which is no news."""
    campaign = load(root)
    make_second_day(campaign, campaign.periods[0], root, teams=teams)
    held = sorted((root / "archive" / "2011-04").rglob("*.xlsx"))
    shutil.copy2(held[0], root / "inbox" / "又发一次.xlsx")


def _decide(root: Path) -> None:
    """Put a filled in workbook of decisions into the inbox: teams let off, and a row that lacks its reason."""
    (book,) = (root / "outbox" / str(SECOND)).glob(BOOK)
    first, second, third, *_ = sorted(name for name in rows_of(book) if " " not in name and name != "文件")
    let_off = {"决定": "免报", **SIGNED_THERE}
    rows = {first: let_off, second: {"决定": "免报", **BY}, third: let_off}
    filled(book, root / "inbox" / "批回.xlsx", rows)


def _a_missing_team(root: Path) -> str:
    (book,) = (root / "outbox" / str(SECOND)).glob(BOOK)
    return max(name for name in rows_of(book) if " " not in name and name != "文件")


def _a_counted_team(root: Path) -> str:
    with Ledger(root / "archive" / NAME) as ledger:
        return min(ledger.accepted("2011-03"))


def make_old(root: Path) -> None:
    """Turn a folder's ledger into one of version 2, which kept states only."""
    path = root / "archive" / NAME
    with closing(sqlite3.connect(path)) as new:
        new.row_factory = sqlite3.Row
        receipts = [dict(row) for row in new.execute("SELECT * FROM receipt ORDER BY number")]
        nights = [dict(row) for row in new.execute("SELECT * FROM night")]
        totals = [dict(row) for row in new.execute("SELECT * FROM total")]
    for name in (path, path.with_name("record.jsonl"), path.with_name("ledger.seal")):
        name.unlink()
    with closing(sqlite3.connect(path)) as old:
        old.executescript("BEGIN;" + ";".join(MIGRATIONS) + "; PRAGMA user_version = 2; COMMIT;")
        names = ("sha256", "file", "path", "arrived", "saved_at", "content", "team", "period")
        old.executemany(
            "INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [tuple(r[name] for name in names) for r in receipts]
        )
        period_of = {night["number"]: (night["period"], night["as_of"]) for night in nights}
        old.executemany("INSERT INTO night VALUES (?, ?, 'x')", sorted(set(period_of.values())))
        old.executemany(
            "INSERT INTO total VALUES (?, ?, ?, ?, ?)",
            [(*period_of[t["night"]], t["indicator"], t["value"], t["reported"]) for t in totals],
        )
        old.commit()


def lose(root: Path) -> None:
    """Take the ledger away, and cut off the last line of the record where a crash might have."""
    archive = root / "archive"
    (archive / NAME).unlink()
    record = archive / "record.jsonl"
    record.write_bytes(record.read_bytes() + record.read_bytes()[-200:-100])


def shares(scenarios: list[Scenario], count: int) -> Iterator[Scenario]:
    """Give as many scenarios as there are disturbances, each by its share."""
    whole = sum(each.share for each in scenarios)
    dealt = {each.name: 0 for each in scenarios}
    for number in range(1, count + 1):  # next comes the one that lags most behind its share
        behind = {each.share * number / whole - dealt[each.name]: each for each in reversed(scenarios)}
        each = behind[max(behind)]
        dealt[each.name] += 1
        yield each
