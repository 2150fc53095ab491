"""What people type into one cell: read as meant, with a note, or refused with the cell's address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mess import Case, Mess, Spot, case, check, make_mess
from openpyxl.comments import Comment
from openpyxl.workbook import Workbook

from pipeline.campaign import load
from pipeline.night import Night

CAMPAIGN = load(Path(__file__).parent.parent)
Typed = Any  # a value, or how the right value is typed


def typed(
    name: str, place: str, what: Typed, *codes: str, line: int = 0, also: str = "", changes: bool | None = None
) -> Case:
    """Type something into a cell. Without a code, or with notes alone, it must be read as the value that stood there."""
    key, field = place.split(".")
    spot = Spot(CAMPAIGN, key, field, line)
    title, row, column = spot.where

    def change(book: Workbook) -> None:
        cell = book[title].cell(row, column)
        value = what(cell.value) if callable(what) else what
        cell.value = value
        if isinstance(value, str) and value[:1] == "=" and value.endswith(" "):
            cell.value = value.rstrip()
            cell.data_type = "s"  # text that only looks like a formula
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            cell.number_format = "General"

    refused = any(code != "K01" for code in codes)
    changed = [f"{place} {line}"] if (refused if changes is None else changes) else []
    return case(name, change, *(f"{code} {spot.address()}" for code in codes), changed=changed, also=also.split())


def wide(value: Any) -> str:
    """Type a value in full-width characters."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in str(value))


def day(form: str) -> Callable[[dt.datetime], str]:
    return lambda value: form.format(y=value.year, m=value.month, d=value.day)


PERSONS, SESSIONS, AMOUNT, LEAFLETS = "visits.persons", "activities.sessions", "funds.amount", "activities.leaflets"
VISITED, HOST, MATTER, CADRE = "visits.visited_on", "visits.host", "visits.matter", "visits.cadre"
STATE, PHONE, CODE = "problems.state", "roster.phone", "problems.code"
SUMS = "B01 S07"  # a figure read otherwise disagrees with the sums

NUMBERS = (
    typed("full-width digits", PERSONS, wide, "K01"),
    typed("number as text", PERSONS, str),
    typed("spaces around", PERSONS, lambda v: f" {v} ", "K01"),
    typed("full-width spaces around", PERSONS, lambda v: f"\u3000{v}\u3000", "K01"),
    typed("the column's own unit", PERSONS, lambda v: f"{v}人", "K01"),
    typed("the unit after a space", PERSONS, lambda v: f"{v} 人", "K01"),
    typed("full-width digits and unit", PERSONS, lambda v: f"{wide(v)}人", "K01"),
    typed("NBSP around", PERSONS, lambda v: f"\u00a0{v}\u00a0", "K01"),
    typed("narrow NBSP around", PERSONS, lambda v: f"\u202f{v}", "K01"),
    typed("zero-width space inside", PERSONS, lambda v: f"{v}\u200b", "K01"),
    typed("a line break behind", PERSONS, lambda v: f"{v}\n", "K01"),
    typed("point zero", PERSONS, lambda v: f"{v}.0"),
    typed("thousands in wrong places", "summary.leaflets", "1,23", "N01", line=1),
    typed("a point without decimals", "summary.leaflets", lambda v: f"{v}.", "N01", line=1),
    typed("binary noise", AMOUNT, lambda v: v + 4e-14, changes=False),
    typed("amount with its unit", AMOUNT, lambda v: f"{v}万元", "K01"),
    typed("3万", PERSONS, "3万", "N06"),
    typed("3万多", PERSONS, "3万多", "N01"),
    typed("约30", PERSONS, "约30", "N01"),
    typed("30左右", PERSONS, "30左右", "N01"),
    typed("30余人", PERSONS, "30余人", "N01"),
    typed("12户", PERSONS, "12户", "N06"),
    typed("bracketed", PERSONS, "(5)", "N01"),
    typed("dash", PERSONS, "—", "N08"),
    typed("slash", PERSONS, "/", "N08"),
    typed("无", PERSONS, "无", "N08"),
    typed("less than", PERSONS, "<1", "N01"),
    typed("two numbers", PERSONS, "12 30", "N01"),
    typed("a sum in words", PERSONS, "3+4", "N01"),
    typed("percent as text", PERSONS, "45%", "N01"),
    typed("percent as fraction", PERSONS, 0.45, "N02"),
    typed("half a person", PERSONS, 1.5, "N02"),
    typed("half a person as text", PERSONS, "1.5", "N02"),
    typed("TRUE", PERSONS, True, "N01"),
    typed("a day", PERSONS, dt.datetime(2011, 3, 8), "N01"),
    typed("a time", PERSONS, dt.time(8, 30), "N01"),
    typed("1E+17", PERSONS, 1e17, "N04"),
    typed("1E+17 as text", PERSONS, "1E+17", "N01"),
    typed("negative", PERSONS, -5, "N03", also=SUMS),
    typed("full-width negative", PERSONS, "－5", "K01", "N03", also=SUMS),
    typed("too many", PERSONS, 5000, "N04", also=SUMS),
    typed("blank", PERSONS, None, "R01", also=SUMS),
    typed("nothing but spaces", PERSONS, " \u3000", "R01", also=SUMS),
    typed("元 for 万元 as text", AMOUNT, lambda v: f"{v * 10000:.0f}元", "N06"),
    typed("元 for 万元", AMOUNT, lambda v: 60_000, "N04", also=SUMS),
    typed("元 for 万元 within the bounds", AMOUNT, 15_000, "N07", also=SUMS, changes=True),
    typed("five decimals", AMOUNT, 0.12345, "N05"),
)

