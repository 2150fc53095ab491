"""What arrived, beside what is known -> what is recorded of it. Known bytes are news only if a team returns to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.ledger import Draft, Kind
from pipeline.memory import Receipt
from pipeline.versions import latest_versions


@dataclass(frozen=True)
class Booked:
    """What becomes of receipts. new: bytes never received before. again: known ones that are their team's latest from now on.
    repeated: known ones that say nothing new, each with the name under which they came before."""

    new: Sequence[Receipt] = field(default_factory=list)
    again: Sequence[Receipt] = field(default_factory=list)
    repeated: Sequence[tuple[Receipt, str]] = field(default_factory=list)

    def events(self) -> list[Draft]:
        """Give the events to record, in the order in which the files count as received."""
        received = [draft for each in in_order([*self.new, *self.again]) for draft in _received(each)]
        return received + [
            Draft(Kind.REPEATED, {"sha256": each.sha256, "file": each.file, "before": before})
            for each, before in self.repeated
        ]


def in_order(receipts: Sequence[Receipt]) -> list[Receipt]:
    """Order what was received at once: by the day on which it came, then by the sender's clock."""
    return sorted(receipts, key=lambda each: (str(each.arrived), each.saved_at, each.file, each.sha256))


def book(receipts: Sequence[Receipt], known: Mapping[str, Receipt], taken: Collection[tuple[str, str]]) -> Booked:
    """Sort out what arrived. known: by hash. taken: hash and name of what a night that was cut off and goes on now has
    recorded already; it was only not removed any more.
    """
    new: dict[str, Receipt] = {}
    old: list[Receipt] = []
    twice: list[tuple[Receipt, str]] = []  # and as what it was received before
    for each in in_order(receipts):
        before = known.get(each.sha256)
        if (each.sha256, each.file) in taken:
            continue
        elif each.sha256 in new:
            twice.append((each, new[each.sha256].file))
        elif before is None:
            new[each.sha256] = each
        elif before.left_as == each.file:
            twice.append((each, before.file))
        else:
            old.append(each)
    news = [each for each in old if _is_news(each, [*new.values(), *old], known)]
    twice += [(each, known[each.sha256].file) for each in old if each not in news]
    return Booked(list(new.values()), news, twice)


def _is_news(receipt: Receipt, together: Sequence[Receipt], known: Mapping[str, Receipt]) -> bool:
    """Whether a team returns to a file it sent before: another counts as its latest, and nothing else of its came now."""
    mine = known[receipt.sha256]
    if mine.team is None:
        return False
    others = [each for each in together if (each.team, each.period) == (mine.team, mine.period)]
    versions = [
        each.submission()
        for each in known.values()
        if (each.team, each.period) == (mine.team, mine.period) and each.arrived is not None
    ]
    if not versions:
        return False
    latest = latest_versions(versions)[mine.team]
    if not latest.tied and latest.submission.sha256 in {each.sha256 for each in others}:
        return False
    return all(each.sha256 in known for each in others)


def _received(each: Receipt) -> Iterator[Draft]:
    arrived = each.arrived.isoformat() if each.arrived else ""
    said = {name: getattr(each, name) for name in ("sha256", "file", "path", "saved_at")}
    yield Draft(Kind.RECEIVED, {**said, "arrived": arrived})
    yield from placed([each])


def placed(receipts: Sequence[Receipt]) -> Iterator[Draft]:
    """Give the events that say whose files are, where that is known."""
    for each in receipts:
        if each.team is not None:
            names = ("sha256", "team", "period", "content")
            yield Draft(Kind.PLACED, {name: getattr(each, name) for name in names})
