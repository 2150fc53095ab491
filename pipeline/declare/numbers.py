"""Kinds of column that hold numbers, and how a number is read from what people type."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, ClassVar

from pipeline.declare.kind import (
    BLANK,
    Bound,
    Example,
    Kind,
    Parsed,
    Raw,
    has_odd_digits,
    narrow,
    noted,
    plainly,
    read_as,
    refused,
    tidy,
)

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.declare.columns import Column

DASHES = frozenset("-—–―－/／\\")
NOTHING = ("无", "没有", "零", "空", "none", "nil", "n/a")
_DIGITS = r"[+-]?(?:\d{1,3}(?:, ?\d{3})+|\d{1,3}(?: \d{3})+|\d+)(?:\.\d+)?"  # 1,234 and 1 234, but not 12 34
_FIGURE = _DIGITS.replace(r"\d", "[0-9]")  # \d would take every script's digits
NUMBER = re.compile(_FIGURE)
ROUGHLY = "多余来几约左右上下以近超不"  # words that make a number an estimate
SIGNS = {
    "¥": ("元", "人民币", "日元"),
    "£": ("英镑", "镑", "GBP"),
    "$": ("美元", "美金", "港元", "港币", "USD"),
    "€": ("欧元", "EUR"),
}
SIGNED = re.compile(f"([+-]?) ?([{''.join(SIGNS)}]) ?([+-]?[0-9].*)")
WIDE_SIGNS = str.maketrans("￥￡＄", "¥£$")
OTHER_UNIT = re.compile(rf"{_FIGURE} ?(?:[^\W\d_{ROUGHLY}]|[\u3380-\u33df]){{1,4}}")  # ㎡ and its like


class Number(Kind):
    """What counts and money share: how a number is read from what people type."""

    label = "数字"
    align = "right"
    numeric = True

    @classmethod
    def taken(cls, number: Decimal, column: Column) -> Parsed:
        """Accept a plain number, or say why this kind cannot hold it."""
        raise NotImplementedError

    @classmethod
    def parse_cell(cls, raw: Raw, column: Column) -> Parsed:
        if isinstance(raw, bool | dt.date | dt.time | dt.timedelta):
            return Parsed(fault="N01", expected=column.expected)
        if isinstance(raw, int | float):
            return cls.taken(Decimal(repr(raw)), column) if math.isfinite(raw) else Parsed(fault="N01")
        text = tidy(raw) if raw is not None else ""
        return cls.parse_text(raw, column) if text and isinstance(raw, str) else BLANK

    @classmethod
    def parse_text(cls, typed: str, column: Column) -> Parsed:
        """Read a number typed as text: any width, thousands separators, and the column's own unit behind it."""
        text = tidy(typed)
        plain = " ".join(narrow(text).split())
        if column.unit and plain.endswith(column.unit):
            plain = plain[: -len(column.unit)].rstrip()
        if not plain[:1].isdecimal() and (signed := SIGNED.fullmatch(plain.translate(WIDE_SIGNS))):
            if column.unit not in (signed[2], *SIGNS[signed[2]]):
                return Parsed(fault="N06" if column.unit else "N01", expected=column.expected)
            plain = signed[1] + signed[3]
        if not NUMBER.fullmatch(plain):
            if set(text) <= DASHES or text.casefold() in NOTHING:
                return Parsed(fault="N08", expected=column.expected)
            fault = "N06" if OTHER_UNIT.fullmatch(plain) and not has_odd_digits(plain) else "N01"
            return Parsed(fault=fault, expected=column.expected)
        figure = re.sub("[, ]", "", plain)
        parsed = cls.taken(Decimal(figure), column)
        return parsed if parsed.fault or figure == typed else Parsed(parsed.value, note=read_as(figure, column))

    @classmethod
    def series(cls, values: Sequence[Any]) -> pd.Series[Any]:
        import pandas as pd

        # As doubles first, which finds nulls at once: what is short enough to be read, they hold exactly.
        return pd.Series(pd.Series(values, dtype="float64"), dtype=cls.dtype)

    @classmethod
    def value(cls, stored: Any) -> int | Decimal:
        """Give a stored value as an exact number."""
        raise NotImplementedError

    @classmethod
    def added(cls, values: Iterable[Any]) -> int | Decimal:
        """Add stored values up exactly; nulls count nothing."""
        return sum((cls.value(value) for value in values if value is not None), cls.value(0))

    @classmethod
    def total(cls, values: pd.Series[Any]) -> int | Decimal:
        """Add the column up exactly; nulls count nothing."""
        return cls.added(values.dropna().tolist())

    @classmethod
    def totals(cls, values: pd.Series[Any], by: pd.Series[Any]) -> dict[Any, int | Decimal]:
        """Add the column up exactly per group; nulls count nothing, but make their group appear."""
        sums = dict.fromkeys(by.tolist(), cls.value(0))
        filled = values.notna()
        stored = iter(values[filled].tolist())
        for group, on_end in groupby(by[filled].tolist()):
            sums[group] += cls.added(islice(stored, len(list(on_end))))
        return sums

    @classmethod
    def bounds(cls, column: Column) -> list[Bound]:
        said = (
            Bound("ge", {"min_value": column.ge}, "N03"),
            Bound("gt", {"min_value": column.gt}, "N09"),
            Bound("le", {"max_value": column.le}, "N04"),
            Bound("lt", {"max_value": column.lt}, "N10"),
        )
        return [bound for bound in said if next(iter(bound.words.values())) is not None]

    @classmethod
    def _within(cls, column: Column) -> str:
        low, high, words = column.ge, column.le, column.words
        unit = words("（单位：{unit}）", unit=column.unit) if column.unit else ""
        if low is not None and high is not None:
            return words("，{low:,} 至 {high:,}", low=low, high=high) + unit
        within = ""
        if low is not None:
            within += words("，不小于 {low:,}", low=low)
        if column.gt is not None:
            within += words("，大于 {low:,}", low=column.gt)
        if high is not None:
            within += words("，不大于 {high:,}", high=high)
        if column.lt is not None:
            within += words("，小于 {high:,}", high=column.lt)
        return within + unit

    @classmethod
    def _validation(cls, column: Column, what: str) -> dict[str, Any]:
        low, high = column.least, column.most
        if low is not None and high is not None:
            return {"validate": what, "criteria": "between", "minimum": low, "maximum": high}
        if high is not None:
            return {"validate": what, "criteria": "<=", "value": high}
        return {"validate": what, "criteria": ">=", "value": -(10**9) if low is None else low}


