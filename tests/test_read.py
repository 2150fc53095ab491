"""Reading files: what is read, what is refused and why, and that no file can harm another's reading."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import random
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from hashlib import md5
from io import BytesIO
from pathlib import Path

import msoffcrypto.format.ooxml
import pytest
import xlsxwriter
from containers import biff, ods, ole2, xlsx, zipped
from msoffcrypto.method.rc4 import DocumentRC4

from pipeline import confine
from pipeline.formats import sheetxml
from pipeline.rawbook import Limits, RawBook, RawSheet
from pipeline.read import Reader, read_here

LIMITS = Limits(seconds=30, memory_mb=256)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(workers=2, limits=LIMITS) as reader:
        yield reader


def read(tmp_path: Path, content: bytes, limits: Limits = LIMITS, passwords: tuple[str, ...] = ()) -> RawBook:
    (tmp_path / "报表.xls").write_bytes(content)  # the name is wrong for most, and must not matter
    return read_here(tmp_path / "报表.xls", limits, passwords)


def sheet(tmp_path: Path, content: bytes, limits: Limits = LIMITS) -> RawSheet:
    book = read(tmp_path, content, limits)
    assert book.refusal is None, book.refusal
    (only,) = book.sheets
    return only


def refused(book: RawBook) -> str:
    assert book.refusal
    assert book.sheets == ()
    return book.refusal.code


def a_return(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": dt.datetime(2011, 3, 31, 8, 30)})
        book.set_custom_property("team", "A001")
        book.set_custom_property("版本", 3)
        filled = book.add_worksheet("台账")
        filled.merge_range("A2:C2", "标题")
        filled.write_row("A3", ["甲　乙", 12, True])
        filled.write_datetime("A4", dt.datetime(2011, 3, 8), book.add_format({"num_format": "yyyy-mm-dd"}))
        filled.write_formula("B4", "=1/0", None, "#DIV/0!")
        filled.write_formula("C4", "=A3+1", None, 13)
        filled.set_row(2, None, None, {"hidden": True})
        filled.write_blank("J90", None, book.add_format({"bold": True}))
        filled.conditional_format("B3:B9", {"type": "cell", "criteria": ">", "value": 7, "format": book.add_format()})
        filled.data_validation("C3:C9", {"validate": "list", "source": ["是", "否"]})
        book.add_worksheet("_meta").hide()
    return path


# ------------------------------------------------------------------------------------------------------ what is read


def test_a_return_is_read_from_a1_with_what_calamine_does_not_tell(tmp_path: Path, reader: Reader) -> None:
    (book,) = reader.read([a_return(tmp_path / "甲.xlsx")])
    assert (book.kind, book.refusal, len(book.sha256)) == ("xlsx", None, 64)
    assert book.properties == {"team": "A001", "版本": "3"}
    assert book.saved_at == "2011-03-31T08:30:00Z"
    ledger, meta = book.sheets
    assert ledger == RawSheet(
        name="台账",
        visible=True,
        rows=[["", "", ""], ["标题", "", ""], ["甲　乙", 12.0, True], [dt.date(2011, 3, 8), "", 13.0]],
        errors={(3, 1): "#DIV/0!"},
        hidden_rows=(2,),
        merged=((1, 0, 1, 2),),
    )
    assert meta == RawSheet(name="_meta", visible=False)


def test_what_office_programs_write_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sheetxml, "_SheetParser")  # several times as slow as all the rest
    assert read_here(a_return(tmp_path / "甲.xlsx")).refusal is None


SPELLINGS = {
    "as office programs write it": lambda xml: xml,
    "row and cell numbers after other attributes": lambda xml: xml.replace('<c r="', '<c s="0" r="').replace(
        '<row r="', '<row ht="9" r="'
    ),
    "with a comment": lambda xml: "<!-- <c r='Z9' t='e'><v>#REF!</v></c> -->" + xml,
    "indented": lambda xml: xml.replace("<", "\n  <").replace("\n  </f", "</f").replace("\n  </v", "</v"),
    "in single quotes": lambda xml: xml.replace('"', "'"),
    "with line breaks inside tags": lambda xml: xml.replace("<c ", "<c\n"),
}
CELLS = """<row r="2" hidden="1"><c r="A2" t="e"><v>#REF!</v></c><c r="B2" t="e"><f>NA()</f><v>#N/A</v></c><c r="C2"><v>1</v></c></row>
<row r="3"><c r="A3"><f>1+1</f></c><c r="B3"><f t="shared" si="0"/><v></v></c><c r="C3"><f>1+1</f><v>2</v></c><c r="D3"/></row>
<row r="4"><c r="A4" t="str"><f>C2&amp;""</f><v></v></c><c r="B4"><f ca="1">1</f><v/></c><c r="F4"><f>1</f></c></row>"""


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_error_cells_and_formulas_without_a_result(tmp_path: Path, spelling: str) -> None:
    found = sheet(tmp_path, xlsx(SPELLINGS[spelling](CELLS), after='<mergeCells><mergeCell ref="B1:C1"/></mergeCells>'))
    assert found.errors == {(1, 0): "#REF!", (1, 1): "#N/A", (2, 0): "", (2, 1): "", (3, 1): "", (3, 5): ""}
    assert found.rows == [[""] * 6, ["", "", 1.0, "", "", ""], ["", "", 2.0, "", "", ""], [""] * 6]
    assert found.hidden_rows == (1,)
    assert found.merged == ((0, 1, 0, 2),)


def test_merged_cells_are_found_wherever_they_stand() -> None:
    head, rows = b'<worksheet xmlns="x">', b'<sheetData><row r="1"><c r="B1"><v>1</v></c></row></sheetData>'
    first, last = (b'<mergeCells><mergeCell ref="%s"/></mergeCells>' % at for at in (b"B1:C1", b"A2:A3"))
    found = sheetxml.scan(lambda: [head + first + rows + last + b"</worksheet>"], LIMITS)
    assert found.merged == ((0, 1, 0, 2), (1, 0, 2, 0))


def test_rows_and_cells_without_numbers_follow_each_other(tmp_path: Path) -> None:
    found = sheet(tmp_path, xlsx('<row/><row hidden="true"><c><v>1</v></c><c t="e"><v>#REF!</v></c></row>'))
    assert found.errors == {(1, 1): "#REF!"}
    assert found.hidden_rows == (1,)


def test_a_sheet_longer_than_one_piece(tmp_path: Path) -> None:
    blank = "".join(f'<row r="{row}"><c r="A{row}" s="1"/></row>' for row in range(1, 200_000))
    content = xlsx(blank + '<row r="200000" hidden="1"><c r="B200000" t="e"><v>#REF!</v></c></row>')
    found = sheet(tmp_path, content)
    assert found.errors == {(199_999, 1): "#REF!"}
    assert found.hidden_rows == (199_999,)
    assert len(found.rows) == 200_000


def test_an_ods(tmp_path: Path) -> None:
    rows = (
        '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
        '<table:table-row table:visibility="filter">'
        '<table:table-cell table:number-columns-spanned="2" office:value-type="string"><text:p>甲</text:p>'
        "<office:annotation><text:p>批注</text:p></office:annotation></table:table-cell><table:covered-table-cell/>"
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" calcext:value-type="error">'
        "<text:p>#DIV/0!</text:p></table:table-cell>"
        '<table:table-cell table:formula="of:=NA()" office:value-type="string"><text:p>#N/A</text:p></table:table-cell>'
        '<table:table-cell table:formula="of:=1+1"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048573">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    found = sheet(tmp_path, ods(rows))
    assert found.errors == {(2, 2): "#DIV/0!", (2, 3): "#N/A", (2, 4): ""}
    assert found.rows == [[""] * 5, [""] * 5, ["甲", "", "", "", ""]]
    assert found.hidden_rows == (2,)
    assert found.merged == ((2, 0, 2, 1),)


NUMBER, BOOLERR, ROW, FORMULA = 0x203, 0x205, 0x208, 0x06


def test_an_xls(tmp_path: Path) -> None:
    records = [
        (ROW, struct.pack("<6HI", 1, 0, 3, 0, 0, 0, 0x20)),
        (NUMBER, struct.pack("<3Hd", 0, 0, 0, 7)),
        (NUMBER, struct.pack("<3Hd", 1, 2, 0, 12)),
        (BOOLERR, struct.pack("<3HBB", 1, 0, 0, 0x17, 1)),
        (BOOLERR, struct.pack("<3HBB", 1, 3, 0, 1, 0)),
        (FORMULA, struct.pack("<3H", 2, 1, 0) + b"\x02\x00\x07\x00\x00\x00\xff\xff" + bytes(8)),
    ]
    found = sheet(tmp_path, ole2({"Workbook": biff(records)}))
    assert found.name == "表"
    assert found.errors == {(1, 0): "#REF!", (2, 1): "#DIV/0!"}
    assert found.rows == [[7.0, "", "", ""], ["", "", 12.0, True], ["", "", "", ""]]
    assert found.hidden_rows == (1,)


def encrypted(path: Path, password: str) -> bytes:
    opened = BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(BytesIO(path.read_bytes())).encrypt(password, opened)
    return opened.getvalue()


def encrypted_xls(records: list[tuple[int, bytes]], password: str) -> bytes:
    """Encrypt as Excel 97 does: RC4 over all but record headers, with a new key for every 1,024 bytes."""
    salt, verifier = bytes(range(16)), b"verifier 16 long"
    proof = DocumentRC4.decrypt(password, salt, BytesIO(verifier + md5(verifier).digest()), 1024).read()
    filepass = struct.pack("<3H", 1, 1, 1) + salt + proof
    plain = biff(records, [(0x2F, filepass)])
    cipher = DocumentRC4.decrypt(password, salt, BytesIO(plain), 1024).read()
    stream, position = bytearray(plain), 0
    while position < len(plain):
        kind, size = struct.unpack_from("<2H", plain, position)
        skipped = {0x809: size, 0x2F: size, 0x85: 4}.get(kind, 0)
        start, position = position + 4 + skipped, position + 4 + size
        stream[start:position] = cipher[start:position]
    return ole2({"Workbook": bytes(stream)})


def test_an_encrypted_xls(tmp_path: Path) -> None:
    numbers = [(NUMBER, struct.pack("<3Hd", 1, column, 0, 12)) for column in (0, 2)]
    locked = encrypted_xls(numbers, "2011")
    assert refused(read(tmp_path, locked)) == "F04"
    (only,) = read(tmp_path, locked, passwords=("1234", "2011")).sheets
    assert (only.name, only.rows) == ("表", [["", "", ""], [12.0, "", 12.0]])
    damaged = ole2({"EncryptionInfo": b"\x04\x00\x04\x00 nonsense", "EncryptedPackage": b"nonsense"})
    assert refused(read(tmp_path, damaged)) == "F03"


def test_encrypted_workbooks(tmp_path: Path) -> None:
    plain = a_return(tmp_path / "甲.xlsx")
    locked = encrypted(plain, "2011")
    assert refused(read(tmp_path, locked)) == "F04"
    assert refused(read(tmp_path, locked, passwords=("1234", "8888"))) == "F04"
    assert read(tmp_path, locked, passwords=("1234", "2011")).sheets == read_here(plain).sheets
    only_protected = encrypted(plain, "VelvetSweatshop")
    assert read(tmp_path, only_protected).sheets == read_here(plain).sheets
    assert refused(read(tmp_path, ole2({"Workbook": biff([], [(0x2F, bytes(6))])}))) == "F04"
    manifest = '<m:manifest xmlns:m="x"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
    assert refused(read(tmp_path, ods("", manifest))) == "F04"


# ------------------------------------------------------------------------------------------------- what is refused


def test_files_that_cannot_be_opened(tmp_path: Path, reader: Reader) -> None:
    (tmp_path / "夹.xlsx").mkdir()
    gone, folder = reader.read([tmp_path / "没有.xlsx", tmp_path / "夹.xlsx"])
    assert (refused(gone), refused(folder), gone.sha256) == ("F10", "F10", "")


def test_the_far_corner(tmp_path: Path) -> None:
    corner = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    for spelling in SPELLINGS.values():
        book = read(tmp_path, xlsx(spelling(corner)))
        assert (refused(book), book.refusal and book.refusal.found) == ("F05", "内容一直延伸到 XFD1048576 单元格")
    cell = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384"/>'
    repeated = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    assert refused(read(tmp_path, ods(repeated))) == "F05"
    numbers = [(NUMBER, struct.pack("<3Hd", row, row // 256, 0, 1)) for row in (0, 65535)]
    assert refused(read(tmp_path, ole2({"Workbook": biff(numbers)}))) == "F05"


def test_a_value_far_down_or_far_right_alone_is_read(tmp_path: Path) -> None:
    found = sheet(
        tmp_path, xlsx('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="B1048576"><v>2</v></c></row>')
    )
    assert (len(found.rows), found.rows[-1]) == (1048576, ["", 2.0])
    found = sheet(tmp_path, xlsx('<row r="1"><c r="XFD1"><v>1</v></c></row>'))
    assert (len(found.rows[0]), found.rows[0][-1]) == (16384, 1.0)


def test_styled_blank_rows_down_to_the_last_are_no_obstacle(tmp_path: Path) -> None:
    rows = "".join(
        f'<row r="{row}" hidden="1"><c r="A{row}" s="1"/><c r="XFD{row}" s="1"/></row>'
        for row in range(2, 1_048_577, 4)
    )
    found = sheet(tmp_path, xlsx('<row r="1"><c r="A1"><v>1</v></c></row>' + rows))
    assert (found.rows, found.hidden_rows) == ([[1.0]], ())


ENTITIES = "".join(
    f'<!ENTITY {name} "' + 10 * f"&{before};" + '">' for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)
LAUGHS = f'<!DOCTYPE x [<!ENTITY a "hahahaha">{ENTITIES}]>'


def test_xml_that_swells(tmp_path: Path) -> None:
    shared = f'<?xml version="1.0"?>{LAUGHS}<sst xmlns="x"><si><t>&j;</t></si></sst>'
    assert refused(read(tmp_path, xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', shared=shared))) == "F05"
    assert (
        refused(read(tmp_path, xlsx("", custom=f'<?xml version="1.0"?>{LAUGHS}<Properties>&j;</Properties>'))) == "F05"
    )
    sheet_xml = f'<?xml version="1.0"?>{LAUGHS}<worksheet><sheetData><row r="1"><c r="A1"><v>&j;</v></c></row></sheetData></worksheet>'
    assert refused(read(tmp_path, replaced(xlsx(""), "xl/worksheets/sheet1.xml", sheet_xml))) == "F05"
    assert (
        refused(read(tmp_path, replaced(ods(""), "content.xml", f'<?xml version="1.0"?>{LAUGHS}<x>&j;</x>'))) == "F05"
    )


def replaced(package: bytes, name: str, content: str) -> bytes:
    with zipfile.ZipFile(BytesIO(package)) as archive:
        return zipped({member: archive.read(member) for member in archive.namelist()} | {name: content})


def test_addresses_that_are_none(tmp_path: Path) -> None:
    for rows in (
        '<row r="x" s="1"/>',
        "<row r='0'/>",
        '<row><c r="A0"><f>1</f></c></row>',
        "<row><c s='1' r='1A'/></row>",
    ):
        assert refused(read(tmp_path, xlsx(rows))) == "F03"
    assert refused(read(tmp_path, ods('<table:table-row table:number-rows-repeated="-5"/>'))) == "F03"


def test_what_the_zip_directory_claims(tmp_path: Path) -> None:
    strings = b"<sst>" + bytes(40 << 20) + b"</sst>"
    honest = xlsx("", shared=strings)
    assert len(honest) < 100_000
    assert refused(read(tmp_path, honest, replace(LIMITS, unzipped_mb=30))) == "F05"
    lying = honest.replace(struct.pack("<I", len(strings)), struct.pack("<I", 1000))
    assert refused(read(tmp_path, lying, replace(LIMITS, unzipped_mb=30))) == "F03"
    assert refused(read(tmp_path, xlsx(""), replace(LIMITS, members=4))) == "F05"
    assert refused(read(tmp_path, xlsx(""), replace(LIMITS, file_mb=-1))) == "F05"


def test_damage_is_refused_or_changes_nothing(tmp_path: Path) -> None:
    sound = a_return(tmp_path / "甲.xlsx")
    content, expected = sound.read_bytes(), read_here(sound)
    chance = random.Random(1)
    for _ in range(300):
        damaged = bytearray(content)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        book = read(tmp_path, bytes(damaged))
        assert book.refusal or book.sheets == expected.sheets
    for length in range(1, len(content), 97):
        assert refused(read(tmp_path, content[:length])) in ("F01", "F03")


def test_a_truncated_xls_is_noticed_although_nothing_in_it_adds_up(tmp_path: Path) -> None:
    numbers = [(NUMBER, struct.pack("<3Hd", row, 0, 0, row)) for row in range(300)]
    content = ole2({"Workbook": biff(numbers)})
    for length in range(600, len(content) - 512, 512):
        assert refused(read(tmp_path, content[:length])) == "F03"


# ---------------------------------------------------------------------------------------------------- isolation


LITTLE_MEMORY = replace(LIMITS, memory_mb=128)


@pytest.fixture(scope="module")
def glutton(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook of 160 KB whose 3 million cells all claim to be A1: the grid is small, the way there is not."""
    path = tmp_path_factory.mktemp("glutton") / "饕餮.xlsx"
    path.write_bytes(xlsx(b'<row r="1">' + b'<c r="A1"><v>1</v></c>' * 3_000_000 + b"</row>"))
    return path


