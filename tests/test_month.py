"""A month of nights in an office of forty teams, as a clerk would tell it: what came, what was decided, what every night said."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from months import ACTORS, APRIL, MARCH, QUIET, Month, Seen, Step, read_files, read_script

from pipeline.ledger import NAME
from pipeline.ledger.audit import rebuild
from pipeline.ledger.state import NAMES
from pipeline.run import run
from pipeline.verify import verify
from pipeline.workspace import create

# A return: its name | people since the campaign began (from: until March's end, as the team says) | what else is to be known.
FILES = read_files("""
x1 | 100
y1 | 100
z1 | 100
a1 | 101 | wrong: text
a2 | 102 | wrong: sum
a3 | 103
b1 | 101
b2 | 102 | wrong: text
b3 | 103
b4 | 104 | wrong: blank
c1 | 101
c2 | 102
d1 | 101
d2 | 102 | saved: 2011-03-27T09:00:00Z
d3 | 103 | saved: 2011-03-27T10:00:00Z
d4 | 104
d5 | 105
e1 | 101
e2 | 102
f1 | 101 | saved: 2099-01-01T00:00:00Z
f2 | 102 | saved: zzzz
f3 | 103 | saved: 2011-03-30T10:00:00+08:00
f4 | 104 | saved: 2011-03-30T03:00:00Z
g1 | 101
h1 | 101 | wrong: cadre of g
h2 | 102
i1 | 101
i2 | 102
j1 | 101
k1 | 101
k2 | 102
l1 | 165
l2 | 165 | answer: 3月18日全村大会，到会75人
l3 | 175 | answer: 3月18日全村大会，到会75人
l4 | 175 | answer: 3月18日全村大会，补记迟到的10人
m1 | 101
n1 | 101
o1 | 101
p1 | 140
p2 | 125
q1 | 101
q2 | 102
q3 | 103
r1 | 101
r2 | 102
r3 | 120
s1 | 101 | wrong: due of 1
s2 | 102 | wrong: due of 2
s3 | 103
s4 | 104 | wrong: due of 1
s5 | 105
s6 | 106 | wrong: due of 1
t1 | 101
u1 | 101
v1 | 101 | says: nobody
v2 | 102
l5 | 110
l6 | 175 | answer: 3月18日全村大会，补记迟到的10人
X1 | 110 from 100
Y1 | 110 from 100
Z1 | 110 from 100
A1 | 113 from 103
B1 | 113 from 103
C1 | 111 from 101
D1 | 115 from 105
D2 | 116 from 105 | wrong: text
D3 | 117 from 105
E1 | 112 from 102
F1 | 114 from 104 | wrong: text
F2 | 115 from 104
G1 | 111 from 101
H1 | 112 from 102
I1 | 112 from 102
J1 | 111 from 101
K1 | 112 from 102
L1 | 185 from 175
L2 | 186 from 175 | answer: 3月18日全村大会，补记迟到的10人
M1 | 111 from 101
N1 | 111 from 101
O1 | 111 from 101
P1 | 135 from 125
Q1 | 113 from 103 | wrong: text
Q2 | 114 from 103
R1 | 112 from 102
R2 | 130 from 120
S1 | 116 from 106
U1 | 111 from 101 | says: t
V1 | 112 from 102 | says: v
W1 | 0 | nil: yes
""")

# A night: its date and period | what is dropped, a folder of a day before it. Between nights: what people do.
SCRIPT = read_script("""
join w                                                # a team that is formed in April
2011-03-25 2011-03 | x1 a1 b1 c1 e1 e2                # e: two at once, which nobody can tell apart
2011-03-26 2011-03 | a2 b2 c2 d1 i1                   # a: mended one thing, broke another; b: worse than before
2012-03-28 2011-03 | y1 a3 d2 d3 2011-03-27/k1        # the computer's year is wrong
annul 电脑的年份错了
2011-03-28 2011-03 | 2011-03-20/k2 s1 v1              # k: what came last lay in an older folder
waive s                                               # its error may stand, as it is
place v1 v
2011-03-29 2011-03 | c1 e2 d4 d5 f1 f2 g1             # c and e: one that they sent before, alone; f: clocks that cannot be
2011-03-30 2011-03 | c1 c2 b3 d5 f3 f4 h1 s2          # c: the mailbox once more; f: 10:00+08:00 is before 03:00Z; h: g's cadre; s: other
withdraw i
revoke waive s
revoke place v
excuse t
extend u 2011-04-02
2011-03-31 2011-03 | h2 l1 m1 n1 p1 q1 r1             # due today; l is asked about a visit
2011-04-01 2011-03 | i2 l2 q2 r2                      # l explains
withdraw q
annul 当晚收的不是定稿
2011-04-01 2011-03 |
2011-04-02 2011-03 | i1 q3 s3 u1 v2                   # i: the one that was withdrawn, once more
leave m
lose n1
2011-04-05 2011-03 | 2011-04-02/j1 l3 s4 t1           # j: two days late, found three days later; l: other figure, old words
restore n1
waive s
2011-04-06 2011-03 | b4 l4                            # l: new words
lose b3
2011-04-07 2011-03 | l5 s5                            # b's last is wrong, and the one that counted is lost
restore b3
return m
2011-04-08 2011-03 | l6 s6                            # s: the error that was waived, once more
rename v 驻东山村新工作队
merge t into u
2011-04-11 2011-04 | X1 A1 F1 P1 R1 o1                # p: less in all than March said; o: for March
2011-04-11 2011-03 |
2011-04-12 2011-03 | p2 r3                            # March is corrected, p's down, r's up
2011-04-12 2011-04 |
2011-04-18 2011-04 | B1 C1 D1 E1 G1 H1 R2 U1 V1       # u under t's name, v under its old one
2011-04-26 2011-04 | D2 F2 I1 J1 K1 S1 W1
2011-04-30 2011-04 | Y1 D3 L1 M1 N1
2011-05-03 2011-04 | L2 Q1                            # due today
2011-05-04 2011-04 | O1 Q2
2011-05-05 2011-04 | Z1 D1                            # d: one that it sent before, alone
annul 领导小组要求重新核对
2011-05-05 2011-04 | z1
2011-05-05 2011-03 |
expire n
2011-05-06 2011-04 |
""")

# What a night says: acc(epted), held, miss(ing), late; people in all, a hundredth of it in aid, from so many teams. Then the teams:
#   · missing   A3 accepted, the third counts   a1 held, the first counts   H held, nothing counts   W withdrawn, nothing counts
#   - not on the register   E excused   n nil   w with an error waived   ? asked   e explained   ! lost from the archive
#   = the same once more
EXPECTED = """
as of      period  | acc held miss late | people of | a  b  c   d  e  f  g   h  i  j  k  l   m  n  o  p  q  r   s   t  u  v  w
2011-03-25 2011-03 |  12    2   27    0 |   1202 12 | H  A1 A1  ·  H  ·  ·   ·  ·  ·  ·  ·   ·  ·  ·  ·  ·  ·   ·   ·  ·  ·  -
2011-03-26 2011-03 |  13    3   25    0 |   1405 14 | H  a1 A2  A1 H  ·  ·   ·  A1 ·  ·  ·   ·  ·  ·  ·  ·  ·   ·   ·  ·  ·  -
2012-03-28 2011-03 |  22    2   17    7 |   2311 23 | A3 a1 A2  A3 H  ·  ·   ·  A1 ·  A1 ·   ·  ·  ·  ·  ·  ·   ·   ·  ·  ·  -
2011-03-28 2011-03 |  22    3   16    0 |   2312 23 | A3 a1 A2  A3 H  ·  ·   ·  A1 ·  A2 ·   ·  ·  ·  ·  ·  ·   H   ·  ·  ·  -
2011-03-29 2011-03 |  25    3   13    0 |   2716 27 | A3 a1 A1  a3 A2 H  A1  ·  A1 ·  A2 ·   ·  ·  ·  ·  ·  ·   A1w ·  ·  A1 -
2011-03-30 2011-03 |  27    2   12    0 |   2824 28 | A3 A3 A1= A5 A2 A4 A1? H  A1 ·  A2 ·   ·  ·  ·  ·  ·  ·   a1  ·  ·  A1 -
2011-03-31 2011-03 |  32    2    6    0 |   3332 32 | A3 A3 A1  A5 A2 A4 A1  A2 W  ·  A2 A1? A1 A1 ·  A1 A1 A1  H   E  ·  ·  -
2011-04-01 2011-03 |  33    1    6    0 |   3436 33 | A3 A3 A1  A5 A2 A4 A1  A2 A2 ·  A2 A2e A1 A1 ·  A1 A2 A2  H   E  ·  ·  -
2011-04-01 2011-03 |  32    2    6    0 |   3435 33 | A3 A3 A1  A5 A2 A4 A1  A2 A2 ·  A2 A2e A1 A1 ·  A1 a1 A2  H   E  ·  ·  -
2011-04-02 2011-03 |  35    1    4    1 |   3743 36 | A3 A3 A1  A5 A2 A4 A1  A2 a2 ·  A2 A2e A1 A1 ·  A1 A3 A2  A3  E  A1 A2 -
2011-04-05 2011-03 |  34    3    3    2 |   3753 36 | A3 A3 A1  A5 A2 A4 A1  A2 a2 A1 A2 A3? -  H! ·  A1 A3 A2  a3  A1 A1 A2 -
2011-04-06 2011-03 |  35    2    3    2 |   3855 37 | A3 a3 A1  A5 A2 A4 A1  A2 a2 A1 A2 A4e -  A1 ·  A1 A3 A2  A4w A1 A1 A2 -
2011-04-07 2011-03 |  35    2    3    2 |   3688 36 | A3 H! A1  A5 A2 A4 A1  A2 a2 A1 A2 A5  -  A1 ·  A1 A3 A2  A5  A1 A1 A2 -
2011-04-08 2011-03 |  36    2    3    2 |   3958 38 | A3 a3 A1  A5 A2 A4 A1  A2 a2 A1 A2 A6e A1 A1 ·  A1 A3 A2  A6w A1 A1 A2 -
2011-04-11 2011-04 |  12    2   27    0 |   1325 12 | A1 ·  ·   ·  ·  H  ·   ·  ·  ·  ·  ·   ·  ·  ·  H  ·  A1  ·   -  ·  ·  ·
2011-04-11 2011-03 |  37    2    2    3 |   4059 39 | A3 a3 A1  A5 A2 A4 A1  A2 a2 A1 A2 A6e A1 A1 A1 A1 A3 A2  A6w A1 A1 A2 -
2011-04-12 2011-03 |  37    2    2    3 |   4062 39 | A3 a3 A1  A5 A2 A4 A1  A2 a2 A1 A2 A6e A1 A1 A1 A2 A3 A3  A6w A1 A1 A2 -
2011-04-12 2011-04 |  13    1   27    0 |   1460 13 | A1 ·  ·   ·  ·  H  ·   ·  ·  ·  ·  ·   ·  ·  ·  A1 ·  A1? ·   -  ·  ·  ·
2011-04-18 2011-04 |  21    1   19    0 |   2375 21 | A1 A1 A1  A1 A1 H  A1  A1 ·  ·  ·  ·   ·  ·  ·  A1 ·  A2  ·   -  A1 A1 ·
2011-04-26 2011-04 |  26    1   14    0 |   2941 27 | A1 A1 A1  a1 A1 A2 A1  A1 A1 A1 A1 ·   ·  ·  ·  A1 ·  A2  A1  -  A1 A1 A1n
2011-04-30 2011-04 |  37    0    4    0 |   4120 37 | A1 A1 A1  A3 A1 A2 A1  A1 A1 A1 A1 A1? A1 A1 ·  A1 ·  A2  A1  -  A1 A1 A1n
2011-05-03 2011-04 |  37    1    3    0 |   4121 37 | A1 A1 A1  A3 A1 A2 A1  A1 A1 A1 A1 A2e A1 A1 ·  A1 H  A2  A1  -  A1 A1 A1n
2011-05-04 2011-04 |  39    0    2    1 |   4346 39 | A1 A1 A1  A3 A1 A2 A1  A1 A1 A1 A1 A2e A1 A1 A1 A1 A2 A2  A1  -  A1 A1 A1n
2011-05-05 2011-04 |  41    0    0    3 |   4564 41 | A1 A1 A1  A1 A1 A2 A1  A1 A1 A1 A1 A2e A1 A1 A1 A1 A2 A2  A1  -  A1 A1 A1n
2011-05-05 2011-04 |  41    0    0    3 |   4564 41 | A1 A1 A1  A1 A1 A2 A1  A1 A1 A1 A1 A2e A1 A1 A1 A1 A2 A2  A1  -  A1 A1 A1n
2011-05-05 2011-03 |  39    2    0    5 |   4262 41 | A3 a3 A1  A5 A2 A4 A1  A2 a2 A1 A2 A6e A1 A1 A1 A2 A3 A3  A6w A1 A1 A2 -
2011-05-06 2011-04 |  40    0    0    3 |   4453 40 | A1 A1 A1  A1 A1 A2 A1  A1 A1 A1 A1 A2e A1 -  A1 A1 A2 A2  A1  -  A1 A1 A1n
"""
LINES = [" ".join(line.replace("|", " ").split()) for line in EXPECTED.strip().splitlines()[1:]]
NIGHTS = range(len(LINES))


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """The month, played through once."""
    root = tmp_path_factory.mktemp("month") / "workspace"
    create(root)
    played = Month(root, FILES)
    played.play(SCRIPT)
    return played


def line_of(seen: Seen) -> str:
    """Write a night as the table has it."""
    returns, totals = seen.record["returns"], seen.record["totals"]
    people, aid = totals["people_visited"], totals["aid_raised"]
    assert (aid["value"], aid["reported"]) == (people["value"] / 100, people["reported"])
    counts = [returns[name] for name in ("accepted", "held", "missing", "late")]
    words = [seen.record["as_of"], seen.record["period"], *counts, people["value"], people["reported"]]
    return " ".join(map(str, [*words, *(seen.cells[letter] for letter in ACTORS)]))


@pytest.mark.parametrize("number", NIGHTS, ids=[line[:18] for line in LINES])
def test_a_night_says_what_the_table_says(month: Month, number: int) -> None:
    assert line_of(month.nights[number]) == LINES[number]


# The rules of the record told once more, knowing nothing of the product: what counts after each night.

Key = tuple[str, str]  # period, team's letter
NEVER = dt.datetime(1, 1, 1, tzinfo=dt.UTC)


def saved(label: str) -> dt.datetime:
    """When a return was saved; NEVER if its stamp says nothing, or what cannot be."""
    try:
        moment = dt.datetime.fromisoformat(FILES[label].saved)
    except ValueError:
        return NEVER
    return moment if moment.year == 2011 else NEVER


@dataclass
class Rules:
    """What the office knows. counts: the last return accepted. tied: latest ones that nobody can tell from another. gone: letters
    of teams off the register, and returns lost. before: what counted before the last night. waived: what is wrong with returns
    that it lets pass, by letter. placed: returns that nothing but the office's word gives to a team."""

    latest: dict[Key, str] = field(default_factory=dict)
    counts: dict[Key, str] = field(default_factory=dict)
    before: dict[Key, str] = field(default_factory=dict)
    tied: set[Key] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    waived: dict[str, str] = field(default_factory=dict)
    placed: list[str] = field(default_factory=list)

    def nights(self, steps: Sequence[Step]) -> Iterator[list[str]]:
        """Give the returns that count after each night, of its period."""
        for step in steps:
            if step.verb == "night":
                came = [(label, day) for label, day in step.drops if FILES[label].says != "nobody"]
                self._receive([(day or step.as_of, saved(label), label) for label, day in came])
                self.before = dict(self.counts)
                self.counts |= {
                    key: label for key, label in self.latest.items() if key[0] == step.period and self._is_right(key)
                }
                yield [
                    label
                    for key, label in self.counts.items()
                    if key[0] == step.period and not {key[1], label} & self.gone
                ]
            elif step.verb == "annul":
                self.counts = {key: label for key, label in self.before.items() if label not in self.withdrawn}
            elif step.verb == "withdraw":
                self.withdrawn.add(self.counts.pop((MARCH, step.about)))
            elif step.verb == "waive":
                self.waived[step.about] = FILES[self.latest[MARCH, step.about]].wrong
            elif step.verb == "place":
                label, letter = step.about.split()
                self.latest[MARCH, letter] = label
            elif step.verb == "revoke":
                self._revoke(*step.about.split())
            elif step.verb in ("lose", "restore", "leave", "return", "expire"):
                self.gone ^= {step.about}

    def _revoke(self, what: str, letter: str) -> None:
        """Take a decision back, and what counts by it alone."""
        if what == "place" or FILES[self.counts[MARCH, letter]].wrong:
            del self.counts[MARCH, letter]
        if what == "place":
            del self.latest[MARCH, letter]
        else:
            del self.waived[letter]

    def _receive(self, came: Sequence[tuple[dt.date, dt.datetime, str]]) -> None:
        """A team's latest is what was received last. What it sent before is that again if nothing else came with it."""
        for key in {(FILES[label].period, FILES[label].letter) for *_, label in came}:
            mine = sorted(each for each in came if (FILES[each[2]].period, FILES[each[2]].letter) == key)
            new = [each for each in mine if each[2] not in self.known]
            if not new and key not in self.tied and self.latest[key] in {label for *_, label in mine}:
                continue
            *others, (day, moment, self.latest[key]) = new or mine
            self.tied -= {key}
            self.tied |= {key for when, stamp, _ in others if when == day and (stamp == NEVER or stamp >= moment)}
            self.known |= {label for *_, label in new}

    def _is_right(self, key: Key) -> bool:
        """Whether a latest return may count: right in itself, and beginning where the team's first period ended."""
        label, march = self.latest[key], self.counts.get((MARCH, key[1]))
        agrees = key[0] == MARCH or march is None or FILES[label].before == FILES[march].people
        return (
            agrees
            and FILES[label].wrong in ("", self.waived.get(key[1]))
            and key not in self.tied
            and not {label, key[1]} & (self.withdrawn | self.gone)
        )


