"""Whether a night and the plain script found the same: every wrong cell, every team's figures, and what they add up to.

Both are taken at what they wrote, as whoever runs them would find it. A ratio means nothing between two that disagree.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from python_calamine import CalamineWorkbook

from benchmarks.generate import file_name
from benchmarks.made_up import INDICATORS
from pipeline.model import a1

NOT_THEIRS = "S07"  # the rule about rows of sums, which the plain script drops unread
MOST_SHOWN = 20

Cell = tuple[str, str, str]  # file, sheet, address
Figures = Mapping[str, Decimal | str]  # by title; a text stands where no number was understood


@dataclass(frozen=True)
class Said:
    """What one side found.

    figures: by file. totals: what the figures add up to, of the files in `counted`; the plain script leaves both empty,
    as it adds up nothing over teams.
    """

    wrong: frozenset[Cell]
    figures: Mapping[str, Figures]
    totals: Figures = field(default_factory=dict)
    counted: frozenset[str] = frozenset()


def of_night(folder: Path) -> Said:
    """Read what a night published."""
    findings = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal)
    figures, counted = _teams(folder / "汇总表.xlsx")
    return Said(
        wrong=frozenset((each["file"], each["sheet"], each["cell"]) for each in findings if each["rule"] != NOT_THEIRS),
        figures=figures,
        totals={each["title"]: each["value"] for each in record["totals"].values()},
        counted=frozenset(counted),
    )


def of_script(folder: Path) -> Said:
    """Read the one workbook that the plain script wrote."""
    from benchmarks.plain_script import HEADER_ROW, SCHEMAS

    with CalamineWorkbook.from_path(folder / "汇总.xlsx") as book:
        headers, *rows = book.get_sheet_by_name("指标汇总").to_python()
        titles, *errors = book.get_sheet_by_name("错误清单").to_python()
    wrong: set[Cell] = set()
    for row in errors:
        error = dict(zip(titles, map(str, row), strict=True))
        column = list(SCHEMAS[error["表"]].columns).index(error["column"])
        wrong.add((f"{error['工作队']}.xlsx", error["表"], a1(HEADER_ROW + 1 + int(error["index"]), column)))
    figures = {f"{team}.xlsx": _figures(headers[1:], values) for team, *values in rows}
    return Said(frozenset(wrong), figures)


def differences(night: Said, script: Said) -> list[str]:
    """Name everything that the night and the plain script do not say alike."""
    return [*_cells(night, script), *_each_figure(night, script), *_totals(night, script)]


def insist(night: Said, script: Said, name: str) -> None:
    """End the program if they disagree, having printed what differs; otherwise say how much they agree on."""
    found = differences(night, script)
    if found:
        print(f"No ratio: the night and {name} disagree on {len(found)}:")
        print("\n".join(f"  {each}" for each in found[:MOST_SHOWN]))
        sys.exit(1)
    figures = sum(map(len, night.figures.values()))
    print(
        f"agreed with {name}: {len(night.wrong)} wrong cells, {figures} figures of {len(night.figures)} teams",
        flush=True,
    )


def _cells(night: Said, script: Said) -> Iterator[str]:
    for cell in sorted(night.wrong ^ script.wrong):
        yield f"{' '.join(cell)}: wrong only by {'the night' if cell in night.wrong else 'the script'}"


def _each_figure(night: Said, script: Said) -> Iterator[str]:
    for file in sorted(night.figures.keys() | script.figures.keys()):
        ours, theirs = night.figures.get(file, {}), script.figures.get(file, {})
        for title in sorted(ours.keys() | theirs.keys()):
            if ours.get(title) != theirs.get(title):
                yield f"{file} {title}: {ours.get(title)} by the night, {theirs.get(title)} by the script"


def _totals(night: Said, script: Said) -> Iterator[str]:
    for title, value in night.totals.items():
        parts = [script.figures.get(file, {}).get(title) for file in night.counted]
        added = sum((part for part in parts if isinstance(part, Decimal)), Decimal())
        if added != value:
            yield f"{title} of the {len(parts)} teams that the night counts: {value}, by the script {added}"


def _teams(path: Path) -> tuple[dict[str, Figures], set[str]]:
    """Give every reporting team's figures by its file, and which files count. What does not count stands in brackets."""
    figures: dict[str, Figures] = {}
    counted: set[str] = set()
    with CalamineWorkbook.from_path(path) as book:
        rows = book.get_sheet_by_name("分工作队").to_python()
    titles: Sequence[str] = []
    for code, _, status, *values in rows:
        printed = [str(value).split("\n")[0] for value in values]
        if set(printed) >= set(INDICATORS):
            titles = printed
        team = re.fullmatch(r"G(\d+)", str(code))
        if team and set(values[:-1]) != {status}:  # a missing team's say that it is missing
            file = file_name(int(team[1]) - 1)
            figures[file] = _figures(titles[:-1], values[:-1])
            counted |= {file} if any(isinstance(value, float) for value in values[:-1]) else set()
    return figures, counted


def _figures(titles: Sequence[object], values: Sequence[object]) -> Figures:
    return {str(title): _number(value) for title, value in zip(titles, values, strict=True)}


def _number(value: object) -> Decimal | str:
    """Read a number, also one in brackets; what is none is given as text."""
    try:
        return Decimal(str(value).strip("〔〕").replace(",", ""))
    except InvalidOperation:
        return str(value)
