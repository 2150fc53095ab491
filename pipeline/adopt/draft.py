"""Blocks -> drafts of sheets: names that Python takes, kinds, roles, references from list to list."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.adopt.blocks import NUMBERED, Block, Entry
from pipeline.adopt.kinds import guess
from pipeline.adopt.look import LOWEST
from pipeline.adopt.naming import TAKEN, VOCABULARY, free_title, identifier
from pipeline.adopt.words import PERIOD, TEAM, TEAM_NAME, UNITS_ABOVE, is_money, split_unit
from pipeline.declare import Money, Text
from pipeline.declare.kinds import Kind, Number, folded
from pipeline.declare.titles import header, heading
from pipeline.rawbook import OUR_SHEETS, Address, Range

FIELD_HEADER = "项目"  # over the titles of a card, where nothing else is said


@dataclass(frozen=True)
class Ref:
    """What is said of a column in the words of another sheet: 项目.投资.sum()."""

    to: Draft
    code: str
    kind: type[Kind] | None = None


@dataclass
class Field:
    """One column to be declared. said: the words of `column` behind its title. why: from what it was guessed."""

    name: str
    title: str
    kind: type[Kind]
    said: dict[str, Any]
    why: str
    entry: Entry

    @property
    def path(self) -> str:
        """The title as it is called in messages."""
        return "".join(text.strip("()（）[]【】") for text in self.said.get("under", ())) + self.title


@dataclass(frozen=True)
class Sum:
    """A column that the form itself reckons from others of its row: signs (1, -1) and columns."""

    result: Field
    terms: tuple[tuple[int, Field], ...]


@dataclass
class Draft:
    """One sheet to be declared. options: what its Config says. left_out: what could not be declared, in a sentence each."""

    name: str
    block: Block
    fields: list[Field]
    options: dict[str, Any]
    left_out: list[str] = field(default_factory=list)
    rules: list[Sum] = field(default_factory=list)
    role: str = "ledger"

    @property
    def is_card(self) -> bool:
        """Whether its titles run down the page."""
        return self.block.sort != "table"

    @property
    def key(self) -> str:
        """The name of its frame in rules."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.name).lower()

    def needs(self) -> list[Draft]:
        """Give the sheets that it refers to."""
        refs = [value for each in self.fields for value in each.said.values() if isinstance(value, Ref)]
        return list({id(each.to): each.to for each in refs if each.to is not self}.values())

    def may_refer_to(self, other: Draft) -> bool:
        """Whether nothing that the other sheet needs needs this one: of two modules, one is imported first."""
        return other is not self and all(self.may_refer_to(each) for each in other.needs())

    def figures(self) -> list[Field]:
        """Give the columns that can be added up."""
        return [each for each in self.fields if issubclass(each.kind, Number)]

    def at(self, place: Address) -> Field | None:
        """Give the column that has a cell at an address, also one below what was looked at, or in its row of sums."""
        for each in self.fields:
            if place in each.entry.cells:
                return each
            is_its = not self.is_card and place[1] == each.entry.place[1]
            if is_its and (self.block.first <= place[0] < self.block.behind or place[0] == self.block.total_row):
                return each
        return None

    def column_of(self, area: Range) -> Field | None:
        """Give the column of a table that a range is a stretch of."""
        top, left, low, right = area
        begins = top <= max(self.block.first + 3, self.block.total_row + 1) and low >= self.block.entries[0].place[0]
        if self.is_card or left != right or not begins or (low != LOWEST and low <= self.block.first and top != low):
            return None
        return next((each for each in self.fields if each.entry.place[1] == left), None)


def drafts(blocks: Sequence[Block]) -> list[Draft]:
    """Draft a sheet for each block."""
    made: list[Draft] = []
    taken, titles = set(VOCABULARY), {*map(folded, OUR_SHEETS)}
    for tab in {id(block.tab): block.tab for block in blocks}.values():
        kept, others = _told_apart([block for block in blocks if block.tab is tab])
        for number, block in enumerate(kept):
            begins = _begins(block, is_first=not number, is_shared=len(kept) > 1)
            called = _without_number(begins) if begins else tab.name
            options = {"title": free_title(called, titles), "tab": tab.name, "begins": begins}
            if len(kept) == 1 and options["title"] == tab.name:
                options["tab"] = ""
            said = {word: said for word, said in options.items() if said}
            left_out = [] if number else [_no_heading(other) for other in others]
            made.append(Draft(identifier(called, taken, is_class=True), block, [], said, left_out))
    names = {each.name for each in made}
    for draft in made:
        _fill(draft, names - {draft.name})
        _say(draft)
    made = [draft for draft in made if draft.fields]
    _refer(made)
    _play(made)
    return made


def _told_apart(blocks: Sequence[Block]) -> tuple[list[Block], list[Block]]:
    """Part the blocks of a tab into those that can be told apart when it is read, and others.

    All but the first need a text of their own above them. Of two without, the one with more to fill in is kept.
    """
    kept: list[Block] = []
    others: list[Block] = []
    for block in blocks:
        if not kept or (block.heading and block.heading not in {each.heading for each in kept}):
            kept.append(block)
        elif not block.heading and len(block.entries) > sum(len(each.entries) for each in kept):
            others, kept = [*others, *kept], [block]
        else:
            others.append(block)
    return kept, others


