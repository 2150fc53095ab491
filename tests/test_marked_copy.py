"""Corrections of a form that is somebody else's: the sender's own file, its wrong cells marked, and nothing else touched."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from conftest import need
from foreign import DUE, UNIT, campaign, parts, repacked, return_of, spoilt
from openpyxl import Workbook
from openpyxl.cell.cell import Cell

from pipeline.cli import huizong
from pipeline.model import Finding
from pipeline.night import Night
from pipeline.publish.marked.sheets import SheetXml, unselected
from pipeline.publish.marked.splice import UneditableError
from pipeline.rawbook import SLIP_SHEET
from pipeline.run import run

WRONG = {
    "G7": "约500",
    "D8": None,
    "F9": None,
    "H7": "200万",
    "L6": 900,
}  # unreadable, blank, in another unit, suspicious
MARKED = {"综合情况": {"B8"}, "项目进度": {"G7", "D8", "F9", "H7", "L6", "L5"}}
MENDED = {"G7": 500, "D8": "能源", "F9": "2023-09", "H7": 200, "L6": 80}
NAME = "报表（2024年二季度也用）.xlsx"  # a name that says nothing of whose return it is, and for when
NEXT = DUE + dt.timedelta(days=1)


def night_of(root: Path, as_of: dt.date = DUE) -> Night:
    return run(root, as_of, workers=1, is_sure=True)


def correction(root: Path, as_of: dt.date = DUE) -> Path:
    (path,) = (root / "outbox" / as_of.isoformat() / "退改").glob("*.xlsx")
    return path


def drop(root: Path, book: Workbook, name: str = "报表.xlsx") -> Path:
    path = root / "inbox" / name
    book.save(path)
    return path


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night on one return of the ministry's form with wrong cells; what was sent is kept as sent.xlsx."""
    root = campaign(tmp_path_factory.mktemp("foreign") / "campaign")
    sent = drop(root, spoilt(return_of(), WRONG), NAME)
    (root / "sent.xlsx").write_bytes(sent.read_bytes())
    night_of(root)
    return root


@pytest.fixture(scope="module")
def copy(root: Path) -> Path:
    return correction(root)


def test_only_what_must_say_something_else_is_another_part(root: Path, copy: Path) -> None:
    before, after = parts(root / "sent.xlsx"), parts(copy)
    assert {name for name in before if after.get(name) != before[name]} == {
        "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml",
        "xl/worksheets/sheet2.xml", "xl/worksheets/sheet3.xml",
        "xl/comments/comment1.xml", "xl/drawings/commentsDrawing1.vml",
    }  # fmt: skip
    assert after.keys() - before.keys() == {
        "xl/worksheets/sheet5.xml", "xl/worksheets/_rels/sheet2.xml.rels", "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml",
    }  # fmt: skip


def test_within_a_sheet_only_marked_cells_and_what_notes_need_are_other_bytes(root: Path, copy: Path) -> None:
    before, after = (parts(path)["xl/worksheets/sheet3.xml"].decode() for path in (root / "sent.xlsx", copy))
    plain = re.sub(r' tabSelected="1"', "", before)
    for cell in MARKED["项目进度"]:
        after = re.sub(rf'<c r="{cell}" s="\d+"/>', "", after)
        after, plain = (re.sub(rf'<c r="{cell}"( s="\d+")?', f'<c r="{cell}"', text) for text in (after, plain))
        plain = plain.replace(f'<c r="{cell}"/>', "")
    assert after == plain


def same(one: Cell, other: Cell) -> bool:
    looks = ("number_format", "font", "alignment", "protection")
    return one.value == other.value and all(repr(getattr(one, look)) == repr(getattr(other, look)) for look in looks)


def cells(book: Workbook) -> Iterator[tuple[str, Any]]:
    return ((tab.title, cell) for tab in book for row in tab.iter_rows() for cell in row if isinstance(cell, Cell))


