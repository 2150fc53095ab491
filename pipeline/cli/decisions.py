"""What people decide, recorded with their name and reason: `huizong waive`, `extend`, `excuse`, `place`, `withdraw`, `revoke`
and `annul-night`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import click

from pipeline.cli.options import DAY, Workspace, day_or_today, on_workspace
from pipeline.cli.saying import say

BY = click.option("--by", required=True, metavar="姓名", help="由谁决定")
REASON = click.option("--reason", required=True, metavar="原因", help="什么原因")
AS_OF = click.option("--as-of", type=DAY, help="按哪一天登记（默认：今天）")
SOON = "运行 huizong nightly 后生效。"


def _for_a_period(command: Callable[..., None]) -> Callable[..., None]:
    """Give a verb what all have that decide about a team's period."""
    period = click.option("--period", metavar="报告期", help="报告期（默认：最近一个已结束的报告期）")
    dressed: Callable[..., None] = BY(REASON(AS_OF(period(on_workspace(command)))))
    return dressed


@click.command()
@click.argument("team", metavar="编码")
@_for_a_period
def withdraw(
    workspace: Workspace, team: str, by: str, reason: str, as_of: dt.datetime | None, period: str | None
) -> None:
    """决定某单位已通过的报表不再计入汇总；须写明决定人和原因。"""
    from pipeline.decide import withdraw as decide

    file = decide(workspace.root, team, day_or_today(as_of), by, reason, period)
    say(f"已登记：{team} 的“{file}”不再计入汇总。{SOON}")


@click.command()
@click.argument("team", metavar="编码")
@click.argument("rule", metavar="规则编号")
@click.argument("cell", metavar="[单元格]", default="")
@_for_a_period
def waive(
    workspace: Workspace, team: str, rule: str, cell: str, by: str, reason: str, as_of: dt.datetime | None,
    period: str | None,
) -> None:  # fmt: skip
    """豁免某单位的一处错误（规则须规定可以豁免）；所填的数改了就不再适用。"""
    from pipeline.decide import waive as decide

    number, places = decide(workspace.root, team, rule, cell, day_or_today(as_of), by, reason, period)
    say(f"已登记为第 {number} 号决定：{team} 的规则 {rule}（{'、'.join(places)}）予以豁免。{SOON}")


@click.command()
@click.argument("team", metavar="编码")
@click.argument("day", metavar="日期", type=DAY)
@_for_a_period
def extend(
    workspace: Workspace, team: str, day: dt.datetime, by: str, reason: str, as_of: dt.datetime | None,
    period: str | None,
) -> None:  # fmt: skip
    """准予某单位延期报送到某一天；须在它的截止日过去以前登记。"""
    from pipeline.decide import extend as decide

    number = decide(workspace.root, team, day_or_today(day), day_or_today(as_of), by, reason, period)
    say(f"已登记为第 {number} 号决定：{team} 延期到 {day.date()}。{SOON}")


@click.command()
@click.argument("team", metavar="编码")
@_for_a_period
def excuse(
    workspace: Workspace, team: str, by: str, reason: str, as_of: dt.datetime | None, period: str | None
) -> None:
    """决定某单位本期免报：不计入应报数。"""
    from pipeline.decide import excuse as decide

    number = decide(workspace.root, team, day_or_today(as_of), by, reason, period)
    say(f"已登记为第 {number} 号决定：{team} 本期免报。{SOON}")


@click.command()
@click.argument("file", metavar="文件")
@click.argument("team", metavar="编码")
@_for_a_period
def place(
    workspace: Workspace, file: str, team: str, by: str, reason: str, as_of: dt.datetime | None, period: str | None
) -> None:
    """决定一个无法识别的文件是哪个单位的；文件中写的是别的单位的不行。"""
    from pipeline.decide import place as decide

    number, term = decide(workspace.root, file, team, day_or_today(as_of), by, reason, period)
    say(f"已登记为第 {number} 号决定：“{file}”是 {team} 的{term.title}报表。{SOON}")


@click.command()
@click.argument("number", metavar="编号", type=click.IntRange(1))
@BY
@REASON
@AS_OF
@on_workspace
def revoke(workspace: Workspace, number: int, by: str, reason: str, as_of: dt.datetime | None) -> None:
    """撤销以前的一项决定，按它的编号；须写明决定人和原因。"""
    from pipeline.decide import revoke as decide

    own = decide(workspace.root, number, day_or_today(as_of), by, reason)
    say(f"已登记为第 {own} 号决定：撤销第 {number} 号。{SOON}")


@click.command("annul-night")
@BY
@REASON
@on_workspace
def annul_night(workspace: Workspace, by: str, reason: str) -> None:
    """撤销最后一次运行（如日期写错）：收到的文件留在归档中，下次运行重新处理。"""
    from pipeline.decide import annul_night as annul

    night = annul(workspace.root, by, reason)
    say(f"已撤销 {night}。收到的文件仍在归档中，请按正确的日期再运行 huizong nightly。")
