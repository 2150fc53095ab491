"""Words that forms of all kinds are printed with, and what they tell of a column. Of no campaign: a lexicon of kinds."""

from __future__ import annotations

import re

from pipeline.declare import Code, Count, Day, Email, Money, Name, Percent, Phone, Serial, Text, YearMonth, YesNo
from pipeline.declare.kinds import Kind, folded
from pipeline.layout.lexicon import LEXICON, scale_of

# What a title says of its column, the first that fits; folded, without unit and brackets.
TITLES: tuple[tuple[type[Kind], re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (Serial, r"^(序号|顺序号|行号|行次|编次|no\.?|#|serial(no\.?|number)?)$"),
        (Phone, r"电话|手机|联系方式|传真|座机|phone|^tel|mobile"),
        (Email, r"邮箱|电子邮件|e-?mail"),
        (Code, r"编码|编号|代码|证号|证件号|身份证|账号|帐号|文号|表号|学号|工号|车牌|邮编|code$|^id$|identifier"),
        (YesNo, r"^(是否|有无|能否)|是否.*[?]?$"),
        (YearMonth, r"年月|月份$|yearmonth"),
        (Day, r"日期|时间$|时限$|^.{0,6}日$|date$|^date"),
        (Percent, r"率$|比例|占比|比重|百分比|进度$|percent|share$|rate$"),
        (Name, r"姓名$|(联系|负责|填表|审核|制表|经办|责任|法定代表)人$|法人代表$|contactperson"),
        (Text, r"名称|地址|地点|说明|备注|内容|情况|原因|意见|建议|描述|单位$|来源|对象|类型|类别|remark|note|address"),
        (Money, r"金额|资金|投资|经费|费用?$|收入|支出|产值|税收|贷款|价格?$|单价|amount|price|cost|budget"),
        (Count, r"数$|人数|户数|数量|总数|人次|次数|场次|件数|天数|个数|count$|number$|quantity"),
    )
)  # fmt: skip
OPTIONAL = re.compile(r"备注|说明$|建议|选填|可不填|如有|若有|邮箱|remark|note|comment|optional")
TEAM_NAME = re.compile(
    r"^(填报|报送|填表|上报|报告)?(单位|机构|部门)(名称|全称)?$|^(organi[sz]ation|reportingunit)(name)?$"
)
TEAM = re.compile(r"^(填报|报送|上报)?(单位|机构|部门|组织机构)(编码|代码|编号)$|^unitcode$")
PERIOD = re.compile(r"^(报告期|报告期间|所属期|报表期|统计期|填报期|reportingperiod|period)$")
PLACEHOLDER = re.compile(
    r"^[<(（\-—\s【\[]*(请(选择|填写|输入|选)|点击选择|待(选|填)|(please)?(select|choose))", re.IGNORECASE
)
NOT_FILLED = re.compile(
    r"说明|须知|指南|指引|名单|名录|代码表|字典|参数|下拉|选项|目录|示例|样表|列表"
    r"|readme|instruction|guid|list|lookup|notes?$|example"
)
SUM_OF_UNITS = re.compile(
    r"^(单位|机构|部门)?(名称|名单|全称)$|^(单位|机构|部门)$|名单$|名录$"
)  # headers of a list of units
OF_UNITS = re.compile(r"单位|机构|名录|名单|部门")
UNIT_HEADS = frozenset(("计量单位", "单位", "unit", "units"))
OF_RECORD = re.compile(
    r"^(数量|数值|数据|填报.{0,2}|内容|金额|结果|回答|答案|value|amount|answer"
    r"|本.{0,3}|上.{0,4}|去年.{0,3}|累计.{0,3}|.*累计数?|合计|.{0,4}数)$"
)
HEADED_AS_CARD = re.compile(r"项目|指标|内容|名称|类别|科目|item|indicator")
REPORTER = re.compile(
    r"(?:填报|报送|填表|上报)?单位(?:名称)?(?:[（(](?:盖章|公章|章)[）)])?[：:]\s*([^\s：:（(_＿]{2,40})"
)
NUMBER = re.compile(r"(?:表\s*号|文号|编号)[：:]\s*([^\s：:]{2,40})")
UNITS_ABOVE = re.compile(r"^[（(]?(?:计量|金额|货币)?\s*单\s*位[：:]\s*([^\s：:）)]+)")
ISSUER = re.compile(r"(?:制表|制定|下发|发文)(?:机关|单位|部门)[：:]\s*([^\s：:]{2,40})")
YEAR = r"(20\d\d)\s*年?"
QUARTER = re.compile(YEAR + r"(?:度)?\s*(?:第)?([一二三四1-4])季|" + YEAR + r"\s*[qQ]([1-4])")
MONTH = re.compile(YEAR + r"[-./]?\s*(1[0-2]|0?[1-9])\s*月")
ONLY_YEAR = re.compile(r"(20\d\d)\s*年(?!\s*\d)")
_BRACKETED = re.compile(r"^(.*\S)\s*[（(\[【]([^（）()\[\]【】]{1,10})[）)\]】][:：]?$")


def is_placeholder(value: object) -> bool:
    """Whether a text stands in cells that nobody has filled in: 请选择, < Select >."""
    return isinstance(value, str) and len(value) <= 20 and PLACEHOLDER.match(value) is not None


def split_unit(text: str) -> tuple[str, str]:
    """Split a printed title into the title and its unit, "" if what is in brackets is no unit: 金额（万元）, 栽种(株)."""
    plain = text.strip().strip("*＊").strip()
    found = _BRACKETED.match(plain)
    unit = found[2].removeprefix("单位：").removeprefix("单位:").strip() if found else ""
    if found and is_unit(unit):
        return found[1], unit
    return plain.rstrip(":：").strip(), ""


def is_unit(word: str) -> bool:
    """Whether a word is one that offices write for a unit."""
    plain = folded(word)
    return plain in LEXICON or scale_of(plain)[1] in LEXICON


def is_money(word: str) -> bool:
    """Whether a unit is one of money."""
    plain = folded(word)
    unit = LEXICON.get(plain) or LEXICON.get(scale_of(plain)[1])
    return unit is not None and unit.like == "money"


def is_counted(word: str) -> bool:
    """Whether a unit is one of things that are counted whole."""
    plain = folded(word)
    unit = LEXICON.get(plain)
    return unit is not None and unit.like == unit.measure and unit.scale == 1 and plain not in ("%", "克", "米")


def kind_of_title(title: str) -> type[Kind] | None:
    """Give the kind that a title speaks of, None if it speaks of none."""
    plain = folded(re.sub(r"[（(\[【][^（）()\[\]【】]*[）)\]】]", "", title))
    plain = re.sub(r"^(\d+[.、]|其中[:,]?)", "", plain)
    return next((kind for kind, pattern in TITLES if pattern.search(plain)), None)
