"""The list to take along on a spot check: rows drawn by lot, room for what is found, and what is known by now."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from pipeline.disk import sha256_of
from pipeline.night import Night
from pipeline.on_site import FEWEST, LEVEL, RESULTS, Verification
from pipeline.publish.excel.cells import COUNT, DATE, SHARE, Cell, Field
from pipeline.publish.excel.sheetwriter import Book, Page, Spanned
from pipeline.publish.masking import visible
from pipeline.publish.office.templates import PAGE_FILE
from pipeline.publish.phrases.drawn import Drawn, Row, Tally, draw
from pipeline.rawbook import CHECKED, META_SHEET
from pipeline.settings import SpotCheck
from pipeline.wishes import ABOUT, CHECKED_ON, CHECKER, KEY, NOTE, PAGE, PLACE, RESULT, SAYS, SPOT_SHEET


def write_spot_check(night: Night, path: Path, asked: SpotCheck) -> None:
    """Write the list and what is known. The night's page lies beside it already: by its hash it is known again as ours."""
    told = draw(night, asked)
    with Book(path, night, f"{night.campaign.settings.title}{SPOT_SHEET}") as book:
        _fill_list(book, told, asked)
        _fill_results(book, told)
        meta = book.workbook.add_worksheet(META_SHEET)
        for row, pair in enumerate((CHECKED, (PAGE, sha256_of(path.with_name(PAGE_FILE))))):
            meta.write_row(row, 0, pair)
        meta.hide()


def _fill_list(book: Book, told: Drawn, asked: SpotCheck) -> None:
    night = book.night
    fields = (
        Field(ABOUT[0], 8), Field(book.unit, 22),
        *(Field(title, 11) for title in night.campaign.settings.dimensions.values()),
        Field(PLACE, 17), Field(SAYS, 50), Field(RESULT, 9, align="center"), Field(CHECKER, 9),
        Field(CHECKED_ON, 11, DATE, "center"), Field(NOTE, 24), Field(KEY, 10, shrinks=True, hidden=True),
    )  # fmt: skip
    page = book.page(SPOT_SHEET, SPOT_SHEET, fields)
    page.freeze(2)
    column = [field.heading for field in fields].index(RESULT)
    for _, mine in groupby(told.rows, key=lambda row: row.standing.team.code):
        for row in mine:
            page.line([*_whom(night, row), *_found(row), row.key], "muted" if row.known else "plain")
    if told.rows:
        page.sheet.data_validation(page.first, column, page.row - 1, column, _choice())
    page.filtered()
    with_rows = {row.standing.team.code for row in told.rows}
    waiting = [standing.team.name for standing in told.teams if standing.team.code not in with_rows]
    page.close(_notes(night, told, asked, waiting))


def _whom(night: Night, row: Row) -> list[Cell]:
    team = row.standing.team
    groups = [night.campaign.group(team, dimension) for dimension in night.campaign.settings.dimensions]
    return [team.code, team.name, *groups, visible(row.place), visible(row.says)]


def _found(row: Row) -> list[Cell]:
    known = row.known
    return [RESULTS[known.result], known.by, known.on, visible(known.note)] if known else [None, None, None, None]


def _choice() -> dict[str, object]:
    return {
        "validate": "list", "source": [*RESULTS.values()], "error_title": RESULT,
        "error_message": f"请填“{'”“'.join(RESULTS.values())}”之一。",
    }  # fmt: skip


def _notes(night: Night, told: Drawn, asked: SpotCheck, waiting: Sequence[str]) -> list[str]:
    unit = night.campaign.settings.unit
    counts = "、".join(f"{tally.sheet.title()} {asked.rows[tally.sheet.key()]} 行" for tally in told.tallies)
    groups = "、".join(night.campaign.settings.dimensions.values())
    return [
        f"抽签产生：名录中的{unit}{f'按{groups}排列，' if groups else ''}等距抽 {len(told.teams)} 个，每个再抽{counts}。"
        "抽签用的数由 campaign.toml 的 [spot_check] 和报告期算出，谁算都一样，不能挑选；改报后没有变的行仍在名单中。",
        f"核实后填“{RESULT}”“{CHECKER}”，保存，放入收件文件夹 inbox，下次运行时登记，结果见“核实情况”。没有填的行不作处理。",
        f"灰色斜体的是已登记的；改填后再放一次，以后一次为准。“{CHECKED_ON}”空着的，按登记当天。",
        *([f"还没有计入汇总的报表、暂时没有行可抽的{unit}：{'、'.join(waiting)}。"] if waiting else []),
        "本表有个人姓名和电话，仅供抽查使用，请勿外传。",
    ]


def _fill_results(book: Book, told: Drawn) -> None:
    all_rows, sample, found = "全部", "抽中", "核实结果（行）"
    fields = (
        Field("台账", 14), Field("行数", 9, COUNT, "right", all_rows), Field(book.unit, 9, COUNT, "right", sample),
        Field("行数", 8, COUNT, "right", sample),
        *(Field(title, 10, COUNT, "right", found) for title in RESULTS.values()),
        Field("属实率", 10, SHARE, "right"), Field("不低于", 10, SHARE, "right", "推及全部行的属实率"),
        Field("不高于", 10, SHARE, "right", "推及全部行的属实率"),
    )  # fmt: skip
    page = book.page("核实情况", "抽查核实情况", fields)
    for tally in told.tallies:
        page.line([tally.sheet.title(), tally.rows, tally.teams, tally.drawn, *(tally.results[key] for key in RESULTS),
                   *_shares(tally)])  # fmt: skip
    doubted = [row for row in told.rows if row.known and row.known.result != "true"]
    if doubted:
        _list_doubted(page, doubted)
    if told.gone:
        _list_gone(page, told.gone)
    page.close(
        (
            f"“属实率”是属实的占已核实的比例，行数多的{book.unit}分量重；无法核实的不算在内。",
            f"“不低于”“不高于”是 {LEVEL:.0%} 的把握下全部行属实率的范围（Wilson 区间，按{book.unit}之间的差异折算）；"
            f"核实不足 {FEWEST} 个{book.unit}时不作推算。",
            "只有按名单抽中的行才能这样推算；另外挑出来查的，请另行统计。",
        )
    )


def _shares(tally: Tally) -> tuple[Cell, Cell, Cell]:
    told = tally.share
    return (told.value, told.low, told.high) if told else (None, None, None)


def _list_doubted(page: Page, doubted: Sequence[Row]) -> None:
    page.block("不属实和无法核实的", *_heads(page))
    for row in doubted:
        if row.known:
            _tell(page, row.standing.team.name, row.place, row.says, row.known)


def _list_gone(page: Page, gone: Sequence[Verification]) -> None:
    """List what was found of rows that were mended or taken out since: it must not vanish without a word."""
    names = {team.code: team.name for team in page.book.night.campaign.teams}
    page.block("核实以后已改报、不再计入上表的", *_heads(page))
    for each in gone:
        _tell(page, names.get(each.team, each.team), each.place, each.says, each)


def _heads(page: Page) -> tuple[Spanned, ...]:
    return (page.book.unit, 0, 1), (PLACE, 2, 3), (SAYS, 4, 6), ("结果和情况", 7, 9)


def _tell(page: Page, name: str, place: str, says: str, found: Verification) -> None:
    what = f"{RESULTS[found.result]}：{visible(found.note) or '没有写明情况'}（{found.by}，{found.on}）"
    page.spanned((name, 0, 1), (visible(place), 2, 3), (visible(says), 4, 6), (what, 7, 9))