DAYS = (
    typed("2011.3.8", VISITED, day("{y}.{m}.{d}"), "K01"),
    typed("2011-3-8", VISITED, day("{y}-{m}-{d}"), "K01"),
    typed("2011/3/8", VISITED, day("{y}/{m}/{d}"), "K01"),
    typed("20110308", VISITED, day("{y}{m:02}{d:02}"), "K01"),
    typed("20110308 as a number", VISITED, lambda v: int(f"{v:%Y%m%d}"), "K01"),
    typed("2011年3月8日", VISITED, day("{y}年{m}月{d}日"), "K01"),
    typed("2011年3月8号", VISITED, day("{y}年{m}月{d}号"), "K01"),
    typed("3月8日", VISITED, day("{m}月{d}日"), "K01"),
    typed("full-width day", VISITED, lambda v: wide(f"{v:%Y-%m-%d}"), "K01"),
    typed("a day with spaces", VISITED, day(" {y} 年 {m} 月 {d} 日 "), "K01"),
    typed("serial", VISITED, lambda v: (v - dt.datetime(1899, 12, 30)).days, "K01"),
    typed("a day with its time", VISITED, lambda v: v.replace(hour=9, minute=30), "K01"),
    typed("a day with its time as text", VISITED, lambda v: f"{v:%Y-%m-%d} 00:00:00", "K01"),
    typed("11/3/8", VISITED, "11/3/8", "D01"),
    typed("31 February", VISITED, "2011-2-31", "D03"),
    typed("a month without a day", VISITED, "2011年3月", "D01"),
    typed("2011.3 as a number", VISITED, 2011.3, "D01"),
    typed("3月上旬", VISITED, "3月上旬", "D01"),
    typed("two days", VISITED, "2011-3-8至2011-3-10", "D01"),
    typed("text for a day", VISITED, "已走访", "D01"),
    typed("mixed separators", VISITED, "2011-3.8", "D01"),
    typed("1900", VISITED, dt.datetime(1900, 3, 8), "D02", also="V13"),
    typed("2099", VISITED, dt.datetime(2099, 3, 8), "D02"),
    typed("a small number for a day", VISITED, 8, "D01"),
    typed("TRUE for a day", VISITED, True, "D01"),
)

