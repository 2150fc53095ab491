"""Nights of far more returns than a district has: what one return costs in a night of many over one of fewer."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import statistics
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import sides
from benchmarks.generate import file_name, write_register, write_return, write_returns
from benchmarks.measuring import Cost, measure, median
from benchmarks.pairs import compare, require_agreement
from benchmarks.sides import Returns

HERE = Path(__file__).resolve().parent


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be asked of large nights."""
    group = parser.add_argument_group("large nights")
    group.add_argument("--large", action="store_true", help="measure nights of many returns, and nothing else")
    group.add_argument("--sizes", type=int, nargs=2, default=(2000, 20000), help="how many (default 2000 20000)")
    group.add_argument("--wrong", type=float, default=0.002, help="share of returns that are wrong (default 0.002)")
    group.add_argument("--rounds", type=int, default=1, help="how often, in turns (default 1)")
    group.add_argument("--with-script", action="store_true", help="the plain script too, on the smaller; takes minutes")


@dataclass
class Size:
    """One size of night, and what it cost in each round."""

    count: int
    returns: Returns
    first: list[Cost] = field(default_factory=list)
    more: list[Cost] = field(default_factory=list)

    def each(self) -> list[Cost]:
        """Give the cost of one return in every first night; of memory that is a share, and says little."""
        return [cost.shared(self.count) for cost in self.first]


def compare_sizes(args: argparse.Namespace, build: Path) -> None:
    """Measure nights of both sizes in turns, and print what they cost and how the cost of one return grows."""
    sizes = [Size(count, _returns(args, build / str(count), count)) for count in args.sizes]
    small, big = sizes
    warm = sides.first_night(small.returns)
    rivals = [sides.plain_marked(small.returns)] if args.with_script else []
    require_agreement(warm, rivals)  # not counted
    for rival in rivals:
        compare(warm, rival, args.pairs)
    for number in range(1, args.rounds + 1):
        for size in sizes:
            _one_round(size, number)
    for size in sizes:
        first, more = median(size.first), median(size.more)
        print(f"\n{size.count} returns, median of {args.rounds}: {first}")
        print(f"  {size.count / first.wall:.0f} returns per second; one more return then {more}")
    for title, ratios in (
        ("seconds by the clock", [b.wall / s.wall for s, b in zip(small.each(), big.each(), strict=True)]),
        ("seconds of CPU", [b.cpu / s.cpu for s, b in zip(small.each(), big.each(), strict=True)]),
    ):
        each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        growth = f"{statistics.median(ratios):.2f} times the {title} at {big.count} of those at {small.count}"
        print(f"a return costs {growth} (rounds: {each})")


def _one_round(size: Size, number: int) -> None:
    """Run a first night, and the next on which one more return has come."""
    more = size.returns.build / file_name(size.count)
    size.first.append(measure(sides.first_night(size.returns)))
    print(f"  round {number}  {size.count:6} returns  {size.first[-1]}  {_outcome(size)}", flush=True)
    sides.finish(size.returns)
    night = sides.one_more_night("next night, one more return", size.returns, more)
    size.more.append(measure(night))
    print(f"  round {number}  {1:6} more     {size.more[-1]}", flush=True)
    shutil.rmtree(size.returns.finished())


def _outcome(size: Size) -> str:
    """Say how a night judged the returns. Raises RuntimeError if it lost any."""
    folder = size.returns.build / "workspace" / "outbox" / sides.AS_OF
    judged = json.loads((folder / "run.json").read_text(encoding="utf-8"))["returns"]
    if judged["accepted"] + judged["held"] != size.count:
        raise RuntimeError(f"{size.count} returns, but the night says {judged}")
    return f"{judged['accepted']} accepted, {judged['held']} held"


def _returns(args: argparse.Namespace, build: Path, count: int) -> Returns:
    """Write that many returns, one more to come, and the register of all, unless this was done before."""
    returns, note = Returns(build / "inbox", build, build / "teams.csv"), build / "made_of.txt"
    code = b"".join((HERE / name).read_bytes() for name in ("generate.py", "made_up.py"))
    made_of = f"{hashlib.sha256(code).hexdigest()} {count} {args.bad} {args.wrong} {args.visits}"
    if note.exists() and note.read_text(encoding="ascii") == made_of:
        return returns
    shutil.rmtree(build, ignore_errors=True)
    print(f"writing {count} returns", flush=True)
    write_returns(returns.inbox, count, bad=args.bad, wrong=args.wrong, visits=args.visits, workers=os.cpu_count() or 1)
    write_return(build / file_name(count), count, seed=1, bad=0.0, visits=args.visits)
    write_register(build / "teams.csv", count + 1)
    note.write_text(made_of, encoding="ascii")
    return returns
