"""What is drawn by lot to be looked at on the spot, and what is known of it: rows of returns that count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.campaign import Campaign
from pipeline.declare import Serial, Sheet
from pipeline.declare.kinds import show
from pipeline.frames import Records
from pipeline.model import Period, Standing, Submission
from pipeline.night import Night
from pipeline.on_site import Looked, Share, Verification, latest, share
from pipeline.sampling import drawn, spread_over
from pipeline.settings import SpotCheck
from pipeline.wishes import keyed, mark


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was drawn. line: its position in the sender's table, from 0. key: see `wishes.keyed`. known: what was found of
    it last, None if nobody has been there."""

    standing: Standing
    records: Records
    line: int
    item: str
    key: str
    known: Verification | None

    @property
    def place(self) -> str:
        """Where it stands in the sender's file."""
        return f"{self.records.table.name} 第 {self.records.table.lines[self.line] + 1} 行"

    @property
    def says(self) -> str:
        """What it says."""
        return says_of(self.records, self.line)


def says_of(records: Records, line: int) -> str:
    """Tell what a row says, column by column; a blank cell says nothing."""
    columns = records.sheet.columns()
    said = [
        f"{col.heading}：{show(col.shown(value))}"
        for name, col in columns.items()
        if not issubclass(col.kind, Serial) and (value := records.written(name)[line]) not in (None, "")
    ]
    return "；".join(said)


@dataclass(frozen=True, slots=True)
class Tally:
    """What is known of one ledger. rows: that all returns have which count. teams: of the sample that have any; drawn: rows.
    results: how many rows have which, by RESULTS' keys; share: of all rows that are as reported, None if nothing is known."""

    sheet: type[Sheet]
    rows: int
    teams: int
    drawn: int
    results: Counter[str]
    share: Share | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn for a period. teams: in the order in which they are listed, also those of which nothing counts. gone: what
    was found of rows that no return that counts has any more, as they were mended since: it is in no tally."""

    teams: Sequence[Standing]
    rows: Sequence[Row]
    tallies: Sequence[Tally]
    gone: Sequence[Verification]


def chosen(campaign: Campaign, period: Period, asked: SpotCheck) -> list[str]:
    """Give the codes of the teams to look at. Whoever has to report for the period may be drawn, whatever came of it: the
    sample is the same on every night."""
    register = {team.code: team for team in campaign.register(period)}

    def groups(code: str) -> list[str]:
        return [campaign.group(register[code], dimension) for dimension in campaign.settings.dimensions]

    return spread_over([*register], groups, asked.teams, f"{asked.seed} {period.key}")


def draw(night: Night, asked: SpotCheck) -> Drawn:
    """Draw the teams, and of each ledger that is asked for so many of their rows."""
    standings = {standing.team.code: standing for standing in night.standings}
    teams = [standings[code] for code in chosen(night.campaign, night.period, asked) if code in standings]
    sheets = {sheet.key(): sheet for sheet in night.campaign.form.ledgers if sheet.key() in asked.rows}
    known = latest(night.verifications)
    rows = [row for standing in teams for row in _rows(night, standing, asked, sheets, known)]
    here = {(row.standing.team.code, row.records.sheet.key(), row.item) for row in rows}
    gone = [each for about, each in known.items() if about not in here]
    return Drawn(teams, rows, [_tally(night, sheet, teams, rows) for sheet in sheets.values()], gone)


def _rows(
    night: Night,
    standing: Standing,
    asked: SpotCheck,
    sheets: dict[str, type[Sheet]],
    known: dict[tuple[str, str, str], Verification],
) -> Iterator[Row]:
    """Give the rows that are drawn of a team, with those that somebody has looked at already."""
    sent, code = standing.counted, standing.team.code
    tables = night.records(sent) if sent else {}
    for key in sheets:
        if sent is None or key not in tables:
            continue
        records = tables[key]
        names = [records.subject(line) for line in range(len(records.table.lines))]
        items = [mark(f"{name}\x1f{says_of(records, line)}") for line, name in enumerate(names)]
        by_lot = drawn([mark(name) for name in names], asked.rows[key], asked.seed, night.period.key, code, key)
        for line in sorted({*by_lot, *(line for line, item in enumerate(items) if (code, key, item) in known)}):
            about = keyed("row", night.period.key, code, key, items[line], sent.sha256)
            yield Row(standing, records, line, items[line], about, known.get((code, key, items[line])))


def _tally(night: Night, sheet: type[Sheet], teams: Sequence[Standing], rows: Sequence[Row]) -> Tally:
    mine = [row for row in rows if row.records.sheet is sheet]
    by_team = {standing.team.code: Counter[str]() for standing in teams}
    for row in mine:
        if row.known:
            by_team[row.standing.team.code][row.known.result] += 1
    sizes = {s.team.code: _rows_in(night, s.counted, sheet) for s in teams}
    looked = [Looked(sizes[code], found["true"], found["false"]) for code, found in by_team.items()]
    whole = sum(_rows_in(night, standing.counted, sheet) for standing in night.standings)
    having = sum(bool(size) for size in sizes.values())
    return Tally(sheet, whole, having, len(mine), sum(by_team.values(), Counter()), share(looked))


def _rows_in(night: Night, sent: Submission | None, sheet: type[Sheet]) -> int:
    lines = night.checked[sent.sha256].lines if sent and sent.sha256 in night.checked else {}
    return lines[sheet.key()].count if sheet.key() in lines else 0
