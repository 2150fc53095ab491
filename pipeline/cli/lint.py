"""`huizong lint`: whether a campaign folder is right, for whoever writes it."""

from __future__ import annotations

import sys

import click

from pipeline.cli.options import Workspace, on_workspace
from pipeline.cli.saying import say
from pipeline.errors import CampaignError


@click.command()
@on_workspace
def lint(workspace: Workspace) -> None:
    """检查 schemas 文件夹：表式、规则及其示例、设置、名录、文书模板；每处错误一句话，写明文件和行号。"""
    from pipeline.lint import lint as look

    wrong = look(workspace.root)
    say(*map(str, wrong))
    if wrong:
        say(f"共 {len(wrong)} 处须改正。")
        sys.exit(CampaignError.exit_code)
    say("没有发现问题。")