TEXTS = (
    typed("NBSP in text", HOST, lambda v: f"\u00a0{v}\u202f"),
    typed("zero-width in text", HOST, lambda v: f"{v[:1]}\u200b{v[1:]}\ufeff"),
    typed("spaces and breaks around text", HOST, lambda v: f"\n {v}\u3000\r\n"),
    typed("smart quotes", HOST, "“王家”的‘院子’", changes=True),
    typed("a formula as text", HOST, '=HYPERLINK("http://x","y") ', changes=True),
    typed("a command as text", MATTER, "=cmd|' /C calc'!A0 ", changes=True),
    typed("an old formula as text", MATTER, "@SUM(1+1)*cmd|' /C calc'!A0", changes=True),
    typed("30,000 characters", MATTER, "长" * 30_000, "T01"),
    typed("an identity number as a number", "roster.unit", 4.31102198001011e17, "T04"),
    typed("a number for a name", CADRE, 12, "T03"),
    typed("a spaced name", CADRE, lambda v: " ".join(v) if len(v) == 2 else f"{v[0]}\u3000{v[1:]}", "K01"),
    typed("a name over two lines", CADRE, lambda v: f"{v[0]}\n{v[1:]}", "K01"),
    typed("two names", CADRE, lambda v: f"{v}、{v}", "T03"),
    typed("two names with a space", CADRE, "欧阳 司马", "T03"),
    typed("a stranger's name", CADRE, "欧阳无名", "L01"),
    typed("telephone as a number", PHONE, lambda v: float(v)),
    typed("telephone in groups", PHONE, lambda v: f"{v[:3]} {v[3:7]} {v[7:]}", "K01"),
    typed("telephone in full width", PHONE, wide, "K01"),
    typed("a lost leading zero", PHONE, 7461234567, "P01"),
    typed("a short telephone", PHONE, "1380000", "P01"),
    typed("two telephones", PHONE, "13800000000/13900000000", "P01"),
    typed("a full-width code", CODE, wide, "K01"),
    typed("a code without its letter", CODE, 1, "T02"),
)

CHOICES = (
    typed("a choice in brackets", STATE, lambda v: f"【{v}】", "K01"),
    typed("a choice in round brackets", STATE, lambda v: f"({v})", "K01"),
    typed("a choice in full-width brackets", STATE, lambda v: f"（{v}）", "K01"),
    typed("a choice with spaces", STATE, lambda v: f" {v[0]} {v[1:]}", "K01"),
    typed("a choice with a full stop", STATE, lambda v: f"{v}。", "K01"),
    typed("a synonym", "roster.organ", lambda v: {"区直机关": "区直", "乡镇街道": "乡镇"}[v], "K01"),
    typed("no choice", STATE, "差不多了", "C01"),
    typed("a tick", "discipline.no_gifts", "√", "K01"),
    typed("TRUE for 是", "discipline.no_gifts", True, "K01"),
    typed("y", "discipline.no_gifts", "Y", "K01"),
    typed("half yes", "discipline.no_gifts", "基本做到", "C01"),
)


def commented(book: Workbook) -> None:
    """Answer in a comment, and leave the cell blank."""
    title, row, column = Spot(CAMPAIGN, "visits", "persons").where
    book[title].cell(row, column).value = None
    book[title].cell(row, column).comment = Comment("12人", "填表人")


ERRORS = (
    typed("#REF! in a number", PERSONS, "#REF!", "E01"),
    typed("#N/A in a day", VISITED, "#N/A", "E01"),
    typed("#N/A in a text", HOST, "#N/A", "E01"),
    typed("#REF! in a serial number", "visits.serial", "#REF!", "E01"),
    typed("#DIV/0! in an indicator", "summary.people_visited", "#DIV/0!", "E01", line=1),
    typed("a formula without a value", PERSONS, "=6+6", "E02"),
    typed("a link without a value", HOST, '=HYPERLINK("http://x","y")', "E02"),
    case(
        "a comment on a blank cell",
        commented,
        f"R01 {Spot(CAMPAIGN, 'visits', 'persons').address()}",
        changed=[f"{PERSONS} 0"],
        also=SUMS.split(),
    ),
)

CASES = (*NUMBERS, *DAYS, *TEXTS, *CHOICES, *ERRORS)


@pytest.fixture(scope="module")
def mess(clean_night: Night, clean_district: Path, tmp_path_factory: pytest.TempPathFactory) -> Mess:
    return make_mess(CASES, clean_night, clean_district, tmp_path_factory.mktemp("cells"))


@pytest.mark.parametrize("each", CASES, ids=lambda each: each.name)
def test_a_cell_is_read_as_meant_or_refused(each: Case, mess: Mess) -> None:
    check(each, mess)
