"""Units that a sender wrote over, above, below or beside what a column holds, compared with the unit that the form asks for.

The same measure on another scale (元 for 万元) makes every figure another one; another measure (户 for 人) counts something
else. Words that the lexicon does not have are no units: （含入户）, （公章）, （可多选） say nothing here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from pipeline.declare import Column, Sheet
from pipeline.declare.kinds import folded, tidy
from pipeline.layout.headers import Match, Remark, aliases, header, titles
from pipeline.layout.lexicon import LEXICON, Unit, scale_of
from pipeline.model import a1
from pipeline.rawbook import RawSheet

LONGEST = 20  # characters of a cell that says the unit of a column and is not its title: longer ones explain something
HEAD_ROWS = 2  # above the first record: a title, and a group's title above it or its own below it

_OPENING, _CLOSING = r"(\[【〔", r")\]】〕"
_IN_BRACKETS = re.compile(rf"[{_OPENING}]([^{_OPENING}{_CLOSING}]*)[{_CLOSING}]")
# What is in the outer ones of （台（套）).
_WITH_INNER = re.compile(rf"[{_OPENING}]((?:[^{_OPENING}{_CLOSING}]|{_IN_BRACKETS.pattern})*)[{_CLOSING}]")
_BETWEEN = re.compile(r"[,;:]")  # not 、: （企业、户） tells what is visited
_WORD = r"(?:计量|金额|货币|数量)?单位"
_LED = re.compile(rf"^{_WORD}[:为]?")
_BEHIND = re.compile(rf"{_WORD}[:为](.+)$")  # in a title without its spaces
# In a cell above the header. What is in front matters: 填报单位：… names who reports.
_ABOVE = re.compile(
    rf"(?:^|[\s,;。{_OPENING}])(?:计量|金额|货币|数量)?\s*单\s*位\s*[:为]\s*([^\s,;:。{_OPENING}{_CLOSING}]+)"
)


@dataclass(frozen=True, slots=True)
class Said:
    """One cell that may name a unit. words: what in it may be one. fields: the columns that it stands for.

    is_own: it stands at that very column. Else it stands for those of the columns whose units are like the one it names.
    """

    words: tuple[str, ...]
    row: int
    column: int
    fields: Sequence[str]
    is_own: bool = True


def other_units(raw: RawSheet, sheet: type[Sheet], said: Iterable[Said]) -> Iterator[Remark]:
    """Say which columns came back with another unit, each once, and where that unit stands."""
    columns, blamed, agreed = sheet.columns(), set[str](), set[str]()
    for each in sorted(said, key=lambda one: not one.is_own):
        fields = [name for name in each.fields if columns[name].unit]
        agreeing = {name for name in fields if _agrees(each.words, columns[name])}
        agreed |= agreeing if each.is_own else set()
        if not each.is_own and agreeing:  # some of the columns are meant, and others say for themselves what they hold
            fields = [name for name in fields if name not in agreed]
        for name in fields:
            if name not in blamed | agreeing and (found := _other(each, columns[name])):
                blamed.add(name)
                code, word = found
                about = {"title": columns[name].title, "column": str(columns[name].title), "field": name}
                place = {"sheet_key": sheet.key(), "cell": a1(each.row, each.column), "row": each.row + 1}
                yield Remark(code, raw.name, {**about, **place, "value": word, "expected": columns[name].unit})


def on_table(raw: RawSheet, sheet: type[Sheet], match: Match, below: Sequence[int]) -> Iterator[Said]:
    """Collect what a table's head says of units. below: rows of units and instructions under the header."""
    yield from _above(raw, sheet, match.first, match.slots)
    for name, c in match.slots.items():
        for r in range(max(match.first - HEAD_ROWS, 0), match.first):
            text = _text(raw, r, c)
            if not text or text == sheet.columns()[name].title:
                continue
            if _field(text, sheet) == name:
                yield Said(words_in(text), r, c, (name,))
            elif _is_short(text):
                yield Said((alone(text),), r, c, (name,))
                yield Said(words_in(text), r, c, _spanned(raw, r, c, match.slots), is_own=False)
        for r in below:
            text = _text(raw, r, c)
            if text and len(text) <= LONGEST:
                yield Said((alone(text), *words_in(text)), r, c, (name,))


def on_card(raw: RawSheet, sheet: type[Sheet], match: Match, values: Iterable[int]) -> Iterator[Said]:
    """Collect what a card says of units: at its titles, beside them, and above. values: columns of the records."""
    top, across = min(match.slots.values(), default=0), set(values)
    beside = match.first + 1
    yield from _above(raw, sheet, top, match.slots)
    for r in range(max(top - HEAD_ROWS, 0), top):
        for c in across:
            if _is_short(text := _text(raw, r, c)):
                yield Said(words_in(text), r, c, [*match.slots], is_own=False)
    for name, r in match.slots.items():
        title, unit = _text(raw, r, match.first), _text(raw, r, beside)
        if title != sheet.columns()[name].title:
            yield Said(words_in(title), r, match.first, (name,))
        if unit and beside not in across:
            yield Said((alone(unit), *words_in(unit)), r, beside, (name,))


