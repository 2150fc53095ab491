"""Kinds of column: dtype, parser, bounds, Excel format, validation, example and sum, each in one place.

A kind is a registered Pandera dtype, so it can be the annotation of a column in a `Sheet`. Parsing happens cell by cell,
before Pandera sees anything: what is certain is read as meant, what is not becomes null and a fault. See `parse_cell`.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd
import pandera.pandas as pa
from pandera import dtypes
from pandera.engines import pandas_engine

if TYPE_CHECKING:
    from pipeline.declare.sheet import Column, Measure

Raw = str | float | int | bool | dt.datetime | dt.date | dt.time | dt.timedelta | None

INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
DASHES = frozenset("-—–―－/／\\")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one cell says: a typed value (null: blank or unreadable), the code of a fault, and a note of what was assumed."""

    value: Any = None
    fault: str | None = None
    expected: str = ""
    note: str | None = None


BLANK = Parsed()


def tidy(text: str) -> str:
    """Drop invisible characters and outer white space of every width; inner line breaks stay."""
    return text.translate(INVISIBLE).replace("\u00a0", " ").replace("\u202f", " ").strip().strip("\u3000").strip()


def folded(text: str) -> str:
    """Fold width and case for matching only; never store the result."""
    return "".join(unicodedata.normalize("NFKC", text.translate(INVISIBLE)).split()).casefold()


class Kind:
    """What all cells of one kind of column share. Subclasses are Pandera dtypes; none of them is ever instantiated by us."""

    label: ClassVar[str]
    excel_format: ClassVar[str] = "General"
    align: ClassVar[str] = "left"
    numeric: ClassVar[bool] = False
    dtype: ClassVar[str]

    if TYPE_CHECKING:  # what `Visits.persons` offers to a type checker; at run time it is a ColumnRef

        def sum(self, **where: str) -> Measure: ...

    @classmethod
    def parse_cell(cls, raw: Raw, column: Column) -> Parsed:
        """Read one cell as meant, or say which fault it has. Blank text is a blank cell."""
        raise NotImplementedError

    @classmethod
    def checks(cls, column: Column) -> list[pa.Check]:
        """Bounds written on the column, as Pandera checks whose error is our code."""
        return []

    @classmethod
    def validation(cls, column: Column, span: tuple[dt.date, dt.date]) -> dict[str, Any] | None:
        """Give xlsxwriter's data validation for cells of this column, or None."""
        return None

    @classmethod
    def expectation(cls, column: Column) -> str:
        """Say in plain Chinese what belongs into the cell."""
        return cls.label

    @classmethod
    def total(cls, values: pd.Series[Any]) -> int | Decimal:
        """Add the column up exactly; nulls count nothing."""
        raise TypeError(f"{cls.__name__} has no sum")

    @classmethod
    def series(cls, values: Sequence[Any]) -> pd.Series[Any]:
        """Make a typed column with a fresh integer index out of parsed values."""
        return pd.Series(values, dtype=cls.dtype)


def _texts(raw: Raw) -> str:
    """Show a raw cell as the text that a reader of the sheet would call it."""
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() and abs(raw) < 1e15 else repr(raw)
    if isinstance(raw, dt.datetime) and raw.time() == dt.time():
        return raw.date().isoformat()
    return "" if raw is None else str(raw)


show = _texts


