"""What a maintainer gets wrong in a campaign folder: a sentence each, with file and line, and never a traceback."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.campaign import examined
from pipeline.cli import huizong
from pipeline.errors import CampaignError
from pipeline.lint import lint

REPO = Path(__file__).parent.parent
Spoil = Callable[[Path], int]
"""Puts a mistake into a folder of declarations; gives the line on which it then stands, 0 where none is said."""


def put(file: str, old: str, new: str, at: str = "") -> Spoil:
    """Replace a text in a file. at: what stands on the line that is to be named, if it is not the new text itself."""

    def spoil(schemas: Path) -> int:
        path = schemas / file
        text = path.read_text("utf-8")
        assert old in text, old
        text = text.replace(old, new, 1)
        path.write_text(text, "utf-8")
        return text[: text.index(at or new)].count("\n") + 1

    return spoil


def whole(file: str, old: str, new: str) -> Spoil:
    """Replace a text where only the file can be named."""

    def spoil(schemas: Path) -> int:
        put(file, old, new)(schemas)
        return 0

    return spoil


def without(file: str) -> Spoil:
    def spoil(schemas: Path) -> int:
        (schemas / file).unlink()
        return 0

    return spoil


VISITS = 'persons: Count = column("'
P05 = "def due_before_long(problems: Rows, longest: int = 90)"

MISTAKES: dict[str, tuple[str, Spoil, str]] = {
    # what does not run
    "a bracket left open": ("visits.py", put("visits.py", "class Visits(Sheet):", "class Visits(Sheet:"), "写法有误"),
    "quotes of full width": ("funds.py", put("funds.py", 'column("序号", width=6)', "column(“序号”, width=6)"), "全角"),
    "a colon of full width": ("funds.py", put("funds.py", "class Funds(Sheet):", "class Funds(Sheet)："), "全角"),
    "an indent too many": ("funds.py", put("funds.py", "    received_on", "      received_on"), "写法有误"),
    "a kind that is not imported": ("funds.py", put("funds.py", "serial: Serial", "serial: Integer"), "“Integer”"),
    "a kind misspelt": ("funds.py", put("funds.py", "serial: Serial", "serial: Seriel"), "是否为“Serial”"),
    "a kind that the vocabulary lacks": ("funds.py", put("funds.py", "Serial, Sheet", "Serial, Integer, Sheet"), "“Integer”不存在"),
    "a word of column misspelt": ("funds.py", put("funds.py", "max_length=60, width=24, examples=[\"后", "max_lenght=60, width=24, examples=[\"后"), "是否为“max_length”"),
    "a column without title": ("funds.py", put("funds.py", 'column("序号", width=6)', "column(width=6)"), "缺少 'title'"),
    "a word of rule misspelt": ("problems.py", put("problems.py", "reads_blanks=True", "read_blanks=True", at="@rule("), "是否为“reads_blanks”"),
    "a rule without message": ("problems.py", put("problems.py", '    says="解决日期 {resolved_on} 早于发现日期 {found_on}。请核对两个日期。",\n', "", at='@rule(\n    "P03"'), "缺少 'says'"),
    "a rule that blames no column": ("problems.py", put("problems.py", "blames=Problems.due_on", "blames=Problems.due_onn", at='blames=Problems.due_onn'), "是否为“due_on”"),
    "a rule that uses what it did not import": ("problems.py", put("problems.py", "ERROR, QUERY, Choice", "ERROR, Choice", at='QUERY,\n'), "“QUERY”"),
    "a file that is not there": ("__init__.py", put("__init__.py", "from .funds", "from .fund"), "“fund”不存在"),
    "a name that the file lacks": ("__init__.py", put("__init__.py", "import Funds", "import Fund"), "“Fund”不存在"),
    "a lone text for choices": ("funds.py", put("funds.py", 'choices=("帮扶资金", "企业融资")', 'choices=("帮扶资金")', at="choices="), "用方括号括起来"),
    "a lone text for aliases": ("funds.py", put("funds.py", 'aliases=["日期"]', 'aliases="日期"'), "用方括号括起来"),
    "a division by zero": ("funds.py", put("funds.py", "width=6", "width=6 / 0"), "ZeroDivisionError"),
    # the form
    "no form": ("__init__.py", whole("__init__.py", "FORM = Form(", "FROM = Form("), "没有 FORM"),
    "a sheet listed twice": ("__init__.py", whole("__init__.py", "sheets=(Cover,", "sheets=(Cover, Cover,"), "“Cover”写了两次"),
    "a lone sheet": ("__init__.py", whole("__init__.py", "sheets=(Cover, Summary, Roster, Work, Problems, Visits, Activities, Funds, Discipline, Explanations)", "sheets=(Cover)"), "每张后有逗号"),
    "a lone tab that nobody fills in": ("__init__.py", whole("__init__.py", 'version="1",', 'version="1", other_tabs=("说明"),'), "后有逗号"),
    "an issuer that is a truth": ("__init__.py", whole("__init__.py", 'version="1",', 'version="1", issued_by=True,'), "issued_by 应是"),
    "answers on a form that is not ours": ("explanations.py", lambda schemas: (put("__init__.py", 'version="1",', 'version="1", issued_by="省局",')(schemas), put("explanations.py", 'role = "explanations"', 'role = "explanations"')(schemas))[1], "别人的表上不代填问题"),
    "a number for tabs": ("__init__.py", whole("__init__.py", 'version="1",', 'version="1", blanks=5,'), "后有逗号"),
    "a sheet in quotes": ("__init__.py", whole("__init__.py", "sheets=(Cover,", 'sheets=("Cover",'), "不是表"),
    "no sheet of indicators": ("__init__.py", whole("summary.py", 'role = "declared"', 'role = "ledger"'), '没有要汇总的数'),
    "a version that is a number": ("__init__.py", whole("__init__.py", 'version="1"', "version=1"), "version 应是"),
    "a file name with another word": ("__init__.py", whole("__init__.py", "{code}_{name}", "{code}_{team}"), "file_name"),
    # sheets
    "a word of Config misspelt": ("funds.py", put("funds.py", 'total_row = "合计"', 'totals_row = "合计"'), "是否为“total_row”"),
    "a role that nobody plays": ("funds.py", put("funds.py", 'title = "资金台账"', 'title = "资金台账"\n        role = "legder"', at='role = "legder"'), "“legder”"),
    "a key that is no column": ("funds.py", put("funds.py", 'key = "serial"', 'key = "seriel"'), "是否为“serial”"),
    "two tabs of one name": ("funds.py", put("funds.py", 'title = "资金台账"', 'title = "走访台账"'), "标题或别名相同"),
    "a tab that Excel forbids": ("funds.py", put("funds.py", 'title = "资金台账"', 'title = "资金/台账"'), "不能用作工作表的名称"),
    "a tab too long": ("funds.py", put("funds.py", 'title = "资金台账"', f'title = "{"长" * 32}"'), "最多 31 个字"),
    "a shared tab that Excel forbids": ("funds.py", put("funds.py", 'title = "资金台账"', 'title = "资金台账"\n        tab = "资金/台账"', at='tab = "资金/台账"'), "请改正 tab"),
    "a tab that is ours": ("funds.py", put("funds.py", 'title = "资金台账"', 'title = "退改单"'), "本程序自己的"),
    "a lone alias": ("funds.py", put("funds.py", '("资金记录",)', '("资金记录")'), "少了逗号"),
    "a record that the card lacks": ("summary.py", put("summary.py", 'cumulative = "cumulative"', 'cumulative = "sum"'), "不在 records 中"),
    "a column without column()": ("funds.py", put("funds.py", 'note: Text = column("备注", required=False, width=20)', "note: Text"), "没有写 column"),
    "a column without kind": ("funds.py", put("funds.py", "note: Text = column", "note = column"), "没有写明类型"),
    "a kind or nothing": ("funds.py", put("funds.py", "note: Text = column", "note: Text | None = column"), "不是栏目的类型"),
    "a kind that is none": ("funds.py", put("funds.py", "note: Text = column", "note: str = column"), "“str”不是栏目的类型"),
    "a lone group of what comes once": ("funds.py", put("funds.py", 'key = "serial"', 'key = "serial"\n        unique = ("kind", "amount")', at="unique = "), "每组至少两栏"),
    "a field that comes once and is none": ("funds.py", put("funds.py", 'key = "serial"', 'key = "serial"\n        unique = (("kind", "amounts"),)', at="unique = "), "是否为“amount”"),
    "what makes a record in a lone text": ("funds.py", put("funds.py", 'key = "serial"', 'key = "serial"\n        record = ("kind")', at="record = "), "最后有逗号"),
    "what makes a record and is no column": ("funds.py", put("funds.py", 'key = "serial"', 'key = "serial"\n        record = ("kinds",)', at="record = "), "是否为“kind”"),
    "an end that is no text": ("funds.py", put("funds.py", 'key = "serial"', 'key = "serial"\n        ends = 20', at="ends = "), "ends 应是表格下方的文字"),
    "instructions in words": ("funds.py", put("funds.py", 'key = "serial"', 'key = "serial"\n        instructions = "示例"', at="instructions = "), "不小于 0 的整数"),
    "numbered by a number": ("funds.py", put("funds.py", 'key = "serial"', 'key = "serial"\n        numbered = 1', at="numbered = "), "numbered 应是 True"),
    "what makes a record and numbers the rows": ("funds.py", put("funds.py", 'key = "serial"', 'key = "serial"\n        record = ("serial",)', at="record = "), "不能写序号"),
    "an end that is the row of sums": ("funds.py", put("funds.py", 'key = "serial"', 'key = "serial"\n        ends = "合计"', at="ends = "), "与 total_row 相同"),
    "at most no rows": ("funds.py", put("funds.py", 'key = "serial"', 'key = "serial"\n        at_most = 0', at="at_most = "), "不小于 1 的整数"),
    "more rows than there may be": ("funds.py", put("funds.py", 'key = "serial"', 'key = "serial"\n        at_least, at_most = 6, 5', at="class Config"), "多少行都不对"),
    "rows of a card": ("summary.py", put("summary.py", 'role = "declared"', 'role = "declared"\n        ends = "以下空白"', at="ends = "), "是一张卡片"),
    # columns
    "two columns of one title": ("funds.py", put("funds.py", 'column("资金来源", aliases=["来源"]', 'column("资金类型", aliases=["来源"]'), "分不开"),
    "two titles that differ by a bracket": ("funds.py", put("funds.py", 'column("资金来源", aliases=["来源"]', 'column("资金类型（来源）", aliases=["来源"]'), "分不开"),
    "an alias that is another's title": ("funds.py", put("funds.py", 'aliases=["来源"]', 'aliases=["备注"]'), "是另一栏“备注”的标题"),
    "an alias of two columns": ("funds.py", put("funds.py", 'column("备注", required', 'column("备注", aliases=["来源（单位）"], required'), "是另一栏“资金来源”的别名"),
    "an alias of nothing": ("funds.py", put("funds.py", 'column("备注", required', 'column("备注", aliases=["（单位）"], required'), "只有编号、括号"),
    "no title": ("funds.py", put("funds.py", 'column("备注"', 'column(""'), "是空的"),
    "bounds the wrong way round": ("funds.py", put("funds.py", "ge=0, le=20000", "ge=20000, le=0"), "大于 le"),
    "a bound in quotes": ("funds.py", put("funds.py", "ge=0, le=20000", 'ge="0", le=20000'), "不加引号"),
    "a bound of words": ("funds.py", put("funds.py", 'column("备注", required=False', 'column("备注", ge=1, required=False'), "没有大小可比"),
    "a bound twice": ("funds.py", put("funds.py", "ge=0, le=20000", "ge=0, gt=0, le=20000"), "各只能写一个"),
    "an open bound in quotes": ("funds.py", put("funds.py", "ge=0, le=20000", 'gt="0", le=20000'), "不加引号"),
    "nothing between two bounds": ("funds.py", put("funds.py", "ge=0, le=20000", "gt=5, lt=5"), "什么也填不进去"),
    "an open bound of a day": ("funds.py", put("funds.py", 'within="campaign"', 'gt="2011-03-01"'), "日期请用 ge、le"),
    "a day from its receipt on": ("funds.py", put("funds.py", 'within="campaign"', 'ge="received"'), "le 也可以是"),
    "words of a number": ("funds.py", put("funds.py", "ge=0, le=20000", "ge=0, le=20000, max_words=5"), "只用于 Text"),
    "no words": ("funds.py", put("funds.py", 'column("备注"', 'column("备注", max_words=0'), "只用于 Text"),
    "a bound of what is computed": ("funds.py", put("funds.py", "ge=0, le=20000", "ge=0, computed=True"), "请删去 computed，或删去 ge"),
    "computed in quotes": ("funds.py", put("funds.py", 'column("备注"', 'column("备注", computed="yes"'), "computed 应是"),
    "a choice without choices": ("funds.py", put("funds.py", 'choices=("帮扶资金", "企业融资"), synonyms={"帮扶": "帮扶资金", "融资": "企业融资"}', "width=9", at='column("资金类型"'), "没有写 choices"),
    "a synonym of nothing": ("funds.py", put("funds.py", '"融资": "企业融资"', '"融资": "企业贷款"'), "不在 choices 中"),
    "a synonym to an empty text": ("funds.py", put("funds.py", '"融资": "企业融资"', '"请选择": ""'), "不在 choices 中"),
    "one choice twice": ("funds.py", put("funds.py", 'choices=("帮扶资金", "企业融资")', 'choices=("帮扶资金", "企业融资", "企业 融资")'), "有相同的选项"),
    "choices of a text": ("funds.py", put("funds.py", 'column("备注", required=False', 'column("备注", choices=("甲", "乙"), required=False'), "类型改为 Choice"),
    "a pattern that is none": ("problems.py", put("problems.py", r'pattern=r"W\d{2,4}"', r'pattern=r"W(\d{2,4}"'), "不是正则表达式"),
    "a pattern nobody explains": ("problems.py", put("problems.py", ', pattern_says="W 加两到四位数字，如 W01"', "", at="pattern="), "pattern_says"),
    "an example that is refused": ("problems.py", put("problems.py", 'examples=["W01"]', 'examples=[""]'), "自己就不合要求"),
    "an example out of bounds": ("funds.py", put("funds.py", "le=20000, places=4", "le=20000, places=4, examples=[30000]"), "超出了自己的范围"),
    "a role of no column": ("cover.py", put("cover.py", 'role="nil"', 'role="nill"'), "是否为“nil”"),
    "a role twice": ("__init__.py", whole("cover.py", 'role="team_name"', 'role="team"'), "role 都是“team”"),
    "days within nothing": ("funds.py", put("funds.py", 'within="campaign"', 'within="year"'), "within"),
    "a width in quotes": ("funds.py", put("funds.py", 'column("序号", width=6)', 'column("序号", width="6")'), "width 应是数字"),
    "required in quotes": ("funds.py", put("funds.py", "required=False", 'required="no"'), "required 应是"),
    "a column's name in quotes": ("cover.py", put("cover.py", "in_column=Roster.name", 'in_column="name"'), "应写成 表.栏目"),
    "a sum over words": ("summary.py", put("summary.py", "Visits.persons.sum()", "Visits.host.sum()"), "不是数字"),
    "a sum over a column that is not there": ("summary.py", put("summary.py", 'Problems.count(state="已解决")', 'Problems.count(stat="已解决")'), "是否为“state”"),
    "a sum over a choice that is not there": ("summary.py", put("summary.py", 'sum(kind="座谈会")', 'sum(kind="坐谈会")'), "是否为“座谈会”"),
    "a sum that is a number": ("summary.py", put("summary.py", "equals=Activities.leaflets.sum()", "equals=5"), "应写成 表.栏目.sum()"),
    "a lone text for over": ("funds.py", put("funds.py", 'column("金额", unit', 'column("金额", over="一季度", unit'), "用方括号括起来"),
    "one heading twice": ("funds.py", put("funds.py", 'column("金额", unit', 'column("金额", over=["一季度", "一季度"], unit'), "“一季度”写了两次"),
    "a field that over makes": ("funds.py", put("funds.py", 'note: Text = column("备注",', 'note_2: Text = column("事由")\n    note: Text = column("备注", over=["一季度", "二季度"],', at="class Funds"), "不要再写"),
    "a key under several headings": ("funds.py", put("funds.py", 'column("序号", width=6)', 'column("序号", over=["一季度", "二季度"], width=6)', at='key = "serial"'), "是否为“serial_1”"),
    # rules
    "a rule's code twice": ("problems.py", put("problems.py", '"P04"', '"P03"', at='@rule(\n    "P03",\n    ERROR,\n    blames=Problems.due_on'), "编号用了两次"),
    "a rule's code that is ours": ("problems.py", put("problems.py", '"P04"', '"B01"', at='@rule(\n    "B01"'), "通用规则"),
    "a rule over a sheet that is not there": ("problems.py", put("problems.py", "def due_after_found(problems: Rows)", "def due_after_found(problem: Rows)", at='@rule(\n    "P04"'), "是否为“problems”"),
    "a rule that blames another sheet": ("problems.py", put("problems.py", '    "P04",\n    ERROR,\n    blames=Problems.due_on', '    "P04",\n    ERROR,\n    blames=Roster.name', at='@rule(\n    "P04"'), "不在它的第一个参数"),
    "a rule that blames a text": ("problems.py", put("problems.py", '    "P04",\n    ERROR,\n    blames=Problems.due_on', '    "P04",\n    ERROR,\n    blames="due_on"', at='@rule(\n    "P04"'), "blames 应写成"),
    "a word that a message lacks": ("problems.py", put("problems.py", "整改时限 {due_on} 早于", "整改时限 {due} 早于", at='@rule(\n    "P04"'), "是否为“due_on”"),
    "a brace that is not closed": ("problems.py", put("problems.py", "整改时限 {due_on} 早于", "整改时限 {due_on 早于", at='@rule(\n    "P04"'), "花括号不成对"),
    "a rule that says not what must hold": ("problems.py", put("problems.py", '    """整改时限不早于发现日期。"""\n', "", at='@rule(\n    "P04"'), "文档字符串"),
    "a word that is not imported": ("summary.py", put("summary.py", "import ERROR, Count", "import Count", at="    ERROR,"), "加上它"),
    "a rule without examples": ("problems.py", put("problems.py", '    failing=[{"found_on": "2011-03-10", "due_on": "2011-03-09"}],\n', "", at='@rule(\n    "P04"'), "缺少示例"),
    "an example with a column that is not there": ("problems.py", put("problems.py", '    failing=[{"found_on": "2011-03-10", "due_on": "2011-03-09"}],\n', '    failing=[{"found": "2011-03-10", "due_on": "2011-03-09"}],\n', at='@rule(\n    "P04"'), "没有“found”这一栏"),
    "an example that is not looked at": ("problems.py", put("problems.py", '    passing=[{"found_on": "2011-03-10", "due_on": "2011-03-10"}],\n', '    passing=[{"found_on": "2011-03-10"}],\n', at='@rule(\n    "P04"'), "没有检查到：读到的栏目空着"),
    "an example on the wrong side": ("problems.py", put("problems.py", '    failing=[{"found_on": "2011-03-10", "due_on": "2011-03-09"}],\n', '    failing=[{"found_on": "2011-03-10", "due_on": "2011-03-10"}],\n', at='@rule(\n    "P04"'), "应当违反，却没有违反"),
    "a rule that reads what is not there": ("problems.py", put("problems.py", 'return problems["due_on"] >= problems["found_on"]', 'return problems["due_on"] >= problems["foundd_on"]', at='return problems["due_on"] >='), "foundd_on"),
    "a rule that gives one truth for all": ("problems.py", put("problems.py", 'return problems["due_on"] >= problems["found_on"]', "return True", at='@rule(\n    "P04"'), "每一行一个真假值"),
    "a rule that fails on blanks": ("problems.py", put("problems.py", 'return problems["due_on"] >= problems["found_on"]', 'return problems["due_on"] >= max(problems["found_on"])', at='return problems["due_on"] >='), "规则 P04"),
    # what is dated
    "a column since a period that there is none": ("visits.py", put("visits.py", 'since="2011-04"', 'since="2011-14"'), "是否为“2011-04”"),
    "a column since a number": ("visits.py", put("visits.py", 'since="2011-04"', "since=201104"), "没有报告期“201104”"),
    "a column that ends before it begins": ("visits.py", put("visits.py", 'since="2011-04"', 'since="2011-04", until="2011-03"', at='since="2011-04"'), "哪一期都用不上"),
    "a lone former title": ("visits.py", put("visits.py", 'was={"2011-03": "反映情况"}', 'was="反映情况"'), "写明旧标题用到哪一期"),
    "a former title of no period": ("visits.py", put("visits.py", 'was={"2011-03":', 'was={"2010-12":', at='was={"2010'), "没有报告期“2010-12”"),
    "a former title that is the present one": ("visits.py", put("visits.py", 'was={"2011-03": "反映情况"}', 'was={"2011-03": "反映情况和诉求"}'), "与现在的相同"),
    "a former title that is empty": ("visits.py", put("visits.py", 'was={"2011-03": "反映情况"}', 'was={"2011-03": ""}'), "写明当时怎样叫"),
    "a former title from before there was the column": ("visits.py", put("visits.py", 'since="2011-04"', 'since="2011-04", was={"2011-03": "回复"}'), "旧标题用不上"),
    "a former title that another has": ("visits.py", put("visits.py", 'was={"2011-03": "反映情况"}', 'was={"2011-03": "走访对象"}'), "（2011-03 起的表式）"),
    "a new column that is called as another": ("visits.py", put("visits.py", 'column("答复情况"', 'column("走访对象"', at="reply:"), "（2011-04 起的表式）"),
    "a tab until a period that there is none": ("funds.py", put("funds.py", 'title = "资金台账"', 'title = "资金台账"\n        until = "2011-03-31"', at='until ='), "是否为“2011-03”"),
    "a card of indicators that is dropped": ("__init__.py", whole("summary.py", 'title = "汇总表"', 'title = "汇总表"\n        until = "2011-03"'), "没有要汇总的数"),
    "a former version that is none": ("__init__.py", whole("__init__.py", 'version="1",', 'version="2", was="1",'), "was 应写成"),
    "a former version of no period": ("__init__.py", whole("__init__.py", 'version="1",', 'version="2", was={"2011": "1"},'), "没有报告期“2011”"),
    # settings and register
    "a total of no indicator": ("campaign.toml", whole("campaign.toml", "leaflets =", "leaflet ="), "是否为“leaflets”"),
    "a dimension of no team": ("campaign.toml", whole("campaign.toml", "township =", "townships ="), "是否为“township”"),
    "a threshold of no rule": ("campaign.toml", whole("campaign.toml", "V13 =", "V31 ="), "没有规则 V31"),
    "a language that we do not speak": ("campaign.toml", whole("campaign.toml", "queries_hold =", 'language = "fr"\nqueries_hold ='), "没有“fr”这种语言，只能是 zh、en 之一"),
    "a threshold misspelt": ("campaign.toml", whole("campaign.toml", "usual =", "usually ="), "没有界限“usually”"),
    "a team without code": ("teams.csv", put("teams.csv", "ZF002,", ",", at=",驻晨露"), "没有编码"),
    "a team without name": ("teams.csv", put("teams.csv", "ZF002,驻晨露食品有限公司工作队,", "ZF002,,"), "没有名称"),
    "a code twice": ("teams.csv", put("teams.csv", "ZF002,", "ZF001,", at="ZF001,驻晨露"), "重复"),
    "a register without kinds": ("teams.csv", whole("teams.csv", "code,name,kind", "code,name,sort"), "缺少 kind 一列"),
    "a register of blank rows": ("teams.csv", lambda schemas: (schemas / "teams.csv").write_text("code,name,kind,township\n,,,\n", "utf-8") and 0, "没有单位"),
    "a row that is cut short": ("teams.csv", lambda schemas: (schemas / "teams.csv").write_text("kind,township,name\n甲,乙,丙\n丁\n", "utf-8") and 0, "没有编码"),
    "no register": ("teams.csv", without("teams.csv"), "缺少 schemas/teams.csv"),
}  # fmt: skip


def spoilt(tmp_path: Path, spoil: Spoil) -> tuple[Path, int]:
    shutil.copytree(REPO / "schemas", tmp_path / "schemas", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path, spoil(tmp_path / "schemas")


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_a_sentence_with_its_place(tmp_path: Path, case: str) -> None:
    file, spoil, says = MISTAKES[case]
    root, line = spoilt(tmp_path, spoil)
    wrong = list(map(str, lint(root)))
    assert len(wrong) == 1 and says in wrong[0], wrong
    assert f"schemas/{file}" in wrong[0] and wrong[0].endswith(("。", "）")) and "\n" not in wrong[0]
    assert not line or f"第 {line} 行" in wrong[0], (line, wrong)


@pytest.mark.parametrize("case", [case for case in MISTAKES if "rule" not in case and "example" not in case])
def test_a_night_says_the_first_of_them_and_does_nothing(tmp_path: Path, case: str) -> None:
    root, _ = spoilt(tmp_path, MISTAKES[case][1])
    _, wrong = examined(root)
    for verb in (["status"], ["nightly", "--as-of", "2011-03-31"]):
        done = CliRunner().invoke(huizong, [*verb, "-C", str(root)])
        assert isinstance(done.exception, CampaignError) and str(done.exception) == str(wrong[0])
    assert not (root / "archive").exists()


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    root, _ = spoilt(tmp_path, put("funds.py", "ge=0, le=20000", "ge=20000, le=0"))
    put("visits.py", 'title = "走访台账"', 'titel = "走访台账"')(root / "schemas")
    put("problems.py", '"解决": RESOLVED', '"解决": "解决了"')(root / "schemas")
    done = CliRunner().invoke(huizong, ["lint", "-C", str(root)])
    assert done.exit_code == 3
    assert re.findall(r"schemas/(\w+)\.py 第 \d+ 行", done.output) == ["problems", "visits", "funds"]
    assert "共 3 处须改正。" in done.output


@pytest.mark.parametrize("shipped", ["", "benchmarks/plain"])
def test_what_is_shipped_is_right(shipped: str) -> None:
    assert lint(REPO / shipped) == []


def test_a_threshold_may_be_set_beyond_the_examples_of_its_rule(workspace: Path) -> None:
    settings = workspace / "schemas" / "campaign.toml"
    settings.write_text(settings.read_text("utf-8").replace("V12 = { usual = 60 }", "V12 = { usual = 80 }"), "utf-8")
    assert [str(each) for each in lint(workspace)] == []


def test_lint_leaves_the_folder_as_it_was(workspace: Path) -> None:
    before = {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}
    assert CliRunner().invoke(huizong, ["lint", "-C", str(workspace)]).exit_code == 0
    assert {
        path: path.read_bytes() for path in workspace.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    } == before


def test_a_template_that_cannot_be_filled_in_is_named(workspace: Path) -> None:
    (workspace / "schemas" / "brief.docx").write_bytes(b"no document")
    (wrong,) = lint(workspace)
    assert "schemas/brief.docx" in str(wrong)
