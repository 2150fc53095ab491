"""Three kinds of mistakes that are easily read over: digits that are none, units that are others, numbers of rows that jump."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from builders import damage
from conftest import DUE, need
from mess import Case, Mess, Spot, case, check, make_mess, rows_of
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.campaign import Campaign, load
from pipeline.declare import Form, Money, Sheet, Text, column
from pipeline.declare.texts import plain_digits
from pipeline.layout import locate
from pipeline.layout.lexicon import LEXICON
from pipeline.layout.units import unit_named
from pipeline.night import Night
from pipeline.rawbook import RawBook, RawSheet
from pipeline.read import Reader
from pipeline.run import run
from pipeline.workspace import create

CAMPAIGN = load(Path(__file__).parent.parent)
HEADER, SUMS, FIRST = 3, 4, 5  # Excel rows of the official visits sheet
VISITS, FUNDS, ACTIVITIES, SUMMARY = "走访台账", "资金台账", "活动台账", "汇总表"
PERSONS, AMOUNT, VISITED, HOST = "visits.persons", "funds.amount", "visits.visited_on", "visits.host"
CODE, PHONE, STATE = "problems.code", "roster.phone", "problems.state"
Change = Callable[[Workbook], None]


# ------------------------------------------------------------------------------------------------------------- digits


def typed(what: Any, place: str, *codes: str, name: str = "", changes: bool = True) -> Case:
    """Type something into the first record's cell; a code refuses it, K01 notes how it was read."""
    spot = Spot(CAMPAIGN, *place.split("."))
    title, row, column = spot.where

    def change(book: Workbook) -> None:
        cell = book[title].cell(row, column)
        cell.value = what(cell.value) if callable(what) else what
        cell.number_format = "General"

    changed = [f"{place} 0"] if changes else []
    return case(name or f"{what} in {place}", change, *(f"{code} {spot.address()}" for code in codes), changed=changed)


DIGITS = (
    typed("5²", PERSONS, "N01"),
    typed("21①", PERSONS, "N01"),
    typed("½", PERSONS, "N01"),
    typed("Ⅳ", PERSONS, "N01"),
    typed("㈤", PERSONS, "N01"),
    typed("⒌", PERSONS, "N01"),
    typed("❺", PERSONS, "N01"),
    typed("\U0001d7d3", PERSONS, "N01", name="a mathematical five"),
    typed("\u0665\u0666", PERSONS, "N01", name="Arabic-Indic digits"),
    typed("\u096b", PERSONS, "N01", name="a Devanagari five"),
    typed("５²", PERSONS, "N01"),
    typed("5² 人", PERSONS, "N01"),
    typed("12㎡", PERSONS, "N06"),
    typed("8½", AMOUNT, "N01"),
    typed("8.5³", AMOUNT, "N01"),
    typed("1①", "summary.people_visited", "N01"),
    typed("2011年③月8日", VISITED, "D01"),
    typed("2011-3-⑧", VISITED, "D01"),
    typed("2011年㋂8日", VISITED, "D01"),
    typed("\u0662\u0660\u0661\u0661-3-8", VISITED, "D01", name="a day in Arabic-Indic digits"),
    typed("W0①", CODE, "T02"),
    typed("W\u0660\u0661", CODE, "T02", name="a code in Arabic-Indic digits"),
    typed("1380000000①", PHONE, "P01"),
    typed("138\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0661", PHONE, "P01", name="a telephone in Arabic-Indic digits"),
    typed("①已解决", STATE, "C01"),
    # And what is layout, or no figure.
    typed(lambda v: f"{v:,}".translate({**{ord(str(d)): 0xFF10 + d for d in range(10)}, ord(","): "，"}), PERSONS, "K01",
          name="full-width digits", changes=False),
    typed(lambda v: f"\u2003{v}\u2009", PERSONS, "K01", name="spaces of other widths", changes=False),
    typed(lambda v: f"{v.year}年{v.month}月{v.day}日".translate({ord(str(d)): 0xFF10 + d for d in range(10)}), VISITED, "K01",
          name="a full-width day", changes=False),
    typed("①", "visits.serial", name="a circled number of a row"),
    typed("第③村民小组 5² 号", HOST, name="any digits in a text"),
)  # fmt: skip


