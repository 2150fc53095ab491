"""What may be decided: held against what is known, it becomes what is recorded, or is refused in a sentence. Writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline.campaign import Campaign
from pipeline.declare import BUILTIN, ERROR
from pipeline.errors import HuizongError
from pipeline.ledger import View
from pipeline.memory import OFFICE, Decision, Followed, Memory, Receipt
from pipeline.model import FindingState, Period, Team

Said = dict[str, Any]  # the payload of a decision's event
SHORTEST_HASH = 8


class DecisionError(HuizongError):
    """What is decided on is not there, or cannot be decided so."""

    exit_code = 2


def signed(by: str, reason: str) -> None:
    """Raise DecisionError unless a decision has a name and a reason."""
    if not by.strip() or not reason.strip():
        raise DecisionError("请用 --by 写明决定人，用 --reason 写明原因。")


@dataclass(frozen=True)
class Case:
    """What decisions are held against: the campaign, a period, the day on which it is decided, and the ledger as it is now.

    Each method gives what is to be recorded, and raises DecisionError.
    """

    campaign: Campaign
    period: Period
    as_of: dt.date
    ledger: View

    @cached_property
    def memory(self) -> Memory:
        """What is remembered of the period."""
        return self.ledger.memory(self.period)

    def team(self, code: str) -> Team:
        """Give the team of a code."""
        if code not in self.campaign.by_code:
            raise DecisionError(f"名录中没有编码“{code}”。请核对 schemas/teams.csv。")
        return self.campaign.by_code[code]

    # -- the decisions

    def withdraw(self, code: str) -> Said:
        """Let a team's accepted return not count."""
        team, accepted = self.team(code), self.memory.accepted.get(code)
        if accepted is None:
            raise DecisionError(f"{team.name} {self.period.title}没有计入汇总的报表，不必撤回。")
        return self._said("withdraw", code, accepted.sha256)

    def waive(self, code: str, rule: str, cell: str = "") -> Said:
        """Let a team's open errors of a rule pass, at the values that they have: one cell's, or all. cell: B5 or 表名!B5."""
        team = self.team(code)
        self._waivable(rule)
        mine = [each for each in self._followed(code, rule) if not cell or cell.upper() in _places(each)]
        sheets = {each.finding.sheet for each in mine}
        if cell and len(sheets) > 1:
            raise DecisionError(f"{'、'.join(sorted(sheets))}都有 {cell}。请写明是哪张表的，如“{min(sheets)}!{cell}”。")
        where = f"{team.name} {self.period.title}{cell and f' {cell} '}"
        return self._waive(code, rule, mine, where)

    def waive_one(self, code: str, key: str) -> Said:
        """Let one open error pass, known by its key."""
        known, team = self.memory.followed.get(key), self.team(code)
        if known is None or known.finding.team != code:
            raise DecisionError(f"{team.name} {self.period.title}已没有这处差错，不必豁免。")
        self._waivable(known.finding.rule)
        return self._waive(code, known.finding.rule, [known], f"{team.name} {_place(known)}")

    def _waive(self, code: str, rule: str, mine: Sequence[Followed], where: str) -> Said:
        for each in mine:
            if earlier := self._waived_by(each):
                raise DecisionError(f"{where}的规则 {rule} 已豁免（第 {earlier.number} 号决定），不必重复。")
        still = [each for each in mine if each.finding.state.is_open]
        errors = [each for each in still if each.finding.severity is ERROR]
        if still and not errors:
            raise DecisionError(
                f"{where}的规则 {rule} 是审核通过以后才提出核实的，不影响计入，不必豁免。请让该单位说明情况。"
            )
        if not errors:
            raise DecisionError(f"{where}没有规则 {rule} 的未整改错误，不必豁免。请核对校验报告。")
        findings = [{"key": e.finding.key, "value": e.finding.value, "place": _place(e)} for e in errors]
        return self._said("waive", code, errors[0].finding.submission) | {"rule": rule, "findings": findings}

    def extend(self, code: str, day: dt.date) -> Said:
        """Let a team's due day be a later one; only before that day has passed."""
        team, last = self.team(code), self.ledger.last_night()
        due = self.memory.due.get(code, self.period.due)
        self._must_report(team)
        self._refuse_other("excuse", code, f"{team.name} {self.period.title}已定为免报，不必延期")
        if last is not None and last.is_ended and self.as_of < last.as_of:
            raise DecisionError(
                f"已处理到 {last.as_of}，不能按更早的日期 {self.as_of} 登记延期。请检查 --as-of 或电脑的日期。"
            )
        if self.as_of > due:
            raise DecisionError(
                f"{team.name} {self.period.title}的截止日 {due} 已过，延期须在截止日当天或以前登记，不能补登。"
            )
        if day <= due:
            raise DecisionError(f"{team.name} {self.period.title}的截止日已是 {due}。请写更晚的日期。")
        self._refuse_received(team, "延期")
        return self._said("extend", code) | {"day": day.isoformat()}

    def excuse(self, code: str) -> Said:
        """Let a team need not report."""
        team = self.team(code)
        self._must_report(team)
        self._refuse_other("excuse", code, f"{team.name} {self.period.title}已定为免报，不必重复")
        self._refuse_other("extend", code, f"{team.name} {self.period.title}已准予延期，不能同时免报")
        self._refuse_received(team, "免报")
        return self._said("excuse", code)

    def waiting(self, file: str) -> Receipt:
        """Give the file that waits under a name, place in the archive or hash."""
        known = [each for each in self.ledger.receipts() if _is_named(each, file) and each.team != OFFICE]
        waiting = [each for each in known if each.team not in self.campaign.by_code]
        if known and not waiting:
            raise DecisionError(
                f"“{file}”已认作{self.campaign.by_code[known[-1].team or ''].name}的报表，不能归给别的单位。"
            )
        if not waiting:
            raise DecisionError(f"没有等待认领的文件“{file}”。请照校验报告中列出的文件名填写。")
        if len(waiting) > 1:
            paths = "、".join(each.path for each in waiting)
            raise DecisionError(f"有几个文件都叫“{file}”。请改写存放位置，即下列之一：{paths}。")
        return waiting[0]

    def place(self, waiting: Receipt, code: str, told_period: Callable[[Team], str]) -> Said:
        """Let a file that waits be a team's. told_period: gives the key of the period that the file is for if it is the
        team's; raises DecisionError if it cannot be."""
        team = self.team(code)
        for each in self.ledger.decisions():
            if each.what == "place" and each.sha256 == waiting.sha256 and not each.revoked_by:
                whose = "不必重复" if each.team == code else f"请先用 huizong revoke {each.number} 撤销"
                raise DecisionError(
                    f"“{waiting.file}”已归给{self.campaign.by_code[each.team].name}（第 {each.number} 号决定），{whose}。"
                    if each.team in self.campaign.by_code
                    else f"“{waiting.file}”已归给名录以外的单位（第 {each.number} 号决定），{whose}。"
                )
        return self._said("place", code, waiting.sha256) | {"period": told_period(team)}

    def revoke(self, number: int) -> Said:
        """Take back an earlier decision, of whatever period."""
        known = {each.number: each for each in self.ledger.decisions()}
        if number not in known:
            raise DecisionError(f"没有第 {number} 号决定。编号见校验报告的“处理决定”，或运行 huizong status。")
        decision = known[number]
        if decision.what == "revoke":
            raise DecisionError(f"第 {number} 号本身就是撤销，不能再撤销。需要恢复的，请重新作出原来的决定。")
        if decision.revoked_by:
            raise DecisionError(f"第 {number} 号决定已由第 {decision.revoked_by} 号撤销，不必重复。")
        said = self._said("revoke", decision.team, decision.sha256)
        return said | {"of": decision.what, "number": number, "period": decision.period}

    # -- what they have in common

    def _said(self, decision: str, code: str, sha256: str = "") -> Said:
        about = {"decision": decision, "period": self.period.key, "team": code, "sha256": sha256}
        return {**about, "on": self.as_of.isoformat()}

    def _waivable(self, code: str) -> None:
        """Raise DecisionError unless a rule is one whose errors may be let pass."""
        rule = next((each for each in self.campaign.form_for(self.period.key).rules if each.code == code), None)
        if code in BUILTIN:
            raise DecisionError(f"规则 {code}（{BUILTIN[code].title}）是通用审核，不能豁免。请让该单位改正后重新报送。")
        if rule is None:
            raise DecisionError(f"{self.period.title}没有规则“{code}”。请用 huizong rules 核对编号。")
        if rule.severity is not ERROR:
            raise DecisionError(f"规则 {code}（{rule.title}）不是错误，不影响计入，不必豁免。")
        if not rule.waivable:
            raise DecisionError(f"规则 {code}（{rule.title}）没有规定可以豁免。请让该单位改正后重新报送。")

    def _followed(self, code: str, rule: str) -> list[Followed]:
        """Give the findings of a rule in a team's latest return."""
        mine = [
            each for each in self.memory.followed.values() if (each.finding.team, each.finding.rule) == (code, rule)
        ]
        return [each for each in mine if each.finding.state is not FindingState.CLOSED]

    def _waived_by(self, known: Followed) -> Decision | None:
        named = (known.finding.key, known.finding.value)
        standing = (each for each in self.memory.decisions if each.what == "waive" and not each.revoked_by)
        return next((each for each in standing if named in [found[:2] for found in each.findings]), None)

    def _must_report(self, team: Team) -> None:
        if not team.reports(self.period):
            raise DecisionError(f"按名录中的起止日期，{team.name} {self.period.title}本来就不应报送。")

    def _refuse_received(self, team: Team, what: str) -> None:
        if any(each.team == team.code for each in self.ledger.versions(self.period.key)):
            raise DecisionError(f"已收到{team.name} {self.period.title}的报表，不必{what}。")

    def _refuse_other(self, what: str, code: str, says: str) -> None:
        """Raise DecisionError if another decision about the team stands in the way."""
        standing = (each for each in self.memory.decisions if (each.what, each.team) == (what, code))
        if earlier := next((each for each in standing if not each.revoked_by), None):
            raise DecisionError(
                f"{says}。如有变化，请先用 huizong revoke {earlier.number} 撤销第 {earlier.number} 号决定。"
            )


