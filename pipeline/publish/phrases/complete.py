"""What was asked for of each team beside what is there: the order in which whoever inspects it ticks it off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.checked import CheckedReturn
from pipeline.declare import Form, Sheet
from pipeline.model import Standing, Status
from pipeline.night import Night

COMPLETE = "齐全"


@dataclass(frozen=True)
class Asked:
    """What a form asks of every return: rows in each of its ledgers, and figures in its card."""

    form: Form

    @cached_property
    def ledgers(self) -> Mapping[str, type[Sheet]]:
        """The ledgers with a row per item, by sheet key."""
        return {sheet.key(): sheet for sheet in self.form.ledgers if not sheet.is_card()}

    @cached_property
    def lasting(self) -> frozenset[str]:
        """Keys of the ledgers that a return has rows in even if there is nothing to report."""
        return frozenset(sheet.key() for sheet in self.form.lasting)

    @cached_property
    def figures(self) -> Sequence[tuple[str, str]]:
        """The figures that somebody must fill in: (record, indicator); none of a card that is made of the ledgers."""
        return [(record, name) for record in self._records for name in self._names]

    @cached_property
    def _records(self) -> Sequence[str]:
        card = self.form.declared
        return () if card is self.form.derived else tuple(card.options().records or ())

    @cached_property
    def _names(self) -> Sequence[str]:
        """The indicators that must be filled in, of each record the same."""
        columns = self.form.declared.indicators().items()
        return [name for name, col in columns if col.is_required and not col.is_computed]

    def blank(self, checked: CheckedReturn) -> list[type[Sheet]]:
        """Give the ledgers in which a return has no row and should have one."""
        keys = self.lasting if checked.is_nil else self.ledgers.keys()
        return [sheet for key, sheet in self.ledgers.items() if key in keys and not rows_in(checked, key)]

    def filled(self, checked: CheckedReturn) -> int:
        """Count the figures that are there."""
        said = (checked.figures.get(record, {}) for record in self._records)
        return sum(sum(map(each.__contains__, self._names)) for each in said)


def rows_in(checked: CheckedReturn, key: str) -> int:
    """Count the rows of a ledger of a return; 0 if it has no such sheet."""
    return checked.lines[key].count if key in checked.lines else 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of a team. checked: what of it counts, None if nothing does. blank: ledgers that lack every row. lacking: all
    that is lacking, a few words each."""

    standing: Standing
    checked: CheckedReturn | None
    blank: Sequence[type[Sheet]]
    filled: int
    lacking: Sequence[str]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is lacking of a team that had to report."""
        return not self.lacking and self.standing.status is not Status.EXCUSED

    @property
    def says(self) -> str:
        """Say whether all is there, or what is not."""
        return "；".join(self.lacking) or (COMPLETE if self.is_complete else Status.EXCUSED.title)


def deliveries(night: Night) -> Iterator[Delivery]:
    """Give what came of each team of the register, in its order."""
    asked = Asked(night.campaign.form)
    for standing in night.standings:
        checked = night.checked.get(standing.counted.sha256) if standing.counted else None
        blank, filled = (asked.blank(checked), asked.filled(checked)) if checked else ((), 0)
        lacking = [
            *_of_now(standing),
            *([f"缺 {'、'.join(sheet.title() for sheet in blank)}"] if blank else ()),
            *(
                [f"{night.campaign.form.declared.title()}空 {short} 项"]
                if (short := _short(asked, checked, filled))
                else ()
            ),
            *([f"核实 {standing.queries} 项未说明"] if standing.queries else ()),
            *(f"{each.period.title}未报或未通过" for each in night.before if standing.team.code in each.lacking),
        ]
        yield Delivery(standing, checked, blank, filled, lacking)


def _of_now(standing: Standing) -> Iterator[str]:
    """Say what keeps the team's latest return from counting."""
    if standing.status is Status.MISSING:
        yield Status.MISSING.title
    elif standing.errors:
        yield f"{'退改，' if standing.status is Status.HELD else ''}{standing.errors} 处错误未改"
    elif standing.status is Status.HELD:
        yield Status.HELD.title


def _short(asked: Asked, checked: CheckedReturn | None, filled: int) -> int:
    return len(asked.figures) - filled if checked else 0


def count_complete(night: Night) -> dict[str, int]:
    """Count the teams as `run.json` says it: of which all is there, and of which something is lacking."""
    told = list(deliveries(night))
    complete = sum(each.is_complete for each in told)
    return {"complete": complete, "incomplete": sum(bool(each.lacking) for each in told)}


def stood_before(night: Night, standing: Standing) -> str:
    """Say of the periods before how many of the team's returns count, and of which period nothing does; "" if it had none."""
    due = [each for each in night.before if standing.team.reports(each.period)]
    lacking = [each.period.title for each in due if standing.team.code in each.lacking]
    excused = sum(standing.team.code in each.excused for each in due)
    counting = len(due) - len(lacking) - excused
    words = [f"通过 {counting} 期"] * bool(counting) + [f"免报 {excused} 期"] * bool(excused)
    return "；".join([*words, *([f"缺 {'、'.join(lacking)}"] if lacking else ())])
