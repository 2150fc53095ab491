"""The official form as a workbook: blank, prefilled, filled in, or marked for correction; the same sheets every time.

`geometry` says where things stand on a sheet, `sheet` writes one, `instructions` words them, `blank` is what all copies share.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import quote_sheetname

from pipeline.campaign import Campaign
from pipeline.declare import Form, Sheet
from pipeline.model import Period, Team, a1
from pipeline.publish.excel.quickbook import QuickBook
from pipeline.publish.form.blank import arrange_meta, arrange_notes
from pipeline.publish.form.geometry import Block, Tab, place, tabs
from pipeline.publish.form.lists import write_lists
from pipeline.publish.form.places import places_of
from pipeline.publish.form.selfcheck import geometry_of
from pipeline.publish.form.sheet import Filled, Mark, write_tab
from pipeline.publish.form.stationery import EXACT, Stationery
from pipeline.publish.form.styles import Styles
from pipeline.rawbook import CHECK_SHEET, META_SHEET, NOTES_SHEET

__all__ = [
    "Contents",
    "FileCreateError",
    "FirstSheet",
    "FormPlaces",
    "Mark",
    "given_by_office",
    "link",
    "place",
    "prefilled",
    "write_form",
]

OF_REGISTER = ("kind", "post", "township")  # columns of the register that a cover of that name repeats, beside its own


@dataclass(frozen=True)
class Contents:
    """What stands in one return: raw values by field, in rows by sheet key (a card: one row per declared record).

    A field that a row does not mention is blank; a serial number then counts on. marks: (sheet key, row, field) ->
    Mark; rows count from 0. names: what names each row of a table, so that it is known again when it comes back, by sheet
    key; further rows have none. sums: (sheet key, field) -> a sum that the sender printed and that is wrong; it stands there
    instead of the formula, marked under row -1.
    """

    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    marks: Mapping[tuple[str, int, str], Mark] = field(default_factory=dict)
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sums: Mapping[tuple[str, str], float] = field(default_factory=dict)


@dataclass(frozen=True)
class FormPlaces:
    """Where things stand in a workbook written by `write_form`. counts: how many records each table has there, by sheet key."""

    form: Form
    counts: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def blocks(self) -> dict[str, Block]:
        """Where each sheet stands on its tab, by its key."""
        return {block.sheet.key(): block for drawn in tabs(self.form, self.counts) for block in drawn.blocks}

    def cell(self, sheet_key: str, row_index: int, field: str) -> str:
        """Give the A1 address of a field of one row."""
        return a1(*self.blocks[sheet_key].place(row_index, field))


def link(sheet: type[Sheet], cell: str) -> str:
    """Give the address of a link to a cell of a sheet from elsewhere in the workbook. cell: in A1 notation."""
    return f"internal:{quote_sheetname(sheet.tab())}!{cell}"


FirstSheet = Callable[[QuickBook, Styles], None]
"""Adds one worksheet in front of the form."""


def prefilled(campaign: Campaign, period: Period, team: Team) -> Contents:
    """Give what stands in a form when it goes out: what the office fills in, and that it is no nil return."""
    campaign = campaign.in_period(period.key)
    given = given_by_office(campaign, period, team)
    if nil := campaign.form.column_in_role("nil"):
        given.setdefault(nil.owner.key(), {})[str(nil)] = nil.declared().choices[-1]
    return Contents({key: [row] for key, row in given.items()})


def given_by_office(campaign: Campaign, period: Period, team: Team) -> dict[str, dict[str, Any]]:
    """Give what the office fills in and locks, by sheet key and field: form, team and period on the cover."""
    cover, form = campaign.form.in_role("cover"), campaign.form
    if cover is None:
        return {}
    told = {"form": form.number, "team": team.code, "team_name": team.name, "period": period.title}
    said = {
        name: told.get(col.role or "") or (team.told(name) if name in OF_REGISTER or name in dict(team.more) else "")
        for name, col in cover.columns().items()
    }
    return {cover.key(): {name: value for name, value in said.items() if value}}


def write_form(
    path: Path,
    campaign: Campaign,
    period: Period,
    team: Team,
    contents: Contents,
    *,
    first_sheets: Sequence[FirstSheet] = (),
    saved_at: dt.datetime | None = None,
    checks_itself: bool = True,
) -> FormPlaces:
    """Write one return into an existing folder; the same arguments give the same bytes.

    What `given_by_office` gives is locked, whatever stands in `contents`. saved_at: when it says it was saved,
    else the start of the period. checks_itself: whether cells turn red while they are filled in; that doubles the file.
    """
    campaign = campaign.in_period(period.key)
    fixed = {sheet.key(): _fixed(campaign, period, team, sheet) for sheet in campaign.form.tabs}
    stationery = Stationery.of(campaign, period, fixed, checks_itself=checks_itself)
    counts = {key: len(rows) for key, rows in contents.rows.items()}
    drawn = tabs(campaign.form, counts)
    with QuickBook(str(path), EXACT, stationery.stock) as book:
        styles = Styles(book, campaign.words, stationery.styles)
        _name(book, campaign, period, team, saved_at or dt.datetime.combine(period.starts, dt.time()))
        for add in first_sheets:
            add(book, styles)
        for tab in drawn:
            filled = {block.sheet.key(): _filled(contents, block.sheet.key()) for block in tab.blocks}
            write_tab(book, styles, stationery, team, tab, filled)
        book.add_printed(campaign.words(NOTES_SHEET), partial(arrange_notes, styles=styles, stationery=stationery))
        if checks_itself:
            _check_itself(book, styles, stationery, drawn)
        write_lists(book, campaign.form, team, drawn)
        _write_meta(book, campaign, period, team)
    return FormPlaces(campaign.form, counts)


def _check_itself(book: QuickBook, styles: Styles, stationery: Stationery, drawn: Sequence[Tab]) -> None:
    """Add the sheet on which the form checks itself: as it is printed, if the form is laid out as a blank one."""
    title, checking = stationery.campaign.words(CHECK_SHEET), stationery.self_check
    if geometry_of(places := places_of(drawn)) == geometry_of(checking.places):
        book.add_printed(title, checking.arrange)
    else:
        checking = replace(checking, styles=styles, places=places, names=[])
        checking.arrange(book.add_worksheet(title))
    checking.define_names(book)


def _filled(contents: Contents, key: str) -> Filled:
    return Filled(
        contents.rows.get(key, ()),
        {(row, name): mark for (of, row, name), mark in contents.marks.items() if of == key},
        contents.names.get(key, ()),
        {name: value for (of, name), value in contents.sums.items() if of == key},
    )


def _fixed(campaign: Campaign, period: Period, team: Team, sheet: type[Sheet]) -> frozenset[str]:
    """Fields that the office fills, and the team may not change."""
    if sheet.options().role == "explanations":
        return frozenset(name for name, col in sheet.columns().items() if col.role != "explanation")
    return frozenset(given_by_office(campaign, period, team).get(sheet.key(), ()))


def _name(book: Workbook, campaign: Campaign, period: Period, team: Team, saved_at: dt.datetime) -> None:
    form = campaign.form
    book.set_properties(
        {
            "title": form.title,
            "subject": f"{team.name} {period.title}",
            "author": campaign.settings.office,
            "created": saved_at,
        }
    )
    for name, value in _meta(campaign, period, team).items():
        if name != "campaign":
            book.set_custom_property(f"huizong_{name}", value, "text")


def _meta(campaign: Campaign, period: Period, team: Team) -> dict[str, str]:
    form = campaign.form
    return {
        "form": form.number,
        "version": form.version,
        "team": team.code,
        "period": period.key,
        "campaign": campaign.settings.title,
    }


def _write_meta(book: QuickBook, campaign: Campaign, period: Period, team: Team) -> None:
    meta = book.preprinted(META_SHEET, partial(arrange_meta, words=campaign.words))
    for row, pair in enumerate(_meta(campaign, period, team).items()):
        meta.write_row(row, 0, pair)
