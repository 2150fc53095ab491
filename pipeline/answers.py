"""What teams answer to queries: an answer holds for the value that it is about, and for nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.campaign import Campaign
from pipeline.checked import Answer, CheckedReturn
from pipeline.declare import QUERY
from pipeline.declare.kinds import folded
from pipeline.frames import Records
from pipeline.memory import Memory
from pipeline.model import Finding, Submission
from pipeline.wording import Place, found
from pipeline.words import Words

SHORTEST = 6
HOLLOW = frozenset(
    map(
        folded,
        (
            *("核实无误", "属实", "无误", "情况属实", "经核实无误", "数据无误", "已核实", "经核实属实", "无", "正确"),
            *("checked", "verified", "confirmed", "correct", "no error", "no errors", "as stated", "nothing to add"),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class _Given:
    """An answer, and the return that gives it."""

    submission: Submission
    answer: Answer

    @property
    def key(self) -> str:
        return self.answer.key

    @property
    def name(self) -> tuple[str, str, str]:
        """Team, query and words: the same words given again are the same answer."""
        return self.submission.team, self.answer.key, self.answer.text


@dataclass(frozen=True)
class Explained:
    """What answers come to. covered: (hash of the return, key) of queries that are explained. new: answers given for the first
    time -> the value that they are about. remarks: answers that say nothing, or are about a value since changed."""

    covered: Collection[tuple[str, str]] = frozenset()
    new: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    remarks: Sequence[Finding] = ()


def explain(
    checked: Mapping[str, CheckedReturn],
    submissions: Sequence[Submission],
    findings: Sequence[Finding],
    memory: Memory,
    words: Words,
) -> Explained:
    """Hold answers against queries. findings: of the returns that are judged; answers of others are not read.

    New words are about what stands in the cell now, or, if it cannot be read, about what was asked last.
    """
    judged = {finding.submission for finding in findings}
    sent = [each for each in submissions if each.sha256 in judged]
    answers = [_Given(each, one) for each in sent for one in checked[each.sha256].answers if one.key]
    hollow = [finding for each in submissions for finding in _hollow(checked[each.sha256].answers, each, words)]
    asked = {(each.submission, each.key): each.value for each in findings if each.severity is QUERY}
    new: dict[tuple[str, str, str], str] = {}
    for each in answers:
        value = asked.get((each.submission.sha256, each.key))
        if value is None and each.key in memory.followed:
            value = memory.followed[each.key].finding.value
        if value is not None and each.name not in memory.answers:
            new.setdefault(each.name, value)
    about = {**memory.answers, **new}
    values = {(team, key, value) for (team, key, _), value in about.items()}
    covered = {
        (each.submission, each.key)
        for each in findings
        if each.severity is QUERY and (each.team, each.key, each.value) in values
    }
    return Explained(covered, new, [*hollow, *_stale(answers, asked, about, covered, words)])


def answers_in(records: Mapping[str, Records], campaign: Campaign) -> list[Answer]:
    """Read what a return says about queries. One that explains nothing, or names no query, has no key."""
    asks, answers = campaign.form.column_in_role("explains"), campaign.form.column_in_role("explanation")
    sheet = records.get(asks.owner.key()) if asks is not None and answers is not None else None
    if sheet is None:
        return []
    keys = sheet.table.typed.get(str(asks)) or [None] * len(sheet.table.lines)
    given = []
    for line, (key, text) in enumerate(zip(keys, sheet.table.typed.get(str(answers), ()), strict=False)):
        if text is not None and (key is not None or _is_hollow(text)):
            place = Place(sheet.sheet, sheet.table, line, str(answers), sheet.subject(line))
            given.append(Answer("" if _is_hollow(text) else key, text, place.about()))
    return given


def _is_hollow(text: str) -> bool:
    return len(text) < SHORTEST or folded(text).strip("。.!！") in HOLLOW


def _hollow(answers: Sequence[Answer], submission: Submission, words: Words) -> list[Finding]:
    """Say which answers explain nothing."""
    return [found("J01", submission, each.about, words=words) for each in answers if not each.key]


def _stale(
    answers: Sequence[_Given],
    asked: Mapping[tuple[str, str], str],
    about: Mapping[tuple[str, str, str], str],
    covered: Collection[tuple[str, str]],
    words: Words,
) -> list[Finding]:
    """Say which answers were written for a value that has changed since."""
    return [
        found("J02", each.submission, {**each.answer.about, "expected": about[each.name], "found": now}, words=words)
        for each in answers
        if (now := asked.get((each.submission.sha256, each.key))) is not None
        and (each.submission.sha256, each.key) not in covered
        and each.name in about
    ]
