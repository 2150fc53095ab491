"""资金台账: aid raised and financing arranged, in 万元."""

from pipeline.declare import Choice, Day, Money, Serial, Sheet, Text, column


class Funds(Sheet):
    """One row per sum of money."""

    serial: Serial = column("序号", width=6)
    received_on: Day = column("到位日期", aliases=["日期"], within="campaign")
    kind: Choice = column("资金类型", aliases=["类型"], choices=("帮扶资金", "企业融资"), synonyms={"帮扶": "帮扶资金", "融资": "企业融资"})
    source: Text = column("资金来源", aliases=["来源"], max_length=60, width=24, examples=["后盾单位筹集", "信用社贷款", "商业银行贷款", "干部捐款", "担保公司担保贷款"])
    recipient: Text = column("受益对象", aliases=["使用单位"], max_length=60, width=24, examples=["驻点村", "驻点企业", "困难群众", "项目业主"])
    amount: Money = column("金额", unit="万元", ge=0, le=20000, places=4)
    note: Text = column("备注", required=False, width=20)

    class Config:
        title = "资金台账"
        key = "serial"
        total_row = "合计"
        rows = 20
        aliases = ("资金记录",)