@lru_cache(maxsize=4_000)
def words_in(text: str) -> tuple[str, ...]:
    """Give what may be a unit in a title or beside it: in brackets, and behind “单位：”."""
    plain = "".join(_plain(text).split())
    contents = [match[1] for each in (_WITH_INNER, _IN_BRACKETS) for match in each.finditer(plain)]
    inside = dict.fromkeys(part for content in contents for part in _BETWEEN.split(_LED.sub("", content)))
    behind = _BEHIND.search(_WITH_INNER.sub("", plain))
    return tuple(word for word in (*inside, *(_BETWEEN.split(behind[1]) if behind else ())) if word)


@lru_cache(maxsize=4_000)
def alone(text: str) -> str:
    """Give the unit that a cell names and nothing else does: 元, （元）, 单位：元, 台（套）."""
    plain = "".join(_plain(text).split())
    whole = _WITH_INNER.fullmatch(plain)
    return _LED.sub("", whole[1] if whole else plain)


@lru_cache(maxsize=4_000)
def unit_named(word: str, sheet: type[Sheet]) -> Unit | None:
    """Look a word up, folded: in the lexicon, among the units of the sheet's columns, and behind a scale (万, 千 …)."""
    plain = word.removeprefix("人民币").removesuffix("人民币")
    known = LEXICON.get(plain) or _declared(sheet).get(plain)
    if known is not None:
        return known
    scale, rest = scale_of(plain)
    base = (LEXICON.get(rest) or _declared(sheet).get(rest)) if rest != plain else None
    return base.times(scale) if base is not None else None


@cache
def _declared(sheet: type[Sheet]) -> Mapping[str, Unit]:
    """Give the units of a sheet's columns that the lexicon does not have: each measures something of its own."""
    units: dict[str, Unit] = {}
    for word in {folded(col.unit) for col in sheet.columns().values() if col.unit}:
        scale, rest = scale_of(word)
        if word not in LEXICON and rest not in LEXICON:
            units[rest or word] = Unit(rest or word, rest or word)
            units[word] = units[rest or word].times(scale if rest else 1)
    return units


def _unit_of(word: str, unit: str, sheet: type[Sheet]) -> Unit | None:
    """Look a word up as the unit of a column of `unit`; a scale alone (万) is that of the column's own measure."""
    scale, rest = scale_of(word)
    if rest or not word or word in _declared(sheet):
        return unit_named(word, sheet)
    own = unit_named(scale_of(folded(unit))[1], sheet)
    return own.times(scale) if own is not None else None


@lru_cache(maxsize=4_000)
def _against(word: str, unit: str, sheet: type[Sheet]) -> tuple[str, bool] | None:
    """Compare a word with a column's unit: the code of a finding ("": it is that unit), and whether the two are alike.

    None: the word is no unit.
    """
    said, mine = _unit_of(word, unit, sheet), unit_named(folded(unit), sheet)
    if said is None or mine is None:
        return None
    code = "" if said == mine else "S15" if said.measure == mine.measure else "S16"
    return code, said.like == mine.like


def _agrees(words: Iterable[str], col: Column) -> bool:
    return any((against := _against(word, col.unit, col.sheet)) and not against[0] for word in words)


def _other(said: Said, col: Column) -> tuple[str, str] | None:
    """Give the code and the unit where a cell names another unit than the column's."""
    for word in said.words:
        against = _against(word, col.unit, col.sheet)
        if against and (said.is_own or against[1]):
            return against[0], word
    return None


def _above(raw: RawSheet, sheet: type[Sheet], first: int, fields: Mapping[str, int]) -> Iterator[Said]:
    """Collect what stands above row `first` and is said of the whole sheet: 单位：元."""
    for r, row in enumerate(raw.rows[:first]):
        for c, text in enumerate(row):
            if isinstance(text, str) and "位" in text and _field(text, sheet) is None:
                for named in _ABOVE.findall(_plain(text)):
                    yield Said(tuple(named.split("、")), r, c, [*fields], is_own=False)


def _spanned(raw: RawSheet, r: int, c: int, slots: Mapping[str, int]) -> list[str]:
    """Fields below a cell of the head, which may be merged over several columns."""
    right = next((right for top, left, _, right in raw.merged if (top, left) == (r, c)), c)
    return [name for name, slot in slots.items() if c <= slot <= right]


def _field(text: str, sheet: type[Sheet]) -> str | None:
    name = header(text)
    return titles(sheet).get(name) or aliases(sheet).get(name)


def _text(raw: RawSheet, r: int, c: int) -> str:
    cell = raw.rows[r][c] if c < len(raw.rows[r]) else None
    return cell if isinstance(cell, str) else ""


@lru_cache(maxsize=4_000)
def _plain(text: str) -> str:
    """Fold a cell for reading units, and keep its spaces. ∶ is what some keyboards type for a colon."""
    return unicodedata.normalize("NFKC", tidy(text)).casefold().replace("∶", ":")


def _is_short(text: str) -> bool:
    """Whether a cell of the head may name a unit of what is below it, and is not said of the whole sheet."""
    return 0 < len(text) <= LONGEST and not _ABOVE.search(_plain(text))
