"""骨干名册: the cadres of the team."""

from pipeline.declare import Choice, Code, Count, Day, Sheet, Text, column

FIRST, LAST = "2020-01-01", "2026-12-31"  # days that are believable anywhere in this form
NAME = {"pattern": ".{2,4}", "pattern_says": "两到四个字的姓名"}


class Roster(Sheet):
    """One row per cadre."""

    serial: Count = column("序号", ge=0, le=10000, width=6)
    name: Text = column("姓名", **NAME, width=12)
    sex: Choice = column("性别", choices=("男", "女"), width=6)
    unit: Text = column("派出单位", width=18)
    duty: Choice = column("职务", choices=("队长", "第一书记", "队员"), width=12)
    level: Choice = column("层级", choices=("省级", "市级", "县级", "乡级"), width=8)
    joined_on: Day = column("到岗日期", ge=FIRST, le=LAST)
    phone: Code = column("联系电话", pattern=r"1\d{10}", pattern_says="11 位手机号码", width=16)

    class Config:
        title = "骨干名册"
        key = "serial"
        total_row = "合计"
