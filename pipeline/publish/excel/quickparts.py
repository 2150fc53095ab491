"""What need not be made anew for each of many workbooks: escaped texts, formats, data validations, styles, compressed parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo
from zlib import compressobj, crc32

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStrings
from xlsxwriter.worksheet import Worksheet

from pipeline.publish.excel.quicknotes import QuickComments, QuickVml

LEVEL = 2  # of compression: in half the time of the usual 6, and a tenth larger
LONGEST_KEPT = 20_000  # characters of a part that is kept; longer ones hold what a team reported
MADE = (1980, 1, 1, 0, 0, 0)  # Excel's time for every part
MOST_STYLES = 200  # kept; workbooks of one form differ by little more than which marks they have
_styles: dict[tuple[Any, ...], str] = {}  # the part about formats, by what it is made from
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f&<>\ufffe\uffff]|_x")  # to be escaped, or may look like an escape
_ODD_BYTES = bytes({*range(0x20)} - {*b"\t\n"}) + b"&<>"
Properties = tuple[tuple[str, Any], ...]


class QuickFormat(Format):  # type: ignore[misc]  # xlsxwriter ships no types
    """A format that knows what it was made from. It is not changed afterwards."""

    made_from: Properties

    @classmethod
    def like(cls, made_from: Properties, indices: dict[str, int], dxf_indices: dict[str, int]) -> QuickFormat:
        """Give the format of a workbook that has these properties."""
        made = cls.__new__(cls)
        made.__dict__.update(_pattern(made_from).__dict__)
        made.made_from, made.xf_format_indices, made.dxf_format_indices = made_from, indices, dxf_indices
        return made


@lru_cache(maxsize=500)
def _pattern(made_from: Properties) -> Format:
    pattern = Format(dict(made_from), {}, {})
    pattern._get_format_key()  # kept in the format
    return pattern


@dataclass(frozen=True, slots=True)
class Guard:
    """A data validation in xlsxwriter's words, and as it is written before and behind the cells that it guards."""

    options: Mapping[str, Any]
    before: str
    behind: str

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Guard | None:
        """Word a guard; None if xlsxwriter will not have it, which warns then."""
        sheet = Worksheet()
        sheet._set_filehandle(out := StringIO())
        if sheet.data_validation(0, 0, 0, 0, dict(options)):
            return None
        sheet._write_data_validation(sheet.validations[0])
        before, cells, behind = out.getvalue().partition(' sqref="A1"')
        assert cells
        return cls(options, before, behind)

    def written(self, cells: str) -> str:
        """Give the element for these cells."""
        return f'{self.before} sqref="{cells}"{self.behind}'


class QuickStrings(SharedStrings):  # type: ignore[misc]
    """The table of texts; those that need no escaping, nearly all, are put down as they are."""

    def __init__(self, stock: Any) -> None:
        super().__init__()
        self._stock = stock

    def _write_sst_strings(self) -> None:
        texts = self.string_table.string_array
        if self._stock:
            count = len(self._stock.texts)
            self._stock.text_elements = self._stock.text_elements or _elements(texts[:count])
            self.fh.write(self._stock.text_elements)
            texts = texts[count:]
        self.fh.write(_elements(texts))


def _elements(texts: Sequence[str]) -> str:
    if not texts:
        return ""
    if _has_odd(texts):
        return "".join(
            _element(text) if _ODD.search(text) or text.strip() != text else f"<si><t>{text}</t></si>" for text in texts
        )
    return f"<si><t>{'</t></si><si><t>'.join(texts)}</t></si>"


def _has_odd(texts: Sequence[str]) -> bool:
    """Whether any of many texts is not put down as it is; faster than to look at each."""
    joined = "".join(texts)
    raw = joined.encode()
    return (
        len(raw.translate(None, _ODD_BYTES)) < len(raw)
        or any(each in joined for each in ("_x", "\ufffe", "\uffff"))
        or list(map(str.strip, texts)) != texts
    )


@lru_cache(maxsize=5_000)  # mostly headings and instructions, which come again
def _element(text: str) -> str:
    """Give the element of any text."""
    strings = SharedStrings()
    strings._set_filehandle(out := StringIO())
    strings._write_si(text)
    return out.getvalue()


