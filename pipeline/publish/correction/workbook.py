"""Correction workbooks: a team's own figures in the official form, wrong cells marked, a repair slip in front.

Of a form that somebody else issued there is none of ours: its correction is a marked copy of what came (`sent`).
Records close up: blank rows between them are gone. A sheet that the return lacked is there, and blank. What the office
fills in on the cover stands as in the register, whatever came back. Put into the inbox, it is read like any return.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from pipeline import prints
from pipeline.campaign import Campaign
from pipeline.declare import Form, Severity, Sheet
from pipeline.declare.catalogue import LOST
from pipeline.declare.kinds import show
from pipeline.frames import WHOLE
from pipeline.model import Finding, FindingState, Standing, Submission
from pipeline.night import Night
from pipeline.publish.correction.returned import ReturnedRows, SheetRows
from pipeline.publish.correction.sent import Sent
from pipeline.publish.correction.slip import FIXED, NEW, STILL_WRONG, WHOLE_FILE, Repair, Slip, Way, grouped, noted
from pipeline.publish.filenames import correction_file
from pipeline.publish.form.columns import Row
from pipeline.publish.form.workbook import Contents, FormPlaces, Mark, given_by_office, link, prefilled, write_form
from pipeline.publish.masking import visible
from pipeline.publish.taking_over import TakingOver
from pipeline.words import Words

WRONG_SUM, SUMS = "S07", -1  # the rule about sums, and the row that a form has them in
OTHER_UNITS = ("S15", "S16")  # a column's figures are in another unit than the form's
Target = tuple[str, int, str]  # sheet key, row from 0, field


@dataclass(frozen=True, slots=True)
class Draft:
    """One correction workbook before it is written: plain values, so that another process can write it."""

    path: Path
    period: str
    standing: Standing
    latest: Submission
    checked_on: dt.date
    back_by: dt.date
    contents: Contents
    repairs: Sequence[Repair]
    sent: Sent | None = None  # of what it is a marked copy, if the form is not ours


def draft_corrections(night: Night, folder: Path, known: TakingOver | None = None) -> Iterator[Draft]:
    """Compose one workbook per team whose latest return has an open error or query, in register order, when asked for.

    None, if the settings say that none is wanted.

    What the archive lost is the office's matter, and nothing that a team could mend. A team that sends nothing new, and of
    whose return nothing new is found, has the same workbook night after night. known: where that may lie, to be taken over.
    """
    campaign = night.campaign
    if not campaign.settings.corrections:
        return
    same_for_all = campaign.fingerprint, prints.of_program(), night.period
    returned = ReturnedRows(night)
    found = _by_team(each for each in night.findings if each.state.is_open and each.rule != LOST)
    closed = _by_team(finding for finding in night.closed if finding.state is FindingState.CLOSED)
    for standing in night.standings:
        code, latest = standing.team.code, standing.latest
        mine = found.get(code, [])
        if latest is not None and (standing.errors or standing.queries) and mine and returned.has(latest):
            path = folder / correction_file(standing.team)
            if known and known.take(path, same_for_all, standing, mine, closed.get(code, [])):
                continue
            copy = _Copy(campaign.form, campaign.words, returned.of(latest))
            errors = sum(each.severity is Severity.ERROR for each in mine)
            its = replace(standing, errors=errors, queries=len(mine) - errors)
            sent = Sent.of(campaign, latest, copy.sheets) if campaign.form.issued_by else None
            yield replace(_draft(path, night, its, latest, copy, mine, closed.get(code, [])), sent=sent)


def write_draft(draft: Draft, campaign: Campaign) -> None:
    """Write one correction workbook. The campaign is the one that it was composed for, seen in whatever period."""
    campaign, period = campaign.in_period(draft.period), campaign.period(draft.period, draft.checked_on)
    days = draft.checked_on, draft.back_by
    slip = Slip(campaign, period, draft.standing, draft.latest, *days, grouped(draft.repairs))
    saved_at = dt.datetime.combine(draft.checked_on, dt.time())
    draft.path.parent.mkdir(parents=True, exist_ok=True)
    if draft.sent is not None:
        if draft.sent.write_marked(draft.path, slip, draft.repairs):
            return
        slip = replace(slip, way=Way.DRAWN)
    slips, team = [slip.write], draft.standing.team
    write = partial(write_form, first_sheets=slips, saved_at=saved_at, checks_itself=False)
    write(draft.path, campaign, period, team, draft.contents)


def _by_team(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Sort findings by team; notes are left out, as nothing is to be done about them."""
    by_team: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.severity is not Severity.NOTE:
            by_team.setdefault(finding.team, []).append(finding)
    return by_team


