"""The kind of column that holds calendar days, and the forms in which people write them."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, ClassVar

from pipeline.declare.kind import (
    BLANK,
    INVISIBLE,
    Example,
    Kind,
    Parsed,
    Raw,
    narrow,
    noted,
    plainly,
    read_as,
    refused,
    show,
    tidy,
)

if TYPE_CHECKING:
    from pipeline.declare.columns import Column

DATE_FORMS = (
    re.compile(r"([0-9]{4})([-./])([0-9]{1,2})\2([0-9]{1,2})"),  # not \d, which takes every script's digits
    re.compile(r"([0-9]{4})(年)([0-9]{1,2})月([0-9]{1,2})[日号]?"),
    re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})"),
)
MONTH_FORMS = (
    re.compile(r"([0-9]{4})[-./]([0-9]{1,2})"),
    re.compile(r"([0-9]{4})年([0-9]{1,2})月份?"),
    re.compile(r"([0-9]{4})([0-9]{2})"),
)
OF_A_MONTH = re.compile(r"([0-9]{1,2})(?:日|号|st|nd|rd|th)")  # 31日: of which month, its period may tell
YEAR_LAST = re.compile(r"([0-9]{1,2})([-./])([0-9]{1,2})\2([0-9]{4})")
_NAMED = r"(?P<month>[a-z]{3,9})\.?"
_DATED = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
IN_ENGLISH = (  # 4 March 2024, 4-Mar-2024, March 4th, 2024; without spaces
    re.compile(rf"{_DATED}-?(?:of)?{_NAMED},?-?(?P<year>[0-9]{{4}})"),
    re.compile(rf"{_NAMED}{_DATED},?(?P<year>[0-9]{{4}})"),
)
MONTH_IN_ENGLISH = re.compile(rf"{_NAMED}[-,]?(?P<year>[0-9]{{4}})")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
ENGLISH = {name: number for number, month in enumerate(_MONTHS, 1) for name in (month, month[:3])} | {"sept": 9}
WITHOUT_YEAR = re.compile(r"[0-9]{1,2}月[0-9]{1,2}[日号]")
TIME_OF_DAY = re.compile(r"(?<=[0-9])(?:\s+|T)[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?\s*$")
SERIAL_DAY_0 = dt.date(1899, 12, 30)  # Excel's day 0 under the 1900 date system, valid from March 1900


class Day(Kind):
    """A calendar day, midnight of which is stored. Null: blank or unreadable."""

    label = "日期"
    excel_format = "yyyy-mm-dd"
    align = "center"
    dtype = "datetime64[us]"  # nanoseconds would end in 2262, and people type 2999
    cases: ClassVar[tuple[Example, ...]] = (
        plainly(dt.datetime(2011, 3, 8), dt.datetime(2011, 3, 8), "日期格式"),
        *(
            noted(typed, dt.datetime(2011, 3, 8))
            for typed in ("2011-3-8", "2011.3.8", "2011/3/8", "20110308", "2011年3月8日", "2011年3月8号", "２０１１－３－８")
        ),
        noted("3月8日", dt.datetime(2011, 3, 8), "活动不跨年度时"),
        noted(40610, dt.datetime(2011, 3, 8), "日期被改成数字"),
        noted("2011-03-08 09:30", dt.datetime(2011, 3, 8), "带有时间"),
        noted("8 March 2011", dt.datetime(2011, 3, 8)), noted("Mar. 8th, 2011", dt.datetime(2011, 3, 8)),
        refused("8日", "D01", "报告期正好是一个月的，读作该月 8 日"),
        refused("8/3/2011", "D01", "campaign.toml 的 day_order 写明先日后月的，照读"),
        refused("11/3/8", "D01"), refused("2011年3月", "D01"), refused(2011.3, "D01"), refused("3月上旬", "D01"),
        refused("2011-3-8至10", "D01"), refused("2011年③月8日", "D01", "带圈的数字"), refused("2011-3-8²", "D01"),
        refused("2011-2-31", "D03"),
    )  # fmt: skip

    @classmethod
    def parse_cell(cls, raw: Raw, column: Column) -> Parsed:
        if isinstance(raw, dt.datetime):
            return (
                Parsed(dt.datetime(raw.year, raw.month, raw.day))
                if raw.time() == dt.time()
                else cls._noted(raw, column)
            )
        if isinstance(raw, dt.date):
            return Parsed(dt.datetime(raw.year, raw.month, raw.day))
        if isinstance(raw, bool | dt.time | dt.timedelta):
            return Parsed(fault="D01", expected=column.expected)
        text = tidy(show(raw))
        if not text:
            return BLANK
        if not isinstance(raw, str) and len(text) == 5 and text.isdigit():
            return cls._noted(SERIAL_DAY_0 + dt.timedelta(int(text)), column)
        return cls.parse_text(text, column)

    @classmethod
    def parse_text(cls, text: str, column: Column) -> Parsed:
        """Read a date typed as text in one of the listed forms; a day without a year belongs to the campaign's one year."""
        plain = "".join(TIME_OF_DAY.sub("", narrow(text.translate(INVISIBLE))).split())
        if WITHOUT_YEAR.fullmatch(plain) and column.year:
            plain = f"{column.year}年{plain}"
        for form in DATE_FORMS:
            if match := form.fullmatch(plain):
                return cls._on(int(match[1]), int(match[3]), int(match[4]), column)
        return cls._elsewhere(plain.casefold(), column)

    @classmethod
    def _elsewhere(cls, plain: str, column: Column) -> Parsed:
        """Read a day as other offices write it: with an English month, or in the order that the campaign has declared."""
        for form in IN_ENGLISH:
            if (match := form.fullmatch(plain)) and match["month"] in ENGLISH:
                return cls._on(int(match["year"]), ENGLISH[match["month"]], int(match["day"]), column)
        if column.day_order and (match := YEAR_LAST.fullmatch(plain)):
            first, second = int(match[1]), int(match[3])
            month, day = (second, first) if column.day_order == "dmy" else (first, second)
            return cls._on(int(match[4]), month, day, column)
        return Parsed(fault="D01", expected=column.expected)

    @classmethod
    def _on(cls, year: int, month: int, day: int, column: Column) -> Parsed:
        try:
            return cls._noted(dt.date(year, month, day), column)
        except ValueError:
            return Parsed(fault="D03", expected=column.expected)

    @classmethod
    def in_month(cls, raw: Raw, month: dt.date, column: Column) -> Parsed | None:
        """Read 31日 as a day of the month that begins then; None if the cell says anything else."""
        match = OF_A_MONTH.fullmatch(narrow(tidy(raw)).casefold()) if isinstance(raw, str) else None
        return cls._on(month.year, month.month, int(match[1]), column) if match else None

    @classmethod
    def _noted(cls, day: dt.date, column: Column) -> Parsed:
        return Parsed(dt.datetime(day.year, day.month, day.day), note=read_as(day.isoformat(), column))

    @classmethod
    def validation(cls, column: Column, span: tuple[dt.date, dt.date]) -> dict[str, Any] | None:
        return {"validate": "date", "criteria": "between", "minimum": span[0], "maximum": span[1]}

    @classmethod
    def expectation(cls, column: Column) -> str:
        return column.words("日期，如 {example}", example=f"{column.year or 2011}-03-15")