def names(label: str) -> list[str]:
    """Name the files of a return: one, or one for each team of a quiet group."""
    return [f"{label}-{number}" for number in range(QUIET.get(FILES[label].letter, 0))] or [label]


@pytest.fixture(scope="module")
def ruled(month: Month) -> list[list[str]]:
    """Names of the files that count after each night, by the rules alone."""
    return [[name for label in labels for name in names(label)] for labels in Rules().nights(SCRIPT)]


@pytest.mark.parametrize("number", NIGHTS, ids=[line[:18] for line in LINES])
def test_what_counts_is_what_the_rules_say_and_adds_up(month: Month, ruled: list[list[str]], number: int) -> None:
    seen, counting = month.nights[number], ruled[number]
    assert seen.counting == {month.team_of[name]: name for name in counting}
    for key, total in seen.night.consolidation.totals.items():
        figures = {month.team_of[name]: month.figures[name][key] for name in counting}
        assert {team: said[key] for team, said in seen.night.consolidation.by_team.items()} == figures
        assert (total.value, total.reported, total.expected) == (
            sum(figures.values()),
            len(counting),
            len(seen.night.standings) - seen.record["returns"]["excused"],
        )
        assert (seen.record["totals"][key]["value"], seen.record["totals"][key]["reported"]) == (
            float(total.value),
            len(counting),
        )


