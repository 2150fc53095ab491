"""The ledger: what was received, and what became of every finding. The only module that knows the database."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import TracebackType

from pipeline.declare import Severity
from pipeline.errors import HuizongError
from pipeline.model import Finding, FindingState, GivenOut, Number, Period, Submission, Total

MIGRATIONS = (
    """
    CREATE TABLE receipt (
        sha256 TEXT PRIMARY KEY,
        file TEXT NOT NULL,                 -- name under which it was dropped
        path TEXT NOT NULL UNIQUE,          -- where it is kept, relative to the workspace
        arrived TEXT NOT NULL,              -- ISO day
        saved_at TEXT NOT NULL,             -- ISO time of the sender's last save, '' if unknown
        content TEXT NOT NULL,              -- digest of figures and ledgers, '' if it has none
        team TEXT,                          -- null: not yet identified
        period TEXT,
        CHECK ((team IS NULL) = (period IS NULL))
    ) STRICT;
    CREATE INDEX receipt_by_period ON receipt (period, team);
    CREATE TABLE finding (
        key TEXT PRIMARY KEY,
        state TEXT NOT NULL CHECK (state IN ('OPEN', 'EXPLAINED', 'CLOSED', 'REOPENED', 'WAIVED')),
        first_seen TEXT NOT NULL,           -- as-of day of the night that found it
        changed_on TEXT NOT NULL,           -- as-of day of the last change of state
        severity TEXT NOT NULL,
        period TEXT NOT NULL, team TEXT NOT NULL, rule TEXT NOT NULL, says TEXT NOT NULL, file TEXT NOT NULL,
        submission TEXT NOT NULL, sheet TEXT NOT NULL, cell TEXT NOT NULL, "row" INTEGER, "column" TEXT NOT NULL,
        sheet_key TEXT NOT NULL, field TEXT NOT NULL, line INTEGER, subject TEXT NOT NULL, value TEXT NOT NULL,
        expected TEXT NOT NULL
    ) STRICT;
    CREATE INDEX finding_by_period ON finding (period, team);
    CREATE TABLE night (
        period TEXT NOT NULL,
        as_of TEXT NOT NULL,
        fingerprint TEXT NOT NULL,          -- of schemas/
        PRIMARY KEY (period, as_of)
    ) STRICT;
    """,
    """
    CREATE TABLE total (                    -- the district's figures as a night gave them out
        period TEXT NOT NULL,
        as_of TEXT NOT NULL,
        indicator TEXT NOT NULL,
        value TEXT NOT NULL,                -- an exact decimal number
        reported INTEGER NOT NULL,          -- teams whose figures it adds up
        PRIMARY KEY (period, as_of, indicator),
        FOREIGN KEY (period, as_of) REFERENCES night
    ) STRICT;
    """,
)

FINDING_COLUMNS = (
    "key", "state", "first_seen", "changed_on", "severity",
    "period", "team", "rule", "says", "file", "submission", "sheet", "cell", "row", "column", "sheet_key", "field",
    "line", "subject", "value", "expected",
)  # fmt: skip


class LedgerError(HuizongError):
    """The ledger cannot be used as it is."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One file received. team and period are None until it is known whose it is."""

    sha256: str
    file: str
    path: str
    arrived: dt.date
    saved_at: str
    content: str = ""
    team: str | None = None
    period: str | None = None

    def submission(self) -> Submission:
        """The same as a submission. Only for a receipt that is identified."""
        assert self.team is not None and self.period is not None
        return Submission(
            self.sha256, self.file, self.path, self.team, self.period, self.arrived, self.saved_at, self.content
        )


@dataclass(frozen=True, slots=True)
class Followed:
    """A finding as the ledger knows it; its state changed last on `changed_on`."""

    finding: Finding
    changed_on: dt.date


