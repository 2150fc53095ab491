"""`huizong verify` and `huizong rebuild`: whether everything is as it was recorded, and the ledger made anew."""

from __future__ import annotations

import sys

import click

from pipeline.cli.options import Workspace, on_workspace
from pipeline.cli.saying import say


@click.command()
@on_workspace
def verify(workspace: Workspace) -> None:
    """核对归档、账本和已公布的数：逐个文件、逐条事项、逐项合计，不改动任何文件。"""
    from pipeline.verify import verify as look

    found = look(workspace.root)
    say(
        f"核对了 {found.events} 条事项、{found.files} 个归档文件、{found.published} 个已发布文件、{found.nights} 次运行的合计。"
    )
    for note in found.notes:
        say(f"  提示：{note}")
    for fault in found.faults:
        say(f"  不符：{fault}")
    if found.faults:
        say(f"共 {len(found.faults)} 处不符。请从备份恢复有关文件；账本有误的，可运行 huizong rebuild 重建。")
        sys.exit(1)
    say("全部相符。")


@click.command()
@click.option("--yes", "is_sure", is_flag=True, help="没有别的副本可以对照时，仍按现有的账本重建")
@on_workspace
def rebuild(workspace: Workspace, is_sure: bool) -> None:
    """账本丢失或损坏后，从归档旁的记录重建账本；原有的账本改名保留。"""
    from pipeline.ledger import NAME
    from pipeline.ledger.audit import rebuild as make
    from pipeline.lock import locked

    with locked(workspace.root):
        events = make(workspace.root / "archive" / NAME, is_sure)
    say(f"账本已重建，共 {events} 条事项。请再运行 huizong verify 核对。")