# What becomes of findings: a finding's rule, the team, the nights on which something became of it.

FATES = """
a N01 2011-03 | 03-25 open, 03-26 closed
a B01 2011-03 | 03-26 open, 2012-03-28 closed
l V12 2011-03 | 03-31 open, 04-01 explained, 04-05 reopened, 04-06 explained, 04-07 closed, 04-08 explained
l J02 2011-03 | 04-05 open, 04-06 closed
s G01 2011-03 | 03-28 open, 03-29 waived, 03-30 reopened, 04-02 closed, 04-05 reopened, 04-06 waived, 04-07 closed, 04-08 waived
l V12 2011-04 | 04-30 open, 05-03 explained
"""
EVERY_STEP = """
open closed        # mended
open explained     # an answer was given
open waived        # the office let it pass
explained reopened # another figure, and the same old words
explained closed   # mended after all
reopened explained
reopened closed
reopened waived
waived reopened    # another value than the one that was let pass
waived closed
closed reopened    # wrong once more
closed explained   # once more, but with an answer
closed waived      # once more, at the value that was let pass
"""


def fate(month: Month, letter: str, rule: str, period: str) -> list[tuple[str, str]]:
    """Give the nights, in order, on which the only finding of a rule came into another state, and which."""
    code, states = month.teams[letter][0].code, list[tuple[str, str]]()
    for seen in month.nights:
        if seen.record["period"] == period:
            found = [f for f in (*seen.night.findings, *seen.night.closed) if (f.team, f.rule) == (code, rule)]
            for each in found[:1]:
                assert len(found) == 1
                if not states or states[-1][1] != each.state.value.lower():
                    states.append((seen.record["as_of"], each.state.value.lower()))
    return states


