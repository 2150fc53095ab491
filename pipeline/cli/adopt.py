"""`huizong adopt`: a campaign folder to begin with, made after a workbook that somebody else drew."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from pipeline.cli.saying import say


@click.command()
@click.argument("workbook", metavar="工作簿", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("folder", metavar="[文件夹]", required=False, type=click.Path(path_type=Path))
def adopt(workbook: Path, folder: Path | None) -> None:
    """照着一份空白表（.xlsx）写出活动文件夹：表式、设置、名录；推测之处都注明“请核对”。"""
    from pipeline.adopt import adopt as write

    root = folder or Path(workbook.stem)
    made = write(workbook, root, dt.date.today())
    say(f"已写出活动文件夹：{root.resolve()}")
    say(*(f"  {title}：{count} 栏" for title, count in made.sheets.items()))
    if made.other_tabs:
        say(f"  无人填写、不读取的工作表：{'、'.join(made.other_tabs)}")
    if made.left_out:
        say(f"  有 {made.left_out} 栏没有写入，原因在各表的“请核对”中。")
    say(f"推测之处共 {made.guesses} 处，都注明“请核对”，写明了根据。请逐处核对 schemas 中的文件，核对后删去注明。")
    listed = f"已从工作簿取得 {made.units} 个单位，请补齐" if made.units else "现在只有示例，请换成应报单位"
    say(f"名录 schemas/teams.csv：{listed}。")
    say(f"下一步：huizong lint -C {root}；再把填好的一份放入 inbox，用 huizong check 试读。")
