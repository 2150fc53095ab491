"""综合情况: what is totalled."""

from pipeline.declare import ERROR, Count, Money, Rows, Sheet, Truths, column, rule
from .projects import QUARTERS, Projects


class Overview(Sheet):
    """One row per return."""

    projects: Count = column("项目数", unit="个", ge=0, le=200, equals=Projects.count())
    started: Count = column("其中：已开工", unit="个", ge=0, le=200, equals=Projects.count(state="在建"))
    planned: Money = column("年度计划投资", unit="万元", ge=0, le=1000000, equals=Projects.planned.sum())
    done: Money = column("完成投资", over=QUARTERS, unit="万元", ge=0, le=1000000, equals=Projects.done.sum())

    class Config:
        title = "综合情况"
        role = "declared"
        records = {"value": "数量"}
        field_header = "指标"


@rule(
    "G01",
    ERROR,
    blames=Overview.started,
    says="已开工 {started} 个，多于项目数 {projects} 个。请核对两项数字。",
    passing=[{"projects": 5, "started": 5}],
    failing=[{"projects": 5, "started": 6}],
)
def no_more_started_than_there_are(overview: Rows) -> Truths:
    """已开工的项目不多于全部项目。"""
    return overview["started"] <= overview["projects"]
