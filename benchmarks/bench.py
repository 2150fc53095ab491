"""Measure huizong against what one would write instead, in pairs: `python benchmarks/bench.py [--pairs 3]`.

Both do the same work on the same 187 returns of `plain/`, two in a hundred whole numbers and days being wrong; before
anything is timed, both run once and must find the same wrong cells and the same figures. Each is a whole process, from
starting Python to its last file written. They take turns (night, rival, night, rival …), so that a machine that is busy
for a while is so for both, and what is compared is each pair. With --large it is nights of 2,000 and of 20,000 returns
instead, in turns. Needs a POSIX system.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import large, sides  # noqa: E402 - found only once the folder above is on the path
from benchmarks.generate import file_name, write_return, write_returns  # noqa: E402
from benchmarks.measuring import adopt_orphans, measure  # noqa: E402
from benchmarks.pairs import compare, compare_with_nothing, require_agreement  # noqa: E402
from benchmarks.sides import Returns  # noqa: E402

CHANGED = 0  # which team sends another return, counted from 0


def first_nights(returns: Returns, pairs: int) -> None:
    """Compare the whole first night with its rivals, in the order of how much they do; leaves a finished workspace."""
    without, fast = sides.first_night(returns, copies=False), sides.plain_fast(returns)
    require_agreement(without, [fast])
    night, marked = sides.first_night(returns), sides.plain_marked(returns)
    require_agreement(night, [marked])
    sides.finish(returns)
    for ours, rival in ((night, marked), (without, fast), (night, fast), (night, sides.only_reading(returns))):
        compare(ours, rival, pairs)


def changed_night(returns: Returns, seed: int, bad: float, visits: int, pairs: int) -> None:
    """Compare the next night, to which one team sent another return, with doing everything again."""
    other = returns.build / "other" / file_name(CHANGED)
    other.parent.mkdir(exist_ok=True)
    write_return(other, CHANGED, seed=seed, bad=bad, visits=visits)
    night = sides.one_more_night("next night, one return changed", returns, other)
    rival = sides.plain_marked(sides.changed(returns, other))
    require_agreement(night, [rival])
    compare(night, rival, pairs)


def short_commands(returns: Returns, pairs: int) -> None:
    """Compare what has nothing to do with an empty Python."""
    for command in (
        sides.nothing_new(returns),
        sides.huizong("status", "status", "-C", str(returns.finished()), "--as-of", sides.AS_OF),
        sides.huizong("--help", "--help"),
    ):
        measure(command)  # not counted: it compiles, and loads what is not yet in memory
        compare_with_nothing(command, pairs)


def main() -> None:
    """Read the command line, write the returns, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=3, help="pairs per rival (default 3)")
    parser.add_argument("--returns", type=int, default=187, help="how many returns (default 187)")
    parser.add_argument("--bad", type=float, default=0.02, help="share of wrong cells (default 0.02)")
    parser.add_argument("--visits", type=int, default=205, help="visits per return, on average (default 205)")
    parser.add_argument("--build", type=Path, default=HERE.parent / "build" / "bench", help="where to work")
    large.add_options(parser)
    args = parser.parse_args()
    build = args.build.resolve()
    adopt_orphans()
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    if args.large:
        print(f"nights of many returns, {args.wrong:.2%} of them wrong, {machine}", flush=True)
        large.compare_sizes(args, build / "large")
        return
    returns = Returns(build / "inbox", build)
    shutil.rmtree(returns.inbox, ignore_errors=True)
    write_returns(returns.inbox, args.returns, bad=args.bad, visits=args.visits)
    print(f"{args.returns} returns, {args.bad:.0%} wrong, {machine}", flush=True)
    first_nights(returns, args.pairs)
    changed_night(returns, 2, args.bad, args.visits, args.pairs)
    short_commands(returns, args.pairs)


if __name__ == "__main__":
    main()
