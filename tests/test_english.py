"""A campaign whose senders are spoken to in English: whatever reaches them is English, and what they send is read as ever.

The titles are the campaign's own; everything around them is ours. The returns are made by openpyxl out of the blank form.
"""

from __future__ import annotations

import ast
import datetime as dt
import gettext
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
import said
from openpyxl.workbook import Workbook

from pipeline.campaign import Campaign, load
from pipeline.declare.rules import words_of
from pipeline.layout.rows import is_part
from pipeline.lint import lint
from pipeline.model import Status
from pipeline.night import Night
from pipeline.parse import Parser
from pipeline.publish.form.selfcheck import DASHES, NO_RECORDS
from pipeline.publish.form.workbook import prefilled, write_form
from pipeline.rawbook import CHECK_SHEET, NOTES_SHEET, OUR_SHEETS, SLIP_SHEET
from pipeline.read import read_here
from pipeline.run import run
from pipeline.words import DOMAIN, LANGUAGES, LOCALE, OWN, words_in

DUE = dt.date(2024, 4, 10)
OURS_ELSEWHERE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")  # Chinese characters, marks and widths
FORM = '''
from pipeline.declare import (
    Choice, Code, Count, Day, Email, Form, Money, Name, Percent, Phone, Quantity, Serial, Sheet, Text, YearMonth,
    YesNo, column,
)


class Cover(Sheet):
    """One row per return."""

    form_number: Code = column("Form", role="form")
    team: Code = column("Centre code", role="team", note="Already filled in")
    team_name: Text = column("Centre", role="team_name")
    period: Text = column("Period", role="period")
    clerk: Name = column("Filled in by")
    phone: Phone = column("Telephone", required=False)
    nil: YesNo = column("Nothing to report", role="nil", note="Yes if there was nothing at all in the period.")

    class Config:
        title = "Cover"
        role = "cover"
        records = {"value": "Answer"}


class Staff(Sheet):
    """One row per person."""

    name: Name = column("Name", unique=True)
    joined_on: Day = column("Joined on", ge="2019-01-01")

    class Config:
        title = "Staff"
        key = "name"


class Visits(Sheet):
    """One row per visit."""

    serial: Serial = column("No.")
    visited_on: Day = column("Date", within="period")
    month: YearMonth = column("Month planned", required=False)
    host: Text = column("Household", max_length=20)
    persons: Count = column("Persons", unit="persons", ge=0, le=200)
    aid: Money = column("Aid", unit="pounds", ge=0, required=False)
    area: Quantity = column("Garden", unit="ha", required=False)
    share: Percent = column("Share", required=False)
    sort: Choice = column("Kind of visit", choices=("first", "further"), synonyms={"1st": "first"})
    is_poor: YesNo = column("In need")
    email: Email = column("E-mail", required=False)
    card: Code = column("Card", pattern="[A-Z][0-9]{3}", pattern_says="a letter and three digits", required=False)
    cadre: Name = column("Visitor", in_column=Staff.name)

    class Config:
        title = "Visits"
        total_row = "Total"
        unique = (("host", "visited_on"),)


class Summary(Sheet):
    """One row per return and record."""

    visits: Count = column("Visits made", ge=0, equals=Visits.count())
    first: Count = column("First visits to those in need", ge=0, equals=Visits.count(sort="first", is_poor="是"))
    persons: Count = column("Persons visited", unit="persons", ge=0, equals=Visits.persons.sum())

    class Config:
        title = "Summary"
        role = "declared"
        records = {"now": "This period", "all": "Since the beginning"}
        this_period = "now"
        cumulative = "all"


class Explanations(Sheet):
    """One row per query that waits for an answer."""

    finding: Code = column("Query", role="explains", required=False, note="Filled in by the office")
    place: Text = column("Where", required=False, width=24)
    question: Text = column("What is asked", required=False, max_length=1000, width=60)
    answer: Text = column("Explanation", role="explanation", required=False, max_length=1000, width=40, note="Say when, where, who")

    class Config:
        title = "Explanations"
        role = "explanations"
        key = "finding"
        rows = 5


FORM = Form(
    number="QR7", title="Quarterly return of visits", version="2024",
    sheets=(Cover, Summary, Visits, Staff, Explanations),
)
'''
RULE = '''
from pipeline.declare import QUERY, Rows, Truths, rule

from . import Visits


@rule(
    "V01", QUERY, blames=Visits.persons,
    says="{persons} persons at one visit, in need: {is_poor}. Please confirm or correct it.",
    passing=[{"persons": 60, "is_poor": "No"}], failing=[{"persons": 60, "is_poor": "Yes"}],
)
def few_persons(visits: Rows) -> Truths:
    """No more than 50 persons are met at one visit."""
    return (visits["persons"] <= 50) | (visits["is_poor"] == "否")
'''
SETTINGS = """
[campaign]
title = "Visits 2024"
office = "the Office of Visits"
contact = "Ann Smith, 020 7946 0000"
starts = 2024-01-01
language = "en"

[[period]]
key = "2024Q1"
title = "First quarter of 2024"
starts = 2024-01-01
ends = 2024-03-31
due = 2024-04-10
"""
HEAD = 3  # row of the headers, from 1; in Visits the row of sums stands below it, then the records
RIGHT = (
    (1, dt.datetime(2024, 1, 9), None, "Mill Lane 1", 3, 20.5, None, None, "first", "Yes", None, None, "Mary O'Neil"),
    (
        2,
        dt.datetime(2024, 2, 9),
        None,
        "Mill Lane 2",
        60,
        None,
        0.25,
        0.5,
        "further",
        "No",
        "a@example.com",
        "A123",
        "John Smith-Jones",
    ),
)


