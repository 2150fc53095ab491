"""Ranking of the teams: few criteria, every point with its reason. A proposal to people, never a verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.model import Standing, Status

Judged = tuple[int, str]  # points lost, and why; no reason where none is lost


def _in_time(standing: Standing) -> Judged:
    if standing.latest is None:
        return 40, "未报"
    return 5 * standing.days_late, f"迟报 {standing.days_late} 天" if standing.days_late > 0 else ""


def _accepted(standing: Standing) -> Judged:
    if standing.status is not Status.ACCEPTED:
        return 30, "未通过审核"
    again = max(0, standing.versions - 1)
    return 10 * again, f"报送 {standing.versions} 次后通过" if again else ""


def _without_errors(standing: Standing) -> Judged:
    if standing.latest is None:
        return 20, "未报"
    return 2 * standing.errors, f"{standing.errors} 处错误未整改" if standing.errors else ""


def _without_queries(standing: Standing) -> Judged:
    if standing.latest is None:
        return 10, "未报"
    return 2 * standing.queries, f"{standing.queries} 项待核实" if standing.queries else ""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that earns points: its title, the most it can earn, how points are lost in words, and the judgement."""

    title: str
    most: int
    says: str
    judge: Callable[[Standing], Judged]


CRITERIA = (
    Criterion("按时报送", 40, "截止日之后每迟一天扣 5 分，扣完为止；未报不得分", _in_time),
    Criterion("一次通过", 30, "第一次报送即审核通过得满分，每多报一次扣 10 分，扣完为止；未通过审核不得分", _accepted),
    Criterion("没有错误", 20, "最新一份报表每有一处错误未整改扣 2 分，扣完为止；未报不得分", _without_errors),
    Criterion("核实清楚", 10, "最新一份报表每有一项待核实未说明扣 2 分，扣完为止；未报不得分", _without_queries),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A team's place: points in the order of CRITERIA; equal totals share a rank, and as many are skipped."""

    rank: int
    standing: Standing
    points: tuple[int, ...]
    reasons: tuple[str, ...]

    @property
    def total(self) -> int:
        """The points together."""
        return sum(self.points)


def rank(standings: Sequence[Standing]) -> list[Place]:
    """Rank the teams that had to report, best first, equal ones in the register's order."""
    judged = []
    for standing in standings:
        if standing.status is not Status.EXCUSED:
            lost = [criterion.judge(standing) for criterion in CRITERIA]
            points = tuple(max(0, c.most - loss) for c, (loss, _) in zip(CRITERIA, lost, strict=True))
            reasons = tuple(
                f"{c.title}扣 {c.most - kept} 分（{why}）"
                for c, kept, (_, why) in zip(CRITERIA, points, lost, strict=True)
                if kept < c.most
            )
            judged.append((standing, points, reasons))
    judged.sort(key=lambda each: -sum(each[1]))
    ranks: dict[int, int] = {}
    for place, (_, points, _) in enumerate(judged, 1):
        ranks.setdefault(sum(points), place)
    return [Place(ranks[sum(each[1])], *each) for each in judged]
