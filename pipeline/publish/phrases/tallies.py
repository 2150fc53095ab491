"""Teams and findings counted: coverage of a group of teams, findings by rule, those that are still open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.campaign import Campaign
from pipeline.declare import BUILTIN, Severity
from pipeline.model import Finding, Number, Standing, Status, Total

SEVERITIES = tuple(Severity)  # the gravest first


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of some teams: how many had to report, how many returns came, and the figures of how many are in the totals."""

    expected: int
    received: int
    counted: int

    @classmethod
    def of(cls, standings: Sequence[Standing]) -> Coverage:
        """Count the teams; excused ones need not report."""
        return cls(
            sum(standing.status is not Status.EXCUSED for standing in standings),
            sum(standing.latest is not None for standing in standings),
            sum(standing.counted is not None for standing in standings),
        )

    @property
    def received_share(self) -> float:
        """Returns received in those expected."""
        return self.received / self.expected if self.expected else 0.0

    @property
    def counted_share(self) -> float:
        """Teams in the totals in those expected."""
        return self.counted / self.expected if self.expected else 0.0


def beyond_announced(totals: Iterable[Total]) -> list[str]:
    """Say, one by one, which totals are more than was announced."""
    return [
        f"{total.title}合计 {_figure(total.value)} {total.unit}，超过已公布的 {_figure(total.announced)} {total.unit}"
        for total in totals
        if total.announced is not None and total.is_beyond
    ]


def _figure(value: Number) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value.normalize():,f}"


def rule_titles(campaign: Campaign) -> dict[str, str]:
    """Titles of every rule that a finding can come from, by code."""
    built_in = {builtin.code: builtin.title for builtin in BUILTIN.values()}
    return built_in | {rule.code: rule.title for rule in campaign.form.rules}


def by_rule(findings: Iterable[Finding]) -> list[tuple[Severity, str, list[Finding]]]:
    """Group findings by severity and rule, the gravest and commonest first."""
    groups: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.severity, finding.rule), []).append(finding)
    rows = [(severity, code, found) for (severity, code), found in groups.items()]
    return sorted(rows, key=lambda row: (SEVERITIES.index(row[0]), -len(row[2]), row[1]))


def still_open(findings: Iterable[Finding]) -> int:
    """Count the findings that still need somebody to act; a note never does."""
    return sum(finding.state.is_open and finding.severity is not Severity.NOTE for finding in findings)


def teams_in(findings: Iterable[Finding]) -> int:
    """Count the teams that the findings are about."""
    return len({finding.team for finding in findings})
