"""The command `huizong`: a skin over the library. Results on stdout in Chinese, progress on stderr, errors as exit codes."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import pipeline
from pipeline.errors import CampaignError, HuizongError

if TYPE_CHECKING:
    from pipeline.model import Night
    from pipeline.run import Progress

DAY = click.DateTime(formats=["%Y-%m-%d"])


class InUseError(HuizongError):
    """A file to be written is open in another program."""


class Workspace:
    """The campaign folder that a command works on."""

    def __init__(self, root: Path) -> None:
        self.root = root


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-C", "--workspace", type=click.Path(path_type=Path), default=Path(), help="活动文件夹（默认：当前文件夹）"
)
@click.version_option(pipeline.__version__, prog_name="huizong")
@click.pass_context
def huizong(context: click.Context, workspace: Path) -> None:
    """把各单位报来的 Excel 报表审核、退改、汇总，生成汇总表和通报。"""
    context.obj = Workspace(workspace.resolve())


def _workspace(command: Any) -> Any:
    """Let -C stand behind the command as well as before it."""

    def use(context: click.Context, parameter: click.Parameter, value: Path | None) -> None:
        if value is not None:
            context.obj = Workspace(value.resolve())

    kind = click.Path(path_type=Path)
    option = click.option(
        "-C", "--workspace", type=kind, callback=use, expose_value=False, is_eager=True, help="活动文件夹"
    )
    return option(click.pass_obj(command))


def _today(value: dt.datetime | None) -> dt.date:
    return value.date() if value else dt.date.today()


@huizong.command()
@click.option("--as-of", type=DAY, help="按哪一天处理，如 2011-03-31（默认：今天）")
@click.option("--period", help="报告期，如 2011-03（默认：最近一个已结束的报告期）")
@click.option("--workers", type=click.IntRange(1, 64), help="同时读取的进程数（默认：按电脑核数）")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出结果，供程序使用")
@_workspace
def nightly(
    workspace: Workspace, as_of: dt.datetime | None, period: str | None, workers: int | None, as_json: bool
) -> None:
    """收取、审核、退改、汇总，把结果写入 outbox。"""
    from pipeline.processes import collect_rarely, leave_quickly, warm_up

    collect_rarely()
    warm_up()
    from pipeline.inbox import waiting
    from pipeline.read import Reader
    from pipeline.settings import read_settings

    with Reader(workers, passwords=read_settings(workspace.root).campaign.passwords) as reader:
        reader.begin(waiting(workspace.root / "inbox"))  # goes on while the rest of the program is loaded
        from pipeline.run import run

        with _progress() as progress:
            night = run(workspace.root, _today(as_of), period, progress=progress, reader=reader)
    if as_json:
        from pipeline.publish.contract import run_record

        folder = workspace.root / "outbox" / night.as_of.isoformat()
        click.echo(json.dumps(run_record(night, _outputs(folder)), ensure_ascii=False, indent=1))
    else:
        click.echo(_evening_report(night, workspace.root))
    leave_quickly()


def _outputs(folder: Path) -> list[str]:
    """Give the names of what a night wrote, as its record has them."""
    return list(json.loads((folder / "run.json").read_text(encoding="utf-8"))["outputs"])


def _evening_report(night: Night, root: Path) -> str:
    """Say on a few lines how the night went and what to open."""
    returns = night.returns()
    received = sum(standing.latest is not None for standing in night.standings)
    folder = root / "outbox" / night.as_of.isoformat()
    lines = [
        f"{night.campaign.settings.title}　{night.period.title}　截至 {night.as_of}",
        f"应报 {len(night.standings)}，已报 {received}：审核通过 {returns['accepted']}（其中待核实 {returns['queried']}），"
        f"退改 {returns['held']}；未报 {returns['missing']}；迟报 {returns['late']}，零报告 {returns['nil']}。",
        "",
    ]
    for total in night.consolidation.totals.values():
        lines.append(f"  {total.title}：{total.value:,} {total.unit}（计入 {total.reported} / 应报 {total.expected}）")
    if night.unplaced:
        lines += ["", f"有 {len(night.unplaced)} 个文件无法识别，等待处理："]
        lines += [f"  {each.file}：{each.reason}" for each in night.unplaced]
    if night.left:
        lines += ["", f"有 {len(night.left)} 个文件仍在 inbox 中："]
        lines += [f"  {each.file}：{each.reason}" for each in night.left]
    lines += [f"  {each.file}：{each.reason}" for each in night.repeated]
    lines += ["", f"请先打开：{folder / '校验报告.html'}" if night.is_new else "与上次结果完全一致，没有变化。"]
    written = _outputs(folder)
    drafts = [name for name in written if name.endswith(".docx")]
    if night.campaign.settings.pdf and any(f"{name.removesuffix('.docx')}.pdf" not in written for name in drafts):
        lines.append("没有生成 PDF：没有找到 LibreOffice，或它没有完成转换。Word 文稿不受影响。")
    if night.is_new and (folder / "退改").exists():
        lines.append(f"退改表在：{folder / '退改'}")
    return "\n".join(lines)


@huizong.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as-of", type=DAY, help="按哪一天处理（默认：今天）")
@click.option("--period", help="表中没有写明时按哪个报告期检查")
@_workspace
def check(workspace: Workspace, files: tuple[Path, ...], as_of: dt.datetime | None, period: str | None) -> None:
    """按同样的规则检查报表，只显示结果，不登记。"""
    from pipeline.run import preview

    for each in preview(workspace.root, files, _today(as_of), period):
        whose = f"{each.identity.team.name}" if each.identity.team else f"无法识别：{each.identity.reason}"
        click.echo(f"{each.file}　{whose}")
        for finding in each.findings:
            click.echo(f"  {finding.message}")
        if not each.findings and each.identity.is_known:
            click.echo("  没有发现问题。")


@huizong.command()
@click.argument("teams", nargs=-1)
@click.option("--as-of", type=DAY, help="按哪一天确定报告期（默认：今天）")
@click.option("--period", help="报告期（默认：最近一个已结束的报告期）")
@_workspace
def issue(workspace: Workspace, teams: tuple[str, ...], as_of: dt.datetime | None, period: str | None) -> None:
    """生成预填的空白报表，放在 outbox/空白表；可指定编码，默认全部。"""
    from pipeline.campaign import load
    from pipeline.publish.filenames import safe_name
    from pipeline.publish.form import FileCreateError, prefilled, write_form

    campaign = load(workspace.root)
    term = campaign.period(period, _today(as_of))
    if unknown := [code for code in teams if code not in campaign.by_code]:
        raise CampaignError(f"名录中没有编码“{unknown[0]}”。请核对 schemas/teams.csv。")
    folder = workspace.root / "outbox" / f"空白表_{term.key}"
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [team for team in campaign.register(term) if not teams or team.code in teams]
    for team in chosen:
        name = campaign.form.file_name.format(code=team.code, name=team.name)
        try:
            write_form(folder / safe_name(name), campaign, term, team, prefilled(campaign, term, team))
        except FileCreateError as held:
            raise InUseError(f"“{name}”正在打开，没能写入。请关闭后再运行。") from held
    click.echo(f"已生成 {len(chosen)} 份{term.title}的空白报表：{folder}")


@huizong.command()
@click.option("--as-of", type=DAY, help="按哪一天确定报告期（默认：今天）")
@_workspace
def status(workspace: Workspace, as_of: dt.datetime | None) -> None:
    """检查活动文件夹，显示收件和处理的进度，不改动任何文件。"""
    from pipeline.campaign import load
    from pipeline.inbox import waiting
    from pipeline.ledger import Ledger

    campaign = load(workspace.root)
    term = campaign.period(None, _today(as_of))
    size = f"{len(campaign.form.sheets)} 张表，{len(campaign.form.rules)} 条活动规则"
    click.echo(f"{campaign.settings.title}：{size}，应报 {len(campaign.register(term))} 个单位。")
    click.echo(f"inbox 中有 {len(waiting(workspace.root / 'inbox'))} 个文件等待收取。")
    path = workspace.root / "archive" / "ledger.db"
    if not path.exists():
        click.echo("还没有运行过 huizong nightly。")
        return
    with Ledger(path) as ledger:
        for each in campaign.periods:
            teams = {receipt.team for receipt in ledger.receipts() if receipt.period == each.key}
            last = ledger.last_night(each.key)
            click.echo(
                f"{each.title}（截止 {each.due}）：已报 {len(teams)}，"
                + (f"上次处理到 {last}。" if last else "还没有处理过。")
            )
        unplaced = sum(receipt.team is None for receipt in ledger.receipts())
        if unplaced:
            click.echo(f"有 {unplaced} 个文件尚未识别，见最近一次的校验报告。")


@huizong.command()
@_workspace
def rules(workspace: Workspace) -> None:
    """列出全部审核规则：编号、性质、内容。"""
    from pipeline.campaign import load
    from pipeline.declare import BUILTIN

    for builtin in BUILTIN.values():
        click.echo(f"{builtin.code}　{builtin.severity.title}　通用　{builtin.title}")
    campaign = load(workspace.root)
    for rule in campaign.form.rules:
        click.echo(f"{rule.code}　{rule.severity.title}　{campaign.form.sheet(rule.sheets[0]).title()}　{rule.title}")


@huizong.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """新建一个活动文件夹，附带可修改的表式、规则和名录。"""
    from pipeline.workspace import create

    create(folder)
    click.echo(f"已建立活动文件夹：{folder.resolve()}")
    click.echo("请修改 schemas 中的 campaign.toml 和 teams.csv，再运行 huizong -C 该文件夹 issue 生成空白表。")


@huizong.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--clean", is_flag=True, help="全部报表都正确，合计等于控制总数")
@click.option(
    "--day", type=click.IntRange(1, 2), default=1, show_default=True, help="2：根据 outbox 中的退改表补报、更正"
)
@click.option("--seed", type=int, default=2011, show_default=True, help="随机数种子")
@click.option("--teams", type=click.IntRange(1), help="只生成这么多个单位，各类都有（默认：全部）")
def demo(folder: Path, clean: bool, day: int, seed: int, teams: int | None) -> None:
    """生成一套模拟报表，放入该文件夹的 inbox。"""
    from pipeline.campaign import load
    from pipeline.demo import make_district, make_second_day
    from pipeline.workspace import create

    if not (folder / "schemas").exists():
        create(folder)
    campaign = load(folder)
    term = campaign.periods[0]
    if day == 2:
        made = len(make_second_day(campaign, term, folder, seed=seed, teams=teams))
        night = term.due + dt.timedelta(days=2)
    else:
        made = len(make_district(campaign, term, folder / "inbox", clean=clean, seed=seed, teams=teams))
        night = term.due + dt.timedelta(days=0 if clean else 1)
    click.echo(f"已在 {folder / 'inbox'} 放入 {made} 份模拟报表。下一步：huizong nightly -C {folder} --as-of {night}")


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show a bar on stderr, on a terminal only."""
    from pipeline.run import quiet

    if not sys.stderr.isatty():
        yield quiet
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("读取报表", total=None)
        yield lambda stage, done, of: bar.update(task, completed=done, total=of)


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
