"""The parts of a workbook that need not be made anew: what an escaped text looks like, and what many workbooks have alike."""

from __future__ import annotations

import re
from functools import lru_cache
from io import StringIO

from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStrings

_TO_ESCAPE = re.compile(r"[\x00-\x1f&<>_\ufffe\uffff]")  # _: of what looks like xlsxwriter's own escapes


class QuickStrings(SharedStrings):  # type: ignore[misc]  # xlsxwriter ships no types
    """The table of texts; those that need no escaping, nearly all, are put down as they are."""

    def _write_sst_strings(self) -> None:
        self.fh.write("".join(map(_element, self.string_table.string_array)))


@lru_cache(maxsize=5_000)  # headings, instructions and choices come again in every workbook
def _element(text: str) -> str:
    """Give the element of one text."""
    if text.strip() == text and not _TO_ESCAPE.search(text):
        return f"<si><t>{text}</t></si>"
    strings = SharedStrings()
    strings._set_filehandle(out := StringIO())
    strings._write_si(text)
    return out.getvalue()


class QuickPackager(Packager):  # type: ignore[misc]
    """Puts the parts of a workbook together."""

    def _write_shared_strings_file(self) -> None:
        if self.workbook.str_table.count:
            strings = QuickStrings()
            strings.string_table = self.workbook.str_table
            strings._set_xml_writer(self._filename("xl/sharedStrings.xml"))
            strings._assemble_xml_file()
