"""A month of nights from a text table: returns made by what the table says of them, dropped, and what each night said.

A return is named by its team's letter and a number: `a1` is team a's first for the first period, `A2` its second for the second.
x, y and z are groups of quiet teams, which send the same all together. What a return says is simple enough to be added up by
hand: so many people visited, a hundredth of that in aid.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from builders import damage, hide

from pipeline import decide
from pipeline.campaign import load
from pipeline.demo.cast import chosen
from pipeline.demo.first_night import nil_return, right
from pipeline.demo.truth import Rows, copied
from pipeline.model import FindingState, Standing, Status, Team
from pipeline.night import Night
from pipeline.publish.form.workbook import Contents, write_form
from pipeline.run import run

MARCH, APRIL = "2011-03", "2011-04"
BY = "办公室王主任"
ACTORS = "abcdefghijklmnopqrstuvw"
QUIET = {"x": 10, "y": 7, "z": 2}
VISITS = 10  # rows of a visits ledger in March; all but the last have ten people
MARCH_ENDS, APRIL_BEGINS = "2011-03-31", "2011-04-01"
WAIVABLE = "G01"
SETTLED = 1301560000  # a time of last change so long past that a night need not look twice
MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(<)")


@dataclass(frozen=True, slots=True)
class File:
    """A return as the table has it. people: visited since the campaign began, `before` of them until March's end.

    wrong: what is wrong with it, "" if nothing. saved: the stamp that it bears. answer: words about what was asked. says: what
    its cover says of whose it is, which nothing else tells then; `nobody` for nothing. nil: whether it states that there is nothing.
    """

    label: str
    people: int
    before: int = 0
    wrong: str = ""
    saved: str = "2011-03-24T09:00:00Z"
    answer: str = ""
    says: str = ""
    nil: str = ""

    @property
    def letter(self) -> str:
        return self.label[0].lower()

    @property
    def period(self) -> str:
        return APRIL if self.label[0].isupper() else MARCH


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the script: a night with what was dropped for it, or what a person did between two nights.

    drops: (label, day of the folder or None).
    """

    verb: str
    about: str = ""
    as_of: dt.date = dt.date.min
    period: str = ""
    drops: tuple[tuple[str, dt.date | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a night said. record: its `run.json`. counting: name of the file that counts, by team code."""

    night: Night
    record: Mapping[str, Any]
    counting: Mapping[str, str]
    cells: Mapping[str, str]


def read_files(table: str) -> dict[str, File]:
    """Read `label | people (from before) | name: words | …`."""
    files = {}
    for line in table.strip().splitlines():
        label, people, *words = (part.strip() for part in line.split("|"))
        total, _, before = people.partition(" from ")
        said = dict(word.split(": ", 1) for word in words if word)
        files[label] = File(label, int(total), int(before or 0), **said)
    return files


def read_script(script: str) -> list[Step]:
    """Read `date period | files` and `verb about`, a line each; what follows a # is for people."""
    steps = []
    for line in (line.partition("#")[0].strip() for line in script.strip().splitlines()):
        head, is_night, files = (part.strip() for part in line.partition("|"))
        first, _, second = head.partition(" ")
        if is_night:
            drops = [
                (name, dt.date.fromisoformat(day) if day else None) for day, _, name in map(_parted, files.split())
            ]
            steps.append(Step("night", "", dt.date.fromisoformat(first), second, tuple(drops)))
        elif line:
            steps.append(Step(first, second))
    return steps


def _parted(word: str) -> tuple[str, str, str]:
    return word.rpartition("/")


@dataclass
class Month:
    """A campaign folder of forty teams and the returns that are sent to it."""

    root: Path
    files: Mapping[str, File]
    nights: list[Seen] = field(default_factory=list)
    decided: dict[str, int] = field(default_factory=dict)  # what was decided last about whom -> its number
    figures: dict[str, Mapping[str, Decimal]] = field(
        default_factory=dict
    )  # as written: file's name -> indicator -> figure
    team_of: dict[str, str] = field(default_factory=dict)  # file's name -> team code

    def __post_init__(self) -> None:
        self.register, self.store = self.root / "schemas" / "teams.csv", self.root.parent / "sent"
        self.store.mkdir()
        for template in (self.root / "schemas").glob("*.docx"):
            template.unlink()  # without it no letter is written, and the night is shorter
        declared = self.root / "schemas" / "work.py"
        text = declared.read_text("utf-8")
        declared.write_text(
            text.replace(f'"{WAIVABLE}",\n    ERROR,', f'"{WAIVABLE}",\n    ERROR,\n    waivable=True,'), "utf-8"
        )
        whole = load(self.root)
        teams = chosen(whole.teams, len(ACTORS) + sum(QUIET.values()))
        self.rows = right(whole, whole.periods[0], 2011, teams)
        self.lines = [
            line for line in self._register() if line.split(",")[0] in {"code", *(team.code for team in teams)}
        ]
        self._write_register("")
        self.campaign = load(self.root)
        waiting = iter(self.campaign.teams)
        sizes = {**dict.fromkeys(ACTORS, 1), **QUIET}
        self.teams = {letter: [next(waiting) for _ in range(size)] for letter, size in sizes.items()}

    def play(self, steps: list[Step]) -> None:
        """Do what a script says."""
        for step in steps:
            getattr(self, f"_{step.verb}")(step)

    # -- what is done

    def _night(self, step: Step) -> None:
        for label, day in step.drops:
            for path in self._made(label):
                to = self.root / "inbox" / (day.isoformat() if day else "") / path.name
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, to)
        night = run(self.root, step.as_of, step.period, workers=1)
        record = json.loads((self.root / "outbox" / night.folder / "run.json").read_text("utf-8"))
        counting = {s.team.code: _name(s.counted.file) for s in night.standings if s.counted is not None}
        standing = {s.team.code: s for s in night.standings}
        cells = {letter: _cell(night, standing.get(self.teams[letter][0].code), letter) for letter in ACTORS}
        self.nights.append(Seen(night, record, counting, cells))

    def _annul(self, step: Step) -> None:
        decide.annul_night(self.root, BY, step.about)

    def _withdraw(self, step: Step) -> None:
        last = self.nights[-1].night
        decide.withdraw(self.root, self._code(step.about), last.as_of, BY, "数字与台账核对不上", last.period.key)

    def _waive(self, step: Step) -> None:
        last = self.nights[-1].night
        number, _ = decide.waive(
            self.root, self._code(step.about), WAIVABLE, "", last.as_of, BY, "跨年项目，时限以批复为准", last.period.key
        )
        self.decided[f"waive {step.about}"] = number

    def _excuse(self, step: Step) -> None:
        last = self.nights[-1].night
        decide.excuse(self.root, self._code(step.about), last.as_of, BY, "全队抽调防汛", last.period.key)

    def _extend(self, step: Step) -> None:
        last, (letter, day) = self.nights[-1].night, step.about.split()
        decide.extend(
            self.root, self._code(letter), dt.date.fromisoformat(day), last.as_of, BY, "驻点村停电", last.period.key
        )

    def _place(self, step: Step) -> None:
        last, (label, letter) = self.nights[-1].night, step.about.split()
        number, _ = decide.place(self.root, f"{label}.xlsx", self._code(letter), last.as_of, BY, "电话核实过")
        self.decided[f"place {letter}"] = number

    def _revoke(self, step: Step) -> None:
        last = self.nights[-1].night
        decide.revoke(self.root, self.decided[step.about], last.as_of, BY, "领导小组未同意")

    def _lose(self, step: Step) -> None:
        (path,) = self._archived(step.about)
        path.rename(self.store / f"lost {path.name}")
        self.place = path

    def _restore(self, step: Step) -> None:
        (self.store / f"lost {self.place.name}").rename(self.place)

    def _leave(self, step: Step) -> None:
        self._write_register(self._code(step.about))

    def _return(self, step: Step) -> None:
        self._write_register("")

    def labelled(self, sha256: str) -> str:
        """Name a file by the hash of its bytes."""
        return next(p.stem for p in self.store.rglob("*.xlsx") if hashlib.sha256(p.read_bytes()).hexdigest() == sha256)

    def _expire(self, step: Step) -> None:
        """Let the register say that a team reported until March only."""
        self._set(step.about, valid_to=MARCH_ENDS)

    def _join(self, step: Step) -> None:
        """Let the register say that a team reports from April on."""
        self._set(step.about, valid_from=APRIL_BEGINS)

    def _rename(self, step: Step) -> None:
        """Let a team have another name, and its old one beside it."""
        letter, name = step.about.split()
        self._set(letter, name=name, aliases=self.teams[letter][0].name)

    def _merge(self, step: Step) -> None:
        """Let a team end with March, and another go on under both names."""
        letter, _, other = step.about.split()
        self._set(letter, valid_to=MARCH_ENDS)
        self._set(other, aliases=self.teams[letter][0].name)

    def _set(self, letter: str, **words: str) -> None:
        """Write into a team's line of the register."""
        titles, *lines = (line.split(",") for line in self.lines)
        for line in lines:
            if line[0] == self._code(letter):
                for title, word in words.items():
                    line[titles.index(title)] = word
        self.lines = [",".join(line) for line in (titles, *lines)]
        self._write_register("")

    def _code(self, letter: str) -> str:
        return self.teams[letter][0].code

    def _archived(self, name: str) -> list[Path]:
        return [path for path in (self.root / "archive").rglob("*.xlsx") if path.stem.endswith(f"_{name}")]

    def _register(self) -> list[str]:
        return self.register.read_text("utf-8").splitlines()

    def _write_register(self, without: str) -> None:
        lines = [line for line in self.lines if line.split(",")[0] != without]
        self.register.write_text("\n".join(lines) + "\n", "utf-8")

    # -- the returns

    def _made(self, label: str) -> Iterator[Path]:
        """Give a return's files, one per team; sent again, the same bytes."""
        file = self.files[label]
        for number, team in enumerate(self.teams[file.letter]):
            path = self.store / file.period / f"{label}{'' if file.letter in ACTORS else f'-{number}'}.xlsx"
            path.parent.mkdir(exist_ok=True)
            if not path.exists():
                rows = self._rows(file, team)
                period = next(period for period in self.campaign.periods if period.key == file.period)
                write_form(path, self.campaign, period, team, Contents(rows))
                if file.says:
                    says = {"nobody": "三队"}.get(file.says) or self.teams[file.says][0].name
                    damage(path, lambda book, says=says: hide(book, self.campaign, says))
                _stamp(path, file.saved)
                self.figures[path.stem] = {name: Decimal(str(value)) for name, value in rows["summary"][1].items()}
                self.team_of[path.stem] = team.code
            yield path

    def _rows(self, file: File, team: Team) -> Rows:
        rows = copied(self.rows[team.code])
        number = [each.code for each in self.campaign.teams].index(team.code)
        march, later = file.before or file.people, file.people - file.before if file.before else 0
        cadres = [row["name"] for row in rows["roster"]]
        rows["visits"] = [
            {
                "visited_on": dt.date(2011, 3, 9 + i),
                "host": f"第{number}村{i}组农户",
                "persons": 10,
                "cadre": cadres[i % 3],
            }
            for i in range(VISITS)
        ]
        rows["visits"][-1]["persons"] = march - 10 * (VISITS - 1)
        rows["activities"] = [
            {
                "held_on": dt.date(2011, 3, 10),
                "kind": "座谈会",
                "place": "村部",
                "sessions": 1,
                "attendance": 20,
                "leaflets": 50,
            }
        ]
        rows["funds"] = [_sum(15, "帮扶资金", march, number), _sum(16, "企业融资", 1000, number)]
        if later:
            visit = {
                "visited_on": dt.date(2011, 4, 10),
                "host": f"第{number}村后山农户",
                "persons": later,
                "cadre": cadres[0],
            }
            rows["visits"].append(visit)
            rows["funds"].append(_sum(42, "帮扶资金", later, number))
        rows["cover"][0]["period"] = next(each.title for each in self.campaign.periods if each.key == file.period)
        self._declare(rows, march, later)
        if file.nil:
            rows = nil_return(self.campaign, rows, team.code) or rows
        self._damage(rows, file, team)
        return rows

    def _declare(self, rows: Rows, march: int, later: int) -> None:
        """Fill in the card: this period, and since the campaign began."""
        whole = {"meetings_held": 1, "leaflets": 50, "financing": 10}
        part = dict.fromkeys([*whole, "problems_found", "problems_resolved"], 0) if later else whole
        for record, given, people in zip(rows["summary"], (part, whole), (later or march, march + later), strict=True):
            record.update(given, people_visited=people, aid_raised=people / 100)

    def _damage(self, rows: Rows, file: File, team: Team) -> None:
        """Do to right rows what the table says. An answer is given to whatever the team was last asked in that period."""
        what, _, whose = file.wrong.partition(" of ")
        if what == "text":
            rows["visits"][0]["persons"] = "约30"
        elif what == "sum":
            for record in rows["summary"]:
                record["people_visited"] += 1
        elif what == "due":
            begun = rows["work"][0]["started_on"]
            rows["work"][0]["due_on"] = begun - dt.timedelta(int(whose))
        elif what == "blank":
            rows["visits"][0]["host"] = None
        elif what == "cadre":
            theirs = self.rows[self.teams[whose][0].code]["roster"][0]
            rows["roster"].append({**theirs, "serial": str(len(rows["roster"]) + 1), "duty": "队员"})
            for record in rows["summary"]:
                record["cadres"] += 1
                record["cadres_district" if theirs["organ"] == "区直机关" else "cadres_township"] += 1
        if file.answer:
            nights = [seen.night for seen in reversed(self.nights) if seen.night.period.key == file.period]
            asked = next(
                asked for night in nights if (asked := [f for f in night.of_team(team.code) if f.rule == "V12"])
            )
            rows["explanations"] = [{"finding": each.key, "answer": file.answer} for each in asked]


def _sum(day: int, kind: str, hundredths: int, number: int) -> dict[str, Any]:
    """Give a row of money. day: of March, counted on into April. number: of the team, since no two have the same source."""
    when = dt.date(2011, 3, 1) + dt.timedelta(day - 1)
    source = f"第{number}后盾单位"
    return {"received_on": when, "kind": kind, "source": source, "recipient": "驻点村", "amount": hundredths / 100}


def _stamp(path: Path, saved: str) -> None:
    """Let a workbook say when it was saved, in whatever words, and be settled on disk."""
    with zipfile.ZipFile(path) as old:
        parts = {info: old.read(info) for info in old.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for info, content in parts.items():
            is_core = info.filename == "docProps/core.xml"
            new.writestr(info, MODIFIED.sub(rb"\g<1>" + saved.encode() + rb"\2", content) if is_core else content)
    os.utime(path, (SETTLED, SETTLED))


def _name(file: str) -> str:
    return Path(file).stem


def _cell(night: Night, standing: Standing | None, letter: str) -> str:
    """Say in one short word how a team in play stands; the legend is with the tables."""
    if standing is None:
        return "-"
    findings = night.of_team(standing.team.code)
    number = _name(standing.counted.file)[1:] if standing.counted else ""
    if standing.status is Status.MISSING:
        word = "·"
    elif standing.status is Status.EXCUSED:
        word = "E"
    elif standing.status is Status.ACCEPTED:
        word = f"A{number}"
    else:
        is_withdrawn = any(each.rule == "I13" for each in findings)
        word = f"a{number}" if number else "W" if is_withdrawn else "H"
    word += "n" if standing.is_nil else ""
    word += "w" if any(each.state is FindingState.WAIVED for each in findings) else ""
    asked = [each.state for each in findings if each.severity.value == "query"]
    word += "?" if any(state.is_open for state in asked) else "e" if FindingState.EXPLAINED in asked else ""
    word += "!" if any(each.rule == "F11" for each in findings) else ""
    return word + (
        "=" if any(_name(each.file)[0].lower() == letter and each.rule == "F07" for each in night.repeated) else ""
    )
