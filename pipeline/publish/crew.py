"""Correction workbooks written by several processes, while this one writes the other documents."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from pipeline import processes
from pipeline.campaign import Campaign, CampaignError, load
from pipeline.model import Night
from pipeline.publish.correction import (
    Draft,
    draft_corrections,
    needs_correction,
    write_corrections,
    write_draft,
)

FEW = 60  # so many are written sooner than processes that could help have started
_loaded: list[Campaign] = []  # in a helping process, the campaign it writes for


@contextmanager
def correcting(night: Night, folder: Path) -> Iterator[None]:
    """Write the correction workbooks, beside whatever is done inside the `with`; all are written at its end."""
    if sum(needs_correction(standing) for standing in night.standings) <= FEW:
        write_corrections(night, folder)
        yield
        return
    with ProcessPoolExecutor(
        processes.count(),
        processes.context(),
        initializer=_start,
        initargs=(night.campaign.root, night.campaign.fingerprint),
    ) as crew:
        for _ in range(processes.count()):
            crew.submit(_start_now)
        written = crew.map(_write, draft_corrections(night, folder), chunksize=4)
        yield
        for _ in written:
            pass  # raises here what a helping process raised


def _start(root: Path, fingerprint: str) -> None:
    processes.collect_rarely()
    campaign = load(root)
    if campaign.fingerprint != fingerprint:
        raise CampaignError("运行期间 schemas 文件夹被修改。请保存好修改后再运行一次。")
    _loaded.append(campaign)


def _start_now() -> None:
    """Do nothing; asked for it, a process starts and loads its campaign while the drafts are composed."""


def _write(draft: Draft) -> None:
    write_draft(draft, _loaded[0])