class Text(Kind, pandas_engine.NpString):
    """Free text; outer spaces and invisible characters are dropped without a word, everything else is kept."""

    label = "文字"
    excel_format = "@"
    dtype = "str"

    @classmethod
    def parse_cell(cls, raw: Raw, column: Column) -> Parsed:
        if isinstance(raw, float) and abs(raw) >= 1e15:
            return Parsed(fault="T04", expected="按文本格式填写的完整号码")
        text = tidy(_texts(raw))
        return cls.parse_text(text, column) if text else BLANK

    @classmethod
    def parse_text(cls, text: str, column: Column) -> Parsed:
        """Read text that is not blank."""
        return Parsed(text)

    @classmethod
    def checks(cls, column: Column) -> list[pa.Check]:
        longest = [pa.Check.str_length(max_value=column.max_length, error="T01")]
        return longest + ([pa.Check.str_matches(f"^(?:{column.pattern})$", error="T02")] if column.pattern else [])

    @classmethod
    def validation(cls, column: Column, span: tuple[dt.date, dt.date]) -> dict[str, Any] | None:
        if column.max_length >= 200:
            return None
        return {"validate": "length", "criteria": "<=", "value": column.max_length}

    @classmethod
    def expectation(cls, column: Column) -> str:
        return column.pattern_says or f"不超过 {column.max_length} 字"


class Name(Text):
    """A person's name. Spaces inside two-character names ("张 三") are layout, not part of the name."""

    label = "姓名"

    @classmethod
    def parse_text(cls, text: str, column: Column) -> Parsed:
        joined = re.sub(r"(?<=[\u3400-\u9fff])[\s\u3000]+(?=[\u3400-\u9fff])", "", text)
        return Parsed(joined, note=f"读作“{joined}”" if joined != text else None)

    @classmethod
    def checks(cls, column: Column) -> list[pa.Check]:
        return [pa.Check.str_matches(r"^[\u3400-\u9fff\U00020000-\U0003ffffA-Za-z·• .'-]{2,30}$", error="T03")]

    @classmethod
    def expectation(cls, column: Column) -> str:
        return "姓名全称"


class Code(Text):
    """A code whose characters matter: leading zeros stay, width is folded, inner spaces are dropped."""

    label = "编码"

    @classmethod
    def parse_text(cls, text: str, column: Column) -> Parsed:
        plain = "".join(unicodedata.normalize("NFKC", text).split())
        return Parsed(plain, note=f"读作“{plain}”" if plain != text else None)


class Phone(Code):
    """A telephone number, kept as text. Personal: masked where a document travels."""

    label = "电话号码"

    @classmethod
    def parse_text(cls, text: str, column: Column) -> Parsed:
        plain = re.sub(r"(?<=\d)[- ](?=\d{4,})", "", unicodedata.normalize("NFKC", text)) if text[0] == "1" else text
        return super().parse_text(plain, column)

    @classmethod
    def checks(cls, column: Column) -> list[pa.Check]:
        return [pa.Check.str_matches(r"^(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8})$", error="P01")]

    @classmethod
    def expectation(cls, column: Column) -> str:
        return "11 位手机号码或带区号的固定电话"


class Serial(Code):
    """The printed number of a row: it names the row, and a row in which nothing else is filled is blank."""

    label = "序号"
    align = "center"


class Choice(Text):
    """One of the declared choices; width, case and spaces are folded, declared synonyms are read with a note."""

    label = "选项"
    align = "center"

    @classmethod
    def parse_text(cls, text: str, column: Column) -> Parsed:
        if text in column.choices:
            return Parsed(text)
        meant = column.choice_named(text)
        if meant is None:
            return Parsed(fault="C01", expected="、".join(column.choices))
        return Parsed(meant, note=f"读作“{meant}”")

    @classmethod
    def checks(cls, column: Column) -> list[pa.Check]:
        return [pa.Check.isin(list(column.choices), error="C01")]

    @classmethod
    def validation(cls, column: Column, span: tuple[dt.date, dt.date]) -> dict[str, Any] | None:
        return {"validate": "list", "source": list(column.choices)}

    @classmethod
    def expectation(cls, column: Column) -> str:
        return "下列之一：" + "、".join(column.choices)


class YesNo(Choice):
    """是 or 否; √ × Y N and their like are read with a note."""

    label = "是/否"


NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")


