"""What counts, and what is remembered of it: ordinary mistakes of senders and operators, each as a clerk would see it."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from pathlib import Path

import openpyxl
import pytest
from builders import cells_of, columns, damage, sheet_of
from click.testing import CliRunner
from conftest import DUE
from openpyxl.workbook import Workbook

from pipeline.campaign import load
from pipeline.cli import huizong
from pipeline.decide import annul_night, withdraw
from pipeline.demo import make_district
from pipeline.model import Standing, Status
from pipeline.night import Night
from pipeline.run import run
from pipeline.times import ClockError

NEXT = dt.timedelta(days=1)
LONG_AGO = 1301450000  # 2011-03-30, seconds: when files were saved


@pytest.fixture
def few(workspace: Path) -> Path:
    """A campaign folder with the right returns of three teams in its inbox."""
    campaign = load(workspace)
    make_district(campaign, campaign.periods[0], workspace / "inbox", clean=True, teams=3)
    return workspace


def files(root: Path) -> list[Path]:
    return sorted((root / "inbox").glob("*.xlsx"))


def keep(root: Path) -> list[Path]:
    """Take the right returns out of the inbox, to be sent when a test wants them."""
    (root / "kept").mkdir()
    return [Path(shutil.move(path, root / "kept" / path.name)) for path in files(root)]


def send(root: Path, path: Path, name: str = "", folder: str = "") -> Path:
    place = root / "inbox" / folder
    place.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy2(path, place / (name or path.name)))


def spoilt(root: Path, path: Path, ref: str, value: object, name: str) -> Path:
    """A copy of a return with one filled cell changed."""
    column = columns(load(root))[ref]

    def change(book: Workbook) -> None:
        sheet_of(book, column)[cells_of(book, column)[0]] = value

    return damage(path, change, root / "kept" / name)


def resaved(path: Path, name: str, stamp: str = "") -> Path:
    """A copy that says the same in other bytes. stamp: when it says it was saved."""
    to = path.with_name(name)

    def change(book: Workbook) -> None:
        book.properties.title = name

    damage(path, change, to)
    if stamp:
        stamped(to, stamp)
    return to


def stamped(path: Path, stamp: str) -> None:
    """Let a workbook say that it was saved at that time, in whatever words."""
    import zipfile

    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    core = parts["docProps/core.xml"].decode()
    head, _, rest = core.partition("<dcterms:modified")
    tag, _, rest = rest.partition(">")
    parts["docProps/core.xml"] = f"{head}<dcterms:modified{tag}>{stamp}<{rest.partition('<')[2]}".encode()
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    os.utime(path, (LONG_AGO, LONG_AGO))


def standing(night: Night, path: Path) -> Standing:
    code = path.name[:5]
    return next(each for each in night.standings if each.team.code == code)


def people(night: Night) -> int:
    return int(night.consolidation.totals["people_visited"].value)


def persons(night: Night, path: Path) -> object:
    return night.consolidation.by_team.get(path.name[:5], {}).get("people_visited")


# -- a


def test_a_return_that_was_never_accepted_does_not_count(few: Path) -> None:
    first, second, other = keep(few)
    cadre = _first_cadre(few, second)
    send(few, spoilt_roster(few, first, cadre, "v1.xlsx"), first.name)
    send(few, second)
    night = run(few, DUE, workers=1)
    assert standing(night, first).status is Status.HELD and standing(night, second).status is Status.HELD
    send(few, spoilt(few, first, "visits.persons", "约30", "v2.xlsx"), first.name)
    send(few, other)
    night = run(few, DUE + NEXT, workers=1)
    held = standing(night, first)
    assert held.status is Status.HELD and held.counted is None and not held.counts_earlier
    assert persons(night, first) is None and standing(night, second).status is Status.ACCEPTED


def spoilt_roster(root: Path, path: Path, cadre: tuple[str, str], name: str) -> Path:
    """A copy of a return whose last cadre is another team's."""
    refs = columns(load(root))

    def change(book: Workbook) -> None:
        sheet = sheet_of(book, refs["roster.name"])
        cell = cells_of(book, refs["roster.name"])[-1]
        old = sheet[cell].value
        sheet[cell] = cadre[0]
        sheet[cells_of(book, refs["roster.phone"])[-1]] = cadre[1]
        for each in book.worksheets:
            if each.sheet_state == "visible":
                for row in each.iter_rows():
                    for other in row:
                        if other.value == old:
                            other.value = cadre[0]

    return damage(path, change, root / "kept" / name)


