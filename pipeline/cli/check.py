"""`huizong check`: the night's checks on any file, recorded nowhere."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from pipeline.cli.options import DAY, Workspace, day_or_today, on_workspace
from pipeline.cli.saying import say


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as-of", type=DAY, help="按哪一天处理（默认：今天）")
@click.option("--period", help="表中没有写明时按哪个报告期检查")
@on_workspace
def check(workspace: Workspace, files: tuple[Path, ...], as_of: dt.datetime | None, period: str | None) -> None:
    """按同样的规则检查报表，只显示结果，不登记。"""
    from pipeline.preview import preview

    for each in preview(workspace.root, files, day_or_today(as_of), period):
        whose = f"{each.identity.team.name}" if each.identity.team else f"无法识别：{each.identity.reason}"
        say(f"{each.file}　{whose}")
        for finding in each.findings:
            say(f"  {finding.message}")
        if not each.findings and each.identity.is_known:
            say("  没有发现问题。")
