"""`huizong withdraw` and `huizong annul-night`: what people decide, recorded with their name and reason."""

from __future__ import annotations

import datetime as dt

import click

from pipeline.cli.options import DAY, Workspace, day_or_today, on_workspace
from pipeline.cli.saying import say

BY = click.option("--by", required=True, metavar="姓名", help="由谁决定")
REASON = click.option("--reason", required=True, metavar="原因", help="什么原因")


@click.command()
@click.argument("team", metavar="编码")
@BY
@REASON
@click.option("--as-of", type=DAY, help="按哪一天确定报告期（默认：今天）")
@click.option("--period", metavar="报告期", help="报告期（默认：最近一个已结束的报告期）")
@on_workspace
def withdraw(
    workspace: Workspace, team: str, by: str, reason: str, as_of: dt.datetime | None, period: str | None
) -> None:
    """决定某单位已通过的报表不再计入汇总；须写明决定人和原因。"""
    from pipeline.decide import withdraw as decide

    file = decide(workspace.root, team, day_or_today(as_of), by, reason, period)
    say(f"已登记：{team} 的“{file}”不再计入汇总。运行 huizong nightly 后生效。")


@click.command("annul-night")
@BY
@REASON
@on_workspace
def annul_night(workspace: Workspace, by: str, reason: str) -> None:
    """撤销最后一次运行（如日期写错）：收到的文件留在归档中，下次运行重新处理。"""
    from pipeline.decide import annul_night as annul

    night = annul(workspace.root, by, reason)
    say(f"已撤销 {night}。收到的文件仍在归档中，请按正确的日期再运行 huizong nightly。")
