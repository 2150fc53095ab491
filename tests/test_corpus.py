"""Foreign workbooks and bombs among a whole district's right returns: each costs itself and nobody else anything."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import DUE, SHARED
from containers import ods, xlsx, zipped

from pipeline.model import Unplaced
from pipeline.night import Night
from pipeline.run import run
from pipeline.workspace import create

CORPUS = SHARED / "corpus"
LONGEST = 240  # seconds; an honest night takes ten
CORNER = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
REPEATED = (
    '<table:table-row table:number-rows-repeated="1048576">'
    '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384"/></table:table-row>'
)
ENTITIES = "".join(
    f'<!ENTITY {name} "' + 10 * f"&{before};" + '">' for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">{ENTITIES}]><sst><si><t>&j;</t></si></sst>'
COUNTED_WRONG = '<sst count="4000000000" uniqueCount="4000000000"><si><t>x</t></si></sst>'
BOMBS: dict[str, Callable[[], bytes]] = {
    "far corner.xlsx": lambda: xlsx(CORNER),
    "repeated.ods": lambda: ods(REPEATED),
    "billion laughs.xlsx": lambda: xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', shared=LAUGHS),
    "huge shared strings.xlsx": lambda: xlsx(
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row>', shared=b"<sst><si><t>" + b"x" * (150 << 20) + b"</t></si></sst>"
    ),
    "strings that claim to be many.xlsx": lambda: xlsx(
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row>', shared=COUNTED_WRONG
    ),
    "three million cells in one place.xlsx": lambda: xlsx(
        b'<row r="1">' + b'<c r="A1"><v>1</v></c>' * 3_000_000 + b"</row>"
    ),
    "deep.xlsx": lambda: xlsx("<a>" * 200_000 + "</a>" * 200_000),
    "zip of zips.xlsx": lambda: zipped({f"{n}.zip": zipped({f"{n}.zip": zipped({"0": bytes(1 << 20)})}) for n in range(9)}),
    "many members.xlsx": lambda: zipped({f"xl/worksheets/sheet{n}.xml": "" for n in range(6000)}),
}  # fmt: skip


@dataclass
class Dropped:
    """What was put among the returns: name -> hash, and the night on it."""

    foreign: dict[str, str]
    night: Night
    seconds: float

    def listed(self) -> dict[str, Unplaced]:
        return {each.file: each for each in self.night.unplaced}


@pytest.fixture(scope="module")
def dropped(clean_district: Path, tmp_path_factory: pytest.TempPathFactory) -> Dropped:
    root = tmp_path_factory.mktemp("corpus") / "workspace"
    create(root)
    shutil.copytree(clean_district, root / "inbox", dirs_exist_ok=True)
    for name, make in BOMBS.items():
        (root / "inbox" / name).write_bytes(make())
    if CORPUS.exists():
        shutil.copytree(CORPUS, root / "inbox" / "corpus", copy_function=shutil.copyfile)
    foreign = {
        path.relative_to(root / "inbox").as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((root / "inbox").rglob("*"))
        if path.is_file() and not path.name.startswith("ZF")
    }
    start = time.monotonic()
    night = run(root, DUE, workers=2)
    return Dropped(foreign, night, time.monotonic() - start)


def test_the_district_is_counted_as_if_nothing_else_had_come(dropped: Dropped, clean_night: Night) -> None:
    assert dropped.night.returns() == clean_night.returns()
    assert dropped.night.consolidation == clean_night.consolidation
    assert dropped.night.findings == []
    assert dropped.seconds < LONGEST


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_by_name(dropped: Dropped, name: str) -> None:
    each = dropped.listed()[name]
    assert each.rule in ("F03", "F05", "F06", "F08", "I01"), each
    assert each.reason


def test_every_foreign_file_is_listed_with_a_reason(dropped: Dropped) -> None:
    if not CORPUS.exists():
        pytest.skip(f"no corpus of foreign workbooks in {CORPUS}")
    listed = dropped.listed() | {each.file: each for each in dropped.night.repeated}
    assert set(listed) == set(dropped.foreign)
    assert all(each.reason and each.rule for each in listed.values())
    assert dropped.night.left == []


def test_no_file_is_lost(dropped: Dropped) -> None:
    root = dropped.night.campaign.root
    kept = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (root / "archive").rglob("*") if path.is_file()}
    assert set(dropped.foreign.values()) <= kept
    assert [path for path in (root / "inbox").rglob("*") if path.is_file()] == []
