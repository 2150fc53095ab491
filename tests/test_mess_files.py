"""Files as they really arrive: each case is another team's, all dropped into one inbox, and one night has to cope."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import random
import shutil
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import msoffcrypto.format.ooxml
import openpyxl
import pytest
from conftest import DUE, need
from containers import ole2, xlsx, zipped
from docx import Document

from pipeline.model import Status, Team, Unplaced
from pipeline.night import Night
from pipeline.run import run
from pipeline.workspace import create

PASSWORD = "zfb2011"


@dataclass
class Desk:
    """Where the cases are prepared: the inbox, each team's right return, and LibreOffice's conversions of some."""

    inbox: Path
    returns: dict[str, Path]
    converted: Path

    def right(self, team: Team) -> bytes:
        return self.returns[team.code].read_bytes()

    def drop(self, name: str | bytes, content: bytes) -> Path:
        path = self.inbox / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (1301560000, 1301560000))  # complete since long
        return path


Change = Callable[[bytes], bytes]
Prepare = Callable[[Desk, Team], object]


@dataclass(frozen=True)
class Case:
    """prepare: put the file there. expected: what becomes of the team or the file. says: what the reason must tell.

    kind: what LibreOffice must first save the team's return as.
    """

    prepare: Prepare
    expected: str = "counted"
    says: str = ""
    kind: str = ""


def unchanged(content: bytes) -> bytes:
    return content


def named(pattern: str, change: Change = unchanged) -> Prepare:
    """Drop the team's return, its bytes changed, under a name."""
    return lambda desk, team: desk.drop(pattern.format(code=team.code, name=team.name), change(desk.right(team)))


def bytes_named(pattern: str, content: bytes) -> Prepare:
    return named(pattern, lambda _: content)


def saved_as(kind: str, pattern: str, expected: str = "counted", says: str = "", change: Change = unchanged) -> Case:
    """Drop what LibreOffice made of the team's return."""

    def prepare(desk: Desk, team: Team) -> None:
        made = desk.converted / kind / desk.returns[team.code].with_suffix(f".{kind}").name
        desk.drop(pattern.format(code=team.code), change(made.read_bytes()))

    return Case(prepare, expected, says, kind)


