"""Write synthetic returns of the benchmark's form, one workbook per team: `python benchmarks/generate.py FOLDER`.

The form is a made-up one with four sheets, dressed as offices dress theirs: a merged title that names team and quarter,
group headers over column headers, a row of units, borders, drop-downs, and a row of sums at the foot. Nothing but
that title tells whose return it is. The same seed and options give the same cells.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import xlsxwriter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for a script that is run by its path

from benchmarks.made_up import (
    CATEGORIES,
    LEVELS,
    QUARTER,
    QUARTER_STARTS,
    STATES,
    Row,
    county,
    figures,
    member,
    person,
    problem,
    spoiled,
    team_name,
    visit,
)

FIRST_ROW = 4  # of records, from 0: below title, group headers, headers and units


@dataclass(frozen=True)
class Printed:
    """One sheet as printed.

    kinds: one letter per column: t text, n whole number, m money, d day. summed: the columns with a sum at the foot.
    choices: column -> what its drop-down offers.
    """

    title: str
    headers: Sequence[tuple[str, Sequence[str]]]
    kinds: str
    units: Sequence[str]
    widths: Sequence[int]
    summed: Sequence[int] = ()
    choices: Sequence[tuple[int, Sequence[str]]] = ()


ROSTER = Printed(
    "骨干名册",
    [("基本信息", ("序号", "姓名", "性别", "派出单位")), ("驻村情况", ("职务", "层级", "到岗日期", "联系电话"))],
    "ntttttdt",
    ["", "", "", "", "", "", "年-月-日", ""],
    [6, 12, 6, 18, 12, 8, 14, 16],
    choices=[(2, ("男", "女")), (5, LEVELS)],
)
VISITS = Printed(
    "走访台账",
    [
        ("走访对象", ("序号", "户主姓名", "村组", "家庭人口")),
        ("走访情况", ("走访日期", "走访干部", "诉求类别", "诉求内容")),
    ],
    "nttndttt",
    ["", "", "", "人", "年-月-日", "", "", ""],
    [6, 12, 16, 10, 14, 12, 14, 44],
    summed=[3],
    choices=[(6, CATEGORIES)],
)
PROBLEMS = Printed(
    "问题台账",
    [
        ("问题基本情况", ("序号", "问题编号", "问题类别", "问题描述", "提出日期", "提出人")),
        ("办理情况", ("责任单位", "责任人", "办理状态", "办结日期", "投入资金", "备注")),
    ],
    "ntttdttttdmt",
    ["", "", "", "", "年-月-日", "", "", "", "", "年-月-日", "万元", ""],
    [6, 14, 14, 48, 14, 12, 18, 12, 12, 14, 12, 20],
    summed=[10],
    choices=[(8, STATES), (2, CATEGORIES)],
)


def summary_of(team: str) -> Printed:
    """Give the sheet of indicators, whose group header names the team."""
    headers = [(f"填报单位:{team}", ("指标名称", "计量单位", "数值"))]
    return Printed("汇总表", headers, "ttm", ["—", "—", "按单位"], [24, 12, 16])


class Styles:
    """The formats of one workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        cell = {"font_name": "宋体", "font_size": 11, "border": 1, "valign": "vcenter"}
        centred = {**cell, "align": "center"}
        self.title = book.add_format(
            {"font_name": "黑体", "font_size": 18, "bold": True, "align": "center", "valign": "vcenter"}
        )
        self.header = book.add_format({**centred, "bold": True, "bg_color": "#D9E1F2", "text_wrap": True})
        self.unit = book.add_format({**centred, "italic": True, "font_color": "#7F7F7F"})
        self.sum = book.add_format({**cell, "bold": True, "bg_color": "#FFF2CC"})
        self.alarm = book.add_format({"bg_color": "#FFC7CE"})
        self.of_kind = {
            "t": book.add_format({**cell, "text_wrap": True}),
            "n": book.add_format({**cell, "num_format": "0"}),
            "m": book.add_format({**cell, "num_format": "#,##0.00"}),
            "d": book.add_format({**centred, "num_format": "yyyy-mm-dd"}),
        }


def write_return(path: Path, number: int, *, seed: int, bad: float, visits: int) -> None:
    """Write the return of one team, counted from 0."""
    draw = Random(seed * 100_003 + number)
    cadres = [person(draw) for _ in range(draw.randint(9, 13))]
    visit_count = max(1, int(draw.gauss(visits, visits * 0.08)))
    visited = [visit(draw, k, cadres) for k in range(1, visit_count + 1)]
    problems = [problem(draw, k, number) for k in range(1, draw.randint(11, 17) + 1)]
    indicators = figures(draw, cadres, visited)
    members = [member(draw, k, name) for k, name in enumerate(cadres, 1)]
    with xlsxwriter.Workbook(path) as book:
        styles, team = Styles(book), team_name(number)
        write_sheet(book, styles, team, summary_of(team), indicators, indicators)
        for printed, rows in ((ROSTER, members), (VISITS, visited), (PROBLEMS, problems)):
            sheet = write_sheet(book, styles, team, printed, rows, spoiled(draw, rows, printed.kinds, bad))
            if printed is VISITS:
                add_bounds(sheet, styles, FIRST_ROW + len(rows) - 1)