def _draft(
    path: Path,
    night: Night,
    standing: Standing,
    latest: Submission,
    copy: _Copy,
    found: Sequence[Finding],
    closed: Sequence[Finding],
) -> Draft:
    campaign, period, team = night.campaign, night.period, standing.team
    found = sorted(found, key=copy.order)
    answers = campaign.form.in_role("explanations")
    marks: dict[Target, Mark] = {}
    if answers is not None:
        copy = _with_questions(copy, answers, found)
        marks = _awaited(answers, copy)
    copy, foreign = _with_units(copy, found)
    given = given_by_office(campaign, period, team)
    rows = {key: sheet.rows for key, sheet in copy.sheets.items()}
    rows |= {key: [{**row, **fixed} for row in rows[key]] for key, fixed in given.items() if key in rows}
    names = {key: sheet.names for key, sheet in copy.sheets.items()}
    sums = _wrong_sums(copy, found)
    marks |= foreign | _marks(copy, found) | {(key, SUMS, name): mark for (key, name), (_, mark) in sums.items()}
    values = {at: value for at, (value, _) in sums.items()}
    contents = Contents({**prefilled(campaign, period, team).rows, **rows}, marks, names, values)
    taken_in = latest.taken_in or night.as_of
    repairs = [_repair(copy, finding, taken_in) for finding in found] + [_fixed(copy, each) for each in closed]
    checked_on = max([taken_in, *(each.first_seen for each in found if each.first_seen)])
    back_by = campaign.put_right_by(period, checked_on, standing.due)
    return Draft(path, period.key, standing, latest, checked_on, back_by, contents, repairs)


@dataclass(frozen=True)
class _Copy:
    """The sender's rows as they are written again, and where what was found in the sender's file stands among them."""

    form: Form
    words: Words
    sheets: Mapping[str, SheetRows]

    @cached_property
    def _places(self) -> dict[str, tuple[int, type[Sheet], list[str]]]:
        """Number, class and fields of each sheet that the workbook has, by its key."""
        return {sheet.key(): (number, sheet, list(sheet.columns())) for number, sheet in enumerate(self.form.tabs)}

    @cached_property
    def _written(self) -> FormPlaces:
        return FormPlaces(self.form, {key: len(each.rows) for key, each in self.sheets.items()})

    def target(self, finding: Finding) -> Target | None:
        """Give the cell of a finding; None if it is about a whole file, sheet or column."""
        sheet = self.sheets.get(finding.sheet_key)
        if sheet is None or finding.line is None or finding.line not in sheet.row_of_line or not finding.field:
            return None
        return finding.sheet_key, sheet.row_of_line[finding.line], finding.field

    def order(self, finding: Finding) -> tuple[int, int, int]:
        """Order findings as people go through the workbook: the whole file, then sheet by sheet, row by row."""
        if finding.sheet_key not in self._places:
            return -1, -1, -1
        number, _, fields = self._places[finding.sheet_key]
        target = self.target(finding)
        across = fields.index(finding.field) if finding.field in fields else -1
        return number, target[1] if target else -1, across

    def place(self, finding: Finding) -> tuple[str, str]:
        """Name the place of a finding, and give the link to it; empty if it is about the whole file."""
        if finding.sheet_key not in self._places:
            return self.words(WHOLE_FILE), ""
        _, sheet, fields = self._places[finding.sheet_key]
        key = finding.sheet_key
        if target := self.target(finding):
            cell = self._written.cell(*target)
            return f"{sheet.tab()} {cell}", link(sheet, cell)
        field = finding.field if finding.field in fields else fields[0]
        return sheet.title(), link(sheet, self._written.cell(key, 0, field))


def _marks(copy: _Copy, found: Sequence[Finding]) -> dict[Target, Mark]:
    by_cell: dict[Target, list[Finding]] = {}
    for finding in found:
        if target := copy.target(finding):
            by_cell.setdefault(target, []).append(finding)
    return {
        target: Mark(
            Severity.ERROR if any(each.severity is Severity.ERROR for each in here) else Severity.QUERY,
            tuple(noted(each, copy.words) for each in here),
        )
        for target, here in by_cell.items()
    }


