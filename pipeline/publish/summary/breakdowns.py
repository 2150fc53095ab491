"""Pages that take the totals apart: by each dimension, by team; and how each team reported, with a ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from pipeline.model import Number, Standing, Status
from pipeline.night import Night
from pipeline.publish.excel.cells import COUNT, DATE, SHARE, Cell, Field, Formula, Link, figure_field
from pipeline.publish.excel.charts import DARK, LIGHT, Series, draw
from pipeline.publish.excel.sheetwriter import Book, Page
from pipeline.publish.masking import visible
from pipeline.publish.phrases.ranking import CRITERIA, Place, rank
from pipeline.publish.phrases.remarks import remarks
from pipeline.publish.phrases.tallies import Coverage

NOT_READ, NO_LOSS = "〔不明〕", "没有扣分"
FEW_ALIKE, MOST_NAMED = 4, 80  # teams alike that stand on one line of the ranking, from which on; named in one cell


def _groups(night: Night, dimension: str | None) -> dict[str, list[Standing]]:
    """Give the register by group, groups and teams in the register's order; without a dimension, one group."""
    groups: dict[str, list[Standing]] = {}
    for standing in night.standings:
        group = night.campaign.group(standing.team, dimension) if dimension else ""
        groups.setdefault(group, []).append(standing)
    return groups


def _indicator_fields(night: Night) -> list[Field]:
    """Give one column per indicator, under the name of the record that totals are taken from."""
    form = night.campaign.form
    band = (form.declared.options().records or {}).get(form.total_record, "")
    return [figure_field(col, band) for col in form.declared.indicators().values()]


# -- by dimension


def dimension_page(book: Book, title: str) -> Page:
    """Add the page of one dimension."""
    band = f"{book.unit}（个）"
    fields = (
        Field(title, 18), Field("应报", 7, COUNT, "right", band), Field("已报", 7, COUNT, "right", band),
        Field("计入", 7, COUNT, "right", band), Field("汇总率", 9, SHARE, "right", band),
        *_indicator_fields(book.night),
    )  # fmt: skip
    return book.page(f"按{title}", f"按{title}汇总", fields, about=f"各项指标按{title}分组的合计，各组的报送情况")


def fill_dimension(page: Page, night: Night, dimension: str, blocks: Mapping[str, str]) -> None:
    """Write each group's coverage and figures. blocks: indicator -> address of its total's sources."""
    indicators = night.campaign.form.declared.indicators()
    values = night.consolidation.by_dimension[night.campaign.settings.dimensions[dimension]]
    page.freeze(1)
    first = page.row
    for group, standings in _groups(night, dimension).items():
        covered = Coverage.of(standings)
        none = "未计入" if covered.received else Status.MISSING.title if covered.expected else Status.EXCUSED.title
        figures: list[Cell] = [values[group][name] if covered.counted else none for name in indicators]
        counts = (covered.expected, covered.received, covered.counted, covered.counted_share)
        page.line([group, *counts, *figures], "plain" if covered.counted else "muted")
    behind, covered = page.row, Coverage.of(night.standings)
    whole = (covered.expected, covered.received, covered.counted)
    sums = [page.added(column, first, behind, value) for column, value in enumerate(whole, 1)]
    share = Formula(f"=IF(B{behind + 1}=0,0,D{behind + 1}/B{behind + 1})", covered.counted_share)
    totals = [
        Link(blocks[name], page.added(column, first, behind, night.consolidation.totals[name].value))
        for column, name in enumerate(indicators, 5)
    ]
    page.line(["合　计", *sums, share, *totals], "total")
    page.close((f"点击合计可转到数据来源。没有{page.book.unit}计入的组写“未计入”“未报”或“免报”，不按零计算。",))
    series = [Series("应报", 1, LIGHT), Series("计入", 3, DARK)]
    draw(page, "column", f"应报和计入的{page.book.unit}数", first, behind - 1, 0, series)


# -- by team


def teams_page(book: Book) -> Page:
    """Add the page of every team of the register."""
    fields = (
        Field("编码", 8), Field(book.unit, 35), Field("状态", 10, align="center"), *_indicator_fields(book.night),
        Field("情况", 24),
    )  # fmt: skip
    return book.page(f"分{book.unit}", f"分{book.unit}汇总", fields, about="名录全部单位的状态和各项指标，分组小计")


def fill_teams(page: Page, night: Night) -> dict[str, str]:
    """Write every team of the register, by the first dimension; gives the address of each indicator's sum."""
    indicators, dimensions = night.campaign.form.declared.indicators(), night.campaign.settings.dimensions
    dimension = next(iter(dimensions), None)
    page.freeze(3)
    first = page.row
    for group, standings in _groups(night, dimension).items():
        start = page.row
        for is_counted, alike in groupby(standings, key=lambda standing: standing.counted is not None):
            page.rows([_team_line(night, each) for each in alike], "plain" if is_counted else "muted", level=1)
        if dimension:
            values = night.consolidation.by_dimension[dimensions[dimension]][group]
            sums = [page.added(column, start, page.row, values[name]) for column, name in enumerate(indicators, 3)]
            page.line(["小　计", group, _covered(standings), *sums, None], "subtotal")
    totals = night.consolidation.totals
    sums = [page.added(column, first, page.row, totals[name].value) for column, name in enumerate(indicators, 3)]
    row = page.line(["合　计", f"全部{page.book.unit}", _covered(night.standings), *sums, None], "total")
    page.close(
        (
            "灰色斜体的行没有计入合计：〔 〕内为退改报表中的数，仅供参考；“未报”不按零计算。",
            f"小计、合计行的“状态”为计入的{page.book.unit}数／应报的{page.book.unit}数。",
        )
    )
    return {name: page.address(row, column) for column, name in enumerate(indicators, 3)}


