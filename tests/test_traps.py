"""What our libraries do that their pages do not say, and that this house relies on: if one of these changes, so must we."""

from __future__ import annotations

import io

import pandas as pd
import pandera.pandas as pa
import pytest
import xlsxwriter
from pandera.errors import SchemaErrorReason, SchemaErrors
from python_calamine import CalamineWorkbook

from pipeline.declare import Count, Sheet, Text, column


def written(fill) -> bytes:  # type: ignore[no-untyped-def]
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        fill(book, book.add_worksheet("S"))
    return buffer.getvalue()


def rows(content: bytes, **how: bool) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("S").to_python(**how)


def test_calamine_moves_cells_unless_told_to_keep_the_blank_area() -> None:
    content = written(lambda book, sheet: sheet.write(2, 1, "x"))
    assert rows(content) == [["x"]]
    assert rows(content, skip_empty_area=False)[2][1] == "x"


def test_calamine_reads_a_cell_in_error_as_empty() -> None:
    content = written(lambda book, sheet: sheet.write_formula(0, 0, "=1/0", None, "#DIV/0!"))
    assert rows(content, skip_empty_area=False) in ([[""]], [])


def test_xlsxwriter_caches_zero_for_a_formula_without_a_value() -> None:
    content = written(lambda book, sheet: sheet.write_formula(0, 0, "=1+1"))
    assert rows(content) == [[0.0]]


def test_calamine_gives_whole_numbers_as_floats() -> None:
    (row,) = rows(written(lambda book, sheet: sheet.write(0, 0, 12)))
    assert isinstance(row[0], float)


class Trap(Sheet):
    number: Count = column("数", ge=1)
    word: Text = column("词", required=False)

    class Config:
        title = "陷阱"


def errors(frame: pd.DataFrame, *checks: pa.Check) -> list[object]:
    schema = pa.DataFrameSchema(Trap.to_schema().columns, checks=list(checks))
    with pytest.raises(SchemaErrors) as failed:
        schema.validate(frame, lazy=True)
    return list(failed.value.schema_errors)


def test_pandera_returns_our_code_and_the_index() -> None:
    frame = Trap.frame([{"number": 3}, {"number": 0}])
    (error,) = errors(frame)
    assert error.reason_code is SchemaErrorReason.DATAFRAME_CHECK
    assert (str(error.check.error), list(error.failure_cases["index"])) == ("N03", [1])


def test_pandera_names_a_blank_by_its_reason() -> None:
    (error,) = errors(Trap.frame([{"word": "x"}, {"number": 2}]))
    assert error.reason_code is SchemaErrorReason.SERIES_CONTAINS_NULLS
    assert list(error.failure_cases["index"]) == [0]


def test_pandera_lists_a_failing_row_once_per_column_of_the_frame() -> None:
    check = pa.Check(lambda rows: rows["number"] != 2, name="0", error="X01", ignore_na=False)
    (error,) = errors(Trap.frame([{"number": 2, "word": "x"}, {"number": 3}]), check)
    assert set(error.failure_cases["index"]) == {0} and len(error.failure_cases) == 2


def test_a_sheet_gives_a_pandera_schema_with_its_kinds_dtypes() -> None:
    columns = Trap.to_schema().columns
    assert str(columns["number"].dtype) == Count.dtype and columns["number"].title == "数"
    assert not columns["number"].nullable and columns["word"].nullable


def test_the_same_properties_give_the_same_bytes() -> None:
    import datetime as dt

    def fill(book, sheet) -> None:  # type: ignore[no-untyped-def]
        book.set_properties({"created": dt.datetime(2011, 3, 31)})
        sheet.write(0, 0, "x")

    assert written(fill) == written(fill)
