"""`huizong rules`: everything that is checked."""

from __future__ import annotations

import click

from pipeline.cli.options import Workspace, on_workspace
from pipeline.cli.saying import say


@click.command()
@on_workspace
def rules(workspace: Workspace) -> None:
    """列出全部审核规则：编号、性质、内容。"""
    from pipeline.campaign import load
    from pipeline.declare import BUILTIN

    for builtin in BUILTIN.values():
        say(f"{builtin.code}　{builtin.severity.title}　通用　{builtin.title}")
    form = load(workspace.root).whole_form
    for rule in form.rules:
        waivable = "，可豁免" if rule.waivable else ""
        say(f"{rule.code}　{rule.severity.title}{waivable}　{form.sheet(rule.sheets[0]).title()}　{rule.title}")
