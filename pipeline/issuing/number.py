"""Which number a bulletin may have: one that is free, or for a revision one that was issued."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.issued import Issue, title_of
from pipeline.issuing.ready import Basis, IssueError


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants: a bulletin issued under a number, by whom, on which day. is_revision: of the one with that number,
    for a reason."""

    number: int
    by: str
    on: dt.date
    is_revision: bool = False
    reason: str = ""


def chain(issues: Sequence[Issue], order: Order, period: str) -> list[Issue]:
    """Give the issue that has the number, and its revisions: numbers begin anew every year, but not within a period."""
    alike = [each for each in issues if each.number == order.number]
    same = [each for each in alike if each.period == period]
    return same or [each for each in alike if each.on.year == order.on.year]


def revision_of(order: Order, basis: Basis) -> tuple[int, Issue | None]:
    """Give the number of the revision, 0 for an issue itself, and what it revises. Raises IssueError."""
    before, title = chain(basis.issues, order, basis.period.key), title_of(order.number)
    if not order.is_revision:
        if before:
            first = before[0]
            raise IssueError(
                f"{title}（{first.document_number}）已由{first.signed} 印发，不能重复印发或改动。请改用别的期号；"
                f"内容有误的，请加 --revise --reason 原因，印发更正。"
            )
        if of_night := [each for each in basis.issues if each.night == basis.given.number]:
            raise IssueError(
                f"{basis.as_of} 的结果已由{of_night[-1].signed} 印发为{of_night[-1].title}。有新的报表或决定以后，请先运行"
                " huizong nightly，再印发下一期。"
            )
        return 0, None
    if not before:
        known = "、".join(dict.fromkeys(each.title for each in basis.issues)) or "无"
        raise IssueError(f"还没有印发过{title}，不能更正。已印发的有：{known}。")
    last = before[-1]
    if last.period != basis.period.key:
        raise IssueError(f"{title}是报告期 {last.period} 的通报。请加 --period {last.period} 再更正。")
    if last.night == basis.given.number:
        raise IssueError(
            f"{last.title}依据的就是 {basis.as_of} 的结果，此后没有变化，不必更正。有新的报表或决定的，请先运行"
            " huizong nightly。"
        )
    return last.revision + 1, last
