"""纪律情况: the “five don'ts and one must” (五不准一坚持), reported for each member."""

from pipeline.declare import ERROR, Count, Name, Rows, Serial, Sheet, Text, Truths, YesNo, column, rule
from .roster import Roster


class Discipline(Sheet):
    """One row per member of the team."""

    serial: Serial = column("序号", width=6)
    member: Name = column("姓名", in_column=Roster.name, unique=True, width=12)
    days_on_site: Count = column("在岗天数", unit="天", ge=0, le=366)
    no_feasting: YesNo = column("不准大吃大喝", note="做到填“是”，没有做到填“否”")
    no_gifts: YesNo = column("不准收受礼品")
    no_gambling: YesNo = column("不准参与赌博")
    no_burden: YesNo = column("不准增加基层负担")
    no_absence: YesNo = column("不准擅自离岗")
    lives_on_site: YesNo = column("坚持吃住在点")
    remark: Text = column("情况说明", required=False, width=24)

    class Config:
        title = "纪律情况"
        key = "member"
        rows = 20
        aliases = ("纪律执行情况",)


@rule(
    "E11",
    ERROR,
    blames=Discipline.remark,
    reads_blanks=True,
    says="有一项填“否”，却没有情况说明。请在情况说明中写明是哪一项、什么原因。",
    passing=[{"no_gifts": "否", "remark": "已按规定退回"}, {"no_gifts": "是"}],
    failing=[{"no_gifts": "否"}],
)
def a_breach_is_explained(discipline: Rows) -> Truths:
    """没有做到的纪律要求有情况说明。"""
    items = ["no_feasting", "no_gifts", "no_gambling", "no_burden", "no_absence", "lives_on_site"]
    breached = (discipline[items] == "否").any(axis=1)
    return ~breached | discipline["remark"].notna()
