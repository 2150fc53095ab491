"""汇总表: the declared indicators, one figure each."""

from pipeline.declare import Count, Money, Sheet, column


class Summary(Sheet):
    """One row per return."""

    cadres: Count = column("派驻干部人数", unit="人", ge=0, le=10000)
    days_on_site: Count = column("在岗天数", unit="天", ge=0, le=10000)
    households_visited: Count = column("走访户数", unit="户", ge=0, le=10000)
    people_visited: Count = column("走访人次", unit="人次", ge=0, le=10000)
    requests: Count = column("收集诉求", unit="件", ge=0, le=10000)
    requests_settled: Count = column("办结诉求", unit="件", ge=0, le=10000)
    projects: Count = column("协调项目", unit="个", ge=0, le=10000)
    funds: Money = column("到位资金", unit="万元", ge=0, le=10000)
    courses: Count = column("培训场次", unit="场", ge=0, le=10000)
    trained: Count = column("培训人次", unit="人次", ge=0, le=10000)
    disputes_settled: Count = column("化解矛盾", unit="起", ge=0, le=10000)
    produce_sold: Money = column("帮销农产品", unit="万元", ge=0, le=10000)

    class Config:
        title = "汇总表"
        role = "declared"
        records = {"value": "数值"}
        field_header = "指标名称"
