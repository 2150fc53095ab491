"""Campaigns out of the vocabulary, at random: what hypothesis declares is written down as a maintainer writes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from declaring_rows import carry_on, forget_bounds, group, repeat, say_rows
from hypothesis import strategies as st
from ruling import Rule

Draw = Callable[[st.SearchStrategy[Any]], Any]
KINDS = (
    "Text",
    "Name",
    "Code",
    "Phone",
    "Email",
    "Choice",
    "YesNo",
    "Count",
    "Money",
    "Quantity",
    "Percent",
    "Day",
    "YearMonth",
)
NUMBERS = ("Count", "Money", "Quantity")
STEMS = (
    "人数", "金额", "姓名", "单位名称", "项目名称", "日期", "备注", "说明", "合计", "小计人数", "电话", "类别", "序号", "编码", "比例", "年月", "面积",
    "地址", "负责人", "填报单位", "填表说明", "计划", "实际", "完成情况", "总数", "其中", "示例", "数量", "注", "单位", "审核", "Name", "Name of team",
    "Amount", "Date", "Remarks", "No.", "Total", "E-mail", "Start/End", "A", "B", "I", "x", "走访群众（含入户）", "是否达标？", "2010年", "4—6月",
)  # fmt: skip
BEFORE = (
    "",
    "",
    "",
    "",
    "",
    "其中：",
    "1.",
    "一、",
    "（一）",
    "*",
    "本期",
    "累计",
    "2024年",
    "第1次",
    "上年",
    "其中:",
    "12",
    "甲、",
    "#",
)
BEHIND = (
    "",
    "",
    "",
    "",
    "",
    "（人）",
    "(元)",
    "【必填】",
    "（单位：万元）",
    "：",
    "*",
    "1",
    "2",
    "数",
    " 数",
    "合计",
    "（一）",
    "［2］",
    "\n（续）",
    "率%",
    "及说明",
)
LETTERS = "人数金额项目东西村走访合计说明备注一二三甲乙年月日abcXYZ0129 -_/.:：、（）()[]【】%*＊"
UNITS = ("", "", "人", "户", "个", "元", "万元", "公顷", "亩", "台（套）", "人次", "km", "%", "小时", "USD")
TABS = (
    "人员情况",
    "资金明细",
    "项目进度",
    "综合情况",
    "附表1",
    "附表 2",
    "Sheet1",
    "List",
    "Data (1)",
    "支出",
    "支出明细",
    "说明",
    "合计",
    "名册",
    "问卷",
    "汇总表",
)
CHOICES = (
    ("是", "否", "不适用"), ("已完成", "未完成"), ("甲", "乙", "丙", "丁"), ("Yes", "No"), ("1", "2", "3"), ("合计", "分项"), ("无", "有"),
    ("交通", "水利", "能源（含电力）", "其他"), ("A类", "A 类（新）", "B类"), ("/", "√"), ("长" * 120, "较长" * 70, "短"),
)  # fmt: skip
PATTERNS = (r"\d{4}-\d{3}", r"[A-Z]\d{2,4}", r"(?:甲|乙)\d+号", r"[a-z]+", r"\w{2,6}", "A|B")


LIST = "team,value\nT01,县道改造\n红旗镇政府,水库加固\n,其他（全区）\n,合计\n"


class Source(str):
    """Python that is written as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@dataclass
