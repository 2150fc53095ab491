"""A night's documents: written beside the outbox, then renamed into place."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from pipeline.disk import files_in, flush, flush_folder, sha256_of
from pipeline.errors import HuizongError
from pipeline.night import Night
from pipeline.processes import give_back
from pipeline.publish.contract import RUN, write_contract
from pipeline.publish.taking_over import TakingOver
from pipeline.publish.word.drafter import draft_of, templates
from pipeline.publish.writing import Writing
from pipeline.wishes import SPOT_WORKBOOK, WORKBOOK

MANIFEST = ".manifest.json"  # hashes of what the program wrote, to know what people changed since
_PART, _OLD = ".part", ".old"  # ends of the names of a folder that is being written, and of one that makes room for it
Writer = Callable[[Night, Path], object]


class OutboxError(HuizongError):
    """The outputs could not be put into place."""


@dataclass(frozen=True)
class Published:
    """What lies in a night's place now: hashes by file name, and whether anything there changed."""

    files: Mapping[str, str]
    is_new: bool


def publish(night: Night, outbox: Path, writing: Writing, beside: Callable[[], object] = lambda: None) -> Published:
    """Write all outputs of a night to its place in the outbox. beside: is done while others write correction workbooks.

    A failure leaves the last good folder as it was. Files that people changed or added there are kept beside the new ones.
    """
    place = outbox / night.folder
    part = outbox / f".{place.name}{_PART}"
    outbox.mkdir(exist_ok=True)
    _finish(outbox)
    part.mkdir()
    schemas = night.campaign.root / "schemas"
    known = TakingOver(outbox.parent, place, part)
    with writing.correcting(night, part, known):
        beside()
        drafts = writing.drafter.drafts([draft_of(night, name) for name in templates(schemas)])
        for name, write in _writers(night).items():
            write(night, part / name)
            give_back()
        for name, content in drafts:
            (part / name).write_bytes(content)
        if night.campaign.settings.pdf:
            from pipeline.publish.word.pdf import write_pdfs

            write_pdfs(part, place)
    write_contract(night, part, sorted(_files(part)))
    manifest = {name: sha256_of(part / name) for name in sorted(_files(part))}
    (part / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    published = {**manifest, RUN: lasting(part / RUN)}
    known.note(manifest)
    if _same(place, manifest, part):
        shutil.rmtree(part)
        return Published(published, False)
    _keep_changes(place, part)
    flush(files_in(part))
    _swap(part, place)
    flush_folder(outbox)
    return Published(published, True)


def lasting(path: Path) -> str:
    """Hash a published file. The record of a run is hashed without its timings, which are all that differ another time."""
    if path.name != RUN:
        return sha256_of(path)
    said = {**json.loads(path.read_text(encoding="utf-8")), "seconds": {}}
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _writers(night: Night) -> dict[str, Writer]:
    from pipeline.publish.office.acceptance import ACCEPTANCE, write_acceptance
    from pipeline.publish.office.decision_book import write_decision_book
    from pipeline.publish.office.lists import write_chasing_list, write_findings_workbook
    from pipeline.publish.office.overview import write_overview
    from pipeline.publish.office.page import write_page
    from pipeline.publish.office.signs_page import write_signs
    from pipeline.publish.office.spot_check import write_spot_check
    from pipeline.publish.office.templates import OVERVIEW, PAGE_FILE, SIGNS
    from pipeline.publish.summary.workbook import SUMMARY, write_summary

    asked = night.campaign.spot_check
    drawn = {SPOT_WORKBOOK: partial(write_spot_check, asked=asked)} if asked else {}
    return {
        PAGE_FILE: write_page,
        OVERVIEW: write_overview,
        SIGNS: write_signs,
        "校验差错清单.xlsx": write_findings_workbook,
        SUMMARY: write_summary,
        "催报名单.xlsx": write_chasing_list,
        ACCEPTANCE: write_acceptance,
        WORKBOOK: write_decision_book,
        **drawn,
    }


def _files(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in files_in(folder) if path.name != MANIFEST]


def _written(place: Path) -> dict[str, str]:
    """Give the hashes of what the program wrote there; none if that list is lost or damaged: all counts as people's then."""
    try:
        return dict(json.loads((place / MANIFEST).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return {}


def _same(place: Path, manifest: dict[str, str], part: Path) -> bool:
    """Whether the last run of this night wrote the same, timings aside, and all of it is still there."""
    before = _written(place)
    stable = {name: value for name, value in manifest.items() if name != RUN}
    if not before or {name: value for name, value in before.items() if name != RUN} != stable:
        return False
    if not all((place / name).exists() for name in before):
        return False
    try:
        return lasting(place / RUN) == lasting(part / RUN)
    except (ValueError, TypeError):  # the one that lies there is damaged
        return False


def _keep_changes(place: Path, part: Path) -> None:
    """Carry what people changed or added in the old folder over to the new one, under a name that says so."""
    written = _written(place)
    for name in sorted(_files(place)) if place.exists() else []:
        held = sha256_of(place / name)
        if written.get(name) == held or Path(name).name.startswith(("~$", ".~")):
            continue
        if not (part / name).exists() or sha256_of(part / name) != held:
            target = next(path for path in _names(part / name) if not path.exists())
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(place / name, target)


def _names(path: Path) -> Iterator[Path]:
    yield path
    yield path.with_name(f"{path.stem}(人工修改){path.suffix}")
    yield from (path.with_name(f"{path.stem}(人工修改{number}){path.suffix}") for number in count(2))


def _finish(outbox: Path) -> None:
    """Tidy up after runs that were cut off, whichever night's: put back a folder that had been moved aside, if no new one
    has taken its place, and remove what was not finished.
    """
    for old in _hidden(outbox, _OLD):
        place = outbox / old.name.removeprefix(".").removesuffix(_OLD)
        if place.exists():
            shutil.rmtree(old)  # what people had changed in it was carried over before
        else:
            os.replace(old, place)
    for part in _hidden(outbox, _PART):
        shutil.rmtree(part)


def _hidden(outbox: Path, ending: str) -> list[Path]:
    return [each for each in outbox.iterdir() if each.name.startswith(".") and each.name.endswith(ending)]


def _aside(place: Path) -> Path:
    return place.with_name(f".{place.name}{_OLD}")


def _swap(part: Path, place: Path) -> None:
    old = _aside(place)
    shutil.rmtree(old, ignore_errors=True)
    try:
        if place.exists():
            os.replace(place, old)
        os.replace(part, place)
    except OSError as held:
        if old.exists() and not place.exists():
            os.replace(old, place)
        if not isinstance(held, PermissionError):
            raise
        raise OutboxError(f"“{place}”中有文件正在打开，新结果没能放进去。请关闭其中的文件后再运行一次。") from held
    shutil.rmtree(old, ignore_errors=True)
