"""`huizong init` and `huizong demo`: a campaign folder to begin with."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from pipeline.cli.saying import say


@click.command()
@click.argument("folder", metavar="文件夹", type=click.Path(path_type=Path))
@click.option("--shipped", is_flag=True, help="附带一套完整的表式和规则（默认：只有一张表，照着改）")
def init(folder: Path, shipped: bool) -> None:
    """新建一个活动文件夹，附带可修改的表式、规则和名录。"""
    from pipeline.workspace import create, start

    (create if shipped else start)(folder)
    say(f"已建立活动文件夹：{folder.resolve()}")
    say("请修改 schemas 中的表式、campaign.toml 和 teams.csv，用 huizong lint 检查，再用 huizong issue 生成空白表。")
    say("要双击就能运行、每晚自动运行的，再用 huizong schedule 写出所需的文件。")


@click.command()
@click.argument("folder", metavar="文件夹", type=click.Path(path_type=Path))
@click.option("--clean", is_flag=True, help="全部报表都正确，合计等于控制总数")
@click.option(
    "--day",
    type=click.IntRange(1, 2),
    default=1,
    show_default=True,
    metavar="1|2",
    help="2：根据 outbox 中的退改表补报、更正",
)
@click.option("--period", metavar="报告期", help="报告期，如 2011-04（默认：第一个报告期）")
@click.option("--seed", type=int, default=2011, show_default=True, metavar="数字", help="随机数种子")
@click.option("--teams", type=click.IntRange(1), metavar="个数", help="只生成这么多个单位，各类都有（默认：全部）")
def demo(folder: Path, clean: bool, day: int, period: str | None, seed: int, teams: int | None) -> None:
    """生成一套模拟报表，放入该文件夹的 inbox。"""
    from pipeline.campaign import load
    from pipeline.demo import make_district, make_second_day
    from pipeline.demo.ground import claim, require
    from pipeline.workspace import create

    if not (folder / "schemas").exists():
        create(folder)
    campaign = load(folder)
    term = campaign.period(period or campaign.periods[0].key, dt.date.min)
    if day == 2:
        require(folder)
        made = len(make_second_day(campaign, term, folder, seed=seed, teams=teams))
        night = term.due + dt.timedelta(days=2)
    else:
        claim(folder)
        made = len(make_district(campaign, term, folder / "inbox", clean=clean, seed=seed, teams=teams))
        night = term.due + dt.timedelta(days=0 if clean else 1)
    say(
        f"已在 {folder / 'inbox'} 放入 {made} 份模拟报表。下一步：huizong nightly -C {folder} --as-of {night}"
        + (f" --period {term.key}" if campaign.period(None, night) != term else "")
    )
