"""Kinds of column that hold text: free text, names, codes, telephone numbers, serial numbers, choices."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
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
    refused,
    show,
    tidy,
)
from pipeline.declare.lists import one_of

if TYPE_CHECKING:
    from pipeline.declare.columns import Column


HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+")
ENCLOSING = "()[]{}【】〔〕《》〈〉「」『』“”‘’\"'。.,，;；、:："
ADDRESS = re.compile(r"[^@]+@[^@]+\.[^@.]+")
LOST_DIGITS = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]{1,3}")
_DIGIT_IN_PATTERN = re.compile(r"\\d|\\.|\[(?:\\.|[^\]\\])*\]")


def plain_digits(pattern: str) -> str:
    """Let a campaign's \\d mean 0 to 9, and not the digits of every script and width."""

    def plain(match: re.Match[str]) -> str:
        part = match[0]
        return part.replace(r"\d", "0-9") if part[0] == "[" else "[0-9]" if part == r"\d" else part

    return _DIGIT_IN_PATTERN.sub(plain, pattern)


def _matches(pattern: str, code: str) -> Bound:
    return Bound("str_matches", {"pattern": pattern}, code)


class Text(Kind):
    """Free text; outer spaces and invisible characters are dropped without a word, everything else is kept."""

    label = "文字"
    cases: ClassVar[tuple[Example, ...]] = (
        plainly("走访情况良好", "走访情况良好"), plainly(" 王家冲组\u200b", "王家冲组", "前后的空格、看不见的字符不计"),
        plainly("=1+1", "=1+1", "照原样保存，不当公式"), plainly(12, "12"),
        refused(4.31102198001011e17, "T04", "身份证号被改成数字"),
    )  # fmt: skip
    excel_format = "@"
    dtype = "str"

    @classmethod
    def parse_cell(cls, raw: Raw, column: Column) -> Parsed:
        if isinstance(raw, float) and abs(raw) >= 1e15:
            return Parsed(fault="T04", expected=column.words("按文本格式填写的完整号码"))
        text = tidy(show(raw))
        return cls.parse_text(text, column) if text else BLANK

    @classmethod
    def parse_text(cls, text: str, column: Column) -> Parsed:
        """Read text that is not blank."""
        return Parsed(text)

    @classmethod
    def bounds(cls, column: Column) -> list[Bound]:
        bounds = [Bound("str_length", {"max_value": column.max_length}, "T01")]
        if column.max_words:
            bounds.append(_matches(rf"^\S+(?:\s+\S+){{0,{column.max_words - 1}}}$", "T01"))
        if column.pattern:
            bounds.append(_matches(f"^(?:{plain_digits(column.pattern)})$", "T02"))
        return bounds

    @classmethod
    def validation(cls, column: Column, span: tuple[dt.date, dt.date]) -> dict[str, Any] | None:
        if column.max_length >= 200:
            return None
        return {"validate": "length", "criteria": "<=", "value": column.max_length}

    @classmethod
    def expectation(cls, column: Column) -> str:
        if column.pattern_says:
            return column.pattern_says
        if column.max_words:
            return column.words("不超过 {most} 个词（以空格分开）", most=column.max_words)
        return column.words("不超过 {most} 字", most=column.max_length)


class Name(Text):
    """A person's name. Spaces inside two-character names ("张 三") are layout, not part of the name."""

    label = "姓名"
    cases: ClassVar[tuple[Example, ...]] = (
        plainly("张三", "张三"), plainly("Mary-Jane O’Neill", "Mary-Jane O’Neill"),
        noted("张　三", "张三"), noted("欧阳 修", "欧阳修"),
        refused("张伟 李娜", "T03"),
    )  # fmt: skip

    @classmethod
    def parse_text(cls, text: str, column: Column) -> Parsed:
        parts = text.split()
        if len(parts) == 1 or not HAN.fullmatch("".join(parts)):
            return Parsed(text)
        if min(map(len, parts)) > 1 or len(parts) > 3:
            return Parsed(fault="T03", expected=column.expected)  # as likely two people as one
        joined = "".join(parts)
        return Parsed(joined, note=column.words("读作“{value}”", value=joined))

    @classmethod
    def bounds(cls, column: Column) -> list[Bound]:
        return [_matches(r"^[\u3400-\u9fff\U00020000-\U0003ffffA-Za-z\u00c0-\u024f·• .'’‐-]{2,30}$", "T03")]

    @classmethod
    def expectation(cls, column: Column) -> str:
        return column.words("姓名全称")


class Code(Text):
    """A code whose characters matter: leading zeros stay, width is folded, inner spaces are dropped."""

    label = "编码"
    odd_digits: ClassVar[str] = "T02"  # the fault of a digit that is none of 0 to 9; "": it stays as typed
    cases: ClassVar[tuple[Example, ...]] = (
        plainly("W01", "W01"), plainly("007", "007"), noted("Ｗ０１", "W01"), noted("W 01", "W01"),
        refused("W0①", "T02", "不读作 W01"), refused("4.31102E+17", "T04"),
    )  # fmt: skip

    @classmethod
    def parse_text(cls, text: str, column: Column) -> Parsed:
        plain = "".join(narrow(text).split())
        if LOST_DIGITS.fullmatch(plain):
            return Parsed(fault="T04", expected=column.words("按文本格式填写的完整号码"))
        if cls.odd_digits and has_odd_digits(plain):
            return Parsed(fault=cls.odd_digits, expected=cls._with_plain_digits(column))
        return Parsed(plain, note=column.words("读作“{value}”", value=plain) if plain != text else None)

    @classmethod
    def _with_plain_digits(cls, column: Column) -> str:
        what = column.pattern_says if cls is Code else cls.expectation(column)
        return column.words("，").join(part for part in (what, column.words("数字只用 0 至 9")) if part)