class Spec:
    """One column: its kind, its title, what else is said of it."""

    field: str
    kind: str
    title: str
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it stands for: one, or one under each heading."""
        return tuple(f"{self.field}_{n}" for n, _ in enumerate(self.said.get("over", ()), 1)) or (self.field,)

    def __str__(self) -> str:
        words = ", ".join([repr(self.title), *(f"{word}={value!r}" for word, value in self.said.items())])
        return f"    {self.field}: {self.kind} = column({words})"


@dataclass
class SheetSpec:
    """One sheet: its columns, and what its Config says. base: the sheet that it is made after."""

    name: str
    columns: list[Spec]
    config: dict[str, Any]
    base: str = "Sheet"
    lacks: Sequence[str] = ()  # fields of the base that are left out

    def __str__(self) -> str:
        config = [f"        {word} = {value!r}" for word, value in self.config.items()]
        fields = [*map(str, self.columns), *(f"    {name} = None" for name in self.lacks)]
        head = [f"class {self.name}({self.base}):", '    """One row per thing."""', ""]
        return "\n".join([*head, *fields, "", "    class Config:", *config, ""])


@dataclass
class Declared:
    """A campaign folder in the making."""

    sheets: list[SheetSpec]
    form: dict[str, Any]
    settings: str
    things: str = LIST  # schemas/lists/things.csv
    lists: dict[str, str] = field(default_factory=dict)  # others of that folder, by name
    rules: list[Rule] = field(default_factory=list)
    kind: str = "乡镇"  # of the first team

    def __str__(self) -> str:
        names = ", ".join(sheet.name for sheet in self.sheets)
        words = ", ".join(f"{word}={value!r}" for word, value in self.form.items())
        known = ("ERROR", "NOTE", "QUERY", "Form", "Rows", "Serial", "Sheet", "Truths", "column", "rule", *KINDS)
        imports = f"from pipeline.declare import {', '.join(known)}"
        sheets = "\n\n".join(map(str, [*self.sheets, *self.rules]))
        return f'"""A campaign."""\n\n{imports}\n\n\n{sheets}\n\nFORM = Form(sheets=({names},), {words})\n'

    def write(self, root: Path) -> Path:
        """Write the campaign folder."""
        schemas = root / "schemas"
        schemas.mkdir(parents=True)
        (root / "inbox").mkdir()
        (schemas / "__init__.py").write_text(str(self), "utf-8")
        (schemas / "campaign.toml").write_text(self.settings, "utf-8")
        (schemas / "lists").mkdir()
        for name, text in {"things": self.things, **self.lists}.items():
            (schemas / "lists" / f"{name}.csv").write_text(text, "utf-8")
        teams = f"code,name,kind\nT01,东风镇政府,{self.kind}\nT02,红旗镇政府,企业\n"
        (schemas / "teams.csv").write_text(teams, "utf-8")
        return root


SETTINGS = """
[campaign]
title = "随机活动"
office = "区办公室"
starts = {starts}

[[period]]
key = "P1"
title = "第一期"
starts = {starts}
ends = {ends}
due = {ends}

