"""Questions with the answer in the cell below, wherever on the sheet they stand: a questionnaire."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.declare import Sheet
from pipeline.layout.headers import Match, Remark, matched
from pipeline.model import Table, a1
from pipeline.rawbook import RawSheet

LONGEST, WIDEST = 500, 50  # a questionnaire larger than this is not one


def match_answers(raw: RawSheet, sheet: type[Sheet]) -> Match:
    """Find each question. slots: field -> its cell, counted through rows of WIDEST columns."""
    cells = ((_place(r, c), cell) for r, row in enumerate(raw.rows[:LONGEST]) for c, cell in enumerate(row[:WIDEST]))
    slots, twice = matched(cells, sheet)
    for name, other in [*twice.items()]:  # an answer may say what another question asks
        answers = {_place(*_below(raw, *divmod(place, WIDEST))) for field, place in slots.items() if field != name}
        if other in answers or slots[name] in answers:
            slots[name] = slots[name] if other in answers else other
            del twice[name]
    return Match(slots, 0, twice)


def _place(r: int, c: int) -> int:
    return r * WIDEST + c


def read_answers(raw: RawSheet, sheet: type[Sheet], match: Match) -> tuple[Table, list[Remark]]:
    """Take what stands below each question: one record. A cell that is itself a question is no answer."""
    questions = {divmod(place, WIDEST) for place in match.slots.values()}
    places = {name: _below(raw, *divmod(place, WIDEST)) for name, place in match.slots.items()}
    values = {
        name: [raw.rows[r][c] if r < len(raw.rows) and c < len(raw.rows[r]) and (r, c) not in questions else None]
        for name, (r, c) in places.items()
    }
    records = tuple(sheet.options().records or ())[:1]
    slots = {name: r for name, (r, _) in places.items()}
    table = Table(
        sheet.key(), raw.name, [0], slots, values, records, raw.errors, is_card=True, places=places
    )  # fmt: skip
    return table, list(_about_titles(raw, sheet, match))


def _below(raw: RawSheet, r: int, c: int) -> tuple[int, int]:
    """Give the cell below a question, which may reach over several rows."""
    bottom = next((bottom for top, left, bottom, right in raw.merged if top <= r <= bottom and left <= c <= right), r)
    return bottom + 1, c


def _about_titles(raw: RawSheet, sheet: type[Sheet], match: Match) -> Iterator[Remark]:
    for name, col in sheet.columns().items():
        said = {"title": col.title, "sheet_key": sheet.key(), "field": name, "column": str(col.title)}
        if name not in match.slots:
            yield Remark("S02", raw.name, {**said, "found": ""})
        if name in match.twice:
            both = (a1(*divmod(place, WIDEST)) for place in (match.slots[name], match.twice[name]))
            yield Remark("S03", raw.name, {**said, "found": col.words(" 和 ").join(both)})
