"""工作账: what the team undertook to do."""

from pipeline.declare import ERROR, Choice, Day, Name, Rows, Serial, Sheet, Text, Truths, column, rule
from .roster import Roster

STATES = ("已完成", "进行中", "未启动")


class Work(Sheet):
    """One row per item on the team's work list."""

    serial: Serial = column("序号", width=6)
    item: Text = column("工作事项", aliases=["工作内容", "事项"], max_length=200, width=44, examples=["走访全部驻点农户并登记诉求", "召开动员会并公布监督电话", "协调解决项目用地手续", "帮助企业办理贷款手续", "整治村内环境卫生"])
    responsible: Name = column("责任人", in_column=Roster.name, width=12)
    started_on: Day = column("启动日期", within="campaign")
    due_on: Day = column("完成时限", aliases=["计划完成日期"])
    state: Choice = column("进展情况", aliases=["状态"], choices=STATES, synonyms={"完成": "已完成", "正在进行": "进行中"}, width=12)
    done_on: Day = column("完成日期", required=False, within="campaign")
    note: Text = column("备注", required=False, width=20)

    class Config:
        title = "工作账"
        key = "serial"
        rows = 20
        aliases = ("工作台账",)


@rule(
    "G01",
    ERROR,
    blames=Work.due_on,
    says="完成时限 {due_on} 早于启动日期 {started_on}。请核对两个日期。",
    passing=[{"started_on": "2011-03-10", "due_on": "2011-03-10"}],
    failing=[{"started_on": "2011-03-10", "due_on": "2011-03-09"}],
)
def due_after_start(work: Rows) -> Truths:
    """完成时限不早于启动日期。"""
    return work["due_on"] >= work["started_on"]


@rule(
    "G02",
    ERROR,
    blames=Work.done_on,
    reads_blanks=True,
    says="进展情况为“{state}”，完成日期为“{done_on}”，两者不符。已完成的请填完成日期，未完成的不要填。",
    passing=[{"state": "已完成", "done_on": "2011-03-20"}, {"state": "进行中"}],
    failing=[{"state": "已完成"}, {"state": "进行中", "done_on": "2011-03-20"}],
)
def done_has_a_date(work: Rows) -> Truths:
    """已完成的事项有完成日期，未完成的没有。"""
    return (work["state"] == "已完成") == work["done_on"].notna()
