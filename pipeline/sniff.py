"""What kind of file it is, by its bytes: names lie, and clerks rename files until they open."""

from __future__ import annotations

import re
import zipfile
import zlib
from enum import StrEnum
from io import BytesIO

from pipeline.rawbook import Refused


class Kind(StrEnum):
    """The spreadsheets that can be read. A WPS .et is an XLS by its bytes."""

    XLSX = "xlsx"
    XLSM = "xlsm"
    XLSB = "xlsb"
    XLS = "xls"
    ODS = "ods"
    LOCKED = "encrypted"  # an OOXML workbook of any kind inside an encrypted container


_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OFFICE_2003_SPREADSHEET = b"urn:schemas-microsoft-com:office:spreadsheet"

_ARCHIVES = (
    (b"Rar!\x1a\x07", "这是 RAR 压缩包"),
    (b"7z\xbc\xaf\x27\x1c", "这是 7z 压缩包"),
    (b"\x1f\x8b", "这是 GZ 压缩包"),
    (b"BZh", "这是 BZ2 压缩包"),
    (b"\xfd7zXZ\x00", "这是 XZ 压缩包"),
)
_FOREIGN = (
    (rb"%PDF", "这是 PDF 文档"),
    (rb"\{\\rtf", "这是 RTF 文档"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\x00|MM\x00\*|BM.{4}\x00\x00\x00\x00|RIFF.{4}WEBP", "这是图片"),
    (rb"RIFF|ID3|.{4}ftyp", "这是音像文件或手机照片"),
    (rb"L\x00\x00\x00\x01\x14\x02\x00|\[InternetShortcut\]", "这是快捷方式，不是文件本身"),
    (rb"MZ.{0,30}\x00|\x7fELF", "这是程序"),
    (rb"SQLite format 3\x00|\x00\x01\x00\x00Standard (Jet|ACE)", "这是数据库"),
)
# What [Content_Types].xml says of a workbook, or of a template for one.
_WORKBOOKS = (
    (b"ms-excel.sheet.binary", Kind.XLSB),
    (b"ms-excel.sheet.macroEnabled", Kind.XLSM),
    (b"ms-excel.template.macroEnabled", Kind.XLSM),
    (b"spreadsheetml.sheet.main", Kind.XLSX),
    (b"spreadsheetml.template.main", Kind.XLSX),
)
# What a package that is no workbook is known by: a member's name, in lower case.
_PACKAGES = (
    ("word/document.xml", "这是 Word 文档"),
    ("ppt/presentation.xml", "这是 PPT 演示文稿"),
    ("visio/document.xml", "这是 Visio 绘图"),
    ("ofd.xml", "这是 OFD 版式文件"),
    ("index/document.iwa", "这是苹果 Numbers、Pages 或 Keynote 文件"),
    ("androidmanifest.xml", "这是手机程序"),
)
_OPENDOCUMENT = {
    "application/vnd.oasis.opendocument.text": "这是 ODT 文字文档",
    "application/vnd.oasis.opendocument.presentation": "这是 ODP 演示文稿",
    "application/vnd.oasis.opendocument.graphics": "这是 ODG 绘图",
}
_STREAMS = (
    ("worddocument", "这是 Word 文档"),
    ("powerpoint document", "这是 PPT 演示文稿"),
    ("visiodocument", "这是 Visio 绘图"),
    ("__properties_version1.0", "这是 Outlook 邮件"),
)
_IN_DIRECTORY = re.compile(rb"PK\x01\x02.{42}xl/workbook\.xml", re.DOTALL)  # a directory entry of that very name
_SPREADSHEET_NAME = re.compile(r"\.(xlsx|xlsm|xlsb|xls|et|ett|ods|csv)$", re.IGNORECASE)


def sniff(content: bytes) -> Kind:
    """Tell the kind of spreadsheet. Raises Refused, with what it is instead, for anything that isn't one."""
    if not content:
        raise Refused("F02")
    if content.startswith(b"PK\x03\x04") or content.startswith(b"PK\x05\x06"):
        return _zip_kind(content)
    if content.startswith(_OLE2):
        return _ole_kind(content)
    for magic, what in _ARCHIVES:
        if content.startswith(magic):
            raise Refused("F08", what)
    for magic, what in _FOREIGN:
        if re.match(magic, content, re.DOTALL):
            raise Refused("F01", what)
    if not content.strip(b"\x00"):
        raise Refused("F03", "内容全是空字节，没有传完")
    if re.match(rb"\x09[\x00\x02\x04\x08].\x00", content, re.DOTALL):
        raise Refused("F09", "这是 Excel 4.0 以前的旧格式")
    raise _text_refusal(content)


def _zip_kind(content: bytes) -> Kind:
    directory = _directory(content)
    if _IN_DIRECTORY.search(directory):  # nearly every file; opening the package to learn it costs as much as a sheet
        return Kind.XLSM if b"xl/vbaproject.bin" in directory.lower() else Kind.XLSX
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in archive.infolist()}
            if "xl/workbook.xml" in members:
                return Kind.XLSM if "xl/vbaproject.bin" in members else Kind.XLSX
            types = _member_start(archive, members.get("[content_types].xml"))
            mimetype = _member_start(archive, members.get("mimetype")).decode("ascii", "replace").strip()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise Refused("F03", "没有传完，缺少结尾部分或目录有误") from error
    for mark, kind in _WORKBOOKS:
        if mark in types:
            return kind
    if mimetype.startswith("application/vnd.oasis.opendocument.spreadsheet"):
        return Kind.ODS
    if mimetype in _OPENDOCUMENT:
        raise Refused("F01", _OPENDOCUMENT[mimetype])
    for name, what in _PACKAGES:
        if name in members:
            raise Refused("F01", what)
    if any(name.startswith("xl/") for name in members):
        raise Refused("F03", "缺少工作簿目录")
    raise Refused("F08", _archive_words(content))