TYPED = set("【】１２")  # what the sender of the mistakes typed so


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty campaign folder."""
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "__init__.py").write_text(FORM, "utf-8")
    (tmp_path / "schemas" / "checks.py").write_text(RULE, "utf-8")
    (tmp_path / "schemas" / "campaign.toml").write_text(SETTINGS, "utf-8")
    (tmp_path / "schemas" / "teams.csv").write_text(
        "code,name,kind\nC1,North Centre,town\nC2,South Centre,town\n", "utf-8"
    )
    (tmp_path / "inbox").mkdir()
    return tmp_path


def blank(campaign: Campaign, folder: Path, team: int) -> Path:
    """Issue the form to a team."""
    period = campaign.periods[0]
    path = folder / f"{campaign.teams[team].code}.xlsx"
    write_form(path, campaign, period, campaign.teams[team], prefilled(campaign, period, campaign.teams[team]))
    return path


def fill_in(path: Path, rows: tuple[tuple[object, ...], ...] = RIGHT) -> Workbook:
    """Fill the form in as a careful person does, and save it."""
    book = openpyxl.load_workbook(path)
    cover, visits, staff = book["Cover"], book["Visits"], book["Staff"]
    cover["B8"] = "Mary O'Neil"
    for r, name in enumerate(("Mary O'Neil", "John Smith-Jones"), HEAD + 1):
        staff.cell(r, 1, name)
        staff.cell(r, 2, dt.datetime(2020, 5, 4))
    for r, row in enumerate(rows, HEAD + 2):
        for c, value in enumerate(row, 1):
            visits.cell(r, c, value)
    for c in range(5, 8):
        figures = [row[c - 1] for row in rows]
        visits.cell(HEAD + 1, c, sum(figure for figure in figures if isinstance(figure, int | float)))
    persons = sum(row[4] for row in rows if isinstance(row[4], int))
    firsts = sum(row[8] == "first" and row[9] == "Yes" for row in rows)
    for column in "CD":
        for r, value in enumerate((len(rows), firsts, persons), HEAD + 1):
            book["Summary"][f"{column}{r}"] = value
    book.save(path)
    return book


def mistaken(path: Path) -> None:
    """Fill the form in with a mistake of nearly every kind."""
    book = fill_in(path)
    cover, visits, summary = book["Cover"], book["Visits"], book["Summary"]
    cover["B9"] = "12345"
    cover["B10"] = "perhaps"
    nothing = (None,) * 8
    for r, row in enumerate(
        (
            (
                3,
                "2024-02-30",
                "May",
                "A household with a very long name",
                "about 30",
                "3 euros",
                "none",
                "half",
                "second",
                "maybe",
                "at home",
                "99",
                "Nobody",
            ),
            (
                5,
                "soon",
                "2024-13",
                "Mill Lane 5",
                2.5,
                1.234,
                "2 acres",
                12,
                "1st",
                "Y",
                "a @example.com",
                "a123",
                "Mary O'Neil",
            ),
            (
                5,
                "2023-12-31",
                "2024-2",
                "Mill Lane 6",
                -3,
                None,
                None,
                "12.5%",
                "【first】",
                "√",
                None,
                "A 123",
                "Mary O'Neil",
            ),
            (6, 45300, None, "Mill Lane 7", 5000, None, None, None, "first", "Yes", None, None, "Mary O'Neil"),
            (7, "2024.3.1", None, "Mill Lane 8", "１２", None, None, None, "first", True, None, None, "Mary O'Neil"),
            (
                8,
                dt.datetime(2024, 3, 2),
                None,
                "Mill Lane 9",
                70,
                None,
                None,
                None,
                "first",
                "Yes",
                None,
                None,
                "Mary O'Neil",
            ),
            (
                9,
                dt.datetime(2024, 3, 2),
                None,
                "Mill Lane 9",
                70,
                None,
                None,
                None,
                "first",
                "Yes",
                None,
                None,
                "Mary O'Neil",
            ),
            (None, None, None, "Mill Lane 10", None, *nothing),
            ("Subtotal", None, None, None, 1, *nothing),
        ),
        HEAD + 4,
    ):
        for c, value in enumerate(row, 1):
            visits.cell(r, c, value)
    visits["F14"] = "=1/0"
    visits["P6"] = "a remark beside the table"
    visits["N3"], visits["N5"] = "Mood", "good"
    visits.row_dimensions[10].hidden = True
    visits.merge_cells("D10:D11")
    summary["C4"], summary["D4"] = 7, 5
    summary["A5"] = None
    book["Staff"].title = "People"
    book.save(path)


def parts(path: Path) -> Iterator[tuple[str, str]]:
    """All parts of a workbook that are text, but for the theme, which names fonts of all the world."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if "theme" not in name:
                yield name, NOT_READ.sub("", archive.read(name).decode("utf-8"))