def write_sheet(
    book: xlsxwriter.Workbook, styles: Styles, team: str, printed: Printed, meant: Sequence[Row], rows: Sequence[Row]
) -> Any:
    """Write one sheet. rows is what stands in the cells; the sums at the foot are still those of what was meant."""
    sheet, last = book.add_worksheet(printed.title), len(printed.kinds) - 1
    sheet.merge_range(0, 0, 0, last, f"{team}{printed.title}({QUARTER})", styles.title)
    sheet.set_row(0, 30)
    column = 0
    for group, titles in printed.headers:
        sheet.merge_range(1, column, 1, column + len(titles) - 1, group, styles.header)
        sheet.write_row(2, column, titles, styles.header)
        column += len(titles)
    sheet.write_row(3, 0, printed.units, styles.unit)
    for column, width in enumerate(printed.widths):
        sheet.set_column(column, column, width)
    for line, (row, should) in enumerate(zip(rows, meant, strict=True), FIRST_ROW):
        for column, (value, kind) in enumerate(zip(row, printed.kinds, strict=True)):
            style = styles.of_kind[kind if value == should[column] else "t"]
            write_cell(sheet, line, column, value, style)
    write_foot(sheet, styles, printed, meant)
    for column, offered in printed.choices:
        rule = {"validate": "list", "source": list(offered)}
        sheet.data_validation(FIRST_ROW, column, FIRST_ROW + len(rows) - 1, column, rule)
    sheet.freeze_panes(FIRST_ROW, 2)
    return sheet


def write_cell(sheet: Any, line: int, column: int, value: Any, style: Any) -> None:
    """Write one value as what it is."""
    if value is None:
        sheet.write_blank(line, column, None, style)
    elif isinstance(value, dt.datetime):
        sheet.write_datetime(line, column, value, style)
    else:
        sheet.write(line, column, value, style)


def write_foot(sheet: Any, styles: Styles, printed: Printed, meant: Sequence[Row]) -> None:
    """Write the row of sums below the records."""
    foot = FIRST_ROW + len(meant)
    for column in range(len(printed.kinds)):
        sheet.write_blank(foot, column, None, styles.sum)
    sheet.write(foot, 0, "合计", styles.sum)
    for column in printed.summed:
        letter = chr(ord("A") + column)
        formula = f"=SUM({letter}{FIRST_ROW + 1}:{letter}{foot})"
        sheet.write_formula(foot, column, formula, styles.sum, sum(row[column] for row in meant))


def add_bounds(sheet: Any, styles: Styles, last: int) -> None:
    """Bound the days and households of visits, paint large households, and add a filter."""
    quarter = {"minimum": QUARTER_STARTS, "maximum": QUARTER_STARTS + dt.timedelta(days=91)}
    sheet.data_validation(FIRST_ROW, 4, last, 4, {"validate": "date", "criteria": "between", **quarter})
    persons = {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 20}
    sheet.data_validation(FIRST_ROW, 3, last, 3, persons)
    large = {"type": "cell", "criteria": ">", "value": 7, "format": styles.alarm}
    sheet.conditional_format(FIRST_ROW, 3, last, 3, large)
    sheet.autofilter(FIRST_ROW - 2, 0, last, len(VISITS.kinds) - 1)


def write_returns(
    folder: Path,
    count: int,
    *,
    seed: int = 1,
    bad: float = 0.0,
    wrong: float = 1.0,
    visits: int = 205,
    workers: int = 1,
) -> None:
    """Write the returns of the first `count` teams into a folder.

    bad: share of unreadable cells. wrong: in which share of the returns. visits: how many a team makes, on average.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write = partial(_write_numbered, folder, seed=seed, bad=bad, wrong=wrong, visits=visits)
    if workers == 1:
        for number in range(count):
            write(number)
        return
    with ProcessPoolExecutor(workers) as pool:
        for _ in pool.map(write, range(count), chunksize=20):
            pass


def _write_numbered(folder: Path, number: int, *, seed: int, bad: float, wrong: float, visits: int) -> None:
    spoil = bad if int((number + 1) * wrong) > int(number * wrong) else 0.0
    write_return(folder / file_name(number), number, seed=seed, bad=spoil, visits=visits)


def file_name(number: int) -> str:
    """Name the file of that team, counted from 0."""
    return f"return_{number + 1:05d}.xlsx"


def write_register(path: Path, count: int) -> None:
    """Write the register of the first `count` teams."""
    lines = ["code,name,kind,post,township"]
    for number in range(count):
        place, of = f"{number + 1:03d}", county(number)
        lines.append(f"G{place},{team_name(number)},驻村工作队,{of}第{place}村,{of}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-n", "--count", type=int, default=187, help="how many returns (default 187)")
    parser.add_argument(
        "--bad", type=float, default=0.0, help="share of whole numbers and days that are made unreadable"
    )
    parser.add_argument("--visits", type=int, default=205, help="visits per return, on average (default 205)")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    write_returns(args.folder, args.count, seed=args.seed, bad=args.bad, visits=args.visits)


if __name__ == "__main__":
    main()
