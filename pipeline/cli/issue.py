"""`huizong issue`: blank workbooks, prefilled for each team."""

from __future__ import annotations

import datetime as dt

import click

from pipeline.cli.options import DAY, Workspace, day_or_today, on_workspace
from pipeline.cli.saying import say
from pipeline.errors import CampaignError, HuizongError


class InUseError(HuizongError):
    """A file to be written is open in another program."""


class NotOursError(HuizongError):
    """There is no blank of ours to hand out: the form is somebody else's."""


@click.command()
@click.argument("teams", nargs=-1, metavar="[编码]…")
@click.option("--as-of", type=DAY, help="按哪一天确定报告期（默认：今天）")
@click.option("--period", metavar="报告期", help="报告期（默认：最近一个已结束的报告期）")
@on_workspace
def issue(workspace: Workspace, teams: tuple[str, ...], as_of: dt.datetime | None, period: str | None) -> None:
    """生成预填的空白报表，放在 outbox/空白表；可指定编码，默认全部。"""
    from pipeline.campaign import load
    from pipeline.publish.filenames import safe_name
    from pipeline.publish.form.workbook import FileCreateError, prefilled, write_form

    campaign = load(workspace.root)
    if issuer := campaign.form.issued_by:
        raise NotOursError(
            f"“{campaign.form.title}”由{issuer}制定，本程序不另印空白表。请把{issuer}下发的原表转发各单位。"
        )
    term = campaign.period(period, day_or_today(as_of))
    campaign = campaign.in_period(term.key)
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
    say(f"已生成 {len(chosen)} 份{term.title}的空白报表：{folder}")
