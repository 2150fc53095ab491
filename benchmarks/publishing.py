"""What the publications of one night cost in processor time, all together and the Word drafts apart, and how large each is."""

from __future__ import annotations

import datetime as dt
import os
import resource
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pipeline.campaign import load  # noqa: E402 - found only once the folder above is on the path
from pipeline.demo import make_district  # noqa: E402
from pipeline.publish.outbox import publish  # noqa: E402
from pipeline.publish.word.draft import fill_in  # noqa: E402
from pipeline.publish.word.drafter import draft_of, templates  # noqa: E402
from pipeline.publish.writing import Writing  # noqa: E402
from pipeline.run import run  # noqa: E402
from pipeline.workspace import create  # noqa: E402

BUILD, AS_OF = ROOT / "build" / "bench" / "publishing", dt.date(2011, 4, 1)


def spent() -> float:
    """Give the seconds of CPU that this process and those that it started and that have ended have taken."""
    return sum(
        getattr(resource.getrusage(who), name)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        for name in ("ru_utime", "ru_stime")
    )


def timed(what: Callable[[], object]) -> float:
    """Give the seconds of CPU that a call takes."""
    before = spent()
    what()
    return spent() - before


def main() -> None:
    """Make a synthetic district, run its night, and write the night's publications again, beside nothing else."""
    shutil.rmtree(BUILD, ignore_errors=True)
    create(BUILD)
    campaign = load(BUILD)
    make_district(campaign, campaign.periods[0], BUILD / "inbox", clean=False)
    night = run(BUILD, AS_OF)
    again = BUILD / "again"
    again.mkdir()

    def all_of_them() -> None:
        with Writing(night.campaign) as writing:
            publish(night, again / "outbox", writing)

    def drafts() -> None:
        """Fill in the Word drafts here: else a process of their own does, whose time would not be seen."""
        for name in templates(night.campaign.root / "schemas"):
            fill_in(draft_of(night, name), 60)

    first = timed(all_of_them), timed(drafts)
    shutil.rmtree(again / "outbox")
    second = timed(all_of_them), timed(drafts)
    lying = again / "outbox" / night.folder
    files = sorted(path for path in lying.rglob("*") if path.is_file())
    print(
        f"{len(night.standings)} teams, {len(files)} files: {sum(first):.2f} s CPU, {first[1]:.2f} of it the Word drafts"
    )
    print(f"  the second time {sum(second):.2f} s, {second[1]:.2f} of it the Word drafts")
    for path in files:
        if path.parent == lying:
            print(f"  {path.stat().st_size / 1024:7.0f} KiB  {path.name}")
    print(f"  {os.cpu_count()} cores, Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