@pytest.mark.parametrize("line", FATES.strip().splitlines(), ids=lambda line: line.partition(" |")[0])
def test_what_becomes_of_a_finding(month: Month, line: str) -> None:
    head, _, steps = line.partition(" | ")
    letter, rule, period = head.split()
    said = [
        (day if len(day) > 5 else f"2011-{day}", state) for day, state in (each.split() for each in steps.split(", "))
    ]
    assert fate(month, letter, rule, period) == said


def test_every_step_that_a_finding_can_take_was_taken() -> None:
    taken = set()
    for line in FATES.strip().splitlines():
        states = [step.split()[1] for step in line.partition(" | ")[2].split(", ")]
        taken |= {*pairwise(states)}
    assert taken == {tuple(line.partition("#")[0].split()) for line in EVERY_STEP.strip().splitlines()}


# What is said of it, beside the figures.


def at(month: Month, day: str, period: str = MARCH, which: int = -1) -> Seen:
    """Give a night of the month; of several with that date and period the last."""
    return [s for s in month.nights if (s.record["as_of"], s.record["period"]) == (day, period)][which]


def rules_of(month: Month, seen: Seen, letter: str) -> set[str]:
    return {each.rule for each in seen.night.of_team(month.teams[letter][0].code)}


def days_late(month: Month, seen: Seen) -> dict[str, int]:
    """Give the days by which teams in play are late, those that are."""
    letters = {month.teams[letter][0].code: letter for letter in ACTORS}
    return {letters[s.team.code]: s.days_late for s in seen.night.standings if s.team.code in letters and s.days_late}


