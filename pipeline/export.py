"""The rows behind a night's totals as plain tables, for pandas, DuckDB, Power Query or R: CSV or Parquet, and what they mean.

`datapackage.json` describes each table and column in the terms of the Data Package standard (specs.frictionlessdata.io).
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from pipeline.behind import BehindError, GivenTotals, Source, opened
from pipeline.declare import Column, Sheet
from pipeline.declare.kinds import Number as NumberKind
from pipeline.figures import kind_of
from pipeline.publish.masking import masked_number, phone_columns

Row = Sequence[Any]
TYPES = {
    "Int64": "integer",
    "Float64": "number",
    "datetime64[us]": "date",
    "str": "string",
}  # of a column, by its dtype
_BOM = "utf-8-sig"  # so that Excel and Power Query know it for UTF-8
DESCRIPTION, CSV, PARQUET = "datapackage.json", ".csv", ".parquet"


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a table. type: as the standard has it. places: decimals of a number that is exact; None: it is none."""

    name: str
    type: str = "string"
    title: str = ""
    description: str = ""
    places: int | None = None
    constraints: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, col: Column) -> Self:
        """Describe a column of a form."""
        limits = {"minimum": col.ge, "maximum": col.le, "enum": list(col.choices) or None}
        kept = {word: said for word, said in limits.items() if said is not None and not col.is_computed}
        places = col.places if TYPES[col.kind.dtype] == "number" and issubclass(col.kind, NumberKind) else None
        unit = f"（{col.unit}）" if col.unit else ""
        return cls(col.field, TYPES[col.kind.dtype], f"{col.heading}{unit}", col.note, places, kept)

    def record(self) -> dict[str, Any]:
        """Give it as `datapackage.json` has it."""
        said = {"name": self.name, "type": self.type, "title": self.title, "description": self.description}
        return {word: value for word, value in said.items() if value} | (
            {"constraints": dict(self.constraints)} if self.constraints else {}
        )


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its name, which is also its file's, what a row is, and its columns."""

    name: str
    title: str
    description: str
    fields: Sequence[Field]


_TEAM, _SHA = Field("_team", title="编码"), Field("_sha256", title="报表版本")  # no column of a form begins so
_PLACE = (Field("_sheet", title="工作表"), Field("_row", "integer", "行号"))
TOTALS = Table(
    "totals", "合计", "每行一项公布的合计",
    (
        Field("indicator", title="指标代号"), Field("title", title="指标"), Field("unit", title="计量单位"),
        Field("value", "number", "合计", places=6), Field("returns", "integer", "计入份数"),
    ),
)  # fmt: skip
FIGURES = Table(
    "figures", "各单位计入数", "每行一个单位的一项计入数，及其在报送文件中的位置；由台账得出的没有位置",
    (
        _TEAM, Field("indicator", title="指标代号"), Field("value", "number", "计入数", places=6), _SHA, _PLACE[0],
        Field("_cell", title="单元格"),
    ),
)  # fmt: skip
RETURNS = Table(
    "returns", "计入的报表", "每行一份计入合计的报表",
    (_TEAM, Field("name", title="名称"), _SHA, Field("file", title="归档文件")),
)  # fmt: skip