def test_one_bad_file_never_costs_another(tmp_path: Path, glutton: Path) -> None:
    (tmp_path / "空.xlsx").write_bytes(b"")
    good = [a_return(tmp_path / f"{number}.xlsx") for number in range(12)]
    paths = [*good[:3], glutton, *good[3:8], tmp_path / "空.xlsx", *good[8:]]
    ticks: list[None] = []
    with Reader(workers=2, limits=LITTLE_MEMORY) as reader:
        books = reader.read(paths, progress=lambda: ticks.append(None))
    assert len(ticks) == len(paths)
    outcomes = [book.refusal.code if book.refusal else "" for book in books]
    assert outcomes == ["", "", "", "F06", "", "", "", "", "", "F02", "", "", "", ""]
    assert books[3].refusal and books[3].refusal.found == "超出内存限制"
    assert len(books[3].sha256) == 64
    assert all(book == read_here(path) for book, path in zip(books, paths, strict=True) if not book.refusal)


def test_what_was_begun_ahead_is_read_just_the_same(tmp_path: Path, glutton: Path) -> None:
    paths = [a_return(tmp_path / f"{number}.xlsx") for number in range(12)]
    paths.insert(2, glutton)
    with Reader(workers=2, limits=LITTLE_MEMORY) as reader:
        reader.begin([*reversed(paths[:9]), tmp_path / "gone.xlsx"])
        books = reader.read(paths[1:])
        assert reader.read([paths[0]]) == [read_here(paths[0])]
    assert [refused(book) if book.refusal else "" for book in books] == ["", "F06", *[""] * 10]
    assert all(book == read_here(path) for book, path in zip(books, paths[1:], strict=True) if not book.refusal)


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_a_pool_that_breaks_while_it_reads_ahead_loses_no_file(tmp_path: Path) -> None:
    paths = [a_return(tmp_path / f"{number}.xlsx") for number in range(30)]
    with Reader(workers=2, limits=LIMITS) as reader:
        reader.begin(paths)
        for process in multiprocessing.active_children():
            if process.pid and process.name == "pebble_pool_worker":
                os.kill(process.pid, 9)
        books = reader.read(paths)
    assert len({book.sha256 for book in books}) == 1
    assert sum(book.refusal is not None for book in books) <= 2  # what a process was at when it was killed