def test_each_team_reads_why_its_return_waits_or_was_chosen(month: Month) -> None:
    told = [
        ("2011-03-25", MARCH, "a", {"N01"}), ("2011-03-26", MARCH, "a", {"B01"}), ("2011-03-25", MARCH, "e", {"I08"}),
        ("2011-03-28", MARCH, "d", {"I07"}), ("2011-03-28", MARCH, "k", {"I12"}), ("2011-03-29", MARCH, "c", {"I14"}),
        ("2011-03-29", MARCH, "d", {"I08"}), ("2011-03-29", MARCH, "f", {"I08"}), ("2011-03-30", MARCH, "f", {"I07"}),
        ("2011-03-30", MARCH, "g", {"M01"}), ("2011-03-30", MARCH, "h", {"M01"}), ("2011-03-31", MARCH, "g", set()),
        ("2011-03-31", MARCH, "i", {"I13"}), ("2011-04-01", MARCH, "q", {"I13"}), ("2011-04-02", MARCH, "i", {"I13", "I14"}),
        ("2011-04-05", MARCH, "l", {"V12", "J02"}), ("2011-04-05", MARCH, "n", {"F11"}), ("2011-04-07", MARCH, "b", {"R01", "F11"}),
        ("2011-04-11", APRIL, "p", {"B03"}), ("2011-04-12", APRIL, "p", set()), ("2011-04-12", APRIL, "r", {"B03"}),
        ("2011-05-05", APRIL, "d", {"I14"}),
    ]  # fmt: skip
    for day, period, letter, codes in told:
        found = rules_of(month, at(month, day, period), letter)
        assert codes <= found and (codes or not found), (day, letter, found)


