"""The command `huizong`: a skin over the library, a verb a module. Results on stdout in Chinese, errors as exit codes."""

from __future__ import annotations

import os
import signal
import sys
from gettext import bindtextdomain
from pathlib import Path

import click

import pipeline
from pipeline.cli.adopt import adopt
from pipeline.cli.audit import rebuild, verify
from pipeline.cli.check import check
from pipeline.cli.decisions import annul_night, excuse, extend, place, revoke, waive, withdraw
from pipeline.cli.endings import ending
from pipeline.cli.export import export
from pipeline.cli.issue import issue
from pipeline.cli.lint import lint
from pipeline.cli.nightly import nightly
from pipeline.cli.options import Workspace
from pipeline.cli.publish_bulletin import publish_bulletin
from pipeline.cli.rules import rules
from pipeline.cli.saying import complain
from pipeline.cli.schedule import schedule
from pipeline.cli.start import demo, init
from pipeline.cli.status import status
from pipeline.cli.trace import trace

CHINESE = Path(__file__).parent / "locale"  # of what click itself says


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    options_metavar="[选项]", subcommand_metavar="命令 [参数]…",
)  # fmt: skip
@click.option(
    "-C",
    "--workspace",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="文件夹",
    help="活动文件夹（默认：当前文件夹）",
)
@click.version_option(pipeline.__version__, prog_name="huizong", help="显示版本")
@click.pass_context
def huizong(context: click.Context, workspace: Path) -> None:
    """把各单位报来的 Excel 报表审核、退改、汇总，生成汇总表和通报。"""
    context.obj = Workspace(workspace.resolve())


_DECIDING = (waive, extend, excuse, place, withdraw, revoke, annul_night)
_VERBS = (
    nightly, check, issue, publish_bulletin, status, rules, lint, *_DECIDING, verify, rebuild, trace, export, init, adopt,
    demo, schedule,
)  # fmt: skip
for _verb in _VERBS:
    _verb.options_metavar = "[选项]"
    huizong.add_command(_verb)


def main() -> None:
    """Run the command; turn an operator's problem into one sentence and its exit code."""
    _stand_on_firm_ground()
    try:
        sys.exit(huizong(prog_name="huizong", standalone_mode=False))
    except Exception as problem:
        end = ending(problem)
        if end is None:
            raise  # a bug, not a trouble
        complain(*end.says)
        sys.exit(end.code)


def _stand_on_firm_ground() -> None:
    """See to it that Chinese file names, standard streams and the wish to end work wherever the command is started."""
    if os.name != "nt" and sys.getfilesystemencoding() != "utf-8":  # a bare C locale: start anew with UTF-8
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    sys.unraisablehook = _say_once
    os.environ["LANGUAGE"] = "zh_CN"  # which click asks for, and those who hand something on to it
    bindtextdomain("messages", CHINESE)
    for stream in range(3):  # whatever is opened next must not take the place of one that is closed
        try:
            os.fstat(stream)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for output in (sys.stdout, sys.stderr):
        if hasattr(output, "reconfigure"):
            output.reconfigure(errors="replace")  # an old console may lack a character; never fail for that
    for name in ("SIGTERM", "SIGHUP"):  # SIGHUP: a terminal was closed; Windows has none
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _say_once(told: sys.UnraisableHookArgs) -> None:
    """Pass over what files say that are dropped while the disk refuses: one sentence has told of it, or will."""
    if not isinstance(told.exc_value, OSError):
        sys.__unraisablehook__(told)


def _end(number: int, frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough
    sys.unraisablehook = lambda _: None  # of files that were being written, and now never will be
    sys.exit(128 + number)