# -------------------------------------------------------------------------------------------------------------- units


def on(title: str, change: Callable[[Worksheet], Any]) -> Change:
    """Change one sheet."""

    def both(book: Workbook) -> None:
        change(book[title])

    return both


def write(title: str, **cells: Any) -> Change:
    """Write some cells of a sheet."""
    return on(title, lambda sheet: [sheet.__setitem__(address, value) for address, value in cells.items()])


def persons(text: str) -> Change:
    """Write another header over the persons."""
    return write(VISITS, D3=text)


def amount(text: str) -> Change:
    return write(FUNDS, F3=text)


def row_below(title: str, *values: Any) -> Change:
    """Put a row in under the header."""

    def change(sheet: Worksheet) -> None:
        sheet.insert_rows(HEADER + 1)
        for place, value in enumerate(values, 1):
            sheet.cell(HEADER + 1, place).value = value or None

    return on(title, change)


def row_above(title: str, text: str, column: int = 1) -> Change:
    """Put a row in above the header."""

    def change(sheet: Worksheet) -> None:
        sheet.insert_rows(HEADER)
        sheet.cell(HEADER, column).value = text

    return on(title, change)


def grouped(text: str) -> Change:
    """Head the last columns of a ledger as a group, in a cell that spans them."""

    def change(sheet: Worksheet) -> None:
        sheet.insert_rows(HEADER)
        sheet.cell(HEADER, 3).value = text
        sheet.merge_cells(start_row=HEADER, end_row=HEADER, start_column=3, end_column=7)
        sheet.cell(HEADER + 1, 6).value = "金额"

    return on(FUNDS, change)


