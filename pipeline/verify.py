"""Archive, ledger and what was published still agree, down to the last figure; what does not is named."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.campaign import Campaign, load
from pipeline.consolidate import figures_of
from pipeline.intake import Layouts
from pipeline.ledger import NAME, Event, Kind
from pipeline.ledger.audit import audit
from pipeline.ledger.records import figures_of as recorded_figures
from pipeline.ledger.records import number_of
from pipeline.memory import Figures
from pipeline.model import Number, Submission
from pipeline.parse import Return, parse
from pipeline.publish.outbox import lasting
from pipeline.read import Reader
from pipeline.run import locked

EDITABLE = (".docx", ".pdf")  # drafts, which the office may go on writing
AT_ONCE = 500  # returns whose figures are derived at a time


@dataclass
class Verification:
    """What was looked at, and what is wrong. notes: what differs and may. All are sentences."""

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    events: int = 0
    files: int = 0
    published: int = 0
    nights: int = 0


def verify(root: Path) -> Verification:
    """Verify a campaign folder. Changes nothing."""
    campaign = load(root)
    with locked(root):
        account = audit(root / "archive" / NAME)
        result = Verification(faults=list(account.faults), events=len(account.events))
        history = _History(account.events)
        whole = _files(root, history, result)
        _outbox(root, history, result)
        _figures(campaign, history, whole, result)
    return result


class _History:
    """What events say, annulled nights aside: files by hash, what each night counted, put out and in which folder."""

    def __init__(self, events: Sequence[Event]) -> None:
        annulled = {event.payload["number"] for event in events if event.kind is Kind.NIGHT_ANNULLED}
        self.files: dict[str, Mapping[str, Any]] = {}
        self.accepted: dict[str, Event] = {}  # by hash, the last time
        self.folders: dict[str, Mapping[str, str]] = {}
        self.nights: list[tuple[Event, Mapping[str, str]]] = []  # what it published, what counted by team
        counting: dict[str, dict[str, str]] = {}
        period_of: dict[int, str] = {}
        for event in events:
            said = event.payload
            if event.kind is Kind.RECEIVED:
                self.files[said["sha256"]] = said
            elif event.night in annulled:
                continue
            elif event.kind is Kind.NIGHT_BEGUN and event.night is not None:
                period_of[event.night] = said["period"]
            elif event.kind is Kind.ACCEPTED:
                self.accepted[said["sha256"]] = event
                counting.setdefault(said["period"], {})[said["team"]] = said["sha256"]
            elif event.kind is Kind.DECIDED and said["decision"] == "withdraw":
                counted = counting.get(said["period"], {})
                if counted.get(said["team"]) == said["sha256"]:  # of a night since annulled, it is not what counts
                    del counted[said["team"]]
            elif event.kind is Kind.PUBLISHED and event.night is not None:
                self.folders[said["folder"]] = said["files"]
                if "left_out" in said:  # a ledger that kept states only does not say what counted on its nights
                    counted = counting.get(period_of[event.night], {})
                    left = set(said["left_out"])
                    self.nights.append((event, {team: sha for team, sha in counted.items() if team not in left}))


def _files(root: Path, history: _History, result: Verification) -> set[str]:
    """Compare every archived file with its hash, and name those that nobody recorded. Gives the hashes of whole ones."""
    whole: set[str] = set()
    for sha256, said in history.files.items():
        path = root / said["path"]
        result.files += 1
        if not path.is_file():
            result.faults.append(f"归档文件 {said['path']} 不在了。")
        elif _hash(path) != sha256:
            result.faults.append(f"归档文件 {said['path']} 与收到时不同。")
        else:
            whole.add(sha256)
    recorded = {root / said["path"] for said in history.files.values()}
    for path in sorted(
        path for path in (root / "archive").rglob("*") if path.is_file() and path.parent != root / "archive"
    ):
        if path not in recorded:
            result.faults.append(f"归档中的 {path.relative_to(root).as_posix()} 没有登记。")
    return whole


def _outbox(root: Path, history: _History, result: Verification) -> None:
    """Compare what was published last in each folder with what lies there."""
    for folder, files in history.folders.items():
        place = root / "outbox" / folder
        if files and not place.is_dir():
            result.notes.append(f"outbox/{folder} 不在了（可能已移走）。")
            continue
        for name, sha256 in files.items():
            path = place / name
            result.published += 1
            if not path.is_file():
                result.faults.append(f"outbox/{folder}/{name} 不在了。")
            elif not _is_as_published(path, sha256):
                told = result.notes if path.suffix in EDITABLE else result.faults
                told.append(f"outbox/{folder}/{name} 与发布时不同。")


def _is_as_published(path: Path, sha256: str) -> bool:
    try:
        return lasting(path) == sha256
    except ValueError:  # a record of a run that is no JSON any more
        return False


def _figures(campaign: Campaign, history: _History, whole: set[str], result: Verification) -> None:
    """Derive every published total anew from the archived returns that counted, and each return's figures beside it."""
    read = {sha256: figures for sha256, figures in _derived(campaign, history, whole)}
    for sha256, event in history.accepted.items():
        then, now = recorded_figures(event.payload["figures"]), read.get(sha256)
        if now is not None and any(now.get(record, {}) != said for record, said in then.items()):
            result.faults.append(
                f"归档文件 {history.files[sha256]['path']} 现读出的数与审核通过时登记的不同（表式或程序可能改动过）。"
            )
    for event, counted in history.nights:
        result.nights += 1
        for key, (value, reported) in event.payload["totals"].items():
            figures = [read[sha][campaign.form.total_record] for sha in counted.values() if sha in read]
            values = [said[key] for said in figures if key in said]
            if (sum(values), len(values)) != (number_of(value), reported):
                result.faults.append(_differs(campaign, event, key, sum(values), len(values)))


def _differs(campaign: Campaign, event: Event, key: str, value: Number, reported: int) -> str:
    col = campaign.form.declared.indicators().get(key)
    title = str(col.title) if col else key
    said = event.payload["totals"][key]
    return (
        f"outbox/{event.payload['folder']} 公布的“{title}”为 {said[0]}（计入 {said[1]}），"
        f"按归档重新汇总为 {value}（计入 {reported}）。"
    )


def _derived(campaign: Campaign, history: _History, whole: set[str]) -> Iterator[tuple[str, Figures]]:
    """Read the figures of every accepted return that the archive still has whole."""
    wanted = [
        Submission(sha256, said["file"], said["path"], event.payload["team"], event.payload["period"],
                   campaign.periods[0].due, "")
        for sha256, event in history.accepted.items()
        if sha256 in whole and (said := history.files[sha256])
    ]  # fmt: skip
    with Reader(passwords=campaign.settings.passwords) as reader:
        for start in range(0, len(wanted), AT_ONCE):
            read = Layouts(campaign, reader).of(wanted[start : start + AT_ONCE])
            returns = [Return(submission, layout.tables) for submission, layout in read]
            stacks, _ = parse(returns, campaign.form)
            yield from figures_of(stacks, [each for each, _ in read], campaign.form).items()


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
