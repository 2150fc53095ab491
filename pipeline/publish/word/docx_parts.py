"""Official documents in python-docx: the page, the styles and the fixed elements of GB/T 9704-2012."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Length, Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

FANGSONG, HEITI, KAITI, SONGTI, XIAOBIAOSONG = "仿宋", "黑体", "楷体", "宋体", "方正小标宋简体"
RED = RGBColor(0xFF, 0, 0)
LINE = 28.95  # pt; 22 lines fill the type area's 225 mm
CHARACTER = 15.75  # pt; 28 characters of 3号 fill its 156 mm
TYPE_AREA = Mm(156)
_WORDS = re.compile(r"/word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml")
_TIGHTER = -5  # twentieths of a point: what 28 characters of 16 pt must lose to fit


@dataclass(frozen=True)
class Look:
    """How a paragraph looks; lengths in pt, `indent` (of the first line), `left` and `right` in characters of 3号."""

    font: str = FANGSONG
    size: float = 16
    align: ALIGN = ALIGN.JUSTIFY
    indent: float = 2
    left: float = 0
    right: float = 0
    before: float = 0
    after: float = 0
    line: float = LINE
    on_grid: bool = True
    keep: bool = False  # with the next paragraph
    new_page: bool = False
    level: int = 0  # in the outline


LOOKS = {
    "正文段落": Look(),
    "标题": Look(XIAOBIAOSONG, 22, ALIGN.CENTER, 0, after=LINE, line=34, on_grid=False, keep=True),
    "居中行": Look(align=ALIGN.CENTER, indent=0),
    "正文末段": Look(keep=True),
    "主送机关": Look(indent=0, keep=True),
    "一级标题": Look(HEITI, keep=True, level=1),
    "附件说明首行": Look(align=ALIGN.LEFT, indent=-3, left=5, before=LINE, keep=True),
    "附件说明": Look(align=ALIGN.LEFT, indent=0, left=5, keep=True),
    "署名": Look(align=ALIGN.RIGHT, indent=0, right=2, before=2 * LINE, keep=True),
    "成文日期": Look(align=ALIGN.RIGHT, indent=0, right=2),
    "附件序号": Look(HEITI, align=ALIGN.LEFT, indent=0, keep=True, new_page=True),
    "附件标题": Look(
        XIAOBIAOSONG, 22, ALIGN.CENTER, 0, before=LINE, after=LINE / 2, line=34, on_grid=False, keep=True, level=1
    ),
    "表题": Look(HEITI, 12, ALIGN.CENTER, 0, before=12, line=22, on_grid=False, keep=True),
    "表头": Look(HEITI, 10.5, ALIGN.CENTER, 0, line=16, on_grid=False),
    "表中文字": Look(FANGSONG, 10.5, ALIGN.LEFT, 0, line=16, on_grid=False),
    "表中数字": Look(FANGSONG, 10.5, ALIGN.CENTER, 0, line=16, on_grid=False),
    "表注": Look(FANGSONG, 10.5, ALIGN.LEFT, 0, before=6, line=16, on_grid=False),
    "版记": Look(FANGSONG, 14, ALIGN.LEFT, 0, line=24, on_grid=False),
    "页码": Look(SONGTI, 14, ALIGN.RIGHT, 0, left=0.9, right=0.9, line=16, on_grid=False),
    "草稿标记": Look(HEITI, 16, ALIGN.RIGHT, 0, line=20, on_grid=False),
}

_AFTER_TABS = ("w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:outlineLvl", "w:rPr")
_FOLLOWERS = {
    qn("w:framePr"): ("w:widowControl", "w:pBdr", "w:tabs", *_AFTER_TABS),
    qn("w:pBdr"): ("w:tabs", *_AFTER_TABS),
    qn("w:snapToGrid"): _AFTER_TABS[1:],
    qn("w:outlineLvl"): _AFTER_TABS[-1:],
    qn("w:rFonts"): ("w:b", "w:i", "w:color", "w:spacing", "w:kern", "w:sz", "w:szCs", "w:lang"),
    qn("w:spacing"): ("w:kern", "w:sz", "w:szCs", "w:lang"),
    qn("w:tblCellMar"): ("w:tblLook",),
}


def new_document() -> Document:
    """Start a document with the standard's page, page numbers and styles, and nothing on it."""
    document = docx.Document()
    _set_defaults(document)
    for name, look in LOOKS.items():
        _add_style(document, name, look)
    accent = document.styles.add_style("二级标题字", WD_STYLE_TYPE.CHARACTER)
    _set_font(accent.element.get_or_add_rPr(), KAITI)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(20), Mm(35 - 7) - Pt(LOOKS["页码"].line)
    grid = section._sectPr.find(qn("w:docGrid"))
    section._sectPr.replace(grid, _element("w:docGrid", type="lines", linePitch="579"))
    document.settings.odd_and_even_pages_header_footer = True
    _number_page(section.footer.paragraphs[0], ALIGN.RIGHT)
    _number_page(section.even_page_footer.paragraphs[0], ALIGN.LEFT)
    return document


