"""The findings page: one offline file that the office's clerk reads in the morning and works from all day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.decisions import IN_FORCE
from pipeline.declare import Severity
from pipeline.model import Status
from pipeline.night import Night
from pipeline.publish.office.page_rows import TeamRow, finding_rows, team_rows, uncounted
from pipeline.publish.office.templates import environment, text_of
from pipeline.publish.office.trend import draw
from pipeline.publish.phrases.course import points
from pipeline.publish.phrases.decided import forces
from pipeline.publish.phrases.tallies import (
    SEVERITIES,
    Coverage,
    beyond_announced,
    by_rule,
    rule_titles,
)


def write_page(night: Night, path: Path) -> None:
    """Write the night's findings page. The file links only to what lies in the same workspace."""
    with path.open("w", encoding="utf-8", newline="") as page:
        page.writelines(_pieces(night))


def render(night: Night) -> str:
    """Give the page's HTML: same night, same text."""
    return "".join(_pieces(night))


def _pieces(night: Night) -> Iterator[str]:
    """Give the page as it is made, from the top down: of tens of thousands of teams it is never whole in memory."""
    teams, figures = team_rows(night), _figures(night)
    (style, style_hash), (script, script_hash) = text_of("page.css", "trend.css"), text_of("page.js")
    return (
        environment()
        .get_template("page.html.j2")
        .generate(
            night=night,
            settings=night.campaign.settings,
            style=style,
            script=script,
            style_hash=style_hash,
            script_hash=script_hash,
            lines=finding_rows(night),
            teams=teams,
            missing=sorted((row for row in teams if row.standing.status is Status.MISSING), key=_most_late),
            held=sorted((row for row in teams if row.standing.status is Status.HELD), key=_quickest),
            uncounted=uncounted(teams),
            titles=rule_titles(night.campaign),
            by_rule=by_rule(night.findings),
            figures=figures,
            beyond=beyond_announced(night.consolidation.totals.values()),
            severities=SEVERITIES,
            forces=forces(night),
            in_force=IN_FORCE,
            trend=draw(points(night), figures["due"], 460, 120),
        )
    )


def _most_late(row: TeamRow) -> int:
    return -row.standing.days_late


def _quickest(row: TeamRow) -> tuple[bool, int]:
    """Teams without any figures in the totals first; among them those with the least to mend."""
    return row.standing.counted is not None, row.standing.errors


def _figures(night: Night) -> Mapping[str, int]:
    coverage = Coverage.of(night.standings)
    unsettled = Counter(finding.severity for finding in night.findings if finding.state.is_open)
    return {
        **night.returns(),
        "due": coverage.expected,
        "received": coverage.received,
        "counted": coverage.counted,
        "earlier": sum(s.counts_earlier for s in night.standings),
        "closed": len(night.closed),
        "new": sum(f.first_seen == night.as_of and f.state.is_open for f in night.findings),
        **{severity.value: unsettled[severity] for severity in Severity},
    }
