"""The day after: teams put right what is marked in the correction workbooks and send them back; others send at last."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.campaign import Campaign
from pipeline.declare import Form, Serial, Sheet
from pipeline.demo import parcels
from pipeline.demo.cast import SENDS_NOTHING_READABLE, Part, cast, chosen
from pipeline.demo.first_night import Planted, right
from pipeline.demo.parcels import Parcel
from pipeline.demo.shares import dice
from pipeline.demo.truth import Rows
from pipeline.errors import HuizongError
from pipeline.model import Period, Team
from pipeline.publish.filenames import CORRECTIONS, correction_file, safe_name
from pipeline.publish.form.geometry import Block
from pipeline.publish.form.workbook import FormPlaces

ANSWER = "已与当地核对：因当日集中组织开展，人数和时间安排与平时不同，有签到表和现场记录备查。"
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


class NoCorrectionsYet(HuizongError):
    """There is nothing to mend: no night has been run, or the last one asked nothing of anyone."""


def make_second_day(
    campaign: Campaign, period: Period, root: Path, *, seed: int = 2011, teams: int | None = None
) -> list[Planted]:
    """Fill the inbox for the night after the first one, with the same seed and teams; tell what is in it.

    Corrections are overwritten with what the district should have said and sent back; where the first night only asked
    a question, every second team answers it instead. Raises NoCorrectionsYet.
    """
    outbox, campaign = _latest_outbox(root), campaign.in_period(period.key)
    reporting = chosen(campaign.register(period), teams)
    parts, returns = cast(reporting, period, seed), right(campaign, period, seed, reporting)
    day = dt.date.fromisoformat(outbox.name) + dt.timedelta(1)
    sent: list[Planted] = []
    for team in reporting:
        part, rows = parts.parts[team.code], returns[team.code]
        saved_at = parcels.working_hour(day, dice(seed, period.key, team.code, "second day"))
        correction = outbox / correction_file(team)
        if correction.is_file():
            path = root / "inbox" / f"{safe_name(f'{team.code}_{team.name}（已改）')}.xlsx"
            answers = part is Part.QUERIED and parts.of(part).index(team.code) % 2 == 0
            _mend(correction, path, campaign.form, None if answers else rows, saved_at)
            sent.append(Planted(team.code, path, ("an answered correction" if answers else "a corrected return",)))
        elif part in SENDS_NOTHING_READABLE or part is Part.NIL:
            sent.append(_at_last(campaign, period, team, rows, root / "inbox", saved_at))
    return sent


def _latest_outbox(root: Path) -> Path:
    nights = sorted(path for path in (root / "outbox").glob("????-??-??") if (path / CORRECTIONS).is_dir())
    if not nights:
        raise NoCorrectionsYet("outbox 中还没有退改表。请先运行 huizong nightly，再生成第二天的演示数据。")
    return nights[-1]


def _at_last(campaign: Campaign, period: Period, team: Team, rows: Rows, inbox: Path, saved_at: dt.datetime) -> Planted:
    parcel = Parcel(team, rows, "", f"{team.code}_{team.name}（补报）", saved_at)
    return Planted(team.code, parcel.write(campaign, period, inbox), (Part.RIGHT,))


def _mend(correction: Path, path: Path, form: Form, rows: Rows | None, saved_at: dt.datetime) -> None:
    """Open a correction as a clerk does, write the right values (None: only answers) over what is wrong, and save."""
    book = load_workbook(correction)
    for sheet in form.sheets if rows is not None else ():
        if sheet.options().role != "explanations":
            _overwrite(book[sheet.tab()], form, sheet, (rows or {})[sheet.key()])
    _answer(book, form)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    _settle(path, saved_at)
    parcels.stamp(path, saved_at)


def _overwrite(tab: Worksheet, form: Form, sheet: type[Sheet], rows: Sequence[Mapping[str, Any]]) -> None:
    block, end = _found(tab, form, sheet)
    beyond = 0 if sheet.is_card() else max(0, end - block.first - len(rows))
    for index, row in enumerate([*rows, *({} for _ in range(beyond))]):
        for name, col in sheet.columns().items():
            line, across = block.place(index, name)
            cell = tab.cell(line + 1, across + 1)
            if index >= len(rows) and (issubclass(col.kind, Serial) or cell.value is None):
                continue
            if cell.value != row.get(name):
                cell.value = row.get(name)


def _found(tab: Worksheet, form: Form, sheet: type[Sheet]) -> tuple[Block, int]:
    """Find a sheet on a tab that we wrote: below the text that it begins with. Gives the row behind its last one too."""
    texts = {each.options().begins for each in form.tabs if each.tab() == sheet.tab()} - {""}
    begun = {
        text: cell.row
        for (cell,) in tab.iter_rows(max_col=1)
        for text in texts
        if isinstance(cell.value, str) and cell.value.startswith(text)
    }
    block, begins = FormPlaces(form).blocks[sheet.key()], sheet.options().begins
    block = replace(block, top=begun[begins]) if begins else block
    return block, min((row - 1 for row in begun.values() if row > block.top), default=tab.max_row)


def _answer(book: Workbook, form: Form) -> None:
    """Answer every question on the sheet of explanations."""
    asked, answer = form.column_in_role("explains"), form.column_in_role("explanation")
    if asked is None or answer is None:
        return
    tab, places = book[asked.owner.tab()], FormPlaces(form)
    for index in range(tab.max_row):
        if tab[places.cell(asked.owner.key(), index, str(asked))].value:
            tab[places.cell(answer.owner.key(), index, str(answer))].value = ANSWER


def _settle(path: Path, saved_at: dt.datetime) -> None:
    """Replace the clock's time inside a saved workbook, so that the same day gives the same bytes."""
    with zipfile.ZipFile(path) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            if name == "docProps/core.xml":
                stamped = f"\\g<1>{saved_at.isoformat()}Z<".encode()
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*<", stamped, content)
            archive.writestr(zipfile.ZipInfo(name, ZIP_TIME), content, zipfile.ZIP_DEFLATED)
