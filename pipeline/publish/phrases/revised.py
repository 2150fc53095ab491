"""Published totals beside what they would be now, and why: teams newly counted apart from those whose figures were revised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.issued import Issue
from pipeline.model import Number
from pipeline.night import Night
from pipeline.publish.phrases.remarks import why_uncounted

ADDED, REVISED, DROPPED = "新计入", "数字更正", "不再计入"


@dataclass(frozen=True, slots=True)
class TeamRevision:
    """What one team changed in a total. then, now: None where it was not, or is not, part of it. why: in words."""

    team: str
    name: str
    kind: str
    then: Number | None
    now: Number | None
    why: str

    @property
    def change(self) -> Number:
        """By how much the total is more, or less."""
        return (self.now or 0) - (self.then or 0)


@dataclass(frozen=True, slots=True)
class Revision:
    """A total as it was published and as it is, with the number of teams in each; and who changed it, which comes to it."""

    indicator: str
    title: str
    unit: str
    then: Number
    teams_then: int
    now: Number
    teams_now: int
    teams: Sequence[TeamRevision]

    def of(self, kind: str) -> tuple[int, Number]:
        """Give how many teams changed it so, and by how much together."""
        mine = [each.change for each in self.teams if each.kind == kind]
        return len(mine), sum(mine)

    def why(self, unit: str) -> str:
        """Say it in words. unit: what those who report are called."""
        said = [(kind, *self.of(kind)) for kind in (ADDED, REVISED, DROPPED)]
        return "；".join(f"{kind} {count} 个{unit}，{_more(change)}" for kind, count, change in said if count)


def revisions(issue: Issue, night: Night) -> list[Revision]:
    """Give the totals that are not what an issue about the same period published, in the form's order.

    A total that the issue did not have is none; nor is one that the form has no more.
    """
    found = []
    for key, total in night.consolidation.totals.items():
        if key not in issue.values:
            continue
        then, teams_then = issue.values[key]
        teams = list(_teams(issue, night, key))
        if teams or then != total.value:
            found.append(Revision(key, total.title, total.unit, then, teams_then, total.value, total.reported, teams))
    return found


def _teams(issue: Issue, night: Night, key: str) -> Iterator[TeamRevision]:
    standings = {each.team.code: each for each in night.standings}
    order = [*standings, *sorted(issue.figures.keys() - standings.keys())]
    for code in order:
        then = issue.figures.get(code, {}).get(key)
        now = night.consolidation.by_team.get(code, {}).get(key)
        if then == now:
            continue
        team = night.campaign.by_code.get(code)
        standing, name = standings.get(code), team.name if team else code
        sent = standing.counted if standing else None
        file = f"按 {sent.arrived} 收到的报表计" if sent else ""
        if now is None:
            why = why_uncounted(standing) if standing and not sent else "已不在本期应报名录中"
            yield TeamRevision(code, name, DROPPED, then, None, _withdrawn(night, code) or why)
        elif then is None:
            yield TeamRevision(code, name, ADDED, None, now, f"印发时没有计入，{file}")
        else:
            is_new = sent is not None and sent.arrived > issue.night_as_of
            yield TeamRevision(
                code, name, REVISED, then, now, f"{'印发后重新报送' if is_new else '改用另一份报表'}，{file}"
            )


def _withdrawn(night: Night, code: str) -> str:
    """Say who decided that a team's return does not count, and why; "" if nobody did."""
    for each in reversed(night.decisions):
        if (each.what, each.team) == ("withdraw", code) and not each.revoked_by:
            return f"{each.by}决定不予采用：{each.reason}"
    return ""


def _more(change: Number) -> str:
    if not change:
        return "合计不变"
    return f"{'增加' if change > 0 else '减少'} {abs(change):,}"
