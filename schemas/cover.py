"""封面: who reports, for which period, and whether there is anything to report."""

from pipeline.declare import Code, Day, Name, Phone, Sheet, Text, YesNo, column
from .roster import Roster


class Cover(Sheet):
    """One row per return."""

    form_number: Code = column("表号", role="form", note="已填好，请勿改动", width=30)
    team: Code = column("工作队编码", role="team", note="已填好，请勿改动")
    team_name: Text = column("工作队名称", role="team_name", aliases=["填报单位", "工作队"], note="已填好，请勿改动")
    post: Text = column("派驻点", aliases=["驻点单位"], required=False)
    period: Text = column("报告期", role="period", note="已填好，请勿改动")
    filled_on: Day = column("填报日期", aliases=["报出日期"])
    leader: Name = column("队长", aliases=["单位负责人", "负责人"], in_column=Roster.name)
    clerk: Name = column("填表人", aliases=["制表人", "经办人"])
    reviewer: Name = column("审核人")
    phone: Phone = column("联系电话", aliases=["电话", "手机"], note="填表人的电话，便于核对")
    nil: YesNo = column("零报告", role="nil", note="本期确无任何情况填“是”，其余填“否”")

    class Config:
        title = "封面"
        role = "cover"
        records = {"value": "填报内容"}
        aliases = ("首页", "报表封面")
