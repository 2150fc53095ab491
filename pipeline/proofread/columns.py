"""Mistakes in columns: titles twice, bounds nothing can keep, references to nowhere, examples that would be refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from pipeline import declared_at
from pipeline.declarations import near
from pipeline.declare import Choice, Column, ColumnRef, Day, Form, Measure, Percent, Sheet, Text
from pipeline.declare.columns import RECEIVED
from pipeline.declare.kinds import Number, folded
from pipeline.declare.titles import header, path_of
from pipeline.errors import CampaignError
from pipeline.proofread.sheets import known_roles

WITHIN = ("campaign", "period")
MOST_PLACES = 6
CHECKED = (
    "ge",
    "le",
    "gt",
    "lt",
    "within",
    "in_column",
    "is_unique",
    "pattern",
)  # what is asked of what people fill in
TEXT, YES_NO = "带引号的文字", "True 或 False"


def about_columns(form: Form, sheet: type[Sheet]) -> Iterator[CampaignError]:
    """Say what is wrong in the columns of a sheet, in its order."""
    owners: dict[str, str] = {}
    told_of: set[str] = set()  # declarations; what is wrong in one with `over` is wrong under each heading
    for name, col in sheet.columns().items():
        title: Any = col.title
        told = [f"“{title}”{each}" for each in list(_of_sorts(col)) or _of_meaning(form, col)]
        if not isinstance(title, str) or not (path := path_of(col)):
            told = [f"“{name}”的标题“{title}”是空的，或者只有编号、括号。请写明标题。"]
        elif (other := owners.setdefault(path, name)) != name:
            told.append(f"“{title}”与“{sheet.columns()[other].title}”的标题在读取时分不开。请改正其中一个。")
        if col.said_as not in told_of:
            yield from (CampaignError.at(*declared_at.of_sheet(sheet, name), each) for each in told)
        told_of |= {col.said_as} - {""} if told else set()
    yield from _about_aliases(sheet, owners)


def _about_aliases(sheet: type[Sheet], owners: dict[str, str]) -> Iterator[CampaignError]:
    """Say which aliases are another column's. owners: normalised title -> field."""
    taken = dict(owners)
    for name, col in sheet.columns().items():
        for alias in col.aliases:
            if (owner := taken.setdefault(header(alias), name)) != name:
                what = "标题" if owners.get(header(alias)) == owner else "别名"
                says = f"“{col.title}”的别名“{alias}”是另一栏“{sheet.columns()[owner].title}”的{what}。请删去这个别名。"
            elif not header(alias):
                says = f"“{col.title}”的别名“{alias}”是空的，或者只有编号、括号。请删去这个别名。"
            else:
                continue
            yield CampaignError.at(*declared_at.of_sheet(sheet, name), says)


def _of_sorts(col: Column) -> Iterator[str]:
    sorts: dict[str, tuple[Any, Any, str]] = {
        "unit": (col.unit, str, TEXT), "pattern": (col.pattern, str, TEXT), "note": (col.note, str, TEXT),
        "pattern_says": (col.pattern_says, str, TEXT), "places": (col.places, int, "整数"),
        "max_length": (col.max_length, int, "整数"), "width": (col.width, int | float, "数字"),
        "required": (col.is_required, bool, YES_NO), "unique": (col.is_unique, bool, YES_NO),
        "fill_down": (col.fill_down, bool, YES_NO), "total": (col.is_total, bool, YES_NO),
        "in_list": (col.in_list, str, TEXT),
        "computed": (col.is_computed, bool, YES_NO),
    }  # fmt: skip
    for word, (said, sort, shown) in sorts.items():
        if not isinstance(said, sort) or (isinstance(said, bool) and sort is not bool):
            yield f"的 {word} 应是{shown}，却是 {said!r}。请改正。"
    texts: dict[str, Sequence[Any]] = {
        "aliases": col.aliases, "choices": col.choices, "blanks": col.blanks,
        "synonyms": (*col.synonyms, *col.synonyms.values()),
    }  # fmt: skip
    for word, said in texts.items():
        if not all(isinstance(text, str) for text in said):
            yield f"的 {word} 中应全是{TEXT}。请改正。"