def test_a_file_that_takes_too_long(tmp_path: Path) -> None:
    slow = tmp_path / "慢.xlsx"
    slow.write_bytes(xlsx(b"<row>" + b"<c/>" * 10_000_000 + b"</row>"))
    good = a_return(tmp_path / "甲.xlsx")
    with Reader(workers=1, limits=replace(LIMITS, seconds=1)) as reader:
        late, fine = reader.read([slow, good])
    assert (refused(late), late.refusal and late.refusal.found) == ("F06", "超过 1 秒仍未读完")
    assert fine.refusal is None


def test_where_the_system_sets_no_limit_memory_is_watched(
    tmp_path: Path, glutton: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confine, "HAS_HARD_LIMIT", False)
    good = a_return(tmp_path / "甲.xlsx")
    little = replace(LIMITS, memory_mb=40)  # a watch looks now and then: the glutton is above this most of its time
    with Reader(workers=1, limits=little) as reader:
        bad, fine = reader.read([glutton, good])
    assert (refused(bad), bad.refusal and bad.refusal.found) == ("F06", "超出内存限制")
    assert fine.refusal is None


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_a_pool_whose_processes_were_killed_is_made_anew(tmp_path: Path) -> None:
    paths = [a_return(tmp_path / f"{number}.xlsx") for number in range(5)]
    with Reader(workers=2, limits=LIMITS) as reader:
        assert all(book.refusal is None for book in reader.read(paths))
        for process in multiprocessing.active_children():
            if process.pid and process.name == "pebble_pool_worker":
                os.kill(process.pid, 9)
        assert all(book.refusal is None for book in reader.read(paths))


def test_nothing_to_read(reader: Reader) -> None:
    assert reader.read([]) == []


def test_a_reading_process_imports_nothing_heavy() -> None:
    heavy = (
        "{'pandas', 'numpy', 'pandera', 'openpyxl', 'lxml', 'xlrd', 'olefile', 'pipeline.model', 'pipeline.declare'}"
    )
    code = f"import sys, pipeline.workbook, pipeline.confine; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
