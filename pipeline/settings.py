"""What the office writes into campaign.toml, as read and checked. Quick to load: it is wanted before anything else is."""

from __future__ import annotations

import codecs
import datetime as dt
import math
import re
import string
import tomllib
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec

from pipeline.days import FIRST_DAY, LAST_DAY
from pipeline.errors import CampaignError
from pipeline.words import LANGUAGES, OWN
from pipeline.workdays import Workdays

NAME = r"^\w([\w.-]*[\w-])?$"  # of a period or a team: it names files and folders too
_LONGEST_NAME = 60


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, dt.date) and not FIRST_DAY <= value <= LAST_DAY:
                raise ValueError(f"{name}：不能早于 {FIRST_DAY}，也不能晚于 {LAST_DAY}")


class Settings(_Strict, frozen=True):
    """`[campaign]` of campaign.toml: names that stand in documents, and the office's policy."""

    title: str  # the campaign's name, in all documents
    office: str  # the office that collects the returns
    starts: dt.date  # the campaign's first day
    theme: str = ""  # the campaign's motto, for the drafts
    office_short: str = ""  # what the office is called in short
    district: str = ""  # what all teams together are, in the summary: 区, 县
    unit: str = "单位"  # what those who report are called in documents
    document_number: str = "〔{year}〕{number}号"  # of the bulletin; {year} and {number} are filled in
    addressees: str = ""  # to whom the bulletin goes; none: to all teams
    copies_to: str = ""  # who gets a copy of it
    contact: str = ""  # whom a team may ask, in slips and reminders
    queries_hold: bool = False  # whether a query that nobody has explained holds its return, as an error does
    corrections: bool = True  # whether each team that has to mend something is sent its figures back, marked
    language: str = OWN  # in which senders are spoken to: one of `LANGUAGES`
    pdf: bool = False  # whether drafts are wanted as PDF too
    day_order: str = ""  # of days as 4/3/2024: "dmy" is 4 March, "mdy" 3 April; none: they go back
    passwords: tuple[str, ...] = ()  # tried on workbooks that are locked
    put_right_in: Annotated[int, msgspec.Meta(ge=1, le=60)] = (
        3  # working days for mending or explaining, once it is due
    )
    days_off: tuple[dt.date, ...] = ()  # on which nobody works here, beside the official holidays
    days_worked: tuple[dt.date, ...] = ()  # on which people work here, though officially nobody does
    dimensions: dict[
        str, str
    ] = {}  # columns of the register that figures are grouped by -> title; by kind if none is named

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.day_order not in ("", "dmy", "mdy"):
            raise ValueError('day_order：只能是 "dmy"（先日后月）或 "mdy"（先月后日）')
        try:
            parts = list(string.Formatter().parse(self.document_number))
        except ValueError as lonely:
            raise ValueError("document_number：花括号不成对") from lonely
        if any(name not in (None, "year", "number") or spec or how for _, name, spec, how in parts):
            raise ValueError("document_number：只能用 {year} 和 {number} 代表年份和期号")
        if self.language not in LANGUAGES:
            raise ValueError(f"language：没有“{self.language}”这种语言，只能是 {'、'.join(LANGUAGES)} 之一")

    def with_dimensions(self, titles: Collection[str]) -> Settings:
        """Group by kind, if the register has that column and no other is named."""
        usual = {"kind": "类别"} if "kind" in titles else {}
        return msgspec.structs.replace(self, dimensions=self.dimensions or usual)


class PeriodEntry(_Strict, frozen=True):
    """A `[[period]]` of campaign.toml."""

    key: Annotated[str, msgspec.Meta(pattern=NAME, max_length=_LONGEST_NAME)]  # its name in folders and commands
    title: str  # what it is called on forms and in documents
    starts: dt.date  # its first day
    ends: dt.date  # its last day
    due: dt.date | None = None  # the last day on which a return is in time
    due_in: Annotated[int, msgspec.Meta(ge=0, le=250)] | None = None  # or how many working days after the last that is
    aliases: tuple[str, ...] = ()  # what else it is called in returns

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.due is None) == (self.due_in is None):
            raise ValueError("due 和 due_in 要写其中一个：due 是截止日，due_in 是期末后第几个工作日截止")
        if not self.starts <= self.ends:
            raise ValueError("ends 不能早于 starts")