def _of_meaning(form: Form, col: Column) -> Iterator[str]:
    found = [*_of_words(col), *_of_bounds(col), *_of_others(form, col), *_of_totals(form, col)]
    yield from found or _of_examples(col)


def _of_words(col: Column) -> Iterator[str]:
    if col.role is not None and col.role not in known_roles():
        yield f"的 role“{col.role}”没有这个词{near(col.role, known_roles())}。请改正。"
    if col.within is not None and col.within not in WITHIN:
        yield f"的 within“{col.within}”只能是 campaign 或 period。请改正。"
    if not 0 <= col.places <= MOST_PLACES:
        yield f"的 places 应在 0 至 {MOST_PLACES} 之间。请改正。"
    if col.max_words is not None and not (type(col.max_words) is int and col.max_words > 0 and col.kind is Text):
        yield "的 max_words 应是大于 0 的整数，只用于 Text。请改正，或删去。"
    if col.is_computed and (
        words := [word for word in CHECKED if (said := getattr(col, word)) not in (None, "") and said is not False]
    ):
        yield f"写了 computed，由表式自己算出，不检查填得对不对。请删去 computed，或删去 {words[0].removeprefix('is_')}。"
    if col.max_length < 1 or col.width <= 0:
        yield "的 max_length 和 width 应大于 0。请改正。"
    if col.pattern:
        try:
            re.compile(col.pattern)
        except re.error:
            yield f"的 pattern“{col.pattern}”不是正则表达式。请改正。"
        if not col.pattern_says:
            yield "写了 pattern，但没有用 pattern_says 说明格式，填写的人看不懂。请补上。"
    yield from _of_choices(col)


def _of_choices(col: Column) -> Iterator[str]:
    if col.in_list and not (issubclass(col.kind, Choice) and (col.listed or not col.choices)):
        is_choice = issubclass(col.kind, Choice)
        what = "又有 choices。请删去一处" if is_choice else f"但类型是{col.kind.label}。请把类型改为 Choice"
        yield f"写了 in_list，{what}。"
    elif issubclass(col.kind, Choice):
        if not col.choices and not col.in_list:
            yield "是选项，但没有写 choices=(…)。请列出选项。"
        if len({folded(choice) for choice in col.choices}) < len(col.choices):
            yield "的 choices 中有相同的选项。请删去一个。"
        if both := [choice for choice in col.choices if col.is_blank(choice)]:
            yield f"的选项“{both[0]}”又写在 blanks 中。请删去一处。"
        for word, choice in col.synonyms.items():
            if not folded(word) or (choice not in col.choices and (col.listed or not col.in_list)):
                yield f"的 synonyms 把“{word}”读作“{choice}”，它不在 choices 中。请改正。"
    elif col.choices or col.synonyms:
        yield f"写了 choices 或 synonyms，但类型是{col.kind.label}。请把类型改为 Choice，或删去它们。"


def _of_bounds(col: Column) -> Iterator[str]:
    if (col.gt, col.lt) != (None, None):
        yield from _of_open_bounds(col)
        return
    bounds: list[Any] = [bound for bound in (col.ge, col.le) if bound is not None]
    if issubclass(col.kind, Day):
        bounds = [bound for bound in (col.ge, None if col.le == RECEIVED else col.le) if bound is not None]
        if not all(_is_day(bound) for bound in bounds):
            yield '的 ge、le 应是日期，如 "2011-03-01"（le 也可以是 "received"）。请改正。'
            return
    elif issubclass(col.kind, Number | Percent):
        if not all(type(bound) in (int, float) for bound in bounds):
            yield "的 ge、le 应是数字，不加引号。请改正。"
            return
    elif bounds:
        yield f"写了 ge 或 le，但类型是{col.kind.label}，没有大小可比。请删去它们。"
        return
    if any(low > high for low, high in pairwise(bounds)):
        yield f"的 ge {col.ge} 大于 le {col.le}，什么也填不进去。请改正。"


