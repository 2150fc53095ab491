"""A tab -> its blocks, from the top down."""

from __future__ import annotations

from dataclasses import replace

from pipeline.adopt.blocks import Block
from pipeline.adopt.cards import labels, questions
from pipeline.adopt.look import Tab
from pipeline.adopt.tables import table


def cut(tab: Tab) -> list[Block]:
    """Give the blocks of a tab, from the top down."""
    blocks: list[Block] = []
    r, heading = 0, ""
    while r < len(tab.rows):
        block = questions(tab, r) or labels(tab, r) or table(tab, r)
        if block is not None:
            blocks.append(replace(block, heading=heading))
            r, heading = block.behind, ""
            continue
        said = tab.texts(r)
        heading = tab.text(r, said[0]) if len(said) in (1, 2) else heading
        r += 1
    return blocks
