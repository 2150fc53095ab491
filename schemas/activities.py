"""活动台账: meetings held and leaflets handed out."""

from pipeline.declare import ERROR, Choice, Count, Day, Rows, Serial, Sheet, Text, Truths, column, rule


class Activities(Sheet):
    """One row per activity of one day at one place."""

    serial: Serial = column("序号", width=6)
    held_on: Day = column("活动日期", aliases=["日期"], within="campaign")
    kind: Choice = column("活动类型", aliases=["类型"], choices=("座谈会", "宣传活动", "其他"), synonyms={"会议": "座谈会", "宣传": "宣传活动"})
    place: Text = column("地点", max_length=60, width=24, examples=["村部会议室", "项目部会议室", "企业会议室", "集镇街道", "社区广场"])
    sessions: Count = column("场次", unit="场次", ge=0, le=50)
    attendance: Count = column("参加人数", unit="人", ge=0, le=5000)
    leaflets: Count = column("发放资料", aliases=["发放宣传资料"], unit="份", ge=0, le=20000)
    note: Text = column("备注", required=False, width=20)

    class Config:
        title = "活动台账"
        key = "serial"
        total_row = "合计"
        rows = 20
        aliases = ("活动记录",)


@rule(
    "A01",
    ERROR,
    blames=Activities.sessions,
    says="活动类型为“座谈会”，场次却为 0。请填写召开的场次。",
    passing=[{"kind": "座谈会", "sessions": 1}, {"kind": "其他", "sessions": 0}],
    failing=[{"kind": "座谈会", "sessions": 0}],
)
def a_meeting_took_place(activities: Rows) -> Truths:
    """座谈会至少召开一场。"""
    return (activities["kind"] != "座谈会") | (activities["sessions"] >= 1)
