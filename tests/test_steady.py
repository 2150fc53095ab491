"""Counts that are the same three periods running: asked about where nobody would count so by chance, and an answer settles it."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from clear_words import unclear
from conftest import without_letters

from pipeline.campaign import load
from pipeline.demo.first_night import right
from pipeline.demo.truth import copied
from pipeline.model import Finding
from pipeline.preview import preview
from pipeline.publish.form.workbook import Contents, write_form
from pipeline.run import run

MAY = """
[[period]]
key = "2011-05"
title = "2011年5月"
starts = 2011-05-01
ends = 2011-05-31
due = 2011-06-02
"""
Said = dict[str, tuple[int, int, int]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    without_letters(tmp_path / "w")
    settings = tmp_path / "w" / "schemas" / "campaign.toml"
    settings.write_text(
        settings.read_text("utf-8").replace("\n# 已公布的控制总数", MAY + "\n# 已公布的控制总数"), "utf-8"
    )
    return tmp_path / "w"


def sent(root: Path, told: list[Said]) -> list[Finding]:
    """Let teams report figures of the card in three periods, whatever their ledgers say. Gives what May's night asks."""
    campaign = load(root)
    rows = right(campaign, campaign.periods[0], 2011, campaign.teams[: len(told)])
    for number, period in enumerate(campaign.periods):
        for team, said in zip(campaign.teams, told, strict=False):
            mine = copied(rows[team.code])
            mine["cover"][0]["period"] = period.title
            mine["summary"][0] |= {name: figures[number] for name, figures in said.items()}
            write_form(root / "inbox" / f"{team.code}-{number}.xlsx", campaign, period, team, Contents(mine))
        shutil.copytree(root / "inbox", root / "sent", dirs_exist_ok=True)
        night = run(root, dt.date(2011, 6, 2 + number), period.key, workers=1)
    return [each for each in night.findings if each.rule == "Y03"]


def lenient(root: Path) -> None:
    """Let ledgers and figures of other periods say what they like: all is accepted."""
    card = root / "schemas" / "summary.py"
    text = card.read_text("utf-8").replace('        cumulative = "cumulative"\n', '        opening = "cumulative"\n')
    card.write_text(
        text.replace(", equals=Visits.persons.sum()", "").replace(", equals=Activities.leaflets.sum()", ""), "utf-8"
    )


def test_a_count_is_asked_about_that_is_the_same_three_times(root: Path) -> None:
    told: list[Said] = [
        {"people_visited": (120, 120, 120), "leaflets": (300, 300, 301)},
        {"people_visited": (120, 121, 120), "leaflets": (300, 301, 301)},
        {"people_visited": (19, 19, 19), "leaflets": (0, 0, 0)},  # few, and none, may well be the same
        {"people_visited": (20, 20, 20), "leaflets": (50, 60, 70)},
    ]
    lenient(root)
    found = sent(root, told)
    teams = load(root).teams
    assert [(each.team, each.field, each.subject) for each in found] == [
        (teams[0].code, "people_visited", "this_period"),
        (teams[3].code, "people_visited", "this_period"),
    ]
    assert "“走访群众（本期数）”填报 120，与前两期完全相同" in found[0].says and found[0].cell
    assert [unclear(each) for each in found] == [[], []]
    (one,) = preview(root, [root / "sent" / f"{teams[0].code}-2.xlsx"], dt.date(2011, 6, 5))
    assert [each.key for each in one.findings if each.rule == "Y03"] == [found[0].key]