NOT_READ = re.compile(
    "<(f|formula)[ >].*?</(f|formula)>"
    + "".join(f"|<si><t[^>]*>{re.escape(text)}</t></si>" for text in sorted({*NO_RECORDS, *DASHES}))
)
"""What of a workbook people do not read: formulas, and hidden words by which these know rows that are no records."""


def foreign(path: Path) -> list[str]:
    """What in a workbook is not English, each with the part it stands in."""
    hits = ((name, part, each.start()) for name, part in parts(path) for each in OURS_ELSEWHERE.finditer(part))
    return [f"{name}: …{part[max(at - 40, 0) : at + 40]}…" for name, part, at in hits]


def night_of_mistakes(root: Path) -> Night:
    campaign = load(root)
    mistaken(blank(campaign, root / "inbox", 0))
    fill_in(blank(campaign, root / "inbox", 1))
    return run(root, DUE, workers=1)


def test_every_text_that_reaches_a_sender_is_there_in_every_language() -> None:
    for language in set(LANGUAGES) - {OWN}:
        catalogue = gettext.translation(DOMAIN, LOCALE, [language])
        for text, where in said.texts().items():
            told = catalogue.gettext(text)
            assert not OURS_ELSEWHERE.search(told), f"{where}: {text}"
            assert words_of(told) == words_of(text), f"{where}: {told}"
            assert "  " not in told.replace("   ", "") and told.count("“") == told.count("”"), f"{where}: {told}"


def test_each_catalogue_is_compiled_and_has_no_text_that_nobody_says() -> None:
    for file in LOCALE.rglob("*.po"):
        pairs = re.findall(r'^msgid (".+")\nmsgstr (".+")$', file.read_text("utf-8"), re.MULTILINE)
        source = {ast.literal_eval(text): ast.literal_eval(told) for text, told in pairs}
        compiled = gettext.translation(DOMAIN, LOCALE, [file.parts[-3]])
        assert source and {text: compiled.gettext(text) for text in source} == source, "run make locale"
        assert not source.keys() - said.quoted()


