"""What people decide, with their name and reason, by the command: it is recorded, and takes effect on the next night."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.campaign import Campaign, load
from pipeline.decisions import Case, DecisionError, Said, signed
from pipeline.errand import parsing
from pipeline.identify import Told, placed_period, whose
from pipeline.intake import Returns
from pipeline.ledger import NAME, Draft, Event, Kind, Ledger
from pipeline.lock import locked
from pipeline.memory import Receipt
from pipeline.model import Period


@dataclass(frozen=True, slots=True)
class Signature:
    """By whom something is decided, and why; both must be said."""

    by: str
    reason: str


def withdraw(root: Path, code: str, as_of: dt.date, by: str, reason: str, period_key: str | None = None) -> str:
    """Decide that a team's accepted return does not count; gives the name of its file. Raises DecisionError."""
    with _deciding(root, as_of, period_key, Signature(by, reason)) as (case, record):
        said = case.withdraw(code)
        record(said)
        return next(each.file for each in case.ledger.receipts() if each.sha256 == said["sha256"])


def waive(
    root: Path, code: str, rule: str, cell: str, as_of: dt.date, by: str, reason: str, period_key: str | None = None
) -> tuple[int, list[str]]:
    """Let a team's open errors of a rule pass, those of one cell if one is named. Gives the decision's number and the places.

    Raises DecisionError.
    """
    with _deciding(root, as_of, period_key, Signature(by, reason)) as (case, record):
        said = case.waive(code, rule, cell)
        return record(said), [each["place"] for each in said["findings"]]


def extend(
    root: Path, code: str, day: dt.date, as_of: dt.date, by: str, reason: str, period_key: str | None = None
) -> int:
    """Let a team's due day be a later one. Gives the decision's number. Raises DecisionError."""
    with _deciding(root, as_of, period_key, Signature(by, reason)) as (case, record):
        return record(case.extend(code, day))


def excuse(root: Path, code: str, as_of: dt.date, by: str, reason: str, period_key: str | None = None) -> int:
    """Let a team need not report. Gives the decision's number. Raises DecisionError."""
    with _deciding(root, as_of, period_key, Signature(by, reason)) as (case, record):
        return record(case.excuse(code))


def place(
    root: Path, file: str, code: str, as_of: dt.date, by: str, reason: str, period_key: str | None = None
) -> tuple[int, Period]:
    """Let a file that waits be a team's. period_key: for which period, if the file does not say. Gives the decision's number
    and the period. Raises DecisionError."""
    with _deciding(root, as_of, period_key, Signature(by, reason)) as (case, record):
        period = case.period if period_key else None
        waiting = case.waiting(file)
        said = case.place(waiting, code, lambda team: _period_of(case.campaign, waiting, Told(team, period)))
        return record(said), case.campaign.period(said["period"], as_of)


def revoke(root: Path, number: int, as_of: dt.date, by: str, reason: str) -> int:
    """Take back an earlier decision, by its number. Gives the number of this one. Raises DecisionError."""
    with _deciding(root, as_of, None, Signature(by, reason)) as (case, record):
        return record(case.revoke(number))


Record = Callable[[Said], int]
"""Records a decision and gives its number."""


@contextmanager
def _deciding(
    root: Path, as_of: dt.date, period_key: str | None, signature: Signature
) -> Iterator[tuple[Case, Record]]:
    campaign = load(root)
    period = campaign.period(period_key, as_of)
    signed(signature.by, signature.reason)
    with locked(root), Ledger(root / "archive" / NAME) as ledger:

        def record(said: Said) -> int:
            ledger.record([Draft(Kind.DECIDED, said, signature.by.strip(), signature.reason.strip())])
            last = ledger.last_event()
            assert last is not None
            return last.seq

        yield Case(campaign, period, as_of, ledger), record


def _period_of(campaign: Campaign, waiting: Receipt, told: Told) -> str:
    """Read a file, and give the key of the period that it is for if it is a team's. Raises DecisionError if it cannot be."""
    with parsing(campaign.root, 1, campaign.settings.passwords) as reader:
        (parsed,) = Returns(campaign, reader).read([campaign.root / waiting.path])
    return placed_period(whose(parsed, waiting, campaign, told), told, waiting)


def annul_night(root: Path, by: str, reason: str) -> str:
    """Take back the last night: what it accepted, found and published. Gives what was taken back, in words.

    The files that it received stay in the archive, and count as received on the next night. Its folder in the outbox is
    kept under another name. What people decided stands. Raises DecisionError.
    """
    campaign = load(root)
    signed(by, reason)
    with locked(root), Ledger(root / "archive" / NAME) as ledger:
        _refuse_again(ledger.last_event(), by, reason)
        last = ledger.last_night()
        if last is None:
            raise DecisionError("还没有可以撤销的运行。")
        period = campaign.period(last.period, last.as_of)
        _refuse_issued(ledger, last.number)
        night = f"{last.as_of} 对{period.title}的运行（第 {last.number} 次）"
        folder = ledger.folder_of(last.number)
        if folder:
            _set_aside(root / "outbox" / folder)
        said = {"number": last.number}
        ledger.record([Draft(Kind.NIGHT_ANNULLED, said, by.strip(), reason.strip())])
    return night


def _refuse_again(last: Event | None, by: str, reason: str) -> None:
    """Raise DecisionError if the same decision was the last thing recorded: a command given twice takes back one night."""
    if last and last.kind is Kind.NIGHT_ANNULLED and (last.by, last.reason) == (by.strip(), reason.strip()):
        raise DecisionError(
            f"第 {last.payload['number']} 次运行刚才已按同样的决定撤销，没有再撤销更早的一次。"
            "确实还要撤销更早一次的，请用 --reason 另写原因后再运行。"
        )


def _refuse_issued(ledger: Ledger, night: int) -> None:
    """Raise DecisionError if a bulletin was issued on what a night found."""
    if issued := [each for each in ledger.issues() if each.night == night]:
        raise DecisionError(
            f"{issued[-1].title}通报（{issued[-1].document_number}，{issued[-1].signed} 印发）以这次运行为据，不能撤销。"
            "请更正报表后再运行 huizong nightly，用 huizong publish-bulletin --revise 印发更正。"
        )


def _set_aside(folder: Path) -> None:
    """Keep what an annulled night put out, under a name that nobody takes for a result."""
    if not folder.exists():
        return
    names = (f"{folder.name}(已撤销{number})" for number in ("", *range(2, 1000)))
    os.replace(folder, next(path for name in names if not (path := folder.with_name(name)).exists()))
