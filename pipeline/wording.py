"""Where a Finding gets its words: what was found, what is expected, what to do; and the same for a file that waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any

from pipeline.declare import BUILTIN, Column, Rule, Severity, Sheet
from pipeline.declare.kinds import show
from pipeline.declare.rules import words_of
from pipeline.model import Finding, Submission, Table
from pipeline.words import CHINESE, Words

LONGEST_QUOTE = 40
NOTHING: Mapping[str, Any] = MappingProxyType({})


def reason(code: str, **words: str) -> str:
    """Say why a file waits, in the words of a built-in rule. Raises TypeError unless just its words are given."""
    wanted = words_of(BUILTIN[code].says)
    if wanted != set(words):
        raise TypeError(f"{code} needs the words {sorted(wanted)}, not {sorted(words)}")
    return BUILTIN[code].says.format_map(words)


def found(code: str, submission: Submission, said: Mapping[str, Any], *, words: Words) -> Finding:
    """Make the finding of a built-in rule about a file or a sheet. `said` fills the message and the finding's own fields."""
    builtin = BUILTIN[code]
    return _finding(code, builtin.severity, words.of(builtin.says), submission, said, said, words)


def found_in(code: str, submission: Submission, place: Place, said: Mapping[str, Any] = NOTHING) -> Finding:
    """Make the finding of a built-in rule about one cell. What `said` leaves out is taken from the cell and its column."""
    builtin = BUILTIN[code]
    about, words = place.about() | dict(said), place.sheet.wording()
    return _finding(code, builtin.severity, words.of(builtin.says), submission, about, about, words)


def ruled_in(rule: Rule, submission: Submission, place: Place, row: Mapping[str, Any]) -> Finding:
    """Make the finding of a campaign's rule about one cell. The row's values and the rule's thresholds fill the message."""
    return ruled_about(rule, submission, place.sheet, place.about(), row)


def ruled_about(
    rule: Rule, submission: Submission, sheet: type[Sheet], about: Mapping[str, Any], row: Mapping[str, Any]
) -> Finding:
    """Make the finding of a campaign's rule, as `ruled_in` does. about: what a finding may say of the place."""
    columns = {**sheet.columns(), **sheet.absent()}
    named = {name: row[name] for name in _named_in(rule.says) if name in row}
    shown = {name: columns[name].shown(value) if name in columns else value for name, value in named.items()}
    said = {**about, **shown, **rule.thresholds}
    return _finding(rule.code, rule.severity, rule.says, submission, about, said, sheet.wording())


def told_apart(findings: Iterable[Finding]) -> list[Finding]:
    """Number those findings of a return that would share a key, in the given order; the first keeps its name."""
    taken: set[tuple[str, str]] = set()
    apart: list[Finding] = []
    for finding in findings:
        one, number = finding, 1
        while (one.submission, one.key) in taken:
            number += 1
            one = replace(finding, subject=f"{finding.subject}#{number}")
        taken.add((one.submission, one.key))
        apart.append(one)
    return apart


@dataclass(frozen=True, slots=True)
class Place:
    """One cell: a field of a record of a table, both as the sender has them, and what names the record there."""

    sheet: type[Sheet]
    table: Table
    line: int
    field: str
    subject: str

    def about(self) -> dict[str, Any]:
        """Give what a message or a finding may say of the cell; `CELL_WORDS` names it all."""
        table, col = self.table, self.sheet.columns()[self.field]
        is_there = self.field in table.slots
        title = self._title(col)
        return {
            "title": title,
            "value": show(table.values[self.field][self.line]) if is_there else "",
            "unit": col.unit or col.words.of("个"),
            "example": col.example,
            "expected": col.expected,
            "sheet": table.name,
            "sheet_key": table.key,
            "cell": table.cell(self.line, self.field),
            "row": table.position(self.line, self.field)[0] + 1 if is_there else None,
            "column": title,
            "field": self.field,
            "line": self.line,
            "subject": self.subject,
        }

    def _title(self, col: Column) -> str:
        records = self.sheet.options().records or {}
        if len(records) < 2:
            return str(col.title)
        return col.words("{title}（{record}）", title=col.title, record=records[self.table.records[self.line]])


_named_in = cache(words_of)


def _finding(
    code: str,
    severity: Severity,
    says: str,
    submission: Submission,
    about: Mapping[str, Any],
    said: Mapping[str, Any],
    words: Words,
) -> Finding:
    quoted = {name: plain(said[name], words) for name in _named_in(says)}
    if "value" in quoted:
        quoted["value"] = brief(quoted["value"])
    return Finding(
        rule=code,
        severity=severity,
        says=says.format_map(quoted),
        team=submission.team,
        period=submission.period,
        file=submission.file,
        submission=submission.sha256,
        sheet=about.get("sheet", ""),
        cell=about.get("cell", ""),
        row=about.get("row"),
        column=str(about.get("column", "")),
        sheet_key=about.get("sheet_key", ""),
        field=about.get("field", ""),
        line=about.get("line"),
        subject=str(about.get("subject", "")),
        value=show(about.get("value", "")),
        expected=plain(about.get("expected", ""), words),
    )


def brief(text: str) -> str:
    """Shorten a long text to what is quoted of it."""
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"


def plain(value: Any, words: Words = CHINESE) -> str:
    """Write a value as a clerk writes it: days without a time, whole numbers without a point."""
    text = str(value)
    if value is None or text == "<NA>" or value != value:
        return words("（空）")
    if type(value) is str:
        return text
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, float) and value.is_integer():
        return f"{value:,.0f}"
    if isinstance(value, float):
        return f"{Decimal(text):,f}"  # never with an exponent
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else text
