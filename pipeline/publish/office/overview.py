"""The leaders' page: how the period stands, on one screen and one sheet of paper. Every figure opens into its teams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from pipeline.declare import Column, Money
from pipeline.model import Number, Standing, Status, Total
from pipeline.night import GivenOut, Night
from pipeline.publish.excel.cells import short_day
from pipeline.publish.office.decision_book import placeable, waivable
from pipeline.publish.office.templates import change, environment, text_of
from pipeline.publish.office.trend import draw
from pipeline.publish.phrases.course import points
from pipeline.publish.phrases.ranking import Place, rank
from pipeline.publish.phrases.remarks import why_uncounted
from pipeline.publish.phrases.tallies import Coverage, beyond_announced

MOST_FIGURES = 25_000  # of teams that the page lists: more would make it slow to open
MOST_NAMED = 1_000  # teams in one list
SHADES = ((1.0, "报齐"), (0.8, "八成以上"), (0.5, "五成以上"), (0.0, "不到五成"))  # share received, from which on


@dataclass(frozen=True, slots=True)
class Tile:
    """One township, or another group of the register. shade: from 0, nothing received, to 4, all of it."""

    number: int
    name: str
    standings: Sequence[Standing]
    coverage: Coverage
    values: Mapping[str, Number]

    @property
    def shade(self) -> int:
        """How dark it is."""
        if not self.coverage.received and self.coverage.expected:
            return 0
        least = next(place for place, (share, _) in enumerate(SHADES) if self._share >= share)
        return len(SHADES) - least

    @property
    def _share(self) -> float:
        return self.coverage.received_share if self.coverage.expected else 1.0

    def count(self, status: str) -> int:
        """Count its teams of a status."""
        return sum(standing.status.value == status for standing in self.standings)


@dataclass(frozen=True, slots=True)
class Row:
    """One total with what it was the last night and the last period; None: nothing to compare."""

    total: Total
    since_night: Number | None
    since_period: Number | None


@dataclass(frozen=True, slots=True)
class Names:
    """A list of teams that a figure opens into. says: what stands beside each."""

    key: str
    title: str
    standings: Sequence[Standing]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits for somebody. lines: (link or "", what, why)."""

    key: str
    title: str
    lines: Sequence[tuple[str, str, str]]
    what_to_do: str


@dataclass(frozen=True, slots=True)
class Mark:
    """The teams that earned as many points."""

    total: int
    places: Sequence[Place]

    @property
    def why(self) -> str:
        """Say for what all of them lost most points; "" if there is nothing that all share."""
        shared = [reason for reason in self.places[0].reasons if all(reason in each.reasons for each in self.places)]
        return shared[0] if shared else ""


def write_overview(night: Night, path: Path) -> None:
    """Write the night's overview. It links only to what lies in the same folder."""
    with path.open("w", encoding="utf-8", newline="") as page:
        page.writelines(pieces(night))


def pieces(night: Night) -> Iterator[str]:
    """Give the page as it is made, from the top down: same night, same text."""
    style, style_hash = text_of("overview.css", "trend.css")
    told, coverage, indicators = points(night), Coverage.of(night.standings), night.campaign.form.declared.indicators()
    best, worst = marks(night)
    return (
        environment()
        .get_template("overview.html.j2")
        .generate(
            night=night,
            settings=night.campaign.settings,
            style=style,
            style_hash=style_hash,
            coverage=coverage,
            before=told[-2] if len(told) > 1 else None,
            names=list(_names(night)),
            rows=[_row(night, total) for total in night.consolidation.totals.values()],
            last_night=_named(night.last_night, lambda given: short_day(given.as_of)),
            last_period=_named(night.last_period, lambda given: given.period.title),
            tiles=tiles(night),
            dimension=_dimension(night)[1],
            shades=[word for _, word in reversed(SHADES)],
            has_figures=len(night.standings) * len(indicators) <= MOST_FIGURES,
            most_named=MOST_NAMED,
            items=list(items(night)),
            trend=draw(told, coverage.expected, 430, 178),
            best=best,
            worst=worst,
            is_over=night.as_of > night.period.due,
            figure=lambda key, value: _figure(indicators[key], value),
            change=lambda key, value: change(value, lambda size: _figure(indicators[key], size)),
        )
    )


def _figure(col: Column, value: Number) -> str:
    """Write a figure with the decimals that the summary workbook gives it."""
    least = min(col.places, 2) if issubclass(col.kind, Money) else 0
    told = value.normalize() if isinstance(value, Decimal) else value
    decimals = -int(told.as_tuple().exponent) if isinstance(told, Decimal) else 0
    return f"{told:,.{max(least, decimals)}f}"


def _dimension(night: Night) -> tuple[str, str]:
    """Give the column and the title of what the register is shown by: townships where it has any."""
    dimensions = night.campaign.settings.dimensions
    column = "township" if "township" in dimensions else next(iter(dimensions), "")
    return column, dimensions.get(column, "")