class YearMonth(Day):
    """A month, kept as the midnight that begins it. Null: blank or unreadable."""

    label = "年月"
    excel_format = "yyyy-mm"
    cases: ClassVar[tuple[Example, ...]] = (
        plainly(dt.datetime(2011, 3, 1), dt.datetime(2011, 3, 1), "日期格式"),
        plainly(dt.datetime(2011, 3, 8), dt.datetime(2011, 3, 1), "日期格式，只取年月"),
        *(
            noted(typed, dt.datetime(2011, 3, 1))
            for typed in ("2011-3", "2011.03", "2011/3", "201103", "2011年3月", "2011年3月份", "2011年3月8日", "２０１１－３")
        ),
        noted("March 2011", dt.datetime(2011, 3, 1)),
        refused("3月", "D01"), refused("2011年", "D01"), refused("2011年一季度", "D01"), refused("2011-13", "D03"),
    )  # fmt: skip

    @classmethod
    def parse_cell(cls, raw: Raw, column: Column) -> Parsed:
        parsed = super().parse_cell(raw, column)
        if parsed.value is None:
            return parsed
        month = parsed.value.replace(day=1)
        return Parsed(month, note=read_as(f"{month:%Y-%m}", column) if parsed.note else None)

    @classmethod
    def parse_text(cls, text: str, column: Column) -> Parsed:
        """Read a month typed as text, with or without a day behind it."""
        plain = "".join(narrow(text.translate(INVISIBLE)).split())
        for form in MONTH_FORMS:
            if match := form.fullmatch(plain):
                return super().parse_text(f"{match[1]}-{match[2]}-01", column)
        if (match := MONTH_IN_ENGLISH.fullmatch(plain.casefold())) and match["month"] in ENGLISH:
            return cls._on(int(match["year"]), ENGLISH[match["month"]], 1, column)
        return super().parse_text(text, column)

    @classmethod
    def in_month(cls, raw: Raw, month: dt.date, column: Column) -> Parsed | None:
        """A day says nothing of its month."""
        return None

    @classmethod
    def expectation(cls, column: Column) -> str:
        return column.words("年月，如 {example}", example=f"{column.year or 2011}-03")