def _of_open_bounds(col: Column) -> Iterator[str]:
    """Say what is wrong with bounds of which one must not be reached."""
    bounds: list[Any] = [bound for bound in (col.ge, col.gt, col.le, col.lt) if bound is not None]
    if not issubclass(col.kind, Number | Percent):
        yield f"写了 gt 或 lt，但类型是{col.kind.label}，不是数字。请删去；日期请用 ge、le。"
    elif not all(type(bound) in (int, float) for bound in bounds):
        yield "的 ge、gt、le、lt 应是数字，不加引号。请改正。"
    elif None not in (col.ge, col.gt) or None not in (col.le, col.lt):
        yield "的 ge 和 gt、le 和 lt 各只能写一个。请删去一个。"
    elif None not in (col.least, col.most) and col.least > col.most:
        yield "的上下限之间什么也填不进去。请改正。"


def _is_day(bound: Any) -> bool:
    try:
        return bool(dt.date.fromisoformat(bound))
    except (ValueError, TypeError):
        return False


def _of_others(form: Form, col: Column) -> Iterator[str]:
    """Say which other columns it speaks of in vain."""
    source: Any = col.in_column
    measure: Any = col.equals
    if source is not None and not isinstance(source, ColumnRef):
        yield f"的 in_column“{source}”应写成 表.栏目，不加引号。请改正。"
    elif source is not None and str(source) not in source.owner.columns():
        yield f"的 in_column“{source}”按 over 分成几栏。请写明是哪一栏，如“{source}_1”。"
    elif source is not None and source.owner not in form.sheets:
        yield f"的 in_column 所在的“{source.owner.__name__}”不在 FORM 的 sheets 中。请加上。"
    if measure is None:
        return
    if not isinstance(measure, Measure):
        yield "的 equals 应写成 表.栏目.sum() 或 表.count()。请改正。"
        return
    if measure.sheet not in form.sheets:
        yield f"的 equals 所在的“{measure.sheet.__name__}”不在 FORM 的 sheets 中。请加上。"
        return
    columns = measure.sheet.columns()
    if not issubclass(col.kind, Number):
        yield f"写了 equals，但类型是{col.kind.label}，不是数字。请改正。"
    if words := [columns[name].title for name in measure.fields if not issubclass(columns[name].kind, Number)]:
        yield f"的 equals 要加总的“{words[0]}”不是数字。请改用数字栏，或用 count()。"
    for name, value in measure.where.items():
        if name not in columns:
            yield f"的 equals 中没有“{name}”这一栏{near(name, [*columns])}。请改正。"
        elif columns[name].choices and value not in columns[name].choices:
            yield f"的 equals 中“{value}”不是“{columns[name].title}”的选项{near(value, columns[name].choices)}。请改正。"


def _of_totals(form: Form, col: Column) -> Iterator[str]:
    if col.is_total and not issubclass(col.kind, Number):
        yield f"写了 total，但类型是{col.kind.label}，不能合计。请删去 total。"
    elif col.is_total and form.derived is None:
        yield "写了 total，但表式有填报指标的表。请删去 total，在那张表的指标中用 equals 写明。"


def _of_examples(col: Column) -> Iterator[str]:
    for example in col.examples:
        parsed = col.kind.parse_cell(example, col)
        if parsed.fault or parsed.value is None:
            yield f"的示例“{example}”自己就不合要求（{col.kind.expectation(col)}）。请改正。"
        elif issubclass(col.kind, Number | Percent) and not _is_within(col, parsed.value):
            yield f"的示例“{example}”超出了自己的范围。请改正。"


def _is_within(col: Column, value: Any) -> bool:
    is_within = (col.ge is None or value >= col.ge) and (col.le is None or value <= col.le)
    return is_within and (col.gt is None or value > col.gt) and (col.lt is None or value < col.lt)
