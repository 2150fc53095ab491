"""The leaders' page as text: its figures are those of `run.json`, and every one opens into its teams."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from nights import sample_night
from test_page import PAGE, Page

from pipeline.campaign import load
from pipeline.declare import Phone
from pipeline.demo import make_district, make_second_day
from pipeline.memory import Assessed, Course, Verdict
from pipeline.model import Consolidation, FindingState, Standing, Status
from pipeline.night import GivenOut, Night
from pipeline.publish.contract import run_record
from pipeline.publish.office import templates
from pipeline.publish.office.overview import items, marks, pieces, tiles, write_overview
from pipeline.publish.office.trend import draw
from pipeline.publish.phrases.calls import calls
from pipeline.publish.phrases.course import SUPERSEDED, Point, asked_before, points, versions
from pipeline.publish.phrases.ranking import rank
from pipeline.run import run


@pytest.fixture(scope="module")
def night() -> Night:
    """The sample night with another before it, on which one team fewer had reported."""
    night = sample_night(teams=40)
    day = night.as_of - dt.timedelta(1)
    sent = [s for s in night.standings if s.latest][1:]
    assessed = [Assessed(day, s.team.code, Verdict(s.latest.sha256, "HELD", 3, 0)) for s in sent if s.latest]
    values = {name: (total.value - 3, total.reported - 1) for name, total in night.consolidation.totals.items()}
    return replace(night, course=Course((day,), assessed), last_night=GivenOut(night.period, day, values))


@pytest.fixture(scope="module")
def page(night: Night) -> Page:
    return Page("".join(pieces(night)))


def heads(page: Page) -> dict[str, int]:
    """Give the figures of the head by their words."""
    (part,) = re.findall(r'<section class="heads".*?</section>', page.html, re.DOTALL)
    return {word: int(count.replace(",", "")) for count, word in re.findall(r"<b>([\d,]+)</b> (\w+)", part)}


def test_figures_are_those_of_the_record(night: Night, page: Page) -> None:
    record = json.loads(json.dumps(run_record(night, [])))
    told, counts = heads(page), record["returns"]
    words = {"退改": "held", "未报": "missing", "迟报": "late", "待核实": "queried", "零报告": "nil", "免报": "excused"}
    assert {word: told[word] for word in words} == {word: counts[key] for word, key in words.items()}
    assert told["应报"] == record["register"] - counts["excused"]
    assert told["计入"] == next(iter(record["totals"].values()))["reported"]
    assert told["已报"] == counts["accepted"] + counts["held"]
    rows = {row[0].strip(): row for row in page.rows[""] if len(row) == 5}
    for total in record["totals"].values():
        _, value, unit, covered, since = (cell.strip() for cell in rows[total["title"]])
        assert float(value.replace(",", "")) == pytest.approx(total["value"])
        assert (unit, covered, since) == (
            total["unit"],
            f"{total['reported']} / {total['expected']}",
            "+3" + ".00" * ("." in since),
        )


def test_every_figure_opens_into_its_teams(night: Night, page: Page) -> None:
    panels = dict(re.findall(r'<section class="panel" id="([^"]+)"(.*?)</section>', page.html, re.DOTALL))
    targets = [unquote(link[1:]) for link in page.links if link.startswith("#")]
    assert set(targets) <= set(re.findall(r' id="([^"]+)"', page.html))
    assert panels.keys() <= set(targets)
    for tile in tiles(night):
        codes = re.findall(r"#t-([^\"]+)\"", panels[f"g{tile.number}"])
        assert codes == [s.team.code for s in tile.standings]
    for key in night.consolidation.totals:
        assert len(re.findall(r'href="#g\d+"', panels[f"i-{key}"])) == len(tiles(night))
    for key, status in (("held", Status.HELD), ("missing", Status.MISSING)):
        listed = re.findall(r"#t-([^\"]+)\"", panels[key])
        assert listed == [s.team.code for s in night.standings if s.status is status]


def test_figures_of_a_township_are_its_teams_and_add_up_to_it(night: Night, page: Page) -> None:
    key, total = next(iter(night.consolidation.totals.items()))
    panels = dict(re.findall(r'<section class="panel" id="([^"]+)"(.*?)</section>', page.html, re.DOTALL))
    added = 0
    for tile in tiles(night):
        rows = re.findall(r"<tr><th scope=\"row\">.*?(?=<tr>|</tbody>)", panels[f"g{tile.number}"], re.DOTALL)
        own = [int(re.findall(r"<td>([\d,]+)", row)[0].replace(",", "")) for row in rows if "没有计入" not in row]
        assert sum(own) == tile.values[key] if own else tile.coverage.counted == 0
        assert f"{tile.coverage.received}/{tile.coverage.expected}" in page.html
        added += sum(own)
    assert added == total.value


def test_it_is_closed_to_the_network_and_asks_for_no_script(page: Page) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page.html)
    assert (
        policy
        and policy[1].startswith("default-src 'none'; ")
        and "unsafe" not in policy[1]
        and "script" not in policy[1]
    )
    assert page.tags["script"] == 0
    assert not [name for name in page.attributes if name.startswith("on") or name in ("style", "src")]
    assert not [link for link in page.links if ":" in link or link.startswith("/")]
    assert "http:" not in page.html and "https:" not in page.html


def test_nothing_newer_than_the_offices_browsers() -> None:
    style = "".join((PAGE / name).read_text("utf-8") for name in ("overview.css", "trend.css"))
    new = r":has\(|:is\(|:where\(|focus-visible|aspect-ratio|\binset\b|(?<!grid-)\bgap\b|clamp\(|[^a-z]min\(|color-mix|@container|&"
    assert not re.findall(new, style)


def test_nobody_is_called_slow_while_there_is_time(night: Night) -> None:
    early = replace(night, as_of=night.period.due)
    standings = [replace(s, days_late=0) for s in early.standings]
    early = replace(early, standings=standings)
    assert marks(early)[1] == [] and marks(early)[0]
    assert {place.standing.status for mark in marks(early)[0] for place in mark.places} == {Status.ACCEPTED}
    assert "overdue" not in [item.key for item in items(early)]
    assert "没有到期的，不排。" in "".join(pieces(early))
    missing = next(s for s in night.standings if s.status is Status.MISSING)
    more_time = replace(missing, due=night.as_of, days_late=0)
    given = replace(night, standings=[more_time if s is missing else s for s in night.standings])
    codes = {place.standing.team.code for mark in marks(given)[1] for place in mark.places}
    assert missing.team.code not in codes and codes
    assert missing.team.code in {place.standing.team.code for mark in marks(night)[1] for place in mark.places}


def test_best_and_worst_are_the_rankings(night: Night) -> None:
    best, worst = marks(night)
    ranked = rank(night.standings)
    first = [place for mark in best for place in mark.places]
    assert first == ranked[: len(first)]
    assert worst[0].places[0].total == ranked[-1].total
    assert not {mark.total for mark in best} & {mark.total for mark in worst}


def test_what_waits_today_is_told_with_its_count(night: Night, page: Page) -> None:
    waiting, document = night.unplaced
    told = replace(night, notices=["请先核对。"], unplaced=[replace(waiting, sha256="a"), document])
    found = {item.key: len(item.lines) for item in items(told)}
    assert found["notices"] == 1 and found["resend"] == 1 and found["place"] == 1 and found["left"] == 1
    assert found["overdue"] == sum(s.status is Status.MISSING for s in night.standings)
    totals = {name: replace(total, announced=None) for name, total in night.consolidation.totals.items()}
    calm = replace(
        night, unplaced=(), left=(), findings=(), standings=[s for s in night.standings if s.latest],
        consolidation=replace(night.consolidation, totals=totals),
    )  # fmt: skip
    assert list(items(calm)) == []
    assert "没有需要决定的事。" in "".join(pieces(calm))


def test_hostile_text_is_shown_not_obeyed_and_numbers_are_masked(night: Night) -> None:
    nasty = "<script>alert(1)</script>\u202egnp.exe 13812345678"
    hostile = Page("".join(pieces(replace(night, unplaced=[replace(night.unplaced[0], file=nasty, reason=nasty)]))))
    assert hostile.tags["script"] == 0
    assert "⟨U+202E⟩gnp.exe 138****5678" in hostile.text() and "13812345678" not in hostile.html
    assert [col for col in night.campaign.form.columns() if issubclass(col.kind, Phone)]
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", hostile.text())


def test_two_thousand_teams_fit_in_a_megabyte_and_the_same_night_gives_the_same_bytes(
    night: Night, tmp_path: Path
) -> None:
    night = many(night, 2_000)
    before = time.perf_counter()
    write_overview(night, tmp_path / "a")
    spent = time.perf_counter() - before
    write_overview(night, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").stat().st_size < 1_000_000
    assert spent < 2


def many(night: Night, count: int) -> Night:
    """Give the night with so many teams, which are those of the night over and over."""
    standings: list[Standing] = []
    for number in range(count):
        one = night.standings[number % len(night.standings)]
        standings.append(replace(one, team=replace(one.team, code=f"{one.team.code}-{number}")))
    sums = night.consolidation
    by_team = {s.team.code: sums.by_team[s.team.code.partition("-")[0]] for s in standings if s.counted}
    return replace(
        night,
        standings=standings,
        consolidation=Consolidation(sums.totals, by_team, {}, sums.by_dimension, sums.ledger),
    )


def test_a_register_without_groups_is_one_tile(night: Night) -> None:
    settings = night.campaign.settings
    plain = replace(
        night, campaign=replace(night.campaign, settings=type(settings)(**{**as_dict(settings), "dimensions": {}}))
    )
    (tile,) = tiles(plain)
    assert tile.coverage.expected == sum(s.status is not Status.EXCUSED for s in night.standings)
    assert "".join(pieces(plain))


def as_dict(settings: object) -> dict[str, object]:
    return {name: getattr(settings, name) for name in type(settings).__struct_fields__}  # type: ignore[attr-defined]


# -- the course of a period


@pytest.mark.slow
def test_nights_before_are_told_as_they_were(tmp_path: Path) -> None:
    """Four real nights: each tells of those before it what they said themselves, also when it is run again."""
    root = tmp_path / "w"
    shutil.copytree(
        Path(__file__).parent.parent / "schemas", root / "schemas", ignore=shutil.ignore_patterns("__pycache__")
    )
    campaign = load(root)
    period = campaign.periods[0]
    make_district(campaign, period, tmp_path / "all", clean=False, teams=14)
    files = sorted(path for path in (tmp_path / "all").rglob("*") if path.is_file())
    said: list[Point] = []
    called = Counter[str]()
    days = [period.due - dt.timedelta(1), period.due, period.due + dt.timedelta(1), period.due + dt.timedelta(5)]
    for number, day in enumerate(days):
        (root / "inbox").mkdir(exist_ok=True)
        for path in files[number::2] if number < 2 else ():
            shutil.copy2(path, root / "inbox" / path.name)
        if number == 2:
            make_second_day(campaign, period, root, teams=14)
        for _ in "12":  # the second time on a day nothing is new
            night = run(root, day, period.key, workers=1)
        counts = night.returns()
        now = Point(day, counts["accepted"] + counts["held"], counts["accepted"], counts["held"])
        assert points(night) == [*said, now]
        said.append(now)
        before = asked_before(night)
        assert before == {s.team.code: called[s.team.code] for s in night.standings}
        called.update(call.standing.team.code for call in calls(night))
        history = versions(night)
        for standing in night.standings:
            mine = history[standing.team.code]
            assert len(mine) == standing.versions
            if standing.latest:
                assert (mine[-1].status, mine[-1].errors, mine[-1].queries) == (
                    standing.status,
                    standing.errors,
                    standing.queries,
                )
                assert mine[-1].sent == standing.latest
            for version in mine:
                assert (
                    version.errors + version.queries == version.still + version.new
                    or version.closed
                    or version.status is Status.ACCEPTED
                )
    assert said[0].received < said[1].received and said[1].held > 0 and said[2].held < said[1].held
    mended = [mine for mine in versions(night).values() if len(mine) > 1 and mine[0].status is Status.HELD]
    assert mended
    for mine in mended:
        assert mine[0].new == mine[0].errors + mine[0].queries > 0
        assert mine[-1].closed and mine[-1].still == 0


def test_a_return_that_was_never_looked_at_says_so(night: Night) -> None:
    standing = next(s for s in night.standings if s.latest and s.counted == s.latest)
    assert standing.latest
    other = replace(standing.latest, sha256="0" * 64, file="早一份.xlsx")
    told = versions(replace(night, versions=[other, standing.latest]))[standing.team.code]
    assert [each.result for each in told] == [SUPERSEDED, Status.ACCEPTED.title]
    assert [each.counts for each in told] == [False, True]


def test_what_a_version_mended_is_counted(night: Night) -> None:
    held = next(s for s in night.standings if s.status is Status.HELD and s.counted is None)
    assert held.latest
    found = night.of_team(held.team.code)
    old, new = found[0], found[1]
    before = replace(held.latest, sha256="1" * 64)
    day = held.latest.arrived - dt.timedelta(2)
    course = Course(
        (day,), [Assessed(day, held.team.code, Verdict(before.sha256, "HELD", 2, 0))], {(held.team.code, day): (2, 0)}
    )
    findings = [replace(old, first_seen=day), replace(new, first_seen=held.latest.arrived)]
    closed = [replace(new, state=FindingState.CLOSED, subject="旧")]
    standing = replace(held, errors=2, queries=0, versions=2)
    told = replace(
        night, course=course, findings=findings, closed=closed, versions=[before, held.latest], standings=[standing]
    )
    first, second = versions(told)[held.team.code]
    assert (first.closed, first.still, first.new, first.change) == (0, 0, 2, "")
    assert (second.closed, second.still, second.new) == (1, 1, 1)
    assert second.change == "已销号 1，仍未改 1，新发现 1"


@pytest.mark.parametrize("values", [[0], [5], [0, 0, 0], [1, 2, 3], list(range(60))])
def test_a_drawing_stays_within_its_frame(values: Sequence[int]) -> None:
    day = dt.date(2011, 3, 1)
    told = [Point(day + dt.timedelta(n), value, value, 0) for n, value in enumerate(values)]
    trend = draw(told, 50, 400, 160)
    for line in trend.lines:
        assert all(0 <= x <= trend.right and 0 <= y <= trend.floor for x, y in line.dots)
        assert 0 <= line.label <= trend.floor
    labels = sorted(line.label for line in trend.lines)
    assert all(b - a >= 13 for a, b in pairwise(labels))
    assert len(trend.days) <= 8 and trend.days[-1][1] == f"{told[-1].on.month}-{told[-1].on.day}"


def test_templates_are_compiled_once_and_a_damaged_one_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(templates._Compiled, "_place", lambda self, bucket: tmp_path / "kept" / f"{bucket.key}.jinja")
    made = templates.environment.__wrapped__
    made().get_template("trend.html.j2")
    (kept,) = (tmp_path / "kept").iterdir()
    whole = kept.read_bytes()
    for damaged in (b"", whole[:30], whole[:-200], b"x" * 500):
        kept.write_bytes(damaged)
        assert "drawing" in vars(made().get_template("trend.html.j2").module)
        assert kept.read_bytes() == whole
    with monkeypatch.context() as patched:
        patched.setattr(made().__class__, "compile", None)  # so nothing can be compiled
        assert "drawing" in vars(made().get_template("trend.html.j2").module)
    kept.unlink()
    (tmp_path / "kept").rmdir()
    (tmp_path / "kept").touch()  # where nothing can be written
    assert "drawing" in vars(made().get_template("trend.html.j2").module)
