"""`huizong publish-bulletin`: the last night's bulletin is issued, under a number and a name, or a revision of one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.nightly import shown_progress
from pipeline.cli.options import DAY, Workspace, day_or_today, on_workspace
from pipeline.cli.saying import say

if TYPE_CHECKING:
    from pipeline.issuing import Fixed


@click.command("publish-bulletin")
@click.option("--issue", "number", required=True, type=click.IntRange(1, 9999), metavar="期号", help="第几期，如 8")
@click.option("--by", required=True, metavar="姓名", help="由谁签发")
@click.option("--as-of", type=DAY, help="印发日期（默认：今天）")
@click.option("--period", metavar="报告期", help="报告期（默认：最近一个已结束的报告期）")
@click.option("--revise", "is_revision", is_flag=True, help="更正已经印发的这一期；原件不动，另成一份")
@click.option("--reason", default="", metavar="原因", help="为什么更正，印在更正的开头")
@click.option("--dry-run", "is_dry", is_flag=True, help="只显示会印发什么，不改动任何文件")
@on_workspace
def publish_bulletin(
    workspace: Workspace,
    number: int,
    by: str,
    as_of: dt.datetime | None,
    period: str | None,
    is_revision: bool,
    reason: str,
    is_dry: bool,
) -> None:
    """印发督查通报：以最近一次运行的结果定稿，编上期号，另存一份，此后不再改动。"""
    from pipeline.issuing import Order
    from pipeline.issuing import publish_bulletin as issue

    order = Order(number, by, day_or_today(as_of), is_revision, reason)
    with shown_progress() as progress:
        fixed = issue(workspace.root, order, period, progress=progress, is_dry=is_dry)
    say(*_lines(fixed, workspace.root, is_dry))


def _lines(fixed: Fixed, root: Path, is_dry: bool) -> Iterator[str]:
    from pipeline.publish.shelf import SHELF

    issue, night = fixed.issue, fixed.night
    if is_dry:
        yield "试运行：只显示会印发什么，没有改动任何文件。"
    done = "会印发" if is_dry else "已印发"
    yield f"{done}{night.period.title}督查通报{issue.title}（{issue.document_number}），签发人 {issue.by}，{issue.on}。"
    rates = issue.rates
    yield f"依据 {issue.night_as_of} 的结果：应报 {rates.expected}，实报 {rates.received}，计入 {rates.counted}。"
    for total in night.consolidation.totals.values():
        yield f"  {total.title}：{total.value:,} {total.unit}（计入 {total.reported} / 应报 {total.expected}）"
    yield f"点名 {len({each.team for each in issue.named})} 个单位。"
    if issue.revision:
        yield f"更正的合计 {len(fixed.revised)} 项。" + (f"原因：{issue.reason}" if issue.reason else "")
        for each in fixed.revised:
            yield f"  {each.title}：{each.then:,} → {each.now:,} {each.unit}（{each.why(night.campaign.settings.unit)}）"
    yield from (f"请注意：{note}" for note in fixed.notes)
    yield f"{'会存入' if is_dry else '存于'}：{root / SHELF / issue.folder}"
    if not is_dry:
        yield from (f"  {name}" for name in issue.files)
        if not any(name.endswith(".pdf") for name in issue.files):
            yield "没有生成 PDF：没有找到 LibreOffice，或它没有完成转换。Word 文稿不受影响。"
