"""Files made byte by byte, for the tests of reading: OLE2 containers, BIFF8 workbooks, bare .xlsx and .ods packages."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"""


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """Pack members, compressed."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def xlsx(rows: str | bytes, after: str = "", root: str = "worksheet", **parts: str | bytes) -> bytes:
    """Make a workbook of one sheet, 表, from the XML of its rows; `shared` gives its shared strings, `custom` properties."""
    head = f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="{MAIN}"><sheetData>'
    body = rows if isinstance(rows, bytes) else rows.encode()
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            [("worksheet", "worksheets/sheet1.xml")]
            + ([("sharedStrings", "sharedStrings.xml")] if "shared" in parts else [])
        ),
        "xl/worksheets/sheet1.xml": head.encode() + body + f"</sheetData>{after}</{root}>".encode(),
    }
    members |= {{"shared": "xl/sharedStrings.xml", "custom": "docProps/custom.xml"}[key]: parts[key] for key in parts}
    return zipped(members)


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    items = "".join(
        f'<Relationship Id="rId{number}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE_RELATIONS}">{items}</Relationships>'


def ods(rows: str, manifest: str = "<manifest/>") -> bytes:
    """Make a workbook of one sheet, 表, from the XML of its rows."""
    names = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"' for prefix in ("office", "table", "text")
    )
    calc = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names} {calc}><office:body>'
            f'<office:spreadsheet><table:table table:name="表">{rows}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
            "META-INF/manifest.xml": manifest,
        }
    )


def ole2(streams: Mapping[str, bytes]) -> bytes:
    """Make an OLE2 container. Streams are filled up to 4,096 bytes, below which they would be stored elsewhere."""
    padded = {name: body.ljust(4096, b"\x00") for name, body in streams.items()}
    directory_sectors = (len(padded) + 1 + 3) // 4
    fat = [FAT] + [number + 2 for number in range(directory_sectors - 1)] + [END]
    entries = [_entry("Root Entry", 5, child=1, start=END, size=0)]
    body = b""
    for number, (name, content) in enumerate(padded.items(), 1):
        sectors = -(-len(content) // SECTOR)
        start = len(fat)
        fat += [start + offset + 1 for offset in range(sectors - 1)] + [END]
        right = number + 1 if number < len(padded) else FREE
        entries.append(_entry(name, 2, child=FREE, start=start, size=len(content), right=right))
        body += content.ljust(sectors * SECTOR, b"\x00")
    assert len(fat) <= SECTOR // 4, "one sector of FAT is enough for a test"
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, END, 0, END, 0) + struct.pack("<I", 0) + b"\xff" * (108 * 4)
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(SECTOR, b"\xff")
    return header + table + b"".join(entries).ljust(directory_sectors * SECTOR, b"\x00") + body


def _entry(name: str, kind: int, child: int, start: int, size: int, right: int = FREE) -> bytes:
    text = (name + "\x00").encode("utf-16-le")
    return (
        text.ljust(64, b"\x00")
        + struct.pack("<HBB3I", len(text), kind, 1, FREE, right, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def biff(records: Sequence[tuple[int, bytes]], globals_: Sequence[tuple[int, bytes]] = ()) -> bytes:
    """Make the Workbook stream of one sheet, 表, from its records; `globals_` go before the list of sheets."""
    bof, eof = 0x809, 0x0A
    name = "表".encode("utf-16-le")
    start = _record(bof, struct.pack("<4HII", 0x600, 5, 0, 0, 0, 0)) + b"".join(_record(*record) for record in globals_)
    position = len(start) + 4 + 8 + len(name) + 4
    sheet = _record(0x85, struct.pack("<IBBBB", position, 0, 0, 1, 1) + name)
    body = _record(bof, struct.pack("<4HII", 0x600, 0x10, 0, 0, 0, 0)) + b"".join(
        _record(*record) for record in records
    )
    return start + sheet + _record(eof, b"") + body + _record(eof, b"")


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<2H", kind, len(body)) + body
