"""What the benchmark's returns say: made-up teams, people, visits and figures.

The order of draws is what makes a seed mean the same cells in every version of this file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from random import Random
from typing import Any

COUNTIES: tuple[str, ...] = ("安和县", "宁远县", "清河县", "东山县", "石门县", "平湖区")
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
MOST_NUMBERED = 999  # a problem's code has three digits for the team; beyond that they begin again
QUARTER, QUARTER_STARTS = "2026年第二季度", dt.datetime(2026, 4, 1)

Row = list[Any]


def county(number: int) -> str:
    """Name the county of the team of that number, from 0."""
    return COUNTIES[number % len(COUNTIES)]


def team_name(number: int) -> str:
    """Name the team of that number, from 0."""
    return f"{county(number)}第{number + 1:03d}工作队"


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
    code = f"W{team % MOST_NUMBERED + 1:03d}-{number:03d}"
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
