"""Which rows of a table are records: words of a sheet's `Config`."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.words import Words


@dataclass(frozen=True)
class RowWords:
    """What else than records stands below the header of a table, and how many records there are.

                 序号  项目   投资  完成   结余
                  1     2      3     4    5=3-4    numbered = True: 栏次, a row of numbers (a column of 行次 is a Serial)
                 例   大桥    100    40      60    instructions = 1: rows of instructions or samples, whatever they say
                  1   县道    120    20     100    at_least = at_most = 1: so many records
                  2                            0    record = ("project",): 0 is what a formula gives, no record
                 以下空白                           ends = "以下空白": nothing from here on is read, wherever it stands

    record: fields of which one makes a row a record; 0 there is nothing. A row in which all of them are blank is none, whatever
    its computed columns give and its drop-downs show, if all else is blank or 0. What was typed there all the same is not lost:
    such a row is a record that lacks what makes it one, and goes back.
    """

    record: tuple[str, ...] = ()
    ends: str = ""  # the text from which on nothing is read
    instructions: int = 0  # counted from the header down, blank ones too
    numbered: bool = False  # whether a row below the header numbers the columns (栏次)
    at_least: int = 0  # how many records there must be
    at_most: int | None = None  # how many there may be; none: any number

    @property
    def is_counted(self) -> bool:
        """Whether not any number of records will do."""
        return bool(self.at_least) or self.at_most is not None

    def count_says(self, words: Words) -> str:
        """Say how many records there must be: 恰好 5 行, 至少 3 行, 至多 10 行, 3 至 10 行."""
        least, most = self.at_least, self.at_most
        if most is None:
            return words("至少 {least} 行", least=least)
        if not least:
            return words("至多 {most} 行", most=most)
        return words("恰好 {most} 行" if least == most else "{least} 至 {most} 行", least=least, most=most)

    def within(self, count: int) -> int:
        """Give the nearest number of records that there may be."""
        return max(self.at_least, count if self.at_most is None else min(count, self.at_most))

    @property
    def heading_rows(self) -> int:
        """How many rows between the header and the records the form has."""
        return self.instructions + self.numbered
