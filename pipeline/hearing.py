"""Workbooks in which the office decides: row by row a decision is recorded, or the sentence that says why there is none.

Each row is held against the ledger as the rows before it have left it, and recorded at once: cut off anywhere, the next run
goes on behind the last row that was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field

from pipeline.campaign import Campaign, PeriodError
from pipeline.decisions import Case, DecisionError, Said
from pipeline.declare import Day, Sheet, column
from pipeline.declare.kinds import folded
from pipeline.frames import ParsedReturn
from pipeline.identify import Told, placed_period, whose
from pipeline.ledger import Draft, Kind, Ledger
from pipeline.memory import OFFICE, Receipt
from pipeline.model import Period, Team
from pipeline.rawbook import RawBook
from pipeline.wishes import (
    BY,
    DAY,
    KEY,
    KINDS,
    PERIOD,
    REASON,
    SHEET,
    TEAM,
    WHAT,
    WORKBOOK,
    Wish,
    comes_from,
    mark,
    wishes,
)  # fmt: skip

NOTHING = f"没有读到填写的决定。请在列出的行中填写“{WHAT}”“{BY}”“{REASON}”，不要改动各栏的名称，保存后重新放入。"
FOREIGN = (
    f"这不是本活动文件夹发出的“{SHEET}”，其中的决定一项也没有采用。"
    f"请用 outbox 中的 {WORKBOOK} 填写；如是别人发来的，请查明来源。"
)
_ALLOWED = {"error": ("waive",), "file": ("place",), "team": ("extend", "excuse")}
_PARTS = {"error": 4, "file": 1, "team": 2}  # of a key, behind its kind


class _Typed(Sheet):
    """What is read of a row by its kind."""

    day: Day = column(DAY)


@dataclass
class Hearing:
    """What is decided on a night. returns: what files say, by hash. placed: hashes of the files that are somebody's now."""

    campaign: Campaign
    period: Period
    as_of: dt.date
    ledger: Ledger
    returns: Mapping[str, ParsedReturn]
    placed: set[str] = field(default_factory=set)

    def hear(self, book: RawBook, receipt: Receipt) -> None:
        """Record what a workbook decides, and that it is the office's own. One that we did not put out decides nothing: the
        inbox is full of what others send."""
        heard, is_ours = self.ledger.heard(receipt.sha256), self.ledger.has_published(comes_from(book))
        wished = list(wishes(book)) if is_ours else []
        for wish in wished:
            if wish.row not in heard:
                self.ledger.record(self._answered(wish, receipt))
        if not wished and 0 not in heard:
            self.ledger.record([self._declined(receipt, 0, NOTHING if is_ours else FOREIGN)])
        said = {"sha256": receipt.sha256, "team": OFFICE, "period": "", "content": ""}
        self.ledger.record([Draft(Kind.PLACED, said)])

    def _answered(self, wish: Wish, receipt: Receipt) -> list[Draft]:
        by, reason = wish.said.get(BY, ""), wish.said.get(REASON, "")
        try:
            said = self._decided(wish)
        except (DecisionError, PeriodError) as refused:
            return [self._declined(receipt, wish.row, str(refused), by, reason)]
        drafts = [Draft(Kind.DECIDED, {**said, "from": receipt.sha256, "row": wish.row}, by, reason)]
        if said["decision"] == "place":
            self.placed.add(said["sha256"])
            about = {name: said[name] for name in ("sha256", "team", "period")}
            drafts.append(Draft(Kind.PLACED, {**about, "content": self.returns[said["sha256"]].content}))
        return drafts

    def _declined(self, receipt: Receipt, row: int, says: str, by: str = "", reason: str = "") -> Draft:
        said = {"sha256": receipt.sha256, "file": receipt.file, "row": row, "says": says, "on": self.as_of.isoformat()}
        return Draft(Kind.DECLINED, said, by, reason)

    def _decided(self, wish: Wish) -> Said:
        """Give what a row decides. Raises DecisionError, also where it is filled in only half."""
        kind, *about = wish.key or ("",)
        is_ours = _PARTS.get(kind) == len(about)
        allowed = [title for title, what in KINDS.items() if is_ours and what in _ALLOWED[kind]]
        title, lacking = wish.said.get(WHAT, ""), [each for each in (WHAT, BY, REASON) if not wish.said.get(each)]
        where = f"（{wish.about}）" if wish.about else ""
        if not allowed:
            raise DecisionError(
                f"这一行不是列出的事项（隐藏的“{KEY}”一栏空着或有改动），看不出针对什么。请在列出的行中填写。"
            )
        if lacking:
            raise DecisionError(f"只填了一部分{where}，没有填“{'”“'.join(lacking)}”。请补填后重新放入。")
        if title not in allowed:
            raise DecisionError(f"这一行{where}不能决定“{title}”，只能是“{'”或“'.join(allowed)}”。")
        if kind == "error":
            return self._waived(*about)
        return (
            self._placed(about[0], wish, where) if kind == "file" else self._of_team(KINDS[title], about, wish, where)
        )

    def _waived(self, period: str, code: str, key: str, then: str) -> Said:
        case = self._case(period)
        known = case.memory.followed.get(key)
        if known is not None and mark(known.finding.value) != then:
            says = (
                f"{case.team(code).name} {known.finding.sheet} {known.finding.cell} 此后已改填“{known.finding.value}”"
            )
            raise DecisionError(f"{says}，原来的决定不再适用。请按最新的“处理决定”重新填写。")
        return case.waive_one(code, key)

    def _placed(self, sha256: str, wish: Wish, where: str) -> Said:
        case, text = self._case(self.period.key), wish.said.get(PERIOD, "")
        waiting, team = case.waiting(sha256), self.campaign.by_name.get(folded(wish.said.get(TEAM, "")))
        period = next((each for each in self.campaign.periods if text in each.names), None)
        if team is None:
            raise DecisionError(f"{where}没有填“{TEAM}”，或名录中没有“{wish.said.get(TEAM, '')}”。请填名录中的编码。")
        if text and period is None:
            keys = "、".join(each.key for each in self.campaign.periods)
            raise DecisionError(f"{where}没有报告期“{text}”。请用 {keys} 之一。")
        told = Told(team, period)

        def told_period(_: Team) -> str:
            identity = whose(self.returns[waiting.sha256], waiting, self.campaign, told)
            return placed_period(identity, told, waiting)

        return case.place(waiting, team.code, told_period)

    def _of_team(self, what: str, about: Sequence[str], wish: Wish, where: str) -> Said:
        case, code = self._case(about[0]), about[1]
        if what == "excuse":
            return case.excuse(code)
        col = copy(_Typed.columns()["day"])
        col.year = case.period.due.year
        day = col.kind.parse_cell(wish.day, col).value
        if day is None:
            raise DecisionError(f"{where}“{DAY}”没有填，或不是日期。请按 2011-03-31 的样式填写。")
        return case.extend(code, day.date())

    def _case(self, period: str) -> Case:
        return Case(self.campaign, self.campaign.period(period, self.as_of), self.as_of, self.ledger)
