"""The register of teams: schemas/teams.csv, one row per team, as Excel or Notepad saved it."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.errors import CampaignError
from pipeline.model import Team
from pipeline.settings import NAME, decoded

FILE = "teams.csv"
COLUMNS = ("code", "name", "kind", "post", "township", "leader", "phone", "aliases", "valid_from", "valid_to")
DAYS = ("valid_from", "valid_to")
LONGEST_CODE = 40
DIVIDERS = (",", "\t", ";", "，", "；")  # what Excel calls Unicode text has tabs; what people type is anything


def read_register(path: Path) -> tuple[tuple[Team, ...], Sequence[str], list[CampaignError]]:
    """Give the teams in the register's order, the titles of its columns, and what is wrong with it.

    Only `name` must be there; without `code` a team's name is its code. A row with a mistake gives no team.
    """
    if not path.is_file():
        return (), (), [CampaignError("缺少 schemas/teams.csv。请从发布包或备份中恢复这份名录。")]
    try:
        titles, rows = read_table(path, FILE)
    except CampaignError as unreadable:
        return (), (), [unreadable]
    wrong: list[CampaignError] = []
    if rows and "name" not in titles:
        wrong.append(CampaignError("schemas/teams.csv 缺少 name（单位名称）一列。请补上该列标题，或从备份恢复名录。"))
    teams: dict[str, Team] = {}
    for number, filled in enumerate(rows if not wrong else (), 2):
        if "code" not in titles:
            filled["code"] = filled.get("name", "")
        if says := [*_mistakes(filled, teams)]:
            wrong += [CampaignError(f"schemas/teams.csv 第 {number} 行{each}") for each in says]
        elif any(filled.values()):
            teams[filled["code"]] = _team(filled)
    if not teams and not wrong:
        wrong.append(CampaignError("schemas/teams.csv 中没有单位。请填写应报单位名录。"))
    return tuple(teams.values()), titles, wrong


def read_table(path: Path, name: str) -> tuple[list[str], list[dict[str, str]]]:
    """Give the titles of a table, and its rows by title; a row that is cut short lacks the last ones.

    Raises CampaignError, naming the file, if it is no such table.
    """
    try:
        lines = decoded(path.read_bytes(), name).splitlines()
        rows = list(csv.DictReader(lines, delimiter=_divider(lines)))
    except csv.Error as broken:
        says = f"{name} 有一格太长，可能少了一个引号。请用 Excel 打开核对后再运行。"
        raise CampaignError(says) from broken
    titles = [key.strip() for key in rows[0] if key and key.strip()] if rows else []
    filled = (
        {key.strip(): value.strip() for key, value in row.items() if key and isinstance(value, str)} for row in rows
    )
    return titles, list(filled)


def _divider(lines: list[str]) -> str:
    """Give what divides the titles: whatever there is most of."""
    return max(DIVIDERS, key=(lines[0] if lines else "").count)


def _mistakes(row: Mapping[str, str], teams: Mapping[str, Team]) -> Iterator[str]:
    code, name = row.get("code", ""), row.get("name", "")
    if not any(row.values()):
        return  # a blank row, as Excel leaves below a table
    if not code:
        yield f"的“{name}”没有编码。请在 code 一列填写编码。"
    elif not name:
        yield f"的编码“{code}”没有名称。请在 name 一列填写名称。"
    elif code in teams:
        yield f"的编码“{code}”与“{teams[code].name}”重复。请改正其中一个。"
    elif len(code) > LONGEST_CODE or not re.match(NAME, code):
        yield f"的编码“{code[:LONGEST_CODE]}”不能用作文件名。编码请只用文字、数字、“-”和“_”，并以文字或数字开头。"
    for day in DAYS:
        try:
            _day(row.get(day, ""))
        except ValueError:
            yield f"的日期“{row[day]}”有误。请在 {day} 一列按 2011-03-08 的样式填写。"


def _team(row: Mapping[str, str]) -> Team:
    return Team(
        row["code"], row["name"], row.get("kind", ""), row.get("post", ""), row.get("township", ""),
        row.get("leader", ""), row.get("phone", ""),
        tuple(alias for alias in row.get("aliases", "").split(";") if alias),
        _day(row.get("valid_from", "")), _day(row.get("valid_to", "")),
        tuple((title, said) for title, said in row.items() if title not in COLUMNS and said),
    )  # fmt: skip


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
