"""A week in an office of six teams in which people decide: what came, what was decided, and what every night said."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pytest
from deciding import RULE, Office, anonymous, standing, total

from pipeline.decide import annul_night
from pipeline.ledger import NAME, Ledger
from pipeline.model import FindingState, Status
from pipeline.night import Night
from pipeline.verify import verify

# A line is a night with what is dropped for it, or what a person decides behind it; due on 31 March. wrong: a's, with an error that
# may be waived; worse: with another value there; nobody: b's, without its name; right a, right b, right c: as they should be.
SCRIPT = """
2011-03-29 | wrong nobody
extend c 2011-04-02
excuse d
2011-03-31 |
waive a G01
place nobody.xlsx b
2011-04-01 |
excuse e
2011-04-02 |
2011-04-03 | right-c
extend f 2011-04-09                   # too late
2011-04-04 | worse
revoke excuse e
2011-04-05 |
revoke waive a
2011-04-06 |
annul 日期写错
2011-04-06 |
waive a G01
revoke place b
2011-04-07 |
2011-04-08 | right-b right-d right-a
"""

# acc(epted), held, miss(ing), exc(used), late | people's returns counted / expected | the teams:
#   · missing   ·2 overdue by two days   E excused   A accepted   w with an error waived   H held, nothing counts
#   h held, an earlier one counts   A+2 came two days late
EXPECTED = """
as of      | acc held miss exc late | count expect | a   b   c   d   e  f
2011-03-29 |   0    1    5   0    0 |     0      6 | H   ·   ·   ·   ·  ·
2011-03-31 |   0    1    4   1    0 |     0      5 | H   ·   ·   E   ·  ·
2011-04-01 |   2    0    3   1    0 |     2      5 | Aw  A   ·   E   ·1 ·1
2011-04-02 |   2    0    2   2    0 |     2      4 | Aw  A   ·   E   E  ·2
2011-04-03 |   3    0    1   2    1 |     3      4 | Aw  A   A+1 E   E  ·3
2011-04-04 |   2    1    1   2    1 |     3      4 | h   A   A+1 E   E  ·4
2011-04-05 |   2    1    2   1    1 |     3      5 | h   A   A+1 E   ·5 ·5
2011-04-06 |   2    1    2   1    1 |     2      5 | H   A   A+1 E   ·6 ·6
2011-04-06 |   2    1    2   1    1 |     2      5 | H   A   A+1 E   ·6 ·6
2011-04-07 |   2    0    3   1    1 |     2      5 | Aw  ·7  A+1 E   ·7 ·7
2011-04-08 |   4    0    2   0    2 |     4      6 | A   A+8 A+1 A   ·8 ·8
"""
LINES = [" ".join(line.replace("|", " ").split()) for line in EXPECTED.strip().splitlines()[1:]]
LETTERS = "abcdef"


@dataclass
class Week:
    """The week as it is played. nights: what each said; refused: sentences of what was not accepted."""

    office: Office
    nights: list[Night] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        office = self.office
        first, second, *_ = office.sent
        office.late_work(first, "wrong.xlsx")
        office.late_work(first, "worse.xlsx", days=2)
        anonymous(office, second, "nobody.xlsx", says="三队")
        others = [team.code for team in office.campaign.teams if team.code not in office.codes]
        self.codes = dict(zip(LETTERS, [*office.codes, *others], strict=True))
        for letter, path in zip(LETTERS, office.sent, strict=False):
            path.rename(path.with_name(f"right-{letter}.xlsx"))

    def play(self) -> None:
        for line in (line.partition("#")[0].strip() for line in SCRIPT.strip().splitlines()):
            head, is_night, files = (part.strip() for part in line.partition("|"))
            if is_night:
                self.day = dt.date.fromisoformat(head)
                self.office.send(*(self.office.root / "kept" / f"{name}.xlsx" for name in files.split()))
                self.nights.append(self.office.night(self.day, "2011-03"))
            else:
                self._decide(*head.split())

    def _decide(self, verb: str, *words: str) -> None:
        if verb == "annul":
            annul_night(self.office.root, "王主任", words[0])
            return
        if verb == "revoke":
            words = (str(self._number(words[0], self.codes[words[1]])),)
        said = self.office.give(verb, *(self.codes.get(word, word) for word in words), day=self.day)
        if said.exception:
            self.refused.append(str(said.exception))

    def _number(self, what: str, code: str) -> int:
        with Ledger(self.office.root / "archive" / NAME) as ledger:
            return max(each.number for each in ledger.decisions() if (each.what, each.team) == (what, code))

    def line(self, night: Night) -> str:
        """Write a night as the table has it."""
        returns = night.returns()
        counts = [returns[name] for name in ("accepted", "held", "missing", "excused", "late")]
        cells = [self._cell(night, code) for code in self.codes.values()]
        return " ".join(map(str, [night.as_of, *counts, *total(night)[1:], *cells]))

    def _cell(self, night: Night, code: str) -> str:
        team = standing(night, code)
        if team.status is Status.MISSING:
            return f"·{team.days_late or ''}"
        if team.status is Status.EXCUSED:
            return "E"
        if team.status is Status.HELD:
            return "H" if team.counted is None else "h"
        is_waived = FindingState.WAIVED in [each.state for each in night.of_team(code) if each.rule == RULE]
        return "A" + "w" * is_waived + (f"+{team.days_late}" if team.is_late else "")


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Week:
    """The week, played through once."""
    played = Week(Office(tmp_path_factory.mktemp("week") / "workspace", teams=4))
    played.play()
    return played


@pytest.mark.parametrize("number", range(len(LINES)), ids=[line[:10] for line in LINES])
def test_a_night_says_what_the_table_says(week: Week, number: int) -> None:
    assert week.line(week.nights[number]) == LINES[number]


def test_what_came_too_late_was_refused_and_nothing_else(week: Week) -> None:
    assert len(week.nights) == len(LINES)
    assert len(week.refused) == 1 and "已过" in week.refused[0]


def test_at_the_end_everything_agrees(week: Week) -> None:
    result = verify(week.office.root)
    assert (result.faults, result.notes) == ([], [])
    last = week.nights[-1].decisions
    assert [each.what for each in last] == [
        "extend", "excuse", "waive", "place", "excuse", "revoke", "revoke", "waive", "revoke",
    ]  # fmt: skip
    assert sum(bool(each.revoked_by) for each in last) == 3
