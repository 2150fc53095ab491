"""What teams answer to queries: an answer holds for the value that it is about, and for nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.campaign import Campaign
from pipeline.declare import QUERY
from pipeline.declare.kinds import folded
from pipeline.memory import Memory
from pipeline.model import Finding, Stack, Submission
from pipeline.wording import Place, found_in

SHORTEST = 6
HOLLOW = frozenset(
    map(
        folded, ("核实无误", "属实", "无误", "情况属实", "经核实无误", "数据无误", "已核实", "经核实属实", "无", "正确")
    )
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a return says about the query of that key, and where."""

    key: str
    text: str
    submission: Submission
    place: Place

    @property
    def name(self) -> tuple[str, str, str]:
        """Team, query and words: the same words given again are the same answer."""
        return self.submission.team, self.key, self.text


@dataclass(frozen=True)
class Explained:
    """What answers come to. covered: (hash of the return, key) of queries that are explained. new: answers given for the first
    time -> the value that they are about. remarks: answers that say nothing, or are about a value since changed."""

    covered: Collection[tuple[str, str]] = frozenset()
    new: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    remarks: Sequence[Finding] = ()


def explain(
    stacks: Mapping[str, Stack],
    campaign: Campaign,
    submissions: Sequence[Submission],
    findings: Sequence[Finding],
    memory: Memory,
) -> Explained:
    """Hold answers against queries. findings: of the returns that are judged; answers of others are not read.

    New words are about what stands in the cell now, or, if it cannot be read, about what was asked last.
    """
    judged = {finding.submission for finding in findings}
    answers, hollow = _given(stacks, campaign, submissions)
    answers = [each for each in answers if each.submission.sha256 in judged]
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
    return Explained(covered, new, [*hollow, *_stale(answers, asked, about, covered)])


def _given(
    stacks: Mapping[str, Stack], campaign: Campaign, submissions: Sequence[Submission]
) -> tuple[list[Answer], list[Finding]]:
    """Read the answers, and say which of them explain nothing."""
    asks, answers = campaign.form.column_in_role("explains"), campaign.form.column_in_role("explanation")
    if asks is None or answers is None:
        return [], []
    stack = stacks[asks.owner.key()]
    given: list[Answer] = []
    hollow: list[Finding] = []
    rows = stack.frame[[asks, answers]].dropna(subset=[answers])
    for index, (key, text) in zip(rows.index, rows.itertuples(index=False, name=None), strict=True):
        submission = submissions[int(stack.submission[index])]
        table, line = stack.where(index)
        place = Place(stack.sheet, table, line, str(answers), stack.subject(index))
        if len(text) < SHORTEST or folded(text).strip("。.!！") in HOLLOW:
            hollow.append(found_in("J01", submission, place))
        elif isinstance(key, str):
            given.append(Answer(key, text, submission, place))
    return given, hollow


def _stale(
    answers: Sequence[Answer],
    asked: Mapping[tuple[str, str], str],
    about: Mapping[tuple[str, str, str], str],
    covered: Collection[tuple[str, str]],
) -> list[Finding]:
    """Say which answers were written for a value that has changed since."""
    return [
        found_in("J02", each.submission, each.place, {"expected": about[each.name], "found": now})
        for each in answers
        if (now := asked.get((each.submission.sha256, each.key))) is not None
        and (each.submission.sha256, each.key) not in covered
        and each.name in about
    ]
