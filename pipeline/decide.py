"""What people decide, with their name and reason: a return does not count; a night is taken back."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from pipeline.campaign import load
from pipeline.errors import HuizongError
from pipeline.ledger import NAME, Draft, Event, Kind, Ledger
from pipeline.lock import locked


class DecisionError(HuizongError):
    """What is decided on is not there."""

    exit_code = 2


def withdraw(root: Path, code: str, as_of: dt.date, by: str, reason: str, period_key: str | None = None) -> str:
    """Decide that a team's accepted return does not count; gives the name of its file. Raises DecisionError."""
    campaign = load(root)
    period = campaign.period(period_key, as_of)
    team = campaign.by_code.get(code)
    if team is None:
        raise DecisionError(f"名录中没有编码“{code}”。请核对 schemas/teams.csv。")
    _signed(by, reason)
    with locked(root), Ledger(root / "archive" / NAME) as ledger:
        accepted = ledger.accepted(period.key).get(code)
        if accepted is None:
            raise DecisionError(f"{team.name} {period.title}没有计入汇总的报表，不必撤回。")
        said = {"decision": "withdraw", "period": period.key, "team": code, "sha256": accepted.sha256}
        ledger.record([Draft(Kind.DECIDED, said, by.strip(), reason.strip())])
        return next(each.file for each in ledger.receipts() if each.sha256 == accepted.sha256)


def annul_night(root: Path, by: str, reason: str) -> str:
    """Take back the last night: what it accepted, found and published. Gives what was taken back, in words.

    The files that it received stay in the archive, and count as received on the next night. Its folder in the outbox is
    kept under another name. Raises DecisionError.
    """
    campaign = load(root)
    _signed(by, reason)
    with locked(root), Ledger(root / "archive" / NAME) as ledger:
        _refuse_again(ledger.last_event(), by, reason)
        last = ledger.last_night()
        if last is None:
            raise DecisionError("还没有可以撤销的运行。")
        period = campaign.period(last.period, last.as_of)
        night = f"{last.as_of} 对{period.title}的运行（第 {last.number} 次）"
        folder = ledger.folder_of(last.number)
        if folder:
            _set_aside(root / "outbox" / folder)
        said = {"number": last.number}
        ledger.record([Draft(Kind.NIGHT_ANNULLED, said, by.strip(), reason.strip())])
    return night


def _signed(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise DecisionError("请用 --by 写明决定人，用 --reason 写明原因。")


def _refuse_again(last: Event | None, by: str, reason: str) -> None:
    """Raise DecisionError if the same decision was the last thing recorded: a command given twice takes back one night."""
    if last and last.kind is Kind.NIGHT_ANNULLED and (last.by, last.reason) == (by.strip(), reason.strip()):
        raise DecisionError(
            f"第 {last.payload['number']} 次运行刚才已按同样的决定撤销，没有再撤销更早的一次。"
            "确实还要撤销更早一次的，请用 --reason 另写原因后再运行。"
        )


def _set_aside(folder: Path) -> None:
    """Keep what an annulled night put out, under a name that nobody takes for a result."""
    if not folder.exists():
        return
    names = (f"{folder.name}(已撤销{number})" for number in ("", *range(2, 1000)))
    os.replace(folder, next(path for name in names if not (path := folder.with_name(name)).exists()))
