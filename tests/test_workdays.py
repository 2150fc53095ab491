"""Deadlines fall on days on which people work: the official calendar with its days made up for, and what a place adds."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import chinese_calendar
import openpyxl
import pytest

from pipeline.campaign import load
from pipeline.demo import make_district
from pipeline.errors import CampaignError
from pipeline.lint import lint
from pipeline.run import run
from pipeline.settings import read_settings
from pipeline.workdays import Workdays

APRIL = Workdays()


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def set_in(root: Path, old: str, new: str) -> None:
    path = root / "schemas" / "campaign.toml"
    said = path.read_text("utf-8")
    assert old in said
    path.write_text(said.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("from_day", "count", "then"),
    [
        ("2011-04-01", 1, "2011-04-02"),  # a Saturday that was worked for the holiday behind it
        ("2011-04-01", 3, "2011-04-07"),  # 3 to 5 April: 清明
        ("2011-03-31", 0, "2011-03-31"),
        ("2026-02-13", 1, "2026-02-14"),  # the Saturday before 春节
        ("2026-02-14", 1, "2026-02-24"),
        ("2011-03-04", 1, "2011-03-07"),
    ],
)
def test_working_days_are_counted_with_the_days_that_are_made_up_for(from_day: str, count: int, then: str) -> None:
    assert APRIL.after(day(from_day), count) == day(then)


def test_a_place_has_days_of_its_own() -> None:
    ours = Workdays(off={day("2011-04-06")}, worked={day("2011-04-04")})
    assert ours.after(day("2011-04-02"), 1) == day("2011-04-04")
    assert ours.after(day("2011-04-04"), 1) == day("2011-04-07")


def test_of_a_year_whose_holidays_are_not_known_monday_to_friday_are_worked() -> None:
    assert not Workdays.knows(day("2090-05-01")) and Workdays.knows(day("2011-05-01"))
    assert Workdays().after(day("2090-05-05"), 1) == day("2090-05-08")


def test_a_period_is_due_so_many_working_days_after_its_end(workspace: Path) -> None:
    set_in(workspace, "due = 2011-03-31", "due_in = 3")
    assert load(workspace).periods[0].due == day("2011-04-06")


@pytest.mark.parametrize("words", ["", "due = 2011-03-31\ndue_in = 3"])
def test_a_period_is_due_in_one_way(workspace: Path, words: str) -> None:
    set_in(workspace, "due = 2011-03-31", words)
    with pytest.raises(CampaignError, match="due 和 due_in 要写其中一个"):
        read_settings(workspace)
    assert len(lint(workspace)) == 1


def test_slip_and_bulletin_name_the_same_working_day(workspace: Path) -> None:
    campaign = load(workspace)
    make_district(campaign, campaign.periods[0], workspace / "inbox", clean=False, teams=8)
    night = run(workspace, day("2011-04-01"), workers=1)
    slips = list((workspace / "outbox").glob("*/退改/*.xlsx"))
    assert slips
    for path in slips:
        slip = openpyxl.load_workbook(path)["退改单"]
        assert any("于2011年4月7日前把本文件报回" in str(row[0].value) for row in slip.iter_rows(max_row=8))
    assert campaign.put_right_by(night.period, day("2011-03-20")) == night.period.due


def test_a_year_without_known_holidays_is_said(workspace: Path) -> None:
    for path in (workspace / "schemas" / "campaign.toml", *(workspace / "schemas").glob("*.py")):
        path.write_text(path.read_text("utf-8").replace("2011", "2090"), "utf-8")
    night = run(workspace, day("2090-04-01"), workers=1, is_sure=True)
    assert [each for each in night.notices if "2090 年的放假安排" in each]


def test_every_day_is_as_the_official_calendar_says() -> None:
    days = [day("2004-01-01") + dt.timedelta(number) for number in range(0, 365 * 22)]
    assert [Workdays().is_worked(each) for each in days] == [chinese_calendar.is_workday(each) for each in days]
    assert not Workdays.knows(day("2003-12-31"))
