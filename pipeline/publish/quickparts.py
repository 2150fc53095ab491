"""What need not be made anew for each of many workbooks: escaped texts, formats, data validations, styles, compressed parts."""

from __future__ import annotations

import re
from collections.abc import Mapping
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

LEVEL = 2  # of compression: in half the time of the usual 6, and a tenth larger
LONGEST_KEPT = 20_000  # characters of a part that is kept; longer ones hold what a team reported
MADE = (1980, 1, 1, 0, 0, 0)  # Excel's time for every part
MOST_STYLES = 200  # kept; workbooks of one form differ by little more than which marks they have
_styles: dict[tuple[Any, ...], str] = {}  # the part about formats, by what it is made from
_ODD = re.compile(r"[\x00-\x1f&<>_\ufffe\uffff]")  # to be escaped, or may look like an escape, which has a _
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

    def _write_sst_strings(self) -> None:
        is_odd = _ODD.search
        self.fh.write(
            "".join(
                f"<si><t>{text}</t></si>" if text.strip() == text and not is_odd(text) else _element(text)
                for text in self.string_table.string_array
            )
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
            self._archive.put(name, part.getvalue())
            part.close()  # a sheet holds its own until the workbook is gone
        self.filenames.clear()

    def _write_worksheet_files(self) -> None:
        for number, sheet in enumerate(self.workbook.worksheets(), 1):
            sheet._set_xml_writer(self._filename(f"xl/worksheets/sheet{number}.xml"))
            sheet._assemble_xml_file()
            sheet.forget()

    def _write_shared_strings_file(self) -> None:
        if self.workbook.str_table.count:
            strings = QuickStrings()
            strings.string_table = self.workbook.str_table
            strings._set_xml_writer(self._filename("xl/sharedStrings.xml"))
            strings._assemble_xml_file()

    def _write_styles_file(self) -> None:
        book = self.workbook
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

    def put(self, name: str, content: str | bytes) -> None:
        """Add a part."""
        assert self.fp is not None
        info = ZipInfo(name, MADE)
        info.compress_type, info.external_attr, info.header_offset = ZIP_DEFLATED, 0o600 << 16, self.fp.tell()
        info.CRC, info.file_size, packed = (_packed if len(content) < LONGEST_KEPT else _pack)(content)
        info.compress_size = len(packed)
        self.fp.write(info.FileHeader() + packed)
        self.filelist.append(info)
        self.NameToInfo[name] = info
        self.start_dir, self._didModify = self.fp.tell(), True


def _pack(content: str | bytes) -> tuple[int, int, bytes]:
    """Compress a part; gives its checksum and its length too."""
    raw, packer = content if isinstance(content, bytes) else content.encode(), compressobj(LEVEL, wbits=-15)
    return crc32(raw), len(raw), packer.compress(raw) + packer.flush()


_packed = lru_cache(maxsize=50)(_pack)