class Count(Number):
    """A whole number of persons, things or times. Null: blank or unreadable."""

    label = "整数"
    excel_format = "0"
    dtype = "Int64"
    cases: ClassVar[tuple[Example, ...]] = (
        plainly(12, 12), plainly("12", 12, "文本格式"), plainly(0, 0),
        noted("１２", 12), noted(" 12 ", 12, "前后有空格"), noted("1,234", 1234), noted("12人", 12),
        refused("约30", "N01"), refused("30多", "N01"), refused("(5)", "N01"), refused("<1", "N01"),
        refused("12 30", "N01"), refused("45%", "N01"), refused(True, "N01"), refused("十二", "N01"),
        refused("5²", "N01", "不读作 52"), refused("21①", "N01", "不读作 211"), refused("½", "N01"), refused("Ⅳ", "N01"),
        refused("㈤", "N01"),
        refused("3万", "N06"), refused("12户", "N06"), refused("12㎡", "N06"),
        refused("无", "N08"), refused("—", "N08"), refused("/", "N08"),
        refused(1.5, "N02"), refused(1e17, "N04"),
    )  # fmt: skip

    @classmethod
    def taken(cls, number: Decimal, column: Column) -> Parsed:
        whole = number.to_integral_value()
        if abs(number - whole) > Decimal("1e-9"):
            return Parsed(fault="N02", expected=column.expected)
        return Parsed(int(whole)) if abs(whole) < 10**15 else Parsed(fault="N04", expected=column.expected)

    @classmethod
    def validation(cls, column: Column, span: tuple[dt.date, dt.date]) -> dict[str, Any] | None:
        return cls._validation(column, "integer")

    @classmethod
    def expectation(cls, column: Column) -> str:
        return column.words("整数") + cls._within(column)

    @classmethod
    def value(cls, stored: Any) -> int | Decimal:
        return int(stored)

    @classmethod
    def added(cls, values: Iterable[Any]) -> int | Decimal:
        return int(sum(filter(None, values)))


