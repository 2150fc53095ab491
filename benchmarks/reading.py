"""Measure what reading in isolation costs beside calamine alone, on one clean district: `python benchmarks/reading.py`.

Both read every sheet of the same 187 returns in this one run, in turns. Ours hashes and checks each file, looks for cells
in error, and sends the cells from the reading processes to this one; these have started before the clock does.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import psutil
from python_calamine import CalamineWorkbook

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pipeline.campaign import load
from pipeline.demo import make_district
from pipeline.processes import collect_rarely
from pipeline.rawbook import RawBook
from pipeline.read import Reader
from pipeline.workspace import create


def cpu_seconds() -> float:
    """CPU that this process and those that it started have used."""
    here = psutil.Process()
    return sum(sum(each.cpu_times()[:2]) for each in (here, *here.children(recursive=True)))


def read_with_calamine(paths: list[Path]) -> None:
    """Read all sheets of all files, and do nothing with them."""
    for path in paths:
        with CalamineWorkbook.from_path(path) as book:
            for name in book.sheet_names:
                book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def compare(paths: list[Path], workers: int | None, rounds: int) -> None:
    """Read in turns, print each round, and the medians of the ratios."""
    ratios: list[tuple[float, float]] = []
    reader: Reader[RawBook]
    with Reader(workers) as reader:
        reader.read(paths[:8])  # not counted: the reading processes start
        for number in range(1, rounds + 1):
            start, used = perf_counter(), cpu_seconds()
            read_with_calamine(paths)
            their_wall, their_cpu = perf_counter() - start, cpu_seconds() - used
            start, used = perf_counter(), cpu_seconds()
            reader.read(paths)
            our_wall, our_cpu = perf_counter() - start, cpu_seconds() - used
            ratios.append((our_wall / their_wall, our_cpu / their_cpu))
            print(
                f"  round {number}: calamine {their_wall:.2f} s wall {their_cpu:.2f} s CPU, "
                f"isolated {our_wall:.2f} s wall {our_cpu:.2f} s CPU"
            )
    wall, cpu = (statistics.median(values) for values in zip(*ratios, strict=True))
    print(f"  isolated reading costs {wall:.2f} times calamine's wall time, {cpu:.2f} times its CPU (medians)")


def main() -> None:
    """Read the command line, make the district, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="rounds (default 7)")
    parser.add_argument("--workers", type=int, help="reading processes (default: one per core)")
    args = parser.parse_args()
    collect_rarely()
    with tempfile.TemporaryDirectory() as folder:
        create(Path(folder) / "district")
        campaign = load(Path(folder) / "district")
        make_district(campaign, campaign.periods[0], campaign.root / "inbox", clean=True)
        paths = sorted((campaign.root / "inbox").glob("*.xlsx"))
        print(f"{len(paths)} clean returns, {args.workers or psutil.cpu_count()} reading processes")
        compare(paths, args.workers, args.rounds)


if __name__ == "__main__":
    main()
