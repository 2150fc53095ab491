"""Write synthetic returns of the benchmark's form, one workbook per team: `python benchmarks/generate.py FOLDER`.

The form is a made-up one with four sheets, dressed as offices dress theirs: a merged title that names team and quarter,
group headers over column headers, a row of units, borders, drop-downs, and a row of sums at the foot. Nothing but
that title tells whose return it is. The same seed and options give the same cells.
"""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import xlsxwriter

COUNTIES = ("安和县", "宁远县", "清河县", "东山县", "石门县", "平湖区")
COUNTIES += ("新田县", "大埔县", "永丰县", "云岭县", "白沙县")
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英华玉兰"
REQUESTS = (
    "希望硬化入户道路约三百米,雨季泥泞难行",
    "申请大病医疗救助,家中老人长期服药",
    "请求协助销售柑橘约两千斤",
    "希望安装路灯并维修饮水管道",
    "子女就业困难,希望推荐县内岗位",
    "无",
    "要求解决宅基地边界纠纷",
    "希望开展养殖技术培训",
    "低保资格复核申请",
    "农田水利渠道堵塞需要清淤",
)
CATEGORIES = ("基础设施", "医疗卫生", "产业发展", "就业创业", "矛盾纠纷", "社会保障", "教育助学")
STATES = ("已办结", "办理中", "未办理")
LEVELS = ("省级", "市级", "县级", "乡级")
SENDERS = ("县委组织部", "县财政局", "县教育局", "市农商行", "省国资委")
DUTIES = ("队长", "第一书记", "队员")
OFFICES = ("县交通局", "县卫健局", "县农业农村局", "县民政局", "乡政府")
INDICATORS = {
    "派驻干部人数": "人",
    "在岗天数": "天",
    "走访户数": "户",
    "走访人次": "人次",
    "收集诉求": "件",
    "办结诉求": "件",
    "协调项目": "个",
    "到位资金": "万元",
    "培训场次": "场",
    "培训人次": "人次",
    "化解矛盾": "起",
    "帮销农产品": "万元",
}
FAULTS = ("约3", "不详", "2026.13.45", -5, "五月")
QUARTER, QUARTER_STARTS = "2026年第二季度", dt.datetime(2026, 4, 1)

FIRST_ROW = 4  # of records, from 0: below title, group headers, headers and units

Row = list[Any]


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


def team_name(number: int) -> str:
    """Name the team of that number, from 0."""
    return f"{COUNTIES[number % len(COUNTIES)]}第{number + 1:03d}工作队"


# Rows. The order of draws is what makes a seed mean the same cells in every version of this file.


def person(draw: Random) -> str:
    """Make up a name of two or three characters."""
    surname = draw.choice(SURNAMES)
    return surname + "".join(draw.choice(GIVEN) for _ in range(draw.choice((1, 2, 2))))


def day(draw: Random, first: int, last: int) -> dt.datetime:
    """Pick a day by its distance in days from the quarter's first."""
    return QUARTER_STARTS + dt.timedelta(days=draw.randint(first, last))


def visit(draw: Random, number: int, cadres: Sequence[str]) -> Row:
    """Make up one visit."""
    host = person(draw)
    hamlet = f"{draw.choice('东西南北上下')}{draw.choice('坪坝湾冲溪')}村{draw.randint(1, 12)}组"
    household, on, cadre = draw.randint(1, 8), day(draw, 0, 90), draw.choice(cadres)
    return [number, host, hamlet, household, on, cadre, draw.choice(CATEGORIES), draw.choice(REQUESTS)]


def problem(draw: Random, number: int, team: int) -> Row:
    """Make up one problem, closed or not."""
    category, request = draw.choice(CATEGORIES), draw.choice(REQUESTS)
    described = f"{request}({person(draw)}反映)"
    raised, raiser = day(draw, 0, 60), person(draw)
    office, responsible, state = draw.choice(OFFICES), person(draw), draw.choice(STATES)
    closed = day(draw, 61, 90) if state == STATES[0] else None
    spent = round(draw.random() * 20, 2)
    note = "" if draw.random() < 0.7 else "持续跟进"
    code = f"W{team + 1:03d}-{number:03d}"
    return [number, code, category, described, raised, raiser, office, responsible, state, closed, spent, note]


def member(draw: Random, number: int, name: str) -> Row:
    """Make up the particulars of one cadre."""
    sex, sender, duty, level = draw.choice("男女"), draw.choice(SENDERS), draw.choice(DUTIES), draw.choice(LEVELS)
    joined = QUARTER_STARTS - dt.timedelta(days=draw.randint(100, 700))
    return [number, name, sex, sender, duty, level, joined, f"13{draw.randint(10**8, 10**9 - 1)}"]


def figures(draw: Random, cadres: Sequence[str], visits: Sequence[Row]) -> list[Row]:
    """Make the declared indicators; some follow from the ledgers, the others are made up."""
    asked = sum(row[7] != "无" for row in visits)
    values = [len(cadres), 88, len(visits), len(visits) * 2, asked, 90]
    values += [draw.randint(1, 9), round(draw.random() * 300, 2), draw.randint(1, 9), draw.randint(50, 400)]
    values += [draw.randint(0, 20), round(draw.random() * 50, 2)]
    return [[title, unit, value] for (title, unit), value in zip(INDICATORS.items(), values, strict=True)]


def spoiled(draw: Random, rows: Sequence[Row], kinds: str, share: float) -> list[Row]:
    """Replace that share of the whole numbers and days by something that is neither; a row's own number stays."""
    if not share:
        return list(rows)
    return [
        [
            draw.choice(FAULTS) if kind in "nd" and column and draw.random() < share else value
            for column, (kind, value) in enumerate(zip(kinds, row, strict=True))
        ]
        for row in rows
    ]


# Workbooks.


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


def write_returns(folder: Path, count: int, *, seed: int = 1, bad: float = 0.0, visits: int = 205) -> None:
    """Write the returns of the first `count` teams into a folder. visits: how many a team makes, on average."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        write_return(folder / f"return_{number + 1:05d}.xlsx", number, seed=seed, bad=bad, visits=visits)


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