UNITS = (
    # In the header.
    case("households over persons", persons("走访人数（户）"), f"S16 {VISITS}!D3"),
    case("households over persons, in half-width brackets", persons("走访人数\n(户)"), f"S16 {VISITS}!D3"),
    case("the unit said to be households", persons("走访人数（单位：户）"), f"S16 {VISITS}!D3"),
    case("households in square brackets", persons("走访人数【户】"), f"S16 {VISITS}!D3"),
    case("households behind the word", persons("走访人数 单位：户"), f"S16 {VISITS}!D3"),
    case("households behind another colon", persons("走访人数计量单位∶户"), f"S16 {VISITS}!D3"),
    case("visits by person over persons", persons("走访人数（人次）"), f"S16 {VISITS}!D3"),
    case("ten thousand persons", persons("走访人数（万人）"), f"S15 {VISITS}!D3"),
    case("a scale alone", persons("走访人数（千）"), f"S15 {VISITS}!D3"),
    case("occasions over sessions", write(ACTIVITIES, E3="场次（次）"), f"S16 {ACTIVITIES}!E3"),
    case("dollars", amount("金额（万美元）"), f"S16 {FUNDS}!F3"),
    case("yuan with an instruction", amount("金额（元，保留两位小数）"), f"S15 {FUNDS}!F3"),
    case("yuan by another name", amount("金额（人民币元）"), f"S15 {FUNDS}!F3"),
    case("a hundred million", amount("金额（亿元）"), f"S15 {FUNDS}!F3"),
    # Above the header.
    case("yuan above a header that is right", write(FUNDS, F2="单位：元"), f"S15 {FUNDS}!F2"),
    case("yuan above, far to the right", write(FUNDS, K1="（金额单位：元）"), f"S15 {FUNDS}!K1"),
    case("yuan in a row of its own", row_above(FUNDS, "计量单位：元　币种：人民币"), f"S15 {FUNDS}!A3"),
    case("dollars above", row_above(FUNDS, "单 位：万美元", 4), f"S16 {FUNDS}!D3"),
    case("yuan above the indicators", row_above(SUMMARY, "单位：元", 4), f"S15 {SUMMARY}!D3"),
    case("ten thousand persons above", write(VISITS, F2="单位：万人、户"), f"S15 {VISITS}!F2"),
    case("yuan over a group of columns", grouped("资金情况（元）"), f"S15 {FUNDS}!C3"),
    case("yuan over a card's figures", write(SUMMARY, D3="累计数（元）"), f"S15 {SUMMARY}!D3"),
    # Below it, and beside a card's titles.
    case("a row of units with households", row_below(VISITS, "", "年-月-日", "", "户"), f"S16 {VISITS}!D4"),
    case("a row of bracketed units with households", row_below(VISITS, "", "（年月日）", "", "（户）"), f"S16 {VISITS}!D4"),
    case("a row of units with yuan", row_below(FUNDS, "", "", "", "", "", "元"), f"S15 {FUNDS}!F4"),
    case("instructions that name households", row_below(VISITS, "", "按年月日填写", "", "填整数（户）"), f"S16 {VISITS}!D4",
         f"S11 {VISITS}!"),
    case("households beside an indicator", write(SUMMARY, B4="户"), f"S16 {SUMMARY}!B4"),
    case("households in an indicator's title", write(SUMMARY, A4="走访群众（户）"), f"S16 {SUMMARY}!A4"),
    case("dollars beside an indicator", write(SUMMARY, B7="万美元"), f"S16 {SUMMARY}!B7"),
    case("thousands beside an indicator", write(SUMMARY, B6="千份"), f"S15 {SUMMARY}!B6"),
    # And what is the same, or no unit, or nobody's.
    case("another word for persons", persons("走访人数（名）")),
    case("a polite word for persons", persons("走访人数（单位：位）")),
    case("a bracket that explains", persons("走访人数（含入户）")),
    case("a seal", persons("走访人数（公章）")),
    case("a hint", persons("走访人数（可多选）")),
    case("a word that begins like a unit", persons("走访人数（个人）")),
    case("who is visited", persons("走访人数（企业、户）")),
    case("the unit and an instruction", persons("走访人数（人，含户主）")),
    case("yuan in full", amount("金额（人民币万元）")),
    case("a scale that is the column's", amount("金额（万）")),
    case("a rate", amount("金额（元/户）")),
    case("the right unit above", row_above(FUNDS, "单位：万元")),
    case("a unit above that no column is like", row_above(VISITS, "单位：元")),
    case("households above persons", row_above(VISITS, "单位：户")),
    case("who reports, called like a unit", row_above(FUNDS, "填报单位：元")),
    case("a seal above", row_above(FUNDS, "单位（公章）：元山镇")),
    case("a group of columns", grouped("资金情况（合计）")),
    case("a row of units of the same kind", row_below(VISITS, "", "年/月/日", "—", "（名）")),
    case("units of the same kind on a card", write(SUMMARY, B4="名", B5="场", B9="件", B10="项", B11="人")),
    case("no units on a card", write(SUMMARY, B4=None, B7=None)),
    case("a text column with a unit", write(VISITS, C3="走访对象（户）")),
)  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ serials


def numbered(*serials: Any) -> Change:
    """Number the first records otherwise."""
    return on(VISITS, lambda s: [setattr(s.cell(FIRST + n, 1), "value", each) for n, each in enumerate(serials)])


def unnumbered(sheet: Worksheet) -> None:
    for row in range(FIRST, sheet.max_row + 1):
        sheet.cell(row, 1).value = None


def lines(*which: int) -> list[str]:
    return [f"visits.serial {line}" for line in which]


