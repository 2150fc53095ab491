"""The lists of a campaign: schemas/lists/<name>.csv, a value a row, as Excel or Notepad saved it; read like the register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pipeline import declared_at
from pipeline.declarations import near
from pipeline.declare import Choice, Column, Form
from pipeline.declare.kinds import folded
from pipeline.declare.lists import Entry, Listed
from pipeline.errors import CampaignError
from pipeline.model import Team
from pipeline.names import Names
from pipeline.register import read_table

FOLDER = "lists"  # in the folder of the declarations
VALUE, TEAM = "value", "team"


def give_lists(form: Form, folder: Path, teams: Names[Team]) -> list[CampaignError]:
    """Let each column that names a list choose from it, and give what is wrong with the lists.

    folder: of the declarations. teams: by folded code, name and alias. A list that is wrong gives no choices.
    """
    wrong: list[CampaignError] = []
    columns = [col for col in form.columns() if _is_listed(col)]
    for col in columns:
        path = folder / _file(col)
        if path.is_file():
            titles, rows, mistakes = _read(path)
            mistakes = mistakes or list(_about_titles(col, titles))
            entries, more = ([], []) if mistakes else _entries(col, rows, teams)
            wrong += (mistakes := [*mistakes, *more])
            if not mistakes:
                by = next((title for title in titles if title not in (VALUE, TEAM)), "")
                col.choose_from(Listed(entries, by))
        else:
            says = f"“{col.title}”的 in_list“{col.in_list}”没有这份名单{near(str(col.in_list), _stems(folder))}。"
            place = declared_at.of_sheet(col.sheet, col.field)
            wrong.append(CampaignError.at(*place, f"{says}请把它存为 schemas/{_file(col)}。"))
    wrong += [each for col in columns for each in _about_other(col)]
    return list({str(each): each for each in wrong}.values())


def _is_listed(col: Column) -> bool:
    """Whether a column names a list, and nothing else that can be chosen from."""
    return isinstance(col.in_list, str) and bool(col.in_list) and issubclass(col.kind, Choice) and not col.choices


def _stems(folder: Path) -> list[str]:
    return sorted(path.stem for path in (folder / FOLDER).glob("*.csv"))


def _file(col: Column) -> str:
    return f"{FOLDER}/{col.in_list}.csv"


def _read(path: Path) -> tuple[Sequence[str], Sequence[Mapping[str, str]], list[CampaignError]]:
    """Give titles and rows of a list, or why there are none."""
    file = f"{FOLDER}/{path.name}"
    try:
        titles, rows = read_table(path, f"schemas/{file}")
    except CampaignError as unreadable:
        return (), (), [unreadable]
    if not any(any(row.values()) for row in rows):
        return (), (), [CampaignError.at(file, 0, "名单是空的。请在 value 一列逐行写明可选的值。")]
    if VALUE not in titles:
        says = f"缺少 value（可选的值）一列{near(VALUE, titles)}。请补上该列标题。"
        return (), (), [CampaignError.at(file, 0, says)]
    return titles, rows, []


def _about_titles(col: Column, titles: Sequence[str]) -> Iterator[CampaignError]:
    """Say which of its columns a list has in vain: beside value and team, it may have one that is a choice of the sheet."""
    others = [each.field for each in col.sheet.columns().values() if issubclass(each.kind, Choice) and each is not col]
    further = [title for title in titles if title not in (VALUE, TEAM)]
    for title in further:
        if title not in others:
            says = f"“{title}”一列不是 value、team，也不是《{col.sheet.title()}》中另一个选项栏的名称"
            yield CampaignError.at(_file(col), 0, f"{says}{near(title, [VALUE, TEAM, *others])}。请改正或删去这一列。")
            return
    if len(further) > 1:
        says = f"有“{further[0]}”“{further[1]}”两列，一份名单只能取决于表中的一栏。请删去一列。"
        yield CampaignError.at(_file(col), 0, says)


def _entries(
    col: Column, rows: Sequence[Mapping[str, str]], teams: Names[Team]
) -> tuple[list[Entry], list[CampaignError]]:
    """Give the entries of a list, and the rows that are wrong."""
    entries: dict[tuple[str, str, str], Entry] = {}
    spelled: dict[str, Entry] = {}
    wrong: list[CampaignError] = []
    for line, row in enumerate(rows, 2):
        value, team = row.get(VALUE, ""), row.get(TEAM, "")
        other = next((said for title, said in row.items() if title not in (VALUE, TEAM)), "")
        whose = teams.get(folded(team)) if team else None
        entry = Entry(value, whose.code if whose else "", other, line)
        first = spelled.setdefault(folded(value), entry)
        twin = entries.setdefault((folded(value), entry.team, folded(other)), entry)
        says = ""
        if not any(row.values()):
            continue
        if not value:
            says = "没有 value。请写明可选的值，或删去这一行。"
        elif team and whose is None:
            says = f"的 team“{team}”不在名录中{near(team, [each.name for each in teams.values()])}。请改正编码或名称。"
        elif first.value != value:
            says = f"的“{value}”与第 {first.line} 行的“{first.value}”只差空格、宽窄或大小写。请统一写法。"
        elif twin is not entry:
            says = f"的“{value}”与第 {twin.line} 行重复。请删去一行。"
        if says:
            wrong.append(CampaignError(f"schemas/{_file(col)} 第 {line} 行{says}"))
    return list(entries.values()), wrong


def _about_other(col: Column) -> Iterator[CampaignError]:
    """Say what a list says of another column in vain, and what of it the list lacks."""
    if col.listed is None or not col.listed.by:
        return
    other, said = col.sheet.columns()[col.listed.by], [entry for entry in col.listed.entries if entry.other]
    choices = {folded(choice): choice for choice in other.choices}
    for entry in said:
        if choices and folded(entry.other) not in choices:
            says = (
                f"的 {other.field}“{entry.other}”不是“{other.title}”的选项{near(entry.other, other.choices)}。请改正。"
            )
            yield CampaignError(f"schemas/{_file(col)} 第 {entry.line} 行{says}")
            return
    named = {folded(entry.other) for entry in said}
    if len(said) == len(col.listed.entries) and (lacking := [name for name in choices if name not in named]):
        says = f"没有“{other.title}”为“{choices[lacking[0]]}”时可选的值。请补上。"
        yield CampaignError.at(_file(col), 0, says)