def test_whoever_speaks_to_senders_puts_no_text_together_but_with_the_words_of_the_campaign() -> None:
    assert said.put_together() == []


def test_a_language_that_we_do_not_speak_is_said_so(root: Path) -> None:
    path = root / "schemas" / "campaign.toml"
    path.write_text(SETTINGS.replace('"en"', '"fr"'), "utf-8")
    line = 1 + SETTINGS[: SETTINGS.index('"en"')].count("\n")
    (says,) = map(str, lint(root))
    assert says == (
        f"schemas/campaign.toml 第 {line} 行的 campaign.language 有误：没有“fr”这种语言，只能是 zh、en 之一。请改正后再运行。"
    )


@pytest.mark.parametrize("taken", sorted(OUR_SHEETS))
def test_no_form_has_a_sheet_of_our_name_in_any_language(root: Path, taken: str) -> None:
    (root / "schemas" / "__init__.py").write_text(FORM.replace('title = "Staff"', f'title = "{taken}"'), "utf-8")
    assert any("本程序自己的工作表的名称" in str(each) for each in lint(root))


def test_the_campaign_is_right_and_its_blank_form_comes_back(root: Path) -> None:
    assert [str(each) for each in lint(root)] == []


def test_the_blank_form_is_english_all_through(root: Path) -> None:
    path = blank(load(root), root, 0)
    assert foreign(path) == []
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[-3:] == [words_in("en")(NOTES_SHEET), words_in("en")(CHECK_SHEET), "_meta"]
    said_there = {str(cell.value) for row in book["How to fill in"].iter_rows() for cell in row if cell.value}
    assert "A whole number from 0 to 200 (unit: persons)." in said_there
    assert "Required; must be listed under “Name” in “Staff”" in said_there
    assert "Must equal the number of rows in “Visits” where “Kind of visit” is “first”, “In need” is “Yes”" in {
        each[:1].upper() + each[1:] for text in said_there for each in text.split("; ")
    }
    lists = {each.formula1 for each in book["Visits"].data_validations.dataValidation if each.type == "list"}
    assert '"Yes,No"' in lists and book["Cover"]["B10"].value == "No"
    heads = [cell.value for cell in book["Summary"][HEAD]]
    assert heads == ["Item", "Unit", "This period", "Since the beginning"]


def test_a_right_return_in_english_is_accepted_without_a_word(root: Path) -> None:
    fill_in(blank(load(root), root / "inbox", 0))
    night = run(root, DUE, workers=1)
    assert [each.message for each in night.findings] == []
    assert night.standings[0].status is Status.ACCEPTED
    assert {key: total.value for key, total in night.consolidation.totals.items()} == {
        "visits": 2, "first": 1, "persons": 63,
    }  # fmt: skip


def test_whatever_is_wrong_is_said_in_english(root: Path) -> None:
    night = night_of_mistakes(root)
    says = {each.says for each in night.findings}
    assert len({each.rule for each in night.findings}) >= 25
    assert {each for each in says if OURS_ELSEWHERE.search(each) and not TYPED & set(each)} == set()
    assert (
        "“Persons” says “about 30”, which is not a number. Please enter digits only, for example 30; "
        "if it is an estimate, please find out the exact number."
    ) in says
    assert any(each.endswith("Please choose from the list: Yes, No.") for each in says)
    assert "70 persons at one visit, in need: Yes. Please confirm or correct it." in says
    assert {each.expected for each in night.findings if OURS_ELSEWHERE.search(each.expected)} == set()