SERIALS = (
    case("a number given twice", numbered(1, 1), f"S17 {VISITS}!A6", changed=lines(1)),
    case("numbers out of order", numbered(2, 1), f"S17 {VISITS}!A6", changed=lines(0, 1)),
    case("a number left out", numbered(1, 3, 4, 5), f"S17 {VISITS}!A6", changed=lines(1, 2, 3)),
    case("a number left blank", numbered(1, None), f"S17 {VISITS}!A6", changed=lines(1)),
    case("a word for a number", numbered(1, "补"), f"S17 {VISITS}!A7", changed=lines(1)),
    case("a row deleted", on(VISITS, lambda s: s.delete_rows(FIRST + 1)), f"S17 {VISITS}!A6", changed=["visits rows"],
         also=["B01", "S07"]),
    case("a row without a number put in", on(VISITS, lambda s: (s.insert_rows(FIRST), write(
        VISITS, B5="2011-3-9", C5="三组农户", D5=2, E5=s.cell(FIRST + 1, 5).value)(s.parent))), f"S17 {VISITS}!A5",
         f"K01 {VISITS}!B5", changed=["visits rows"], also=["B01", "S07"]),
    case("no numbers at all", on(VISITS, unnumbered), changed=["visits.serial *"]),
    case("numbers as text", numbered("1", "2", "3")),
    case("numbers with a point", numbered("1.", "2、", "第3号"), changed=lines(0, 1, 2)),
    case("circled numbers", numbered("①", "②", "③"), changed=lines(0, 1, 2)),
    case("an error in a number", numbered("#REF!", 7), f"E01 {VISITS}!A5", changed=lines(0, 1)),
)  # fmt: skip

CELLS = (*DIGITS, *SERIALS)


@pytest.fixture(scope="module")
def cells(clean_night: Night, clean_district: Path, tmp_path_factory: pytest.TempPathFactory) -> Mess:
    return make_mess(CELLS, clean_night, clean_district, tmp_path_factory.mktemp("cells"))


@pytest.fixture(scope="module")
def heads(clean_night: Night, clean_district: Path, tmp_path_factory: pytest.TempPathFactory) -> Mess:
    return make_mess(UNITS, clean_night, clean_district, tmp_path_factory.mktemp("heads"))


@pytest.mark.parametrize("each", CELLS, ids=lambda each: each.name)
def test_a_cell_is_read_as_meant_or_named(each: Case, cells: Mess) -> None:
    check(each, cells)


@pytest.mark.parametrize("each", UNITS, ids=lambda each: each.name)
def test_another_unit_is_named_with_its_cell(each: Case, heads: Mess) -> None:
    check(each, heads)


def says(mess: Mess, name: str) -> list[str]:
    """Give the messages of a case, in order."""
    return [finding.message for finding in mess.night.of_team(mess.teams[name])]


def test_a_unit_above_the_sheet_is_said_of_every_column_of_its_kind(heads: Mess) -> None:
    assert says(heads, "yuan above the indicators") == [
        f"汇总表 D3：“{title}”一栏注明的单位为“元”，表式规定为“万元”。请按万元换算后填写，并把注明的单位改回“万元”。〔S15 错误〕"
        for title in ("筹集帮扶资金", "为企业融资")
    ]
    assert len(says(heads, "yuan over a card's figures")) == 2


def test_another_thing_is_called_another_thing(heads: Mess) -> None:
    (message,) = says(heads, "households over persons")
    assert message == (
        "走访台账 D3：“走访人数”一栏注明的单位为“户”，表式要填的是“人”，不是同一项内容。请按人核对后填写，并把注明的单位改回“人”。〔S16 错误〕"
    )


def test_a_note_names_numbers_and_rows(cells: Mess) -> None:
    assert says(cells, "a number given twice") == [
        "走访台账 A6：“序号”不连续或有重复：第 6 行的“1”与第 5 行重复；第 7 行的“3”之前缺 2。不影响统计，请核对有没有漏填、多填的行。〔S17 提示〕"
    ]
    assert "第 6 行的“1”排在“2”之后" in says(cells, "numbers out of order")[0]
    assert "第 6 行没有序号" in says(cells, "a number left blank")[0]