def _first_cadre(root: Path, path: Path) -> tuple[str, str]:
    refs, book = columns(load(root)), openpyxl.load_workbook(path)
    sheet = sheet_of(book, refs["roster.name"])
    name, phone = (cells_of(book, refs[f"roster.{each}"])[0] for each in ("name", "phone"))
    return str(sheet[name].value), str(sheet[phone].value)


def test_two_files_that_cannot_be_told_apart_count_for_nobody_and_are_named(few: Path) -> None:
    first, *others = keep(few)
    one = resaved(first, f"{first.stem}_甲.xlsx", "2011-03-30T08:00:00Z")
    two = spoilt(few, first, "visits.matter", "另有诉求", f"{first.stem}_乙.xlsx")
    stamped(two, "2011-03-30T16:00:00+08:00")  # the same moment in other words
    for path in (one, two, *others):
        send(few, path)
    night = run(few, DUE, workers=1)
    held = standing(night, first)
    assert held.status is Status.HELD and held.counted is None and persons(night, first) is None
    (said,) = [f.message for f in night.findings if f.rule == "I08"]
    assert "_甲" in said and "_乙" in said
    send(few, one)  # the team says which it means, by sending it alone
    assert standing(run(few, DUE + NEXT, workers=1), first).status is Status.ACCEPTED


# -- b


def test_an_accepted_return_stays_when_a_newcomer_lists_one_of_its_cadres(few: Path) -> None:
    first, second, other = keep(few)
    send(few, first)
    before = run(few, DUE, workers=1)
    send(few, spoilt_roster(few, second, _first_cadre(few, first), "new.xlsx"), second.name)
    send(few, other)
    night = run(few, DUE + NEXT, workers=1)
    assert standing(night, first).status is Status.ACCEPTED and standing(night, first).is_queried
    assert standing(night, second).status is Status.HELD
    assert persons(night, first) == persons(before, first)
    severities = {f.team: f.severity.value for f in night.findings if f.rule == "M01"}
    assert severities == {first.name[:5]: "query", second.name[:5]: "error"}


# -- c


def test_a_night_a_year_ahead_is_noticed_and_can_be_taken_back(few: Path) -> None:
    kept = keep(few)
    for path in kept:
        send(few, path)
    ahead = DUE.replace(year=DUE.year + 1)
    run(few, ahead, workers=1)
    with pytest.raises(ClockError, match="annul-night"):
        run(few, DUE, workers=1)
    said = CliRunner().invoke(huizong, ["annul-night", "-C", str(few), "--by", "王主任", "--reason", "年份写错"])
    assert said.exit_code == 0 and "2012-03-31" in said.output
    night = run(few, DUE, workers=1)
    assert night.returns()["accepted"] == 3 and night.returns()["late"] == 0
    assert night.consolidation.totals["people_visited"].reported == 3 and not night.repeated
    assert not (few / "outbox" / ahead.isoformat()).exists() and (few / "outbox" / f"{ahead}(已撤销)").is_dir()
    for path in kept:
        send(few, path)
    again = run(few, DUE + NEXT, workers=1)
    assert [each.rule for each in again.repeated] == ["F07"] * 3 and again.returns()["accepted"] == 3


def test_a_night_later_than_today_stops_unless_it_is_meant(few: Path) -> None:
    tomorrow = dt.date.today() + 2 * NEXT
    said = CliRunner().invoke(huizong, ["nightly", "-C", str(few), "--as-of", tomorrow.isoformat()])
    assert isinstance(said.exception, ClockError) and "--yes" in str(said.exception) and len(files(few)) == 3
    said = CliRunner().invoke(huizong, ["nightly", "-C", str(few), "--as-of", tomorrow.isoformat(), "--yes"])
    assert said.exit_code == 0, said.output


# -- d


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2011-03-30T10:00:00+08:00", "2011-03-30T03:00:00Z"),  # 02:00 UTC is before 03:00 UTC
        ("2011-03-30T10:00:00", "2011-03-30T03:00:00Z"),  # without a zone it is an office's own time
    ],
)
def test_the_last_version_is_told_by_the_moment_not_by_how_it_is_written(few: Path, old: str, new: str) -> None:
    first = keep(few)[0]
    earlier = spoilt(few, first, "visits.persons", "约30", "old.xlsx")
    stamped(earlier, old)
    later = resaved(first, "new.xlsx", new)
    send(few, earlier)
    send(few, later)
    night = run(few, DUE, workers=1)
    assert standing(night, first).status is Status.ACCEPTED and "I08" not in {f.rule for f in night.findings}