def test_the_correction_workbook_is_english_all_through_and_is_read_when_it_comes_back(root: Path) -> None:
    night = night_of_mistakes(root)
    path = root / "outbox" / "2024-04-10" / "退改" / "C1_North Centre.xlsx"
    assert [each for each in foreign(path) if not TYPED & set(each)] == []
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[0] == words_in("en")(SLIP_SHEET) == "Corrections needed"
    lines = [str(cell.value) for row in book["Corrections needed"].iter_rows() for cell in row if cell.value]
    assert "Corrections needed (North Centre, First quarter of 2024)" in lines
    assert "Sender: North Centre (C1)   Period: First quarter of 2024" in lines
    assert any(each.startswith("File received: C1.xlsx (on 2024-04-10)") for each in lines)
    assert "Visits E7" in lines and "Error" in lines and "New" in lines

    (root / "inbox" / "C1 again.xlsx").write_bytes(path.read_bytes())
    again = run(root, DUE + dt.timedelta(1), workers=1)
    before = {each.key for each in night.findings if each.sheet_key == "visits" and each.severity.value == "error"}
    after = {each.key for each in again.findings if each.sheet_key == "visits" and each.severity.value == "error"}
    assert again.standings[0].versions == 2 and not again.unplaced
    assert after <= before and len(after) > 15
    assert not {each.rule for each in again.findings} & {"S01", "S02", "S08"}


def test_mended_in_the_correction_workbook_it_is_accepted(root: Path) -> None:
    campaign = load(root)
    path = blank(campaign, root / "inbox", 0)
    book = fill_in(path)
    book["Visits"]["J5"] = "perhaps"
    book.save(path)
    assert run(root, DUE, workers=1).standings[0].status is Status.HELD
    correction = root / "outbox" / "2024-04-10" / "退改" / "C1_North Centre.xlsx"
    book = openpyxl.load_workbook(correction)
    assert (book["Visits"]["J5"].value, book["Visits"]["J6"].value) == ("perhaps", "No")
    book["Visits"]["J5"] = "Yes"
    book.save(root / "inbox" / "mended.xlsx")
    night = run(root, DUE + dt.timedelta(1), workers=1)
    assert [each.says for each in night.findings if each.severity.value != "note"] == []
    assert night.standings[0].status is Status.ACCEPTED


@pytest.mark.parametrize(
    ("label", "is_whole"),
    [
        ("Total", True),
        ("TOTAL:", True),
        ("Grand total", True),
        ("Total (Q1)", True),
        ("Sub-total", False),
        ("Subtotal", False),
    ],
)
def test_a_row_of_sums_is_known_by_its_english_word(root: Path, label: str, is_whole: bool) -> None:
    campaign = load(root)
    path = blank(campaign, root, 0)
    book = fill_in(path)
    for c, value in enumerate((label, None, None, None, 64), 1):
        book["Visits"].cell(HEAD + 4, c, value)
    book.save(path)
    tables = {table.key: table for table in Parser(campaign.form).parse(read_here(path)).tables}
    own, added = tables["visits"].sums
    assert len(tables["visits"].lines) == 2 and (own.label, own.values["persons"]) == ("total", 63)
    assert (added.values["persons"], added.first, added.behind) == (64, 0, 2)
    assert is_part(added.label) is not is_whole


def test_two_campaigns_of_different_languages_speak_each_its_own_in_one_process(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "chinese"
    (other / "schemas").mkdir(parents=True)
    for file in (root / "schemas").iterdir():
        if file.is_file():
            (other / "schemas" / file.name).write_bytes(file.read_bytes())
    (other / "schemas" / "campaign.toml").write_text(SETTINGS.replace('"en"', '"zh"'), "utf-8")
    english, chinese = load(root), load(other)
    told = [campaign.form.sheet("visits").columns()["persons"] for campaign in (english, chinese, english)]
    assert [col.kind.expectation(col) for col in told] == [
        "a whole number from 0 to 200 (unit: persons)", "整数，0 至 200（单位：persons）",
        "a whole number from 0 to 200 (unit: persons)",
    ]  # fmt: skip


def test_what_was_kept_is_worded_anew_when_the_language_changes(root: Path) -> None:
    night_of_mistakes(root)
    path = root / "schemas" / "campaign.toml"
    path.write_text(SETTINGS.replace('"en"', '"zh"'), "utf-8")
    says = {each.rule: each.says for each in run(root, DUE + dt.timedelta(1), workers=1).findings}
    assert says["N08"] == "“Garden”填写的“none”不是数字。如没有，请填 0。"
    assert says["K01"].endswith(("”。", "。")) and "读作" in says["K01"]
