"""What kind of file it is, by its bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
from containers import biff, ods, ole2, xlsx, zipped

from pipeline.declare import BUILTIN
from pipeline.rawbook import Refused
from pipeline.sniff import Kind, sniff


def refusal(content: bytes) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        sniff(content)
    return caught.value.refusal.code, caught.value.refusal.found


def test_workbooks() -> None:
    assert sniff(xlsx("")) is Kind.XLSX
    assert sniff(ods("")) is Kind.ODS
    assert sniff(ole2({"Workbook": biff([])})) is Kind.XLS
    assert sniff(ole2({"WORKBOOK": biff([])})) is Kind.XLS
    assert sniff(ole2({"Book": biff([])})) is Kind.XLS
    assert sniff(ole2({"EncryptionInfo": b"", "EncryptedPackage": b""})) is Kind.LOCKED
    assert sniff(zipped({"xl/workbook.xml": "", "xl/vbaProject.bin": ""})) is Kind.XLSM
    binary = (
        '<Override PartName="/xl/workbook.bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
    )
    assert sniff(zipped({"xl/workbook.bin": "", "[Content_Types].xml": binary})) is Kind.XLSB


def test_a_workbook_kept_elsewhere_in_its_package() -> None:
    main = '<Override ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    assert sniff(zipped({"workbook.xml": "", "[Content_Types].xml": main})) is Kind.XLSX


def test_what_xlsxwriter_writes(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "名字没有用.pdf") as book:
        book.add_worksheet()
    assert sniff((tmp_path / "名字没有用.pdf").read_bytes()) is Kind.XLSX


HTML = "<html xmlns:x='urn:schemas-microsoft-com:office:excel'><table><tr><td>走访</td></tr></table></html>"
XML_2003 = '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "F02", ""),
        (bytes(3000), "F03", "没有传完"),
        (xlsx("")[:400], "F03", "没有传完"),
        (ole2({"Workbook": biff([])})[:600], "F03", ""),
        (ole2({"WordDocument": b""}), "F01", "Word"),
        (ole2({"PowerPoint Document": b""}), "F01", "PPT"),
        (ole2({"__properties_version1.0": b""}), "F01", "邮件"),
        (ole2({"Something": b""}), "F01", "其他办公软件"),
        (zipped({"word/document.xml": ""}), "F01", "Word"),
        (zipped({"ppt/presentation.xml": ""}), "F01", "PPT"),
        (zipped({"OFD.xml": ""}), "F01", "OFD"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "F01", "ODT"),
        (zipped({"xl/styles.xml": ""}), "F03", "目录"),
        (b"%PDF-1.7\n", "F01", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "F01", "图片"),
        (b"\xff\xd8\xff\xe0", "F01", "图片"),
        (b"\x00\x00\x00\x20ftypheic", "F01", "手机照片"),
        (b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(60), "F01", "快捷方式"),
        (b"[InternetShortcut]\r\nURL=http://example.org", "F01", "快捷方式"),
        (b"MZ\x90\x00\x03", "F01", "程序"),
        (b"{\\rtf1\\ansi", "F01", "RTF"),
        (bytes(range(256)) * 4, "F01", "无法辨认"),
        (b"Rar!\x1a\x07\x01\x00", "F08", "RAR"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "F08", "7z"),
        (zipped({"a.txt": "", "b.txt": ""}), "F08", "2 个文件"),
        ("姓名,人数\n王,3\n".encode("gb18030"), "F09", "CSV"),
        ("\ufeff姓名,人数\n".encode(), "F09", "CSV"),
        ("BM编码,人数\n".encode("gb18030"), "F09", "CSV"),
        ("姓名\t人数\n".encode(), "F09", "制表符"),
        ("姓名\t人数\n".encode("utf-16"), "F09", "制表符"),
        (("一,二\n" + "一" * 22000).encode(), "F09", "CSV"),
        (HTML.encode("gb18030"), "F09", "网页"),
        (b"  <TABLE><tr><td>1</td></tr></TABLE>", "F09", "网页"),
        (XML_2003.encode(), "F09", "XML 2003"),
        (b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n", "F09", "MHTML"),
        (b"\x09\x08\x06\x00\x00\x05\x10\x00", "F09", "旧格式"),
        ("情况说明：本周没有走访。".encode(), "F01", "纯文本"),
        (b'<?xml version="1.0"?><a/>', "F01", "XML"),
    ],
)  # fmt: skip
def test_everything_else_is_refused_by_name(content: bytes, code: str, words: str) -> None:
    found = refusal(content)
    assert found[0] == code
    assert words in found[1]
    assert BUILTIN[code].says


def test_an_archive_tells_how_many_workbooks_are_in_it_by_names_in_gbk() -> None:
    names = ["城关/报表A.xlsx", "城关/报表B.xls", "城关/~$报表A.xlsx", "城关/说明.docx"]
    stand_ins = {f"{number}".ljust(len(name.encode("gbk")), "_"): name for number, name in enumerate(names)}
    content = zipped(dict.fromkeys(stand_ins, ""))
    for stand_in, name in stand_ins.items():  # Windows packs names in GBK and leaves no mark of it; zipfile can't
        content = content.replace(stand_in.encode(), name.encode("gbk"))
    assert refusal(content) == ("F08", "这是 ZIP 压缩包，内有 2 个表格文件（报表A.xlsx 等）")
    assert refusal(zipped({"报表A.xlsx": ""})) == ("F08", "这是 ZIP 压缩包，内有 1 个表格文件（报表A.xlsx）")
