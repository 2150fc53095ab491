"""`huizong check`: the night's checks on any file, recorded nowhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import DAY, Workspace, day_or_today, on_workspace
from pipeline.cli.saying import say, say_json

if TYPE_CHECKING:
    from pipeline.preview import Preview


@click.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="文件…", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--as-of", type=DAY, help="按哪一天处理（默认：今天）")
@click.option("--period", metavar="报告期", help="表中没有写明时按哪个报告期检查")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出结果，供程序使用")
@on_workspace
def check(
    workspace: Workspace, files: tuple[Path, ...], as_of: dt.datetime | None, period: str | None, as_json: bool
) -> None:
    """按同样的规则检查报表，只显示结果，不登记。"""
    from pipeline.preview import preview

    previews = preview(workspace.root, files, day_or_today(as_of), period)
    if as_json:
        say_json([_record(each) for each in previews])
    else:
        say(*(line for each in previews for line in _lines(each)))


def _lines(of: Preview) -> Iterator[str]:
    """Say what was found; of a file that is nobody's return, that alone: the rest would be a flood."""
    if of.identity.team is None:
        yield f"{of.file}　无法识别：{of.identity.reason}"
    else:
        yield f"{of.file}　{of.identity.team.name}"
        yield from [f"  {finding.message}" for finding in of.findings] or ["  没有发现问题。"]


def _record(of: Preview) -> dict[str, Any]:
    """Give what was found as JSON says it. team, period: null if not known, and then rule and reason say why."""
    from pipeline.publish.contract import finding_record

    whose = of.identity
    return {
        "file": of.file,
        "team": whose.team.code if whose.team else None,
        "period": whose.period.key if whose.period else None,
        "rule": whose.rule,
        "reason": whose.reason,
        "findings": [finding_record(finding) for finding in of.findings],
    }