def test_lateness_is_by_the_day_of_the_folder_or_else_of_the_night(month: Month) -> None:
    wrong = at(month, "2012-03-28")
    assert {s.days_late for s in wrong.night.standings if s.is_late} == {363}
    assert not [s for s in at(month, "2011-03-28").night.standings if s.is_late]
    assert days_late(month, at(month, "2011-05-05")) == {"j": 2, "o": 11, "v": 2}
    assert days_late(month, at(month, "2011-05-06", APRIL)) == {"o": 1}


def test_what_a_person_must_act_on_is_named(month: Month) -> None:
    damaged = {
        s.record["as_of"]: [month.labelled(f.submission) for f in s.night.damaged]
        for s in month.nights
        if s.night.damaged
    }
    assert damaged == {
        "2011-04-05": ["n1"],
        "2011-04-07": ["b4"],
    }  # said of the latest, which is held; b3 is what was lost
    noticed = [(s.record["as_of"], notice.partition("：")[0]) for s in month.nights for notice in s.record["notices"]]
    days = {"n": ["2011-04-05", "2011-05-06"], "b": ["2011-04-07"]}  # lost, off the register by its dates; lost
    assert sorted(noticed) == sorted((day, month.teams[letter][0].name) for letter in days for day in days[letter])
    away = {s.record["as_of"]: [(u.rule, u.file) for u in s.night.unplaced] for s in month.nights if s.night.unplaced}
    nobodys = {
        "2011-03-28",
        *(day for day in away if day > "2011-03-30"),
    }  # but for the days on which it was taken for v's
    assert away == {
        day: [("I03", "v1.xlsx")] * (day in nobodys) + [("I03", "m1.xlsx")] * ("04-05" <= day[5:] <= "04-07")
        for day in away
    }
    assert not {"2011-03-29", "2011-03-30"} & away.keys()
    elsewhere = [(s.record["period"], u.file) for s in month.nights for u in s.night.repeated if u.rule == "I11"]
    assert elsewhere == [(APRIL, "o1.xlsx"), (APRIL, "z1-0.xlsx"), (APRIL, "z1-1.xlsx")]
    assert not [left for seen in month.nights for left in seen.night.left]