def _places(known: Followed) -> tuple[str, str]:
    found = known.finding
    return found.cell.upper(), f"{found.sheet}!{found.cell}".upper()


def _place(known: Followed) -> str:
    return f"{known.finding.sheet} {known.finding.cell}".strip() or "整个文件"


def _is_named(receipt: Receipt, file: str) -> bool:
    names = {receipt.file, receipt.file.rpartition("/")[2], receipt.path, receipt.path.rpartition("/")[2]}
    return file in names or (len(file) >= SHORTEST_HASH and receipt.sha256.startswith(file.lower()))


def force(
    decision: Decision, decisions: Sequence[Decision], values: Mapping[str, str], reported: Collection[str]
) -> str:
    """Say whether a decision is still in force: "有效", or why it is not. values: of findings that are not closed, by key;
    reported: codes of teams from which a return was received, both for the decision's period."""
    if decision.revoked_by:
        return f"已由第 {decision.revoked_by} 号撤销"
    later = [
        each.number
        for each in decisions
        if (each.what, each.team, each.period) == ("extend", decision.team, decision.period) and not each.revoked_by
    ]
    if decision.what == "extend" and later[-1] != decision.number:
        return f"已由第 {later[-1]} 号再次延期"
    if decision.what == "excuse" and decision.team in reported:
        return "已报送，不再适用"
    if decision.what == "waive" and not any(values.get(key) == value for key, value, _ in decision.findings):
        return "所填的数已改，不再适用"
    return IN_FORCE


IN_FORCE = "有效"
