"""`huizong export`: the rows behind the totals as plain tables, for whoever analyses them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from pipeline.cli.options import DAY, Workspace, day_or_today, on_workspace
from pipeline.cli.saying import say


@click.command()
@click.argument("to", metavar="新文件夹", type=click.Path(path_type=Path))
@click.option("--parquet", "as_parquet", is_flag=True, help="写成 Parquet（需要 duckdb），不写成文本")
@click.option(
    "--night", "folder", metavar="文件夹", help="outbox 中哪一次的合计，如 2011-04-01（默认：该报告期最近一次）"
)
@click.option("--as-of", type=DAY, help="按哪一天确定报告期（默认：今天）")
@click.option("--period", metavar="报告期", help="报告期（默认：最近一个已结束的报告期）")
@on_workspace
def export(
    workspace: Workspace, to: Path, as_parquet: bool, folder: str | None, as_of: dt.datetime | None, period: str | None
) -> None:
    """把合计和计入的全部明细写成数据表，供专门的分析软件使用。"""
    from pipeline.export import export as write

    files = write(workspace.root, to.resolve(), day_or_today(as_of), period, folder, as_parquet=as_parquet)
    say(f"已写出 {len(files) - 1} 张数据表：{to}。各表各列的含义见 datapackage.json；电话号码已隐去中间几位。")