def test_cell_by_cell_marks_and_notes_are_all_that_differs(root: Path, copy: Path) -> None:
    before, after = openpyxl.load_workbook(root / "sent.xlsx"), openpyxl.load_workbook(copy)
    painted: dict[str, set[str]] = {}
    noted: dict[str, set[str]] = {}
    for tab, cell in cells(before):
        other = after[tab][cell.coordinate]
        assert same(cell, other), cell
        if (repr(cell.fill), repr(cell.border)) != (repr(other.fill), repr(other.border)):
            painted.setdefault(tab, set()).add(cell.coordinate)
        if repr(cell.comment and cell.comment.text) != repr(other.comment and other.comment.text):
            noted.setdefault(tab, set()).add(cell.coordinate)
    assert painted == noted == MARKED
    assert {cell.coordinate for _, cell in cells(after) if cell.comment} == set.union(*MARKED.values()) | {"C6"}


def test_what_a_sheet_has_beside_its_cells_is_kept(root: Path, copy: Path) -> None:
    before, after = openpyxl.load_workbook(root / "sent.xlsx"), openpyxl.load_workbook(copy)
    assert after.sheetnames == [SLIP_SHEET, *before.sheetnames] and after.active.title == SLIP_SHEET
    assert after["单位名单"].sheet_state == "hidden" and dict(after.defined_names).keys() == {"states"}
    for tab in before:
        other = after[tab.title]
        for kept in (
            "data_validations",
            "protection",
            "auto_filter",
            "print_title_rows",
            "freeze_panes",
            "merged_cells",
        ):
            assert repr(getattr(tab, kept)) == repr(getattr(other, kept)), kept
        for kept in ("column_dimensions", "row_dimensions"):
            sizes = [
                {
                    key: (each.width if kept[0] == "c" else each.height, each.hidden)
                    for key, each in getattr(one, kept).items()
                }
                for one in (tab, other)
            ]
            assert sizes[0] == sizes[1]
        rules = [
            [(str(each.sqref), [rule.type for rule in each.rules]) for each in one.conditional_formatting]
            for one in (tab, other)
        ]
        assert rules[0] == rules[1]
    assert [tab.title for tab in after if tab.sheet_view.tabSelected] == [SLIP_SHEET]


def test_a_note_that_was_there_is_kept_and_ours_stands_below_it(copy: Path) -> None:
    tab = openpyxl.load_workbook(copy)["项目进度"]
    assert tab["C6"].comment.text == "本项目跨两镇" and tab["C6"].comment.author == "张三"
    assert tab["H7"].comment.text.startswith(f"县里已核\n【{SLIP_SHEET}】\n错误：“年度计划”填写的“200万”带有其他单位")
    assert tab["G7"].comment.text.startswith(f"【{SLIP_SHEET}】\n错误：“总投资”填写的“约500”不是数字")
    assert tab["L6"].border.left.style == "mediumDashed" and tab["G7"].border.left.style == "medium"


def test_the_slip_says_the_same_as_on_a_form_of_ours(copy: Path) -> None:
    tab = openpyxl.load_workbook(copy)[SLIP_SHEET]
    said = "\n".join(str(cell.value) for (cell,) in tab["A1:A6"])
    assert UNIT in said and NAME in said and "须改正 6 处，待核实 1 处" in said and "就是你单位报来的文件" in said
    places = [tab.cell(row, 2).value for row in range(8, 15)]
    assert places == [
        "综合情况 B8",
        "项目进度 L5",
        "项目进度 L6",
        "项目进度 G7",
        "项目进度 H7",
        "项目进度 D8",
        "项目进度 F9",
    ]
    assert [tab.cell(row, 2).hyperlink.location for row in (8, 9)] == ["综合情况!B8", "项目进度!L5"]
    assert all(tab.row_dimensions[row].hidden for row in range(15, tab.max_row + 1)) and tab.max_row > 15
    assert tab.print_title_rows == "$7:$7" and tab.protection.sheet


def resaved(path: Path, folder: Path, ending: str = "xlsx") -> Path:
    """Save a workbook again with LibreOffice."""
    need("soffice", "to save a workbook again")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", ending, "--outdir", str(folder / "again"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return (folder / "again" / path.name).with_suffix(f".{ending}")


