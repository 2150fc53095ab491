"""Kinds of column that hold text: free text, names, codes, telephone numbers, serial numbers, choices."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import TYPE_CHECKING, Any

import pandera.pandas as pa
from pandera.engines import pandas_engine

from pipeline.declare.kind import BLANK, Kind, Parsed, Raw, show, tidy

if TYPE_CHECKING:
    from pipeline.declare.sheet import Column


class Text(Kind, pandas_engine.NpString):
    """Free text; outer spaces and invisible characters are dropped without a word, everything else is kept."""

    label = "文字"
    excel_format = "@"
    dtype = "str"

    @classmethod
    def parse_cell(cls, raw: Raw, column: Column) -> Parsed:
        if isinstance(raw, float) and abs(raw) >= 1e15:
            return Parsed(fault="T04", expected="按文本格式填写的完整号码")
        text = tidy(show(raw))
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
