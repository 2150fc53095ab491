"""Ledgers that ask yes or no of every row: how often each team says no, and each row that does, with its cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.declare import Column, Form, Phone, Sheet, Text, YesNo
from pipeline.declare.kinds import show
from pipeline.publish.excel.cells import COUNT, Cell, Field
from pipeline.publish.excel.sheetwriter import Book
from pipeline.publish.masking import masked, masked_number, visible
from pipeline.publish.phrases.complete import Delivery, rows_in

MOST_OPENED = 200  # returns whose rows are listed: a clerk reads no more, and each has to be opened


def questions(form: Form) -> dict[type[Sheet], list[str]]:
    """Give the ledgers that ask yes or no, with the fields that do."""
    asking = {
        sheet: [name for name, col in sheet.columns().items() if issubclass(col.kind, YesNo)]
        for sheet in form.ledgers
        if not sheet.is_card()
    }
    return {sheet: names for sheet, names in asking.items() if names}


def fill_answered_no(book: Book, sheet: type[Sheet], names: Sequence[str], told: Sequence[Delivery]) -> None:
    """Write a page that counts, and one that lists. names: the fields that ask."""
    counted = [(each, _noes(each, sheet, names)) for each in told if each.checked is not None]
    having = sorted((pair for pair in counted if any(pair[1])), key=lambda pair: -sum(pair[1]))
    _fill_counts(book, sheet, names, having, told)
    _fill_rows(book, sheet, names, [each for each, _ in having])


def _noes(each: Delivery, sheet: type[Sheet], names: Sequence[str]) -> list[int]:
    return [each.checked.noes.get((sheet.key(), name), 0) if each.checked else 0 for name in names]


def _fill_counts(
    book: Book,
    sheet: type[Sheet],
    names: Sequence[str],
    having: Sequence[tuple[Delivery, Sequence[int]]],
    told: Sequence[Delivery],
) -> None:
    columns, band = sheet.columns(), "填“否”的行数"
    fields = (
        Field("编码", 9), Field(book.unit, 34), Field("行数", 8, COUNT, "right"),
        *(Field(columns[name].heading, 10, COUNT, "right", band) for name in names), Field("共填“否”", 9, COUNT, "right"),
        Field("报表", 14, align="center"),
    )  # fmt: skip
    page = book.page(sheet.title(), f"{sheet.title()}检查表", fields)
    page.freeze(2)
    with_any = {each.standing.team.code for each, _ in having}
    rest = [each for each in told if each.standing.team.code not in with_any]
    counted = [*having, *((each, [0] * len(names)) for each in rest if each.checked)]
    counts = [[rows_in(each.checked, sheet.key()), *noes, sum(noes)] for each, noes in counted if each.checked]
    page.rows([[*_whom(each), *mine, _said(each)] for (each, _), mine in zip(counted, counts, strict=True)])
    nothing = [None] * (len(names) + 2)
    page.rows([[*_whom(each), *nothing, _said(each)] for each in rest if not each.checked], "muted")
    page.filtered()
    sums = [sum(column) for column in zip(*counts, strict=True)] or [0] * len(nothing)
    added = [page.added(column, page.first, page.row, value) for column, value in enumerate(sums, 2)]
    page.line(["合　计", f"{len(having)} 个{book.unit}有填“否”的", *added, None], "total")
    page.close(
        (
            f"数的是计入汇总的报表中“{sheet.title()}”的行。填“否”多的排在前面；灰色斜体的没有报表计入。",
            f"逐条内容见“{sheet.title()}逐条”。这里只照报表所填统计，情况是否属实由检查验收组核对。",
        )
    )


def _whom(each: Delivery) -> tuple[str, str]:
    return each.standing.team.code, each.standing.team.name


def _said(each: Delivery) -> str:
    return "沿用上一份" if each.standing.counts_earlier else each.standing.status.title


def _fill_rows(book: Book, sheet: type[Sheet], names: Sequence[str], having: Sequence[Delivery]) -> None:
    columns, texts = sheet.columns(), _explaining(sheet)
    key = columns.get(sheet.options().key)
    says = "、".join(columns[name].heading for name in texts)
    fields = (
        Field("编码", 9), Field(book.unit, 30), Field(key.heading if key else "行", 12), Field("填“否”的项目", 34),
        *([Field(says, 34)] if texts else []), Field("文件", 32, shrinks=True), Field("工作表", 12),
        Field("单元格", 16, align="center"),
    )  # fmt: skip
    page = book.page(f"{sheet.title()}逐条", f"{sheet.title()}中填“否”的各行", fields)
    page.freeze(2)
    page.rows([row for each in having[:MOST_OPENED] for row in _rows(book, each, sheet, names, texts)])
    page.filtered()
    more = len(having) - MOST_OPENED
    left_out = (f"还有 {more} 个{book.unit}没有列出，请看其报表（存于 archive）。",) if more > 0 else ()
    cautions = (*left_out, "“单元格”是该行填“否”的格子在所报文件中的位置。本表有个人姓名，仅供检查验收使用，请勿外传。")
    page.close(cautions if having else ("没有填“否”的。",))


def _explaining(sheet: type[Sheet]) -> list[str]:
    """Give the fields in which a row may be explained: texts that may stay blank."""
    key = sheet.options().key
    return [name for name, col in sheet.columns().items() if col.kind is Text and not col.is_required and name != key]


def _rows(
    book: Book, each: Delivery, sheet: type[Sheet], names: Sequence[str], texts: Sequence[str]
) -> Iterator[list[Cell]]:
    """Give the rows of a return that say no somewhere."""
    sent, team = each.standing.counted, each.standing.team
    records = book.night.records(sent).get(sheet.key()) if sent else None
    if sent is None or records is None:
        return
    columns, table, key = sheet.columns(), records.table, sheet.options().key
    said = {name: table.typed.get(name) or [None] * len(table.lines) for name in (*names, *texts)}
    refusing = {
        name: {line for line, value in enumerate(said[name]) if value == columns[name].choices[-1]} for name in names
    }
    keys = records.written(key) if key else ()
    for line in sorted(set().union(*refusing.values())):
        refused = [name for name in names if line in refusing[name]]
        words = "；".join(_shown(columns[name], said[name][line]) for name in texts if said[name][line] is not None)
        who = keys[line] if keys else None
        yield [
            team.code, team.name, f"第 {table.lines[line] + 1} 行" if who is None else _shown(columns[key], who),
            "、".join(columns[name].heading for name in refused), *([words] if texts else []), visible(sent.file),
            visible(table.name), " ".join(table.cell(line, name) for name in refused),
        ]  # fmt: skip


def _shown(col: Column, value: object) -> str:
    text = show(value)  # type: ignore[arg-type]
    return visible(masked_number(text) if issubclass(col.kind, Phone) else masked(text))
