"""What arrived, beside what is known -> what is recorded of it. Known bytes are news only if a team returns to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.ledger import Draft, Kind
from pipeline.memory import Receipt
from pipeline.model import Submission
from pipeline.versions import latest_versions

_Whose = tuple[str | None, str | None]  # team and period


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
    old: dict[str, Receipt] = {}
    twice: list[tuple[Receipt, str]] = []  # and as what it was received before
    for each in in_order(receipts):
        before = known.get(each.sha256)
        if (each.sha256, each.file) in taken:
            continue
        elif each.sha256 in new:
            twice.append((each, new[each.sha256].file))
        elif before is None:
            new[each.sha256] = each
        elif before.left_as == each.file or each.sha256 in old:
            twice.append((each, before.file))
        else:
            old[each.sha256] = each
    earlier = list(old.values())
    returning = _returning(earlier, [*new.values(), *earlier], known)
    news = [each for each in earlier if _whose(each, known) in returning]
    twice += [(each, known[each.sha256].file) for each in earlier if _whose(each, known) not in returning]
    return Booked(list(new.values()), news, twice)


def _returning(old: Sequence[Receipt], together: Sequence[Receipt], known: Mapping[str, Receipt]) -> set[_Whose]:
    """Give team and period of those who return to a file they sent before: another is their latest, and nothing else of
    theirs came now."""
    came: dict[_Whose, set[str]] = {}
    for each in together:
        came.setdefault((each.team, each.period), set()).add(each.sha256)
    versions: dict[_Whose, list[Submission]] = {_whose(each, known): [] for each in old}
    for each in known.values():
        if each.team and each.arrived is not None and (each.team, each.period) in versions:
            versions[each.team, each.period].append(each.submission())
    returning = set()
    for whose, mine in versions.items():
        latest = next(iter(latest_versions(mine).values()), None)
        is_there = latest is None or (not latest.tied and latest.submission.sha256 in came.get(whose, ()))
        if not is_there and came.get(whose, set()) <= known.keys():
            returning.add(whose)
    return returning


def _whose(receipt: Receipt, known: Mapping[str, Receipt]) -> _Whose:
    return known[receipt.sha256].team, known[receipt.sha256].period


def _received(each: Receipt) -> Iterator[Draft]:
    arrived = each.arrived.isoformat() if each.arrived else ""
    said = {name: getattr(each, name) for name in ("sha256", "file", "path", "saved_at")}
    yield Draft(Kind.RECEIVED, {**said, "arrived": arrived})
    yield from placed([each])


def placed(receipts: Iterable[Receipt]) -> Iterator[Draft]:
    """Give the events that say whose files are, where that is known."""
    for each in receipts:
        if each.team is not None:
            names = ("sha256", "team", "period", "content")
            yield Draft(Kind.PLACED, {name: getattr(each, name) for name in names})
