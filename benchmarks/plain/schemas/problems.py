"""问题台账: problems that were raised, and what became of them."""

from pipeline.declare import ERROR, Choice, Code, Count, Day, Money, Rows, Sheet, Text, Truths, column, rule
from .roster import FIRST, LAST
from .visits import CATEGORIES

CLOSED = "已办结"


class Problems(Sheet):
    """One row per problem."""

    serial: Count = column("序号", ge=0, le=10000, width=6)
    code: Code = column("问题编号", pattern=r"W\d{3}-\d{3}", pattern_says="W 加三位队号、三位顺序号，如 W001-001")
    category: Choice = column("问题类别", choices=CATEGORIES)
    description: Text = column("问题描述", width=48)
    raised_on: Day = column("提出日期", ge=FIRST, le=LAST)
    raised_by: Text = column("提出人", width=12)
    office: Text = column("责任单位", width=18)
    responsible: Text = column("责任人", width=12)
    state: Choice = column("办理状态", choices=(CLOSED, "办理中", "未办理"), width=12)
    closed_on: Day = column("办结日期", required=False, ge=FIRST, le=LAST)
    spent: Money = column("投入资金", unit="万元", ge=0, le=10000, width=12)
    note: Text = column("备注", required=False, width=20)

    class Config:
        title = "问题台账"
        key = "serial"
        total_row = "合计"


@rule(
    "W01",
    ERROR,
    blames=Problems.closed_on,
    reads_blanks=True,
    says="办理状态为“{state}”，却没有办结日期。请补填办结日期。",
    passing=[{"state": CLOSED, "closed_on": "2026-06-01"}, {"state": "办理中"}],
    failing=[{"state": CLOSED}],
)
def closed_has_a_day(problems: Rows) -> Truths:
    """已办结的问题有办结日期。"""
    return (problems["state"] != CLOSED) | problems["closed_on"].notna()