def tiles(night: Night) -> list[Tile]:
    """Give the groups of the register in its order; all of it is one group where it has none."""
    column, title = _dimension(night)
    groups: dict[str, list[Standing]] = {}
    for standing in night.standings:
        group = night.campaign.group(standing.team, column) if column else f"全部{night.campaign.settings.unit}"
        groups.setdefault(group, []).append(standing)
    whole = {name: total.value for name, total in night.consolidation.totals.items()}
    values = night.consolidation.by_dimension.get(title, {})
    return [
        Tile(number, name, standings, Coverage.of(standings), values.get(name, whole))
        for number, (name, standings) in enumerate(groups.items(), 1)
    ]


def _names(night: Night) -> Iterator[Names]:
    """Give the lists that figures of the head open into, in the order in which they stand there."""
    wanted: tuple[tuple[str, str, Callable[[Standing], bool]], ...] = (
        ("held", Status.HELD.title, lambda s: s.status is Status.HELD),
        ("missing", Status.MISSING.title, lambda s: s.status is Status.MISSING),
        ("late", "迟报", lambda s: s.is_late),
        ("queried", "待核实", lambda s: s.is_queried),
        ("nil", "零报告", lambda s: s.is_nil),
        ("excused", Status.EXCUSED.title, lambda s: s.status is Status.EXCUSED),
    )
    for key, title, is_one in wanted:
        yield Names(key, title, [standing for standing in night.standings if is_one(standing)])


def _row(night: Night, total: Total) -> Row:
    def since(given: GivenOut | None) -> Number | None:
        value = given.values.get(total.key) if given else None
        return None if value is None else total.value - value[0]

    return Row(total, since(night.last_night), since(night.last_period))


def _named(given: GivenOut | None, name: Callable[[GivenOut], str]) -> str:
    return name(given) if given else ""


def items(night: Night) -> Iterator[Item]:
    """Give what waits for a decision or a word today, the gravest first. Who still has time waits for nobody."""
    names = {team.code: team.name for team in night.campaign.teams}
    beyond = beyond_announced(night.consolidation.totals.values())
    overdue = [s for s in night.standings if s.status is Status.MISSING and s.days_late > 0]
    ours = placeable(night)
    others = [each for each in night.unplaced if each not in ours]
    found = (
        Item("notices", "用数之前先看", [("", "", line) for line in night.notices], ""),
        Item("beyond", "合计超过公布数", [("", "", line) for line in beyond], "请核对有无重复计入或填错单位的。"),
        Item(
            "place", "文件归给谁", [("", each.file, each.reason) for each in ours],
            "请在处理决定.xlsx 中写明归给哪个单位，或请报送单位补全后重报。",
        ),
        Item("resend", "请对方重发的文件", [("", each.file, each.reason) for each in others], "请报送单位重报。"),
        Item(
            "waive", "错误是否豁免", [(each.team, names[each.team], each.says) for each in waivable(night)],
            "确属实情的，在处理决定.xlsx 中写明豁免和原因；否则请该单位改正。",
        ),
        Item(
            "overdue", "到期未报，催报或免报", [(s.team.code, s.team.name, why_uncounted(s)) for s in overdue],
            "请催报；确有原因的，在处理决定.xlsx 中写明免报。",
        ),
        Item(
            "declined", "没有采纳的决定",
            [("", each.file + (f" 第 {each.row} 行" if each.row else ""), each.says) for each in night.declined],
            "请改正后再放一次。",
        ),
        Item("left", "没有取走的文件", [("", each.file, each.reason) for each in night.left], ""),
    )  # fmt: skip
    yield from (item for item in found if item.lines)


MOST_BEST, MOST_WORST = 3, 4  # marks that are shown


def marks(night: Night) -> tuple[list[Mark], list[Mark]]:
    """Give the accepted teams with the most points, and of those whose day is over the teams with the fewest, the fewest first:
    nobody is called slow or wrong while there is time."""
    by_points = [(total, list(alike)) for total, alike in groupby(rank(night.standings), key=lambda each: each.total)]
    good = _marked(by_points, lambda standing: standing.status is Status.ACCEPTED)[:MOST_BEST]
    shown = {mark.total for mark in good}
    due = _marked(reversed(by_points), lambda standing: night.as_of > (standing.due or night.period.due))
    return good, [mark for mark in due if mark.total not in shown][:MOST_WORST]


def _marked(by_points: Iterable[tuple[int, list[Place]]], is_meant: Callable[[Standing], bool]) -> list[Mark]:
    """Give the marks of the teams that are meant."""
    marked = [Mark(total, [place for place in places if is_meant(place.standing)]) for total, places in by_points]
    return [mark for mark in marked if mark.places]
