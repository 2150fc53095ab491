"""Mistakes in a form as a whole and in what its sheets say of themselves."""

from __future__ import annotations

import inspect
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from pipeline import declared_at
from pipeline.declarations import near
from pipeline.declare import Column, Form, Sheet
from pipeline.declare.columns import Role
from pipeline.declare.kinds import Kind, Number, folded
from pipeline.declare.sheet import Answers, SheetOptions, SheetRole
from pipeline.errors import CampaignError
from pipeline.proofread.tables import about_rows
from pipeline.rawbook import OUR_SHEETS

FORM = "__init__.py"
LONGEST_TAB = 31  # characters, Excel's limit
NO_TAB = frozenset("[]:*?/\\")  # what Excel allows in no name of a tab
SORTS = {"title": str, "tab": str, "begins": str, "total_row": str, "key": str, "note": str, "rows": int}
SEVERAL = ("ledger",)  # roles that more than one sheet may play


def not_sheets(form: Form) -> Iterator[CampaignError]:
    """Say what a form lists that is no list, as a sheet that is none, or twice."""
    for word in ("blanks", "other_tabs"):
        listed = getattr(form, word)
        if not isinstance(listed, tuple | list) or not all(isinstance(each, str) for each in listed):
            yield CampaignError.at(FORM, 0, f'FORM 的 {word} 应写成 ("文字",)，带引号，后有逗号。请改正。')
            return
    sheets: Any = form.sheets
    if not isinstance(sheets, tuple | list) or not sheets:
        yield CampaignError.at(FORM, 0, "FORM 的 sheets 应写成 (表一, 表二,)，至少一张，每张后有逗号。请改正。")
        return
    for place, each in enumerate(sheets):
        if not (inspect.isclass(each) and issubclass(each, Sheet)):
            yield CampaignError.at(FORM, 0, f"FORM 的 sheets 中“{each}”不是表。请只写 Sheet 的类名。")
        elif sheets.count(each) > 1 and sheets.index(each) == place:
            yield CampaignError.at(FORM, 0, f"FORM 的 sheets 中“{each.__name__}”写了两次。请删去一处。")


def about_form(form: Form) -> Iterator[CampaignError]:
    """Say which of its sheets is there twice, or is missing, and what its file names cannot hold."""
    for word in ("number", "title", "version", "file_name", "issued_by"):
        if not isinstance(said := getattr(form, word), str):
            yield CampaignError.at(FORM, 0, f"FORM 的 {word} 应是带引号的文字，却是 {said!r}。请改正。")
            return
    yield from _same_names(form)
    roles = Counter(sheet.options().role for sheet in form.sheets)
    for role, times in roles.items():
        if times > 1 and role not in SEVERAL:
            yield CampaignError.at(FORM, 0, f"有 {times} 张表的 role 都是 {role!r}，只能有一张。请改正。")
    if form.in_role("declared") is None:
        says = '没有要汇总的数。请在填报指标的表的 Config 中写 role = "declared"；没有这样的表，就在要汇总的栏写 total=True。'
        yield CampaignError.at(FORM, 0, says)
    if form.issued_by and (answers := form.in_role("explanations")):
        says = f'本表由“{form.issued_by}”制定，不能有 role = "explanations" 的表“{answers.title()}”：别人的表上不代填问题。'
        yield CampaignError.at(*declared_at.of_sheet(answers, "Config", "role"), f"{says}请删去，或删去 issued_by。")
    taken = Counter(col.role for sheet in form.sheets for col in sheet.columns().values() if col.role)
    for played, times in taken.items():
        if times > 1:
            yield CampaignError.at(FORM, 0, f"有 {times} 栏的 role 都是“{played}”，只能有一栏。请改正。")
    yield from _about_file_name(form.file_name)


def _same_names(form: Form) -> Iterator[CampaignError]:
    """Say where two sheets would be taken for one another by the names of their tabs."""
    on_tabs: dict[str, list[type[Sheet]]] = {}
    for sheet in form.sheets:
        on_tabs.setdefault(folded(sheet.tab()), []).append(sheet)
    for sharing in on_tabs.values():
        first = [sheet for sheet in sharing if not sheet.options().begins]
        if len(first) > 1 and any(sheet.options().tab for sheet in sharing):
            says = f"“{first[1].title()}”与“{first[0].title()}”在同一张工作表上，要用 begins 写明它上方的文字。请补上。"
            yield CampaignError.at(*declared_at.of_sheet(first[1], "Config", "tab"), says)
        heads = {each.options().begins: each for each in sharing if each.options().begins}
        for sheet in sharing:
            if head := heads.get(sheet.options().ends):
                says = f"“{sheet.title()}”的 ends 是同一张工作表上“{head.title()}”的 begins，读到那里本来就结束。请删去 ends。"
                yield CampaignError.at(*declared_at.of_sheet(sheet, "Config", "ends"), says)
    owners: dict[str, type[Sheet]] = {}
    for sheet in form.sheets:
        for name in {folded(name) for name in (sheet.title(), *_several(sheet.options().aliases))}:
            other = owners.setdefault(name, sheet)
            if other is not sheet:
                says = f"“{sheet.title()}”与“{other.title()}”的标题或别名相同。请改正其中一个。"
                yield CampaignError.at(*declared_at.of_sheet(sheet, "Config", "title"), says)


def _about_file_name(pattern: str) -> Iterator[CampaignError]:
    try:
        named = {name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None}
    except ValueError:
        named = {pattern}
    if named - {"code", "name"}:
        says = f"FORM 的 file_name“{pattern}”中只能用 {{code}} 和 {{name}} 代表编码和名称。请改正。"
        yield CampaignError.at(FORM, 0, says)