class Number(Kind):
    """What counts and money share: how a number is read from what people type."""

    label = "数字"
    align = "right"
    numeric = True

    @classmethod
    def exact(cls, number: Decimal, column: Column) -> Parsed:
        """Accept a plain number, or say why this kind cannot hold it."""
        raise NotImplementedError

    @classmethod
    def parse_cell(cls, raw: Raw, column: Column) -> Parsed:
        if isinstance(raw, bool) or isinstance(raw, dt.date | dt.time | dt.timedelta):
            return Parsed(fault="N01", expected=cls.expectation(column))
        if isinstance(raw, int | float):
            return cls.exact(Decimal(repr(raw)), column) if math.isfinite(raw) else Parsed(fault="N01")
        text = tidy(raw) if raw is not None else ""
        return cls.parse_text(text, column) if text else BLANK

    @classmethod
    def parse_text(cls, text: str, column: Column) -> Parsed:
        """Read a number typed as text: any width, thousands separators, and the column's own unit behind it."""
        plain = "".join(unicodedata.normalize("NFKC", text.translate(INVISIBLE)).split())
        if column.unit and plain.endswith(column.unit):
            plain = plain[: -len(column.unit)]
        if not NUMBER.fullmatch(plain):
            if set(text) <= DASHES or text in ("无", "没有", "零", "空"):
                return Parsed(fault="N08", expected=cls.expectation(column))
            return Parsed(fault="N06" if plain.endswith("元") else "N01", expected=cls.expectation(column))
        parsed = cls.exact(Decimal(plain.replace(",", "")), column)
        if parsed.fault or plain == text:
            return parsed
        return Parsed(parsed.value, note=f"读作 {plain.replace(',', '')}")

    @classmethod
    def checks(cls, column: Column) -> list[pa.Check]:
        low = [] if column.ge is None else [pa.Check.ge(column.ge, error="N03")]
        return low + ([] if column.le is None else [pa.Check.le(column.le, error="N04")])

    @classmethod
    def _within(cls, column: Column) -> str:
        unit = f"（单位：{column.unit}）" if column.unit else ""
        if column.ge is not None and column.le is not None:
            return f"，{column.ge:,} 至 {column.le:,}{unit}"
        if column.ge is not None:
            return f"，不小于 {column.ge:,}{unit}"
        return f"，不大于 {column.le:,}{unit}" if column.le is not None else unit

    @classmethod
    def _validation(cls, column: Column, what: str) -> dict[str, Any]:
        if column.ge is not None and column.le is not None:
            return {"validate": what, "criteria": "between", "minimum": column.ge, "maximum": column.le}
        if column.le is not None:
            return {"validate": what, "criteria": "<=", "value": column.le}
        return {"validate": what, "criteria": ">=", "value": -(10**9) if column.ge is None else column.ge}


class Count(Number, pandas_engine.INT64):
    """A whole number of persons, things or times. Null: blank or unreadable."""

    label = "整数"
    excel_format = "0"
    dtype = "Int64"

    @classmethod
    def exact(cls, number: Decimal, column: Column) -> Parsed:
        whole = number.to_integral_value()
        if abs(number - whole) > Decimal("1e-9"):
            return Parsed(fault="N02", expected=cls.expectation(column))
        return Parsed(int(whole)) if abs(whole) < 10**15 else Parsed(fault="N04", expected=cls.expectation(column))

    @classmethod
    def validation(cls, column: Column, span: tuple[dt.date, dt.date]) -> dict[str, Any] | None:
        return cls._validation(column, "integer")

    @classmethod
    def expectation(cls, column: Column) -> str:
        return "整数" + cls._within(column)

    @classmethod
    def total(cls, values: pd.Series[Any]) -> int | Decimal:
        return int(values.sum()) if len(values) else 0


