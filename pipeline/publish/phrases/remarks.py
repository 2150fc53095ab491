"""What is said about a team in a few words: how it stands, why it is not in the totals, what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pipeline.model import Finding, Standing, Status


def remarks(standing: Standing) -> str:
    """Say what a reader of the team's figures must know beside its status; empty if there is nothing."""
    said = {
        "最新一份退改，按前次审核通过的数计入": standing.counts_earlier,
        f"{standing.errors} 处错误未整改": standing.errors > 0,
        f"{standing.queries} 项待核实": standing.queries > 0,
        f"迟报 {standing.days_late} 天": standing.is_late,
        f"逾期 {standing.days_late} 天": standing.latest is None and standing.days_late > 0,
        "零报告": standing.is_nil,
    }
    return "；".join(text for text, holds in said.items() if holds)


def why_uncounted(standing: Standing) -> str:
    """Say why no figure of a team is in the totals."""
    if standing.status is Status.HELD:
        return f"报表退改，{standing.errors} 处错误未整改"
    if standing.status is Status.MISSING:
        return "报表尚未收到" + (f"，已逾期 {standing.days_late} 天" if standing.days_late > 0 else "，尚在报送期内")
    return "本期免报"


def troubles(findings: Iterable[Finding], titles: dict[str, str], most: int = 3) -> str:
    """Name the rules broken most often: “不是数字 3 处、缺列 1 处等 5 类”."""
    counts = Counter(titles.get(finding.rule, finding.rule) for finding in findings)
    named = "、".join(f"{title} {count} 处" for title, count in counts.most_common(most))
    return named + (f"等 {len(counts)} 类" if len(counts) > most else "")
