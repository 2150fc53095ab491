"""问题账: the problems found, closed item by item (销号)."""

import datetime as dt

from pipeline.declare import ERROR, QUERY, Choice, Code, Day, Name, Rows, Sheet, Text, Truths, column, rule
from .roster import Roster

RESOLVED = "已解决"


class Problems(Sheet):
    """One row per problem found."""

    code: Code = column("问题编号", aliases=["编号"], unique=True, pattern=r"W\d{2,4}", pattern_says="W 加两到四位数字，如 W01", width=12, examples=["W01"])
    description: Text = column("问题描述", aliases=["问题内容", "存在问题"], max_length=300, width=44, examples=["村组道路破损，群众出行不便", "项目用地手续办理缓慢", "企业流动资金不足", "灌溉渠道淤塞", "部分群众饮水困难", "企业用工短缺"])
    category: Choice = column("问题类别", aliases=["类别"], choices=("基础设施", "民生保障", "项目推进", "企业发展", "矛盾纠纷", "机关作风"), width=12)
    found_on: Day = column("发现日期", aliases=["排查日期"], within="campaign")
    responsible: Name = column("责任人", in_column=Roster.name, width=12)
    due_on: Day = column("整改时限", aliases=["解决时限"])
    state: Choice = column("办理状态", aliases=["状态"], choices=(RESOLVED, "正在解决", "未解决"), synonyms={"解决": RESOLVED, "办理中": "正在解决"}, width=12)
    resolved_on: Day = column("解决日期", aliases=["销号日期"], required=False, within="campaign")
    note: Text = column("备注", required=False, width=20)

    class Config:
        title = "问题账"
        key = "code"
        rows = 30
        aliases = ("问题台账",)


@rule(
    "P02",
    ERROR,
    blames=Problems.resolved_on,
    reads_blanks=True,
    says="办理状态为“{state}”，解决日期为“{resolved_on}”，两者不符。已解决的请填解决日期，未解决的不要填。",
    passing=[{"state": RESOLVED, "resolved_on": "2011-03-20"}, {"state": "正在解决"}],
    failing=[{"state": RESOLVED}, {"state": "正在解决", "resolved_on": "2011-03-20"}],
)
def resolved_has_a_date(problems: Rows) -> Truths:
    """已解决的问题有解决日期，未解决的没有。"""
    return (problems["state"] == RESOLVED) == problems["resolved_on"].notna()


@rule(
    "P03",
    ERROR,
    blames=Problems.resolved_on,
    says="解决日期 {resolved_on} 早于发现日期 {found_on}。请核对两个日期。",
    passing=[{"found_on": "2011-03-10", "resolved_on": "2011-03-10"}],
    failing=[{"found_on": "2011-03-10", "resolved_on": "2011-03-09"}],
)
def resolved_after_found(problems: Rows) -> Truths:
    """解决日期不早于发现日期。"""
    return problems["resolved_on"] >= problems["found_on"]


@rule(
    "P04",
    ERROR,
    blames=Problems.due_on,
    says="整改时限 {due_on} 早于发现日期 {found_on}。请核对两个日期。",
    passing=[{"found_on": "2011-03-10", "due_on": "2011-03-10"}],
    failing=[{"found_on": "2011-03-10", "due_on": "2011-03-09"}],
)
def due_after_found(problems: Rows) -> Truths:
    """整改时限不早于发现日期。"""
    return problems["due_on"] >= problems["found_on"]


@rule(
    "P05",
    QUERY,
    blames=Problems.due_on,
    says="整改时限 {due_on} 距发现日期 {found_on} 超过 {longest} 天。如确需较长时间，请在核实说明中写明原因。",
    passing=[{"found_on": "2011-03-10", "due_on": "2011-06-08"}],
    failing=[{"found_on": "2011-03-10", "due_on": "2011-06-09"}],
)
def due_before_long(problems: Rows, longest: int = 90) -> Truths:
    """整改时限不宜过长。"""
    return (problems["due_on"] - problems["found_on"]) <= dt.timedelta(days=longest)


@rule(
    "P06",
    QUERY,
    blames=Problems.code,
    says="上期报表中没有解决的问题“{code}”（{description}），本期问题账中找不到这个“问题编号”。请补上这一行，写明现在的办理状态；如已改了编号或与别的问题合并，请在核实说明中写明。",
    passing=[
        {"problems_before": [{"code": "W01", "state": "未解决"}], "problems": [{"code": "W01", "state": "正在解决"}]},
        {"problems_before": [{"code": "W01", "state": RESOLVED}], "problems": [{"code": "W02", "state": "未解决"}]},
    ],
    failing=[{"problems_before": [{"code": "W01", "state": "未解决"}, {"code": "W02", "state": "未解决"}], "problems": [{"code": "W02", "state": RESOLVED}]}],
)
def unresolved_problems_stay(problems_before: Rows, problems: Rows) -> Truths:
    """上期没有解决的问题，本期仍在账上。"""
    here = problems[["submission", "code"]].drop_duplicates()
    listed = problems_before[["submission", "code"]].merge(here, how="left", indicator=True)["_merge"] == "both"
    return (problems_before["state"] == RESOLVED) | listed


@rule(
    "P07",
    QUERY,
    blames=Problems.resolved_on,
    reads_blanks=True,
    says="问题“{code}”上期报表已填为已解决，本期的“解决日期”为 {resolved_on}，与上期所填的不同。一个问题只销号一次，请改回上期的日期；如是上期填错或问题反复，请在核实说明中写明。",
    passing=[
        {
            "problems": [{"code": "W01", "state": RESOLVED, "resolved_on": "2011-03-20"}, {"code": "W02", "state": RESOLVED, "resolved_on": "2011-04-09"}],
            "problems_before": [{"code": "W01", "state": RESOLVED, "resolved_on": "2011-03-20"}, {"code": "W02", "state": "正在解决"}],
        }
    ],
    failing=[
        {
            "problems": [{"code": "W01", "state": RESOLVED, "resolved_on": "2011-04-09"}],
            "problems_before": [{"code": "W01", "state": RESOLVED, "resolved_on": "2011-03-20"}],
        }
    ],
)
def resolved_only_once(problems: Rows, problems_before: Rows) -> Truths:
    """上期已解决的问题，解决日期不变。"""
    closed = problems_before[problems_before["state"] == RESOLVED][["submission", "code", "resolved_on"]]
    known = closed.drop_duplicates(["submission", "code"]).rename(columns={"resolved_on": "closed_on"})
    closed_on = problems[["submission", "code"]].merge(known, how="left")["closed_on"]
    return (problems["state"] != RESOLVED) | closed_on.isna() | problems["resolved_on"].isna() | (problems["resolved_on"] == closed_on)
