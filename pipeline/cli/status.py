"""`huizong status`: how far the collection is."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import DAY, Workspace, day_or_today, on_workspace
from pipeline.cli.saying import say

if TYPE_CHECKING:
    from pipeline.ledger import View
    from pipeline.model import Period


@click.command()
@click.option("--as-of", type=DAY, help="按哪一天确定报告期（默认：今天）")
@on_workspace
def status(workspace: Workspace, as_of: dt.datetime | None) -> None:
    """检查活动文件夹，显示收件和处理的进度，不改动任何文件。"""
    from pipeline.campaign import load
    from pipeline.inbox import survey
    from pipeline.ledger import NAME, reading

    campaign = load(workspace.root)
    term = campaign.period(None, day_or_today(as_of))
    form = campaign.form_for(term.key)
    size = f"{len(form.tabs)} 张表，{len(form.rules)} 条活动规则"
    say(f"{campaign.settings.title}：{size}，应报 {len(campaign.register(term))} 个单位。")
    lying = survey(workspace.root / "inbox")
    refused = sum(bool(each.why) for each in lying)
    say(f"inbox 中有 {len(lying) - refused} 个文件等待收取" + (f"，另有 {refused} 个不能收取。" if refused else "。"))
    path = workspace.root / "archive" / NAME
    if not path.exists():
        say("还没有运行过 huizong nightly。")
        return
    with reading(path) as ledger:
        for each in campaign.periods:
            teams = {receipt.team for receipt in ledger.receipts() if receipt.period == each.key}
            last = ledger.last_night(each.key)
            say(
                f"{each.title}（截止 {each.due}）：已报 {len(teams)}，"
                + (f"上次处理到 {last.as_of}。" if last else "还没有处理过。")
            )
            say(*_decided(ledger, each))
        for issue in ledger.issues()[-1:]:
            say(
                f"最近印发的督查通报：{issue.title}（{issue.document_number}），{issue.signed} 印发，"
                f"依据 {issue.night_as_of} 的结果，存于 published/{issue.folder}。"
            )
        unplaced = sum(receipt.team is None for receipt in ledger.receipts())
        if unplaced:
            say(f"有 {unplaced} 个文件尚未识别，见最近一次的校验报告。")


def _decided(ledger: View, period: Period) -> list[str]:
    """List what people decided about a period."""
    if not (decisions := ledger.decisions(period.key)):
        return []
    from pipeline.decisions import force
    from pipeline.model import FindingState
    from pipeline.publish.phrases.decided import about

    known = ledger.memory(period).followed
    values = {key: each.finding.value for key, each in known.items() if each.finding.state is not FindingState.CLOSED}
    reported = {each.team for each in ledger.versions(period.key)}
    return [
        f"  第 {each.number} 号决定，{each.on}，{each.by}：{each.team} {each.title}，{about(each)}。原因：{each.reason}"
        f"（{force(each, decisions, values, reported)}）"
        for each in decisions
    ]