@pytest.mark.slow
def test_an_office_program_opens_it_with_its_drop_downs_and_the_next_copy_is_right(
    root: Path, copy: Path, tmp_path: Path
) -> None:
    again = openpyxl.load_workbook(resaved(copy, tmp_path))
    before = openpyxl.load_workbook(root / "sent.xlsx")
    assert {str(each.sqref) for each in again["项目进度"].data_validations.dataValidation} == {"E6:E60", "D6:D60"}
    assert all(again[tab][cell.coordinate].value == cell.value for tab, cell in cells(before))
    assert "不是数字" in again["项目进度"]["G7"].comment.text and again["项目进度"]["G7"].border.left.style == "medium"
    other = campaign(tmp_path / "campaign")
    drop(other, spoilt(again, {"G7": 500}))
    night_of(other)
    tab = openpyxl.load_workbook(correction(other))["项目进度"]
    assert tab["G7"].comment is None and tab["G7"].fill.fill_type is None and tab["G7"].border.left.style == "hair"
    assert tab["D8"].comment.text.count(SLIP_SHEET) == 1 and tab["H7"].comment.text.startswith("县里已核")
    assert [each.subject for each in open_ones(night_of(other), "R01")] == ["2024-003"]


def open_ones(night: Night, rule: str = "") -> list[Finding]:
    return [
        each for each in night.findings if each.state.is_open and rule in each.rule and each.severity.value != "note"
    ]


# Sent back.


@pytest.fixture
def sent_once(root: Path, tmp_path: Path) -> Path:
    """That folder after its night, to go on with."""
    return shutil.copytree(root, tmp_path / "campaign")


def test_a_mended_copy_is_the_next_return_and_nothing_but_its_slip_need_say_whose_it_is(sent_once: Path) -> None:
    book = spoilt(openpyxl.load_workbook(correction(sent_once)), MENDED)
    book["综合情况"]["A2"] = None
    drop(sent_once, book, "改好了.xlsx")
    night = night_of(sent_once, NEXT)
    assert not night.unplaced and night.returns()["accepted"] == 1 and open_ones(night) == []
    assert {each.rule for each in night.closed} == {"N01", "N06", "R01", "T90", "T91", "B01", "S07"}


def test_what_was_mended_is_marked_no_more_and_what_was_not_is_still_wrong(sent_once: Path) -> None:
    drop(sent_once, spoilt(openpyxl.load_workbook(correction(sent_once)), MENDED | {"G7": "约600", "I9": "六十"}))
    night_of(sent_once, NEXT)
    book, original = openpyxl.load_workbook(correction(sent_once, NEXT)), return_of()
    slip, tab = book[SLIP_SHEET], book["项目进度"]
    lines = [(row[1].value, row[5].value) for row in slip["A8:F20"] if isinstance(row[0].value, int)]
    assert lines[:2] == [("项目进度 G7", "仍未改"), ("项目进度 I9", "新增")]
    assert [state for _, state in lines[2:]] == ["已改"] * 6
    assert book.sheetnames.count(SLIP_SHEET) == 1 and book.sheetnames[0] == SLIP_SHEET
    for cell in ("D8", "F9", "H7", "L6", "L5"):
        mended, own = tab[cell], original["项目进度"][cell]
        assert (repr(mended.fill), repr(mended.border)) == (repr(own.fill), repr(own.border)), cell
    assert {cell.coordinate: cell.comment.text for row in tab for cell in row if cell.comment}.keys() == {
        "C6",
        "H7",
        "G7",
        "I9",
    }
    assert tab["H7"].comment.text == "县里已核"
    assert tab["G7"].comment.text.count(SLIP_SHEET) == 1 and "约600" in tab["G7"].comment.text


