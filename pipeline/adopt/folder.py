"""What stands beside the sheets in a campaign folder: the form, the settings and the register, as far as a workbook tells."""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.adopt.draft import Draft
from pipeline.adopt.look import Tab
from pipeline.adopt.source import REVIEW, Bare, call, value
from pipeline.adopt.words import (
    ISSUER,
    MONTH,
    NUMBER,
    OF_UNITS,
    ONLY_YEAR,
    QUARTER,
    REPORTER,
    SUM_OF_UNITS,
    is_placeholder,
)
from pipeline.declare.kinds import folded

EXAMPLES = ("示例单位一", "示例单位二")
MOST_UNITS = 5_000
DAYS_TO_REPORT = 10
LONGEST = 60  # characters of a title
CHINESE = {"一": 1, "二": 2, "三": 3, "四": 4}


def form(made: Sequence[Draft], title: str, texts: Sequence[str], blanks: Sequence[str], others: Sequence[str]) -> str:
    """Write the module that declares the form."""
    number = found_in(texts, NUMBER) or title
    imports = sorted(f"from .{each.name} import {each.name}" for each in made)
    sheets = tuple(Bare(each.name) for each in made)
    words: list[tuple[str, Any]] = [("number", number), ("title", title), ("version", "1"), ("sheets", sheets)]
    words += [("file_name", "{name}.xlsx")]
    words += [("issued_by", issuer)] if (issuer := found_in(texts, ISSUER)) else []
    words += [(word, tuple(said)) for word, said in (("blanks", blanks), ("other_tabs", others)) if said]
    lines = [f'"""{" ".join(title.split())}: as it stands in the workbook that it was adopted from."""', ""]
    lines += ["from pipeline.declare import Form", *imports, ""]
    lines += [f"{REVIEW}表号、标题、版本据工作簿上方的文字和文件名；空表中的占位文字和无人填写的工作表据内容推测"]
    return "\n".join([*lines, *call("FORM = Form(", words)]) + "\n"


def settings(title: str, texts: Sequence[str], today: dt.date) -> str:
    """Write campaign.toml: one period, which the workbook names, or else the year."""
    key, name, first, last = period(texts, today)
    return f"""{REVIEW}以下各项据工作簿上方的文字推测。改完运行 huizong lint 检查。
[campaign]
title = {value(title)}
office = "收表的办公室"
starts = {first}

[[period]]                     # 每个报告期一段，可以照样添加
key = "{key}"
title = "{name}"
starts = {first}
ends = {last}
due = {last + dt.timedelta(DAYS_TO_REPORT)}               # 截止日期
"""


def period(texts: Sequence[str], today: dt.date) -> tuple[str, str, dt.date, dt.date]:
    """Give the key, the title and the first and last days of the period that texts name; the present year if none."""
    for text in texts:
        if found := QUARTER.search(text):
            year, mark = int(found[1] or found[3]), found[2] or found[4]
            number = CHINESE.get(mark) or int(mark)
            first, last = dt.date(year, 3 * number - 2, 1), _end(year, 3 * number)
            return f"{year}Q{number}", f"{year}年{'一二三四'[number - 1]}季度", first, last
        if found := MONTH.search(text):
            year, month = int(found[1]), int(found[2])
            return f"{year}-{month:02d}", f"{year}年{month}月", dt.date(year, month, 1), _end(year, month)
    year = int(found_in(texts, ONLY_YEAR) or today.year)
    return str(year), f"{year}年", dt.date(year, 1, 1), dt.date(year, 12, 31)


def _end(year: int, month: int) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def register(others: Sequence[Tab], texts: Sequence[str]) -> tuple[str, int]:
    """Write teams.csv: the units that a list in the workbook names, or the one that it was made out for; and how many."""
    names = next((units for tab in others if OF_UNITS.search(folded(tab.name)) and (units := _units(tab))), [])
    if not names and (reporter := found_in(texts, REPORTER)):
        names = [reporter]
    names = [name for name in names if re.match(r"^\w([\w.-]*[\w-])?$", name) and len(name) <= 40]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["name"], *([name] for name in names or EXAMPLES)])
    return text.getvalue(), len(names)


def _units(tab: Tab) -> list[str]:
    """Read a list of units: the longest column of texts, without its header, each once."""
    columns = [
        [tab.text(r, c) for r in range(min(len(tab.rows), MOST_UNITS)) if tab.text(r, c)]
        for c in range(max(map(len, tab.rows), default=0))
    ]
    named = max(columns, key=lambda texts: (len(set(texts)), len("".join(texts))), default=[])
    units = [text for text in named if not SUM_OF_UNITS.search(folded(text)) and not is_placeholder(text)]
    return list(dict.fromkeys(units)) if len(units) > 1 else []


def found_in(texts: Sequence[str], pattern: re.Pattern[str]) -> str:
    """Give the first thing that a pattern finds in texts, "" if nothing."""
    return next((found[1] for text in texts if (found := pattern.search(text))), "")


def title_of(made: Sequence[Draft], path: Path) -> str:
    """Give the form's title: what stands alone above its first sheet and is not that sheet's own; else the file's name."""
    tab, names = made[0].block.tab, {each.block.tab.name for each in made}
    for r in range(min(made[0].block.top, 4)):
        said = [tab.text(r, c) for c in tab.texts(r)]
        is_own = len(names) > 1 and any(text.startswith(tab.name) for text in said)
        if len(said) == 1 and 3 < len(said[0]) <= LONGEST and not is_own and not re.search(r"[：:。]", said[0]):
            return re.sub(r"[（(][^（()）]*[)）]$", "", said[0]).strip() or said[0]
    return path.stem
