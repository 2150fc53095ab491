"""走访台账: visits to households, enterprises and projects."""

from pipeline.declare import QUERY, Count, Day, Name, Rows, Serial, Sheet, Text, Truths, column, rule
from .roster import Roster


class Visits(Sheet):
    """One row per visit to a household, an enterprise or a project."""

    serial: Serial = column("序号", width=6)
    visited_on: Day = column("走访日期", aliases=["日期"], within="campaign")
    host: Text = column("走访对象", aliases=["被走访人", "户主姓名"], max_length=60, width=24, examples=["王家冲组村民", "李家湾农户", "园区企业职工", "项目工地工人", "社区居民", "种养大户"])
    persons: Count = column("走访人数", aliases=["人数"], unit="人", ge=1, le=200)
    cadre: Name = column("走访干部", aliases=["干部", "走访人"], in_column=Roster.name, width=12)
    matter: Text = column("反映情况和诉求", was={"2011-03": "反映情况"}, aliases=["诉求内容", "主要情况"], required=False, max_length=300, width=40, examples=["希望硬化入户道路", "请求协助销售农产品", "无新的诉求", "反映饮水不便", "希望提供技术培训"])
    reply: Text = column("答复情况", required=False, since="2011-04", max_length=100, width=24, examples=["当场答复", "已转有关单位", "下次走访时答复"])

    class Config:
        title = "走访台账"
        key = "serial"
        total_row = "合计"
        rows = 60
        aliases = ("走访记录", "走访登记表")


@rule(
    "V12",
    QUERY,
    blames=Visits.persons,
    says="一次走访 {persons} 人，超过通常的 {usual} 人。请核对“走访人数”；如属实，请在核实说明中写明情况。",
    passing=[{"persons": 60}],
    failing=[{"persons": 61}],
)
def unusual_party(visits: Rows, usual: int = 60) -> Truths:
    """一次走访的人数不宜过多。"""
    return visits["persons"] <= usual


@rule(
    "V13",
    QUERY,
    blames=Visits.cadre,
    says="{cadre} 在 {visited_on} 一天走访超过 {most} 次。如属实，请在核实说明中写明情况。",
    passing=[{"visits": [{"cadre": "王伟", "visited_on": "2011-03-10", "persons": 2}] * 20}],
    failing=[{"visits": [{"cadre": "王伟", "visited_on": "2011-03-10", "persons": 2}] * 21}],
)
def possible_day(visits: Rows, most: int = 20) -> Truths:
    """一名干部一天走访的次数不宜过多。"""
    return visits.groupby(["submission", "cadre", "visited_on"])["cadre"].transform("size") <= most
