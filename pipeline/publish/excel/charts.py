"""Charts below a page's table, drawn from its own cells, in two shades that differ in grey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.publish.excel.sheetwriter import Page

DARK, LIGHT = "#44546A", "#BFBFBF"
_LABELS = {"name": "宋体", "size": 9}


@dataclass(frozen=True, slots=True)
class Series:
    """One row of bars: what it is called, and the page's column that its values stand in."""

    name: str
    column: int
    colour: str = DARK


def draw(
    page: Page, shape: Literal["bar", "column"], title: str, first: int, last: int, names: int, series: Sequence[Series]
) -> None:
    """Draw rows first to last of a finished page. names: the column that names the bars."""
    chart = page.book.workbook.add_chart({"type": shape})
    for each in series:
        chart.add_series(
            {
                "name": each.name,
                "categories": [page.name, first, names, last, names],
                "values": [page.name, first, each.column, last, each.column],
                "fill": {"color": each.colour},
                "border": {"color": DARK},
                "gap": 60,
                "data_labels": {"value": True, "font": _LABELS},
            }
        )
    of_names = {"reverse": shape == "bar", "num_font": _LABELS}
    of_values = {"visible": False, "min": 0, "major_gridlines": {"visible": False}}
    chart.set_title({"name": title, "name_font": {"name": "黑体", "size": 11}, "overlay": False})
    chart.set_x_axis(of_values if shape == "bar" else of_names)
    chart.set_y_axis(of_names if shape == "bar" else of_values)
    chart.set_legend({"none": True} if len(series) == 1 else {"position": "bottom", "font": _LABELS})
    chart.set_size({"width": 640 if shape == "bar" else 960, "height": 260})
    page.sheet.fit_to_pages(1, 1)  # so that no chart is cut in two
    page.sheet.insert_chart(page.row + 1, 0, chart, {"x_offset": 8, "object_position": 1})