def _no_heading(block: Block) -> str:
    return f"以“{block.entries[0].title}”开头的部分：与本表在同一张工作表上，两者之间没有文字，读取时分不开"


def _begins(block: Block, *, is_first: bool, is_shared: bool) -> str:
    """Give the text from which on a block is looked for; "" if it is the first of its tab, and has no number over it."""
    begins = " ".join(block.heading.split())
    return begins if not is_first or (is_shared and NUMBERED.match(begins)) else ""


def _fill(draft: Draft, reserved: Collection[str]) -> None:
    """Declare the columns that can be told apart when they are read. reserved: what their names may not hide."""
    paths: set[str] = set()
    names = {*TAKEN, *reserved}
    money = _money_above(draft.block)
    for entry in draft.block.entries:
        under = entry.under
        path = "".join(map(heading, under)) + header(entry.title)
        if not path or path in paths:
            draft.left_out.append(f"“{entry.title}”的标题" + ("与另一栏的读不出区别" if path else "只有编号或括号"))
            continue
        paths.add(path)
        found = guess(draft.block.tab, entry)
        said: dict[str, Any] = {"under": list(under)} if under else {}
        if entry.unit and (entry.unit not in ("%", "％") or issubclass(found.kind, Number)):
            said["unit"] = entry.unit
        elif money and found.kind is Money:
            said["unit"] = money
        called = "".join(text.strip("()（）") for text in under) + entry.title
        name = identifier(called, names)
        draft.fields.append(Field(name, entry.title, found.kind, said | dict(found.words), found.why, entry))


def _money_above(block: Block) -> str:
    """Give the unit of money that is said of a whole table above it: 单位：万元."""
    above = (block.tab.text(r, c) for r in range(max(block.top - 3, 0), block.top) for c in block.tab.texts(r))
    words = (word for text in above if (found := UNITS_ABOVE.search(text)) for word in re.split("[、,，]", found[1]))
    return next(filter(is_money, words), "")


def _say(draft: Draft) -> None:
    """Say in the Config of a sheet what its block tells."""
    block, options = draft.block, draft.options
    if block.records:
        options["records"] = _records(block.records)
        draft.left_out += [f"“{each}”在另一列，程序只读一列标题旁边的内容" for each in block.aside]
    heads = block.heads
    if block.records and not heads[0] and any(header(each.title) == header(FIELD_HEADER) for each in draft.fields):
        heads = (f"填报{FIELD_HEADER}", heads[1])  # what is printed over the titles must be none of them
    options |= {word: said for word, said in zip(("field_header", "unit_header"), heads, strict=True) if said}
    if block.sort == "below":
        options["answers"] = "below"
    if block.total and draft.figures():
        options["total_row"] = block.total


def _records(heads: Sequence[str]) -> dict[str, str]:
    if len(heads) == 1:
        return {"value": heads[0]}
    names: set[str] = set(TAKEN)
    return {identifier(each, names): each for each in heads}


def _without_number(heading: str) -> str:
    """Take a heading's number and its unit off: 二、经常性支出（万元） is 经常性支出."""
    return re.sub(r"^[（(]?[一二三四五六七八九十]{1,3}[)）、.．]\s*", "", split_unit(heading)[0]) or heading


# What columns are to each other, and to the office.


def _refer(made: Sequence[Draft]) -> None:
    """Refer a column whose drop-down shows what stands in another table of the form to that table's column."""
    for draft in made:
        for each in draft.fields:
            demand = next((asked for at in each.entry.cells if (asked := draft.block.tab.demand(*at))), None)
            if demand is None or demand.source is None:
                continue
            tab, area = demand.source
            others = (other for other in made if other.block.tab.name == tab and other is not draft)
            target = next(((other, found) for other in others if (found := other.column_of(area))), None)
            if target is not None and issubclass(target[1].kind, Text) and draft.may_refer_to(target[0]):
                each.kind, each.why = target[1].kind, "下拉列表，其中是另一张表的一栏"
                each.said.pop("choices", None)
                each.said["in_column"] = Ref(target[0], f"{target[0].name}.{target[1].name}")


def _play(made: Sequence[Draft]) -> None:
    """Tell which columns say whose return it is, and which card has the figures that are totalled."""
    cards = [draft for draft in made if draft.is_card]
    for role, words in (("team_name", TEAM_NAME), ("team", TEAM), ("period", PERIOD)):
        asked = [each for draft in cards for each in draft.fields if words.search(folded(each.title))]
        for each in asked[:1]:
            each.said["role"] = role
            each.why += "；role 据标题"
    figures = [draft for draft in cards if draft.figures()]
    declared = max(figures, key=lambda draft: len(draft.figures()), default=None)
    if declared is not None:
        declared.role = "declared"
    covers = [draft for draft in cards if draft is not declared and any("role" in each.said for each in draft.fields)]
    for draft in covers[:1]:
        draft.role = "cover"
    if declared is None:
        _total(made)


def _total(made: Sequence[Draft]) -> None:
    """Let what its ledgers come to be the figures of a form without a card of them; else count their rows."""
    tables = [draft for draft in made if not draft.is_card]
    for draft in tables:
        for each in draft.figures():
            each.said["total"] = True
    if not any(draft.figures() for draft in tables):
        for draft in tables:
            draft.options["counted"] = f"{draft.options['title']}条数"
    if not tables and made:
        made[0].role = "declared"
