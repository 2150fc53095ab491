"""Issuing, step by step: look whether it can be done, make the documents, fix their hashes, put them into place."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.campaign import Campaign, load
from pipeline.disk import files_in, sha256_of
from pipeline.foresee import Foreseen, foresee
from pipeline.intake import Progress, quiet
from pipeline.issued import Issue
from pipeline.issuing.number import Order, revision_of
from pipeline.issuing.ready import NIGHTLY, TAKEN, Basis, IssueError, look, refuse_waiting
from pipeline.ledger import NAME, Ledger, reading
from pipeline.ledger.issues import issue_draft
from pipeline.lock import locked
from pipeline.night import Night
from pipeline.publish.phrases.blamed import blamed, named
from pipeline.publish.phrases.revised import Revision, revisions
from pipeline.publish.shelf import begin, fix, folder_of, put_into_place
from pipeline.publish.summary.revised import write_revised
from pipeline.publish.word.account import document_number, rates
from pipeline.publish.word.drafter import BULLETIN, Drafter, draft_of
from pipeline.publish.word.pdf import write_pdfs
from pipeline.publish.word.stamp import Stamp
from pipeline.since import since

__all__ = ["Fixed", "Order", "publish_bulletin"]

DOCUMENT, DATA, COMPARISON = "督查通报.docx", "issue.json", "更正对照表.xlsx"


@dataclass(frozen=True)
class Fixed:
    """What was issued, or would be. notes: sentences for whoever signs. revised: the totals that a revision revises."""

    issue: Issue
    night: Night
    notes: Sequence[str]
    revised: Sequence[Revision]


def publish_bulletin(
    root: Path,
    order: Order,
    period: str | None = None,
    workers: int | None = None,
    progress: Progress = quiet,
    is_dry: bool = False,
) -> Fixed:
    """Issue the bulletin of a period's last good night, or a revision. Raises HuizongError where somebody has to do something
    first; nothing is changed then. is_dry: only say what would be issued.
    """
    _refuse_unsigned(order)
    campaign = load(root)
    if not is_dry:
        _finish(root)
    term = campaign.period(period, order.on)
    campaign = campaign.in_period(term.key)
    basis = look(campaign, term)
    revision, revises = revision_of(order, basis)
    seen = foresee(root, basis.as_of, term.key, workers, progress, is_again=True)
    stamp = Stamp(order.number, order.on, revision, revises, order.reason.strip())
    _refuse_late(seen.night, stamp)
    night = _beside_the_one_before(seen, campaign, stamp)
    document = _document(seen.night, night, basis, stamp)
    issue = Issue(
        order.number, revision, document_number(night, stamp), term.key,
        basis.given.number, basis.as_of, order.on, order.by.strip(), stamp.reason,
        folder_of(term.key, order.number, revision), {},
        {key: (total.value, total.reported) for key, total in night.consolidation.totals.items()},
        night.consolidation.by_team, rates(night), named(night),
    )  # fmt: skip
    fixed = Fixed(issue, night, list(_notes(night)), revisions(revises, night) if revises else [])
    return fixed if is_dry else _put_away(root, fixed, basis, document, revises)


def _finish(root: Path) -> None:
    """Put into place what was recorded by a run that was cut off then."""
    path = root / "archive" / NAME
    if path.exists():
        with locked(root), Ledger(path) as ledger:
            put_into_place(root, ledger.issues())


def _refuse_unsigned(order: Order) -> None:
    if not order.by.strip():
        raise IssueError("请用 --by 写明由谁印发。")
    if order.is_revision and not order.reason.strip():
        raise IssueError("请用 --reason 写明为什么更正；它会印在更正的开头。")
    today = dt.date.today()
    if order.on > today:
        raise IssueError(f"印发日期 {order.on} 晚于今天（{today}）。请检查 --as-of 或电脑的日期。")


def _refuse_late(night: Night, stamp: Stamp) -> None:
    """Raise IssueError if a bulletin would be dated before what it tells of, or demand something for a day that is over."""
    if stamp.on < night.as_of:
        raise IssueError(f"通报依据的是 {night.as_of} 的结果，不能按更早的日期 {stamp.on} 印发。请检查 --as-of。")
    until = night.campaign.put_right_by(night.period, night.as_of)
    if any(blamed(night).values()) and stamp.on > until:
        raise IssueError(
            f"通报要求在 {until} 以前补报或改正，按 {stamp.on} 印发已经过期。{NIGHTLY} --as-of {stamp.on}，按新的结果印发。"
        )


def _beside_the_one_before(seen: Foreseen, campaign: Campaign, stamp: Stamp) -> Night:
    """Give the night as a revision tells of it: beside the issue before the one that is revised."""
    night = seen.night
    if stamp.revises is None:
        return night
    revised = (stamp.number, stamp.revises.period)
    with reading(campaign.root / "archive" / NAME) as ledger:
        others = [each for each in ledger.issues() if (each.number, each.period) != revised]
        before = since(ledger, campaign, night.period, night.as_of, seen.followed, others)
    return replace(night, last_issue=before)


def _document(night: Night, told: Night, basis: Basis, stamp: Stamp) -> bytes:
    """Make the document; and the draft once more, which must be the one that lies in the outbox."""
    drafter = Drafter()
    try:
        drafts = [draft_of(night, BULLETIN), draft_of(told, BULLETIN, stamp)]
        (name, draft), (_, document) = drafter.drafts(drafts)
    finally:
        drafter.close()
    if hashlib.sha256(draft).hexdigest() != basis.files[name]:
        raise IssueError(
            f"按现在的设置、名录、模板和程序得出的结果，与 outbox/{basis.given.folder} 中的草稿不同。"
            f"{NIGHTLY} --as-of {basis.as_of}，看过新的草稿再印发。"
        )
    return document


def _notes(night: Night) -> list[str]:
    files = [each.file for each in (*night.unplaced, *night.left)]
    notes = [f"有 {len(files)} 个来件尚未确定报送单位（{files[0]} 等），请先查明，以免误点名。"] if files else []
    return notes + list(night.notices)


def _put_away(root: Path, fixed: Fixed, basis: Basis, document: bytes, revises: Issue | None) -> Fixed:
    """Write everything beside its place, record it, and put it there. Cut off before it is recorded, nothing was issued; after
    that, the next run puts it into place."""
    issue = fixed.issue
    with locked(root), Ledger(root / "archive" / NAME) as ledger:
        last = ledger.last_event()
        if last is None or last.hash != basis.last.hash:
            raise IssueError("准备印发的时候，又有别的运行登记了新的内容，没有印发。请再运行一次。")
        refuse_waiting(root)
        put_into_place(root, basis.issues)
        part = begin(root, issue.folder)
        for name in TAKEN:
            shutil.copyfile(basis.place(root) / name, part / name)
        (part / DOCUMENT).write_bytes(document)
        if revises:
            write_revised(fixed.night, revises, part / COMPARISON)
        (part / DATA).write_text(json.dumps(_data(issue), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        write_pdfs(part, part)
        issue = replace(issue, files={path.name: sha256_of(path) for path in sorted(files_in(part))})
        fix(root, part)
        ledger.record([issue_draft(issue)])
        put_into_place(root, [*basis.issues, issue])
    return replace(fixed, issue=issue)


def _data(issue: Issue) -> dict[str, Any]:
    """Give an issue as programs read it: as the ledger has it, but for the files, of which this is one."""
    said = {name: value for name, value in issue_draft(issue).payload.items() if name != "files"}
    return {**said, "by": issue.by, "reason": issue.reason}