def test_a_row_without_a_key_is_known_again_when_it_comes_back_edited(tmp_path: Path) -> None:
    root = campaign(tmp_path / "campaign")
    projects = root / "schemas" / "projects.py"
    projects.write_text(projects.read_text("utf-8").replace('        key = "code"\n', ""), "utf-8")
    drop(root, spoilt(return_of(), WRONG))
    (before,) = open_ones(night_of(root), "N01")
    book = openpyxl.load_workbook(correction(root))
    drop(root, spoilt(book, {"G7": "约600", "C7": "水库除险加固"}))
    (after,) = open_ones(night_of(root, NEXT), "N01")
    assert after.key == before.key and after.first_seen == before.first_seen == DUE


# The same bytes.


def test_the_same_night_gives_the_same_bytes_and_a_new_one_takes_it_over(
    root: Path, copy: Path, tmp_path: Path
) -> None:
    again = campaign(tmp_path / "campaign")
    (again / "inbox" / NAME).write_bytes((root / "sent.xlsx").read_bytes())
    night_of(again)
    first = correction(again)
    assert first.read_bytes() == copy.read_bytes()
    night_of(again, NEXT)
    assert correction(again, NEXT).read_bytes() == copy.read_bytes()


# What is left behind, and what cannot be copied.

LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def with_macros_and_links(content: dict[str, bytes]) -> None:
    """Give a workbook macros, and formulas that get their values from another file."""
    book, relations, types = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
    content["xl/vbaProject.bin"] = b"macros"
    content["xl/externalLinks/externalLink1.xml"] = f'<externalLink xmlns="{SPREADSHEET}"/>'.encode()
    content["xl/calcChain.xml"] = f'<calcChain xmlns="{SPREADSHEET}"><c r="G6" i="3"/></calcChain>'.encode()
    more = "".join(
        f'<Relationship Id="more{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate((
            ("http://schemas.microsoft.com/office/2006/relationships/vbaProject", "vbaProject.bin"),
            (f"{LINK}/externalLink", "externalLinks/externalLink1.xml"),
            (f"{LINK}/calcChain", "calcChain.xml"),
        ))
    )  # fmt: skip
    content[relations] = content[relations].replace(b"</Relationships>", f"{more}</Relationships>".encode())
    content[types] = content[types].replace(b"sheet.main+xml", b"!").replace(
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.!", b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    ).replace(b"</Types>", b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>')  # fmt: skip
    links = f'<externalReferences><externalReference xmlns:r="{LINK}" r:id="more1"/></externalReferences>'.encode()
    content[book] = content[book].replace(
        b"<definedNames>", links + b'<definedNames><definedName name="far">[1]A!$A$1</definedName>'
    )
    sheet = "xl/worksheets/sheet3.xml"
    for cell, formula in (("G6", "'[1]A B'!C3*2"), ("G8", "far+1"), ("G9", "SUM(I9:J9)")):
        content[sheet] = re.sub(rf'(<c r="{cell}"[^>]*>)'.encode(), rf"\1<f>{formula}</f>".encode(), content[sheet])


def test_macros_and_links_to_other_files_are_left_behind(tmp_path: Path) -> None:
    root = campaign(tmp_path / "campaign")
    sent = drop(root, spoilt(return_of(), WRONG), "plain.xlsx")
    repacked(sent, with_macros_and_links, root / "inbox" / "报表.xlsm")
    sent.unlink()
    night_of(root)
    after = parts(correction(root))
    assert not [name for name in after if "vba" in name or "external" in name or "calcChain" in name]
    whole = b"".join(after[name] for name in after if name.endswith((".xml", ".rels")))
    assert b"macroEnabled" not in whole and b"[1]" not in whole and b"externalReference" not in whole
    assert b'<definedName name="far">#REF!</definedName>' in after["xl/workbook.xml"]
    tab = openpyxl.load_workbook(correction(root))["项目进度"]
    assert (tab["G6"].value, tab["G8"].value, tab["G9"].value) == (900, 400, "=SUM(I9:J9)")
    assert "宏和指向其他文件的链接没有保留" in str(openpyxl.load_workbook(correction(root))[SLIP_SHEET]["A6"].value)


def test_a_file_that_cannot_be_marked_goes_back_in_the_form_as_we_draw_it(tmp_path: Path) -> None:
    root = campaign(tmp_path / "campaign")
    relations, styles = "xl/_rels/workbook.xml.rels", re.compile(rb"<Relationship [^>]*styles[^>]*/>")
    sent = drop(root, spoilt(return_of(), WRONG))
    repacked(sent, lambda content: content.update({relations: styles.sub(b"", content[relations])}))
    night_of(root)
    book = openpyxl.load_workbook(correction(root))
    assert "不能加标记" in str(book[SLIP_SHEET]["A5"].value) and "填表说明" in book.sheetnames
    assert "200万" in [cell.value for cell in book["项目进度"]["H"]]


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["ods", "xls"])
def test_a_file_of_another_format_does_too(root: Path, tmp_path: Path, ending: str) -> None:
    other = campaign(tmp_path / "campaign")
    shutil.move(resaved(root / "sent.xlsx", tmp_path, ending), other / "inbox")
    night_of(other)
    book = openpyxl.load_workbook(correction(other))
    assert "不能加标记" in str(book[SLIP_SHEET]["A5"].value) and "200万" in [
        cell.value for cell in book["项目进度"]["H"]
    ]


