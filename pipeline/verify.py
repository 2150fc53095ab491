"""Archive, ledger and what was published still agree, down to the last figure; what does not is named."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from pipeline.campaign import load
from pipeline.disk import sha256_of
from pipeline.errand import parsing
from pipeline.figures import figures_of
from pipeline.frames import ParsedReturn
from pipeline.history import History
from pipeline.inbox import is_junk
from pipeline.intake import Returns
from pipeline.ledger import NAME
from pipeline.ledger.audit import audit
from pipeline.ledger.records import figures_of as recorded_figures
from pipeline.ledger.records import number_of
from pipeline.lock import locked
from pipeline.memory import Figures, reads_otherwise
from pipeline.model import Submission
from pipeline.publish.contract import RUN
from pipeline.publish.outbox import MANIFEST, lasting
from pipeline.read import Reader
from pipeline.shelved import unlike_issued
from pipeline.stack import stack

EDITABLE = (".docx", ".pdf")  # drafts, which the office may go on writing
AT_ONCE = 500  # returns whose figures are derived at a time
OURS = re.compile(r"(ledger\.db(-journal)?|record\.jsonl)(\.part|\.old\d+)?|ledger\.(seal|part)|\.lock")


@dataclass
class Verification:
    """What was looked at, and what is wrong. notes: what differs and may. All are sentences."""

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    events: int = 0
    files: int = 0
    published: int = 0
    nights: int = 0


def verify(root: Path, reader: Reader[ParsedReturn] | None = None) -> Verification:
    """Verify a campaign folder. Changes nothing. reader: one that is open; without one, verifying opens its own."""
    campaign = load(root)
    with (
        locked(root),
        nullcontext(reader) if reader else parsing(root, passwords=campaign.settings.passwords) as reader,
    ):
        account = audit(root / "archive" / NAME)
        result = Verification(faults=list(account.faults), events=len(account.events))
        try:
            history = History(account.events)
        except (KeyError, TypeError) as missing:  # hashes that fit are no proof that an event says what it must
            result.faults.append(f"事项记录的内容不全（{missing}），归档文件和公布的数没有核对。")
            return result
        result.faults += history.faults
        whole = _files(root, history, result)
        _outbox(root, history, result)
        result.published += sum(len(issue.files) for issue in history.issues)
        result.faults += unlike_issued(root, history)
        _figures(Returns(campaign, reader), history, whole, result)
    return result


def _files(root: Path, history: History, result: Verification) -> set[str]:
    """Compare every archived file with its hash, and name those that nobody recorded. Gives the hashes of whole ones."""
    whole: set[str] = set()
    for sha256, path in history.files.items():
        result.files += 1
        held = _hash(root / path)
        if held == sha256:
            whole.add(sha256)
        else:
            says = {"": "不在了", UNREADABLE: "打不开"}.get(held, "与收到时不同")
            result.faults.append(f"归档文件 {path} {says}。请从备份恢复，或请报送单位把同一份文件再报一次。")
    recorded, archive = {root / path for path in history.files.values()}, root / "archive"
    for place in sorted(each for each in archive.rglob("*") if each not in recorded and not each.is_dir()):
        is_ours = place.parent == archive and OURS.fullmatch(place.name)
        if not is_ours and not is_junk(place.name):
            name = place.relative_to(root).as_posix()
            result.faults.append(f"归档中的 {name} 没有登记。如果是收到的报表，请复制到 inbox 重新收取，再把它移走。")
    return whole


def _outbox(root: Path, history: History, result: Verification) -> None:
    """Compare what was published last in each folder with what lies there, and name folders that nobody recorded."""
    for folder, files in history.folders.items():
        place = root / "outbox" / folder
        if files and not place.is_dir():
            result.notes.append(f"outbox/{folder} 不在了（可能已移走）。")
            continue
        for name, sha256 in files.items():
            result.published += 1
            says = _differs(place / name, sha256)
            if says:
                told = result.notes if Path(name).suffix in EDITABLE else result.faults
                told.append(f"outbox/{folder}/{name} {says}。")
        if files and not _is_manifest_of(place / MANIFEST, files):
            result.faults.append(f"outbox/{folder}/{MANIFEST} 与发布时不同。")
    for manifest in sorted((root / "outbox").glob(f"*/{MANIFEST}")):
        name = manifest.parent.name
        if name not in history.written and "(已撤销" not in name and not name.startswith("."):
            result.faults.append(
                f"outbox/{name} 是程序发布的，账本中却没有登记。请用同一日期再运行一次 huizong nightly。"
            )


def _differs(path: Path, sha256: str) -> str:
    """Say in what way a file is not the one that was published; "" if it is."""
    try:
        if not path.is_file():
            return "不在了"
        is_the_one = lasting(path) == sha256 and (path.name != RUN or _is_as_written(path))
    except OSError:
        return "打不开"
    except (ValueError, TypeError):  # the record of a run is no JSON any more, or no record
        is_the_one = False
    return "" if is_the_one else "与发布时不同"


def _is_as_written(path: Path) -> bool:
    """Whether the record of a run is the one that was written with its folder, timings included."""
    manifest = path.with_name(MANIFEST)
    said = _read(manifest)
    return RUN not in said or said[RUN] == _hash(path)


def _is_manifest_of(path: Path, files: Mapping[str, str]) -> bool:
    said = _read(path)
    return {**said, RUN: ""} == {**files, RUN: ""}


def _read(manifest: Path) -> dict[str, Any]:
    try:
        said = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _figures(returns: Returns, history: History, whole: set[str], result: Verification) -> None:
    """Derive every published total anew from the archived returns that counted, and each return's figures beside it.

    What a lost file said is taken from the record: it is named already.
    """
    read = dict(_derived(returns, history, whole))
    for sha256, counted in history.accepted.items():
        then, now = recorded_figures(counted.figures), read.get(sha256)
        if then and now is None and sha256 in whole:
            result.faults.append(f"归档文件 {history.files[sha256]} 现在读不出其中的数，按审核通过时登记的数核对。")
        elif now is not None and reads_otherwise(then, now):
            result.faults.append(
                f"归档文件 {history.files.get(sha256, '')} 现读出的数与审核通过时登记的不同（表式或程序可能改动过）。"
            )
        if now is None:
            read[sha256] = then
    for night in history.nights:
        result.nights += 1
        form = returns.campaign.form_for(night.period)
        titles = {key: str(col.title) for key, col in form.declared.indicators().items()}
        figures = [read.get(sha256, {}).get(form.total_record, {}) for sha256 in night.counted]
        for key, (value, reported) in night.totals.items():
            if key not in titles:
                result.notes.append(f"outbox/{night.folder} 公布的指标 {key} 现在的表式中没有，未核对。")
                continue
            values = [said[key] for said in figures if key in said]
            if (sum(values), len(values)) != (number_of(value), reported):
                result.faults.append(
                    f"outbox/{night.folder} 公布的“{titles[key]}”为 {value}（计入 {reported}），"
                    f"按归档重新汇总为 {sum(values)}（计入 {len(values)}）。"
                )


def _derived(returns: Returns, history: History, whole: set[str]) -> Iterator[tuple[str, Figures]]:
    """Read the figures of every accepted return that the archive still has whole."""
    campaign = returns.campaign
    wanted = [
        Submission(sha256, "", history.files[sha256], each.team, each.period, campaign.periods[0].due, "")
        for sha256, each in history.accepted.items()
        if sha256 in whole
    ]
    wanted.sort(key=lambda each: each.period)
    for period, mine in groupby(wanted, key=lambda each: each.period):
        form = campaign.form_for(period)
        while batch := list(islice(mine, AT_ONCE)):
            submissions = returns.whole(batch)
            stacks, _ = stack([(each, returns[each.sha256]) for each in submissions], form)
            yield from figures_of(stacks, submissions, form).items()
            returns.forget()


UNREADABLE = "?"


def _hash(path: Path) -> str:
    """Hash a file; "" if there is none, UNREADABLE if it cannot be read."""
    try:
        return sha256_of(path)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError:
        return UNREADABLE
