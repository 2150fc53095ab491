"""Mistakes in what is dated: periods that there are none of, what ends before it begins, names that were never others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline import declared_at
from pipeline.declarations import near
from pipeline.declare import Form
from pipeline.declare.dated import Dated, dates_in
from pipeline.errors import CampaignError

FORM = "__init__.py"


def about_dates(form: Form, periods: Sequence[str]) -> list[CampaignError]:
    """Say which dates of a form cannot be meant. periods: the keys that there are, in order."""
    was: Any = form.was
    if not isinstance(was, Mapping):
        return [CampaignError.at(FORM, 0, 'FORM 的 was 应写成 {"报告期": "旧版本"}。请改正。')]
    dated = list(dates_in(form))
    return [_at(each, says) for each in dated for says in _of_period(each, periods)] or [
        _at(each, says) for each in dated for says in (*_of_span(each, periods), *_of_name(form, each, periods))
    ]


def _at(each: Dated, says: str) -> CampaignError:
    if each.sheet is None:
        return CampaignError.at(FORM, 0, f"FORM 的 {says}")
    where = (each.field,) if each.field else ("Config", each.word)
    named = each.sheet.columns()[each.field].title if each.field else each.sheet.title()
    return CampaignError.at(*declared_at.of_sheet(each.sheet, *where), f"“{named}”的 {says}")


def _of_period(each: Dated, periods: Sequence[str]) -> Iterator[str]:
    if each.period not in periods:
        says = f"没有报告期“{each.period}”{near(each.period, periods)}"
        yield f"{each.word}：{says}。请用 campaign.toml 中 [[period]] 的 key：{'、'.join(periods)}。"


def _of_span(each: Dated, periods: Sequence[str]) -> Iterator[str]:
    """Say what the dates of a sheet, and of a column, leave no period for."""
    if each.sheet is None:
        return
    said: Any = each.sheet.columns()[each.field] if each.field else each.sheet.options()
    first, last = periods.index(said.since or periods[0]), periods.index(said.until or periods[-1])
    if each.word == "since" and first > last:
        yield f"since“{said.since}”在 until“{said.until}”之后，哪一期都用不上。请改正。"
    elif each.word == "was" and not first <= periods.index(each.period) < last + (not said.until):
        yield f"was 写的“{each.period}”不在这一栏的 since、until 之间，旧标题用不上。请改正或删去。"


def _of_name(form: Form, each: Dated, periods: Sequence[str]) -> Iterator[str]:
    if each.word == "was":
        old: Any = form.was[each.period] if each.sheet is None else each.sheet.columns()[each.field].was[each.period]
        now = form.version if each.sheet is None else each.sheet.columns()[each.field].lowest
        if not isinstance(old, str) or not old.strip():
            yield f"was 中“{each.period}”之后应是带引号的文字，写明当时怎样叫。请改正。"
        elif old == now:
            yield f"was 写的“{old}”与现在的相同。请写明旧的，或删去 was。"