def export(
    root: Path,
    to: Path,
    as_of: dt.date,
    period: str | None = None,
    folder: str | None = None,
    *,
    as_parquet: bool = False,
) -> list[Path]:
    """Write the tables of a night's totals into a new folder, of which nothing is there if it fails. Gives the files.

    Rows stream: those of some returns are in memory. Telephone numbers are masked. Raises BehindError, also where the archive
    does not come to what was given out.
    """
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise BehindError(f"“{to}”已经存在。请另给一个新文件夹的名字。")
    part = to.with_name(f".{to.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        with opened(root, as_of, period, folder) as totals:
            written = _write(totals, part)
            _describe(totals, part, _as_parquet(part, written) if as_parquet else written)
        if to.exists():
            to.rmdir()
        os.replace(part, to)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return [to / path.name for path in sorted(to.iterdir())]


def _write(totals: GivenTotals, folder: Path) -> dict[str, Table]:
    """Write all tables; gives them by the names of their files."""
    sheets = {sheet.key(): sheet for sheet in totals.form.tabs if sheet.options().role != "explanations"}
    tables = {key: _table(sheet) for key, sheet in sheets.items()}
    hidden, figures, called = phone_columns(totals.form), _Figures(totals), totals.campaign.by_code
    with ExitStack() as stack:
        every = (TOTALS, RETURNS, FIGURES, *tables.values())
        files = {table.name: stack.enter_context(CsvFile(folder, table)) for table in every}
        for source in totals.sources():
            name = called[source.team].name if source.team in called else ""
            files[RETURNS.name].write([(source.team, name, source.sha256, source.path)])
            files[FIGURES.name].write(list(figures.of(source)))
            for key, table in tables.items():
                files[table.name].write(_rows(source, sheets[key], hidden))
        files[TOTALS.name].write(list(figures.totals()))
    return {files[table.name].path.name: table for table in every}


def _describe(totals: GivenTotals, folder: Path, written: Mapping[str, Table]) -> None:
    """Write what every table and column means."""
    settings, period = totals.campaign.settings, totals.period
    said = {
        "profile": "data-package", "name": f"{period.key}".lower(), "title": f"{settings.title}　{period.title}",
        "description": f"outbox/{totals.given.folder} 公布的合计及其全部明细",
        "resources": [_resource(file, table) for file, table in written.items()],
    }  # fmt: skip
    (folder / DESCRIPTION).write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _resource(file: str, table: Table) -> dict[str, Any]:
    is_csv = file.endswith(CSV)
    how = {"profile": "tabular-data-resource", "encoding": "utf-8"} if is_csv else {}
    schema = {"fields": [each.record() for each in table.fields], "missingValues": [""]}
    said = {"name": table.name, "path": file, "format": file.rpartition(".")[2], "title": table.title}
    return {**said, **how, "description": table.description, "schema": schema}


class _Figures:
    """What returns add to the totals, held against these at the end."""

    def __init__(self, totals: GivenTotals) -> None:
        self._totals, self._form = totals, totals.form
        self._indicators = {k: c for k, c in self._form.declared.indicators().items() if k in totals.given.totals}
        self._sums = {key: (kind_of(col).value(0), 0) for key, col in self._indicators.items()}

    def of(self, source: Source) -> Iterator[Row]:
        """Give a return's rows."""
        for key, col in self._indicators.items():
            value, sheet, cell = source.figure(key, col, self._form)
            if value is not None:
                added, count = self._sums[key]
                self._sums[key] = added + value, count + 1
                yield source.team, key, value, source.sha256, sheet, cell

    def totals(self) -> Iterator[Row]:
        """Give the totals, which the figures come to. Raises BehindError if they don't."""
        for key, col in self._indicators.items():
            self._totals.bear_out(key, str(col.title), *self._sums[key])
            yield key, str(col.title), col.unit, *self._totals.total(key)


def _table(sheet: type[Sheet]) -> Table:
    own = tuple(Field.of(col) for col in sheet.columns().values())
    what = "一栏" if sheet.is_card() else "一条记录"
    record = (Field("_record", title="栏目"),) if sheet.is_card() else ()
    said = f"每行是一份报表“{sheet.title()}”中的{what}，_row 是它在报送文件中的行号（卡片为列号），从 1 起"
    return Table(f"sheet_{sheet.key()}", sheet.title(), said, (_TEAM, _SHA, *_PLACE, *record, *own))


def _rows(source: Source, sheet: type[Sheet], hidden: set[tuple[str, str]]) -> list[Row]:
    if (records := source.records.get(sheet.key())) is None:
        return []
    table, count = records.table, len(records.table.lines)
    columns: list[Sequence[Any]] = [[source.team] * count, [source.sha256] * count, [table.name] * count]
    columns.append([line + 1 for line in table.lines])
    if sheet.is_card():
        columns.append(table.records)
    for name, col in sheet.columns().items():
        values = table.typed.get(name) or [None] * count
        if (sheet.key(), name) in hidden:
            values = [None if value is None else masked_number(str(value)) for value in values]
        columns.append([_plain(value, col) for value in values])
    return list(zip(*columns, strict=True))


def _plain(value: Any, col: Column) -> Any:
    if isinstance(value, dt.datetime):
        return value.date()
    if value is not None and issubclass(col.kind, NumberKind) and col.kind.dtype == "Float64":
        return kind_of(col).value(value)
    return value


# -- files


class CsvFile:
    """A table as CSV: UTF-8 with a mark, days as 2011-03-31, nothing where a value is null. To be used as a context manager."""

    def __init__(self, folder: Path, table: Table) -> None:
        self.path = folder / f"{table.name}{CSV}"
        self._file = self.path.open("w", encoding=_BOM, newline="")
        self._lines = csv.writer(self._file, lineterminator="\n")
        self.write([[each.name for each in table.fields]])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows."""
        self._lines.writerows([[f"{cell:f}" if isinstance(cell, Decimal) else cell for cell in row] for row in rows])


def _as_parquet(folder: Path, tables: Mapping[str, Table]) -> dict[str, Table]:
    """Turn tables from CSV into Parquet, exact numbers as decimals. Raises BehindError without duckdb."""
    try:
        import duckdb
    except ModuleNotFoundError as lacking:
        raise BehindError(
            "写 Parquet 需要 duckdb。请先运行 pip install duckdb，或不加 --parquet，改写 CSV。"
        ) from lacking
    made = {}
    with duckdb.connect() as db:
        for name, table in tables.items():
            path = folder / name
            types = {each.name: _sql_type(each) for each in table.fields}
            made_path = path.with_suffix(PARQUET)
            db.read_csv(
                str(path), auto_detect=False, header=True, columns=types, na_values="",
                delimiter=",", quotechar='"', escapechar='"',
            ).write_parquet(str(made_path))  # fmt: skip
            path.unlink()
            made[made_path.name] = table
    return made


def _sql_type(each: Field) -> str:
    if each.places is not None:
        return f"DECIMAL(38, {each.places})"
    return {"integer": "BIGINT", "number": "DOUBLE", "date": "DATE", "string": "VARCHAR"}[each.type]
