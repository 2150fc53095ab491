"""Which of a team's returns is the latest: the one that we received last. A sender's clock only breaks ties."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.model import Finding, Submission, in_order
from pipeline.wording import found
from pipeline.words import Words

CHINA = dt.timezone(dt.timedelta(hours=8))  # a time without a zone is an office's own
EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)  # before that there was no such workbook: a clock that was never set


@dataclass(frozen=True, slots=True)
class Latest:
    """A team's latest return. tied: others received with it that say something else, of which none can be told to be later."""

    submission: Submission
    tied: tuple[Submission, ...] = ()


def believed(stamp: str, until: dt.datetime) -> str:
    """Give the time at which a sender saved a file in one way of writing, UTC; "" if there is none or it cannot be true."""
    try:
        moment = dt.datetime.fromisoformat(stamp)
    except ValueError:
        return ""
    try:
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=CHINA)).astimezone(dt.UTC)
    except OverflowError:
        return ""
    return moment.isoformat(timespec="seconds") if EARLIEST <= moment <= until else ""


def latest_versions(versions: Sequence[Submission]) -> dict[str, Latest]:
    """Give each team's latest return."""
    by_team: dict[str, list[Submission]] = {}
    for each in in_order(versions):
        by_team.setdefault(each.team, []).append(each)
    return {team: _latest(mine) for team, mine in by_team.items()}


def _latest(mine: Sequence[Submission]) -> Latest:
    last = mine[-1]
    together = [each for each in mine[:-1] if (each.received_at, each.arrived) == (last.received_at, last.arrived)]
    others = [each for each in together if (each.content or each.sha256) != (last.content or last.sha256)]
    is_told = all(each.saved_at and last.saved_at and each.saved_at < last.saved_at for each in others)
    return Latest(last, () if is_told else tuple(others))


def version_findings(latest: Latest, versions: Sequence[Submission], words: Words) -> list[Finding]:
    """Say how the latest of a team's returns was told from the others, or that it cannot be told. versions: the team's."""
    last = latest.submission
    others = [each for each in versions if each.sha256 != last.sha256]
    if latest.tied:
        files = words.listed(sorted({last.file, *(each.file for each in latest.tied)}))
        return [found("I08", last, {"found": files, "subject": "versions"}, words=words)]
    findings = []
    if any(each.received_at == last.received_at for each in others):
        findings.append(found("I07", last, {"found": last.file, "subject": "versions"}, words=words))
    if last.times > 1 and others:
        findings.append(
            found(
                "I14", last, {"found": max(others, key=lambda each: each.number).file, "subject": "again"}, words=words
            )
        )
    later = [each for each in others if each.arrived > last.arrived]
    if later:
        said = {"found": str(last.arrived), "expected": later[-1].file, "subject": "folder"}
        findings.append(found("I12", last, said, words=words))
    return findings