@pytest.mark.parametrize("stamp", ["2099-01-01T00:00:00Z", "zzzz"])
def test_a_stamp_that_cannot_be_true_beats_nothing(few: Path, stamp: str) -> None:
    first = keep(few)[0]
    wrong = spoilt(few, first, "visits.persons", "约30", "a.xlsx")
    stamped(wrong, stamp)
    os.utime(wrong, (4102444800, 4102444800))  # 2100: the file's own time says as little
    send(few, wrong)
    send(few, resaved(first, "b.xlsx", "2011-03-30T03:00:00Z"))
    night = run(few, DUE, workers=1)
    assert standing(night, first).counted is None and "I08" in {f.rule for f in night.findings}


# -- e


def test_a_team_that_returns_to_an_earlier_file_is_heard(few: Path) -> None:
    first = keep(few)[0]
    send(few, first)
    one = run(few, DUE, workers=1)
    send(few, spoilt(few, first, "visits.matter", "另有诉求", "v2.xlsx"), first.name)
    two = run(few, DUE + NEXT, workers=1)
    assert standing(two, first).counted != standing(one, first).counted
    send(few, first)
    three = run(few, DUE + 2 * NEXT, workers=1)
    counted = standing(three, first).counted
    assert counted is not None and counted.sha256 == getattr(standing(one, first).counted, "sha256", "")
    assert "I14" in {f.rule for f in three.findings} and not three.repeated


def test_a_mailbox_put_in_once_more_changes_nothing(few: Path) -> None:
    first = keep(few)[0]
    second = spoilt(few, first, "visits.matter", "另有诉求", "v2.xlsx")
    for path, day in ((first, DUE), (second, DUE + NEXT)):
        send(few, path)
        run(few, day, workers=1)
    send(few, first)
    send(few, second)
    night = run(few, DUE + 2 * NEXT, workers=1)
    assert [each.rule for each in night.repeated] == ["F07", "F07"]
    assert standing(night, first).counted and standing(night, first).counted == standing(night, first).latest
    assert str(getattr(standing(night, first).counted, "file", "")) == "v2.xlsx"


def test_a_file_in_an_earlier_folder_is_the_latest_all_the_same_and_is_named(few: Path) -> None:
    first = keep(few)[0]
    send(few, first)
    run(few, DUE, workers=1)
    send(few, spoilt(few, first, "visits.persons", "约30", "v2.xlsx"), folder="2011-03-29")
    night = run(few, DUE + NEXT, workers=1)
    assert standing(night, first).status is Status.HELD and standing(night, first).counts_earlier
    (said,) = [f.message for f in night.findings if f.rule == "I12"]
    assert "2011-03-29" in said


# -- f


def test_two_periods_of_one_day_have_their_own_folders(few: Path) -> None:
    campaign = load(few)
    march, april = campaign.periods[:2]
    day = april.ends
    first = run(few, day, march.key, workers=1)
    page = few / "outbox" / first.folder / "校验报告.html"
    before = page.read_bytes()
    second = run(few, day, april.key, workers=1)
    assert (first.folder, second.folder) == (f"{day}_{march.key}", day.isoformat())
    assert page.read_bytes() == before
    assert json.loads((few / "outbox" / second.folder / "run.json").read_text("utf-8"))["period"] == april.key


# -- g


def test_the_demonstration_keeps_out_of_a_live_campaign(few: Path) -> None:
    run(few, DUE, workers=1)
    for more in ([], ["--clean"], ["--day", "2"]):
        said = CliRunner().invoke(huizong, ["demo", str(few), *more])
        assert said.exit_code != 0 and not files(few), said.output
        assert "模拟" in str(said.exception)


# -- m


@pytest.mark.parametrize("content", [None, b""], ids=["deleted", "emptied"])
def test_a_ledger_that_is_gone_is_said_in_a_sentence_and_nothing_is_counted(few: Path, content: bytes | None) -> None:
    run(few, DUE, workers=1)
    ledger, before = few / "archive" / "ledger.db", _tree(few / "outbox")
    ledger.unlink()
    if content is not None:
        ledger.write_bytes(content)
    said = CliRunner().invoke(huizong, ["nightly", "-C", str(few), "--as-of", (DUE + NEXT).isoformat()])
    assert "rebuild" in str(said.exception) and getattr(said.exception, "exit_code", 0) == 1
    assert _tree(few / "outbox") == before
    assert CliRunner().invoke(huizong, ["rebuild", "-C", str(few)]).exit_code == 0
    assert run(few, DUE + NEXT, workers=1).returns()["accepted"] == 3


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_an_archived_file_that_is_damaged_is_named_and_not_counted(few: Path) -> None:
    first, second, third = keep(few)
    for path in (first, second, third):
        send(few, path)
    before = run(few, DUE, workers=1)
    kept = few / str(getattr(standing(before, first).counted, "path", ""))
    kept.write_bytes(kept.read_bytes()[:-1] + b"x")
    said = CliRunner().invoke(huizong, ["nightly", "-C", str(few), "--as-of", (DUE + NEXT).isoformat()])
    assert said.exit_code == 1 and kept.name in said.output and "（计入 2 / 应报 187）" in said.output
    send(few, first)  # the same bytes once more mend the archive
    night = run(few, DUE + 2 * NEXT, workers=1)
    assert night.returns()["accepted"] == 3 and not night.damaged and people(night) == people(before)


