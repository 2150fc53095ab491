"""项目进度: one line per project, plan and fulfilment under each quarter."""

from pipeline.declare import (
    ERROR,
    QUERY,
    Choice,
    Code,
    Money,
    Percent,
    Rows,
    Serial,
    Sheet,
    Text,
    Truths,
    YearMonth,
    column,
    rule,
)

QUARTERS = ("一季度", "二季度")


class Projects(Sheet):
    """One row per project."""

    serial: Serial = column("序号", width=6)
    code: Code = column("项目编码", unique=True, pattern=r"\d{4}-\d{3}", pattern_says="四位年份、横线和三位顺序号，如 2024-001", examples=["2024-001"])
    name: Text = column("项目名称", max_length=60, width=28, examples=["县道改造工程", "水库除险加固", "标准厂房二期", "污水管网延伸", "农网改造升级"])
    sort: Choice = column("项目类别", choices=("交通", "水利", "能源", "产业", "市政"), width=10)
    state: Choice = column("建设状态", choices=("在建", "未开工", "已完工"), width=10)
    began: YearMonth = column("开工年月", required=False, le="2024-12-31", width=12)
    total: Money = column("总投资", unit="万元", ge=0, le=1000000)
    planned: Money = column("年度计划", unit="万元", ge=0, le=1000000)
    plan: Money = column("计划", over=QUARTERS, unit="万元", ge=0, le=100000)
    done: Money = column("完成", over=QUARTERS, unit="万元", ge=0, le=100000)
    share: Percent = column("形象进度", le=1, width=10)
    remarks: Text = column("备注", required=False, width=20)

    class Config:
        title = "项目进度"
        total_row = "合计"
        key = "code"
        rows = 20


@rule(
    "T90",
    ERROR,
    blames=Projects.began,
    reads_blanks=True,
    says="建设状态为“{state}”，开工年月为“{began}”，两者不符。在建和已完工的请填开工年月，未开工的不要填。",
    passing=[{"state": "在建", "began": "2024-03"}, {"state": "未开工"}],
    failing=[{"state": "在建"}, {"state": "未开工", "began": "2024-03"}],
)
def begun_has_a_month(projects: Rows) -> Truths:
    """在建和已完工的项目有开工年月，未开工的没有。"""
    return (projects["state"] == "未开工") == projects["began"].isna()


@rule(
    "T91",
    QUERY,
    blames=Projects.done,
    says="{over}完成 {done} 万元，超过计划 {plan} 万元的 {times} 倍。请核对单位和小数点；如属实，请说明原因。",
    passing=[{"plan": 10, "done": 30}],
    failing=[{"plan": 10, "done": 30.01}],
)
def near_the_plan(projects: Rows, times: int = 3) -> Truths:
    """完成投资与当季计划相差不过于悬殊。"""
    return projects["done"] <= projects["plan"] * times
