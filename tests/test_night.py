"""The whole night, end to end, on the whole district."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from builders import cells_of, columns, damage, sheet_of
from clear_words import unclear
from conftest import DUE, REPO

from pipeline.campaign import Campaign
from pipeline.demo import make_district, make_second_day
from pipeline.model import FindingState, Status
from pipeline.night import Night

ANNOUNCED = {  # as announced at the campaign's closing meeting
    "people_visited": 38327, "meetings_held": 420, "leaflets": 54000, "aid_raised": 130, "financing": 8500,
    "problems_resolved": 2511, "cadres": 2020, "cadres_district": 958, "cadres_township": 1062,
}  # fmt: skip
RunNight = Callable[..., Night]


def totals(night: Night) -> dict[str, int]:
    return {key: int(total.value) for key, total in night.consolidation.totals.items() if key in ANNOUNCED}


def test_clean_district_gives_the_announced_totals(clean_night: Night) -> None:
    assert clean_night.returns()["accepted"] == 187
    assert [finding for finding in clean_night.findings if finding.severity.value == "error"] == []
    assert totals(clean_night) == ANNOUNCED
    assert {(t.reported, t.expected) for t in clean_night.consolidation.totals.values()} == {(187, 187)}


def test_one_visitor_less_is_never_counted_in_silence(
    clean_workspace: Path, campaign: Campaign, night_of: RunNight
) -> None:
    persons = columns(campaign)["visits.persons"]
    path = sorted((clean_workspace / "inbox").glob("*.xlsx"))[40]

    def one_less(book):  # type: ignore[no-untyped-def]
        sheet = sheet_of(book, persons)
        cell = next(cell for cell in cells_of(book, persons) if sheet[cell].value > 1)
        sheet[cell] = sheet[cell].value - 1

    damage(path, one_less)
    night = night_of(clean_workspace)
    held = [standing for standing in night.standings if standing.status is Status.HELD]
    total = night.consolidation.totals["people_visited"]
    assert len(held) == 1
    assert total.value == 38327 - night.consolidation.as_read[held[0].team.code]["people_visited"]
    assert (total.reported, total.expected) == (186, 187)
    assert {finding.rule for finding in night.of_team(held[0].team.code)} >= {"B01"}


def test_two_nights_reach_the_announced_totals(workspace: Path, campaign: Campaign, night_of: RunNight) -> None:
    period = campaign.periods[0]
    make_district(campaign, period, workspace / "inbox", clean=False)
    first = night_of(workspace, DUE + dt.timedelta(days=1))
    counted = {standing.team.code for standing in first.standings if standing.counted is not None}
    out = [standing for standing in first.standings if standing.counted is None]
    assert {standing.status for standing in out} == {Status.HELD, Status.MISSING}
    for key, total in first.consolidation.totals.items():
        assert set(first.consolidation.by_team) == counted
        assert total.value == sum(figures[key] for figures in first.consolidation.by_team.values())
        assert (total.reported, total.expected) == (len(counted), 187)
    assert len({finding.rule for finding in first.findings}) >= 12
    assert {each.message: wrong for each in first.findings if (wrong := unclear(each))} == {}
    assert first.returns()["late"] and first.returns()["nil"] and len(first.unplaced) == 3
    wrong = {finding.key for finding in first.findings if finding.severity.value == "error"}

    make_second_day(campaign, period, workspace)
    second = night_of(workspace, DUE + dt.timedelta(days=2))
    assert second.returns()["accepted"] == 187
    assert totals(second) == ANNOUNCED
    assert wrong <= {finding.key for finding in second.closed}
    assert {finding.state for finding in second.closed} == {FindingState.CLOSED}


def test_the_same_night_again_changes_nothing_and_says_so(clean_workspace: Path) -> None:
    def night() -> str:
        command = [sys.executable, "-m", "pipeline", "nightly", "-C", str(clean_workspace), "--as-of", "2011-03-31"]
        return subprocess.run(command, cwd=REPO, check=True, capture_output=True, encoding="utf-8").stdout

    def hashes() -> dict[str, str]:
        files = [path for path in (clean_workspace / "outbox").rglob("*") if path.is_file()]
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    first = night()
    before = hashes()
    second = night()
    assert "没有变化" not in first and "没有变化" in second
    assert hashes() == before
    assert not list((clean_workspace / "inbox").rglob("*.xlsx"))


def test_rewriting_the_same_night_gives_the_same_bytes(
    clean_workspace: Path, tmp_path: Path, night_of: RunNight
) -> None:
    night_of(clean_workspace)
    place = clean_workspace / "outbox" / DUE.isoformat()
    shutil.move(place, tmp_path / "before")
    night_of(clean_workspace)
    for path in sorted((tmp_path / "before").rglob("*")):
        if path.is_file() and path.name not in ("run.json", ".manifest.json"):
            assert path.read_bytes() == (place / path.relative_to(tmp_path / "before")).read_bytes(), path.name


def test_the_contract_for_programs(clean_night: Night) -> None:
    folder = clean_night.campaign.root / "outbox" / DUE.isoformat()
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["schema_version"] == 1
    assert record["register"] == 187
    assert record["returns"] == {
        "accepted": 187, "queried": 0, "held": 0, "missing": 0, "late": 0, "nil": 0, "excused": 0,
    }  # fmt: skip
    assert record["totals"]["people_visited"] | {"announced": None} == {
        "title": "走访群众", "unit": "人", "value": 38327, "reported": 187, "expected": 187, "announced": None,
    }  # fmt: skip
    assert all((folder / name).exists() for name in record["outputs"])
    assert {"校验报告.html", "校验差错清单.xlsx", "汇总表.xlsx", "催报名单.xlsx", "督查通报(草稿).docx"} <= set(
        record["outputs"]
    )
    assert json.loads((folder / "findings.json").read_text(encoding="utf-8")) == []
