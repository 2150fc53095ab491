"""What is said of decisions: what each is about, and whether it is still in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.decisions import IN_FORCE, force
from pipeline.memory import Decision
from pipeline.night import Night

MOST_PLACES = 3


def about(decision: Decision) -> str:
    """Say in a few words what was decided."""
    places = [place for _, _, place in decision.findings]
    more = f"等 {len(places)} 处" if len(places) > MOST_PLACES else ""
    return {
        "withdraw": f"“{decision.file}”不再计入",
        "waive": f"规则 {decision.rule}：{'、'.join(places[:MOST_PLACES])}{more}",
        "extend": f"截止日延到 {decision.until}",
        "excuse": "本期不必报送",
        "place": f"文件“{decision.file}”认作该单位的报表",
        "revoke": f"撤销第 {decision.revokes} 号",
    }[decision.what]


def forces(night: Night) -> Mapping[int, str]:
    """Say of each decision by its number whether it is still in force, or why not."""
    values = {finding.key: finding.value for finding in night.findings}
    reported = {standing.team.code for standing in night.standings if standing.latest is not None}
    return {each.number: force(each, night.decisions, values, reported) for each in night.decisions}


def standing_decisions(night: Night) -> Sequence[Decision]:
    """Give the decisions that are in force."""
    said = forces(night)
    return [each for each in night.decisions if said[each.number] == IN_FORCE]
