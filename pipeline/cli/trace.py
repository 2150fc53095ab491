"""`huizong trace`: where a figure comes from, down to the cell."""

from __future__ import annotations

import datetime as dt

import click

from pipeline.cli.options import DAY, Workspace, day_or_today, on_workspace
from pipeline.cli.saying import say, say_json

SHORT = 8  # digits of a hash that tell versions apart


@click.command()
@click.argument("indicator", metavar="指标")
@click.option("--team", metavar="编码", help="只看一个单位，并列出台账中的每一格")
@click.option(
    "--night", "folder", metavar="文件夹", help="outbox 中哪一次的合计，如 2011-04-01（默认：该报告期最近一次）"
)
@click.option("--issue", "number", type=click.IntRange(1), metavar="期号", help="第几期督查通报所载的合计")
@click.option("--revision", type=click.IntRange(1), metavar="序号", help="与 --issue 同用：这一期的第几次更正")
@click.option("--as-of", type=DAY, help="按哪一天确定报告期（默认：今天）")
@click.option("--period", metavar="报告期", help="报告期（默认：最近一个已结束的报告期）")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出，含台账中的每一格")
@on_workspace
def trace(
    workspace: Workspace,
    indicator: str,
    team: str | None,
    folder: str | None,
    number: int | None,
    revision: int | None,
    as_of: dt.datetime | None,
    period: str | None,
    as_json: bool,
) -> None:
    """追溯一项合计：由哪些单位、哪个文件、哪一版、哪个单元格的数相加而来。"""
    from pipeline.behind import BehindError, Numbered
    from pipeline.trace import Cell, Part
    from pipeline.trace import trace as find

    if (folder and number) or (revision and not number):
        raise BehindError("--issue 和 --night 只能用一个；--revision 要与 --issue 同用。请改正后再运行。")
    issue = Numbered(number, revision or 0, period) if number else None
    traced = find(workspace.root, indicator, day_or_today(as_of), period, folder, team, issue)
    if as_json:
        say_json(traced.record())
        return

    def told(part: Part) -> str:
        where = f"{part.sheet} {part.cell}" if part.cell else "由台账得出"
        return f"  {part.team} {part.name}：{part.value:,}　{where}　{part.path}（版本 {part.sha256[:SHORT]}）"

    def told_cell(cell: Cell) -> str:
        return f"      {cell.sheet} {cell.cell}：{cell.value:,}"

    say(f"{traced.title}　{traced.period}　{traced.where}：{traced.value:,} {traced.unit}".rstrip())
    for part in traced.parts:
        say(told(part))
        if team is not None:
            say(*map(told_cell, part.ledger))
        if part.ledger:
            say(f"      台账 {len(part.ledger)} 处相加：{sum(cell.value for cell in part.ledger):,}")
    if team is None:
        say(f"以上 {len(traced.parts)} 个数相加：{sum(part.value for part in traced.parts):,}")
