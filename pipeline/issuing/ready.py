"""Whether what the last night gave out can be issued: all of it, as it lies there, and nothing newer. Changes nothing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.campaign import Campaign
from pipeline.declare.catalogue import LOST
from pipeline.disk import sha256_of
from pipeline.errors import HuizongError
from pipeline.history import Given, History
from pipeline.inbox import survey
from pipeline.issued import Issue
from pipeline.ledger import NAME, Event, Kind, reading
from pipeline.model import Period
from pipeline.publish.contract import RUN
from pipeline.publish.outbox import lasting
from pipeline.publish.summary.workbook import SOURCES, SUMMARY
from pipeline.publish.word.drafter import BULLETIN_DRAFT

TAKEN = (SUMMARY, SOURCES, RUN)  # what is taken over from the outbox as it is
NIGHTLY = "请先运行 huizong nightly"
MOST_FILES = 3  # that a sentence names


class IssueError(HuizongError):
    """The bulletin cannot be issued, or not so."""

    exit_code = 2


@dataclass(frozen=True)
class Basis:
    """What a bulletin is issued on. given, as_of: the night. issues: all so far, in order. last: the event known last."""

    period: Period
    given: Given
    as_of: dt.date
    issues: Sequence[Issue]
    last: Event

    def place(self, root: Path) -> Path:
        """Give the night's folder in the outbox."""
        return root / "outbox" / self.given.folder

    @property
    def files(self) -> Mapping[str, str]:
        """What the night put there: hashes by name."""
        return self.given.files


def look(campaign: Campaign, period: Period) -> Basis:
    """Find the last good night of a period. Raises IssueError if there is none, or if it does not tell how things stand."""
    root, path = campaign.root, campaign.root / "archive" / NAME
    again = f"{NIGHTLY} --period {period.key}"
    if not path.exists():
        raise IssueError(f"还没有运行过 huizong nightly，没有可以印发的通报。{again}。")
    with reading(path) as ledger:
        events, night, undated = list(ledger.events()), ledger.last_night(period.key), ledger.undated()
        unfinished = ledger.last_night()
    if night is None:
        raise IssueError(f"还没有处理过{period.title}的报表，没有可以印发的通报。{again}。")
    if unfinished is None or not unfinished.is_ended or not night.is_ended:
        raise IssueError(f"上一次运行没有完成，其结果不全。{again}，做完后再印发。")
    refuse_waiting(root)
    history = History(events)
    given = next((each for each in reversed(history.nights) if each.number == night.number), None)
    if given is None:
        raise IssueError(f"{night.as_of} 的结果是旧版程序登记的，不能印发。{again}。")
    ended = max(each.seq for each in events if each.kind is Kind.NIGHT_ENDED and each.night == night.number)
    if undated or any(_changes(each, period) for each in events if each.seq > ended):
        raise IssueError(f"{night.as_of} 的运行之后，{period.title}又有报表收到或者决定登记，结果已不是最新。{again}。")
    basis = Basis(period, given, night.as_of, history.issues, events[-1])
    _refuse_damaged(root, history, given)
    _refuse_changed(root, basis)
    _refuse_incomplete(basis.place(root), again)
    return basis


def refuse_waiting(root: Path) -> None:
    """Raise IssueError if anything lies in the inbox."""
    lying = [each.path.name for each in survey(root / "inbox")]
    if lying:
        named = "、".join(f"“{name}”" for name in lying[:MOST_FILES]) + ("等" if len(lying) > MOST_FILES else "")
        raise IssueError(
            f"inbox 中还有 {len(lying)} 个文件没有处理（{named}）。{NIGHTLY}，不能收取的请移走，然后再印发。"
        )


def _changes(event: Event, period: Period) -> bool:
    """Whether an event says something new of a period."""
    return event.kind in (Kind.PLACED, Kind.DECIDED, Kind.ACCEPTED) and event.payload.get("period") == period.key


def _refuse_damaged(root: Path, history: History, given: Given) -> None:
    for sha256 in given.counted:
        path = root / history.files[sha256]
        if not path.is_file() or sha256_of(path) != sha256:
            raise IssueError(
                f"归档文件 {history.files[sha256]} 不在了，或与收到时不同，而它计入了合计。请运行 huizong verify 核对，"
                "从备份恢复后再印发。"
            )


def _refuse_changed(root: Path, basis: Basis) -> None:
    """Raise IssueError if what lies in the outbox is not what the night put there: nobody would know what was issued."""
    place = basis.place(root)
    if BULLETIN_DRAFT not in basis.files:
        raise IssueError(
            f"outbox/{place.name} 中没有通报草稿：活动没有模板 schemas/bulletin.docx。请放入模板，再运行 huizong nightly。"
        )
    for name in (*TAKEN, BULLETIN_DRAFT):
        path = place / name
        if not path.is_file():
            raise IssueError(
                f"outbox/{place.name}/{name} 不在了。请再运行一次 huizong nightly --as-of {basis.as_of} 补上。"
            )
        if not _is_as_written(path, basis.files.get(name, "")):
            how = (
                "印发稿由模板生成，不会带上这些改动。请把要改的文字写进 schemas/bulletin.docx，"
                if name == BULLETIN_DRAFT
                else "印发的须是程序算出的数。"
            )
            raise IssueError(
                f"outbox/{place.name}/{name} 生成后被改动过。{how}请把改动过的文件移走，再运行 huizong nightly"
                f" --as-of {basis.as_of}，然后印发。"
            )


def _is_as_written(path: Path, sha256: str) -> bool:
    try:
        return lasting(path) == sha256
    except (ValueError, TypeError):  # a record of a run that is none any more
        return False


def _refuse_incomplete(place: Path, again: str) -> None:
    said: Mapping[str, Any] = json.loads((place / RUN).read_text(encoding="utf-8"))
    if lost := said["by_rule"].get(LOST):
        raise IssueError(
            f"{place.name} 的结果中有 {lost} 份归档文件丢失或损坏，没有计入合计。请从备份恢复；{again}，然后再印发。"
        )
    if broken := said.get("unevaluated"):
        raise IssueError(
            f"{place.name} 的结果中规则 {'、'.join(broken)} 自己出错，没有检查。请改正 schemas 中的规则；{again}，然后再印发。"
        )
