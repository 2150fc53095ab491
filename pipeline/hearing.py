"""Workbooks in which the office decides, or says what it found on the spot: row by row that is recorded, or the sentence that
says why it is not.

Each row is held against the ledger as the rows before it have left it, and recorded at once: cut off anywhere, the next run
goes on behind the last row that was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.campaign import Campaign, PeriodError
from pipeline.decisions import Case, DecisionError, Said
from pipeline.declare.kinds import folded
from pipeline.frames import ParsedReturn
from pipeline.identify import Told, placed_period, whose
from pipeline.ledger import Draft, Kind, Ledger
from pipeline.memory import OFFICE, Receipt
from pipeline.model import Period, Team
from pipeline.on_site import RESULTS, latest
from pipeline.rawbook import RawBook
from pipeline.site_visits import day_of, verified
from pipeline.wishes import (
    BY,
    CHECKER,
    DAY,
    KEY,
    KINDS,
    NOTE,
    PERIOD,
    REASON,
    RESULT,
    SHEET,
    SPOT_SHEET,
    SPOT_WORKBOOK,
    TEAM,
    WHAT,
    WORKBOOK,
    Wish,
    comes_from,
    mark,
    wishes,
)  # fmt: skip

NOTHING = f"没有读到填写的决定。请在列出的行中填写“{WHAT}”“{BY}”“{REASON}”，不要改动各栏的名称，保存后重新放入。"
NO_RESULTS = f"没有读到填写的核实结果。请在列出的行中填写“{RESULT}”“{CHECKER}”，不要改动各栏的名称，保存后重新放入。"
FOREIGN = (
    "这不是本活动文件夹发出的“{sheet}”，其中填写的一项也没有采用。"
    "请用 outbox 中的 {workbook} 填写；如是别人发来的，请查明来源。"
)
_ALLOWED = {"error": ("waive",), "file": ("place",), "team": ("extend", "excuse")}
_PARTS = {"error": 4, "file": 1, "team": 2, "row": 5}  # of a key, behind its kind


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
        """Record what a workbook says, and that it is the office's own. One that we did not put out says nothing: the inbox is
        full of what others send."""
        heard, is_ours = self.ledger.heard(receipt.sha256), self.ledger.has_published(comes_from(book))
        wished = list(wishes(book)) if is_ours else []
        for wish in wished:
            if wish.row not in heard:
                self.ledger.record(self._answered(wish, receipt))
        if not wished and 0 not in heard:
            of_site = book.is_of_spot_check
            sheet, workbook = (SPOT_SHEET, SPOT_WORKBOOK) if of_site else (SHEET, WORKBOOK)
            nothing = NO_RESULTS if of_site else NOTHING
            says = nothing if is_ours else FOREIGN.format(sheet=sheet, workbook=workbook)
            self.ledger.record([self._declined(receipt, 0, says)])
        said = {"sha256": receipt.sha256, "team": OFFICE, "period": "", "content": ""}
        self.ledger.record([Draft(Kind.PLACED, said)])

    def _answered(self, wish: Wish, receipt: Receipt) -> list[Draft]:
        if RESULT in wish.said:
            return self._verified(wish, receipt)
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

    def _verified(self, wish: Wish, receipt: Receipt) -> list[Draft]:
        """Give what a row says of what was found on the spot; nothing where it says again what is known."""
        by, note, title = (wish.said.get(name, "") for name in (CHECKER, NOTE, RESULT))
        try:
            said = verified(wish, self.campaign, self.as_of)
        except DecisionError as refused:
            return [self._declined(receipt, wish.row, str(refused), by, note)]
        about = (said["team"], said["sheet"], said["item"])
        known = latest(self.ledger.verifications(said["period"])).get(about)
        if known and (RESULTS[known.result], known.by, known.note, known.on.isoformat()) == (
            title,
            by,
            note,
            said["on"],
        ):
            return []
        return [Draft(Kind.VERIFIED, {**said, "from": receipt.sha256, "row": wish.row}, by, note)]

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
        day = day_of(wish, case.period.due.year)
        if day is None:
            raise DecisionError(f"{where}“{DAY}”没有填，或不是日期。请按 2011-03-31 的样式填写。")
        return case.extend(code, day)

    def _case(self, period: str) -> Case:
        return Case(self.campaign, self.campaign.period(period, self.as_of), self.as_of, self.ledger)
