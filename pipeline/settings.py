"""What the office writes into campaign.toml, as read and checked. Quick to load: it is wanted before anything else is."""

from __future__ import annotations

import datetime as dt
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import CampaignError


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
    starts: dt.date
    document_number: str = "〔{year}〕{number}号"
    addressees: str = ""
    copies_to: str = ""
    contact: str = ""
    queries_hold: bool = False
    pdf: bool = False  # whether drafts are wanted as PDF too
    passwords: tuple[str, ...] = ()
    dimensions: dict[str, str] = {"kind": "类别"}  # field of the register -> its title


class PeriodEntry(_Strict):
    """A `[[period]]` of campaign.toml."""

    key: str = Field(pattern=r"^[\w.-]+$")
    title: str
    starts: dt.date
    ends: dt.date
    due: dt.date

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


def read_settings(root: Path) -> CampaignFile:
    """Read the campaign.toml of a campaign folder. Raises CampaignError naming the mistake."""
    path = root / "schemas" / "campaign.toml"
    if not path.is_file():
        raise CampaignError(
            f"“{root}”不是活动文件夹：缺少 schemas/campaign.toml。请用 -C 指定活动文件夹，或先运行 huizong init。"
        )
    try:
        return CampaignFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except tomllib.TOMLDecodeError as mistake:
        raise CampaignError(f"campaign.toml 写法有误：{mistake}。请改正后再运行。") from mistake
    except ValidationError as mistakes:
        first = mistakes.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise CampaignError(f"campaign.toml 中 {place} 有误：{first['msg']}。请改正后再运行。") from mistakes
