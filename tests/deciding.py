"""What the tests of decisions share: a small campaign folder, commands as an office gives them, one damage that may be waived."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
from builders import cells_of, columns, damage, hide, sheet_of
from click.testing import CliRunner, Result
from conftest import DUE, without_letters
from openpyxl.workbook import Workbook

from pipeline.campaign import load
from pipeline.cli import huizong
from pipeline.demo import make_district
from pipeline.errors import HuizongError
from pipeline.model import Finding, Standing
from pipeline.night import Night
from pipeline.run import run

NEXT = dt.timedelta(days=1)
RULE, FIXED = "G01", "G02"  # one of the campaign that is declared waivable here, and one that is not
REGISTER = 6  # teams that must report
SIGNED = ("--by", "王主任", "--reason", "领导小组同意")


class Office:
    """An office that collects the returns of three teams, and knows how to give commands. sent: right returns, kept aside."""

    def __init__(self, root: Path, teams: int = 3) -> None:
        self.root = root
        without_letters(root)
        declared = root / "schemas" / "work.py"
        text = declared.read_text("utf-8").replace(
            f'"{RULE}",\n    ERROR,', f'"{RULE}",\n    ERROR,\n    waivable=True,'
        )
        declared.write_text(text, "utf-8")
        whole = load(root)
        make_district(whole, whole.periods[0], root / "kept", clean=True, teams=teams)
        self.sent = sorted((root / "kept").glob("*.xlsx"))
        self.codes = [path.name[:5] for path in self.sent]
        others = [each.code for each in whole.teams if each.code not in self.codes]
        self._register({*self.codes, *others[: REGISTER - teams]})
        self.campaign = load(root)

    def _register(self, codes: set[str]) -> None:
        """Let the register name these teams only."""
        path = self.root / "schemas" / "teams.csv"
        lines = path.read_text("utf-8").splitlines()
        path.write_text("\n".join(each for each in lines if each.split(",")[0] in codes | {"code"}) + "\n", "utf-8")

    def send(self, *paths: Path, name: str = "", folder: str = "") -> None:
        """Drop files into the inbox, a single one under another name."""
        for path in paths:
            to = self.root / "inbox" / folder / (name or path.name)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, to)

    def night(self, day: dt.date = DUE, period: str | None = None) -> Night:
        return run(self.root, day, period, workers=1)

    def give(self, *words: object, day: dt.date = DUE) -> Result:
        """Give a command; a decision is signed and dated."""
        return CliRunner().invoke(
            huizong, [*map(str, words), "-C", str(self.root), "--as-of", day.isoformat(), *SIGNED]
        )

    def refused(self, *words: object, day: dt.date = DUE) -> str:
        """Give a command that is refused, and the one sentence or two that say so."""
        before = self.recorded()
        said = self.give(*words, day=day)
        assert isinstance(said.exception, HuizongError) and said.exception.exit_code == 2, (said.output, said.exception)
        assert self.recorded() == before
        return str(said.exception)

    def decide(self, *words: object, day: dt.date = DUE) -> str:
        """Give a command that is taken; gives what it says."""
        said = self.give(*words, day=day)
        assert said.exit_code == 0, (said.output, said.exception)
        return said.output

    def recorded(self) -> int:
        """Count what the log says."""
        record = self.root / "archive" / "record.jsonl"
        return len(record.read_bytes().splitlines()) if record.exists() else 0

    def changed(self, path: Path, change: Callable[[Workbook], None], name: str) -> Path:
        """A copy of a return, changed as a clerk would."""
        return damage(path, change, self.root / "kept" / name)

    def late_work(self, path: Path, name: str, days: int = 1) -> Path:
        """A copy of a return in which a piece of work is due so many days before it began: RULE is broken."""
        refs = columns(self.campaign)

        def change(book: Workbook) -> None:
            begun = sheet_of(book, refs["work.started_on"])[cells_of(book, refs["work.started_on"])[0]].value
            sheet_of(book, refs["work.due_on"])[cells_of(book, refs["work.due_on"])[0]] = begun - days * NEXT

        return self.changed(path, change, name)


def anonymous(office: Office, path: Path, name: str, *, says: str = "", period: bool = True) -> Path:
    """A copy of a return that does not say whose it is; says: what stands on its cover instead."""
    return office.changed(path, lambda book: hide(book, office.campaign, says, period), name)


def standing(night: Night, code: str) -> Standing:
    return next(each for each in night.standings if each.team.code == code)


def only(night: Night, rule: str) -> Finding:
    (finding,) = [each for each in night.findings if each.rule == rule]
    return finding


def total(night: Night) -> tuple[int, int, int]:
    """People visited in all, of how many teams, of how many expected."""
    people = night.consolidation.totals["people_visited"]
    return int(people.value), people.reported, people.expected


def read(path: Path, sheet: str) -> list[tuple[object, ...]]:
    """Give the rows of a sheet."""
    return [tuple(row) for row in openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)]