def mark_pages(document: Document, text: str) -> None:
    """Print a line above the type area of every page."""
    for header in (document.sections[0].header, document.sections[0].even_page_header):
        header.paragraphs[0].style = "草稿标记"
        header.paragraphs[0].add_run(text)


def letterhead(document: Document, name: str, length: int, above: Length, below: Length) -> None:
    """Print the issuing office, or a newsletter's name, in red on one line.

    length: of the printed name in characters, which decides its size. above: from the type area's top.
    """
    size = int(min(50.0, Length(TYPE_AREA).pt / length) * 2) / 2
    paragraph = document.add_paragraph(name, style="正文段落")
    shape = paragraph.paragraph_format
    shape.alignment, shape.first_line_indent = ALIGN.CENTER, Pt(0)
    shape.space_before, shape.space_after, shape.line_spacing = above, below, Pt(size * 1.15)
    _insert(paragraph._p.get_or_add_pPr(), _element("w:snapToGrid", val="0"))
    run = paragraph.runs[0]
    run.font.size, run.font.color.rgb = Pt(size), RED
    _set_font(run._r.get_or_add_rPr(), XIAOBIAOSONG)


def red_rule(paragraph: Paragraph, above: Length, below: Length) -> None:
    """Draw the red rule under a paragraph, as wide as the type area. above, below: the space on either side of it."""
    paragraph.paragraph_format.space_after = below
    points = str(round(above.pt))
    rule = _element("w:bottom", val="single", sz="12", space=points, color=str(RED))
    _insert(paragraph._p.get_or_add_pPr(), _element("w:pBdr", rule))


def between(paragraph: Paragraph, left: str, right: str) -> None:
    """Write one text at the left and one at the right edge of the type area, a character in from each."""
    shape = paragraph.paragraph_format
    shape.first_line_indent, shape.alignment = Pt(CHARACTER), ALIGN.LEFT
    shape.tab_stops.add_tab_stop(Length(TYPE_AREA - Pt(CHARACTER)), WD_TAB_ALIGNMENT.RIGHT)
    paragraph.add_run(f"{left}\t{right}")


@dataclass(frozen=True)
class Field:
    """One column of a table: its head, its width in mm, and what each row says there."""

    head: str
    width: float
    says: str
    style: str = "表中数字"


