"""Cards: questions with the answer below, titles down the page with the value beside."""

from __future__ import annotations

from pipeline.adopt.blocks import LONGEST_TITLE, NUMBERED, QUESTION, Block, Entry, entry
from pipeline.adopt.look import Tab
from pipeline.adopt.words import HEADED_AS_CARD, OF_RECORD, is_placeholder, kind_of_title, split_unit
from pipeline.declare.titles import header
from pipeline.layout.rows import FOOT

# Questions with the answer below.


def questions(tab: Tab, r: int) -> Block | None:
    """Read a card of questions that begins in a row."""
    entries: list[Entry] = []
    behind = r
    while behind < len(tab.rows) and (asked := row_of_questions(tab, behind, is_next=bool(entries))):
        entries += asked
        behind = max(tab.block(*each.cells[0])[2] for each in asked) + 1
        while behind < len(tab.rows) and tab.is_empty(behind):
            behind += 1
    if len(entries) < 2:
        return None
    return Block(tab, "below", r, r, behind, tuple(entries), records=("填报内容",))


def row_of_questions(tab: Tab, r: int, *, is_next: bool = False) -> list[Entry]:
    """Read a row of questions, all of which have room for an answer below. is_next: questions stand above it."""
    texts = tab.texts(r)
    if not texts or len(tab.filled(r)) > len(texts):
        return []
    asks = any(QUESTION.search(tab.text(r, c)) for c in texts)
    if not all(_has_room_below(tab, r, c, asks=asks, is_next=is_next) for c in texts):
        return []
    return [entry((r, c), tab.text(r, c), cells=((tab.block(r, c)[2] + 1, c),)) for c in texts]


def _has_room_below(tab: Tab, r: int, c: int, *, asks: bool, is_next: bool) -> bool:
    """Whether what stands in a cell is asked of the cell below. asks: something in its row is a question by its words."""
    title, (_, _, low, right) = tab.text(r, c), tab.block(r, c)
    below = (low + 1, c)
    is_question, answer = bool(QUESTION.search(title)), tab.text(*below)
    is_lone = not any(tab.text(r, beside) for beside in (c - 1, right + 1))
    is_wide = tab.block(*below) != (*below, *below)
    is_free = tab.cell(*below) is None or below in tab.formulas or is_placeholder(answer)
    is_answered = (asks or is_wide) and is_lone and not QUESTION.search(answer)
    if len(title) > LONGEST_TITLE or NUMBERED.match(title) or not (is_free or is_answered):
        return False
    if tab.is_ready(r, right + 1) and not tab.is_ready(*below):
        return False  # its value stands beside it
    if is_question:
        is_drawn = tab.cell(low + 2, c) is None and (low + 2, c) in tab.framed
        return is_lone or not is_drawn  # else a header over several lines to be filled in
    return is_lone and (asks or tab.is_ready(*below) or (is_next and is_wide)) and not tab.is_ready(r, right + 1)


# Titles down the page, the value beside.


def labels(tab: Tab, r: int) -> Block | None:
    """Read a card that begins in a row and has no header."""
    texts = tab.texts(r)
    if not texts:
        return None
    c, is_told = texts[0], _is_told(tab, r, texts[0])
    entries: list[Entry] = []
    aside: list[str] = []
    behind = r
    while behind < len(tab.rows):
        is_next = c in tab.texts(behind) and ((is_told and len(tab.filled(behind)) == 2) or is_label(tab, behind, c))
        if is_next:
            value = tab.block(behind, c)[3] + 1
            entries.append(entry((behind, c), tab.text(behind, c), cells=((behind, value),)))
            others = (other for other in tab.texts(behind) if other > value)
            aside += [tab.text(behind, other) for other in others if is_label(tab, behind, other)]
        elif not tab.is_empty(behind) or not entries:
            break
        behind += 1
    if len(entries) < 2:
        return None
    return Block(tab, "beside", r, r, behind, tuple(entries), records=("填报内容",), aside=tuple(aside))


def _is_told(tab: Tab, r: int, c: int) -> bool:
    """Whether a card that is filled in begins in a row: pairs of cells, most of which begin with a title of a known kind."""
    if HEADED_AS_CARD.search(header(tab.text(r, c))) and OF_RECORD.search(header(tab.text(r, c + 1))):
        return False  # its header
    titles = []
    while r < len(tab.rows) and tab.filled(r) == [c, c + 1] and tab.text(r, c):
        titles.append(tab.text(r, c))
        r += 1
    return len(titles) > 2 and sum(kind_of_title(title) is not None for title in titles) * 2 > len(titles)


def is_label(tab: Tab, r: int, c: int) -> bool:
    """Whether a text is the title of the cell beside it, which is made ready, or plainly waits."""
    title, value = tab.text(r, c), (r, tab.block(r, c)[3] + 1)
    if len(title) > LONGEST_TITLE or title.endswith(("。", "；")) or not header(title):
        return False
    if tab.is_ready(*value) or value in tab.formulas:
        return True
    if FOOT.match(title):
        return False
    if tab.cell(*value) is None:
        return title.endswith(("：", ":")) or bool(split_unit(title)[1])
    return title.endswith(("：", ":")) and not tab.text(*value).endswith(("：", ":"))