# XML that other programs write.


def with_prefixes(content: dict[str, bytes]) -> None:
    for name in [name for name in content if name.startswith("xl/") and name.endswith(".xml") and "theme" not in name]:
        tags = re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", content[name])
        content[name] = tags.replace(b" xmlns=", b" xmlns:x=")


def test_a_workbook_that_is_written_with_prefixes_is_marked_in_the_same_cells(tmp_path: Path) -> None:
    root = campaign(tmp_path / "campaign")
    repacked(drop(root, spoilt(return_of(), WRONG)), with_prefixes)
    night_of(root)
    book = openpyxl.load_workbook(correction(root))
    marked = {
        tab: {
            cell.coordinate
            for of, cell in cells(book)
            if of == tab and cell.fill.fgColor.rgb in ("FFF4B6B6", "FFFFE699")
        }
        for tab in MARKED
    }
    assert marked == MARKED and "就是你单位报来的文件" in book[SLIP_SHEET]["A5"].value
    assert b"<x:sheet xmlns:r=" in parts(correction(root))["xl/workbook.xml"]


def marked(sheet: str, **cells: int) -> str:
    """Give cells the style of that number, which is then theirs and a hundred more."""
    xml = SheetXml(sheet.encode())
    places = {openpyxl.utils.cell.coordinate_to_tuple(cell): number for cell, number in cells.items()}
    xml.mark({(row - 1, column - 1): lambda own, more=more: own + more for (row, column), more in places.items()})
    return xml.xml.decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<row r="2"><c r="B2" s="3"><v>1</v></c></row>', '<row r="2"><c r="B2" s="103"><v>1</v></c></row>'),
        ("<row r='2'><c r='B2' s='3'/></row>", "<row r='2'><c r='B2' s=\"103\"/></row>"),
        ('<row r="2"><c r="A2"/><c r="C2"/></row>', '<row r="2"><c r="A2"/><c r="B2" s="107"/><c r="C2"/></row>'),
        ('<row r="2"/>', '<row r="2"><c r="B2" s="107"/></row>'),
        ('<row r="2" s="4" customFormat="1"/>', '<row r="2" s="4" customFormat="1"><c r="B2" s="104"/></row>'),
        ('<row r="1"/><row r="3"/>', '<row r="1"/><row r="2"><c r="B2" s="107"/></row><row r="3"/>'),
        ("<row/><row><c/><c><v>1</v></c></row>", '<row/><row><c/><c s="100"><v>1</v></c></row>'),
        ("<row/><row><c/></row>", '<row/><row><c/><c r="B2" s="107"/></row>'),
        ("", '<row r="2"><c r="B2" s="107"/></row>'),
        ('<!-- <row r="2"/> --><row r="2"/>', '<!-- <row r="2"/> --><row r="2"><c r="B2" s="107"/></row>'),
        ('<row r="2"><c r="B2" t="inlineStr"><is><t><![CDATA[<c r="B2">]]></t></is></c></row>',
         '<row r="2"><c r="B2" t="inlineStr" s="100"><is><t><![CDATA[<c r="B2">]]></t></is></c></row>'),
        ('<row r="2"><c r="A2" t="inlineStr"><is><r><rPr><color rgb="F"/></rPr><t>a</t></r></is></c></row>',
         '<row r="2"><c r="A2" t="inlineStr"><is><r><rPr><color rgb="F"/></rPr><t>a</t></r></is></c><c r="B2" s="107"/></row>'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("prefix", ["", "x:"])
def test_a_cell_is_marked_however_the_sheet_is_written(before: str, after: str, prefix: str) -> None:
    def sheet(rows: str) -> str:
        tags = f'<worksheet><cols><col min="2" max="2" style="7"/></cols><sheetData>{rows}</sheetData></worksheet>'
        return re.sub(r"<(/?)(?=[a-z])", rf"<\1{prefix}", tags) if "CDATA" not in rows and "!" not in rows else tags

    assert marked(sheet(before), B2=100) == sheet(after)


def test_a_sheet_without_cells_gets_one() -> None:
    assert marked("<worksheet><sheetData/></worksheet>", C1=5) == (
        '<worksheet><sheetData><row r="1"><c r="C1" s="5"/></row></sheetData></worksheet>'
    )


def test_the_boxes_of_notes_are_named_where_the_standard_has_them() -> None:
    rules = '<conditionalFormatting><cfRule><extLst/></cfRule></conditionalFormatting><pageMargins/><drawing r:id="a"/>'
    sheet = SheetXml(f"<worksheet><sheetData/>{rules}<tableParts/><extLst/></worksheet>".encode())
    sheet.draw("rId9", LINK)
    assert f'<drawing r:id="a"/><legacyDrawing xmlns:r="{LINK}" r:id="rId9"/><tableParts/>' in sheet.xml.decode()
    assert sheet.drawing == "rId9"


def test_another_sheet_is_the_open_one() -> None:
    assert unselected(b"<s:worksheet><s:sheetView tabSelected='1' x=\"2\"/></s:worksheet>") == (
        b'<s:worksheet><s:sheetView x="2"/></s:worksheet>'
    )


def test_xml_in_another_encoding_is_not_edited() -> None:
    with pytest.raises(UneditableError):
        SheetXml("<worksheet><sheetData/></worksheet>".encode("utf-16"))


def test_no_blank_of_ours_is_handed_out(root: Path) -> None:
    done = CliRunner().invoke(huizong, ["issue", "-C", str(root)])
    assert (
        done.exit_code != 0 and "由省发展和改革委员会制定" in str(done.exception) and str(done.exception).endswith("。")
    )


def test_a_sender_who_is_spoken_to_in_english_finds_slip_and_notes_in_english_and_sends_them_back(
    tmp_path: Path,
) -> None:
    root = campaign(tmp_path / "campaign")
    settings = root / "schemas" / "campaign.toml"
    settings.write_text(settings.read_text("utf-8").replace("[campaign]\n", '[campaign]\nlanguage = "en"\n'), "utf-8")
    drop(root, spoilt(return_of(), WRONG), NAME)
    night_of(root)
    book = openpyxl.load_workbook(path := correction(root))
    slip, note = book["Corrections needed"], book["项目进度"]["G7"].comment.text
    assert slip["A5"].value.startswith("This workbook is the file that you sent")
    assert note.startswith("[Corrections needed]\nError: ")
    mended = spoilt(book, {cell: MENDED[cell] for cell in ("G7", "D8")})
    drop(root, mended, path.name)
    again = openpyxl.load_workbook((night_of(root, NEXT), correction(root, NEXT))[1])
    assert again.sheetnames.count("Corrections needed") == 1
    assert (
        again["项目进度"]["G7"].comment is None
        and again["项目进度"]["F9"].comment.text.count("[Corrections needed]") == 1
    )
    states = [row[5].value for row in again["Corrections needed"].iter_rows(min_row=8) if row[5].value]
    assert {"Still wrong", "Corrected"} <= set(states)
