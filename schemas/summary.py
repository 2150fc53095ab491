"""汇总表: the declared indicators. A new indicator is one more line here."""

from pipeline.declare import ERROR, Count, Money, Rows, Sheet, Truths, column, rule
from .activities import Activities
from .funds import Funds
from .problems import Problems
from .roster import DISTRICT, TOWNSHIP, Roster
from .visits import Visits


class Summary(Sheet):
    """Two rows per return: this period's figures, and those since the campaign began, which are what is totalled."""

    people_visited: Count = column("走访群众", unit="人", ge=0, le=20000, equals=Visits.persons.sum())
    meetings_held: Count = column("召开座谈会", unit="场次", ge=0, le=500, equals=Activities.sessions.sum(kind="座谈会"))
    leaflets: Count = column("发放宣传资料", unit="份", ge=0, le=50000, equals=Activities.leaflets.sum())
    aid_raised: Money = column("筹集帮扶资金", unit="万元", ge=0, le=1000, equals=Funds.amount.sum(kind="帮扶资金"))
    financing: Money = column("为企业融资", unit="万元", ge=0, le=20000, equals=Funds.amount.sum(kind="企业融资"))
    problems_found: Count = column("排查突出问题", unit="个", ge=0, le=1000, equals=Problems.count())
    problems_resolved: Count = column("解决突出问题", unit="个", ge=0, le=1000, equals=Problems.count(state="已解决"))
    cadres: Count = column("抽调干部", unit="名", ge=1, le=100, equals=Roster.count())
    cadres_district: Count = column("其中：区直干部", unit="名", ge=0, le=100, equals=Roster.count(organ=DISTRICT))
    cadres_township: Count = column("其中：乡镇街道干部", unit="名", ge=0, le=100, equals=Roster.count(organ=TOWNSHIP))

    class Config:
        title = "汇总表"
        role = "declared"
        records = {"this_period": "本期数", "cumulative": "累计数"}
        this_period = "this_period"
        cumulative = "cumulative"
        stocks = ("cadres", "cadres_district", "cadres_township")  # 现有人数，不逐期累加
        field_header = "指标名称"
        note = "累计数自活动开始之日起算，应与各台账一致"
        aliases = ("指标汇总", "汇总")


@rule(
    "H01",
    ERROR,
    blames=Summary.cadres,
    says="“抽调干部”为 {cadres}，区直干部 {cadres_district} 与乡镇街道干部 {cadres_township} 相加不等于它。请核对三项人数。",
    passing=[{"cadres": 11, "cadres_district": 5, "cadres_township": 6}],
    failing=[{"cadres": 12, "cadres_district": 5, "cadres_township": 6}],
)
def cadres_add_up(summary: Rows) -> Truths:
    """抽调干部等于区直干部与乡镇街道干部之和。"""
    return summary["cadres"] == summary["cadres_district"] + summary["cadres_township"]


@rule(
    "H02",
    ERROR,
    blames=Summary.problems_resolved,
    says="“解决突出问题”为 {problems_resolved} 个，多于“排查突出问题”的 {problems_found} 个。请核对两项数字。",
    passing=[{"problems_found": 5, "problems_resolved": 5}],
    failing=[{"problems_found": 5, "problems_resolved": 6}],
)
def no_more_resolved_than_found(summary: Rows) -> Truths:
    """解决的问题不多于排查出的问题。"""
    return summary["problems_resolved"] <= summary["problems_found"]