def test_every_night_left_its_folder_and_an_annulled_one_is_marked(month: Month) -> None:
    kept = {path.name for path in (month.root / "outbox").iterdir()}
    assert {s.night.folder for s in month.nights} - kept == {"2012-03-28_2011-03"}
    assert {name for name in kept if "已撤销" in name} == {
        "2012-03-28_2011-03(已撤销)",
        "2011-04-01(已撤销)",
        "2011-05-05(已撤销)",
    }
    assert {"2011-04-11", "2011-04-11_2011-04", "2011-05-05", "2011-05-05_2011-03"} <= kept


def test_at_the_end_everything_agrees(month: Month) -> None:
    result = verify(month.root)
    assert (result.faults, result.notes) == ([], [])
    assert result.nights == len(NIGHTS) - 3


def test_a_lost_ledger_is_made_anew_and_the_next_night_says_nothing_new(month: Month, tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    shutil.copytree(month.root, root)
    ledger = root / "archive" / NAME
    before = tables(ledger)
    ledger.unlink()
    rebuild(ledger)
    assert tables(ledger) == before
    last = month.nights[-1]
    again = run(root, last.night.as_of, last.night.period.key, workers=1)
    assert not again.is_new and tables(ledger) == before
    assert again.returns() == last.night.returns() and again.consolidation.totals == last.night.consolidation.totals
    result = verify(root)
    assert (result.faults, result.notes) == ([], [])


def tables(ledger: Path) -> dict[str, list[tuple[object, ...]]]:
    """Give all that a ledger says, its events among it."""
    with closing(sqlite3.connect(ledger)) as db:
        return {name: sorted(db.execute(f"SELECT * FROM {name}").fetchall(), key=str) for name in ("event", *NAMES)}
