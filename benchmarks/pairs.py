"""Commands in turns, and what is printed of it: every run, the medians, and what comes out pair by pair."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from benchmarks import agree, sides
from benchmarks.measuring import Contender, Cost, measure, median


def in_turns(ours: Contender, theirs: Contender, pairs: int) -> tuple[list[Cost], list[Cost]]:
    """Run both in turns; print every run and the medians."""
    print(f"\n{ours.name} against {theirs.name}", flush=True)
    costs: tuple[list[Cost], list[Cost]] = ([], [])
    for number in range(1, pairs + 1):
        for contender, kept in zip((ours, theirs), costs, strict=True):
            kept.append(measure(contender))
            print(f"  pair {number}  {contender.name:34}{kept[-1]}", flush=True)
    for contender, kept in zip((ours, theirs), costs, strict=True):
        print(f"  median  {contender.name:34}{median(kept)}")
    return costs


def compare(ours: Contender, rival: Contender, pairs: int) -> None:
    """Run both in turns and print how many times ours the rival costs."""
    ratios = [their.over(our) for our, their in zip(*in_turns(ours, rival, pairs), strict=True)]
    for title, values in (
        ("wall", [ratio.wall for ratio in ratios]),
        ("CPU", [ratio.cpu for ratio in ratios]),
        ("memory together", [ratio.together for ratio in ratios]),
        ("largest process", [ratio.largest for ratio in ratios]),
    ):
        each = ", ".join(f"{value:.2f}" for value in values)
        print(f"  the rival takes {statistics.median(values):6.2f} times the night's {title:15} (pairs: {each})")


def compare_with_nothing(ours: Contender, pairs: int) -> None:
    """Run a command and an empty Python in turns, and print how many seconds more ours takes."""
    more = [our.beyond(their) for our, their in zip(*in_turns(ours, sides.nothing(), pairs), strict=True)]
    for title, values in (("wall", [each.wall for each in more]), ("CPU", [each.cpu for each in more])):
        each = ", ".join(f"{value:.3f}" for value in values)
        print(f"  {ours.name} takes {statistics.median(values):7.3f} s more {title} than nothing (pairs: {each})")


def require_agreement(night: Contender, rivals: Sequence[Contender]) -> None:
    """Run all once, uncounted, and end the program where a rival found something else. It also fills the disk cache."""
    measure(night)
    for rival in rivals:
        measure(rival)
        if night.said and rival.said:
            agree.insist(night.said(), rival.said(), rival.name)