# -- decisions


def test_a_withdrawn_return_stays_out_until_another_is_accepted(few: Path) -> None:
    first, second, _ = keep(few)
    for path in (first, second):
        send(few, path)
    run(few, DUE, workers=1)
    withdraw(few, first.name[:5], DUE, "王主任", "单位来电，数字报错")
    night = run(few, DUE + NEXT, workers=1)
    assert standing(night, first).status is Status.HELD and standing(night, first).counted is None
    (said,) = [f.message for f in night.findings if f.rule == "I13"]
    assert "王主任" in said and "单位来电" in said
    send(few, first)
    night = run(few, DUE + 2 * NEXT, workers=1)
    assert standing(night, first).counted is None
    send(few, spoilt(few, first, "visits.matter", "另有诉求", "v2.xlsx"))
    assert standing(run(few, DUE + 3 * NEXT, workers=1), first).status is Status.ACCEPTED


def test_an_annulled_night_gives_back_what_counted_before(few: Path) -> None:
    first = keep(few)[0]
    send(few, first)
    one = run(few, DUE, workers=1)
    send(few, spoilt(few, first, "visits.matter", "另有诉求", "v2.xlsx"))
    run(few, DUE + NEXT, workers=1)
    annul_night(few, "王主任", "放错了文件")
    withdraw(few, first.name[:5], DUE, "王主任", "等单位重报")  # of what counts again: the first
    night = run(few, DUE + NEXT, workers=1)
    counted = standing(night, first).counted
    assert counted is not None and counted != standing(one, first).counted and counted.file == "v2.xlsx"


# -- j


def test_figures_in_another_unit_are_refused_again_when_the_correction_comes_back_unmended(few: Path) -> None:
    first = keep(few)[0]
    refs = columns(load(few))

    def other_unit(book: Workbook) -> None:
        for row in sheet_of(book, refs["funds.amount"]).iter_rows():
            for cell in row:
                if cell.value == refs["funds.amount"].declared().heading:
                    cell.value = "金额（元）"

    send(few, damage(first, other_unit, few / "kept" / "yuan.xlsx"))
    night = run(few, DUE, workers=1)
    assert standing(night, first).counted is None and "S15" in {f.rule for f in night.findings}
    correction = next((few / "outbox" / night.folder / "退改").glob("*.xlsx"))
    tab = sheet_of(openpyxl.load_workbook(correction), refs["funds.amount"])
    cell = tab[cells_of(openpyxl.load_workbook(correction), refs["funds.amount"])[0]]
    assert str(cell.value).endswith("元") and cell.font.b
    send(few, correction, f"{first.name[:5]}.xlsx")
    again = run(few, DUE + NEXT, workers=1)
    assert standing(again, first).counted is None
    assert {f.rule for f in again.findings if f.field == "amount"} == {"N06"}


def test_a_wrong_sum_is_refused_again_when_the_correction_comes_back_unmended(few: Path) -> None:
    first = keep(few)[0]
    refs = columns(load(few))

    def wrong_sum(book: Workbook) -> None:
        cell = sheet_of(book, refs["visits.persons"])[cells_of(book, refs["visits.persons"])[0]]
        total = sheet_of(book, refs["visits.persons"]).cell(cell.row - 1, cell.column)
        total.value = total.value + 7

    send(few, damage(first, wrong_sum, few / "kept" / "sum.xlsx"))
    night = run(few, DUE, workers=1)
    (found,) = [f for f in night.findings if f.rule == "S07"]
    correction = next((few / "outbox" / night.folder / "退改").glob("*.xlsx"))
    send(few, correction, f"{first.name[:5]}.xlsx")
    again = run(few, DUE + NEXT, workers=1)
    assert standing(again, first).counted is None and not again.closed
    assert [f.key for f in again.findings if f.rule == "S07"] == [found.key]
