"""走访台账: visits to households."""

from pipeline.declare import Choice, Count, Day, Sheet, Text, column
from .roster import FIRST, LAST, NAME

CATEGORIES = ("基础设施", "医疗卫生", "产业发展", "就业创业", "矛盾纠纷", "社会保障", "教育助学")


class Visits(Sheet):
    """One row per visit to a household."""

    serial: Count = column("序号", ge=0, le=10000, width=6)
    host: Text = column("户主姓名", **NAME, width=12)
    hamlet: Text = column("村组", width=16)
    household: Count = column("家庭人口", unit="人", ge=0, le=10000, width=10)
    visited_on: Day = column("走访日期", ge=FIRST, le=LAST)
    cadre: Text = column("走访干部", **NAME, width=12)
    category: Choice = column("诉求类别", choices=CATEGORIES)
    request: Text = column("诉求内容", width=44)

    class Config:
        title = "走访台账"
        key = "serial"
        total_row = "合计"
