"""人员名册: the cadres of the team."""

from pipeline.declare import ERROR, Choice, Day, Name, Phone, Rows, Serial, Sheet, Text, Truths, column, rule

DISTRICT, TOWNSHIP = "区直机关", "乡镇街道"


class Roster(Sheet):
    """One row per cadre sent down with the team."""

    serial: Serial = column("序号", width=6)
    name: Name = column("姓名", aliases=["干部姓名"], unique=True, width=12)
    organ: Choice = column(
        "抽调来源", aliases=["来源", "干部类别"], choices=(DISTRICT, TOWNSHIP), synonyms={"区直": DISTRICT, "乡镇": TOWNSHIP, "街道": TOWNSHIP}
    )
    unit: Text = column("所在单位", aliases=["工作单位", "单位"], max_length=40, width=24, examples=["区财政局", "区教育局", "区农业局", "镇政府办公室", "街道办事处"])
    duty: Choice = column("队内职务", aliases=["职务"], choices=("队长", "副队长", "队员"), width=12)
    joined_on: Day = column("到岗日期", within="campaign")
    phone: Phone = column("联系电话", aliases=["电话", "手机号码"], width=16)

    class Config:
        title = "人员名册"
        key = "name"
        rows = 20
        aliases = ("干部名册", "名册")


@rule(
    "M01",
    ERROR,
    across="teams",
    waivable=True,
    blames=Roster.name,
    says="“姓名”为“{name}”的干部（{phone}）同时列在几个工作队的名册中。请与有关工作队核实，只保留一处。",
    passing=[{"roster": [{"team": "1", "name": "王伟", "phone": "13800000001"}, {"team": "2", "name": "王伟", "phone": "13800000002"}]}],
    failing=[{"roster": [{"team": "1", "name": "王伟", "phone": "13800000001"}, {"team": "2", "name": "王伟", "phone": "13800000001"}]}],
)
def on_one_team_only(roster: Rows) -> Truths:
    """一名干部只能在一个工作队。"""
    teams = roster.groupby(["name", "phone"])["team"].transform("nunique")
    return teams <= 1


@rule(
    "M02",
    ERROR,
    blames=Roster.duty,
    says="名册中的“队长”多于一人，本行是其中之一。请核对“队内职务”。",
    passing=[{"roster": [{"duty": "队长"}, {"duty": "副队长"}]}],
    failing=[{"roster": [{"duty": "队长"}, {"duty": "队长"}]}],
)
def one_leader(roster: Rows) -> Truths:
    """每个工作队只有一名队长。"""
    leaders = roster["duty"] == "队长"
    return ~(leaders & (leaders.groupby(roster["submission"]).transform("sum") > 1))
