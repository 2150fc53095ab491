"""Sheet: the words in which the sheets of a return are declared.

A `Sheet` is a class whose annotations are kinds of column; `Visits.to_schema()` is its Pandera schema. `Visits.persons` is a
reference to a column: a plain field name wherever Pandera or pandas wants one, and the start of a sum
(`Visits.persons.sum()`) elsewhere.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pipeline.declare.columns import Column
from pipeline.declare.kinds import Number, Serial
from pipeline.declare.measures import ColumnRef, Measure
from pipeline.declare.over import columns_of, wide
from pipeline.declare.periods import PeriodWords
from pipeline.declare.rows import RowWords
from pipeline.words import CHINESE, Words

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

    from pipeline.declare.rules import Rule

Answers = Literal[
    "beside",  # in the cells to the right of the title, a column for each record
    "below",  # in the cell below the title, wherever on the sheet that stands: a questionnaire
]
SheetRole = Literal[
    "cover",  # a card that says who reports and for which period; the office fills in what it knows
    "declared",  # a card whose numbers are the campaign's figures: they are totalled, compared and published
    "ledger",  # one row per item; any number of sheets may be one
    "explanations",  # answers to queries; the office fills in the questions, the team the last column
]


@dataclass(frozen=True)
class SheetOptions(RowWords, PeriodWords):
    """What a sheet's `Config` says."""

    title: str = ""  # the sheet's printed name, which is also its tab's
    aliases: tuple[str, ...] = ()  # other names under which its tab may come back
    tab: str = ""  # the tab that it shares with other tables; none: one of its own
    begins: str = ""  # the text above it there, from which on it is looked for; none: it is the first
    role: SheetRole = "ledger"  # what the pipeline takes it for
    records: Mapping[str, str] | None = None  # a card: fields run down, one column of values per record (key -> header)
    answers: Answers = "beside"  # where a card's values stand: beside its titles, or below each
    field_header: str = ""  # a card's header above its field titles; none: 项目
    unit_header: str = ""  # its header above their units; none: 计量单位
    total_row: str = ""  # the word that marks the row of sums; none: the sheet has no such row
    unique: tuple[tuple[str, ...], ...] = ()  # groups of fields whose values together come once in a return
    counted: str = ""  # what its rows are called as one of the campaign's figures, in a form without declared ones
    key: str = ""  # the field that names a row within its return; rows where it is blank or repeated, by what they say
    rows: int = 30  # ruled rows of a blank form
    note: str = ""  # one line of instruction under the title
    since: str = ""  # key of the first period whose form has the sheet; none: that of the campaign
    until: str = ""  # key of the last one


# No sheet has these from the one that it is made after.
OWN: dict[str, Any] = {"title": "", "aliases": (), "tab": "", "begins": "", "counted": "", "since": "", "until": ""}


