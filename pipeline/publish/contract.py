"""`run.json` and `findings.json`: the contract with other programs. Keys are stable; add, never rename."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.issued import MISSING, Since
from pipeline.memory import DECISIONS
from pipeline.model import Finding, Number, Unplaced
from pipeline.night import Night
from pipeline.on_site import RESULTS
from pipeline.publish.phrases.complete import count_complete
from pipeline.publish.phrases.decided import standing_decisions
from pipeline.publish.phrases.drawn import draw

SCHEMA_VERSION = 1
RUN, FINDINGS = "run.json", "findings.json"


def run_record(night: Night, outputs: Sequence[str]) -> dict[str, Any]:
    """Give a night as `run.json` says it. outputs: file names relative to the night's folder."""
    severities = Counter(finding.severity.value for finding in night.findings)
    return {
        "schema_version": SCHEMA_VERSION,
        "period": night.period.key,
        "as_of": night.as_of.isoformat(),
        "register": len(night.standings),
        "returns": night.returns(),
        "unidentified": [_unplaced(each) for each in night.unplaced],
        "left_in_inbox": [_unplaced(each) for each in night.left],
        "repeated": [_unplaced(each) for each in night.repeated],
        "notices": list(night.notices),
        "unevaluated": dict(night.unevaluated),
        "findings": {name: severities[name] for name in ("error", "query", "note")},
        "closed": len(night.closed),
        "decisions": _decisions(night),
        "acceptance": count_complete(night),
        "spot_check": _spot_check(night) if night.campaign.spot_check else None,
        "by_rule": dict(sorted(Counter(finding.rule for finding in night.findings).items())),
        "totals": {
            key: {
                "title": total.title,
                "unit": total.unit,
                "value": number(total.value),
                "reported": total.reported,
                "expected": total.expected,
                "announced": None if total.announced is None else number(total.announced),
            }
            for key, total in night.consolidation.totals.items()
        },
        "last_issue": _last_issue(night.last_issue) if night.last_issue else None,
        "outputs": list(outputs),
        "seconds": dict(night.seconds),
    }


def _last_issue(since: Since) -> dict[str, Any]:
    """Say what the last issue published, and what became of what it named."""
    issue, missing = since.issue, since.of(MISSING)
    return {
        "number": issue.number,
        "revision": issue.revision,
        "period": issue.period,
        "on": issue.on.isoformat(),
        "rates": asdict(issue.rates),
        "totals": {key: number(value) for key, (value, _) in issue.values.items()},
        "named": len({each.team for each in issue.named}),
        "missing": {
            "named": len(missing),
            "reported": sum(each.team in since.reported for each in missing),
            "open": sum(since.is_open(each) for each in missing),
        },
        "findings": {"named": since.findings.named, **asdict(since.findings)},
    }


def _spot_check(night: Night) -> dict[str, Any]:
    """Say what was drawn, and what is known of it, by ledger."""
    assert night.campaign.spot_check is not None
    told = draw(night, night.campaign.spot_check)
    return {
        "teams": [standing.team.code for standing in told.teams],
        "gone": len(told.gone),
        "ledgers": {
            tally.sheet.key(): {
                "rows": tally.rows,
                "drawn": tally.drawn,
                **{key: tally.results[key] for key in RESULTS},
                "share": asdict(tally.share) if tally.share else None,
            }
            for tally in told.tallies
        },
    }


def _decisions(night: Night) -> dict[str, int]:
    """Count the decisions about the period that are in force, by kind, and what could not be decided on this day."""
    in_force = Counter(each.what for each in standing_decisions(night))
    return {**{what: in_force[what] for what in DECISIONS if what != "revoke"}, "declined": len(night.declined)}


def finding_record(finding: Finding) -> dict[str, Any]:
    """Give a finding as `findings.json` says it."""
    names = (
        "team",
        "period",
        "file",
        "sheet",
        "cell",
        "row",
        "column",
        "rule",
        "severity",
        "state",
        "value",
        "expected",
        "message",
    )
    record = {name: getattr(finding, name) for name in names}
    return {**record, "key": finding.key, "severity": finding.severity.value, "state": finding.state.value}


def write_contract(night: Night, folder: Path, outputs: Sequence[str]) -> None:
    """Write both files into the night's folder."""
    findings = [finding_record(finding) for finding in night.findings]
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in findings)
    (folder / FINDINGS).write_text(f"[\n{lines}\n]\n" if lines else "[]\n", encoding="utf-8")
    record = run_record(night, [*outputs, FINDINGS, RUN])
    (folder / RUN).write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def number(value: Number) -> int | float:
    """Write an exact number as JSON has it: whole ones without a point."""
    return int(value) if not isinstance(value, Decimal) or value == value.to_integral_value() else float(value)


def _unplaced(each: Unplaced) -> dict[str, str]:
    return {"file": each.file, "reason": each.reason, "rule": each.rule}