class Money(Number, pandas_engine.FLOAT64):
    """An amount in the column's unit with `places` decimals; added up in whole last places, so sums are exact."""

    label = "金额"
    excel_format = "#,##0.00##"
    dtype = "Float64"

    @classmethod
    def exact(cls, number: Decimal, column: Column) -> Parsed:
        rounded = round(number, column.places)
        if abs(number - rounded) > Decimal("1e-9"):
            return Parsed(fault="N05", expected=f"最多 {column.places} 位小数")
        return Parsed(float(rounded)) if abs(rounded) < 10**11 else Parsed(fault="N04", expected=cls.expectation(column))

    @classmethod
    def validation(cls, column: Column, span: tuple[dt.date, dt.date]) -> dict[str, Any] | None:
        return cls._validation(column, "decimal")

    @classmethod
    def expectation(cls, column: Column) -> str:
        return f"数字{cls._within(column)}，最多 {column.places} 位小数"

    @classmethod
    def total(cls, values: pd.Series[Any]) -> int | Decimal:
        filled = values.dropna()
        return sum((Decimal(repr(float(amount))) for amount in filled), Decimal(0))


DATE_FORMS = (
    re.compile(r"(\d{4})([-./])(\d{1,2})\2(\d{1,2})"),
    re.compile(r"(\d{4})(年)(\d{1,2})月(\d{1,2})[日号]?"),
    re.compile(r"(\d{4})()(\d{2})(\d{2})"),
)
SERIAL_DAY_0 = dt.date(1899, 12, 30)  # Excel's day 0 under the 1900 date system, valid from March 1900


class Day(Kind, pandas_engine.DateTime):
    """A calendar day, midnight of which is stored. Null: blank or unreadable."""

    label = "日期"
    excel_format = "yyyy-mm-dd"
    align = "center"
    dtype = "datetime64[us]"

    unit: str = "us"  # nanoseconds would end in 2262, and people type 2999

    @classmethod
    def parse_cell(cls, raw: Raw, column: Column) -> Parsed:
        if isinstance(raw, dt.datetime):
            return Parsed(dt.datetime(raw.year, raw.month, raw.day))
        if isinstance(raw, dt.date):
            return Parsed(dt.datetime(raw.year, raw.month, raw.day))
        if isinstance(raw, bool) or isinstance(raw, dt.time | dt.timedelta):
            return Parsed(fault="D01", expected=cls.expectation(column))
        text = tidy(_texts(raw))
        if not text:
            return BLANK
        if not isinstance(raw, str) and len(text) == 5 and text.isdigit():
            return cls._noted(SERIAL_DAY_0 + dt.timedelta(int(text)))
        return cls.parse_text(text, column)

    @classmethod
    def parse_text(cls, text: str, column: Column) -> Parsed:
        """Read a date typed as text in one of the listed forms; a day without a year belongs to the campaign's one year."""
        plain = "".join(unicodedata.normalize("NFKC", text.translate(INVISIBLE)).split())
        if re.fullmatch(r"\d{1,2}月\d{1,2}[日号]", plain) and column.year:
            plain = f"{column.year}年{plain}"
        for form in DATE_FORMS:
            if match := form.fullmatch(plain):
                try:
                    return cls._noted(dt.date(int(match[1]), int(match[3]), int(match[4])))
                except ValueError:
                    return Parsed(fault="D03", expected=cls.expectation(column))
        return Parsed(fault="D01", expected=cls.expectation(column))

    @classmethod
    def _noted(cls, day: dt.date) -> Parsed:
        return Parsed(dt.datetime(day.year, day.month, day.day), note=f"读作 {day.isoformat()}")

    @classmethod
    def validation(cls, column: Column, span: tuple[dt.date, dt.date]) -> dict[str, Any] | None:
        return {"validate": "date", "criteria": "between", "minimum": span[0], "maximum": span[1]}

    @classmethod
    def expectation(cls, column: Column) -> str:
        return "日期，如 2011-03-15" if column.year is None else f"日期，如 {column.year}-03-15"


for _kind in (Text, Name, Code, Phone, Serial, Choice, YesNo, Count, Money, Day):
    pandas_engine.Engine.register_dtype(dtypes.immutable(_kind, init=_kind is Day))