class QuickPackager(Packager):  # type: ignore[misc]
    """Makes the parts of a workbook, each of which goes into the archive before the next is begun."""

    def __init__(self, book: Workbook, archive: Archive) -> None:
        super().__init__()
        self._archive = archive
        self._printed: set[str] = set()  # parts that are the same in many workbooks, however long
        self._add_workbook(book)
        self._set_in_memory(True)

    def write(self) -> None:
        """Make all parts."""
        self._create_package()
        self._put()

    def _filename(self, xml_filename: str) -> StringIO:
        self._put()
        self.filenames.append((part := StringIO(), xml_filename, False))
        return part

    def _put(self) -> None:
        for part, name, _ in self.filenames:
            self._archive.put(name, part.getvalue(), is_kept=name in self._printed)
            part.close()  # a sheet holds its own until the workbook is gone
        self.filenames.clear()

    def _write_worksheet_files(self) -> None:
        for number, sheet in enumerate(self.workbook.worksheets(), 1):
            part = self._filename(f"xl/worksheets/sheet{number}.xml")
            key = "sheet", sheet.selected
            if sheet.is_as_printed:
                self._printed.add(f"xl/worksheets/sheet{number}.xml")
            if sheet.is_as_printed and key in sheet.preprint.parts:
                part.write(sheet.preprint.parts[key])
                continue
            sheet._set_xml_writer(part)
            sheet._assemble_xml_file()
            sheet.forget()
            if sheet.is_as_printed:
                sheet.preprint.parts[key] = part.getvalue()

    def _write_shared_strings_file(self) -> None:
        if self.workbook.str_table.count:
            strings = QuickStrings(self.workbook.stock)
            strings.string_table = self.workbook.str_table
            strings._set_xml_writer(self._filename("xl/sharedStrings.xml"))
            strings._assemble_xml_file()

    def _write_vml_files(self) -> None:
        if any(sheet.has_header_vml for sheet in self.workbook.worksheets()):
            super()._write_vml_files()
            return
        for number, sheet in enumerate([sheet for sheet in self.workbook.worksheets() if sheet.has_vml], 1):
            vml = QuickVml()
            vml._set_xml_writer(self._filename(f"xl/drawings/vmlDrawing{number}.vml"))
            vml._assemble_xml_file(sheet.vml_data_id, sheet.vml_shape_id, sheet.comments_list, sheet.buttons_list)

    def _write_comment_files(self) -> None:
        for number, sheet in enumerate([sheet for sheet in self.workbook.worksheets() if sheet.has_comments], 1):
            comments = QuickComments()
            comments._set_xml_writer(self._filename(f"xl/comments{number}.xml"))
            comments._assemble_xml_file(sheet.comments_list)

    # What is the same in all workbooks that are begun with one stock and have the same sheets, with or without notes.

    def _write_content_types_file(self) -> None:
        book = self.workbook
        self._keep(super()._write_content_types_file, "types", book.num_vml_files, book.num_comment_files)

    def _write_workbook_file(self) -> None:
        sheets = tuple((sheet.hidden, sheet.active) for sheet in self.workbook.worksheets())
        self._keep(super()._write_workbook_file, "workbook", sheets, *map(tuple, self.workbook.defined_names))

    def _write_workbook_rels_file(self) -> None:
        self._keep(super()._write_workbook_rels_file, "relations")

    def _write_app_file(self) -> None:
        self._keep(super()._write_app_file, "app", *self.named_ranges)

    def _write_styles_file(self) -> None:
        book = self.workbook
        stock = book.stock
        if stock and (len(book.xf_format_indices), len(book.dxf_format_indices)) == (
            len(stock.numbers), len(stock.conditional),
        ):  # fmt: skip
            self._keep(self._write_styles, "styles", book.has_comments)
        else:
            self._write_styles()

    def _keep(self, write: Callable[[], None], *key: Any) -> None:
        """Put a part down as it was written for an earlier workbook of the same stock."""
        if self.workbook.stock is None:
            write()
            return
        parts, key = self.workbook.stock.parts, (*key, *(sheet.name for sheet in self.workbook.worksheets()))
        if key in parts:
            name, part = parts[key]
            self._filename(name).write(part)
        else:
            write()
            part, name, _ = self.filenames[-1]
            parts[key] = name, part.getvalue()

    def _write_styles(self) -> None:
        book = self.workbook
        book._prepare_formats()
        looks = [tuple(each.made_from for each in formats) for formats in (book.xf_formats, book.dxf_formats)]
        key = (*looks, book.has_comments)
        if key in _styles:
            self._filename("xl/styles.xml").write(_styles[key])
            return
        Workbook._prepare_format_properties(book)
        super()._write_styles_file()
        if len(_styles) < MOST_STYLES:
            _styles[key] = self.filenames[-1][0].getvalue()


class Archive(ZipFile):
    """A zip file that need not compress again what it has just seen: half of the parts are always the same."""

    def put(self, name: str, content: str | bytes, *, is_kept: bool = False) -> None:
        """Add a part. is_kept: that will come again, however long it is."""
        checksum, size, packed = (_packed if is_kept or len(content) < LONGEST_KEPT else _pack)(content)
        self._put(name, ZIP_DEFLATED, checksum, size, packed)

    def keep(self, part: ZipInfo, packed: bytes) -> None:
        """Add a part of another zip file as it is compressed there."""
        self._put(part.filename, part.compress_type, part.CRC, part.file_size, packed)

    def _put(self, name: str, compression: int, checksum: int, size: int, packed: bytes) -> None:
        assert self.fp is not None
        info = ZipInfo(name, MADE)
        info.compress_type, info.external_attr, info.header_offset = compression, 0o600 << 16, self.start_dir
        info.CRC, info.file_size, info.compress_size = checksum, size, len(packed)
        self.start_dir += self.fp.write(info.FileHeader() + packed)
        self.filelist.append(info)
        self.NameToInfo[name] = info
        self._didModify = True


def _pack(content: str | bytes) -> tuple[int, int, bytes]:
    """Compress a part; gives its checksum and its length too."""
    raw, packer = content if isinstance(content, bytes) else content.encode(), compressobj(LEVEL, wbits=-15)
    return crc32(raw), len(raw), packer.compress(raw) + packer.flush()


_packed = lru_cache(maxsize=50)(_pack)