[[period]]
key = "P2"
title = "第二期"
starts = {later}
ends = {last}
due = {last}
"""


def titles() -> st.SearchStrategy[str]:
    """Titles as people make them: words from forms, with numbers, brackets and units round them; and any letters at all."""
    built = st.tuples(st.sampled_from(BEFORE), st.sampled_from(STEMS), st.sampled_from(BEHIND)).map("".join)
    return st.one_of(st.sampled_from(STEMS), built, built, st.text(LETTERS, min_size=1, max_size=24))


def _as_tab(title: str) -> str:
    return "".join(mark for mark in title if mark not in "[]:*?/\\\n")[:31].strip("_") or "表"


@st.composite
def campaigns(draw: Draw) -> Declared:
    """Declare a campaign of one to four sheets."""
    first = draw(st.sampled_from((dt.date(2024, 1, 1), dt.date(2011, 3, 8), dt.date(2023, 11, 20))))
    days = [first + dt.timedelta(each) for each in (0, 40, 41, draw(st.sampled_from((60, 90, 500))))]
    settings = SETTINGS.format(**dict(zip(("starts", "ends", "later", "last"), days, strict=True)))
    names = draw(st.lists(st.sampled_from(TABS) | titles().map(_as_tab), min_size=4, max_size=4, unique=True))
    sheets = [_ledger(draw, f"Ledger{n}", names[n]) for n in range(draw(st.integers(1, 2)))]
    if draw(st.booleans()):
        sheets.append(_made_after(draw, sheets[0], "Ledger9", names[2]))
    blanks = draw(st.sampled_from(((), (), ("请选择",), ("< Select >", "—"))))
    if draw(st.integers(0, 3)) and len(sheets) > 1:
        _share_a_tab(draw, sheets)
    _refer(draw, sheets)
    if draw(st.integers(0, 3)):
        sheets.insert(draw(st.integers(len(sheets), len(sheets))), _declared(draw, names[3], sheets))
    else:
        _total(draw, sheets)
    if draw(st.booleans()):
        sheets.insert(0, _cover(draw))
    form = {"number": draw(st.sampled_from(("表1", "A-02", "区统〔2024〕1号表"))), "title": "随机报表", "version": "1",
            "file_name": draw(st.sampled_from(("{code}_{name}.xlsx", "{name}.xlsx")))}  # fmt: skip
    if blanks:
        form["blanks"] = blanks
    if draw(st.integers(0, 3)) == 0:
        form["issued_by"] = "国家统计局"
    if draw(st.booleans()):
        form["other_tabs"] = ("填报说明", "单位名单")
    return Declared(sheets, form, settings)


def _columns(draw: Draw, most: int, *, is_card: bool) -> list[Spec]:
    count = draw(st.sampled_from((1, 2, 2, 3, 3, 4, most)))
    heads = draw(st.lists(titles(), min_size=count, max_size=count, unique=True))
    specs = [_column(draw, f"c{n}", title, is_card=is_card) for n, title in enumerate(heads)]
    if draw(st.integers(0, 4)) == 0:
        repeat(draw, specs)
    elif not is_card and draw(st.integers(0, 2)) == 0:
        group(draw, specs)
    return specs


def _column(draw: Draw, name: str, title: str, *, is_card: bool = False) -> Spec:
    kind = draw(st.sampled_from((*KINDS, *["Text"] * 4)))
    spec = Spec(name, kind, title)
    said = spec.said
    if draw(st.integers(0, 2)) == 0:
        said["required"] = False
    if kind in NUMBERS or kind == "Percent":
        _number(draw, spec)
    elif kind in ("Day", "YearMonth"):
        limit = draw(st.sampled_from(("", "", "campaign", "period", "bounds", "received")))
        if limit == "bounds":
            said |= {"ge": "2024-01-15", "le": "2024-12-31"}
        elif limit == "received":
            said["le"] = limit
        elif limit:
            said["within"] = limit
    elif kind == "Choice" and draw(st.integers(0, 3)) == 0:
        said["in_list"] = "things"
    elif kind == "Choice":
        said["choices"] = draw(st.sampled_from(CHOICES))
        if draw(st.booleans()):
            said["synonyms"] = {"别的说法": said["choices"][0]}
        if draw(st.booleans()):
            said["blanks"] = ("请选择",)
    elif kind == "Text" and draw(st.integers(0, 5)) == 0:
        said["max_words"] = draw(st.sampled_from((1, 2, 5)))
    elif kind in ("Text", "Code") and draw(st.integers(0, 3)) == 0:
        said |= {"pattern": draw(st.sampled_from(PATTERNS)), "pattern_says": "按样式填写"}
    elif kind == "Text" and draw(st.booleans()):
        said["max_length"] = draw(st.sampled_from((1, 2, 8, 60, 300)))
    if "choices" not in said and draw(st.integers(0, 7)) == 0:
        said["blanks"] = draw(st.sampled_from((("待填",), ("—", "……"), ("0",), ("无",))))
    if draw(st.integers(0, 5)) == 0:
        said["aliases"] = draw(st.lists(titles(), min_size=1, max_size=2))
    if draw(st.integers(0, 5)) == 0:
        said |= {"width": draw(st.sampled_from((4, 8, 30, 60))), "note": "如有变动，请注明"}
    if not is_card and draw(st.integers(0, 5)) == 0:
        said["fill_down"] = True
    if not is_card and kind in ("Text", "Name", "Code", "Phone", "Count", "Day") and draw(st.integers(0, 4)) == 0:
        said["unique"] = True
    if draw(st.integers(0, 7)) == 0:
        said["computed"] = True
        forget_bounds(spec)
    if draw(st.integers(0, 5)) == 0 and (example := _example(spec)) is not None:
        said["examples"] = [example]
    return spec


def _example(spec: Spec) -> Any:
    """Give a right value of a column, if there is an easy one."""
    said = spec.said
    if spec.kind in NUMBERS:
        return next((said[word] for word in ("ge", "le") if word in said), None if {"gt", "lt"} & {*said} else 12)
    easy = {"Percent": "0.5", "Name": "张三", "Code": "A01", "Phone": "13800000000", "Email": "a@example.com", "YesNo": "是",
            "Day": "2024-03-01", "YearMonth": "2024-03"}  # fmt: skip
    if spec.kind == "Choice":
        return said["choices"][-1] if "choices" in said else None
    return None if {"pattern", "ge", "le", "gt", "lt"} & {*said} else easy.get(spec.kind, "例")


def _number(draw: Draw, spec: Spec) -> None:
    bounds = {
        "Percent": ((None, None), (0, 1), (None, 1), (0, 1.5), (0.05, 0.95)),
    }.get(spec.kind, ((None, None), (0, None), (0, 1000), (1, 5), (None, 100), (-50, 50), (0, 0), (10**6, 10**8)))
    least, most = draw(st.sampled_from(bounds))
    for word, bound in (("ge", least), ("le", most)):
        if bound is not None:
            spec.said[word if least == most or draw(st.integers(0, 2)) else word[0] + "t"] = bound
    if spec.kind in NUMBERS and (unit := draw(st.sampled_from(UNITS))):
        spec.said["unit"] = unit
    if spec.kind in ("Money", "Quantity") and draw(st.booleans()):
        spec.said["places"] = draw(st.integers(0, 6))


def _ledger(draw: Draw, name: str, title: str) -> SheetSpec:
    if draw(st.integers(0, 7)) == 0:  # a card that is no declared one
        return _card(draw, name, title, {}, _columns(draw, 5, is_card=True))
    columns = _columns(draw, 7, is_card=False)
    config: dict[str, Any] = {"title": title}
    if draw(st.booleans()):
        columns.insert(
            draw(st.sampled_from((0, 0, 0, len(columns)))),
            Spec("serial", "Serial", draw(st.sampled_from(("序号", "编号", "No.", "行次")))),
        )
    if any(spec.kind in NUMBERS for spec in columns) and draw(st.booleans()):
        config["total_row"] = draw(st.sampled_from(("合计", "合计", "总计", "合 计", "本页小计", "Total", "累计")))
    if draw(st.integers(0, 3)) == 0:
        config["key"] = draw(st.sampled_from(columns)).fields[0]
    if len(columns) > 1 and draw(st.integers(0, 3)) == 0:
        every = [name for spec in columns for name in spec.fields]
        fields = draw(st.lists(st.sampled_from(every), min_size=2, max_size=3, unique=True))
        config["unique"] = (tuple(fields),)
    if draw(st.integers(0, 3)) == 0:
        config["rows"] = draw(st.sampled_from((1, 5, 12)))
    if draw(st.integers(0, 3)) == 0:
        config["note"] = draw(st.sampled_from(("单位：人", "没有的不填", "本表由经办人填写")))
    if draw(st.integers(0, 5)) == 0:
        config["aliases"] = (draw(titles()),)
    say_rows(draw, columns, config)
    return SheetSpec(name, columns, config)


def _made_after(draw: Draw, base: SheetSpec, name: str, title: str) -> SheetSpec:
    """Make a sheet after another: two columns more, perhaps one less."""
    more = [
        _column(draw, f"d{n}", draw(titles()), is_card="records" in base.config) for n in range(draw(st.integers(0, 2)))
    ]
    spare = [spec.field for spec in base.columns if spec.field not in repr(base.config)]
    lacks = [draw(st.sampled_from(spare))] if len(spare) > 1 and draw(st.booleans()) else []
    if (others := [field for field in spare if field not in lacks]) and draw(st.integers(0, 2)) == 0:  # declared anew
        more.append(_column(draw, draw(st.sampled_from(others)), draw(titles()), is_card="records" in base.config))
    return SheetSpec(name, more, {"title": title}, base.name, lacks)


def _share_a_tab(draw: Draw, sheets: list[SheetSpec]) -> None:
    tab = draw(st.sampled_from(("附表", "情况表", "Page 1")))
    heads = draw(
        st.sampled_from(
            (
                ("一、人员", "二、资金", "三、项目"),
                ("支出", "支出明细", "支出明细表"),
                ("Part A", "Part B", "Part C"),
                ("一、", "二、", "三、"),
            )
        )
    )
    is_first_headed = draw(st.booleans())
    for number, (sheet, head) in enumerate(zip(sheets, heads, strict=False)):
        sheet.config["tab"] = tab
        sheet.config.pop("rows", None)  # who fills it in inserts no rows above the next table
        if number or is_first_headed:
            sheet.config["begins"] = head


def all_columns(sheet: SheetSpec, sheets: Sequence[SheetSpec]) -> list[Spec]:
    base = next((each for each in sheets if each.name == sheet.base), None)
    gone = {*sheet.lacks, *(spec.field for spec in sheet.columns)}
    inherited = [spec for spec in base.columns if spec.field not in gone] if base else []
    return [*inherited, *sheet.columns]


def _is_card(sheet: SheetSpec, sheets: Sequence[SheetSpec]) -> bool:
    return "records" in sheet.config or any("records" in each.config for each in sheets if each.name == sheet.base)


def _refer(draw: Draw, sheets: list[SheetSpec]) -> None:
    """Let a column of a later sheet hold what stands in one of an earlier sheet."""
    sources = [(sheets[0].name, spec) for spec in sheets[0].columns if spec.kind in ("Text", "Name", "Code", "Count")]
    for sheet in sheets[1:]:
        targets = [(spec, source) for spec in sheet.columns for source in sources if spec.kind == source[1].kind]
        if targets and draw(st.booleans()):
            spec, (owner, source) = draw(st.sampled_from(targets))
            spec.said = {
                word: said
                for word, said in spec.said.items()
                if word in ("required", "aliases", "width", "note", "under", "over")
            }
            if draw(st.booleans()) and not _is_card(sheet, sheets):
                spec.said["unique"] = True
            spec.said["in_column"] = Source(f"{owner}.{draw(st.sampled_from(source.fields))}")
            spec.said["max_length"] = 300


def _declared(draw: Draw, title: str, sheets: Sequence[SheetSpec]) -> SheetSpec:
    columns = _columns(draw, 6, is_card=True)
    if not any(spec.kind in NUMBERS for spec in columns):
        columns[0].kind, columns[0].said = "Count", {"ge": 0}
    for spec in columns:
        if spec.kind in NUMBERS and draw(st.booleans()):
            _equal(draw, spec, sheets)
    return _card(draw, "Declared", title, {"role": "declared"}, columns)


def _equal(draw: Draw, spec: Spec, sheets: Sequence[SheetSpec]) -> None:
    sheet = draw(st.sampled_from(sheets))
    columns = all_columns(sheet, sheets)
    numbers = [each for each in columns if each.kind == spec.kind or (each.kind == "Count" and spec.kind != "Count")]
    chosen = [each for each in columns if "choices" in each.said or each.kind == "YesNo"]
    where = next((each for each in chosen if draw(st.booleans())), None)
    said = f"{where.fields[0]}={where.said.get('choices', ('是',))[0]!r}" if where else ""
    for word in ("ge", "le", "gt", "lt", "examples"):
        spec.said.pop(word, None)
    number = draw(st.sampled_from(numbers)) if numbers and draw(st.booleans()) else None
    if spec.kind in ("Money", "Quantity"):
        spec.said["places"] = 6
    if number and "over" in number.said and "over" not in spec.said and draw(st.booleans()):
        spec.said["over"] = number.said["over"]
    field = number and draw(st.sampled_from((number.field, number.field, number.fields[-1])))
    spec.said["equals"] = Source(f"{sheet.name}.{field}.sum({said})" if number else f"{sheet.name}.count({said})")


def _card(draw: Draw, name: str, title: str, config: dict[str, Any], columns: list[Spec]) -> SheetSpec:
    records = draw(
        st.sampled_from(
            (
                {"value": "数量"},
                {"value": "填报内容"},
                {"now": "本期数", "all": "累计数"},
                {"a": "A", "b": "B", "c": "合计"},
                {"one": "项目数", "two": "金额（万元）"},
                {"open": "期初数", "close": "期末数"},
                {"open": "年初", "now": "本期", "all": "累计", "close": "期末"},
            )
        )
    )
    config = {**config, "title": title, "records": records}
    if len(records) == 1 and draw(st.booleans()):
        config["answers"] = "below"
    carry_on(draw, columns, config)
    if draw(st.integers(0, 3)) == 0:
        config |= {"field_header": draw(st.sampled_from(("指标", "问题", "Item"))), "unit_header": "单位"}
    return SheetSpec(name, columns, config)


def _total(draw: Draw, sheets: Sequence[SheetSpec]) -> None:
    for sheet in sheets:
        for spec in sheet.columns:
            if spec.kind in NUMBERS and draw(st.booleans()):
                spec.said["total"] = True
        if draw(st.booleans()) or sheet is sheets[0]:
            sheet.config["counted"] = draw(st.sampled_from(("项目数", "行数", "人数"))) + sheet.name[-1]


def _cover(draw: Draw) -> SheetSpec:
    columns = [Spec("team", "Code", draw(st.sampled_from(("单位编码", "编码", "Code"))), {"role": "team"})]
    columns.append(
        Spec("team_name", "Text", draw(st.sampled_from(("单位名称", "填报单位", "名称"))), {"role": "team_name"})
    )
    if draw(st.booleans()):
        columns.append(Spec("period", "Text", draw(st.sampled_from(("报告期", "时期"))), {"role": "period"}))
    if draw(st.booleans()):
        columns.append(Spec("form", "Text", "表号", {"role": "form"}))
    columns += [_column(draw, f"e{n}", draw(titles()), is_card=True) for n in range(draw(st.integers(0, 2)))]
    return SheetSpec("Cover", columns, {"title": "封面", "role": "cover", "records": {"value": "填报内容"}})
