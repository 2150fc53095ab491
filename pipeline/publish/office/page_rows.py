"""Rows of the findings page: each team of the register, and each finding, grouped where it repeats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from pipeline.declare import Severity
from pipeline.memory import Decision
from pipeline.model import Finding, Standing, Status, Team
from pipeline.night import Night
from pipeline.publish.filenames import correction_file
from pipeline.publish.masking import masked, masked_number, phone_columns, visible
from pipeline.publish.phrases.calls import contacts
from pipeline.publish.phrases.course import Version, decided_by_team, versions
from pipeline.publish.phrases.remarks import troubles
from pipeline.publish.phrases.tallies import rule_titles

TO_WORKSPACE = "../../"  # from outbox/<date>/
LONGEST_VALUE, LONGEST_MESSAGE = 60, 400


@dataclass(frozen=True, slots=True)
class Line:
    """One finding as a row. `repeats` is the size of the group that it heads, 0 for the group's other members."""

    finding: Finding
    team: Team
    value: str
    text: str
    repeats: int
    is_teams_first: bool

    @property
    def place(self) -> str:
        """The cell; for a whole sheet or file, its name."""
        return self.finding.cell or ("整张表" if self.finding.sheet else "整个文件")

    @property
    def state(self) -> str:
        """What has become of the finding; of a note nothing need become."""
        is_note = self.finding.severity is Severity.NOTE
        return "供参考" if is_note and self.finding.state.is_open else self.finding.state.title


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One team of the register with what was found in its latest return."""

    standing: Standing
    notes: int
    closed: int
    troubles: str
    person: str
    phone: str
    file: str  # links, relative to the page; empty: there is nothing to link to
    correction: str
    words: tuple[str, ...]  # status first, then the properties beside it
    history: Sequence[Version]  # what it sent, in order
    decided: Sequence[Decision]  # about it, in order


def team_rows(night: Night) -> list[TeamRow]:
    """Give a row for each team of the register, in its order."""
    closed = Counter(finding.team for finding in night.closed)
    titles, people = rule_titles(night.campaign), contacts(night)
    are_sent = night.campaign.settings.corrections
    history, decided = versions(night), decided_by_team(night)
    rows = []
    for standing in night.standings:
        found = night.of_team(standing.team.code)
        errors = [f for f in found if f.severity is Severity.ERROR and f.state.is_open]
        person, phone = people[standing.team.code]
        rows.append(
            TeamRow(
                standing=standing,
                notes=sum(f.severity is Severity.NOTE for f in found),
                closed=closed[standing.team.code],
                troubles=troubles(errors, titles),
                person=person,
                phone=masked_number(phone),
                file=kept_at(standing.latest.path) if standing.latest else "",
                correction=quote(correction_file(standing.team))
                if are_sent and (standing.errors or standing.queries)
                else "",
                words=_words(standing),
                history=history[standing.team.code],
                decided=decided.get(standing.team.code, ()),
            )
        )
    return rows


def uncounted(teams: Sequence[TeamRow]) -> list[tuple[str, list[TeamRow]]]:
    """Give the teams whose figures the totals lack, by status."""
    lacking = [row for row in teams if row.standing.counted is None and row.standing.status is not Status.EXCUSED]
    by_status = [(status.title, [row for row in lacking if row.standing.status is status]) for status in Status]
    return [(title, rows) for title, rows in by_status if rows]


def _words(standing: Standing) -> tuple[str, ...]:
    beside = {
        "待核实": standing.is_queried,
        "迟报": standing.is_late,
        "零报告": standing.is_nil,
        "沿用上一份": standing.counts_earlier,
    }
    return standing.status.title, *(word for word, holds in beside.items() if holds)


def finding_rows(night: Night) -> list[Line]:
    """Findings of one team, rule and column together, in the order in which the first of them was found."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding in night.findings:
        groups.setdefault((finding.team, finding.rule, finding.sheet, finding.column), []).append(finding)
    phones = phone_columns(night.campaign.form)
    seen: set[str] = set()
    lines = []
    for found in groups.values():
        for position, finding in enumerate(found):
            team = night.campaign.by_code[finding.team]
            is_phone = (finding.sheet_key, finding.field) in phones
            repeats = 0 if position else len(found)
            lines.append(
                Line(finding, team, _value(finding, is_phone), _text(finding, is_phone), repeats, team.code not in seen)
            )
            seen.add(team.code)
    return lines


def _value(finding: Finding, is_phone: bool) -> str:
    text = masked_number(finding.value) if is_phone else masked(finding.value)
    return _cut(visible(text), LONGEST_VALUE)


def _text(finding: Finding, is_phone: bool) -> str:
    text = masked_number(finding.says) if is_phone else masked(finding.says)
    return _cut(visible(text), LONGEST_MESSAGE)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def kept_at(path: str) -> str:
    """Give the address, from the page, of a file kept in the workspace."""
    return TO_WORKSPACE + quote(path.encode("utf-8", "surrogateescape"))