def _team_line(night: Night, standing: Standing) -> list[Cell]:
    team = standing.team
    return [team.code, team.name, standing.status.title, *_figures(night, standing), remarks(standing)]


def _covered(standings: Sequence[Standing]) -> str:
    coverage = Coverage.of(standings)
    return f"{coverage.counted}／{coverage.expected}"


def _figures(night: Night, standing: Standing) -> list[Cell]:
    """Give a team's figures: numbers if they count, and otherwise texts, which no sum can include."""
    names, code = list(night.campaign.form.declared.indicators()), standing.team.code
    if standing.counted is not None:
        return [night.consolidation.by_team[code].get(name, NOT_READ) for name in names]
    if standing.latest is None:
        return [standing.status.title] * len(names)
    return [_bracketed(night.consolidation.as_read.get(code, {}).get(name)) for name in names]


def _bracketed(value: Number | None) -> str:
    return NOT_READ if value is None else f"〔{value:,}〕"


# -- timeliness and ranking


def timeliness_page(book: Book) -> Page:
    """Add the page of how each team reported."""
    fields = (
        Field("编码", 8), Field(book.unit, 35),
        *(Field(title, 11) for title in book.night.campaign.settings.dimensions.values()),
        Field("状态", 9, align="center"), Field("收到日期", 11, DATE, "center"), Field("逾期\n天数", 6, COUNT, "right"),
        Field("报送\n次数", 6, COUNT, "right"), Field("未整改\n错误", 7, COUNT, "right"),
        Field("待核实", 7, COUNT, "right"), Field("情况", 28), Field("最新文件", 24, shrinks=True),
    )  # fmt: skip
    return book.page("报送情况", f"各{book.unit}报送情况", fields, about="何时报送、迟报几天、报了几次、审核结果")


def fill_timeliness(page: Page, night: Night) -> None:
    """Write every team of the register."""
    page.freeze(2)
    page.rows([_timeliness(night, standing) for standing in night.standings])
    page.filtered()
    page.close(("收到日期为最新一份的日期；逾期天数按第一份计算，未报的算到本表日期。",))


def _timeliness(night: Night, standing: Standing) -> list[Cell]:
    team, latest = standing.team, standing.latest
    groups = [night.campaign.group(team, dimension) for dimension in night.campaign.settings.dimensions]
    arrived, file = (latest.arrived, visible(latest.file)) if latest else (None, None)
    counts = (standing.days_late, standing.versions, standing.errors, standing.queries)
    return [team.code, team.name, *groups, standing.status.title, arrived, *counts, remarks(standing), file]


def ranking_page(book: Book) -> Page:
    """Add the page of the ranking."""
    points = (Field(f"{c.title}\n（{c.most}）", 8, "0", "right", "各项得分") for c in CRITERIA)
    fields = (
        Field("名次", 5, "0", "center"), Field("编码", 7), Field(book.unit, 28), Field("得分", 6, "0", "right"), *points,
        Field("扣分理由", 34),
    )  # fmt: skip
    about = "各队报送质量得分，每一分的扣分理由和评分办法"
    page = book.page("排名", "报送质量排名", fields, about=about)
    page.sheet.set_portrait()  # of many short lines, more fit on upright paper
    return page


def fill_ranking(page: Page, night: Night) -> None:
    """Write the teams in order of their points, and how points are given. Of many that lost the same for the same reasons the
    names stand together below one line: most of a list that prints on many sheets says the same."""
    page.freeze(3)
    alike: dict[tuple[int, tuple[int, ...], tuple[str, ...]], list[Place]] = {}
    for place in rank(night.standings):
        alike.setdefault((-place.total, place.points, place.reasons), []).append(place)
    for (_, points, reasons), places in sorted(alike.items(), key=lambda each: each[0][0]):
        if len(places) < FEW_ALIKE:
            page.rows([_ranked(place) for place in places])
            continue
        why = "；".join(reasons) or NO_LOSS
        page.line([places[0].rank, None, f"并列 {len(places)} 个：", places[0].total, *points, why])
        for names in in_cells([place.standing for place in places], MOST_NAMED):
            page.spanned((names, 0, page.last))
    page.close(
        (
            "本排名只反映报表的报送质量，供研究时参考。",
            "得分相同的名次并列，得分和扣分理由都相同的列在一起，按名录顺序排列；免报的不参加排名。",
            *(f"{criterion.title}（{criterion.most} 分）：{criterion.says}。" for criterion in CRITERIA),
        )
    )


def in_cells(standings: Sequence[Standing], most: int) -> list[str]:
    """Give the names of teams as texts for cells, at most so many in each."""
    names = [standing.team.name for standing in standings]
    return ["、".join(names[start : start + most]) for start in range(0, len(names), most)]


def _ranked(place: Place) -> list[Cell]:
    team, why = place.standing.team, "；".join(place.reasons) or NO_LOSS
    return [place.rank, team.code, team.name, place.total, *place.points, why]