def rezipped(content: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    return zipped(members)


def with_macros(content: bytes) -> bytes:
    """Make it an .xlsm with a program inside and a hidden sheet that a helper tool left."""
    book = openpyxl.load_workbook(BytesIO(content), data_only=True)
    helper = book.create_sheet("辅助_勿删")
    helper["A1"], helper.sheet_state = "单位", "veryHidden"
    saved = BytesIO()
    book.save(saved)

    def add_program(members: dict[str, bytes]) -> None:
        members["xl/vbaProject.bin"] = ole2({"VBA": b"Sub Auto_Open()"})
        types = members["[Content_Types].xml"]
        members["[Content_Types].xml"] = types.replace(
            b"spreadsheetml.sheet.main+xml", b"ms-excel.sheet.macroEnabled.main+xml"
        ).replace(b"application/vnd.openxmlformats-officedocument.ms-excel", b"application/vnd.ms-excel")

    return rezipped(saved.getvalue(), add_program)


def encrypted(password: str) -> Callable[[bytes], bytes]:
    def encrypt(content: bytes) -> bytes:
        locked = BytesIO()
        msoffcrypto.format.ooxml.OOXMLFile(BytesIO(content)).encrypt(password, locked)
        return locked.getvalue()

    return encrypt


def flipped(content: bytes) -> bytes:
    """Flip a byte inside the compressed figures of every sheet."""
    damaged = bytearray(content)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for info in archive.infolist():
            if info.filename.startswith("xl/worksheets/sheet"):
                damaged[info.header_offset + 30 + len(info.filename) + info.compress_size // 2] ^= 0x55
    return bytes(damaged)


def cut(content: bytes) -> bytes:
    """Leave the first half, in whole sectors, as a broken transfer does."""
    return content[: len(content) // 1024 * 512]


def a_document(_: bytes) -> bytes:
    document, saved = Document(), BytesIO()
    document.add_paragraph("情况汇报")
    document.save(saved)
    return saved.getvalue()


def gbk_bundle(content: bytes) -> bytes:
    """Zip two returns as a Chinese Windows does, names in GBK without saying so."""
    saved = BytesIO()
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("PLACEHOLDER1.xlsx", content)
        archive.writestr("PLACEHOLDER2.xlsx", content)
    names = {b"PLACEHOLDER1": "甲队报表十二".encode("gbk"), b"PLACEHOLDER2": "乙队报表十二".encode("gbk")}
    bundle = saved.getvalue()
    for placeholder, name in names.items():
        bundle = bundle.replace(placeholder, name)
    return bundle


def bomb(_: bytes) -> bytes:
    """Four hundred and more megabytes of blanks in half a megabyte."""
    saved = BytesIO(xlsx(""))
    with (
        zipfile.ZipFile(saved, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/sharedStrings.xml", "w") as member,
    ):
        for _ in range(410):
            member.write(b" " * (1 << 20))
    return saved.getvalue()


def far_corner(_: bytes) -> bytes:
    """Aborts a reader that builds the grid."""
    return xlsx('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def beside(lock: str) -> Prepare:
    """Drop a return that somebody has open: the editor's lock file lies beside it."""

    def prepare(desk: Desk, team: Team) -> None:
        desk.drop(f"{team.code}.xlsx", desk.right(team))
        desk.drop(lock.format(name=f"{team.code}.xlsx"), b"\x05Clerk")

    return prepare


def twice(desk: Desk, team: Team) -> None:
    desk.drop(f"a/{team.code}.xlsx", desk.right(team))
    desk.drop(f"b/{team.code} - 副本.xlsx", desk.right(team))


HTML = "<html><head><meta charset=gbk></head><table><tr><td>走访群众</td><td>12</td></tr></table></html>".encode("gbk")
XML_2003 = (
    b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet/></Workbook>'
)
LINK = b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(60)

CASES: dict[str, Case] = {
    "as issued": Case(named("{code}_{name}.xlsx")),
    ".xlsx named .xls": Case(named("{code}.xls")),
    ".xlsx named .csv": Case(named("{code}.csv")),
    "no extension": Case(named("{code}")),
    ".xls": saved_as("xls", "{code}.xls"),
    ".xls named .xlsx": saved_as("xls", "{code}.xlsx"),
    "WPS .et": saved_as("xls", "{code}.et"),
    ".ods": saved_as("ods", "{code}.ods"),
    ".ods named .xlsx": saved_as("ods", "{code}.xlsx"),
    ".xlsm with a macro and a hidden helper sheet": Case(named("{code}.xlsm", with_macros)),
    "CSV in GBK": Case(bytes_named("{code}.csv", "走访群众,12\r\n".encode("gbk")), "F09", "CSV"),
    "CSV in GBK named .xlsx": Case(bytes_named("{code}.xlsx", "走访群众,13\r\n".encode("gbk")), "F09", "CSV"),
    "HTML table named .xls": Case(bytes_named("{code}.xls", HTML), "F09", "HTML"),
    "tab-separated text named .xls": Case(bytes_named("{code}.xls", "走访群众\t12\r\n".encode("gbk")), "F09", "制表符"),
    "XML of 2003 named .xls": Case(bytes_named("{code}.xls", XML_2003), "F09", "XML 2003"),
    "0 bytes": Case(bytes_named("{code}.xlsx", b""), "F02", "0 字节"),
    "truncated": Case(named("{code}.xlsx", lambda content: content[: len(content) * 2 // 3]), "F03", "没有传完"),
    "truncated .xls": saved_as("xls", "{code}.xls", "F03", "没有传完", cut),
    "bytes flipped": Case(named("{code}.xlsx", flipped), "F03", "损坏"),
    "random bytes": Case(bytes_named("{code}.xlsx", random.Random(1).randbytes(5000)), "F01", "不是电子表格"),
    "a docx renamed": Case(named("{code}.xlsx", a_document), "F01", "Word"),
    "a PDF renamed": Case(bytes_named("{code}.xlsx", b"%PDF-1.4 ..."), "F01", "PDF"),
    "a photograph": Case(bytes_named("{code}.jpg", b"\xff\xd8\xff\xe0" + bytes(99)), "F01", "图片"),
    "encrypted": Case(named("{code}.xlsx", encrypted("nobody knows")), "F04", "密码"),
    "encrypted with a password told to the office": Case(named("{code}.xlsx", encrypted(PASSWORD))),
    "only protected against changes": Case(named("{code}.xlsx", encrypted("VelvetSweatshop"))),
    "zip of returns with GBK names": Case(named("{code}.zip", gbk_bundle), "F08", "2 个表格文件（甲队报表十二.xlsx 等）"),
    "zip named .xlsx": Case(named("{code}.xlsx", gbk_bundle), "F08", "解压"),
    "RAR": Case(bytes_named("{code}.rar", b"Rar!\x1a\x07\x01\x00" + bytes(50)), "F08", "RAR"),
    "7z": Case(bytes_named("{code}.7z", b"7z\xbc\xaf\x27\x1c" + bytes(50)), "F08", "7z"),
    "a shortcut": Case(bytes_named("{code}.xlsx.lnk", LINK), "F01", "快捷方式"),
    "open in Excel": Case(beside("~${name}"), "left", "打开"),
    "open in WPS": Case(beside(".~{name}"), "left", "打开"),
    "open in LibreOffice": Case(beside(".~lock.{name}#"), "left", "打开"),
    "still being copied": Case(named("still-{code}.xlsx"), "left", "复制"),
    "still being downloaded": Case(named("{code}.xlsx.crdownload"), "left", "下载"),
    "in a folder of a later day": Case(named("2011-04-02/{code}.xlsx"), "left", "2011-04-02"),
    "a folder dropped instead of a file": Case(named("微信 来件/第 3 批/{code}.xlsx")),
    "the same bytes twice": Case(twice, "F07", "内容完全相同"),
    "a zip bomb": Case(named("{code}.xlsx", bomb), "F05", "展开"),
    "aborts the reader": Case(named("{code}.xlsx", far_corner), "F05", "XFD1048576"),
    "gone before it is read": Case(named("gone-{code}.xlsx"), "vanished"),
    "changed while it is read": Case(named("changing-{code}.xlsx"), "left", "改动"),
    "odd characters in its name": Case(named("a&b <'\"%#{code};=😀　　\n\x07.xlsx")),
    "looks like a path, a formula and an option": Case(named("-rf=cmd|..{code}...xlsx")),
    "a name as long as a file system allows": Case(named("报" * 70 + "{code}" + "表" * 9 + ".xlsx")),
    "a name left in GBK by unzip": Case(
        lambda desk, team: desk.drop(f"{team.code}_报表.xlsx".encode("gbk"), desk.right(team))
    ),
}  # fmt: skip
JUNK = ("~$空.xlsx", ".~空.xlsx", "Thumbs.db", ".DS_Store", "desktop.ini", "__MACOSX/._空.xlsx")


@dataclass
class Mess:
    """The night on all cases, and what a test wants to know of it."""

    night: Night
    later: Night
    teams: dict[str, Team]
    dropped: dict[str, list[str]]  # case -> hashes of what was dropped
    root: Path
    skipped: frozenset[str] = field(default_factory=frozenset)

    def of(self, case: str, night: Night) -> list[Unplaced]:
        """What a night lists about a case's files; each file bears its team's code."""
        code = self.teams[case].code
        return [each for each in (*night.unplaced, *night.left, *night.repeated) if code in each.file]


@pytest.fixture(scope="session")
def mess(clean_district: Path, tmp_path_factory: pytest.TempPathFactory) -> Mess:
    root = tmp_path_factory.mktemp("mess") / "workspace"
    create(root)
    settings = root / "schemas" / "campaign.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("[campaign]\n", f'[campaign]\npasswords = ["wrong", "{PASSWORD}"]\n'), encoding="utf-8"
    )
    returns = {path.name.split("_")[0]: path for path in sorted(clean_district.glob("*.xlsx"))}
    before_all = run(root, DUE - dt.timedelta(days=1), workers=2)  # empty
    teams = dict(zip(CASES, before_all.campaign.teams, strict=False))
    desk = Desk(root / "inbox", returns, root.parent / "converted")
    skipped = convert(desk, teams)
    dropped: dict[str, list[str]] = {}
    for name, case in CASES.items():
        before = set(desk.inbox.rglob("*"))
        if name not in skipped:
            case.prepare(desk, teams[name])
        files = sorted(path for path in set(desk.inbox.rglob("*")) - before if path.is_file())
        dropped[name] = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    for name in JUNK:
        desk.drop(name, b"junk " + name.encode())
    night, later = two_nights(root, teams)
    return Mess(night, later, teams, dropped, root, skipped)


def convert(desk: Desk, teams: dict[str, Team]) -> frozenset[str]:
    """Let LibreOffice save returns in other formats; give the cases that have to be skipped without it."""
    if shutil.which("soffice") is None:
        return frozenset(name for name, case in CASES.items() if case.kind)
    for kind, filter_name in (("xls", "xls:MS Excel 97"), ("ods", "ods")):
        paths = [str(desk.returns[teams[name].code]) for name, case in CASES.items() if case.kind == kind]
        profile = f"-env:UserInstallation=file://{desk.converted}/profile"
        command = [
            "soffice",
            profile,
            "--headless",
            "--convert-to",
            filter_name,
            "--outdir",
            desk.converted / kind,
            *paths,
        ]
        subprocess.run(command, check=True, capture_output=True)
    return frozenset()


def two_nights(root: Path, teams: dict[str, Team]) -> tuple[Night, Night]:
    """Run a night while one file grows, one goes and one changes under its eyes; then, all that over, the next one."""
    inbox = root / "inbox"
    growing = inbox / f"still-{teams['still being copied'].code}.xlsx"
    whole = growing.read_bytes()
    growing.write_bytes(b"")
    stop = threading.Event()

    def copy() -> None:
        with growing.open("ab", buffering=0) as file:
            while not stop.is_set():
                file.write(b"x")
                time.sleep(0.01)

    gone = inbox / f"gone-{teams['gone before it is read'].code}.xlsx"
    changing = inbox / f"changing-{teams['changed while it is read'].code}.xlsx"
    final = changing.read_bytes()

    def meddle(stage: str, done: int, of: int) -> None:
        gone.unlink(missing_ok=True)
        changing.write_bytes(final + bytes(done))

    copying = threading.Thread(target=copy)
    copying.start()
    try:
        night = run(root, DUE, workers=2, progress=meddle)
    finally:
        stop.set()
        copying.join()
    growing.write_bytes(whole)
    changing.write_bytes(final)
    for lock in [path for path in inbox.iterdir() if path.name.startswith(("~$Z", ".~Z", ".~lock"))]:
        lock.unlink()
    for part in inbox.glob("*.crdownload"):
        part.rename(part.with_suffix(""))
    return night, run(root, DUE + dt.timedelta(days=2), workers=2)


@pytest.mark.parametrize("case", CASES)
def test_a_file_is_read_as_meant_or_waits_with_a_reason(mess: Mess, case: str) -> None:
    if case in mess.skipped:
        need("soffice", "saves returns in other formats")
    expected, says = CASES[case].expected, CASES[case].says
    standing = {each.team: each for each in mess.night.standings}[mess.teams[case]]
    listed = mess.of(case, mess.night)
    if expected == "counted":
        assert listed == []
        assert standing.status is Status.ACCEPTED, mess.night.of_team(standing.team.code)
        assert [f.message for f in mess.night.of_team(standing.team.code) if f.severity.value != "note"] == []
        return
    if expected == "vanished":
        assert standing.status is Status.MISSING
        return
    assert [says in each.reason for each in listed] == [True], listed
    assert listed[0].rule == ("" if expected == "left" else expected)
    assert standing.status is (Status.ACCEPTED if expected == "F07" else Status.MISSING)


@pytest.mark.parametrize("case", [name for name, case in CASES.items() if case.expected not in ("counted", "F07")])
def test_the_next_night_takes_what_is_complete_and_lists_again_what_waits(mess: Mess, case: str) -> None:
    if case in mess.skipped:
        need("soffice", "saves returns in other formats")
    standing = {each.team: each for each in mess.later.standings}[mess.teams[case]]
    listed = mess.of(case, mess.later)
    if CASES[case].expected == "left":
        assert (standing.status, listed) == (Status.ACCEPTED, [])
    elif CASES[case].expected != "vanished":
        assert [each.reason for each in listed] == [each.reason for each in mess.of(case, mess.night)]


def test_what_a_case_counts_is_what_the_team_declared(mess: Mess, clean_night: Night) -> None:
    by_team, right = mess.later.consolidation.by_team, clean_night.consolidation.by_team
    assert by_team == {code: right[code] for code in by_team}
    assert len(by_team) > 15


def test_every_byte_received_is_in_the_archive_and_nothing_is_left_but_junk(mess: Mess) -> None:
    kept = {
        hashlib.sha256(path.read_bytes()).hexdigest() for path in (mess.root / "archive").rglob("*") if path.is_file()
    }
    gone = {"gone before it is read", "still being copied", "changed while it is read"}
    for case, hashes in mess.dropped.items():
        mine = hashes if CASES[case].expected != "left" or "open" not in case else hashes[:0]
        assert case in gone or set(mine) <= kept, case
    remaining = {
        path.relative_to(mess.root / "inbox").as_posix() for path in (mess.root / "inbox").rglob("*") if path.is_file()
    }
    assert remaining == set(JUNK)


def test_names_in_the_archive_are_whole_and_short_enough_for_any_file_system(mess: Mess) -> None:
    names = [path.name for path in (mess.root / "archive").rglob("*") if path.is_file()]
    assert max(len(name.encode()) for name in names) <= 235
    team = mess.teams["a name left in GBK by unzip"]
    assert f"2011-03-31_{team.code}_报表.xlsx" in names
    assert not [name for name in names if name.endswith(".part")]
