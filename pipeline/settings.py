"""What the office writes into campaign.toml, as read and checked. Quick to load: it is wanted before anything else is."""

from __future__ import annotations

import codecs
import datetime as dt
import re
import string
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from pipeline.days import FIRST_DAY, LAST_DAY
from pipeline.errors import CampaignError

NAME = r"^\w([\w.-]*[\w-])?$"  # of a period or a team: it names files and folders too
_LONGEST_NAME = 60

Day = Annotated[dt.date, Field(ge=FIRST_DAY, le=LAST_DAY)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Settings(_Strict):
    """`[campaign]` of campaign.toml: names that stand in documents, and the office's policy."""

    title: str
    theme: str = ""
    office: str
    office_short: str = ""
    district: str = ""
    unit: str = "单位"  # what those who report are called in documents
    starts: Day
    document_number: str = "〔{year}〕{number}号"
    addressees: str = ""
    copies_to: str = ""
    contact: str = ""
    queries_hold: bool = False
    pdf: bool = False  # whether drafts are wanted as PDF too
    passwords: tuple[str, ...] = ()
    dimensions: dict[str, str] = {"kind": "类别"}  # field of the register -> its title

    @field_validator("document_number")
    @classmethod
    def _is_filled_in_simply(cls, pattern: str) -> str:
        parts = list(string.Formatter().parse(pattern))  # ValueError for a lonely brace
        if any(name not in (None, "year", "number") or spec or how for _, name, spec, how in parts):
            raise ValueError("只能用 {year} 和 {number} 代表年份和期号")
        return pattern


class PeriodEntry(_Strict):
    """A `[[period]]` of campaign.toml."""

    key: str = Field(pattern=NAME, max_length=_LONGEST_NAME)
    title: str
    starts: Day
    ends: Day
    due: Day

    @model_validator(mode="after")
    def _in_order(self) -> PeriodEntry:
        if not self.starts <= self.ends:
            raise ValueError("ends 不能早于 starts")
        return self


class CampaignFile(_Strict):
    """All of campaign.toml."""

    campaign: Settings
    period: tuple[PeriodEntry, ...] = Field(min_length=1)
    control_totals: dict[str, Decimal] = {}
    thresholds: dict[str, dict[str, Any]] = {}

    @model_validator(mode="after")
    def _keys_differ(self) -> CampaignFile:
        keys = [period.key.lower() for period in self.period]
        if len(set(keys)) < len(keys):
            raise ValueError("有两个报告期的 key 相同")
        return self


def read_settings(root: Path) -> CampaignFile:
    """Read the campaign.toml of a campaign folder. Raises CampaignError naming the mistake."""
    path = root / "schemas" / "campaign.toml"
    if not path.is_file():
        raise CampaignError(
            f"“{root}”不是活动文件夹：缺少 schemas/campaign.toml。请用 -C 指定活动文件夹，或先运行 huizong init。"
        )
    text = decoded(path.read_bytes(), "campaign.toml")
    try:
        said = tomllib.loads(text)
    except (ValueError, RecursionError) as mistake:
        raise CampaignError(
            f"campaign.toml {_line(str(mistake))}写法有误。请检查引号、等号、括号是否都是半角的，日期是否如 2011-03-31，"
            "改正后再运行。"
        ) from mistake
    try:
        return CampaignFile.model_validate(said)
    except ValidationError as mistakes:
        first = mistakes.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "[[period]]"
        raise CampaignError(f"campaign.toml 中 {place} 有误：{_said(first)}。请改正后再运行。") from mistakes


def decoded(raw: bytes, name: str) -> str:
    """Read a text as Notepad, WPS or Excel saved it: UTF-8 or UTF-16 with a mark, UTF-8 without, or GB18030.

    Raises CampaignError, naming the file, if it is none of these.
    """
    is_wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise CampaignError(f"{name} 不是文本，或者编码读不出来。请用记事本打开，另存为 UTF-8 编码后再运行。")


def _line(message: str) -> str:
    """Say where a file of settings is wrong, as far as its reader tells."""
    found = re.search(r"line (\d+)", message)
    return f"第 {found[1]} 行" if found else ""


_EXPECTED = {
    "missing": "缺少这一项", "extra_forbidden": "没有这样的设置", "string_type": "应是用半角引号括起来的文字",
    "bool_parsing": "应是 true 或 false", "bool_type": "应是 true 或 false", "too_short": "至少要有一项",
    "greater_than_equal": f"不能早于 {FIRST_DAY}", "less_than_equal": f"不能晚于 {LAST_DAY}",
    "string_pattern_mismatch": "只能用文字、数字、“-”“_”和“.”，并以文字或数字开头",
    "string_too_long": f"不能超过 {_LONGEST_NAME} 个字",
    "dict_type": "应是一组“名称 = 值”", "model_type": "应是一组“名称 = 值”", "tuple_type": "应是用方括号括起来的一列",
}  # fmt: skip


def _said(mistake: ErrorDetails) -> str:
    kind = mistake["type"]
    if kind == "value_error":
        return str(mistake["ctx"]["error"])
    if kind.startswith("date"):
        return "应是日期，如 2011-03-31，不加引号"
    if kind.startswith(("decimal", "finite_number", "is_instance_of")):
        return "应是数字"
    return _EXPECTED.get(kind, mistake["msg"])
