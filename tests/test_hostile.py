"""Whatever lies in the inbox, one night copes: it is received or named, nothing is followed, obeyed or left running."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from containers import xlsx, zipped
from hostile import Place, Said, place_with

from pipeline.cli import huizong
from pipeline.readable import visible
from pipeline.receive import look

Prepare = Callable[[Place], object]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


@dataclass(frozen=True)
class Case:
    """prepare: put it there. expected: left (in the inbox), unknown (received, nobody's), counted or silent.

    name: as it must be shown. says: what the reason must tell.
    """

    prepare: Prepare
    expected: str
    name: str
    says: str = ""


def link(name: str, to: Callable[[Place], object]) -> Case:
    return Case(lambda place: os.symlink(str(to(place)), place.inbox / name), "left", name, "链接")


def text(raw: str | bytes, shown: str = "", expected: str = "unknown", says: str = "") -> Case:
    """A file that is no return, under a name."""
    name = os.fsdecode(raw)

    def prepare(place: Place) -> None:
        path = place.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"nothing but words " + os.fsencode(name))
        os.utime(path, (1301560000, 1301560000))

    return Case(prepare, expected, shown or visible(name), says)


def holding(name: str, content: bytes, says: str) -> Case:
    return Case(lambda place: (place.inbox / name).write_bytes(content), "unknown", name, says)


def timed(name: str, seconds: int) -> Case:
    def prepare(place: Place) -> None:
        (place.inbox / name).write_bytes(name.encode())
        os.utime(place.inbox / name, (seconds, seconds))

    return Case(prepare, "unknown", name)


def deep(place: Place) -> None:
    """Make folders inside each other, deeper than any path may be long."""
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(place.inbox)
        for _ in range(30):
            os.mkdir("深" * 70)
            os.chdir("深" * 70)
        Path("a.xlsx").write_bytes(b"deep")
    finally:
        os.chdir(here)
        os.close(here)


def bind(place: Place) -> None:
    here = os.open(".", os.O_RDONLY)
    os.chdir(place.inbox)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("套接字.xlsx")
    os.chdir(here)
    os.close(here)


def sparse(place: Place) -> None:
    with (place.inbox / "huge.xlsx").open("wb") as file:
        file.truncate(3 << 30)


def a_return(folder: str, name: str) -> Prepare:
    """Move one of the six right returns into a folder."""

    def prepare(place: Place) -> None:
        path = place.inbox / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        sorted(place.inbox.glob("ZF*.xlsx"))[0].rename(path)

    return prepare


def entity(system: str) -> bytes:
    head = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "{system}">]><sst><si><t>&e;</t></si></sst>'
    return xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', shared=head)


LAUGHS = (
    "<!DOCTYPE x ["
    + '<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + "]><sst><si><t>&a11;</t></si></sst>"
)
FORMULA = '<row r="1"><c r="A1"><f>WEBSERVICE("http://example.invalid/")</f><v>1</v></c></row>'
LONG = "报" * 83 + ".xlsx"  # 254 bytes

CASES: dict[str, Case] = {
    "a link to a file elsewhere": link("链接.xlsx", lambda place: place.outside / "secret.xlsx"),
    "a link to a folder elsewhere": link("链接夹", lambda place: place.outside),
    "a link to the whole disk": link("disk", lambda place: "/"),
    "a dangling link": link("dangling.xlsx", lambda place: "nowhere"),
    "a link to itself": link("self.xlsx", lambda place: "self.xlsx"),
    "a link to the folder it lies in": link("loop", lambda place: "."),
    "a link to the archive": link("archive", lambda place: place.root / "archive"),
    "a link to a device": link("null.xlsx", lambda place: "/dev/zero"),
    "a pipe": Case(lambda place: os.mkfifo(place.inbox / "管道.xlsx"), "left", "管道.xlsx", "不是普通文件"),
    "a socket": Case(bind, "left", "套接字.xlsx", "不是普通文件"),
    "a device": Case(
        lambda place: os.mknod(place.inbox / "设备.xlsx", stat.S_IFCHR | 0o666, os.makedev(1, 5)),
        "left", "设备.xlsx", "不是普通文件",
    ),
    "a hidden return": text(".ZF001.xlsx", expected="left", says="隐藏"),
    "a hidden folder": Case(lambda p: text(".git/a.xlsx").prepare(p), "left", ".git", "隐藏"),
    "a hidden file that begins with two dots": text("..xlsx", expected="left", says="隐藏"),
    "a name of dots": text("..."),
    "a name of blanks": text("  ", "␣␣"),
    "a name of wide blanks": text("　　", "␣␣"),
    "a name of 254 bytes": text(LONG),
    "a name of 255 bytes": text("x" * 255),
    "a name of 255 bytes that is not UTF-8": text(b"\xb1\xa8" * 127 + b"x", "报" * 127 + "x"),
    "a name that is not text": text(b"\xff\xfe\xff.xlsx", "���.xlsx"),
    "a name that clears the terminal": text("\x1b[2J\x1b[H.xlsx", "⟨U+001B⟩[2J⟨U+001B⟩[H.xlsx"),
    "a name that sets the terminal's title": text("\x1b]0;owned\x07.txt", "⟨U+001B⟩]0;owned⟨U+0007⟩.txt"),
    "a name with an eight-bit control": text("\x9b31m红.xlsx", "⟨U+009B⟩31m红.xlsx"),
    "a name that fakes a line of the report": text("a\n应报 187，已报 187.xlsx", "a 应报 187，已报 187.xlsx"),
    "a name with a carriage return": text("b\r审核通过.xlsx", "b 审核通过.xlsx"),
    "a name written backwards": text("报表\u202exslx.exe", "报表⟨U+202E⟩xslx.exe"),
    "a name with nothing visible in it": text("\u200b\u2060.xlsx", "⟨U+200B⟩⟨U+2060⟩.xlsx"),
    "a name with a line separator": text("c\u2028d.xlsx", "c⟨U+2028⟩d.xlsx"),
    "a name with delete": text("e\x7f.xlsx", "e⟨U+007F⟩.xlsx"),
    "an option": text("--help.xlsx"),
    "another option": text("-rf"),
    "a command in a name": text("$(touch executed).xlsx"),
    "a command in back quotes": text("`touch executed`;touch executed&|x.xlsx"),
    "a format": text("%s%n%99999999d.xlsx"),
    "a Python format": text("{0.__class__}{found}.xlsx"),
    "a template in a name": text("{{ 7*7 }}{% raw %}.xlsx"),
    "a formula in a name": text("=cmd|' -C calc'!A0.xlsx"),
    "markup in a name": text("<img src=x onerror=alert(1)>.xlsx"),
    "a path of Windows": text("x\\..\\..\\outside\\x.xlsx"),
    "a device of Windows": text("CON.xlsx"),
    "a name that looks like our own copy": text("2011-03-31_a.xlsx.copy"),
    "a name that looks like the ledger": text("ledger.db"),
    "a time before all calendars": timed("ancient.txt", -(1 << 40)),
    "a time after all calendars": timed("future.txt", 1 << 40),
    "a time at zero": timed("zero.txt", 0),
    "folders deeper than a path": Case(deep, "left", "深" * 70, "打不开"),
    "a file of three gigabytes of nothing": Case(sparse, "left", "huge.xlsx", "兆字节"),
    "a return in a folder of the year 1": Case(a_return("0001-01-01", "报表.xlsx"), "counted", "报表.xlsx"),
    "a folder of the last day of all": Case(
        lambda place: text("9999-12-31/a.xlsx").prepare(place), "left", "9999-12-31/a.xlsx", "晚于"
    ),
    "an entity that reads a file": holding("xxe-file.xlsx", entity("file:///etc/passwd"), "。"),
    "an entity that calls out": holding("xxe-http.xlsx", entity("http://127.0.0.1:9/x"), "。"),
    "entities within entities": holding(
        "laughs.xlsx", xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', shared=LAUGHS), "。"
    ),
    "a formula that calls out": holding("webservice.xlsx", xlsx(FORMULA), "。"),
    "a package whose parts climb out": holding(
        "slip.xlsx", zipped({"../../../outside/executed": b"x", "xl/workbook.xml": b"<x/>"}), "。"
    ),
    "a shell script": holding("run.sh", b"#!/bin/sh\ntouch executed\n", "不是电子表格"),
    "what programs leave behind": text(".DS_Store", expected="silent"),
    "an editor's lock": text("~$nothing.xlsx", expected="silent"),
    "another editor's lock": text(".~nothing.xlsx", expected="silent"),
    "a fork of a Mac": text("__MACOSX/._nothing.xlsx", expected="silent"),
    "a cache of thumbnails": text("THUMBS.DB", expected="silent"),
    "a folder's looks": text("Desktop.ini", expected="silent"),
    "a link with the name of a leftover": Case(
        lambda place: os.symlink("/", place.inbox / "._disk"), "silent", "._disk"
    ),
}  # fmt: skip


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign folder with six right returns in its inbox."""
    root = tmp_path_factory.mktemp("hostile") / "small"
    made = CliRunner().invoke(huizong, ["demo", str(root), "--clean", "--teams", "6"])
    assert made.exit_code == 0, made.output
    return root


@dataclass(frozen=True)
class Night:
    place: Place
    said: Said
    record: dict[str, Any]
    skipped: frozenset[str]


@pytest.fixture(scope="module")
def night(small: Path) -> Iterator[Night]:
    with place_with(small) as place:
        skipped = set()
        for name, case in CASES.items():
            try:
                case.prepare(place)
            except PermissionError:  # only root makes devices
                skipped.add(name)
        said = place.nightly()
        record = json.loads((place.root / "outbox" / "2011-03-31" / "run.json").read_text("utf-8"))
        yield Night(place, said, record, frozenset(skipped))


def test_the_night_ends_well_and_counts_the_others(night: Night) -> None:
    assert (night.said.code, night.said.err) == (0, "")
    assert "应报 187，已报 6：审核通过 6" in night.said.out
    assert night.record["returns"]["accepted"] == 6
    assert not night.place.canary.exists() and not (night.place.outside / "called").exists()


@pytest.mark.parametrize("case", CASES)
def test_each_thing_is_received_or_named_and_never_obeyed(night: Night, case: str) -> None:
    if case in night.skipped:
        pytest.skip("only root makes devices")
    each = CASES[case]
    left = {visible(row["file"]): row["reason"] for row in night.record["left_in_inbox"]}
    unknown = {visible(row["file"]): row["reason"] for row in night.record["unidentified"]}
    left_here = {name: why for name, why in left.items() if name.startswith(each.name)}
    if each.expected == "left":
        assert [each.says in why for why in left_here.values()] == [True], left_here
        assert not [name for name in unknown if name == each.name]
    elif each.expected == "unknown":
        assert each.says in unknown[each.name]
        assert each.name not in left
    else:
        assert not [name for name in (*left, *unknown) if each.name in name]


def test_what_was_left_is_still_there_and_what_was_received_is_gone(night: Night) -> None:
    there = {path.name for path in night.place.inbox.iterdir()}
    left = {
        case.name.split("/")[0] for name, case in CASES.items() if case.expected == "left" and name not in night.skipped
    }
    silent = {case.name.split("/")[0] for case in CASES.values() if case.expected == "silent"}
    assert there == left | silent


def test_what_was_received_is_in_the_archive_byte_by_byte(night: Night) -> None:
    kept = {path.read_bytes() for path in (night.place.root / "archive" / "_unplaced").iterdir()}
    assert len(kept) == sum(case.expected == "unknown" for case in CASES.values())
    assert b"secret" not in kept


def test_the_report_names_files_on_one_line_each(night: Night) -> None:
    assert "a 应报 187，已报 187.xlsx：" in night.said.out
    assert len([line for line in night.said.out.splitlines() if line.startswith("应报")]) == 1


def test_the_archive_is_its_owners_alone(night: Night) -> None:
    archive = night.place.root / "archive"
    assert stat.S_IMODE(archive.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in archive.glob("ledger.db*")} == {0o600}
    archive.chmod(0o755)
    (archive / "ledger.db").chmod(0o644)
    night.place.nightly()
    assert stat.S_IMODE(archive.stat().st_mode) == 0o700
    assert stat.S_IMODE((archive / "ledger.db").stat().st_mode) == 0o600


def test_the_same_inbox_gives_the_same_report_again(night: Night) -> None:
    again = night.place.nightly("--json")
    record = json.loads(again.out)
    assert again.code == 0
    assert record["left_in_inbox"] == night.record["left_in_inbox"]
    assert sorted(map(str, record["unidentified"])) == sorted(map(str, night.record["unidentified"]))


@pytest.mark.parametrize("what", ["a file", "a link", "a dangling link", "a pipe"])
def test_an_inbox_that_is_no_folder_is_one_sentence(small: Path, what: str) -> None:
    with place_with(small) as place:
        shutil.move(place.inbox, place.outside / "inbox")
        if what == "a file":
            place.inbox.write_text("x")
        elif what == "a pipe":
            os.mkfifo(place.inbox)
        else:
            place.inbox.symlink_to(place.outside / "inbox" if what == "a link" else "nowhere")
        assert place.nightly().is_one_sentence(1, "inbox", "再运行")
        assert len(list((place.outside / "inbox").iterdir())) == 6


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="other file systems know no such times")
@pytest.mark.parametrize("seconds", [1 << 40, -(1 << 40)])
def test_a_time_that_no_calendar_has_counts_as_unknown(seconds: int) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as inbox:
        path = Path(inbox, "a.xlsx")
        path.write_bytes(b"x")
        os.utime(path, (seconds, seconds))
        arrivals, left = look(Path(inbox), dt.date(2011, 3, 31))
        assert ([each.saved_at for each in arrivals], left) == ([""], [])


def test_the_command_writes_through_one_door() -> None:
    """Whoever adds a verb says what it has to say with `say`, or a name would reach the terminal raw."""
    folder = Path(__file__).parent.parent / "pipeline" / "cli"
    loud = [path.name for path in folder.glob("*.py") if "click.echo(" in path.read_text("utf-8")]
    assert loud == ["saying.py"]
