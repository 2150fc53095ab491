"""The words in which one column of a sheet is declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.declare.columns import Column, Role, Within
from pipeline.declare.measures import Measure


def column(
    title: str,
    *,
    under: Sequence[str] = (),
    over: Sequence[str] = (),
    unit: str = "",
    aliases: Sequence[str] = (),
    required: bool = True,
    computed: bool = False,
    ge: float | str | None = None,
    le: float | str | None = None,
    gt: float | None = None,
    lt: float | None = None,
    places: int = 2,
    choices: Sequence[str] = (),
    synonyms: Mapping[str, str] | None = None,
    blanks: Sequence[str] = (),
    pattern: str = "",
    pattern_says: str = "",
    max_length: int | None = None,
    max_words: int | None = None,
    unique: bool = False,
    total: bool = False,
    within: Within | None = None,
    in_list: str = "",
    in_column: Any = None,
    equals: Measure | None = None,
    role: Role | None = None,
    fill_down: bool = False,
    width: float = 14,
    note: str = "",
    examples: Sequence[Any] = (),
    since: str = "",
    until: str = "",
    was: Mapping[str, str] | None = None,
) -> Any:
    """Declare one column of a sheet; its kind is the annotation.

    title, unit, aliases: what is printed, and other headers under which it may come back. under: what stands over the title
    in a header of several rows, from the top: column("计划", under=["一季度"]) is 一季度计划. over: headings under
    each of which the form has it again, as a column of its own: see `declare.over`. required: blank is an error.
    computed: the form fills it by itself, by a formula or in print. It is read, and nothing is said of it: no row is a record
    for what stands there, no bound is kept. Only what is added up (total, another's equals) must be there where a record is.
    ge, le, places: bounds of a number and its decimals; of a day, as ISO text. gt, lt: bounds that a number must not reach:
    gt=0 is more than 0. le="received": a day not after the one on which we received the return, whatever its period.
    choices, synonyms: of a Choice. blanks: what stands in a cell that nobody has filled in, as 请选择 in a drop-down; a form
    may name such words for all its columns. pattern, pattern_says: of text, or of telephone numbers that are not Chinese.
    max_length: characters of text, 200 if nothing is said; max_words: words instead, in English. unique: no value twice in one
    return. within: days of the "campaign" up to the period's end, or of the "period". in_column: each value must stand in that
    column of the same return. in_list: the choices stand in a file of the campaign, see below. equals: the ledger sum that a
    declared indicator must agree with. total: its sum is one of the campaign's figures, in a form that has no card of declared
    ones. role: what the pipeline reads from it. fill_down: merged cells mean "same as above".
    width: in characters. note: printed as an instruction. examples: right values, for hints and for demonstrations.
    since, until: the first and the last period (its key) whose form has the column. was: what its title was, up to and with
    the period of that key: column("办结户数", was={"2011-03": "解决户数"}).

    in_list="projects" is schemas/lists/projects.csv. Its column `value` has the choices. With a column `team` (code or name)
    a value is for that team only; with a column called as another Choice of the sheet, for rows in which that choice stands;
    what is blank there is for all:

        project: Choice = column("项目名称", in_list="projects")    projects.csv: team,value     units.csv: indicator,value
        indicator: Choice = column("指标", choices=["产量", "面积"])             东风镇,县道改造           产量,吨
        unit: Choice = column("计量单位", in_list="units")                       红旗镇,水库加固           面积,公顷
    """
    return Column(
        title, under=under, over=over, unit=unit, aliases=aliases, required=required, ge=ge, le=le, places=places,
        choices=choices, synonyms=synonyms or {}, blanks=blanks, pattern=pattern, pattern_says=pattern_says,
        max_length=max_length, computed=computed, gt=gt, lt=lt, max_words=max_words, unique=unique, total=total,
        within=within, in_list=in_list, in_column=in_column, equals=equals, role=role, fill_down=fill_down, width=width,
        note=note, examples=examples, since=since, until=until, was=was or {},
    )  # fmt: skip