class Money(Number):
    """An amount in the column's unit with `places` decimals; added up as decimals, so sums are exact."""

    label = "金额"
    excel_format = "#,##0.00##"
    dtype = "Float64"
    cases: ClassVar[tuple[Example, ...]] = (
        plainly(8.5, 8.5), plainly(0.1 + 0.2, 0.3, "计算误差"),
        noted("８．５", 8.5), noted("1,234.56", 1234.56), noted("8.5万元", 8.5),
        refused("¥85,000", "N06", "单位为元的栏读作 85000"), refused("85000元", "N06"),
        refused("约8", "N01"), refused("8.5万", "N06"), refused("无", "N08"),
        refused("8½", "N01"), refused("8.5³", "N01"),
        refused(8.123, "N05"),
    )  # fmt: skip

    @classmethod
    def taken(cls, number: Decimal, column: Column) -> Parsed:
        rounded = round(number, column.places)
        if abs(number - rounded) > Decimal("1e-9"):
            return Parsed(fault="N05", expected=column.words("最多 {places} 位小数", places=column.places))
        return Parsed(float(rounded)) if abs(rounded) < 10**11 else Parsed(fault="N04", expected=column.expected)

    @classmethod
    def validation(cls, column: Column, span: tuple[dt.date, dt.date]) -> dict[str, Any] | None:
        return cls._validation(column, "decimal")

    @classmethod
    def expectation(cls, column: Column) -> str:
        return column.words("数字{within}，最多 {places} 位小数", within=cls._within(column), places=column.places)

    @classmethod
    def value(cls, stored: Any) -> int | Decimal:
        return Decimal(repr(float(stored)))


class Quantity(Money):
    """A measured quantity (公顷, 公里, 吨) with `places` decimals; otherwise as an amount of money."""

    label = "数量"
    cases: ClassVar[tuple[Example, ...]] = (
        plainly(8.25, 8.25), plainly("3", 3.0, "文本格式"), noted("１２．５", 12.5), noted("12.5公顷", 12.5),
        refused("12.5亩", "N06"), refused("约8", "N01"), refused("无", "N08"), refused(8.123, "N05"),
    )  # fmt: skip


class Percent(Kind):
    """A share, kept as Excel keeps it (0.125 is 12.5%). Nothing adds it up: shares of different wholes have no sum."""

    label = "百分数"
    excel_format = "0.##%"
    align = "right"
    dtype = "Float64"
    cases: ClassVar[tuple[Example, ...]] = (
        plainly(0.125, 0.125, "百分数格式"), plainly(1.0, 1.0, "即 100%"), noted("12.5%", 0.125), noted("１２．５％", 0.125),
        noted("50 %", 0.5), noted("0.5", 0.5),
        refused(12.5, "N04", "不知是 12.5% 还是 1250%"), refused("12.5", "N04"), refused("约一半", "N01"),
        refused("1/8", "N01"),
    )  # fmt: skip

    @classmethod
    def parse_cell(cls, raw: Raw, column: Column) -> Parsed:
        if isinstance(raw, bool | dt.date | dt.time | dt.timedelta):
            return Parsed(fault="N01", expected=column.expected)
        typed = raw if isinstance(raw, str) else repr(raw) if raw is not None else ""
        plain = "".join(narrow(tidy(typed)).split())
        if not plain:
            return BLANK
        if not NUMBER.fullmatch(plain.removesuffix("%")):
            is_nothing = set(plain) <= DASHES or plain.casefold() in NOTHING
            return Parsed(fault="N08" if is_nothing else "N01", expected=column.expected)
        share = Decimal(plain.removesuffix("%").replace(",", "")) / (100 if plain.endswith("%") else 1)
        most = max([1, *(bound for bound in (column.le, column.lt) if isinstance(bound, int | float))])
        if not plain.endswith("%") and abs(share) > most:
            wanted = column.words("{most}。请写上百分号，如 {example}", most=f"{most:.0%}", example=column.example)
            return Parsed(fault="N04", expected=wanted)
        return Parsed(float(share), note=read_as(f"{share * 100:f}%", column) if isinstance(raw, str) else None)

    @classmethod
    def bounds(cls, column: Column) -> list[Bound]:
        return Number.bounds(column)

    @classmethod
    def validation(cls, column: Column, span: tuple[dt.date, dt.date]) -> dict[str, Any] | None:
        low, high = (0 if column.least is None else column.least), (1 if column.most is None else column.most)
        return {"validate": "decimal", "criteria": "between", "minimum": low, "maximum": high}

    @classmethod
    def expectation(cls, column: Column) -> str:
        return column.words("百分数，如 {example}", example=column.example)
