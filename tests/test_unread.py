"""Archived returns that were read once and cannot be read any more: they are told of, and never count as saying nothing."""

from __future__ import annotations

import shutil
from functools import partial
from io import BytesIO
from pathlib import Path

import msoffcrypto.format.ooxml
import pytest
from conftest import DUE
from deciding import NEXT, Office, standing, total

from pipeline.assess import UnreadError
from pipeline.batch import Origin, parse_in_time
from pipeline.declare.catalogue import LOST
from pipeline.frames import ParsedReturn
from pipeline.model import Status
from pipeline.rawbook import Limits
from pipeline.read import Reader, read_here
from pipeline.run import run

PASSWORD = "2011"
WITH = f'[campaign]\npasswords = ["{PASSWORD}"]\n'


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office that was sent three returns, one of them locked with a password that it knows."""
    office = Office(tmp_path / "workspace")
    settings = office.root / "schemas" / "campaign.toml"
    settings.write_text(settings.read_text("utf-8").replace("[campaign]\n", WITH), "utf-8")
    locked = BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(BytesIO(office.sent[0].read_bytes())).encrypt(PASSWORD, locked)
    office.send(*office.sent[1:])
    (office.root / "inbox" / office.sent[0].name).write_bytes(locked.getvalue())
    return office


def forget(office: Office, *, password: bool) -> None:
    """Lose what was read, and the password too if that is wanted."""
    shutil.rmtree(office.root / "cache")
    settings = office.root / "schemas" / "campaign.toml"
    if password:
        settings.write_text(settings.read_text("utf-8").replace(WITH, "[campaign]\n"), "utf-8")


def test_a_return_whose_password_is_gone_is_told_of_and_not_counted_as_nothing(office: Office) -> None:
    night = office.night()
    whole = total(night)
    assert whole[1] == 3 and standing(night, office.codes[0]).status is Status.ACCEPTED
    mine = next(s.counted for s in night.standings if s.team.code == office.codes[0])
    assert mine is not None
    figure = night.consolidation.by_team[office.codes[0]]["people_visited"]
    forget(office, password=True)
    night = office.night(DUE + NEXT)
    assert total(night) == (whole[0] - figure, 2, whole[2])
    assert [each.team for each in night.damaged] == [office.codes[0]] and any("没有读出来" in n for n in night.notices)
    settings = office.root / "schemas" / "campaign.toml"
    settings.write_text(settings.read_text("utf-8").replace("[campaign]\n", WITH), "utf-8")
    night = office.night(DUE + 2 * NEXT)
    assert total(night) == whole and night.damaged == [] and night.notices == []


def test_readers_that_are_all_ended_make_no_return_say_nothing(office: Office) -> None:
    """Each reader is killed at once: what was accepted before is told of as unread, and counts again when it can be read."""
    whole = total(office.night())
    forget(office, password=False)
    origin = Origin.of(office.root, is_cached=True)
    reading = partial(parse_in_time, origin=origin)
    with Reader(1, Limits(seconds=0.001), (PASSWORD,), reading=reading, refused=ParsedReturn) as hasty:
        night = run(office.root, DUE + NEXT, reader=hasty)
    assert {each.rule for each in night.findings} == {LOST} and len(night.damaged) == 3 == len(night.notices)
    assert total(night) == (0, 0, whole[2]) and {s.counted for s in night.standings} == {None}
    night = office.night(DUE + 2 * NEXT)
    assert total(night) == whole and night.damaged == []


def test_what_cannot_be_read_again_within_a_night_ends_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was whole a moment ago is refused when it is to be checked: nothing is published of such a night."""
    office.night()
    forget(office, password=False)
    monkeypatch.setattr("pipeline.intake.Returns.whole", lambda self, asked: [*asked])
    monkeypatch.setattr(
        "pipeline.intake.Returns.__getitem__",
        lambda self, sha256: ParsedReturn(read_here(office.root / "schemas" / "teams.csv")),
    )
    before = office.recorded()
    with pytest.raises(UnreadError, match="没有读出来"):
        office.night(DUE + NEXT)
    assert office.recorded() == before and not (office.root / "outbox" / (DUE + NEXT).isoformat()).exists()