@cache
def _underscored(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class SheetType(type):
    """The type of sheets. A sheet is one thing, so what is worked out about it may be kept under it."""

    def __hash__(cls) -> int:
        return super().__hash__()

    if not TYPE_CHECKING:

        def __getattr__(cls, name: str) -> ColumnRef:
            """Give a reference to one of the columns that `over` makes of a declaration."""
            if name not in cls.__dict__.get("__columns__", ()):
                raise AttributeError(f"{cls.__name__} has no attribute {name!r}", name=name, obj=cls)
            return ColumnRef(cls, name)


class Sheet(metaclass=SheetType):
    """One sheet of a return. The frame of a sheet has one row per filled row (a card: per record) of every return.

    A sheet made after another one (`class Abroad(Visits)`) has its columns in their places, some perhaps declared anew or left
    out (`note = None`), then its own; and what its Config says apart from its names and place.
    """

    __options__: ClassVar[SheetOptions] = SheetOptions()
    __declared__: ClassVar[dict[str, Column]] = {}
    __columns__: ClassVar[dict[str, Column]] = {}
    __words__: ClassVar[Words] = CHINESE  # those of the campaign, which tells them to the sheets of its form
    __absent__: ClassVar[Mapping[str, Column]] = {}
    __rules__: ClassVar[list[Rule]] = []  # that blame it, in the order in which they are declared

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        said = vars(cls.__dict__.get("Config", object))
        known = SheetOptions.__dataclass_fields__
        cls.__options__ = replace(
            cls.__options__, **OWN | {name: value for name, value in said.items() if name in known}
        )
        kinds = inspect.get_annotations(cls, eval_str=True)
        declared = {
            name: copy(col) for name, col in cls.__declared__.items() if cls.__dict__.get(name, col) is not None
        }
        kinds = {name: col.kind for name, col in declared.items()} | kinds
        declared |= {name: each for name in kinds if isinstance(each := cls.__dict__.get(name), Column)}
        for name, col in declared.items():
            col.bind(cls, name, kinds[name])
        cls.__declared__, cls.__columns__, cls.__rules__ = declared, columns_of(declared), []

    @classmethod
    def declared(cls) -> dict[str, Column]:
        """Give the declarations by name; one with `over` stands for several columns, and is none itself."""
        return cls.__declared__

    @classmethod
    def columns(cls) -> dict[str, Column]:
        """Give the declared columns by field name, in the form's order."""
        return cls.__columns__

    @classmethod
    def absent(cls) -> Mapping[str, Column]:
        """Give the columns that it has in other periods only, by field name: rules may read them, and find nothing there."""
        return cls.__absent__

    @classmethod
    def options(cls) -> SheetOptions:
        """Give what the sheet's `Config` says."""
        return cls.__options__

    @classmethod
    def wording(cls) -> Words:
        """Give the words in which the sheet, and all that is found in it, is spoken of to senders."""
        return cls.__words__

    @classmethod
    def card_heads(cls) -> tuple[str, str]:
        """Give what stands above a card's titles and above their units."""
        options, words = cls.__options__, cls.__words__
        return options.field_header or words("项目"), options.unit_header or words("计量单位")

    @classmethod
    def title(cls) -> str:
        """Give the sheet's printed name, which is also its tab's."""
        return cls.__options__.title or cls.__name__

    @classmethod
    def tab(cls) -> str:
        """Give the name of the tab on which the sheet comes back: its own, or one that it shares."""
        return cls.__options__.tab or cls.title()

    @classmethod
    def key(cls) -> str:
        """Give the sheet's name in rules and in code: `WorkItems` -> `work_items`."""
        return _underscored(cls.__name__)

    @classmethod
    def is_card(cls) -> bool:
        """Tell whether fields run down the page (cover, indicators) rather than across it."""
        return cls.__options__.records is not None

    @classmethod
    def telling(cls) -> list[str]:
        """Give the fields that tell one row from another by what it says: all but serial numbers."""
        return [name for name, col in cls.columns().items() if not issubclass(col.kind, Serial)]

    @classmethod
    def count(cls, **where: str) -> Measure:
        """Count the rows in which each named column equals the given value."""
        return Measure(cls, None, where)

    @classmethod
    def indicators(cls) -> dict[str, Column]:
        """Give the numeric columns, which for a declared sheet are the campaign's indicators."""
        return {name: col for name, col in cls.columns().items() if issubclass(col.kind, Number)}

    @classmethod
    def to_schema(cls) -> pa.DataFrameSchema:
        """Give the Pandera schema of the sheet's frame: its columns, and the rules that read nothing but its rows."""
        from pipeline.declare.schema import rule_check, schema_of

        return schema_of(cls, [rule_check(rule) for rule in cls.__rules__ if rule.is_of_one_sheet])

    @classmethod
    def frame(cls, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
        """Make a typed frame out of rows typed as people type; a field that a row does not mention is null."""
        import pandas as pd

        columns = {**cls.columns(), **cls.absent()}
        rows = (
            [wide(cls.__columns__, row) for row in rows] if any(col.over for col in cls.__declared__.values()) else rows
        )
        return pd.DataFrame(
            {
                name: col.kind.series([col.kind.parse_cell(row.get(name), col).value for row in rows])
                for name, col in columns.items()
            }
        )
