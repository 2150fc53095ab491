"""The summary workbook: the district's figures for its leaders; each total opens into the workbook of what is behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pipeline.model import Standing
from pipeline.night import Night
from pipeline.publish.excel.cells import COUNT, SHARE, Field, Formula, Link, number_format, outside, short_day
from pipeline.publish.excel.charts import Series, draw
from pipeline.publish.excel.sheetwriter import Book, Page
from pipeline.publish.phrases.remarks import remarks, why_uncounted
from pipeline.publish.phrases.revised import revisions
from pipeline.publish.phrases.tallies import Coverage, beyond_announced
from pipeline.publish.summary.breakdowns import (
    dimension_page,
    fill_dimension,
    fill_ranking,
    fill_teams,
    fill_timeliness,
    in_cells,
    ranking_page,
    teams_page,
    timeliness_page,
)
from pipeline.publish.summary.changes import changes_page, fill_changes
from pipeline.publish.summary.quality import (
    definition_page,
    fill_definitions,
    fill_quality,
    fill_rules,
    quality_page,
    rules_page,
)
from pipeline.publish.summary.revised import fill_revised, revised_page
from pipeline.publish.summary.sources import fill_ledgers, fill_sources, ledger_page, sources_page

SUMMARY, SOURCES = "汇总表.xlsx", "数据来源.xlsx"  # the one beside the other
MOST_NAMED = 20  # in one cell: taller ones leave gaps where sheets end
BEYOND = "▲"  # stands before what a total has more than was announced; it prints, and its note begins with it


def write_summary(night: Night, path: Path) -> None:
    """Write the summary workbook, which is what leaders read, also on paper; and beside it that of the rows behind it.

    Pages are laid out in reading order, and filled from the rows up to the totals.
    """
    behind, blocks = write_sources(night, path.with_name(SOURCES))
    with Book(path, night, f"{night.campaign.settings.title}情况汇总", is_numbered=True) as book:
        contents, district, changes = _contents_page(book), _district_page(book), changes_page(book)
        issue = night.issued if night.issued and revisions(night.issued, night) else None
        revised = revised_page(book, issue) if issue else None
        dimensions = {name: dimension_page(book, title) for name, title in night.campaign.settings.dimensions.items()}
        teams, timeliness, ranking = teams_page(book), timeliness_page(book), ranking_page(book)
        quality, definitions = quality_page(book), definition_page(book)

        sums = fill_teams(teams, night)
        for dimension, page in dimensions.items():
            fill_dimension(page, night, dimension, blocks)
        _fill_district(district, night, sums, blocks)
        fill_changes(changes, night, blocks)
        if issue and revised:
            fill_revised(revised, night, issue)
        fill_timeliness(timeliness, night)
        fill_ranking(ranking, night)
        fill_quality(quality, night)
        fill_definitions(definitions, night)
        _fill_contents(contents, night, behind)


def write_sources(night: Night, path: Path) -> tuple[Sequence[Page], dict[str, str]]:
    """Write the workbook of what totals are made of: each figure with its cell, the ledgers' rows, and the rules they passed.

    Gives its pages, and where each indicator's total stands there, for links of a workbook beside it.
    """
    with Book(path, night, f"{night.campaign.settings.title}数据来源", is_numbered=True) as book:
        sources = sources_page(book)
        ledgers = {sheet: ledger_page(book, sheet) for sheet in night.campaign.form.ledgers}
        rules = rules_page(book)
        blocks = fill_sources(sources, night, fill_ledgers(ledgers, night))
        fill_rules(rules, night)
        return book.pages, {name: outside(path.name, target) for name, target in blocks.items()}


# -- contents: the head figures, and what is in the workbook


def _contents_page(book: Book) -> Page:
    fields = (
        Field("序", 6, align="center"), Field("报送情况", 24), Field(f"{book.unit}数", 12, COUNT, "right"), Field("说明", 50),
    )  # fmt: skip
    return book.page("目录", f"{book.night.campaign.settings.title}情况汇总", fields)


def _fill_contents(page: Page, night: Night, behind: Sequence[Page]) -> None:
    first = page.row
    for number, (title, value, says) in enumerate(_head_figures(night), 1):
        page.line([str(number), title, value, says], formats={2: SHARE} if isinstance(value, float) else None)
    page.block("各表索引", ("序", 0, 0), ("表名", 1, 1), ("行数", 2, 2), ("内容", 3, 3))
    for number, other in enumerate(page.book.pages[1:], 1):
        page.line([str(number), Link(other.target(0), other.name), other.lines, other.about])
    page.block(f"{SOURCES} 各表（不必打印）", ("序", 0, 0), ("表名", 1, 1), ("行数", 2, 2), ("内容", 3, 3))
    for number, other in enumerate(behind, 1):
        page.line([str(number), Link(outside(SOURCES, other.target(0)), other.name), other.lines, other.about])
    page.close(
        (
            f"蓝色带下划线的名称和数字可以点击，转到对应的表；合计转到同一文件夹中的 {SOURCES}。",
            f"横线“—”表示零。没有计入的{page.book.unit}写“未报”“退改”，不按零计算。",
        )
    )
    draw(page, "bar", f"{page.book.unit}报送情况", first + 2, first + 5, 1, [Series(f"{page.book.unit}数", 2)])


def _head_figures(night: Night) -> list[tuple[str, int | float, str]]:
    returns, coverage = night.returns(), Coverage.of(night.standings)
    earlier = sum(standing.counts_earlier for standing in night.standings)
    due = short_day(night.period.due)
    return [
        ("应报", coverage.expected, f"名录中的{night.campaign.settings.unit}，不含免报"),
        ("已报", coverage.received, "已收到报表，不论审核结果"),
        ("审核通过", returns["accepted"], "没有未整改的错误"),
        ("退改", returns["held"], f"有错误须改正；其中 {earlier} 个按前次审核通过的数计入"),
        ("未报", returns["missing"], "尚未收到报表"),
        ("免报", returns["excused"], "经批准本期不报"),
        ("待核实", returns["queried"], "审核通过并已计入，有事项尚待说明"),
        ("迟报", returns["late"], f"在 {due}截止之后收到"),
        ("零报告", returns["nil"], "报告本期没有任何情况"),
        ("计入汇总", coverage.counted, "其数字计入各项合计"),
        ("报送率", coverage.received_share, "已报占应报的比例"),
        ("汇总率", coverage.counted_share, "计入汇总占应报的比例"),
    ]


# -- the district, and who is not in its totals


def _district_page(book: Book) -> Page:
    district = book.night.campaign.settings.district
    name = f"全{district}汇总" if len(district) == 1 else f"{district}汇总"
    teams, announced = f"{book.unit}（个）", "控制总数"
    fields = (
        Field("指标", 22), Field("计量单位", 10, align="center"), Field("合　计", 14, align="right"),
        Field("计入", 10, COUNT, "right", teams), Field("应报", 10, COUNT, "right", teams),
        Field("汇总率", 10, SHARE, "right", teams), Field("公布数", 14, align="right", band=announced),
        Field("相差", 13, align="right", band=announced), Field("数据来源", 14, align="center"),
    )  # fmt: skip
    about = f"各项指标的合计、计入的{book.unit}数，没有计入的{book.unit}名单"
    page = book.page(name, f"{book.night.campaign.settings.title}{name}", fields, about=about)
    page.sheet.set_portrait()  # its lists of names are long
    return page


def _fill_district(page: Page, night: Night, sums: Mapping[str, str], blocks: Mapping[str, str]) -> None:
    indicators = night.campaign.form.declared.indicators()
    for name, total in night.consolidation.totals.items():
        value = Link(blocks[name], Formula(f"={sums[name]}", total.value))
        share = total.reported / total.expected if total.expected else 0.0
        difference = None if total.announced is None else total.value - total.announced
        figure = number_format(indicators[name])
        page.line(
            [
                total.title, total.unit, value, total.reported, total.expected, share,
                total.announced, difference, Link(blocks[name], "查看明细"),
            ],
            formats={2: figure, 6: figure, 7: f'"{BEYOND} "{figure}' if total.is_beyond else figure},
        )  # fmt: skip
    absent = [standing for standing in night.standings if standing.counted is None]
    earlier = [standing for standing in night.standings if standing.counts_earlier]
    queried = [standing for standing in night.standings if standing.is_queried]
    _list_teams(page, f"没有计入合计的{page.book.unit}", absent, why_uncounted)
    _list_teams(page, f"最新一份退改、按前次审核通过的数计入的{page.book.unit}", earlier, remarks)
    _list_teams(page, f"已计入合计、但有事项待核实的{page.book.unit}", queried, remarks)
    page.close(
        (
            f"“相差”为合计减公布数；{page.book.unit}没有全部计入时，相差中含没有计入的部分。",
            *(
                f"{BEYOND} {line}。请核对有无重复计入或填错单位的。"
                for line in beyond_announced(night.consolidation.totals.values())
            ),
        )
    )


def _list_teams(page: Page, heading: str, standings: Sequence[Standing], says: Callable[[Standing], str]) -> None:
    """Name the teams below the table, those of whom the same is said together; also says so if there is none."""
    spans = ((0, 0), (1, 2), (3, 8))
    heads = zip(("状态", "情况", page.book.unit), spans, strict=True)
    page.block(f"{heading}（{len(standings)} 个）", *((text, *span) for text, span in heads))
    alike: dict[tuple[str, str], list[Standing]] = {}
    for standing in standings:
        alike.setdefault((standing.status.title, says(standing)), []).append(standing)
    for (status, said), teams in alike.items():
        for names in in_cells(teams, MOST_NAMED):
            texts = (f"{status} {len(teams)} 个", said, names)
            page.spanned(*((text, *span) for text, span in zip(texts, spans, strict=True)))
    if not standings:
        page.spanned(("没有。", 0, 8))