# ------------------------------------------------------------------------------------- as an office program saves them

OFFICE = ("xls:MS Excel 97", "ods")
RESAVED = tuple(
    each
    for each in (*CELLS, *UNITS)
    if each.name
    in {
        "5² in visits.persons", "2011年③月8日 in visits.visited_on", "households over persons",
        "yuan above a header that is right", "yuan over a group of columns", "a row of units with households",
        "dollars beside an indicator", "a bracket that explains", "units of the same kind on a card", "numbers out of order",
    }
)  # fmt: skip


@pytest.fixture(scope="module")
def resaved(clean_night: Night, clean_district: Path, tmp_path_factory: pytest.TempPathFactory) -> Mess:
    """Let LibreOffice save some of the cases in other formats, and read them all in one night."""
    need("soffice", "saves returns in other formats")
    folder = tmp_path_factory.mktemp("office")
    create(folder / "workspace")
    rich = [team.code for team in CAMPAIGN.teams if len(rows_of(clean_night, "visits", team.code)) >= 4]
    pairs = [(each, kind) for kind in OFFICE for each in RESAVED]
    teams = {f"{each.name} {kind}": team for (each, kind), team in zip(pairs, rich, strict=False)}
    assert len(teams) == len(pairs) == 20
    for kind in OFFICE:
        files = []
        for each in RESAVED:
            source = next(clean_district.glob(f"{teams[f'{each.name} {kind}']}_*.xlsx"))
            files.append(damage(source, each.change, to=folder / source.name))
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", folder / "workspace" / "inbox"]
        subprocess.run([*command, *files], check=True, capture_output=True, timeout=180)
    night = run(folder / "workspace", DUE, workers=2)
    return Mess(night, clean_night, teams, {standing.team.code: standing for standing in night.standings})


@pytest.mark.parametrize("kind", OFFICE)
@pytest.mark.parametrize("each", RESAVED, ids=lambda each: each.name)
def test_it_is_found_in_other_formats_too(each: Case, kind: str, resaved: Mess) -> None:
    check(replace(each, name=f"{each.name} {kind}"), resaved)


# ------------------------------------------------------------------------------------------------- what needs no night


def corrected(sources: Sequence[Path], workspace: Path, change: Change, night_of: Callable[[Path], Night]) -> Path:
    """Give the correction workbook of a return with an estimate in it, and whatever else is changed."""

    def damaged(book: Workbook) -> None:
        book[VISITS].cell(FIRST, 4).value = "约30"
        change(book)

    damage(sources[3], damaged, to=workspace / "inbox" / sources[3].name)
    night_of(workspace)
    return next((workspace / "outbox").rglob("退改/*.xlsx"))


def remarks(path: Path, campaign: Campaign) -> list[str]:
    with Reader(1) as reader:
        (book,) = reader.books([path])
    return [remark.code for remark in locate(book, campaign.form).remarks]


def test_rows_that_close_up_are_numbered_as_they_were(
    clean_district: Path, workspace: Path, campaign: Campaign, night_of: Callable[[Path], Night]
) -> None:
    sources = sorted(clean_district.glob("*.xlsx"))
    path = corrected(sources, workspace, on(VISITS, lambda sheet: sheet.insert_rows(FIRST + 2, 3)), night_of)
    assert remarks(path, campaign) == []


