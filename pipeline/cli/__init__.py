"""The command `huizong`: a skin over the library, a verb a module. Results on stdout in Chinese, errors as exit codes."""

from __future__ import annotations

import sys
from pathlib import Path

import click

import pipeline
from pipeline.cli.audit import rebuild, verify
from pipeline.cli.check import check
from pipeline.cli.decisions import annul_night, withdraw
from pipeline.cli.issue import issue
from pipeline.cli.nightly import nightly
from pipeline.cli.options import Workspace
from pipeline.cli.rules import rules
from pipeline.cli.start import demo, init
from pipeline.cli.status import status
from pipeline.errors import HuizongError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-C", "--workspace", type=click.Path(path_type=Path), default=Path(), help="活动文件夹（默认：当前文件夹）"
)
@click.version_option(pipeline.__version__, prog_name="huizong")
@click.pass_context
def huizong(context: click.Context, workspace: Path) -> None:
    """把各单位报来的 Excel 报表审核、退改、汇总，生成汇总表和通报。"""
    context.obj = Workspace(workspace.resolve())


for _verb in (nightly, check, issue, status, rules, withdraw, annul_night, verify, rebuild, init, demo):
    huizong.add_command(_verb)


def main() -> None:
    """Run the command; turn an operator's problem into one sentence and its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # an old console may lack a character; never fail for that
    try:
        huizong(prog_name="huizong")
    except HuizongError as problem:
        click.echo(f"huizong：{problem}", err=True)
        sys.exit(problem.exit_code)
