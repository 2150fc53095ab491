"""The page: what is asked, and the two tables below it on the same tab."""

from pipeline.declare import (
    ERROR,
    Choice,
    Count,
    Email,
    Name,
    Percent,
    Phone,
    Rows,
    Sheet,
    Text,
    Truths,
    YesNo,
    column,
    rule,
)

TAB = "问卷"


class Staff(Sheet):
    """One row per person on duty."""

    name: Name = column("姓名", unique=True, width=12)
    duty: Choice = column("岗位", choices=("站长", "窗口", "外勤"), width=10)
    phone: Phone = column("手机号码", width=16)

    class Config:
        title = "人员情况"
        tab = TAB
        begins = "一、人员情况"
        key = "name"
        rows = 10


class Devices(Sheet):
    """One row per sort of device."""

    device: Text = column("设备名称", max_length=30, width=20, examples=["电脑", "打印机", "高拍仪", "叫号机"])
    number: Count = column("数量", unit="台", ge=0, le=200)
    usable: Count = column("可用", unit="台", ge=0, le=200)

    class Config:
        title = "设备情况"
        tab = TAB
        begins = "二、设备情况"
        total_row = "合计"
        rows = 10


class Answers(Sheet):
    """One row per return."""

    open_daily: YesNo = column("1. 工作日是否全天开放？")
    staff: Count = column("2. 现有人员", unit="人", ge=0, le=100, equals=Staff.count())
    devices: Count = column("3. 现有设备", unit="台", ge=0, le=500, equals=Devices.number.sum())
    visits: Count = column("4. 本季度接待群众", unit="人次", ge=0, le=100000)
    settled: Percent = column("5. 当场办结的比例", le=1)
    email: Email = column("6. 联系邮箱", required=False)
    wishes: Text = column("7. 困难和建议", required=False, max_length=300, width=40, examples=["人手不足", "网络不稳定", "无"])

    class Config:
        title = "问卷"
        role = "declared"
        records = {"value": "填报内容"}
        answers = "below"


@rule(
    "Q01",
    ERROR,
    blames=Devices.usable,
    says="可用 {usable} 台，多于总数 {number} 台。请核对两项数字。",
    passing=[{"number": 3, "usable": 3}],
    failing=[{"number": 3, "usable": 4}],
)
def no_more_usable_than_there_are(devices: Rows) -> Truths:
    """可用的设备不多于全部设备。"""
    return devices["usable"] <= devices["number"]
