"""`huizong nightly`: a night's work, and how it went in the morning."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.log import logged, timed
from pipeline.cli.options import DAY, Workspace, day_or_today, on_workspace
from pipeline.cli.saying import complain, note, say, say_json

if TYPE_CHECKING:
    from pipeline.again import Asked, Told
    from pipeline.cluster import Cluster
    from pipeline.frames import ParsedReturn
    from pipeline.intake import Progress
    from pipeline.model import Unplaced
    from pipeline.night import Night
    from pipeline.read import Reader

MOST_LISTED = 20
PAGE = "校验报告.html"  # what is opened first


@click.command()
@click.option("--as-of", type=DAY, help="按哪一天处理，如 2011-03-31（默认：今天）")
@click.option("--period", metavar="报告期", help="报告期，如 2011-03（默认：最近一个已结束的报告期）")
@click.option("--workers", type=click.IntRange(1, 64), metavar="个数", help="同时读取的进程数（默认：按电脑核数）")
@click.option("--cluster", metavar="tcp://HOST:PORT", help="由这个地址的 dask 集群读取报表（默认：由本机读取）")
@click.option("--yes", "is_sure", is_flag=True, help="日期看来有误时仍按所给日期运行")
@click.option("--dry-run", "is_dry", is_flag=True, help="只显示会收取什么、有什么变化，不改动任何文件")
@click.option("--open", "is_shown", is_flag=True, help="处理完后在浏览器中打开校验报告")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出结果，供程序使用")
@on_workspace
def nightly(
    workspace: Workspace,
    as_of: dt.datetime | None,
    period: str | None,
    workers: int | None,
    cluster: str | None,
    is_sure: bool,
    is_dry: bool,
    is_shown: bool,
    as_json: bool,
) -> None:
    """收取、审核、退改、汇总，把结果写入 outbox。"""
    from pipeline.again import Asked

    if is_dry:
        from pipeline.cli.foresight import say_foreseen

        asked = Asked(day_or_today(as_of), period)
        sys.exit(not say_foreseen(workspace.root, asked, workers, shown_progress, is_sure=is_sure, as_json=as_json))
    with logged(workspace.root):
        asked = Asked(day_or_today(as_of), period)
        told, is_complete = _told(workspace.root, asked, workers, cluster, is_sure)
        if as_json:
            note(*told.says)
            say_json(told.record)
        else:
            say(*told.says)
        if is_shown:
            from pipeline.cli.opening import open_page

            open_page(workspace.root / told.page)
        if not is_complete:
            sys.exit(1)  # not all that was accepted is in the figures, or not all was checked


def _told(root: Path, asked: Asked, workers: int | None, cluster: str | None, is_sure: bool) -> tuple[Told, bool]:
    """Run a night unless it would change nothing. Gives what it says, and whether its outputs are complete."""
    from pipeline.again import Told, note_down, same_again

    if told := same_again(root, asked):
        return told, True
    from pipeline.inbox import survey
    from pipeline.processes import collect_rarely, leave_quickly, warm_up

    collect_rarely()
    warm_up()
    with _reader(root, workers, cluster) as reader:
        lying = survey(root / "inbox")
        reader.begin([each.path for each in lying if not each.why])  # goes on while the rest of the program is loaded
        from pipeline.assess import BATCH
        from pipeline.run import run

        if 0 < len(lying) <= BATCH:  # of more, those who read check them too
            import pipeline.examine  # noqa: F401 - half of all that a night loads: better while others read than when they have

        with shown_progress() as progress:
            night = run(root, asked.as_of, asked.period, progress=progress, reader=reader, is_sure=is_sure, lying=lying)
    folder = root / "outbox" / night.folder
    record = {**json.loads((folder / "run.json").read_text(encoding="utf-8")), "seconds": dict(night.seconds)}
    page = f"outbox/{night.folder}/{PAGE}"
    is_complete = not (night.damaged or night.unevaluated)
    if is_complete and not (night.left or night.repeated or _lacks_pdf(night, record["outputs"])):
        again = Told(
            _evening_report(replace(night, is_new=False), root, record["outputs"]), {**record, "seconds": {}}, page
        )
        note_down(root, asked, folder, {each.path for each in night.unplaced}, again)
    _note_received(night)
    leave_quickly()
    return Told(_evening_report(night, root, record["outputs"]), record, page), is_complete


def _note_received(night: Night) -> None:
    """Let the log have what came, whose it is, and how long each stage took."""
    from pipeline.cli.foresight import whose

    note(f"收取了 {len(night.received)} 个文件。", *(f"  {each.file}：{whose(each, night)}" for each in night.received))
    note(timed(night.seconds))


def _reader(root: Path, workers: int | None, cluster: str | None) -> Reader[ParsedReturn] | Cluster:
    """Give whoever is to read, not open yet."""
    from pipeline.settings import read_settings

    passwords = read_settings(root).campaign.passwords
    if cluster is not None:
        from pipeline.cluster import Cluster

        return Cluster(cluster, root, workers, passwords, warn=complain)
    from pipeline.errand import parsing

    return parsing(root, workers, passwords, is_cached=True)


def _evening_report(night: Night, root: Path, outputs: Sequence[str]) -> list[str]:
    """Say on a few lines how the night went and what to open. outputs: names of what it wrote."""
    from pipeline.model import Unplaced
    from pipeline.publish.phrases.tallies import beyond_announced

    returns = night.returns()
    received = sum(standing.latest is not None for standing in night.standings)
    folder = root / "outbox" / night.folder
    lines = [
        f"{night.campaign.settings.title}　{night.period.title}　截至 {night.as_of}",
        f"应报 {len(night.standings)}，已报 {received}：审核通过 {returns['accepted']}（其中待核实 {returns['queried']}），"
        f"退改 {returns['held']}；未报 {returns['missing']}；迟报 {returns['late']}，零报告 {returns['nil']}。",
        "",
    ]
    for total in night.consolidation.totals.values():
        lines.append(f"  {total.title}：{total.value:,} {total.unit}（计入 {total.reported} / 应报 {total.expected}）")
    lines += [f"  {line}。" for line in beyond_announced(night.consolidation.totals.values())]
    lines += [f"请注意：{each}" for each in night.notices]
    if night.unplaced:
        lines += ["", f"有 {len(night.unplaced)} 个文件无法识别，等待处理：", *_listed(night.unplaced)]
    if night.left:
        lines += ["", f"有 {len(night.left)} 个文件仍在 inbox 中：", *_listed(night.left)]
    lines += _listed(night.repeated)
    if night.declined:
        rows = [
            Unplaced(f"{each.file} 第 {each.row} 行" if each.row else each.file, "", each.says)
            for each in night.declined
        ]
        lines += ["", f"处理决定中有 {len(rows)} 处没有采纳：", *_listed(rows)]
    lines += ["", f"请先打开：{folder / PAGE}" if night.is_new else "与上次结果完全一致，没有变化。"]
    if _lacks_pdf(night, outputs):
        lines.append("没有生成 PDF：没有找到 LibreOffice，或它没有完成转换。Word 文稿不受影响。")
    if night.is_new and (folder / "退改").exists():
        lines.append(f"退改表在：{folder / '退改'}")
    return lines


def _lacks_pdf(night: Night, written: Sequence[str]) -> bool:
    drafts = [name for name in written if name.endswith(".docx")]
    return night.campaign.settings.pdf and any(f"{name.removesuffix('.docx')}.pdf" not in written for name in drafts)


def _listed(files: Sequence[Unplaced]) -> list[str]:
    """Name files with their reasons, a screen's worth of them."""
    more = [f"  …… 等 {len(files)} 个，全部见校验差错清单.xlsx。"] if len(files) > MOST_LISTED else []
    return [*(f"  {each.file}：{each.reason}" for each in files[:MOST_LISTED]), *more]


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Show a bar on stderr, on a terminal only."""
    from pipeline.intake import quiet

    if not sys.stderr.isatty():
        yield quiet
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("读取报表", total=None)
        yield lambda stage, done, of: bar.update(task, completed=done, total=of)