class SpotCheck(_Strict, frozen=True):
    """`[spot_check]` of campaign.toml: what is drawn by lot to be looked at on the spot."""

    rows: dict[str, Annotated[int, msgspec.Meta(ge=1, le=200)]]  # how many rows of each ledger a team: ledger = number
    teams: Annotated[int, msgspec.Meta(ge=1, le=500)] = 12  # how many teams
    seed: str = ""  # any words; others draw others, the same draw the same

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.rows:
            raise ValueError("rows：要写明抽查哪些台账，如 rows = { visits = 5 }")


class CampaignFile(_Strict, frozen=True):
    """All of campaign.toml."""

    campaign: Settings  # names and policy
    period: Annotated[tuple[PeriodEntry, ...], msgspec.Meta(min_length=1)]  # a [[period]] for each, at least one
    control_totals: dict[str, Any] = {}  # figures announced elsewhere: indicator = number; ours are shown beside them
    thresholds: dict[str, dict[str, Any]] = {}  # limits of rules: code = { parameter = value }
    spot_check: SpotCheck | None = None  # what is drawn by lot to be looked at on the spot; none: nothing is

    def __post_init__(self) -> None:
        keys = [period.key.lower() for period in self.period]
        if len(set(keys)) < len(keys):
            raise ValueError("period：有两个报告期的 key 相同")
        names = [name for period in self.period for name in {period.key, period.title, *period.aliases}]
        if len(set(names)) < len(names):
            raise ValueError("period：有两个报告期的 title 或 aliases 相同")
        for name, total in self.control_totals.items():
            if type(total) not in (int, float) or not math.isfinite(total):
                raise ValueError(f"control_totals.{name}：应是数字")

    @property
    def workdays(self) -> Workdays:
        """The days on which people work here."""
        return Workdays(frozenset(self.campaign.days_off), frozenset(self.campaign.days_worked))

    def due(self, entry: PeriodEntry) -> dt.date:
        """Give the last day on which a return for a period is in time."""
        return entry.due or self.workdays.after(entry.ends, entry.due_in or 0)

    def totals(self) -> dict[str, Decimal]:
        """Give what the district announced, by indicator."""
        return {name: Decimal(str(total)) for name, total in self.control_totals.items()}


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
            f"schemas/campaign.toml {_line(str(mistake))}写法有误。请检查引号、等号、括号是否都是半角的，"
            "日期是否如 2011-03-31，改正后再运行。"
        ) from mistake
    try:
        return msgspec.convert(said, CampaignFile)
    except msgspec.ValidationError as mistake:
        raise CampaignError(f"schemas/campaign.toml {_said(mistake, text)}。请改正后再运行。") from mistake


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


_SAYS = {  # what msgspec says -> what we say, behind the name of what it is about where msgspec names that
    r"Object missing required field `(.+)`": r"\1：缺少这一项", r"Object contains unknown field `(.+)`": r"\1：没有这样的设置",
    r"Expected `str`, .*": "应是用半角引号括起来的文字", r"Expected `bool`.*": "应是 true 或 false",
    r"Expected `object`.*": "应是一组“名称 = 值”", r"Expected `array`, .*": "应是用方括号括起来的一列",
    r"Expected `array` of length.*": "至少要有一项", r"(Expected `date`|Invalid RFC).*": "应是日期，如 2011-03-31，不加引号",
    r"Expected `str` matching regex.*": "只能用文字、数字、“-”“_”和“.”，并以文字或数字开头",
    r"Expected `str` of length.*": f"不能超过 {_LONGEST_NAME} 个字",
}  # fmt: skip


def _said(mistake: msgspec.ValidationError, text: str) -> str:
    """Say where a mistake is, and what: msgspec tells both in one sentence, which has our own words where we found it.

    text: of the file, in which the line is looked for.
    """
    said, _, path = str(mistake).partition(" - at `$")
    says = next((match.expand(words) for sort, words in _SAYS.items() if (match := re.fullmatch(sort, said))), said)
    name, _, says = says.rpartition("：")
    place = re.sub(r"\[(\d+)\]", r".\1", path.rstrip("`"))
    where = f"{place}.{name}".strip(".")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _sets(line) == where.rpartition(".")[2]]
    line = f"第 {lines[0]} 行的" if len(lines) == 1 else "中"
    return f"{line} {where} 有误：{says}"


def _sets(line: str) -> str:
    """Give the name that a line of settings sets, "" if none."""
    return line.partition("=")[0].strip() if "=" in line else ""