class Phone(Code):
    """A telephone number, kept as text. Personal: masked where a document travels."""

    label = "电话号码"
    odd_digits = "P01"
    cases: ClassVar[tuple[Example, ...]] = (
        plainly("13800000000", "13800000000"), plainly(13800000000.0, "13800000000", "数字格式"),
        plainly("0746-8000000", "0746-8000000"), noted("138 0000 0000", "13800000000"),
        noted("１３８００００００００", "13800000000"), refused("1380000000①", "P01", "不读作 13800000001"),
    )  # fmt: skip

    @classmethod
    def parse_text(cls, text: str, column: Column) -> Parsed:
        plain = re.sub(r"(?<=[0-9])[- ](?=[0-9]{4,})", "", narrow(text)) if text[0] == "1" else text
        parsed = super().parse_text(plain, column)
        is_said = parsed.fault or parsed.value == text
        return parsed if is_said else Parsed(parsed.value, note=column.words("读作“{value}”", value=parsed.value))

    @classmethod
    def bounds(cls, column: Column) -> list[Bound]:
        usual = "1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}"
        return [_matches(f"^(?:{plain_digits(column.pattern) or usual})$", "P01")]

    @classmethod
    def expectation(cls, column: Column) -> str:
        return column.pattern_says or column.words("11 位手机号码或带区号的固定电话")


class Email(Text):
    """An e-mail address; width and inner spaces are layout."""

    label = "电子邮箱"
    cases: ClassVar[tuple[Example, ...]] = (
        plainly("zhang.san@example.com", "zhang.san@example.com"), noted("ｚｈａｎｇ＠example.com", "zhang@example.com"),
        noted("zhang @example.com", "zhang@example.com"), refused("zhang.example.com", "T02"), refused("张三", "T02"),
    )  # fmt: skip

    @classmethod
    def parse_text(cls, text: str, column: Column) -> Parsed:
        plain = "".join(narrow(text).split())
        if not ADDRESS.fullmatch(plain):
            return Parsed(fault="T02", expected=column.expected)
        return Parsed(plain, note=column.words("读作“{value}”", value=plain) if plain != text else None)

    @classmethod
    def expectation(cls, column: Column) -> str:
        return column.words("电子邮箱，如 name@example.com")


class Serial(Code):
    """The printed number of a row: it names the row, and a row in which nothing else is filled is blank."""

    label = "序号"
    align = "center"
    odd_digits = ""  # ① is a way to number rows, and nothing is reckoned from it


class Choice(Text):
    """One of the declared choices; width, case and enclosing marks are folded, declared synonyms are read with a note."""

    label = "选项"
    cases: ClassVar[tuple[Example, ...]] = (
        plainly("已解决", "已解决"), noted("【已解决】", "已解决"), noted("（已解决）", "已解决"), noted("已 解决。", "已解决"),
        noted("解决", "已解决", "表式中写明的同义词"), refused("差不多", "C01"),
        refused("①已解决", "C01"),
    )  # fmt: skip
    align = "center"

    @classmethod
    def parse_text(cls, text: str, column: Column) -> Parsed:
        if column.listed is not None and column.listed.has(text):
            return Parsed(text)
        if column.listed is None and text in column.printed:
            return Parsed(column.printed[text])
        plain = unicodedata.normalize("NFKC", text)
        meant = column.choice_named(text) or column.choice_named(plain.strip(ENCLOSING + " "))
        if meant is None and column.listed is not None:
            return Parsed(text)  # whether it is in the list can only be told when it is known whose the return is
        if meant is None:
            return Parsed(fault="C01", expected=column.words.listed(column.printed))
        return Parsed(meant, note=column.words("读作“{value}”", value=column.shown(meant)))

    @classmethod
    def bounds(cls, column: Column) -> list[Bound]:
        return [] if column.listed else [Bound("isin", {"allowed_values": list(column.choices)}, "C01")]

    @classmethod
    def validation(cls, column: Column, span: tuple[dt.date, dt.date]) -> dict[str, Any] | None:
        return {"validate": "list", "source": list(column.printed)}

    @classmethod
    def expectation(cls, column: Column) -> str:
        words = column.words
        if (listed := column.listed) is None:
            return words("下列之一：{choices}", choices=words.listed(column.printed))
        if listed.by:
            return words("名单中与“{title}”相符的一项", title=column.sheet.columns()[listed.by].title)
        if listed.is_of_team:
            return words("本单位名单中的一项")
        few = one_of(listed.values, words)
        return words("下列之一：{choices}", choices=few) if few else words("名单中的一项")


class YesNo(Choice):
    """是 or 否, which a form in another language calls by its own words; √ × Y N and their like are read with a note."""

    label = "是/否"
    cases: ClassVar[tuple[Example, ...]] = (
        plainly("是", "是"), noted("√", "是"), noted("Y", "是"), noted(True, "是"), noted("×", "否"), noted("无", "否"),
        refused("基本做到", "C01"),
    )  # fmt: skip