def add_table(document: Document, fields: Sequence[Field], each: str) -> None:
    """Add a ruled table whose head repeats on every page and whose rows don't split.

    each: the words of a `for` that makes one row of every value, as in `行 in 指标`.
    """
    table = document.add_table(rows=4, cols=len(fields), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    table.cell(1, 0).text, table.cell(3, 0).text = f"{{%tr for {each} %}}", "{%tr endfor %}"
    margins = (_element(f"w:{side}", w="57", type="dxa") for side in ("left", "right"))  # a millimetre
    _insert(table._tbl.tblPr, _element("w:tblCellMar", *margins))
    for number, field in enumerate(fields):
        table.columns[number].width = Mm(field.width)
        for row, text, style in ((0, field.head, "表头"), (2, field.says, field.style)):
            cell = table.cell(row, number)
            cell.paragraphs[0].add_run(text)
            cell.paragraphs[0].style = style
        for row in range(4):
            table.cell(row, number).width = Mm(field.width)
            table.cell(row, number).vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    for row in table.rows:
        row._tr.get_or_add_trPr().append(_element("w:cantSplit"))
    table.rows[0]._tr.get_or_add_trPr().append(_element("w:tblHeader"))


def imprint(document: Document, copies: str, printer: str, day: str) -> None:
    """Print the 版记 at the foot of the page: to whom copies go, if to anybody, and by whom and when it was printed.

    It is a frame, which stands on the page of the paragraph after it: an empty one, as low as can be.
    """
    for text in ("{%p if 抄送 %}", f"　{copies}", "\t", "{%p endif %}", f"　{printer}\t{day}　"):
        paragraph = document.add_paragraph(text, style="版记")
        paragraph.paragraph_format.tab_stops.add_tab_stop(TYPE_AREA, WD_TAB_ALIGNMENT.RIGHT)
        place = {"hAnchor": "margin", "vAnchor": "margin", "xAlign": "center", "yAlign": "bottom"}
        rules = (_element(f"w:{side}", val="single", sz="8", space="1", color="000000") for side in ("top", "bottom"))
        _insert(paragraph._p.get_or_add_pPr(), _element("w:framePr", w=str(TYPE_AREA // 635), **place))
        _insert(paragraph._p.get_or_add_pPr(), _element("w:pBdr", *rules))
        if text == "\t":  # the thin rule; with a border between them, LibreOffice would take the frame apart
            paragraph.runs[0].underline, paragraph.paragraph_format.line_spacing = True, Pt(4)
    document.add_paragraph(style="版记").paragraph_format.line_spacing = Pt(1)


def save(document: Document, path: Path | IO[bytes], *, title: str, author: str, day: dt.date) -> None:
    """Write the document so that the same content gives the same bytes, dated to the given day."""
    moment = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    about = document.core_properties
    about.title, about.author, about.last_modified_by = title, author, author
    about.created = about.modified = moment
    about.comments, about.revision, about.language = "", 1, "zh-CN"
    loose = io.BytesIO()
    document.save(loose)
    with zipfile.ZipFile(loose) as parts, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as fixed:
        for part in parts.infolist():
            entry = zipfile.ZipInfo(part.filename, (day.year, day.month, day.day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            fixed.writestr(entry, parts.read(part))


def paragraphs(document: Document) -> Iterator[str]:
    """Give the text of every paragraph of the body, its tables and text boxes, headers, footers and notes."""
    for part in document.part.package.iter_parts():
        if _WORDS.fullmatch(part.partname):
            for paragraph in parse_xml(part.blob).iter(qn("w:p")):
                yield "".join(text.text or "" for text in paragraph.iter(qn("w:t")))


def _set_defaults(document: Document) -> None:
    normal: Any = document.styles["Normal"]
    for properties in document.styles.element.iter(qn("w:rPr")):
        if properties.getparent().tag == qn("w:rPrDefault"):
            _set_font(properties, FANGSONG)
            language = properties.find(qn("w:lang"))
            language.set(qn("w:eastAsia"), "zh-CN")
    _set_font(normal.element.get_or_add_rPr(), FANGSONG)
    normal.font.size = Pt(16)
    normal.paragraph_format.space_after = Pt(0)


def _add_style(document: Document, name: str, look: Look) -> None:
    style: Any = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style, style.quick_style, style.font.size = document.styles["Normal"], True, Pt(look.size)
    _set_font(style.element.get_or_add_rPr(), look.font)
    shape = style.paragraph_format
    shape.alignment, shape.keep_with_next, shape.page_break_before = look.align, look.keep, look.new_page
    shape.first_line_indent = Pt(look.indent * CHARACTER)
    shape.left_indent, shape.right_indent = Pt(look.left * CHARACTER), Pt(look.right * CHARACTER)
    shape.space_before, shape.space_after = Pt(look.before), Pt(look.after)
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(look.line)
    shape.widow_control, shape.keep_together = False, not look.on_grid
    if look.level:
        _insert(style.element.get_or_add_pPr(), _element("w:outlineLvl", val=str(look.level - 1)))
    if look.on_grid:
        _insert(style.element.get_or_add_rPr(), _element("w:spacing", val=str(_TIGHTER)))
    else:
        _insert(style.element.get_or_add_pPr(), _element("w:snapToGrid", val="0"))


def _set_font(properties: Any, name: str) -> None:
    """Name a font for every script: python-docx sets two of the four attributes, and a theme's font would win."""
    for fonts in properties.findall(qn("w:rFonts")):
        properties.remove(fonts)
    _insert(properties, _element("w:rFonts", ascii=name, hAnsi=name, eastAsia=name, cs=name))


def _number_page(paragraph: Paragraph, align: ALIGN) -> None:
    paragraph.style, paragraph.alignment = "页码", align
    paragraph.add_run("— ")
    number, end = paragraph.add_run("1"), paragraph.add_run(" —")
    end._r.addprevious(_element("w:fldSimple", number._r, instr=" PAGE "))


def _element(tag: str, *children: BaseOxmlElement, **attributes: str) -> BaseOxmlElement:
    element = OxmlElement(tag, {qn(f"w:{name}"): value for name, value in attributes.items()})
    element.extend(children)
    return element


def _insert(properties: Any, element: BaseOxmlElement) -> None:
    """Put an element where the schema wants it; Word refuses a file whose properties are in another order."""
    properties.insert_element_before(element, *_FOLLOWERS[element.tag])