def test_a_correction_adds_no_numbers_among_the_senders(
    clean_district: Path, workspace: Path, campaign: Campaign, night_of: Callable[[Path], Night]
) -> None:
    sources = sorted(clean_district.glob("*.xlsx"))
    path = corrected(sources, workspace, numbered(40, None, 41), night_of)
    sheet = openpyxl.load_workbook(path)[VISITS]
    records = [row for row in range(FIRST, sheet.max_row + 1) if sheet.cell(row, 2).value is not None]
    serials = [sheet.cell(row, 1).value for row in range(FIRST, records[-1] + 3)]
    assert serials[:3] == ["40", None, "41"]
    assert serials[-2:] == [42, 43]
    assert remarks(path, campaign) == ["S17"]


def test_only_the_first_five_oddities_are_spelt_out(
    clean_district: Path, workspace: Path, night_of: Callable[[Path], Night]
) -> None:
    source = max(clean_district.glob("*.xlsx"), key=lambda path: path.stat().st_size)
    damage(source, numbered(*[1] * 8), to=workspace / "inbox" / source.name)
    (note,) = [finding for finding in night_of(workspace).findings if finding.rule == "S17"]
    assert note.says.count("与第 5 行重复") == 5
    assert " 等 8 处。" in note.says


def test_the_official_form_names_no_unit_but_its_own(clean_night: Night) -> None:
    assert not [finding for finding in clean_night.findings if finding.rule in ("S15", "S16", "S17")]
    for sheet in CAMPAIGN.form.sheets:
        assert all(unit_named(col.unit, sheet) for col in sheet.columns().values() if col.unit)


class Land(Sheet):
    """A ledger with two scales of money, and a unit that the lexicon does not have."""

    place: Text = column("地块")
    cost: Money = column("总投入", unit="万元")
    wage: Money = column("务工收入", unit="元")
    rate: Money = column("亩均补助", unit="元/亩")

    class Config:
        title = "土地台账"


@pytest.mark.parametrize(
    ("above", "heads", "found"),
    [
        ("", ("总投入（万元）", "务工收入（元）", "亩均补助（元/亩）"), []),
        ("单位：元", ("总投入（万元）", "务工收入（元）", "亩均补助（元/亩）"), []),
        ("单位：元", ("总投入", "务工收入", "亩均补助"), ["S15 B1"]),
        ("单位：千元", ("总投入（万元）", "务工收入", "亩均补助"), ["S15 B1", "S15 B1"]),
        ("", ("总投入（万元）", "务工收入（欧元）", "亩均补助（万元/亩）"), ["S16 C2", "S15 D2"]),
        ("", ("总投入（元/亩）", "务工收入（元整）", "亩均补助（元）"), ["S16 B2", "S16 D2"]),
    ],
)
def test_columns_of_several_scales_are_told_apart(above: str, heads: tuple[str, ...], found: list[str]) -> None:
    rows = [["", above, "", ""], ["地块", *heads], ["大田", 1, 2, 3]]
    layout = locate(RawBook("x", "xlsx", (RawSheet("土地台账", rows=rows),)), Form("x", "x", "1", [Land]))
    assert [f"{remark.code} {remark.said['cell']}" for remark in layout.remarks] == found
    assert len(layout.tables[0].lines) == 1


def test_words_for_one_unit_are_one_unit() -> None:
    assert LEXICON["人"] == LEXICON["名"] == LEXICON["位"] != LEXICON["人次"]
    assert len({LEXICON[word] for word in ("人", "户", "家", "次", "场次", "人次")}) == 6
    visits = CAMPAIGN.form.sheet("visits")
    assert unit_named("千克", visits) == unit_named("公斤", visits) and unit_named("百万元", visits) == unit_named(
        "人民币百万元", visits
    )


@pytest.mark.parametrize(
    ("declared", "plain"),
    [(r"W\d{2}", "W[0-9]{2}"), (r"[\dA-F-]\d", "[0-9A-F-][0-9]"), (r"\[\d\]", r"\[[0-9]\]"), (r"\\d\w", r"\\d\w")],
)
def test_a_campaign_s_digits_are_plain_ones(declared: str, plain: str) -> None:
    assert plain_digits(declared) == plain