def about_sheet(sheet: type[Sheet]) -> Iterator[CampaignError]:
    """Say what is wrong in a sheet's Config and in what it takes for a column."""
    for says, *where in (*_in_config(sheet), *about_rows(sheet)):
        yield CampaignError.at(*declared_at.of_sheet(sheet, *where), f"“{sheet.title()}”{says}")
    for says, name in _no_columns(sheet):
        yield CampaignError.at(*declared_at.of_sheet(sheet, name), says)
    if not sheet.columns():
        yield CampaignError.at(*declared_at.of_sheet(sheet), f"“{sheet.title()}”没有一栏。请声明它的栏目。")


def _in_config(sheet: type[Sheet]) -> Iterator[tuple[str, ...]]:
    options = sheet.options()
    for word, sort in SORTS.items():
        if not isinstance(said := getattr(options, word), sort):
            yield f"的 {word} 应是{'整数' if sort is int else '带引号的文字'}，却是 {said!r}。请改正。", "Config", word
            return
    words = [name for name in vars(sheet.__dict__.get("Config", object)) if not name.startswith("__")]
    known = [*SheetOptions.__dataclass_fields__]
    if "Config" in sheet.__dict__:
        for word in words:
            if word not in known:
                yield f"的 Config 中没有“{word}”这个词{near(word, known)}。请改正。", "Config", word
    yield from _no_tabs({"title": sheet.title(), "tab": options.tab})
    if options.role not in get_args(SheetRole):
        yield f"的 role“{options.role}”不是{_or(get_args(SheetRole))}之一。请改正。", "Config", "role"
    aliases: Any = options.aliases
    if options.answers not in get_args(Answers):
        yield f"的 answers“{options.answers}”只能是 beside 或 below。请改正。", "Config", "answers"
    elif options.answers == "below" and len(options.records or {}) != 1:
        yield "的 answers 是 below，要用 records 写明唯一的一项。请改正。", "Config", "answers"
    if isinstance(aliases, str):
        yield f'的 aliases 应写成 ("{aliases}",)，少了逗号。请改正。', "Config", "aliases"
    if options.key and options.key not in sheet.columns():
        yield f"的 key“{options.key}”不是它的栏目{near(options.key, [*sheet.columns()])}。请改正。", "Config", "key"
    if options.records is not None and not (isinstance(options.records, Mapping) and options.records):
        yield '的 records 应写成 {"名称": "表头"}，至少一项。请改正。', "Config", "records"
        return
    for word, record in options.named_records().items():
        if record not in (options.records or {}):
            yield f"的 Config 中 {word} 写的“{record}”不在 records 中。请改正名称。", "Config", word
    groups: Any = options.unique
    if any(isinstance(group, str) or len(group) < 2 for group in groups):
        yield '的 unique 应写成 (("栏目一", "栏目二"),)，每组至少两栏。请改正。', "Config", "unique"
    elif unknown := [name for group in groups for name in group if name not in sheet.columns()]:
        says = f"的 Config 中 unique 写的“{unknown[0]}”不是它的栏目{near(unknown[0], [*sheet.columns()])}。请改正名称。"
        yield says, "Config", "unique"
    for field in options.stocks:
        if field not in sheet.columns():
            yield f"的 Config 中 stocks 写的“{field}”不是它的栏目。请改正名称。", "Config", "stocks"
    if options.total_row and not any(issubclass(col.kind, Number) for col in sheet.columns().values()):
        yield "写了 total_row，但没有可以合计的数字栏。请删去 total_row。", "Config", "total_row"


def _no_tabs(names: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Say which names, by the words that give them, no tab can have."""
    for word, name in names.items():
        if len(name) > LONGEST_TAB or NO_TAB & set(name) or name.startswith("_"):
            says = f"不能用作工作表的名称：最多 {LONGEST_TAB} 个字，不能有 [ ] : * ? / \\，也不能以“_”开头。请改正 {word}。"
            yield says, "Config", word
        elif folded(name) in map(folded, OUR_SHEETS):
            yield f"是本程序自己的工作表的名称。请改用别的 {word}。", "Config", word


def _no_columns(sheet: type[Sheet]) -> Iterator[tuple[str, str]]:
    """Say what looks like a column and is none: without a kind, with a kind that is none, or without column(…)."""
    kinds = inspect.get_annotations(sheet, eval_str=True)
    for name, value in vars(sheet).items():
        if isinstance(value, Column) and name not in kinds:
            yield f"“{value.title}”没有写明类型。请写成“{name}: 类型 = column(…)”。", name
    for name, kind in kinds.items():
        if not isinstance(sheet.__dict__.get(name), Column):
            yield f'“{name}”没有写 column(…)，不会读取。请写成“{name}: 类型 = column("标题")”。', name
        elif not (inspect.isclass(kind) and issubclass(kind, Kind) and hasattr(kind, "dtype")):
            shown = getattr(kind, "__name__", kind)
            yield f"“{name}”的类型“{shown}”不是栏目的类型。请用 Text、Count、Money、Day 等。", name


def _several(said: Any) -> Iterable[str]:
    return (said,) if isinstance(said, str) else said


def _or(names: Iterable[str]) -> str:
    return "、".join(f"“{name}”" for name in names)


def known_roles() -> tuple[str, ...]:
    """Give the roles that a column may play."""
    return get_args(Role)