class Ledger:
    """An open ledger; each method that records does so in one transaction, flushed to disk at its end."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._db.execute(f"PRAGMA {pragma}")
        self._migrate()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def _migrate(self) -> None:
        version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        if version > len(MIGRATIONS):
            raise LedgerError("archive/ledger.db 是更新版本的程序建立的。请升级 huizong 后再运行。")
        for number, script in enumerate(MIGRATIONS[version:], version + 1):
            self._db.executescript(f"BEGIN; {script}; PRAGMA user_version = {number}; COMMIT;")

    @contextmanager
    def _change(self) -> Iterator[None]:
        """Make all changes inside, or none."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def receipts(self) -> list[Receipt]:
        """Everything ever received, in a fixed order."""
        rows = self._db.execute("SELECT * FROM receipt ORDER BY arrived, saved_at, file, sha256")
        return [
            Receipt(
                r["sha256"],
                r["file"],
                r["path"],
                _day(r["arrived"]),
                r["saved_at"],
                r["content"],
                r["team"],
                r["period"],
            )
            for r in rows
        ]

    def submissions(self, period: str, as_of: dt.date) -> list[Submission]:
        """Everything received for a period up to a day, in a fixed order."""
        return [each.submission() for each in self.receipts() if each.period == period and each.arrived <= as_of]

    def add(self, receipts: Iterable[Receipt]) -> None:
        """Record receipts; one that is known already keeps its first arrival and path, and learns whose it is."""
        with self._change():
            self._db.executemany(
                "INSERT INTO receipt (sha256, file, path, arrived, saved_at, content, team, period)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (sha256) DO UPDATE SET team = excluded.team, period = excluded.period,"
                " content = excluded.content WHERE excluded.team IS NOT NULL",
                [
                    (r.sha256, r.file, r.path, r.arrived.isoformat(), r.saved_at, r.content, r.team, r.period)
                    for r in receipts
                ],
            )

    def followed(self, period: str) -> dict[str, Followed]:
        """Findings of a period by key, as last recorded."""
        rows = self._db.execute("SELECT * FROM finding WHERE period = ? ORDER BY key", (period,))
        return {r["key"]: Followed(_finding(r), _day(r["changed_on"])) for r in rows}

    def last_night(self, period: str) -> dt.date | None:
        """The as-of day of the period's last recorded night."""
        last = self._db.execute("SELECT max(as_of) FROM night WHERE period = ?", (period,)).fetchone()[0]
        return _day(last) if last else None

    def given_out(self, period: Period, until: dt.date) -> GivenOut | None:
        """The totals of the period's last night until a day; None if there was none."""
        last = "SELECT max(as_of) FROM total WHERE period = ? AND as_of <= ?"
        rows = self._db.execute(
            f"SELECT as_of, indicator, value, reported FROM total WHERE period = ? AND as_of = ({last})",
            (period.key, period.key, until.isoformat()),
        ).fetchall()
        values = {row["indicator"]: (_number(row["value"]), row["reported"]) for row in rows}
        return GivenOut(period, _day(rows[0]["as_of"]), values) if rows else None

    def end_night(
        self, period: str, as_of: dt.date, fingerprint: str, followed: Sequence[Followed], totals: Iterable[Total]
    ) -> None:
        """Record that a night's outputs are complete, the findings with their states, and the totals given out."""
        marks, night = ", ".join("?" * len(FINDING_COLUMNS)), (period, as_of.isoformat())
        with self._change():
            self._db.executemany(f"INSERT OR REPLACE INTO finding VALUES ({marks})", [_row(each) for each in followed])
            self._db.execute("DELETE FROM total WHERE period = ? AND as_of = ?", night)
            self._db.execute("INSERT OR REPLACE INTO night VALUES (?, ?, ?)", (*night, fingerprint))
            self._db.executemany(
                "INSERT INTO total VALUES (?, ?, ?, ?, ?)",
                [(*night, each.key, str(each.value), each.reported) for each in totals],
            )


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _number(text: str) -> Number:
    return int(text) if text.lstrip("-").isdecimal() else Decimal(text)


def _row(each: Followed) -> tuple[object, ...]:
    finding = each.finding
    first_seen = finding.first_seen.isoformat() if finding.first_seen else ""
    head = (finding.key, finding.state.value, first_seen, each.changed_on.isoformat(), finding.severity.value)
    return (*head, *(getattr(finding, name) for name in FINDING_COLUMNS[len(head) :]))


def _finding(row: sqlite3.Row) -> Finding:
    said = {name: row[name] for name in FINDING_COLUMNS[5:]}
    return Finding(
        **said, severity=Severity(row["severity"]), state=FindingState(row["state"]), first_seen=_day(row["first_seen"])
    )
