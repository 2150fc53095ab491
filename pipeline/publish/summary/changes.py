"""The page that sets tonight's totals beside those given out before: last night's, and the last period's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.model import Number
from pipeline.night import GivenOut, Night
from pipeline.publish.excel.cells import COUNT, Cell, Field, Link, number_format, short_day
from pipeline.publish.excel.sheetwriter import Book, Page


def changes_page(book: Book) -> Page:
    """Add the page."""
    night = book.night
    now = f"本次（{short_day(night.as_of)}）"
    last_night = f"上次（{short_day(night.last_night.as_of)}）" if night.last_night else "上次（没有）"
    last_period = f"上期（{night.last_period.period.title}）" if night.last_period else "上期（没有）"
    figures = [
        field
        for band in (last_night, last_period)
        for field in (
            Field("合计", 13, align="right", band=band), Field("计入", 8, COUNT, "right", band),
            Field("增减", 12, align="right", band=band),
        )
    ]  # fmt: skip
    fields = (
        Field("指标", 22), Field("计量单位", 10, align="center"), Field("合计", 13, align="right", band=now),
        Field("计入", 8, COUNT, "right", now), *figures,
    )  # fmt: skip
    return book.page("增减", "各项指标增减情况", fields, about="各项合计比上次、上期增减多少")


def fill_changes(page: Page, night: Night, blocks: Mapping[str, str]) -> None:
    """Write one line per indicator. blocks: indicator -> address of its total's sources."""
    indicators = night.campaign.form.declared.indicators()
    for name, total in night.consolidation.totals.items():
        figure = number_format(indicators[name])
        cells: list[Cell] = [total.title, total.unit, Link(blocks[name], total.value), total.reported]
        for before in (night.last_night, night.last_period):
            value, reported = _of(before, name)
            cells += [value, reported, None if value is None else total.value - value]
        page.line(cells, formats=dict.fromkeys((2, 4, 7), figure) | dict.fromkeys((6, 9), f"+{figure}"))
    page.close(
        (
            f"“计入”是合计中包含的{page.book.unit}数。两次计入的{page.book.unit}不同的，增减中含因此增加或减少的部分。",
            "“上次”是本报告期前一次汇总的结果，“上期”是前一个报告期最后一次汇总的结果。没有可比的，空着不填。",
            *(f"上期的“{title}”为 {value:,}，本期不再填报。" for title, value in _ended(night)),
        )
    )


def _ended(night: Night) -> Iterator[tuple[str, Number]]:
    """Give the indicators of the period before that the form has no more."""
    if night.last_period is not None:
        titles = night.campaign.form_for(night.last_period.period.key).declared.indicators()
        for name, (value, _) in night.last_period.values.items():
            if name in titles and name not in night.consolidation.totals:
                yield str(titles[name].title), value


def _of(before: GivenOut | None, name: str) -> tuple[Number, int] | tuple[None, None]:
    return before.values.get(name, (None, None)) if before else (None, None)
