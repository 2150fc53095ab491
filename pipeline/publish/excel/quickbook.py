"""xlsxwriter's workbook, written into its archive part by part, and begun with what many workbooks have in common."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from pipeline.publish.excel.preprints import Arrange, Stock
from pipeline.publish.excel.quickparts import Archive, QuickFormat, QuickPackager
from pipeline.publish.excel.quicksheet import QuickSheet


class QuickBook(Workbook):  # type: ignore[misc]
    """A workbook of such worksheets. Its formats are not to be changed once they are added."""

    worksheet_class = QuickSheet

    def __init__(
        self, filename: str | BytesIO, options: dict[str, Any] | None = None, stock: Stock | None = None
    ) -> None:
        super().__init__(filename, options)
        self.stock = stock
        if stock is not None:
            stock.begin(self)

    def preprinted(self, title: str, arrange: Arrange) -> QuickSheet:
        """Add a sheet that is printed as `arrange` does it, from the stock if it is there: arranged in the same way, then."""
        preprint = self.stock.sheets.get(title) if self.stock else None
        sheet: QuickSheet = self.add_worksheet(title, preprint and preprint.copy)
        if preprint is None:
            arrange(sheet)
        else:
            self.str_table.count += preprint.texts
        return sheet

    def add_printed(self, title: str, arrange: Arrange) -> None:
        """Add such a sheet, on which nothing more is written."""
        sheet = self.preprinted(title, arrange)
        sheet.is_as_printed = sheet.preprint is not None

    def add_format(self, properties: dict[str, Any] | None = None) -> QuickFormat:
        made_from = tuple((self.default_format_properties | (properties or {})).items())
        self.formats.append(made := QuickFormat.like(made_from, self.xf_format_indices, self.dxf_format_indices))
        return made

    def _prepare_format_properties(self) -> None:
        if not self.in_memory:  # else that is done with the part that is about them, if that is new
            super()._prepare_format_properties()

    def _store_workbook(self) -> None:
        if not self.in_memory:
            super()._store_workbook()
            return
        if not self.worksheets():
            self.add_worksheet()
        if self.worksheet_meta.activesheet == 0:
            self.worksheets_objs[0].selected, self.worksheets_objs[0].hidden = 1, 0
        self.worksheets_objs[self.worksheet_meta.activesheet].active = 1
        self._prepare_sst_string_data()
        self._prepare_vml()
        self._prepare_defined_names()
        self._prepare_drawings()
        self._add_chart_data()
        self._prepare_tables()
        self._prepare_metadata()
        with Archive(self.filename, "w") as archive:
            QuickPackager(self, archive).write()
        for sheet in self.worksheets():  # each leads back here, and all would stay until garbage is looked for
            sheet.workbook_add_format = None