def _repair(copy: _Copy, finding: Finding, taken_in: dt.date) -> Repair:
    """Say what is to be mended, and whether that was known before the return came."""
    place, link = copy.place(finding)
    is_old = finding.first_seen is not None and finding.first_seen < taken_in
    return Repair(finding, place, link, STILL_WRONG if is_old else NEW)


def _fixed(copy: _Copy, finding: Finding) -> Repair:
    """Name only the sheet: the cell was another file's."""
    place, _ = copy.place(replace(finding, line=None))
    return Repair(finding, place, "", FIXED)


# Sums that the sender printed.


def _wrong_sums(copy: _Copy, found: Sequence[Finding]) -> dict[tuple[str, str], tuple[float, Mark]]:
    """Give the wrong sums of whole tables with their marks: a formula in their place would mend them in silence."""
    sums = {}
    for finding in found:
        sheet = copy.form.sheet(finding.sheet_key) if finding.rule == WRONG_SUM else None
        if sheet is not None and sheet.options().total_row and finding.subject.startswith(WHOLE):
            sums[finding.sheet_key, finding.field] = (
                float(finding.value),
                Mark(finding.severity, (noted(finding, copy.words),)),
            )
    return sums


# Figures in another unit.


def _with_units(copy: _Copy, found: Sequence[Finding]) -> tuple[_Copy, dict[Target, Mark]]:
    """Write figures of a column that the sender kept in another unit with that unit behind them, and mark them.

    The official header over bare figures would make them others: sent back unmended, they must be refused once more.
    """
    sheets, marks = dict(copy.sheets), dict[Target, Mark]()
    for finding in found:
        if finding.rule in OTHER_UNITS and finding.sheet_key in sheets and finding.field:
            sheet, name = sheets[finding.sheet_key], finding.field
            rows = [_with_unit(row, name, finding.value) for row in sheet.rows]
            sheets[finding.sheet_key] = replace(sheet, rows=rows)
            mark = Mark(Severity.ERROR, (noted(finding, copy.words),))
            marks |= {(finding.sheet_key, index, name): mark for index, row in enumerate(rows) if row.get(name)}
    return replace(copy, sheets=sheets), marks


def _with_unit(row: Row, name: str, unit: str) -> Row:
    value = row.get(name)
    is_figure = isinstance(value, int | float) and not isinstance(value, bool)
    return {**row, name: f"{show(value)}{unit}"} if is_figure else row


# Questions and answers.


def _with_questions(copy: _Copy, answers: type[Sheet], found: Sequence[Finding]) -> _Copy:
    """Keep what the team has answered, and ask every open query that is not there yet.

    A row that holds no answer and whose query is settled goes. The columns beside key and answer are filled in the
    form's order: where, and what.
    """
    sent = copy.sheets.get(answers.key(), SheetRows())
    key, answer = _in_role(answers, "explains"), _in_role(answers, "explanation")
    beside = [name for name in answers.columns() if name not in (key, answer)]
    asked = {
        each.key: dict(zip((key, *beside), (each.key, copy.place(each)[0], visible(each.says)), strict=False))
        for each in found
        if each.severity is Severity.QUERY and each.sheet_key != answers.key()
    }
    rows: list[Row] = []
    row_of_line: dict[int, int] = {}
    names: list[str] = []
    for line, index in sent.row_of_line.items():
        row = sent.rows[index]
        if row.get(answer) or row.get(key) in asked:
            row_of_line[line] = len(rows)
            rows.append({**row, **asked.pop(str(row.get(key)), {})})
            names.append(sent.names[index])
    sheet = SheetRows([*rows, *asked.values()], row_of_line, names)
    return replace(copy, sheets={**copy.sheets, answers.key(): sheet})


def _awaited(answers: type[Sheet], copy: _Copy) -> dict[Target, Mark]:
    """Mark where an answer is waited for."""
    answer = _in_role(answers, "explanation")
    says = copy.words.sentences(copy.words("请在此说明，或改正原数"), answers.columns()[answer].note)
    rows = copy.sheets[answers.key()].rows
    return {
        (answers.key(), index, answer): Mark(Severity.QUERY, (says,))
        for index, row in enumerate(rows)
        if not row.get(answer)
    }


def _in_role(answers: type[Sheet], role: str) -> str:
    return next(name for name, col in answers.columns().items() if col.role == role)
