"""The office's two lists: everything that was found, to be filtered; and whom to telephone, with what to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

from pipeline.decisions import IN_FORCE
from pipeline.declare import Severity
from pipeline.model import Finding
from pipeline.night import Night
from pipeline.publish.excel.cells import COUNT, DATE, Cell, Field
from pipeline.publish.excel.inks import Tone
from pipeline.publish.excel.sheetwriter import Book
from pipeline.publish.masking import masked, visible
from pipeline.publish.phrases.calls import Call, calls, contacts
from pipeline.publish.phrases.course import Version, asked_before, versions
from pipeline.publish.phrases.decided import about, forces
from pipeline.publish.summary.quality import list_rules, rule_fields


def write_findings_workbook(night: Night, path: Path) -> None:
    """Write all findings, the rules that were broken, the files that nobody could be found for, what came when, and what people
    decided."""
    with Book(path, night, f"{night.campaign.settings.title}校验差错清单") as book:
        _fill_findings(book)
        _fill_by_rule(book)
        _fill_unplaced(book)
        _fill_receipts(book)
        _fill_decisions(book)


def write_chasing_list(night: Night, path: Path) -> None:
    """Write the teams to telephone, why, and a message for each, with room for what came of it."""
    with Book(path, night, f"{night.campaign.settings.title}催报名单") as book:
        _fill_calls(book)


def _fill_findings(book: Book) -> None:
    fields = (
        Field("级别", 7, align="center"), Field("状态", 9, align="center"), Field("编码", 9), Field(book.unit, 30),
        Field("工作表", 12), Field("单元格", 9, align="center"), Field("栏目", 16), Field("填报内容", 16),
        Field("问题和处理办法", 60), Field("规则", 7, align="center"), Field("文件", 30, shrinks=True),
        Field("首次发现", 12, DATE, "center"),
    )  # fmt: skip
    night, names = book.night, {team.code: team.name for team in book.night.campaign.teams}
    page = book.page("差错清单", "校验差错清单", fields)
    page.freeze(4)
    for is_open, alike in groupby(night.findings, key=lambda finding: finding.state.is_open):
        page.rows([_finding(finding, names) for finding in alike], "plain" if is_open else "muted")
    page.filtered()
    page.close(("灰色斜体为已说明、已销号或豁免的差错。点击标题栏的箭头可以筛选。",))


def _finding(finding: Finding, names: Mapping[str, str]) -> list[Cell]:
    return [
        finding.severity.title, _state(finding), finding.team, names.get(finding.team, ""),
        visible(finding.sheet), finding.cell, finding.column, visible(masked(finding.value)),
        visible(masked(finding.says)), finding.rule, visible(finding.file), finding.first_seen,
    ]  # fmt: skip


def _state(finding: Finding) -> str:
    return "—" if finding.severity is Severity.NOTE else finding.state.title


def _fill_by_rule(book: Book) -> None:
    page = book.page("按规则", "差错按规则统计", rule_fields(book))
    list_rules(page, book.night)
    page.filtered()
    page.close(() if page.lines else ("没有发现差错。",))


def _fill_unplaced(book: Book) -> None:
    fields = (
        Field("类别", 14, align="center"), Field("文件", 40), Field("原因和处理办法", 64),
        Field("规则", 8, align="center"), Field("存放位置", 40),
    )  # fmt: skip
    night = book.night
    page = book.page("未能识别的文件", "未能识别、没有取走、重复收到和属于其他报告期的文件", fields)
    for kind, files in (("未能识别", night.unplaced), ("没有取走", night.left), ("重复或不属本期", night.repeated)):
        for each in files:
            page.line([kind, visible(each.file), visible(each.reason), each.rule, visible(each.path) or "收件文件夹"])
    page.filtered()
    page.close(() if page.lines else ("全部文件都已识别。",))


def _fill_receipts(book: Book) -> None:
    """List every file that came for the period, and those that nobody could be found for: what a team may be shown as proof."""
    fields = (
        Field("登记号", 8, "0", "center"), Field("收到日期", 12, DATE, "center"), Field("编码", 9), Field(book.unit, 26),
        Field("第几份", 7, "0", "center"), Field("文件", 36), Field("收到次数", 9, "0", "center"),
        Field("审核结果", 24), Field("计入汇总", 9, align="center"), Field("文件指纹（SHA-256）", 68),
    )  # fmt: skip
    night, names = book.night, {team.code: team.name for team in book.night.campaign.teams}
    page = book.page("收件回执", "收件回执", fields)
    page.freeze(4)
    told = [version for mine in versions(night).values() for version in mine]
    page.rows([_receipt(version, names) for version in sorted(told, key=lambda each: each.sent.number)])
    for each in night.unplaced:
        if each.sha256:
            page.line([None, None, "", "", None, visible(each.file), None, "未能识别，没有计入", "否", each.sha256])
    page.filtered()
    page.close(
        (
            "登记号是收到时在事项记录中的编号，可用 huizong log 查到。再次收到同一个文件，登记号和日期为最后一次的。",
            "文件指纹由文件内容算出，内容有一字之差指纹就不同。对方对收没收到、收的是哪一份有疑问的，可用其手中的文件核对。",
        )
    )


def _receipt(version: Version, names: Mapping[str, str]) -> list[Cell]:
    sent = version.sent
    return [
        sent.number or None, sent.arrived, sent.team, names.get(sent.team, ""), version.number, visible(sent.file), sent.times,
        version.result, "是" if version.counts else "否", sent.sha256,
    ]  # fmt: skip


def _fill_decisions(book: Book) -> None:
    fields = (
        Field("编号", 7, "0", "center"), Field("日期", 12, DATE, "center"), Field("决定", 10, align="center"),
        Field("编码", 9), Field(book.unit, 26), Field("内容", 40), Field("决定人", 12), Field("原因", 40),
        Field("是否有效", 18, align="center"),
    )  # fmt: skip
    night, names = book.night, {team.code: team.name for team in book.night.campaign.teams}
    page, said = book.page("处理决定", "处理决定", fields), forces(book.night)
    for each in night.decisions:
        whom = (each.team, names.get(each.team, ""))
        words = [visible(masked(text)) for text in (about(each), each.by, each.reason)]
        tone: Tone = "plain" if said[each.number] == IN_FORCE else "muted"
        page.line([each.number, each.on, each.title, *whom, *words, said[each.number]], tone)
    for refused in night.declined:
        row = f"“{visible(refused.file)}”" + (f"第 {refused.row} 行" if refused.row else "")
        page.line([None, night.as_of, "没有采纳", "", "", row, "", visible(masked(refused.says)), "没有登记"])
    page.filtered()
    page.close(("灰色斜体为已撤销或不再适用的决定。",) if page.lines else ("没有处理决定。",))


def _fill_calls(book: Book) -> None:
    fields = (
        Field("序", 6, "0", "center"), Field("事由", 8, align="center"), Field("编码", 9), Field(book.unit, 22),
        Field("驻点", 18), Field("负责人", 10), Field("电话", 14, "@"), Field("逾期天数", 8, COUNT, "right"),
        Field("此前上名单", 8, COUNT, "right"), Field("具体情况", 30),
        Field("短信／微信内容", 56), Field("联系时间", 12), Field("对方答复", 18),
        Field("经办", 9),
    )  # fmt: skip
    night, people, before = book.night, contacts(book.night), asked_before(book.night)
    page = book.page("催报名单", "催报名单", fields)
    page.freeze(4)
    page.rows(
        [
            _call(number, call, people[call.standing.team.code], before[call.standing.team.code])
            for number, call in enumerate(calls(night), 1)
        ]
    )
    page.filtered()
    cautions = (
        "本名单含个人电话，仅供办公室内部联系使用，请勿外传。",
        "名录中没有登记负责人或电话的，取自该队最新一份报表的封面。“此前上名单”是本期在此以前上过几次本名单。",
    )
    page.close(cautions if page.lines else (f"没有需要催报的{book.unit}。",))


def _call(number: int, call: Call, people: Sequence[str], before: int) -> list[Cell]:
    team = call.standing.team
    whom = (team.code, team.name, team.post, *people)
    return [number, call.why, *whom, call.standing.days_late, before, call.about, call.message, None, None, None]