def _directory(content: bytes) -> bytes:
    """Cut out the package's own directory, not that of a package stored inside it; empty if it is not where it should be."""
    end = content.rfind(b"PK\x05\x06")
    if end < 0 or end + 22 > len(content):
        return b""
    size = int.from_bytes(content[end + 12 : end + 16], "little")
    return content[end - size : end] if size <= end else b""


def _member_start(archive: zipfile.ZipFile, info: zipfile.ZipInfo | None) -> bytes:
    if info is None:
        return b""
    try:
        with archive.open(info) as member:
            return member.read(1 << 16)
    except RuntimeError:  # protected by a zip password
        return b""


def _archive_words(content: bytes) -> str:
    """Count the workbooks in an archive. Names are GBK if zipped on a Chinese Windows; nothing is unpacked."""
    try:
        archive = zipfile.ZipFile(BytesIO(content), metadata_encoding="gbk")
    except UnicodeDecodeError:
        archive = zipfile.ZipFile(BytesIO(content))
    names = [name.rsplit("/", 1)[-1] for name in archive.namelist()]
    books = [name for name in names if _SPREADSHEET_NAME.search(name) and not name.startswith(("~$", ".", "._"))]
    if not books:
        return "这是 ZIP 压缩包，内有 " + f"{sum(bool(name) for name in names)} 个文件"
    first = f"（{books[0]}）" if len(books) == 1 else f"（{books[0]} 等）"
    return f"这是 ZIP 压缩包，内有 {len(books)} 个表格文件{first}"


def _ole_kind(content: bytes) -> Kind:
    import olefile  # type: ignore[import-untyped]

    try:
        with olefile.OleFileIO(BytesIO(content)) as container:
            streams = {path[0].lower() for path in container.listdir(streams=True, storages=True)}
    except (OSError, ValueError, IndexError, TypeError) as error:
        raise Refused("F03", "没有传完，或内部目录有误") from error
    if "encryptedpackage" in streams:
        return Kind.LOCKED
    if streams & {"workbook", "book"}:
        return Kind.XLS
    for name, what in _STREAMS:
        if name in streams:
            raise Refused("F01", what)
    raise Refused("F03", "里面没有工作簿") if not streams else Refused("F01", "这是其他办公软件的文件")


def _text_refusal(content: bytes) -> Refused:
    """Tell apart what other systems export under the name .xls: web pages, XML of 2003, separated text."""
    text = _decoded(content[:65536], whole=len(content) <= 65536)
    if text is None:
        return Refused("F01", "这是无法辨认的文件")
    start = text.lstrip("\ufeff \t\r\n").lower()
    if start.startswith("<?xml") and _OFFICE_2003_SPREADSHEET in content[:65536]:
        return Refused("F09", "这是 XML 2003 格式的表格")
    if start.startswith("mime-version:") and "html" in start:
        return Refused("F09", "这是单个文件网页（MHTML）")
    if start.startswith(("<!doctype html", "<html", "<table", "<style", "<meta", "<head", "<body", "<div")) or (
        start.startswith(("<?xml", "<!--")) and "<html" in start
    ):
        return Refused("F09", "这是网页（HTML）")
    if start.startswith("<?xml"):
        return Refused("F01", "这是 XML 文件")
    for separator, what in (
        ("\t", "这是用制表符分隔的文本"),
        (",", "这是用逗号分隔的文本（CSV）"),
        ("，", "这是用逗号分隔的文本"),
    ):
        if separator in start.split("\n", 1)[0]:
            return Refused("F09", what)
    return Refused("F01", "这是纯文本文件")


def _decoded(head: bytes, whole: bool) -> str | None:
    """Decode text by its BOM, else strictly as UTF-8, else strictly as GB18030; None if it is no text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head):
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        for cut in (0,) if whole else (0, 1, 2, 3):  # the 64 KiB may end inside a character
            try:
                return head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
    return None
